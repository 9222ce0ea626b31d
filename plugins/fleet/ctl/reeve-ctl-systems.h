/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/ctl/reeve-ctl.h"

G_BEGIN_DECLS

/* What the commands share that make a token. */
typedef struct
{
  const char *id;
  const char *token;
  const char *key;
  const char *url;
  const char *pin;   /* "": an authority vouches for the hub's certificate */
  gboolean local;    /* the address works on this machine only */
  GVariant *address; /* owned: the hub's answer that the address is from */
} ReeveCtlAdded;

/* Asks the hub where agents reach it. FALSE: the error was printed. */
gboolean reeve_ctl_systems_find_address (ReeveCtl *ctl, ReeveCtlAdded *added);
/* The token, and what makes an agent come with it. */
void reeve_ctl_systems_print_commands (const ReeveCtlAdded *added);

G_END_DECLS
