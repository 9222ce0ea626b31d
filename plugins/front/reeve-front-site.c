/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The listener and what belongs to all of its connections. */

#include "config.h"

#include "reeve-front-site.h"

#include <string.h>
#include <sys/resource.h>

#include "reeve-front-connection.h"

#define REEVE_FRONT_ENDPOINT "front"
#define REEVE_FRONT_PROXY_ENDPOINT "proxy"
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
  g_hash_table_add (self->connections,
                    reeve_front_connection_new (self, stream,
                                                listener == self->proxy_listener ||
                                                    reeve_front_proxies_has (self->proxies,
                                                                             reeve_stream_get_peer (
                                                                                 stream))));
}

/* Of loopback and of a proxy an address says nothing about who connects: there all have the same.
 */
static gboolean
reeve_front_site_is_exempt (const char *peer, gpointer user_data)
{
  ReeveFrontSite *self = user_data;

  return strcmp (peer, "local") == 0 || reeve_net_is_loopback (peer) ||
         reeve_front_proxies_has (self->proxies, peer);
}

/* What is left of the descriptors for connections, when others have theirs: one for each, and two
 * more while the page's server answers it. */
static guint
reeve_front_site_count_places (ReeveFrontSite *self)
{
  struct rlimit limit;
  guint files, places;

  self->max_relays = REEVE_FRONT_MAX_RELAYS;
  if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > G_MAXINT)
    return REEVE_FRONT_MAX_CONNECTIONS;
  files = (guint) limit.rlim_cur;
  self->max_relays = CLAMP (files / 8, 1, REEVE_FRONT_MAX_RELAYS);
  places = files - MIN (files, 2 * self->max_relays + 2 * REEVE_DESCRIPTOR_RESERVE);
  places = CLAMP (places, 1, REEVE_FRONT_MAX_CONNECTIONS);
  if (places < REEVE_FRONT_MAX_CONNECTIONS)
    reeve_log_info (self->context,
                    "there is room for %u connections; with a limit of open files above %u "
                    "(LimitNOFILE= of the service) for more",
                    places, files);
  return places;
}

static gboolean
reeve_front_site_listen_for_proxy (ReeveFrontSite *self, ReeveSettings *settings,
                                   ReeveListenLimits *limits, GError **error)
{
  const char *path = reeve_settings_get_string (settings, "proxy-socket");
  const char *group = reeve_settings_get_string (settings, "proxy-group");
  g_autofree char *address = NULL;

  if (path == NULL)
    return TRUE;
  address = g_strconcat (REEVE_FRONT_UNIX_PREFIX, path, NULL);
  limits->with = self->listener;
  self->proxy_listener = reeve_context_listen (self->context, REEVE_FRONT_PROXY_ENDPOINT, address,
                                               limits, reeve_front_site_accept_cb, self, error);
  if (self->proxy_listener == NULL ||
      (group != NULL && !reeve_listener_share (self->proxy_listener, group, error)))
    {
      g_prefix_error (error, "proxy-socket: ");
      return FALSE;
    }
  reeve_log_message (self->context, "listening for a proxy on %s",
                     reeve_listener_get_address (self->proxy_listener));
  return TRUE;
}

static gboolean
reeve_front_site_listen (ReeveFrontSite *self, ReeveSettings *settings, GError **error)
{
  const char *address = reeve_settings_get_string (settings, "listen");
  ReeveListenLimits limits = {
    .max_streams = reeve_front_site_count_places (self),
    .max_per_source = (guint) reeve_settings_get_integer (settings, "connections-per-address"),
    .is_exempt = reeve_front_site_is_exempt,
  };
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
  return reeve_front_site_listen_for_proxy (self, settings, &limits, error);
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
  self->proxies =
      reeve_front_proxies_new (reeve_settings_get_strings (settings, "trusted-proxies"), error);
  if (self->proxies == NULL)
    return NULL;
  if (reeve_front_proxies_has_loopback (self->proxies))
    reeve_log_warning (context, "trusted-proxies names loopback: every user and program of this "
                                "machine can say any address there; give the proxy a socket of its "
                                "own instead (proxy-socket)");
  self->soup = reeve_front_soup_new (reeve_context_get_state_dir (context), error);
  if (self->soup == NULL)
    return NULL;
  self->routes = reeve_front_routes_new (context);
  if (!reeve_front_site_listen (self, settings, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
reeve_front_site_free (ReeveFrontSite *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->proxy_listener, reeve_listener_close);
  g_clear_pointer (&self->listener, reeve_listener_close);
  g_hash_table_unref (self->connections);
  g_clear_pointer (&self->soup, reeve_front_soup_free);
  g_clear_pointer (&self->routes, reeve_front_routes_free);
  g_clear_pointer (&self->names, reeve_front_names_free);
  g_clear_pointer (&self->proxies, reeve_front_proxies_free);
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
