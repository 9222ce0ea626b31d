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
      double value;

      if (kind->metrics[i].type == REEVE_METRIC_TEXT || !reeve_sample_has (sample, row, i))
        continue;
      value = reeve_sample_get_number (sample, row, i);
      if (isnan (value))
        continue;
      /* there are some thirty of these in each of maybe thousands of systems: no format strings */
      g_variant_builder_add_value (
          values,
          g_variant_new_dict_entry (g_variant_new_take_string (
                                        g_strconcat (kind->name, ".", kind->metrics[i].name, NULL)),
                                    g_variant_new_double (value)));
    }
}

static GVariant *
reeve_system_view_get_values (ReeveSample *sample)
{
  GVariantBuilder values;
  const guint n_standard = reeve_schema_get_n_kinds (reeve_schema_get_standard ());
  guint index;
  const char *instance;

  g_variant_builder_init (&values, G_VARIANT_TYPE ("a{sd}"));
  for (guint row = 0; sample != NULL && row < reeve_sample_get_n_rows (sample); row++)
    {
      const ReeveKind *kind = reeve_sample_get_row (sample, row, &index, &instance);

      /* a row goes to whoever looks at the fleet: an agent does not say what is in it */
      if (!kind->facts && index < n_standard &&
          (!kind->instanced || (index == REEVE_KIND_FILESYSTEM && g_str_equal (instance, "/"))))
        reeve_system_view_add_row (&values, sample, row, kind);
    }
  return g_variant_builder_end (&values);
}

static void
reeve_system_view_add (GVariantBuilder *row, const char *key, GVariant *value)
{
  g_variant_builder_add_value (row, g_variant_new_dict_entry (g_variant_new_string (key),
                                                              g_variant_new_variant (value)));
}

GVariant *
reeve_system_view_to_variant (const ReeveSystemView *view)
{
  GVariantBuilder row;

  g_variant_builder_init (&row, G_VARIANT_TYPE_VARDICT);
  reeve_system_view_add (&row, "id", g_variant_new_string (view->id));
  reeve_system_view_add (&row, "name", g_variant_new_string (view->name));
  reeve_system_view_add (&row, "state",
                         g_variant_new_string (reeve_system_state_to_string (view->state)));
  reeve_system_view_add (&row, "since", g_variant_new_double (view->since / 1e6));
  if (view->last > 0)
    reeve_system_view_add (&row, "last", g_variant_new_double (view->last / 1e6));
  reeve_system_view_add (&row, "hostname", g_variant_new_string (view->hostname));
  reeve_system_view_add (&row, "agent_version", g_variant_new_string (view->agent_version));
  reeve_system_view_add (&row, "transport", g_variant_new_string (view->transport));
  reeve_system_view_add (&row, "remote", g_variant_new_string (view->remote));
  reeve_system_view_add (&row, "labels",
                         view->labels != NULL
                             ? view->labels
                             : g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
  reeve_system_view_add (&row, "values", reeve_system_view_get_values (view->latest));
  return g_variant_builder_end (&row);
}
