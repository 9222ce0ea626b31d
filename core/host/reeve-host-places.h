/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Where things are: installed, or in the build tree that this very program was built in. */
typedef struct
{
  gboolean installed;
  char *roles;
  char *plugins;
  char *config; /* directory */
  char *state;  /* where root and service users keep state directories */
  uid_t also;   /* who besides root may own plugins: uninstalled the running user, else 0 */
} ReeveHostPlaces;

ReeveHostPlaces *reeve_host_places_new (void);
void reeve_host_places_free (ReeveHostPlaces *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveHostPlaces, reeve_host_places_free)

G_END_DECLS
