/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-link.h"

G_BEGIN_DECLS

/* ReeveFleet (one, hub): the systems, and what is known of each now. */

typedef enum
{
  REEVE_SYSTEM_PENDING,
  REEVE_SYSTEM_UP,
  REEVE_SYSTEM_SUSPECT, /* an answer is missing, or the link just ended */
  REEVE_SYSTEM_DOWN,
  REEVE_SYSTEM_PAUSED,
  REEVE_SYSTEM_UNCONFIRMED, /* made itself with a universal token; asked nothing until confirmed */
  REEVE_SYSTEM_N_STATES,
} ReeveSystemState;

REEVE_API const char *reeve_system_state_to_string (ReeveSystemState state);

/* A view of one system, valid during the call it comes with. */
typedef struct
{
  const char *id; /* 16 hex digits, made by the hub */
  const char *name;
  ReeveSystemState state;
  gint64 since;         /* of the state; microseconds, wall */
  gint64 last;          /* of the newest sample, 0: none */
  const char *hostname; /* "" until known, as the next ones */
  const char *agent_version;
  const char *transport;
  const char *remote;
  gint64 linked;       /* since when its link is up, 0: it has none; microseconds, wall */
  guint64 revision;    /* of the fleet when this system changed last: grows with each change */
  GVariant *labels;    /* a{ss}, in the order of the keys; may be NULL */
  ReeveSample *latest; /* newest values, may be NULL */
  ReeveSample *facts;  /* newest facts; may be NULL, and is in a watch's call */
} ReeveSystemView;

/* A row of the fleet as D-Bus and the page show it, a{sv}, floating: id, name, state, hostname,
 * agent_version, transport, remote (s), since, last, linked (d, seconds; no last without a sample,
 * no linked without a link), labels (a{ss}, empty values are words) and values (a{sd}:
 * "kind.metric" of the standard kinds without instances and of the root filesystem, and of kinds
 * with instances system.temperature, the hottest sensor, system.gpu, the busiest, battery.charge,
 * the lowest, filesystem.fullest, disk.busiest, container.total and container.running). */
REEVE_API GVariant *reeve_system_view_to_variant (const ReeveSystemView *view);
/* A value by its name in such a row, or of any kind without instances; NaN without. */
REEVE_API double reeve_system_view_get_value (const ReeveSystemView *view, const char *name);
#define REEVE_SYSTEM_MAX_VALUE_NAME 128 /* bytes; a longer name has no value */

/* How one value is made of all instances. */
typedef enum
{
  REEVE_SYSTEM_FOLD_MOST,
  REEVE_SYSTEM_FOLD_LEAST,
  REEVE_SYSTEM_FOLD_COUNT,
  REEVE_SYSTEM_FOLD_RUNNING, /* those that say no state are there, so they run */
} ReeveSystemFold;
/* Of what a value is made where a sample does not have it by its own name; FALSE: of nothing. */
REEVE_API gboolean reeve_system_find_fold (const char *name, const ReeveKind **ret_kind,
                                           guint *ret_metric, ReeveSystemFold *ret_fold);
/* What was folded so far, NaN at the beginning, and one instance's value, NaN: has none. */
REEVE_API double reeve_system_fold_add (double so_far, ReeveSystemFold fold, double value);

/* @view->latest is a new sample when @sample is TRUE (@stored: its commit has returned, @refused:
 * the history could not take it; neither: it is not to be kept), otherwise something else of the
 * system changed. A removed system comes with @view->state and name as last known and @removed
 * TRUE. */
typedef struct
{
  gboolean sample;
  gboolean stored;
  gboolean refused;
  gboolean removed;
} ReeveFleetChange;

typedef void (*ReeveFleetFunc) (const ReeveSystemView *view, const ReeveFleetChange *change,
                                gpointer user_data);
typedef void (*ReeveFleetEachFunc) (const ReeveSystemView *view, gpointer user_data);

#define REEVE_TYPE_FLEET (reeve_fleet_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveFleet, reeve_fleet, REEVE, FLEET, GObject)

struct _ReeveFleetInterface
{
  GTypeInterface parent;

  /* In the order of names. @id: NULL for all. */
  void (*foreach) (ReeveFleet *self, const char *id, ReeveFleetEachFunc func, gpointer user_data);
  guint (*watch) (ReeveFleet *self, ReeveFleetFunc func, gpointer user_data);
  void (*unwatch) (ReeveFleet *self, guint id);
  /* Somebody looks at @system: it is asked every second until the same number of unfollow() calls.
   */
  void (*follow) (ReeveFleet *self, const char *system);
  void (*unfollow) (ReeveFleet *self, const char *system);
  /* One request to a system's link. */
  void (*request_async) (ReeveFleet *self, const char *system, ReeveMessage *request,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
  ReeveMessage *(*request_finish) (ReeveFleet *self, GAsyncResult *result, GError **error);
  /* Adds to each state's count the number of systems that are in it, and returns the revision. */
  guint64 (*count) (ReeveFleet *self, guint counts[REEVE_SYSTEM_N_STATES]);
};

/* Followers of all systems together. */
#define REEVE_FLEET_MAX_FOLLOWED 64

REEVE_API void reeve_fleet_foreach (ReeveFleet *self, const char *id, ReeveFleetEachFunc func,
                                    gpointer user_data);
REEVE_API guint reeve_fleet_watch (ReeveFleet *self, ReeveFleetFunc func, gpointer user_data);
REEVE_API void reeve_fleet_unwatch (ReeveFleet *self, guint id);
REEVE_API void reeve_fleet_follow (ReeveFleet *self, const char *system);
REEVE_API void reeve_fleet_unfollow (ReeveFleet *self, const char *system);
REEVE_API void reeve_fleet_request_async (ReeveFleet *self, const char *system,
                                          ReeveMessage *request, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
REEVE_API ReeveMessage *reeve_fleet_request_finish (ReeveFleet *self, GAsyncResult *result,
                                                    GError **error);
/* How many systems are in which state; returns the fleet's revision, which grows with each change
 * of a system while the fleet lives. */
REEVE_API guint64 reeve_fleet_count (ReeveFleet *self, guint counts[REEVE_SYSTEM_N_STATES]);

G_END_DECLS
