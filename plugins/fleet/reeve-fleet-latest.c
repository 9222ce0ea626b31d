/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rows of the newest samples, which memory has: nothing is asked of the store or of an agent. */

#include "config.h"

#include "reeve-fleet-latest.h"

#include <math.h>

#include "reeve-fleet-system.h"

typedef struct
{
  const char *const *kinds;
  guint left; /* rows that may still come */
  gboolean complete;
  GVariantBuilder systems;
} ReeveFleetLatest;

static GVariant *
reeve_fleet_latest_make_row (ReeveSample *sample, guint row, const ReeveKind *kind,
                             const char *instance)
{
  GVariantBuilder values, texts;
  GVariantDict dict;

  g_variant_builder_init (&values, G_VARIANT_TYPE ("a{sd}"));
  g_variant_builder_init (&texts, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < kind->n_metrics; i++)
    {
      const ReeveMetric *metric = &kind->metrics[i];

      if (!reeve_sample_has (sample, row, i))
        continue;
      if (metric->type == REEVE_METRIC_TEXT)
        g_variant_builder_add (&texts, "{ss}", metric->name,
                               reeve_sample_get_text (sample, row, i));
      else if (isfinite (reeve_sample_get_number (sample, row, i)))
        g_variant_builder_add (&values, "{sd}", metric->name,
                               reeve_sample_get_number (sample, row, i));
    }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "kind", "s", kind->name);
  g_variant_dict_insert (&dict, "instance", "s", instance);
  g_variant_dict_insert_value (&dict, "values", g_variant_builder_end (&values));
  g_variant_dict_insert_value (&dict, "texts", g_variant_builder_end (&texts));
  return g_variant_dict_end (&dict);
}

static void
reeve_fleet_latest_add_system (ReeveFleetLatest *self, ReeveFleetSystem *system)
{
  ReeveSample *sample = system->latest;
  GVariantBuilder rows;
  GVariantDict dict;
  guint n = 0;

  if (sample == NULL)
    return;
  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint row = 0; row < reeve_sample_get_n_rows (sample); row++)
    {
      const char *instance;
      const ReeveKind *kind = reeve_sample_get_row (sample, row, NULL, &instance);

      if (!g_strv_contains (self->kinds, kind->name))
        continue;
      if (self->left == 0)
        {
          self->complete = FALSE;
          break;
        }
      g_variant_builder_add_value (&rows,
                                   reeve_fleet_latest_make_row (sample, row, kind, instance));
      self->left--;
      n++;
    }
  if (n == 0)
    {
      g_variant_builder_clear (&rows);
      return;
    }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", system->id);
  g_variant_dict_insert (&dict, "name", "s", system->name);
  g_variant_dict_insert (&dict, "state", "s", reeve_system_state_to_string (system->state));
  g_variant_dict_insert (&dict, "time", "d", reeve_sample_get_time (sample) / 1e6);
  g_variant_dict_insert_value (&dict, "rows", g_variant_builder_end (&rows));
  g_variant_builder_add_value (&self->systems, g_variant_dict_end (&dict));
}

static void
reeve_fleet_latest_each (G_GNUC_UNUSED ReeveFleetHub *hub, ReeveFleetSystem *system,
                         gpointer user_data)
{
  reeve_fleet_latest_add_system (user_data, system);
}

GVariant *
reeve_fleet_latest (ReeveFleetHub *hub, const char *const *systems, const char *const *kinds,
                    guint limit, GError **error)
{
  ReeveFleetLatest self = { .kinds = kinds, .complete = TRUE };
  guint n_kinds = g_strv_length ((GStrv) kinds), n_systems = g_strv_length ((GStrv) systems);

  if (n_kinds == 0 || n_kinds > REEVE_FLEET_LATEST_MAX_KINDS ||
      n_systems > REEVE_FLEET_LATEST_MAX_SYSTEMS || limit > REEVE_FLEET_LATEST_MAX_ROWS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "1 to %d kinds, at most %d systems (none: all) and %d rows can be asked for",
                   REEVE_FLEET_LATEST_MAX_KINDS, REEVE_FLEET_LATEST_MAX_SYSTEMS,
                   REEVE_FLEET_LATEST_MAX_ROWS);
      return NULL;
    }
  self.left = limit > 0 ? limit : REEVE_FLEET_LATEST_DEFAULT_ROWS;
  g_variant_builder_init (&self.systems, G_VARIANT_TYPE ("aa{sv}"));
  if (n_systems == 0)
    reeve_fleet_hub_foreach (hub, reeve_fleet_latest_each, &self);
  for (guint i = 0; i < n_systems; i++)
    {
      ReeveFleetSystem *system = reeve_fleet_hub_find (hub, systems[i]);

      if (system != NULL)
        reeve_fleet_latest_add_system (&self, system);
    }
  return g_variant_new ("(aa{sv}b)", &self.systems, self.complete);
}
