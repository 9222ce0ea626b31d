/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Memory and swap from /proc/meminfo, less what ZFS caches where there is ZFS. */

#include "config.h"

#include "reeve-host-metrics-memory.h"

#include "reeve-host-metrics-parse.h"

void
reeve_host_metrics_memory_init (ReeveHostMetricsMemoryReader *self)
{
  *self = (ReeveHostMetricsMemoryReader){
    .meminfo = REEVE_HOST_METRICS_FILE_INIT ("proc/meminfo", REEVE_HOST_METRICS_FILE_WHOLE),
    .arcstats = REEVE_HOST_METRICS_FILE_INIT ("proc/spl/kstat/zfs/arcstats",
                                              REEVE_HOST_METRICS_FILE_OPTIONAL),
  };
}

void
reeve_host_metrics_memory_clear (ReeveHostMetricsMemoryReader *self)
{
  reeve_host_metrics_proc_close (&self->meminfo);
  reeve_host_metrics_proc_close (&self->arcstats);
}

static guint64
reeve_host_metrics_memory_read_arc (ReeveHostMetricsMemoryReader *self, ReeveHostMetricsProc *proc)
{
  guint64 arc = 0;
  gsize length;
  const char *data = reeve_host_metrics_proc_read (proc, &self->arcstats, &length);

  if (data != NULL && !reeve_host_metrics_parse_arcstats (data, length, &arc))
    reeve_host_metrics_proc_complain (proc, &self->arcstats, "no size of the ARC");
  return arc;
}

void
reeve_host_metrics_memory_collect (ReeveHostMetricsMemoryReader *self, ReeveHostMetricsProc *proc,
                                   ReeveSample *sample)
{
  guint64 arc = reeve_host_metrics_memory_read_arc (self, proc);
  ReeveHostMetricsMeminfo meminfo;
  ReeveHostMetricsMemory memory;
  gsize length;
  const char *data = reeve_host_metrics_proc_read (proc, &self->meminfo, &length);

  if (data == NULL)
    return;
  if (!reeve_host_metrics_parse_meminfo (data, length, &meminfo))
    {
      reeve_host_metrics_proc_complain (proc, &self->meminfo, "not the sizes of memory");
      return;
    }
  if (self->htop)
    reeve_host_metrics_parse_memory_htop (&meminfo, arc, &memory);
  else
    reeve_host_metrics_parse_memory (&meminfo, arc, &memory);
  if (reeve_sample_add (sample, REEVE_KIND_MEMORY, NULL))
    {
      reeve_sample_set_number (sample, REEVE_MEMORY_TOTAL, (double) memory.total);
      reeve_sample_set_number (sample, REEVE_MEMORY_USED, (double) memory.used);
      reeve_sample_set_number (sample, REEVE_MEMORY_USAGE,
                               (double) memory.used / (double) memory.total);
      if (memory.has_cache)
        reeve_sample_set_number (sample, REEVE_MEMORY_CACHE, (double) memory.cache);
      if (memory.arc > 0)
        reeve_sample_set_number (sample, REEVE_MEMORY_ZFS_ARC, (double) memory.arc);
    }
  if (memory.has_swap && reeve_sample_add (sample, REEVE_KIND_SWAP, NULL))
    {
      reeve_sample_set_number (sample, REEVE_SWAP_TOTAL, (double) memory.swap_total);
      reeve_sample_set_number (sample, REEVE_SWAP_USED, (double) memory.swap_used);
    }
}
