/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* The rows of all providers of ReeveRoutes, as they come and go. */
typedef struct _ReeveFrontRoutes ReeveFrontRoutes;

/* Rows of all providers together. */
#define REEVE_FRONT_ROUTES_MAX 1024

ReeveFrontRoutes *reeve_front_routes_new (ReeveContext *context);
void reeve_front_routes_free (ReeveFrontRoutes *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFrontRoutes, reeve_front_routes_free)

const ReeveRoute *reeve_front_routes_find (ReeveFrontRoutes *self, const char *path,
                                           ReeveRoutes **ret_provider);
gboolean reeve_front_routes_allows (const ReeveRoute *route, const char *method);

G_END_DECLS
