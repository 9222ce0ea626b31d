/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-wire-token.h"
#include "reeve-wire.h"

G_BEGIN_DECLS

/*
 * A bounded reader that is asked for what should come next. The first thing that is wrong is kept
 * with its place; from then on every call answers as at an end, so callers need not check each one
 * but ask reeve_wire_reader_finish().
 *
 * null and undefined stand for a field that is absent: the getters then answer FALSE or NULL
 * without an error.
 */

typedef struct
{
  const guint8 *data;
  gsize length;
  gsize offset; /* of what comes after the token */
  ReeveWireLimits limits;
  ReeveWireToken token; /* the next one, if peeked */
  gboolean peeked;
  gsize start; /* of the peeked token and its tags */
  guint depth;
  gint path[REEVE_WIRE_MAX_DEPTH]; /* key or index at each depth */
  GString *text;                   /* what the last text getter answered, NULL: nothing yet */
  GByteArray *chunks;              /* an indefinite string put together */
  GError *error;
} ReeveWireReader;

typedef struct
{
  guint64 left; /* elements or pairs */
  gboolean indefinite;
  guint count;
  guint64 seen[2]; /* maps: keys 0 to 127 */
} ReeveWireIter;

/* @data stays the caller's. */
void reeve_wire_reader_init (ReeveWireReader *self, const guint8 *data, gsize length,
                             const ReeveWireLimits *limits);
void reeve_wire_reader_clear (ReeveWireReader *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveWireReader, reeve_wire_reader_clear)
/* FALSE with the first error, or when bytes are left. @what: "request". */
gboolean reeve_wire_reader_finish (ReeveWireReader *self, const char *what, GError **error);
/* Keeps the first. */
void reeve_wire_reader_fail (ReeveWireReader *self, ReeveError code, const char *text);

/* What comes next, tags left out. */
const ReeveWireToken *reeve_wire_reader_peek (ReeveWireReader *self);
/* Any one item, its texts not looked at. */
void reeve_wire_reader_skip (ReeveWireReader *self);
/* Where it stands, between two items, and back to an earlier place at the same depth: what is read
 * again later costs no copy. */
gsize reeve_wire_reader_tell (ReeveWireReader *self);
void reeve_wire_reader_seek (ReeveWireReader *self, gsize offset);
/* The text at @key of the map that comes next, which is not consumed. @ret_text has room for
 * REEVE_SAMPLE_MAX_INSTANCE + 1 bytes; "" without. */
void reeve_wire_reader_peek_text (ReeveWireReader *self, guint key, char *ret_text);

gboolean reeve_wire_reader_enter_map (ReeveWireReader *self, ReeveWireIter *ret_iter);
/* The next known kind of key, 0 to 127, each once; others are skipped. FALSE: the end. */
gboolean reeve_wire_reader_next_key (ReeveWireReader *self, ReeveWireIter *iter, guint *ret_key);
/* Of a map with texts as keys: @ret_name has room for REEVE_SAMPLE_MAX_INSTANCE + 1 bytes. */
gboolean reeve_wire_reader_next_name (ReeveWireReader *self, ReeveWireIter *iter, char *ret_name);
gboolean reeve_wire_reader_enter_array (ReeveWireReader *self, ReeveWireIter *ret_iter);
/* FALSE: the end. */
gboolean reeve_wire_reader_next_item (ReeveWireReader *self, ReeveWireIter *iter);

/* Any number; NaN for null, NaN and infinities, which all mean missing. FALSE only then. */
gboolean reeve_wire_reader_get_double (ReeveWireReader *self, double *ret_value);
gboolean reeve_wire_reader_get_uint (ReeveWireReader *self, guint64 most, guint64 *ret_value);
/* A signed integer; below zero counts as missing. */
gboolean reeve_wire_reader_get_int (ReeveWireReader *self, guint64 *ret_value);
gboolean reeve_wire_reader_get_bool (ReeveWireReader *self, gboolean *ret_value);
/* Valid UTF-8, cleaned, cut at @max_bytes; until the next call. */
const char *reeve_wire_reader_get_text (ReeveWireReader *self, gsize max_bytes);
/* Likewise, but ends of lines (CR LF, too) and tabs stay, and a longer one is an error (LIMIT). */
const char *reeve_wire_reader_get_lines (ReeveWireReader *self, gsize max_bytes);
/* A byte string or an array of small integers; until the next call. */
const guint8 *reeve_wire_reader_get_bytes (ReeveWireReader *self, gsize *ret_length);
/* The first @n of an array of numbers, the rest ignored; what is not there is NaN or 0. FALSE: no
 * array. */
gboolean reeve_wire_reader_get_doubles (ReeveWireReader *self, guint n, double *ret_values);
gboolean reeve_wire_reader_get_uints (ReeveWireReader *self, guint n, guint64 *ret_values);

G_END_DECLS
