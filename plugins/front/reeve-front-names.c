/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A page elsewhere can make a browser send anything here, except another Host than the name it
 * looked up and another Origin and Sec-Fetch-Site than the true ones. So a name that nobody
 * configured is refused (a foreign name may have been pointed at 127.0.0.1), and what changes
 * something must come from the page that this very name serves. */

#include "config.h"

#include "reeve-front-names.h"

#include <string.h>

struct _ReeveFrontNames
{
  char *public_scheme; /* NULL without a public address */
  char *public_host;
  guint16 public_port;
  char *public_url;
  char *base; /* "" or "/reeve": the path of the public address */
  GStrv extra;
};

static guint16
reeve_front_names_default_port (const char *scheme)
{
  return strcmp (scheme, "https") == 0 ? 443 : 80;
}

/* "/reeve/": plain segments only, so that no proxy writes the path in another way than we do. */
static gboolean
reeve_front_names_parse_base (ReeveFrontNames *self, const char *path)
{
  gsize length = strlen (path);

  while (length > 0 && path[length - 1] == '/')
    length--;
  if (length > REEVE_FRONT_NAMES_MAX_BASE)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if ((!g_ascii_isalnum (path[i]) && strchr ("-._~/", path[i]) == NULL) ||
        (path[i] == '/' && strchr ("./", path[i + 1]) != NULL))
      return FALSE;
  self->base = g_strndup (path, length);
  return TRUE;
}

static gboolean
reeve_front_names_parse_url (ReeveFrontNames *self, const char *url, GError **error)
{
  g_autoptr (GUri) uri =
      g_uri_parse (url, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED_PATH, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;
  int port = uri != NULL ? g_uri_get_port (uri) : -1;

  if (uri == NULL || (strcmp (scheme, "https") != 0 && strcmp (scheme, "http") != 0) ||
      g_uri_get_host (uri) == NULL || g_uri_get_host (uri)[0] == '\0' ||
      g_uri_get_userinfo (uri) != NULL || g_uri_get_query (uri) != NULL ||
      g_uri_get_fragment (uri) != NULL || port == 0 ||
      !reeve_front_names_parse_base (self, g_uri_get_path (uri)))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "public-url must be an address without user and query, for instance "
                   "https://hub.example, https://hub.example:8443 or https://example.org/reeve; a "
                   "path is of letters, digits and - . _ ~");
      return FALSE;
    }

  self->public_scheme = g_strdup (scheme);
  self->public_host = g_ascii_strdown (g_uri_get_host (uri), -1);
  self->public_url = g_strdup (url);
  for (gsize i = strlen (url); i > 0 && url[i - 1] == '/'; i--)
    self->public_url[i - 1] = '\0';
  self->public_port = port > 0 ? (guint16) port : reeve_front_names_default_port (scheme);
  return TRUE;
}

static gboolean
reeve_front_names_check_extra (const char *name, GError **error)
{
  gsize length = strlen (name);

  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("-_.:", *p) == NULL)
      length = 0;
  if (length > 0 && length <= REEVE_FRONT_HEAD_MAX_HOST &&
      (strchr (name, ':') == NULL || g_hostname_is_ip_address (name)))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "host-names: '%.100s' is not a name or an address; write it without scheme, port "
               "and brackets, for instance hub.example",
               name);
  return FALSE;
}

/**
 * reeve_front_names_new:
 * @public_url: (nullable): as people reach the hub from elsewhere
 * @extra: (array zero-terminated=1): further names
 * @error: REEVE_ERROR_INVALID, naming the key
 *
 * Returns: (transfer full) (nullable): the names
 */
ReeveFrontNames *
reeve_front_names_new (const char *public_url, const char *const *extra, GError **error)
{
  g_autoptr (ReeveFrontNames) self = g_new0 (ReeveFrontNames, 1);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  if (public_url != NULL && !reeve_front_names_parse_url (self, public_url, error))
    return NULL;
  for (guint i = 0; extra[i] != NULL; i++)
    {
      g_autofree char *name = g_ascii_strdown (extra[i], -1);

      if (i == REEVE_FRONT_NAMES_MAX)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "host-names: at most %d names",
                       REEVE_FRONT_NAMES_MAX);
          return NULL;
        }
      if (!reeve_front_names_check_extra (name, error))
        return NULL;
      g_strv_builder_add (names, name);
    }
  self->extra = g_strv_builder_end (names);
  return g_steal_pointer (&self);
}

void
reeve_front_names_free (ReeveFrontNames *self)
{
  if (self == NULL)
    return;
  g_free (self->public_scheme);
  g_free (self->public_host);
  g_free (self->public_url);
  g_free (self->base);
  g_strfreev (self->extra);
  g_free (self);
}

static gboolean
reeve_front_names_is_public (const ReeveFrontNames *self, const ReeveFrontHead *head)
{
  return self->public_host != NULL && strcmp (head->host, self->public_host) == 0 &&
         (head->port == 0 || head->port == self->public_port);
}

/* A page elsewhere may have had its name pointed at us, but has no certificate of ours for it, and
 * cannot point an address in numbers anywhere. */
static gboolean
reeve_front_names_is_own (const ReeveFrontHead *head, const ReeveFrontWay *way)
{
  if (way->secure && way->credentials != NULL &&
      reeve_tls_credentials_has_name (way->credentials, head->host))
    return TRUE;
  return (way->address != NULL && strcmp (head->host, way->address) == 0) ||
         reeve_net_is_loopback (head->host);
}

/**
 * reeve_front_names_has:
 * @self: the names
 * @head: a parsed head
 * @way: how it came
 *
 * Returns: %TRUE if its Host is the public address, a configured name (any port, since a proxy may
 *   listen elsewhere), or with our own port the address that it came to, a name of this machine's
 *   loopback or, over TLS, of our certificate
 */
gboolean
reeve_front_names_has (const ReeveFrontNames *self, const ReeveFrontHead *head,
                       const ReeveFrontWay *way)
{
  guint16 port = head->port != 0 ? head->port : way->secure ? 443 : 80;

  if (reeve_front_names_is_public (self, head) ||
      g_strv_contains ((const char *const *) self->extra, head->host))
    return TRUE;
  return (way->port == 0 || way->port == port) && reeve_front_names_is_own (head, way);
}

guint16
reeve_front_names_get_public_port (const ReeveFrontNames *self)
{
  return self->public_port;
}

const char *
reeve_front_names_get_public_host (const ReeveFrontNames *self)
{
  return self->public_host;
}

gboolean
reeve_front_names_is_public_https (const ReeveFrontNames *self, const ReeveFrontHead *head)
{
  return reeve_front_names_is_public (self, head) && strcmp (self->public_scheme, "https") == 0;
}

/* As it is set, without slashes at its end. (nullable) */
const char *
reeve_front_names_get_public_url (const ReeveFrontNames *self)
{
  return self->public_url;
}

/**
 * reeve_front_names_is_https:
 * @self: the names
 * @head: a parsed head that a trusted proxy sent
 *
 * The scheme is that of the public address. What the proxy says of it is believed only where it
 * says less: agents may reach its plain port under the same name.
 *
 * Returns: %TRUE if the client spoke TLS with the proxy
 */
gboolean
reeve_front_names_is_https (const ReeveFrontNames *self, const ReeveFrontHead *head)
{
  guint count;
  const char *proto = reeve_front_head_get (head, "x-forwarded-proto", &count);

  return reeve_front_names_is_public_https (self, head) &&
         (count == 0 || (count == 1 && g_ascii_strcasecmp (proto, "http") != 0));
}

/**
 * reeve_front_names_take_base:
 * @self: the names
 * @head: a parsed head
 *
 * Takes the path of the public address off the head's, whether the proxy has done so or not.
 *
 * Returns: what stands before our paths in the client's addresses: "" or "/reeve"
 */
const char *
reeve_front_names_take_base (const ReeveFrontNames *self, ReeveFrontHead *head)
{
  gsize length = self->base != NULL ? strlen (self->base) : 0;
  const char *rest = head->path + length;

  if (length == 0)
    return "";
  if (strncmp (head->path, self->base, length) == 0 && (*rest == '/' || *rest == '\0'))
    {
      head->path = *rest != '\0' ? rest : "/";
      return self->base;
    }
  return reeve_front_names_is_public (self, head) ? self->base : "";
}

static char *
reeve_front_names_make_origin (const char *scheme, const ReeveFrontHead *head, guint16 port)
{
  GString *origin = g_string_new (scheme);

  g_string_append_printf (origin, head->host_is_ipv6 ? "://[%s]" : "://%s", head->host);
  if (port != 0 && port != reeve_front_names_default_port (scheme))
    g_string_append_printf (origin, ":%u", port);
  return g_string_free (origin, FALSE);
}

/**
 * reeve_front_names_is_same_origin:
 * @self: the names
 * @head: a parsed head whose Host is one of them
 * @secure: it came over TLS that ends here
 *
 * A browser says where a request comes from in Sec-Fetch-Site, which no page can set, and beside it
 * in Origin, which it leaves out of a GET to its own origin only. Who sends neither is no page of
 * ours; there is no exception for programs.
 *
 * Returns: %TRUE if both say that the page itself asks
 */
gboolean
reeve_front_names_is_same_origin (const ReeveFrontNames *self, const ReeveFrontHead *head,
                                  gboolean secure)
{
  const char *site = reeve_front_head_get (head, "sec-fetch-site", NULL);
  const char *origin = reeve_front_head_get (head, "origin", NULL);
  gboolean public = reeve_front_names_is_public (self, head);
  const char *scheme = public ? self->public_scheme : secure ? "https" : "http";
  g_autofree char *own =
      reeve_front_names_make_origin (scheme, head, public ? self->public_port : head->port);

  if (site == NULL || strcmp (site, "same-origin") != 0)
    return FALSE;
  if (origin == NULL)
    return strcmp (head->method, "GET") == 0;
  return strcmp (origin, own) == 0;
}
