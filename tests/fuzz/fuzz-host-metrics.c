/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parsers of /proc: the first byte says which, the rest is the file. */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "plugins/host-metrics/reeve-host-metrics-parse.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

static void
fuzz_lines (char which, const char *text, gsize length)
{
  ReeveHostMetricsText lines;
  ReeveHostMetricsCpuLine cpu;
  ReeveHostMetricsNicLine nic;
  ReeveHostMetricsDiskLine disk;
  ReeveHostMetricsMountLine mount;

  reeve_host_metrics_text_init (&lines, text, length);
  switch (which)
    {
    case 'c':
      while (reeve_host_metrics_parse_cpu (&lines, &cpu))
        g_assert_cmpuint (cpu.busy, <=, cpu.total);
      break;
    case 'n':
      while (reeve_host_metrics_parse_nic (&lines, &nic))
        g_assert_cmpuint (strlen (nic.name), <, sizeof nic.name);
      break;
    case 'd':
      while (reeve_host_metrics_parse_disk (&lines, &disk))
        g_assert_cmpuint (strlen (disk.name), <, sizeof disk.name);
      break;
    default:
      while (reeve_host_metrics_parse_mount (&lines, &mount))
        {
          g_assert_cmpuint (strlen (mount.point), <, sizeof mount.point);
          g_assert_cmpuint (strlen (mount.type), <, sizeof mount.type);
          g_assert_cmpuint (strlen (mount.source), <, sizeof mount.source);
        }
    }
  g_assert_true (lines.at <= lines.end);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autofree char *text = NULL;
  ReeveHostMetricsMeminfo meminfo;
  ReeveHostMetricsMemory memory;
  ReeveHostMetricsCpuinfo info;
  char line[REEVE_HOST_METRICS_FACT_TEXT];
  double numbers[3];
  guint64 arc = 0;

  if (length == 0)
    return 0;
  text = g_memdup2 (data + 1, length - 1);
  length--;
  switch (data[0])
    {
    case 'm':
      if (reeve_host_metrics_parse_meminfo (text, length, &meminfo))
        {
          reeve_host_metrics_parse_memory (&meminfo, 4096, &memory);
          g_assert_true (memory.used <= memory.total && memory.cache <= memory.total);
          g_assert_true (memory.swap_used <= memory.swap_total);
          reeve_host_metrics_parse_memory_htop (&meminfo, 4096, &memory);
          g_assert_true (memory.used <= memory.total);
        }
      break;
    case 'l':
      reeve_host_metrics_parse_loadavg (text, length, numbers);
      reeve_host_metrics_parse_uptime (text, length, numbers);
      break;
    case 'i':
      reeve_host_metrics_parse_cpuinfo (text, length, &info);
      g_assert_cmpuint (strlen (info.model), <, sizeof info.model);
      g_assert_cmpuint (strlen (info.hardware), <, sizeof info.hardware);
      break;
    case 'o':
      reeve_host_metrics_parse_os_release (text, length, line);
      reeve_host_metrics_parse_line (text, length, line, sizeof line);
      reeve_host_metrics_parse_arcstats (text, length, &arc);
      break;
    default:
      fuzz_lines ((char) data[0], text, length);
    }
  return 0;
}
