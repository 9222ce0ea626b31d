/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of the actions beyond samples, and the payloads that are a mere text. */

#include "config.h"

#include "reeve-wire-verbs.h"

static const ReeveWireVerb reeve_wire_verbs[] = {
  { REEVE_WIRE_ACTION_CONTAINER_LOGS, REEVE_VERB_CONTAINER_LOGS, REEVE_CONTAINER_ARG_ID, "s", 4 },
  { REEVE_WIRE_ACTION_CONTAINER_INFO, REEVE_VERB_CONTAINER_INFO, REEVE_CONTAINER_ARG_ID, "s", 4 },
  { REEVE_WIRE_ACTION_DISK_HEALTH, REEVE_VERB_DISK_HEALTH, NULL, "(a{sa{sv}}b)", 5 },
  { REEVE_WIRE_ACTION_SERVICE_INFO, REEVE_VERB_SERVICE_INFO, REEVE_SERVICE_ARG_NAME, "a{sv}", 6 },
};

const ReeveWireVerb *
reeve_wire_verb_find (const char *verb)
{
  for (guint i = 0; i < G_N_ELEMENTS (reeve_wire_verbs); i++)
    if (g_strcmp0 (reeve_wire_verbs[i].verb, verb) == 0)
      return &reeve_wire_verbs[i];
  return NULL;
}

const ReeveWireVerb *
reeve_wire_verb_of_action (int action)
{
  for (guint i = 0; i < G_N_ELEMENTS (reeve_wire_verbs); i++)
    if ((int) reeve_wire_verbs[i].action == action)
      return &reeve_wire_verbs[i];
  return NULL;
}

int
reeve_wire_verb_get_action (const char *verb)
{
  const ReeveWireVerb *found = reeve_wire_verb_find (verb);

  if (found)
    return (int) found->action;
  return g_strcmp0 (verb, REEVE_VERB_SAMPLE) == 0 ? REEVE_WIRE_ACTION_SAMPLE
                                                  : REEVE_WIRE_ACTION_ANY;
}

GVariant *
reeve_wire_verb_read (const ReeveWireVerb *verb, ReeveWireReader *reader)
{
  const char *text;
  gsize max_bytes = REEVE_WIRE_CONTAINER_INFO_MAX_BYTES;

  switch (verb->action)
    {
    case REEVE_WIRE_ACTION_DISK_HEALTH:
      return reeve_wire_health_read (reader);
    case REEVE_WIRE_ACTION_SERVICE_INFO:
      return reeve_wire_service_read (reader);
    case REEVE_WIRE_ACTION_CONTAINER_LOGS:
      max_bytes = REEVE_WIRE_CONTAINER_LOGS_MAX_BYTES;
      break;
    default:
      break;
    }
  text = reeve_wire_reader_get_lines (reader, max_bytes);
  return text ? g_variant_ref_sink (g_variant_new_string (text)) : NULL;
}
