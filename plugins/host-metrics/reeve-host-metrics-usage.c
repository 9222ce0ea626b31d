/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Asking filesystems how full they are. A question that misses its deadline is answered by the
 * worker, which gives its thread up; the filesystem then counts as hanging until that thread has
 * really come back, and is not asked a second time before. Mounts of one server are asked one after
 * the other, so that a dead server costs one thread, whatever is mounted from it. Local filesystems
 * and those of the network have a worker each.
 */

#include "config.h"

#include "reeve-host-metrics-usage.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#define REEVE_HOST_METRICS_USAGE_THREADS 2
/* More than there are filesystems. */
#define REEVE_HOST_METRICS_USAGE_QUEUE 1024
/* Bytes of a mount point in the log. */
#define REEVE_HOST_METRICS_USAGE_NAME 255

G_STATIC_ASSERT (REEVE_HOST_METRICS_MAX_HANGING + REEVE_HOST_METRICS_USAGE_THREADS <=
                 REEVE_WORKER_MAX_ABANDONED);

struct _ReeveHostMetricsUsages
{
  ReeveHostMetricsProc *proc;
  ReeveWorker *local;
  ReeveWorker *remote;
  GPtrArray *all; /* borrowed */
  GPtrArray *out; /* likewise: with a question out, also those that were removed */
  guint n_out[2]; /* local, remote */
  guint hanging[2];
  gboolean asking; /* in this very moment */
  GCancellable *cancellable;
  gint64 refreshed_at;
  void (*ready) (gpointer user_data);
  gpointer ready_data;
};

static ReeveContext *
reeve_host_metrics_usages_get_context (ReeveHostMetricsUsages *self)
{
  return reeve_host_metrics_proc_get_context (self->proc);
}

static gint64
reeve_host_metrics_usages_now (ReeveHostMetricsUsages *self)
{
  return reeve_clock_get_monotonic (
      reeve_context_get_clock (reeve_host_metrics_usages_get_context (self)));
}

ReeveHostMetricsUsages *
reeve_host_metrics_usages_new (ReeveHostMetricsProc *proc)
{
  ReeveContext *context = reeve_host_metrics_proc_get_context (proc);
  ReeveHostMetricsUsages *self = g_new0 (ReeveHostMetricsUsages, 1);

  self->proc = proc;
  self->local = reeve_context_add_worker (context, "usage", REEVE_HOST_METRICS_USAGE_THREADS,
                                          REEVE_HOST_METRICS_USAGE_QUEUE);
  self->remote =
      reeve_context_add_worker (context, "usage-remote", REEVE_HOST_METRICS_USAGE_THREADS,
                                REEVE_HOST_METRICS_USAGE_QUEUE);
  self->all = g_ptr_array_new ();
  self->out = g_ptr_array_new ();
  self->cancellable = g_cancellable_new ();
  return self;
}

void
reeve_host_metrics_usages_free (ReeveHostMetricsUsages *self)
{
  for (guint i = 0; i < self->out->len; i++)
    ((ReeveHostMetricsUsage *) g_ptr_array_index (self->out, i))->owner = NULL;
  for (guint i = 0; i < self->all->len; i++)
    ((ReeveHostMetricsUsage *) g_ptr_array_index (self->all, i))->owner = NULL;
  g_cancellable_cancel (self->cancellable);
  reeve_worker_free (self->local, 0);
  reeve_worker_free (self->remote, 0);
  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->all);
  g_ptr_array_unref (self->out);
  g_free (self);
}

/* ---- one filesystem ---- */

static void
reeve_host_metrics_usage_unref (ReeveHostMetricsUsage *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}

/* "server:/export" and "user@server:dir" up to the colon, "//server/share" up to the share. */
static guint
reeve_host_metrics_usage_hash_server (const char *source)
{
  gsize skip = g_str_has_prefix (source, "//") ? 2 : 0;
  gsize length = strcspn (source + skip, skip > 0 ? "/" : ":");
  g_autofree char *server = NULL;

  if (source[skip + length] == '\0')
    return 0;
  server = g_strndup (source + skip, length);
  return MAX (g_str_hash (server), 1);
}

ReeveHostMetricsUsage *
reeve_host_metrics_usages_add (ReeveHostMetricsUsages *self, const char *point, const char *source,
                               gboolean remote)
{
  ReeveHostMetricsUsage *usage = g_new0 (ReeveHostMetricsUsage, 1);

  g_atomic_ref_count_init (&usage->refs);
  usage->owner = self;
  usage->path = strcmp (point, "/") == 0
                    ? g_strdup (reeve_host_metrics_proc_get_root (self->proc))
                    : g_build_filename (reeve_host_metrics_proc_get_root (self->proc), point, NULL);
  usage->name = reeve_text_clean (point, -1, REEVE_HOST_METRICS_USAGE_NAME);
  usage->remote = remote;
  usage->server = remote ? reeve_host_metrics_usage_hash_server (source) : 0;
  g_ptr_array_add (self->all, usage);
  return usage;
}

void
reeve_host_metrics_usages_remove (ReeveHostMetricsUsages *self, ReeveHostMetricsUsage *usage)
{
  if (self != NULL)
    g_ptr_array_remove_fast (self->all, usage);
  reeve_host_metrics_usage_unref (usage);
}

/* ---- questions ---- */

typedef struct
{
  int error; /* errno, or 0 */
  struct statvfs fs;
} ReeveHostMetricsUsageAnswer;

static gpointer
reeve_host_metrics_usage_ask_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                     G_GNUC_UNUSED GError **error)
{
  ReeveHostMetricsUsage *usage = data;
  ReeveHostMetricsUsageAnswer *answer = g_new0 (ReeveHostMetricsUsageAnswer, 1);

  g_atomic_int_set (&usage->running, 1);
  if (statvfs (usage->path, &answer->fs) != 0)
    answer->error = errno;
  return answer;
}

static void reeve_host_metrics_usages_ask (ReeveHostMetricsUsages *self);

/* The thread has come back, or was never sent. Without an owner on whatever thread. */
static void
reeve_host_metrics_usage_came_back (gpointer data)
{
  ReeveHostMetricsUsage *usage = data;
  ReeveHostMetricsUsages *self = usage->owner;

  if (self != NULL)
    {
      usage->out = FALSE;
      self->n_out[usage->remote]--;
      g_ptr_array_remove_fast (self->out, usage);
      if (usage->hangs)
        {
          usage->hangs = FALSE;
          usage->asked_at = 0;
          self->hanging[usage->remote]--;
          reeve_log_info (reeve_host_metrics_usages_get_context (self),
                          "filesystem %s has answered at last", usage->name);
        }
      reeve_host_metrics_usages_ask (self);
    }
  reeve_host_metrics_usage_unref (usage);
}

/* Doubles, since a filesystem may say anything: their product must not wrap. */
static void
reeve_host_metrics_usage_take (ReeveHostMetricsUsage *usage, const struct statvfs *fs)
{
  double unit = (double) fs->f_frsize;

  usage->known = TRUE;
  usage->total = (double) fs->f_blocks * unit;
  usage->used = (double) (fs->f_blocks - MIN (fs->f_bfree, fs->f_blocks)) * unit;
  usage->available = (double) MIN (fs->f_bavail, fs->f_bfree) * unit;
  usage->inodes = (double) fs->f_files;
  usage->inodes_used = (double) (fs->f_files - MIN (fs->f_ffree, fs->f_files));
}

static void
reeve_host_metrics_usage_tell (ReeveHostMetricsUsages *self, ReeveHostMetricsUsage *usage)
{
  ReeveContext *context = reeve_host_metrics_usages_get_context (self);

  if (usage->told == usage->error)
    return;
  usage->told = usage->error;
  /* ENOENT: another mount hides it, or it lies in another root */
  if (usage->error == EACCES || usage->error == EPERM || usage->error == ENOENT)
    reeve_log_info (context,
                    "filesystem %s cannot be entered by this user, so its usage is left out; what "
                    "its device does is told: %s",
                    usage->name, g_strerror (usage->error));
  else if (usage->error != 0)
    reeve_log_warning (context, "filesystem %s: %s; its usage is left out while this lasts",
                       usage->name, g_strerror (usage->error));
}

static void
reeve_host_metrics_usage_missed (ReeveHostMetricsUsages *self, ReeveHostMetricsUsage *usage)
{
  usage->hangs = TRUE;
  self->hanging[usage->remote]++;
  reeve_log_warning (reeve_host_metrics_usages_get_context (self),
                     "filesystem %s has not answered in %d s; it is not asked again before it "
                     "does, and its usage is left out",
                     usage->name, REEVE_HOST_METRICS_USAGE_DEADLINE_MS / 1000);
}

static void
reeve_host_metrics_usage_asked_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                   gpointer user_data)
{
  ReeveHostMetricsUsage *usage = user_data;
  ReeveHostMetricsUsages *self = usage->owner;
  g_autoptr (GError) error = NULL;
  g_autofree ReeveHostMetricsUsageAnswer *answer = reeve_worker_run_finish (result, &error);

  usage->waiting = FALSE;
  if (self != NULL && answer != NULL)
    {
      usage->answered_at = reeve_host_metrics_usages_now (self);
      usage->error = answer->error;
      usage->known = FALSE;
      if (answer->error == 0)
        reeve_host_metrics_usage_take (usage, &answer->fs);
      reeve_host_metrics_usage_tell (self, usage);
    }
  else if (self != NULL && usage->out && g_atomic_int_get (&usage->running) != 0 &&
           g_error_matches (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT))
    reeve_host_metrics_usage_missed (self, usage);
  if (self != NULL && self->ready != NULL)
    self->ready (self->ready_data);
  reeve_host_metrics_usage_unref (usage);
}

static void
reeve_host_metrics_usage_ask (ReeveHostMetricsUsages *self, ReeveHostMetricsUsage *usage)
{
  usage->due = FALSE;
  usage->barred = FALSE;
  usage->waiting = TRUE;
  usage->out = TRUE;
  self->n_out[usage->remote]++;
  g_atomic_int_set (&usage->running, 0);
  usage->asked_at = reeve_host_metrics_usages_now (self);
  g_ptr_array_add (self->out, usage);
  g_atomic_ref_count_inc (&usage->refs); /* came_back */
  g_atomic_ref_count_inc (&usage->refs); /* asked_cb */
  reeve_worker_run_async (usage->remote ? self->remote : self->local,
                          reeve_host_metrics_usage_ask_thread, usage,
                          reeve_host_metrics_usage_came_back, g_free,
                          REEVE_HOST_METRICS_USAGE_DEADLINE_MS, self->cancellable,
                          reeve_host_metrics_usage_asked_cb, usage);
}

/* Must it wait for others? @ret_hangs: and they hang. No more questions are out than threads can
 * take that do not hang, so the bound holds when all that are out begin to hang. */
static gboolean
reeve_host_metrics_usages_is_busy (ReeveHostMetricsUsages *self, const ReeveHostMetricsUsage *usage,
                                   gboolean *ret_hangs)
{
  guint hanging = self->hanging[usage->remote];
  gboolean busy = self->n_out[usage->remote] >= hanging + REEVE_HOST_METRICS_USAGE_THREADS;

  *ret_hangs = hanging >= REEVE_HOST_METRICS_MAX_HANGING;
  for (guint i = 0; usage->server != 0 && i < self->out->len; i++)
    {
      const ReeveHostMetricsUsage *other = g_ptr_array_index (self->out, i);

      if (other->server != usage->server)
        continue;
      busy = TRUE;
      *ret_hangs = *ret_hangs || other->hangs;
    }
  return busy || *ret_hangs;
}

static void
reeve_host_metrics_usages_ask (ReeveHostMetricsUsages *self)
{
  gboolean hangs;

  if (self->asking)
    return;
  self->asking = TRUE;
  for (guint i = 0; i < self->all->len; i++)
    {
      ReeveHostMetricsUsage *usage = g_ptr_array_index (self->all, i);

      if (!usage->due)
        continue;
      if (!reeve_host_metrics_usages_is_busy (self, usage, &hangs))
        reeve_host_metrics_usage_ask (self, usage);
      else if (hangs)
        {
          usage->due = FALSE;
          usage->barred = TRUE;
        }
    }
  self->asking = FALSE;
}

static gboolean
reeve_host_metrics_usage_is_due (const ReeveHostMetricsUsage *usage, gint64 now)
{
  gint64 age =
      usage->remote ? REEVE_HOST_METRICS_USAGE_REMOTE_AGE_US : REEVE_HOST_METRICS_USAGE_AGE_US;

  if (usage->waiting || usage->out)
    return FALSE;
  if (usage->error != 0)
    age = REEVE_HOST_METRICS_USAGE_RETRY_US;
  return usage->asked_at == 0 || now - usage->asked_at >= age;
}

void
reeve_host_metrics_usages_refresh (ReeveHostMetricsUsages *self, void (*ready) (gpointer user_data),
                                   gpointer user_data)
{
  gint64 now = reeve_host_metrics_usages_now (self);

  self->refreshed_at = now;
  self->ready = ready;
  self->ready_data = user_data;
  for (guint i = 0; i < self->all->len; i++)
    {
      ReeveHostMetricsUsage *usage = g_ptr_array_index (self->all, i);

      usage->due = usage->due || reeve_host_metrics_usage_is_due (usage, now);
    }
  reeve_host_metrics_usages_ask (self);
}

gboolean
reeve_host_metrics_usages_is_asking (ReeveHostMetricsUsages *self)
{
  gint64 now = reeve_host_metrics_usages_now (self);

  for (guint i = 0; i < self->all->len; i++)
    {
      const ReeveHostMetricsUsage *usage = g_ptr_array_index (self->all, i);

      /* over the network only for the first answer */
      if (usage->remote && usage->answered_at != 0)
        continue;
      if (usage->due ? now - self->refreshed_at < REEVE_HOST_METRICS_USAGE_AWAIT_US
                     : usage->waiting && now - usage->asked_at < REEVE_HOST_METRICS_USAGE_AWAIT_US)
        return TRUE;
    }
  return FALSE;
}

guint
reeve_host_metrics_usages_get_n_hanging (ReeveHostMetricsUsages *self)
{
  return self->hanging[FALSE] + self->hanging[TRUE];
}

gboolean
reeve_host_metrics_usages_is_known (ReeveHostMetricsUsages *self,
                                    const ReeveHostMetricsUsage *usage)
{
  /* without an answer since, it may be full by now */
  return usage->known && ((!usage->hangs && !usage->barred) ||
                          reeve_host_metrics_usages_now (self) - usage->answered_at <
                              REEVE_HOST_METRICS_USAGE_STALE_US);
}
