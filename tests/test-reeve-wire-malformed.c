/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is no message: each is refused with one error of the right code that names the place. */

#include "config.h"

#include "tests/lib/reeve-test-wire.h"

#include <string.h>

typedef struct
{
  const char *what;
  const char *hex;
  ReeveError code;
  const char *place; /* in the error's text */
} BadCase;

static const BadCase bad_responses[] = {
  { "nothing", "", REEVE_ERROR_PROTOCOL, "at its beginning" },
  { "cut", "a1", REEVE_ERROR_PROTOCOL, "ends early" },
  { "cut in a number", "a100fb00", REEVE_ERROR_PROTOCOL, "at /0 " },
  { "trailing bytes", "a1000100", REEVE_ERROR_PROTOCOL, "more bytes follow" },
  { "two messages", "a10001a10002", REEVE_ERROR_PROTOCOL, "more bytes follow" },
  { "not a map", "80", REEVE_ERROR_PROTOCOL, "map was expected" },
  { "a text", "6161", REEVE_ERROR_PROTOCOL, "map was expected" },
  { "null", "f6", REEVE_ERROR_PROTOCOL, "not null" },
  { "reserved head", "1c", REEVE_ERROR_PROTOCOL, "not CBOR" },
  { "unassigned simple value", "a118ff e0", REEVE_ERROR_PROTOCOL, "not CBOR" },
  { "lone end", "ff", REEVE_ERROR_PROTOCOL, "map was expected" },
  { "end for a value", "bf00ff", REEVE_ERROR_PROTOCOL, "at /0 " },
  { "end for a skipped value", "bf1863ff", REEVE_ERROR_PROTOCOL, "at /99 " },
  { "odd skipped map", "a1 1863 bf 00 ff", REEVE_ERROR_PROTOCOL, "stands where a value" },
  { "tag for nothing", "bf 00 c1 ff", REEVE_ERROR_PROTOCOL, "a tag has nothing" },
  { "skipped tag for nothing", "a1 1863 9f c1 ff", REEVE_ERROR_PROTOCOL, "stands where a value" },
  { "many tags", "c1c1c1c1c1c1c1c1c1a0", REEVE_ERROR_LIMIT, "too many tags" },
  { "id not an integer", "a1006131", REEVE_ERROR_PROTOCOL, "at /0 " },
  { "id a float", "a100f93c00", REEVE_ERROR_PROTOCOL, "unsigned integer" },
  { "id too large", "a1001b0000000100000000", REEVE_ERROR_PROTOCOL, "out of range" },
  { "negative id", "a10020", REEVE_ERROR_PROTOCOL, "unsigned integer" },
  { "byte string as key", "a1410000", REEVE_ERROR_PROTOCOL, "neither integer nor text" },
  { "float as key", "a1f93c0000", REEVE_ERROR_PROTOCOL, "neither integer nor text" },
  { "array as key", "a18000", REEVE_ERROR_PROTOCOL, "neither integer nor text" },
  { "error a number", "a10301", REEVE_ERROR_PROTOCOL, "at /3 " },
  { "error a byte string", "a1034161", REEVE_ERROR_PROTOCOL, "text was expected" },
  { "error not UTF-8", "a10361ff", REEVE_ERROR_PROTOCOL, "UTF-8" },
  { "fingerprint empty", "a102a10060", REEVE_ERROR_PROTOCOL, "fingerprint is empty" },
  { "fingerprint missing", "a102a0", REEVE_ERROR_PROTOCOL, "fingerprint is empty" },
  { "fingerprint bytes", "a102a1004161", REEVE_ERROR_PROTOCOL, "at /2/0 " },
  { "sample an array", "a10180", REEVE_ERROR_PROTOCOL, "map was expected" },
  { "stats an array", "a101a10080", REEVE_ERROR_PROTOCOL, "at /1/0 " },
  { "cpu a text", "a101a100a1006131", REEVE_ERROR_PROTOCOL, "at /1/0/0 " },
  { "cpu true", "a101a100a100f5", REEVE_ERROR_PROTOCOL, "number was expected" },
  { "temperatures an array", "a101a100a11480", REEVE_ERROR_PROTOCOL, "at /1/0/20 " },
  { "name not UTF-8", "a101a100a114a161ff01", REEVE_ERROR_PROTOCOL, "UTF-8" },
  { "name half a character", "a101a100a114a162e28201", REEVE_ERROR_PROTOCOL, "UTF-8" },
  { "name an integer", "a101a100a114a10101", REEVE_ERROR_PROTOCOL, "text was expected" },
  { "name null", "a101a100a114a1f601", REEVE_ERROR_PROTOCOL, "text was expected" },
  { "temperature a text", "a101a100a114a1616161 61", REEVE_ERROR_PROTOCOL, "at /1/0/20/0 " },
  { "bandwidth of floats", "a101a100a1181a82f93c00f93c00", REEVE_ERROR_PROTOCOL, "at /1/0/26/0 " },
  { "bandwidth negative", "a101a100a1181a822001", REEVE_ERROR_PROTOCOL, "unsigned integer" },
  { "load of texts", "a101a100a1181c816131", REEVE_ERROR_PROTOCOL, "at /1/0/28/0 " },
  { "battery a text", "a101a100a1181d6161", REEVE_ERROR_PROTOCOL, "bytes were expected" },
  { "battery above a byte", "a101a100a1181d8219010001", REEVE_ERROR_PROTOCOL, "out of range" },
  { "fan above 16 bits", "a101a100a11824a161611a00010000", REEVE_ERROR_PROTOCOL, "out of range" },
  { "extra filesystem null", "a101a100a115a16161f6", REEVE_ERROR_PROTOCOL, "not null" },
  { "container null", "a101a10281f6", REEVE_ERROR_PROTOCOL, "at /1/2/0 " },
  { "second container null", "a101a10282a0f6", REEVE_ERROR_PROTOCOL, "at /1/2/1 " },
  { "containers a map", "a101a102a0", REEVE_ERROR_PROTOCOL, "array was expected" },
  { "container an integer", "a101a1028101", REEVE_ERROR_PROTOCOL, "map was expected" },
  { "container's status bytes", "a101a10281a2 07 6161 06 4161", REEVE_ERROR_PROTOCOL,
    "at /1/2/0/6 " },
  { "container's health large", "a101a10281a2 07 6161 05 190100", REEVE_ERROR_PROTOCOL,
    "out of range" },
  { "service null", "a101a10381f6", REEVE_ERROR_PROTOCOL, "at /1/3/0 " },
  { "host name bytes", "a101a104a1004161", REEVE_ERROR_PROTOCOL, "at /1/4/0 " },
  { "podman a number", "a101a104a10801", REEVE_ERROR_PROTOCOL, "true or false" },
  { "map longer than the message", "ba00ffffff", REEVE_ERROR_PROTOCOL, "ends early" },
  { "array of 2^64-1", "a101a1029bffffffffffffffff", REEVE_ERROR_PROTOCOL, "ends early" },
  { "text of 2^64-1", "a1037bffffffffffffffff61", REEVE_ERROR_PROTOCOL, "ends early" },
  { "skipped map of 2^63", "a11863bb8000000000000000", REEVE_ERROR_PROTOCOL, "ends early" },
  { "chunks of another type", "a1037f4161ff", REEVE_ERROR_PROTOCOL, "other things" },
  { "chunks without end", "a1037f6161", REEVE_ERROR_PROTOCOL, "ends early" },
  { "nested chunks", "a1037f7f6161ffff", REEVE_ERROR_PROTOCOL, "other things" },
};

static const BadCase bad_requests[] = {
  { "nothing", "", REEVE_ERROR_PROTOCOL, "ends early" },
  { "an array", "80", REEVE_ERROR_PROTOCOL, "map was expected" },
  { "null", "f6", REEVE_ERROR_PROTOCOL, "not null" },
  { "action above a byte", "a100190100", REEVE_ERROR_PROTOCOL, "out of range" },
  { "action negative", "a10020", REEVE_ERROR_PROTOCOL, "at /0 " },
  { "action a text", "a1006130", REEVE_ERROR_PROTOCOL, "at /0 " },
  { "id a text", "a20000026131", REEVE_ERROR_PROTOCOL, "at /2 " },
  { "trailing bytes", "a1000000", REEVE_ERROR_PROTOCOL, "more bytes follow" },
  { "arguments cut", "a2000001a200", REEVE_ERROR_PROTOCOL, "ends early" },
  { "challenge an array", "a200010180", REEVE_ERROR_PROTOCOL, "map was expected" },
  { "signature a text", "a2000101a1006161", REEVE_ERROR_PROTOCOL, "malformed challenge at /0 " },
  { "need a number", "a2000101a10101", REEVE_ERROR_PROTOCOL, "true or false" },
};

static void
check_error (const BadCase *c, gboolean done, GError *error)
{
  g_test_message ("%s: %s", c->what, error ? error->message : "accepted");
  g_assert_false (done);
  g_assert_error (error, REEVE_ERROR, (int) c->code);
  g_assert_nonnull (strstr (error->message, c->place));
}

static void
check_response (const BadCase *c, GBytes *bytes, gsize max_bytes, guint max_items)
{
  const ReeveWireExpected expected = {
    .limits = { max_bytes, max_items, REEVE_LINK_LEVEL_EXTENSION }, .action = REEVE_WIRE_ACTION_ANY
  };
  g_auto (ReeveWireResponse) response = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean done;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  done = reeve_wire_response_decode (data, size, &expected, &response, &error);
  check_error (c, done, error);
}

static void
test_responses (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_responses); i++)
    {
      g_autoptr (GBytes) bytes = reeve_test_unhex (bad_responses[i].hex);

      check_response (&bad_responses[i], bytes, 4096, 128);
    }
}

static void
test_requests (void)
{
  const ReeveWireLimits limits = { 4096, 128, REEVE_LINK_LEVEL_STOCK };

  for (guint i = 0; i < G_N_ELEMENTS (bad_requests); i++)
    {
      g_autoptr (GBytes) bytes = reeve_test_unhex (bad_requests[i].hex);
      g_auto (ReeveWireRequest) request = { 0 };
      g_autoptr (GError) error = NULL;
      gboolean done;
      gsize size;
      const guint8 *data = g_bytes_get_data (bytes, &size);

      done = reeve_wire_request_decode (data, size, &limits, &request, &error);
      check_error (&bad_requests[i], done, error);
    }
}

/* @n times @repeated between @before and @after. */
static GBytes *
repeat (const char *before, const char *repeated, guint n, const char *after)
{
  g_autoptr (GString) hex = g_string_new (before);

  for (guint i = 0; i < n; i++)
    g_string_append (hex, repeated);
  g_string_append (hex, after);
  return reeve_test_unhex (hex->str);
}

static void
test_limits (void)
{
  static const BadCase large = { "large", "", REEVE_ERROR_LIMIT, "larger than this peer" };
  static const BadCase deep = { "deep", "", REEVE_ERROR_LIMIT, "too deeply" };
  static const BadCase long_array = { "long", "", REEVE_ERROR_LIMIT, "too long" };
  g_autoptr (GBytes) bytes = repeat ("a1 03 79 1000", "61", 4096, "");
  g_autoptr (GBytes) nested = repeat ("a1 1863", "81", 40, "00");
  g_autoptr (GBytes) nested_indefinite = repeat ("a1 1863", "9f", 40, "");
  g_autoptr (GBytes) nested_maps = repeat ("a1 1863", "a100", 40, "00");
  g_autoptr (GBytes) fine = repeat ("a1 1863", "81", 31, "00");
  g_autoptr (GBytes) items = repeat ("a1 01 a1 00 a1 181f a1 6161 98 81", "00", 129, "");
  g_autoptr (GBytes) indefinite = repeat ("a1 01 a1 00 a1 181f a1 6161 9f", "00", 129, "ff");
  g_autoptr (GBytes) pairs = repeat ("bf", "6161 00", 129, "ff");
  g_auto (ReeveWireResponse) response = { 0 };

  check_response (&large, bytes, 4096, 128);
  check_response (&deep, nested, 4096, 128);
  check_response (&deep, nested_indefinite, 4096, 128);
  check_response (&deep, nested_maps, 4096, 128);
  check_response (&long_array, items, 4096, 128);
  check_response (&long_array, indefinite, 4096, 128);
  check_response (&long_array, pairs, 4096, 128);
  reeve_test_decode_response (fine, REEVE_LINK_LEVEL_STOCK, NULL, &response);
}

/* Every beginning of a good message is refused, and no changed byte does harm. */
static void
test_damaged (void)
{
  static const char *const names[] = { "sample.hex", "fingerprint-info.hex", "challenge.hex" };
  const ReeveWireLimits limits = { 4096, 128, REEVE_LINK_LEVEL_EXTENSION };
  const ReeveWireExpected expected = { .limits = limits, .action = REEVE_WIRE_ACTION_SAMPLE };

  for (guint n = 0; n < G_N_ELEMENTS (names); n++)
    {
      g_autoptr (GBytes) bytes = reeve_test_vector (names[n]);
      gsize size;
      const guint8 *data = g_bytes_get_data (bytes, &size);

      for (gsize i = 0; i < size * 8; i++)
        {
          g_autofree guint8 *cut = g_memdup2 (data, i / 8 + 1);
          g_autofree guint8 *changed = g_memdup2 (data, size);
          g_auto (ReeveWireResponse) response = { 0 };
          g_auto (ReeveWireRequest) request = { 0 };

          if (i % 8 == 0)
            g_assert_false (reeve_wire_request_decode (cut, i / 8, &limits, &request, NULL));
          changed[i / 8] ^= 1 << i % 8;
          (void) !reeve_wire_response_decode (changed, size, &expected, &response, NULL);
          (void) !reeve_wire_request_decode (changed, size, &limits, &request, NULL);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/malformed/responses", test_responses);
  g_test_add_func ("/wire/malformed/requests", test_requests);
  g_test_add_func ("/wire/malformed/limits", test_limits);
  g_test_add_func ("/wire/malformed/damaged", test_damaged);
  return g_test_run ();
}
