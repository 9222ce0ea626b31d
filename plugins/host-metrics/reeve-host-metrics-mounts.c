/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The mount table. It is read when the kernel says that it has changed, line after line into a list
 * of those that count; then each device is kept once, by its shortest mount point. Devices of no
 * block device (btrfs, ZFS, the network) have a number of their own, the same for all subvolumes
 * and bind mounts; a second mount of one network share is known by its source.
 */

#include "config.h"

#include "reeve-host-metrics-mounts.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

typedef enum
{
  REEVE_HOST_METRICS_MOUNT_NONE,
  REEVE_HOST_METRICS_MOUNT_LOCAL,
  REEVE_HOST_METRICS_MOUNT_REMOTE, /* over the network, or answered by a program */
} ReeveHostMetricsMountClass;

static const struct
{
  const char *type;
  ReeveHostMetricsMountClass class;
  gboolean by_source; /* two mounts of one source are one, whatever their numbers */
} reeve_host_metrics_mounts_types[] = {
  { "btrfs", REEVE_HOST_METRICS_MOUNT_LOCAL, TRUE },
  { "zfs", REEVE_HOST_METRICS_MOUNT_LOCAL, TRUE },
  { "bcachefs", REEVE_HOST_METRICS_MOUNT_LOCAL, TRUE },
  { "ubifs", REEVE_HOST_METRICS_MOUNT_LOCAL, TRUE },
  /* images that are read only, so always full */
  { "squashfs", REEVE_HOST_METRICS_MOUNT_NONE, FALSE },
  { "erofs", REEVE_HOST_METRICS_MOUNT_NONE, FALSE },
  { "iso9660", REEVE_HOST_METRICS_MOUNT_NONE, FALSE },
  { "cramfs", REEVE_HOST_METRICS_MOUNT_NONE, FALSE },
  { "romfs", REEVE_HOST_METRICS_MOUNT_NONE, FALSE },
  { "nfs", REEVE_HOST_METRICS_MOUNT_REMOTE, TRUE },
  { "nfs4", REEVE_HOST_METRICS_MOUNT_REMOTE, TRUE },
  { "cifs", REEVE_HOST_METRICS_MOUNT_REMOTE, TRUE },
  { "smb3", REEVE_HOST_METRICS_MOUNT_REMOTE, TRUE },
  { "smbfs", REEVE_HOST_METRICS_MOUNT_REMOTE, TRUE },
  { "ceph", REEVE_HOST_METRICS_MOUNT_REMOTE, TRUE },
  { "afs", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
  { "9p", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
  { "virtiofs", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
  { "lustre", REEVE_HOST_METRICS_MOUNT_REMOTE, TRUE },
  { "beegfs", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
  { "orangefs", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
  { "fuse.sshfs", REEVE_HOST_METRICS_MOUNT_REMOTE, TRUE },
  { "fuse.rclone", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
  { "fuse.glusterfs", REEVE_HOST_METRICS_MOUNT_REMOTE, TRUE },
  { "fuse.ceph", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
  { "fuse.ceph-fuse", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
  { "fuse.s3fs", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
  { "fuse.juicefs", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
  { "fuse.mergerfs", REEVE_HOST_METRICS_MOUNT_REMOTE, FALSE },
};

/* Where engines of containers mount the datasets of their images. */
static const char *const reeve_host_metrics_mounts_layers[] = {
  "/var/lib/docker/",
  "/var/lib/containers/",
  "/var/lib/containerd/",
};

static void
reeve_host_metrics_mount_free (gpointer data)
{
  ReeveHostMetricsMount *self = data;

  if (self->usage != NULL)
    reeve_host_metrics_usages_remove (self->usage->owner, self->usage);
  g_free (self->point);
  g_free (self->type);
  g_free (self->source);
  g_free (self->instance);
  g_free (self);
}

void
reeve_host_metrics_mounts_init (ReeveHostMetricsMounts *self, ReeveHostMetricsProc *proc,
                                ReeveHostMetricsUsages *usages,
                                const ReeveHostMetricsStorage *storage)
{
  ReeveHostMetricsMount *root = g_new0 (ReeveHostMetricsMount, 1);

  *self = (ReeveHostMetricsMounts){
    .mountinfo =
        REEVE_HOST_METRICS_FILE_INIT ("proc/self/mountinfo", REEVE_HOST_METRICS_FILE_FLAGS_NONE),
    .proc = proc,
    .usages = usages,
    .storage = storage,
    .mounts = g_ptr_array_new_with_free_func (reeve_host_metrics_mount_free),
  };
  root->point = g_strdup (REEVE_HOST_METRICS_ROOT_NAME);
  root->instance = g_strdup (REEVE_HOST_METRICS_ROOT_NAME);
  root->disk = -1;
  root->usage = reeve_host_metrics_usages_add (usages, root->point, "", FALSE);
  g_ptr_array_add (self->mounts, root);
}

void
reeve_host_metrics_mounts_clear (ReeveHostMetricsMounts *self)
{
  reeve_host_metrics_proc_close (&self->mountinfo);
  g_clear_pointer (&self->mounts, g_ptr_array_unref);
}

/* The kernel marks a mount table that has changed since it was last asked. */
gboolean
reeve_host_metrics_mounts_is_due (ReeveHostMetricsMounts *self, gint64 now)
{
  struct pollfd fd = { .fd = self->mountinfo.fd, .events = POLLPRI };

  if (self->mountinfo.fd >= 0 && poll (&fd, 1, 0) > 0 && (fd.revents & POLLPRI) != 0)
    self->stale = TRUE;
  return self->read_at == 0 ||
         (self->mountinfo.fd < 0 && now - self->read_at >= REEVE_HOST_METRICS_RETRY_US) ||
         (self->stale && (self->lines <= REEVE_HOST_METRICS_MANY_MOUNTS ||
                          now - self->read_at >= REEVE_HOST_METRICS_MANY_MOUNTS_AGE_US));
}

void
reeve_host_metrics_mounts_name_source (ReeveHostMetricsMounts *self, const char *source,
                                       char ret_name[REEVE_HOST_METRICS_DISK_NAME])
{
  char target[REEVE_HOST_METRICS_MOUNT_TEXT];
  g_autofree char *path = NULL;
  const char *name = source;
  gssize length;

  *ret_name = '\0';
  /* several devices of one filesystem have no counters together */
  if (source == NULL || !g_str_has_prefix (source, "/dev/") || strchr (source, ':') != NULL)
    return;
  path = g_build_filename (reeve_host_metrics_proc_get_root (self->proc), source, NULL);
  length = readlink (path, target, sizeof target - 1);
  if (length > 0)
    {
      target[length] = '\0';
      name = target;
    }
  name = strrchr (name, '/') != NULL ? strrchr (name, '/') + 1 : name;
  g_strlcpy (ret_name, name, REEVE_HOST_METRICS_DISK_NAME);
}

/* ---- which lines count ---- */

static int
reeve_host_metrics_mounts_find_type (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (reeve_host_metrics_mounts_types); i++)
    if (strcmp (type, reeve_host_metrics_mounts_types[i].type) == 0)
      return (int) i;
  return -1;
}

/* Snapshots, and the layers of containers' images, of which there may be thousands. */
static gboolean
reeve_host_metrics_mounts_is_layer (const ReeveHostMetricsMountLine *line)
{
  if (strcmp (line->type, "zfs") != 0)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (reeve_host_metrics_mounts_layers); i++)
    if (g_str_has_prefix (line->point, reeve_host_metrics_mounts_layers[i]))
      return TRUE;
  return strchr (line->source, '@') != NULL;
}

static ReeveHostMetricsMountClass
reeve_host_metrics_mounts_classify (const ReeveHostMetricsMountLine *line)
{
  int type = reeve_host_metrics_mounts_find_type (line->type);

  if (reeve_host_metrics_mounts_is_layer (line))
    return REEVE_HOST_METRICS_MOUNT_NONE;
  if (type >= 0)
    return reeve_host_metrics_mounts_types[type].class;
  /* number 0 is of what has no block device */
  return line->major != 0 ? REEVE_HOST_METRICS_MOUNT_LOCAL : REEVE_HOST_METRICS_MOUNT_NONE;
}

static const char *
reeve_host_metrics_mounts_get_base (const char *source)
{
  return g_str_has_prefix (source, "/dev/") ? strrchr (source, '/') + 1 : source;
}

static gboolean
reeve_host_metrics_mounts_is_listed (const ReeveHostMetricsPatterns *list,
                                     const ReeveHostMetricsMountLine *line)
{
  return reeve_host_metrics_patterns_match (list, line->point) ||
         reeve_host_metrics_patterns_match (list, line->type) ||
         reeve_host_metrics_patterns_match (list, line->source) ||
         reeve_host_metrics_patterns_match (list,
                                            reeve_host_metrics_mounts_get_base (line->source));
}

/* What the setting says goes above what a line looks like. */
static ReeveHostMetricsMountClass
reeve_host_metrics_mounts_judge (ReeveHostMetricsMounts *self,
                                 const ReeveHostMetricsMountLine *line)
{
  const ReeveHostMetricsPatterns *list = &self->storage->filesystems;
  ReeveHostMetricsMountClass class = reeve_host_metrics_mounts_classify (line);

  if (strcmp (line->point, REEVE_HOST_METRICS_ROOT_NAME) == 0 || !list->set)
    return class;
  if (list->deny &&
      (class == REEVE_HOST_METRICS_MOUNT_NONE || !reeve_host_metrics_mounts_is_listed (list, line)))
    return class;
  if (list->deny || !reeve_host_metrics_mounts_is_listed (list, line))
    return REEVE_HOST_METRICS_MOUNT_NONE;
  if (class == REEVE_HOST_METRICS_MOUNT_NONE)
    class = g_str_has_prefix (line->type, "fuse") ? REEVE_HOST_METRICS_MOUNT_REMOTE
                                                  : REEVE_HOST_METRICS_MOUNT_LOCAL;
  return class;
}

/* ---- reading ---- */

/* While the table is read. */
typedef struct
{
  ReeveHostMetricsMounts *self;
  GPtrArray *found;   /* of ReeveHostMetricsMount: what counts, hidden or not */
  GHashTable *points; /* of the mount that is on a point; keys and values are those of found */
  ReeveHostMetricsMount *root;
} ReeveHostMetricsMountsReading;

/* @ret: TRUE when the line is one of the files in /etc, which are no filesystems of their own. */
static gboolean
reeve_host_metrics_mounts_take_candidate (ReeveHostMetricsMounts *self,
                                          const ReeveHostMetricsMountLine *line)
{
  static const char *const points[REEVE_HOST_METRICS_CANDIDATES] = {
    REEVE_HOST_METRICS_ROOT_NAME, "/etc/hosts", "/etc/resolv.conf", "/etc/hostname"
  };

  for (guint i = 0; i < REEVE_HOST_METRICS_CANDIDATES; i++)
    if (strcmp (line->point, points[i]) == 0)
      {
        ReeveHostMetricsCandidate *candidate = &self->candidates[i];

        candidate->major = line->major;
        candidate->minor = line->minor;
        reeve_host_metrics_mounts_name_source (self, line->source, candidate->name);
        /* a plain directory of another filesystem bound there says nothing */
        candidate->set = i == 0 || candidate->name[0] != '\0';
        return i > 0;
      }
  return FALSE;
}

static ReeveHostMetricsMount *
reeve_host_metrics_mount_new (const ReeveHostMetricsMountLine *line, gboolean remote)
{
  ReeveHostMetricsMount *mount = g_new0 (ReeveHostMetricsMount, 1);

  mount->major = line->major;
  mount->minor = line->minor;
  mount->remote = remote;
  mount->point = g_strdup (line->point);
  mount->type = g_strdup (line->type);
  mount->source = g_strdup (line->source);
  mount->disk = -1;
  return mount;
}

/* The later of two mounts on one point hides the earlier, also when it does not count itself. */
static void
reeve_host_metrics_mounts_take (ReeveHostMetricsMountsReading *reading,
                                const ReeveHostMetricsMountLine *line)
{
  gboolean in_etc = reeve_host_metrics_mounts_take_candidate (reading->self, line);
  gboolean is_root = strcmp (line->point, REEVE_HOST_METRICS_ROOT_NAME) == 0;
  ReeveHostMetricsMountClass class = in_etc ? REEVE_HOST_METRICS_MOUNT_NONE
                                            : reeve_host_metrics_mounts_judge (reading->self, line);
  ReeveHostMetricsMount *mount = g_hash_table_lookup (reading->points, line->point);

  if (mount != NULL)
    {
      mount->hidden = TRUE;
      g_hash_table_remove (reading->points, line->point);
    }
  if (class == REEVE_HOST_METRICS_MOUNT_NONE && !is_root)
    return;
  mount = reeve_host_metrics_mount_new (line, class == REEVE_HOST_METRICS_MOUNT_REMOTE);
  g_ptr_array_add (reading->found, mount);
  g_hash_table_insert (reading->points, mount->point, mount);
  if (is_root)
    reading->root = mount;
}

static void
reeve_host_metrics_mounts_read_lines (ReeveHostMetricsMountsReading *reading)
{
  ReeveHostMetricsMounts *self = reading->self;
  ReeveHostMetricsStream stream = { 0 };
  ReeveHostMetricsText text;
  ReeveHostMetricsMountLine line;
  const char *data = "";
  guint bad = 0;
  gsize length;

  self->lines = 0;
  while (self->lines <= REEVE_HOST_METRICS_MAX_MOUNTS && data != NULL)
    {
      data = reeve_host_metrics_proc_read_lines (self->proc, &self->mountinfo, &stream, &length);
      if (data == NULL)
        break;
      reeve_host_metrics_text_init (&text, data, length);
      while (reeve_host_metrics_parse_mount (&text, &line) &&
             ++self->lines <= REEVE_HOST_METRICS_MAX_MOUNTS)
        reeve_host_metrics_mounts_take (reading, &line);
      bad += text.bad;
    }
  if (self->mountinfo.fd < 0)
    return;
  if (self->lines > REEVE_HOST_METRICS_MAX_MOUNTS)
    reeve_host_metrics_proc_complain (self->proc, &self->mountinfo,
                                      "more mounts than are looked at");
  else if (bad > 0 || stream.have > 0)
    reeve_host_metrics_proc_complain (self->proc, &self->mountinfo,
                                      "lines that are cut, too long or no mounts");
  else if (reading->root == NULL)
    reeve_host_metrics_proc_complain (self->proc, &self->mountinfo, "no mount of /");
}

/* ---- each device once ---- */

static gboolean
reeve_host_metrics_mount_is_same (const ReeveHostMetricsMount *a, const ReeveHostMetricsMount *b)
{
  int type;

  if (a->major == b->major && a->minor == b->minor)
    return TRUE;
  if (a->type == NULL || b->type == NULL || strcmp (a->source, b->source) != 0)
    return FALSE;
  type = reeve_host_metrics_mounts_find_type (a->type);
  return type >= 0 && reeve_host_metrics_mounts_types[type].by_source &&
         reeve_host_metrics_mounts_find_type (b->type) >= 0;
}

/* In a container the device below the files in /etc stands for the root. */
static void
reeve_host_metrics_mounts_set_root (ReeveHostMetricsMountsReading *reading, GPtrArray *mounts)
{
  ReeveHostMetricsMounts *self = reading->self;
  ReeveHostMetricsMount *root;
  guint i = 0;

  if (reading->root != NULL)
    {
      root = reading->root;
      if (g_ptr_array_find (reading->found, root, &i))
        g_ptr_array_steal_index (reading->found, i);
    }
  else
    {
      root = g_new0 (ReeveHostMetricsMount, 1);
      root->point = g_strdup (REEVE_HOST_METRICS_ROOT_NAME);
      root->disk = -1;
    }
  for (i = 1; root->major == 0 && i < REEVE_HOST_METRICS_CANDIDATES; i++)
    if (self->candidates[i].set &&
        (root->type == NULL || reeve_host_metrics_mounts_find_type (root->type) < 0))
      {
        root->major = self->candidates[i].major;
        root->minor = self->candidates[i].minor;
      }
  g_ptr_array_add (mounts, root);
}

static void
reeve_host_metrics_mounts_merge (ReeveHostMetricsMountsReading *reading, GPtrArray *mounts)
{
  gboolean full = FALSE;

  for (guint i = 0; i < reading->found->len; i++)
    {
      ReeveHostMetricsMount *mount = g_ptr_array_index (reading->found, i);
      guint at = 0;

      if (mount->hidden)
        continue;
      while (at < mounts->len &&
             !reeve_host_metrics_mount_is_same (g_ptr_array_index (mounts, at), mount))
        at++;
      if (at == mounts->len && mounts->len < REEVE_HOST_METRICS_MAX_FILESYSTEMS)
        g_ptr_array_add (mounts, mount);
      else if (at == mounts->len)
        full = TRUE;
      else if (strlen (mount->point) <
               strlen (((ReeveHostMetricsMount *) g_ptr_array_index (mounts, at))->point))
        g_ptr_array_index (mounts, at) = mount;
    }
  if (full)
    reeve_host_metrics_proc_complain (
        reading->self->proc, &reading->self->mountinfo,
        "more filesystems than are told: choose with the key filesystems");
}

/* ---- names, and what is known already ---- */

/* Two may be the same once they are clean and cut: the later one is then not told. */
static void
reeve_host_metrics_mounts_name (ReeveHostMetricsMounts *self, GPtrArray *mounts)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < mounts->len;)
    {
      ReeveHostMetricsMount *mount = g_ptr_array_index (mounts, i);
      const char *name = NULL;

      if (mount->source != NULL && i > 0)
        {
          name = reeve_host_metrics_storage_find_name (self->storage, mount->point);
          if (name == NULL)
            name = reeve_host_metrics_storage_find_name (self->storage, mount->source);
          if (name == NULL)
            name = reeve_host_metrics_storage_find_name (self->storage,
                                                         reeve_host_metrics_mounts_get_base (
                                                             mount->source));
        }
      if (name != NULL && !g_hash_table_contains (names, name))
        mount->instance = g_strdup (name);
      else
        mount->instance = reeve_text_clean (mount->point, -1, REEVE_SAMPLE_MAX_INSTANCE);
      /* adding one that is there would put its key, which is freed here, in the other's place */
      if (!g_hash_table_contains (names, mount->instance))
        {
          g_hash_table_add (names, mount->instance);
          i++;
          continue;
        }
      reeve_host_metrics_proc_complain (self->proc, &self->mountinfo,
                                        "two mount points look the same, and one is left out");
      reeve_host_metrics_mount_free (g_ptr_array_remove_index (mounts, i));
    }
}

static gboolean
reeve_host_metrics_mount_is_equal (const ReeveHostMetricsMount *a, const ReeveHostMetricsMount *b)
{
  return a->usage != NULL && a->remote == b->remote && strcmp (a->point, b->point) == 0 &&
         g_strcmp0 (a->source, b->source) == 0 && a->major == b->major && a->minor == b->minor;
}

static void
reeve_host_metrics_mounts_keep_usage (ReeveHostMetricsMounts *self, GPtrArray *mounts)
{
  for (guint i = 0; i < mounts->len; i++)
    {
      ReeveHostMetricsMount *mount = g_ptr_array_index (mounts, i);

      for (guint at = 0; at < self->mounts->len && mount->usage == NULL; at++)
        {
          ReeveHostMetricsMount *old = g_ptr_array_index (self->mounts, at);

          /* the root stays the root */
          if ((i == 0 && at == 0) || reeve_host_metrics_mount_is_equal (old, mount))
            mount->usage = g_steal_pointer (&old->usage);
        }
      if (mount->usage == NULL)
        mount->usage = reeve_host_metrics_usages_add (self->usages, mount->point,
                                                      mount->source != NULL ? mount->source : "",
                                                      mount->remote);
    }
}

void
reeve_host_metrics_mounts_read (ReeveHostMetricsMounts *self, gint64 now)
{
  g_autoptr (GPtrArray) mounts = g_ptr_array_new ();
  ReeveHostMetricsMountsReading reading = {
    .self = self,
    .found = g_ptr_array_new (),
    .points = g_hash_table_new (g_str_hash, g_str_equal),
  };

  self->stale = FALSE;
  self->read_at = MAX (now, 1);
  memset (self->candidates, 0, sizeof self->candidates);
  reeve_host_metrics_mounts_read_lines (&reading);
  g_hash_table_unref (reading.points);
  reeve_host_metrics_mounts_set_root (&reading, mounts);
  reeve_host_metrics_mounts_merge (&reading, mounts);
  for (guint i = 0; i < reading.found->len; i++)
    if (!g_ptr_array_find (mounts, g_ptr_array_index (reading.found, i), NULL))
      reeve_host_metrics_mount_free (g_ptr_array_index (reading.found, i));
  g_ptr_array_unref (reading.found);
  reeve_host_metrics_mounts_name (self, mounts);
  reeve_host_metrics_mounts_keep_usage (self, mounts);
  g_ptr_array_set_free_func (mounts, reeve_host_metrics_mount_free);
  g_ptr_array_unref (self->mounts);
  self->mounts = g_steal_pointer (&mounts);
}
