/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-host-config.h"

G_BEGIN_DECLS

/* All values of one object, in the order of the files. */
typedef struct
{
  char *name;     /* "plugin ID NAME", as in brackets */
  char *id;       /* "host" for [host] */
  char *instance; /* or "" */
  char *place;    /* of its first head */
  char *fault;    /* its first malformed line, or NULL */
  GPtrArray *entries;
} ReeveHostGroup;

struct _ReeveHostConfig
{
  GPtrArray *groups;  /* of ReeveHostGroup, from files */
  GPtrArray *overlay; /* the same, from the overlay */
  GPtrArray *errors;
  GPtrArray *warnings;
};

ReeveHostGroup *reeve_host_groups_find (GPtrArray *groups, const char *id, const char *instance);
ReeveHostGroup *reeve_host_groups_ensure (GPtrArray *groups, const char *id, const char *instance,
                                          const char *place);

G_END_DECLS
