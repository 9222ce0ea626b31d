/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/ctl/reeve-ctl.h"

G_BEGIN_DECLS

/* What the files of the group systems share. */

#define REEVE_CTL_FLEET "org.reeve.Fleet1"

/* The row of a name or an id. (transfer full); NULL: the error was printed. */
GVariant *reeve_ctl_systems_find_row (ReeveCtl *ctl, const char *which);
/* Lines that somebody else wrote. */
void reeve_ctl_systems_print_text (const char *text);

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

/* In reeve-ctl-systems-change.c. */
int reeve_ctl_systems_add (ReeveCtl *ctl, int argc, char **argv);
int reeve_ctl_systems_rename (ReeveCtl *ctl, int argc, char **argv);
int reeve_ctl_systems_label (ReeveCtl *ctl, int argc, char **argv);
int reeve_ctl_systems_note (ReeveCtl *ctl, int argc, char **argv);
int reeve_ctl_systems_remove (ReeveCtl *ctl, int argc, char **argv);
int reeve_ctl_systems_pause (ReeveCtl *ctl, int argc, char **argv);
int reeve_ctl_systems_resume (ReeveCtl *ctl, int argc, char **argv);
int reeve_ctl_systems_rotate (ReeveCtl *ctl, int argc, char **argv);
int reeve_ctl_systems_ask (ReeveCtl *ctl, int argc, char **argv);
int reeve_ctl_systems_reset (ReeveCtl *ctl, int argc, char **argv);

G_END_DECLS
