/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The upgrade to a WebSocket, both ends of it, as bytes and limits only: what an agent asks, what a
 * hub answers, and the two words that are exchanged on the way (the version of the base protocol,
 * and X-Link, by which two of ours know each other).
 *
 * The answer comes from whoever sits at the hub's address, so its head is read strictly: CRLF only,
 * no folded lines, no control bytes, each field that decides given once. */

#include "config.h"

#include "reeve-ws-transport-handshake.h"

#include <reeve/monitor.h>

#include <string.h>

#include "reeve-ws-transport-frame.h"

/* ---- versions and the word of extensions ---- */

/* A number without a leading zero; moves @text past it. */
static gboolean
reeve_ws_transport_version_read_number (const char **text, guint64 *ret_number)
{
  const char *start = *text;
  guint64 number = 0;

  for (; g_ascii_isdigit (**text); (*text)++)
    {
      guint digit = (guint) (**text - '0');

      if (number > (G_MAXUINT64 - digit) / 10)
        return FALSE;
      number = number * 10 + digit;
    }
  if (*text == start || (*start == '0' && *text - start > 1))
    return FALSE;
  *ret_number = number;
  return TRUE;
}

/* Identifiers between dots, up to the end or @stop. A number among those of a pre-release has no
 * leading zero. */
static gboolean
reeve_ws_transport_version_skip_identifiers (const char **text, gboolean numbers)
{
  for (;;)
    {
      const char *start = *text;
      gboolean digits = TRUE;

      for (; g_ascii_isalnum (**text) || **text == '-'; (*text)++)
        digits = digits && g_ascii_isdigit (**text);
      if (*text == start || (numbers && digits && *start == '0' && *text - start > 1))
        return FALSE;
      if (**text != '.')
        return TRUE;
      (*text)++;
    }
}

/**
 * reeve_ws_transport_version_parse:
 * @text: (nullable): what a peer calls its version
 * @ret_version: (out): its parts
 *
 * Reads a version strictly: MAJOR.MINOR.PATCH, then perhaps "-pre" and "+build", no "v" before it.
 *
 * Returns: whether it is one
 */
gboolean
reeve_ws_transport_version_parse (const char *text, ReeveWsTransportVersion *ret_version)
{
  ReeveWsTransportVersion version = { 0 };

  if (text == NULL || strlen (text) > REEVE_WS_TRANSPORT_HANDSHAKE_MAX_VERSION)
    return FALSE;
  if (!reeve_ws_transport_version_read_number (&text, &version.major) || *text++ != '.' ||
      !reeve_ws_transport_version_read_number (&text, &version.minor) || *text++ != '.' ||
      !reeve_ws_transport_version_read_number (&text, &version.patch))
    return FALSE;
  if (*text == '-')
    {
      text++;
      version.pre_release = TRUE;
      if (!reeve_ws_transport_version_skip_identifiers (&text, TRUE))
        return FALSE;
    }
  if (*text == '+')
    {
      text++;
      if (!reeve_ws_transport_version_skip_identifiers (&text, FALSE))
        return FALSE;
    }
  if (*text != '\0')
    return FALSE;
  *ret_version = version;
  return TRUE;
}

/**
 * reeve_ws_transport_version_is_bare:
 * @self: version of an agent
 *
 * Returns: whether it answers without the envelope that carries the request's id: before 0.13.0
 */
gboolean
reeve_ws_transport_version_is_bare (const ReeveWsTransportVersion *self)
{
  if (self->major > 0 || self->minor > 13)
    return FALSE;
  if (self->minor < 13)
    return TRUE;
  return self->patch == 0 && self->pre_release;
}

/**
 * reeve_ws_transport_handshake_format_link:
 * @level: highest that we speak (docs/protocol.md)
 * @version: ours
 *
 * Returns: (transfer full): the value of X-Link
 */
char *
reeve_ws_transport_handshake_format_link (guint level, const char *version)
{
  return g_strdup_printf ("%u; v=%s", level, version);
}

/**
 * reeve_ws_transport_handshake_parse_link:
 * @text: (nullable): value of X-Link
 * @ret_version: (out) (optional) (transfer full) (nullable): the peer's version, if it gave one
 *   that is well-formed
 *
 * Reads the peer's word. Parameters that are not known are passed over, and so is a word that is
 * none: then the peer is taken for a stock one.
 *
 * Returns: the highest level that both speak; 0 without the peer's word
 */
guint
reeve_ws_transport_handshake_parse_link (const char *text, char **ret_version)
{
  g_auto (GStrv) parts = NULL;
  ReeveWsTransportVersion version;
  const char *end;
  guint64 level;

  if (ret_version != NULL)
    *ret_version = NULL;
  if (text == NULL || *text == '\0' || strlen (text) > 512)
    return REEVE_LINK_LEVEL_STOCK;
  parts = g_strsplit (text, ";", -1);
  end = g_strstrip (parts[0]);
  if (!reeve_ws_transport_version_read_number (&end, &level) || *end != '\0' || level == 0)
    return REEVE_LINK_LEVEL_STOCK;
  for (guint i = 1; ret_version != NULL && *ret_version == NULL && parts[i] != NULL; i++)
    if (g_str_has_prefix (g_strstrip (parts[i]), "v=") &&
        reeve_ws_transport_version_parse (parts[i] + 2, &version))
      *ret_version = g_strdup (parts[i] + 2);
  return (guint) MIN (level, REEVE_LINK_LEVEL_EXTENSION);
}

/* ---- the agent's request and the answer to it ---- */

/**
 * reeve_ws_transport_handshake_write_request:
 * @request: its parts, all fit for a header (no control bytes)
 *
 * Writes the agent's upgrade request. But for X-Link these are the fields of a stock agent, in its
 * order and spelling.
 *
 * Returns: (transfer full): the bytes; they hold the token, so wipe them
 */
GString *
reeve_ws_transport_handshake_write_request (const ReeveWsTransportHandshakeRequest *request)
{
  GString *out = g_string_sized_new (512);

  g_string_append_printf (out, "GET %s HTTP/1.1\r\n", request->target);
  g_string_append_printf (out, "Host: %s\r\n", request->authority);
  g_string_append (out, "User-Agent: reeve/" PACKAGE_VERSION "\r\n");
  g_string_append (out, "Connection: Upgrade\r\n");
  g_string_append_printf (out, "Sec-Websocket-Key: %s\r\n", request->key);
  g_string_append (out, "Sec-Websocket-Version: 13\r\n");
  g_string_append (out, "Upgrade: websocket\r\n");
  g_string_append (out, "X-Beszel: " REEVE_WS_TRANSPORT_HANDSHAKE_BASE_VERSION "\r\n");
  if (request->link != NULL)
    g_string_append_printf (out, "X-Link: %s\r\n", request->link);
  g_string_append_printf (out, "X-Token: %s\r\n\r\n", request->token);
  return out;
}

/* What decides of an answer's fields. */
typedef struct
{
  char *connection;
  char *upgrade;
  char *accept;
  char *link;
  char *extensions;
  char *protocol;
} ReeveWsTransportHandshakeFields;

static void
reeve_ws_transport_handshake_fields_clear (ReeveWsTransportHandshakeFields *self)
{
  g_free (self->connection);
  g_free (self->upgrade);
  g_free (self->accept);
  g_free (self->link);
  g_free (self->extensions);
  g_free (self->protocol);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveWsTransportHandshakeFields,
                                  reeve_ws_transport_handshake_fields_clear)

static gboolean
reeve_ws_transport_handshake_fail (GError **error, const char *text)
{
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL, "the answer to the upgrade %s", text);
  return FALSE;
}

/* Where an answer's field goes; NULL for the many that say nothing here. */
static char **
reeve_ws_transport_handshake_find_field (ReeveWsTransportHandshakeFields *fields, const char *name,
                                         gsize length)
{
  const struct
  {
    const char *name;
    char **value;
  } known[] = {
    { "connection", &fields->connection },
    { "upgrade", &fields->upgrade },
    { "sec-websocket-accept", &fields->accept },
    { "sec-websocket-extensions", &fields->extensions },
    { "sec-websocket-protocol", &fields->protocol },
    { "x-link", &fields->link },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (strlen (known[i].name) == length && g_ascii_strncasecmp (known[i].name, name, length) == 0)
      return known[i].value;
  return NULL;
}

static gboolean
reeve_ws_transport_handshake_read_field (ReeveWsTransportHandshakeFields *fields, const char *line,
                                         gsize length, GError **error)
{
  const char *colon = memchr (line, ':', length);
  gsize name_length = colon != NULL ? (gsize) (colon - line) : 0;
  char **value;

  if (name_length == 0)
    return reeve_ws_transport_handshake_fail (error, "holds a line that is no field");
  for (gsize i = 0; i < name_length; i++)
    if (!g_ascii_isalnum (line[i]) &&
        (line[i] == '\0' || strchr ("!#$%&'*+-.^_`|~", line[i]) == NULL))
      return reeve_ws_transport_handshake_fail (error, "holds a malformed field name");
  value = reeve_ws_transport_handshake_find_field (fields, line, name_length);
  if (value == NULL)
    return TRUE;
  if (*value != NULL)
    return reeve_ws_transport_handshake_fail (error, "gives a field twice");
  *value = g_strstrip (g_strndup (colon + 1, length - name_length - 1));
  return TRUE;
}

static gboolean
reeve_ws_transport_handshake_read_status (const char *line, gsize length, guint *ret_status,
                                          GError **error)
{
  if (length < 12 || strncmp (line, "HTTP/1.1 ", 9) != 0 || !g_ascii_isdigit (line[9]) ||
      !g_ascii_isdigit (line[10]) || !g_ascii_isdigit (line[11]) ||
      (length > 12 && line[12] != ' ') || line[9] == '0')
    return reeve_ws_transport_handshake_fail (error,
                                              "is no HTTP/1.1: is this the address of a hub?");
  *ret_status = (guint) ((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
  return TRUE;
}

/* All lines of a head, whose last bytes are an empty line. */
static gboolean
reeve_ws_transport_handshake_read_lines (const char *head, gsize length,
                                         ReeveWsTransportHandshakeFields *fields, guint *ret_status,
                                         GError **error)
{
  guint n_lines = 0;
  gsize start = 0;

  for (gsize i = 0; i < length; i++)
    {
      guint8 byte = (guint8) head[i];
      gboolean ends = byte == '\r' && i + 1 < length && head[i + 1] == '\n';

      if (!ends && ((byte < 0x20 && byte != '\t') || byte == 0x7f))
        return reeve_ws_transport_handshake_fail (error, "holds a control byte in its head");
      if (!ends)
        continue;
      if (n_lines == 0 && !reeve_ws_transport_handshake_read_status (head, i, ret_status, error))
        return FALSE;
      if (n_lines > REEVE_WS_TRANSPORT_HANDSHAKE_MAX_FIELDS)
        return reeve_ws_transport_handshake_fail (error, "has too many fields");
      if (n_lines > 0 && i > start &&
          !reeve_ws_transport_handshake_read_field (fields, head + start, i - start, error))
        return FALSE;
      n_lines++;
      i++;
      start = i + 1;
    }
  return TRUE;
}

/* Says what a refusal means, with the beginning of its body if that came along. */
static gboolean
reeve_ws_transport_handshake_refused (guint status, const guint8 *body, gsize length,
                                      GError **error)
{
  g_autofree char *reason = NULL;
  const char *end = memchr (body, '\n', length);
  ReeveError code = REEVE_ERROR_UNAVAILABLE;
  const char *meaning = "";

  if (end != NULL)
    length = (gsize) (end - (const char *) body);
  if (length > 0 && body[length - 1] == '\r')
    length--;
  /* pages of proxies say nothing in one line */
  if (length > 0 && body[0] != '<')
    reason = reeve_text_clean ((const char *) body, (gssize) length,
                               REEVE_WS_TRANSPORT_HANDSHAKE_MAX_REASON);
  if (status == 401 || status == 403)
    {
      code = REEVE_ERROR_DENIED;
      meaning = ": it does not know the token, or the system was removed there";
    }
  else if (status == 404 || (status >= 200 && status < 400))
    meaning = ": there is no hub at this address, or it moved";
  g_set_error (error, REEVE_ERROR, code, "the hub answered %u%s%s%s%s", status,
               reason != NULL ? " (" : "", reason != NULL ? reason : "", reason != NULL ? ")" : "",
               meaning);
  return FALSE;
}

static gboolean
reeve_ws_transport_handshake_check (const ReeveWsTransportHandshakeFields *fields, const char *key,
                                    GError **error)
{
  g_autofree char *accept = reeve_ws_transport_accept_key (key);

  if (!reeve_ws_transport_handshake_has_word (fields->connection, "upgrade") ||
      fields->upgrade == NULL || g_ascii_strcasecmp (fields->upgrade, "websocket") != 0)
    return reeve_ws_transport_handshake_fail (error, "is 101 but does not change to WebSocket");
  if (g_strcmp0 (fields->accept, accept) != 0)
    return reeve_ws_transport_handshake_fail (error, "does not fit the key that was asked with");
  if (fields->extensions != NULL || fields->protocol != NULL)
    return reeve_ws_transport_handshake_fail (
        error, "chooses an extension or a protocol that was not offered");
  return TRUE;
}

/**
 * reeve_ws_transport_handshake_read_response:
 * @bytes: (array length=length): all that came since the request was sent
 * @length: how many
 * @key: what the request was sent with
 * @ret_response: (out caller-allocates): what was agreed; only with
 * %REEVE_WS_TRANSPORT_HANDSHAKE_DONE
 * @error: PROTOCOL for a malformed answer, LIMIT for one that is too long, DENIED for 401 and 403,
 *   UNAVAILABLE for every other status
 *
 * Reads the head of a hub's answer. No I/O, no state: call it again with more bytes.
 *
 * Returns: whether more bytes are needed, the upgrade is granted or the attempt is over
 */
ReeveWsTransportHandshakeResult
reeve_ws_transport_handshake_read_response (const guint8 *bytes, gsize length, const char *key,
                                            ReeveWsTransportHandshakeResponse *ret_response,
                                            GError **error)
{
  g_auto (ReeveWsTransportHandshakeFields) fields = { 0 };
  const guint8 *end = memmem (bytes, length, "\r\n\r\n", 4);
  guint status = 0;
  gsize head;

  if (end == NULL && length < REEVE_WS_TRANSPORT_HANDSHAKE_MAX_HEAD)
    return REEVE_WS_TRANSPORT_HANDSHAKE_MORE;
  head = end != NULL ? (gsize) (end - bytes) + 4 : length;
  if (head > REEVE_WS_TRANSPORT_HANDSHAKE_MAX_HEAD || end == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "the answer to the upgrade has a head of more than %d bytes",
                   REEVE_WS_TRANSPORT_HANDSHAKE_MAX_HEAD);
      return REEVE_WS_TRANSPORT_HANDSHAKE_FAILED;
    }
  if (!reeve_ws_transport_handshake_read_lines ((const char *) bytes, head, &fields, &status,
                                                error) ||
      (status != 101 &&
       !reeve_ws_transport_handshake_refused (status, bytes + head, length - head, error)) ||
      !reeve_ws_transport_handshake_check (&fields, key, error))
    return REEVE_WS_TRANSPORT_HANDSHAKE_FAILED;

  *ret_response = (ReeveWsTransportHandshakeResponse){ .status = status, .length = head };
  ret_response->level =
      reeve_ws_transport_handshake_parse_link (fields.link, &ret_response->version);
  return REEVE_WS_TRANSPORT_HANDSHAKE_DONE;
}

void
reeve_ws_transport_handshake_response_clear (ReeveWsTransportHandshakeResponse *self)
{
  g_clear_pointer (&self->version, g_free);
}

/* ---- the hub's side ---- */

/**
 * reeve_ws_transport_handshake_has_word:
 * @list: (nullable): value of a field that is a list, such as Connection
 * @word: what to look for, in any case
 *
 * Returns: whether one of the list's elements is @word
 */
gboolean
reeve_ws_transport_handshake_has_word (const char *list, const char *word)
{
  gsize length = strlen (word);

  while (list != NULL && *list != '\0')
    {
      gsize n;

      list += strspn (list, ", \t");
      n = strcspn (list, ", \t");
      if (n == length && g_ascii_strncasecmp (list, word, n) == 0)
        return TRUE;
      list += n;
    }
  return FALSE;
}

/**
 * reeve_ws_transport_handshake_is_key:
 * @key: (nullable): value of Sec-WebSocket-Key
 *
 * Returns: whether it stands for 16 bytes (RFC 6455, 4.2.1)
 */
gboolean
reeve_ws_transport_handshake_is_key (const char *key)
{
  if (key == NULL || strlen (key) != 24)
    return FALSE;
  for (guint i = 0; i < 22; i++)
    if (!g_ascii_isalnum (key[i]) && key[i] != '+' && key[i] != '/')
      return FALSE;
  return key[22] == '=' && key[23] == '=';
}

/**
 * reeve_ws_transport_handshake_write_accept:
 * @key: value of Sec-WebSocket-Key
 * @link: (nullable): for X-Link, if the agent has said that it knows it
 *
 * Returns: (transfer full): the answer that grants an upgrade
 */
GString *
reeve_ws_transport_handshake_write_accept (const char *key, const char *link)
{
  g_autofree char *accept = reeve_ws_transport_accept_key (key);
  GString *out = g_string_sized_new (256);

  g_string_append (out, "HTTP/1.1 101 Switching Protocols\r\n");
  g_string_append (out, "Upgrade: websocket\r\nConnection: Upgrade\r\n");
  g_string_append_printf (out, "Sec-WebSocket-Accept: %s\r\n", accept);
  if (link != NULL)
    g_string_append_printf (out, "X-Link: %s\r\n", link);
  g_string_append (out, "\r\n");
  return out;
}

static const char *
reeve_ws_transport_handshake_get_phrase (guint status)
{
  switch (status)
    {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 429:
      return "Too Many Requests";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
    }
}

/**
 * reeve_ws_transport_handshake_write_refusal:
 * @status: 400, 401, 429 or 503
 * @text: the body: one line, or ""
 *
 * Returns: (transfer full): the answer; the connection ends after it
 */
GString *
reeve_ws_transport_handshake_write_refusal (guint status, const char *text)
{
  GString *out = g_string_sized_new (256);

  g_string_append_printf (out, "HTTP/1.1 %u %s\r\nConnection: close\r\n", status,
                          reeve_ws_transport_handshake_get_phrase (status));
  if (*text != '\0')
    g_string_append (out, "Content-Type: text/plain; charset=utf-8\r\n");
  if (status == 429 || status == 503)
    g_string_append (out, "Retry-After: 5\r\n");
  g_string_append_printf (out, "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", strlen (text),
                          text);
  return out;
}
