/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Writes one CBOR item. Maps and arrays count what is put into them, so that optional fields need
 * no counting beforehand. Only our own values come here: nothing fails but by a bug. */

#define REEVE_WIRE_WRITER_DEPTH 12

typedef struct
{
  guint8 *bytes;
  gsize length;
  gsize room;
  guint depth;
  struct
  {
    gsize start; /* where its head belongs */
    guint items; /* keys count for maps, elements for arrays */
    gsize key;   /* of an optional map: where its key began */
    gboolean map;
    gboolean optional;
  } open[REEVE_WIRE_WRITER_DEPTH];
} ReeveWireWriter;

void reeve_wire_writer_init (ReeveWireWriter *self);
void reeve_wire_writer_clear (ReeveWireWriter *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveWireWriter, reeve_wire_writer_clear)
/* (transfer full) */
GBytes *reeve_wire_writer_end (ReeveWireWriter *self);

void reeve_wire_writer_begin_map (ReeveWireWriter *self);
/* Key and map, of which nothing is left when nothing is put into it. */
void reeve_wire_writer_begin_optional_map (ReeveWireWriter *self, guint key);
void reeve_wire_writer_begin_array (ReeveWireWriter *self);
/* Closes the innermost map or array. */
void reeve_wire_writer_close (ReeveWireWriter *self);
void reeve_wire_writer_key (ReeveWireWriter *self, guint key);
void reeve_wire_writer_name (ReeveWireWriter *self, const char *name);

void reeve_wire_writer_uint (ReeveWireWriter *self, guint64 value);
void reeve_wire_writer_int (ReeveWireWriter *self, gint64 value);
void reeve_wire_writer_bool (ReeveWireWriter *self, gboolean value);
void reeve_wire_writer_null (ReeveWireWriter *self);
void reeve_wire_writer_text (ReeveWireWriter *self, const char *value);
void reeve_wire_writer_bytes (ReeveWireWriter *self, const guint8 *data, gsize length);
/* Always nine bytes, as stock peers write. */
void reeve_wire_writer_double (ReeveWireWriter *self, double value);
/* The shortest form that keeps the value: an integer or the narrowest float. */
void reeve_wire_writer_number (ReeveWireWriter *self, double value);

G_END_DECLS
