/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Filesystems and sensors that never answer: FUSE mounts whose program is this test, in a mount
 * namespace of a child. Needs /dev/fuse and the right to mount, and is skipped without. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/fuse.h>
#include <math.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../reeve-host-metrics-devices.h"
#include "../reeve-host-metrics-filesystem.h"

/* More than may hang. */
#define MOUNTS 12
#define SUBPROCESS "/host-metrics/hanging/subprocess"
/* Where it mounts. */
#define DIRECTORY "REEVE_TEST_DIRECTORY"
/* What it says. */
#define SKIPPED "skipped: "
#define ENDED "came to its end"
#define DEADLINE_US ((REEVE_HOST_METRICS_USAGE_DEADLINE_MS + 1) * G_GINT64_CONSTANT (1000))

typedef struct
{
  ReeveClock *clock;
  ReeveRuntime *runtime;
  ReeveContext *context;
  ReeveSample *sample;
  ReeveHostMetricsProc *proc;
  ReeveHostMetricsFilesystem *filesystem;
  char *directory;
  char *points[MOUNTS + 1]; /* the last is a tmpfs */
  int fds[MOUNTS];
} Fixture;

/* Lines that say that a filesystem or a sensor hangs, and that one is back. */
static guint said;
static guint returned;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0 &&
        strstr (fields[i].value, "has not answered in") != NULL)
      said++;
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0 &&
        strstr (fields[i].value, "hwmon1 answers again") != NULL)
      returned++;
  if ((level & G_LOG_LEVEL_MASK) <= G_LOG_LEVEL_CRITICAL)
    return g_log_writer_default (level, fields, n_fields, user_data);
  return G_LOG_WRITER_HANDLED;
}

/* ---- mounts ---- */

/* Agrees on a version, as every program behind /dev/fuse must; nothing is read after that. */
static void
answer_init (int fd)
{
  union
  {
    struct fuse_in_header header;
    char room[FUSE_MIN_READ_BUFFER];
  } in;
  struct
  {
    struct fuse_out_header header;
    struct fuse_init_out init;
  } out = { 0 };

  g_assert_cmpint (read (fd, &in, sizeof in), >, 0);
  g_assert_cmpuint (in.header.opcode, ==, FUSE_INIT);
  out.header.len = sizeof out;
  out.header.unique = in.header.unique;
  out.init.major = FUSE_KERNEL_VERSION;
  out.init.minor = FUSE_KERNEL_MINOR_VERSION;
  out.init.max_write = 4096;
  g_assert_cmpint (write (fd, &out, sizeof out), ==, sizeof out);
}

static char *
make_point (Fixture *fixture, const char *name)
{
  char *point = g_build_filename (fixture->directory, name, NULL);

  g_assert_no_errno (g_mkdir (point, 0700));
  return point;
}

/* -1: not allowed. */
static int
mount_at (const char *point, const char *source)
{
  int fd = open ("/dev/fuse", O_RDWR | O_CLOEXEC);
  g_autofree char *options = g_strdup_printf ("fd=%d,rootmode=40000,user_id=0,group_id=0", fd);

  if (fd < 0)
    return -1;
  if (mount (source, point, "fuse.sshfs", MS_NOSUID | MS_NODEV, options) != 0)
    {
      close (fd);
      return -1;
    }
  answer_init (fd);
  return fd;
}

/* @server: what stands before the colon. */
static gboolean
mount_fuse (Fixture *fixture, guint i, const char *server)
{
  g_autofree char *name = g_strdup_printf ("fuse%u", i);
  g_autofree char *source = g_strdup_printf ("%s:/%u", server, i);

  fixture->points[i] = make_point (fixture, name);
  fixture->fds[i] = mount_at (fixture->points[i], source);
  return fixture->fds[i] >= 0;
}

/* A namespace of its own, so that nothing of this is left whatever happens. */
static const char *
enter_namespace (Fixture *fixture)
{
  for (guint i = 0; i < MOUNTS; i++)
    fixture->fds[i] = -1;
  if (unshare (CLONE_NEWNS) != 0)
    return "a mount namespace is not allowed";
  if (mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    return "mounts cannot be made private";
  fixture->directory = g_strdup (g_getenv (DIRECTORY));
  if (fixture->directory == NULL)
    return DIRECTORY " is not set";
  if (mount ("reeve-base", fixture->directory, "tmpfs", 0, "size=1m") != 0)
    return "mounting is not allowed";
  if (!mount_fuse (fixture, 0, "a.example"))
    return "/dev/fuse cannot be used";
  return NULL;
}

static void
set_up (Fixture *fixture)
{
  ReeveHostMetricsStorage storage;

  fixture->clock = reeve_clock_new_driven (G_USEC_PER_SEC);
  fixture->runtime = reeve_runtime_new ("agent", fixture->clock);
  reeve_engine_attach (reeve_runtime_get_engine (fixture->runtime), NULL);
  fixture->context = reeve_context_new (fixture->runtime, "host-metrics", NULL, NULL);
  fixture->sample = reeve_sample_new (reeve_schema_get_standard ());
  fixture->proc = reeve_host_metrics_proc_new (fixture->context, "/");
  fixture->filesystem = reeve_host_metrics_filesystem_new (fixture->proc);
  g_assert_true (
      reeve_host_metrics_storage_init (&storage, "fuse.sshfs,reeve-test", NULL, NULL, NULL));
  reeve_host_metrics_filesystem_set_storage (fixture->filesystem, &storage);
}

/* The context says what it was left with: threads that hang are known to it. */
static void
tear_down (Fixture *fixture)
{
  g_auto (GStrv) left = NULL;

  reeve_host_metrics_filesystem_free (fixture->filesystem);
  reeve_host_metrics_proc_free (fixture->proc);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  left = reeve_context_close (fixture->context);
  reeve_sample_unref (fixture->sample);
  reeve_context_unref (fixture->context);
  reeve_runtime_free (fixture->runtime);
  g_object_unref (fixture->clock);
}

/* Of workers whose names begin so. */
static guint
count_threads_of (const char *worker)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", name, "comm", NULL);
      g_autofree char *comm = NULL;

      /* one that has ended meanwhile is none */
      if (g_file_get_contents (path, &comm, NULL, NULL) && g_str_has_prefix (comm, worker))
        n++;
    }
  return n;
}

/* Of "usage" and "usage-remote". */
static guint
count_threads (void)
{
  return count_threads_of ("usage");
}

/* ---- samples ---- */

/* Lest the driven clock is faster than its thread. */
static void
wait_for (Fixture *fixture, const char *point)
{
  while (reeve_host_metrics_filesystem_find_usage (fixture->filesystem, point)->waiting)
    g_main_context_iteration (NULL, TRUE);
}

/* Waits for the root alone. */
static void
collect (Fixture *fixture)
{
  reeve_sample_reset (fixture->sample, reeve_schema_get_standard ());
  reeve_host_metrics_filesystem_refresh (fixture->filesystem, NULL, NULL);
  reeve_host_metrics_filesystem_collect (fixture->filesystem, fixture->sample);
  wait_for (fixture, "/");
  reeve_host_metrics_filesystem_add_usage (fixture->filesystem, fixture->sample);
}

static double
total (Fixture *fixture, const char *point)
{
  g_assert_cmpint (reeve_sample_find_row (fixture->sample, REEVE_KIND_FILESYSTEM, point), >=, 0);
  return reeve_sample_get_value (fixture->sample, REEVE_KIND_FILESYSTEM, point,
                                 REEVE_FILESYSTEM_TOTAL);
}

/* A local mount that comes now is found by the kernel's own sign, asked and told. */
static void
assert_others_answer (Fixture *fixture, const char *name)
{
  g_autofree char *point = make_point (fixture, name);

  g_assert_no_errno (mount ("reeve-test", point, "tmpfs", 0, "size=1m"));
  collect (fixture);
  wait_for (fixture, point);
  collect (fixture);
  g_assert_cmpfloat (total (fixture, point), ==, 1024 * 1024);
  wait_for (fixture, point);
  g_assert_no_errno (umount (point));
  collect (fixture);
  g_assert_cmpint (reeve_sample_find_row (fixture->sample, REEVE_KIND_FILESYSTEM, point), ==, -1);
}

/* Until so many are known to hang. */
static void
wait_hanging (Fixture *fixture, guint n)
{
  while (reeve_host_metrics_filesystem_get_n_hanging (fixture->filesystem) < n)
    {
      collect (fixture);
      g_usleep (2000); /* the threads have to get there */
      reeve_clock_advance (fixture->clock, DEADLINE_US);
    }
}

/* ---- sensors ---- */

static void
ready_cb (gpointer user_data)
{
}

/* What is known after @us more. */
static double
read_sensor (Fixture *fixture, ReeveHostMetricsDevices *devices, gint64 us)
{
  reeve_host_metrics_devices_refresh (devices, ready_cb, NULL);
  g_usleep (5000); /* the thread has to get there */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  reeve_clock_advance (fixture->clock, us);
  reeve_sample_reset (fixture->sample, reeve_schema_get_standard ());
  reeve_host_metrics_devices_add (devices, fixture->sample);
  return reeve_sample_get_value (fixture->sample, REEVE_KIND_SENSOR, "good",
                                 REEVE_SENSOR_TEMPERATURE);
}

/* One of two chips never answers, from the first search on: it is named and left out, the other one
 * is read all the same, by one thread more; and it is back when it answers. */
static void
assert_sensors (Fixture *fixture)
{
  const gint64 quarter = REEVE_HOST_METRICS_DEVICES_STALE_US / 4;
  ReeveWorker *worker = reeve_context_add_worker (fixture->context, "sensors",
                                                  REEVE_HOST_METRICS_DEVICES_MAX_HANGING + 1,
                                                  REEVE_HOST_METRICS_DEVICES_MAX_HANGING + 1);
  ReeveHostMetricsSensors sensors = { 0 };
  g_autofree char *class =
      g_build_filename (fixture->directory, "root", "sys", "class", "hwmon", NULL);
  g_autofree char *root = g_build_filename (fixture->directory, "root", NULL);
  g_autofree char *good = g_build_filename (class, "hwmon0", NULL);
  g_autofree char *bad = g_build_filename (class, "hwmon1", NULL);
  g_autofree char *name = g_build_filename (good, "name", NULL);
  g_autofree char *input = g_build_filename (good, "temp1_input", NULL);
  ReeveHostMetricsDevices *devices;
  guint before = said;
  double value;
  int fd;

  g_assert_no_errno (g_mkdir_with_parents (good, 0700));
  g_assert_no_errno (g_mkdir_with_parents (bad, 0700));
  g_assert_true (g_file_set_contents (name, "good\n", -1, NULL));
  g_assert_true (g_file_set_contents (input, "40000\n", -1, NULL));
  fd = mount_at (bad, "sensor:/");
  g_assert_cmpint (fd, >=, 0);
  devices = reeve_host_metrics_devices_new (fixture->context, root, worker, &sensors);
  do
    value = read_sensor (fixture, devices, quarter);
  while (isnan (value));
  g_assert_cmpfloat (value, ==, 40);
  g_assert_cmpuint (said, >, before);
  /* also over further searches, and with what is new */
  g_assert_true (g_file_set_contents (input, "41000\n", -1, NULL));
  for (guint i = 0; i < 40; i++)
    {
      value = read_sensor (fixture, devices, quarter);
      g_assert_false (isnan (value));
    }
  g_assert_cmpfloat (value, ==, 41);
  g_assert_cmpuint (count_threads_of ("sensors"), <=, 3);
  g_assert_cmpuint (returned, ==, 0);
  close (fd);
  while (returned == 0)
    g_main_context_iteration (NULL, TRUE);
  /* it is no filesystem to be asked about */
  g_assert_no_errno (umount (bad));
  reeve_host_metrics_devices_free (devices);
  reeve_worker_free (worker, 1000);
}

static void
subprocess (void)
{
  Fixture fixture = { 0 };
  const char *reason = enter_namespace (&fixture);
  guint before;

  if (reason != NULL)
    {
      g_print ("# " SKIPPED "%s\n", reason);
      return;
    }
  set_up (&fixture);

  assert_sensors (&fixture);
  said = 0;

  /* one that hangs: named once, left out, asked once */
  wait_hanging (&fixture, 1);
  assert_others_answer (&fixture, "first");
  for (guint i = 0; i < 5; i++)
    {
      reeve_clock_advance (fixture.clock, 10 * DEADLINE_US);
      collect (&fixture);
      g_assert_true (isnan (total (&fixture, fixture.points[0])));
    }
  g_assert_cmpuint (reeve_host_metrics_filesystem_get_n_hanging (fixture.filesystem), ==, 1);
  g_assert_cmpuint (said, ==, 1);

  /* others of its server are not asked */
  for (guint i = 1; i < 4; i++)
    g_assert_true (mount_fuse (&fixture, i, "a.example"));
  for (guint i = 0; i < 5; i++)
    {
      collect (&fixture);
      g_usleep (2000);
      reeve_clock_advance (fixture.clock, DEADLINE_US);
    }
  g_assert_cmpuint (reeve_host_metrics_filesystem_get_n_hanging (fixture.filesystem), ==, 1);

  /* many servers: a bound, and the local ones still answer */
  for (guint i = 4; i < MOUNTS; i++)
    {
      g_autofree char *server = g_strdup_printf ("b%u.example", i);

      g_assert_true (mount_fuse (&fixture, i, server));
    }
  wait_hanging (&fixture, REEVE_HOST_METRICS_MAX_HANGING);
  for (guint i = 0; i < 5; i++)
    {
      collect (&fixture);
      g_usleep (2000);
      reeve_clock_advance (fixture.clock, DEADLINE_US);
    }
  g_assert_cmpuint (reeve_host_metrics_filesystem_get_n_hanging (fixture.filesystem), <=,
                    REEVE_WORKER_MAX_ABANDONED);
  assert_others_answer (&fixture, "second");
  g_assert_cmpuint (said, ==, reeve_host_metrics_filesystem_get_n_hanging (fixture.filesystem));
  g_assert_cmpuint (count_threads (), >=, REEVE_HOST_METRICS_MAX_HANGING);
  g_assert_cmpuint (count_threads (), <=, REEVE_WORKER_MAX_ABANDONED + 2 * 2);

  /* one comes back: its thread ends, and it is asked again */
  before = reeve_host_metrics_filesystem_get_n_hanging (fixture.filesystem);
  close (fixture.fds[0]);
  fixture.fds[0] = -1;
  while (reeve_host_metrics_filesystem_get_n_hanging (fixture.filesystem) >= before)
    g_main_context_iteration (NULL, TRUE);

  tear_down (&fixture);
#ifdef __SANITIZE_ADDRESS__
  /* its search for leaks stops every thread, which one that hangs does not; else the process ends
   * while they hang */
  for (guint i = 0; i < MOUNTS; i++)
    if (fixture.fds[i] >= 0)
      close (fixture.fds[i]);
  while (count_threads () > 0)
    g_usleep (1000);
#endif
  for (guint i = 0; i < MOUNTS; i++)
    g_free (fixture.points[i]);
  g_free (fixture.directory);
  g_print ("# " ENDED "\n");
}

/* A process of its own: it ends although threads of it hang. */
static void
test_hanging (void)
{
  char *argv[] = { (char *) "/proc/self/exe", (char *) "-p", (char *) SUBPROCESS, NULL };
  g_autofree char *directory = g_dir_make_tmp ("reeve-XXXXXX", NULL);
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), DIRECTORY, directory, TRUE);
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;
  char *reason;
  int status;

  g_spawn_sync (NULL, argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_no_errno (g_rmdir (directory)); /* the namespace has gone, and all mounts with it */
  reason = strstr (out, SKIPPED);
  if (reason != NULL)
    {
      reason += strlen (SKIPPED);
      reason[strcspn (reason, "\n")] = '\0';
      g_test_skip (reason);
      return;
    }
  g_spawn_check_wait_status (status, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (out, ENDED));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
  /* the worker warns of each thread that it gives up */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  g_test_add_func ("/host-metrics/hanging/threads", test_hanging);
  g_test_add_func (SUBPROCESS, subprocess);
  return g_test_run ();
}
