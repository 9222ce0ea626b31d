/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The collector over the recorded trees, over trees that are broken, and over interfaces that come
 * and go. */

#include "config.h"

#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../reeve-host-metrics-collector.h"
#include "../reeve-host-metrics-facts.h"

#define TICK 10000 /* microseconds */
#define WALL (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)

typedef struct
{
  ReeveClock *clock;
  ReeveRuntime *runtime;
  ReeveContext *context;
  ReeveSample *sample;
  char *directory; /* a copy of a tree, or NULL */
} Fixture;

/* Warnings since the test began. */
static guint warnings;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if ((level & G_LOG_LEVEL_MASK) == G_LOG_LEVEL_WARNING)
    {
      warnings++;
      return G_LOG_WRITER_HANDLED;
    }
  return g_log_writer_default (level, fields, n_fields, user_data);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = reeve_clock_new_driven (WALL);
  fixture->runtime = reeve_runtime_new ("agent", fixture->clock);
  reeve_engine_attach (reeve_runtime_get_engine (fixture->runtime), NULL);
  fixture->context = reeve_context_new (fixture->runtime, "host-metrics", NULL, NULL);
  fixture->sample = reeve_sample_new (reeve_schema_get_standard ());
  warnings = 0;
}

static int
remove_cb (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  return g_remove (path);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) left = reeve_context_close (fixture->context);

  g_assert_null (left);
  reeve_sample_unref (fixture->sample);
  reeve_context_unref (fixture->context);
  reeve_runtime_free (fixture->runtime);
  g_assert_finalize_object (fixture->clock);
  if (fixture->directory != NULL)
    nftw (fixture->directory, remove_cb, 8, FTW_DEPTH | FTW_PHYS);
  g_free (fixture->directory);
}

static char *
tree (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "tests", "data", "proc", name, NULL);
}

/* Writes into the file that is there, as the kernel seems to: who holds it open sees it. */
static void
rewrite (Fixture *fixture, const char *path, const char *text, gsize length)
{
  g_autofree char *full = g_build_filename (fixture->directory, path, NULL);
  g_autofree char *directory = g_path_get_dirname (full);
  int fd;

  g_assert_no_errno (g_mkdir_with_parents (directory, 0700));
  fd = open (full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, length), ==, (gssize) length);
  close (fd);
}

static void
copy (Fixture *fixture, const char *name)
{
  static const char *const files[] = { "proc/stat",   "proc/meminfo",   "proc/loadavg",
                                       "proc/uptime", "proc/diskstats", "proc/self/mountinfo",
                                       "proc/net/dev" };
  g_autofree char *from = tree (name);

  fixture->directory = g_dir_make_tmp ("reeve-XXXXXX", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (from, files[i], NULL);
      g_autofree char *text = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (path, &text, &length, NULL));
      rewrite (fixture, files[i], text, length);
    }
}

static ReeveHostMetricsCollector *
new_collector (Fixture *fixture, const char *root, const char *nics)
{
  ReeveHostMetricsNicFilter filter;

  g_assert_true (reeve_host_metrics_nic_filter_init (&filter, nics, NULL));
  return reeve_host_metrics_collector_new (fixture->context, root, &filter);
}

static void
store_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
collect (Fixture *fixture, ReeveHostMetricsCollector *collector, ReeveCollectFlags flags,
         GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  reeve_sample_reset (fixture->sample, reeve_schema_get_standard ());
  reeve_collector_collect_async (REEVE_COLLECTOR (collector), fixture->sample, flags, NULL,
                                 store_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return reeve_collector_collect_finish (REEVE_COLLECTOR (collector), result, error);
}

static void
stop (ReeveHostMetricsCollector *collector)
{
  reeve_host_metrics_collector_stop (collector);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (collector);
}

static guint
row_of (ReeveSample *sample, guint kind, const char *instance)
{
  int row = reeve_sample_find_row (sample, kind, instance);

  g_assert_cmpint (row, >=, 0);
  return (guint) row;
}

static guint64
counter (ReeveSample *sample, guint kind, const char *instance, guint metric)
{
  guint64 value = 0;

  g_assert_true (
      reeve_sample_get_counter (sample, row_of (sample, kind, instance), metric, &value));
  return value;
}

static double
number (ReeveSample *sample, guint kind, const char *instance, guint metric)
{
  return reeve_sample_get_value (sample, kind, instance, metric);
}

#define assert_absent(sample, kind, instance)                                                      \
  g_assert_cmpint (reeve_sample_find_row (sample, kind, instance), ==, -1)

/* ---- recorded trees ---- */

static void
test_vm (Fixture *fixture, gconstpointer data)
{
  g_autofree char *root = tree ("vm");
  ReeveHostMetricsCollector *collector = new_collector (fixture, root, NULL);
  ReeveSample *sample = fixture->sample;
  g_autoptr (GError) error = NULL;
  guint row;

  g_assert_true (collect (fixture, collector, REEVE_COLLECT_VALUES, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (warnings, ==, 0);
  g_assert_cmpint (reeve_sample_get_time (sample), ==, WALL);
  g_assert_cmpuint (counter (sample, REEVE_KIND_CPU, NULL, REEVE_CPU_USER), ==, 78059 * TICK);
  g_assert_cmpuint (counter (sample, REEVE_KIND_CPU, NULL, REEVE_CPU_SYSTEM), ==, 30156 * TICK);
  g_assert_cmpuint (counter (sample, REEVE_KIND_CPU, NULL, REEVE_CPU_IDLE), ==,
                    (guint64) 558237 * TICK);
  g_assert_cmpuint (counter (sample, REEVE_KIND_CPU, NULL, REEVE_CPU_IOWAIT), ==, 5105 * TICK);
  g_assert_cmpuint (counter (sample, REEVE_KIND_CPU, NULL, REEVE_CPU_STEAL), ==, 135 * TICK);
  g_assert_cmpuint (counter (sample, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE), ==,
                    (78059 + 10314 + 30156 + 255 + 135) * TICK);
  g_assert_cmpuint (counter (sample, REEVE_KIND_CORE, "0", REEVE_CORE_USAGE), ==,
                    (29251 + 5189 + 13724 + 45 + 61) * TICK);
  g_assert_cmpuint (counter (sample, REEVE_KIND_CORE, "1", REEVE_CORE_TIME), ==,
                    (guint64) (48807 + 5124 + 16432 + 266797 + 3831 + 210 + 74) * TICK);
  assert_absent (sample, REEVE_KIND_CORE, "2");
  g_assert_cmpfloat (number (sample, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_TOTAL), ==,
                     24684084 * 1024.);
  g_assert_cmpfloat (number (sample, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_USED), ==,
                     (24684084 - 24142640) * 1024.);
  g_assert_cmpfloat_with_epsilon (number (sample, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_USAGE),
                                  (24684084 - 24142640) / 24684084., 1e-12);
  g_assert_cmpfloat (number (sample, REEVE_KIND_SWAP, NULL, REEVE_SWAP_TOTAL), ==, 0);
  g_assert_cmpfloat (number (sample, REEVE_KIND_LOAD, NULL, REEVE_LOAD_FIVE), ==, 1.17);
  g_assert_cmpfloat (number (sample, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_UPTIME), ==, 3425.81);
  g_assert_cmpuint (counter (sample, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READ), ==,
                    G_GUINT64_CONSTANT (15616634) * 512);
  g_assert_cmpuint (counter (sample, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_WRITE), ==,
                    G_GUINT64_CONSTANT (6909296) * 512);
  g_assert_cmpuint (counter (sample, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READS), ==,
                    217032);
  g_assert_cmpuint (counter (sample, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_BUSY), ==,
                    67008 * 1000);
  g_assert_cmpuint (counter (sample, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_QUEUE), ==,
                    480246 * 1000);
  /* the tree lies in a real filesystem */
  g_assert_cmpfloat (number (sample, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_TOTAL), >, 0);
  g_assert_cmpfloat (number (sample, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_USAGE), <=, 1);
  g_assert_cmpuint (counter (sample, REEVE_KIND_NIC, "eth0", REEVE_NIC_RECEIVED), ==, 570444448);
  g_assert_cmpfloat (number (sample, REEVE_KIND_NIC, "eth0", REEVE_NIC_SENT_TOTAL), ==, 1349496);
  assert_absent (sample, REEVE_KIND_NIC, "lo");
  assert_absent (sample, REEVE_KIND_NIC, "ifb0");
  g_assert_cmpuint (counter (sample, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), ==, 1349496);
  assert_absent (sample, REEVE_KIND_HOST, NULL);

  g_assert_true (collect (fixture, collector, REEVE_COLLECT_VALUES | REEVE_COLLECT_FACTS, &error));
  row = row_of (sample, REEVE_KIND_HOST, NULL);
  g_assert_cmpstr (reeve_sample_get_text (sample, row, REEVE_HOST_HOSTNAME), ==, "vm.example");
  g_assert_cmpstr (reeve_sample_get_text (sample, row, REEVE_HOST_KERNEL), ==, "6.1.0-25-amd64");
  g_assert_cmpstr (reeve_sample_get_text (sample, row, REEVE_HOST_OS_NAME), ==,
                   "Debian GNU/Linux 12 (bookworm)");
  g_assert_cmpstr (reeve_sample_get_text (sample, row, REEVE_HOST_ARCH), ==, "x86_64");
  g_assert_cmpstr (reeve_sample_get_text (sample, row, REEVE_HOST_CPU_MODEL), ==, "AMD EPYC");
  g_assert_cmpfloat (reeve_sample_get_number (sample, row, REEVE_HOST_OS), ==, 0);
  g_assert_cmpfloat (reeve_sample_get_number (sample, row, REEVE_HOST_CORES), ==, 2);
  g_assert_cmpfloat (reeve_sample_get_number (sample, row, REEVE_HOST_THREADS), ==, 2);
  g_assert_cmpfloat (reeve_sample_get_number (sample, row, REEVE_HOST_MEMORY), ==,
                     24684084 * 1024.);
  stop (collector);
}

static void
test_container (Fixture *fixture, gconstpointer data)
{
  g_autofree char *root = tree ("container");
  ReeveHostMetricsCollector *collector = new_collector (fixture, root, NULL);
  ReeveSample *sample = fixture->sample;
  g_autoptr (GError) error = NULL;
  guint row;

  g_assert_true (collect (fixture, collector, REEVE_COLLECT_VALUES | REEVE_COLLECT_FACTS, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (warnings, ==, 0);
  g_assert_cmpfloat (number (sample, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_ZFS_ARC), ==, 268435456);
  g_assert_cmpfloat (number (sample, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_USED), ==,
                     (4194304 - 1048576) * 1024. - 268435456);
  g_assert_cmpfloat (number (sample, REEVE_KIND_SWAP, NULL, REEVE_SWAP_USED), ==, 262144 * 1024.);
  /* the root is an overlay: the device below /etc/hosts stands for it */
  g_assert_cmpuint (counter (sample, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READS), ==,
                    499000);
  /* and what else is mounted from it is no filesystem of its own */
  assert_absent (sample, REEVE_KIND_FILESYSTEM, "/srv/my files");
  assert_absent (sample, REEVE_KIND_FILESYSTEM, "/etc/hosts");
  g_assert_cmpuint (counter (sample, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED), ==,
                    G_GUINT64_CONSTANT (5002000000));
  assert_absent (sample, REEVE_KIND_NIC, "docker0");
  assert_absent (sample, REEVE_KIND_NIC, "tun0");
  row = row_of (sample, REEVE_KIND_HOST, NULL);
  g_assert_cmpstr (reeve_sample_get_text (sample, row, REEVE_HOST_HOSTNAME), ==, "c1");
  g_assert_cmpstr (reeve_sample_get_text (sample, row, REEVE_HOST_OS_NAME), ==,
                   "Alpine Linux v3.20");
  g_assert_cmpfloat (reeve_sample_get_number (sample, row, REEVE_HOST_CORES), ==, 1);
  g_assert_cmpfloat (reeve_sample_get_number (sample, row, REEVE_HOST_THREADS), ==, 2);
  stop (collector);
}

/* ---- broken trees ---- */

typedef struct
{
  const char *what;
  const char *path;
  const char *text; /* NULL: not there */
  gsize repeat;     /* the text that many times */
  guint kind;       /* that is left out */
  const char *instance;
} BrokenCase;

static void
test_broken (Fixture *fixture, gconstpointer data)
{
  static const BrokenCase cases[] = {
    { "missing", "proc/stat", NULL, 0, REEVE_KIND_CPU, NULL },
    { "empty", "proc/stat", "", 1, REEVE_KIND_CPU, NULL },
    { "cut", "proc/stat", "cpu  1 2 3 4 5", 1, REEVE_KIND_CPU, NULL },
    { "binary", "proc/stat",
      "\x7f"
      "ELF\x02\x01\x01\n\xff",
      100, REEVE_KIND_CPU, NULL },
    { "missing", "proc/meminfo", NULL, 0, REEVE_KIND_MEMORY, NULL },
    { "cut", "proc/meminfo", "MemTotal:  100 kB\nMemF", 1, REEVE_KIND_MEMORY, NULL },
    { "huge", "proc/meminfo", "MemTotal: 100 kB\nMemAvailable: 50 kB\nMany: 1 kB\n", 50000,
      REEVE_KIND_MEMORY, NULL },
    { "missing", "proc/loadavg", NULL, 0, REEVE_KIND_LOAD, NULL },
    { "text", "proc/loadavg", "high\n", 1, REEVE_KIND_LOAD, NULL },
    { "binary", "proc/uptime", "\xff\xfe", 5000, REEVE_KIND_SYSTEM, NULL },
    { "missing", "proc/net/dev", NULL, 0, REEVE_KIND_NIC, "eth0" },
    { "binary", "proc/net/dev", "\x01\n", 5000, REEVE_KIND_NIC, "eth0" },
  };

  copy (fixture, "vm");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const BrokenCase *it = &cases[i];
      g_autofree char *path = g_build_filename (fixture->directory, it->path, NULL);
      g_autofree char *saved = NULL;
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      ReeveHostMetricsCollector *collector;
      gsize length;

      g_test_message ("%s %s", it->what, it->path);
      g_assert_true (g_file_get_contents (path, &saved, &length, NULL));
      for (gsize n = 0; n < it->repeat; n++)
        g_string_append (text, it->text);
      if (it->text == NULL)
        g_remove (path);
      else
        rewrite (fixture, it->path, text->str, text->len);
      warnings = 0;
      collector = new_collector (fixture, fixture->directory, NULL);
      for (guint turn = 0; turn < 3; turn++)
        {
          g_assert_true (collect (fixture, collector, REEVE_COLLECT_VALUES, &error));
          g_assert_no_error (error);
          assert_absent (fixture->sample, it->kind, it->instance);
          g_assert_cmpuint (reeve_sample_get_n_rows (fixture->sample), >=, 5);
        }
      g_assert_cmpuint (warnings, ==, 1);

      /* found again once it is well */
      g_remove (path);
      rewrite (fixture, it->path, saved, length);
      reeve_clock_advance (fixture->clock, 61 * G_USEC_PER_SEC);
      collect (fixture, collector, REEVE_COLLECT_VALUES, NULL);
      if (it->text == NULL)
        row_of (fixture->sample, it->kind, it->instance);
      stop (collector);
    }
}

static void
test_nothing (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector = new_collector (fixture, "/nonexistent", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (collect (fixture, collector, REEVE_COLLECT_VALUES, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "root of group [plugin host-metrics]"));
  stop (collector);
}

/* ---- interfaces ---- */

typedef struct
{
  const char *nics;
  const char *name;
  gboolean allowed;
} FilterCase;

static void
test_filter (void)
{
  static const FilterCase cases[] = {
    { NULL, "eth0", TRUE },         { NULL, "lo", FALSE },        { NULL, "docker0", FALSE },
    { NULL, "br-12ab", FALSE },     { NULL, "br0", TRUE },        { NULL, "veth1", FALSE },
    { NULL, "bond0", FALSE },       { NULL, "cali1", FALSE },     { "eth0", "eth0", TRUE },
    { "eth0", "eth01", FALSE },     { "eth0", "wlan0", FALSE },   { "e*,docker0", "docker0", TRUE },
    { "e*; lo", "lo", TRUE },       { "e*", "enp3s0", TRUE },     { "e?h0", "eth0", FALSE },
    { "e?h*", "eth0", TRUE },       { "e[tn]*", "enp3s0", TRUE }, { "e[^n]*", "enp3s0", FALSE },
    { "", "eth0", TRUE },           { "-*", "eth0", FALSE },      { "-", "eth0", TRUE },
    { "-", "lo", FALSE },           { "-eth0", "eth0", FALSE },   { "-eth0", "eth1", TRUE },
    { "-wl*,tun*", "tun0", FALSE }, { "-wl*,tun*", "lo", FALSE }, { "-wl*,tun*", "eth0", TRUE },
  };
  g_autofree char *many = g_strnfill (200, ',');
  ReeveHostMetricsNicFilter filter;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s of '%s'", cases[i].name,
                      cases[i].nics != NULL ? cases[i].nics : "(none)");
      g_assert_true (reeve_host_metrics_nic_filter_init (&filter, cases[i].nics, NULL));
      g_assert_cmpint (reeve_host_metrics_nic_filter_allows (&filter, cases[i].name), ==,
                       cases[i].allowed);
      reeve_host_metrics_nic_filter_clear (&filter);
    }
  for (guint i = 0; i < 200; i += 2)
    many[i] = 'a';
  g_assert_false (reeve_host_metrics_nic_filter_init (&filter, many, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
}

static void
set_nics (Fixture *fixture, const char *lines)
{
  g_autofree char *text = g_strconcat ("Inter-|   Receive\n face |bytes    packets\n", lines, NULL);

  rewrite (fixture, "proc/net/dev", text, strlen (text));
}

#define REST " 1 0 0 0 0 0 0 "
#define END " 1 0 0 0 0 0 0 0\n"

static void
test_come_and_go (Fixture *fixture, gconstpointer data)
{
  ReeveHostMetricsCollector *collector;
  ReeveSample *sample = fixture->sample;

  copy (fixture, "vm");
  set_nics (fixture, "eth0: 1000" REST "100" END "tun0: 0" REST "70" END);
  collector = new_collector (fixture, fixture->directory, NULL);
  collect (fixture, collector, REEVE_COLLECT_VALUES, NULL);
  g_assert_cmpuint (counter (sample, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED), ==, 1000);
  assert_absent (sample, REEVE_KIND_NIC, "tun0");

  /* one comes with old bytes, another begins to carry: the sum takes what is new alone */
  set_nics (fixture,
            "eth0: 1500" REST "150" END "wlan0: 900000" REST "900000" END "tun0: 5" REST "75" END);
  collect (fixture, collector, REEVE_COLLECT_VALUES, NULL);
  g_assert_cmpuint (counter (sample, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED), ==, 1505);
  g_assert_cmpuint (counter (sample, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), ==, 155);
  g_assert_cmpuint (counter (sample, REEVE_KIND_NIC, "wlan0", REEVE_NIC_SENT), ==, 900000);

  /* one goes, one starts anew */
  set_nics (fixture, "wlan0: 900010" REST "900001" END "eth0: 7" REST "3" END);
  collect (fixture, collector, REEVE_COLLECT_VALUES, NULL);
  g_assert_cmpuint (counter (sample, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED), ==, 1515);
  g_assert_cmpuint (counter (sample, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), ==, 156);
  g_assert_cmpuint (counter (sample, REEVE_KIND_NIC, "eth0", REEVE_NIC_SENT), ==, 3);
  assert_absent (sample, REEVE_KIND_NIC, "tun0");

  /* and comes again */
  set_nics (fixture,
            "wlan0: 900010" REST "900001" END "eth0: 9" REST "4" END "tun0: 100" REST "100" END);
  collect (fixture, collector, REEVE_COLLECT_VALUES, NULL);
  g_assert_cmpuint (counter (sample, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED), ==, 1517);

  /* none counts */
  set_nics (fixture, "lo: 9" REST "4" END);
  collect (fixture, collector, REEVE_COLLECT_VALUES, NULL);
  assert_absent (sample, REEVE_KIND_NETWORK, NULL);
  stop (collector);
}

static void
test_many_nics (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  ReeveHostMetricsCollector *collector;

  copy (fixture, "vm");
  for (guint i = 0; i < REEVE_HOST_METRICS_MAX_NICS + 10; i++)
    g_string_append_printf (lines, "e%u: 10" REST "10" END, i);
  set_nics (fixture, lines->str);
  collector = new_collector (fixture, fixture->directory, NULL);
  for (guint i = 0; i < 2; i++)
    {
      collect (fixture, collector, REEVE_COLLECT_VALUES, NULL);
      g_assert_cmpuint (counter (fixture->sample, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), ==,
                        REEVE_HOST_METRICS_MAX_NICS * 10);
    }
  g_assert_cmpuint (warnings, ==, 1);
  stop (collector);
}

/* The recorded trees hold plain files; the kernel's own have rules of their own. */
static void
test_this_machine (void)
{
  ReeveHostMetricsFacts facts;

  reeve_host_metrics_facts_read ("/", &facts);
  g_assert_cmpstr (facts.hostname, ==, g_get_host_name ());
  g_assert_cmpstr (facts.kernel, !=, "");
  g_assert_cmpuint (facts.memory, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
#define ADD(name, function)                                                                        \
  g_test_add ("/host-metrics/collector/" name, Fixture, NULL, fixture_set_up, function,            \
              fixture_tear_down)
  ADD ("vm", test_vm);
  ADD ("container", test_container);
  ADD ("broken", test_broken);
  ADD ("nothing", test_nothing);
  ADD ("come-and-go", test_come_and_go);
  ADD ("many-nics", test_many_nics);
  g_test_add_func ("/host-metrics/collector/filter", test_filter);
  g_test_add_func ("/host-metrics/collector/this-machine", test_this_machine);
  return g_test_run ();
}
