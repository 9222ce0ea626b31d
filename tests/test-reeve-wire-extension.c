/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Extension 1: numbered columns in base units, the schema behind them, and what is negotiated. The
 * examples of docs/protocol.md are made here and compared with the page.
 */

#include "config.h"

#include "tests/lib/reeve-test-wire.h"

#include <math.h>
#include <string.h>

#define EXTENSION REEVE_LINK_LEVEL_EXTENSION

static const ReeveWireSelf extension_self = { .version = "0.18.8",
                                              .connection = 2,
                                              .level = REEVE_LINK_LEVEL_EXTENSION };

static const ReeveState drive_states[] = {
  { 0, "passed", REEVE_STATE_OK },
  { 1, "failed", REEVE_STATE_CRITICAL },
  { 0 },
};
static const ReeveMetric drive_metrics[] = {
  { .name = "health",
    .title = "Health",
    .type = REEVE_METRIC_STATE,
    .states = drive_states,
    .aggregation = REEVE_AGGREGATION_LAST },
  { .name = "life",
    .title = "Life used",
    .unit = REEVE_UNIT_RATIO,
    .range = 1,
    .aggregation = REEVE_AGGREGATION_LAST,
    .chart = REEVE_CHART_LINE,
    .text = "1 is worn out" },
};
static const ReeveKind drive = { "disk-health.drive",          "Drives",     NULL, TRUE, FALSE,
                                 G_N_ELEMENTS (drive_metrics), drive_metrics };

static ReeveSchema *
make_schema (void)
{
  const ReeveKind *extra = &drive;
  g_autoptr (GError) error = NULL;
  ReeveSchema *schema = reeve_schema_new (&extra, 1, &error);

  g_assert_no_error (error);
  return schema;
}

/* The sample of the page. */
static ReeveMessage *
make_message (ReeveSchema *schema)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (schema);
  ReeveMessage *message = reeve_message_new_sample (sample);
  guint kind;

  reeve_sample_set_rates (sample, TRUE);
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_CPU, NULL));
  reeve_sample_set_number (sample, REEVE_CPU_USAGE, 0.125);
  reeve_sample_set_number (sample, REEVE_CPU_USER, 0.1);
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_MEMORY, NULL));
  reeve_sample_set_number (sample, REEVE_MEMORY_TOTAL, 8589934592.0);
  reeve_sample_set_number (sample, REEVE_MEMORY_USED, 2000000000.0);
  g_assert_true (reeve_sample_add (sample, REEVE_KIND_NIC, "eth0"));
  reeve_sample_set_number (sample, REEVE_NIC_SENT, 1000);
  reeve_sample_set_number (sample, REEVE_NIC_RECEIVED, 2000.5);
  if (reeve_schema_find_kind (schema, "disk-health.drive", &kind))
    {
      g_assert_true (reeve_sample_add (sample, kind, "sda"));
      reeve_sample_set_state (sample, 0, 1);
      reeve_sample_set_number (sample, 1, 0.5);
    }
  reeve_message_set_sequence (message, 7);
  reeve_message_set_age (message, 250000);
  return message;
}

static GBytes *
encode (ReeveMessage *message)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = reeve_wire_encode_sample (2, message, &extension_self, &error);

  g_assert_no_error (error);
  return bytes;
}

/* ---- the page ---- */

/* The hex block after the mark "<!-- NAME -->" in docs/protocol.md. */
static void
assert_on_page (const char *name, GBytes *bytes)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "docs", "protocol.md", NULL);
  g_autofree char *mark = g_strdup_printf ("<!-- %s -->", name);
  g_autofree char *page = NULL;
  g_autoptr (GString) hex = g_string_new (NULL);
  g_autoptr (GBytes) wanted = NULL;
  const char *place;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (hex, "%02x", data[i]);
  g_test_message ("%s: %s", name, hex->str);
  g_assert_true (g_file_get_contents (path, &page, NULL, NULL));
  place = strstr (page, mark);
  g_assert_nonnull (place);
  place = strstr (place, "```\n");
  g_assert_nonnull (place);
  g_string_truncate (hex, 0);
  for (place += 4; strncmp (place, "```", 3) != 0; place++)
    {
      if (*place == ';') /* a remark to the line's end */
        place = strchr (place, '\n');
      g_string_append_c (hex, *place);
    }
  wanted = reeve_test_unhex (hex->str);
  reeve_test_assert_bytes (bytes, wanted);
}

static GBytes *
encode_request (guint level, const ReeveSampleRequest *wanted)
{
  g_autoptr (ReeveMessage) message = reeve_message_new_sample_request (wanted);
  g_autoptr (GError) error = NULL;
  GBytes *bytes = reeve_wire_encode_request (2, message, level, &error);

  g_assert_no_error (error);
  return bytes;
}

static GBytes *
encode_plain_request (guint level, guint interval)
{
  const ReeveSampleRequest wanted = {
    .interval_ms = interval, .facts = TRUE, .schema = TRUE, .acknowledged = 300
  };

  return encode_request (level, &wanted);
}

static ReeveMessage *
make_kept (guint64 sequence, double usage)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  ReeveMessage *message = reeve_message_new_sample (sample);

  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_add (sample, REEVE_KIND_CPU, NULL);
  reeve_sample_set_number (sample, REEVE_CPU_USAGE, usage);
  reeve_message_set_sequence (message, sequence);
  reeve_message_set_age (message, (gint64) (62 - sequence) * 60 * G_USEC_PER_SEC);
  return message;
}

/* The page's answer with two of the samples that were kept. */
static GBytes *
encode_kept (guint n)
{
  g_autoptr (ReeveMessage) message = make_message (reeve_schema_get_standard ());
  g_autoptr (GPtrArray) samples =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_message_unref);
  const ReeveMessageKept kept = { 0x0123456789abcdef, 58, samples };

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (samples, make_kept (1 + i, 0.5 + 0.25 * i));
  reeve_message_set_kept (message, &kept);
  return encode (message);
}

static GBytes *
encode_kept_request (guint level)
{
  const ReeveSampleRequest wanted = {
    .interval_ms = 60000, .kept = 32, .kept_series = 0x0123456789abcdef, .kept_stored = 2
  };

  return encode_request (level, &wanted);
}

static void
test_page (void)
{
  g_autoptr (GBytes) kept = encode_kept (2);
  g_autoptr (GBytes) kept_request = encode_kept_request (EXTENSION);

  g_autoptr (ReeveSchema) schema = make_schema ();
  g_autoptr (ReeveMessage) plain = make_message (reeve_schema_get_standard ());
  g_autoptr (ReeveMessage) described = make_message (schema);
  g_autoptr (GBytes) request = encode_plain_request (EXTENSION, 120000);
  g_autoptr (GBytes) bytes = encode (plain);
  g_autoptr (GBytes) described_bytes = NULL;

  assert_on_page ("request", request);
  assert_on_page ("standard-description",
                  reeve_schema_get_description (reeve_schema_get_standard ()));
  assert_on_page ("answer", bytes);
  assert_on_page ("description", reeve_schema_get_description (schema));
  reeve_message_set_description (described, reeve_schema_get_description (schema));
  described_bytes = encode (described);
  assert_on_page ("described-answer", described_bytes);
  assert_on_page ("kept-request", kept_request);
  assert_on_page ("kept-answer", kept);
}

/* ---- kept samples ---- */

static void
test_kept (void)
{
  g_autoptr (GBytes) bytes = encode_kept (2);
  g_autoptr (GBytes) request_bytes = encode_kept_request (EXTENSION);
  g_autoptr (GBytes) stock = encode_kept_request (REEVE_LINK_LEVEL_STOCK);
  g_auto (ReeveWireResponse) r = { 0 };
  g_auto (ReeveWireRequest) request = { 0 }, at_stock = { 0 };
  const ReeveMessageKept *kept;
  const ReeveSampleRequest *wanted;

  reeve_test_decode_response (bytes, EXTENSION, NULL, &r);
  g_assert_cmpuint (reeve_message_get_sequence (r.message), ==, 7);
  kept = reeve_message_get_kept (r.message);
  g_assert_cmpuint (kept->series, ==, 0x0123456789abcdef);
  g_assert_cmpuint (kept->waiting, ==, 58);
  g_assert_cmpuint (kept->samples->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      ReeveMessage *one = g_ptr_array_index (kept->samples, i);

      g_assert_cmpuint (reeve_message_get_sequence (one), ==, 1 + i);
      g_assert_cmpint (reeve_message_get_age (one), ==, (61 - i) * 60 * G_USEC_PER_SEC);
      g_assert_true (reeve_sample_get_rates (reeve_message_get_sample (one)));
      g_assert_cmpfloat (reeve_sample_get_value (reeve_message_get_sample (one), REEVE_KIND_CPU,
                                                 NULL, REEVE_CPU_USAGE),
                         ==, 0.5 + 0.25 * i);
    }

  reeve_test_decode_request (request_bytes, EXTENSION, &request);
  wanted = reeve_message_get_sample_request (request.message);
  g_assert_cmpuint (wanted->kept, ==, 32);
  g_assert_cmpuint (wanted->kept_series, ==, 0x0123456789abcdef);
  g_assert_cmpuint (wanted->kept_stored, ==, 2);

  /* a stock hub hears nothing of it, nor does who has not negotiated it look */
  g_assert_cmpuint (g_bytes_get_size (stock), <, g_bytes_get_size (request_bytes));
  reeve_test_decode_request (request_bytes, REEVE_LINK_LEVEL_STOCK, &at_stock);
  g_assert_cmpuint (reeve_message_get_sample_request (at_stock.message)->kept, ==, 0);
}

/* An agent that gives more than one answer may have. */
static void
test_kept_too_many (void)
{
  g_autoptr (GBytes) most = encode_kept (REEVE_MESSAGE_MAX_KEPT);
  g_autoptr (GBytes) more = encode_kept (REEVE_MESSAGE_MAX_KEPT + 1);
  const ReeveWireExpected expected = {
    .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES, REEVE_WIRE_MAX_ITEMS, EXTENSION },
    .action = REEVE_WIRE_ACTION_SAMPLE,
    .kept = REEVE_MESSAGE_MAX_KEPT,
  };
  g_auto (ReeveWireResponse) r = { 0 }, refused = { 0 };
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (more, &size);

  reeve_test_decode_response (most, EXTENSION, NULL, &r);
  g_assert_cmpuint (reeve_message_get_kept (r.message)->samples->len, ==, REEVE_MESSAGE_MAX_KEPT);
  g_assert_false (reeve_wire_response_decode (data, size, &expected, &refused, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
}

/* An agent that gives more than it was asked for: the oldest are taken, the others still wait. */
static void
test_kept_unasked (void)
{
  g_autoptr (GBytes) bytes = encode_kept (10);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (guint asked = 0; asked <= 12; asked += 4)
    {
      const ReeveWireExpected expected = {
        .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES, REEVE_WIRE_MAX_ITEMS, EXTENSION },
        .action = REEVE_WIRE_ACTION_SAMPLE,
        .kept = asked,
      };
      g_auto (ReeveWireResponse) r = { 0 };
      g_autoptr (GError) error = NULL;
      const ReeveMessageKept *kept;
      gboolean done = reeve_wire_response_decode (data, size, &expected, &r, &error);

      g_assert_no_error (error);
      g_assert_true (done);
      kept = reeve_message_get_kept (r.message);
      g_assert_cmpuint (kept->samples->len, ==, MIN (asked, 10));
      g_assert_cmpuint (kept->waiting, ==, 58 + 10 - MIN (asked, 10));
      for (guint i = 0; i < kept->samples->len; i++)
        g_assert_cmpuint (reeve_message_get_sequence (g_ptr_array_index (kept->samples, i)), ==,
                          1 + i);
    }
}

/* Rows of a few bytes that take the room of all metrics of their kind. */
static void
test_kept_rows (void)
{
  g_autoptr (ReeveMessage) message = make_message (reeve_schema_get_standard ());
  g_autoptr (GPtrArray) samples =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_message_unref);
  const ReeveMessageKept kept = { 1, 0, samples };
  const guint n_metrics =
      reeve_schema_get_kind (reeve_schema_get_standard (), REEVE_KIND_FILESYSTEM)->n_metrics;
  g_autoptr (GBytes) bytes = NULL;
  g_auto (ReeveWireResponse) r = { 0 };
  const ReeveMessageKept *taken;
  gsize n_values = 0;

  for (guint i = 0; i < REEVE_MESSAGE_MAX_KEPT; i++)
    {
      g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
      ReeveMessage *one;

      reeve_sample_set_rates (sample, TRUE);
      for (guint j = 0; j < 5900; j++)
        {
          g_autofree char *name = g_strdup_printf ("%x", j);

          reeve_sample_add (sample, REEVE_KIND_FILESYSTEM, name);
        }
      one = reeve_message_new_sample (sample);
      reeve_message_set_sequence (one, 1 + i);
      g_ptr_array_add (samples, one);
    }
  reeve_message_set_kept (message, &kept);
  bytes = encode (message);
  g_assert_cmpuint (g_bytes_get_size (bytes), <, REEVE_WIRE_RESPONSE_MAX_BYTES);
  reeve_test_decode_response (bytes, EXTENSION, NULL, &r);
  taken = reeve_message_get_kept (r.message);
  g_assert_cmpuint (taken->samples->len, >, 0);
  for (guint i = 0; i + 1 < taken->samples->len; i++)
    n_values +=
        reeve_sample_get_n_rows (reeve_message_get_sample (g_ptr_array_index (taken->samples, i))) *
        n_metrics;
  g_assert_cmpuint (n_values, <, REEVE_WIRE_KEPT_MAX_VALUES);
  g_assert_cmpuint (taken->samples->len + taken->waiting, ==, REEVE_MESSAGE_MAX_KEPT);
  g_assert_cmpuint (taken->waiting, >, 0);
}

/* ---- requests ---- */

static void
test_request (void)
{
  g_autoptr (GBytes) bytes = encode_plain_request (EXTENSION, 120000);
  g_autoptr (GBytes) stock = encode_plain_request (REEVE_LINK_LEVEL_STOCK, 60000);
  g_autoptr (GBytes) vector = reeve_test_vector ("sample-request.hex");
  g_auto (ReeveWireRequest) request = { 0 }, at_stock = { 0 };
  const ReeveSampleRequest *wanted;

  reeve_test_assert_bytes (stock, vector);
  reeve_test_decode_request (bytes, EXTENSION, &request);
  wanted = reeve_message_get_sample_request (request.message);
  g_assert_cmpuint (wanted->interval_ms, ==, 120000);
  g_assert_true (wanted->schema);
  g_assert_cmpuint (wanted->acknowledged, ==, 300);

  /* Who has not negotiated it does not look. */
  reeve_test_decode_request (bytes, REEVE_LINK_LEVEL_STOCK, &at_stock);
  wanted = reeve_message_get_sample_request (at_stock.message);
  g_assert_cmpuint (wanted->interval_ms, ==, 65535);
  g_assert_false (wanted->schema);
}

/* ---- answers ---- */

static void
test_answer (void)
{
  g_autoptr (ReeveMessage) message = make_message (reeve_schema_get_standard ());
  g_autoptr (GBytes) bytes = encode (message);
  g_auto (ReeveWireResponse) r = { 0 }, at_stock = { 0 };

  reeve_test_decode_response (bytes, EXTENSION, NULL, &r);
  g_assert_cmpint (r.kind, ==, REEVE_WIRE_RESPONSE_SAMPLE);
  g_assert_cmpint (r.id, ==, 2);
  g_assert_true (r.schema == reeve_schema_get_standard ());
  g_assert_cmpuint (reeve_message_get_sequence (r.message), ==, 7);
  g_assert_cmpint (reeve_message_get_age (r.message), ==, 250000);
  g_assert_null (reeve_message_get_description (r.message));
  g_assert_true (reeve_sample_get_rates (reeve_message_get_sample (r.message)));
  g_assert_cmpfloat (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_USER), ==, 0.1);
  g_assert_true (isnan (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_TIME)));
  g_assert_true (isnan (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_IDLE)));
  g_assert_cmpfloat (reeve_test_value (&r, REEVE_KIND_NIC, "eth0", REEVE_NIC_RECEIVED), ==, 2000.5);

  reeve_test_decode_response (bytes, REEVE_LINK_LEVEL_STOCK, NULL, &at_stock);
  g_assert_cmpint (at_stock.kind, ==, REEVE_WIRE_RESPONSE_OTHER);
}

/* A hub without the plugin: unknown at first, described once, known from then on. */
static void
test_unknown_schema (void)
{
  g_autoptr (ReeveSchema) schema = make_schema ();
  g_autoptr (ReeveMessage) message = make_message (schema);
  g_autoptr (GBytes) bytes = encode (message);
  g_autoptr (GBytes) described = NULL;
  g_auto (ReeveWireResponse) first = { 0 }, second = { 0 }, third = { 0 };
  guint kind = 0;

  reeve_test_decode_response (bytes, EXTENSION, NULL, &first);
  g_assert_null (first.schema);
  g_assert_cmpuint (reeve_sample_get_n_rows (reeve_message_get_sample (first.message)), ==, 3);

  reeve_message_set_description (message, reeve_schema_get_description (schema));
  described = encode (message);
  reeve_test_decode_response (described, EXTENSION, NULL, &second);
  g_assert_nonnull (second.schema);
  g_assert_true (g_bytes_equal (reeve_message_get_description (second.message),
                                reeve_schema_get_description (schema)));
  g_assert_nonnull (reeve_schema_find_kind (second.schema, "disk-health.drive", &kind));
  g_assert_cmpfloat (reeve_test_value (&second, kind, "sda", 1), ==, 0.5);

  reeve_test_decode_response (bytes, EXTENSION, second.schema, &third);
  g_assert_true (third.schema == second.schema);
  g_assert_cmpfloat (reeve_test_value (&third, kind, "sda", 0), ==, 1);
}

static void
test_numbers (void)
{
  static const double values[] = { 0,
                                   1,
                                   -1,
                                   23,
                                   24,
                                   255,
                                   256,
                                   65504,
                                   65505,
                                   0.5,
                                   1.0 / 3,
                                   0.1,
                                   6.103515625e-05,
                                   6e-05,
                                   1e-7,
                                   5e-324,
                                   -0.0,
                                   3.4028234663852886e38,
                                   1e39,
                                   1.7976931348623157e308,
                                   4294967296.0,
                                   9007199254740992.0,
                                   9007199254740994.0,
                                   1.5,
                                   -2.25,
                                   16777217.5,
                                   100000.25 };
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autoptr (ReeveMessage) message = reeve_message_new_sample (sample);
  g_autoptr (GBytes) bytes = NULL;
  g_auto (ReeveWireResponse) r = { 0 };
  char name[16];

  reeve_sample_set_rates (sample, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_snprintf (name, sizeof name, "%u", i);
      g_assert_true (reeve_sample_add (sample, REEVE_KIND_SENSOR, name));
      reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, values[i]);
    }
  bytes = encode (message);
  reeve_test_decode_response (bytes, EXTENSION, NULL, &r);
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_snprintf (name, sizeof name, "%u", i);
      g_assert_cmpfloat (reeve_test_value (&r, REEVE_KIND_SENSOR, name, REEVE_SENSOR_TEMPERATURE),
                         ==, values[i]);
    }
}

/* An answer with these rows, the standard digest before or behind them. */
static gboolean
decode_rows (const char *rows, gboolean digest_last, ReeveWireResponse *ret_response,
             GError **error)
{
  const ReeveWireExpected expected = { .limits = { 65536, 128, EXTENSION },
                                       .action = REEVE_WIRE_ACTION_SAMPLE };
  g_autoptr (GString) digest = g_string_new ("00 5820 ");
  g_autofree char *hex = NULL;
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < REEVE_SCHEMA_DIGEST; i++)
    g_string_append_printf (digest, "%02x",
                            reeve_schema_get_digest (reeve_schema_get_standard ())[i]);
  hex = digest_last ? g_strdup_printf ("a1 1840 a2 04 %s %s", rows, digest->str)
                    : g_strdup_printf ("a1 1840 a2 %s 04 %s", digest->str, rows);
  bytes = reeve_test_unhex (hex);
  return reeve_wire_response_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                     &expected, ret_response, error);
}

static void
test_rows (void)
{
  static const struct
  {
    const char *rows;
    guint n;
  } good[] = {
    { "80", 0 },
    { "f6", 0 },
    { "9f 9f 02 f6 9f 00 01 ff ff ff", 1 }, /* indefinite */
    { "82 83 02 f6 80 83 02 f6 80", 1 },    /* the first of two */
    { "81 83 18ff f6 81 01", 0 },           /* a newer peer's kind */
    { "81 83 190100 6161 81 01", 0 },       /* of a schema that is not known */
    { "81 83 1affffffff f6 80", 0 },
    { "81 83 09 f6 81 01", 0 }, /* an instance is missing */
    { "81 83 09 60 81 01", 0 },
    { "81 83 02 6178 81 01", 1 },                   /* one that is not needed */
    { "81 84 06 f6 86 01 f6 03 04 05 06 6178", 1 }, /* more than is known */
    { "81 82 02 f6", 1 },
    { "81 83 09 626100 81 01", 1 }, /* cleaned */
  };
  static const struct
  {
    const char *rows;
    const char *place;
  } bad[] = {
    { "a0", "at /64/4" },
    { "81 f6", "not null" },
    { "81 a0", "array was expected" },
    { "81 83 20 f6 80", "at /64/4/0/0" },
    { "81 83 09 01 80", "text was expected" },
    { "81 83 09 61ff 80", "UTF-8" },
    { "81 83 02 f6 81 6161", "number was expected" },
    { "81 83 00 f6 81 01", "text was expected" },
    { "81 83 00 f6 83 f6 f6 f93c00", "unsigned integer" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good) * 2; i++)
    {
      g_auto (ReeveWireResponse) r = { 0 };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", good[i / 2].rows);
      g_assert_true (decode_rows (good[i / 2].rows, i % 2 == 0, &r, &error));
      g_assert_cmpuint (reeve_sample_get_n_rows (reeve_message_get_sample (r.message)), ==,
                        good[i / 2].n);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad) * 2; i++)
    {
      g_auto (ReeveWireResponse) r = { 0 };
      g_autoptr (GError) error = NULL;

      g_assert_false (decode_rows (bad[i / 2].rows, i % 2 == 0, &r, &error));
      g_test_message ("%s: %s", bad[i / 2].rows, error->message);
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
      g_assert_nonnull (strstr (error->message, bad[i / 2].place));
    }
}

static void
assert_refused (const char *hex, ReeveError code, const char *place)
{
  const ReeveWireExpected expected = { .limits = { 1 << 20, 128, EXTENSION },
                                       .action = REEVE_WIRE_ACTION_SAMPLE };
  g_autoptr (GBytes) bytes = reeve_test_unhex (hex);
  g_auto (ReeveWireResponse) r = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean done = reeve_wire_response_decode (g_bytes_get_data (bytes, NULL),
                                              g_bytes_get_size (bytes), &expected, &r, &error);

  g_assert_false (done);
  g_test_message ("%s", error->message);
  g_assert_error (error, REEVE_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, place));
}

static void
test_bad_schema (void)
{
  g_autofree char *zeros = g_strnfill (64, '0');
  g_autofree char *many = g_strnfill (2 * (REEVE_SCHEMA_MAX_DESCRIPTION + 1), '0');
  g_autofree char *other = g_strdup_printf ("a1 1840 a3 00 5820 %s 01 45 0100010000 04 80", zeros);
  g_autofree char *malformed = g_strdup_printf ("a1 1840 a2 00 5820 %s 01 4102", zeros);
  g_autofree char *large = g_strdup_printf ("a1 1840 a2 00 5820 %s 01 5a00010001 %s", zeros, many);

  assert_refused ("a1 1840 f6", REEVE_ERROR_PROTOCOL, "not null");
  assert_refused ("a1 1840 a0", REEVE_ERROR_PROTOCOL, "digest is missing");
  assert_refused ("a1 1840 a1 00 4100", REEVE_ERROR_PROTOCOL, "digest is missing");
  assert_refused (other, REEVE_ERROR_PROTOCOL, "another digest");
  assert_refused (malformed, REEVE_ERROR_PROTOCOL, "description is malformed");
  assert_refused (large, REEVE_ERROR_LIMIT, "too long");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/extension/page", test_page);
  g_test_add_func ("/wire/extension/kept", test_kept);
  g_test_add_func ("/wire/extension/kept-too-many", test_kept_too_many);
  g_test_add_func ("/wire/extension/kept-unasked", test_kept_unasked);
  g_test_add_func ("/wire/extension/kept-rows", test_kept_rows);
  g_test_add_func ("/wire/extension/request", test_request);
  g_test_add_func ("/wire/extension/answer", test_answer);
  g_test_add_func ("/wire/extension/unknown-schema", test_unknown_schema);
  g_test_add_func ("/wire/extension/numbers", test_numbers);
  g_test_add_func ("/wire/extension/rows", test_rows);
  g_test_add_func ("/wire/extension/bad-schema", test_bad_schema);
  return g_test_run ();
}
