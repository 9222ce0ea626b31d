/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Processor time from /proc/stat, all together and each, as counters of microseconds; load and
 * uptime. */

#include "config.h"

#include "reeve-host-metrics-cpu.h"

#include <unistd.h>

#include "reeve-host-metrics-parse.h"

void
reeve_host_metrics_cpu_init (ReeveHostMetricsCpu *self)
{
  long ticks = sysconf (_SC_CLK_TCK);

  *self = (ReeveHostMetricsCpu){
    .stat = REEVE_HOST_METRICS_FILE_INIT ("proc/stat", REEVE_HOST_METRICS_FILE_WHOLE),
    .loadavg = REEVE_HOST_METRICS_FILE_INIT ("proc/loadavg", REEVE_HOST_METRICS_FILE_WHOLE),
    .uptime = REEVE_HOST_METRICS_FILE_INIT ("proc/uptime", REEVE_HOST_METRICS_FILE_WHOLE),
    .tick_us = (guint64) G_USEC_PER_SEC / (guint64) (ticks > 0 ? ticks : 100),
  };
}

void
reeve_host_metrics_cpu_clear (ReeveHostMetricsCpu *self)
{
  reeve_host_metrics_proc_close (&self->stat);
  reeve_host_metrics_proc_close (&self->loadavg);
  reeve_host_metrics_proc_close (&self->uptime);
}

static void
reeve_host_metrics_cpu_add_all (const ReeveHostMetricsCpuLine *line, guint64 tick_us,
                                ReeveSample *sample)
{
  if (!reeve_sample_add (sample, REEVE_KIND_CPU, NULL))
    return;
  reeve_sample_set_counter (sample, REEVE_CPU_TIME, line->total * tick_us);
  reeve_sample_set_counter (sample, REEVE_CPU_USAGE, line->busy * tick_us);
  reeve_sample_set_counter (sample, REEVE_CPU_USER, line->user * tick_us);
  reeve_sample_set_counter (sample, REEVE_CPU_SYSTEM, line->system * tick_us);
  reeve_sample_set_counter (sample, REEVE_CPU_IOWAIT, line->iowait * tick_us);
  reeve_sample_set_counter (sample, REEVE_CPU_STEAL, line->steal * tick_us);
  reeve_sample_set_counter (sample, REEVE_CPU_IDLE, line->idle * tick_us);
}

static void
reeve_host_metrics_cpu_add_core (const ReeveHostMetricsCpuLine *line, guint64 tick_us,
                                 ReeveSample *sample)
{
  char name[12];
  char *at = name + sizeof name;
  guint number = (guint) line->number;

  *--at = '\0';
  do
    {
      *--at = (char) ('0' + number % 10);
      number /= 10;
    }
  while (number > 0);
  if (!reeve_sample_add (sample, REEVE_KIND_CORE, at))
    return;
  reeve_sample_set_counter (sample, REEVE_CORE_TIME, line->total * tick_us);
  reeve_sample_set_counter (sample, REEVE_CORE_USAGE, line->busy * tick_us);
}

static void
reeve_host_metrics_cpu_collect_times (ReeveHostMetricsCpu *self, ReeveHostMetricsProc *proc,
                                      ReeveSample *sample)
{
  ReeveHostMetricsText text;
  ReeveHostMetricsCpuLine line;
  gboolean all = FALSE;
  guint cores = 0;
  gsize length;
  const char *data = reeve_host_metrics_proc_read (proc, &self->stat, &length);

  if (data == NULL)
    return;
  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_cpu (&text, &line))
    {
      /* beyond this a number of microseconds would not fit */
      if (line.total > G_MAXUINT64 / self->tick_us)
        text.bad++;
      else if (line.number < 0 && !all)
        {
          all = TRUE;
          reeve_host_metrics_cpu_add_all (&line, self->tick_us, sample);
        }
      else if (line.number >= 0 && cores++ < REEVE_HOST_METRICS_MAX_CORES)
        reeve_host_metrics_cpu_add_core (&line, self->tick_us, sample);
    }
  if (!all || text.bad > 0)
    reeve_host_metrics_proc_complain (proc, &self->stat, "not the times of processors");
}

void
reeve_host_metrics_cpu_collect (ReeveHostMetricsCpu *self, ReeveHostMetricsProc *proc,
                                ReeveSample *sample)
{
  double load[3], uptime;
  const char *data;
  gsize length;

  reeve_host_metrics_cpu_collect_times (self, proc, sample);

  data = reeve_host_metrics_proc_read (proc, &self->loadavg, &length);
  if (data != NULL && !reeve_host_metrics_parse_loadavg (data, length, load))
    reeve_host_metrics_proc_complain (proc, &self->loadavg, "not three load averages");
  else if (data != NULL && reeve_sample_add (sample, REEVE_KIND_LOAD, NULL))
    {
      reeve_sample_set_number (sample, REEVE_LOAD_ONE, load[0]);
      reeve_sample_set_number (sample, REEVE_LOAD_FIVE, load[1]);
      reeve_sample_set_number (sample, REEVE_LOAD_FIFTEEN, load[2]);
    }

  data = reeve_host_metrics_proc_read (proc, &self->uptime, &length);
  if (data != NULL && !reeve_host_metrics_parse_uptime (data, length, &uptime))
    reeve_host_metrics_proc_complain (proc, &self->uptime, "not a number of seconds");
  else if (data != NULL && reeve_sample_add (sample, REEVE_KIND_SYSTEM, NULL))
    reeve_sample_set_number (sample, REEVE_SYSTEM_UPTIME, uptime);
}
