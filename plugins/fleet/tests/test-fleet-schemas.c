/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Descriptions that agents give of kinds of their own, as bytes of the wire: whose are taken, and
 * that a hostile one costs its own system alone. */

#include "config.h"

#include <string.h>

#include "core/wire/reeve-wire.h"
#include "fleet-bench.h"

#define REFUSED "the description of what 'web1' measures is refused"

typedef struct
{
  char *id;            /* of its system */
  GBytes *description; /* what it says it measures */
  GBytes *announced;   /* that its digest is of; NULL: the same */
  gboolean changing;   /* another description with each answer */
  guint changes;
  guint asked; /* for the description */
  guint answers;
} Agent;

/* web1 and web2: the transport asks whichever has the link. */
static Agent agents[2];

/* ---- the canonical bytes ---- */

static void
put (GByteArray *out, guint64 value, guint n_bytes)
{
  while (n_bytes-- > 0)
    {
      const guint8 byte = value >> (n_bytes * 8) & 0xff;

      g_byte_array_append (out, &byte, 1);
    }
}

static void
put_text (GByteArray *out, const char *text)
{
  put (out, strlen (text), 2);
  g_byte_array_append (out, (const guint8 *) text, strlen (text));
}

/* @n kinds PREFIX0, PREFIX1, ... (one: PREFIX as it is), each with one number. */
static GBytes *
describe (guint n, const char *prefix, const char *title, guint unit)
{
  GByteArray *out = g_byte_array_new ();

  put (out, 1, 1);
  put (out, 2, 2); /* the revision of docs/protocol.md: what is not known is left out */
  put (out, n, 2);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = n > 1 ? g_strdup_printf ("%s%u", prefix, i) : g_strdup (prefix);

      put_text (out, name);
      put_text (out, title);
      put_text (out, "");
      put (out, 1, 1); /* instances */
      put (out, 1, 1);
      put_text (out, "level");
      put_text (out, "Level");
      put_text (out, "");
      put (out, REEVE_METRIC_NUMBER, 1);
      put (out, unit, 1);
      put (out, REEVE_AGGREGATION_AVERAGE, 1);
      put (out, REEVE_CHART_LINE, 1);
      put (out, 0, 8);
      put_text (out, "");
      put (out, 0, 8);
      put (out, 0, 1);
    }
  return g_byte_array_free_to_bytes (out);
}

/* ---- the wire ---- */

static void
put_head (GByteArray *out, guint major, guint64 value)
{
  put (out, major << 5 | 26, 1);
  put (out, value, 4);
}

static void
put_bytes (GByteArray *out, GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  put_head (out, 2, length);
  g_byte_array_append (out, data, length);
}

static void
put_digest (GByteArray *out, GBytes *of)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[REEVE_SCHEMA_DIGEST];
  gsize length = sizeof digest;

  g_checksum_update (sum, g_bytes_get_data (of, NULL), g_bytes_get_size (of));
  g_checksum_get_digest (sum, digest, &length);
  put_head (out, 2, length);
  g_byte_array_append (out, digest, length);
}

/* cpu's usage 0.5, and 1.5 of the first kind of its own. */
static GBytes *
write_answer (Agent *agent, gboolean described)
{
  GByteArray *out = g_byte_array_new ();

  put_head (out, 5, 2);
  put_head (out, 0, 0);
  put_head (out, 0, 2);
  put_head (out, 0, 64);
  put_head (out, 5, described ? 4 : 3);
  put_head (out, 0, 0);
  put_digest (out, agent->announced != NULL ? agent->announced : agent->description);
  if (described)
    {
      put_head (out, 0, 1);
      put_bytes (out, agent->description);
    }
  put_head (out, 0, 2);
  put_head (out, 0, ++agent->answers);
  put_head (out, 0, 4);
  put_head (out, 4, 2);
  put_head (out, 4, 3);
  put_head (out, 0, REEVE_KIND_CPU);
  put (out, 0xf6, 1);
  put_head (out, 4, 2);
  put (out, 0xf6f93800, 4); /* no time, 0.5 */
  put_head (out, 4, 3);
  put_head (out, 0, 256);
  put_head (out, 3, 9);
  g_byte_array_append (out, (const guint8 *) "__proto__", 9);
  put_head (out, 4, 1);
  put (out, 0xf93e00, 3); /* 1.5 */
  return g_byte_array_free_to_bytes (out);
}

static ReeveMessage *
answer (ReeveLink *link, const ReeveSampleRequest *wanted, GError **error)
{
  Agent *agent = &agents[g_strcmp0 (reeve_link_get_admission (link), agents[1].id) == 0];
  const ReeveWireExpected expected = { .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES,
                                                   REEVE_WIRE_MAX_ITEMS, 1 },
                                       .action = REEVE_WIRE_ACTION_SAMPLE,
                                       .schema = reeve_link_get_schema (link) };
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GBytes) bytes = NULL;
  gsize length;
  const guint8 *data;

  if (agent->changing)
    {
      g_autofree char *name = g_strdup_printf ("well.w%u", agent->changes++);

      g_bytes_unref (agent->description);
      agent->description = describe (1, name, "Wells", REEVE_UNIT_COUNT);
    }
  agent->asked += wanted->schema;
  bytes = write_answer (agent, wanted->schema);
  data = g_bytes_get_data (bytes, &length);
  if (!reeve_wire_response_decode (data, length, &expected, &response, error))
    return NULL;
  g_assert_nonnull (response.message);
  return g_steal_pointer (&response.message);
}

/* ---- the fixture ---- */

/* web1 has @description, web2 an honest one that nobody may touch. */
static Bench *
begin (GBytes *description, GBytes *announced)
{
  Bench *bench = bench_new ();
  g_autoptr (GVariant) added = bench_call (bench, "AddSystem", g_variant_new ("(s)", "web2"));
  ReeveLinkOffer offer = bench_offer (bench);
  g_autofree char *token = NULL;
  g_autoptr (ReeveLink) one = NULL;
  g_autoptr (ReeveLink) two = NULL;

  agents[0] =
      (Agent){ .id = g_strdup (bench->id), .description = description, .announced = announced };
  agents[1] = (Agent){ .description = describe (1, "tank.tank", "Tanks", REEVE_UNIT_RATIO) };
  g_variant_get (added, "(sss)", &agents[1].id, &token, NULL);
  bench->transport->answer = answer;
  offer.level = REEVE_LINK_LEVEL_EXTENSION;
  one = bench_link (bench, &offer, NULL);
  offer.token = token;
  offer.fingerprint = "fedcba9876543210";
  two = bench_link (bench, &offer, NULL);
  g_assert_true (one != NULL && two != NULL);
  bench_advance (bench, 2000);
  return bench;
}

static void
end (Bench *bench)
{
  bench_free (bench);
  for (guint i = 0; i < G_N_ELEMENTS (agents); i++)
    {
      g_free (agents[i].id);
      g_bytes_unref (agents[i].description);
      g_clear_pointer (&agents[i].announced, g_bytes_unref);
    }
}

/* (transfer full) how the system's own kinds are called, with their units. */
static char *
get_own (Bench *bench, Agent *agent)
{
  const guint n_standard = reeve_schema_get_n_kinds (reeve_schema_get_standard ());
  g_autoptr (GVariant) reply =
      bench_call (bench, "GetSystemSchema", g_variant_new ("(s)", agent->id));
  g_autoptr (GVariant) kinds = g_variant_get_child_value (reply, 0);
  GString *text = g_string_new (NULL);

  for (gsize i = n_standard; i < g_variant_n_children (kinds); i++)
    {
      g_autoptr (GVariant) kind = g_variant_get_child_value (kinds, i);
      const char *name = NULL;

      g_variant_lookup (kind, "name", "&s", &name);
      g_string_append_printf (text, "%s|", name);
    }
  return g_string_free (text, FALSE);
}

static void
assert_own (Bench *bench, Agent *agent, const char *expected)
{
  g_autofree char *own = get_own (bench, agent);

  g_assert_cmpstr (own, ==, expected);
}

/* What history has of @agent's kind @name: columns. */
static guint
count_columns (Bench *bench, Agent *agent, const char *name)
{
  g_autoptr (GVariant) reply =
      bench_call (bench, "GetHistory",
                  g_variant_new ("(sddusb)", agent->id, 0.0, 0.0, 60, name, FALSE));
  g_autoptr (GVariant) columns = g_variant_get_child_value (reply, 4);

  return g_variant_n_children (columns);
}

static guint
count_records (Bench *bench)
{
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (ReeveRecords) records = reeve_context_lookup (context, REEVE_TYPE_RECORDS, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) page = NULL;

  reeve_records_list_async (records, "fleet.schemas", NULL, NULL, NULL, 100, NULL,
                            reeve_mock_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  page = reeve_records_list_finish (records, result, NULL);
  g_assert_nonnull (page);
  return page->len;
}

static void
assert_others_untouched (Bench *bench)
{
  assert_own (bench, &agents[1], "tank.tank|");
  g_assert_cmpuint (count_columns (bench, &agents[1], "tank.tank"), ==, 1);
  g_assert_cmpuint (agents[1].asked, ==, 1);
}

/* ---- tests ---- */

static void
test_taken (void)
{
  Bench *bench = begin (describe (2, "well.w", "Wells", REEVE_UNIT_COUNT), NULL);
  g_autoptr (GVariant) system = NULL;
  g_autofree char *printed = NULL;

  bench_advance (bench, 130000);
  assert_own (bench, &agents[0], "well.w0|well.w1|");
  g_assert_cmpuint (count_columns (bench, &agents[0], "well.w0"), ==, 1);
  g_assert_cmpuint (agents[0].asked, ==, 1);
  g_assert_cmpuint (agents[0].answers, >=, 3);
  g_assert_cmpuint (count_records (bench), ==, 2);
  g_assert_cmpuint (bench_count_events (bench, "refused"), ==, 0);
  /* everybody who looks at the fleet gets a row: standard kinds alone */
  system = bench_call (bench, "GetSystem", g_variant_new ("(s)", bench->id));
  printed = g_variant_print (system, FALSE);
  g_assert_nonnull (strstr (printed, "cpu.usage"));
  g_assert_null (strstr (printed, "well."));
  assert_others_untouched (bench);
  end (bench);
}

static void
test_shared (void)
{
  Bench *bench = begin (describe (1, "tank.tank", "Tanks", REEVE_UNIT_RATIO), NULL);
  g_autoptr (GVariant) removed = NULL;

  assert_own (bench, &agents[0], "tank.tank|");
  g_assert_cmpuint (count_records (bench), ==, 1);
  removed = bench_call (bench, "RemoveSystem", g_variant_new ("(s)", agents[0].id));
  bench_advance (bench, 2000);
  g_assert_cmpuint (count_records (bench), ==, 1);
  assert_own (bench, &agents[1], "tank.tank|");
  g_clear_pointer (&removed, g_variant_unref);
  removed = bench_call (bench, "RemoveSystem", g_variant_new ("(s)", agents[1].id));
  bench_advance (bench, 2000);
  g_assert_cmpuint (count_records (bench), ==, 0);
  end (bench);
}

static void
test_upgraded (void)
{
  Bench *bench = begin (describe (1, "well.well", "Wells", REEVE_UNIT_COUNT), NULL);

  /* the history has one sample a minute */
  bench_advance (bench, 130000);
  assert_own (bench, &agents[0], "well.well|");
  g_bytes_unref (agents[0].description);
  agents[0].description = describe (2, "well.next", "Wells", REEVE_UNIT_RATIO);
  bench_advance (bench, 190000);
  assert_own (bench, &agents[0], "well.next0|well.next1|");
  g_assert_cmpuint (agents[0].asked, ==, 2);
  g_assert_cmpuint (count_columns (bench, &agents[0], "well.well"), ==, 1);
  g_assert_cmpuint (count_columns (bench, &agents[0], "well.next0"), ==, 1);
  /* the old one is nobody's */
  g_assert_cmpuint (count_records (bench), ==, 2);
  assert_others_untouched (bench);
  end (bench);
}

/* Standard kinds are kept, the system is up, one event says why; it is asked once more for nothing
 * else. */
static void
assert_refused (GBytes *description, GBytes *announced, const char *reason)
{
  Bench *bench = begin (description, announced);

  bench_advance (bench, 190000);
  assert_state (bench, "up");
  g_assert_cmpstr (bench->transport->closed->str, ==, "");
  g_assert_cmpuint (bench_count_events (bench, REFUSED), ==, 1);
  g_assert_cmpuint (bench_count_events (bench, reason), ==, 1);
  g_assert_cmpuint (agents[0].asked, ==, 1);
  g_assert_cmpuint (agents[0].answers, >=, 4);
  assert_own (bench, &agents[0], "");
  g_assert_cmpuint (count_columns (bench, &agents[0], "cpu"), ==, 1);
  g_assert_cmpuint (count_columns (bench, &agents[0], ""), ==, 1);
  g_assert_cmpuint (count_records (bench), ==, 1);
  assert_others_untouched (bench);
  end (bench);
}

static void
test_many_kinds (void)
{
  assert_refused (describe (10000, "w.k", "K", 0), NULL, "too long");
}

static void
test_more_kinds (void)
{
  assert_refused (describe (300, "w.k", "K", 0), NULL, "description is malformed");
}

static void
test_too_many_kinds (void)
{
  assert_refused (describe (33, "w.k", "K", 0), NULL, "33 kinds of its own, 32 are allowed");
}

static void
test_much_text (void)
{
  g_autofree char *title = g_strnfill (200, 'x');

  assert_refused (describe (5000, "w.k", title, 0), NULL, "too long");
}

static void
test_other_content (void)
{
  assert_refused (describe (1, "well.well", "Wells", REEVE_UNIT_COUNT),
                  describe (1, "tank.tank", "Other tanks", REEVE_UNIT_RATIO), "another digest");
}

static void
test_standard_kind (void)
{
  assert_refused (describe (1, "cpu", "Lies", REEVE_UNIT_BYTES), NULL, "cpu");
}

/* A digest of web2's, announced by web1 for other content, is web2's description for it: web1 is
 * not asked, and can change nothing of it. */
static void
test_known_digest (void)
{
  Bench *bench = begin (describe (1, "well.well", "Wells", REEVE_UNIT_COUNT), NULL);

  agents[0].announced = describe (1, "tank.tank", "Tanks", REEVE_UNIT_RATIO);
  bench_advance (bench, 130000);
  assert_own (bench, &agents[0], "tank.tank|");
  g_assert_cmpuint (agents[0].asked, ==, 1);
  assert_others_untouched (bench);
  g_assert_cmpuint (count_records (bench), ==, 1);
  end (bench);
}

static void
test_changing (void)
{
  Bench *bench = begin (describe (1, "well.well", "Wells", REEVE_UNIT_COUNT), NULL);
  g_autofree char *own = NULL;
  g_autoptr (ReeveFleet) fleet =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_FLEET, NULL);

  /* somebody looks at it: it is asked, and changes, every second */
  reeve_fleet_follow (fleet, agents[0].id);
  agents[0].changing = TRUE;
  bench_advance (bench, 15 * 60 * 1000);
  assert_state (bench, "up");
  g_assert_cmpuint (agents[0].changes, >=, 800);
  g_assert_cmpuint (agents[0].asked, <=, 16);
  g_assert_cmpuint (bench_count_events (bench, REFUSED), ==, 1);
  g_assert_cmpuint (bench_count_events (bench, "changed more than 8 times today"), ==, 1);
  g_assert_cmpuint (count_records (bench), ==, 2);
  g_assert_cmpuint (count_columns (bench, &agents[0], "cpu"), ==, 1);
  assert_others_untouched (bench);
  /* the last one that was taken stays */
  own = get_own (bench, &agents[0]);
  g_assert_true (g_str_has_prefix (own, "well.w"));
  end (bench);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fleet/schemas/taken", test_taken);
  g_test_add_func ("/fleet/schemas/shared", test_shared);
  g_test_add_func ("/fleet/schemas/upgraded", test_upgraded);
  g_test_add_func ("/fleet/schemas/10000-kinds", test_many_kinds);
  g_test_add_func ("/fleet/schemas/300-kinds", test_more_kinds);
  g_test_add_func ("/fleet/schemas/33-kinds", test_too_many_kinds);
  g_test_add_func ("/fleet/schemas/megabyte", test_much_text);
  g_test_add_func ("/fleet/schemas/other-content", test_other_content);
  g_test_add_func ("/fleet/schemas/standard-kind", test_standard_kind);
  g_test_add_func ("/fleet/schemas/known-digest", test_known_digest);
  g_test_add_func ("/fleet/schemas/changing", test_changing);
  return g_test_run ();
}
