/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Proxies: which one, and what to say to it. GIO's own resolver would load modules and may ask
 * D-Bus; a service has nothing but its environment, which GSimpleProxyResolver can apply without
 * waiting for anything. */

#include "config.h"

#include "reeve-proxy.h"

#include "reeve-error.h"
#include "reeve-net-private.h"
#include "reeve-settings.h"

#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <string.h>

static const struct
{
  const char *scheme;
  ReeveProxyKind kind;
  guint16 port;
} reeve_proxy_schemes[] = {
  { "http", REEVE_PROXY_HTTP, 80 },         { "socks5", REEVE_PROXY_SOCKS5, 1080 },
  { "socks5h", REEVE_PROXY_SOCKS5, 1080 },  { "socks", REEVE_PROXY_SOCKS5, 1080 },
  { "socks4a", REEVE_PROXY_SOCKS4A, 1080 },
};

/* ---- which one ---- */

static void
reeve_proxy_wipe (char *text)
{
  if (text != NULL)
    gnutls_memset (text, 0, strlen (text));
  g_free (text);
}

void
reeve_proxy_free (ReeveProxy *self)
{
  g_free (self->host);
  reeve_proxy_wipe (self->user);
  reeve_proxy_wipe (self->password);
  g_free (self);
}

static gboolean
reeve_proxy_is_text (const char *text)
{
  return text == NULL || strlen (text) <= REEVE_PROXY_MAX_TEXT;
}

static gboolean
reeve_proxy_is_host (const char *host)
{
  if (host == NULL || *host == '\0' || strlen (host) > 253)
    return FALSE;
  for (; *host != '\0'; host++)
    if (!g_ascii_isalnum (*host) && strchr ("-._:", *host) == NULL)
      return FALSE;
  return TRUE;
}

/**
 * reeve_proxy_parse:
 * @url: a proxy's URL; "host:port" alone is an HTTP proxy
 * @error: INVALID, UNSUPPORTED for a kind that is not spoken
 *
 * Returns: (transfer full): the proxy
 */
ReeveProxy *
reeve_proxy_parse (const char *url, GError **error)
{
  g_autofree char *whole =
      strstr (url, "://") != NULL ? g_strdup (url) : g_strconcat ("http://", url, NULL);
  g_autoptr (GUri) uri = g_uri_parse (whole, G_URI_FLAGS_HAS_PASSWORD, NULL);
  g_autofree char *shown = NULL;
  ReeveProxy *self;
  guint i = 0;

  while (uri != NULL && i < G_N_ELEMENTS (reeve_proxy_schemes) &&
         g_ascii_strcasecmp (g_uri_get_scheme (uri), reeve_proxy_schemes[i].scheme) != 0)
    i++;
  if (uri == NULL || i == G_N_ELEMENTS (reeve_proxy_schemes) ||
      !reeve_proxy_is_host (g_uri_get_host (uri)) || g_uri_get_port (uri) == 0 ||
      !reeve_proxy_is_text (g_uri_get_user (uri)) ||
      !reeve_proxy_is_text (g_uri_get_password (uri)))
    {
      shown = reeve_settings_mask_url (whole);
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the proxy '%.200s' is not one of http://HOST:PORT, socks5://HOST:PORT and "
                   "socks4a://HOST:PORT, with USER:PASSWORD@ before the host if it asks for them",
                   shown);
      return NULL;
    }

  self = g_new0 (ReeveProxy, 1);
  self->kind = reeve_proxy_schemes[i].kind;
  self->host = g_strdup (g_uri_get_host (uri));
  self->port =
      g_uri_get_port (uri) > 0 ? (guint16) g_uri_get_port (uri) : reeve_proxy_schemes[i].port;
  self->user = g_strdup (g_uri_get_user (uri));
  self->password = g_strdup (g_uri_get_password (uri));
  return self;
}

/* The first of three names that is set, small letters before capitals. */
static const char *
reeve_proxy_get_variable (char **environment, const char *name)
{
  g_autofree char *upper = g_ascii_strup (name, -1);
  const char *value = g_environ_getenv (environment, name);

  if (value == NULL || *value == '\0')
    value = g_environ_getenv (environment, upper);
  return value != NULL && *value != '\0' ? value : NULL;
}

/* Whether no_proxy names the host: names, ".domain", "*.domain", addresses and networks, "*". */
static gboolean
reeve_proxy_is_exempt (char **environment, const char *host, guint16 port)
{
  const char *list = reeve_proxy_get_variable (environment, "no_proxy");
  g_auto (GStrv) names = list != NULL ? g_strsplit_set (list, ", ", -1) : NULL;
  g_autoptr (GPtrArray) hosts = g_ptr_array_new ();
  g_autoptr (GProxyResolver) resolver = NULL;
  g_auto (GStrv) found = NULL;
  g_autofree char *uri = NULL;

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    if (strcmp (names[i], "*") == 0)
      return TRUE;
    else if (*names[i] != '\0')
      g_ptr_array_add (hosts, names[i]);
  if (hosts->len == 0)
    return FALSE;

  g_ptr_array_add (hosts, NULL);
  resolver = g_simple_proxy_resolver_new ("http://proxy.invalid", (char **) hosts->pdata);
  uri =
      g_strdup_printf (strchr (host, ':') != NULL ? "none://[%s]:%u" : "none://%s:%u", host, port);
  found = g_proxy_resolver_lookup (resolver, uri, NULL, NULL);
  return found != NULL && found[0] != NULL && strcmp (found[0], "direct://") == 0;
}

/**
 * reeve_proxy_find:
 * @setting: "auto", "none" or a URL
 * @environment: as of g_get_environ(): http_proxy or https_proxy, else all_proxy; no_proxy
 * @host: who is dialled
 * @port: where
 * @secure: whether TLS is spoken to @host
 * @ret_proxy: (transfer full) (nullable): NULL to dial directly
 * @error: as reeve_proxy_parse()
 *
 * Returns: whether it is known how to dial
 */
gboolean
reeve_proxy_find (const char *setting, char **environment, const char *host, guint16 port,
                  gboolean secure, ReeveProxy **ret_proxy, GError **error)
{
  const char *url = setting;

  *ret_proxy = NULL;
  if (strcmp (setting, "none") == 0 || reeve_net_is_loopback (host))
    return TRUE;
  if (strcmp (setting, "auto") == 0)
    {
      url = reeve_proxy_get_variable (environment, secure ? "https_proxy" : "http_proxy");
      if (url == NULL)
        url = reeve_proxy_get_variable (environment, "all_proxy");
      if (url == NULL || reeve_proxy_is_exempt (environment, host, port))
        return TRUE;
    }
  *ret_proxy = reeve_proxy_parse (url, error);
  return *ret_proxy != NULL;
}

/* ---- what to say ---- */

static void
reeve_proxy_append (GByteArray *bytes, const char *text)
{
  g_byte_array_append (bytes, (const guint8 *) text, (guint) strlen (text));
}

static void
reeve_proxy_append_byte (GByteArray *bytes, guint8 byte)
{
  g_byte_array_append (bytes, &byte, 1);
}

static void
reeve_proxy_append_counted (GByteArray *bytes, const char *text)
{
  reeve_proxy_append_byte (bytes, (guint8) strlen (text));
  reeve_proxy_append (bytes, text);
}

static void
reeve_proxy_append_port (GByteArray *bytes, guint16 port)
{
  reeve_proxy_append_byte (bytes, (guint8) (port >> 8));
  reeve_proxy_append_byte (bytes, (guint8) port);
}

static void
reeve_proxy_append_connect (ReeveProxyTalk *self, GByteArray *reply)
{
  g_autofree char *peer = g_strdup_printf (strchr (self->host, ':') != NULL ? "[%s]:%u" : "%s:%u",
                                           self->host, self->port);
  g_autofree char *head = g_strdup_printf ("CONNECT %s HTTP/1.1\r\nHost: %s\r\n", peer, peer);

  reeve_proxy_append (reply, head);
  if (self->proxy->user != NULL)
    {
      const char *password = self->proxy->password != NULL ? self->proxy->password : "";
      char *pair = g_strconcat (self->proxy->user, ":", password, NULL);
      char *encoded = g_base64_encode ((const guint8 *) pair, strlen (pair));

      reeve_proxy_append (reply, "Proxy-Authorization: Basic ");
      reeve_proxy_append (reply, encoded);
      reeve_proxy_append (reply, "\r\n");
      reeve_proxy_wipe (pair);
      reeve_proxy_wipe (encoded);
    }
  reeve_proxy_append (reply, "\r\n");
}

static void
reeve_proxy_append_socks5 (ReeveProxyTalk *self, GByteArray *reply)
{
  static const guint8 head[] = { 5, 1, 0 };
  ReeveNetAddress address;

  g_byte_array_append (reply, head, sizeof head);
  if (!reeve_net_address_from_literal (self->host, self->port, &address))
    {
      reeve_proxy_append_byte (reply, 3);
      reeve_proxy_append_counted (reply, self->host);
    }
  else if (address.storage.ss_family == AF_INET6)
    {
      const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) &address.storage;

      reeve_proxy_append_byte (reply, 4);
      g_byte_array_append (reply, (const guint8 *) &in6->sin6_addr, 16);
    }
  else
    {
      const struct sockaddr_in *in = (const struct sockaddr_in *) &address.storage;

      reeve_proxy_append_byte (reply, 1);
      g_byte_array_append (reply, (const guint8 *) &in->sin_addr, 4);
    }
  reeve_proxy_append_port (reply, self->port);
}

static void
reeve_proxy_append_socks4a (ReeveProxyTalk *self, GByteArray *reply)
{
  static const guint8 head[] = { 4, 1 }, end = 0;
  /* no address: the name follows */
  static const guint8 unknown[] = { 0, 0, 0, 1 };
  ReeveNetAddress address;
  gboolean literal = reeve_net_address_from_literal (self->host, self->port, &address);
  const struct sockaddr_in *in = (const struct sockaddr_in *) &address.storage;

  g_byte_array_append (reply, head, sizeof head);
  reeve_proxy_append_port (reply, self->port);
  g_byte_array_append (reply, literal ? (const guint8 *) &in->sin_addr : unknown, 4);
  if (self->proxy->user != NULL)
    reeve_proxy_append (reply, self->proxy->user);
  g_byte_array_append (reply, &end, 1);
  if (literal)
    return;
  reeve_proxy_append (reply, self->host);
  g_byte_array_append (reply, &end, 1);
}

/**
 * reeve_proxy_talk_begin:
 * @self: zeros, but for proxy, host and port, which outlive the talk
 * @reply: what to send is put here
 * @error: UNSUPPORTED
 *
 * Returns: whether there is something to say
 */
gboolean
reeve_proxy_talk_begin (ReeveProxyTalk *self, GByteArray *reply, GError **error)
{
  if (strlen (self->host) > REEVE_PROXY_MAX_TEXT ||
      (self->proxy->kind == REEVE_PROXY_SOCKS4A && strchr (self->host, ':') != NULL))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                   "this kind of proxy cannot be told an address like '%.60s'", self->host);
      return FALSE;
    }
  switch (self->proxy->kind)
    {
    case REEVE_PROXY_HTTP:
      reeve_proxy_append_connect (self, reply);
      break;
    case REEVE_PROXY_SOCKS5:
      {
        static const guint8 plain[] = { 5, 1, 0 }, both[] = { 5, 2, 0, 2 };

        if (self->proxy->user != NULL)
          g_byte_array_append (reply, both, sizeof both);
        else
          g_byte_array_append (reply, plain, sizeof plain);
        break;
      }
    case REEVE_PROXY_SOCKS4A:
    default:
      reeve_proxy_append_socks4a (self, reply);
      break;
    }
  return TRUE;
}

/* ---- what it answers ---- */

static ReeveProxyResult
reeve_proxy_refuse (GError **error, ReeveError code, const char *text)
{
  g_set_error_literal (error, REEVE_ERROR, (int) code, text);
  return REEVE_PROXY_FAILED;
}

static ReeveProxyResult
reeve_proxy_take_connect (const guint8 *data, gsize length, gsize *ret_consumed, GError **error)
{
  const char *text = (const char *) data;
  const char *end = g_strstr_len (text, (gssize) MIN (length, REEVE_PROXY_MAX_HEAD), "\r\n\r\n");
  guint status;

  if (length >= 5 && memcmp (text, "HTTP/", 5) != 0)
    return reeve_proxy_refuse (error, REEVE_ERROR_PROTOCOL, "it does not answer as an HTTP proxy");
  if (end == NULL && length >= REEVE_PROXY_MAX_HEAD)
    return reeve_proxy_refuse (error, REEVE_ERROR_PROTOCOL, "its answer to CONNECT is too long");
  if (end == NULL)
    return REEVE_PROXY_MORE;
  if (end - text < 12 || memcmp (text, "HTTP/1.", 7) != 0 || text[8] != ' ' ||
      !g_ascii_isdigit (text[9]) || !g_ascii_isdigit (text[10]) || !g_ascii_isdigit (text[11]))
    return reeve_proxy_refuse (error, REEVE_ERROR_PROTOCOL, "it does not answer as an HTTP proxy");

  status = (guint) (text[9] - '0') * 100 + (guint) (text[10] - '0') * 10 + (guint) (text[11] - '0');
  *ret_consumed = (gsize) (end - text) + 4;
  if (status >= 200 && status < 300)
    return REEVE_PROXY_DONE;
  /* 401 is for servers, but some proxies say it */
  if (status == 407 || status == 401)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "it wants another user name and password (status %u)", status);
      return REEVE_PROXY_FAILED;
    }
  g_set_error (error, REEVE_ERROR, status == 403 ? REEVE_ERROR_DENIED : REEVE_ERROR_UNAVAILABLE,
               "it refused the connection with status %u", status);
  return REEVE_PROXY_FAILED;
}

static ReeveProxyResult
reeve_proxy_take_socks4a (const guint8 *data, gsize length, gsize *ret_consumed, GError **error)
{
  if (length > 0 && data[0] != 0)
    return reeve_proxy_refuse (error, REEVE_ERROR_PROTOCOL, "it does not answer as SOCKS 4 does");
  if (length < 8)
    return REEVE_PROXY_MORE;
  *ret_consumed = 8;
  if (data[1] == 90)
    return REEVE_PROXY_DONE;
  g_set_error (error, REEVE_ERROR, data[1] == 91 ? REEVE_ERROR_UNAVAILABLE : REEVE_ERROR_DENIED,
               "it refused the connection with SOCKS 4 code %u", data[1]);
  return REEVE_PROXY_FAILED;
}

static ReeveProxyResult
reeve_proxy_take_method (ReeveProxyTalk *self, const guint8 *data, gsize *ret_consumed,
                         GByteArray *reply, GError **error)
{
  *ret_consumed = 2;
  if (data[1] == 2 && self->proxy->user != NULL)
    {
      reeve_proxy_append_byte (reply, 1);
      reeve_proxy_append_counted (reply, self->proxy->user);
      reeve_proxy_append_counted (reply,
                                  self->proxy->password != NULL ? self->proxy->password : "");
      self->step = 1;
      return REEVE_PROXY_MORE;
    }
  if (data[1] == 0)
    {
      reeve_proxy_append_socks5 (self, reply);
      self->step = 2;
      return REEVE_PROXY_MORE;
    }
  return reeve_proxy_refuse (error, REEVE_ERROR_DENIED,
                             self->proxy->user != NULL ? "it takes no user name and password"
                                                       : "it wants a user name and a password");
}

static ReeveProxyResult
reeve_proxy_take_socks5_reply (const guint8 *data, gsize length, gsize *ret_consumed,
                               GError **error)
{
  static const char *const texts[] = {
    NULL,
    "a general failure",
    "its rules do not allow it",
    "the network cannot be reached",
    "the host cannot be reached",
    "the connection was refused",
    "the time to live ran out",
    "it does not know the command",
    "it does not know this kind of address",
  };
  gsize size;

  if (length < 5)
    return REEVE_PROXY_MORE;
  size = data[3] == 1 ? 10 : data[3] == 4 ? 22 : data[3] == 3 ? (gsize) data[4] + 7 : 0;
  if (data[1] != 0)
    {
      g_set_error (error, REEVE_ERROR, data[1] == 2 ? REEVE_ERROR_DENIED : REEVE_ERROR_UNAVAILABLE,
                   "it refused the connection: %s (SOCKS 5 code %u)",
                   data[1] < G_N_ELEMENTS (texts) ? texts[data[1]] : "an unknown reason", data[1]);
      return REEVE_PROXY_FAILED;
    }
  if (size == 0)
    return reeve_proxy_refuse (error, REEVE_ERROR_PROTOCOL, "it does not answer as SOCKS 5 does");
  if (length < size)
    return REEVE_PROXY_MORE;
  *ret_consumed = size;
  return REEVE_PROXY_DONE;
}

static ReeveProxyResult
reeve_proxy_take_socks5 (ReeveProxyTalk *self, const guint8 *data, gsize length,
                         gsize *ret_consumed, GByteArray *reply, GError **error)
{
  if (length > 0 && data[0] != (self->step == 1 ? 1 : 5))
    return reeve_proxy_refuse (error, REEVE_ERROR_PROTOCOL, "it does not answer as SOCKS 5 does");
  if (length < 2)
    return REEVE_PROXY_MORE;
  if (self->step == 0)
    return reeve_proxy_take_method (self, data, ret_consumed, reply, error);
  if (self->step == 2)
    return reeve_proxy_take_socks5_reply (data, length, ret_consumed, error);

  *ret_consumed = 2;
  if (data[1] != 0)
    return reeve_proxy_refuse (error, REEVE_ERROR_DENIED,
                               "it did not accept the user name and password");
  self->step = 2;
  reeve_proxy_append_socks5 (self, reply);
  return REEVE_PROXY_MORE;
}

/**
 * reeve_proxy_talk_take:
 * @self: a talk that has begun
 * @data: what has come and was not consumed
 * @length: how much
 * @ret_consumed: how much of it is done with
 * @reply: what to send is put here
 * @error: DENIED, UNAVAILABLE or PROTOCOL, as the rest of a sentence about the proxy
 *
 * Returns: how the talk stands
 */
ReeveProxyResult
reeve_proxy_talk_take (ReeveProxyTalk *self, const guint8 *data, gsize length, gsize *ret_consumed,
                       GByteArray *reply, GError **error)
{
  *ret_consumed = 0;
  if (length == 0)
    return REEVE_PROXY_MORE;
  switch (self->proxy->kind)
    {
    case REEVE_PROXY_HTTP:
      return reeve_proxy_take_connect (data, length, ret_consumed, error);
    case REEVE_PROXY_SOCKS5:
      return reeve_proxy_take_socks5 (self, data, length, ret_consumed, reply, error);
    case REEVE_PROXY_SOCKS4A:
    default:
      return reeve_proxy_take_socks4a (data, length, ret_consumed, error);
    }
}
