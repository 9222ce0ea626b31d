/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The URL of a hub, as a person writes it, made into what is dialled and what is asked for. A base
 * path before the agents' path is kept, as stock agents do, for hubs behind a proxy. Unlike them we
 * take "wss" for what it says: with them only "https" means TLS. */

#include "config.h"

#include "reeve-ws-transport-url.h"

#include <reeve/reeve.h>

#include <string.h>

static const struct
{
  const char *scheme;
  gboolean secure;
} reeve_ws_transport_url_schemes[] = {
  { "http", FALSE },
  { "ws", FALSE },
  { "https", TRUE },
  { "wss", TRUE },
};

static gboolean
reeve_ws_transport_url_find_scheme (const char *scheme, gboolean *ret_secure)
{
  for (guint i = 0; scheme != NULL && i < G_N_ELEMENTS (reeve_ws_transport_url_schemes); i++)
    if (g_ascii_strcasecmp (scheme, reeve_ws_transport_url_schemes[i].scheme) == 0)
      {
        *ret_secure = reeve_ws_transport_url_schemes[i].secure;
        return TRUE;
      }
  return FALSE;
}

/**
 * reeve_ws_transport_url_handles:
 * @url: (nullable): any text
 *
 * Returns: whether it has a scheme that belongs to this transport; the rest is not looked at
 */
gboolean
reeve_ws_transport_url_handles (const char *url)
{
  g_autofree char *scheme = url != NULL ? g_uri_parse_scheme (url) : NULL;
  gboolean secure;

  return reeve_ws_transport_url_find_scheme (scheme, &secure);
}

/* Letters of names and addresses only: it goes into a header. A zone ("%eth0") means nothing to the
 * hub and is not taken. */
static gboolean
reeve_ws_transport_url_is_host (const char *host)
{
  if (host == NULL || *host == '\0' || strlen (host) > 253)
    return FALSE;
  for (const char *c = host; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("-._:", *c) == NULL)
      return FALSE;
  return TRUE;
}

/* Base path and agents' path, without empty and dot segments. */
static char *
reeve_ws_transport_url_make_path (const char *base)
{
  g_auto (GStrv) segments = g_strsplit (base, "/", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  GString *path = g_string_new (NULL);

  for (guint i = 0; segments[i] != NULL; i++)
    if (strcmp (segments[i], "..") == 0)
      g_ptr_array_set_size (kept, kept->len > 0 ? (int) kept->len - 1 : 0);
    else if (*segments[i] != '\0' && strcmp (segments[i], ".") != 0)
      g_ptr_array_add (kept, segments[i]);
  for (guint i = 0; i < kept->len; i++)
    g_string_append_printf (path, "/%s", (const char *) g_ptr_array_index (kept, i));
  g_string_append (path, REEVE_WS_TRANSPORT_URL_PATH);
  return g_string_free (path, FALSE);
}

static gboolean
reeve_ws_transport_url_is_plain (const char *text)
{
  for (; *text != '\0'; text++)
    if (!g_ascii_isgraph (*text))
      return FALSE;
  return TRUE;
}

static ReeveWsTransportUrl *
reeve_ws_transport_url_make (GUri *uri, gboolean secure)
{
  ReeveWsTransportUrl *self = g_new0 (ReeveWsTransportUrl, 1);
  const char *query = g_uri_get_query (uri);
  g_autofree char *path = reeve_ws_transport_url_make_path (g_uri_get_path (uri));
  g_autofree char *host = NULL;
  int port = g_uri_get_port (uri);

  self->secure = secure;
  self->host = g_strdup (g_uri_get_host (uri));
  host = strchr (self->host, ':') != NULL ? g_strdup_printf ("[%s]", self->host)
                                          : g_strdup (self->host);
  self->authority = port > 0 ? g_strdup_printf ("%s:%d", host, port) : g_strdup (host);
  self->address = g_strdup_printf ("%s:%d", host, port > 0 ? port : secure ? 443 : 80);
  self->target = g_strconcat (path, query != NULL ? "?" : NULL, query, NULL);
  return self;
}

/**
 * reeve_ws_transport_url_parse:
 * @url: what a person wrote: "http://hub.example:8090", "wss://hub.example/base"
 * @error: REEVE_ERROR_INVALID, with the form that is wanted
 *
 * Returns: (transfer full): the parts
 */
ReeveWsTransportUrl *
reeve_ws_transport_url_parse (const char *url, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  g_autofree char *shown = NULL;
  const char *wrong = NULL;
  gboolean secure = FALSE;

  if (strlen (url) <= REEVE_WS_TRANSPORT_URL_MAX && reeve_ws_transport_url_is_plain (url))
    uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  if (uri == NULL)
    wrong = "is no URL";
  else if (!reeve_ws_transport_url_find_scheme (g_uri_get_scheme (uri), &secure))
    wrong = "has a scheme that is none of http, https, ws and wss";
  else if (g_uri_get_userinfo (uri) != NULL)
    wrong = "holds a user name, which no hub asks for";
  else if (!reeve_ws_transport_url_is_host (g_uri_get_host (uri)))
    wrong = "has no valid host name";
  else if (g_uri_get_port (uri) == 0)
    wrong = "has port 0";
  if (wrong == NULL)
    return reeve_ws_transport_url_make (uri, secure);

  shown = reeve_settings_mask_url (url);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "the hub's address '%.200s' %s: give it as http://HOST:PORT", shown, wrong);
  return NULL;
}

void
reeve_ws_transport_url_free (ReeveWsTransportUrl *self)
{
  g_free (self->host);
  g_free (self->authority);
  g_free (self->address);
  g_free (self->target);
  g_free (self);
}
