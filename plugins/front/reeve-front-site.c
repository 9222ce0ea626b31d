/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The listener and what belongs to all of its connections. */

#include "config.h"

#include "reeve-front-site.h"

#include <string.h>
#include <sys/resource.h>

#include "reeve-front-connection.h"

#define REEVE_FRONT_PROXY_ENDPOINT "proxy"
#define REEVE_FRONT_UNIX_PREFIX "unix:"

const char *
reeve_front_site_get_endpoint (guint i)
{
  static const char *const names[REEVE_FRONT_PORTS_MAX] = { "front",   "front-2", "front-3",
                                                            "front-4", "front-5", "front-6",
                                                            "front-7", "front-8" };

  return names[i];
}

/* Once a minute: whoever cannot get in should find out why. */
static void
reeve_front_site_say_full (ReeveFrontSite *self, gint64 now)
{
  if (self->full_said != 0 && now - self->full_said < 60 * G_USEC_PER_SEC)
    return;
  self->full_said = MAX (now, 1);
  reeve_log_warning (self->context,
                     "%u connections have not said who they are: for more, silent ones are closed",
                     self->strangers.length);
  reeve_context_emit (self->context, REEVE_SEVERITY_WARNING, "link", "", NULL,
                      "%u connections have not said who they are: for more, silent ones are closed",
                      self->strangers.length);
}

/* FALSE: every stranger is about to say who it is. */
static gboolean
reeve_front_site_make_way (ReeveFrontSite *self)
{
  const gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));

  reeve_front_site_say_full (self, now);
  for (GList *i = self->strangers.head; i != NULL; i = i->next)
    if (reeve_front_connection_gives_way (i->data, now))
      return g_hash_table_remove (self->connections, i->data);
  return FALSE;
}

static void
reeve_front_site_accept_cb (ReeveListener *listener, ReeveStream *stream, gpointer user_data)
{
  ReeveFrontSite *self = user_data;
  const ReeveFrontListening *port = NULL; /* the proxy's */
  ReeveFrontConnection *connection;

  if (self->strangers.length >= REEVE_FRONT_MAX_STRANGERS && !reeve_front_site_make_way (self))
    {
      reeve_stream_abort (stream);
      reeve_stream_unref (stream);
      return;
    }
  for (guint i = 0; i < self->n_ports; i++)
    if (self->ports[i].listener == listener)
      port = &self->ports[i];
  connection = reeve_front_connection_new (
      self, stream,
      port == NULL || reeve_front_proxies_has (self->proxies, reeve_stream_get_peer (stream)));
  g_hash_table_add (self->connections, connection);
  reeve_front_connection_begin (connection, port);
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

gboolean
reeve_front_site_take_relay (ReeveFrontSite *self, const char *peer, gboolean has_session,
                             char **ret_source)
{
  const guint kept = has_session ? 0 : self->max_relays / 4;
  g_autofree char *source = NULL;
  guint n = 0;

  if (self->n_relays + kept >= self->max_relays)
    return FALSE;
  if (!has_session && !reeve_front_site_is_exempt (peer, self))
    {
      source = reeve_net_make_source (peer);
      n = GPOINTER_TO_UINT (g_hash_table_lookup (self->relay_sources, source));
      if (n >= MAX (self->max_relays / REEVE_FRONT_RELAYS_SHARE, 1))
        return FALSE;
      g_hash_table_insert (self->relay_sources, g_strdup (source), GUINT_TO_POINTER (n + 1));
    }
  self->n_relays++;
  *ret_source = g_steal_pointer (&source);
  return TRUE;
}

void
reeve_front_site_give_relay (ReeveFrontSite *self, const char *source)
{
  guint n;

  self->n_relays--;
  if (source == NULL)
    return;
  n = GPOINTER_TO_UINT (g_hash_table_lookup (self->relay_sources, source));
  if (n > 1)
    g_hash_table_insert (self->relay_sources, g_strdup (source), GUINT_TO_POINTER (n - 1));
  else
    g_hash_table_remove (self->relay_sources, source);
}

void
reeve_front_site_limit_idle (ReeveFrontSite *self)
{
  if (self->idle.length > self->max_idle)
    g_hash_table_remove (self->connections, self->idle.head->data);
}

/* What is left of the descriptors for connections, when others and those to the page's server have
 * theirs. */
static guint
reeve_front_site_count_places (ReeveFrontSite *self)
{
  struct rlimit limit;
  guint files, places;

  self->max_relays = REEVE_FRONT_MAX_RELAYS;
  self->max_idle = REEVE_FRONT_MAX_CONNECTIONS / REEVE_FRONT_IDLE_SHARE;
  if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > G_MAXINT)
    return REEVE_FRONT_MAX_CONNECTIONS;
  files = (guint) limit.rlim_cur;
  self->max_relays = CLAMP (files / 8, 1, REEVE_FRONT_MAX_RELAYS);
  places =
      files -
      MIN (files, 2 * (self->max_relays + REEVE_FRONT_MAX_SPARE_RELAYS + REEVE_DESCRIPTOR_RESERVE));
  places = CLAMP (places, 1, REEVE_FRONT_MAX_CONNECTIONS);
  self->max_idle = MAX (places / REEVE_FRONT_IDLE_SHARE, 1);
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
  limits->with = self->ports[0].listener;
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
reeve_front_site_listen_at (ReeveFrontSite *self, const ReeveFrontPort *port, const char *plain,
                            ReeveListenLimits *limits, GError **error)
{
  static const char *const says[] = { "", " with TLS", " without TLS, for agents only" };
  ReeveFrontListening *listening = &self->ports[self->n_ports];
  g_autofree char *host = NULL;
  const char *real;

  limits->with = self->n_ports > 0 ? self->ports[0].listener : NULL;
  listening->listener =
      reeve_context_listen (self->context, reeve_front_site_get_endpoint (self->n_ports),
                            port->address, limits, reeve_front_site_accept_cb, self, error);
  if (listening->listener == NULL)
    return FALSE;
  self->n_ports++;
  /* a socket of the service manager comes with an address of its own */
  real = reeve_listener_get_address (listening->listener);
  listening->speech = reeve_front_ports_judge (real, port->wants_tls, plain);
  if (!g_str_has_prefix (real, REEVE_FRONT_UNIX_PREFIX) &&
      !reeve_net_parse_address (real, &host, &listening->port, error))
    return FALSE;
  reeve_log_message (self->context, "listening on %s%s", real, says[listening->speech]);
  return TRUE;
}

/* Names of a certificate of our own: as others ask for us. */
static GPtrArray *
reeve_front_site_list_names (ReeveFrontSite *self)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  if (reeve_front_names_get_public_host (self->names) != NULL)
    g_ptr_array_add (names, g_strdup (reeve_front_names_get_public_host (self->names)));
  for (guint i = 0; i < self->n_ports; i++)
    if (self->ports[i].speech == REEVE_FRONT_TLS)
      reeve_front_ports_add_names (reeve_listener_get_address (self->ports[i].listener), names);
  return names;
}

static gboolean
reeve_front_site_listen (ReeveFrontSite *self, ReeveSettings *settings, GError **error)
{
  const char *plain = reeve_settings_get_string (settings, "plain");
  g_autoptr (GPtrArray) ports =
      reeve_front_ports_parse (reeve_settings_get_strings (settings, "listen"), plain, error);
  ReeveListenLimits limits = {
    .max_streams = reeve_front_site_count_places (self),
    .max_per_source = (guint) reeve_settings_get_integer (settings, "connections-per-address"),
    .is_exempt = reeve_front_site_is_exempt,
  };
  gboolean secure = FALSE;

  if (ports == NULL)
    return FALSE;
  for (guint i = 0; i < ports->len; i++)
    {
      if (!reeve_front_site_listen_at (self, ports->pdata[i], plain, &limits, error))
        return FALSE;
      secure = secure || self->ports[i].speech == REEVE_FRONT_TLS;
    }
  /* nobody is accepted before we return to the loop */
  if (secure)
    {
      self->tls =
          reeve_front_tls_new (self->context, settings, reeve_front_site_list_names (self), error);
      if (self->tls == NULL)
        return FALSE;
    }
  return reeve_front_site_listen_for_proxy (self, settings, &limits, error);
}

ReeveFrontSite *
reeve_front_site_new (ReeveContext *context, ReeveSettings *settings, GError **error)
{
  g_autoptr (ReeveFrontSite) self = g_new0 (ReeveFrontSite, 1);

  self->context = context;
  self->connections =
      g_hash_table_new_full (NULL, NULL, (GDestroyNotify) reeve_front_connection_free, NULL);
  self->relay_sources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
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
  self->soup = reeve_front_soup_new (error);
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
  for (guint i = 0; i < self->n_ports; i++)
    reeve_listener_close (self->ports[i].listener);
  g_hash_table_unref (self->connections);
  g_clear_pointer (&self->soup, reeve_front_soup_free);
  g_clear_pointer (&self->routes, reeve_front_routes_free);
  g_clear_pointer (&self->tls, reeve_front_tls_free);
  g_clear_pointer (&self->names, reeve_front_names_free);
  g_clear_pointer (&self->proxies, reeve_front_proxies_free);
  g_hash_table_unref (self->relay_sources);
  g_free (self);
}

char *
reeve_front_site_get_url (ReeveFrontSite *self)
{
  const ReeveFrontListening *best = NULL;

  for (guint i = 0; i < self->n_ports; i++)
    if (self->ports[i].speech != REEVE_FRONT_AGENTS && self->ports[i].port != 0 &&
        (best == NULL || best->speech > self->ports[i].speech))
      best = &self->ports[i];
  return best != NULL ? reeve_front_ports_make_url (reeve_listener_get_address (best->listener),
                                                    best->speech == REEVE_FRONT_TLS)
                      : g_strdup ("");
}

static const ReeveFrontListening *
reeve_front_site_find_for_agents (ReeveFrontSite *self)
{
  for (guint i = 0; i < self->n_ports; i++)
    if (self->ports[i].speech == REEVE_FRONT_TLS)
      return &self->ports[i];
  for (guint i = 0; i < self->n_ports; i++)
    if (self->ports[i].speech == REEVE_FRONT_AGENTS)
      return &self->ports[i];
  return NULL;
}

char *
reeve_front_site_get_agents_url (ReeveFrontSite *self)
{
  const char *public_url = reeve_front_names_get_public_url (self->names);
  const ReeveFrontListening *port = reeve_front_site_find_for_agents (self);

  if (public_url != NULL)
    return g_strdup (public_url);
  return port != NULL ? reeve_front_ports_make_url (reeve_listener_get_address (port->listener),
                                                    port->speech == REEVE_FRONT_TLS)
                      : g_strdup ("");
}

gboolean
reeve_front_site_is_local (ReeveFrontSite *self)
{
  for (guint i = 0; i < self->n_ports; i++)
    {
      const char *address = reeve_listener_get_address (self->ports[i].listener);
      g_autofree char *host = NULL;
      guint16 port;

      if (!g_str_has_prefix (address, REEVE_FRONT_UNIX_PREFIX) &&
          reeve_net_parse_address (address, &host, &port, NULL) && !reeve_net_is_loopback (host))
        return FALSE;
    }
  return TRUE;
}

/* A public address with another port is that of a proxy, which has a certificate of its own. */
const char *
reeve_front_site_get_pin (ReeveFrontSite *self)
{
  guint16 public_port = reeve_front_names_get_public_port (self->names);
  ReeveTlsCredentials *credentials = self->tls != NULL ? reeve_front_tls_get (self->tls) : NULL;
  gboolean direct = public_port == 0;

  for (guint i = 0; i < self->n_ports; i++)
    direct =
        direct || (self->ports[i].speech == REEVE_FRONT_TLS && self->ports[i].port == public_port);
  return direct && credentials != NULL && reeve_tls_credentials_is_self_signed (credentials)
             ? reeve_tls_credentials_get_pin (credentials)
             : "";
}
