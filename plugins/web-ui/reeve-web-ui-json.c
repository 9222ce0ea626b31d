/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a client sent as JSON, looked at before it is parsed. */

#include "config.h"

#include "reeve-web-ui-json.h"

#include <string.h>

/* Beyond strings JSON has these only. The parser also knows comments, and what looks like a string
 * in one of them would hide brackets from us. */
static gboolean
reeve_web_ui_json_is_plain (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr (" \t\r\n{}[],:+-.\"", c) != NULL);
}

/**
 * reeve_web_ui_json_is_flat:
 * @text: (array length=length): what a client sent
 * @length: in bytes
 * @max_depth: of objects and lists
 *
 * The parser recurses into each bracket, so a small text of brackets could use up the stack.
 *
 * Returns: %FALSE if that may happen, or if it is no JSON anyway
 */
gboolean
reeve_web_ui_json_is_flat (const char *text, gsize length, guint max_depth)
{
  gboolean string = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (!string && !reeve_web_ui_json_is_plain (text[i]))
        return FALSE;
      if (string && text[i] == '\\')
        i++;
      else if (text[i] == '"')
        string = !string;
      else if (!string && (text[i] == '{' || text[i] == '['))
        {
          if (++depth > max_depth)
            return FALSE;
        }
      else if (!string && (text[i] == '}' || text[i] == ']') && depth > 0)
        depth--;
    }
  return TRUE;
}
