/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of many systems: filter, sort and pages, what a row says, and the trends beside it. */

#include "config.h"

#include <math.h>
#include <reeve/monitor.h>
#include <string.h>

#include "fleet-bench.h"

static char *
list (Bench *bench, const char *filter, const char *sort, guint offset, guint limit,
      guint *ret_total)
{
  g_autoptr (GVariant) answer =
      bench_call (bench, "ListSystems", g_variant_new ("(ssuu)", filter, sort, offset, limit));
  g_autoptr (GVariant) rows = NULL;
  GString *names = g_string_new (NULL);

  g_variant_get (answer, "(@aa{sv}ua{su})", &rows, ret_total, NULL);
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      const char *name;

      g_assert_true (g_variant_lookup (row, "name", "&s", &name));
      g_string_append_printf (names, "%s%s", i > 0 ? " " : "", name);
    }
  return g_string_free (names, FALSE);
}

static void
assert_list (Bench *bench, const char *filter, const char *sort, const char *expected)
{
  guint total;
  g_autofree char *names = list (bench, filter, sort, 0, 0, &total);

  g_assert_cmpstr (names, ==, expected);
}

static void
test_list (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = NULL;
  const char *const labels[] = { "role=db", "prod", NULL };
  const char *const other[] = { "role=web", NULL };
  g_autofree char *names = NULL, *page = NULL, *beyond = NULL;
  g_autoptr (GVariant) states = NULL, answer = NULL;
  guint total, n;

  bench->transport->named = TRUE;
  link = bench_link (bench, &offer, NULL);
  bench_advance (bench, 1500);
  bench_do (bench, "SetLabels", g_variant_new ("(s^as)", bench->id, labels));
  for (guint i = 0; i < 3; i++)
    {
      static const char *const more[] = { "Alpha", "mail", "zürich" };
      g_autoptr (GVariant) added = bench_call (bench, "AddSystem", g_variant_new ("(s)", more[i]));
      const char *id;

      g_variant_get (added, "(&s&s&s)", &id, NULL, NULL);
      if (i == 1)
        {
          bench_do (bench, "SetPaused", g_variant_new ("(sb)", id, TRUE));
          bench_do (bench, "SetLabels", g_variant_new ("(s^as)", id, other));
        }
    }
  assert_list (bench, "", "", "Alpha mail web1 zürich");
  assert_list (bench, "", "-name", "zürich web1 mail Alpha");
  assert_list (bench, "", "state", "web1 Alpha zürich mail");
  assert_list (bench, "", "state,-name", "web1 zürich Alpha mail");
  assert_list (bench, "", "-state,name", "mail Alpha zürich web1");
  assert_list (bench, "", "linked,-name", "web1 zürich mail Alpha");
  assert_list (bench, "", "transport,-remote,name", "Alpha mail zürich web1");
  assert_list (bench, "", "-cpu.usage", "web1 Alpha mail zürich");
  assert_list (bench, "", "container.running,-name", "web1 zürich mail Alpha");
  assert_list (bench, "", "cpu.usage", "web1 Alpha mail zürich");
  assert_list (bench, "ALPHA", "", "Alpha");
  assert_list (bench, "ZÜRICH", "", "zürich");
  assert_list (bench, "state:up", "", "web1");
  assert_list (bench, "state:pending", "", "Alpha zürich");
  assert_list (bench, "state:pending state:up", "", "Alpha web1 zürich");
  assert_list (bench, "state:pending state:up label:role", "", "web1");
  assert_list (bench, "label:role", "", "mail web1");
  assert_list (bench, "label:role=web", "", "mail");
  assert_list (bench, "label:role state:up", "", "web1");
  assert_list (bench, "prod", "", "web1");
  assert_list (bench, "  nothing ", "", "");
  names = list (bench, "", "", 0, 2, &total);
  g_assert_cmpstr (names, ==, "Alpha mail");
  g_assert_cmpuint (total, ==, 4);
  page = list (bench, "", "", 2, 2, &total);
  g_assert_cmpstr (page, ==, "web1 zürich");
  beyond = list (bench, "", "", G_MAXUINT32, 2, &total);
  g_assert_cmpstr (beyond, ==, "");
  /* the counts are of what one could see with another click */
  answer = bench_call (bench, "ListSystems", g_variant_new ("(ssuu)", "state:up r", "", 0, 1));
  states = g_variant_get_child_value (answer, 2);
  g_assert_true (g_variant_lookup (states, "pending", "u", &n));
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (g_variant_lookup (states, "up", "u", &n));
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (g_variant_lookup (states, "paused", "u", &n));
  g_assert_cmpuint (n, ==, 1);
  bench_assert_error (bench, "ListSystems", g_variant_new ("(ssuu)", "state:broken", "", 0, 0),
                      REEVE_ERROR_INVALID);
  bench_assert_error (bench, "ListSystems", g_variant_new ("(ssuu)", "", "color", 0, 0),
                      REEVE_ERROR_INVALID);
  bench_assert_error (bench, "ListSystems", g_variant_new ("(ssuu)", "", "name,", 0, 0),
                      REEVE_ERROR_INVALID);
  bench_assert_error (bench, "ListSystems",
                      g_variant_new ("(ssuu)", "", "name,name,name,name,name", 0, 0),
                      REEVE_ERROR_LIMIT);
  bench_assert_error (bench, "ListSystems", g_variant_new ("(ssuu)", "", "", 0, 1001),
                      REEVE_ERROR_INVALID);
  bench_assert_error (bench, "ListSystems",
                      g_variant_new ("(ssuu)", "a a a a a a a a a a a a a a a a a", "", 0, 0),
                      REEVE_ERROR_LIMIT);
}

/* What a row says of kinds with many instances, of the link and of what changed. */
static void
test_row (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = NULL;
  g_autoptr (GVariant) answer = NULL, row = NULL, values = NULL, lost = NULL, lost_row = NULL;
  double linked, number;

  bench->transport->named = TRUE;
  bench_advance (bench, 5000);
  link = bench_link (bench, &offer, NULL);
  bench_advance (bench, 1500);
  answer = bench_call (bench, "GetSystem", g_variant_new ("(s)", bench->id));
  row = g_variant_get_child_value (answer, 0);
  g_assert_true (g_variant_lookup (row, "linked", "d", &linked));
  g_assert_true (g_variant_lookup (row, "last", "d", &number));
  g_assert_cmpfloat (linked, >, 0);
  values = g_variant_lookup_value (row, "values", G_VARIANT_TYPE ("a{sd}"));
  g_assert_true (g_variant_lookup (values, "container.total", "d", &number));
  g_assert_cmpfloat (number, ==, 1);
  g_assert_true (g_variant_lookup (values, "container.running", "d", &number));
  g_assert_cmpfloat (number, ==, 1);
  g_assert_true (g_variant_lookup (values, "system.temperature", "d", &number));
  g_assert_cmpfloat (number, ==, 60);
  /* one that is paused keeps its state when the link ends */
  bench_do (bench, "SetPaused", g_variant_new ("(sb)", bench->id, TRUE));
  bench_lose (bench, link);
  lost = bench_call (bench, "GetSystem", g_variant_new ("(s)", bench->id));
  lost_row = g_variant_get_child_value (lost, 0);
  g_assert_false (g_variant_lookup (lost_row, "linked", "d", &linked));
}

static void
test_latest (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  const char *const all[] = { NULL }, *const other[] = { "00000000000000aa", NULL };
  const char *const kinds[] = { "cpu", "host", "nonsense", NULL };
  g_autoptr (GVariant) answer = NULL, systems = NULL, system = NULL, rows = NULL, none = NULL,
                       cut = NULL, nobody = NULL;
  gboolean complete, seen_text = FALSE, seen_value = FALSE;

  bench->transport->named = TRUE;
  bench->transport->cpu = 0.25;
  bench_advance (bench, 1500);
  answer = bench_call (bench, "GetLatest", g_variant_new ("(^as^asu)", all, kinds, 0));
  g_variant_get (answer, "(@aa{sv}b)", &systems, &complete);
  g_assert_true (complete);
  g_assert_cmpuint (g_variant_n_children (systems), ==, 1);
  system = g_variant_get_child_value (systems, 0);
  rows = g_variant_lookup_value (system, "rows", G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      g_autoptr (GVariant) values = g_variant_lookup_value (row, "values", NULL);
      g_autoptr (GVariant) texts = g_variant_lookup_value (row, "texts", NULL);
      double usage;
      const char *name;

      if (g_variant_lookup (values, "usage", "d", &usage))
        seen_value = usage == 0.25;
      if (g_variant_lookup (texts, "hostname", "&s", &name))
        seen_text = *name != '\0';
    }
  g_assert_true (seen_value && seen_text);
  none = bench_call (bench, "GetLatest", g_variant_new ("(^as^asu)", other, kinds, 0));
  g_variant_get (none, "(@aa{sv}b)", &nobody, NULL);
  g_assert_cmpuint (g_variant_n_children (nobody), ==, 0);
  cut = bench_call (bench, "GetLatest", g_variant_new ("(^as^asu)", all, kinds, 1));
  g_variant_get (cut, "(aa{sv}b)", NULL, &complete);
  g_assert_false (complete);
  bench_assert_error (bench, "GetLatest", g_variant_new ("(^as^asu)", all, all, 0),
                      REEVE_ERROR_INVALID);
  bench_assert_error (bench, "GetLatest", g_variant_new ("(^as^asu)", all, kinds, 20001),
                      REEVE_ERROR_INVALID);
}

static void
revision_cb (const ReeveSystemView *view, gpointer user_data)
{
  *(guint64 *) user_data = view->revision;
}

/* Each change has its revision, which its system keeps; the counts come with the newest one. */
static void
test_count (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autoptr (ReeveFleet) fleet =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_FLEET, NULL);
  guint counts[REEVE_SYSTEM_N_STATES];
  guint64 before = reeve_fleet_count (fleet, counts), own = 0, other = 0, after;
  g_autoptr (GVariant) added = NULL;
  const char *id;

  g_assert_cmpuint (counts[REEVE_SYSTEM_PENDING], ==, 1);
  added = bench_call (bench, "AddSystem", g_variant_new ("(s)", "second"));
  g_variant_get (added, "(&s&s&s)", &id, NULL, NULL);
  bench_do (bench, "SetPaused", g_variant_new ("(sb)", id, TRUE));
  after = reeve_fleet_count (fleet, counts);
  g_assert_cmpuint (after, >, before);
  g_assert_cmpuint (counts[REEVE_SYSTEM_PENDING], ==, 1);
  g_assert_cmpuint (counts[REEVE_SYSTEM_PAUSED], ==, 1);
  reeve_fleet_foreach (fleet, id, revision_cb, &other);
  reeve_fleet_foreach (fleet, bench->id, revision_cb, &own);
  g_assert_cmpuint (other, ==, after);
  g_assert_cmpuint (own, <=, before);
  bench_do (bench, "RemoveSystem", g_variant_new ("(s)", id));
  g_assert_cmpuint (reeve_fleet_count (fleet, counts), >, after);
  g_assert_cmpuint (counts[REEVE_SYSTEM_PAUSED], ==, 0);
}

static void
test_trends (void)
{
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  const char *const systems[] = { bench->id, "00000000000000aa", NULL };
  const char *const metrics[] = { "cpu.usage", "system.temperature", "memory.usage", NULL };
  const char *const none[] = { NULL }, *const bad[] = { "cpu", NULL };
  const char *const count[] = { "container.total", NULL };
  const char *const five[] = { "a.b", "a.b", "a.b", "a.b", "a.b", NULL };
  g_autoptr (GVariant) answer = NULL, trends = NULL;
  double from, to, step;
  guint seen = 0;

  bench->transport->named = TRUE;
  bench->transport->cpu = 0.25;
  for (guint i = 0; i < 5; i++)
    bench_advance (bench, 60 * 1000);
  answer = bench_call (bench, "GetTrends",
                       g_variant_new ("(^as^asddu)", systems, metrics, 0.0, 0.0, 60));
  g_variant_get (answer, "(ddd@aa{sv})", &from, &to, &step, &trends);
  g_assert_cmpfloat (step, >=, 60);
  g_assert_cmpfloat (fmod (step, 60), ==, 0);
  g_assert_cmpfloat (fmod (from, step), ==, 0);
  g_assert_cmpfloat (to - 3600, >=, from);
  /* the unknown system and what nobody measured are left out */
  g_assert_cmpuint (g_variant_n_children (trends), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GVariant) trend = g_variant_get_child_value (trends, i);
      g_autoptr (GVariant) values = g_variant_lookup_value (trend, "values", NULL);
      const char *metric, *system;
      const double *numbers;
      gsize n;

      g_assert_true (g_variant_lookup (trend, "metric", "&s", &metric));
      g_assert_true (g_variant_lookup (trend, "system", "&s", &system));
      g_assert_cmpstr (metric, ==, metrics[i]);
      g_assert_cmpstr (system, ==, bench->id);
      numbers = g_variant_get_fixed_array (values, &n, sizeof (double));
      g_assert_cmpuint (n, ==, (guint) ceil ((to - from) / step));
      g_assert_cmpuint (n, <=, 60);
      g_assert_true (isnan (numbers[0]));
      for (gsize j = 0; j < n; j++)
        if (!isnan (numbers[j]))
          {
            g_assert_cmpfloat (numbers[j], ==, i == 0 ? 0.25 : 60);
            seen++;
          }
    }
  g_assert_cmpuint (seen, >=, 2);
  bench_assert_error (bench, "GetTrends", g_variant_new ("(^as^asddu)", none, metrics, 0.0, 0.0, 0),
                      REEVE_ERROR_INVALID);
  bench_assert_error (bench, "GetTrends", g_variant_new ("(^as^asddu)", systems, bad, 0.0, 0.0, 0),
                      REEVE_ERROR_INVALID);
  bench_assert_error (bench, "GetTrends",
                      g_variant_new ("(^as^asddu)", systems, count, 0.0, 0.0, 0),
                      REEVE_ERROR_UNSUPPORTED);
  bench_assert_error (bench, "GetTrends",
                      g_variant_new ("(^as^asddu)", systems, metrics, 2.0, 1.0, 0),
                      REEVE_ERROR_INVALID);
  bench_assert_error (bench, "GetTrends", g_variant_new ("(^as^asddu)", systems, five, 0.0, 0.0, 0),
                      REEVE_ERROR_LIMIT);
  bench_assert_error (bench, "GetTrends",
                      g_variant_new ("(^as^asddu)", systems, metrics, 0.0, 0.0, 121),
                      REEVE_ERROR_LIMIT);
}

static void
add_name_cb (const ReeveSystemView *view, gpointer user_data)
{
  g_string_append_printf (user_data, "%s ", view->name);
  if (view->facts != NULL)
    g_string_append_printf (user_data, "(%g cores) ",
                            reeve_sample_get_value (view->facts, REEVE_KIND_HOST, NULL,
                                                    REEVE_HOST_CORES));
}

static void
assert_names (Bench *bench, const char *id, const char *expected)
{
  g_autoptr (ReeveFleet) fleet =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_FLEET, NULL);
  g_autoptr (GString) names = g_string_new (NULL);

  reeve_fleet_foreach (fleet, id, add_name_cb, names);
  g_assert_cmpstr (names->str, ==, expected);
}

/* Whoever goes through the fleet finds it by name, whatever was added, renamed, removed and read,
 * and each with its own facts. */
static void
test_order (void)
{
  static const char *const names[] = { "m", "zz", "a", "x", "b" };
  g_autoptr (Bench) bench = bench_new ();
  ReeveLinkOffer offer = bench_offer (bench);
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, NULL);
  g_autofree char *last = NULL;

  bench_advance (bench, 100);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GVariant) added = bench_call (bench, "AddSystem", g_variant_new ("(s)", names[i]));

      g_clear_pointer (&last, g_free);
      g_variant_get (added, "(sss)", &last, NULL, NULL);
    }
  assert_names (bench, NULL, "a b m web1 (4 cores) x zz ");
  assert_names (bench, bench->id, "web1 (4 cores) ");
  assert_names (bench, "0123456789abcdef", "");
  bench_do (bench, "RenameSystem", g_variant_new ("(ss)", bench->id, "aa"));
  assert_names (bench, NULL, "a aa (4 cores) b m x zz ");
  bench_do (bench, "RenameSystem", g_variant_new ("(ss)", last, "y"));
  assert_names (bench, NULL, "a aa (4 cores) m x y zz ");
  bench_assert_error (bench, "AddSystem", g_variant_new ("(s)", "y"), REEVE_ERROR_EXISTS);
  bench_do (bench, "AddSystem", g_variant_new ("(s)", "b"));
  bench_do (bench, "RemoveSystem", g_variant_new ("(s)", last));
  assert_names (bench, NULL, "a aa (4 cores) b m x zz ");
  g_clear_object (&link);
  bench_restart (bench);
  assert_names (bench, NULL, "a aa (4 cores) b m x zz ");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fleet/list/row", test_row);
  g_test_add_func ("/fleet/list/count", test_count);
  g_test_add_func ("/fleet/list/trends", test_trends);
  g_test_add_func ("/fleet/list/latest", test_latest);
  g_test_add_func ("/fleet/list/list", test_list);
  g_test_add_func ("/fleet/list/order", test_order);
  return g_test_run ();
}
