/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-front-site.h"

G_BEGIN_DECLS

/* org.reeve.Front1: see data/org.reeve.Front1.xml. */
#define REEVE_TYPE_FRONT_OPERATIONS (reeve_front_operations_get_type ())
G_DECLARE_FINAL_TYPE (ReeveFrontOperations, reeve_front_operations, REEVE, FRONT_OPERATIONS,
                      GObject)

/* @site: lives until this has been withdrawn. */
ReeveFrontOperations *reeve_front_operations_new (ReeveFrontSite *site);

G_END_DECLS
