/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the service manager is told, and what it hands us. */

#include "config.h"

#include "reeve-host-notify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REEVE_HOST_NOTIFY_FIRST_FD 3
#define REEVE_HOST_NOTIFY_MAX_SOCKETS 64

struct _ReeveHostNotify
{
  ReeveClock *clock;
  int fd; /* connected, or -1 */
  guint64 watchdog_ms;
};

static int
reeve_host_notify_connect (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  gsize length = strlen (path);
  int fd;

  if ((*path != '/' && *path != '@') || length >= sizeof address.sun_path)
    {
      g_warning ("NOTIFY_SOCKET is neither a path nor an abstract name of at most %d bytes",
                 (int) sizeof address.sun_path - 1);
      return -1;
    }
  memcpy (address.sun_path, path, length);
  if (*path == '@')
    address.sun_path[0] = '\0';
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address,
                         (socklen_t) (offsetof (struct sockaddr_un, sun_path) + length)) != 0)
    {
      g_warning ("the service manager's socket %s: %s", path, g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  return fd;
}

static guint64
reeve_host_notify_find_watchdog (void)
{
  const char *pid = g_getenv ("WATCHDOG_PID");
  const char *text = g_getenv ("WATCHDOG_USEC");
  guint64 us = 0;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &us, NULL))
    return 0;
  if (pid != NULL && g_ascii_strtoull (pid, NULL, 10) != (guint64) getpid ())
    return 0;
  return MAX (us / 2000, 1);
}

ReeveHostNotify *
reeve_host_notify_new (ReeveClock *clock)
{
  ReeveHostNotify *self = g_new0 (ReeveHostNotify, 1);
  const char *path = g_getenv ("NOTIFY_SOCKET");

  self->clock = g_object_ref (clock);
  self->fd = path != NULL && *path != '\0' ? reeve_host_notify_connect (path) : -1;
  self->watchdog_ms = reeve_host_notify_find_watchdog ();
  g_unsetenv ("NOTIFY_SOCKET");
  g_unsetenv ("WATCHDOG_USEC");
  g_unsetenv ("WATCHDOG_PID");
  return self;
}

void
reeve_host_notify_free (ReeveHostNotify *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_object_unref (self->clock);
  g_free (self);
}

/* Never waits: a manager that does not read is not our loop's problem. */
static void
reeve_host_notify_send (ReeveHostNotify *self, const char *text)
{
  if (self->fd >= 0 && send (self->fd, text, strlen (text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
      errno != EAGAIN)
    g_debug ("the service manager cannot be told: %s", g_strerror (errno));
}

void
reeve_host_notify_ready (ReeveHostNotify *self, const char *status)
{
  g_autofree char *text = g_strdup_printf ("READY=1\nSTATUS=%s", status);

  reeve_host_notify_send (self, text);
}

void
reeve_host_notify_status (ReeveHostNotify *self, const char *status)
{
  g_autofree char *text = g_strdup_printf ("STATUS=%s", status);

  reeve_host_notify_send (self, text);
}

void
reeve_host_notify_reloading (ReeveHostNotify *self)
{
  g_autofree char *text = g_strdup_printf ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT,
                                           reeve_clock_get_monotonic (self->clock));

  reeve_host_notify_send (self, text);
}

void
reeve_host_notify_stopping (ReeveHostNotify *self)
{
  reeve_host_notify_send (self, "STOPPING=1");
}

static void
reeve_host_notify_watchdog_cb (ReeveTimer *timer, gpointer user_data)
{
  ReeveHostNotify *self = user_data;

  reeve_host_notify_send (self, "WATCHDOG=1");
  reeve_timer_start (timer, self->watchdog_ms);
}

void
reeve_host_notify_start_watchdog (ReeveHostNotify *self, ReeveContext *context)
{
  ReeveTimer *timer;

  if (self->fd < 0 || self->watchdog_ms == 0)
    return;
  timer = reeve_context_add_timer (context, "watchdog", reeve_host_notify_watchdog_cb, self);
  reeve_host_notify_watchdog_cb (timer, self);
}

/* ---- sockets ---- */

static void
reeve_host_notify_clear_socket (gpointer data)
{
  g_free (((ReevePassedSocket *) data)->name);
}

GArray *
reeve_host_notify_take_sockets (void)
{
  GArray *sockets = g_array_new (FALSE, FALSE, sizeof (ReevePassedSocket));
  const char *pid = g_getenv ("LISTEN_PID");
  const char *count = g_getenv ("LISTEN_FDS");
  g_auto (GStrv) names =
      g_strsplit (g_getenv ("LISTEN_FDNAMES") != NULL ? g_getenv ("LISTEN_FDNAMES") : "", ":", -1);
  guint n_names = g_strv_length (names);
  guint64 n = 0;

  g_array_set_clear_func (sockets, reeve_host_notify_clear_socket);
  if (pid != NULL && count != NULL && g_ascii_strtoull (pid, NULL, 10) == (guint64) getpid ())
    g_ascii_string_to_unsigned (count, 10, 0, REEVE_HOST_NOTIFY_MAX_SOCKETS, &n, NULL);
  for (guint i = 0; i < n; i++)
    {
      ReevePassedSocket socket = { NULL, REEVE_HOST_NOTIFY_FIRST_FD + (int) i };

      if (fcntl (socket.fd, F_SETFD, FD_CLOEXEC) != 0)
        continue;
      socket.name = g_strdup (i < n_names ? names[i] : "unknown");
      g_array_append_val (sockets, socket);
    }
  g_unsetenv ("LISTEN_PID");
  g_unsetenv ("LISTEN_FDS");
  g_unsetenv ("LISTEN_FDNAMES");
  return sockets;
}
