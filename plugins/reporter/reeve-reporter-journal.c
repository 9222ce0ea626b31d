/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A head (a magic, the series, whom the samples are for), then items that are only appended: a
 * sample with its number and time, or a mark that all up to a number have gone. Each item has its
 * length and checksum in front, so that one that a crash has torn is seen and cut.
 */

#include "config.h"

#include "reeve-reporter-journal.h"

#include <string.h>

#define JOURNAL_MAGIC "RVKEPT1\n"
#define JOURNAL_MAGIC_LENGTH 8
#define JOURNAL_HEAD_LENGTH (JOURNAL_MAGIC_LENGTH + 8 + REEVE_REPORTER_JOURNAL_OWNER)
#define JOURNAL_ITEM_HEAD 8     /* length and checksum */
#define JOURNAL_MARK_LENGTH 9   /* type, sequence */
#define JOURNAL_ENTRY_LENGTH 17 /* likewise, and the time; then the record */

enum
{
  JOURNAL_MARK,
  JOURNAL_ENTRY,
};

ReeveReporterEntry *
reeve_reporter_entry_new (guint64 sequence, gint64 wall, GBytes *record)
{
  ReeveReporterEntry *self = g_new0 (ReeveReporterEntry, 1);

  self->sequence = sequence;
  self->wall = wall;
  self->record = g_bytes_ref (record);
  return self;
}

void
reeve_reporter_entry_free (ReeveReporterEntry *self)
{
  g_bytes_unref (self->record);
  g_free (self);
}

static void
reeve_reporter_journal_free_entry (gpointer data)
{
  reeve_reporter_entry_free (data);
}

void
reeve_reporter_journal_clear (ReeveReporterJournal *self)
{
  g_queue_clear_full (&self->entries, reeve_reporter_journal_free_entry);
}

/* CRC-32 as everybody computes it. */
static guint32
reeve_reporter_journal_checksum (const guint8 *data, gsize length)
{
  guint32 sum = 0xffffffff;

  for (gsize i = 0; i < length; i++)
    {
      sum ^= data[i];
      for (guint bit = 0; bit < 8; bit++)
        sum = (sum & 1) != 0 ? (sum >> 1) ^ 0xedb88320 : sum >> 1;
    }
  return ~sum;
}

/* ---- writing ---- */

static void
reeve_reporter_journal_put (GByteArray *out, guint64 value, guint n_bytes)
{
  for (guint i = 0; i < n_bytes; i++)
    {
      guint8 byte = (guint8) (value >> (8 * i));

      g_byte_array_append (out, &byte, 1);
    }
}

void
reeve_reporter_journal_put_head (GByteArray *out, guint64 series, const guint8 *owner)
{
  g_byte_array_append (out, (const guint8 *) JOURNAL_MAGIC, JOURNAL_MAGIC_LENGTH);
  reeve_reporter_journal_put (out, series, 8);
  g_byte_array_append (out, owner, REEVE_REPORTER_JOURNAL_OWNER);
}

/* Fills the item's head in, which was left out at @start. */
static void
reeve_reporter_journal_close_item (GByteArray *out, guint start)
{
  const guint8 *body = out->data + start + JOURNAL_ITEM_HEAD;
  guint32 length = out->len - start - JOURNAL_ITEM_HEAD;
  guint32 sum = reeve_reporter_journal_checksum (body, length);

  for (guint i = 0; i < 4; i++)
    {
      out->data[start + i] = (guint8) (length >> (8 * i));
      out->data[start + 4 + i] = (guint8) (sum >> (8 * i));
    }
}

static guint
reeve_reporter_journal_open_item (GByteArray *out, guint type, guint64 sequence)
{
  guint start = out->len;

  reeve_reporter_journal_put (out, 0, JOURNAL_ITEM_HEAD);
  reeve_reporter_journal_put (out, type, 1);
  reeve_reporter_journal_put (out, sequence, 8);
  return start;
}

void
reeve_reporter_journal_put_entry (GByteArray *out, const ReeveReporterEntry *entry)
{
  guint start = reeve_reporter_journal_open_item (out, JOURNAL_ENTRY, entry->sequence);
  gsize length;
  const guint8 *record = g_bytes_get_data (entry->record, &length);

  reeve_reporter_journal_put (out, (guint64) entry->wall, 8);
  g_byte_array_append (out, record, (guint) length);
  reeve_reporter_journal_close_item (out, start);
}

void
reeve_reporter_journal_put_mark (GByteArray *out, guint64 sequence)
{
  reeve_reporter_journal_close_item (out, reeve_reporter_journal_open_item (out, JOURNAL_MARK,
                                                                            sequence));
}

/* ---- reading ---- */

static guint64
reeve_reporter_journal_get (const guint8 *data, guint n_bytes)
{
  guint64 value = 0;

  for (guint i = 0; i < n_bytes; i++)
    value |= (guint64) data[i] << (8 * i);
  return value;
}

/* FALSE: no item that this version writes. */
static gboolean
reeve_reporter_journal_take_item (ReeveReporterJournal *self, const guint8 *body, gsize length)
{
  guint64 sequence = length >= JOURNAL_MARK_LENGTH ? reeve_reporter_journal_get (body + 1, 8) : 0;
  g_autoptr (GBytes) record = NULL;
  gint64 wall;

  if (length == JOURNAL_MARK_LENGTH && body[0] == JOURNAL_MARK)
    {
      ReeveReporterEntry *oldest;

      while ((oldest = g_queue_peek_head (&self->entries)) != NULL && oldest->sequence <= sequence)
        reeve_reporter_entry_free (g_queue_pop_head (&self->entries));
      self->last = MAX (self->last, sequence);
      return TRUE;
    }
  if (length <= JOURNAL_ENTRY_LENGTH || body[0] != JOURNAL_ENTRY || sequence <= self->last)
    return FALSE;
  wall = (gint64) reeve_reporter_journal_get (body + 9, 8);
  if (wall < 0)
    return FALSE;
  record = g_bytes_new (body + JOURNAL_ENTRY_LENGTH, length - JOURNAL_ENTRY_LENGTH);
  g_queue_push_tail (&self->entries, reeve_reporter_entry_new (sequence, wall, record));
  self->last = sequence;
  return TRUE;
}

/**
 * reeve_reporter_journal_read:
 * @data: the file
 * @ret_journal: to be cleared; untouched on failure
 *
 * Takes items up to the first that is not whole.
 */
gboolean
reeve_reporter_journal_read (const guint8 *data, gsize length, ReeveReporterJournal *ret_journal,
                             GError **error)
{
  ReeveReporterJournal self = { .length = JOURNAL_HEAD_LENGTH };

  if (length > REEVE_REPORTER_JOURNAL_MAX_BYTES || length < JOURNAL_HEAD_LENGTH ||
      memcmp (data, JOURNAL_MAGIC, JOURNAL_MAGIC_LENGTH) != 0)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID, "it does not begin as one");
      return FALSE;
    }
  self.series = reeve_reporter_journal_get (data + JOURNAL_MAGIC_LENGTH, 8);
  memcpy (self.owner, data + JOURNAL_MAGIC_LENGTH + 8, REEVE_REPORTER_JOURNAL_OWNER);
  while (length - self.length > JOURNAL_ITEM_HEAD)
    {
      const guint8 *item = data + self.length;
      gsize body = reeve_reporter_journal_get (item, 4);

      if (body > length - self.length - JOURNAL_ITEM_HEAD ||
          body > REEVE_SAMPLE_RECORD_MAX_BYTES + JOURNAL_ENTRY_LENGTH ||
          reeve_reporter_journal_get (item + 4, 4) !=
              reeve_reporter_journal_checksum (item + JOURNAL_ITEM_HEAD, body) ||
          !reeve_reporter_journal_take_item (&self, item + JOURNAL_ITEM_HEAD, body))
        break;
      self.length += JOURNAL_ITEM_HEAD + body;
    }
  *ret_journal = self;
  return TRUE;
}
