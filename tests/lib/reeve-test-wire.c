/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the tests of the wire's codec share: vectors in hex and decoding that must succeed. */

#include "config.h"

#include "reeve-test-wire.h"

#include <string.h>

GBytes *
reeve_test_unhex (const char *hex)
{
  GByteArray *bytes = g_byte_array_new ();
  int high = -1;

  while (*hex)
    {
      if (*hex == '#')
        hex = strchr (hex, '\n') ? strchr (hex, '\n') : hex + strlen (hex) - 1;
      else if (g_ascii_isxdigit (*hex) && high < 0)
        high = g_ascii_xdigit_value (*hex);
      else if (g_ascii_isxdigit (*hex))
        {
          guint8 byte = (guint8) (high << 4 | g_ascii_xdigit_value (*hex));

          g_byte_array_append (bytes, &byte, 1);
          high = -1;
        }
      else
        g_assert_true (g_ascii_isspace (*hex));
      hex++;
    }
  g_assert_cmpint (high, ==, -1);
  return g_byte_array_free_to_bytes (bytes);
}

char *
reeve_test_vector_text (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests", "data", "wire", name, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

GBytes *
reeve_test_vector (const char *name)
{
  g_autofree char *text = reeve_test_vector_text (name);

  return reeve_test_unhex (text);
}

static char *
reeve_test_hex (GBytes *bytes)
{
  GString *hex = g_string_new (NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (hex, "%02x", data[i]);
  return g_string_free (hex, FALSE);
}

void
reeve_test_assert_bytes (GBytes *bytes, GBytes *expected)
{
  g_autofree char *hex = reeve_test_hex (bytes);
  g_autofree char *expected_hex = reeve_test_hex (expected);

  g_assert_cmpstr (hex, ==, expected_hex);
}

void
reeve_test_decode_request (GBytes *bytes, guint level, ReeveWireRequest *ret_request)
{
  const ReeveWireLimits limits = { REEVE_WIRE_REQUEST_MAX_BYTES, REEVE_WIRE_MAX_ITEMS, level };
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gboolean done = reeve_wire_request_decode (data, size, &limits, ret_request, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

static void
reeve_test_decode_expected (GBytes *bytes, const ReeveWireExpected *expected,
                            ReeveWireResponse *ret_response)
{
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gboolean done = reeve_wire_response_decode (data, size, expected, ret_response, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

void
reeve_test_decode_response (GBytes *bytes, guint level, ReeveSchema *schema,
                            ReeveWireResponse *ret_response)
{
  const ReeveWireExpected expected = { .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES,
                                                   REEVE_WIRE_MAX_ITEMS, level },
                                       .action = REEVE_WIRE_ACTION_ANY,
                                       .schema = schema,
                                       .kept = REEVE_MESSAGE_MAX_KEPT };

  reeve_test_decode_expected (bytes, &expected, ret_response);
}

void
reeve_test_decode_answer (GBytes *bytes, int action, gboolean bare, ReeveWireResponse *ret_response)
{
  const ReeveWireExpected expected = { .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES,
                                                   REEVE_WIRE_MAX_ITEMS, REEVE_LINK_LEVEL_STOCK },
                                       .action = action,
                                       .bare = bare };

  reeve_test_decode_expected (bytes, &expected, ret_response);
}

double
reeve_test_value (ReeveWireResponse *response, guint kind, const char *instance, guint metric)
{
  return reeve_sample_get_value (reeve_message_get_sample (response->message), kind, instance,
                                 metric);
}

const char *
reeve_test_text (ReeveWireResponse *response, guint kind, const char *instance, guint metric)
{
  ReeveSample *sample = reeve_message_get_sample (response->message);
  int row = reeve_sample_find_row (sample, kind, instance);

  return row < 0 ? NULL : reeve_sample_get_text (sample, (guint) row, metric);
}
