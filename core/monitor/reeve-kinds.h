/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Indices of the standard kinds and their metrics, in the order of the table in reeve-kinds.c, for
 * code that fills or reads many of them. The order is part of the wire (extension 1 numbers columns
 * by it): new ones go to the end, and REEVE_KINDS_REVISION grows.
 */

#define REEVE_KINDS_REVISION 2

enum
{
  REEVE_KIND_HOST,   /* facts */
  REEVE_KIND_SYSTEM, /* uptime and what has no other home */
  REEVE_KIND_CPU,
  REEVE_KIND_CORE, /* instance: the number */
  REEVE_KIND_MEMORY,
  REEVE_KIND_SWAP,
  REEVE_KIND_LOAD,
  REEVE_KIND_FILESYSTEM, /* instance: the mount point or its custom name; "/" is the root */
  REEVE_KIND_NETWORK,    /* all counted interfaces together */
  REEVE_KIND_NIC,        /* instance: the interface */
  REEVE_KIND_SENSOR,     /* instance: the sensor's name */
  REEVE_KIND_FAN,
  REEVE_KIND_BATTERY,    /* instance: its name; the primary one is marked */
  REEVE_KIND_GPU,        /* instance: the id */
  REEVE_KIND_GPU_ENGINE, /* instance: "id/engine" */
  REEVE_KIND_CONTAINER,  /* instance: the id, 12 hex digits */
  REEVE_KIND_SERVICES,   /* counts */
  REEVE_KIND_SERVICE,    /* instance: the unit without ".service" */
  REEVE_KIND_PRESSURE,   /* instance: "cpu", "memory", "io", "irq" */
  REEVE_KIND_DISK,       /* instance: the block device, "sda" */
  REEVE_KIND_SUPPLY,     /* power supplies but batteries; instance: its name */
  REEVE_KIND_AGENT,      /* what the agent tells of itself */
  REEVE_N_KINDS
};

enum
{
  REEVE_HOST_HOSTNAME,
  REEVE_HOST_KERNEL,
  REEVE_HOST_OS,
  REEVE_HOST_OS_NAME,
  REEVE_HOST_ARCH,
  REEVE_HOST_CPU_MODEL,
  REEVE_HOST_CORES,
  REEVE_HOST_THREADS,
  REEVE_HOST_MEMORY,
  REEVE_HOST_PODMAN,
  REEVE_HOST_AGENT_VERSION,
  REEVE_N_HOST
};
/* OS: state 0 linux, 1 darwin, 2 windows, 3 freebsd. PODMAN: state 0 no, 1 yes. CONNECTION: state 0
 * none, 1 ssh, 2 websocket. */
enum
{
  REEVE_SYSTEM_UPTIME,
  REEVE_SYSTEM_CONNECTION,
  REEVE_SYSTEM_TEMPERATURE,
  REEVE_SYSTEM_GPU,
  REEVE_N_SYSTEM
};
/* Counters of CPU time in microseconds, each shown as its share of TIME. */
enum
{
  REEVE_CPU_TIME,
  REEVE_CPU_USAGE,
  REEVE_CPU_USER,
  REEVE_CPU_SYSTEM,
  REEVE_CPU_IOWAIT,
  REEVE_CPU_STEAL,
  REEVE_CPU_IDLE,
  REEVE_CPU_NICE,
  REEVE_CPU_INTERRUPT, /* hard and soft */
  REEVE_N_CPU
};
enum
{
  REEVE_CORE_TIME,
  REEVE_CORE_USAGE,
  REEVE_N_CORE
};
enum
{
  REEVE_MEMORY_TOTAL,
  REEVE_MEMORY_USED,
  REEVE_MEMORY_USAGE,
  REEVE_MEMORY_CACHE,
  REEVE_MEMORY_ZFS_ARC,
  REEVE_N_MEMORY
};
enum
{
  REEVE_SWAP_TOTAL,
  REEVE_SWAP_USED,
  REEVE_N_SWAP
};
enum
{
  REEVE_LOAD_ONE,
  REEVE_LOAD_FIVE,
  REEVE_LOAD_FIFTEEN,
  REEVE_N_LOAD
};
/* READ, WRITE: counters of bytes. READ_TIME, WRITE_TIME, BUSY, QUEUE: counters of microseconds,
 * shown as a ratio of elapsed time (QUEUE: of each request's time, so the queue's depth).
 * READ_AWAIT, WRITE_AWAIT: counters of microseconds "over" READS, WRITES, shown as seconds per
 * operation. */
enum
{
  REEVE_FILESYSTEM_TOTAL,
  REEVE_FILESYSTEM_USED,
  REEVE_FILESYSTEM_USAGE,
  REEVE_FILESYSTEM_READ,
  REEVE_FILESYSTEM_WRITE,
  REEVE_FILESYSTEM_READ_TIME,
  REEVE_FILESYSTEM_WRITE_TIME,
  REEVE_FILESYSTEM_BUSY,
  REEVE_FILESYSTEM_READ_AWAIT,
  REEVE_FILESYSTEM_WRITE_AWAIT,
  REEVE_FILESYSTEM_QUEUE,
  REEVE_FILESYSTEM_READS,
  REEVE_FILESYSTEM_WRITES,
  REEVE_FILESYSTEM_INODES,
  REEVE_FILESYSTEM_INODES_USED,
  REEVE_FILESYSTEM_INODES_USAGE,
  REEVE_FILESYSTEM_TYPE,
  REEVE_FILESYSTEM_DEVICE,
  REEVE_N_FILESYSTEM
};
enum
{
  REEVE_NETWORK_SENT,
  REEVE_NETWORK_RECEIVED,
  REEVE_N_NETWORK
};
enum
{
  REEVE_NIC_SENT,
  REEVE_NIC_RECEIVED,
  REEVE_NIC_SENT_TOTAL,
  REEVE_NIC_RECEIVED_TOTAL,
  REEVE_NIC_SEND_ERRORS,
  REEVE_NIC_RECEIVE_ERRORS,
  REEVE_NIC_SEND_DROPS,
  REEVE_NIC_RECEIVE_DROPS,
  REEVE_N_NIC
};
enum
{
  REEVE_SENSOR_TEMPERATURE,
  REEVE_SENSOR_CRITICAL,
  REEVE_N_SENSOR
};
enum
{
  REEVE_FAN_SPEED,
  REEVE_N_FAN
};
enum
{
  REEVE_BATTERY_CHARGE,
  REEVE_BATTERY_STATE,
  REEVE_BATTERY_PRIMARY,
  REEVE_BATTERY_POWER,
  REEVE_BATTERY_HEALTH,
  REEVE_BATTERY_CYCLES,
  REEVE_N_BATTERY
};
enum
{
  REEVE_GPU_NAME,
  REEVE_GPU_USAGE,
  REEVE_GPU_MEMORY_USED,
  REEVE_GPU_MEMORY_TOTAL,
  REEVE_GPU_POWER,
  REEVE_GPU_PACKAGE_POWER,
  REEVE_N_GPU
};
enum
{
  REEVE_GPU_ENGINE_USAGE,
  REEVE_N_GPU_ENGINE
};
/* CPU of containers and services: a counter of microseconds of the whole machine, that is the time
 * used divided by the number of logical processors. */
enum
{
  REEVE_CONTAINER_NAME,
  REEVE_CONTAINER_IMAGE,
  REEVE_CONTAINER_STATUS,
  REEVE_CONTAINER_PORTS,
  REEVE_CONTAINER_HEALTH,
  REEVE_CONTAINER_CPU,
  REEVE_CONTAINER_MEMORY,
  REEVE_CONTAINER_SENT,
  REEVE_CONTAINER_RECEIVED,
  REEVE_CONTAINER_READ,
  REEVE_CONTAINER_WRITE,
  REEVE_CONTAINER_STATE,
  REEVE_CONTAINER_RESTARTS,
  REEVE_CONTAINER_MEMORY_LIMIT,
  REEVE_N_CONTAINER
};
enum
{
  REEVE_SERVICES_TOTAL,
  REEVE_SERVICES_FAILED,
  REEVE_N_SERVICES
};
enum
{
  REEVE_SERVICE_STATE,
  REEVE_SERVICE_SUB_STATE,
  REEVE_SERVICE_CPU,
  REEVE_SERVICE_CPU_PEAK,
  REEVE_SERVICE_MEMORY,
  REEVE_SERVICE_MEMORY_PEAK,
  REEVE_SERVICE_TASKS,
  REEVE_SERVICE_RESTARTS,
  REEVE_N_SERVICE
};
/* Counters of microseconds in which some tasks, or all that were not idle, waited. */
enum
{
  REEVE_PRESSURE_SOME,
  REEVE_PRESSURE_FULL,
  REEVE_N_PRESSURE
};
/* As those of a filesystem. */
enum
{
  REEVE_DISK_READ,
  REEVE_DISK_WRITE,
  REEVE_DISK_READ_TIME,
  REEVE_DISK_WRITE_TIME,
  REEVE_DISK_BUSY,
  REEVE_DISK_READ_AWAIT,
  REEVE_DISK_WRITE_AWAIT,
  REEVE_DISK_QUEUE,
  REEVE_DISK_READS,
  REEVE_DISK_WRITES,
  REEVE_DISK_SIZE,
  REEVE_DISK_MODEL,
  REEVE_N_DISK
};
enum
{
  REEVE_SUPPLY_ONLINE,
  REEVE_SUPPLY_TYPE,
  REEVE_SUPPLY_POWER,
  REEVE_N_SUPPLY
};
enum
{
  REEVE_AGENT_KEPT,    /* samples that wait for the hub */
  REEVE_AGENT_DROPPED, /* samples given up, since the agent began */
  REEVE_N_AGENT
};
