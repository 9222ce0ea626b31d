/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The program around the verbs: options, the socket, and the thread that accepts. */

#include "config.h"

#include "reeve-probe-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The first descriptor that a service manager passes. */
#define REEVE_PROBE_FIRST_FD 3
#define REEVE_PROBE_BACKLOG 32
/* How long the listener rests when nothing can be accepted (no descriptors left). */
#define REEVE_PROBE_PAUSE_MS 250

typedef struct
{
  char *listen; /* NULL: the service manager's socket */
  char *user;
  int fd;
  int signal_fd; /* readable once SIGTERM or SIGINT came */
} ReeveProbeOptions;

#define REEVE_PROBE_ERROR (g_quark_from_static_string ("reeve-probe"))

/* A name, or a number that stands for itself. */
static gboolean
reeve_probe_find_user (const char *user, uid_t *ret_uid, GError **error)
{
  guint64 number;
  struct passwd *found;

  if (g_ascii_string_to_unsigned (user, 10, 0, G_MAXINT32, &number, NULL))
    {
      *ret_uid = (uid_t) number;
      return TRUE;
    }
  found = getpwnam (user);
  if (found == NULL)
    {
      g_set_error (error, REEVE_PROBE_ERROR, 0, "--user: there is no user '%s'", user);
      return FALSE;
    }
  *ret_uid = found->pw_uid;
  return TRUE;
}

/* The one socket that the service manager passed, -1 for none. */
static int
reeve_probe_take_passed (void)
{
  const char *pid = g_getenv ("LISTEN_PID");
  const char *fds = g_getenv ("LISTEN_FDS");
  int type = 0, listening = 0;
  socklen_t length = sizeof type;

  if (pid == NULL || fds == NULL || g_ascii_strtoull (pid, NULL, 10) != (guint64) getpid () ||
      strcmp (fds, "1") != 0)
    return -1;
  if (getsockopt (REEVE_PROBE_FIRST_FD, SOL_SOCKET, SO_DOMAIN, &type, &length) != 0 ||
      type != AF_UNIX)
    return -1;
  length = sizeof listening;
  if (getsockopt (REEVE_PROBE_FIRST_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0 ||
      listening == 0)
    return -1;
  fcntl (REEVE_PROBE_FIRST_FD, F_SETFD, FD_CLOEXEC);
  return REEVE_PROBE_FIRST_FD;
}

/* Nobody but @uid may connect; run by root, the socket is given to him. */
static int
reeve_probe_make_socket (const char *path, uid_t uid, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct stat there;
  int fd;

  if (path[0] != '/' || strlen (path) >= sizeof address.sun_path)
    {
      g_set_error (error, REEVE_PROBE_ERROR, 0,
                   "--listen: not an absolute path of at most %zu bytes",
                   sizeof address.sun_path - 1);
      return -1;
    }
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (lstat (path, &there) == 0 && S_ISSOCK (there.st_mode))
    unlink (path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  umask (0177);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0 ||
      (geteuid () == 0 && lchown (path, uid, (gid_t) -1) != 0) ||
      listen (fd, REEVE_PROBE_BACKLOG) != 0)
    {
      g_set_error (error, REEVE_PROBE_ERROR, 0, "--listen: cannot listen on %s: %s", path,
                   g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  return fd;
}

static gboolean
reeve_probe_parse (int argc, char **argv, const ReeveProbe *probe, ReeveProbeOptions *options,
                   GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  const GOptionEntry entries[] = {
    { "listen", 0, 0, G_OPTION_ARG_FILENAME, &options->listen,
      "Make this Unix socket instead of taking the service manager's", "PATH" },
    { "user", 0, 0, G_OPTION_ARG_STRING, &options->user,
      "The only user that is answered (name or number)", "USER" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };

  g_option_context_set_summary (context, probe->summary);
  g_option_context_add_main_entries (context, entries, NULL);
  if (probe->options != NULL)
    g_option_context_add_main_entries (context, probe->options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (argc > 1)
    {
      g_set_error (error, REEVE_PROBE_ERROR, 0, "no argument '%s' is known; see --help", argv[1]);
      return FALSE;
    }
  if (options->user == NULL)
    {
      g_set_error_literal (error, REEVE_PROBE_ERROR, 0, "--user is missing: who may ask?");
      return FALSE;
    }
  return probe->prepare == NULL || probe->prepare (probe->data, error);
}

static gboolean
reeve_probe_open (ReeveProbeOptions *options, ReeveProbeServer *server, GError **error)
{
  if (!reeve_probe_find_user (options->user, &server->uid, error))
    return FALSE;
  if (options->listen != NULL)
    options->fd = reeve_probe_make_socket (options->listen, server->uid, error);
  else
    {
      options->fd = reeve_probe_take_passed ();
      if (options->fd < 0)
        g_set_error_literal (
            error, REEVE_PROBE_ERROR, 0,
            "the service manager passed no socket: use --listen to run it by hand");
    }
  if (options->fd < 0)
    return FALSE;
  fcntl (options->fd, F_SETFL, fcntl (options->fd, F_GETFL) | O_NONBLOCK);
  return g_unix_open_pipe (server->wake, FD_CLOEXEC, error) &&
         g_unix_set_fd_nonblocking (server->wake[0], TRUE, error);
}

/* How long there may be nothing to do before it ends; -1: for ever. */
static int
reeve_probe_find_patience (const ReeveProbeOptions *options, gboolean idle, gboolean renew,
                           gint64 started)
{
  if (options->listen != NULL || !idle)
    return -1;
  return renew ? (int) MAX (started + REEVE_PROBE_LEAST_MS - reeve_probe_now (), 0)
               : REEVE_PROBE_IDLE_MS;
}

/* Accepts until a signal comes, nobody does for a while, or a fresh start is wanted. */
static void
reeve_probe_serve (ReeveProbeServer *server, const ReeveProbeOptions *options)
{
  gint64 started = reeve_probe_now ();

  for (;;)
    {
      struct pollfd fds[3] = { { server->wake[0], POLLIN, 0 },
                               { options->signal_fd, POLLIN, 0 },
                               { options->fd, POLLIN, 0 } };
      gboolean full, idle, renew, ending;
      char ended[REEVE_PROBE_MAX_CALLS];
      int n, fd;

      g_mutex_lock (&server->lock);
      full = server->running >= REEVE_PROBE_MAX_CALLS;
      idle = server->running == 0;
      renew = options->listen == NULL && server->renew;
      g_mutex_unlock (&server->lock);
      ending = renew && reeve_probe_now () - started >= REEVE_PROBE_LEAST_MS;
      if (ending && idle)
        return;
      n = poll (fds, full || ending ? 2 : 3,
                reeve_probe_find_patience (options, idle, renew, started));
      if ((n < 0 && errno == EINTR) || (n == 0 && renew))
        continue;
      if (n <= 0 || fds[1].revents != 0)
        return;
      if (fds[0].revents != 0 && read (server->wake[0], ended, sizeof ended) < 0)
        continue;
      if (full || ending || fds[2].revents == 0)
        continue;
      fd = accept4 (options->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd >= 0)
        reeve_probe_call_begin (server, fd);
      else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        poll (fds, 2, REEVE_PROBE_PAUSE_MS);
    }
}

/* Before there is a second thread. */
static int
reeve_probe_take_signals (void)
{
  struct sigaction ignore = { .sa_handler = SIG_IGN };
  sigset_t signals;

  sigaction (SIGPIPE, &ignore, NULL);
  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  return signalfd (-1, &signals, SFD_CLOEXEC);
}

int
reeve_probe_main (int argc, char **argv, const ReeveProbe *probe)
{
  ReeveProbeServer server = { .probe = probe, .wake = { -1, -1 } };
  ReeveProbeOptions options = { .fd = -1 };
  g_autoptr (GError) error = NULL;
  gboolean ok;

  /* nothing of what passes through is for a core file or a debugger */
  prctl (PR_SET_DUMPABLE, 0);
  g_mutex_init (&server.lock);
  options.signal_fd = reeve_probe_take_signals ();
  ok = reeve_probe_parse (argc, argv, probe, &options, &error) &&
       reeve_probe_open (&options, &server, &error);
  if (ok)
    reeve_probe_serve (&server, &options);
  else
    g_printerr ("%s\n", error->message);
  if (ok && options.listen != NULL)
    unlink (options.listen);
  g_free (options.listen);
  g_free (options.user);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
