/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The engines' side of HTTP/1.1 (RFC 9112), as far as one GET on one connection needs it. */

#include "config.h"

#include "reeve-containers-http.h"

#include <string.h>

void
reeve_containers_http_init (ReeveContainersHttp *self, gsize max_body)
{
  memset (self, 0, sizeof *self);
  self->max_body = max_body;
}

/* ---- lines ---- */

/* Takes bytes up to a line's end. MORE: not there yet; END: @line holds one, without its end. */
static ReeveContainersHttpState
reeve_containers_http_take_line (ReeveContainersHttp *self, const char **data, gsize *length)
{
  const char *end = memchr (*data, '\n', *length);
  gsize n = end != NULL ? (gsize) (end - *data) + 1 : *length;

  if (n >= sizeof self->line - self->line_length)
    return REEVE_CONTAINERS_HTTP_BAD;
  memcpy (self->line + self->line_length, *data, n);
  self->line_length += n;
  *data += n;
  *length -= n;
  if (end == NULL)
    return REEVE_CONTAINERS_HTTP_MORE;
  if (self->step < REEVE_CONTAINERS_HTTP_BODY || self->step == REEVE_CONTAINERS_HTTP_TRAILER)
    self->head += self->line_length;
  if (self->head > REEVE_CONTAINERS_HTTP_MAX_HEAD)
    return REEVE_CONTAINERS_HTTP_BAD;
  self->line_length--;
  if (self->line_length > 0 && self->line[self->line_length - 1] == '\r')
    self->line_length--;
  self->line[self->line_length] = '\0';
  n = self->line_length;
  self->line_length = 0;
  return memchr (self->line, '\0', n) != NULL ? REEVE_CONTAINERS_HTTP_BAD
                                              : REEVE_CONTAINERS_HTTP_END;
}

/* "HTTP/1.1 200 OK" */
static gboolean
reeve_containers_http_read_status (ReeveContainersHttp *self)
{
  const char *at = self->line + strlen ("HTTP/1.1 ");

  if (!g_str_has_prefix (self->line, "HTTP/1.1 ") && !g_str_has_prefix (self->line, "HTTP/1.0 "))
    return FALSE;
  for (guint i = 0; i < 3; i++)
    if (!g_ascii_isdigit (at[i]))
      return FALSE;
  if (at[3] != ' ' && at[3] != '\0')
    return FALSE;
  self->status = (guint) ((at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0'));
  return self->status >= 100;
}

static gboolean
reeve_containers_http_read_field (ReeveContainersHttp *self)
{
  char *colon = strchr (self->line, ':');
  const char *value;

  if (colon == NULL || colon == self->line)
    return FALSE;
  *colon = '\0';
  value = g_strstrip (colon + 1);
  if (g_ascii_strcasecmp (self->line, "content-length") == 0)
    {
      if (self->has_length || !g_ascii_isdigit (value[0]) ||
          !g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, &self->left, NULL))
        return FALSE;
      self->has_length = TRUE;
    }
  else if (g_ascii_strcasecmp (self->line, "transfer-encoding") == 0)
    {
      if (self->chunked || g_ascii_strcasecmp (value, "chunked") != 0)
        return FALSE;
      self->chunked = TRUE;
    }
  else if (g_ascii_strcasecmp (self->line, "content-type") == 0)
    {
      self->multiplexed = g_str_has_suffix (value, "multiplexed-stream");
      self->json = g_str_has_prefix (value, "application/json");
    }
  return TRUE;
}

/* The empty line. */
static ReeveContainersHttpState
reeve_containers_http_end_head (ReeveContainersHttp *self)
{
  if (self->status < 200)
    {
      /* an interim answer: the real one follows */
      self->step = REEVE_CONTAINERS_HTTP_STATUS;
      self->has_length = self->chunked = FALSE;
      return self->status == 101 ? REEVE_CONTAINERS_HTTP_BAD : REEVE_CONTAINERS_HTTP_MORE;
    }
  if (self->status == 204 || self->status == 304)
    return REEVE_CONTAINERS_HTTP_END;
  if (self->chunked)
    self->step = REEVE_CONTAINERS_HTTP_CHUNK_SIZE;
  else if (!self->has_length)
    self->step = REEVE_CONTAINERS_HTTP_CLOSE;
  else if (self->left == 0)
    return REEVE_CONTAINERS_HTTP_END;
  else
    self->step = REEVE_CONTAINERS_HTTP_BODY;
  return REEVE_CONTAINERS_HTTP_MORE;
}

/* "1a3f;extension" */
static gboolean
reeve_containers_http_read_size (ReeveContainersHttp *self)
{
  guint digits = 0;

  self->left = 0;
  for (; g_ascii_isxdigit (self->line[digits]); digits++)
    {
      if (digits == 8)
        return FALSE;
      self->left = self->left * 16 + (guint64) g_ascii_xdigit_value (self->line[digits]);
    }
  return digits > 0 &&
         (self->line[digits] == '\0' || self->line[digits] == ';' || self->line[digits] == ' ');
}

static ReeveContainersHttpState
reeve_containers_http_read_line (ReeveContainersHttp *self)
{
  gboolean ok = TRUE;

  switch (self->step)
    {
    case REEVE_CONTAINERS_HTTP_STATUS:
      ok = reeve_containers_http_read_status (self);
      self->step = REEVE_CONTAINERS_HTTP_FIELDS;
      break;
    case REEVE_CONTAINERS_HTTP_FIELDS:
      if (self->line[0] == '\0')
        return reeve_containers_http_end_head (self);
      ok = reeve_containers_http_read_field (self);
      break;
    case REEVE_CONTAINERS_HTTP_CHUNK_SIZE:
      ok = reeve_containers_http_read_size (self);
      self->step = self->left > 0 ? REEVE_CONTAINERS_HTTP_CHUNK : REEVE_CONTAINERS_HTTP_TRAILER;
      break;
    case REEVE_CONTAINERS_HTTP_CHUNK_END:
      ok = self->line[0] == '\0';
      self->step = REEVE_CONTAINERS_HTTP_CHUNK_SIZE;
      break;
    case REEVE_CONTAINERS_HTTP_TRAILER:
      if (self->line[0] == '\0')
        return REEVE_CONTAINERS_HTTP_END;
      break;
    default:
      ok = FALSE;
    }
  return ok ? REEVE_CONTAINERS_HTTP_MORE : REEVE_CONTAINERS_HTTP_BAD;
}

/* ---- the body ---- */

static ReeveContainersHttpState
reeve_containers_http_take_body (ReeveContainersHttp *self, const char **data, gsize *length,
                                 GByteArray *body)
{
  gboolean counted = self->step != REEVE_CONTAINERS_HTTP_CLOSE;
  gsize n = counted ? (gsize) MIN (*length, self->left) : *length;
  gsize room = self->max_body - body->len;

  g_byte_array_append (body, (const guint8 *) *data, (guint) MIN (n, room));
  if (n > room)
    return REEVE_CONTAINERS_HTTP_FULL;
  *data += n;
  *length -= n;
  if (!counted)
    return REEVE_CONTAINERS_HTTP_MORE;
  self->left -= n;
  if (self->left > 0)
    return REEVE_CONTAINERS_HTTP_MORE;
  if (self->step == REEVE_CONTAINERS_HTTP_BODY)
    return REEVE_CONTAINERS_HTTP_END;
  self->step = REEVE_CONTAINERS_HTTP_CHUNK_END;
  return REEVE_CONTAINERS_HTTP_MORE;
}

static gboolean
reeve_containers_http_is_body (const ReeveContainersHttp *self)
{
  return self->step == REEVE_CONTAINERS_HTTP_BODY || self->step == REEVE_CONTAINERS_HTTP_CLOSE ||
         self->step == REEVE_CONTAINERS_HTTP_CHUNK;
}

ReeveContainersHttpState
reeve_containers_http_feed (ReeveContainersHttp *self, const char *data, gsize length,
                            GByteArray *body)
{
  ReeveContainersHttpState state = REEVE_CONTAINERS_HTTP_MORE;

  while (length > 0 && state == REEVE_CONTAINERS_HTTP_MORE)
    {
      if (reeve_containers_http_is_body (self))
        {
          state = reeve_containers_http_take_body (self, &data, &length, body);
          continue;
        }
      state = reeve_containers_http_take_line (self, &data, &length);
      if (state == REEVE_CONTAINERS_HTTP_END)
        state = reeve_containers_http_read_line (self);
    }
  return state;
}

ReeveContainersHttpState
reeve_containers_http_eof (const ReeveContainersHttp *self)
{
  return self->step == REEVE_CONTAINERS_HTTP_CLOSE ? REEVE_CONTAINERS_HTTP_END
                                                   : REEVE_CONTAINERS_HTTP_BAD;
}
