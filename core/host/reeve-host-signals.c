/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* SIGTERM and SIGINT end the process, SIGHUP reads the configuration again. */

#include "config.h"

#include "reeve-host-signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct _ReeveHostSignals
{
  int fd;
  ReeveHostSignalFunc func;
  gpointer user_data;
};

int
reeve_host_signals_block (GError **error)
{
  sigset_t set;
  int fd;

  signal (SIGPIPE, SIG_IGN);
  /* who started us may ignore it, and then nobody learns how a child has ended */
  signal (SIGCHLD, SIG_DFL);
  sigemptyset (&set);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGHUP);
  if (sigprocmask (SIG_BLOCK, &set, NULL) == 0)
    {
      fd = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
      if (fd >= 0)
        return fd;
    }
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED, "signals cannot be read: %s",
               g_strerror (errno));
  return -1;
}

static void
reeve_host_signals_cb (G_GNUC_UNUSED ReeveWatch *watch, G_GNUC_UNUSED ReeveIO ready,
                       gpointer user_data)
{
  ReeveHostSignals *self = user_data;
  struct signalfd_siginfo info;

  if (read (self->fd, &info, sizeof info) == (ssize_t) sizeof info)
    self->func ((int) info.ssi_signo, self->user_data);
}

ReeveHostSignals *
reeve_host_signals_watch (int fd, ReeveContext *context, ReeveHostSignalFunc func,
                          gpointer user_data)
{
  ReeveHostSignals *self = g_new0 (ReeveHostSignals, 1);

  self->fd = fd;
  self->func = func;
  self->user_data = user_data;
  reeve_context_watch_fd (context, "signals", fd, REEVE_IO_IN, reeve_host_signals_cb, self);
  return self;
}

void
reeve_host_signals_free (ReeveHostSignals *self)
{
  g_free (self);
}
