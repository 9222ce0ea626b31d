/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Filesystems and disks: a recorded tree of a file server, what settings choose, what comes and
 * goes, input that is broken or huge, and what a stock link makes of it. */

#include "config.h"

#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "../reeve-host-metrics-disk.h"
#include "../reeve-host-metrics-filesystem.h"

#define WALL (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)

typedef struct
{
  ReeveClock *clock;
  ReeveRuntime *runtime;
  ReeveContext *context;
  ReeveSample *sample;
  char *root; /* its proc/diskstats and proc/self/mountinfo may be written */
  ReeveHostMetricsProc *proc;
  ReeveHostMetricsFilesystem *filesystem;
} Fixture;

/* Since the test began. */
static guint warnings, infos;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  warnings += (level & G_LOG_LEVEL_MASK) == G_LOG_LEVEL_WARNING ? 1 : 0;
  infos += (level & G_LOG_LEVEL_MASK) == G_LOG_LEVEL_INFO ? 1 : 0;
  if ((level & G_LOG_LEVEL_MASK) <= G_LOG_LEVEL_CRITICAL)
    return g_log_writer_default (level, fields, n_fields, user_data);
  return G_LOG_WRITER_HANDLED;
}

/* ---- a tree ---- */

static void
rewrite (Fixture *fixture, const char *path, const char *text, gsize length)
{
  g_autofree char *full = g_build_filename (fixture->root, path, NULL);
  int fd = open (full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, length), ==, (gssize) length);
  close (fd);
}

static void
make_directory (Fixture *fixture, const char *path)
{
  g_autofree char *full = g_build_filename (fixture->root, path, NULL);

  g_assert_no_errno (g_mkdir_with_parents (full, 0700));
}

static void
copy (Fixture *fixture, const char *tree, const char *path)
{
  g_autofree char *from =
      g_test_build_filename (G_TEST_DIST, "tests", "data", "proc", tree, path, NULL);
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (from, &text, &length, NULL));
  rewrite (fixture, path, text, length);
}

static void
link_to (Fixture *fixture, const char *path, const char *target)
{
  g_autofree char *full = g_build_filename (fixture->root, path, NULL);

  g_assert_no_errno (symlink (target, full));
}

static void
restart (Fixture *fixture, const char *filesystems, const char *disks, const char *names)
{
  ReeveHostMetricsStorage storage;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fixture->filesystem, reeve_host_metrics_filesystem_free);
  g_clear_pointer (&fixture->proc, reeve_host_metrics_proc_free);
  fixture->proc = reeve_host_metrics_proc_new (fixture->context, fixture->root);
  fixture->filesystem = reeve_host_metrics_filesystem_new (fixture->proc);
  reeve_host_metrics_storage_init (&storage, filesystems, disks, names, &error);
  g_assert_no_error (error);
  reeve_host_metrics_filesystem_set_storage (fixture->filesystem, &storage);
  warnings = infos = 0;
}

/* With @data: a tree's name, "storage" without. */
static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  const char *tree = data != NULL ? data : "storage";
  g_autofree char *sys =
      g_test_build_filename (G_TEST_DIST, "tests", "data", "proc", tree, "sys", NULL);
  g_autofree char *real = g_canonicalize_filename (sys, NULL);

  fixture->clock = reeve_clock_new_driven (WALL);
  fixture->runtime = reeve_runtime_new ("agent", fixture->clock);
  reeve_engine_attach (reeve_runtime_get_engine (fixture->runtime), NULL);
  fixture->context = reeve_context_new (fixture->runtime, "host-metrics", NULL, NULL);
  fixture->sample = reeve_sample_new (reeve_schema_get_standard ());
  fixture->root = g_dir_make_tmp ("reeve-XXXXXX", NULL);
  make_directory (fixture, "proc/self");
  make_directory (fixture, "dev/mapper");
  link_to (fixture, "dev/mapper/vg0-root", "../dm-0");
  link_to (fixture, "dev/mapper/vg0-home", "../dm-1");
  link_to (fixture, "sys", real);
  copy (fixture, tree, "proc/diskstats");
  copy (fixture, tree, "proc/self/mountinfo");
  restart (fixture, NULL, NULL, NULL);
}

static int
remove_cb (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  return g_remove (path);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) left = NULL;

  g_clear_pointer (&fixture->filesystem, reeve_host_metrics_filesystem_free);
  g_clear_pointer (&fixture->proc, reeve_host_metrics_proc_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  left = reeve_context_close (fixture->context);
  g_assert_null (left);
  reeve_sample_unref (fixture->sample);
  reeve_context_unref (fixture->context);
  reeve_runtime_free (fixture->runtime);
  g_assert_finalize_object (fixture->clock);
  nftw (fixture->root, remove_cb, 8, FTW_DEPTH | FTW_PHYS);
  g_free (fixture->root);
}

/* Waits for all answers, as a sample would not. */
static void
collect (Fixture *fixture)
{
  reeve_sample_reset (fixture->sample, reeve_schema_get_standard ());
  reeve_host_metrics_filesystem_refresh (fixture->filesystem, NULL, NULL);
  reeve_host_metrics_filesystem_collect (fixture->filesystem, fixture->sample);
  while (reeve_host_metrics_filesystem_is_asking (fixture->filesystem))
    g_main_context_iteration (NULL, TRUE);
  reeve_host_metrics_filesystem_add_usage (fixture->filesystem, fixture->sample);
}

static guint
count (Fixture *fixture, guint kind)
{
  guint n = 0;

  for (guint i = 0; i < reeve_sample_get_n_rows (fixture->sample); i++)
    {
      guint row_kind;

      reeve_sample_get_row (fixture->sample, i, &row_kind, NULL);
      n += row_kind == kind ? 1 : 0;
    }
  return n;
}

static gboolean
has (Fixture *fixture, guint kind, const char *instance)
{
  return reeve_sample_find_row (fixture->sample, kind, instance) >= 0;
}

/* G_MAXUINT64: missing. */
static guint64
counter (Fixture *fixture, guint kind, const char *instance, guint metric)
{
  int row = reeve_sample_find_row (fixture->sample, kind, instance);
  guint64 value = G_MAXUINT64;

  g_assert_cmpint (row, >=, 0);
  reeve_sample_get_counter (fixture->sample, (guint) row, metric, &value);
  return value;
}

static const char *
text_of (Fixture *fixture, guint kind, const char *instance, guint metric)
{
  int row = reeve_sample_find_row (fixture->sample, kind, instance);

  g_assert_cmpint (row, >=, 0);
  return reeve_sample_get_text (fixture->sample, (guint) row, metric);
}

#define reads(fixture, instance)                                                                   \
  counter (fixture, REEVE_KIND_FILESYSTEM, instance, REEVE_FILESYSTEM_READS)

#define MOUNTS(text) rewrite (fixture, "proc/self/mountinfo", text, strlen (text))
#define DISKS(text) rewrite (fixture, "proc/diskstats", text, strlen (text))
#define ROOT_MOUNT "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"

/* ---- the file server ---- */

typedef struct
{
  const char *instance;
  const char *type;
  const char *device;
  guint64 reads; /* of its device; 0: it has none */
} FilesystemCase;

static const FilesystemCase file_server[] = {
  { "/", "ext4", "/dev/mapper/vg0-root", 70000 },
  { "/mnt/image", "ext4", "/dev/loop2", 1000 },
  { "/boot", "ext4", "/dev/nvme0n1p2", 2000 },
  { "/boot/efi", "vfat", "/dev/nvme0n1p1", 1000 },
  { "/home", "xfs", "/dev/mapper/vg0-home", 71000 },
  { "/srv/backup", "ext4", "/dev/md127", 60000 },
  { "/pub", "xfs", "/dev/sda1", 11000 },               /* a bind mount, the shorter one */
  { "/data", "btrfs", "/dev/sdb1", 12000 },            /* and two more subvolumes */
  { "/pool", "btrfs", "/dev/mapper/vg0-pool", 72000 }, /* no link says which that is */
  { "/tank", "zfs", "tank", 0 },
  { "/tank/media", "zfs", "tank/media", 0 },
  { "/mnt/nas/media", "nfs4", "nas:/export/media", 0 },
  { "/mnt/nas/home", "nfs", "nas:/export/home", 0 },
  { "/mnt/box", "fuse.sshfs", "bob@box.example:/srv", 0 },
  { "/mnt/win share", "cifs", "//win.example/share", 0 },
  { "/media/usb", "fuseblk", "/dev/sdd1", 14000 },
  { "/mnt/auto", "nfs4", "vault.example:/", 0 },
  { "/srv/odd\xef\xbf\xbd<b>name\\", "ext4", "/dev/sdf1", 16000 },
};

static void
test_file_server (Fixture *fixture, gconstpointer data)
{
  make_directory (fixture, "home");
  make_directory (fixture, "mnt/box");
  collect (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (file_server); i++)
    {
      const FilesystemCase *it = &file_server[i];

      g_test_message ("%s", it->instance);
      g_assert_cmpstr (text_of (fixture, REEVE_KIND_FILESYSTEM, it->instance,
                                REEVE_FILESYSTEM_TYPE),
                       ==, it->type);
      g_assert_cmpstr (text_of (fixture, REEVE_KIND_FILESYSTEM, it->instance,
                                REEVE_FILESYSTEM_DEVICE),
                       ==, it->device);
      g_assert_cmpuint (reads (fixture, it->instance), ==, it->reads > 0 ? it->reads : G_MAXUINT64);
    }
  g_assert_cmpuint (count (fixture, REEVE_KIND_FILESYSTEM), ==, G_N_ELEMENTS (file_server));
  /* directories that are there lie in a real filesystem */
  g_assert_cmpfloat (reeve_sample_get_value (fixture->sample, REEVE_KIND_FILESYSTEM, "/home",
                                             REEVE_FILESYSTEM_TOTAL),
                     >, 0);
  g_assert_cmpfloat (reeve_sample_get_value (fixture->sample, REEVE_KIND_FILESYSTEM, "/mnt/box",
                                             REEVE_FILESYSTEM_USAGE),
                     <=, 1);
  g_assert_true (isnan (reeve_sample_get_value (fixture->sample, REEVE_KIND_FILESYSTEM, "/boot",
                                                REEVE_FILESYSTEM_TOTAL)));
  /* one line for each of the others, however often they are asked */
  g_assert_cmpuint (infos, ==, G_N_ELEMENTS (file_server) - 3);
  for (guint i = 0; i < 3; i++)
    {
      reeve_clock_advance (fixture->clock, 61 * G_USEC_PER_SEC);
      collect (fixture);
      while (reeve_host_metrics_filesystem_find_usage (fixture->filesystem, "/mnt/box")->waiting)
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpuint (infos, ==, G_N_ELEMENTS (file_server) - 3);
  /* over the network less often */
  reeve_clock_advance (fixture->clock, REEVE_HOST_METRICS_USAGE_AGE_US + 1);
  collect (fixture);
  g_assert_cmpint (
      reeve_host_metrics_filesystem_find_usage (fixture->filesystem, "/home")->asked_at, >,
      reeve_host_metrics_filesystem_find_usage (fixture->filesystem, "/mnt/box")->asked_at);
}

static void
test_disks (Fixture *fixture, gconstpointer data)
{
  collect (fixture);
  g_assert_cmpuint (count (fixture, REEVE_KIND_DISK), ==, 41);
  g_assert_cmpuint (counter (fixture, REEVE_KIND_DISK, "sdan", REEVE_DISK_READ), ==,
                    (guint64) 80000 * 49 * 512);
  g_assert_cmpuint (counter (fixture, REEVE_KIND_DISK, "nvme0n1", REEVE_DISK_BUSY), ==,
                    700 * 9 * 1000);
  g_assert_cmpuint (counter (fixture, REEVE_KIND_DISK, "nvme0n1", REEVE_DISK_WRITE_AWAIT), ==,
                    900 * 9 * 1000);
  g_assert_cmpstr (text_of (fixture, REEVE_KIND_DISK, "nvme0n1", REEVE_DISK_MODEL), ==,
                   "Samsung SSD 980 500GB");
  g_assert_null (text_of (fixture, REEVE_KIND_DISK, "sdb", REEVE_DISK_MODEL));
  g_assert_cmpfloat (reeve_sample_get_value (fixture->sample, REEVE_KIND_DISK, "nvme0n1",
                                             REEVE_DISK_SIZE),
                     ==, 1000215216. * 512);
  g_assert_false (has (fixture, REEVE_KIND_DISK, "nvme0n1p1"));
  g_assert_false (has (fixture, REEVE_KIND_DISK, "md127"));

  /* without /sys partitions are known by their names */
  DISKS ("8 0 sda 1 0 1 1 1 0 1 1 0 1 1\n8 1 sda1 1 0 1 1 1 0 1 1 0 1 1\n"
         "179 0 mmcblk0 1 0 1 1 1 0 1 1 0 1 1\n179 1 mmcblk0p1 1 0 1 1 1 0 1 1 0 1 1\n"
         "179 2 mmcblk0boot0 1 0 1 1 1 0 1 1 0 1 1\n259 9 nvme1c0n1 1 0 1 1 1 0 1 1 0 1 1\n"
         "8 160 sdaa 1 0 1 1 1 0 1 1 0 1 1\n");
  {
    g_autofree char *sys = g_build_filename (fixture->root, "sys", NULL);

    g_assert_no_errno (g_remove (sys));
  }
  restart (fixture, NULL, NULL, NULL);
  collect (fixture);
  g_assert_cmpuint (count (fixture, REEVE_KIND_DISK), ==, 3);
  g_assert_true (has (fixture, REEVE_KIND_DISK, "sdaa"));
  g_assert_true (has (fixture, REEVE_KIND_DISK, "mmcblk0"));
}

/* ---- settings ---- */

typedef struct
{
  const char *filesystems;
  const char *names;
  const char *there; /* separated by commas */
  const char *gone;
  guint n; /* 0: not said */
} ListCase;

static const ListCase lists[] = {
  { "/home", NULL, "/,/home", "/boot", 2 },
  { "nfs*,ext4", NULL, "/,/boot,/mnt/auto", "/home", 0 },
  { "/dev/md127,sdb1", NULL, "/,/srv/backup,/data", "/boot", 3 },
  { "/mnt/*", NULL, "/mnt/box,/mnt/image", "/home,/mnt/nas/home", 0 },
  { "squashfs", NULL, "/snap/lxd/28373", "/home", 0 },
  { "/run", NULL, "/run", "/home", 2 },
  { "-/home,zfs", NULL, "/export/home,/boot", "/home,/tank", 0 },
  { "-*,/*,/*/*,/*/*/*,/*/*/*/*", NULL, "/", "/home", 1 },
  { "-", NULL, "/home,/tank", "/run", G_N_ELEMENTS (file_server) },
  { NULL, "/home=Users; md127 = Backup;nas:/export/home=Far", "Users,Backup,Far",
    "/home,/srv/backup", G_N_ELEMENTS (file_server) },
};

static void
assert_all (Fixture *fixture, const char *instances, gboolean there)
{
  g_auto (GStrv) words = g_strsplit (instances, ",", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_test_message ("%s %s", words[i], there ? "is there" : "is not");
      g_assert_cmpint (has (fixture, REEVE_KIND_FILESYSTEM, words[i]), ==, there);
    }
}

static void
test_lists (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      restart (fixture, lists[i].filesystems, NULL, lists[i].names);
      collect (fixture);
      assert_all (fixture, lists[i].there, TRUE);
      assert_all (fixture, lists[i].gone, FALSE);
      if (lists[i].n > 0)
        g_assert_cmpuint (count (fixture, REEVE_KIND_FILESYSTEM), ==, lists[i].n);
    }
  restart (fixture, NULL, "dm-*,sda1", NULL);
  collect (fixture);
  g_assert_cmpuint (count (fixture, REEVE_KIND_DISK), ==, 4);
  g_assert_true (has (fixture, REEVE_KIND_DISK, "sda1"));
  restart (fixture, NULL, "-sd*", NULL);
  collect (fixture);
  g_assert_cmpuint (count (fixture, REEVE_KIND_DISK), ==, 1);
}

static void
test_bad_names (void)
{
  static const char *const bad[] = { "Media",  "/srv=",       "=Media",
                                     "/=Root", "/srv=/media", "/srv=A;/home=A" };
  ReeveHostMetricsStorage storage;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad[i]);
      g_assert_false (reeve_host_metrics_storage_init (&storage, NULL, NULL, bad[i], &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_true (g_str_has_prefix (error->message, "filesystem-names"));
    }
}

/* ---- what comes and goes ---- */

static void
test_come_and_go (Fixture *fixture, gconstpointer data)
{
  MOUNTS (ROOT_MOUNT);
  DISKS ("8 0 sda 1 0 1 1 1 0 1 1 0 1 1\n8 1 sda1 5 0 1 1 1 0 1 1 0 1 1\n");
  restart (fixture, NULL, NULL, NULL);
  collect (fixture);
  g_assert_cmpuint (reads (fixture, "/"), ==, 5);
  g_assert_cmpuint (count (fixture, REEVE_KIND_FILESYSTEM), ==, 1);
  g_assert_cmpuint (count (fixture, REEVE_KIND_DISK), ==, 1);

  /* the table is read only when it is said to have changed */
  make_directory (fixture, "new");
  MOUNTS (ROOT_MOUNT "2 1 8:17 / /new rw - ext4 /dev/sdb1 rw\n");
  collect (fixture);
  g_assert_false (has (fixture, REEVE_KIND_FILESYSTEM, "/new"));
  reeve_host_metrics_filesystem_remap (fixture->filesystem);
  collect (fixture);
  g_assert_cmpuint (reads (fixture, "/new"), ==, G_MAXUINT64);
  g_assert_cmpfloat (reeve_sample_get_value (fixture->sample, REEVE_KIND_FILESYSTEM, "/new",
                                             REEVE_FILESYSTEM_TOTAL),
                     >, 0);

  /* its device comes later, before the root's */
  DISKS ("8 16 sdb 1 0 1 1 1 0 1 1 0 1 1\n8 17 sdb1 9 0 1 1 1 0 1 1 0 1 1\n"
         "8 0 sda 1 0 1 1 1 0 1 1 0 1 1\n8 1 sda1 6 0 1 1 1 0 1 1 0 1 1\n");
  collect (fixture);
  g_assert_cmpuint (reads (fixture, "/new"), ==, 9);
  g_assert_cmpuint (reads (fixture, "/"), ==, 6);
  g_assert_true (has (fixture, REEVE_KIND_DISK, "sdb"));

  /* the root's device goes, and none takes its place */
  DISKS ("8 16 sdb 1 0 1 1 1 0 1 1 0 1 1\n8 17 sdb1 10 0 1 1 1 0 1 1 0 1 1\n");
  collect (fixture);
  g_assert_cmpuint (reads (fixture, "/new"), ==, 10);
  g_assert_cmpuint (reads (fixture, "/"), ==, G_MAXUINT64);
  g_assert_false (has (fixture, REEVE_KIND_DISK, "sda"));

  /* unmounted */
  MOUNTS (ROOT_MOUNT);
  reeve_host_metrics_filesystem_remap (fixture->filesystem);
  collect (fixture);
  g_assert_false (has (fixture, REEVE_KIND_FILESYSTEM, "/new"));
  g_assert_cmpuint (warnings, ==, 0);
}

typedef struct
{
  const char *what;
  const char *line;
  guint64 reads, busy; /* in what is told; G_MAXUINT64: left out */
} CounterCase;

/* Each after the one before. */
static const CounterCase counters[] = {
  { "begin", "8 0 sda 10 0 1 4294967000 1 0 1 1 0 4294967290 1\n", 10, 4294967290 },
  { "the time wraps", "8 0 sda 11 0 1 20 1 0 1 1 0 10 1\n", 11, 4294967306 },
  { "goes on", "8 0 sda 12 0 1 30 1 0 1 1 0 20 1\n", 12, 4294967316 },
  { "a little back", "8 0 sda 12 0 1 30 1 0 1 1 0 19 1\n", 12, 4294967315 },
  { "begins anew", "8 0 sda 1 0 1 1 1 0 1 1 0 5 1\n", 1, 5 },
  { "beyond 64 bits", "8 0 sda 1 0 18446744073709551615 1 1 0 1 1 0 6 1\n", 1, 6 },
};

static void
test_counters (Fixture *fixture, gconstpointer data)
{
  restart (fixture, NULL, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    {
      g_test_message ("%s", counters[i].what);
      DISKS (counters[i].line);
      collect (fixture);
      g_assert_cmpuint (counter (fixture, REEVE_KIND_DISK, "sda", REEVE_DISK_READS), ==,
                        counters[i].reads);
      g_assert_cmpuint (counter (fixture, REEVE_KIND_DISK, "sda", REEVE_DISK_BUSY), ==,
                        counters[i].busy * 1000);
    }
  g_assert_cmpuint (counter (fixture, REEVE_KIND_DISK, "sda", REEVE_DISK_READ), ==, G_MAXUINT64);
}

/* ---- what may not be entered, and what goes while it is looked at ---- */

static void
test_closed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *closed = g_build_filename (fixture->root, "closed", NULL);
  gboolean is_root = geteuid () == 0;

  make_directory (fixture, "closed/inner");
  MOUNTS (ROOT_MOUNT "2 1 8:17 / /closed/inner rw - ext4 /dev/sdb1 rw\n");
  restart (fixture, NULL, NULL, NULL);
  collect (fixture);
  g_assert_true (
      reeve_host_metrics_filesystem_find_usage (fixture->filesystem, "/closed/inner")->known);
  g_assert_no_errno (g_chmod (fixture->root, 0711));
  g_assert_no_errno (g_chmod (closed, is_root ? 0700 : 0));
  if (is_root)
    g_assert_no_errno (seteuid (65534));
  for (guint i = 0; i < 3; i++)
    {
      reeve_clock_advance (fixture->clock, 61 * G_USEC_PER_SEC);
      collect (fixture);
      g_assert_cmpuint (reads (fixture, "/closed/inner"), ==, 12000);
      g_assert_true (isnan (reeve_sample_get_value (fixture->sample, REEVE_KIND_FILESYSTEM,
                                                    "/closed/inner", REEVE_FILESYSTEM_TOTAL)));
    }
  if (is_root)
    g_assert_no_errno (seteuid (0));
  g_assert_no_errno (g_chmod (closed, 0700));
  g_assert_cmpuint (infos, ==, 1);
  g_assert_cmpuint (warnings, ==, 0);
}

static void
test_vanishing (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sys = g_build_filename (fixture->root, "sys", NULL);

  MOUNTS (ROOT_MOUNT);
  restart (fixture, NULL, "sda", NULL);
  collect (fixture);
  g_assert_cmpstr (text_of (fixture, REEVE_KIND_DISK, "sda", REEVE_DISK_MODEL), ==,
                   "WDC WD40EFRX-68W");
  g_assert_no_errno (g_remove (sys));
  reeve_clock_advance (fixture->clock, REEVE_HOST_METRICS_DISK_AGE_US + 1);
  collect (fixture);
  g_assert_null (text_of (fixture, REEVE_KIND_DISK, "sda", REEVE_DISK_MODEL));
  g_assert_cmpuint (counter (fixture, REEVE_KIND_DISK, "sda", REEVE_DISK_READS), ==, 10000);
  g_assert_cmpuint (warnings, ==, 0);
}

/* ---- bad input ---- */

typedef struct
{
  const char *what;
  const char *path;
  const char *text; /* NULL: not there */
  guint repeat;
  gboolean mounts; /* filesystems besides the root are told */
  gboolean disks;
} BrokenCase;

static const BrokenCase broken[] = {
  { "missing", "proc/self/mountinfo", NULL, 0, FALSE, TRUE },
  { "empty", "proc/self/mountinfo", "", 1, FALSE, TRUE },
  { "cut", "proc/self/mountinfo", ROOT_MOUNT "2 1 8:17 / /new rw - ext4 /dev/s", 1, FALSE, TRUE },
  { "binary", "proc/self/mountinfo",
    "\x7f"
    "ELF\xff\n\x01 \x02",
    5000, FALSE, TRUE },
  { "a line without end", "proc/self/mountinfo", "1 0 8:1 ", 200000, FALSE, TRUE },
  { "one bad line", "proc/self/mountinfo",
    ROOT_MOUNT "nonsense\n2 1 8:17 / /new rw - ext4 /dev/sdb1 rw\n", 1, TRUE, TRUE },
  { "missing", "proc/diskstats", NULL, 0, TRUE, FALSE },
  { "cut", "proc/diskstats", "   8       0 sda 1 2 3", 1, TRUE, FALSE },
  { "binary", "proc/diskstats", "\xff\xfe\n", 5000, TRUE, FALSE },
  { "huge", "proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n", 40000, TRUE, FALSE },
  { "one bad line", "proc/diskstats", "8 0 sda 1 0 1 1 1 0 1 1 0 1 1\n8 0 sda b\n", 1, TRUE, TRUE },
};

static void
test_broken (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      const BrokenCase *it = &broken[i];
      g_autofree char *full = g_build_filename (fixture->root, it->path, NULL);
      g_autoptr (GString) text = g_string_new (NULL);

      g_test_message ("%s %s", it->what, it->path);
      MOUNTS (ROOT_MOUNT "2 1 8:17 / /new rw - ext4 /dev/sdb1 rw\n");
      DISKS ("8 0 sda 1 0 1 1 1 0 1 1 0 1 1\n");
      make_directory (fixture, "new");
      for (guint n = 0; n < it->repeat; n++)
        g_string_append (text, it->text);
      if (it->text != NULL)
        rewrite (fixture, it->path, text->str, text->len);
      else
        g_assert_no_errno (g_remove (full));
      restart (fixture, NULL, NULL, NULL);
      for (guint turn = 0; turn < 3; turn++)
        {
          collect (fixture);
          g_assert_cmpint (has (fixture, REEVE_KIND_FILESYSTEM, "/new"), ==, it->mounts);
          g_assert_cmpint (has (fixture, REEVE_KIND_DISK, "sda"), ==, it->disks);
          g_assert_cmpfloat (reeve_sample_get_value (fixture->sample, REEVE_KIND_FILESYSTEM, "/",
                                                     REEVE_FILESYSTEM_TOTAL),
                             >, 0);
        }
      g_assert_cmpuint (warnings, ==, 1);

      /* what was not there is found again */
      MOUNTS (ROOT_MOUNT "2 1 8:17 / /new rw - ext4 /dev/sdb1 rw\n");
      DISKS ("8 0 sda 1 0 1 1 1 0 1 1 0 1 1\n");
      reeve_clock_advance (fixture->clock, 61 * G_USEC_PER_SEC);
      collect (fixture);
      g_assert_true (it->text != NULL || (has (fixture, REEVE_KIND_FILESYSTEM, "/new") &&
                                          has (fixture, REEVE_KIND_DISK, "sda")));
    }
}

/* A point of 4 KB, one that is too long once more, and three that differ only behind the limit. */
static void
test_long_names (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = g_strnfill (4090, 'a');
  g_autofree char *b = g_strnfill (5000, 'b');
  g_autofree char *c = g_strnfill (300, 'c');
  g_autofree char *d = g_strnfill (300, 'd');
  g_autofree char *text = g_strdup_printf (
      ROOT_MOUNT "2 1 8:17 / /%s rw - ext4 /dev/sdb1 rw\n3 1 8:18 / /%s rw - ext4 /dev/sdb2 rw\n"
                 "4 1 8:19 / /%s1 rw - ext4 /dev/sdb3 rw\n5 1 8:20 / /%s2 rw - ext4 /dev/sdb4 rw\n"
                 "6 1 8:21 / /%s rw - ext4 /dev/sdb5 rw\n7 1 8:22 / /%s3 rw - ext4 /dev/sdb6 rw\n",
      a, b, c, c, d, c);
  char *names[] = { a, c, d };

  MOUNTS (text);
  restart (fixture, NULL, NULL, NULL);
  collect (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = g_strdup_printf ("/%.*s", REEVE_SAMPLE_MAX_INSTANCE - 1, names[i]);

      g_assert_true (has (fixture, REEVE_KIND_FILESYSTEM, name));
    }
  g_assert_cmpuint (count (fixture, REEVE_KIND_FILESYSTEM), ==, 4);
}

/* A hundred thousand mounts: a bound, one line, and then no look at the table at all. */
static void
test_many_mounts (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (ROOT_MOUNT "2 1 8:17 / /new rw - ext4 /dev/sdb1 rw\n");

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text,
                            "%u 1 0:%u / /var/lib/docker/overlay2/%u/merged rw,relatime - "
                            "overlay overlay rw,lowerdir=/l/A,upperdir=/u,workdir=/w\n",
                            i + 10, i + 100, i);
  g_string_append (text, "9 1 8:18 / /last rw - ext4 /dev/sdb2 rw\n");
  rewrite (fixture, "proc/self/mountinfo", text->str, text->len);
  make_directory (fixture, "new");
  restart (fixture, NULL, NULL, NULL);
  for (guint i = 0; i < 3; i++)
    {
      collect (fixture);
      g_assert_true (has (fixture, REEVE_KIND_FILESYSTEM, "/new"));
      g_assert_false (has (fixture, REEVE_KIND_FILESYSTEM, "/last"));
    }
  g_assert_cmpuint (count (fixture, REEVE_KIND_DISK), ==, 41);
  g_assert_cmpuint (warnings, ==, 1);

  /* one that changes all the time is read now and then */
  MOUNTS (ROOT_MOUNT);
  reeve_host_metrics_filesystem_remap (fixture->filesystem);
  collect (fixture);
  g_assert_true (has (fixture, REEVE_KIND_FILESYSTEM, "/new"));
  reeve_clock_advance (fixture->clock, REEVE_HOST_METRICS_MANY_MOUNTS_AGE_US + 1);
  collect (fixture);
  g_assert_false (has (fixture, REEVE_KIND_FILESYSTEM, "/new"));

  /* more that count than are told */
  g_string_assign (text, ROOT_MOUNT);
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "%u 1 8:%u / /m%u rw - ext4 /dev/x%u rw\n", i + 2, i + 2, i, i);
  rewrite (fixture, "proc/self/mountinfo", text->str, text->len);
  restart (fixture, NULL, NULL, NULL);
  collect (fixture);
  g_assert_cmpuint (count (fixture, REEVE_KIND_FILESYSTEM), ==, REEVE_HOST_METRICS_MAX_FILESYSTEMS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/host-metrics/filesystem/" name, Fixture, NULL, fixture_set_up, function,           \
              fixture_tear_down)
  ADD ("file-server", test_file_server);
  ADD ("disks", test_disks);
  ADD ("lists", test_lists);
  g_test_add_func ("/host-metrics/filesystem/bad-names", test_bad_names);
  ADD ("come-and-go", test_come_and_go);
  ADD ("counters", test_counters);
  ADD ("closed", test_closed);
  ADD ("vanishing", test_vanishing);
  ADD ("broken", test_broken);
  ADD ("long-names", test_long_names);
  ADD ("many-mounts", test_many_mounts);
  return g_test_run ();
}
