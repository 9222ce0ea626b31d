/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Answers, agent to hub: the envelope and what is in it, or the payload alone from peers before
 * 0.13. */

#include "config.h"

#include "reeve-wire-fields.h"

/* Of the envelope. */
#define KEY_ID 0
#define KEY_SAMPLE 1
#define KEY_FINGERPRINT 2
#define KEY_ERROR 3
#define KEY_DATA 7 /* any payload; what it is follows from the request */
#define KEY_COLUMNS 64
/* Of the fingerprint. */
#define KEY_FINGERPRINT_ITSELF 0
#define KEY_HOSTNAME 1
#define KEY_PORT 2
#define KEY_NAME 3

#define MAX_FINGERPRINT 256
#define MAX_NAME 255
#define MAX_PORT 16
#define MAX_ERROR 1024

/* ---- decoding ---- */

static void
reeve_wire_response_read_text (ReeveWireReader *reader, gsize max_bytes, char **to)
{
  const char *text = reeve_wire_reader_get_text (reader, max_bytes);

  if (text && *text != '\0')
    {
      g_free (*to);
      *to = g_strdup (text);
    }
}

static void
reeve_wire_response_read_fingerprint (ReeveWireReader *reader, ReeveWireResponse *response)
{
  ReeveWireIter iter;
  guint key;

  if (!reeve_wire_reader_enter_map (reader, &iter))
    return;
  while (reeve_wire_reader_next_key (reader, &iter, &key))
    switch (key)
      {
      case KEY_FINGERPRINT_ITSELF:
        reeve_wire_response_read_text (reader, MAX_FINGERPRINT, &response->fingerprint);
        break;
      case KEY_HOSTNAME:
        reeve_wire_response_read_text (reader, MAX_NAME, &response->hostname);
        break;
      case KEY_PORT:
        reeve_wire_response_read_text (reader, MAX_PORT, &response->port);
        break;
      case KEY_NAME:
        reeve_wire_response_read_text (reader, MAX_NAME, &response->name);
        break;
      default:
        reeve_wire_reader_skip (reader);
      }
  if (!reader->error && !response->fingerprint)
    reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "the fingerprint is empty");
}

/* CombinedData, unless the answer has a sample already. */
static void
reeve_wire_response_read_sample (ReeveWireReader *reader, ReeveWireResponse *response)
{
  g_autoptr (ReeveSample) sample = NULL;

  if (response->message || reeve_wire_reader_peek (reader)->type != REEVE_WIRE_TOKEN_MAP)
    {
      if (!response->message && reeve_wire_reader_peek (reader)->type != REEVE_WIRE_TOKEN_NULL)
        reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "a map was expected");
      reeve_wire_reader_skip (reader);
      return;
    }
  sample = reeve_sample_new (reeve_schema_get_standard ());
  reeve_sample_set_rates (sample, TRUE);
  reeve_wire_sample_read (reader, sample);
  if (!reader->error)
    response->message = reeve_message_new_sample (sample);
}

static void
reeve_wire_response_read_key (ReeveWireReader *reader, const ReeveWireExpected *expected, guint key,
                              ReeveWireResponse *response)
{
  gboolean extension = reader->limits.level >= REEVE_LINK_LEVEL_EXTENSION;
  guint64 id;

  if (key == KEY_ID)
    {
      if (reeve_wire_reader_get_uint (reader, G_MAXUINT32, &id))
        response->id = (gint64) id;
    }
  else if (key == KEY_ERROR)
    reeve_wire_response_read_text (reader, MAX_ERROR, &response->error);
  else if (key == KEY_FINGERPRINT && expected->action != REEVE_WIRE_ACTION_SAMPLE)
    reeve_wire_response_read_fingerprint (reader, response);
  else if (expected->action == REEVE_WIRE_ACTION_FINGERPRINT)
    reeve_wire_reader_skip (reader);
  else if (key == KEY_SAMPLE || (key == KEY_DATA && expected->action == REEVE_WIRE_ACTION_SAMPLE))
    reeve_wire_response_read_sample (reader, response);
  else if (key == KEY_COLUMNS && extension && !response->message)
    response->message = reeve_wire_columns_read (reader, expected->schema, &response->schema);
  else
    reeve_wire_reader_skip (reader);
}

static void
reeve_wire_response_read (ReeveWireReader *reader, const ReeveWireExpected *expected,
                          ReeveWireResponse *response)
{
  ReeveWireIter iter;
  guint key;

  if (expected->bare && expected->action == REEVE_WIRE_ACTION_SAMPLE)
    reeve_wire_response_read_sample (reader, response);
  else if (expected->bare && expected->action == REEVE_WIRE_ACTION_FINGERPRINT)
    reeve_wire_response_read_fingerprint (reader, response);
  else if (expected->bare)
    reeve_wire_reader_skip (reader);
  else if (!reeve_wire_reader_enter_map (reader, &iter))
    reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "a map was expected, not null");
  else
    while (reeve_wire_reader_next_key (reader, &iter, &key))
      reeve_wire_response_read_key (reader, expected, key, response);
}

/**
 * reeve_wire_response_decode:
 * @data: one message
 * @expected: what was asked, of whom, and what the peer may send
 * @ret_response: untouched on failure; to be cleared
 *
 * Returns: %FALSE for what is no answer, with the place of the first thing wrong: one wrongly typed
 *   value loses the whole message, as it does at a stock hub.
 */
gboolean
reeve_wire_response_decode (const guint8 *data, gsize length, const ReeveWireExpected *expected,
                            ReeveWireResponse *ret_response, GError **error)
{
  g_auto (ReeveWireReader) reader = { 0 };
  g_auto (ReeveWireResponse) response = { .id = REEVE_WIRE_ID_NONE };

  reeve_wire_reader_init (&reader, data, length, &expected->limits);
  reeve_wire_response_read (&reader, expected, &response);
  if (!reeve_wire_reader_finish (&reader, "answer", error))
    return FALSE;

  if (response.error)
    response.kind = REEVE_WIRE_RESPONSE_ERROR;
  else if (response.message)
    response.kind = REEVE_WIRE_RESPONSE_SAMPLE;
  else if (response.fingerprint)
    response.kind = REEVE_WIRE_RESPONSE_FINGERPRINT;
  *ret_response = response;
  response = (ReeveWireResponse){ 0 };
  return TRUE;
}

void
reeve_wire_response_clear (ReeveWireResponse *response)
{
  g_clear_pointer (&response->fingerprint, g_free);
  g_clear_pointer (&response->hostname, g_free);
  g_clear_pointer (&response->port, g_free);
  g_clear_pointer (&response->name, g_free);
  g_clear_pointer (&response->error, g_free);
  g_clear_pointer (&response->message, reeve_message_unref);
  g_clear_pointer (&response->schema, reeve_schema_unref);
}

gint64
reeve_wire_response_peek_id (const guint8 *data, gsize length)
{
  const ReeveWireLimits limits = { REEVE_WIRE_RESPONSE_MAX_BYTES, REEVE_WIRE_MAX_ITEMS, 0 };
  g_auto (ReeveWireReader) reader = { 0 };
  gint64 found = REEVE_WIRE_ID_NONE;
  ReeveWireIter iter;
  guint64 id;
  guint key;

  reeve_wire_reader_init (&reader, data, length, &limits);
  if (!reeve_wire_reader_enter_map (&reader, &iter))
    return found;
  while (reeve_wire_reader_next_key (&reader, &iter, &key))
    if (key == KEY_ID)
      {
        if (reeve_wire_reader_get_uint (&reader, G_MAXUINT32, &id))
          found = (gint64) id;
        break;
      }
    else
      reeve_wire_reader_skip (&reader);
  return found;
}

/* ---- encoding ---- */

/* Up to the payload's key. */
static void
reeve_wire_response_begin (ReeveWireWriter *writer, gint64 id, guint key)
{
  reeve_wire_writer_init (writer);
  if (id == REEVE_WIRE_ID_BARE)
    return;
  reeve_wire_writer_begin_map (writer);
  if (id >= 0)
    {
      reeve_wire_writer_key (writer, KEY_ID);
      reeve_wire_writer_uint (writer, (guint64) id);
    }
  reeve_wire_writer_key (writer, key);
}

static GBytes *
reeve_wire_response_end (ReeveWireWriter *writer, gint64 id)
{
  if (id != REEVE_WIRE_ID_BARE)
    reeve_wire_writer_close (writer);
  return reeve_wire_writer_end (writer);
}

static void
reeve_wire_response_write_text (ReeveWireWriter *writer, guint key, const char *text)
{
  g_autofree char *clean = NULL;

  if (!text || *text == '\0')
    return;
  clean = reeve_text_clean (text, -1, MAX_NAME); /* a host name may be any bytes */
  reeve_wire_writer_key (writer, key);
  reeve_wire_writer_text (writer, clean);
}

GBytes *
reeve_wire_encode_fingerprint (gint64 id, const char *fingerprint, const char *hostname,
                               const char *port, const char *name)
{
  g_auto (ReeveWireWriter) writer = { 0 };

  reeve_wire_response_begin (&writer, id, KEY_FINGERPRINT);
  reeve_wire_writer_begin_map (&writer);
  reeve_wire_writer_key (&writer, KEY_FINGERPRINT_ITSELF);
  reeve_wire_writer_text (&writer, fingerprint);
  reeve_wire_response_write_text (&writer, KEY_HOSTNAME, hostname);
  reeve_wire_response_write_text (&writer, KEY_PORT, port);
  reeve_wire_response_write_text (&writer, KEY_NAME, name);
  reeve_wire_writer_close (&writer);
  return reeve_wire_response_end (&writer, id);
}

/* Only the envelope can carry an error, so a bare one is a text: it fails to decode there at once,
 * which is better than to let the peer wait. */
GBytes *
reeve_wire_encode_error (gint64 id, const char *text)
{
  g_auto (ReeveWireWriter) writer = { 0 };
  g_autofree char *clean = reeve_text_clean (text, -1, MAX_ERROR);

  reeve_wire_response_begin (&writer, id, KEY_ERROR);
  reeve_wire_writer_text (&writer, clean);
  return reeve_wire_response_end (&writer, id);
}

/**
 * reeve_wire_encode_sample:
 * @id: of the request that it answers
 * @message: an answer with a sample
 * @self: what the agent says of itself, and the link's level
 *
 * Returns: (transfer full): its bytes, or %NULL with %REEVE_ERROR_INVALID when @message has no
 *   sample or its counters are not yet rates.
 */
GBytes *
reeve_wire_encode_sample (gint64 id, ReeveMessage *message, const ReeveWireSelf *self,
                          GError **error)
{
  g_auto (ReeveWireWriter) writer = { 0 };
  ReeveSample *sample = reeve_message_get_sample (message);

  if (!sample || !reeve_sample_get_rates (sample))
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                           "the answer has no sample whose counters are rates");
      return NULL;
    }
  if (self->level >= REEVE_LINK_LEVEL_EXTENSION && id != REEVE_WIRE_ID_BARE)
    {
      reeve_wire_response_begin (&writer, id, KEY_COLUMNS);
      reeve_wire_columns_write (&writer, message);
    }
  else
    {
      reeve_wire_response_begin (&writer, id, KEY_SAMPLE);
      reeve_wire_sample_write (&writer, sample, self);
    }
  return reeve_wire_response_end (&writer, id);
}
