/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A system as a value that every door shows alike: the operations' answers and the live stream. */

#include "config.h"

#include "reeve-fleet.h"

#include <math.h>
#include <string.h>

#include "reeve-kinds.h"

/* ---- of many instances one value ---- */

/* What a row says of a kind with instances, unless the sample has the value of that name itself. */
static const struct
{
  const char *name;
  guint kind;
  guint metric;
  ReeveSystemFold fold;
} reeve_system_folds[] = {
  { "system.temperature", REEVE_KIND_SENSOR, REEVE_SENSOR_TEMPERATURE, REEVE_SYSTEM_FOLD_MOST },
  { "system.gpu", REEVE_KIND_GPU, REEVE_GPU_USAGE, REEVE_SYSTEM_FOLD_MOST },
  { "battery.charge", REEVE_KIND_BATTERY, REEVE_BATTERY_CHARGE, REEVE_SYSTEM_FOLD_LEAST },
  { "filesystem.fullest", REEVE_KIND_FILESYSTEM, REEVE_FILESYSTEM_USAGE, REEVE_SYSTEM_FOLD_MOST },
  { "disk.busiest", REEVE_KIND_DISK, REEVE_DISK_BUSY, REEVE_SYSTEM_FOLD_MOST },
  { "container.total", REEVE_KIND_CONTAINER, REEVE_CONTAINER_STATE, REEVE_SYSTEM_FOLD_COUNT },
  { "container.running", REEVE_KIND_CONTAINER, REEVE_CONTAINER_STATE, REEVE_SYSTEM_FOLD_RUNNING },
};

#define REEVE_SYSTEM_N_FOLDS G_N_ELEMENTS (reeve_system_folds)
/* See the states of the kind container. */
#define REEVE_SYSTEM_CONTAINER_RUNS 1

double
reeve_system_fold_add (double so_far, ReeveSystemFold fold, double value)
{
  switch (fold)
    {
    case REEVE_SYSTEM_FOLD_MOST:
      return fmax (so_far, value); /* of a NaN and a number the number */
    case REEVE_SYSTEM_FOLD_LEAST:
      return fmin (so_far, value);
    case REEVE_SYSTEM_FOLD_RUNNING:
      return (isnan (so_far) ? 0 : so_far) +
             (isnan (value) || value == REEVE_SYSTEM_CONTAINER_RUNS ? 1 : 0);
    default:
      return (isnan (so_far) ? 0 : so_far) + 1;
    }
}

static void
reeve_system_fold_row (double folded[REEVE_SYSTEM_N_FOLDS], ReeveSample *sample, guint row,
                       guint kind)
{
  for (guint i = 0; i < REEVE_SYSTEM_N_FOLDS; i++)
    if (reeve_system_folds[i].kind == kind)
      folded[i] = reeve_system_fold_add (folded[i], reeve_system_folds[i].fold,
                                         reeve_sample_get_number (sample, row,
                                                                  reeve_system_folds[i].metric));
}

static double
reeve_system_view_fold (ReeveSample *sample, guint which)
{
  double folded = NAN;
  guint index;

  for (guint row = 0; row < reeve_sample_get_n_rows (sample); row++)
    {
      reeve_sample_get_row (sample, row, &index, NULL);
      if (index == reeve_system_folds[which].kind)
        folded = reeve_system_fold_add (folded, reeve_system_folds[which].fold,
                                        reeve_sample_get_number (sample, row,
                                                                 reeve_system_folds[which].metric));
    }
  return folded;
}

/* The value of that name in the sample; a collector's kind has a dot of its own. */
static double
reeve_system_view_get_own (ReeveSample *sample, const char *name)
{
  const char *dot = strrchr (name, '.');
  char kind_name[REEVE_SYSTEM_MAX_VALUE_NAME];
  const ReeveKind *kind;
  guint index;
  int metric;

  if (dot == NULL || (gsize) (dot - name) >= sizeof kind_name)
    return NAN;
  memcpy (kind_name, name, (gsize) (dot - name));
  kind_name[dot - name] = '\0';
  kind = reeve_schema_find_kind (reeve_sample_get_schema (sample), kind_name, &index);
  metric = kind != NULL ? reeve_kind_find_metric (kind, dot + 1) : -1;
  if (metric < 0 || kind->metrics[metric].type == REEVE_METRIC_TEXT)
    return NAN;
  return reeve_sample_get_value (sample, index, kind->instanced ? "/" : NULL, (guint) metric);
}

gboolean
reeve_system_find_fold (const char *name, const ReeveKind **ret_kind, guint *ret_metric,
                        ReeveSystemFold *ret_fold)
{
  g_return_val_if_fail (name != NULL, FALSE);

  for (guint i = 0; i < REEVE_SYSTEM_N_FOLDS; i++)
    if (strcmp (reeve_system_folds[i].name, name) == 0)
      {
        *ret_kind =
            reeve_schema_get_kind (reeve_schema_get_standard (), reeve_system_folds[i].kind);
        *ret_metric = reeve_system_folds[i].metric;
        *ret_fold = reeve_system_folds[i].fold;
        return TRUE;
      }
  return FALSE;
}

double
reeve_system_view_get_value (const ReeveSystemView *view, const char *name)
{
  double value;

  g_return_val_if_fail (view != NULL && name != NULL, NAN);
  if (view->latest == NULL)
    return NAN;
  value = reeve_system_view_get_own (view->latest, name);
  for (guint i = 0; isnan (value) && i < REEVE_SYSTEM_N_FOLDS; i++)
    if (strcmp (reeve_system_folds[i].name, name) == 0)
      return reeve_system_view_fold (view->latest, i);
  return value;
}

/* ---- the row ---- */

static gpointer
reeve_system_view_make_names (G_GNUC_UNUSED gpointer data)
{
  GVariant ***names = g_new (GVariant **, REEVE_N_KINDS);

  for (guint kind = 0; kind < REEVE_N_KINDS; kind++)
    {
      const ReeveKind *of = reeve_schema_get_kind (reeve_schema_get_standard (), kind);

      names[kind] = g_new (GVariant *, of->n_metrics);
      for (guint i = 0; i < of->n_metrics; i++)
        names[kind][i] = g_variant_ref_sink (
            g_variant_new_take_string (g_strconcat (of->name, ".", of->metrics[i].name, NULL)));
    }
  return names;
}

/* Some thirty are in each row of maybe a thousand: each name is made once, for ever. */
static GVariant *
reeve_system_view_get_name (guint kind, guint metric)
{
  static GOnce once = G_ONCE_INIT;
  GVariant ***names = g_once (&once, reeve_system_view_make_names, NULL);

  return names[kind][metric];
}

static void
reeve_system_view_add_value (GVariantBuilder *values, GVariant *name, double value)
{
  g_variant_builder_add_value (values,
                               g_variant_new_dict_entry (name, g_variant_new_double (value)));
}

static void
reeve_system_view_add_row (GVariantBuilder *values, ReeveSample *sample, guint row, guint index,
                           const ReeveKind *kind)
{
  for (guint i = 0; i < kind->n_metrics; i++)
    {
      double value;

      if (kind->metrics[i].type == REEVE_METRIC_TEXT || !reeve_sample_has (sample, row, i))
        continue;
      value = reeve_sample_get_number (sample, row, i);
      if (!isnan (value))
        reeve_system_view_add_value (values, reeve_system_view_get_name (index, i), value);
    }
}

static void
reeve_system_view_add_folds (GVariantBuilder *values, ReeveSample *sample,
                             const double folded[REEVE_SYSTEM_N_FOLDS])
{
  for (guint i = 0; i < REEVE_SYSTEM_N_FOLDS; i++)
    if (!isnan (folded[i]) &&
        isnan (reeve_system_view_get_own (sample, reeve_system_folds[i].name)))
      reeve_system_view_add_value (values, g_variant_new_string (reeve_system_folds[i].name),
                                   folded[i]);
}

static GVariant *
reeve_system_view_get_values (ReeveSample *sample)
{
  GVariantBuilder values;
  const guint n_standard = reeve_schema_get_n_kinds (reeve_schema_get_standard ());
  double folded[REEVE_SYSTEM_N_FOLDS];
  guint index;
  const char *instance;

  for (guint i = 0; i < REEVE_SYSTEM_N_FOLDS; i++)
    folded[i] = NAN;
  g_variant_builder_init (&values, G_VARIANT_TYPE ("a{sd}"));
  for (guint row = 0; sample != NULL && row < reeve_sample_get_n_rows (sample); row++)
    {
      const ReeveKind *kind = reeve_sample_get_row (sample, row, &index, &instance);

      /* a row goes to whoever looks at the fleet: an agent does not say what is in it */
      if (!kind->facts && index < n_standard &&
          (!kind->instanced || (index == REEVE_KIND_FILESYSTEM && g_str_equal (instance, "/"))))
        reeve_system_view_add_row (&values, sample, row, index, kind);
      if (kind->instanced && index < n_standard)
        reeve_system_fold_row (folded, sample, row, index);
    }
  if (sample != NULL)
    reeve_system_view_add_folds (&values, sample, folded);
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
  if (view->linked > 0)
    reeve_system_view_add (&row, "linked", g_variant_new_double (view->linked / 1e6));
  reeve_system_view_add (&row, "labels",
                         view->labels != NULL
                             ? view->labels
                             : g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
  reeve_system_view_add (&row, "values", reeve_system_view_get_values (view->latest));
  return g_variant_builder_end (&row);
}
