/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The root filesystem. How full it is is asked on a worker's thread, since statvfs() of a dead
 * network or FUSE filesystem never returns: one question at a time, the last answer is kept.
 *
 * Its device is looked up in the mount table, and again when the kernel says that mounts have
 * changed. In a container the root is an overlay without a device; then the device below the files
 * that the container's manager binds into /etc stands for it, and else the busiest one.
 */

#include "config.h"

#include "reeve-host-metrics-filesystem.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "reeve-host-metrics-parse.h"

/* The root, and the three files below. */
#define REEVE_HOST_METRICS_FILESYSTEM_CANDIDATES 4
#define REEVE_HOST_METRICS_FILESYSTEM_SECTOR 512

typedef struct
{
  gboolean known;
  int error; /* errno when not known */
  guint64 total;
  guint64 used;
  guint64 available;
} ReeveHostMetricsUsage;

typedef struct
{
  gboolean set;
  guint major;
  guint minor;
  char name[REEVE_HOST_METRICS_DISK_NAME]; /* "" when its source is no device */
} ReeveHostMetricsCandidate;

struct _ReeveHostMetricsFilesystem
{
  grefcount refs; /* the owner, and the question that is out */
  ReeveHostMetricsProc *proc;
  ReeveWorker *worker;
  ReeveHostMetricsFile diskstats;
  ReeveHostMetricsFile mountinfo;

  ReeveHostMetricsUsage usage;
  gint64 asked_at; /* monotonic */
  gboolean asking;
  gboolean told;
  GCancellable *cancellable;
  void (*ready) (gpointer user_data);
  gpointer ready_data;

  gboolean mapped;
  gint64 mapped_at;
  guint major, minor; /* of the root's device */
};

ReeveHostMetricsFilesystem *
reeve_host_metrics_filesystem_new (ReeveHostMetricsProc *proc, ReeveWorker *worker)
{
  ReeveHostMetricsFilesystem *self = g_new0 (ReeveHostMetricsFilesystem, 1);

  g_ref_count_init (&self->refs);
  self->proc = proc;
  self->worker = worker;
  self->diskstats =
      (ReeveHostMetricsFile) REEVE_HOST_METRICS_FILE_INIT ("proc/diskstats",
                                                           REEVE_HOST_METRICS_FILE_FLAGS_NONE);
  self->mountinfo =
      (ReeveHostMetricsFile) REEVE_HOST_METRICS_FILE_INIT ("proc/self/mountinfo",
                                                           REEVE_HOST_METRICS_FILE_FLAGS_NONE);
  self->cancellable = g_cancellable_new ();
  return self;
}

static void
reeve_host_metrics_filesystem_unref (ReeveHostMetricsFilesystem *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  g_object_unref (self->cancellable);
  g_free (self);
}

void
reeve_host_metrics_filesystem_free (ReeveHostMetricsFilesystem *self)
{
  reeve_host_metrics_proc_close (&self->diskstats);
  reeve_host_metrics_proc_close (&self->mountinfo);
  self->proc = NULL;
  self->ready = NULL;
  g_cancellable_cancel (self->cancellable);
  reeve_host_metrics_filesystem_unref (self);
}

/* ---- how full ---- */

static gint64
reeve_host_metrics_filesystem_now (ReeveHostMetricsFilesystem *self)
{
  ReeveContext *context = reeve_host_metrics_proc_get_context (self->proc);

  return reeve_clock_get_monotonic (reeve_context_get_clock (context));
}

static gpointer
reeve_host_metrics_filesystem_ask_thread (gpointer data, G_GNUC_UNUSED GCancellable *cancellable,
                                          G_GNUC_UNUSED GError **error)
{
  ReeveHostMetricsUsage *usage = g_new0 (ReeveHostMetricsUsage, 1);
  struct statvfs fs;

  if (statvfs (data, &fs) != 0)
    usage->error = errno;
  else
    {
      usage->known = TRUE;
      usage->total = (guint64) fs.f_blocks * fs.f_frsize;
      usage->used = (guint64) (fs.f_blocks - MIN (fs.f_bfree, fs.f_blocks)) * fs.f_frsize;
      usage->available = (guint64) fs.f_bavail * fs.f_frsize;
    }
  return usage;
}

static void
reeve_host_metrics_filesystem_asked_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                        gpointer user_data)
{
  ReeveHostMetricsFilesystem *self = user_data;
  g_autofree ReeveHostMetricsUsage *usage = reeve_worker_run_finish (result, NULL);

  self->asking = FALSE;
  if (usage != NULL && self->proc != NULL)
    {
      self->usage = *usage;
      if (!usage->known && !self->told)
        {
          self->told = TRUE;
          reeve_log_warning (reeve_host_metrics_proc_get_context (self->proc),
                             "root filesystem %s: %s; its usage is left out while this lasts",
                             reeve_host_metrics_proc_get_root (self->proc),
                             g_strerror (usage->error));
        }
    }
  if (self->ready != NULL)
    self->ready (self->ready_data);
  reeve_host_metrics_filesystem_unref (self);
}

gboolean
reeve_host_metrics_filesystem_refresh (ReeveHostMetricsFilesystem *self,
                                       void (*ready) (gpointer user_data), gpointer user_data)
{
  gint64 now = reeve_host_metrics_filesystem_now (self);

  self->ready = ready;
  self->ready_data = user_data;
  if (self->asking || (self->usage.known && now - self->asked_at < REEVE_HOST_METRICS_USAGE_AGE_US))
    return self->asking;
  self->asking = TRUE;
  self->asked_at = now;
  g_ref_count_inc (&self->refs);
  /* without a deadline: a second question would only hang beside the first */
  reeve_worker_run_async (self->worker, reeve_host_metrics_filesystem_ask_thread,
                          g_strdup (reeve_host_metrics_proc_get_root (self->proc)), g_free, g_free,
                          0, self->cancellable, reeve_host_metrics_filesystem_asked_cb, self);
  return TRUE;
}

gboolean
reeve_host_metrics_filesystem_is_asking (ReeveHostMetricsFilesystem *self)
{
  return self->asking;
}

gboolean
reeve_host_metrics_filesystem_is_known (ReeveHostMetricsFilesystem *self)
{
  return self->usage.known;
}

/* ---- which device ---- */

/* "/dev/vda" gives "vda", "/dev/mapper/vg-root" the "dm-0" that it links to. */
static void
reeve_host_metrics_filesystem_name_source (ReeveHostMetricsFilesystem *self, const char *source,
                                           ReeveHostMetricsCandidate *candidate)
{
  char target[REEVE_HOST_METRICS_MOUNT_TEXT];
  const char *name = source;

  candidate->name[0] = '\0';
  if (!g_str_has_prefix (source, "/dev/"))
    return;
  if (g_str_has_prefix (source, "/dev/mapper/"))
    {
      g_autofree char *path =
          g_build_filename (reeve_host_metrics_proc_get_root (self->proc), source, NULL);
      gssize length = readlink (path, target, sizeof target - 1);

      if (length > 0)
        {
          target[length] = '\0';
          name = target;
        }
    }
  name = strrchr (name, '/') != NULL ? strrchr (name, '/') + 1 : name;
  g_strlcpy (candidate->name, name, sizeof candidate->name);
}

/* @ret: the root's mount first, then what is bound into /etc. The later of two mounts on one point
 * hides the earlier. */
static void
reeve_host_metrics_filesystem_find_mounts (ReeveHostMetricsFilesystem *self,
                                           ReeveHostMetricsCandidate *ret)
{
  static const char *const points[REEVE_HOST_METRICS_FILESYSTEM_CANDIDATES] = { "/", "/etc/hosts",
                                                                                "/etc/resolv.conf",
                                                                                "/etc/hostname" };
  ReeveHostMetricsText text;
  ReeveHostMetricsMountLine line;
  gsize length;
  const char *data = reeve_host_metrics_proc_read (self->proc, &self->mountinfo, &length);

  if (data == NULL)
    return;
  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_mount (&text, &line))
    for (guint i = 0; i < REEVE_HOST_METRICS_FILESYSTEM_CANDIDATES; i++)
      if (strcmp (line.point, points[i]) == 0)
        {
          ret[i].set = TRUE;
          ret[i].major = line.major;
          ret[i].minor = line.minor;
          reeve_host_metrics_filesystem_name_source (self, line.source, &ret[i]);
          /* a plain directory of another filesystem bound there says nothing */
          if (i > 0 && ret[i].name[0] == '\0')
            ret[i].set = FALSE;
        }
  if (!ret[0].set)
    reeve_host_metrics_proc_complain (self->proc, &self->mountinfo, "no mount of /");
}

static gboolean
reeve_host_metrics_filesystem_is_candidate (const ReeveHostMetricsCandidate *candidate,
                                            const ReeveHostMetricsDiskLine *line)
{
  return candidate->set &&
         ((candidate->major == line->major && candidate->minor == line->minor) ||
          (candidate->name[0] != '\0' && strcmp (candidate->name, line->name) == 0));
}

/* Finds the root's device anew. */
static void
reeve_host_metrics_filesystem_map (ReeveHostMetricsFilesystem *self)
{
  ReeveHostMetricsCandidate candidates[REEVE_HOST_METRICS_FILESYSTEM_CANDIDATES] = { 0 };
  guint best = REEVE_HOST_METRICS_FILESYSTEM_CANDIDATES + 1;
  guint64 best_work = 0;
  ReeveHostMetricsText text;
  ReeveHostMetricsDiskLine line;
  const char *data;
  gsize length;

  self->mapped = FALSE;
  self->mapped_at = reeve_host_metrics_filesystem_now (self);
  reeve_host_metrics_filesystem_find_mounts (self, candidates);
  data = reeve_host_metrics_proc_read (self->proc, &self->diskstats, &length);
  if (data == NULL)
    return;
  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_disk (&text, &line))
    {
      guint64 work = line.sectors_read / 2 + line.sectors_written / 2;
      guint rank = 0;

      while (rank < REEVE_HOST_METRICS_FILESYSTEM_CANDIDATES &&
             !reeve_host_metrics_filesystem_is_candidate (&candidates[rank], &line))
        rank++;
      if (rank > best || (rank == REEVE_HOST_METRICS_FILESYSTEM_CANDIDATES && work <= best_work))
        continue;
      best = rank;
      best_work = work;
      self->mapped = TRUE;
      self->major = line.major;
      self->minor = line.minor;
    }
  if (text.bad > 0)
    reeve_host_metrics_proc_complain (self->proc, &self->diskstats, "not a list of disks");
}

/* The kernel marks a mount table that has changed since it was last asked. */
static gboolean
reeve_host_metrics_filesystem_mounts_changed (ReeveHostMetricsFilesystem *self)
{
  struct pollfd fd = { .fd = self->mountinfo.fd, .events = POLLPRI };

  return self->mountinfo.fd >= 0 && poll (&fd, 1, 0) > 0 && (fd.revents & POLLPRI) != 0;
}

/* ---- the device's counters ---- */

static gboolean
reeve_host_metrics_filesystem_find_disk (ReeveHostMetricsFilesystem *self, const char *data,
                                         gsize length, ReeveHostMetricsDiskLine *ret_disk)
{
  ReeveHostMetricsText text;

  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_disk (&text, ret_disk))
    if (ret_disk->major == self->major && ret_disk->minor == self->minor)
      return TRUE;
  return FALSE;
}

/* Mostly it stands in the beginning of the file. */
static gboolean
reeve_host_metrics_filesystem_read_disk (ReeveHostMetricsFilesystem *self,
                                         ReeveHostMetricsDiskLine *ret_disk)
{
  gsize length;
  const char *data = reeve_host_metrics_proc_read_head (self->proc, &self->diskstats, &length);

  if (data == NULL)
    return FALSE;
  if (reeve_host_metrics_filesystem_find_disk (self, data, length, ret_disk))
    return TRUE;
  data = reeve_host_metrics_proc_read (self->proc, &self->diskstats, &length);
  return data != NULL && reeve_host_metrics_filesystem_find_disk (self, data, length, ret_disk);
}

static void
reeve_host_metrics_filesystem_add_disk (const ReeveHostMetricsDiskLine *disk, ReeveSample *sample)
{
  const guint64 sector = REEVE_HOST_METRICS_FILESYSTEM_SECTOR;
  const guint64 ms = 1000;

  if (!reeve_sample_add (sample, REEVE_KIND_FILESYSTEM, REEVE_HOST_METRICS_ROOT_NAME))
    return;
  reeve_sample_set_counter (sample, REEVE_FILESYSTEM_READ, disk->sectors_read * sector);
  reeve_sample_set_counter (sample, REEVE_FILESYSTEM_WRITE, disk->sectors_written * sector);
  reeve_sample_set_counter (sample, REEVE_FILESYSTEM_READ_TIME, disk->reading_ms * ms);
  reeve_sample_set_counter (sample, REEVE_FILESYSTEM_WRITE_TIME, disk->writing_ms * ms);
  reeve_sample_set_counter (sample, REEVE_FILESYSTEM_BUSY, disk->busy_ms * ms);
  reeve_sample_set_counter (sample, REEVE_FILESYSTEM_READ_AWAIT, disk->reading_ms * ms);
  reeve_sample_set_counter (sample, REEVE_FILESYSTEM_WRITE_AWAIT, disk->writing_ms * ms);
  reeve_sample_set_counter (sample, REEVE_FILESYSTEM_QUEUE, disk->queue_ms * ms);
  reeve_sample_set_counter (sample, REEVE_FILESYSTEM_READS, disk->reads);
  reeve_sample_set_counter (sample, REEVE_FILESYSTEM_WRITES, disk->writes);
}

void
reeve_host_metrics_filesystem_collect (ReeveHostMetricsFilesystem *self, ReeveSample *sample)
{
  gboolean due = !self->mapped && (self->mapped_at == 0 ||
                                   reeve_host_metrics_filesystem_now (self) - self->mapped_at >=
                                       REEVE_HOST_METRICS_RETRY_US);
  ReeveHostMetricsDiskLine disk;

  if (due || reeve_host_metrics_filesystem_mounts_changed (self))
    reeve_host_metrics_filesystem_map (self);
  if (!self->mapped)
    return;
  if (reeve_host_metrics_filesystem_read_disk (self, &disk))
    reeve_host_metrics_filesystem_add_disk (&disk, sample);
  else
    self->mapped = FALSE; /* gone: looked for again in a while */
}

void
reeve_host_metrics_filesystem_add_usage (ReeveHostMetricsFilesystem *self, ReeveSample *sample)
{
  const ReeveHostMetricsUsage *usage = &self->usage;
  int row;

  if (!usage->known)
    return;
  row = reeve_sample_find_row (sample, REEVE_KIND_FILESYSTEM, REEVE_HOST_METRICS_ROOT_NAME);
  if (row >= 0)
    reeve_sample_select (sample, row);
  else if (!reeve_sample_add (sample, REEVE_KIND_FILESYSTEM, REEVE_HOST_METRICS_ROOT_NAME))
    return;
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_TOTAL, (double) usage->total);
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_USED, (double) usage->used);
  /* of what programs may fill, as df says it */
  if (usage->used + usage->available > 0)
    reeve_sample_set_number (sample, REEVE_FILESYSTEM_USAGE,
                             (double) usage->used / (double) (usage->used + usage->available));
}
