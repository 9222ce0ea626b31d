/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gmodule.h>

#include <reeve/reeve.h>

#include "reeve-host-config.h"
#include "reeve-host-role.h"

G_BEGIN_DECLS

/* A plugin's file is called "reeve-ID.so", and its descriptor must say the same id: so what is
 * switched off is known before the file is opened. */

typedef enum
{
  REEVE_HOST_MODULE_LOADED,
  REEVE_HOST_MODULE_DISABLED,   /* enabled=no, or off in this role: never opened */
  REEVE_HOST_MODULE_OTHER_ROLE, /* closed again */
  REEVE_HOST_MODULE_IDLE,       /* nothing to do on this machine: closed again */
  REEVE_HOST_MODULE_REFUSED,
} ReeveHostModuleStatus;

typedef struct
{
  char *id; /* from the file's name */
  char *path;
  ReeveHostModuleStatus status;
  char *reason; /* why not, one line; NULL when loaded */
  GModule *module;
  const ReevePluginDescriptor *descriptor; /* only when loaded */
  GType type;
} ReeveHostModule;

typedef struct
{
  const char *const *folders; /* in order: the first file of a name holds */
  uid_t also;                 /* who besides root may own files; 0: nobody */
  const ReeveHostRole *role;
  ReeveHostConfig *config;
} ReeveHostLoader;

/* Opens whatever the folders hold. A folder that cannot be read is an error. Modules stay in memory
 * once their type is known. (transfer full) of ReeveHostModule, sorted by id within a folder. */
GPtrArray *reeve_host_loader_scan (const ReeveHostLoader *self, GError **error);

G_END_DECLS
