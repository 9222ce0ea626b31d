/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Key files, line by line. GKeyFile would do, but it forgets the line numbers, stops at the first
 * fault and puts the faulty text into its message. */

#include "config.h"

#include "reeve-host-lines.h"

#include <string.h>

#define REEVE_HOST_LINES_MAX_NAME 128

static void
reeve_host_line_free (gpointer data)
{
  ReeveHostLine *self = data;

  g_free (self->group);
  g_free (self->key);
  g_free (self->text);
  g_free (self);
}

/* A misplaced piece of a secret ("c2VjcmV0==") must not pass for a key, since keys are shown. */
static gboolean
reeve_host_lines_is_key (const char *key)
{
  gsize length = strspn (key, "abcdefghijklmnopqrstuvwxyz0123456789-");

  return length > 0 && length <= REEVE_HOST_LINES_MAX_NAME && key[length] == '\0';
}

static void
reeve_host_lines_parse_head (ReeveHostLine *line, const char *text)
{
  gsize length = strlen (text);

  line->head = TRUE;
  if (length < 3 || text[length - 1] != ']' || length > REEVE_HOST_LINES_MAX_NAME)
    {
      line->fault = "this is no group; it must look like [host] or [plugin ID]";
      return;
    }
  line->group = g_strndup (text + 1, length - 2);
  for (const char *p = line->group; *p != '\0'; p++)
    if (!g_ascii_isprint (*p) || *p == '[' || *p == ']')
      {
        g_clear_pointer (&line->group, g_free);
        line->fault = "this is no group; its name has characters that none may have";
        return;
      }
}

static void
reeve_host_lines_parse_value (ReeveHostLine *line, const char *text)
{
  const char *equals = strchr (text, '=');
  g_autofree char *key = NULL;

  if (equals == NULL)
    {
      line->fault = "there is no \"=\" in it; a value is written as key=value, a comment after #";
      return;
    }
  key = g_strndup (text, (gsize) (equals - text));
  g_strchomp (key);
  if (!reeve_host_lines_is_key (key))
    {
      line->fault = "what stands before the \"=\" is no key; keys are lower-case-dashed";
      return;
    }
  line->key = g_steal_pointer (&key);
  line->text = g_strdup (equals + 1);
  g_strchug (line->text);
}

static ReeveHostLine *
reeve_host_lines_parse_one (guint number, const char *start, gsize length)
{
  g_autofree char *text = NULL;
  ReeveHostLine *line;

  if (length <= REEVE_HOST_LINES_MAX_LINE && memchr (start, '\0', length) == NULL)
    {
      text = g_strndup (start, length);
      g_strstrip (text);
      if (*text == '\0' || *text == '#')
        return NULL;
    }
  line = g_new0 (ReeveHostLine, 1);
  line->number = number;
  if (length > REEVE_HOST_LINES_MAX_LINE)
    line->fault = "it is too long";
  else if (text == NULL || !g_utf8_validate (text, -1, NULL))
    line->fault = "it is not valid UTF-8";
  else if (*text == '[')
    reeve_host_lines_parse_head (line, text);
  else
    reeve_host_lines_parse_value (line, text);
  return line;
}

GPtrArray *
reeve_host_lines_parse (const char *data, gsize length)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (reeve_host_line_free);
  guint number = 0;

  while (length > 0)
    {
      const char *end = memchr (data, '\n', length);
      gsize size = end != NULL ? (gsize) (end - data) : length;
      ReeveHostLine *line = reeve_host_lines_parse_one (++number, data, size);

      if (line != NULL)
        g_ptr_array_add (lines, line);
      size += end != NULL ? 1 : 0;
      data += size;
      length -= size;
    }
  return lines;
}
