/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* A role: one file "NAME.role" with the group [Role], see reeved(8). Adding a role is adding a
 * file. */

typedef struct
{
  char *name;
  char *summary;
  char *bus_name;
  char *config;       /* file name of the configuration, "NAME.conf" */
  GStrv required;     /* plugins whose failure ends the start */
  GStrv off;          /* plugins that run only with enabled=yes */
  char *dump;         /* the operation of --dump, "INTERFACE.METHOD"; or NULL */
  GStrv dump_without; /* interfaces whose providers are left out of --dump */
  gboolean keeper;    /* private keys are held by a process of their own */
  GStrv trusted;      /* may provide the guarded interfaces */
} ReeveHostRole;

/* @name: a role in @folder, or the path of a role file if it has a slash in it. */
ReeveHostRole *reeve_host_role_load (const char *name, const char *folder, GError **error);
void reeve_host_role_free (ReeveHostRole *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostRole, reeve_host_role_free)

gboolean reeve_host_role_requires (const ReeveHostRole *self, const char *id);
gboolean reeve_host_role_has_off (const ReeveHostRole *self, const char *id);

G_END_DECLS
