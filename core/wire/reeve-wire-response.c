/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Answers, agent to hub: the envelope and what is in it, or the payload alone from peers before
 * 0.13. */

#include "config.h"

#include <string.h>

#include "reeve-wire-fields.h"
#include "reeve-wire-verbs.h"

/* Of the envelope. */
#define KEY_ID 0
#define KEY_SAMPLE 1
#define KEY_FINGERPRINT 2
#define KEY_ERROR 3
#define KEY_HEALTH 5
#define KEY_DATA 7     /* any payload; what it is follows from the request */
#define KEY_COMPLETE 8 /* of the health of drives */
#define KEY_COLUMNS 64
#define KEY_ERROR_NAME 65
/* Of the fingerprint. */
#define KEY_FINGERPRINT_ITSELF 0
#define KEY_HOSTNAME 1
#define KEY_PORT 2
#define KEY_NAME 3

#define MAX_FINGERPRINT 256
#define MAX_NAME 255
#define MAX_PORT 16
#define MAX_ERROR 1024
#define MAX_ERROR_NAME 32

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

/* What an agent can say of itself. Any other name stays "failed": an agent's "gone" must not read
 * as if the hub were stopping. */
static void
reeve_wire_response_read_error_name (ReeveWireReader *reader, ReeveWireResponse *response)
{
  static const ReeveError codes[] = {
    REEVE_ERROR_INVALID, REEVE_ERROR_NOT_FOUND,   REEVE_ERROR_DENIED,      REEVE_ERROR_TIMEOUT,
    REEVE_ERROR_LIMIT,   REEVE_ERROR_UNSUPPORTED, REEVE_ERROR_UNAVAILABLE, REEVE_ERROR_UNCONFIGURED,
  };
  const char *name = reeve_wire_reader_get_text (reader, MAX_ERROR_NAME);

  for (guint i = 0; name && i < G_N_ELEMENTS (codes); i++)
    if (strcmp (name, reeve_error_name (codes[i])) == 0)
      response->code = codes[i];
}

/* One answer under way. What stands in the place of any payload counts for more than what stands
 * at a key of its own, in whichever order they come. */
typedef struct
{
  ReeveWireReader *reader;
  const ReeveWireExpected *expected;
  const ReeveWireVerb *verb; /* asked for, if it is one beyond samples */
  ReeveWireResponse *response;
  GVariant *value; /* its answer */
  gboolean have_data;
  gboolean complete;
} ReeveWireResponseReading;

/* CombinedData. */
static void
reeve_wire_response_read_sample (ReeveWireResponseReading *self)
{
  g_autoptr (ReeveSample) sample = NULL;
  ReeveWireTokenType type = reeve_wire_reader_peek (self->reader)->type;

  if (type != REEVE_WIRE_TOKEN_MAP)
    {
      if (type != REEVE_WIRE_TOKEN_NULL)
        reeve_wire_reader_fail (self->reader, REEVE_ERROR_PROTOCOL, "a map was expected");
      reeve_wire_reader_skip (self->reader);
      return;
    }
  sample = reeve_sample_new (reeve_schema_get_standard ());
  reeve_sample_set_rates (sample, TRUE);
  reeve_wire_sample_read (self->reader, sample);
  if (self->reader->error)
    return;
  g_clear_pointer (&self->response->message, reeve_message_unref);
  self->response->message = reeve_message_new_sample (sample);
}

static void
reeve_wire_response_read_value (ReeveWireResponseReading *self)
{
  GVariant *value = reeve_wire_verb_read (self->verb, self->reader);

  if (!value)
    return;
  g_clear_pointer (&self->value, g_variant_unref);
  self->value = value;
}

/* The place for any payload. */
static void
reeve_wire_response_read_data (ReeveWireResponseReading *self)
{
  gboolean have = reeve_wire_reader_peek (self->reader)->type != REEVE_WIRE_TOKEN_NULL;

  if (self->expected->action == REEVE_WIRE_ACTION_SAMPLE)
    reeve_wire_response_read_sample (self);
  else if (self->verb)
    reeve_wire_response_read_value (self);
  else
    {
      reeve_wire_reader_skip (self->reader);
      return;
    }
  self->have_data = have;
}

static void
reeve_wire_response_read_key (ReeveWireResponseReading *self, guint key)
{
  ReeveWireReader *reader = self->reader;
  const int action = self->expected->action;
  const gboolean samples = action == REEVE_WIRE_ACTION_SAMPLE || action == REEVE_WIRE_ACTION_ANY;
  const gboolean extension = reader->limits.level >= REEVE_LINK_LEVEL_EXTENSION;
  ReeveWireResponse *response = self->response;
  guint64 id;

  if (key == KEY_ID)
    {
      if (reeve_wire_reader_get_uint (reader, G_MAXUINT32, &id))
        response->id = (gint64) id;
    }
  else if (key == KEY_ERROR)
    reeve_wire_response_read_text (reader, MAX_ERROR, &response->error);
  else if (key == KEY_ERROR_NAME && extension)
    reeve_wire_response_read_error_name (reader, response);
  else if (key == KEY_FINGERPRINT &&
           (action == REEVE_WIRE_ACTION_FINGERPRINT || action == REEVE_WIRE_ACTION_ANY))
    reeve_wire_response_read_fingerprint (reader, response);
  else if (key == KEY_DATA)
    reeve_wire_response_read_data (self);
  else if (key == KEY_SAMPLE && samples && !response->message)
    reeve_wire_response_read_sample (self);
  else if (key == KEY_COLUMNS && samples && extension && !response->message)
    response->message = reeve_wire_columns_read (reader, self->expected, &response->schema);
  else if (self->verb && key == self->verb->key && !self->have_data)
    reeve_wire_response_read_value (self);
  else if (key == KEY_COMPLETE && action == REEVE_WIRE_ACTION_DISK_HEALTH)
    reeve_wire_reader_get_bool (reader, &self->complete);
  else
    reeve_wire_reader_skip (reader);
}

/* The payload alone, or in its envelope. */
static void
reeve_wire_response_read (ReeveWireResponseReading *self)
{
  ReeveWireReader *reader = self->reader;
  ReeveWireIter iter;
  guint key;

  if (self->expected->bare && self->expected->action == REEVE_WIRE_ACTION_FINGERPRINT)
    reeve_wire_response_read_fingerprint (reader, self->response);
  else if (self->expected->bare)
    reeve_wire_response_read_data (self);
  else if (!reeve_wire_reader_enter_map (reader, &iter))
    reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "a map was expected, not null");
  else
    while (reeve_wire_reader_next_key (reader, &iter, &key))
      reeve_wire_response_read_key (self, key);
}

/* An answer about drives that names none has none: stock agents leave out an empty map. */
static void
reeve_wire_response_settle (ReeveWireResponseReading *self)
{
  g_autoptr (GVariant) value = g_steal_pointer (&self->value);
  g_autoptr (GVariant) drives = NULL;
  gboolean complete = self->complete;

  if (self->expected->action == REEVE_WIRE_ACTION_DISK_HEALTH && !self->have_data)
    {
      drives = value ? g_variant_get_child_value (value, 0)
                     : g_variant_ref_sink (g_variant_new ("a{sa{sv}}", NULL));
      g_clear_pointer (&value, g_variant_unref);
      value = g_variant_ref_sink (g_variant_new ("(@a{sa{sv}}b)", drives, complete));
    }
  if (value)
    self->response->message = reeve_message_new_answer (value);
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
  ReeveWireResponseReading self = { .reader = &reader,
                                    .expected = expected,
                                    .verb = reeve_wire_verb_of_action (expected->action),
                                    .response = &response };

  reeve_wire_reader_init (&reader, data, length, &expected->limits);
  reeve_wire_response_read (&self);
  if (!reeve_wire_reader_finish (&reader, "answer", error))
    {
      g_clear_pointer (&self.value, g_variant_unref);
      return FALSE;
    }
  reeve_wire_response_settle (&self);

  if (response.error)
    response.kind = REEVE_WIRE_RESPONSE_ERROR;
  else if (response.message && self.verb)
    response.kind = REEVE_WIRE_RESPONSE_ANSWER;
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

static void
reeve_wire_response_begin (ReeveWireWriter *writer, gint64 id)
{
  reeve_wire_writer_init (writer);
  if (id == REEVE_WIRE_ID_BARE)
    return;
  reeve_wire_writer_begin_map (writer);
  if (id < 0)
    return;
  reeve_wire_writer_key (writer, KEY_ID);
  reeve_wire_writer_uint (writer, (guint64) id);
}

/* Of the payload, if there is an envelope. */
static void
reeve_wire_response_key (ReeveWireWriter *writer, gint64 id, guint key)
{
  if (id != REEVE_WIRE_ID_BARE)
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

  reeve_wire_response_begin (&writer, id);
  reeve_wire_response_key (&writer, id, KEY_FINGERPRINT);
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
reeve_wire_encode_error (gint64 id, const char *text, const char *name)
{
  g_auto (ReeveWireWriter) writer = { 0 };
  g_autofree char *clean = reeve_text_clean (text, -1, MAX_ERROR);

  reeve_wire_response_begin (&writer, id);
  reeve_wire_response_key (&writer, id, KEY_ERROR);
  reeve_wire_writer_text (&writer, clean);
  if (name && id != REEVE_WIRE_ID_BARE)
    {
      reeve_wire_response_key (&writer, id, KEY_ERROR_NAME);
      reeve_wire_writer_text (&writer, name);
    }
  return reeve_wire_response_end (&writer, id);
}

static gboolean
reeve_wire_sample_has_containers (ReeveSample *sample)
{
  guint n_rows = reeve_sample_get_n_rows (sample), kind = REEVE_N_KINDS;

  for (guint i = 0; i < n_rows && kind != REEVE_KIND_CONTAINER; i++)
    reeve_sample_get_row (sample, i, &kind, NULL);
  return kind == REEVE_KIND_CONTAINER;
}

void
reeve_wire_self_prepare (ReeveWireSelf *self, const ReeveWireRequest *request,
                         ReeveMessage *message)
{
  ReeveSample *sample = reeve_message_get_sample (message);
  const ReeveSampleRequest *wanted = reeve_message_get_sample_request (request->message);

  if (!sample || self->level >= REEVE_LINK_LEVEL_EXTENSION)
    return;
  self->services = wanted && wanted->interval_ms >= REEVE_WIRE_SERVICES_INTERVAL;
  self->old_hub = request->old_hub;
  self->containers = self->containers || reeve_wire_sample_has_containers (sample);
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
      reeve_wire_response_begin (&writer, id);
      reeve_wire_response_key (&writer, id, KEY_COLUMNS);
      reeve_wire_columns_write (&writer, message);
    }
  else
    {
      reeve_wire_response_begin (&writer, id);
      reeve_wire_response_key (&writer, id, KEY_SAMPLE);
      reeve_wire_sample_write (&writer, sample, self, id == REEVE_WIRE_ID_BARE);
    }
  return reeve_wire_response_end (&writer, id);
}

/* A map at @key, left out when it is empty as stock agents do, or the payload alone. */
static void
reeve_wire_response_begin_payload (ReeveWireWriter *writer, gint64 id, guint key)
{
  if (id == REEVE_WIRE_ID_BARE)
    reeve_wire_writer_begin_map (writer);
  else
    reeve_wire_writer_begin_optional_map (writer, key);
}

/* Alone it is a structure with the drives in it, else two keys. */
static void
reeve_wire_response_write_health (ReeveWireWriter *writer, gint64 id, GVariant *value)
{
  const gboolean bare = id == REEVE_WIRE_ID_BARE;
  g_autoptr (GVariant) drives = NULL;
  gboolean complete;

  g_variant_get (value, "(@a{sa{sv}}b)", &drives, &complete);
  if (bare)
    {
      reeve_wire_writer_begin_map (writer);
      reeve_wire_writer_key (writer, 0);
    }
  reeve_wire_response_begin_payload (writer, id, KEY_HEALTH);
  reeve_wire_health_write (writer, drives);
  reeve_wire_writer_close (writer);
  if (complete)
    {
      reeve_wire_writer_key (writer, bare ? 1 : KEY_COMPLETE);
      reeve_wire_writer_bool (writer, TRUE);
    }
  if (bare)
    reeve_wire_writer_close (writer);
}

static GBytes *
reeve_wire_response_encode_value (gint64 id, const ReeveWireVerb *verb, GVariant *value)
{
  g_auto (ReeveWireWriter) writer = { 0 };

  reeve_wire_response_begin (&writer, id);
  switch (verb->action)
    {
    case REEVE_WIRE_ACTION_SERVICE_INFO:
      reeve_wire_response_begin_payload (&writer, id, verb->key);
      reeve_wire_service_write (&writer, value);
      reeve_wire_writer_close (&writer);
      break;
    case REEVE_WIRE_ACTION_DISK_HEALTH:
      reeve_wire_response_write_health (&writer, id, value);
      break;
    default:
      reeve_wire_response_key (&writer, id, verb->key);
      reeve_wire_writer_text (&writer, g_variant_get_string (value, NULL));
      break;
    }
  return reeve_wire_response_end (&writer, id);
}

/**
 * reeve_wire_encode_answer:
 * @id: of the request that it answers
 * @verb: the request's
 * @message: the answer, of whichever kind the verb has
 * @self: for a sample: what the agent says of itself, and the link's level
 *
 * Returns: (transfer full): its bytes, or %NULL with %REEVE_ERROR_UNSUPPORTED when the wire has no
 *   such verb, %REEVE_ERROR_INVALID when @message is no answer to it, %REEVE_ERROR_LIMIT when it is
 *   larger than what is taken as an answer.
 */
GBytes *
reeve_wire_encode_answer (gint64 id, const char *verb, ReeveMessage *message,
                          const ReeveWireSelf *self, GError **error)
{
  const ReeveWireVerb *found = reeve_wire_verb_find (verb);
  GVariant *value = reeve_message_get_value (message);
  GBytes *bytes;

  if (g_strcmp0 (verb, REEVE_VERB_SAMPLE) == 0)
    bytes = reeve_wire_encode_sample (id, message, self, error);
  else if (!found)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                   "the link has no form for an answer to the verb \"%s\"", verb ? verb : "");
      return NULL;
    }
  else if (!value || !g_variant_is_of_type (value, G_VARIANT_TYPE (found->type)))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "the answer to %s is not of type %s",
                   found->verb, found->type);
      return NULL;
    }
  else
    bytes = reeve_wire_response_encode_value (id, found, value);

  if (bytes && g_bytes_get_size (bytes) > REEVE_WIRE_RESPONSE_MAX_BYTES)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "the answer to %s has %" G_GSIZE_FORMAT " bytes, more than the %d of a link",
                   verb, g_bytes_get_size (bytes), REEVE_WIRE_RESPONSE_MAX_BYTES);
      g_clear_pointer (&bytes, g_bytes_unref);
    }
  return bytes;
}
