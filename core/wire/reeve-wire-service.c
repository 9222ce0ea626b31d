/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The properties of a service: a map from their names to whatever D-Bus has. Numbers lose their
 * width on the way, structures become arrays. A dictionary has no place: a stock hub could not hand
 * it on, so a property that has one is left out, going and coming.
 */

#include "config.h"

#include "reeve-wire-verbs.h"

#include <math.h>

/* ---- decoding ---- */

typedef struct
{
  ReeveWireReader *reader;
  guint n_values;
  guint nesting;
  gboolean fits; /* the property under way */
} ReeveWireServiceReading;

static GVariant *reeve_wire_service_read_value (ReeveWireServiceReading *self);

/* Texts stay an array of texts, all else is an array of anything. (transfer full) */
static GVariant *
reeve_wire_service_read_array (ReeveWireServiceReading *self)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  const GVariantType *type = G_VARIANT_TYPE_STRING;
  ReeveWireIter iter;

  if (!reeve_wire_reader_enter_array (self->reader, &iter))
    return NULL;
  self->nesting++;
  while (reeve_wire_reader_next_item (self->reader, &iter))
    {
      GVariant *item = reeve_wire_service_read_value (self);

      if (!item)
        continue;
      g_ptr_array_add (items, item);
      if (!g_variant_is_of_type (item, G_VARIANT_TYPE_STRING))
        type = G_VARIANT_TYPE_VARIANT;
    }
  self->nesting--;
  if (type == G_VARIANT_TYPE_VARIANT)
    for (guint i = 0; i < items->len; i++)
      {
        GVariant *inner = items->pdata[i];

        items->pdata[i] = g_variant_ref_sink (g_variant_new_variant (inner));
        g_variant_unref (inner);
      }
  return g_variant_ref_sink (g_variant_new_array (type, (GVariant **) items->pdata, items->len));
}

static GVariant *
reeve_wire_service_read_integer (ReeveWireServiceReading *self)
{
  const ReeveWireToken token = *reeve_wire_reader_peek (self->reader);

  reeve_wire_reader_skip (self->reader);
  if (token.type == REEVE_WIRE_TOKEN_UINT)
    return g_variant_new_uint64 (token.number);
  return token.number <= G_MAXINT64 ? g_variant_new_int64 (-1 - (gint64) token.number) : NULL;
}

static GVariant *
reeve_wire_service_read_bytes (ReeveWireServiceReading *self)
{
  gsize length = 0;
  const guint8 *bytes = reeve_wire_reader_get_bytes (self->reader, &length);

  if (bytes && length > REEVE_WIRE_SERVICE_INFO_MAX_BYTES)
    reeve_wire_reader_fail (self->reader, REEVE_ERROR_LIMIT, "a byte string is too long");
  if (self->reader->error || !bytes)
    return NULL;
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, length, 1);
}

/* What is one value; NULL for null and for what is left out. */
static GVariant *
reeve_wire_service_read_one (ReeveWireServiceReading *self)
{
  const char *text;
  gboolean truth;
  double number;

  switch (reeve_wire_reader_peek (self->reader)->type)
    {
    case REEVE_WIRE_TOKEN_UINT:
    case REEVE_WIRE_TOKEN_NEGINT:
      return reeve_wire_service_read_integer (self);
    case REEVE_WIRE_TOKEN_REAL:
      return reeve_wire_reader_get_double (self->reader, &number) ? g_variant_new_double (number)
                                                                  : NULL;
    case REEVE_WIRE_TOKEN_BOOL:
      return reeve_wire_reader_get_bool (self->reader, &truth) ? g_variant_new_boolean (truth)
                                                               : NULL;
    case REEVE_WIRE_TOKEN_TEXT:
    case REEVE_WIRE_TOKEN_TEXT_START:
      text = reeve_wire_reader_get_text (self->reader, REEVE_WIRE_SERVICE_INFO_MAX_BYTES);
      return text ? g_variant_new_string (text) : NULL;
    case REEVE_WIRE_TOKEN_BYTES:
    case REEVE_WIRE_TOKEN_BYTES_START:
      return reeve_wire_service_read_bytes (self);
    case REEVE_WIRE_TOKEN_NULL:
      reeve_wire_reader_skip (self->reader);
      return NULL;
    default:
      self->fits = FALSE;
      reeve_wire_reader_skip (self->reader);
      return NULL;
    }
}

/* (transfer full) */
static GVariant *
reeve_wire_service_read_value (ReeveWireServiceReading *self)
{
  GVariant *value;

  if (++self->n_values > REEVE_WIRE_SERVICE_INFO_MAX_VALUES)
    reeve_wire_reader_fail (self->reader, REEVE_ERROR_LIMIT, "a service has too many values");
  if (self->reader->error)
    return NULL;
  if (reeve_wire_reader_peek (self->reader)->type == REEVE_WIRE_TOKEN_ARRAY &&
      self->nesting < REEVE_WIRE_SERVICE_INFO_MAX_NESTING)
    return reeve_wire_service_read_array (self);
  value = reeve_wire_service_read_one (self);
  return value ? g_variant_ref_sink (value) : NULL;
}

GVariant *
reeve_wire_service_read (ReeveWireReader *reader)
{
  ReeveWireServiceReading self = { .reader = reader };
  g_autoptr (GHashTable) names = NULL;
  char name[REEVE_SAMPLE_MAX_INSTANCE + 1];
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  ReeveWireIter iter;

  if (!reeve_wire_reader_enter_map (reader, &iter))
    return NULL;
  names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  while (reeve_wire_reader_next_name (reader, &iter, name))
    {
      g_autoptr (GVariant) value = NULL;

      self.fits = TRUE;
      value = reeve_wire_service_read_value (&self);
      if (!value || !self.fits || *name == '\0' || g_hash_table_contains (names, name))
        continue;
      g_hash_table_add (names, g_strdup (name));
      g_variant_builder_add (&builder, "{sv}", name, value);
      if (g_hash_table_size (names) > REEVE_WIRE_SERVICE_INFO_MAX_PROPERTIES)
        reeve_wire_reader_fail (reader, REEVE_ERROR_LIMIT, "a service has too many properties");
    }
  if (reader->error)
    return NULL;
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* ---- encoding ---- */

/* Has it a place on the wire? @nesting: of the arrays around it. */
static gboolean
reeve_wire_service_fits (GVariant *value, guint nesting)
{
  const gboolean box = g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT) ||
                       g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY) ||
      g_variant_is_of_type (value, G_VARIANT_TYPE_DICT_ENTRY))
    return FALSE;
  if (!g_variant_is_container (value) || g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    return TRUE;
  if (!box && nesting >= REEVE_WIRE_SERVICE_INFO_MAX_NESTING)
    return FALSE;
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      if (!reeve_wire_service_fits (child, box ? nesting : nesting + 1))
        return FALSE;
    }
  return TRUE;
}

static void reeve_wire_service_write_value (ReeveWireWriter *writer, GVariant *value);

static void
reeve_wire_service_write_list (ReeveWireWriter *writer, GVariant *value)
{
  gsize size;
  const guint8 *bytes;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    {
      bytes = g_variant_get_fixed_array (value, &size, 1);
      reeve_wire_writer_bytes (writer, bytes, size);
      return;
    }
  reeve_wire_writer_begin_array (writer);
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      reeve_wire_service_write_value (writer, child);
    }
  reeve_wire_writer_close (writer);
}

/* What is in a box; null for an empty one. */
static void
reeve_wire_service_write_boxed (ReeveWireWriter *writer, GVariant *value)
{
  g_autoptr (GVariant) child =
      g_variant_n_children (value) > 0 ? g_variant_get_child_value (value, 0) : NULL;

  if (child)
    reeve_wire_service_write_value (writer, child);
  else
    reeve_wire_writer_null (writer);
}

/* systemd says "infinity" by the largest number, which stock agents send as null. */
static void
reeve_wire_service_write_uint64 (ReeveWireWriter *writer, guint64 value)
{
  if (value == G_MAXUINT64)
    reeve_wire_writer_null (writer);
  else
    reeve_wire_writer_uint (writer, value);
}

static void
reeve_wire_service_write_double (ReeveWireWriter *writer, double value)
{
  if (isfinite (value))
    reeve_wire_writer_double (writer, value);
  else
    reeve_wire_writer_null (writer);
}

static void
reeve_wire_service_write_value (ReeveWireWriter *writer, GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      reeve_wire_writer_bool (writer, g_variant_get_boolean (value));
      break;
    case G_VARIANT_CLASS_BYTE:
      reeve_wire_writer_uint (writer, g_variant_get_byte (value));
      break;
    case G_VARIANT_CLASS_INT16:
      reeve_wire_writer_int (writer, g_variant_get_int16 (value));
      break;
    case G_VARIANT_CLASS_UINT16:
      reeve_wire_writer_uint (writer, g_variant_get_uint16 (value));
      break;
    case G_VARIANT_CLASS_INT32:
      reeve_wire_writer_int (writer, g_variant_get_int32 (value));
      break;
    case G_VARIANT_CLASS_UINT32:
      reeve_wire_writer_uint (writer, g_variant_get_uint32 (value));
      break;
    case G_VARIANT_CLASS_INT64:
      reeve_wire_writer_int (writer, g_variant_get_int64 (value));
      break;
    case G_VARIANT_CLASS_UINT64:
      reeve_wire_service_write_uint64 (writer, g_variant_get_uint64 (value));
      break;
    case G_VARIANT_CLASS_DOUBLE:
      reeve_wire_service_write_double (writer, g_variant_get_double (value));
      break;
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      reeve_wire_writer_text (writer, g_variant_get_string (value, NULL));
      break;
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
      reeve_wire_service_write_boxed (writer, value);
      break;
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
      reeve_wire_service_write_list (writer, value);
      break;
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      reeve_wire_writer_null (writer); /* means nothing elsewhere */
      break;
    }
}

void
reeve_wire_service_write (ReeveWireWriter *writer, GVariant *properties)
{
  GVariantIter iter;
  GVariant *value;
  const char *name;

  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    if (*name != '\0' && reeve_wire_service_fits (value, 0))
      {
        reeve_wire_writer_name (writer, name);
        reeve_wire_service_write_value (writer, value);
      }
}
