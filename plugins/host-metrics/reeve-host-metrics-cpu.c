/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Processor time from /proc/stat, all together and each, as counters of microseconds; load and
 * uptime.
 *
 * A core that goes offline or comes online makes the line of all together jump: many kernels count
 * a core's idle time by another clock while it is off, or anew. So what is told for all together is
 * a sum of our own. It grows by what that line has grown, or, in a reading that shows such a
 * change, by what those cores have grown that were there before and after.
 */

#include "config.h"

#include "reeve-host-metrics-cpu.h"

#include <unistd.h>

#include "reeve-host-metrics-parse.h"

typedef struct
{
  guint turn; /* of the last reading that showed it; 0: none */
  ReeveHostMetricsCpuLine line;
} ReeveHostMetricsCpuCore;

void
reeve_host_metrics_cpu_init (ReeveHostMetricsCpu *self)
{
  long ticks = sysconf (_SC_CLK_TCK);

  *self = (ReeveHostMetricsCpu){
    .stat = REEVE_HOST_METRICS_FILE_INIT ("proc/stat", REEVE_HOST_METRICS_FILE_WHOLE),
    .loadavg.file = REEVE_HOST_METRICS_FILE_INIT ("proc/loadavg", REEVE_HOST_METRICS_FILE_WHOLE),
    .uptime.file = REEVE_HOST_METRICS_FILE_INIT ("proc/uptime", REEVE_HOST_METRICS_FILE_WHOLE),
    .tick_us = (guint64) G_USEC_PER_SEC / (guint64) (ticks > 0 ? ticks : 100),
    .cores = g_array_new (FALSE, TRUE, sizeof (ReeveHostMetricsCpuCore)),
  };
}

void
reeve_host_metrics_cpu_clear (ReeveHostMetricsCpu *self)
{
  reeve_host_metrics_proc_close (&self->stat);
  reeve_host_metrics_proc_close (&self->loadavg.file);
  reeve_host_metrics_proc_close (&self->uptime.file);
  g_clear_pointer (&self->cores, g_array_unref);
}

/* ---- the sum ---- */

/* What one reading says of the cores. */
typedef struct
{
  gboolean changed; /* one has come, or counts anew */
  guint n;
  guint64 growth[REEVE_HOST_METRICS_N_TICKS];
} ReeveHostMetricsCpuTurn;

static void
reeve_host_metrics_cpu_grow (guint64 sums[REEVE_HOST_METRICS_N_TICKS],
                             const ReeveHostMetricsCpuLine *before,
                             const ReeveHostMetricsCpuLine *now)
{
#define GROW(field, member)                                                                        \
  sums[REEVE_HOST_METRICS_TICKS_##field] +=                                                        \
      now->member > before->member ? now->member - before->member : 0
  GROW (USER, user);
  GROW (NICE, nice);
  GROW (SYSTEM, system);
  GROW (INTERRUPT, interrupt);
  GROW (STEAL, steal);
  GROW (IDLE, idle);
  GROW (IOWAIT, iowait);
#undef GROW
}

static void
reeve_host_metrics_cpu_take_core (ReeveHostMetricsCpu *self, const ReeveHostMetricsCpuLine *line,
                                  ReeveHostMetricsCpuTurn *turn)
{
  ReeveHostMetricsCpuCore *core;

  turn->n++;
  if (line->number >= REEVE_HOST_METRICS_MAX_CORES)
    return;
  if ((guint) line->number >= self->cores->len)
    g_array_set_size (self->cores, (guint) line->number + 1);
  core = &g_array_index (self->cores, ReeveHostMetricsCpuCore, line->number);
  if (core->turn == self->turn - 1 && core->turn > 0 && line->total >= core->line.total)
    reeve_host_metrics_cpu_grow (turn->growth, &core->line, line);
  else
    turn->changed = TRUE;
  core->turn = self->turn;
  core->line = *line;
}

static void
reeve_host_metrics_cpu_sum (ReeveHostMetricsCpu *self, const ReeveHostMetricsCpuLine *all,
                            const ReeveHostMetricsCpuTurn *turn)
{
  const ReeveHostMetricsCpuLine none = { 0 };

  if (self->all.total == 0)
    reeve_host_metrics_cpu_grow (self->sums, &none, all);
  else if (turn->changed || turn->n != self->n_cores || all->total < self->all.total)
    for (guint i = 0; i < REEVE_HOST_METRICS_N_TICKS; i++)
      self->sums[i] += turn->growth[i];
  else
    reeve_host_metrics_cpu_grow (self->sums, &self->all, all);
  self->all = *all;
  self->n_cores = turn->n;
}

static void
reeve_host_metrics_cpu_add_all (const ReeveHostMetricsCpu *self, ReeveSample *sample)
{
  const guint64 *sums = self->sums;
  guint64 busy = 0, tick = self->tick_us;

  if (!reeve_sample_add (sample, REEVE_KIND_CPU, NULL))
    return;
  for (guint i = 0; i < REEVE_HOST_METRICS_TICKS_IDLE; i++)
    busy += sums[i];
  reeve_sample_set_counter (
      sample, REEVE_CPU_TIME,
      (busy + sums[REEVE_HOST_METRICS_TICKS_IDLE] + sums[REEVE_HOST_METRICS_TICKS_IOWAIT]) * tick);
  reeve_sample_set_counter (sample, REEVE_CPU_USAGE, busy * tick);
  reeve_sample_set_counter (sample, REEVE_CPU_USER, sums[REEVE_HOST_METRICS_TICKS_USER] * tick);
  reeve_sample_set_counter (sample, REEVE_CPU_SYSTEM, sums[REEVE_HOST_METRICS_TICKS_SYSTEM] * tick);
  reeve_sample_set_counter (sample, REEVE_CPU_IOWAIT, sums[REEVE_HOST_METRICS_TICKS_IOWAIT] * tick);
  reeve_sample_set_counter (sample, REEVE_CPU_STEAL, sums[REEVE_HOST_METRICS_TICKS_STEAL] * tick);
  reeve_sample_set_counter (sample, REEVE_CPU_IDLE, sums[REEVE_HOST_METRICS_TICKS_IDLE] * tick);
  reeve_sample_set_counter (sample, REEVE_CPU_NICE, sums[REEVE_HOST_METRICS_TICKS_NICE] * tick);
  reeve_sample_set_counter (sample, REEVE_CPU_INTERRUPT,
                            sums[REEVE_HOST_METRICS_TICKS_INTERRUPT] * tick);
}

/* ---- rows ---- */

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
  ReeveHostMetricsCpuTurn turn = { 0 };
  ReeveHostMetricsCpuLine line, all = { 0 };
  ReeveHostMetricsText text;
  gboolean has_all = FALSE;
  gsize length;
  const char *data = reeve_host_metrics_proc_read (proc, &self->stat, &length);

  if (data == NULL)
    return;
  self->turn++;
  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_cpu (&text, &line))
    {
      /* beyond this a number of microseconds would not fit */
      if (line.total > G_MAXUINT64 / self->tick_us)
        text.bad++;
      else if (line.number < 0 && !has_all)
        {
          has_all = TRUE;
          all = line;
        }
      else if (line.number >= 0 && turn.n < REEVE_HOST_METRICS_MAX_CORES)
        {
          reeve_host_metrics_cpu_take_core (self, &line, &turn);
          reeve_host_metrics_cpu_add_core (&line, self->tick_us, sample);
        }
    }
  if (!has_all || text.bad > 0)
    reeve_host_metrics_proc_complain (proc, &self->stat, "not the times of processors");
  /* the next whole one goes on from the last */
  if (!has_all)
    return;
  reeve_host_metrics_cpu_sum (self, &all, &turn);
  reeve_host_metrics_cpu_add_all (self, sample);
}

typedef gboolean (*ReeveHostMetricsSlowParse) (const char *data, gsize length, double *ret_values);

/* FALSE: it is not known. */
static gboolean
reeve_host_metrics_slow_refresh (ReeveHostMetricsSlow *self, ReeveHostMetricsProc *proc, gint64 now,
                                 ReeveHostMetricsSlowParse parse, const char *complaint)
{
  const char *data;
  gsize length;

  if (self->at != 0 && now - self->at < REEVE_HOST_METRICS_LOAD_US)
    return TRUE;
  self->at = 0;
  data = reeve_host_metrics_proc_read (proc, &self->file, &length);
  if (data == NULL)
    return FALSE;
  if (parse (data, length, self->values))
    self->at = MAX (now, 1);
  else
    reeve_host_metrics_proc_complain (proc, &self->file, complaint);
  return self->at != 0;
}

void
reeve_host_metrics_cpu_collect (ReeveHostMetricsCpu *self, ReeveHostMetricsProc *proc,
                                ReeveSample *sample)
{
  gint64 now = reeve_clock_get_monotonic (
      reeve_context_get_clock (reeve_host_metrics_proc_get_context (proc)));

  reeve_host_metrics_cpu_collect_times (self, proc, sample);
  if (reeve_host_metrics_slow_refresh (&self->loadavg, proc, now, reeve_host_metrics_parse_loadavg,
                                       "not three load averages") &&
      reeve_sample_add (sample, REEVE_KIND_LOAD, NULL))
    {
      reeve_sample_set_number (sample, REEVE_LOAD_ONE, self->loadavg.values[0]);
      reeve_sample_set_number (sample, REEVE_LOAD_FIVE, self->loadavg.values[1]);
      reeve_sample_set_number (sample, REEVE_LOAD_FIFTEEN, self->loadavg.values[2]);
    }
  if (reeve_host_metrics_slow_refresh (&self->uptime, proc, now, reeve_host_metrics_parse_uptime,
                                       "not a number of seconds") &&
      reeve_sample_add (sample, REEVE_KIND_SYSTEM, NULL))
    reeve_sample_set_number (sample, REEVE_SYSTEM_UPTIME,
                             self->uptime.values[0] +
                                 (double) (now - self->uptime.at) / G_USEC_PER_SEC);
}
