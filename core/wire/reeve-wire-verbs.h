/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-wire-reader.h"
#include "reeve-wire-writer.h"

G_BEGIN_DECLS

/* The actions beyond samples and fingerprints, and the payloads of their answers. */

typedef struct
{
  guint action;
  const char *verb;
  const char *argument; /* its only one, a text; NULL: none */
  const char *type;     /* of the answer's value */
  guint key;            /* of the answer's envelope */
} ReeveWireVerb;

/* NULL when it is none of these. */
const ReeveWireVerb *reeve_wire_verb_find (const char *verb);
const ReeveWireVerb *reeve_wire_verb_of_action (int action);

/* A payload as it stands at its key, in the place of any payload, or alone: a new value of the
 * verb's type, NULL for null or with the reader's error. */
GVariant *reeve_wire_verb_read (const ReeveWireVerb *verb, ReeveWireReader *reader);

/* ---- services ---- */

/* (transfer full) */
GVariant *reeve_wire_service_read (ReeveWireReader *reader);
/* Into a map that is open: what has a place on the wire. */
void reeve_wire_service_write (ReeveWireWriter *writer, GVariant *properties);

/* ---- disks ---- */

/* Either form: the map of the drives alone, or the structure of it and whether it is complete.
 * (transfer full) */
GVariant *reeve_wire_health_read (ReeveWireReader *reader);
/* Into a map that is open. @drives: a{sa{sv}} */
void reeve_wire_health_write (ReeveWireWriter *writer, GVariant *drives);

G_END_DECLS
