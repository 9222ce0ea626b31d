/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pressure from /proc/pressure. Kernels before 4.20 and those built or started without it have no
 * such files; "irq" came with 6.1. */

#include "config.h"

#include "reeve-host-metrics-pressure.h"

#include "reeve-host-metrics-device-parse.h"

/* In the order of the files. */
static const char *const reeve_host_metrics_pressure_names[REEVE_HOST_METRICS_N_PRESSURE] = {
  "cpu",
  "memory",
  "io",
  "irq",
};

void
reeve_host_metrics_pressure_init (ReeveHostMetricsPressure *self)
{
#define FILE_OF(path)                                                                              \
  REEVE_HOST_METRICS_FILE_INIT (path,                                                              \
                                REEVE_HOST_METRICS_FILE_OPTIONAL | REEVE_HOST_METRICS_FILE_WHOLE)
  *self = (ReeveHostMetricsPressure){ .files = {
                                          FILE_OF ("proc/pressure/cpu"),
                                          FILE_OF ("proc/pressure/memory"),
                                          FILE_OF ("proc/pressure/io"),
                                          FILE_OF ("proc/pressure/irq"),
                                      } };
#undef FILE_OF
}

void
reeve_host_metrics_pressure_clear (ReeveHostMetricsPressure *self)
{
  for (guint i = 0; i < REEVE_HOST_METRICS_N_PRESSURE; i++)
    reeve_host_metrics_proc_close (&self->files[i]);
}

void
reeve_host_metrics_pressure_collect (ReeveHostMetricsPressure *self, ReeveHostMetricsProc *proc,
                                     ReeveSample *sample)
{
  for (guint i = 0; i < REEVE_HOST_METRICS_N_PRESSURE; i++)
    {
      ReeveHostMetricsPressureTimes times;
      gsize length;
      const char *data = reeve_host_metrics_proc_read (proc, &self->files[i], &length);

      if (data == NULL)
        continue;
      if (!reeve_host_metrics_parse_pressure (data, length, &times))
        reeve_host_metrics_proc_complain (proc, &self->files[i], "not the times of waiting");
      else if (reeve_sample_add (sample, REEVE_KIND_PRESSURE, reeve_host_metrics_pressure_names[i]))
        {
          if (times.has_some)
            reeve_sample_set_counter (sample, REEVE_PRESSURE_SOME, times.some);
          if (times.has_full)
            reeve_sample_set_counter (sample, REEVE_PRESSURE_FULL, times.full);
        }
    }
}
