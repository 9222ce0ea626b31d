/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The target of a request: origin form only (RFC 9112, 3.2.1), brought into the one form that
 * routes are chosen by. In the path an escape of a letter, digit, "-", "_" or "~" becomes that
 * character, any other stays an escape in upper case; what could be read as another path (an
 * escaped slash, backslash, dot or control byte, bytes that are no UTF-8, among them overlong
 * forms) is refused. The query means something only to the one who handles the request: it stays
 * as it came, once it is sure that it can be decoded and holds no NUL. */

#include "config.h"

#include "reeve-front-target.h"

#include <string.h>

/* What RFC 3986 lets stand plain in a segment, beside letters and digits. */
#define TARGET_SEGMENT "-._~!$&'()*+,;=:@"
#define TARGET_UNRESERVED "-_~"

static gboolean
reeve_front_target_read_escape (const char *text, guint8 *ret_byte)
{
  /* The first test keeps the second from reading past the end. */
  if (!g_ascii_isxdigit (text[1]) || !g_ascii_isxdigit (text[2]))
    return FALSE;
  *ret_byte = (guint8) ((g_ascii_xdigit_value (text[1]) << 4) | g_ascii_xdigit_value (text[2]));
  return TRUE;
}

/* An origin form begins with a slash. What does not is named by what it looks like. */
static ReeveFrontHeadRefusal
reeve_front_target_check_form (const char *target)
{
  if (target[0] == '/')
    return REEVE_FRONT_HEAD_OK;
  if (target[0] == '\0')
    return REEVE_FRONT_HEAD_BAD_REQUEST_LINE;
  if (strcmp (target, "*") == 0)
    return REEVE_FRONT_HEAD_TARGET_ASTERISK;
  if (strstr (target, "://") != NULL)
    return REEVE_FRONT_HEAD_TARGET_ABSOLUTE;
  return REEVE_FRONT_HEAD_TARGET_AUTHORITY;
}

static ReeveFrontHeadRefusal
reeve_front_target_check_query (const char *query)
{
  for (const char *p = query; *p != '\0'; p++)
    {
      guint8 byte;

      if (*p == '%')
        {
          if (!reeve_front_target_read_escape (p, &byte))
            return REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE;
          if (byte == 0)
            return REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE;
          p += 2;
        }
      else if (!g_ascii_isalnum (*p) && strchr (TARGET_SEGMENT "/?", *p) == NULL)
        return REEVE_FRONT_HEAD_TARGET_BAD_BYTE;
    }
  return REEVE_FRONT_HEAD_OK;
}

/* Writes an escape into @out, decoded where that is safe. */
static char *
reeve_front_target_put_escape (char *out, guint8 byte)
{
  static const char digits[] = "0123456789ABCDEF";

  if (g_ascii_isalnum (byte) || (byte != 0 && strchr (TARGET_UNRESERVED, byte) != NULL))
    {
      *out++ = (char) byte;
      return out;
    }
  *out++ = '%';
  *out++ = digits[byte >> 4];
  *out++ = digits[byte & 15];
  return out;
}

/* Brings a path into its canonical form, in place: no step makes it longer. */
static ReeveFrontHeadRefusal
reeve_front_target_normalise (char *path)
{
  g_autoptr (GByteArray) decoded = g_byte_array_new ();
  char *out = path;

  for (const char *p = path; *p != '\0'; p++)
    {
      guint8 byte = (guint8) *p;

      if (byte == '%')
        {
          if (!reeve_front_target_read_escape (p, &byte))
            return REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE;
          if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\' || byte == '.')
            return REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE;
          out = reeve_front_target_put_escape (out, byte);
          p += 2;
        }
      else if (byte == '/' || g_ascii_isalnum (byte) || strchr (TARGET_SEGMENT, byte) != NULL)
        *out++ = (char) byte;
      else
        return REEVE_FRONT_HEAD_TARGET_BAD_BYTE;
      g_byte_array_append (decoded, &byte, 1);
    }
  *out = '\0';
  if (!g_utf8_validate ((const char *) decoded->data, decoded->len, NULL))
    return REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE;
  return REEVE_FRONT_HEAD_OK;
}

static ReeveFrontHeadRefusal
reeve_front_target_check_segments (const char *path)
{
  while (*path == '/')
    {
      gsize length = strcspn (path + 1, "/");

      if (length == 0 && path[1] == '/')
        return REEVE_FRONT_HEAD_TARGET_EMPTY_SEGMENT;
      if ((length == 1 && path[1] == '.') || (length == 2 && strncmp (path + 1, "..", 2) == 0))
        return REEVE_FRONT_HEAD_TARGET_DOT_SEGMENT;
      path += 1 + length;
    }
  return REEVE_FRONT_HEAD_OK;
}

/**
 * reeve_front_target_parse:
 * @target: (inout): NUL-terminated text without spaces; becomes the canonical path
 * @ret_query: (out) (nullable): the query, inside what @target was; %NULL if there is none
 *
 * Reads a request target.
 *
 * Returns: %REEVE_FRONT_HEAD_OK or why it is refused
 */
ReeveFrontHeadRefusal
reeve_front_target_parse (char *target, char **ret_query)
{
  ReeveFrontHeadRefusal refusal;
  char *query;

  if (strlen (target) > REEVE_FRONT_HEAD_MAX_TARGET)
    return REEVE_FRONT_HEAD_TARGET_TOO_LONG;
  refusal = reeve_front_target_check_form (target);
  if (refusal != REEVE_FRONT_HEAD_OK)
    return refusal;

  query = strchr (target, '?');
  if (query != NULL)
    {
      *query++ = '\0';
      refusal = reeve_front_target_check_query (query);
      if (refusal != REEVE_FRONT_HEAD_OK)
        return refusal;
    }
  refusal = reeve_front_target_normalise (target);
  if (refusal == REEVE_FRONT_HEAD_OK)
    refusal = reeve_front_target_check_segments (target);
  if (refusal == REEVE_FRONT_HEAD_OK)
    *ret_query = query != NULL && query[0] != '\0' ? query : NULL;
  return refusal;
}
