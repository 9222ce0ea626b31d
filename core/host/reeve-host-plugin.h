/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

#include "reeve-host-loader.h"

G_BEGIN_DECLS

/* What the host knows of one plugin object: "ID", or "ID/NAME" for each instance. Those that were
 * never made an object of (disabled, refused) are here too, to be listed. Main thread only. */

typedef enum
{
  REEVE_HOST_STATE_DISABLED,     /* switched off by the files or the role */
  REEVE_HOST_STATE_UNCONFIGURED, /* a needed setting is missing: opens nothing, no error */
  REEVE_HOST_STATE_LOADED,       /* waits for its requirements */
  REEVE_HOST_STATE_STARTING,
  REEVE_HOST_STATE_RUNNING,
  REEVE_HOST_STATE_FAILED,
  REEVE_HOST_STATE_STOPPING,
  REEVE_HOST_STATE_STOPPED,
  REEVE_HOST_STATE_QUARANTINED, /* missed its deadline: cut off, kept, not started again */
} ReeveHostPluginState;

typedef struct _ReeveHostPlugin ReeveHostPlugin;

/* "loaded"; static. */
const char *reeve_host_plugin_state_to_string (ReeveHostPluginState state);

const char *reeve_host_plugin_get_name (ReeveHostPlugin *self);
const char *reeve_host_plugin_get_id (ReeveHostPlugin *self);
const char *reeve_host_plugin_get_instance (ReeveHostPlugin *self); /* or "" */
const char *reeve_host_plugin_get_path (ReeveHostPlugin *self);     /* of its file; NULL: none */
const char *reeve_host_plugin_get_version (ReeveHostPlugin *self);  /* NULL if it is not open */
const char *reeve_host_plugin_get_summary (ReeveHostPlugin *self);  /* NULL if it is not open */
ReeveHostPluginState reeve_host_plugin_get_state (ReeveHostPlugin *self);
/* Why it is in that state, one line; NULL when there is nothing to say. */
const char *reeve_host_plugin_get_reason (ReeveHostPlugin *self);
gboolean reeve_host_plugin_is_required (ReeveHostPlugin *self);
/* All zero for one without an object. */
void reeve_host_plugin_get_usage (ReeveHostPlugin *self, ReeveOwnerUsage *ret_usage);
/* aa{sv}, as reeve_declarations_to_variant() has it; floating. */
GVariant *reeve_host_plugin_get_declarations (ReeveHostPlugin *self);
/* What holds now; NULL for one that is not open or whose settings were refused. */
ReeveSettings *reeve_host_plugin_get_settings (ReeveHostPlugin *self);
const ReeveSettingsRow *reeve_host_plugin_get_rows (ReeveHostPlugin *self); /* may be NULL */
/* The value of @key as it would stand in a file, for people: "***" for a secret that is set, NULL
 * when nothing is set. (transfer full) */
char *reeve_host_plugin_show_value (ReeveHostPlugin *self, const char *key);
/* Keys that the files or the overlay say otherwise by now, and that wait for a restart. */
const char *const *reeve_host_plugin_get_waiting (ReeveHostPlugin *self);

G_END_DECLS
