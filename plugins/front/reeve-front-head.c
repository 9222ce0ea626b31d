/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The head of a request, read strictly and written anew. Everything behind the front sees only
 * what reeve_front_head_write() made, so two readers never understand one request differently.
 *
 * Whatever RFC 9112 lets a server forgive is refused here: each forgiven form is one that some
 * other reader takes for something else. No refusal depends on where the client sits. After a
 * refusal the connection is to be closed, since nobody can say where the next request begins.
 *
 * The parser copies the head once and points into the copy; the canonical path is written over the
 * raw one, which is never shorter. The target has its own file, reeve-front-target.c. */

#include "config.h"

#include "reeve-front-head.h"

#include <arpa/inet.h>
#include <string.h>

#include "reeve-front-target.h"

/* Fields that mean something else when they come twice, beside Host and Content-Length. */
static const char *const reeve_front_head_single[] = {
  "authorization",  "content-type",          "cookie",         "origin",
  "sec-fetch-dest", "sec-fetch-mode",        "sec-fetch-site", "sec-websocket-key",
  "upgrade",        "sec-websocket-version",
};

/* What is between the client and us only, or says where a request came from: the front says that
 * itself; and what libsoup would serve by itself, many copies of a file in one answer (range). A
 * name that ends in "-" stands for all that begin so. */
static const char *const reeve_front_head_dropped[] = {
  "connection",      "keep-alive",
  "proxy-",          "te",
  "trailer",         "upgrade",
  "http2-settings",  "forwarded",
  "x-forwarded-",    "x-forwarded",
  "x-original-",     "x-real-",
  "x-client-ip",     "x-cluster-client-ip",
  "x-remote-",       "x-originating-ip",
  "x-envoy-",        "x-proxyuser-ip",
  "x-host",          "x-scheme",
  "x-url-scheme",    "x-rewrite-url",
  "true-client-ip",  "client-ip",
  "fastly-",         "cf-",
  "front-end-https", "x-reeve-",
  "range",           "if-range",
};

typedef struct
{
  ReeveFrontHead head;
  /* The head's text, cut into strings; NUL-terminated. */
  char *text;
  ReeveFrontHeadField fields[REEVE_FRONT_HEAD_MAX_FIELDS];
  char host[REEVE_FRONT_HEAD_MAX_HOST + 1];
  char *connection;
} ReeveFrontHeadFull;

static const struct
{
  guint status;
  const char *text;
} reeve_front_head_refusals[REEVE_FRONT_HEAD_LAST] = {
  [REEVE_FRONT_HEAD_OK] = { 200, "nothing is wrong" },
  [REEVE_FRONT_HEAD_INCOMPLETE] = { 400, "the head has no end" },
  [REEVE_FRONT_HEAD_TOO_LARGE] = { 431, "the head is larger than 16 KiB" },
  [REEVE_FRONT_HEAD_TOO_MANY_FIELDS] = { 431, "the head has more than 64 fields" },
  [REEVE_FRONT_HEAD_BARE_LF] = { 400, "a line ends in LF without CR" },
  [REEVE_FRONT_HEAD_BARE_CR] = { 400, "a CR stands without LF" },
  [REEVE_FRONT_HEAD_CONTROL_BYTE] = { 400, "the head holds a control byte" },
  [REEVE_FRONT_HEAD_BAD_REQUEST_LINE] = { 400, "the request line is not method, target, version" },
  [REEVE_FRONT_HEAD_BAD_METHOD] = { 400, "the method is not a token" },
  [REEVE_FRONT_HEAD_BAD_VERSION] = { 400, "the request line ends in no HTTP version" },
  [REEVE_FRONT_HEAD_UNKNOWN_VERSION] = { 505, "only HTTP/1.1 and HTTP/1.0 are spoken here" },
  [REEVE_FRONT_HEAD_TARGET_TOO_LONG] = { 414, "the target is longer than 4 KiB" },
  [REEVE_FRONT_HEAD_TARGET_BAD_BYTE] = { 400, "the target holds a byte that has to be escaped" },
  [REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE] = { 400, "the target holds a malformed escape" },
  [REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE] = { 400, "the target escapes a slash, backslash, dot or "
                                                   "control byte" },
  [REEVE_FRONT_HEAD_TARGET_EMPTY_SEGMENT] = { 400, "the target holds an empty segment" },
  [REEVE_FRONT_HEAD_TARGET_DOT_SEGMENT] = { 400, "the target holds a dot segment" },
  [REEVE_FRONT_HEAD_TARGET_ABSOLUTE] = { 400, "the target is a whole address; this is no proxy" },
  [REEVE_FRONT_HEAD_TARGET_AUTHORITY] = { 400, "the target is a host; this is no proxy" },
  [REEVE_FRONT_HEAD_TARGET_ASTERISK] = { 400, "the target is an asterisk" },
  [REEVE_FRONT_HEAD_FOLDED_FIELD] = { 400, "a field is folded over several lines" },
  [REEVE_FRONT_HEAD_FIELD_WITHOUT_COLON] = { 400, "a field has no colon" },
  [REEVE_FRONT_HEAD_SPACE_BEFORE_COLON] = { 400, "a space stands before a colon" },
  [REEVE_FRONT_HEAD_BAD_FIELD_NAME] = { 400, "the name of a field is not a token" },
  [REEVE_FRONT_HEAD_REPEATED_FIELD] = { 400, "a field that may come once came twice" },
  [REEVE_FRONT_HEAD_MISSING_HOST] = { 400, "there is no Host" },
  [REEVE_FRONT_HEAD_REPEATED_HOST] = { 400, "there is more than one Host" },
  [REEVE_FRONT_HEAD_BAD_HOST] = { 400, "Host is not a name or address with an optional port" },
  [REEVE_FRONT_HEAD_REPEATED_CONTENT_LENGTH] = { 400, "there is more than one Content-Length" },
  [REEVE_FRONT_HEAD_BAD_CONTENT_LENGTH] = { 400, "Content-Length is not made of digits" },
  [REEVE_FRONT_HEAD_CONTENT_LENGTH_OVERFLOW] = { 413, "Content-Length is out of range" },
  [REEVE_FRONT_HEAD_TRANSFER_ENCODING] = { 411, "a body needs Content-Length; Transfer-Encoding is "
                                                "not accepted" },
  [REEVE_FRONT_HEAD_BAD_CONNECTION] = { 400, "Connection is not a list of tokens" },
  [REEVE_FRONT_HEAD_UPGRADE_WITH_BODY] = { 400, "an upgrade cannot have a body" },
  [REEVE_FRONT_HEAD_EXPECT] = { 417, "no expectation is met here; send the body at once" },
};

/**
 * reeve_front_head_refusal_get_status:
 * @refusal: why
 *
 * Returns: the HTTP status that answers it
 */
guint
reeve_front_head_refusal_get_status (ReeveFrontHeadRefusal refusal)
{
  g_return_val_if_fail (refusal < REEVE_FRONT_HEAD_LAST, 400);
  return reeve_front_head_refusals[refusal].status;
}

/**
 * reeve_front_head_refusal_get_text:
 * @refusal: why
 *
 * Returns: what was wrong, for the answer and the log; static, holds nothing of the request
 */
const char *
reeve_front_head_refusal_get_text (ReeveFrontHeadRefusal refusal)
{
  g_return_val_if_fail (refusal < REEVE_FRONT_HEAD_LAST, "unknown");
  return reeve_front_head_refusals[refusal].text;
}

static gboolean
reeve_front_head_is_token (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) &&
        (text[i] == '\0' || strchr ("!#$%&'*+-.^_`|~", text[i]) == NULL))
      return FALSE;
  return length > 0;
}

/**
 * reeve_front_head_find_end:
 * @bytes: (array length=length): what was read of a request
 * @length: how many bytes
 * @already_scanned: (inout): 0 at first; where the next call goes on
 *
 * Looks for the empty line that ends a head, each byte once. Lines that end in LF alone count, so
 * that a head made of such lines gets its refusal at once and not at its deadline.
 *
 * Returns: length of the head, the empty line included; 0 as long as there is no end. Then the
 *   caller reads on until %REEVE_FRONT_HEAD_MAX_SIZE bytes are there.
 */
gsize
reeve_front_head_find_end (const guint8 *bytes, gsize length, gsize *already_scanned)
{
  gsize position = *already_scanned;

  while (position < length)
    {
      const guint8 *lf = memchr (bytes + position, '\n', length - position);
      gsize end;

      if (lf == NULL)
        break;
      end = (gsize) (lf - bytes) + 1;
      /* This line is empty if the one before ended right before it, or there was none. */
      if (end == 1 || bytes[end - 2] == '\n' ||
          (bytes[end - 2] == '\r' && (end == 2 || bytes[end - 3] == '\n')))
        {
          *already_scanned = end;
          return end;
        }
      position = end;
    }
  *already_scanned = length;
  return 0;
}

/* Line ends and control bytes, over the whole head at once. */
static ReeveFrontHeadRefusal
reeve_front_head_check_bytes (const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      guint8 byte = bytes[i];

      if (byte == '\n')
        {
          if (i == 0 || bytes[i - 1] != '\r')
            return REEVE_FRONT_HEAD_BARE_LF;
        }
      else if (byte == '\r')
        {
          if (i + 1 == length || bytes[i + 1] != '\n')
            return REEVE_FRONT_HEAD_BARE_CR;
        }
      else if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
        return REEVE_FRONT_HEAD_CONTROL_BYTE;
    }
  return REEVE_FRONT_HEAD_OK;
}

static ReeveFrontHeadRefusal
reeve_front_head_parse_version (ReeveFrontHeadFull *self, const char *version)
{
  if (strcmp (version, "HTTP/1.1") == 0)
    self->head.minor = 1;
  else if (strcmp (version, "HTTP/1.0") == 0)
    self->head.minor = 0;
  else if (g_str_has_prefix (version, "HTTP/") && g_ascii_isdigit (version[5]) &&
           version[6] == '.' && g_ascii_isdigit (version[7]) && version[8] == '\0')
    return REEVE_FRONT_HEAD_UNKNOWN_VERSION;
  else
    return REEVE_FRONT_HEAD_BAD_VERSION;
  return REEVE_FRONT_HEAD_OK;
}

/* @line is NUL-terminated and holds no line end. */
static ReeveFrontHeadRefusal
reeve_front_head_parse_request_line (ReeveFrontHeadFull *self, char *line)
{
  char *target = strchr (line, ' ');
  char *version = target != NULL ? strchr (target + 1, ' ') : NULL;
  char *query;
  ReeveFrontHeadRefusal refusal;

  if (version == NULL || strchr (version + 1, ' ') != NULL || strchr (line, '\t') != NULL)
    return REEVE_FRONT_HEAD_BAD_REQUEST_LINE;
  *target++ = '\0';
  *version++ = '\0';
  if (!reeve_front_head_is_token (line, strlen (line)) ||
      strlen (line) > REEVE_FRONT_HEAD_MAX_METHOD)
    return REEVE_FRONT_HEAD_BAD_METHOD;
  refusal = reeve_front_head_parse_version (self, version);
  if (refusal != REEVE_FRONT_HEAD_OK)
    return refusal;
  if (strcmp (line, "CONNECT") == 0)
    return REEVE_FRONT_HEAD_TARGET_AUTHORITY;
  refusal = reeve_front_target_parse (target, &query);
  if (refusal != REEVE_FRONT_HEAD_OK)
    return refusal;

  self->head.method = line;
  self->head.path = target;
  self->head.query = query;
  return REEVE_FRONT_HEAD_OK;
}

/* @line is NUL-terminated and holds no line end. */
static ReeveFrontHeadRefusal
reeve_front_head_parse_field (ReeveFrontHeadFull *self, char *line)
{
  char *colon = strchr (line, ':');
  char *value, *end;

  if (line[0] == ' ' || line[0] == '\t')
    return REEVE_FRONT_HEAD_FOLDED_FIELD;
  if (self->head.n_fields == REEVE_FRONT_HEAD_MAX_FIELDS)
    return REEVE_FRONT_HEAD_TOO_MANY_FIELDS;
  if (colon == NULL)
    return REEVE_FRONT_HEAD_FIELD_WITHOUT_COLON;
  if (colon > line && (colon[-1] == ' ' || colon[-1] == '\t'))
    return REEVE_FRONT_HEAD_SPACE_BEFORE_COLON;
  if (!reeve_front_head_is_token (line, (gsize) (colon - line)))
    return REEVE_FRONT_HEAD_BAD_FIELD_NAME;

  *colon = '\0';
  for (char *p = line; *p != '\0'; p++)
    *p = g_ascii_tolower (*p);
  value = colon + 1;
  value += strspn (value, " \t");
  end = value + strlen (value);
  while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
    end--;
  *end = '\0';
  self->fields[self->head.n_fields].name = line;
  self->fields[self->head.n_fields].value = value;
  self->head.n_fields++;
  return REEVE_FRONT_HEAD_OK;
}

static gboolean
reeve_front_head_parse_port (ReeveFrontHeadFull *self, const char *text)
{
  guint port = 0;
  gsize digits = strspn (text, "0123456789");

  if (digits == 0 || digits > 5 || text[digits] != '\0')
    return FALSE;
  for (gsize i = 0; i < digits; i++)
    port = port * 10 + (guint) (text[i] - '0');
  self->head.port = (guint16) port;
  return port > 0 && port <= G_MAXUINT16;
}

/* A name of letters, digits, "-", "_" and ".", an IPv4 address, or an IPv6 address in brackets. */
static gboolean
reeve_front_head_parse_host (ReeveFrontHeadFull *self, const char *value)
{
  gboolean bracket = value[0] == '[';
  const char *name = bracket ? value + 1 : value;
  gsize length = strcspn (name, bracket ? "]" : ":");
  const char *rest = name + length;

  if (length == 0 || length > REEVE_FRONT_HEAD_MAX_HOST)
    return FALSE;
  memcpy (self->host, name, length);
  self->host[length] = '\0';
  self->head.host = self->host;
  if (bracket)
    {
      struct in6_addr address;

      if (*rest++ != ']' || inet_pton (AF_INET6, self->host, &address) != 1 ||
          inet_ntop (AF_INET6, &address, self->host, sizeof self->host) == NULL)
        return FALSE;
      self->head.host_is_ipv6 = TRUE;
    }
  else
    for (gsize i = 0; i < length; i++)
      {
        if (!g_ascii_isalnum (self->host[i]) && strchr ("-_.", self->host[i]) == NULL)
          return FALSE;
        self->host[i] = g_ascii_tolower (self->host[i]);
      }
  return *rest == '\0' || (*rest == ':' && reeve_front_head_parse_port (self, rest + 1));
}

static ReeveFrontHeadRefusal
reeve_front_head_parse_content_length (ReeveFrontHeadFull *self, const char *value)
{
  guint64 length = 0;

  if (value[0] == '\0' || value[strspn (value, "0123456789")] != '\0')
    return REEVE_FRONT_HEAD_BAD_CONTENT_LENGTH;
  for (; *value != '\0'; value++)
    {
      guint64 digit = (guint64) (*value - '0');

      /* Bodies are counted in signed types elsewhere, hence the smaller range. */
      if (length > (G_MAXINT64 - digit) / 10)
        return REEVE_FRONT_HEAD_CONTENT_LENGTH_OVERFLOW;
      length = length * 10 + digit;
    }
  self->head.has_content_length = TRUE;
  self->head.content_length = length;
  return REEVE_FRONT_HEAD_OK;
}

/* If a name is in a list of tokens, which may be NULL. */
static gboolean
reeve_front_head_list_has (const char *list, const char *name)
{
  gsize length = strlen (name);

  while (list != NULL && *list != '\0')
    {
      gsize n;

      list += strspn (list, ", \t");
      n = strcspn (list, ", \t");
      if (n == length && g_ascii_strncasecmp (list, name, n) == 0)
        return TRUE;
      list += n;
    }
  return FALSE;
}

static gboolean
reeve_front_head_check_list (const char *list)
{
  g_auto (GStrv) parts = g_strsplit (list, ",", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *part = g_strstrip (parts[i]);

      /* An empty element is allowed in a list (RFC 9110, 5.6.1.2). */
      if (part[0] != '\0' && !reeve_front_head_is_token (part, strlen (part)))
        return FALSE;
    }
  return TRUE;
}

/* Several Connection fields are one list. */
static ReeveFrontHeadRefusal
reeve_front_head_parse_connection (ReeveFrontHeadFull *self)
{
  g_autoptr (GString) list = g_string_new (NULL);
  const char *upgrade = reeve_front_head_get (&self->head, "upgrade", NULL);

  for (guint i = 0; i < self->head.n_fields; i++)
    if (strcmp (self->fields[i].name, "connection") == 0)
      {
        if (!reeve_front_head_check_list (self->fields[i].value))
          return REEVE_FRONT_HEAD_BAD_CONNECTION;
        g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", self->fields[i].value);
      }
  self->connection = g_string_free (g_steal_pointer (&list), FALSE);

  /* A client of HTTP/1.0 may ask for either; it gets one answer and no upgrade. */
  if (self->head.minor == 0)
    return REEVE_FRONT_HEAD_OK;
  self->head.keep_alive = !reeve_front_head_list_has (self->connection, "close");
  if (upgrade != NULL && upgrade[0] != '\0' &&
      reeve_front_head_list_has (self->connection, "upgrade"))
    {
      if (self->head.content_length > 0)
        return REEVE_FRONT_HEAD_UPGRADE_WITH_BODY;
      for (char *p = (char *) upgrade; *p != '\0'; p++)
        *p = g_ascii_tolower (*p);
      self->head.upgrade = upgrade;
    }
  return REEVE_FRONT_HEAD_OK;
}

/* What the fields mean together. */
static ReeveFrontHeadRefusal
reeve_front_head_parse_meaning (ReeveFrontHeadFull *self)
{
  guint count;
  const char *value;
  ReeveFrontHeadRefusal refusal;

  if (reeve_front_head_get (&self->head, "transfer-encoding", NULL) != NULL)
    return REEVE_FRONT_HEAD_TRANSFER_ENCODING;
  if (reeve_front_head_get (&self->head, "expect", NULL) != NULL)
    return REEVE_FRONT_HEAD_EXPECT;

  value = reeve_front_head_get (&self->head, "host", &count);
  if (count != 1)
    return count == 0 ? REEVE_FRONT_HEAD_MISSING_HOST : REEVE_FRONT_HEAD_REPEATED_HOST;
  if (!reeve_front_head_parse_host (self, value))
    return REEVE_FRONT_HEAD_BAD_HOST;

  value = reeve_front_head_get (&self->head, "content-length", &count);
  if (count > 1)
    return REEVE_FRONT_HEAD_REPEATED_CONTENT_LENGTH;
  refusal = count == 1 ? reeve_front_head_parse_content_length (self, value) : REEVE_FRONT_HEAD_OK;
  if (refusal != REEVE_FRONT_HEAD_OK)
    return refusal;

  for (guint i = 0; i < G_N_ELEMENTS (reeve_front_head_single); i++)
    {
      reeve_front_head_get (&self->head, reeve_front_head_single[i], &count);
      if (count > 1)
        return REEVE_FRONT_HEAD_REPEATED_FIELD;
    }
  return reeve_front_head_parse_connection (self);
}

static ReeveFrontHeadRefusal
reeve_front_head_parse_lines (ReeveFrontHeadFull *self)
{
  ReeveFrontHeadRefusal refusal = REEVE_FRONT_HEAD_OK;
  char *line = self->text;
  gboolean first = TRUE;

  while (refusal == REEVE_FRONT_HEAD_OK)
    {
      char *end = strstr (line, "\r\n");

      if (end == NULL)
        return REEVE_FRONT_HEAD_INCOMPLETE;
      *end = '\0';
      if (first)
        refusal = reeve_front_head_parse_request_line (self, line);
      else if (end == line)
        /* The empty line: nothing may stand behind it. */
        return end[2] == '\0' ? REEVE_FRONT_HEAD_OK : REEVE_FRONT_HEAD_INCOMPLETE;
      else
        refusal = reeve_front_head_parse_field (self, line);
      first = FALSE;
      line = end + 2;
    }
  return refusal;
}

/**
 * reeve_front_head_parse:
 * @bytes: (array length=length): one head with the empty line that ends it, nothing behind
 * @length: how many bytes
 * @ret_refusal: (out): why there is no head
 *
 * Reads a request head. May be called in any thread.
 *
 * Returns: (transfer full) (nullable): the head, or %NULL if it is refused
 */
ReeveFrontHead *
reeve_front_head_parse (const guint8 *bytes, gsize length, ReeveFrontHeadRefusal *ret_refusal)
{
  ReeveFrontHeadFull *self;
  ReeveFrontHeadRefusal refusal = REEVE_FRONT_HEAD_TOO_LARGE;

  if (length <= REEVE_FRONT_HEAD_MAX_SIZE)
    refusal = reeve_front_head_check_bytes (bytes, length);
  if (refusal != REEVE_FRONT_HEAD_OK)
    {
      *ret_refusal = refusal;
      return NULL;
    }

  self = g_new0 (ReeveFrontHeadFull, 1);
  self->text = g_strndup ((const char *) bytes, length);
  self->head.fields = self->fields;
  refusal = reeve_front_head_parse_lines (self);
  if (refusal == REEVE_FRONT_HEAD_OK)
    refusal = reeve_front_head_parse_meaning (self);
  if (refusal != REEVE_FRONT_HEAD_OK)
    {
      reeve_front_head_free (&self->head);
      *ret_refusal = refusal;
      return NULL;
    }
  *ret_refusal = REEVE_FRONT_HEAD_OK;
  return &self->head;
}

/**
 * reeve_front_head_free:
 * @self: (transfer full) (nullable): a head from reeve_front_head_parse()
 *
 * Frees the head and all that it points to.
 */
void
reeve_front_head_free (ReeveFrontHead *self)
{
  ReeveFrontHeadFull *full = (ReeveFrontHeadFull *) self;

  if (full == NULL)
    return;
  g_free (full->text);
  g_free (full->connection);
  g_free (full);
}

/**
 * reeve_front_head_get:
 * @self: a head
 * @name: of a field, in lower case
 * @ret_count: (out) (optional): how many fields have that name
 *
 * Looks a field up. Who decides something by a field that the parser lets come twice has to look at
 * @ret_count.
 *
 * Returns: (nullable): the value of the first one, %NULL if there is none
 */
const char *
reeve_front_head_get (const ReeveFrontHead *self, const char *name, guint *ret_count)
{
  const char *value = NULL;
  guint count = 0;

  for (guint i = 0; i < self->n_fields; i++)
    if (strcmp (self->fields[i].name, name) == 0)
      {
        if (count++ == 0)
          value = self->fields[i].value;
      }
  if (ret_count != NULL)
    *ret_count = count;
  return value;
}

/**
 * reeve_front_head_is_dropped:
 * @self: a head from reeve_front_head_parse()
 * @name: of a field, in lower case
 *
 * Says if a field of the client's ends at the front: those of the connection itself (also those
 * that its Connection field names), and those by which proxies say who the client is.
 *
 * Returns: %TRUE if reeve_front_head_write() leaves the field out
 */
gboolean
reeve_front_head_is_dropped (const ReeveFrontHead *self, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (reeve_front_head_dropped); i++)
    {
      const char *dropped = reeve_front_head_dropped[i];

      if (g_str_has_suffix (dropped, "-") ? g_str_has_prefix (name, dropped)
                                          : strcmp (name, dropped) == 0)
        return TRUE;
    }
  return reeve_front_head_list_has (((const ReeveFrontHeadFull *) self)->connection, name);
}

static gboolean
reeve_front_head_check_extra (const ReeveFrontHeadField *extra)
{
  const char *own[] = { "host", "content-length", "transfer-encoding", "connection" };

  for (guint i = 0; i < G_N_ELEMENTS (own); i++)
    if (g_ascii_strcasecmp (extra->name, own[i]) == 0)
      return FALSE;
  for (const char *p = extra->value; *p != '\0'; p++)
    if (((guint8) *p < 0x20 && *p != '\t') || *p == 0x7f)
      return FALSE;
  return reeve_front_head_is_token (extra->name, strlen (extra->name));
}

static gboolean
reeve_front_head_is_written (const ReeveFrontHead *self, const char *name,
                             const ReeveFrontHeadField *extra, guint n_extra)
{
  if (strcmp (name, "host") == 0 || strcmp (name, "content-length") == 0)
    return FALSE;
  for (guint i = 0; i < n_extra; i++)
    if (g_ascii_strcasecmp (extra[i].name, name) == 0)
      return FALSE;
  return !reeve_front_head_is_dropped (self, name);
}

/**
 * reeve_front_head_write:
 * @self: a head from reeve_front_head_parse()
 * @extra: (array length=n_extra) (nullable): fields that the front adds; each takes the place of
 *   those of the client with its name
 * @n_extra: how many
 * @out: the head is appended here
 *
 * Writes the head anew: canonical target, Host and Content-Length first, then what is left of the
 * client's fields, then @extra. "Connection: close" stands in it when the client wants no further
 * request. An upgrade is not written: the front deals with it itself.
 *
 * Returns: %FALSE if an extra field cannot be written (no token as name, a control byte in its
 *   value, a field that the front writes itself); then nothing was appended
 */
gboolean
reeve_front_head_write (const ReeveFrontHead *self, const ReeveFrontHeadField *extra, guint n_extra,
                        GString *out)
{
  for (guint i = 0; i < n_extra; i++)
    if (!reeve_front_head_check_extra (&extra[i]))
      return FALSE;

  g_string_append_printf (out, "%s %s%s%s HTTP/1.%u\r\n", self->method, self->path,
                          self->query != NULL ? "?" : "", self->query != NULL ? self->query : "",
                          self->minor);
  g_string_append_printf (out, self->host_is_ipv6 ? "host: [%s]" : "host: %s", self->host);
  if (self->port != 0)
    g_string_append_printf (out, ":%u", self->port);
  g_string_append (out, "\r\n");
  if (self->has_content_length)
    g_string_append_printf (out, "content-length: %" G_GUINT64_FORMAT "\r\n", self->content_length);
  if (!self->keep_alive)
    g_string_append (out, "connection: close\r\n");
  for (guint i = 0; i < self->n_fields; i++)
    if (reeve_front_head_is_written (self, self->fields[i].name, extra, n_extra))
      g_string_append_printf (out, "%s: %s\r\n", self->fields[i].name, self->fields[i].value);
  for (guint i = 0; i < n_extra; i++)
    g_string_append_printf (out, "%s: %s\r\n", extra[i].name, extra[i].value);
  g_string_append (out, "\r\n");
  return TRUE;
}
