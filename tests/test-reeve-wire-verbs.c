/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The actions beyond samples, byte for byte and in both directions, and what each refuses. The
 * vectors come from Beszel's own encoder (tests/data/wire).
 */

#include "config.h"

#include "tests/lib/reeve-test-wire.h"

#include <math.h>
#include <string.h>

#define LOGS REEVE_WIRE_ACTION_CONTAINER_LOGS
#define INFO REEVE_WIRE_ACTION_CONTAINER_INFO
#define HEALTH REEVE_WIRE_ACTION_DISK_HEALTH
#define SERVICE REEVE_WIRE_ACTION_SERVICE_INFO

static const ReeveWireSelf stock_self = { .version = "0.18.8", .connection = 2 };

/* ---- requests ---- */

static void
check_request (const char *name, guint action, gint64 id, const char *verb, const char *arguments)
{
  g_autoptr (GBytes) vector = reeve_test_vector (name);
  g_autoptr (ReeveMessage) message =
      reeve_message_new_request (verb, g_variant_new_parsed (arguments));
  g_autoptr (GBytes) bytes = NULL;
  g_auto (ReeveWireRequest) request = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  bytes = reeve_wire_encode_request (id, message, REEVE_LINK_LEVEL_EXTENSION, &error);
  g_assert_no_error (error);
  reeve_test_assert_bytes (bytes, vector);
  g_assert_cmpint (reeve_wire_verb_get_action (verb), ==, (int) action);

  reeve_test_decode_request (vector, REEVE_LINK_LEVEL_STOCK, &request);
  g_assert_cmpuint (request.action, ==, action);
  g_assert_cmpint (request.id, ==, id);
  g_assert_null (request.refusal);
  g_assert_cmpstr (reeve_message_get_verb (request.message), ==, verb);
  text = g_variant_print (reeve_message_get_arguments (request.message), TRUE);
  g_assert_cmpstr (text, ==, arguments);
}

static void
test_requests (void)
{
  check_request ("logs-request.hex", LOGS, 4, REEVE_VERB_CONTAINER_LOGS,
                 "{'id': <'0123456789ab'>}");
  check_request ("info-request.hex", INFO, 5, REEVE_VERB_CONTAINER_INFO,
                 "{'id': <'0123456789ab'>}");
  check_request ("service-request.hex", SERVICE, 6, REEVE_VERB_SERVICE_INFO,
                 "{'name': <'cron.service'>}");
  check_request ("service-request-no-id.hex", SERVICE, REEVE_WIRE_ID_NONE, REEVE_VERB_SERVICE_INFO,
                 "{'name': <'cron.service'>}");
  check_request ("smart-request.hex", HEALTH, 3, REEVE_VERB_DISK_HEALTH, "@a{sv} {}");
  check_request ("smart-request-no-id.hex", HEALTH, REEVE_WIRE_ID_NONE, REEVE_VERB_DISK_HEALTH,
                 "@a{sv} {}");
}

/* A known action that cannot be understood is answered, and so is an unknown one. */
static void
test_refusals (void)
{
  static const struct
  {
    const char *hex;
    guint action;
    const char *says; /* NULL: nothing, it is not known */
  } cases[] = {
    { "a2 00 02 02 07", 2, "container.logs needs the argument \"id\"" },
    { "a3 00 02 01 f6 02 07", 2, "needs the argument" },
    { "a3 00 02 01 a0 02 07", 2, "needs the argument" },
    { "a3 00 02 01 a1 00 f6 02 07", 2, "needs the argument" },
    { "a3 00 02 01 a1 00 05 02 07", 2, "at /0 " },
    { "a3 00 03 01 a1 00 41 61 02 07", 3, "a text was expected" },
    { "a3 00 03 01 80 02 07", 3, "a map was expected" },
    { "a3 00 05 01 a1 00 61 ff 02 07", 5, "UTF-8" },
    { "a3 00 05 01 61 78 02 07", 5, "service.info" },
    { "a3 00 06 01 a1 00 61 78 02 07", 6, NULL },
    { "a2 00 18 ff 02 07", 255, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = reeve_test_unhex (cases[i].hex);
      g_auto (ReeveWireRequest) request = { 0 };

      reeve_test_decode_request (bytes, REEVE_LINK_LEVEL_STOCK, &request);
      g_test_message ("%s: %s", cases[i].hex, request.refusal ? request.refusal : "not known");
      g_assert_cmpuint (request.action, ==, cases[i].action);
      g_assert_cmpint (request.id, ==, 7);
      g_assert_null (request.message);
      g_assert_cmpint (request.refusal != NULL, ==, cases[i].says != NULL);
      if (cases[i].says)
        g_assert_nonnull (strstr (request.refusal, cases[i].says));
    }
}

/* Arguments to a verb that has none say nothing. */
static void
test_no_arguments (void)
{
  g_autoptr (GBytes) bytes = reeve_test_unhex ("a2 00 04 01 a1 00 61 78");
  g_autoptr (ReeveMessage) unknown = reeve_message_new_request ("terminal", NULL);
  g_autoptr (ReeveMessage) without = reeve_message_new_request (REEVE_VERB_CONTAINER_LOGS, NULL);
  g_autoptr (ReeveMessage) number =
      reeve_message_new_request (REEVE_VERB_CONTAINER_LOGS,
                                 g_variant_new_parsed ("{'id': <uint32 5>}"));
  g_auto (ReeveWireRequest) request = { 0 };
  g_autoptr (GError) error = NULL;

  reeve_test_decode_request (bytes, REEVE_LINK_LEVEL_STOCK, &request);
  g_assert_cmpstr (reeve_message_get_verb (request.message), ==, REEVE_VERB_DISK_HEALTH);
  g_assert_null (reeve_wire_encode_request (1, unknown, REEVE_LINK_LEVEL_STOCK, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (reeve_wire_encode_request (1, without, REEVE_LINK_LEVEL_STOCK, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (reeve_wire_encode_request (1, number, REEVE_LINK_LEVEL_STOCK, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_assert_cmpint (reeve_wire_verb_get_action ("terminal"), ==, REEVE_WIRE_ACTION_ANY);
}

/* ---- answers ---- */

/* What is in the answer, as text; asserts its kind and id. */
static char *
print_answer (GBytes *bytes, int action, gboolean bare, gint64 id)
{
  g_auto (ReeveWireResponse) response = { 0 };

  reeve_test_decode_answer (bytes, action, bare, &response);
  g_assert_cmpint (response.kind, ==, REEVE_WIRE_RESPONSE_ANSWER);
  g_assert_cmpint (response.id, ==, id);
  g_assert_null (response.error);
  return g_variant_print (reeve_message_get_value (response.message), TRUE);
}

static void
check_answer (const char *name, int action, gboolean bare, gint64 id, const char *value)
{
  g_autoptr (GBytes) vector = reeve_test_vector (name);
  g_autofree char *text = print_answer (vector, action, bare, id);

  g_assert_cmpstr (text, ==, value);
}

/* Of a stock agent and again from ours: the same bytes. */
static void
check_again (const char *name, const char *verb, gboolean bare, gint64 id)
{
  g_autoptr (GBytes) vector = reeve_test_vector (name);
  g_autoptr (GBytes) again = NULL;
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GError) error = NULL;

  reeve_test_decode_answer (vector, reeve_wire_verb_get_action (verb), bare, &response);
  again = reeve_wire_encode_answer (id, verb, response.message, &stock_self, &error);
  g_assert_no_error (error);
  reeve_test_assert_bytes (again, vector);
}

#define LOG_TEXT                                                                                   \
  "'2026-11-29T00:00:01.000000000Z ready\\n2026-11-29T00:00:02.000000000Z caf\303\251\\t\344\270"  \
  "\255\\n'"

static void
test_containers (void)
{
  check_answer ("logs.hex", LOGS, FALSE, 4, LOG_TEXT);
  check_answer ("logs-empty.hex", LOGS, FALSE, 4, "''");
  check_answer ("logs-no-id.hex", LOGS, FALSE, REEVE_WIRE_ID_NONE, LOG_TEXT);
  check_answer ("logs-data.hex", LOGS, FALSE, 4, LOG_TEXT);
  check_answer ("info.hex", INFO, FALSE, 5,
                "'{\"Id\":\"0123456789ab\",\"Name\":\"/web\",\"State\":{\"Status\":\"running\","
                "\"Pid\":42},\"Config\":{\"Image\":\"nginx\",\"Labels\":{\"a\":\"b\"}}}'");
  check_again ("logs.hex", REEVE_VERB_CONTAINER_LOGS, FALSE, 4);
  check_again ("logs-empty.hex", REEVE_VERB_CONTAINER_LOGS, FALSE, 4);
  check_again ("logs-no-id.hex", REEVE_VERB_CONTAINER_LOGS, FALSE, REEVE_WIRE_ID_NONE);
  check_again ("info.hex", REEVE_VERB_CONTAINER_INFO, FALSE, 5);
}

#define ARRAY_DRIVE                                                                                \
  "({'mdraid:md0': {'model': <'Linux MD RAID (raid1)'>, 'capacity': <uint64 1073741824000>, "      \
  "'status': <'FAILED'>, 'device': <'/dev/md0'>, 'type': <'mdraid'>, 'attributes': <[{'name': "    \
  "<'ArrayState'>, 'raw': <uint64 0>, 'raw-text': <'clean'>}, {'name': <'Degraded'>, 'raw': "      \
  "<uint64 1>}]>}}, "

static void
test_health (void)
{
  g_autoptr (GBytes) vector = reeve_test_vector ("health.hex");
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GVariant) drives = NULL, drive = NULL;
  gboolean complete;

  check_answer ("health-data.hex", HEALTH, FALSE, 3, ARRAY_DRIVE "true)");
  check_answer ("health-bare.hex", HEALTH, TRUE, REEVE_WIRE_ID_NONE, ARRAY_DRIVE "true)");
  check_answer ("health-bare-old.hex", HEALTH, TRUE, REEVE_WIRE_ID_NONE, ARRAY_DRIVE "false)");
  check_answer ("health-none.hex", HEALTH, FALSE, 3, "(@a{sa{sv}} {}, false)");
  check_again ("health.hex", REEVE_VERB_DISK_HEALTH, FALSE, 3);
  check_again ("health-incomplete.hex", REEVE_VERB_DISK_HEALTH, FALSE, 3);
  check_again ("health-none.hex", REEVE_VERB_DISK_HEALTH, FALSE, 3);
  check_again ("health-bare.hex", REEVE_VERB_DISK_HEALTH, TRUE, REEVE_WIRE_ID_BARE);

  reeve_test_decode_answer (vector, HEALTH, FALSE, &response);
  g_variant_get (reeve_message_get_value (response.message), "(@a{sa{sv}}b)", &drives, &complete);
  g_assert_true (complete);
  g_assert_cmpuint (g_variant_n_children (drives), ==, 4);
  drive = g_variant_lookup_value (drives, "2301A1234567", NULL);
  {
    g_autofree char *text = g_variant_print (drive, TRUE);

    g_assert_cmpstr (
        text, ==,
        "{'model': <'WD_BLACK SN850X 2000GB'>, 'serial': <'2301A1234567'>, 'firmware': "
        "<'620311WD'>, 'capacity': <uint64 2000398934016>, 'status': <'FAILED'>, 'device': "
        "<'/dev/nvme0'>, 'type': <'nvme'>, 'temperature': <uint32 58>, 'attributes': <[{'name': "
        "<'CriticalWarning'>, 'raw': <uint64 4>}, {'name': <'PercentageUsed'>, 'raw': <uint64 3>}, "
        "{'name': <'DataUnitsWritten'>, 'raw': <uint64 18446744073709551615>}]>}");
  }
}

static void
check_property (GVariant *properties, const char *name, const char *value)
{
  g_autoptr (GVariant) found = g_variant_lookup_value (properties, name, NULL);
  g_autofree char *text = found ? g_variant_print (found, TRUE) : NULL;

  g_test_message ("%s", name);
  g_assert_cmpstr (text, ==, value);
}

static void
check_properties (GVariant *properties)
{
  g_assert_true (g_variant_is_of_type (properties, G_VARIANT_TYPE_VARDICT));
  check_property (properties, "ActiveState", "'active'");
  check_property (properties, "MainPID", "uint64 612");
  check_property (properties, "NRestarts", "uint64 0");
  check_property (properties, "OOMScoreAdjust", "int64 -250");
  check_property (properties, "CanStart", "true");
  check_property (properties, "Ratio", "0.5");
  check_property (properties, "Documentation", "['man:cron(8)']");
  check_property (properties, "Wants", "@as []");
  check_property (properties, "InvocationID", "[byte 0xde, 0xad, 0xbe, 0xef]");
  check_property (properties, "Job", "[<uint64 0>, <'/'>]");
  check_property (properties, "Conditions",
                  "[<[<'ConditionPathExists'>, <false>, <false>, <'/etc/crontab'>, <uint64 1>]>]");
  check_property (properties, "MemoryLimit", NULL);
}

static void
test_service (void)
{
  g_autoptr (GBytes) vector = reeve_test_vector ("service.hex");
  g_autoptr (GBytes) again = NULL;
  g_auto (ReeveWireResponse) response = { 0 }, second = { 0 };
  GVariant *properties;

  reeve_test_decode_answer (vector, SERVICE, FALSE, &response);
  g_assert_cmpint (response.kind, ==, REEVE_WIRE_RESPONSE_ANSWER);
  properties = reeve_message_get_value (response.message);
  /* one was null */
  g_assert_cmpuint (g_variant_n_children (properties), ==, 28);
  check_properties (properties);
  check_property (properties, "JobTimeoutUSec", "uint64 18446744073709551615");
  again =
      reeve_wire_encode_answer (6, REEVE_VERB_SERVICE_INFO, response.message, &stock_self, NULL);
  reeve_test_decode_answer (again, SERVICE, FALSE, &second);
  properties = reeve_message_get_value (second.message);
  g_assert_cmpuint (g_variant_n_children (properties), ==, 27);
  check_properties (properties);
  check_property (properties, "JobTimeoutUSec", NULL);
  check_answer ("service-bare.hex", SERVICE, TRUE, REEVE_WIRE_ID_NONE,
                "{'ActiveState': <'active'>}");
  check_again ("service-bare.hex", REEVE_VERB_SERVICE_INFO, TRUE, REEVE_WIRE_ID_BARE);
  check_answer ("service-data.hex", SERVICE, FALSE, 6, "{'ActiveState': <'failed'>}");
}

/* Whichever comes first: an error, then any payload, then the key of its own. */
static void
test_precedence (void)
{
  static const struct
  {
    int action;
    const char *hex;
    const char *value; /* NULL: the error */
  } cases[] = {
    { LOGS, "a3 00 04 04 61 61 07 61 62", "'b'" },
    { LOGS, "a3 07 61 62 04 61 61 00 04", "'b'" },
    { LOGS, "a3 00 04 07 f6 04 61 61", "'a'" },
    { LOGS, "a4 00 04 07 61 62 04 61 61 03 61 65", NULL },
    { HEALTH, "a4 00 04 08 f5 07 a1 00 a0 05 a1 61 78 a0", "(@a{sa{sv}} {}, false)" },
    { HEALTH, "a3 00 04 08 f5 05 a1 61 78 a0", "({'x': @a{sv} {}}, true)" },
    { HEALTH, "a3 00 04 05 a1 61 78 a0 08 f5", "({'x': @a{sv} {}}, true)" },
    { HEALTH, "a3 00 04 05 f6 08 f5", "(@a{sa{sv}} {}, true)" },
    { HEALTH, "a3 00 04 05 a2 61 78 a0 61 78 a1 01 61 79 08 f5", "({'x': @a{sv} {}}, true)" },
    { HEALTH, "a2 00 04 07 a2 01 f5 00 a1 61 78 a0", "({'x': @a{sv} {}}, true)" },
    { HEALTH, "a2 00 04 07 bf 01 f5 00 bf ff ff", "(@a{sa{sv}} {}, true)" },
    { SERVICE, "a3 00 04 06 a1 61 61 01 07 a1 61 62 02", "{'b': <uint64 2>}" },
    { SERVICE, "a2 00 04 06 a3 61 61 01 61 62 a1 61 63 01 61 64 81 a1 61 63 01",
      "{'a': <uint64 1>}" },
    { SERVICE, "a2 00 04 06 a3 61 61 01 61 61 02 60 03", "{'a': <uint64 1>}" },
    { SERVICE, "a2 00 04 06 a4 61 61 f97e00 61 62 f6 61 63 3bffffffffffffffff 61 64 f93800",
      "{'d': <0.5>}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = reeve_test_unhex (cases[i].hex);
      g_auto (ReeveWireResponse) response = { 0 };

      g_test_message ("%s", cases[i].hex);
      if (cases[i].value)
        {
          g_autofree char *text = print_answer (bytes, cases[i].action, FALSE, 4);

          g_assert_cmpstr (text, ==, cases[i].value);
          continue;
        }
      reeve_test_decode_answer (bytes, cases[i].action, FALSE, &response);
      g_assert_cmpint (response.kind, ==, REEVE_WIRE_RESPONSE_ERROR);
      g_assert_cmpstr (response.error, ==, "e");
    }
}

/* The answer to another request has nothing in it, but is no error. */
static void
test_nothing (void)
{
  static const int actions[] = { 0, 1, LOGS, INFO, SERVICE, REEVE_WIRE_ACTION_ANY, 77 };
  g_autoptr (GBytes) vector = reeve_test_vector ("health.hex");

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      g_auto (ReeveWireResponse) response = { 0 };

      reeve_test_decode_answer (vector, actions[i], FALSE, &response);
      g_assert_cmpint (response.kind, ==, REEVE_WIRE_RESPONSE_OTHER);
      g_assert_cmpint (response.id, ==, 3);
      g_assert_null (response.message);
    }
}

/* Lines stay lines; what could move a cursor does not come through. */
static void
test_lines (void)
{
  g_autoptr (GBytes) bytes =
      reeve_test_unhex ("a1 04 72 61 0d 0a 09 62 0d 63 1b 5b 6d 00 e2 80 ae 0a 0a c3 a9");
  g_autoptr (GBytes) chunks = reeve_test_unhex ("a1 04 7f 62 61 0a 60 61 62 ff");
  g_autofree char *text = print_answer (bytes, LOGS, FALSE, REEVE_WIRE_ID_NONE);
  g_autofree char *joined = print_answer (chunks, INFO, FALSE, REEVE_WIRE_ID_NONE);

  g_assert_cmpstr (text, ==,
                   "'a\\n\\tb\357\277\275c\357\277\275[m\357\277\275\357\277\275\\n\\n\303\251'");
  g_assert_cmpstr (joined, ==, "'a\\nb'");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/verbs/requests", test_requests);
  g_test_add_func ("/wire/verbs/refusals", test_refusals);
  g_test_add_func ("/wire/verbs/no-arguments", test_no_arguments);
  g_test_add_func ("/wire/verbs/containers", test_containers);
  g_test_add_func ("/wire/verbs/health", test_health);
  g_test_add_func ("/wire/verbs/service", test_service);
  g_test_add_func ("/wire/verbs/precedence", test_precedence);
  g_test_add_func ("/wire/verbs/nothing", test_nothing);
  g_test_add_func ("/wire/verbs/lines", test_lines);
  return g_test_run ();
}
