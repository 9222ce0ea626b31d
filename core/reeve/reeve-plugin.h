/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-context.h"
#include "reeve-declarations.h"
#include "reeve-settings.h"

G_BEGIN_DECLS

/* ---- ReevePlugin: the object that the host takes through its life ---- */

#define REEVE_TYPE_PLUGIN (reeve_plugin_get_type ())
REEVE_API
G_DECLARE_DERIVABLE_TYPE (ReevePlugin, reeve_plugin, REEVE, PLUGIN, GObject)

/*
 * construct (no side effects) -> configure -> declare -> the host applies the sandbox -> start
 * (when the required providers run) -> running -> reload … -> stop. Every slot may be NULL: that
 * step has nothing to do.
 */
struct _ReevePluginClass
{
  GObjectClass parent_class;

  /* Takes the settings; refuses what the table cannot see, naming the key. No side effect. */
  gboolean (*configure) (ReevePlugin *self, ReeveSettings *settings, GError **error);
  void (*declare) (ReevePlugin *self, ReeveDeclarations *declarations);
  /* Provides its interfaces, listens, dials. */
  void (*start_async) (ReevePlugin *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*start_finish) (ReevePlugin *self, GAsyncResult *result, GError **error);
  /* Would reload() take these? Changes nothing. */
  gboolean (*check) (ReevePlugin *self, ReeveSettings *settings, GError **error);
  /* Live keys have changed; cannot fail. */
  void (*reload) (ReevePlugin *self, ReeveSettings *settings);
  /* Idempotent; leaves no source, thread or bus object. Its providers are withdrawn and drained
   * already. */
  void (*stop_async) (ReevePlugin *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data);
  gboolean (*stop_finish) (ReevePlugin *self, GAsyncResult *result, GError **error);

  gpointer spare[8];
};

/* For the host and tests: an object of @type, which must be derived from ReevePlugin. (transfer
 * full) */
REEVE_API ReevePlugin *reeve_plugin_new (GType type, ReeveContext *context);
/* Valid from construction on; (transfer none). */
REEVE_API ReeveContext *reeve_plugin_get_context (ReevePlugin *self);

/* For starts and stops that need no waiting: ends @callback with success, or with @error (taken).
 */
REEVE_API void reeve_plugin_return (ReevePlugin *self, GAsyncReadyCallback callback,
                                    gpointer user_data, GError *error);
REEVE_API gboolean reeve_plugin_return_finish (ReevePlugin *self, GAsyncResult *result,
                                               GError **error);

/* ---- the descriptor: the one symbol of a plugin ---- */

#define REEVE_ABI_MAJOR 0
#define REEVE_ABI_MINOR 4

#define REEVE_PLUGIN_SYMBOL "reeve_plugin_descriptor"

typedef enum
{
  REEVE_PLUGIN_FLAGS_NONE = 0,
  /* "[plugin ID NAME]" makes an object of its own for each NAME; "[plugin ID]" one without a name.
   */
  REEVE_PLUGIN_INSTANCES = 1 << 0,
} ReevePluginFlags;

typedef struct
{
  const char *interface; /* type name: "ReeveRecords" */
  gboolean required;     /* start waits for it */
} ReeveNeed;

struct _ReevePluginDescriptor
{
  gsize size; /* sizeof (ReevePluginDescriptor), as the plugin was built */
  guint abi_major;
  guint abi_minor;
  const char *id; /* [a-z][a-z0-9-]{0,31} */
  const char *version;
  const char *summary;              /* one line */
  const char *const *roles;         /* NULL-terminated */
  const ReeveNeed *needs;           /* ends with a NULL interface; may be NULL */
  const char *const *provides;      /* type names, NULL-terminated; may be NULL */
  const ReeveSettingsRow *settings; /* may be NULL */
  ReevePluginFlags flags;
  GType (*get_type) (void);
  /* Absolute; may be NULL. Without it the plugin has nothing to do: unless the files have a group
   * for it, it is listed as unconfigured, and neither it nor what it links stays in memory. */
  const char *condition_path;
};

/* The size of minor 0's struct: a smaller one is refused. */
#define REEVE_PLUGIN_DESCRIPTOR_MIN_SIZE                                                           \
  (offsetof (ReevePluginDescriptor, get_type) + sizeof (void *))

/* REEVE_PLUGIN_DEFINE (.id = "clock", .version = …, .get_type = clock_plugin_get_type) */
#define REEVE_PLUGIN_DEFINE(...)                                                                   \
  __attribute__ ((                                                                                 \
      visibility ("default"))) extern const ReevePluginDescriptor reeve_plugin_descriptor;         \
  const ReevePluginDescriptor reeve_plugin_descriptor = { .size = sizeof (ReevePluginDescriptor),  \
                                                          .abi_major = REEVE_ABI_MAJOR,            \
                                                          .abi_minor = REEVE_ABI_MINOR,            \
                                                          __VA_ARGS__ }

G_END_DECLS
