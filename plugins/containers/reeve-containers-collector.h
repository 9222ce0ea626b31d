/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-containers-client.h"

G_BEGIN_DECLS

#define REEVE_CONTAINERS_TYPE_COLLECTOR (reeve_containers_collector_get_type ())
G_DECLARE_FINAL_TYPE (ReeveContainersCollector, reeve_containers_collector, REEVE_CONTAINERS,
                      COLLECTOR, GObject)

/* All questions together; each: REEVE_CONTAINERS_ASK_MS. */
#define REEVE_CONTAINERS_ROUND_MS 2500
/* An engine that was no good is asked again after this. */
#define REEVE_CONTAINERS_FAILED_US (10 * G_USEC_PER_SEC)
/* Where nothing runs it is looked for again after this, which saves a thread's turn per sample. */
#define REEVE_CONTAINERS_NONE_US (10 * G_USEC_PER_SEC)
/* The same where there are no control groups of version 2 at all, which changes with the boot. */
#define REEVE_CONTAINERS_NO_GROUPS_US (60 * G_USEC_PER_SEC)
/* Containers inspected in one round. */
#define REEVE_CONTAINERS_MAX_INSPECTING 16
#define REEVE_CONTAINERS_MAX_COLLECTING 32
#define REEVE_CONTAINERS_MAX_PATTERNS 64

/* The patterns of a comma-separated list; NULL with @error at the limit. */
char **reeve_containers_collector_split (const char *text, GError **error);

/* @client outlives it until stop. @cgroup_root: NULL: never looked at. @exclude: copied.
 * (transfer full) */
ReeveContainersCollector *reeve_containers_collector_new (ReeveContext *context,
                                                          ReeveContainersClient *client,
                                                          const char *cgroup_root,
                                                          const char *const *exclude);
/* Ends what is under way; afterwards collections fail with GONE. */
void reeve_containers_collector_stop (ReeveContainersCollector *self);

G_END_DECLS
