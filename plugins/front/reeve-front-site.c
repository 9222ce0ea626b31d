/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The listener and what belongs to all of its connections. */

#include "config.h"

#include "reeve-front-site.h"

#include "reeve-front-connection.h"

#define REEVE_FRONT_ENDPOINT "front"
#define REEVE_FRONT_UNIX_PREFIX "unix:"

/**
 * reeve_front_site_check_listen:
 * @address: as in the settings, or as the service manager's socket has it
 * @error: REEVE_ERROR_INVALID
 *
 * Returns: %TRUE for loopback and Unix sockets
 */
gboolean
reeve_front_site_check_listen (const char *address, GError **error)
{
  g_autofree char *host = NULL;
  guint16 port;

  if (g_str_has_prefix (address, REEVE_FRONT_UNIX_PREFIX))
    return TRUE;
  if (!reeve_net_parse_address (address, &host, &port, error))
    {
      g_prefix_error (error, "listen: ");
      return FALSE;
    }
  if (reeve_net_is_loopback (host))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "listen: other machines would reach '%s', and this version does not speak TLS yet; "
               "listen on 127.0.0.1, [::1] or unix:/path and let a proxy with TLS stand before it",
               address);
  return FALSE;
}

static void
reeve_front_site_accept_cb (ReeveListener *listener, ReeveStream *stream, gpointer user_data)
{
  ReeveFrontSite *self = user_data;

  if (self->n_strangers >= REEVE_FRONT_MAX_STRANGERS)
    {
      reeve_stream_abort (stream);
      reeve_stream_unref (stream);
      return;
    }
  g_hash_table_add (self->connections, reeve_front_connection_new (self, stream));
}

static gboolean
reeve_front_site_listen (ReeveFrontSite *self, const char *address, GError **error)
{
  /* all clients of a loopback listener have one address, and so have all agents behind a proxy: a
   * limit for each would be one for all of them together */
  const ReeveListenLimits limits = { .max_streams = REEVE_FRONT_MAX_CONNECTIONS };
  g_autofree char *host = NULL;
  guint16 port = 0;
  const char *real;

  self->listener = reeve_context_listen (self->context, REEVE_FRONT_ENDPOINT, address, &limits,
                                         reeve_front_site_accept_cb, self, error);
  if (self->listener == NULL)
    return FALSE;
  /* a socket of the service manager comes with an address of its own */
  real = reeve_listener_get_address (self->listener);
  if (!reeve_front_site_check_listen (real, error))
    return FALSE;
  if (!g_str_has_prefix (real, REEVE_FRONT_UNIX_PREFIX) &&
      !reeve_net_parse_address (real, &host, &port, error))
    return FALSE;
  reeve_front_names_set_port (self->names, port);
  reeve_log_message (self->context, "listening on %s", real);
  return TRUE;
}

ReeveFrontSite *
reeve_front_site_new (ReeveContext *context, ReeveSettings *settings, GError **error)
{
  g_autoptr (ReeveFrontSite) self = g_new0 (ReeveFrontSite, 1);

  self->context = context;
  self->connections =
      g_hash_table_new_full (NULL, NULL, (GDestroyNotify) reeve_front_connection_free, NULL);
  self->names = reeve_front_names_new (reeve_settings_get_string (settings, "public-url"),
                                       reeve_settings_get_strings (settings, "host-names"), error);
  if (self->names == NULL)
    return NULL;
  self->soup = reeve_front_soup_new (reeve_context_get_state_dir (context), error);
  if (self->soup == NULL)
    return NULL;
  self->routes = reeve_front_routes_new (context);
  if (!reeve_front_site_listen (self, reeve_settings_get_string (settings, "listen"), error))
    return NULL;
  return g_steal_pointer (&self);
}

void
reeve_front_site_free (ReeveFrontSite *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->listener, reeve_listener_close);
  g_hash_table_unref (self->connections);
  g_clear_pointer (&self->soup, reeve_front_soup_free);
  g_clear_pointer (&self->routes, reeve_front_routes_free);
  g_clear_pointer (&self->names, reeve_front_names_free);
  g_free (self);
}

char *
reeve_front_site_get_url (ReeveFrontSite *self)
{
  const char *address = reeve_listener_get_address (self->listener);

  if (g_str_has_prefix (address, REEVE_FRONT_UNIX_PREFIX))
    return g_strdup ("");
  return g_strdup_printf ("http://%s", address);
}
