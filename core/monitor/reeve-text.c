/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Text from a peer or the kernel, made fit to keep: valid UTF-8 without what could move a cursor,
 * end a line or turn the order of what is shown. It is checked once, where it comes in; each way
 * out then only escapes what is special there.
 */

#include "config.h"

#include "reeve-sample.h"

#include <string.h>

#define TEXT_REPLACEMENT "\357\277\275" /* U+FFFD */
#define TEXT_REPLACEMENT_LENGTH 3

/* C0, DEL, C1, and the marks, embeddings, overrides and isolates of bidirectional text. */
static gboolean
reeve_text_is_control (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The length of the good character at @text, or 0. */
static gsize
reeve_text_good_length (const char *text, gsize left)
{
  guchar byte = (guchar) *text;
  gunichar c;

  if (byte < 0x80)
    return byte >= 0x20 && byte != 0x7f ? 1 : 0;
  c = g_utf8_get_char_validated (text, left);
  if (c == (gunichar) -1 || c == (gunichar) -2 || reeve_text_is_control (c))
    return 0;
  return g_utf8_skip[byte];
}

/* How many bytes the bad thing at @text covers: a whole control character, or one broken byte. */
static gsize
reeve_text_bad_length (const char *text, gsize left)
{
  gunichar c = g_utf8_get_char_validated (text, left);

  return c == (gunichar) -1 || c == (gunichar) -2 ? 1 : g_utf8_skip[(guchar) *text];
}

/**
 * reeve_text_is_clean:
 * @text: bytes
 * @length: how many, or -1 up to a zero byte
 * @max_bytes: the most that may be kept
 */
gboolean
reeve_text_is_clean (const char *text, gssize length, gsize max_bytes)
{
  gsize left = length < 0 ? strlen (text) : (gsize) length;

  if (left > max_bytes)
    return FALSE;
  while (left > 0)
    {
      gsize n = reeve_text_good_length (text, left);

      if (n == 0)
        return FALSE;
      text += n;
      left -= n;
    }
  return TRUE;
}

/**
 * reeve_text_clean:
 * @text: bytes
 * @length: how many, or -1 up to a zero byte
 * @max_bytes: the most that is kept; the cut falls between characters
 *
 * Returns: (transfer full): the text with U+FFFD for each control, bidirectional control and broken
 *   byte.
 */
char *
reeve_text_clean (const char *text, gssize length, gsize max_bytes)
{
  gsize left = length < 0 ? strlen (text) : (gsize) length;
  GString *clean = g_string_sized_new (MIN (left, max_bytes));

  while (left > 0)
    {
      gsize n = reeve_text_good_length (text, left);
      gsize written = n > 0 ? n : TEXT_REPLACEMENT_LENGTH;

      if (clean->len + written > max_bytes)
        break;
      g_string_append_len (clean, n > 0 ? text : TEXT_REPLACEMENT, written);
      if (n == 0)
        n = reeve_text_bad_length (text, left);
      text += n;
      left -= n;
    }
  return g_string_free (clean, FALSE);
}
