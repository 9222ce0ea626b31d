/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A walk over the words of a JSON text that remembers nothing but its depth. */

#include "config.h"

#include "reeve-containers-json.h"

#include <string.h>

/* Past the string that begins at @at; NULL when it has no end. */
static const char *
reeve_containers_json_skip_string (const char *at, const char *end)
{
  for (at++; at < end; at++)
    {
      if (*at == '\\')
        at++;
      else if (*at == '"')
        return at + 1;
    }
  return NULL;
}

gboolean
reeve_containers_json_check (const char *text, gsize length, guint max_values)
{
  const char *at = text, *end = text + length;
  guint depth = 0, values = 1;

  if (length == 0 || !g_utf8_validate_len (text, length, NULL))
    return FALSE;
  while (at < end)
    {
      char c = *at;

      if (c == '"')
        {
          at = reeve_containers_json_skip_string (at, end);
          if (at == NULL)
            return FALSE;
          continue;
        }
      at++;
      if (c == '[' || c == '{')
        {
          if (++depth > REEVE_CONTAINERS_JSON_MAX_DEPTH)
            return FALSE;
          values++;
        }
      else if (c == ']' || c == '}')
        {
          if (depth-- == 0)
            return FALSE;
        }
      else if (c == ',')
        values++;
      /* the letters of true, false and null; of numbers: e and E */
      else if (strchr (" \t\r\n:+-.0123456789eEtruefalsn", c) == NULL)
        return FALSE;
      if (values > max_values)
        return FALSE;
    }
  return depth == 0;
}
