/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-host.h"

G_BEGIN_DECLS

/* org.reeve.Host1: see data/org.reeve.Host1.xml. */
#define REEVE_TYPE_HOST_OPERATIONS (reeve_host_operations_get_type ())
G_DECLARE_FINAL_TYPE (ReeveHostOperations, reeve_host_operations, REEVE, HOST_OPERATIONS, GObject)

/* @host outlives it. */
ReeveHostOperations *reeve_host_operations_new (ReeveHost *host);

G_END_DECLS
