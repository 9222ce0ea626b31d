/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-host.h"

G_BEGIN_DECLS

struct _ReeveHostPlugin
{
  grefcount refs;
  ReeveHost *host; /* not owned: it ends last */
  char *name;
  char *id;
  char *instance;
  char *path;
  const ReevePluginDescriptor *descriptor; /* NULL: not open */
  GType type;
  gboolean required;

  ReeveHostPluginState state;
  char *reason;
  guint order; /* of its start, from 1; 0: never ran */

  GPtrArray *entries;      /* of ReeveHostEntry: what settings were made from */
  ReeveSettings *settings; /* what holds now */
  GStrv waiting;           /* never NULL */
  ReeveDeclarations *declarations;
  ReeveContext *context;
  ReevePlugin *object;

  GCancellable *cancellable; /* of the start or stop that is under way */
  ReeveTimer *timer;         /* its deadline, in the host's context */
};

ReeveHostPlugin *reeve_host_plugin_new (ReeveHost *host, const char *id, const char *instance);
ReeveHostPlugin *reeve_host_plugin_ref (ReeveHostPlugin *self);
void reeve_host_plugin_unref (ReeveHostPlugin *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostPlugin, reeve_host_plugin_unref)
/* Takes @reason. */
void reeve_host_plugin_set_state (ReeveHostPlugin *self, ReeveHostPluginState state, char *reason);
gboolean reeve_host_plugin_provides (ReeveHostPlugin *self, const char *interface_name);

G_END_DECLS
