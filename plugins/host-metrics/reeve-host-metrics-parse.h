/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/*
 * The texts of /proc, parsed: (bytes, length) in, plain values out, no allocation, no I/O, any
 * thread. A line without its newline is never used, since its last number may have been cut.
 */

/* The kernel's IFNAMSIZ, with the final NUL. */
#define REEVE_HOST_METRICS_NIC_NAME 16
#define REEVE_HOST_METRICS_DISK_NAME 32
/* The kernel's PATH_MAX. */
#define REEVE_HOST_METRICS_MOUNT_TEXT 4096
#define REEVE_HOST_METRICS_MOUNT_TYPE 64
#define REEVE_HOST_METRICS_FACT_TEXT 128

/* Where a parser that is called once per line stands. */
typedef struct
{
  const char *at;
  const char *end;
  guint bad; /* lines of the right kind that made no sense and were skipped */
} ReeveHostMetricsText;

void reeve_host_metrics_text_init (ReeveHostMetricsText *text, const char *data, gsize length);

/* /proc/stat: ticks; guest times are inside user and nice already. */
typedef struct
{
  int number; /* -1: all together */
  guint64 total;
  guint64 busy;
  guint64 user;
  guint64 system;
  guint64 iowait;
  guint64 steal;
  guint64 idle;
  guint64 nice;
  guint64 interrupt; /* hard and soft */
} ReeveHostMetricsCpuLine;

/* The next "cpu" line. FALSE: no more of them. */
gboolean reeve_host_metrics_parse_cpu (ReeveHostMetricsText *text,
                                       ReeveHostMetricsCpuLine *ret_line);

typedef enum
{
  REEVE_HOST_METRICS_MEM_TOTAL,
  REEVE_HOST_METRICS_MEM_FREE,
  REEVE_HOST_METRICS_MEM_AVAILABLE,
  REEVE_HOST_METRICS_MEM_BUFFERS,
  REEVE_HOST_METRICS_MEM_CACHED,
  REEVE_HOST_METRICS_MEM_SRECLAIMABLE,
  REEVE_HOST_METRICS_MEM_SHMEM,
  REEVE_HOST_METRICS_SWAP_TOTAL,
  REEVE_HOST_METRICS_SWAP_FREE,
  REEVE_HOST_METRICS_SWAP_CACHED,
  REEVE_HOST_METRICS_N_MEM
} ReeveHostMetricsMemField;

/* /proc/meminfo: bytes; a field without its bit in @present is 0. */
typedef struct
{
  guint present;
  guint64 values[REEVE_HOST_METRICS_N_MEM];
} ReeveHostMetricsMeminfo;

/* FALSE when there is no total, or nothing that says how much of it is used. */
gboolean reeve_host_metrics_parse_meminfo (const char *data, gsize length,
                                           ReeveHostMetricsMeminfo *ret_meminfo);

/* What programs see of it; bytes. */
typedef struct
{
  guint64 total;
  guint64 used;
  guint64 cache;
  guint64 arc; /* 0: not taken out of used */
  guint64 swap_total;
  guint64 swap_used;
  gboolean has_cache; /* the text said enough for cache, for swap */
  gboolean has_swap;
} ReeveHostMetricsMemory;

/* @arc: ZFS' cache in bytes, 0: none. */
void reeve_host_metrics_parse_memory (const ReeveHostMetricsMeminfo *meminfo, guint64 arc,
                                      ReeveHostMetricsMemory *ret_memory);
/* Likewise with used as the total less what is free and less buffers and cache, as htop has it. */
void reeve_host_metrics_parse_memory_htop (const ReeveHostMetricsMeminfo *meminfo, guint64 arc,
                                           ReeveHostMetricsMemory *ret_memory);

/* /proc/spl/kstat/zfs/arcstats: the row "size", bytes. */
gboolean reeve_host_metrics_parse_arcstats (const char *data, gsize length, guint64 *ret_size);
/* /proc/loadavg: over 1, 5 and 15 minutes. */
gboolean reeve_host_metrics_parse_loadavg (const char *data, gsize length, double ret_load[3]);
/* /proc/uptime: seconds. */
gboolean reeve_host_metrics_parse_uptime (const char *data, gsize length, double *ret_uptime);

/* /proc/net/dev: bytes, and packets for the rest. */
typedef struct
{
  char name[REEVE_HOST_METRICS_NIC_NAME];
  guint64 received;
  guint64 sent;
  guint64 receive_errors;
  guint64 receive_drops;
  guint64 send_errors;
  guint64 send_drops;
} ReeveHostMetricsNicLine;

gboolean reeve_host_metrics_parse_nic (ReeveHostMetricsText *text,
                                       ReeveHostMetricsNicLine *ret_line);

/* /proc/diskstats: sectors are 512 bytes whatever the disk says, times are milliseconds. */
typedef struct
{
  guint major;
  guint minor;
  char name[REEVE_HOST_METRICS_DISK_NAME];
  guint64 reads;
  guint64 sectors_read;
  guint64 reading_ms;
  guint64 writes;
  guint64 sectors_written;
  guint64 writing_ms;
  guint64 busy_ms;
  guint64 queue_ms;
} ReeveHostMetricsDiskLine;

gboolean reeve_host_metrics_parse_disk (ReeveHostMetricsText *text,
                                        ReeveHostMetricsDiskLine *ret_line);

/* /proc/self/mountinfo; paths with the kernel's octal escapes taken away. */
typedef struct
{
  guint major;
  guint minor;
  char point[REEVE_HOST_METRICS_MOUNT_TEXT];
  char type[REEVE_HOST_METRICS_MOUNT_TYPE];
  char source[REEVE_HOST_METRICS_MOUNT_TEXT];
} ReeveHostMetricsMountLine;

gboolean reeve_host_metrics_parse_mount (ReeveHostMetricsText *text,
                                         ReeveHostMetricsMountLine *ret_line);

/* /proc/cpuinfo; 0 and "" where it says nothing. */
typedef struct
{
  guint threads;
  guint cores;
  char model[REEVE_HOST_METRICS_FACT_TEXT];
  char hardware[REEVE_HOST_METRICS_FACT_TEXT]; /* the board, for want of a model (ARM) */
} ReeveHostMetricsCpuinfo;

void reeve_host_metrics_parse_cpuinfo (const char *data, gsize length,
                                       ReeveHostMetricsCpuinfo *ret_cpuinfo);

/* The core of an ARM processor by its "CPU implementer" and "CPU part"; NULL: unknown. */
const char *reeve_host_metrics_parse_arm_part (guint64 implementer, guint64 part);
/* /etc/os-release: the value of PRETTY_NAME. */
gboolean reeve_host_metrics_parse_os_release (const char *data, gsize length,
                                              char ret_name[REEVE_HOST_METRICS_FACT_TEXT]);
/* The first line of a file, without blanks around it, cut at the room. FALSE when it is empty. */
gboolean reeve_host_metrics_parse_line (const char *data, gsize length, char *ret_text, gsize room);

G_END_DECLS
