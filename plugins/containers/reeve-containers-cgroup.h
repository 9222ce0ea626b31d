/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-containers-cgroup-parse.h"

G_BEGIN_DECLS

/* What the kernel tells everybody of running containers, for machines where no engine may be asked.
 * Reads files: for a worker's thread. */

/* Directories looked into, and how deep below the root. */
#define REEVE_CONTAINERS_CGROUP_MAX_DIRECTORIES 4096
#define REEVE_CONTAINERS_CGROUP_MAX_DEPTH 6

/* @root: where control groups (version 2) are mounted. (transfer full): GPtrArray of
 * ReeveContainersCgroup, NULL when there are no such groups. */
GPtrArray *reeve_containers_cgroup_read (const char *root);

G_END_DECLS
