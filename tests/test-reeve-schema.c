/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The schema: the standard table, what collectors may add, and the canonical description. */

#include "config.h"

#include <reeve/monitor.h>

#include <math.h>
#include <string.h>

static const ReeveState good_states[] = {
  { 0, "fine", REEVE_STATE_OK },
  { 7, "broken", REEVE_STATE_CRITICAL },
  { 0 },
};
static const ReeveMetric good_metrics[] = {
  { .name = "health", .title = "Health", .type = REEVE_METRIC_STATE, .states = good_states },
  { .name = "reads",
    .title = "Reads",
    .type = REEVE_METRIC_COUNTER,
    .scale = 0.5,
    .unit = REEVE_UNIT_PER_SECOND,
    .aggregation = REEVE_AGGREGATION_AVERAGE,
    .chart = REEVE_CHART_LINE },
  { .name = "await",
    .title = "Time of a read",
    .type = REEVE_METRIC_COUNTER,
    .scale = 1e-6,
    .over = "reads",
    .unit = REEVE_UNIT_SECONDS },
  { .name = "life", .title = "Life used", .range = 1, .unit = REEVE_UNIT_RATIO, .text = "Of 1" },
  { .name = "model", .title = "Mod\303\250le", .type = REEVE_METRIC_TEXT },
};
static const ReeveKind good = {
  "disk-health.drive",         "Drives",     "What smartctl says", TRUE, FALSE,
  G_N_ELEMENTS (good_metrics), good_metrics,
};

static void
test_standard (void)
{
  ReeveSchema *schema = reeve_schema_get_standard ();
  guint index = 99;

  g_assert_true (schema == reeve_schema_get_standard ());
  g_assert_cmpuint (reeve_schema_get_n_kinds (schema), ==, REEVE_N_KINDS);
  g_assert_null (reeve_schema_get_kind (schema, REEVE_N_KINDS));
  g_assert_nonnull (reeve_schema_find_kind (schema, "filesystem", &index));
  g_assert_cmpuint (index, ==, REEVE_KIND_FILESYSTEM);
  g_assert_null (reeve_schema_find_kind (schema, "nothing", NULL));
  g_assert_cmpint (reeve_kind_find_metric (reeve_schema_get_kind (schema, REEVE_KIND_CPU), "usage"),
                   ==, REEVE_CPU_USAGE);
  g_assert_cmpint (reeve_kind_find_metric (reeve_schema_get_kind (schema, REEVE_KIND_CPU), "x"), ==,
                   -1);
  g_assert_cmpuint (reeve_schema_get_kind (schema, REEVE_KIND_SERVICE)->n_metrics, ==,
                    REEVE_N_SERVICE);
}

/* The compiled-in table keeps the rules that extra kinds are checked against: each is renamed to an
 * extra kind and put through the same check, then read back from its bytes. */
static void
test_standard_is_valid (void)
{
  ReeveSchema *schema = reeve_schema_get_standard ();

  for (guint i = 0; i < REEVE_N_KINDS; i++)
    {
      ReeveKind kind = *reeve_schema_get_kind (schema, i);
      const ReeveKind *extra = &kind;
      g_autofree char *name = g_strconcat ("test.", kind.name, NULL);
      g_autoptr (ReeveSchema) made = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_nonnull (kind.name);
      g_assert_null (strchr (kind.name, '.'));
      kind.name = name;
      made = reeve_schema_new (&extra, 1, &error);
      g_assert_no_error (error);
      g_assert_nonnull (made);
      for (guint j = 0; j < kind.n_metrics; j++)
        if (kind.metrics[j].chart != REEVE_CHART_NONE)
          g_assert_cmpint (kind.metrics[j].aggregation, !=, REEVE_AGGREGATION_NONE);
    }
}

static void
assert_same_metric (const ReeveMetric *a, const ReeveMetric *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->title, ==, b->title);
  g_assert_cmpstr (a->text, ==, b->text);
  g_assert_cmpstr (a->over, ==, b->over);
  g_assert_cmpint (a->type, ==, b->type);
  g_assert_cmpint (a->unit, ==, b->unit);
  g_assert_cmpint (a->aggregation, ==, b->aggregation);
  g_assert_cmpint (a->chart, ==, b->chart);
  g_assert_cmpfloat (a->range, ==, b->range);
  g_assert_cmpfloat (a->scale, ==, b->scale);
  g_assert_cmpint (a->states != NULL, ==, b->states != NULL);
  for (guint i = 0; a->states && a->states[i].name; i++)
    {
      g_assert_cmpstr (a->states[i].name, ==, b->states[i].name);
      g_assert_cmpuint (a->states[i].value, ==, b->states[i].value);
      g_assert_cmpuint (a->states[i].severity, ==, b->states[i].severity);
    }
}

static void
test_extra (void)
{
  const ReeveKind *extra = &good, *kind;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSchema) schema = reeve_schema_new (&extra, 1, &error);
  g_autoptr (ReeveSchema) again = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (reeve_schema_get_n_kinds (schema), ==, REEVE_N_KINDS + 1);
  kind = reeve_schema_find_kind (schema, "disk-health.drive", NULL);
  g_assert_nonnull (kind);
  g_assert_true (kind != &good);
  g_assert_true (kind->instanced && !kind->facts);
  g_assert_cmpuint (kind->n_metrics, ==, good.n_metrics);
  for (guint i = 0; i < good.n_metrics; i++)
    assert_same_metric (&kind->metrics[i], &good.metrics[i]);

  again = reeve_schema_new_from_description (reeve_schema_get_description (schema), &error);
  g_assert_no_error (error);
  g_assert_true (
      g_bytes_equal (reeve_schema_get_description (again), reeve_schema_get_description (schema)));
  g_assert_cmpmem (reeve_schema_get_digest (again), REEVE_SCHEMA_DIGEST,
                   reeve_schema_get_digest (schema), REEVE_SCHEMA_DIGEST);
  g_assert_true (memcmp (reeve_schema_get_digest (schema),
                         reeve_schema_get_digest (reeve_schema_get_standard ()),
                         REEVE_SCHEMA_DIGEST) != 0);
}

/* ---- what is refused ---- */

typedef struct
{
  const char *what;
  ReeveKind kind;
  ReeveMetric metric; /* the only one, if it has a name */
} BadCase;

static const ReeveState twice[] = { { 1, "a", 0 }, { 1, "b", 0 }, { 0 } };
static const ReeveState spaced[] = { { 1, "not good", 0 }, { 0 } };
static const ReeveState none[] = { { 0 } };
static const char long_text[] = /* 201 characters */
    "01234567890123456789012345678901234567890123456789"
    "01234567890123456789012345678901234567890123456789"
    "01234567890123456789012345678901234567890123456789"
    "012345678901234567890123456789012345678901234567890";

#define KIND(name) name, "T", NULL, FALSE, FALSE, 1, NULL

static const BadCase bad[] = {
  { "standard name", { KIND ("cpu") }, { .name = "a", .title = "A" } },
  { "two dots", { KIND ("a.b.c") }, { .name = "a", .title = "A" } },
  { "empty plugin", { KIND (".b") }, { .name = "a", .title = "A" } },
  { "empty kind", { KIND ("a.") }, { .name = "a", .title = "A" } },
  { "upper case", { KIND ("a.B") }, { .name = "a", .title = "A" } },
  { "quote", { KIND ("a.b\"") }, { .name = "a", .title = "A" } },
  { "33 letters", { KIND ("a.abcdefghijklmnopqrstuvwxyzabcdefg") }, { .name = "a", .title = "A" } },
  { "no name", { KIND (NULL) }, { .name = "a", .title = "A" } },
  { "no title", { .name = "a.b", .n_metrics = 1 }, { .name = "a", .title = "A" } },
  { "no metrics", { .name = "a.b", .title = "T" }, { 0 } },
  { "too many", { .name = "a.b", .title = "T", .n_metrics = 65 }, { .name = "a", .title = "A" } },
  { "control in title",
    { .name = "a.b", .title = "T\n", .n_metrics = 1 },
    { .name = "a", .title = "A" } },
  { "long title",
    { .name = "a.b", .title = long_text, .n_metrics = 1 },
    { .name = "a", .title = "A" } },
  { "metric name", { KIND ("a.b") }, { .name = "9a", .title = "A" } },
  { "metric title", { KIND ("a.b") }, { .name = "a" } },
  { "metric text", { KIND ("a.b") }, { .name = "a", .title = "A", .text = "\342\200\256" } },
  { "type", { KIND ("a.b") }, { .name = "a", .title = "A", .type = 4 } },
  { "unit", { KIND ("a.b") }, { .name = "a", .title = "A", .unit = 11 } },
  { "aggregation", { KIND ("a.b") }, { .name = "a", .title = "A", .aggregation = 4 } },
  { "chart", { KIND ("a.b") }, { .name = "a", .title = "A", .chart = 4 } },
  { "range", { KIND ("a.b") }, { .name = "a", .title = "A", .range = NAN } },
  { "negative range", { KIND ("a.b") }, { .name = "a", .title = "A", .range = -1 } },
  { "scale of a number", { KIND ("a.b") }, { .name = "a", .title = "A", .scale = 1 } },
  { "over of a number", { KIND ("a.b") }, { .name = "a", .title = "A", .over = "a" } },
  { "over itself",
    { KIND ("a.b") },
    { .name = "a", .title = "A", .type = REEVE_METRIC_COUNTER, .over = "a" } },
  { "over nothing",
    { KIND ("a.b") },
    { .name = "a", .title = "A", .type = REEVE_METRIC_COUNTER, .over = "b" } },
  { "scale",
    { KIND ("a.b") },
    { .name = "a", .title = "A", .type = REEVE_METRIC_COUNTER, .scale = INFINITY } },
  { "states of a number", { KIND ("a.b") }, { .name = "a", .title = "A", .states = good_states } },
  { "no states", { KIND ("a.b") }, { .name = "a", .title = "A", .type = REEVE_METRIC_STATE } },
  { "empty states",
    { KIND ("a.b") },
    { .name = "a", .title = "A", .type = REEVE_METRIC_STATE, .states = none } },
  { "state twice",
    { KIND ("a.b") },
    { .name = "a", .title = "A", .type = REEVE_METRIC_STATE, .states = twice } },
  { "state name",
    { KIND ("a.b") },
    { .name = "a", .title = "A", .type = REEVE_METRIC_STATE, .states = spaced } },
};

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      ReeveKind kind = bad[i].kind;
      const ReeveKind *extra = &kind;
      g_autoptr (ReeveSchema) schema = NULL;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad[i].what);
      if (bad[i].metric.name)
        kind.metrics = &bad[i].metric;
      schema = reeve_schema_new (&extra, 1, &error);
      g_assert_null (schema);
      g_assert_nonnull (error);
      g_assert_true (error->domain == REEVE_ERROR);
    }
}

static void
test_twice (void)
{
  const ReeveKind *extra[] = { &good, &good };
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSchema) schema = reeve_schema_new (extra, 2, &error);

  g_assert_null (schema);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS);
}

/* Each cut and each changed byte of a description is read without harm; a cut is always refused. */
static void
test_damaged_description (void)
{
  const ReeveKind *extra = &good;
  g_autoptr (ReeveSchema) schema = reeve_schema_new (&extra, 1, NULL);
  GBytes *whole = reeve_schema_get_description (schema);
  gsize size;
  const guint8 *data = g_bytes_get_data (whole, &size);
  g_autofree guint8 *copy = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    {
      g_autoptr (GBytes) cut = g_bytes_new (data, i);
      g_autoptr (ReeveSchema) read = reeve_schema_new_from_description (cut, NULL);

      g_assert_null (read);
    }
  for (gsize i = 0; i < size; i++)
    for (guint bit = 0; bit < 8; bit++)
      {
        g_autoptr (GBytes) changed = NULL;
        g_autoptr (ReeveSchema) read = NULL;

        memcpy (copy, data, size);
        copy[i] ^= 1 << bit;
        changed = g_bytes_new (copy, size);
        read = reeve_schema_new_from_description (changed, NULL);
        if (read)
          g_assert_true (g_bytes_equal (reeve_schema_get_description (read), changed));
      }
  memcpy (copy, data, size);
  copy[size] = 0;
  {
    g_autoptr (GBytes) longer = g_bytes_new (copy, size + 1);
    g_autoptr (GError) error = NULL;

    g_assert_null (reeve_schema_new_from_description (longer, &error));
    g_assert_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
  }
}

static void
test_oversized_description (void)
{
  g_autofree guint8 *data = g_malloc0 (REEVE_SCHEMA_MAX_DESCRIPTION + 1);
  g_autoptr (GBytes) bytes = g_bytes_new (data, REEVE_SCHEMA_MAX_DESCRIPTION + 1);
  g_autoptr (GError) error = NULL;

  g_assert_null (reeve_schema_new_from_description (bytes, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
}

static void
test_names (void)
{
  g_assert_cmpstr (reeve_unit_to_string (REEVE_UNIT_BYTES_PER_SECOND), ==, "bytes/s");
  g_assert_cmpstr (reeve_unit_to_string (REEVE_UNIT_LOAD), ==, "load");
  g_assert_cmpstr (reeve_unit_to_string (99), ==, "none");
  g_assert_cmpstr (reeve_metric_type_to_string (REEVE_METRIC_TEXT), ==, "text");
  g_assert_cmpstr (reeve_aggregation_to_string (REEVE_AGGREGATION_LAST), ==, "last");
  g_assert_cmpstr (reeve_chart_to_string (REEVE_CHART_STACK), ==, "stack");
  g_assert_cmpstr (reeve_state_severity_to_string (REEVE_STATE_CRITICAL), ==, "critical");
}

/* A counter's rate has another unit than what it counts, unless something divides it. */
static void
test_rate_units (void)
{
  static const struct
  {
    ReeveMetricType type;
    ReeveUnit unit;
    const char *over;
    double scale;
    ReeveUnit shown;
  } cases[] = {
    { REEVE_METRIC_COUNTER, REEVE_UNIT_BYTES, NULL, 0, REEVE_UNIT_BYTES_PER_SECOND },
    { REEVE_METRIC_COUNTER, REEVE_UNIT_BYTES, NULL, 512, REEVE_UNIT_BYTES_PER_SECOND },
    { REEVE_METRIC_COUNTER, REEVE_UNIT_BYTES, "requests", 0, REEVE_UNIT_BYTES },
    { REEVE_METRIC_COUNTER, REEVE_UNIT_BYTES_PER_SECOND, NULL, 0, REEVE_UNIT_BYTES_PER_SECOND },
    { REEVE_METRIC_COUNTER, REEVE_UNIT_COUNT, NULL, 0, REEVE_UNIT_PER_SECOND },
    { REEVE_METRIC_COUNTER, REEVE_UNIT_COUNT, NULL, 1e-6, REEVE_UNIT_COUNT },
    { REEVE_METRIC_COUNTER, REEVE_UNIT_RATIO, NULL, 1e-6, REEVE_UNIT_RATIO },
    { REEVE_METRIC_NUMBER, REEVE_UNIT_BYTES, NULL, 0, REEVE_UNIT_BYTES },
    { REEVE_METRIC_NUMBER, REEVE_UNIT_COUNT, NULL, 0, REEVE_UNIT_COUNT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const ReeveMetric metric = { .name = "x",
                                   .type = cases[i].type,
                                   .unit = cases[i].unit,
                                   .over = cases[i].over,
                                   .scale = cases[i].scale };

      g_assert_cmpint (reeve_metric_get_rate_unit (&metric), ==, cases[i].shown);
    }
}

/* (transfer full) */
static GVariant *
find_named (GVariant *list, const char *name)
{
  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      GVariant *each = g_variant_get_child_value (list, i);
      const char *found = NULL;

      if (g_variant_lookup (each, "name", "&s", &found) && strcmp (found, name) == 0)
        return each;
      g_variant_unref (each);
    }
  g_error ("there is no '%s'", name);
}

static void
test_variant (void)
{
  static const char *const units[][3] = {
    { "disk", "read", "bytes/s" }, { "disk", "reads", "per-second" },
    { "disk", "queue", "count" },  { "disk", "read-await", "seconds" },
    { "disk", "size", "bytes" },   { "cpu", "usage", "ratio" },
  };
  g_autoptr (GVariant) kinds =
      g_variant_ref_sink (reeve_schema_to_variant (reeve_schema_get_standard ()));

  g_assert_cmpstr (g_variant_get_type_string (kinds), ==, "aa{sv}");
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autoptr (GVariant) kind = find_named (kinds, units[i][0]);
      g_autoptr (GVariant) metrics =
          g_variant_lookup_value (kind, "metrics", G_VARIANT_TYPE ("aa{sv}"));
      g_autoptr (GVariant) metric = find_named (metrics, units[i][1]);
      const char *unit = NULL;

      g_assert_true (g_variant_lookup (metric, "unit", "&s", &unit));
      g_assert_cmpstr (unit, ==, units[i][2]);
    }
}

static void
test_state_names (void)
{
  g_assert_cmpstr (reeve_metric_get_state_name (&good_metrics[0], 7), ==, "broken");
  g_assert_null (reeve_metric_get_state_name (&good_metrics[0], 1));
  g_assert_null (reeve_metric_get_state_name (&good_metrics[0], NAN));
  g_assert_null (reeve_metric_get_state_name (&good_metrics[1], 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schema/standard", test_standard);
  g_test_add_func ("/schema/standard-is-valid", test_standard_is_valid);
  g_test_add_func ("/schema/extra", test_extra);
  g_test_add_func ("/schema/bad", test_bad);
  g_test_add_func ("/schema/twice", test_twice);
  g_test_add_func ("/schema/damaged-description", test_damaged_description);
  g_test_add_func ("/schema/oversized-description", test_oversized_description);
  g_test_add_func ("/schema/names", test_names);
  g_test_add_func ("/schema/rate-units", test_rate_units);
  g_test_add_func ("/schema/variant", test_variant);
  g_test_add_func ("/schema/state-names", test_state_names);
  return g_test_run ();
}
