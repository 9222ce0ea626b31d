/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What Docker's and Podman's answers say: pure, bounded, any thread. Members of a wrong type count
 * as missing. */

#define REEVE_CONTAINERS_MAX 512
#define REEVE_CONTAINERS_MAX_TEXT 255
#define REEVE_CONTAINERS_MAX_PORTS 64
/* What JSON may hold: a list of REEVE_CONTAINERS_MAX with labels and mounts has some 200 each. */
#define REEVE_CONTAINERS_MAX_VALUES 200000
/* An id as it is used here. */
#define REEVE_CONTAINERS_ID 12

typedef struct
{
  char id[REEVE_CONTAINERS_ID + 1];
  char name[REEVE_CONTAINERS_MAX_TEXT + 1];
  char image[REEVE_CONTAINERS_MAX_TEXT + 1];
  char status[REEVE_CONTAINERS_MAX_TEXT + 1]; /* "Up 3 hours" */
  char ports[REEVE_CONTAINERS_MAX_TEXT + 1];  /* "80, 127.0.0.1:5432" */
  guint state;                                /* of the kind "container" */
  int health;                                 /* of the kind "container"; -1: not told */
  gboolean running;
} ReeveContainersEntry;

/* A value of -1 is missing. */
typedef struct
{
  gint64 cpu_ns; /* of all processors together */
  gint64 processors;
  gint64 memory; /* without what can be had back */
  gint64 sent, received;
  gint64 read, written;
  gint64 moment; /* of all of it by the engine's clock, in microseconds since 1970 */
} ReeveContainersStats;

/* None of it. */
#define REEVE_CONTAINERS_STATS_INIT                                                                \
  {                                                                                                \
    -1, -1, -1, -1, -1, -1, -1, -1                                                                 \
  }

typedef struct
{
  gint64 restarts; /* -1: not told */
  gint64 limit;    /* of memory; -1: none */
  int health;      /* -1: not told */
} ReeveContainersDetails;

typedef struct
{
  gboolean podman;
} ReeveContainersVersion;

/* (transfer full): GPtrArray of ReeveContainersEntry; NULL when @text is no list. */
GPtrArray *reeve_containers_parse_list (const char *text, gsize length);
ReeveContainersStats *reeve_containers_parse_stats (const char *text, gsize length);
ReeveContainersDetails *reeve_containers_parse_details (const char *text, gsize length);
ReeveContainersVersion *reeve_containers_parse_version (const char *text, gsize length);

G_END_DECLS
