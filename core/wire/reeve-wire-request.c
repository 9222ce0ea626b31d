/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests, hub to agent: the envelope, the challenge, the request for a sample, and those that
 * have one text as their argument or none. */

#include "config.h"

#include <string.h>

#include "reeve-wire-verbs.h"

/* Of the envelope. */
#define KEY_ACTION 0
#define KEY_DATA 1
#define KEY_ID 2
/* Of the challenge. */
#define KEY_SIGNATURE 0
#define KEY_NEED_SYSTEM_INFO 1
/* Of the request for a sample. */
#define KEY_INTERVAL 0
#define KEY_FACTS 1
/* Likewise, on extension 1. */
#define KEY_SCHEMA 64
#define KEY_ACKNOWLEDGED 65
#define KEY_LONG_INTERVAL 66
#define KEY_KEPT 67
#define KEY_KEPT_SERIES 68
#define KEY_KEPT_STORED 69
/* Of all other requests with an argument. */
#define KEY_ARGUMENT 0

#define DEFAULT_INTERVAL 60000
#define MAX_ARGUMENT 1024
#define MAX_SIGNATURE 1024 /* RSA with 8192 bits */

/* ---- decoding ---- */

static void
reeve_wire_request_read_challenge (ReeveWireReader *reader, ReeveWireRequest *request)
{
  const guint8 *signature;
  ReeveWireIter iter;
  gsize length;
  guint key;

  if (!reeve_wire_reader_enter_map (reader, &iter))
    return;
  while (reeve_wire_reader_next_key (reader, &iter, &key))
    switch (key)
      {
      case KEY_SIGNATURE:
        signature = reeve_wire_reader_get_bytes (reader, &length);
        if (signature && length > MAX_SIGNATURE)
          reeve_wire_reader_fail (reader, REEVE_ERROR_LIMIT, "the signature is too long");
        else if (signature)
          request->signature = g_bytes_new (signature, length);
        break;
      case KEY_NEED_SYSTEM_INFO:
        reeve_wire_reader_get_bool (reader, &request->need_system_info);
        break;
      default:
        reeve_wire_reader_skip (reader);
      }
}

/* FALSE: such a hub knows nothing of facts apart. */
static gboolean
reeve_wire_request_read_wanted (ReeveWireReader *reader, ReeveSampleRequest *to)
{
  gboolean extension = reader->limits.level >= REEVE_LINK_LEVEL_EXTENSION;
  guint64 interval = 0, long_interval = 0, kept = 0;
  gboolean has_facts = FALSE;
  ReeveWireIter iter;
  guint key;

  if (!reeve_wire_reader_enter_map (reader, &iter))
    return FALSE;
  while (reeve_wire_reader_next_key (reader, &iter, &key))
    if (key == KEY_INTERVAL)
      reeve_wire_reader_get_uint (reader, G_MAXUINT16, &interval);
    else if (key == KEY_FACTS)
      {
        has_facts = TRUE;
        reeve_wire_reader_get_bool (reader, &to->facts);
      }
    else if (extension && key == KEY_SCHEMA)
      reeve_wire_reader_get_bool (reader, &to->schema);
    else if (extension && key == KEY_ACKNOWLEDGED)
      reeve_wire_reader_get_uint (reader, G_MAXUINT64, &to->acknowledged);
    else if (extension && key == KEY_LONG_INTERVAL)
      reeve_wire_reader_get_uint (reader, G_MAXUINT32, &long_interval);
    else if (extension && key == KEY_KEPT)
      reeve_wire_reader_get_uint (reader, G_MAXUINT32, &kept);
    else if (extension && key == KEY_KEPT_SERIES)
      reeve_wire_reader_get_uint (reader, G_MAXUINT64, &to->kept_series);
    else if (extension && key == KEY_KEPT_STORED)
      reeve_wire_reader_get_uint (reader, G_MAXUINT64, &to->kept_stored);
    else
      reeve_wire_reader_skip (reader);
  to->interval_ms = (guint) (long_interval > 0 ? long_interval : interval);
  to->kept = (guint) kept;
  return has_facts;
}

/* What a stock agent does with arguments that it cannot read: it takes none for given. A hub of
 * before 0.18 cannot ask for facts and looks for them in each sample; one of before 0.13 has no
 * arguments at all. */
static void
reeve_wire_request_take_sample (ReeveWireRequest *request, ReeveWireReader *reader)
{
  ReeveSampleRequest wanted = { 0 };

  request->old_hub = reader->length == 0 || !reeve_wire_request_read_wanted (reader, &wanted);
  if (reader->error)
    {
      wanted = (ReeveSampleRequest){ 0 };
      request->old_hub = FALSE;
    }
  wanted.facts = wanted.facts || request->old_hub;
  request->message = reeve_message_new_sample_request (&wanted);
}

static void
reeve_wire_request_read_argument (ReeveWireReader *reader, char **ret_argument)
{
  ReeveWireIter iter;
  const char *text;
  guint key;

  if (!reeve_wire_reader_enter_map (reader, &iter))
    return;
  while (reeve_wire_reader_next_key (reader, &iter, &key))
    if (key != KEY_ARGUMENT)
      reeve_wire_reader_skip (reader);
    else if ((text = reeve_wire_reader_get_text (reader, MAX_ARGUMENT)) != NULL)
      *ret_argument = g_strdup (text);
}

/* A request that names nothing, or cannot be read, is one to refuse: that is said to the hub. */
static void
reeve_wire_request_take_verb (ReeveWireRequest *request, const ReeveWireVerb *verb,
                              ReeveWireReader *arguments)
{
  g_autofree char *argument = NULL;
  GVariantBuilder builder;

  if (!verb->argument)
    {
      request->message = reeve_message_new_request (verb->verb, NULL);
      return;
    }
  if (arguments->length > 0)
    reeve_wire_request_read_argument (arguments, &argument);
  if (arguments->error)
    request->refusal = g_strdup_printf ("the arguments of %s cannot be read %s", verb->verb,
                                        arguments->error->message);
  else if (!argument)
    request->refusal = g_strdup_printf ("%s needs the argument \"%s\"", verb->verb, verb->argument);
  if (request->refusal)
    return;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", verb->argument, g_variant_new_string (argument));
  request->message = reeve_message_new_request (verb->verb, g_variant_builder_end (&builder));
}

/* The envelope. The arguments stand wherever they like in it, so they are only found here. */
static void
reeve_wire_request_read (ReeveWireReader *reader, ReeveWireRequest *request, gsize *ret_start,
                         gsize *ret_end)
{
  guint64 action = 0, id;
  ReeveWireIter iter;
  guint key;

  if (!reeve_wire_reader_enter_map (reader, &iter))
    reeve_wire_reader_fail (reader, REEVE_ERROR_PROTOCOL, "a map was expected, not null");
  while (!reader->error && reeve_wire_reader_next_key (reader, &iter, &key))
    switch (key)
      {
      case KEY_ACTION:
        reeve_wire_reader_get_uint (reader, G_MAXUINT8, &action);
        break;
      case KEY_DATA:
        *ret_start = reeve_wire_reader_tell (reader);
        reeve_wire_reader_skip (reader);
        *ret_end = reader->offset;
        break;
      case KEY_ID:
        if (reeve_wire_reader_get_uint (reader, G_MAXUINT32, &id))
          request->id = (gint64) id;
        break;
      default:
        reeve_wire_reader_skip (reader);
      }
  request->action = (guint) action;
}

/**
 * reeve_wire_request_decode:
 * @data: one message
 * @limits: what this peer may send
 * @ret_request: untouched on failure; to be cleared
 *
 * Returns: %FALSE for what is no request, with the place of the first thing wrong.
 */
gboolean
reeve_wire_request_decode (const guint8 *data, gsize length, const ReeveWireLimits *limits,
                           ReeveWireRequest *ret_request, GError **error)
{
  g_auto (ReeveWireReader) reader = { 0 }, arguments = { 0 };
  g_auto (ReeveWireRequest) request = { .id = REEVE_WIRE_ID_NONE };
  const ReeveWireVerb *verb;
  gsize start = 0, end = 0;

  reeve_wire_reader_init (&reader, data, length, limits);
  reeve_wire_request_read (&reader, &request, &start, &end);
  if (!reeve_wire_reader_finish (&reader, "request", error))
    return FALSE;

  verb = reeve_wire_verb_of_action ((int) request.action);
  reeve_wire_reader_init (&arguments, data + start, end - start, limits);
  if (request.action == REEVE_WIRE_ACTION_SAMPLE)
    reeve_wire_request_take_sample (&request, &arguments);
  else if (request.action == REEVE_WIRE_ACTION_FINGERPRINT && end > start)
    {
      reeve_wire_request_read_challenge (&arguments, &request);
      if (!reeve_wire_reader_finish (&arguments, "challenge", error))
        return FALSE;
    }
  else if (verb)
    reeve_wire_request_take_verb (&request, verb, &arguments);
  *ret_request = request;
  request = (ReeveWireRequest){ 0 };
  return TRUE;
}

void
reeve_wire_request_clear (ReeveWireRequest *request)
{
  g_clear_pointer (&request->signature, g_bytes_unref);
  g_clear_pointer (&request->message, reeve_message_unref);
  g_clear_pointer (&request->refusal, g_free);
}

/* ---- encoding ---- */

/* Up to the arguments, a map; none are left out. */
static void
reeve_wire_request_begin (ReeveWireWriter *writer, guint action)
{
  reeve_wire_writer_init (writer);
  reeve_wire_writer_begin_map (writer);
  reeve_wire_writer_key (writer, KEY_ACTION);
  reeve_wire_writer_uint (writer, action);
  reeve_wire_writer_begin_optional_map (writer, KEY_DATA);
}

static GBytes *
reeve_wire_request_end (ReeveWireWriter *writer, gint64 id)
{
  reeve_wire_writer_close (writer);
  if (id >= 0)
    {
      reeve_wire_writer_key (writer, KEY_ID);
      reeve_wire_writer_uint (writer, (guint64) id);
    }
  reeve_wire_writer_close (writer);
  return reeve_wire_writer_end (writer);
}

/**
 * reeve_wire_encode_challenge:
 * @id: the request's, or %REEVE_WIRE_ID_NONE
 * @signature: the hub's over the token's bytes
 * @need_system_info: whether host name, port and name are wanted too
 */
GBytes *
reeve_wire_encode_challenge (gint64 id, GBytes *signature, gboolean need_system_info)
{
  g_auto (ReeveWireWriter) writer = { 0 };
  gsize size;
  const guint8 *data = g_bytes_get_data (signature, &size);

  reeve_wire_request_begin (&writer, REEVE_WIRE_ACTION_FINGERPRINT);
  reeve_wire_writer_key (&writer, KEY_SIGNATURE);
  reeve_wire_writer_bytes (&writer, data, size);
  reeve_wire_writer_key (&writer, KEY_NEED_SYSTEM_INFO);
  reeve_wire_writer_bool (&writer, need_system_info);
  return reeve_wire_request_end (&writer, id);
}

/* A number that is left out when it is nought. */
static void
reeve_wire_request_write_uint (ReeveWireWriter *writer, guint key, guint64 value)
{
  if (value == 0)
    return;
  reeve_wire_writer_key (writer, key);
  reeve_wire_writer_uint (writer, value);
}

static GBytes *
reeve_wire_encode_sample_request (gint64 id, const ReeveSampleRequest *wanted, guint level)
{
  g_auto (ReeveWireWriter) writer = { 0 };
  guint interval = wanted->interval_ms > 0 ? wanted->interval_ms : DEFAULT_INTERVAL;

  reeve_wire_request_begin (&writer, REEVE_WIRE_ACTION_SAMPLE);
  reeve_wire_writer_key (&writer, KEY_INTERVAL);
  reeve_wire_writer_uint (&writer, MIN (interval, G_MAXUINT16));
  reeve_wire_writer_key (&writer, KEY_FACTS);
  reeve_wire_writer_bool (&writer, wanted->facts);
  if (level >= REEVE_LINK_LEVEL_EXTENSION)
    {
      if (wanted->schema)
        {
          reeve_wire_writer_key (&writer, KEY_SCHEMA);
          reeve_wire_writer_bool (&writer, TRUE);
        }
      reeve_wire_request_write_uint (&writer, KEY_ACKNOWLEDGED, wanted->acknowledged);
      reeve_wire_request_write_uint (&writer, KEY_LONG_INTERVAL,
                                     interval > G_MAXUINT16 ? interval : 0);
      reeve_wire_request_write_uint (&writer, KEY_KEPT, wanted->kept);
      reeve_wire_request_write_uint (&writer, KEY_KEPT_SERIES, wanted->kept_series);
      reeve_wire_request_write_uint (&writer, KEY_KEPT_STORED, wanted->kept_stored);
    }
  return reeve_wire_request_end (&writer, id);
}

static GBytes *
reeve_wire_encode_verb_request (gint64 id, const ReeveWireVerb *verb, GVariant *arguments,
                                GError **error)
{
  g_auto (ReeveWireWriter) writer = { 0 };
  const char *argument = NULL;

  if (verb->argument && !g_variant_lookup (arguments, verb->argument, "&s", &argument))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "a request for %s needs the argument \"%s\", a text", verb->verb,
                   verb->argument);
      return NULL;
    }
  reeve_wire_request_begin (&writer, verb->action);
  if (argument)
    {
      reeve_wire_writer_key (&writer, KEY_ARGUMENT);
      reeve_wire_writer_text (&writer, argument);
    }
  return reeve_wire_request_end (&writer, id);
}

/**
 * reeve_wire_encode_request:
 * @id: the request's, or %REEVE_WIRE_ID_NONE
 * @message: a request
 * @level: what the link has negotiated
 *
 * Returns: (transfer full): its bytes, or %NULL with %REEVE_ERROR_UNSUPPORTED when the wire has no
 *   such verb, %REEVE_ERROR_INVALID when its argument is missing.
 */
GBytes *
reeve_wire_encode_request (gint64 id, ReeveMessage *message, guint level, GError **error)
{
  const char *name = reeve_message_get_verb (message);
  const ReeveWireVerb *verb = reeve_wire_verb_find (name);
  const ReeveSampleRequest *wanted = reeve_message_get_sample_request (message);

  if (wanted)
    return reeve_wire_encode_sample_request (id, wanted, level);
  if (verb)
    return reeve_wire_encode_verb_request (id, verb, reeve_message_get_arguments (message), error);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
               "the link has no form for a request with the verb \"%s\"", name ? name : "");
  return NULL;
}
