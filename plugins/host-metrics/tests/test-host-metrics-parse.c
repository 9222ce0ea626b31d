/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parsers of /proc against the recorded trees, and against what no kernel writes. */

#include "config.h"

#include <string.h>

#include "../reeve-host-metrics-parse.h"

/* A copy of exactly its length, so that a sanitizer sees every read beyond it. */
typedef struct
{
  char *data;
  gsize length;
} Bytes;

static void
bytes_clear (Bytes *bytes)
{
  g_free (bytes->data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bytes, bytes_clear)

static Bytes
bytes_of (const char *text)
{
  gsize length = strlen (text);

  return (Bytes){ g_memdup2 (text, length), length };
}

static Bytes
bytes_load (const char *tree, const char *path)
{
  g_autofree char *name =
      g_test_build_filename (G_TEST_DIST, "tests", "data", "proc", tree, path, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (name, &text, &length, &error);
  g_assert_no_error (error);
  return (Bytes){ g_memdup2 (text, length), length };
}

/* ---- CPU ---- */

static void
test_cpu (void)
{
  g_auto (Bytes) bytes = bytes_load ("vm", "proc/stat");
  ReeveHostMetricsText text;
  ReeveHostMetricsCpuLine line;

  reeve_host_metrics_text_init (&text, bytes.data, bytes.length);
  g_assert_true (reeve_host_metrics_parse_cpu (&text, &line));
  g_assert_cmpint (line.number, ==, -1);
  g_assert_cmpuint (line.user, ==, 78059);
  g_assert_cmpuint (line.system, ==, 30156);
  g_assert_cmpuint (line.idle, ==, 558237);
  g_assert_cmpuint (line.iowait, ==, 5105);
  g_assert_cmpuint (line.steal, ==, 135);
  g_assert_cmpuint (line.busy, ==, 78059 + 10314 + 30156 + 255 + 135);
  g_assert_cmpuint (line.total, ==, line.busy + line.idle + line.iowait);
  g_assert_true (reeve_host_metrics_parse_cpu (&text, &line));
  g_assert_cmpint (line.number, ==, 0);
  g_assert_true (reeve_host_metrics_parse_cpu (&text, &line));
  g_assert_cmpint (line.number, ==, 1);
  g_assert_cmpuint (line.user, ==, 48807);
  g_assert_false (reeve_host_metrics_parse_cpu (&text, &line));
  g_assert_cmpuint (text.bad, ==, 0);
}

typedef struct
{
  const char *text;
  guint lines;
  guint bad;
} CpuCase;

static void
test_cpu_bad (void)
{
  static const CpuCase cases[] = {
    { "", 0, 0 },
    { "cpu", 0, 0 },
    { "cpu \n", 0, 1 },
    { "cpu  1 2 3\n", 0, 1 },
    { "cpu  1 2 3 4\n", 1, 0 }, /* as Linux 2.4 wrote it */
    { "cpu  1 2 3 4 5 6 7 8 9 10", 0, 1 },
    { "cpu  1 2 3 99999999999999999999\n", 0, 1 },
    { "cpu  18446744073709551615 1 0 0\n", 0, 1 },
    { "cpu  1 2 3 4\ncpuX 1 2 3 4\ncpu1 1 2 3 4\n", 2, 1 },
    { "cpu  1 2 3 -4\n", 0, 1 },
    { "cpu99999 1 2 3 4\n", 0, 1 },
    { "intr 1 2 3\ncpu 1 2 3 4\n", 0, 0 },
    { "\x01\x02\x03\xff\xfe\n", 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Bytes) bytes = bytes_of (cases[i].text);
      ReeveHostMetricsText text;
      ReeveHostMetricsCpuLine line;
      guint n = 0;

      reeve_host_metrics_text_init (&text, bytes.data, bytes.length);
      while (reeve_host_metrics_parse_cpu (&text, &line))
        n++;
      g_test_message ("case %u", i);
      g_assert_cmpuint (n, ==, cases[i].lines);
      g_assert_cmpuint (text.bad, ==, cases[i].bad);
    }
}

/* ---- memory ---- */

static void
test_memory (void)
{
  const guint64 k = 1024;
  g_auto (Bytes) vm = bytes_load ("vm", "proc/meminfo");
  g_auto (Bytes) container = bytes_load ("container", "proc/meminfo");
  g_auto (Bytes) arcstats = bytes_load ("container", "proc/spl/kstat/zfs/arcstats");
  ReeveHostMetricsMeminfo meminfo;
  ReeveHostMetricsMemory memory;
  guint64 arc;

  g_assert_true (reeve_host_metrics_parse_meminfo (vm.data, vm.length, &meminfo));
  reeve_host_metrics_parse_memory (&meminfo, 0, &memory);
  g_assert_cmpuint (memory.total, ==, 24684084 * k);
  g_assert_cmpuint (memory.used, ==, (24684084 - 24142640) * k);
  g_assert_cmpuint (memory.cache, ==, (513660 + 178868 + 7592 - 8872) * k);
  g_assert_true (memory.has_cache);
  g_assert_true (memory.has_swap);
  g_assert_cmpuint (memory.swap_total, ==, 0);
  g_assert_cmpuint (memory.swap_used, ==, 0);
  g_assert_cmpuint (memory.arc, ==, 0);

  g_assert_true (reeve_host_metrics_parse_arcstats (arcstats.data, arcstats.length, &arc));
  g_assert_cmpuint (arc, ==, 268435456);
  g_assert_true (reeve_host_metrics_parse_meminfo (container.data, container.length, &meminfo));
  reeve_host_metrics_parse_memory (&meminfo, arc, &memory);
  g_assert_cmpuint (memory.total, ==, 4194304 * k);
  g_assert_cmpuint (memory.used, ==, (4194304 - 1048576) * k - arc);
  g_assert_cmpuint (memory.arc, ==, arc);
  g_assert_cmpuint (memory.cache, ==, (524288 - 65536) * k);
  g_assert_cmpuint (memory.swap_total, ==, 1048576 * k);
  g_assert_cmpuint (memory.swap_used, ==, (1048576 - 786432) * k);

  /* an ARC larger than what is used was not counted as used */
  reeve_host_metrics_parse_memory (&meminfo, memory.total, &memory);
  g_assert_cmpuint (memory.arc, ==, 0);
  g_assert_cmpuint (memory.used, ==, (4194304 - 1048576) * k);
}

typedef struct
{
  const char *text;
  gboolean ok;
  guint64 used, cache; /* kB */
  gboolean has_cache, has_swap;
} MemoryCase;

static void
test_memory_odd (void)
{
  static const MemoryCase cases[] = {
    { "", FALSE },
    { "MemTotal:   100 kB\n", FALSE }, /* cut short: nothing says what is used */
    { "MemTotal:   100 kB\nMemFree: 40 kB\n", FALSE },
    { "MemTotal:   0 kB\nMemAvailable: 40 kB\n", FALSE },
    { "MemTotal:   100 kB\nMemAvailable: 40 k", FALSE },
    { "MemTotal:   abc kB\nMemAvailable: 40 kB\n", FALSE },
    { "MemTotal:   99999999999999999999 kB\nMemAvailable: 40 kB\n", FALSE },
    { "MemTotal:   18446744073709551615 kB\nMemAvailable: 40 kB\n", FALSE },
    { "MemTotal: 100 kB\nMemAvailable: 40 kB\n", TRUE, 60, 0, FALSE, FALSE },
    { "MemTotal: 100 kB\nMemAvailable: 140 kB\n", TRUE, 0, 0, FALSE, FALSE },
    /* before Linux 3.14 */
    { "MemTotal: 100 kB\nMemFree: 30 kB\nBuffers: 5 kB\nCached: 20 kB\n", TRUE, 50, 25, TRUE,
      FALSE },
    /* more shared than cached: never below nothing */
    { "MemTotal: 100 kB\nMemFree: 30 kB\nMemAvailable: 40 kB\nBuffers: 5 kB\nCached: 20 kB\n"
      "SwapTotal: 9 kB\nSwapFree: 10 kB\nShmem: 70 kB\n",
      TRUE, 60, 0, TRUE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Bytes) bytes = bytes_of (cases[i].text);
      ReeveHostMetricsMeminfo meminfo;
      ReeveHostMetricsMemory memory;

      g_test_message ("case %u", i);
      g_assert_cmpint (reeve_host_metrics_parse_meminfo (bytes.data, bytes.length, &meminfo), ==,
                       cases[i].ok);
      if (!cases[i].ok)
        continue;
      reeve_host_metrics_parse_memory (&meminfo, 0, &memory);
      g_assert_cmpuint (memory.used, ==, cases[i].used * 1024);
      g_assert_cmpint (memory.has_cache, ==, cases[i].has_cache);
      g_assert_cmpint (memory.has_swap, ==, cases[i].has_swap);
      g_assert_cmpuint (memory.swap_used, ==, 0);
      if (memory.has_cache)
        g_assert_cmpuint (memory.cache, ==, cases[i].cache * 1024);
    }
}

/* ---- load, uptime ---- */

static void
test_numbers (void)
{
  static const char *const bad[] = {
    "", "\n", "1.0 2.0\n", "1. 2.0 3.0\n", "a 2.0 3.0\n", "1.0 2.0 3.0", "-1 2 3\n"
  };
  g_auto (Bytes) load = bytes_load ("vm", "proc/loadavg");
  g_auto (Bytes) up = bytes_load ("vm", "proc/uptime");
  double values[3] = { -1, -1, -1 }, uptime = -1;

  g_assert_true (reeve_host_metrics_parse_loadavg (load.data, load.length, values));
  g_assert_cmpfloat_with_epsilon (values[0], 1.72, 1e-9);
  g_assert_cmpfloat_with_epsilon (values[1], 1.17, 1e-9);
  g_assert_cmpfloat_with_epsilon (values[2], 0.82, 1e-9);
  g_assert_true (reeve_host_metrics_parse_uptime (up.data, up.length, &uptime));
  g_assert_cmpfloat_with_epsilon (uptime, 3425.81, 1e-6);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_auto (Bytes) bytes = bytes_of (bad[i]);

      g_assert_false (reeve_host_metrics_parse_loadavg (bytes.data, bytes.length, values));
    }
  g_assert_cmpfloat_with_epsilon (values[0], 1.72, 1e-9);
}

/* ---- network, disks, mounts ---- */

static void
test_nic (void)
{
  g_auto (Bytes) bytes = bytes_load ("vm", "proc/net/dev");
  g_auto (Bytes) odd = bytes_of ("  eth0:1:5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0\n"
                                 "abcdefghijklmnopq: 5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0\n"
                                 "nocolon 5 1\n: 5 1 0 0 0 0 0 0 6\nshort: 1 2 3\n"
                                 "last: 5 1 0 0 0 0 0 0 6");
  ReeveHostMetricsText text;
  ReeveHostMetricsNicLine line;
  guint n = 0;

  reeve_host_metrics_text_init (&text, bytes.data, bytes.length);
  while (reeve_host_metrics_parse_nic (&text, &line))
    n++;
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpuint (text.bad, ==, 0);
  g_assert_cmpstr (line.name, ==, "eth0");
  g_assert_cmpuint (line.received, ==, 570444448);
  g_assert_cmpuint (line.sent, ==, 1349496);

  reeve_host_metrics_text_init (&text, odd.data, odd.length);
  g_assert_true (reeve_host_metrics_parse_nic (&text, &line));
  g_assert_cmpstr (line.name, ==, "eth0:1");
  g_assert_cmpuint (line.received, ==, 5);
  g_assert_cmpuint (line.sent, ==, 6);
  g_assert_false (reeve_host_metrics_parse_nic (&text, &line));
  g_assert_cmpuint (text.bad, ==, 4);
}

static void
test_disk (void)
{
  g_auto (Bytes) bytes = bytes_load ("vm", "proc/diskstats");
  g_auto (Bytes) odd = bytes_of (" 8 0 sda 1 2 3\n 8 x sdb 1 2 3 4 5 6 7 8 9 10 11\n"
                                 " 99999999999 0 sdc 1 2 3 4 5 6 7 8 9 10 11\n"
                                 " 8 32 sdd 1 2 3 4 5 6 7 8 9 10 11\n");
  ReeveHostMetricsText text;
  ReeveHostMetricsDiskLine line;
  gboolean found = FALSE;

  reeve_host_metrics_text_init (&text, bytes.data, bytes.length);
  while (!found && reeve_host_metrics_parse_disk (&text, &line))
    found = strcmp (line.name, "vda") == 0;
  g_assert_true (found);
  g_assert_cmpuint (line.major, ==, 254);
  g_assert_cmpuint (line.minor, ==, 0);
  g_assert_cmpuint (line.reads, ==, 217032);
  g_assert_cmpuint (line.sectors_read, ==, 15616634);
  g_assert_cmpuint (line.reading_ms, ==, 433798);
  g_assert_cmpuint (line.writes, ==, 49722);
  g_assert_cmpuint (line.sectors_written, ==, 6909296);
  g_assert_cmpuint (line.writing_ms, ==, 39274);
  g_assert_cmpuint (line.busy_ms, ==, 67008);
  g_assert_cmpuint (line.queue_ms, ==, 480246);

  reeve_host_metrics_text_init (&text, odd.data, odd.length);
  g_assert_true (reeve_host_metrics_parse_disk (&text, &line));
  g_assert_cmpstr (line.name, ==, "sdd");
  g_assert_cmpuint (text.bad, ==, 3);
}

static void
test_mount (void)
{
  g_auto (Bytes) bytes = bytes_load ("container", "proc/self/mountinfo");
  g_auto (Bytes) odd = bytes_of ("1 2 3 / / rw - ext4 /dev/sda rw\n1 2 8:1 / / rw\n"
                                 "1 2 8:1 / /a\\999b rw - ext4 /dev/sda rw\n");
  ReeveHostMetricsText text;
  ReeveHostMetricsMountLine line;

  reeve_host_metrics_text_init (&text, bytes.data, bytes.length);
  g_assert_true (reeve_host_metrics_parse_mount (&text, &line));
  g_assert_cmpuint (line.major, ==, 0);
  g_assert_cmpuint (line.minor, ==, 71);
  g_assert_cmpstr (line.point, ==, "/");
  g_assert_cmpstr (line.source, ==, "overlay");
  while (reeve_host_metrics_parse_mount (&text, &line))
    ;
  g_assert_cmpstr (line.point, ==, "/srv/my files");
  g_assert_cmpstr (line.source, ==, "/dev/nvme0n1p2");
  g_assert_cmpuint (text.bad, ==, 0);

  reeve_host_metrics_text_init (&text, odd.data, odd.length);
  g_assert_true (reeve_host_metrics_parse_mount (&text, &line));
  g_assert_cmpstr (line.point, ==, "/a\\999b");
  g_assert_cmpuint (text.bad, ==, 2);
}

/* ---- facts ---- */

static void
test_facts (void)
{
  g_auto (Bytes) vm = bytes_load ("vm", "proc/cpuinfo");
  g_auto (Bytes) container = bytes_load ("container", "proc/cpuinfo");
  g_auto (Bytes) arm = bytes_of ("processor\t: 0\nBogoMIPS\t: 38\n\nprocessor\t: 1\n\n"
                                 "Hardware\t: X\nModel\t\t: Board 4 Rev 1\n");
  g_auto (Bytes) release = bytes_load ("vm", "etc/os-release");
  g_auto (Bytes) quoted = bytes_load ("container", "etc/os-release");
  ReeveHostMetricsCpuinfo info;
  char name[REEVE_HOST_METRICS_FACT_TEXT];

  reeve_host_metrics_parse_cpuinfo (vm.data, vm.length, &info);
  g_assert_cmpuint (info.threads, ==, 2);
  g_assert_cmpuint (info.cores, ==, 2);
  g_assert_cmpstr (info.model, ==, "AMD EPYC");
  reeve_host_metrics_parse_cpuinfo (container.data, container.length, &info);
  g_assert_cmpuint (info.threads, ==, 2);
  g_assert_cmpuint (info.cores, ==, 8);
  g_assert_cmpstr (info.model, ==, "Example(R) CPU @ 2.40GHz");
  reeve_host_metrics_parse_cpuinfo (arm.data, arm.length, &info);
  g_assert_cmpuint (info.threads, ==, 2);
  g_assert_cmpuint (info.cores, ==, 0);
  g_assert_cmpstr (info.model, ==, "Board 4 Rev 1");

  g_assert_true (reeve_host_metrics_parse_os_release (release.data, release.length, name));
  g_assert_cmpstr (name, ==, "Debian GNU/Linux 12 (bookworm)");
  g_assert_true (reeve_host_metrics_parse_os_release (quoted.data, quoted.length, name));
  g_assert_cmpstr (name, ==, "Alpine Linux v3.20");
  g_assert_false (reeve_host_metrics_parse_os_release ("PRETTY_NAME=\"\"\n", 15, name));
  g_assert_true (reeve_host_metrics_parse_line ("  host \n", 8, name, 4));
  g_assert_cmpstr (name, ==, "hos");
  g_assert_false (reeve_host_metrics_parse_line (" \n", 2, name, sizeof name));
  g_assert_false (reeve_host_metrics_parse_line ("a\0b\n", 4, name, sizeof name));
}

static void
test_facts_arm (void)
{
  static const struct
  {
    const char *text;
    const char *model;
    const char *hardware;
  } cases[] = {
    { "model name\t: ARMv7 Processor rev 4 (v7l)\nCPU implementer\t: 0x41\nCPU part\t: 0xd03\n",
      "Cortex-A53", "" },
    { "CPU implementer\t: 0x41\nCPU part\t: 0xd08\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n"
      "Hardware\t: BCM2835\nModel\t\t: Board 4\n",
      "Cortex-A72", "BCM2835" },
    /* another maker's, an unknown one, and no number at all */
    { "CPU implementer\t: 0x51\nCPU part\t: 0xd08\nModel\t: Board 4\n", "Board 4", "" },
    { "CPU implementer\t: 0x41\nCPU part\t: 0xfff\nHardware\t: X\n", "", "X" },
    { "CPU implementer\t: 41\nCPU part\t: 0xd08\n", "", "" },
    { "CPU implementer\t: 0x41\nCPU part\t: 0x\n", "", "" },
    { "CPU implementer\t: 0x41\nCPU part\t: 0xd08d08d08d08d08d08d08\n", "", "" },
    { "CPU implementer\t: 0x41\nCPU part\t: 0xd08", "", "" },
  };
  char name[REEVE_HOST_METRICS_FACT_TEXT];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ReeveHostMetricsCpuinfo info;

      reeve_host_metrics_parse_cpuinfo (cases[i].text, strlen (cases[i].text), &info);
      g_assert_cmpstr (info.model, ==, cases[i].model);
      g_assert_cmpstr (info.hardware, ==, cases[i].hardware);
    }
  /* a string of the device tree */
  g_assert_true (reeve_host_metrics_parse_line ("Board 4\0", 8, name, sizeof name));
  g_assert_cmpstr (name, ==, "Board 4");
  g_assert_false (reeve_host_metrics_parse_line ("\0", 1, name, sizeof name));
}

static void
test_memory_htop (void)
{
  g_auto (Bytes) bytes = bytes_of ("MemTotal: 1000 kB\nMemFree: 200 kB\nMemAvailable: 500 kB\n"
                                   "Buffers: 50 kB\nCached: 300 kB\nSReclaimable: 30 kB\n"
                                   "Shmem: 20 kB\n");
  g_auto (Bytes) little = bytes_of ("MemTotal: 1000 kB\nMemAvailable: 500 kB\n");
  ReeveHostMetricsMeminfo meminfo;
  ReeveHostMetricsMemory memory;

  g_assert_true (reeve_host_metrics_parse_meminfo (bytes.data, bytes.length, &meminfo));
  reeve_host_metrics_parse_memory_htop (&meminfo, 0, &memory);
  g_assert_cmpuint (memory.cache, ==, (300 + 30 + 50 - 20) * 1024);
  g_assert_cmpuint (memory.used, ==, (1000 - 200 - 360) * 1024);
  reeve_host_metrics_parse_memory_htop (&meminfo, 40 * 1024, &memory);
  g_assert_cmpuint (memory.used, ==, (1000 - 200 - 360 - 40) * 1024);
  g_assert_cmpuint (memory.arc, ==, 40 * 1024);
  /* where it cannot be told, as usual */
  g_assert_true (reeve_host_metrics_parse_meminfo (little.data, little.length, &meminfo));
  reeve_host_metrics_parse_memory_htop (&meminfo, 0, &memory);
  g_assert_cmpuint (memory.used, ==, 500 * 1024);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-metrics/parse/cpu", test_cpu);
  g_test_add_func ("/host-metrics/parse/cpu-bad", test_cpu_bad);
  g_test_add_func ("/host-metrics/parse/memory", test_memory);
  g_test_add_func ("/host-metrics/parse/memory-odd", test_memory_odd);
  g_test_add_func ("/host-metrics/parse/numbers", test_numbers);
  g_test_add_func ("/host-metrics/parse/nic", test_nic);
  g_test_add_func ("/host-metrics/parse/disk", test_disk);
  g_test_add_func ("/host-metrics/parse/mount", test_mount);
  g_test_add_func ("/host-metrics/parse/facts", test_facts);
  g_test_add_func ("/host-metrics/parse/facts-arm", test_facts_arm);
  g_test_add_func ("/host-metrics/parse/memory-htop", test_memory_htop);
  return g_test_run ();
}
