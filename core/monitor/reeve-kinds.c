/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The standard kinds: what every hub and agent of this revision knows without a description. The
 * order of kinds and metrics is that of the enumerations in reeve-kinds.h and part of the wire.
 *
 * Counters of time are collected in microseconds. With "over" the growth of one counter is divided
 * by the growth of another of the same kind, each times its scale; without, by the seconds that
 * passed, so that a counter of microseconds of work becomes the share of time spent at it.
 */

#include "config.h"

#include "reeve-schema-private.h"

#define MICROSECOND 1e-6

#define TEXT(name, title, text)                                                                    \
  {                                                                                                \
    name, title, REEVE_METRIC_TEXT, REEVE_UNIT_NONE, REEVE_AGGREGATION_LAST, REEVE_CHART_NONE, 0,  \
        NULL, 0, NULL, text                                                                        \
  }
#define STATE(name, title, states, text)                                                           \
  {                                                                                                \
    name, title, REEVE_METRIC_STATE, REEVE_UNIT_NONE, REEVE_AGGREGATION_LAST, REEVE_CHART_NONE, 0, \
        NULL, 0, states, text                                                                      \
  }
#define NUMBER(name, title, unit, aggregation, chart, range, text)                                 \
  {                                                                                                \
    name, title, REEVE_METRIC_NUMBER, REEVE_UNIT_##unit, REEVE_AGGREGATION_##aggregation,          \
        REEVE_CHART_##chart, range, NULL, 0, NULL, text                                            \
  }
#define COUNTER(name, title, unit, chart, range, over, scale, text)                                \
  {                                                                                                \
    name, title, REEVE_METRIC_COUNTER, REEVE_UNIT_##unit, REEVE_AGGREGATION_AVERAGE,               \
        REEVE_CHART_##chart, range, over, scale, NULL, text                                        \
  }
/* What only divides others: neither kept nor drawn. */
#define DENOMINATOR(name, title, text)                                                             \
  {                                                                                                \
    name, title, REEVE_METRIC_COUNTER, REEVE_UNIT_NONE, REEVE_AGGREGATION_NONE, REEVE_CHART_NONE,  \
        0, NULL, MICROSECOND, NULL, text                                                           \
  }
#define KIND(name, title, text, instanced, facts, metrics)                                         \
  {                                                                                                \
    name, title, text, instanced, facts, G_N_ELEMENTS (metrics), metrics                           \
  }

/* ---- states ---- */

static const ReeveState reeve_kinds_no_yes[] = {
  { 0, "no", REEVE_STATE_OK },
  { 1, "yes", REEVE_STATE_OK },
  { 0 },
};

static const ReeveState reeve_kinds_os[] = {
  { 0, "linux", REEVE_STATE_OK },
  { 1, "darwin", REEVE_STATE_OK },
  { 2, "windows", REEVE_STATE_OK },
  { 3, "freebsd", REEVE_STATE_OK },
  { 0 },
};

static const ReeveState reeve_kinds_connection[] = {
  { 0, "none", REEVE_STATE_UNKNOWN },
  { 1, "ssh", REEVE_STATE_OK },
  { 2, "websocket", REEVE_STATE_OK },
  { 0 },
};

static const ReeveState reeve_kinds_battery[] = {
  { 0, "unknown", REEVE_STATE_UNKNOWN },
  { 1, "empty", REEVE_STATE_CRITICAL },
  { 2, "full", REEVE_STATE_OK },
  { 3, "charging", REEVE_STATE_OK },
  { 4, "discharging", REEVE_STATE_WARNING },
  { 5, "not-charging", REEVE_STATE_OK },
  { 0 },
};

static const ReeveState reeve_kinds_health[] = {
  { 0, "none", REEVE_STATE_UNKNOWN },
  { 1, "starting", REEVE_STATE_WARNING },
  { 2, "healthy", REEVE_STATE_OK },
  { 3, "unhealthy", REEVE_STATE_CRITICAL },
  { 0 },
};

static const ReeveState reeve_kinds_container[] = {
  { 0, "created", REEVE_STATE_OK },
  { 1, "running", REEVE_STATE_OK },
  { 2, "paused", REEVE_STATE_WARNING },
  { 3, "restarting", REEVE_STATE_WARNING },
  { 4, "removing", REEVE_STATE_WARNING },
  { 5, "exited", REEVE_STATE_OK },
  { 6, "dead", REEVE_STATE_CRITICAL },
  { 7, "unknown", REEVE_STATE_UNKNOWN },
  { 0 },
};

static const ReeveState reeve_kinds_service[] = {
  { 0, "active", REEVE_STATE_OK },
  { 1, "inactive", REEVE_STATE_OK },
  { 2, "failed", REEVE_STATE_CRITICAL },
  { 3, "activating", REEVE_STATE_WARNING },
  { 4, "deactivating", REEVE_STATE_WARNING },
  { 5, "reloading", REEVE_STATE_WARNING },
  { 0 },
};

static const ReeveState reeve_kinds_service_sub[] = {
  { 0, "dead", REEVE_STATE_OK },       { 1, "running", REEVE_STATE_OK },
  { 2, "exited", REEVE_STATE_OK },     { 3, "failed", REEVE_STATE_CRITICAL },
  { 4, "other", REEVE_STATE_UNKNOWN }, { 0 },
};

/* ---- metrics ---- */

static const ReeveMetric reeve_kinds_host_metrics[REEVE_N_HOST] = {
  [REEVE_HOST_HOSTNAME] = TEXT ("hostname", "Host name", NULL),
  [REEVE_HOST_KERNEL] = TEXT ("kernel", "Kernel", "The release of the running kernel"),
  [REEVE_HOST_OS] = STATE ("os", "System family", reeve_kinds_os, NULL),
  [REEVE_HOST_OS_NAME] = TEXT ("os-name", "Operating system", NULL),
  [REEVE_HOST_ARCH] = TEXT ("arch", "Architecture", NULL),
  [REEVE_HOST_CPU_MODEL] = TEXT ("cpu-model", "Processor", NULL),
  [REEVE_HOST_CORES] = NUMBER ("cores", "Cores", COUNT, LAST, NONE, 0, "Physical cores"),
  [REEVE_HOST_THREADS] = NUMBER ("threads", "Threads", COUNT, LAST, NONE, 0, "Logical processors"),
  [REEVE_HOST_MEMORY] = NUMBER ("memory", "Memory", BYTES, LAST, NONE, 0, "Usable memory"),
  [REEVE_HOST_PODMAN] =
      STATE ("podman", "Podman", reeve_kinds_no_yes, "Whether containers are run by Podman"),
  [REEVE_HOST_AGENT_VERSION] = TEXT ("agent-version", "Agent", "The version of the agent"),
};

static const ReeveMetric reeve_kinds_system_metrics[REEVE_N_SYSTEM] = {
  [REEVE_SYSTEM_UPTIME] = NUMBER ("uptime", "Uptime", SECONDS, LAST, NONE, 0, NULL),
  [REEVE_SYSTEM_CONNECTION] = STATE ("connection", "Connection", reeve_kinds_connection,
                                     "How the agent says that it is connected"),
  [REEVE_SYSTEM_TEMPERATURE] = NUMBER ("temperature", "Temperature", CELSIUS, MAXIMUM, NONE, 0,
                                       "The hottest sensor, or the one named as primary"),
  [REEVE_SYSTEM_GPU] =
      NUMBER ("gpu", "GPU usage", RATIO, AVERAGE, NONE, 1, "The busiest graphics processor"),
};

static const ReeveMetric reeve_kinds_cpu_metrics[REEVE_N_CPU] = {
  [REEVE_CPU_TIME] = DENOMINATOR ("time", "Time", "Time of all processors together"),
  [REEVE_CPU_USAGE] =
      COUNTER ("usage", "Usage", RATIO, AREA, 1, "time", MICROSECOND, "All but idle and waiting"),
  [REEVE_CPU_USER] = COUNTER ("user", "User", RATIO, STACK, 1, "time", MICROSECOND, NULL),
  [REEVE_CPU_SYSTEM] = COUNTER ("system", "System", RATIO, STACK, 1, "time", MICROSECOND, NULL),
  [REEVE_CPU_IOWAIT] = COUNTER ("iowait", "Waiting for I/O", RATIO, STACK, 1, "time", MICROSECOND,
                                "Idle while some task waited for a disk"),
  [REEVE_CPU_STEAL] = COUNTER ("steal", "Stolen", RATIO, STACK, 1, "time", MICROSECOND,
                               "Wanted, but given to others by the hypervisor"),
  [REEVE_CPU_IDLE] = COUNTER ("idle", "Idle", RATIO, NONE, 1, "time", MICROSECOND, NULL),
  [REEVE_CPU_NICE] =
      COUNTER ("nice", "Nice", RATIO, STACK, 1, "time", MICROSECOND, "Of low priority"),
  [REEVE_CPU_INTERRUPT] =
      COUNTER ("interrupt", "Interrupts", RATIO, STACK, 1, "time", MICROSECOND, NULL),
};

static const ReeveMetric reeve_kinds_core_metrics[REEVE_N_CORE] = {
  [REEVE_CORE_TIME] = DENOMINATOR ("time", "Time", "Time of this processor"),
  [REEVE_CORE_USAGE] =
      COUNTER ("usage", "Usage", RATIO, LINE, 1, "time", MICROSECOND, "All but idle and waiting"),
};

static const ReeveMetric reeve_kinds_memory_metrics[REEVE_N_MEMORY] = {
  [REEVE_MEMORY_TOTAL] = NUMBER ("total", "Total", BYTES, LAST, NONE, 0, NULL),
  [REEVE_MEMORY_USED] =
      NUMBER ("used", "Used", BYTES, AVERAGE, STACK, 0, "What programs cannot get back"),
  [REEVE_MEMORY_USAGE] = NUMBER ("usage", "Usage", RATIO, AVERAGE, LINE, 1, NULL),
  [REEVE_MEMORY_CACHE] = NUMBER ("cache", "Buffers and cache", BYTES, AVERAGE, STACK, 0, NULL),
  [REEVE_MEMORY_ZFS_ARC] = NUMBER ("zfs-arc", "ZFS ARC", BYTES, AVERAGE, STACK, 0, NULL),
};

static const ReeveMetric reeve_kinds_swap_metrics[REEVE_N_SWAP] = {
  [REEVE_SWAP_TOTAL] = NUMBER ("total", "Total", BYTES, LAST, NONE, 0, NULL),
  [REEVE_SWAP_USED] = NUMBER ("used", "Used", BYTES, AVERAGE, AREA, 0, NULL),
};

static const ReeveMetric reeve_kinds_load_metrics[REEVE_N_LOAD] = {
  [REEVE_LOAD_ONE] = NUMBER ("one", "1 minute", LOAD, AVERAGE, LINE, 0, NULL),
  [REEVE_LOAD_FIVE] = NUMBER ("five", "5 minutes", LOAD, AVERAGE, LINE, 0, NULL),
  [REEVE_LOAD_FIFTEEN] = NUMBER ("fifteen", "15 minutes", LOAD, AVERAGE, LINE, 0, NULL),
};

static const ReeveMetric reeve_kinds_filesystem_metrics[REEVE_N_FILESYSTEM] = {
  [REEVE_FILESYSTEM_TOTAL] = NUMBER ("total", "Size", BYTES, LAST, NONE, 0, NULL),
  [REEVE_FILESYSTEM_USED] = NUMBER ("used", "Used", BYTES, AVERAGE, AREA, 0, NULL),
  [REEVE_FILESYSTEM_USAGE] = NUMBER ("usage", "Usage", RATIO, AVERAGE, LINE, 1, NULL),
  [REEVE_FILESYSTEM_READ] = COUNTER ("read", "Read", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_FILESYSTEM_WRITE] = COUNTER ("write", "Written", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_FILESYSTEM_READ_TIME] = COUNTER ("read-time", "Reading", RATIO, LINE, 0, NULL, MICROSECOND,
                                          "Time of all reads; more than 1 when they overlap"),
  [REEVE_FILESYSTEM_WRITE_TIME] =
      COUNTER ("write-time", "Writing", RATIO, LINE, 0, NULL, MICROSECOND,
               "Time of all writes; more than 1 when they overlap"),
  [REEVE_FILESYSTEM_BUSY] = COUNTER ("busy", "Busy", RATIO, LINE, 1, NULL, MICROSECOND,
                                     "Share of time with anything to do"),
  [REEVE_FILESYSTEM_READ_AWAIT] =
      COUNTER ("read-await", "Time of a read", SECONDS, LINE, 0, "reads", MICROSECOND, NULL),
  [REEVE_FILESYSTEM_WRITE_AWAIT] =
      COUNTER ("write-await", "Time of a write", SECONDS, LINE, 0, "writes", MICROSECOND, NULL),
  [REEVE_FILESYSTEM_QUEUE] = COUNTER ("queue", "Queue", COUNT, LINE, 0, NULL, MICROSECOND,
                                      "How many requests were under way on average"),
  [REEVE_FILESYSTEM_READS] = COUNTER ("reads", "Reads", PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_FILESYSTEM_WRITES] = COUNTER ("writes", "Writes", PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_FILESYSTEM_INODES] =
      NUMBER ("inodes", "Inodes", COUNT, LAST, NONE, 0, "Files that it can hold"),
  [REEVE_FILESYSTEM_INODES_USED] =
      NUMBER ("inodes-used", "Inodes used", COUNT, AVERAGE, NONE, 0, NULL),
  [REEVE_FILESYSTEM_INODES_USAGE] =
      NUMBER ("inodes-usage", "Inode usage", RATIO, AVERAGE, LINE, 1, NULL),
  [REEVE_FILESYSTEM_TYPE] = TEXT ("type", "Type", "As the kernel names it"),
  [REEVE_FILESYSTEM_DEVICE] =
      TEXT ("device", "Device", "The device or address that it is mounted from"),
};

static const ReeveMetric reeve_kinds_network_metrics[REEVE_N_NETWORK] = {
  [REEVE_NETWORK_SENT] = COUNTER ("sent", "Sent", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_NETWORK_RECEIVED] =
      COUNTER ("received", "Received", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
};

static const ReeveMetric reeve_kinds_nic_metrics[REEVE_N_NIC] = {
  [REEVE_NIC_SENT] = COUNTER ("sent", "Sent", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_NIC_RECEIVED] = COUNTER ("received", "Received", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_NIC_SENT_TOTAL] =
      NUMBER ("sent-total", "Sent in all", BYTES, LAST, NONE, 0, "Since the interface came up"),
  [REEVE_NIC_RECEIVED_TOTAL] = NUMBER ("received-total", "Received in all", BYTES, LAST, NONE, 0,
                                       "Since the interface came up"),
  [REEVE_NIC_SEND_ERRORS] =
      COUNTER ("send-errors", "Send errors", PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_NIC_RECEIVE_ERRORS] =
      COUNTER ("receive-errors", "Receive errors", PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_NIC_SEND_DROPS] =
      COUNTER ("send-drops", "Dropped when sending", PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_NIC_RECEIVE_DROPS] =
      COUNTER ("receive-drops", "Dropped when receiving", PER_SECOND, LINE, 0, NULL, 0, NULL),
};

static const ReeveMetric reeve_kinds_sensor_metrics[REEVE_N_SENSOR] = {
  [REEVE_SENSOR_TEMPERATURE] =
      NUMBER ("temperature", "Temperature", CELSIUS, AVERAGE, LINE, 0, NULL),
  [REEVE_SENSOR_CRITICAL] =
      NUMBER ("critical", "Critical", CELSIUS, LAST, NONE, 0, "Where the maker's limit is"),
};

static const ReeveMetric reeve_kinds_fan_metrics[REEVE_N_FAN] = {
  [REEVE_FAN_SPEED] = NUMBER ("speed", "Speed", RPM, AVERAGE, LINE, 0, NULL),
};

static const ReeveMetric reeve_kinds_battery_metrics[REEVE_N_BATTERY] = {
  [REEVE_BATTERY_CHARGE] = NUMBER ("charge", "Charge", RATIO, AVERAGE, LINE, 1, NULL),
  [REEVE_BATTERY_STATE] = STATE ("state", "State", reeve_kinds_battery, NULL),
  [REEVE_BATTERY_PRIMARY] =
      STATE ("primary", "Primary", reeve_kinds_no_yes, "The battery that stands for the system"),
  [REEVE_BATTERY_POWER] =
      NUMBER ("power", "Power", WATTS, AVERAGE, LINE, 0, "Into it or out of it"),
  [REEVE_BATTERY_HEALTH] = NUMBER ("health", "Health", RATIO, LAST, NONE, 1,
                                   "What it holds when full, of what it was made for"),
  [REEVE_BATTERY_CYCLES] = NUMBER ("cycles", "Cycles", COUNT, LAST, NONE, 0, NULL),
};

static const ReeveMetric reeve_kinds_gpu_metrics[REEVE_N_GPU] = {
  [REEVE_GPU_NAME] = TEXT ("name", "Name", NULL),
  [REEVE_GPU_USAGE] = NUMBER ("usage", "Usage", RATIO, AVERAGE, LINE, 1, NULL),
  [REEVE_GPU_MEMORY_USED] = NUMBER ("memory-used", "Memory used", BYTES, AVERAGE, LINE, 0, NULL),
  [REEVE_GPU_MEMORY_TOTAL] = NUMBER ("memory-total", "Memory", BYTES, LAST, NONE, 0, NULL),
  [REEVE_GPU_POWER] = NUMBER ("power", "Power", WATTS, AVERAGE, LINE, 0, NULL),
  [REEVE_GPU_PACKAGE_POWER] =
      NUMBER ("package-power", "Package power", WATTS, AVERAGE, LINE, 0, NULL),
};

static const ReeveMetric reeve_kinds_gpu_engine_metrics[REEVE_N_GPU_ENGINE] = {
  [REEVE_GPU_ENGINE_USAGE] = NUMBER ("usage", "Usage", RATIO, AVERAGE, LINE, 1, NULL),
};

/* A container's or a service's CPU time counts as microseconds of the whole machine: its own time
 * divided by the number of logical processors. */
static const ReeveMetric reeve_kinds_container_metrics[REEVE_N_CONTAINER] = {
  [REEVE_CONTAINER_NAME] = TEXT ("name", "Name", NULL),
  [REEVE_CONTAINER_IMAGE] = TEXT ("image", "Image", NULL),
  [REEVE_CONTAINER_STATUS] = TEXT ("status", "Status", NULL),
  [REEVE_CONTAINER_PORTS] = TEXT ("ports", "Ports", "Published ports"),
  [REEVE_CONTAINER_HEALTH] = STATE ("health", "Health", reeve_kinds_health, NULL),
  [REEVE_CONTAINER_CPU] =
      COUNTER ("cpu", "CPU", RATIO, STACK, 0, NULL, MICROSECOND, "Share of the whole machine"),
  [REEVE_CONTAINER_MEMORY] = NUMBER ("memory", "Memory", BYTES, AVERAGE, STACK, 0, NULL),
  [REEVE_CONTAINER_SENT] = COUNTER ("sent", "Sent", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_CONTAINER_RECEIVED] =
      COUNTER ("received", "Received", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_CONTAINER_READ] = COUNTER ("read", "Read", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_CONTAINER_WRITE] = COUNTER ("write", "Written", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_CONTAINER_STATE] = STATE ("state", "State", reeve_kinds_container, NULL),
  [REEVE_CONTAINER_RESTARTS] = NUMBER ("restarts", "Restarts", COUNT, LAST, NONE, 0, NULL),
  [REEVE_CONTAINER_MEMORY_LIMIT] =
      NUMBER ("memory-limit", "Memory limit", BYTES, LAST, NONE, 0, NULL),
};

static const ReeveMetric reeve_kinds_services_metrics[REEVE_N_SERVICES] = {
  [REEVE_SERVICES_TOTAL] = NUMBER ("total", "Services", COUNT, LAST, NONE, 0, NULL),
  [REEVE_SERVICES_FAILED] = NUMBER ("failed", "Failed services", COUNT, MAXIMUM, LINE, 0, NULL),
};

static const ReeveMetric reeve_kinds_service_metrics[REEVE_N_SERVICE] = {
  [REEVE_SERVICE_STATE] = STATE ("state", "State", reeve_kinds_service, NULL),
  [REEVE_SERVICE_SUB_STATE] = STATE ("sub-state", "Sub-state", reeve_kinds_service_sub, NULL),
  [REEVE_SERVICE_CPU] =
      COUNTER ("cpu", "CPU", RATIO, LINE, 0, NULL, MICROSECOND, "Share of the whole machine"),
  [REEVE_SERVICE_CPU_PEAK] = NUMBER ("cpu-peak", "CPU peak", RATIO, MAXIMUM, NONE, 0,
                                     "The largest share since the agent began"),
  [REEVE_SERVICE_MEMORY] = NUMBER ("memory", "Memory", BYTES, AVERAGE, LINE, 0, NULL),
  [REEVE_SERVICE_MEMORY_PEAK] =
      NUMBER ("memory-peak", "Memory peak", BYTES, MAXIMUM, NONE, 0, NULL),
  [REEVE_SERVICE_TASKS] = NUMBER ("tasks", "Tasks", COUNT, AVERAGE, LINE, 0, NULL),
  [REEVE_SERVICE_RESTARTS] = NUMBER ("restarts", "Restarts", COUNT, LAST, NONE, 0, NULL),
};

static const ReeveMetric reeve_kinds_pressure_metrics[REEVE_N_PRESSURE] = {
  [REEVE_PRESSURE_SOME] = COUNTER ("some", "Some", RATIO, LINE, 1, NULL, MICROSECOND,
                                   "Share of time in which a task waited"),
  [REEVE_PRESSURE_FULL] = COUNTER ("full", "Full", RATIO, LINE, 1, NULL, MICROSECOND,
                                   "Share of time in which all tasks waited"),
};

static const ReeveMetric reeve_kinds_disk_metrics[REEVE_N_DISK] = {
  [REEVE_DISK_READ] = COUNTER ("read", "Read", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_DISK_WRITE] = COUNTER ("write", "Written", BYTES_PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_DISK_READ_TIME] = COUNTER ("read-time", "Reading", RATIO, LINE, 0, NULL, MICROSECOND,
                                    "Time of all reads; more than 1 when they overlap"),
  [REEVE_DISK_WRITE_TIME] = COUNTER ("write-time", "Writing", RATIO, LINE, 0, NULL, MICROSECOND,
                                     "Time of all writes; more than 1 when they overlap"),
  [REEVE_DISK_BUSY] = COUNTER ("busy", "Busy", RATIO, LINE, 1, NULL, MICROSECOND,
                               "Share of time with anything to do"),
  [REEVE_DISK_READ_AWAIT] =
      COUNTER ("read-await", "Time of a read", SECONDS, LINE, 0, "reads", MICROSECOND, NULL),
  [REEVE_DISK_WRITE_AWAIT] =
      COUNTER ("write-await", "Time of a write", SECONDS, LINE, 0, "writes", MICROSECOND, NULL),
  [REEVE_DISK_QUEUE] = COUNTER ("queue", "Queue", COUNT, LINE, 0, NULL, MICROSECOND,
                                "How many requests were under way on average"),
  [REEVE_DISK_READS] = COUNTER ("reads", "Reads", PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_DISK_WRITES] = COUNTER ("writes", "Writes", PER_SECOND, LINE, 0, NULL, 0, NULL),
  [REEVE_DISK_SIZE] = NUMBER ("size", "Size", BYTES, LAST, NONE, 0, NULL),
  [REEVE_DISK_MODEL] = TEXT ("model", "Model", NULL),
};

static const ReeveMetric reeve_kinds_supply_metrics[REEVE_N_SUPPLY] = {
  [REEVE_SUPPLY_ONLINE] = STATE ("online", "Online", reeve_kinds_no_yes, "Whether it gives power"),
  [REEVE_SUPPLY_TYPE] = TEXT ("type", "Type", "Mains, USB, UPS or Wireless"),
  [REEVE_SUPPLY_POWER] = NUMBER ("power", "Power", WATTS, AVERAGE, LINE, 0, NULL),
};

static const ReeveMetric reeve_kinds_agent_metrics[REEVE_N_AGENT] = {
  [REEVE_AGENT_KEPT] =
      NUMBER ("kept", "Samples kept", COUNT, LAST, NONE, 0, "They wait for the hub"),
  [REEVE_AGENT_DROPPED] = NUMBER ("dropped", "Samples dropped", COUNT, MAXIMUM, NONE, 0,
                                  "Given up, since the agent began"),
};

/* ---- kinds ---- */

const ReeveKind reeve_kinds_standard[REEVE_N_KINDS] = {
  [REEVE_KIND_HOST] =
      KIND ("host", "Host", "What seldom changes", FALSE, TRUE, reeve_kinds_host_metrics),
  [REEVE_KIND_SYSTEM] = KIND ("system", "System", NULL, FALSE, FALSE, reeve_kinds_system_metrics),
  [REEVE_KIND_CPU] = KIND ("cpu", "CPU", NULL, FALSE, FALSE, reeve_kinds_cpu_metrics),
  [REEVE_KIND_CORE] = KIND ("core", "CPU cores", "One per logical processor", TRUE, FALSE,
                            reeve_kinds_core_metrics),
  [REEVE_KIND_MEMORY] = KIND ("memory", "Memory", NULL, FALSE, FALSE, reeve_kinds_memory_metrics),
  [REEVE_KIND_SWAP] = KIND ("swap", "Swap", NULL, FALSE, FALSE, reeve_kinds_swap_metrics),
  [REEVE_KIND_LOAD] = KIND ("load", "Load average", "Tasks that run or wait to", FALSE, FALSE,
                            reeve_kinds_load_metrics),
  [REEVE_KIND_FILESYSTEM] =
      KIND ("filesystem", "Filesystems", NULL, TRUE, FALSE, reeve_kinds_filesystem_metrics),
  [REEVE_KIND_NETWORK] = KIND ("network", "Network", "All counted interfaces together", FALSE,
                               FALSE, reeve_kinds_network_metrics),
  [REEVE_KIND_NIC] = KIND ("nic", "Network interfaces", NULL, TRUE, FALSE, reeve_kinds_nic_metrics),
  [REEVE_KIND_SENSOR] =
      KIND ("sensor", "Temperatures", NULL, TRUE, FALSE, reeve_kinds_sensor_metrics),
  [REEVE_KIND_FAN] = KIND ("fan", "Fans", NULL, TRUE, FALSE, reeve_kinds_fan_metrics),
  [REEVE_KIND_BATTERY] =
      KIND ("battery", "Batteries", NULL, TRUE, FALSE, reeve_kinds_battery_metrics),
  [REEVE_KIND_GPU] = KIND ("gpu", "GPUs", NULL, TRUE, FALSE, reeve_kinds_gpu_metrics),
  [REEVE_KIND_GPU_ENGINE] =
      KIND ("gpu-engine", "GPU engines", NULL, TRUE, FALSE, reeve_kinds_gpu_engine_metrics),
  [REEVE_KIND_CONTAINER] =
      KIND ("container", "Containers", NULL, TRUE, FALSE, reeve_kinds_container_metrics),
  [REEVE_KIND_SERVICES] = KIND ("services", "Services", "How many there are", FALSE, FALSE,
                                reeve_kinds_services_metrics),
  [REEVE_KIND_SERVICE] =
      KIND ("service", "Service", NULL, TRUE, FALSE, reeve_kinds_service_metrics),
  [REEVE_KIND_PRESSURE] = KIND ("pressure", "Pressure", "Time lost to waiting for a resource", TRUE,
                                FALSE, reeve_kinds_pressure_metrics),
  [REEVE_KIND_DISK] = KIND ("disk", "Disks", NULL, TRUE, FALSE, reeve_kinds_disk_metrics),
  [REEVE_KIND_SUPPLY] =
      KIND ("supply", "Power supplies", NULL, TRUE, FALSE, reeve_kinds_supply_metrics),
  [REEVE_KIND_AGENT] = KIND ("agent", "Agent", "What the agent tells of itself", FALSE, FALSE,
                             reeve_kinds_agent_metrics),
};
