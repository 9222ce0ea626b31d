/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The facts of a machine. They are read as they are asked for, some times an hour, so nothing is
 * held open. The host name is the kernel's, which is also what a container sees as its own.
 */

#include "config.h"

#include "reeve-host-metrics-facts.h"

#include <string.h>
#include <sys/utsname.h>

/* As REEVE_KIND_HOST's "os" names them. */
#define REEVE_HOST_METRICS_FACTS_LINUX 0
/* /proc/cpuinfo has some 1500 bytes for each processor. */
#define REEVE_HOST_METRICS_FACTS_ROOM (4 * 1024 * 1024)
/* One line: the kernel refuses reads of 4 MiB and more from /proc/sys. */
#define REEVE_HOST_METRICS_FACTS_LINE 4096
#define REEVE_HOST_METRICS_FACTS_MAX_THREADS 4096
#define REEVE_HOST_METRICS_FACTS_CPUS "sys/devices/system/cpu"

typedef struct
{
  const char *root;
  char *buffer;
} ReeveHostMetricsFactsReader;

static gssize
reeve_host_metrics_facts_load (ReeveHostMetricsFactsReader *reader, const char *path)
{
  return reeve_host_metrics_proc_read_once (reader->root, path, reader->buffer,
                                            REEVE_HOST_METRICS_FACTS_ROOM);
}

static gboolean
reeve_host_metrics_facts_read_line (ReeveHostMetricsFactsReader *reader, const char *path,
                                    char ret_text[REEVE_HOST_METRICS_FACT_TEXT])
{
  gssize length = reeve_host_metrics_proc_read_once (reader->root, path, reader->buffer,
                                                     REEVE_HOST_METRICS_FACTS_LINE);

  return length > 0 && reeve_host_metrics_parse_line (reader->buffer, (gsize) length, ret_text,
                                                      REEVE_HOST_METRICS_FACT_TEXT);
}

/* The list of the threads that share the core of processor @name ("cpu12"); FALSE: the files do not
 * say, as for one that is off. */
static gboolean
reeve_host_metrics_facts_read_siblings (ReeveHostMetricsFactsReader *reader, const char *name,
                                        char ret_list[REEVE_HOST_METRICS_FACT_TEXT])
{
  static const char *const files[] = { "core_cpus_list", "thread_siblings_list" };
  gboolean found = FALSE;

  for (guint i = 0; !found && i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path =
          g_strdup_printf (REEVE_HOST_METRICS_FACTS_CPUS "/%s/topology/%s", name, files[i]);

      found = reeve_host_metrics_facts_read_line (reader, path, ret_list);
    }
  return found;
}

/* How many different lists of sibling threads there are; 0: the files do not say. Numbers may be
 * missing in between. */
static guint
reeve_host_metrics_facts_count_cores (ReeveHostMetricsFactsReader *reader)
{
  g_autoptr (GHashTable) lists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *path = g_build_filename (reader->root, REEVE_HOST_METRICS_FACTS_CPUS, NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  char list[REEVE_HOST_METRICS_FACT_TEXT];
  const char *name;
  guint seen = 0;

  while (directory != NULL && seen < REEVE_HOST_METRICS_FACTS_MAX_THREADS &&
         (name = g_dir_read_name (directory)) != NULL)
    {
      /* beside them are cpufreq, cpuidle and the like */
      if (!g_str_has_prefix (name, "cpu") || !g_ascii_isdigit (name[3]))
        continue;
      seen++;
      if (reeve_host_metrics_facts_read_siblings (reader, name, list))
        g_hash_table_add (lists, g_strdup (list));
    }
  return g_hash_table_size (lists);
}

/* Processors that are on; a processor that is off has no line. */
static guint
reeve_host_metrics_facts_count_threads (ReeveHostMetricsFactsReader *reader)
{
  gssize length = reeve_host_metrics_facts_load (reader, "proc/stat");
  ReeveHostMetricsText text;
  ReeveHostMetricsCpuLine line;
  guint n = 0;

  if (length <= 0)
    return 0;
  reeve_host_metrics_text_init (&text, reader->buffer, (gsize) length);
  while (reeve_host_metrics_parse_cpu (&text, &line))
    n += line.number >= 0 ? 1 : 0;
  return n;
}

static void
reeve_host_metrics_facts_read_cpu (ReeveHostMetricsFactsReader *reader,
                                   ReeveHostMetricsFacts *facts)
{
  gssize length = reeve_host_metrics_facts_load (reader, "proc/cpuinfo");
  ReeveHostMetricsCpuinfo info = { 0 };

  if (length > 0)
    reeve_host_metrics_parse_cpuinfo (reader->buffer, (gsize) length, &info);
  memcpy (facts->cpu_model, info.model, sizeof facts->cpu_model);
  /* the board, where no processor has a name */
  if (facts->cpu_model[0] == '\0' &&
      !reeve_host_metrics_facts_read_line (reader, "proc/device-tree/model", facts->cpu_model))
    memcpy (facts->cpu_model, info.hardware, sizeof facts->cpu_model);
  facts->threads =
      info.threads > 0 ? info.threads : reeve_host_metrics_facts_count_threads (reader);
  facts->cores = reeve_host_metrics_facts_count_cores (reader);
  if (facts->cores == 0)
    facts->cores = info.cores;
  /* a container may be given fewer threads than the machine has cores */
  if (facts->threads > 0)
    facts->cores = MIN (facts->cores, facts->threads);
}

void
reeve_host_metrics_facts_read (const char *root, ReeveHostMetricsFacts *ret_facts)
{
  g_autofree char *buffer = g_malloc (REEVE_HOST_METRICS_FACTS_ROOM);
  ReeveHostMetricsFactsReader reader = { root, buffer };
  ReeveHostMetricsMeminfo meminfo;
  struct utsname names;
  gssize length;

  memset (ret_facts, 0, sizeof *ret_facts);
  reeve_host_metrics_facts_read_line (&reader, "proc/sys/kernel/hostname", ret_facts->hostname);
  reeve_host_metrics_facts_read_line (&reader, "proc/sys/kernel/osrelease", ret_facts->kernel);
  /* Linux before 6.1 has no such file */
  if (!reeve_host_metrics_facts_read_line (&reader, "proc/sys/kernel/arch", ret_facts->arch) &&
      uname (&names) == 0)
    g_strlcpy (ret_facts->arch, names.machine, sizeof ret_facts->arch);
  length = reeve_host_metrics_facts_load (&reader, "etc/os-release");
  if (length < 0)
    length = reeve_host_metrics_facts_load (&reader, "usr/lib/os-release");
  if (length > 0)
    reeve_host_metrics_parse_os_release (buffer, (gsize) length, ret_facts->os_name);
  reeve_host_metrics_facts_read_cpu (&reader, ret_facts);
  length = reeve_host_metrics_facts_load (&reader, "proc/meminfo");
  if (length > 0 && reeve_host_metrics_parse_meminfo (buffer, (gsize) length, &meminfo))
    ret_facts->memory = meminfo.values[REEVE_HOST_METRICS_MEM_TOTAL];
}

static void
reeve_host_metrics_facts_set_text (ReeveSample *sample, guint metric, const char *text)
{
  reeve_sample_set_text (sample, metric, *text != '\0' ? text : NULL);
}

void
reeve_host_metrics_facts_add (const ReeveHostMetricsFacts *facts, ReeveSample *sample)
{
  if (!reeve_sample_add (sample, REEVE_KIND_HOST, NULL))
    return;
  reeve_host_metrics_facts_set_text (sample, REEVE_HOST_HOSTNAME, facts->hostname);
  reeve_host_metrics_facts_set_text (sample, REEVE_HOST_KERNEL, facts->kernel);
  reeve_sample_set_state (sample, REEVE_HOST_OS, REEVE_HOST_METRICS_FACTS_LINUX);
  reeve_host_metrics_facts_set_text (sample, REEVE_HOST_OS_NAME, facts->os_name);
  reeve_host_metrics_facts_set_text (sample, REEVE_HOST_ARCH, facts->arch);
  reeve_host_metrics_facts_set_text (sample, REEVE_HOST_CPU_MODEL, facts->cpu_model);
  if (facts->cores > 0)
    reeve_sample_set_number (sample, REEVE_HOST_CORES, facts->cores);
  if (facts->threads > 0)
    reeve_sample_set_number (sample, REEVE_HOST_THREADS, facts->threads);
  if (facts->memory > 0)
    reeve_sample_set_number (sample, REEVE_HOST_MEMORY, (double) facts->memory);
}
