/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The reading end, on libcbor's streaming decoder: one item's head at a time, nothing is built.
 * What real peers accept is accepted here (indefinite lengths, integers longer than needed, floats
 * of any width, tags in front of anything), and each length, depth and text is bounded before it is
 * used.
 */

#include "config.h"

#include "reeve-wire-reader.h"

#include <math.h>
#include <string.h>

#define SKIP_DEPTH 32
#define SKIP_ITEMS 131072
#define MAX_TAGS 8 /* before one item that is understood */
#define MAX_BIGNUM 128

/* ---- life and errors ---- */

void
reeve_wire_reader_init (ReeveWireReader *self, const guint8 *data, gsize length,
                        const ReeveWireLimits *limits)
{
  memset (self, 0, sizeof *self);
  self->data = data;
  self->length = length;
  self->limits = *limits;
  if (length > limits->max_bytes)
    reeve_wire_reader_fail (self, REEVE_ERROR_LIMIT, "it is larger than this peer may send");
}

void
reeve_wire_reader_clear (ReeveWireReader *self)
{
  if (self->text)
    g_string_free (self->text, TRUE);
  self->text = NULL;
  g_clear_pointer (&self->chunks, g_byte_array_unref);
  g_clear_error (&self->error);
}

void
reeve_wire_reader_fail (ReeveWireReader *self, ReeveError code, const char *text)
{
  g_autoptr (GString) place = NULL;

  if (self->error)
    return;
  place = g_string_new (NULL);
  for (guint i = 0; i < self->depth; i++)
    g_string_append_printf (place, "/%d", self->path[i]);
  self->error = g_error_new (REEVE_ERROR, code, "at %s (byte %" G_GSIZE_FORMAT "): %s",
                             place->len > 0 ? place->str : "its beginning", self->offset, text);
  self->token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_END };
}

gboolean
reeve_wire_reader_finish (ReeveWireReader *self, const char *what, GError **error)
{
  if (!self->error && (self->offset < self->length || self->peeked))
    reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "more bytes follow the message");
  if (!self->error)
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&self->error), "malformed %s ", what);
  return FALSE;
}

/* ---- tokens ---- */

/* After an error it is the end for good. */
static const ReeveWireToken *
reeve_wire_reader_pull (ReeveWireReader *self)
{
  gsize read = 0;

  if (self->error)
    return &self->token;
  switch (reeve_wire_token_decode (self->data + self->offset, self->length - self->offset,
                                   &self->token, &read))
    {
    case REEVE_WIRE_TOKEN_STATUS_DONE:
      self->offset += read;
      break;
    case REEVE_WIRE_TOKEN_STATUS_SHORT:
      reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "the message ends early");
      break;
    default:
      reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "these bytes are not CBOR");
      break;
    }
  return &self->token;
}

/* The next token as it is, whether it was peeked or not. */
static const ReeveWireToken *
reeve_wire_reader_take (ReeveWireReader *self)
{
  if (!self->peeked)
    return reeve_wire_reader_pull (self);
  self->peeked = FALSE;
  return &self->token;
}

/* A bignum stands where a number may, so it becomes one. */
static void
reeve_wire_reader_read_bignum (ReeveWireReader *self, gboolean negative)
{
  double value = 0;

  for (gsize i = 0; i < MIN (self->token.length, MAX_BIGNUM); i++)
    value = value * 256 + self->token.data[i];
  if (self->token.length > MAX_BIGNUM)
    value = INFINITY;
  self->token =
      (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_REAL, .real = negative ? -1 - value : value };
}

/* The token is a tag: on to what it stands in front of. */
static void
reeve_wire_reader_read_tags (ReeveWireReader *self)
{
  guint64 tag = 0;

  for (guint n_tags = 0; self->token.type == REEVE_WIRE_TOKEN_TAG;)
    {
      tag = self->token.number;
      if (++n_tags > MAX_TAGS)
        {
          reeve_wire_reader_fail (self, REEVE_ERROR_LIMIT, "too many tags");
          return;
        }
      reeve_wire_reader_pull (self);
    }
  if (self->token.type == REEVE_WIRE_TOKEN_BREAK)
    reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "a tag has nothing to stand for");
  if ((tag == 2 || tag == 3) && self->token.type == REEVE_WIRE_TOKEN_BYTES)
    reeve_wire_reader_read_bignum (self, tag == 3);
}

const ReeveWireToken *
reeve_wire_reader_peek (ReeveWireReader *self)
{
  if (self->peeked || self->error)
    return &self->token;
  self->start = self->offset;
  if (reeve_wire_reader_pull (self)->type == REEVE_WIRE_TOKEN_TAG)
    reeve_wire_reader_read_tags (self);
  self->peeked = self->error == NULL;
  return &self->token;
}

/* The rest of an indefinite string. */
static void
reeve_wire_reader_read_chunks (ReeveWireReader *self, ReeveWireTokenType chunk, GByteArray *to)
{
  const ReeveWireToken *token;

  while ((token = reeve_wire_reader_pull (self))->type == chunk)
    if (to)
      g_byte_array_append (to, token->data, token->length);
  if (token->type != REEVE_WIRE_TOKEN_BREAK)
    reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "a string is made of other things");
}

static GByteArray *
reeve_wire_reader_get_chunks (ReeveWireReader *self)
{
  if (!self->chunks)
    self->chunks = g_byte_array_new ();
  g_byte_array_set_size (self->chunks, 0);
  return self->chunks;
}

/* ---- skipping ---- */

typedef struct
{
  guint64 left; /* items: a pair is two */
  gboolean indefinite;
  gboolean map;
  gboolean odd; /* a key without its value */
} ReeveWireSkipped;

static gboolean
reeve_wire_reader_check_count (ReeveWireReader *self, const ReeveWireToken *token, guint64 most)
{
  guint64 bytes_left = self->length - self->offset;

  if (token->number > bytes_left)
    reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "the message ends early");
  else if (token->number > most)
    reeve_wire_reader_fail (self, REEVE_ERROR_LIMIT, "an array or map is too long");
  return self->error == NULL;
}

static gboolean
reeve_wire_reader_skip_into (ReeveWireReader *self, const ReeveWireToken *token,
                             ReeveWireSkipped *open, guint *n_open)
{
  gboolean map = token->type == REEVE_WIRE_TOKEN_MAP;

  if (!reeve_wire_reader_check_count (self, token, SKIP_ITEMS))
    return FALSE;
  if (self->depth + *n_open >= SKIP_DEPTH)
    {
      reeve_wire_reader_fail (self, REEVE_ERROR_LIMIT, "it is nested too deeply");
      return FALSE;
    }
  open[(*n_open)++] = (ReeveWireSkipped){ .left = map ? token->number * 2 : token->number,
                                          .indefinite = token->indefinite,
                                          .map = map };
  return TRUE;
}

/* One token of what is skipped. */
static gboolean
reeve_wire_reader_skip_token (ReeveWireReader *self, ReeveWireSkipped *open, guint *n_open)
{
  const ReeveWireToken *token = reeve_wire_reader_take (self);
  ReeveWireSkipped *in = *n_open > 0 ? &open[*n_open - 1] : NULL;

  if (token->type == REEVE_WIRE_TOKEN_BREAK && in && in->indefinite && !in->odd)
    {
      (*n_open)--;
      return TRUE;
    }
  while (token->type == REEVE_WIRE_TOKEN_TAG)
    token = reeve_wire_reader_pull (self);
  if (in && in->indefinite)
    in->odd = in->map && !in->odd;
  else if (in)
    in->left--;

  switch (token->type)
    {
    case REEVE_WIRE_TOKEN_BREAK:
      reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "an end stands where a value must");
      return FALSE;
    case REEVE_WIRE_TOKEN_ARRAY:
    case REEVE_WIRE_TOKEN_MAP:
      return reeve_wire_reader_skip_into (self, token, open, n_open);
    case REEVE_WIRE_TOKEN_BYTES_START:
      reeve_wire_reader_read_chunks (self, REEVE_WIRE_TOKEN_BYTES, NULL);
      break;
    case REEVE_WIRE_TOKEN_TEXT_START:
      reeve_wire_reader_read_chunks (self, REEVE_WIRE_TOKEN_TEXT, NULL);
      break;
    default:
      break;
    }
  return self->error == NULL;
}

void
reeve_wire_reader_skip (ReeveWireReader *self)
{
  ReeveWireSkipped open[SKIP_DEPTH];
  guint n_open = 0;

  do
    if (n_open > 0 && !open[n_open - 1].indefinite && open[n_open - 1].left == 0)
      n_open--;
    else if (!reeve_wire_reader_skip_token (self, open, &n_open))
      return;
  while (n_open > 0);
}

gsize
reeve_wire_reader_tell (ReeveWireReader *self)
{
  return self->peeked ? self->start : self->offset;
}

void
reeve_wire_reader_seek (ReeveWireReader *self, gsize offset)
{
  if (self->error)
    return;
  self->offset = offset;
  self->peeked = FALSE;
}

/* ---- maps and arrays ---- */

static gboolean
reeve_wire_reader_enter (ReeveWireReader *self, ReeveWireTokenType type, ReeveWireIter *ret_iter)
{
  const ReeveWireToken *token = reeve_wire_reader_peek (self);

  if (token->type == REEVE_WIRE_TOKEN_NULL)
    {
      self->peeked = FALSE;
      return FALSE;
    }
  if (token->type != type)
    {
      reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL,
                              type == REEVE_WIRE_TOKEN_MAP ? "a map was expected"
                                                           : "an array was expected");
      return FALSE;
    }
  if (!reeve_wire_reader_check_count (self, token, self->limits.max_items))
    return FALSE;
  if (self->depth >= REEVE_WIRE_MAX_DEPTH)
    {
      reeve_wire_reader_fail (self, REEVE_ERROR_LIMIT, "it is nested too deeply");
      return FALSE;
    }
  *ret_iter = (ReeveWireIter){ .left = token->number, .indefinite = token->indefinite };
  self->peeked = FALSE;
  self->path[self->depth++] = -1;
  return TRUE;
}

gboolean
reeve_wire_reader_enter_map (ReeveWireReader *self, ReeveWireIter *ret_iter)
{
  return reeve_wire_reader_enter (self, REEVE_WIRE_TOKEN_MAP, ret_iter);
}

gboolean
reeve_wire_reader_enter_array (ReeveWireReader *self, ReeveWireIter *ret_iter)
{
  return reeve_wire_reader_enter (self, REEVE_WIRE_TOKEN_ARRAY, ret_iter);
}

gboolean
reeve_wire_reader_next_item (ReeveWireReader *self, ReeveWireIter *iter)
{
  if (self->error)
    return FALSE;
  if (iter->indefinite ? reeve_wire_reader_peek (self)->type == REEVE_WIRE_TOKEN_BREAK
                       : iter->left == 0)
    {
      if (iter->indefinite)
        self->peeked = FALSE;
      self->depth--;
      return FALSE;
    }
  iter->left--;
  self->path[self->depth - 1] = (gint) MIN (iter->count, G_MAXINT);
  if (iter->count++ >= self->limits.max_items)
    reeve_wire_reader_fail (self, REEVE_ERROR_LIMIT, "an array or map is too long");
  return self->error == NULL;
}

/* The key itself if it is one to look at. */
static gboolean
reeve_wire_reader_read_key (ReeveWireReader *self, ReeveWireIter *iter, guint *ret_key)
{
  const ReeveWireToken *token = reeve_wire_reader_peek (self);
  guint64 bit;

  switch (token->type)
    {
    case REEVE_WIRE_TOKEN_UINT:
      self->peeked = FALSE;
      if (token->number >= 128)
        return FALSE;
      self->path[self->depth - 1] = (gint) token->number;
      bit = G_GUINT64_CONSTANT (1) << (token->number & 63);
      if (iter->seen[token->number / 64] & bit)
        return FALSE;
      iter->seen[token->number / 64] |= bit;
      *ret_key = (guint) token->number;
      return TRUE;
    case REEVE_WIRE_TOKEN_NEGINT:
    case REEVE_WIRE_TOKEN_TEXT:
    case REEVE_WIRE_TOKEN_TEXT_START:
      reeve_wire_reader_skip (self);
      return FALSE;
    default:
      reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "a key is neither integer nor text");
      return FALSE;
    }
}

gboolean
reeve_wire_reader_next_key (ReeveWireReader *self, ReeveWireIter *iter, guint *ret_key)
{
  while (reeve_wire_reader_next_item (self, iter))
    {
      if (reeve_wire_reader_read_key (self, iter, ret_key))
        return TRUE;
      reeve_wire_reader_skip (self);
    }
  return FALSE;
}

gboolean
reeve_wire_reader_next_name (ReeveWireReader *self, ReeveWireIter *iter, char *ret_name)
{
  const char *name;

  if (!reeve_wire_reader_next_item (self, iter))
    return FALSE;
  if (reeve_wire_reader_peek (self)->type == REEVE_WIRE_TOKEN_NULL)
    reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "a text was expected");
  name = reeve_wire_reader_get_text (self, REEVE_SAMPLE_MAX_INSTANCE);
  if (!name)
    return FALSE;
  g_strlcpy (ret_name, name, REEVE_SAMPLE_MAX_INSTANCE + 1);
  return TRUE;
}

void
reeve_wire_reader_peek_text (ReeveWireReader *self, guint key, char *ret_text)
{
  gsize start = reeve_wire_reader_tell (self);
  guint depth = self->depth, found;
  const char *text = NULL;
  ReeveWireIter iter;

  ret_text[0] = '\0';
  if (reeve_wire_reader_enter_map (self, &iter))
    {
      while (!text && reeve_wire_reader_next_key (self, &iter, &found))
        if (found == key)
          text = reeve_wire_reader_get_text (self, REEVE_SAMPLE_MAX_INSTANCE);
        else
          reeve_wire_reader_skip (self);
    }
  if (text)
    g_strlcpy (ret_text, text, REEVE_SAMPLE_MAX_INSTANCE + 1);
  if (self->error)
    return;
  self->depth = depth;
  reeve_wire_reader_seek (self, start);
}

/* ---- values ---- */

static gboolean
reeve_wire_reader_wrong_type (ReeveWireReader *self, const char *text)
{
  if (reeve_wire_reader_peek (self)->type == REEVE_WIRE_TOKEN_NULL)
    self->peeked = FALSE;
  else
    reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, text);
  return FALSE;
}

gboolean
reeve_wire_reader_get_double (ReeveWireReader *self, double *ret_value)
{
  const ReeveWireToken *token = reeve_wire_reader_peek (self);

  *ret_value = NAN;
  switch (token->type)
    {
    case REEVE_WIRE_TOKEN_UINT:
      *ret_value = (double) token->number;
      break;
    case REEVE_WIRE_TOKEN_NEGINT:
      *ret_value = -1 - (double) token->number;
      break;
    case REEVE_WIRE_TOKEN_REAL:
      *ret_value = isfinite (token->real) ? token->real : NAN;
      break;
    default:
      return reeve_wire_reader_wrong_type (self, "a number was expected");
    }
  self->peeked = FALSE;
  return !isnan (*ret_value);
}

gboolean
reeve_wire_reader_get_uint (ReeveWireReader *self, guint64 most, guint64 *ret_value)
{
  const ReeveWireToken *token = reeve_wire_reader_peek (self);

  if (token->type != REEVE_WIRE_TOKEN_UINT)
    return reeve_wire_reader_wrong_type (self, "an unsigned integer was expected");
  if (token->number > most)
    {
      reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "the integer is out of range");
      return FALSE;
    }
  *ret_value = token->number;
  self->peeked = FALSE;
  return TRUE;
}

gboolean
reeve_wire_reader_get_int (ReeveWireReader *self, guint64 *ret_value)
{
  if (reeve_wire_reader_peek (self)->type != REEVE_WIRE_TOKEN_NEGINT)
    return reeve_wire_reader_get_uint (self, G_MAXINT64, ret_value);
  self->peeked = FALSE;
  return FALSE;
}

gboolean
reeve_wire_reader_get_bool (ReeveWireReader *self, gboolean *ret_value)
{
  const ReeveWireToken *token = reeve_wire_reader_peek (self);

  if (token->type != REEVE_WIRE_TOKEN_BOOL)
    return reeve_wire_reader_wrong_type (self, "true or false was expected");
  *ret_value = token->number != 0;
  self->peeked = FALSE;
  return TRUE;
}

/* A zero byte is a character of UTF-8; GLib would refuse it. */
static gboolean
reeve_wire_reader_is_utf8 (const char *text, gsize length)
{
  while (length > 0)
    {
      const char *zero = memchr (text, '\0', length);
      gsize part = zero ? (gsize) (zero - text) : length;

      if (!g_utf8_validate (text, part, NULL))
        return FALSE;
      part += zero ? 1 : 0;
      text += part;
      length -= part;
    }
  return TRUE;
}

/* The text that comes next, as it came but valid. FALSE: none. */
static gboolean
reeve_wire_reader_take_text (ReeveWireReader *self, const char **ret_text, gsize *ret_length)
{
  const ReeveWireToken *token = reeve_wire_reader_peek (self);
  const char *text = (const char *) token->data;
  gsize length = token->length;

  if (token->type == REEVE_WIRE_TOKEN_TEXT_START)
    {
      GByteArray *chunks = reeve_wire_reader_get_chunks (self);

      reeve_wire_reader_read_chunks (self, REEVE_WIRE_TOKEN_TEXT, chunks);
      text = (const char *) chunks->data;
      length = chunks->len;
    }
  else if (token->type != REEVE_WIRE_TOKEN_TEXT)
    return reeve_wire_reader_wrong_type (self, "a text was expected");
  self->peeked = FALSE;
  if (!self->error && !reeve_wire_reader_is_utf8 (text, length))
    reeve_wire_reader_fail (self, REEVE_ERROR_PROTOCOL, "a text is not valid UTF-8");
  *ret_text = text;
  *ret_length = length;
  return self->error == NULL;
}

/* What the text getters answer is gathered anew. */
static void
reeve_wire_reader_begin_text (ReeveWireReader *self)
{
  if (!self->text)
    self->text = g_string_sized_new (64);
  g_string_truncate (self->text, 0);
}

/* To what the text getters answer. */
static void
reeve_wire_reader_append_clean (ReeveWireReader *self, const char *text, gsize length,
                                gsize max_bytes)
{
  g_autofree char *clean = NULL;

  if (length == 0)
    return;
  if (reeve_text_is_clean (text, length, max_bytes))
    {
      g_string_append_len (self->text, text, length);
      return;
    }
  clean = reeve_text_clean (text, length, max_bytes);
  g_string_append (self->text, clean);
}

const char *
reeve_wire_reader_get_text (ReeveWireReader *self, gsize max_bytes)
{
  const char *text;
  gsize length;

  if (!reeve_wire_reader_take_text (self, &text, &length))
    return NULL;
  reeve_wire_reader_begin_text (self);
  reeve_wire_reader_append_clean (self, text, length, max_bytes);
  return self->text->str;
}

const char *
reeve_wire_reader_get_lines (ReeveWireReader *self, gsize max_bytes)
{
  const char *text;
  gsize length;

  if (!reeve_wire_reader_take_text (self, &text, &length))
    return NULL;
  if (length > max_bytes)
    {
      reeve_wire_reader_fail (self, REEVE_ERROR_LIMIT, "the text is too long");
      return NULL;
    }
  reeve_wire_reader_begin_text (self);
  while (length > 0)
    {
      gsize part = 0, kept;

      while (part < length && text[part] != '\n' && text[part] != '\t')
        part++;
      kept = part > 0 && part < length && text[part] == '\n' && text[part - 1] == '\r' ? part - 1
                                                                                       : part;
      /* a character more may stand for each byte */
      reeve_wire_reader_append_clean (self, text, kept, kept * 3);
      if (part < length)
        g_string_append_c (self->text, text[part++]);
      text += part;
      length -= part;
    }
  return self->text->str;
}

const guint8 *
reeve_wire_reader_get_bytes (ReeveWireReader *self, gsize *ret_length)
{
  const ReeveWireToken *token = reeve_wire_reader_peek (self);
  GByteArray *chunks;
  ReeveWireIter iter;

  if (token->type == REEVE_WIRE_TOKEN_BYTES)
    {
      self->peeked = FALSE;
      *ret_length = token->length;
      return token->data;
    }
  if (token->type != REEVE_WIRE_TOKEN_BYTES_START && token->type != REEVE_WIRE_TOKEN_ARRAY)
    {
      reeve_wire_reader_wrong_type (self, "bytes were expected");
      return NULL;
    }
  chunks = reeve_wire_reader_get_chunks (self);
  if (token->type == REEVE_WIRE_TOKEN_BYTES_START)
    {
      self->peeked = FALSE;
      reeve_wire_reader_read_chunks (self, REEVE_WIRE_TOKEN_BYTES, chunks);
    }
  else if (reeve_wire_reader_enter_array (self, &iter))
    while (reeve_wire_reader_next_item (self, &iter))
      {
        guint64 value = 0;
        guint8 byte;

        reeve_wire_reader_get_uint (self, G_MAXUINT8, &value);
        byte = (guint8) value;
        g_byte_array_append (chunks, &byte, 1);
      }
  *ret_length = chunks->len;
  /* An empty array may have no data yet, which would read as absent. */
  return self->error ? NULL : chunks->len > 0 ? chunks->data : (const guint8 *) "";
}

gboolean
reeve_wire_reader_get_doubles (ReeveWireReader *self, guint n, double *ret_values)
{
  ReeveWireIter iter;

  for (guint i = 0; i < n; i++)
    ret_values[i] = NAN;
  if (!reeve_wire_reader_enter_array (self, &iter))
    return FALSE;
  for (guint i = 0; reeve_wire_reader_next_item (self, &iter); i++)
    if (i < n)
      reeve_wire_reader_get_double (self, &ret_values[i]);
    else
      reeve_wire_reader_skip (self);
  return self->error == NULL;
}

gboolean
reeve_wire_reader_get_uints (ReeveWireReader *self, guint n, guint64 *ret_values)
{
  ReeveWireIter iter;

  for (guint i = 0; i < n; i++)
    ret_values[i] = 0;
  if (!reeve_wire_reader_enter_array (self, &iter))
    return FALSE;
  for (guint i = 0; reeve_wire_reader_next_item (self, &iter); i++)
    if (i < n)
      reeve_wire_reader_get_uint (self, G_MAXUINT64, &ret_values[i]);
    else
      reeve_wire_reader_skip (self);
  return self->error == NULL;
}
