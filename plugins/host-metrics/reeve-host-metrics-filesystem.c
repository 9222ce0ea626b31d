/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Filesystems and the disks below them: mounts (which there are), disks (what each device does) and
 * usages (how full each is) brought together. Which device a filesystem has is looked up when
 * mounts or devices have changed.
 *
 * In a container the root is an overlay without a device; then the device below the files that the
 * container's manager binds into /etc stands for it, and else the busiest one.
 */

#include "config.h"

#include "reeve-host-metrics-filesystem.h"

#include <string.h>

#include "reeve-host-metrics-disk.h"

struct _ReeveHostMetricsFilesystem
{
  ReeveHostMetricsProc *proc;
  ReeveHostMetricsStorage storage;
  ReeveHostMetricsUsages *usages;
  ReeveHostMetricsMounts mounts;
  ReeveHostMetricsDisks disks;
  gboolean linked;      /* mounts to disks */
  gboolean root_linked; /* the root has a device since the mounts were read */
};

ReeveHostMetricsFilesystem *
reeve_host_metrics_filesystem_new (ReeveHostMetricsProc *proc)
{
  ReeveHostMetricsFilesystem *self = g_new0 (ReeveHostMetricsFilesystem, 1);

  self->proc = proc;
  self->usages = reeve_host_metrics_usages_new (proc);
  reeve_host_metrics_mounts_init (&self->mounts, proc, self->usages, &self->storage);
  reeve_host_metrics_disks_init (&self->disks);
  return self;
}

void
reeve_host_metrics_filesystem_free (ReeveHostMetricsFilesystem *self)
{
  /* the mounts' questions know then that nobody waits */
  reeve_host_metrics_usages_free (self->usages);
  reeve_host_metrics_mounts_clear (&self->mounts);
  reeve_host_metrics_disks_clear (&self->disks);
  reeve_host_metrics_storage_clear (&self->storage);
  g_free (self);
}

void
reeve_host_metrics_filesystem_set_storage (ReeveHostMetricsFilesystem *self,
                                           ReeveHostMetricsStorage *storage)
{
  reeve_host_metrics_storage_clear (&self->storage);
  self->storage = *storage;
  self->disks.filter = storage->disks;
  *storage = (ReeveHostMetricsStorage){ 0 };
}

static ReeveHostMetricsMount *
reeve_host_metrics_filesystem_get_mount (ReeveHostMetricsFilesystem *self, guint i)
{
  return g_ptr_array_index (self->mounts.mounts, i);
}

/* ---- how full ---- */

static void
reeve_host_metrics_filesystem_read_mounts (ReeveHostMetricsFilesystem *self)
{
  gint64 now = reeve_clock_get_monotonic (
      reeve_context_get_clock (reeve_host_metrics_proc_get_context (self->proc)));
  gboolean lost = self->linked && reeve_host_metrics_filesystem_get_mount (self, 0)->disk < 0 &&
                  now - self->mounts.read_at >= REEVE_HOST_METRICS_RETRY_US;

  /* without a device of the root it is looked for again in a while */
  if (!lost && !reeve_host_metrics_mounts_is_due (&self->mounts, now))
    return;
  reeve_host_metrics_mounts_read (&self->mounts, now);
  self->linked = FALSE;
  self->root_linked = FALSE;
}

gboolean
reeve_host_metrics_filesystem_refresh (ReeveHostMetricsFilesystem *self,
                                       void (*ready) (gpointer user_data), gpointer user_data)
{
  reeve_host_metrics_filesystem_read_mounts (self);
  reeve_host_metrics_usages_refresh (self->usages, ready, user_data);
  return reeve_host_metrics_filesystem_is_asking (self);
}

gboolean
reeve_host_metrics_filesystem_is_asking (ReeveHostMetricsFilesystem *self)
{
  return reeve_host_metrics_usages_is_asking (self->usages);
}

gboolean
reeve_host_metrics_filesystem_is_known (ReeveHostMetricsFilesystem *self)
{
  return reeve_host_metrics_filesystem_get_mount (self, 0)->usage->known;
}

void
reeve_host_metrics_filesystem_remap (ReeveHostMetricsFilesystem *self)
{
  self->mounts.stale = TRUE;
}

const ReeveHostMetricsUsage *
reeve_host_metrics_filesystem_find_usage (ReeveHostMetricsFilesystem *self, const char *instance)
{
  for (guint i = 0; i < self->mounts.mounts->len; i++)
    if (strcmp (reeve_host_metrics_filesystem_get_mount (self, i)->instance, instance) == 0)
      return reeve_host_metrics_filesystem_get_mount (self, i)->usage;
  return NULL;
}

guint
reeve_host_metrics_filesystem_get_n_hanging (ReeveHostMetricsFilesystem *self)
{
  return reeve_host_metrics_usages_get_n_hanging (self->usages);
}

/* ---- which device ---- */

static int
reeve_host_metrics_filesystem_find_disk (ReeveHostMetricsFilesystem *self, guint major, guint minor,
                                         const char *name)
{
  ReeveHostMetricsDisk *disk = NULL;

  if (major != 0)
    disk = reeve_host_metrics_disks_find (&self->disks, major, minor, "");
  if (disk == NULL && *name != '\0')
    disk = reeve_host_metrics_disks_find (&self->disks, G_MAXUINT, G_MAXUINT, name);
  return disk != NULL ? (int) (disk - (ReeveHostMetricsDisk *) self->disks.disks->data) : -1;
}

static int
reeve_host_metrics_filesystem_find_busiest (ReeveHostMetricsFilesystem *self)
{
  guint64 best_work = 0;
  int best = -1;

  for (guint i = 0; i < self->disks.disks->len; i++)
    {
      const ReeveHostMetricsDiskLine *line =
          &g_array_index (self->disks.disks, ReeveHostMetricsDisk, i).line;
      guint64 work = line->sectors_read / 2 + line->sectors_written / 2;

      if (best >= 0 && work <= best_work)
        continue;
      best = (int) i;
      best_work = work;
    }
  return best;
}

static int
reeve_host_metrics_filesystem_find_root (ReeveHostMetricsFilesystem *self)
{
  int disk = -1;

  for (guint i = 0; disk < 0 && i < REEVE_HOST_METRICS_CANDIDATES; i++)
    {
      const ReeveHostMetricsCandidate *candidate = &self->mounts.candidates[i];

      if (candidate->set)
        disk = reeve_host_metrics_filesystem_find_disk (self, candidate->major, candidate->minor,
                                                        candidate->name);
    }
  /* one that has gone is not replaced by another */
  if (disk < 0 && !self->root_linked)
    disk = reeve_host_metrics_filesystem_find_busiest (self);
  self->root_linked = self->root_linked || disk >= 0;
  return disk;
}

static void
reeve_host_metrics_filesystem_link (ReeveHostMetricsFilesystem *self)
{
  char name[REEVE_HOST_METRICS_DISK_NAME];

  for (guint i = 1; i < self->mounts.mounts->len; i++)
    {
      ReeveHostMetricsMount *mount = reeve_host_metrics_filesystem_get_mount (self, i);

      reeve_host_metrics_mounts_name_source (&self->mounts, mount->source, name);
      mount->disk =
          reeve_host_metrics_filesystem_find_disk (self, mount->major, mount->minor, name);
    }
  reeve_host_metrics_filesystem_get_mount (self, 0)->disk =
      reeve_host_metrics_filesystem_find_root (self);
  self->linked = TRUE;
  self->disks.changed = FALSE;
}

/* ---- rows ---- */

void
reeve_host_metrics_filesystem_collect (ReeveHostMetricsFilesystem *self, ReeveSample *sample)
{
  if (!reeve_host_metrics_disks_read (&self->disks, self->proc))
    return;
  if (!self->linked || self->disks.changed)
    reeve_host_metrics_filesystem_link (self);
  for (guint i = 0; i < self->mounts.mounts->len; i++)
    {
      const ReeveHostMetricsMount *mount = reeve_host_metrics_filesystem_get_mount (self, i);

      if (mount->disk >= 0 && reeve_sample_add (sample, REEVE_KIND_FILESYSTEM, mount->instance))
        reeve_host_metrics_disk_set_counters (&g_array_index (self->disks.disks,
                                                              ReeveHostMetricsDisk, mount->disk),
                                              sample, REEVE_FILESYSTEM_READ);
    }
  reeve_host_metrics_disks_add (&self->disks, self->proc, sample);
}

static void
reeve_host_metrics_filesystem_set_usage (const ReeveHostMetricsUsage *usage, ReeveSample *sample)
{
  /* some network filesystems do not know their size */
  if (usage->total > 0)
    {
      reeve_sample_set_number (sample, REEVE_FILESYSTEM_TOTAL, usage->total);
      reeve_sample_set_number (sample, REEVE_FILESYSTEM_USED, usage->used);
      /* of what programs may fill, as df says it */
      if (usage->used + usage->available > 0)
        reeve_sample_set_number (sample, REEVE_FILESYSTEM_USAGE,
                                 usage->used / (usage->used + usage->available));
    }
  /* btrfs makes inodes as it needs them */
  if (usage->inodes > 0)
    {
      reeve_sample_set_number (sample, REEVE_FILESYSTEM_INODES, usage->inodes);
      reeve_sample_set_number (sample, REEVE_FILESYSTEM_INODES_USED, usage->inodes_used);
      reeve_sample_set_number (sample, REEVE_FILESYSTEM_INODES_USAGE,
                               usage->inodes_used / usage->inodes);
    }
}

void
reeve_host_metrics_filesystem_add_usage (ReeveHostMetricsFilesystem *self, ReeveSample *sample)
{
  for (guint i = 0; i < self->mounts.mounts->len; i++)
    {
      const ReeveHostMetricsMount *mount = reeve_host_metrics_filesystem_get_mount (self, i);
      gboolean known = reeve_host_metrics_usages_is_known (self->usages, mount->usage);
      int row = reeve_sample_find_row (sample, REEVE_KIND_FILESYSTEM, mount->instance);

      if (row < 0 && !known && mount->type == NULL)
        continue;
      if (row >= 0)
        reeve_sample_select (sample, row);
      else if (!reeve_sample_add (sample, REEVE_KIND_FILESYSTEM, mount->instance))
        continue;
      if (known)
        reeve_host_metrics_filesystem_set_usage (mount->usage, sample);
      if (mount->type != NULL)
        {
          reeve_sample_set_text (sample, REEVE_FILESYSTEM_TYPE, mount->type);
          reeve_sample_set_text (sample, REEVE_FILESYSTEM_DEVICE, mount->source);
        }
    }
}
