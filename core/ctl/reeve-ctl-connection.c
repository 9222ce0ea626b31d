/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way to the daemon: its control socket. Before a word is said, the socket's owner is looked
 * at: a stranger's socket in a directory that we were pointed to must learn nothing. */

#include "config.h"

#include "reeve-ctl.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define REEVE_CTL_SOCKET "control"
#define REEVE_CTL_TIMEOUT_MS 60000
/* How long to stand in line where many connect at once, and how often to look. */
#define REEVE_CTL_LINE_MS 10000
#define REEVE_CTL_LINE_STEP_MS 20

int
reeve_ctl_fail (const char *format, ...)
{
  va_list args;

  fputs ("reevectl: ", stderr);
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  return REEVE_CTL_FAILED;
}

int
reeve_ctl_usage (const char *usage)
{
  fprintf (stderr, "usage: reevectl %s\n", usage);
  return REEVE_CTL_USAGE;
}

void
reeve_ctl_init_role (ReeveCtl *self, const ReeveCtl *like, const char *role)
{
  *self = (ReeveCtl){
    .json = like->json,
    .chosen = like->chosen,
    .role = g_strdup (role),
    .state_dir = g_strdup (like->state_dir),
  };
}

void
reeve_ctl_clear (ReeveCtl *self)
{
  g_clear_object (&self->connection);
  g_clear_pointer (&self->role, g_free);
  g_clear_pointer (&self->state_dir, g_free);
}

/* Where reeved itself keeps state for this user; where only the packaged daemon has any, that one's
 * place, so that the refusal can say who may. */
char *
reeve_ctl_find_state_dir (ReeveCtl *ctl)
{
  g_autofree char *name = g_strdup_printf ("reeve-%s", ctl->role);
  g_autofree char *system = g_build_filename (REEVE_STATE_DIR, name, NULL);
  g_autofree char *own = g_build_filename (g_get_user_state_dir (), "reeve", ctl->role, NULL);
  struct stat st;
  gboolean packaged = stat (system, &st) == 0;

  if (ctl->state_dir != NULL)
    return g_strdup (ctl->state_dir);
  if (geteuid () == 0 || (packaged && st.st_uid == geteuid ()) ||
      (packaged && !g_file_test (own, G_FILE_TEST_IS_DIR)))
    return g_steal_pointer (&system);
  return g_steal_pointer (&own);
}

/* Root, ourselves, or the owner of the state directory when we are root. */
static gboolean
reeve_ctl_check_server (GSocketConnection *stream, const char *path, GError **error)
{
  g_autofree char *dir = g_path_get_dirname (path);
  struct ucred peer;
  socklen_t length = sizeof peer;
  struct stat st;

  if (getsockopt (g_socket_get_fd (g_socket_connection_get_socket (stream)), SOL_SOCKET,
                  SO_PEERCRED, &peer, &length) != 0 ||
      stat (dir, &st) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot tell who serves %s: %s", path,
                   g_strerror (errno));
      return FALSE;
    }
  if (peer.uid == 0 || peer.uid == geteuid () || (geteuid () == 0 && peer.uid == st.st_uid))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
               "%s is served by the user %u, who is neither root nor you: not talking to it", path,
               peer.uid);
  return FALSE;
}

static void
reeve_ctl_explain (GError **error, const char *path, const char *role)
{
  if (g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
      g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    {
      g_clear_error (error);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   "no %s answers at %s: start it, or name its state directory with --state-dir",
                   role, path);
    }
  else if (g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      g_clear_error (error);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                   "the %s at %s has more connections than it takes: try again, and if this lasts "
                   "look at its log",
                   role, path);
    }
  else if (g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    g_prefix_error (error, "only root and the %s's own user may ask it (try sudo): ", role);
}

/* A socket whose queue is full refuses at once (EAGAIN) who does not wait in the kernel. */
static GSocketConnection *
reeve_ctl_stand_in_line (const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  for (guint waited = 0;; waited += REEVE_CTL_LINE_STEP_MS)
    {
      g_autoptr (GError) local = NULL;
      GSocketConnection *stream =
          g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &local);

      if (stream != NULL)
        return stream;
      if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ||
          waited >= REEVE_CTL_LINE_MS)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      /* lint: allow clock: nothing else goes on in this process */
      g_usleep (REEVE_CTL_LINE_STEP_MS * 1000);
    }
}

gboolean
reeve_ctl_connect (ReeveCtl *ctl, GError **error)
{
  g_autofree char *dir = reeve_ctl_find_state_dir (ctl);
  g_autofree char *path = g_build_filename (dir, REEVE_CTL_SOCKET, NULL);
  g_autoptr (GSocketConnection) stream = NULL;
  struct sockaddr_un limit;

  if (ctl->connection != NULL)
    return TRUE;
  if (strlen (path) >= sizeof limit.sun_path)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG,
                   "the socket's path %s has %zu bytes, over the limit of %zu: choose a shorter "
                   "state directory",
                   path, strlen (path), sizeof limit.sun_path - 1);
      return FALSE;
    }
  stream = reeve_ctl_stand_in_line (path, error);
  if (stream != NULL && !reeve_ctl_check_server (stream, path, error))
    return FALSE;
  if (stream != NULL)
    ctl->connection = g_dbus_connection_new_sync (G_IO_STREAM (stream), NULL,
                                                  G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                                                  NULL, NULL, error);
  if (ctl->connection != NULL)
    return TRUE;
  reeve_ctl_explain (error, path, ctl->role);
  return FALSE;
}

GVariant *
reeve_ctl_try_call (ReeveCtl *ctl, const char *interface, const char *method, GVariant *arguments,
                    const GVariantType *reply, GError **error)
{
  GVariant *answer;

  if (!reeve_ctl_connect (ctl, error))
    {
      if (arguments != NULL)
        g_variant_unref (g_variant_ref_sink (arguments));
      return NULL;
    }
  answer = g_dbus_connection_call_sync (ctl->connection, NULL, REEVE_CTL_OBJECT_PATH, interface,
                                        method, arguments, reply, G_DBUS_CALL_FLAGS_NONE,
                                        REEVE_CTL_TIMEOUT_MS, NULL, error);
  if (answer == NULL && error != NULL)
    g_dbus_error_strip_remote_error (*error);
  return answer;
}

GVariant *
reeve_ctl_call (ReeveCtl *ctl, const char *interface, const char *method, GVariant *arguments,
                const GVariantType *reply)
{
  g_autoptr (GError) error = NULL;
  GVariant *answer = reeve_ctl_try_call (ctl, interface, method, arguments, reply, &error);

  if (answer == NULL)
    {
      g_autofree char *text = reeve_ctl_escape (error->message);

      reeve_ctl_fail ("%s", text);
    }
  return answer;
}
