/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A queue in memory, bounded by time and bytes, the oldest goes first. On disk there is a journal
 * of it: one job of the worker at a time, what changes meanwhile waits for the next. When a job
 * fails the queue goes on in memory, and with the next sample the file is written anew.
 *
 * Numbers: see docs/protocol.md. The hub passes over numbers of our series that it has stored, so a
 * number must never come twice. A file that was restored from an older copy would do that: it shows
 * when the hub has stored more than it can have heard of, and a new series begins.
 */

#include "config.h"

#include "reeve-reporter-keep.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "reeve-reporter-disk.h"

/* A file is written anew when it is that much longer than what waits may be. */
#define REEVE_REPORTER_KEEP_SLACK (64 * 1024)

struct _ReeveReporterKeep
{
  grefcount refs; /* the target's, and each job's */
  ReeveContext *context;
  ReeveReporterKeepMode mode;
  gint64 time_us;
  gsize limit;
  guint8 owner[REEVE_REPORTER_JOURNAL_OWNER];

  guint64 series;
  guint64 last;  /* number */
  guint64 known; /* the newest number that the hub can have heard of */
  GQueue entries;
  gsize bytes;
  guint64 dropped;
  gboolean dropping; /* said */

  ReeveWorker *worker; /* NULL: not on disk */
  char *path;
  gboolean loading;
  gboolean busy;
  gboolean dirty;      /* the file is to be written anew */
  gboolean failing;    /* said */
  gsize file_length;   /* that is known to be there */
  GByteArray *pending; /* to be appended */
  gboolean closed;
};

/* One piece of work for the disk. */
typedef struct
{
  char *path;
  GBytes *bytes;
  gsize offset;
  gboolean replace;
} ReeveReporterKeepJob;

static void reeve_reporter_keep_sync (ReeveReporterKeep *self);

static void
reeve_reporter_keep_unref (ReeveReporterKeep *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  while (!g_queue_is_empty (&self->entries))
    reeve_reporter_entry_free (g_queue_pop_head (&self->entries));
  g_byte_array_unref (self->pending);
  reeve_context_unref (self->context);
  g_free (self->path);
  g_free (self);
}

static ReeveReporterKeep *
reeve_reporter_keep_ref (ReeveReporterKeep *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

static gint64
reeve_reporter_keep_now (ReeveReporterKeep *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

static void
reeve_reporter_keep_begin_series (ReeveReporterKeep *self)
{
  do
    if (gnutls_rnd (GNUTLS_RND_NONCE, &self->series, sizeof self->series) != 0)
      g_error ("no random numbers from GnuTLS");
  while (self->series == 0);
  self->last = 0;
  self->known = 0;
}

/* ---- the queue ---- */

static gsize
reeve_reporter_keep_cost (const ReeveReporterEntry *entry)
{
  return g_bytes_get_size (entry->record) + REEVE_REPORTER_KEEP_OVERHEAD;
}

static void
reeve_reporter_keep_pop (ReeveReporterKeep *self)
{
  ReeveReporterEntry *entry = g_queue_pop_head (&self->entries);

  self->bytes -= reeve_reporter_keep_cost (entry);
  reeve_reporter_entry_free (entry);
}

static void
reeve_reporter_keep_mark (ReeveReporterKeep *self, guint64 sequence)
{
  if (self->worker != NULL && !self->loading)
    reeve_reporter_journal_put_mark (self->pending, sequence);
}

static void
reeve_reporter_keep_say_dropped (ReeveReporterKeep *self, const char *why)
{
  if (!self->dropping)
    reeve_log_warning (self->context,
                       "samples that wait for the hub are given up, the oldest first: %s", why);
  self->dropping = TRUE;
}

/* Gives the oldest up as far as the limits say. */
static void
reeve_reporter_keep_trim (ReeveReporterKeep *self)
{
  gint64 oldest = reeve_reporter_keep_now (self) - self->time_us;
  ReeveReporterEntry *entry;
  guint64 sequence = 0;

  while ((entry = g_queue_peek_head (&self->entries)) != NULL)
    {
      if (self->bytes > self->limit)
        reeve_reporter_keep_say_dropped (self, "there are more than keep-size");
      else if (entry->moment < oldest)
        reeve_reporter_keep_say_dropped (self, "they are older than keep-time");
      else
        break;
      sequence = entry->sequence;
      self->dropped++;
      reeve_reporter_keep_pop (self);
    }
  if (sequence > 0)
    reeve_reporter_keep_mark (self, sequence);
}

/* Takes the entry. */
static void
reeve_reporter_keep_add (ReeveReporterKeep *self, ReeveReporterEntry *entry)
{
  self->bytes += reeve_reporter_keep_cost (entry);
  g_queue_push_tail (&self->entries, entry);
}

void
reeve_reporter_keep_push (ReeveReporterKeep *self, ReeveSample *sample)
{
  ReeveClock *clock = reeve_context_get_clock (self->context);
  g_autoptr (GBytes) record = NULL;
  ReeveReporterEntry *entry;

  if (self->mode == REEVE_REPORTER_KEEP_NO)
    return;
  record = reeve_sample_record_write (sample);
  if (g_bytes_get_size (record) > REEVE_REPORTER_KEEP_MAX_RECORD)
    {
      self->dropped++;
      reeve_reporter_keep_say_dropped (self, "one is too large to be kept");
      return;
    }
  entry = reeve_reporter_entry_new (++self->last, reeve_clock_get_wall (clock), record);
  entry->moment = reeve_reporter_keep_now (self);
  reeve_reporter_keep_add (self, entry);
  if (self->worker != NULL && !self->loading)
    reeve_reporter_journal_put_entry (self->pending, entry);
  reeve_reporter_keep_trim (self);
  reeve_reporter_keep_sync (self);
}

/* All that waits gets the next numbers. */
static void
reeve_reporter_keep_number (ReeveReporterKeep *self, GQueue *entries)
{
  for (GList *link = entries->head; link != NULL; link = link->next)
    ((ReeveReporterEntry *) link->data)->sequence = ++self->last;
}

/* The hub has stored numbers that we never gave it: our file is older than what we once were. What
 * was kept since the start gets numbers that nobody has seen. */
static void
reeve_reporter_keep_renumber (ReeveReporterKeep *self)
{
  guint64 known = self->known;

  reeve_log_warning (self->context, "the file of kept samples is older than what the hub has had: "
                                    "a new series begins");
  while (!g_queue_is_empty (&self->entries) &&
         ((ReeveReporterEntry *) g_queue_peek_head (&self->entries))->sequence <= known)
    reeve_reporter_keep_pop (self);
  reeve_reporter_keep_begin_series (self);
  reeve_reporter_keep_number (self, &self->entries);
  self->dirty = TRUE;
  reeve_reporter_keep_sync (self);
}

void
reeve_reporter_keep_acknowledge (ReeveReporterKeep *self, guint64 series, guint64 sequence)
{
  ReeveReporterEntry *entry;
  gboolean any = FALSE;

  if (self->loading || series != self->series || sequence == 0)
    return;
  if (sequence > self->known)
    {
      reeve_reporter_keep_renumber (self);
      return;
    }
  while ((entry = g_queue_peek_head (&self->entries)) != NULL && entry->sequence <= sequence)
    {
      reeve_reporter_keep_pop (self);
      any = TRUE;
    }
  if (!any)
    return;
  reeve_reporter_keep_mark (self, sequence);
  if (g_queue_is_empty (&self->entries))
    {
      self->dropping = FALSE;
      self->dirty = TRUE; /* a short file */
    }
  reeve_reporter_keep_sync (self);
}

/* NULL: the record cannot be read, which is logged once for each. */
static ReeveMessage *
reeve_reporter_keep_make_message (ReeveReporterKeep *self, const ReeveReporterEntry *entry,
                                  ReeveSchema *schema)
{
  g_autoptr (GError) error = NULL;
  gsize length;
  const guint8 *data = g_bytes_get_data (entry->record, &length);
  g_autoptr (ReeveSample) sample = reeve_sample_record_read (data, length, schema, &error);
  ReeveMessage *message;

  if (sample == NULL)
    {
      reeve_log_warning (self->context, "a kept sample is left out: %s", error->message);
      return NULL;
    }
  message = reeve_message_new_sample (sample);
  reeve_message_set_sequence (message, entry->sequence);
  reeve_message_set_age (message, MAX (reeve_reporter_keep_now (self) - entry->moment, 0));
  return message;
}

void
reeve_reporter_keep_give (ReeveReporterKeep *self, guint wanted, ReeveSchema *schema,
                          ReeveMessageKept *ret_kept)
{
  GPtrArray *samples = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_message_unref);
  GList *link;
  gsize bytes = 0;
  guint n = 0;

  if (self->loading)
    wanted = 0;
  else
    reeve_reporter_keep_trim (self);
  wanted = MIN (wanted, REEVE_MESSAGE_MAX_KEPT);
  for (link = self->entries.head; link != NULL && n < wanted; n++)
    {
      ReeveReporterEntry *entry = link->data;
      ReeveMessage *message;

      bytes += g_bytes_get_size (entry->record);
      if (n > 0 && bytes > REEVE_REPORTER_KEEP_GIVE_BYTES)
        break;
      link = link->next;
      message = reeve_reporter_keep_make_message (self, entry, schema);
      self->known = MAX (self->known, entry->sequence);
      if (message != NULL)
        g_ptr_array_add (samples, message);
    }
  ret_kept->series = g_queue_is_empty (&self->entries) && self->last == 0 ? 0 : self->series;
  ret_kept->waiting = g_queue_get_length (&self->entries) - n;
  ret_kept->samples = samples;
}

/* ---- the file ---- */

static void
reeve_reporter_keep_job_free (gpointer data)
{
  ReeveReporterKeepJob *self = data;

  g_free (self->path);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}

static gpointer
reeve_reporter_keep_write_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  ReeveReporterKeepJob *job = data;

  if (job->replace)
    reeve_reporter_disk_replace (job->path, job->bytes, error);
  else
    reeve_reporter_disk_append (job->path, job->offset, job->bytes, error);
  return NULL;
}

typedef struct
{
  ReeveReporterKeep *self;
  gsize length; /* of the file when all goes well */
} ReeveReporterKeepWrite;

static void
reeve_reporter_keep_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree ReeveReporterKeepWrite *write = user_data;
  ReeveReporterKeep *self = write->self;
  g_autoptr (GError) error = NULL;

  reeve_worker_run_finish (result, &error);
  self->busy = FALSE;
  if (error != NULL)
    {
      self->dirty = TRUE;
      if (!self->failing && !self->closed)
        reeve_log_warning (self->context, "samples are kept in memory alone: %s", error->message);
      self->failing = TRUE;
    }
  else
    {
      if (self->failing)
        reeve_log_message (self->context, "samples are kept on the disk again");
      self->failing = FALSE;
      self->file_length = write->length;
      reeve_reporter_keep_sync (self);
    }
  reeve_reporter_keep_unref (self);
}

static void
reeve_reporter_keep_write (ReeveReporterKeep *self, GByteArray *bytes, gboolean replace)
{
  ReeveReporterKeepJob *job = g_new0 (ReeveReporterKeepJob, 1);
  ReeveReporterKeepWrite *write = g_new0 (ReeveReporterKeepWrite, 1);

  job->path = g_strdup (self->path);
  job->offset = self->file_length;
  job->replace = replace;
  write->self = reeve_reporter_keep_ref (self);
  write->length = replace ? bytes->len : self->file_length + bytes->len;
  job->bytes = g_byte_array_free_to_bytes (bytes);
  self->busy = TRUE;
  reeve_worker_run_async (self->worker, reeve_reporter_keep_write_thread, job,
                          reeve_reporter_keep_job_free, NULL, REEVE_REPORTER_KEEP_DISK_MS, NULL,
                          reeve_reporter_keep_written_cb, write);
}

/* All that waits, and the newest number. */
static GByteArray *
reeve_reporter_keep_make_file (ReeveReporterKeep *self)
{
  GByteArray *bytes = g_byte_array_new ();
  ReeveReporterEntry *oldest = g_queue_peek_head (&self->entries);

  reeve_reporter_journal_put_head (bytes, self->series, self->owner);
  reeve_reporter_journal_put_mark (bytes, oldest != NULL ? oldest->sequence - 1 : self->last);
  for (GList *link = self->entries.head; link != NULL; link = link->next)
    reeve_reporter_journal_put_entry (bytes, link->data);
  return bytes;
}

/* Brings the file to what the queue is. */
static void
reeve_reporter_keep_sync (ReeveReporterKeep *self)
{
  if (self->worker == NULL || self->loading || self->busy || self->closed)
    return;
  if (self->file_length + self->pending->len > 2 * self->limit + REEVE_REPORTER_KEEP_SLACK)
    self->dirty = TRUE;
  if (self->dirty)
    {
      self->dirty = FALSE;
      g_byte_array_set_size (self->pending, 0);
      reeve_reporter_keep_write (self, reeve_reporter_keep_make_file (self), TRUE);
    }
  else if (self->pending->len > 0)
    {
      GByteArray *bytes = self->pending;

      self->pending = g_byte_array_new ();
      reeve_reporter_keep_write (self, bytes, FALSE);
    }
}

static gpointer
reeve_reporter_keep_load_thread (gpointer data, GCancellable *cancellable, GError **error)
{
  return reeve_reporter_disk_load (((ReeveReporterKeepJob *) data)->path, error);
}

/* The file knows the wall clock only. When that is behind the newest sample, they all move back
 * together: what lies between them is right in any case. */
static void
reeve_reporter_keep_take_entries (ReeveReporterKeep *self, ReeveReporterJournal *journal)
{
  gint64 now = reeve_reporter_keep_now (self);
  gint64 wall = reeve_clock_get_wall (reeve_context_get_clock (self->context));
  ReeveReporterEntry *entry;

  for (GList *link = journal->entries.head; link != NULL; link = link->next)
    wall = MAX (wall, ((ReeveReporterEntry *) link->data)->wall);
  while ((entry = g_queue_pop_head (&journal->entries)) != NULL)
    {
      entry->moment = now - (wall - entry->wall);
      reeve_reporter_keep_add (self, entry);
    }
}

static void
reeve_reporter_keep_take (ReeveReporterKeep *self, ReeveReporterDiskLoad *load)
{
  self->dirty = TRUE;
  if (load->damaged != NULL)
    reeve_log_warning (self->context, "the file of kept samples was damaged: it is %s now",
                       load->damaged);
  if (!load->found)
    return;
  if (memcmp (load->journal.owner, self->owner, sizeof self->owner) != 0)
    {
      reeve_log_message (self->context,
                         "%u samples were kept for a hub with another key: they are "
                         "given up",
                         g_queue_get_length (&load->journal.entries));
      return;
    }
  if (load->cut > 0)
    reeve_log_warning (self->context,
                       "%" G_GSIZE_FORMAT " bytes at the end of %s were not whole: they were cut",
                       load->cut, self->path);
  self->dirty = FALSE;
  self->file_length = load->journal.length;
  self->series = load->journal.series;
  self->last = load->journal.last;
  self->known = load->journal.last;
  reeve_reporter_keep_take_entries (self, &load->journal);
  reeve_reporter_keep_trim (self);
  if (!g_queue_is_empty (&self->entries))
    reeve_log_message (self->context, "%u samples wait for the hub since an earlier start",
                       g_queue_get_length (&self->entries));
}

static void
reeve_reporter_keep_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveReporterKeep *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveReporterDiskLoad) load = reeve_worker_run_finish (result, &error);

  GQueue meanwhile = self->entries;
  ReeveReporterEntry *entry;

  self->loading = FALSE;
  g_queue_init (&self->entries);
  self->bytes = 0;
  self->last = 0;
  if (!self->closed && load != NULL)
    reeve_reporter_keep_take (self, load);
  else if (!self->closed)
    {
      reeve_log_warning (self->context, "what was kept for the hub cannot be read: %s",
                         error->message);
      self->dirty = TRUE;
    }
  self->dirty = self->dirty || !g_queue_is_empty (&meanwhile);
  reeve_reporter_keep_number (self, &meanwhile);
  while ((entry = g_queue_pop_head (&meanwhile)) != NULL)
    reeve_reporter_keep_add (self, entry);
  if (!g_queue_is_empty (&self->entries))
    reeve_reporter_keep_sync (self);
  reeve_reporter_keep_unref (self);
}

/* Without a deadline: until it has ended the queue is in memory alone, and its numbers are not
 * final. */
static void
reeve_reporter_keep_load (ReeveReporterKeep *self)
{
  const char *instance = reeve_context_get_instance (self->context);
  g_autofree char *name = *instance != '\0'
                              ? g_strdup_printf (REEVE_REPORTER_KEEP_FILE "-%s", instance)
                              : g_strdup (REEVE_REPORTER_KEEP_FILE);
  ReeveReporterKeepJob *job = g_new0 (ReeveReporterKeepJob, 1);

  self->path = g_build_filename (reeve_context_get_state_dir (self->context), name, NULL);
  self->worker = reeve_context_add_worker (self->context, "kept", 1, 1);
  self->loading = TRUE;
  job->path = g_strdup (self->path);
  reeve_worker_run_async (self->worker, reeve_reporter_keep_load_thread, job,
                          reeve_reporter_keep_job_free,
                          (GDestroyNotify) reeve_reporter_disk_load_free, 0, NULL,
                          reeve_reporter_keep_loaded_cb, reeve_reporter_keep_ref (self));
}

/* ---- life ---- */

ReeveReporterKeepMode
reeve_reporter_keep_parse_mode (const char *text)
{
  if (g_strcmp0 (text, "disk") == 0)
    return REEVE_REPORTER_KEEP_DISK;
  return g_strcmp0 (text, "no") == 0 ? REEVE_REPORTER_KEEP_NO : REEVE_REPORTER_KEEP_MEMORY;
}

/* TRUE when it is another hub's now. */
static gboolean
reeve_reporter_keep_set_owner (ReeveReporterKeep *self, GArray *keys)
{
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 owner[REEVE_REPORTER_JOURNAL_OWNER];
  gsize length = sizeof owner;
  gboolean other;

  g_checksum_update (sum, (const guchar *) keys->data,
                     (gssize) ((gsize) keys->len * sizeof (ReevePublicKey)));
  g_checksum_get_digest (sum, owner, &length);
  g_checksum_free (sum);
  other = memcmp (owner, self->owner, sizeof owner) != 0;
  memcpy (self->owner, owner, sizeof owner);
  return other;
}

static void
reeve_reporter_keep_set_limits (ReeveReporterKeep *self, ReeveSettings *settings)
{
  self->time_us = reeve_settings_get_integer (settings, "keep-time") * 1000;
  self->limit = (gsize) reeve_settings_get_integer (settings, "keep-size");
}

ReeveReporterKeep *
reeve_reporter_keep_new (ReeveContext *context, ReeveSettings *settings, GArray *keys)
{
  ReeveReporterKeep *self = g_new0 (ReeveReporterKeep, 1);

  g_ref_count_init (&self->refs);
  self->context = reeve_context_ref (context);
  self->mode = reeve_reporter_keep_parse_mode (reeve_settings_get_string (settings, "keep"));
  self->pending = g_byte_array_new ();
  g_queue_init (&self->entries);
  reeve_reporter_keep_set_owner (self, keys);
  reeve_reporter_keep_set_limits (self, settings);
  reeve_reporter_keep_begin_series (self);
  if (self->mode == REEVE_REPORTER_KEEP_DISK)
    reeve_reporter_keep_load (self);
  return self;
}

void
reeve_reporter_keep_set (ReeveReporterKeep *self, ReeveSettings *settings, GArray *keys)
{
  reeve_reporter_keep_set_limits (self, settings);
  if (reeve_reporter_keep_set_owner (self, keys))
    {
      if (!g_queue_is_empty (&self->entries))
        reeve_log_message (self->context,
                           "%u samples were kept for a hub with another key: they "
                           "are given up",
                           g_queue_get_length (&self->entries));
      while (!g_queue_is_empty (&self->entries))
        reeve_reporter_keep_pop (self);
      reeve_reporter_keep_begin_series (self);
      self->dirty = TRUE;
    }
  reeve_reporter_keep_trim (self);
  reeve_reporter_keep_sync (self);
}

void
reeve_reporter_keep_free (ReeveReporterKeep *self)
{
  self->closed = TRUE;
  if (self->worker != NULL)
    reeve_worker_free (g_steal_pointer (&self->worker), REEVE_REPORTER_KEEP_GRACE_MS);
  reeve_reporter_keep_unref (self);
}

gboolean
reeve_reporter_keep_is_on (ReeveReporterKeep *self)
{
  return self->mode != REEVE_REPORTER_KEEP_NO;
}

guint64
reeve_reporter_keep_get_kept (ReeveReporterKeep *self)
{
  return g_queue_get_length (&self->entries);
}

guint64
reeve_reporter_keep_get_dropped (ReeveReporterKeep *self)
{
  return self->dropped;
}
