/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-sqlite-store-table.h"

G_BEGIN_DECLS

/*
 * A copy of all records and of the history as a stream of bytes, version 2; version 1 had no
 * history and is still read. Numbers are little-endian, a text is its length (u16) and its bytes,
 * UTF-8.
 *
 *   copy       = "REEVEREC" version (u32: 2) frame*
 *   frame      = type (u8) length (u32, of what follows) content
 *   collection = 'C' name (text) version (u32) count (u8) index name (text)*
 *   record     = 'R' collection (u16: the how manieth, from 0) id (text) revision (u64)
 *                count (u8) index value (text)* value: the rest, a vardict of GVariant in its
 *                normal form, little-endian
 *   history    = 'H' table (u8) number (i64)* text* bytes: a row of the database's table, its
 * columns in the order of reeve-sqlite-store-format.c; a block comes in parts, its second number
 * says where they belong end        = 'E' the SHA-256 of all bytes before this frame
 *
 * Collections come before their records, tables of the history before those that point to them.
 * Nothing follows the end.
 */

#define REEVE_SQLITE_STORE_FORMAT_VERSION 2
#define REEVE_SQLITE_STORE_FORMAT_DIGEST 32
/* Collections of one copy. */
#define REEVE_SQLITE_STORE_FORMAT_MAX_COLLECTIONS 1024
/* Content of one frame, bytes. */
#define REEVE_SQLITE_STORE_FORMAT_MAX_FRAME (REEVE_RECORDS_MAX_VALUE + 8192)
/* Bytes of one copy. */
#define REEVE_SQLITE_STORE_FORMAT_MAX_COPY (G_GUINT64_CONSTANT (256) << 30)

/* Of one part of a block, bytes. */
#define REEVE_SQLITE_STORE_FORMAT_PART (256 * 1024)
#define REEVE_SQLITE_STORE_FORMAT_NUMBERS 5
#define REEVE_SQLITE_STORE_FORMAT_TEXTS 2
#define REEVE_SQLITE_STORE_FORMAT_MAX_TEXT 16384

/* Tables of the history, in the order in which they come. */
typedef enum
{
  REEVE_SQLITE_STORE_HISTORY_SYSTEM,
  REEVE_SQLITE_STORE_HISTORY_SHAPE,
  REEVE_SQLITE_STORE_HISTORY_SERIES,
  REEVE_SQLITE_STORE_HISTORY_SAMPLE,
  REEVE_SQLITE_STORE_HISTORY_BLOCK,
  REEVE_SQLITE_STORE_N_HISTORY,
} ReeveSqliteStoreHistoryTable;

typedef struct
{
  guint n_numbers;
  guint n_texts;
  gboolean bytes;
  /* The rows from a key on, in its order: numbers, texts, bytes. The key is the first number, of
   * series and samples the first two. */
  const char *select;
  const char *insert; /* into the spool of a restore, the same parameters */
} ReeveSqliteStoreHistoryLayout;

extern const ReeveSqliteStoreHistoryLayout
    reeve_sqlite_store_history_layouts[REEVE_SQLITE_STORE_N_HISTORY];

/* ---- writing ---- */

void reeve_sqlite_store_format_put_begin (GByteArray *out);
void reeve_sqlite_store_format_put_collection (GByteArray *out, const char *name, guint version,
                                               const char *const *indexes);
/* @keys: NULL-terminated. */
void reeve_sqlite_store_format_put_record (GByteArray *out, guint collection, const char *id,
                                           gint64 revision, const char *const *keys, GBytes *value);
/* As many of each as the table has; @bytes may be NULL. */
void reeve_sqlite_store_format_put_history (GByteArray *out, ReeveSqliteStoreHistoryTable table,
                                            const gint64 *numbers, const char *const *texts,
                                            const guint8 *bytes, gsize length);
void reeve_sqlite_store_format_put_end (GByteArray *out,
                                        const guint8 digest[REEVE_SQLITE_STORE_FORMAT_DIGEST]);

/* ---- reading ---- */

/* One collection or record, valid during the call it comes with. */
typedef struct
{
  guint collection; /* number, from 0 */
  char name[2 * REEVE_SQLITE_STORE_MAX_WORD + 2];
  guint version;
  char id[REEVE_SQLITE_STORE_MAX_ID + 1];
  gint64 revision;
  guint n_keys; /* names of indexes, or their values */
  char keys[REEVE_RECORDS_MAX_INDEXES][REEVE_SQLITE_STORE_MAX_KEY + 1];
  const guint8 *value; /* or the bytes of a row of the history */
  gsize value_length;
  ReeveSqliteStoreHistoryTable table;
  gint64 numbers[REEVE_SQLITE_STORE_FORMAT_NUMBERS];
  char texts[REEVE_SQLITE_STORE_FORMAT_TEXTS][REEVE_SQLITE_STORE_FORMAT_MAX_TEXT + 1];
} ReeveSqliteStoreFrame;

typedef gboolean (*ReeveSqliteStoreFrameFunc) (const ReeveSqliteStoreFrame *frame,
                                               gpointer user_data, GError **error);

typedef struct _ReeveSqliteStoreParser ReeveSqliteStoreParser;

/* Any thread. */
ReeveSqliteStoreParser *reeve_sqlite_store_parser_new (ReeveSqliteStoreFrameFunc collection,
                                                       ReeveSqliteStoreFrameFunc record,
                                                       ReeveSqliteStoreFrameFunc history,
                                                       gpointer user_data);
void reeve_sqlite_store_parser_free (ReeveSqliteStoreParser *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreParser, reeve_sqlite_store_parser_free)
/* The next bytes, in any pieces. REEVE_ERROR_INVALID when this is no copy, a newer one, damaged, or
 * goes on behind its end. Keeps at most one frame. */
gboolean reeve_sqlite_store_parser_feed (ReeveSqliteStoreParser *self, const guint8 *bytes,
                                         gsize length, GError **error);
/* FALSE: a copy of version 1, which says nothing of it. */
gboolean reeve_sqlite_store_parser_has_history (ReeveSqliteStoreParser *self);
/* TRUE when the end has come and the digest was right: only then the copy is whole. */
gboolean reeve_sqlite_store_parser_is_complete (ReeveSqliteStoreParser *self);

G_END_DECLS
