/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-ctl.h"

#include <signal.h>

G_BEGIN_DECLS

/* --watch: a picture that is drawn anew until a signal comes. */

#define REEVE_CTL_WATCH_SECONDS 2
#define REEVE_CTL_WATCH_MAX_SECONDS 3600

typedef struct
{
  guint seconds;    /* between two looks; 0: one look only */
  sigset_t waiting; /* what is let in while it waits */
} ReeveCtlWatch;

/* TRUE when @argument is --watch or --watch=SECONDS; then self->seconds is set, to 0 when it is no
 * number of seconds. */
gboolean reeve_ctl_watch_parse (ReeveCtlWatch *self, const char *argument);
/* Before the first call on the socket: its threads must not take the signals. */
void reeve_ctl_watch_begin (ReeveCtlWatch *self);
/* FALSE: a signal came, now or while the daemon was asked. */
gboolean reeve_ctl_watch_wait (const ReeveCtlWatch *self);
/* 0: standard output is no terminal, or one that tells no size. */
guint reeve_ctl_watch_get_width (void);
/* On a terminal over the picture before, elsewhere below it. FALSE: nobody reads any more. */
gboolean reeve_ctl_watch_draw (const ReeveCtlWatch *self, const char *text, const char *more);

/* What one look shows, appended to @out; @width as above. FALSE: the error was printed. */
typedef gboolean (*ReeveCtlLookFunc) (ReeveCtl *ctl, GString *out, guint width, gpointer user_data);
/* Looks once, or again and again. */
int reeve_ctl_watch_run (ReeveCtlWatch *self, ReeveCtl *ctl, ReeveCtlLookFunc func,
                         gpointer user_data);

G_END_DECLS
