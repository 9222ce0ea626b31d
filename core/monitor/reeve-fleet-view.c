/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A system as a value that every door shows alike: the operations' answers and the live stream. */

#include "config.h"

#include "reeve-fleet.h"

#include <math.h>

#include "reeve-kinds.h"

static void
reeve_system_view_add_row (GVariantBuilder *values, ReeveSample *sample, guint row,
                           const ReeveKind *kind)
{
  for (guint i = 0; i < kind->n_metrics; i++)
    {
      g_autofree char *name = NULL;
      double value;

      if (kind->metrics[i].type == REEVE_METRIC_TEXT || !reeve_sample_has (sample, row, i))
        continue;
      value = reeve_sample_get_number (sample, row, i);
      if (isnan (value))
        continue;
      name = g_strdup_printf ("%s.%s", kind->name, kind->metrics[i].name);
      g_variant_builder_add (values, "{sd}", name, value);
    }
}

static GVariant *
reeve_system_view_get_values (ReeveSample *sample)
{
  GVariantBuilder values;
  guint index;
  const char *instance;

  g_variant_builder_init (&values, G_VARIANT_TYPE ("a{sd}"));
  for (guint row = 0; sample != NULL && row < reeve_sample_get_n_rows (sample); row++)
    {
      const ReeveKind *kind = reeve_sample_get_row (sample, row, &index, &instance);

      if (!kind->facts &&
          (!kind->instanced || (index == REEVE_KIND_FILESYSTEM && g_str_equal (instance, "/"))))
        reeve_system_view_add_row (&values, sample, row, kind);
    }
  return g_variant_builder_end (&values);
}

GVariant *
reeve_system_view_to_variant (const ReeveSystemView *view)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", view->id);
  g_variant_dict_insert (&dict, "name", "s", view->name);
  g_variant_dict_insert (&dict, "state", "s", reeve_system_state_to_string (view->state));
  g_variant_dict_insert (&dict, "since", "d", view->since / 1e6);
  if (view->last > 0)
    g_variant_dict_insert (&dict, "last", "d", view->last / 1e6);
  g_variant_dict_insert (&dict, "hostname", "s", view->hostname);
  g_variant_dict_insert (&dict, "agent_version", "s", view->agent_version);
  g_variant_dict_insert (&dict, "transport", "s", view->transport);
  g_variant_dict_insert (&dict, "remote", "s", view->remote);
  g_variant_dict_insert_value (&dict, "values", reeve_system_view_get_values (view->latest));
  return g_variant_dict_end (&dict);
}
