/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The door for local processes. The socket lies in a directory that nobody else can enter; who
 * connects must prove its uid (EXTERNAL, nothing else) and be root or our own user; then each call
 * goes the way of all operations. */

#include "config.h"

#include "reeve-host-control.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/un.h>

#include "reeve-host-authorizer.h"
#include "reeve-host-operations.h"

struct _ReeveHostControl
{
  ReeveHost *host;
  ReeveContext *context;
  ReeveHostAuthorizer *authorizer;
  ReeveHostOperations *operations;
  GDBusServer *server;
  char *path;
  GPtrArray *connections; /* of GDBusConnection */
  GPtrArray *providers;   /* of ReeveOperations */
  guint watch;            /* 0: none */
};

/* One interface on one connection. */
typedef struct
{
  ReeveHostControl *control;
  ReeveOperations *operations;
} ReeveHostExport;

static void
reeve_host_export_free (gpointer data)
{
  ReeveHostExport *self = data;

  g_object_unref (self->operations);
  g_free (self);
}

/* ---- calls ---- */

static void
reeve_host_control_called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value =
      reeve_operations_call_finish (REEVE_OPERATIONS (source), result, &error);

  if (value != NULL)
    g_dbus_method_invocation_return_value (invocation, value);
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
}

static void
reeve_host_control_method_call (GDBusConnection *connection, G_GNUC_UNUSED const char *sender,
                                G_GNUC_UNUSED const char *path, G_GNUC_UNUSED const char *interface,
                                const char *method, GVariant *arguments,
                                GDBusMethodInvocation *invocation, gpointer user_data)
{
  ReeveHostExport *export = user_data;
  GCredentials *credentials = g_dbus_connection_get_peer_credentials (connection);
  uid_t uid = credentials != NULL ? g_credentials_get_unix_user (credentials, NULL) : (uid_t) -1;
  g_autofree char *name = g_strdup_printf ("%u", (guint) uid);
  g_autoptr (ReeveSubject) subject =
      reeve_subject_new (uid == (uid_t) -1 ? REEVE_SUBJECT_NONE : REEVE_SUBJECT_UID, name);

  reeve_operations_call_async (export->operations, export->control->context, method, arguments,
                               subject, NULL, reeve_host_control_called_cb, invocation);
}

static const GDBusInterfaceVTable reeve_host_control_vtable = {
  .method_call = reeve_host_control_method_call
};

/* The registration's id is kept with the connection, by the provider. */
static void
reeve_host_control_export (ReeveHostControl *self, GDBusConnection *connection,
                           ReeveOperations *operations)
{
  ReeveHostExport *export = g_new0 (ReeveHostExport, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *key = g_strdup_printf ("reeve-export-%p", (void *) operations);
  guint id;

  export->control = self;
  export->operations = g_object_ref (operations);
  id = g_dbus_connection_register_object (connection, REEVE_HOST_CONTROL_PATH,
                                          reeve_operations_get_info (operations),
                                          &reeve_host_control_vtable, export,
                                          reeve_host_export_free, &error);
  if (id == 0)
    reeve_log_warning (self->context, "cannot show an interface on the control socket: %s",
                       error->message);
  else
    g_object_set_data (G_OBJECT (connection), key, GUINT_TO_POINTER (id));
}

static void
reeve_host_control_added (gpointer provider, G_GNUC_UNUSED const char *key, gpointer user_data)
{
  ReeveHostControl *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!reeve_operations_check (provider, &error))
    {
      reeve_log_warning (self->context, "%s: operations are refused: %s",
                         reeve_provider_get_name (provider), error->message);
      return;
    }
  g_ptr_array_add (self->providers, g_object_ref (provider));
  for (guint i = 0; i < self->connections->len; i++)
    reeve_host_control_export (self, g_ptr_array_index (self->connections, i), provider);
}

static void
reeve_host_control_removed (gpointer provider, G_GNUC_UNUSED const char *key, gpointer user_data)
{
  ReeveHostControl *self = user_data;
  g_autofree char *name = g_strdup_printf ("reeve-export-%p", provider);

  for (guint i = 0; i < self->connections->len; i++)
    {
      GDBusConnection *connection = g_ptr_array_index (self->connections, i);
      guint id = GPOINTER_TO_UINT (g_object_steal_data (G_OBJECT (connection), name));

      if (id != 0)
        g_dbus_connection_unregister_object (connection, id);
    }
  g_ptr_array_remove (self->providers, provider);
}

/* ---- connections ---- */

static void
reeve_host_control_closed_cb (GDBusConnection *connection, G_GNUC_UNUSED gboolean vanished,
                              G_GNUC_UNUSED GError *error, gpointer user_data)
{
  ReeveHostControl *self = user_data;

  g_ptr_array_remove (self->connections, connection);
}

static gboolean
reeve_host_control_new_connection_cb (G_GNUC_UNUSED GDBusServer *server,
                                      GDBusConnection *connection, gpointer user_data)
{
  ReeveHostControl *self = user_data;

  if (self->connections->len >= REEVE_HOST_CONTROL_MAX_CONNECTIONS)
    {
      reeve_log_warning (self->context,
                         "the control socket has its %d connections already: one more was refused",
                         REEVE_HOST_CONTROL_MAX_CONNECTIONS);
      return FALSE;
    }
  g_ptr_array_add (self->connections, g_object_ref (connection));
  g_signal_connect (connection, "closed", G_CALLBACK (reeve_host_control_closed_cb), self);
  for (guint i = 0; i < self->providers->len; i++)
    reeve_host_control_export (self, connection, g_ptr_array_index (self->providers, i));
  return TRUE;
}

/* These two run on GDBus's thread of the new connection. */
static gboolean
reeve_host_control_allow_mechanism_cb (G_GNUC_UNUSED GDBusAuthObserver *observer,
                                       const char *mechanism, G_GNUC_UNUSED gpointer user_data)
{
  return strcmp (mechanism, "EXTERNAL") == 0;
}

static gboolean
reeve_host_control_authorize_cb (G_GNUC_UNUSED GDBusAuthObserver *observer,
                                 G_GNUC_UNUSED GIOStream *stream, GCredentials *credentials,
                                 G_GNUC_UNUSED gpointer user_data)
{
  uid_t uid = credentials != NULL ? g_credentials_get_unix_user (credentials, NULL) : (uid_t) -1;

  return uid != (uid_t) -1 && reeve_host_authorizer_allows (uid);
}

static gboolean
reeve_host_control_listen (ReeveHostControl *self, GError **error)
{
  g_autoptr (GDBusAuthObserver) observer = g_dbus_auth_observer_new ();
  g_autofree char *escaped = g_dbus_address_escape_value (self->path);
  g_autofree char *address = g_strconcat ("unix:path=", escaped, NULL);
  g_autofree char *guid = g_dbus_generate_guid ();
  struct sockaddr_un limit;

  if (strlen (self->path) >= sizeof limit.sun_path)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "the control socket's path %s has %zu bytes, over the limit of %zu: choose a "
                   "shorter state "
                   "directory",
                   self->path, strlen (self->path), sizeof limit.sun_path - 1);
      return FALSE;
    }
  /* the directory is ours and locked: a socket here is one that an earlier run left */
  if (g_unlink (self->path) != 0 && errno != ENOENT)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_IO, "cannot remove the old %s: %s", self->path,
                   g_strerror (errno));
      return FALSE;
    }
  g_signal_connect (observer, "allow-mechanism", G_CALLBACK (reeve_host_control_allow_mechanism_cb),
                    NULL);
  g_signal_connect (observer, "authorize-authenticated-peer",
                    G_CALLBACK (reeve_host_control_authorize_cb), NULL);
  self->server =
      g_dbus_server_new_sync (address, G_DBUS_SERVER_FLAGS_NONE, guid, observer, NULL, error);
  if (self->server == NULL)
    {
      g_prefix_error (error, "cannot open the control socket %s: ", self->path);
      reeve_error_convert (error);
      return FALSE;
    }
  g_signal_connect (self->server, "new-connection",
                    G_CALLBACK (reeve_host_control_new_connection_cb), self);
  g_dbus_server_start (self->server);
  return TRUE;
}

ReeveHostControl *
reeve_host_control_new (ReeveHost *host, GError **error)
{
  ReeveHostControl *self = g_new0 (ReeveHostControl, 1);

  self->host = host;
  self->context = reeve_host_get_context (host);
  self->path = g_build_filename (reeve_host_get_state_dir (host), REEVE_HOST_CONTROL_SOCKET, NULL);
  self->connections = g_ptr_array_new_with_free_func (g_object_unref);
  self->providers = g_ptr_array_new_with_free_func (g_object_unref);
  self->authorizer = reeve_host_authorizer_new ();
  self->operations = reeve_host_operations_new (host);
  if (reeve_context_provide (self->context, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_UID,
                             self->authorizer, error) &&
      reeve_context_provide (self->context, REEVE_TYPE_OPERATIONS, NULL, self->operations, error) &&
      reeve_host_control_listen (self, error))
    {
      self->watch =
          reeve_context_watch (self->context, REEVE_TYPE_OPERATIONS, reeve_host_control_added,
                               reeve_host_control_removed, self);
      return self;
    }
  reeve_host_control_free (self);
  return NULL;
}

void
reeve_host_control_free (ReeveHostControl *self)
{
  if (self->watch != 0)
    reeve_context_unwatch (self->context, self->watch);
  if (self->server != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->server, self);
      g_dbus_server_stop (self->server);
      g_unlink (self->path);
    }
  /* a call that was read already waits in the loop, and must not find us */
  while (self->providers->len > 0)
    reeve_host_control_removed (g_ptr_array_index (self->providers, 0), NULL, self);
  for (guint i = 0; i < self->connections->len; i++)
    {
      GDBusConnection *connection = g_ptr_array_index (self->connections, i);

      g_signal_handlers_disconnect_by_data (connection, self);
      g_dbus_connection_close_sync (connection, NULL, NULL);
    }
  g_clear_object (&self->server);
  g_ptr_array_unref (self->connections);
  g_ptr_array_unref (self->providers);
  g_object_unref (self->authorizer);
  g_object_unref (self->operations);
  g_free (self->path);
  g_free (self);
}
