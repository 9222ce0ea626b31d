/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-host-metrics-patterns.h"

G_BEGIN_DECLS

/*
 * The sensors, fans, batteries and power supplies that a search of /sys has found, with the files
 * that are read for each sample held open. Nothing changes after the search; readings belong to who
 * asks for them.
 */

/* Devices of one kind; more are passed over. */
#define REEVE_HOST_METRICS_MAX_SENSORS 256
#define REEVE_HOST_METRICS_MAX_FANS 64
#define REEVE_HOST_METRICS_MAX_SUPPLIES 32 /* with batteries */
/* Bytes of one of the names that a device's name is made of. */
#define REEVE_HOST_METRICS_DEVICE_NAME 112
/* Bytes of the name of a directory of a class, with its end. */
#define REEVE_HOST_METRICS_DEVICE_PLACE 64
/* A file in /sys that is longer is no number and no word. */
#define REEVE_HOST_METRICS_DEVICE_TEXT 64

typedef enum
{
  REEVE_HOST_METRICS_SENSOR,
  REEVE_HOST_METRICS_FAN,
  REEVE_HOST_METRICS_BATTERY,
  REEVE_HOST_METRICS_SUPPLY,
} ReeveHostMetricsDeviceType;

typedef enum
{
  REEVE_HOST_METRICS_DEVICE_VALUE, /* temperature, speed, charge, or whether it is online */
  REEVE_HOST_METRICS_DEVICE_STATUS,
  REEVE_HOST_METRICS_DEVICE_POWER,
  REEVE_HOST_METRICS_DEVICE_CURRENT, /* with the next, where there is no power */
  REEVE_HOST_METRICS_DEVICE_VOLTAGE,
  REEVE_HOST_METRICS_DEVICE_FILES
} ReeveHostMetricsDeviceFile;

/* What was read last. */
typedef struct
{
  double value; /* °C, revolutions a minute, a share, 0 or 1; NaN: missing, as the next */
  double power; /* watts */
  guint state;  /* of a battery */
  int error;    /* an errno of its value's file, 0: none */
  gboolean bad; /* its value's file made no sense */
} ReeveHostMetricsReading;

typedef struct
{
  ReeveHostMetricsDeviceType type;
  int fds[REEVE_HOST_METRICS_DEVICE_FILES]; /* -1: there is none */
  char *name;                               /* clean */
  char *place;                              /* the directory of its class that it is in, "hwmon3" */
  /* what a search finds, since it seldom changes */
  double critical; /* NaN: missing, as the next two */
  double health;
  double cycles;
  gint64 full;        /* of a battery when full, in its driver's unit; 0: it does not say */
  gboolean of_device; /* it is a mouse's, not the machine's */
  gboolean primary;
  char *text; /* a supply's type */
} ReeveHostMetricsDevice;

typedef struct
{
  gatomicrefcount refs;
  GArray *devices;                   /* of ReeveHostMetricsDevice */
  ReeveHostMetricsReading *readings; /* one for each device, the search's */
  const char *place;                 /* where the search is */
  gboolean more;                     /* there were more than the limits allow */
} ReeveHostMetricsDeviceTable;

/* Between two looks, at least: who has not moved in it hangs. */
#define REEVE_HOST_METRICS_ROUND_STAYS_US (50 * 1000)

/* One going over all devices, by a thread that any of them may hold for ever. */
typedef struct
{
  GMutex lock;
  char at[REEVE_HOST_METRICS_DEVICE_PLACE]; /* where it is, "" between two */
  guint visit;                              /* counts the places that it was in */
  guint seen;                               /* the visit of the last looks, */
  gint64 seen_at;                           /* since that moment */
  gboolean given_up;                        /* nobody waits for it: what is left is passed over */
  GStrv skip;                               /* places that hold other threads; constant */
} ReeveHostMetricsRound;

/* @skip: (transfer full) */
void reeve_host_metrics_round_init (ReeveHostMetricsRound *self, GStrv skip);
void reeve_host_metrics_round_clear (ReeveHostMetricsRound *self);
/* FALSE: not to be touched. */
gboolean reeve_host_metrics_round_enter (ReeveHostMetricsRound *self, const char *place);
void reeve_host_metrics_round_leave (ReeveHostMetricsRound *self);
/* Whoever waits for it looks where it is; @now: monotonic. */
void reeve_host_metrics_round_look (ReeveHostMetricsRound *self, gint64 now);
/* Where it has been since an earlier look, for REEVE_HOST_METRICS_ROUND_STAYS_US at least; NULL:
 * it moves, as one does that began late since all threads were held. (transfer full) */
char *reeve_host_metrics_round_give_up (ReeveHostMetricsRound *self, gint64 now);

/* What to look for; shared and never changed once a search has begun. */
typedef struct
{
  char *root;
  gboolean no_sensors;
  ReeveHostMetricsPatterns sensors;
} ReeveHostMetricsDeviceOptions;

/* Searches, and reads what it finds. May block. (transfer full) */
ReeveHostMetricsDeviceTable *
reeve_host_metrics_device_table_scan (const ReeveHostMetricsDeviceOptions *options,
                                      ReeveHostMetricsRound *round);
/* Reads all again into @readings, of what is passed over ETIMEDOUT. May block. TRUE: one fails that
 * did not, so it may be there no more. */
gboolean reeve_host_metrics_device_table_read (const ReeveHostMetricsDeviceTable *self,
                                               ReeveHostMetricsReading *readings,
                                               ReeveHostMetricsRound *round);
ReeveHostMetricsDeviceTable *
reeve_host_metrics_device_table_ref (ReeveHostMetricsDeviceTable *self);
void reeve_host_metrics_device_table_unref (ReeveHostMetricsDeviceTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostMetricsDeviceTable, reeve_host_metrics_device_table_unref)
const ReeveHostMetricsDevice *
reeve_host_metrics_device_table_get (const ReeveHostMetricsDeviceTable *self, guint index);

/* For the search. (transfer full) */
ReeveHostMetricsDeviceTable *reeve_host_metrics_device_table_new (void);
/* Adds a device. @fd: its value's file, taken; -1 where it has none. NULL at the limit of its
 * type. */
ReeveHostMetricsDevice *reeve_host_metrics_device_table_add (ReeveHostMetricsDeviceTable *self,
                                                             ReeveHostMetricsDeviceType type,
                                                             int fd);
/* Takes away what has no name. */
void reeve_host_metrics_device_table_drop_nameless (ReeveHostMetricsDeviceTable *self);
/* A regular file to be read, -1 when it is none. */
int reeve_host_metrics_device_open (int directory, const char *name);

G_END_DECLS
