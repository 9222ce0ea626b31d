/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The line that a probe puts before its answer. */

#include "config.h"

#include "reeve-containers-answer.h"

#include <string.h>

/* Digits up to @until; FALSE when there are none or too many. */
static gboolean
reeve_containers_answer_take_number (const char **at, char until, guint max_digits, gsize *ret)
{
  guint digits = 0;
  gsize number = 0;

  for (; g_ascii_isdigit (**at); (*at)++)
    {
      if (digits++ == max_digits)
        return FALSE;
      number = number * 10 + (gsize) (**at - '0');
    }
  if (digits == 0 || **at != until)
    return FALSE;
  (*at)++;
  *ret = number;
  return TRUE;
}

gboolean
reeve_containers_answer_parse (const char *bytes, gsize length, ReeveContainersAnswerHead *ret_head,
                               gboolean *ret_bad)
{
  const char *end = length > 0 ? memchr (bytes, '\n', length) : NULL;
  char line[REEVE_CONTAINERS_ANSWER_MAX_LINE + 1];
  ReeveContainersAnswerHead head = { 0 };
  const char *at = line;
  gsize status, word;

  *ret_bad = end == NULL ? length >= REEVE_CONTAINERS_ANSWER_MAX_LINE
                         : end - bytes >= REEVE_CONTAINERS_ANSWER_MAX_LINE;
  if (end == NULL || *ret_bad)
    return FALSE;
  head.skipped = (gsize) (end - bytes) + 1;
  memcpy (line, bytes, head.skipped);
  line[head.skipped] = '\0';
  *ret_bad = TRUE;
  if (!reeve_containers_answer_take_number (&at, ' ', 3, &status))
    return FALSE;
  word = strspn (at, "abcdefghijklmnopqrstuvwxyz");
  if (word == 0 || word >= sizeof head.kind || at[word] != ' ')
    return FALSE;
  memcpy (head.kind, at, word);
  at += word + 1;
  if (!reeve_containers_answer_take_number (&at, '\n', 8, &head.length))
    return FALSE;
  head.status = (guint) status;
  *ret_head = head;
  *ret_bad = FALSE;
  return TRUE;
}
