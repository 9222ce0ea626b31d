/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One line from a caller, held against the table of verbs. */

#include "config.h"

#include "reeve-probe-request.h"

#include <string.h>

static const ReeveProbeVerb *
reeve_probe_request_find (const char *bytes, gsize length, const ReeveProbeVerb *verbs)
{
  for (; verbs->verb != NULL; verbs++)
    if (strlen (verbs->verb) == length && memcmp (verbs->verb, bytes, length) == 0)
      return verbs;
  return NULL;
}

static gboolean
reeve_probe_request_take_hex (const char *bytes, gsize length, char *ret_argument)
{
  if (length < REEVE_PROBE_MIN_HEX || length > REEVE_PROBE_MAX_HEX)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isxdigit (bytes[i]))
      return FALSE;
  for (gsize i = 0; i < length; i++)
    ret_argument[i] = g_ascii_tolower (bytes[i]);
  ret_argument[length] = '\0';
  return TRUE;
}

ReeveProbeRequestState
reeve_probe_request_parse (const char *bytes, gsize length, const ReeveProbeVerb *verbs,
                           const ReeveProbeVerb **ret_verb, char *ret_argument)
{
  const char *end = length > 0 ? memchr (bytes, '\n', length) : NULL;
  const ReeveProbeVerb *verb;
  const char *space;
  gsize verb_length;

  if (end == NULL)
    return length < REEVE_PROBE_MAX_REQUEST ? REEVE_PROBE_REQUEST_MORE : REEVE_PROBE_REQUEST_BAD;
  if (length > REEVE_PROBE_MAX_REQUEST || end != bytes + length - 1)
    return REEVE_PROBE_REQUEST_BAD;
  length--;
  space = length > 0 ? memchr (bytes, ' ', length) : NULL;
  verb_length = space != NULL ? (gsize) (space - bytes) : length;
  verb = reeve_probe_request_find (bytes, verb_length, verbs);
  if (verb == NULL || (space != NULL) != (verb->argument == REEVE_PROBE_HEX))
    return REEVE_PROBE_REQUEST_BAD;
  if (space == NULL)
    ret_argument[0] = '\0';
  else if (!reeve_probe_request_take_hex (space + 1, length - verb_length - 1, ret_argument))
    return REEVE_PROBE_REQUEST_BAD;
  *ret_verb = verb;
  return REEVE_PROBE_REQUEST_OK;
}
