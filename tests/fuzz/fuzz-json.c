/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values as JSON, of whatever bytes: as they came, and in normal form, of which the usual ones are
 * read where they stand. What comes of them can be read by others. */

#include "config.h"

#include <json-glib/json-glib.h>
#include <reeve/reeve.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

/* The first byte says which. */
static const char *const types[] = { "a{sv}", "aa{sv}", "(dddadaa{sv})", "av", "a{us}" };

static void
write_and_read (GVariant *value)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  reeve_json_append_variant (out, value);
  json_parser_load_from_data (parser, out->str, (gssize) out->len, &error);
  g_assert_no_error (error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GVariant) normal = NULL;

  if (length == 0 || length > 65536)
    return 0;
  bytes = g_bytes_new (data + 1, length - 1);
  value = g_variant_ref_sink (
      g_variant_new_from_bytes (G_VARIANT_TYPE (types[data[0] % G_N_ELEMENTS (types)]), bytes,
                                FALSE));
  normal = g_variant_get_normal_form (value);
  write_and_read (value);
  write_and_read (normal);
  return 0;
}
