/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The bytes of a copy of all records: written in one go, read in any pieces, without I/O. */

#include "config.h"

#include "reeve-sqlite-store-format.h"

#include <string.h>

#define REEVE_SQLITE_STORE_FORMAT_MAGIC "REEVEREC"
#define REEVE_SQLITE_STORE_FORMAT_HEAD 12
#define REEVE_SQLITE_STORE_FORMAT_FRAME_HEAD 5

struct _ReeveSqliteStoreParser
{
  ReeveSqliteStoreFrameFunc collection;
  ReeveSqliteStoreFrameFunc record;
  ReeveSqliteStoreFrameFunc history;
  gpointer user_data;
  guint version;
  GChecksum *checksum;
  GByteArray *partial; /* of the head or a frame */
  guint64 total;
  guint n_collections;
  guint8 n_keys[REEVE_SQLITE_STORE_FORMAT_MAX_COLLECTIONS];
  gboolean begun;
  gboolean complete;
  ReeveSqliteStoreFrame frame;
};

/* Systems that are being forgotten have no name and are left out. */
const ReeveSqliteStoreHistoryLayout
    reeve_sqlite_store_history_layouts[REEVE_SQLITE_STORE_N_HISTORY] = {
      { 1, 1, FALSE, "SELECT id, name FROM system WHERE id >= ?1 AND +name IS NOT NULL ORDER BY id",
        "INSERT INTO copy_system (id, name) VALUES (?1, ?2)" },
      { 1, 2, FALSE, "SELECT id, kind, metrics FROM shape WHERE id >= ?1 ORDER BY id",
        "INSERT INTO copy_shape (id, kind, metrics) VALUES (?1, ?2, ?3)" },
      { 5, 1, FALSE,
        "SELECT system, number, shape, day, columns, instance FROM series"
        " WHERE (system, number) >= (?1, ?2) ORDER BY system, number",
        "INSERT INTO copy_series (system, number, shape, day, columns, instance)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)" },
      { 2, 0, TRUE,
        "SELECT system, minute, body FROM sample"
        " WHERE (system, minute) >= (?1, ?2) ORDER BY system, minute",
        "INSERT INTO copy_sample (system, minute, body) VALUES (?1, ?2, ?3)" },
      { 2, 0, TRUE, "SELECT id, 0, body FROM block WHERE id >= ?1 ORDER BY id",
        "INSERT INTO copy_block (id, body) SELECT ?1, ?3 WHERE ?2 = 0" },
    };

/* What is left of a frame's content. */
typedef struct
{
  const guint8 *next;
  gsize left;
} ReeveSqliteStoreCursor;

/* ---- writing ---- */

static void
reeve_sqlite_store_format_put_number (GByteArray *out, guint64 number, guint bytes)
{
  guint8 buffer[8];

  for (guint i = 0; i < bytes; i++)
    buffer[i] = (guint8) (number >> 8 * i);
  g_byte_array_append (out, buffer, bytes);
}

static void
reeve_sqlite_store_format_put_text (GByteArray *out, const char *text)
{
  gsize length = strlen (text);

  reeve_sqlite_store_format_put_number (out, length, 2);
  g_byte_array_append (out, (const guint8 *) text, length);
}

static void
reeve_sqlite_store_format_put_texts (GByteArray *out, const char *const *texts)
{
  guint n = g_strv_length ((GStrv) texts);

  reeve_sqlite_store_format_put_number (out, n, 1);
  for (guint i = 0; i < n; i++)
    reeve_sqlite_store_format_put_text (out, texts[i]);
}

/* Returns where the length is to be filled in. */
static gsize
reeve_sqlite_store_format_begin_frame (GByteArray *out, char type)
{
  g_byte_array_append (out, (const guint8 *) &type, 1);
  reeve_sqlite_store_format_put_number (out, 0, 4);
  return out->len;
}

static void
reeve_sqlite_store_format_end_frame (GByteArray *out, gsize start)
{
  guint32 length = GUINT32_TO_LE ((guint32) (out->len - start));

  memcpy (out->data + start - sizeof length, &length, sizeof length);
}

void
reeve_sqlite_store_format_put_begin (GByteArray *out)
{
  g_byte_array_append (out, (const guint8 *) REEVE_SQLITE_STORE_FORMAT_MAGIC,
                       strlen (REEVE_SQLITE_STORE_FORMAT_MAGIC));
  reeve_sqlite_store_format_put_number (out, REEVE_SQLITE_STORE_FORMAT_VERSION, 4);
}

void
reeve_sqlite_store_format_put_collection (GByteArray *out, const char *name, guint version,
                                          const char *const *indexes)
{
  gsize start = reeve_sqlite_store_format_begin_frame (out, 'C');

  reeve_sqlite_store_format_put_text (out, name);
  reeve_sqlite_store_format_put_number (out, version, 4);
  reeve_sqlite_store_format_put_texts (out, indexes);
  reeve_sqlite_store_format_end_frame (out, start);
}

void
reeve_sqlite_store_format_put_record (GByteArray *out, guint collection, const char *id,
                                      gint64 revision, const char *const *keys, GBytes *value)
{
  gsize start = reeve_sqlite_store_format_begin_frame (out, 'R');

  reeve_sqlite_store_format_put_number (out, collection, 2);
  reeve_sqlite_store_format_put_text (out, id);
  reeve_sqlite_store_format_put_number (out, (guint64) revision, 8);
  reeve_sqlite_store_format_put_texts (out, keys);
  g_byte_array_append (out, g_bytes_get_data (value, NULL), g_bytes_get_size (value));
  reeve_sqlite_store_format_end_frame (out, start);
}

void
reeve_sqlite_store_format_put_history (GByteArray *out, ReeveSqliteStoreHistoryTable table,
                                       const gint64 *numbers, const char *const *texts,
                                       const guint8 *bytes, gsize length)
{
  const ReeveSqliteStoreHistoryLayout *layout = &reeve_sqlite_store_history_layouts[table];
  gsize start = reeve_sqlite_store_format_begin_frame (out, 'H');

  reeve_sqlite_store_format_put_number (out, table, 1);
  for (guint i = 0; i < layout->n_numbers; i++)
    reeve_sqlite_store_format_put_number (out, (guint64) numbers[i], 8);
  for (guint i = 0; i < layout->n_texts; i++)
    reeve_sqlite_store_format_put_text (out, texts[i]);
  if (length > 0)
    g_byte_array_append (out, bytes, (guint) length);
  reeve_sqlite_store_format_end_frame (out, start);
}

void
reeve_sqlite_store_format_put_end (GByteArray *out,
                                   const guint8 digest[REEVE_SQLITE_STORE_FORMAT_DIGEST])
{
  gsize start = reeve_sqlite_store_format_begin_frame (out, 'E');

  g_byte_array_append (out, digest, REEVE_SQLITE_STORE_FORMAT_DIGEST);
  reeve_sqlite_store_format_end_frame (out, start);
}

/* ---- reading ---- */

static gboolean
reeve_sqlite_store_parser_refuse (GError **error, const char *why)
{
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "the copy of the records cannot be used: %s", why);
  return FALSE;
}

static gboolean
reeve_sqlite_store_cursor_get_number (ReeveSqliteStoreCursor *self, guint bytes,
                                      guint64 *ret_number)
{
  guint64 number = 0;

  if (self->left < bytes)
    return FALSE;
  for (guint i = 0; i < bytes; i++)
    number |= (guint64) self->next[i] << 8 * i;
  self->next += bytes;
  self->left -= bytes;
  *ret_number = number;
  return TRUE;
}

/* Into @buffer of @size bytes, with a NUL. */
static gboolean
reeve_sqlite_store_cursor_get_text (ReeveSqliteStoreCursor *self, char *buffer, gsize size)
{
  guint64 length;

  if (!reeve_sqlite_store_cursor_get_number (self, 2, &length) || length > self->left ||
      length >= size || !g_utf8_validate_len ((const char *) self->next, length, NULL))
    return FALSE;
  memcpy (buffer, self->next, length);
  buffer[length] = '\0';
  self->next += length;
  self->left -= length;
  return TRUE;
}

static gboolean
reeve_sqlite_store_cursor_get_keys (ReeveSqliteStoreCursor *self, ReeveSqliteStoreFrame *frame)
{
  guint64 n;

  if (!reeve_sqlite_store_cursor_get_number (self, 1, &n) || n > REEVE_RECORDS_MAX_INDEXES)
    return FALSE;
  frame->n_keys = (guint) n;
  for (guint i = 0; i < frame->n_keys; i++)
    if (!reeve_sqlite_store_cursor_get_text (self, frame->keys[i], sizeof frame->keys[i]))
      return FALSE;
  return TRUE;
}

static gboolean
reeve_sqlite_store_parser_read_collection (ReeveSqliteStoreParser *self,
                                           ReeveSqliteStoreCursor *cursor, GError **error)
{
  ReeveSqliteStoreFrame *frame = &self->frame;
  guint64 version;

  if (self->n_collections >= REEVE_SQLITE_STORE_FORMAT_MAX_COLLECTIONS)
    return reeve_sqlite_store_parser_refuse (error, "it has too many collections");
  if (!reeve_sqlite_store_cursor_get_text (cursor, frame->name, sizeof frame->name) ||
      !reeve_sqlite_store_cursor_get_number (cursor, 4, &version) ||
      !reeve_sqlite_store_cursor_get_keys (cursor, frame) || cursor->left > 0)
    return reeve_sqlite_store_parser_refuse (error, "it is damaged (collection)");
  frame->version = (guint) version;
  frame->collection = self->n_collections;
  self->n_keys[self->n_collections++] = (guint8) frame->n_keys;
  return self->collection (frame, self->user_data, error);
}

static gboolean
reeve_sqlite_store_parser_read_record (ReeveSqliteStoreParser *self, ReeveSqliteStoreCursor *cursor,
                                       GError **error)
{
  ReeveSqliteStoreFrame *frame = &self->frame;
  guint64 collection, revision;

  if (!reeve_sqlite_store_cursor_get_number (cursor, 2, &collection) ||
      collection >= self->n_collections ||
      !reeve_sqlite_store_cursor_get_text (cursor, frame->id, sizeof frame->id) ||
      !reeve_sqlite_store_cursor_get_number (cursor, 8, &revision) || revision < 1 ||
      revision > G_MAXINT64 / 2 || !reeve_sqlite_store_cursor_get_keys (cursor, frame) ||
      frame->n_keys != self->n_keys[collection] || cursor->left > REEVE_RECORDS_MAX_VALUE ||
      frame->id[0] == '\0')
    return reeve_sqlite_store_parser_refuse (error, "it is damaged (record)");
  frame->collection = (guint) collection;
  frame->revision = (gint64) revision;
  frame->value = cursor->next;
  frame->value_length = cursor->left;
  return self->record (frame, self->user_data, error);
}

static gboolean
reeve_sqlite_store_parser_read_history (ReeveSqliteStoreParser *self,
                                        ReeveSqliteStoreCursor *cursor, GError **error)
{
  ReeveSqliteStoreFrame *frame = &self->frame;
  const ReeveSqliteStoreHistoryLayout *layout;
  guint64 table = 0, number = 0;
  gboolean ok = self->version > 1 && reeve_sqlite_store_cursor_get_number (cursor, 1, &table) &&
                table < REEVE_SQLITE_STORE_N_HISTORY;

  if (!ok)
    return reeve_sqlite_store_parser_refuse (error, "it is damaged (table)");
  layout = &reeve_sqlite_store_history_layouts[table];
  for (guint i = 0; i < layout->n_numbers && ok; i++)
    {
      ok = reeve_sqlite_store_cursor_get_number (cursor, 8, &number);
      frame->numbers[i] = (gint64) number;
    }
  for (guint i = 0; i < layout->n_texts && ok; i++)
    ok = reeve_sqlite_store_cursor_get_text (cursor, frame->texts[i], sizeof frame->texts[i]);
  if (!ok || (cursor->left > 0) != layout->bytes || cursor->left > REEVE_SQLITE_STORE_FORMAT_PART)
    return reeve_sqlite_store_parser_refuse (error, "it is damaged (history)");
  frame->table = (ReeveSqliteStoreHistoryTable) table;
  frame->value = cursor->next;
  frame->value_length = cursor->left;
  return self->history (frame, self->user_data, error);
}

static gboolean
reeve_sqlite_store_parser_read_end (ReeveSqliteStoreParser *self, ReeveSqliteStoreCursor *cursor,
                                    GError **error)
{
  guint8 digest[REEVE_SQLITE_STORE_FORMAT_DIGEST];
  gsize length = sizeof digest;

  g_checksum_get_digest (self->checksum, digest, &length);
  if (cursor->left != sizeof digest || memcmp (cursor->next, digest, sizeof digest) != 0)
    return reeve_sqlite_store_parser_refuse (error, "its checksum is wrong");
  self->complete = TRUE;
  return TRUE;
}

static gboolean
reeve_sqlite_store_parser_read_head (ReeveSqliteStoreParser *self, GError **error)
{
  ReeveSqliteStoreCursor cursor = { self->partial->data, self->partial->len };
  guint64 version = 0;

  if (memcmp (cursor.next, REEVE_SQLITE_STORE_FORMAT_MAGIC,
              strlen (REEVE_SQLITE_STORE_FORMAT_MAGIC)) != 0)
    return reeve_sqlite_store_parser_refuse (error, "it is something else");
  cursor.next += strlen (REEVE_SQLITE_STORE_FORMAT_MAGIC);
  reeve_sqlite_store_cursor_get_number (&cursor, 4, &version);
  if (version < 1 || version > REEVE_SQLITE_STORE_FORMAT_VERSION)
    return reeve_sqlite_store_parser_refuse (
        error, "it is of a newer version: restore it with the Reeve that made it");
  self->version = (guint) version;
  self->begun = TRUE;
  return TRUE;
}

/* A whole head or frame is there. */
static gboolean
reeve_sqlite_store_parser_read (ReeveSqliteStoreParser *self, GError **error)
{
  ReeveSqliteStoreCursor cursor = { self->partial->data, self->partial->len };
  char type;

  if (!self->begun)
    return reeve_sqlite_store_parser_read_head (self, error);
  type = (char) cursor.next[0];
  cursor.next += REEVE_SQLITE_STORE_FORMAT_FRAME_HEAD;
  cursor.left -= REEVE_SQLITE_STORE_FORMAT_FRAME_HEAD;
  switch (type)
    {
    case 'C':
      return reeve_sqlite_store_parser_read_collection (self, &cursor, error);
    case 'R':
      return reeve_sqlite_store_parser_read_record (self, &cursor, error);
    case 'H':
      return reeve_sqlite_store_parser_read_history (self, &cursor, error);
    case 'E':
      return reeve_sqlite_store_parser_read_end (self, &cursor, error);
    default:
      return reeve_sqlite_store_parser_refuse (error, "it is damaged (type)");
    }
}

/* How many bytes the head or frame has in all, as far as is known; 0: too many. */
static gsize
reeve_sqlite_store_parser_get_need (ReeveSqliteStoreParser *self)
{
  guint32 length;

  if (!self->begun)
    return REEVE_SQLITE_STORE_FORMAT_HEAD;
  if (self->partial->len < REEVE_SQLITE_STORE_FORMAT_FRAME_HEAD)
    return REEVE_SQLITE_STORE_FORMAT_FRAME_HEAD;
  memcpy (&length, self->partial->data + 1, sizeof length);
  length = GUINT32_FROM_LE (length);
  if (length > REEVE_SQLITE_STORE_FORMAT_MAX_FRAME)
    return 0;
  return REEVE_SQLITE_STORE_FORMAT_FRAME_HEAD + (gsize) length;
}

ReeveSqliteStoreParser *
reeve_sqlite_store_parser_new (ReeveSqliteStoreFrameFunc collection,
                               ReeveSqliteStoreFrameFunc record, ReeveSqliteStoreFrameFunc history,
                               gpointer user_data)
{
  ReeveSqliteStoreParser *self = g_new0 (ReeveSqliteStoreParser, 1);

  self->collection = collection;
  self->record = record;
  self->history = history;
  self->user_data = user_data;
  self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  self->partial = g_byte_array_new ();
  return self;
}

void
reeve_sqlite_store_parser_free (ReeveSqliteStoreParser *self)
{
  g_checksum_free (self->checksum);
  g_byte_array_unref (self->partial);
  g_free (self);
}

gboolean
reeve_sqlite_store_parser_feed (ReeveSqliteStoreParser *self, const guint8 *bytes, gsize length,
                                GError **error)
{
  self->total += length;
  if (self->total > REEVE_SQLITE_STORE_FORMAT_MAX_COPY)
    return reeve_sqlite_store_parser_refuse (error, "it is too long");
  while (length > 0)
    {
      gsize need = reeve_sqlite_store_parser_get_need (self);
      gsize take;

      if (self->complete)
        return reeve_sqlite_store_parser_refuse (error, "something follows its end");
      if (need == 0)
        return reeve_sqlite_store_parser_refuse (error, "it is damaged (length)");
      take = MIN (need - self->partial->len, length);
      g_byte_array_append (self->partial, bytes, take);
      bytes += take;
      length -= take;
      if (self->partial->len < need || reeve_sqlite_store_parser_get_need (self) != need)
        continue;
      if (!reeve_sqlite_store_parser_read (self, error))
        return FALSE;
      if (!self->complete)
        g_checksum_update (self->checksum, self->partial->data, self->partial->len);
      g_byte_array_set_size (self->partial, 0);
    }
  return TRUE;
}

gboolean
reeve_sqlite_store_parser_has_history (ReeveSqliteStoreParser *self)
{
  return self->version > 1;
}

gboolean
reeve_sqlite_store_parser_is_complete (ReeveSqliteStoreParser *self)
{
  return self->complete;
}
