/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What an answer to the actions beyond samples may not be, coming in; and what becomes of a value
 * that has no form on the wire, going out.
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

/* ---- coming in ---- */

static void
check_bad (GBytes *bytes, int action, ReeveError code, const char *says)
{
  const ReeveWireExpected expected = {
    .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES, REEVE_WIRE_MAX_ITEMS, 0 }, .action = action
  };
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gboolean done = reeve_wire_response_decode (data, size, &expected, &response, &error);

  g_test_message ("%s", error ? error->message : "accepted");
  g_assert_false (done);
  g_assert_error (error, REEVE_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, says));
}

static void
test_malformed (void)
{
  static const struct
  {
    int action;
    const char *hex;
    const char *says;
  } cases[] = {
    { LOGS, "a1 04 05", "at /4 " },
    { LOGS, "a1 04 61 ff", "UTF-8" },
    { LOGS, "a1 07 80", "at /7 " },
    { LOGS, "a1 04 41 61", "a text was expected" },
    { INFO, "a1 04 a0", "a text was expected" },
    { INFO, "a1 04 62 61", "ends early" },
    { HEALTH, "a1 05 80", "a map was expected" },
    { HEALTH, "a1 05 a1 61 78 f6", "not null" },
    { HEALTH, "a1 05 a1 61 78 01", "at /5/0 " },
    { HEALTH, "a1 05 a1 61 78 a1 01 05", "at /5/0/1 " },
    { HEALTH, "a1 05 a1 61 78 a1 04 20", "unsigned integer" },
    { HEALTH, "a1 05 a1 61 78 a1 04 f93c00", "unsigned integer" },
    { HEALTH, "a1 05 a1 61 78 a1 08 190100", "out of range" },
    { HEALTH, "a1 05 a1 61 78 a1 09 a0", "an array was expected" },
    { HEALTH, "a1 05 a1 61 78 a1 09 81 f6", "not null" },
    { HEALTH, "a1 05 a1 61 78 a1 09 81 a1 00 1a 00010000", "at /5/0/9/0/0 " },
    { HEALTH, "a1 05 a1 61 78 a1 09 82 a0 a1 06 05", "at /5/0/9/1/6 " },
    { HEALTH, "a1 08 01", "true or false" },
    { HEALTH, "a1 07 a1 00 80", "at /7/0 " },
    { HEALTH, "a1 07 a1 01 05", "true or false" },
    { HEALTH, "a1 07 a2 61 78 a0 00 a0", "a text was expected" },
    { SERVICE, "a1 06 80", "a map was expected" },
    { SERVICE, "a1 06 a1 01 01", "a text was expected" },
    { SERVICE, "a1 06 a1 61 78 61 ff", "UTF-8" },
    { SERVICE, "a1 06 a1 61 ff 01", "UTF-8" },
    { SERVICE, "a1 06 a1 61 78 82 01", "ends early" },
    { SERVICE, "a1 06 a1 61 78 a1 61 79", "ends early" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = reeve_test_unhex (cases[i].hex);

      check_bad (bytes, cases[i].action, REEVE_ERROR_PROTOCOL, cases[i].says);
    }
}

/* @head, @n bytes that are all @fill. */
static GBytes *
long_message (const char *head, gsize n, guint8 fill)
{
  g_autoptr (GBytes) start = reeve_test_unhex (head);
  GByteArray *bytes = g_byte_array_new ();
  gsize size;
  const guint8 *data = g_bytes_get_data (start, &size);

  g_byte_array_append (bytes, data, size);
  g_byte_array_set_size (bytes, size + n);
  memset (bytes->data + size, fill, n);
  return g_byte_array_free_to_bytes (bytes);
}

static void
test_too_long (void)
{
  g_autoptr (GBytes) info = long_message ("a1 04 7a 00100001", 0x100001, 'x');
  g_autoptr (GBytes) fits = long_message ("a1 04 7a 00100000", 0x100000, '\r');
  g_autoptr (GBytes) logs = long_message ("a1 04 7a 00400000", 0x400000, 'x');
  g_autoptr (GBytes) bytes = long_message ("a1 06 a1 61 78 5a 00010001", 0x10001, 'x');
  g_auto (ReeveWireResponse) whole = { 0 }, also = { 0 };
  gsize length;

  check_bad (info, INFO, REEVE_ERROR_LIMIT, "too long");
  check_bad (logs, LOGS, REEVE_ERROR_LIMIT, "larger than this peer may send");
  check_bad (bytes, SERVICE, REEVE_ERROR_LIMIT, "byte string");
  reeve_test_decode_answer (info, LOGS, FALSE, &whole);
  g_variant_get_string (reeve_message_get_value (whole.message), &length);
  g_assert_cmpuint (length, ==, 0x100001);
  /* each of these is replaced by three */
  reeve_test_decode_answer (fits, INFO, FALSE, &also);
  g_variant_get_string (reeve_message_get_value (also.message), &length);
  g_assert_cmpuint (length, ==, 0x300000);
}

/* @n keys from "0000" on, each with @value. */
static GBytes *
many_names (const char *head, guint n, const char *value)
{
  g_autoptr (GString) hex = g_string_new (head);

  g_string_append_printf (hex, " b9 %04x", n);
  for (guint i = 0; i < n; i++)
    {
      char digits[5];

      g_snprintf (digits, sizeof digits, "%04x", i);
      g_string_append (hex, " 64");
      for (guint j = 0; j < 4; j++)
        g_string_append_printf (hex, " %02x", digits[j]);
      g_string_append (hex, value);
    }
  return reeve_test_unhex (hex->str);
}

static GBytes *
many_items (const char *head, guint n, const char *item)
{
  g_autoptr (GString) hex = g_string_new (head);

  g_string_append_printf (hex, " 99 %04x", n);
  for (guint i = 0; i < n; i++)
    g_string_append (hex, item);
  return reeve_test_unhex (hex->str);
}

static void
test_too_many (void)
{
  g_autoptr (GBytes) drives = many_names ("a1 05", 257, "a0");
  g_autoptr (GBytes) drives_fit = many_names ("a1 05", 256, "a0");
  g_autoptr (GBytes) properties = many_names ("a1 06", 1025, "01");
  g_autoptr (GBytes) values = many_items ("a1 06 a1 61 78", 16384, "00");
  g_autoptr (GBytes) values_fit = many_items ("a1 06 a1 61 78", 16383, "00");
  g_autoptr (GBytes) items = many_items ("a1 06 a1 61 78", 16385, "00");
  g_autoptr (GString) hex = g_string_new ("a1 05 b8 81");
  g_autoptr (GBytes) many_attributes = NULL;
  g_auto (ReeveWireResponse) r = { 0 }, s = { 0 };

  check_bad (drives, HEALTH, REEVE_ERROR_LIMIT, "too many drives");
  check_bad (properties, SERVICE, REEVE_ERROR_LIMIT, "too many properties");
  check_bad (values, SERVICE, REEVE_ERROR_LIMIT, "too many values");
  check_bad (items, SERVICE, REEVE_ERROR_LIMIT, "too long");
  reeve_test_decode_answer (drives_fit, HEALTH, FALSE, &r);
  reeve_test_decode_answer (values_fit, SERVICE, FALSE, &s);
  for (guint i = 0; i < 129; i++)
    {
      g_string_append_printf (hex, "62 %02x %02x a1 09 98 80", 'a' + i % 16, 'a' + i / 16);
      for (guint j = 0; j < 128; j++)
        g_string_append (hex, "a0");
    }
  many_attributes = reeve_test_unhex (hex->str);
  check_bad (many_attributes, HEALTH, REEVE_ERROR_LIMIT, "too many attributes");
}

/* Four arrays deep is kept, five is left out with its property, and more than the reader takes is
 * no message. */
static void
test_nesting (void)
{
  g_autoptr (GBytes) bytes =
      reeve_test_unhex ("a1 06 a3 61 61 81 81 81 81 01 61 62 81 81 81 81 81 01 61 63 02");
  g_autoptr (GBytes) deep = long_message ("a1 06 a1 61 61", 40, 0x81);
  g_auto (ReeveWireResponse) r = { 0 };
  g_autofree char *text = NULL;

  reeve_test_decode_answer (bytes, SERVICE, FALSE, &r);
  text = g_variant_print (reeve_message_get_value (r.message), FALSE);
  g_assert_cmpstr (text, ==, "{'a': <[<[<[<[<uint64 1>]>]>]>]>, 'c': <uint64 2>}");
  check_bad (deep, SERVICE, REEVE_ERROR_LIMIT, "nested too deeply");
}

/* ---- going out ---- */

static GBytes *
encode (const char *verb, const char *value, GError **error)
{
  g_autoptr (ReeveMessage) message = reeve_message_new_answer (g_variant_new_parsed (value));

  return reeve_wire_encode_answer (9, verb, message, &stock_self, error);
}

static void
check_encoded (const char *verb, const char *value, const char *hex)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = encode (verb, value, &error);
  g_autoptr (GBytes) expected = reeve_test_unhex (hex);

  g_test_message ("%s", value);
  g_assert_no_error (error);
  reeve_test_assert_bytes (bytes, expected);
}

static void
test_service_forms (void)
{
  static const char *const verb = REEVE_VERB_SERVICE_INFO;

  check_encoded (verb, "{'a': <byte 7>, 'b': <int16 -7>, 'c': <uint16 7>, 'd': <-7>}",
                 "a2 00 09 06 a4 61 61 07 61 62 26 61 63 07 61 64 26");
  check_encoded (verb, "{'a': <uint32 7>, 'b': <int64 -9223372036854775808>, 'c': <uint64 7>}",
                 "a2 00 09 06 a3 61 61 07 61 62 3b7fffffffffffffff 61 63 07");
  check_encoded (verb, "{'a': <true>, 'b': <1.5>, 'c': <'x'>, 'd': <objectpath '/'>}",
                 "a2 00 09 06 a4 61 61 f5 61 62 fb3ff8000000000000 61 63 61 78 61 64 61 2f");
  check_encoded (verb, "{'a': <[byte 1, 2]>, 'b': <['x']>, 'c': <@as []>, 'd': <(true, 'x')>}",
                 "a2 00 09 06 a4 61 61 42 0102 61 62 81 61 78 61 63 80 61 64 82 f5 61 78");
  check_encoded (verb, "{'a': <<7>>, 'b': <just 7>, 'c': <@mi nothing>, 'd': <[<7>, <'x'>]>}",
                 "a2 00 09 06 a4 61 61 07 61 62 07 61 63 f6 61 64 82 07 61 78");
  /* what has no form is left out or null */
  check_encoded (verb, "{'a': <{'x': 1}>, 'b': <[{'x': <1>}]>, 'c': <handle 3>, 'd': <7>, '': <7>}",
                 "a2 00 09 06 a2 61 63 f6 61 64 07");
  check_encoded (verb, "{'a': <uint64 18446744073709551615>, 'b': <inf>, 'c': <(nan,)>}",
                 "a2 00 09 06 a3 61 61 f6 61 62 f6 61 63 81 f6");
  check_encoded (verb, "{'a': <[[[[1]]]]>, 'b': <[[[[[1]]]]]>}",
                 "a2 00 09 06 a1 61 61 81 81 81 81 01");
  check_encoded (verb, "@a{sv} {}", "a1 00 09");
}

static void
test_health_forms (void)
{
  static const char *const verb = REEVE_VERB_DISK_HEALTH;

  /* only what is there, in its range, of its type */
  check_encoded (verb, "({'x': {'temperature': <uint32 300>, 'capacity': <uint64 0>}}, false)",
                 "a2 00 09 05 a1 61 78 a1 08 18ff");
  check_encoded (verb, "({'x': {'model': <5>, 'colour': <'red'>, 'serial': <''>}}, true)",
                 "a3 00 09 05 a1 61 78 a0 08 f5");
  check_encoded (verb,
                 "({'x': {'attributes': <[{'id': <uint32 70000>}, {'name': <'y'>, 'raw': <uint64 "
                 "3>, 'value': <uint32 0>}]>}}, false)",
                 "a2 00 09 05 a1 61 78 a1 09 82 a3 00 19ffff 01 60 05 00 a2 01 61 79 05 03");
  check_encoded (verb, "({'x': {'attributes': <@aa{sv} []>}, '': {}}, false)",
                 "a2 00 09 05 a1 61 78 a0");
  check_encoded (verb, "(@a{sa{sv}} {}, true)", "a2 00 09 08 f5");
}

static void
check_refused (const char *verb, const char *value, ReeveError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (encode (verb, value, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, REEVE_ERROR, (int) code);
}

static void
test_refused (void)
{
  g_autofree char *text = g_strnfill (REEVE_WIRE_RESPONSE_MAX_BYTES, 'x');
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autoptr (ReeveMessage) long_answer = reeve_message_new_answer (g_variant_new_string (text));
  g_autoptr (ReeveMessage) of_sample = reeve_message_new_sample (sample);
  g_autoptr (GError) error = NULL;

  check_refused ("terminal", "'x'", REEVE_ERROR_UNSUPPORTED);
  check_refused (REEVE_VERB_CONTAINER_LOGS, "5", REEVE_ERROR_INVALID);
  check_refused (REEVE_VERB_SERVICE_INFO, "{'a': 'b'}", REEVE_ERROR_INVALID);
  check_refused (REEVE_VERB_DISK_HEALTH, "@a{sa{sv}} {}", REEVE_ERROR_INVALID);
  check_refused (REEVE_VERB_SAMPLE, "'x'", REEVE_ERROR_INVALID);
  g_assert_null (
      reeve_wire_encode_answer (9, REEVE_VERB_CONTAINER_LOGS, of_sample, &stock_self, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (
      reeve_wire_encode_answer (9, REEVE_VERB_CONTAINER_LOGS, long_answer, &stock_self, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
}

/* Rows without the value that a map is made of are left out, and a map without any with them. */
static void
test_missing (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autoptr (ReeveMessage) message = reeve_message_new_sample (sample);
  ReeveWireSelf self = { .version = "" };
  g_autoptr (GBytes) minimal = reeve_test_vector ("sample-minimal.hex");
  g_autoptr (GBytes) bytes = NULL;

  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_add (sample, REEVE_KIND_SENSOR, "dead");
  reeve_sample_set_number (sample, REEVE_SENSOR_CRITICAL, 100);
  reeve_sample_add (sample, REEVE_KIND_FAN, "dead");
  reeve_sample_add (sample, REEVE_KIND_BATTERY, "dead");
  reeve_sample_add (sample, REEVE_KIND_GPU_ENGINE, "0/lost");
  reeve_sample_add (sample, REEVE_KIND_FILESYSTEM, "/sizeless");
  reeve_sample_add (sample, REEVE_KIND_SERVICE, "not-now");
  /* and what a stock hub has no place for */
  reeve_sample_add (sample, REEVE_KIND_PRESSURE, "cpu");
  reeve_sample_set_number (sample, REEVE_PRESSURE_SOME, 0.5);
  reeve_sample_add (sample, REEVE_KIND_DISK, "sda");
  reeve_sample_set_number (sample, REEVE_DISK_READ, 5);
  reeve_sample_add (sample, REEVE_KIND_SUPPLY, "AC");
  reeve_sample_set_state (sample, REEVE_SUPPLY_ONLINE, 1);
  reeve_sample_add (sample, REEVE_KIND_AGENT, NULL);
  reeve_sample_set_number (sample, REEVE_AGENT_KEPT, 5);
  bytes = reeve_wire_encode_answer (REEVE_WIRE_ID_NONE, REEVE_VERB_SAMPLE, message, &self, NULL);
  reeve_test_assert_bytes (bytes, minimal);
}

/* What does not run is nothing for a stock hub. */
static void
test_stopped_containers (void)
{
  static const char *const ids[] = { "created",  "running", "paused", "restarting",
                                     "removing", "exited",  "dead" };
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autoptr (ReeveMessage) message = reeve_message_new_sample (sample);
  ReeveWireSelf self = { .version = "0.18.8" };
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GBytes) bytes = NULL;

  reeve_sample_set_rates (sample, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      reeve_sample_add (sample, REEVE_KIND_CONTAINER, ids[i]);
      reeve_sample_set_state (sample, REEVE_CONTAINER_STATE, i);
      reeve_sample_set_number (sample, REEVE_CONTAINER_MEMORY, 1 << 20);
    }
  bytes = reeve_wire_encode_answer (REEVE_WIRE_ID_NONE, REEVE_VERB_SAMPLE, message, &self, NULL);
  reeve_test_decode_answer (bytes, REEVE_WIRE_ACTION_SAMPLE, FALSE, &response);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_cmpint (isnan (reeve_test_value (&response, REEVE_KIND_CONTAINER, ids[i],
                                              REEVE_CONTAINER_MEMORY)),
                     ==, i < 1 || i > 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/bounds/malformed", test_malformed);
  g_test_add_func ("/wire/bounds/too-long", test_too_long);
  g_test_add_func ("/wire/bounds/too-many", test_too_many);
  g_test_add_func ("/wire/bounds/nesting", test_nesting);
  g_test_add_func ("/wire/bounds/service-forms", test_service_forms);
  g_test_add_func ("/wire/bounds/health-forms", test_health_forms);
  g_test_add_func ("/wire/bounds/refused", test_refused);
  g_test_add_func ("/wire/bounds/missing", test_missing);
  g_test_add_func ("/wire/bounds/stopped-containers", test_stopped_containers);
  return g_test_run ();
}
