/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The base protocol, byte for byte: what a stock peer would send decodes, and what we send to one
 * is what a stock peer would. The vectors in tests/data/wire come from Beszel 0.18.8's own encoder.
 */

#include "config.h"

#include "tests/lib/reeve-test-wire.h"

#include <math.h>
#include <string.h>

#define FINGERPRINT "666ff6ccaa5b3c07feaa3a95d3a4bd2c46ac9e9abdb09ca9"
#define NEAR(a, b) g_assert_cmpfloat_with_epsilon (a, b, 1e-9 * MAX (1.0, fabs ((double) (b))))

static const ReeveWireSelf stock_self = { .version = "0.18.8", .connection = 2 };

/* ---- requests ---- */

static void
test_challenge (void)
{
  g_autoptr (GBytes) vector = reeve_test_vector ("challenge.hex");
  g_autoptr (GBytes) again = NULL;
  g_auto (ReeveWireRequest) request = { 0 };

  reeve_test_decode_request (vector, REEVE_LINK_LEVEL_STOCK, &request);
  g_assert_cmpuint (request.action, ==, REEVE_WIRE_ACTION_FINGERPRINT);
  g_assert_cmpint (request.id, ==, 1);
  g_assert_false (request.need_system_info);
  g_assert_cmpuint (g_bytes_get_size (request.signature), ==, 64);
  again = reeve_wire_encode_challenge (1, request.signature, FALSE);
  reeve_test_assert_bytes (again, vector);
}

static void
check_sample_request (const char *name, gint64 id, guint interval, gboolean facts)
{
  g_autoptr (GBytes) vector = reeve_test_vector (name);
  g_autoptr (GBytes) bytes = NULL;
  /* what is the extension's must not show on a stock link */
  const ReeveSampleRequest wanted = {
    .interval_ms = interval, .facts = facts, .schema = TRUE, .acknowledged = 9
  };
  g_autoptr (ReeveMessage) message = reeve_message_new_sample_request (&wanted);
  g_auto (ReeveWireRequest) request = { 0 };
  g_autoptr (GError) error = NULL;
  const ReeveSampleRequest *read;

  bytes = reeve_wire_encode_request (id, message, REEVE_LINK_LEVEL_STOCK, &error);
  g_assert_no_error (error);
  reeve_test_assert_bytes (bytes, vector);

  reeve_test_decode_request (vector, REEVE_LINK_LEVEL_STOCK, &request);
  g_assert_cmpuint (request.action, ==, REEVE_WIRE_ACTION_SAMPLE);
  g_assert_cmpint (request.id, ==, id);
  g_assert_cmpstr (reeve_message_get_verb (request.message), ==, REEVE_VERB_SAMPLE);
  read = reeve_message_get_sample_request (request.message);
  g_assert_cmpuint (read->interval_ms, ==, interval);
  g_assert_cmpint (read->facts, ==, facts);
  g_assert_false (read->schema);
}

static void
test_sample_request (void)
{
  check_sample_request ("sample-request.hex", 2, 60000, TRUE);
  check_sample_request ("sample-request-no-id.hex", REEVE_WIRE_ID_NONE, 60000, TRUE);
  check_sample_request ("sample-request-realtime.hex", REEVE_WIRE_ID_NONE, 1000, FALSE);
}

/* What a stock agent forgives in the arguments, we forgive; in the challenge nothing. */
static void
test_lenient_arguments (void)
{
  static const char *const forgiven[] = { "a200000160", "a2000001a100fb0000000000000000",
                                          "a2000001a10020", "a2000001a1001a00010000" };

  for (guint i = 0; i < G_N_ELEMENTS (forgiven); i++)
    {
      g_autoptr (GBytes) bytes = reeve_test_unhex (forgiven[i]);
      g_auto (ReeveWireRequest) request = { 0 };

      reeve_test_decode_request (bytes, REEVE_LINK_LEVEL_STOCK, &request);
      g_assert_nonnull (request.message);
      g_assert_false (reeve_message_get_sample_request (request.message)->facts);
    }
}

/* ---- answers ---- */

static void
test_fingerprint (void)
{
  g_autoptr (GBytes) vector = reeve_test_vector ("fingerprint.hex");
  g_autoptr (GBytes) with = reeve_test_vector ("fingerprint-info.hex");
  g_autoptr (GBytes) bytes = reeve_wire_encode_fingerprint (1, FINGERPRINT, NULL, "", NULL);
  g_autoptr (GBytes) bytes_with =
      reeve_wire_encode_fingerprint (1, FINGERPRINT, "web1", "45876", NULL);
  g_auto (ReeveWireResponse) response = { 0 };

  reeve_test_assert_bytes (bytes, vector);
  reeve_test_assert_bytes (bytes_with, with);
  reeve_test_decode_response (with, REEVE_LINK_LEVEL_STOCK, NULL, &response);
  g_assert_cmpint (response.kind, ==, REEVE_WIRE_RESPONSE_FINGERPRINT);
  g_assert_cmpint (response.id, ==, 1);
  g_assert_cmpstr (response.fingerprint, ==, FINGERPRINT);
  g_assert_cmpstr (response.hostname, ==, "web1");
  g_assert_cmpstr (response.port, ==, "45876");
  g_assert_null (response.name);
}

/* Without an envelope, as to and from peers before 0.13. */
static void
test_bare (void)
{
  const ReeveWireExpected expected = { .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES,
                                                   REEVE_WIRE_MAX_ITEMS, 0 },
                                       .action = REEVE_WIRE_ACTION_FINGERPRINT,
                                       .bare = TRUE };
  g_autoptr (GBytes) bytes =
      reeve_wire_encode_fingerprint (REEVE_WIRE_ID_BARE, "abc", NULL, NULL, NULL);
  g_autoptr (GBytes) wanted = reeve_test_unhex ("a1 00 63 616263");
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GError) error = NULL;

  reeve_test_assert_bytes (bytes, wanted);
  g_assert_true (reeve_wire_response_decode (g_bytes_get_data (bytes, NULL),
                                             g_bytes_get_size (bytes), &expected, &response,
                                             &error));
  g_assert_cmpint (response.kind, ==, REEVE_WIRE_RESPONSE_FINGERPRINT);
  g_assert_cmpint (response.id, ==, REEVE_WIRE_ID_NONE);
  g_assert_cmpstr (response.fingerprint, ==, "abc");
}

static void
test_error (void)
{
  g_autoptr (GBytes) bytes =
      reeve_wire_encode_error (REEVE_WIRE_ID_NONE, "unsupported action", NULL);
  g_autoptr (GBytes) wanted = reeve_test_unhex ("a1 03 72 756e737570706f7274656420616374696f6e");
  g_auto (ReeveWireResponse) response = { 0 };

  reeve_test_assert_bytes (bytes, wanted);
  reeve_test_decode_response (bytes, REEVE_LINK_LEVEL_STOCK, NULL, &response);
  g_assert_cmpint (response.kind, ==, REEVE_WIRE_RESPONSE_ERROR);
  g_assert_cmpstr (response.error, ==, "unsupported action");
  g_assert_cmpint (response.code, ==, REEVE_ERROR_FAILED);
}

/* What a caller can act on is told and understood on links of extension 1 only. */
static void
test_error_name (void)
{
  static const struct
  {
    const char *hex;
    guint level;
    ReeveError code;
  } cases[] = {
    { "a2 03 61 78 1841 66 64656e696564", REEVE_LINK_LEVEL_EXTENSION, REEVE_ERROR_DENIED },
    { "a2 1841 66 64656e696564 03 61 78", REEVE_LINK_LEVEL_EXTENSION, REEVE_ERROR_DENIED },
    { "a2 03 61 78 1841 66 64656e696564", REEVE_LINK_LEVEL_STOCK, REEVE_ERROR_FAILED },
    { "a2 03 61 78 1841 63 6f6464", REEVE_LINK_LEVEL_EXTENSION, REEVE_ERROR_FAILED },
    /* "gone": that is the hub's own to say */
    { "a2 03 61 78 1841 64 676f6e65", REEVE_LINK_LEVEL_EXTENSION, REEVE_ERROR_FAILED },
    { "a2 03 61 78 1841 f6", REEVE_LINK_LEVEL_EXTENSION, REEVE_ERROR_FAILED },
  };
  g_autoptr (GBytes) bytes = reeve_wire_encode_error (REEVE_WIRE_ID_NONE, "x", "denied");
  g_autoptr (GBytes) bare = reeve_wire_encode_error (REEVE_WIRE_ID_BARE, "x", "denied");
  g_autoptr (GBytes) bare_wanted = reeve_test_unhex ("61 78");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) answer = reeve_test_unhex (cases[i].hex);
      g_auto (ReeveWireResponse) response = { 0 };

      if (i == 0)
        reeve_test_assert_bytes (bytes, answer);
      reeve_test_decode_response (answer, cases[i].level, NULL, &response);
      g_assert_cmpint (response.kind, ==, REEVE_WIRE_RESPONSE_ERROR);
      g_assert_cmpstr (response.error, ==, "x");
      g_assert_cmpint (response.code, ==, cases[i].code);
    }
  reeve_test_assert_bytes (bare, bare_wanted);
}

static void
test_peek_id (void)
{
  static const struct
  {
    const char *hex;
    gint64 id;
  } cases[] = {
    { "a20007 03 6178", 7 },
    { "a2 03 6178 00 1affffffff", 0xffffffff },
    { "a1 03 6178", REEVE_WIRE_ID_NONE },
    { "a100f6", REEVE_WIRE_ID_NONE },
    { "a1001b0000000100000000", REEVE_WIRE_ID_NONE },
    { "80", REEVE_WIRE_ID_NONE },
    { "", REEVE_WIRE_ID_NONE },
    { "a20007", 7 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = reeve_test_unhex (cases[i].hex);

      g_assert_cmpint (reeve_wire_response_peek_id (g_bytes_get_data (bytes, NULL),
                                                    g_bytes_get_size (bytes)),
                       ==, cases[i].id);
    }
}

/* ---- samples ---- */

static void
test_sample (void)
{
  g_autoptr (GBytes) vector = reeve_test_vector ("sample.hex");
  g_auto (ReeveWireResponse) r = { 0 };

  reeve_test_decode_response (vector, REEVE_LINK_LEVEL_STOCK, NULL, &r);
  g_assert_cmpint (r.kind, ==, REEVE_WIRE_RESPONSE_SAMPLE);
  g_assert_cmpint (r.id, ==, 2);
  NEAR (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE), 0.125);
  g_assert_true (isnan (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_USER)));
  NEAR (reeve_test_value (&r, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_TOTAL), 15.5 * 0x40000000);
  NEAR (reeve_test_value (&r, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_USAGE), 0.4677);
  g_assert_true (isnan (reeve_test_value (&r, REEVE_KIND_SWAP, NULL, REEVE_SWAP_TOTAL)));
  NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_USED),
        40.0 * 0x40000000);
  NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READ), 0);
  NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READ_AWAIT), 0);
  NEAR (reeve_test_value (&r, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), 1000);
  NEAR (reeve_test_value (&r, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED), 2000);
  NEAR (reeve_test_value (&r, REEVE_KIND_NIC, "eth0", REEVE_NIC_RECEIVED_TOTAL), 700000);
  NEAR (reeve_test_value (&r, REEVE_KIND_LOAD, NULL, REEVE_LOAD_FIFTEEN), 0.13);
  NEAR (reeve_test_value (&r, REEVE_KIND_BATTERY, "battery", REEVE_BATTERY_CHARGE), 0.9);
  NEAR (reeve_test_value (&r, REEVE_KIND_BATTERY, "battery", REEVE_BATTERY_STATE), 4);
  NEAR (reeve_test_value (&r, REEVE_KIND_CORE, "1", REEVE_CORE_USAGE), 0.15);
  NEAR (reeve_test_value (&r, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_UPTIME), 86400);
  NEAR (reeve_test_value (&r, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_CONNECTION), 2);
  NEAR (reeve_test_value (&r, REEVE_KIND_CONTAINER, "0123456789ab", REEVE_CONTAINER_CPU), 0.015);
  NEAR (reeve_test_value (&r, REEVE_KIND_CONTAINER, "0123456789ab", REEVE_CONTAINER_MEMORY),
        64.0 * 0x100000);
  NEAR (reeve_test_value (&r, REEVE_KIND_CONTAINER, "0123456789ab", REEVE_CONTAINER_RECEIVED), 20);
  g_assert_cmpstr (reeve_test_text (&r, REEVE_KIND_CONTAINER, "0123456789ab",
                                    REEVE_CONTAINER_STATUS),
                   ==, "Up 3 hours");
  g_assert_cmpstr (reeve_test_text (&r, REEVE_KIND_HOST, NULL, REEVE_HOST_CPU_MODEL), ==, "Xeon");
  g_assert_cmpstr (reeve_test_text (&r, REEVE_KIND_HOST, NULL, REEVE_HOST_AGENT_VERSION), ==,
                   "0.18.8");
  NEAR (reeve_test_value (&r, REEVE_KIND_HOST, NULL, REEVE_HOST_MEMORY), 16642998272.0);
}

/* A decoded stock sample comes out again as it was. */
static void
check_encodes_again (GBytes *message, GBytes *wanted)
{
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GError) error = NULL;
  ReeveWireSelf self = stock_self;

  reeve_test_decode_response (message, REEVE_LINK_LEVEL_STOCK, NULL, &response);
  g_assert_cmpint (response.kind, ==, REEVE_WIRE_RESPONSE_SAMPLE);
  again = reeve_wire_encode_sample (response.id, response.message, &self, &error);
  g_assert_no_error (error);
  reeve_test_assert_bytes (again, wanted);
}

/* The vector has a primary battery but no list of batteries (an agent before 0.18.8); ours adds it.
 */
static void
test_sample_again (void)
{
  g_autofree char *text = reeve_test_vector_text ("sample.hex");
  g_autoptr (GBytes) vector = reeve_test_unhex (text);
  g_autoptr (GString) hex = g_string_new (NULL);
  g_autoptr (GBytes) wanted = NULL;
  const char *line = strchr (text, '\n');

  for (; *line; line++)
    if (g_ascii_isxdigit (*line))
      g_string_append_c (hex, *line);
  g_assert_cmpuint (g_string_replace (hex, "a2000201a400ad", "a2000201a400ae", 1), ==, 1);
  g_assert_cmpuint (g_string_replace (hex, "181a82",
                                      "1825a1676261747465727918"
                                      "5a181a82",
                                      1),
                    ==, 1);
  wanted = reeve_test_unhex (hex->str);
  check_encodes_again (vector, wanted);
}

static void
test_minimal (void)
{
  const ReeveWireSelf self = { .version = "" };
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autoptr (ReeveMessage) message = reeve_message_new_sample (sample);
  g_autoptr (GBytes) vector = reeve_test_vector ("sample-minimal.hex");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (reeve_wire_encode_sample (1, message, &self, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);
  reeve_sample_set_rates (sample, TRUE);
  bytes = reeve_wire_encode_sample (REEVE_WIRE_ID_NONE, message, &self, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 194);
  reeve_test_assert_bytes (bytes, vector);
}

/* ---- the recorded conversation ---- */

/* Cuts the next frame off @bytes, unmasked; FALSE at the end. What is no frame is the upgrade. */
static gboolean
next_frame (GByteArray *bytes, guint *ret_opcode, GBytes **ret_payload)
{
  const guint8 *d = bytes->data;
  gsize length, head = 2;
  guint8 *payload;

  if (bytes->len == 0)
    return FALSE;
  if (!(d[0] & 0x80))
    {
      const guint8 *end = memmem (d, bytes->len, "\r\n\r\n", 4);

      g_assert_nonnull (end);
      g_byte_array_remove_range (bytes, 0, (guint) (end + 4 - d));
      return next_frame (bytes, ret_opcode, ret_payload);
    }
  length = d[1] & 0x7f;
  if (length == 126)
    {
      length = (gsize) d[2] << 8 | d[3];
      head = 4;
    }
  payload = g_memdup2 (d + head + (d[1] & 0x80 ? 4 : 0), length);
  for (gsize i = 0; (d[1] & 0x80) && i < length; i++)
    payload[i] ^= d[head + i % 4];
  head += d[1] & 0x80 ? 4 : 0;
  *ret_opcode = d[0] & 0x0f;
  g_byte_array_remove_range (bytes, 0, (guint) (head + length));
  *ret_payload = g_bytes_new_take (payload, length);
  return TRUE;
}

typedef struct
{
  guint requests, fingerprints, samples, others;
} Session;

static void
check_from_agent (GBytes *payload, Session *session)
{
  g_auto (ReeveWireResponse) r = { 0 };

  reeve_test_decode_response (payload, REEVE_LINK_LEVEL_STOCK, NULL, &r);
  switch (r.kind)
    {
    case REEVE_WIRE_RESPONSE_FINGERPRINT:
      g_assert_cmpstr (r.fingerprint, ==, "8ef4328bb622c00b5fbfe75f7bd35afe4e0b88adacc28b93");
      session->fingerprints++;
      break;
    case REEVE_WIRE_RESPONSE_SAMPLE:
      session->samples++;
      g_assert_cmpint (r.id, ==, session->samples * 2);
      NEAR (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE),
            session->samples == 1 ? 0.5 : 0.0044);
      NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READ),
            session->samples == 1 ? 0 : 98700);
      NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READ_AWAIT),
            session->samples == 1 ? 0 : 0.00158);
      g_assert_cmpint (reeve_sample_find_row (reeve_message_get_sample (r.message), REEVE_KIND_HOST,
                                              NULL) >= 0,
                       ==, session->samples == 1);
      check_encodes_again (payload, payload);
      break;
    default:
      g_assert_cmpint (r.kind, ==, REEVE_WIRE_RESPONSE_OTHER);
      g_assert_cmpint (r.id, ==, 3);
      session->others++;
    }
}

static void
check_from_hub (GBytes *payload, Session *session)
{
  static const guint actions[] = { 1, 0, 4, 0 };
  g_auto (ReeveWireRequest) request = { 0 };
  g_autoptr (GBytes) again = NULL;

  reeve_test_decode_request (payload, REEVE_LINK_LEVEL_STOCK, &request);
  g_assert_cmpuint (session->requests, <, G_N_ELEMENTS (actions));
  g_assert_cmpuint (request.action, ==, actions[session->requests]);
  session->requests++;
  g_assert_cmpint (request.id, ==, session->requests);
  if (request.message)
    again = reeve_wire_encode_request (request.id, request.message, 0, NULL);
  else if (request.signature)
    again = reeve_wire_encode_challenge (request.id, request.signature, request.need_system_info);
  if (again)
    reeve_test_assert_bytes (again, payload);
}

static void
test_session (void)
{
  g_autofree char *text = reeve_test_vector_text ("stock-session-ws.txt");
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GByteArray) agent = g_byte_array_new (), hub = g_byte_array_new ();
  g_autoptr (GBytes) payload = NULL;
  Session session = { 0 };
  guint opcode = 0;

  for (guint i = 0; lines[i]; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 4);
      g_autoptr (GBytes) bytes = NULL;

      if (lines[i][0] == '#' || g_strv_length (words) != 4)
        continue;
      bytes = reeve_test_unhex (words[3]);
      g_byte_array_append (g_str_equal (words[1], "agent>hub") ? agent : hub,
                           g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
    }
  while (next_frame (hub, &opcode, &payload))
    {
      check_from_hub (payload, &session);
      g_clear_pointer (&payload, g_bytes_unref);
    }
  while (next_frame (agent, &opcode, &payload))
    {
      if (opcode == 2)
        check_from_agent (payload, &session);
      g_clear_pointer (&payload, g_bytes_unref);
    }
  g_assert_cmpuint (opcode, ==, 8);
  g_assert_cmpuint (session.requests, ==, 4);
  g_assert_cmpuint (session.fingerprints, ==, 1);
  g_assert_cmpuint (session.samples, ==, 2);
  g_assert_cmpuint (session.others, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/challenge", test_challenge);
  g_test_add_func ("/wire/sample-request", test_sample_request);
  g_test_add_func ("/wire/lenient-arguments", test_lenient_arguments);
  g_test_add_func ("/wire/fingerprint", test_fingerprint);
  g_test_add_func ("/wire/bare", test_bare);
  g_test_add_func ("/wire/error", test_error);
  g_test_add_func ("/wire/error-name", test_error_name);
  g_test_add_func ("/wire/peek-id", test_peek_id);
  g_test_add_func ("/wire/sample", test_sample);
  g_test_add_func ("/wire/sample-again", test_sample_again);
  g_test_add_func ("/wire/minimal", test_minimal);
  g_test_add_func ("/wire/session", test_session);
  return g_test_run ();
}
