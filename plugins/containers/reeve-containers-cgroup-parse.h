/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-containers-parse.h"

G_BEGIN_DECLS

/* Names and files of control groups (version 2). Pure. */

/* A value of -1 is missing. */
typedef struct
{
  char id[REEVE_CONTAINERS_ID + 1];
  gint64 cpu_us;
  gint64 memory; /* without what can be had back */
  gint64 limit;
  gint64 read, written;
} ReeveContainersCgroup;

/* "docker-HEX.scope", "libpod-HEX.scope", "crio-…", "cri-containerd-…": @ret_id gets the first 12
 * digits. */
gboolean reeve_containers_cgroup_parse_name (const char *name, char *ret_id);
/* The number after @key in lines of "key number"; with an empty @key that of the whole file. */
gint64 reeve_containers_cgroup_parse_key (const char *text, gsize length, const char *key);
/* "8:0 rbytes=1 wbytes=2 …", all devices together. */
void reeve_containers_cgroup_parse_io (const char *text, gsize length, gint64 *ret_read,
                                       gint64 *ret_written);

G_END_DECLS
