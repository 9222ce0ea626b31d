/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the plugin services takes apart: the files of control groups, names and patterns. The first
 * byte says which, the rest is the text. */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include <reeve/monitor.h>

#include "plugins/services/reeve-services-parse.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

static void
fuzz_name (const char *text)
{
  g_autofree char *shown = reeve_services_show_name (text);

  g_assert_true (reeve_text_is_clean (shown, -1, REEVE_SERVICES_MAX_NAME));
  if (reeve_services_is_unit_name (text))
    g_assert_cmpuint (strlen (text), <=, REEVE_SERVICES_MAX_NAME);
  if (reeve_services_is_cgroup (text))
    g_assert_true (text[0] == '/' && strstr (text, "/../") == NULL);
  if (reeve_services_is_object (text))
    g_assert_true (g_variant_is_object_path (text));
  g_assert_cmpuint (reeve_services_parse_state (text), <=, 5);
  g_assert_cmpuint (reeve_services_parse_sub_state (text), <=, 4);
}

static void
fuzz_pattern (const char *text)
{
  g_autofree char *pattern = reeve_services_parse_pattern (text, NULL);
  g_autofree char *again = NULL;

  if (pattern == NULL)
    return;
  /* what was taken stays as it is */
  again = reeve_services_parse_pattern (pattern, NULL);
  g_assert_true (again == NULL || g_str_equal (again, pattern));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autofree char *text = NULL;
  guint64 value = 0;

  if (length == 0)
    return 0;
  length--;
  text = g_strndup ((const char *) data + 1, length);
  switch (data[0])
    {
    case 'n':
      if (reeve_services_parse_number ((const char *) data + 1, length, &value))
        g_assert_true (g_ascii_isdigit (data[1]) && data[length] == '\n');
      break;
    case 'u':
      (void) reeve_services_parse_usage ((const char *) data + 1, length, &value);
      break;
    case 'p':
      fuzz_pattern (text);
      break;
    default:
      fuzz_name (text);
    }
  return 0;
}
