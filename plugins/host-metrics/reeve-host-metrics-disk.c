/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Block devices from /proc/diskstats. All of them are remembered, for the filesystems on them; a
 * row of their own have whole disks. What a device is, is looked up when it comes. Counters are
 * handed over as they are, but for the times: the kernel writes milliseconds of 32 bits, which a
 * busy array fills in a day, so they are carried on here.
 */

#include "config.h"

#include "reeve-host-metrics-disk.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REEVE_HOST_METRICS_DISK_SECTOR 512

/* The reading and the disk's counters stand in the same order in both kinds. */
#define REEVE_HOST_METRICS_DISK_SAME(name)                                                         \
  G_STATIC_ASSERT (REEVE_FILESYSTEM_##name - REEVE_FILESYSTEM_READ ==                              \
                   REEVE_DISK_##name - REEVE_DISK_READ)
REEVE_HOST_METRICS_DISK_SAME (WRITE);
REEVE_HOST_METRICS_DISK_SAME (READ_TIME);
REEVE_HOST_METRICS_DISK_SAME (WRITE_TIME);
REEVE_HOST_METRICS_DISK_SAME (BUSY);
REEVE_HOST_METRICS_DISK_SAME (READ_AWAIT);
REEVE_HOST_METRICS_DISK_SAME (WRITE_AWAIT);
REEVE_HOST_METRICS_DISK_SAME (QUEUE);
REEVE_HOST_METRICS_DISK_SAME (READS);
REEVE_HOST_METRICS_DISK_SAME (WRITES);

/* No disks of their own: memory, files, removable media, and what lies on top of other disks. */
static const char *const reeve_host_metrics_disk_unusual[] = {
  "loop", "ram", "zram", "fd", "sr", "dm-", "md", "bcache", "zd", "drbd",
};

void
reeve_host_metrics_disks_init (ReeveHostMetricsDisks *self)
{
  *self = (ReeveHostMetricsDisks){
    /* not by lines: the kernel writes a disk and all its partitions as one piece */
    .diskstats =
        REEVE_HOST_METRICS_FILE_INIT ("proc/diskstats", REEVE_HOST_METRICS_FILE_FLAGS_NONE),
    .disks = g_array_new (FALSE, FALSE, sizeof (ReeveHostMetricsDisk)),
  };
}

void
reeve_host_metrics_disks_clear (ReeveHostMetricsDisks *self)
{
  reeve_host_metrics_proc_close (&self->diskstats);
  g_clear_pointer (&self->disks, g_array_unref);
}

/* ---- what it is ---- */

/* The kernel's directory of a whole disk, which calls "cciss/c0d0" "cciss!c0d0". */
static void
reeve_host_metrics_disk_get_path (const ReeveHostMetricsDisk *disk, const char *leaf,
                                  char *ret_path, gsize room)
{
  char name[REEVE_HOST_METRICS_DISK_NAME];

  g_strlcpy (name, disk->line.name, sizeof name);
  for (char *slash = strchr (name, '/'); slash != NULL; slash = strchr (slash, '/'))
    *slash = '!';
  g_snprintf (ret_path, (gulong) room, "sys/block/%s%s", name, leaf);
}

static gboolean
reeve_host_metrics_disk_exists (ReeveHostMetricsProc *proc, const char *path)
{
  g_autofree char *full = g_build_filename (reeve_host_metrics_proc_get_root (proc), path, NULL);

  return access (full, F_OK) == 0;
}

/* Without /sys: "sda1" and "nvme0n1p1" follow their disk. */
static gboolean
reeve_host_metrics_disk_looks_whole (ReeveHostMetricsDisks *self, const ReeveHostMetricsDisk *disk)
{
  const char *name = disk->line.name;

  for (guint i = 0; i < self->disks->len; i++)
    {
      const char *other = g_array_index (self->disks, ReeveHostMetricsDisk, i).line.name;
      gsize length = strlen (other);
      const char *rest;

      if (strncmp (other, name, length) != 0 || name[length] == '\0')
        continue;
      rest = name + length;
      if (g_ascii_isdigit (other[length - 1]) && *rest == 'p')
        rest++;
      else if (g_ascii_isdigit (other[length - 1]))
        continue;
      if (*rest != '\0' && strspn (rest, "0123456789") == strlen (rest))
        return FALSE;
    }
  return TRUE;
}

/* The boot areas of a flash card, and one of several paths to an NVMe disk. */
static gboolean
reeve_host_metrics_disk_is_part (const char *name)
{
  if (g_str_has_prefix (name, "mmcblk"))
    return strstr (name, "boot") != NULL || strstr (name, "rpmb") != NULL;
  return g_str_has_prefix (name, "nvme") && strchr (name + 4, 'c') != NULL;
}

static gboolean
reeve_host_metrics_disk_is_allowed (ReeveHostMetricsDisks *self, ReeveHostMetricsProc *proc,
                                    const ReeveHostMetricsDisk *disk)
{
  const char *name = disk->line.name;
  char path[REEVE_HOST_METRICS_DISK_NAME + 16];

  if (!reeve_host_metrics_patterns_allow (&self->filter, name))
    return FALSE;
  if (self->filter.set && !self->filter.deny)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (reeve_host_metrics_disk_unusual); i++)
    if (g_str_has_prefix (name, reeve_host_metrics_disk_unusual[i]))
      return FALSE;
  if (reeve_host_metrics_disk_is_part (name))
    return FALSE;
  if (!reeve_host_metrics_disk_exists (proc, "sys/block"))
    return reeve_host_metrics_disk_looks_whole (self, disk);
  reeve_host_metrics_disk_get_path (disk, "", path, sizeof path);
  return reeve_host_metrics_disk_exists (proc, path);
}

/* One line of a file of the kernel about it; "" when it cannot be read. */
static void
reeve_host_metrics_disk_read (ReeveHostMetricsProc *proc, const ReeveHostMetricsDisk *disk,
                              const char *leaf, char ret_text[REEVE_HOST_METRICS_FACT_TEXT])
{
  char path[REEVE_HOST_METRICS_DISK_NAME + 32], text[REEVE_HOST_METRICS_FACT_TEXT];
  gssize length;

  reeve_host_metrics_disk_get_path (disk, leaf, path, sizeof path);
  length = reeve_host_metrics_proc_read_once (reeve_host_metrics_proc_get_root (proc), path, text,
                                              sizeof text);
  if (length <= 0 ||
      !reeve_host_metrics_parse_line (text, (gsize) length, ret_text, REEVE_HOST_METRICS_FACT_TEXT))
    *ret_text = '\0';
}

/* Size and model; those that cannot be read stay unknown. */
static void
reeve_host_metrics_disk_look (ReeveHostMetricsProc *proc, ReeveHostMetricsDisk *disk)
{
  char text[REEVE_HOST_METRICS_FACT_TEXT];
  guint64 sectors;

  disk->size = 0;
  reeve_host_metrics_disk_read (proc, disk, "/size", text);
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64 / REEVE_HOST_METRICS_DISK_SECTOR,
                                  &sectors, NULL))
    disk->size = sectors * REEVE_HOST_METRICS_DISK_SECTOR;
  reeve_host_metrics_disk_read (proc, disk, "/device/model", disk->model);
}

/* ---- counters ---- */

/* A time of 32 bits has begun anew when it falls by more than half of its range. */
static guint64
reeve_host_metrics_disk_carry (guint64 before, guint64 now)
{
  const guint64 range = G_GUINT64_CONSTANT (1) << 32;

  return now < before && before < range && before - now > range / 2 ? range : 0;
}

/* One whose counts of requests fall has itself begun anew. */
static void
reeve_host_metrics_disk_update (ReeveHostMetricsDisk *disk, const ReeveHostMetricsDiskLine *line)
{
  const ReeveHostMetricsDiskLine *before = &disk->line;

  if (line->reads < before->reads || line->writes < before->writes)
    memset (disk->carry, 0, sizeof disk->carry);
  else
    {
      disk->carry[0] += reeve_host_metrics_disk_carry (before->reading_ms, line->reading_ms);
      disk->carry[1] += reeve_host_metrics_disk_carry (before->writing_ms, line->writing_ms);
      disk->carry[2] += reeve_host_metrics_disk_carry (before->busy_ms, line->busy_ms);
      disk->carry[3] += reeve_host_metrics_disk_carry (before->queue_ms, line->queue_ms);
    }
  disk->line = *line;
}

static gboolean
reeve_host_metrics_disk_is (const ReeveHostMetricsDisk *disk, const ReeveHostMetricsDiskLine *line)
{
  return disk->line.minor == line->minor && disk->line.major == line->major &&
         strcmp (disk->line.name, line->name) == 0;
}

/* @index: which line of the file it is, and so mostly where it was last time. */
static void
reeve_host_metrics_disks_take (ReeveHostMetricsDisks *self, guint index,
                               const ReeveHostMetricsDiskLine *line)
{
  ReeveHostMetricsDisk fresh = { .line = *line, .turn = self->turn };

  for (guint i = 0; i < self->disks->len; i++)
    {
      ReeveHostMetricsDisk *disk =
          &g_array_index (self->disks, ReeveHostMetricsDisk, (index + i) % self->disks->len);

      if (!reeve_host_metrics_disk_is (disk, line))
        continue;
      reeve_host_metrics_disk_update (disk, line);
      disk->turn = self->turn;
      return;
    }
  if (self->disks->len >= REEVE_HOST_METRICS_MAX_DISKS)
    return;
  g_array_append_val (self->disks, fresh);
  self->changed = TRUE;
}

static void
reeve_host_metrics_disks_forget_gone (ReeveHostMetricsDisks *self)
{
  for (guint i = self->disks->len; i-- > 0;)
    if (g_array_index (self->disks, ReeveHostMetricsDisk, i).turn != self->turn)
      {
        g_array_remove_index (self->disks, i);
        self->changed = TRUE;
      }
}

/* All come before any is looked at: a partition is known by its disk. */
static void
reeve_host_metrics_disks_look_at_new (ReeveHostMetricsDisks *self, ReeveHostMetricsProc *proc)
{
  gint64 now = reeve_clock_get_monotonic (
      reeve_context_get_clock (reeve_host_metrics_proc_get_context (proc)));
  gboolean again = TRUE;

  for (guint i = 0; i < self->disks->len; i++)
    {
      ReeveHostMetricsDisk *disk = &g_array_index (self->disks, ReeveHostMetricsDisk, i);

      if (disk->looked_at == 0)
        {
          disk->counts = reeve_host_metrics_disk_is_allowed (self, proc, disk);
          /* the links of /dev/mapper are not there in a service's own /dev */
          if (g_str_has_prefix (disk->line.name, "dm-"))
            reeve_host_metrics_disk_read (proc, disk, "/dm/name", disk->label);
        }
      else if (!again || !disk->counts || now - disk->looked_at < REEVE_HOST_METRICS_DISK_AGE_US)
        continue;
      else
        again = FALSE; /* one old one for each sample */
      disk->looked_at = MAX (now, 1);
      if (disk->counts)
        reeve_host_metrics_disk_look (proc, disk);
    }
}

gboolean
reeve_host_metrics_disks_read (ReeveHostMetricsDisks *self, ReeveHostMetricsProc *proc)
{
  ReeveHostMetricsDiskLine line;
  ReeveHostMetricsText text;
  guint index = 0;
  gsize length;
  const char *data = reeve_host_metrics_proc_read (proc, &self->diskstats, &length);

  if (data == NULL)
    return FALSE;
  self->turn++;
  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_disk (&text, &line))
    reeve_host_metrics_disks_take (self, index++, &line);
  if (text.bad > 0 || text.at != text.end)
    reeve_host_metrics_proc_complain (proc, &self->diskstats, "not a list of disks");
  else if (index > REEVE_HOST_METRICS_MAX_DISKS)
    reeve_host_metrics_proc_complain (proc, &self->diskstats, "more devices than are counted");
  if (self->disks->len > index || self->changed)
    reeve_host_metrics_disks_forget_gone (self);
  reeve_host_metrics_disks_look_at_new (self, proc);
  return TRUE;
}

ReeveHostMetricsDisk *
reeve_host_metrics_disks_find (ReeveHostMetricsDisks *self, guint major, guint minor,
                               const char *name)
{
  for (guint i = 0; i < self->disks->len; i++)
    {
      ReeveHostMetricsDisk *disk = &g_array_index (self->disks, ReeveHostMetricsDisk, i);

      if ((disk->line.major == major && disk->line.minor == minor) ||
          (*name != '\0' &&
           (strcmp (disk->line.name, name) == 0 || strcmp (disk->label, name) == 0)))
        return disk;
    }
  return NULL;
}

/* ---- rows ---- */

/* Left out when it does not fit: nothing true is that large. */
static void
reeve_host_metrics_disk_set (ReeveSample *sample, guint metric, guint64 value, guint64 carry,
                             guint64 unit)
{
  if (value <= G_MAXUINT64 / unit - carry)
    reeve_sample_set_counter (sample, metric, (value + carry) * unit);
}

void
reeve_host_metrics_disk_set_counters (const ReeveHostMetricsDisk *disk, ReeveSample *sample,
                                      guint first)
{
  const ReeveHostMetricsDiskLine *line = &disk->line;
  const guint64 sector = REEVE_HOST_METRICS_DISK_SECTOR, ms = 1000;
  const guint64 *carry = disk->carry;

  first -= REEVE_DISK_READ;
#define SET(name, value, carried, unit)                                                            \
  reeve_host_metrics_disk_set (sample, first + REEVE_DISK_##name, value, carried, unit)
  SET (READ, line->sectors_read, 0, sector);
  SET (WRITE, line->sectors_written, 0, sector);
  SET (READ_TIME, line->reading_ms, carry[0], ms);
  SET (WRITE_TIME, line->writing_ms, carry[1], ms);
  SET (BUSY, line->busy_ms, carry[2], ms);
  SET (READ_AWAIT, line->reading_ms, carry[0], ms);
  SET (WRITE_AWAIT, line->writing_ms, carry[1], ms);
  SET (QUEUE, line->queue_ms, carry[3], ms);
  SET (READS, line->reads, 0, 1);
  SET (WRITES, line->writes, 0, 1);
#undef SET
}

void
reeve_host_metrics_disks_add (ReeveHostMetricsDisks *self, ReeveHostMetricsProc *proc,
                              ReeveSample *sample)
{
  for (guint i = 0; i < self->disks->len; i++)
    {
      const ReeveHostMetricsDisk *disk = &g_array_index (self->disks, ReeveHostMetricsDisk, i);

      if (!disk->counts || !reeve_sample_add (sample, REEVE_KIND_DISK, disk->line.name))
        continue;
      reeve_host_metrics_disk_set_counters (disk, sample, REEVE_DISK_READ);
      if (disk->size > 0)
        reeve_sample_set_number (sample, REEVE_DISK_SIZE, (double) disk->size);
      if (disk->model[0] != '\0')
        reeve_sample_set_text (sample, REEVE_DISK_MODEL, disk->model);
    }
}
