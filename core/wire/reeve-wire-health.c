/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The health of drives: structures by tables of named properties. What is zero or empty is left out
 * on the wire, and what is not there stays unknown; only an attribute's name and its raw value are
 * always written.
 */

#include "config.h"

#include "reeve-wire-verbs.h"

#define KEY_DRIVES 0
#define KEY_COMPLETE 1
#define KEY_ATTRIBUTES 9 /* the last of a drive's */

typedef struct
{
  guint8 key;
  char type; /* s, u, t */
  gboolean always;
  guint64 most; /* of a number */
  const char *name;
} ReeveWireHealthField;

static const ReeveWireHealthField reeve_wire_drive_fields[] = {
  { 1, 's', FALSE, 0, REEVE_DRIVE_MODEL },
  { 2, 's', FALSE, 0, REEVE_DRIVE_SERIAL },
  { 3, 's', FALSE, 0, REEVE_DRIVE_FIRMWARE },
  { 4, 't', FALSE, G_MAXUINT64, REEVE_DRIVE_CAPACITY },
  { 5, 's', FALSE, 0, REEVE_DRIVE_STATUS },
  { 6, 's', FALSE, 0, REEVE_DRIVE_DEVICE },
  { 7, 's', FALSE, 0, REEVE_DRIVE_TYPE },
  { 8, 'u', FALSE, G_MAXUINT8, REEVE_DRIVE_TEMPERATURE },
};

static const ReeveWireHealthField reeve_wire_attribute_fields[] = {
  { 0, 'u', FALSE, G_MAXUINT16, REEVE_ATTRIBUTE_ID },
  { 1, 's', TRUE, 0, REEVE_ATTRIBUTE_NAME },
  { 2, 'u', FALSE, G_MAXUINT16, REEVE_ATTRIBUTE_VALUE },
  { 3, 'u', FALSE, G_MAXUINT16, REEVE_ATTRIBUTE_WORST },
  { 4, 'u', FALSE, G_MAXUINT16, REEVE_ATTRIBUTE_THRESHOLD },
  { 5, 't', TRUE, G_MAXUINT64, REEVE_ATTRIBUTE_RAW },
  { 6, 's', FALSE, 0, REEVE_ATTRIBUTE_RAW_TEXT },
  { 7, 's', FALSE, 0, REEVE_ATTRIBUTE_WHEN_FAILED },
};

/* ---- decoding ---- */

typedef struct
{
  ReeveWireReader *reader;
  guint n_attributes;
  GHashTable *keys; /* of the drives */
} ReeveWireHealthReading;

/* A value of one of @fields into @to, an a{sv}; what has another key is skipped. */
static void
reeve_wire_health_read_field (ReeveWireReader *reader, const ReeveWireHealthField *fields,
                              guint n_fields, guint key, GVariantBuilder *to)
{
  const ReeveWireHealthField *field = NULL;
  GVariant *value = NULL;
  guint64 number;
  const char *text;

  for (guint i = 0; i < n_fields && !field; i++)
    if (fields[i].key == key)
      field = &fields[i];
  if (!field)
    {
      reeve_wire_reader_skip (reader);
      return;
    }
  if (field->type == 's')
    {
      text = reeve_wire_reader_get_text (reader, REEVE_WIRE_DISK_HEALTH_MAX_TEXT);
      if (text)
        value = g_variant_new_string (text);
    }
  else if (reeve_wire_reader_get_uint (reader, field->most, &number))
    value = field->type == 't' ? g_variant_new_uint64 (number)
                               : g_variant_new_uint32 ((guint32) number);
  if (value)
    g_variant_builder_add (to, "{sv}", field->name, value);
}

static GVariant *
reeve_wire_health_read_attribute (ReeveWireHealthReading *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  ReeveWireIter iter;
  guint key;

  if (++self->n_attributes > REEVE_WIRE_DISK_HEALTH_MAX_ATTRIBUTES)
    reeve_wire_reader_fail (self->reader, REEVE_ERROR_LIMIT, "drives have too many attributes");
  if (!reeve_wire_reader_enter_map (self->reader, &iter))
    reeve_wire_reader_fail (self->reader, REEVE_ERROR_PROTOCOL, "a map was expected, not null");
  while (!self->reader->error && reeve_wire_reader_next_key (self->reader, &iter, &key))
    reeve_wire_health_read_field (self->reader, reeve_wire_attribute_fields,
                                  G_N_ELEMENTS (reeve_wire_attribute_fields), key, &builder);
  return g_variant_builder_end (&builder);
}

static void
reeve_wire_health_read_attributes (ReeveWireHealthReading *self, GVariantBuilder *to)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  ReeveWireIter iter;

  if (!reeve_wire_reader_enter_array (self->reader, &iter))
    return;
  while (reeve_wire_reader_next_item (self->reader, &iter))
    g_variant_builder_add_value (&builder, reeve_wire_health_read_attribute (self));
  g_variant_builder_add (to, "{sv}", REEVE_DRIVE_ATTRIBUTES, g_variant_builder_end (&builder));
}

static GVariant *
reeve_wire_health_read_drive (ReeveWireHealthReading *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  ReeveWireIter iter;
  guint key;

  if (!reeve_wire_reader_enter_map (self->reader, &iter))
    reeve_wire_reader_fail (self->reader, REEVE_ERROR_PROTOCOL, "a map was expected, not null");
  while (!self->reader->error && reeve_wire_reader_next_key (self->reader, &iter, &key))
    if (key == KEY_ATTRIBUTES)
      reeve_wire_health_read_attributes (self, &builder);
    else
      reeve_wire_health_read_field (self->reader, reeve_wire_drive_fields,
                                    G_N_ELEMENTS (reeve_wire_drive_fields), key, &builder);
  return g_variant_builder_end (&builder);
}

/* The map itself, entered already. */
static void
reeve_wire_health_read_drives (ReeveWireHealthReading *self, ReeveWireIter *iter,
                               GVariantBuilder *to)
{
  char key[REEVE_SAMPLE_MAX_INSTANCE + 1];

  while (reeve_wire_reader_next_name (self->reader, iter, key))
    {
      g_autoptr (GVariant) drive = g_variant_ref_sink (reeve_wire_health_read_drive (self));

      if (*key == '\0' || g_hash_table_contains (self->keys, key))
        continue;
      g_hash_table_add (self->keys, g_strdup (key));
      g_variant_builder_add (to, "{s@a{sv}}", key, drive);
      if (g_hash_table_size (self->keys) > REEVE_WIRE_DISK_HEALTH_MAX_DRIVES)
        reeve_wire_reader_fail (self->reader, REEVE_ERROR_LIMIT, "there are too many drives");
    }
}

/* The structure around it, entered already. */
static gboolean
reeve_wire_health_read_struct (ReeveWireHealthReading *self, ReeveWireIter *iter,
                               GVariantBuilder *to)
{
  gboolean complete = FALSE;
  ReeveWireIter drives;
  guint key;

  while (reeve_wire_reader_next_key (self->reader, iter, &key))
    if (key == KEY_COMPLETE)
      reeve_wire_reader_get_bool (self->reader, &complete);
    else if (key != KEY_DRIVES)
      reeve_wire_reader_skip (self->reader);
    else if (reeve_wire_reader_enter_map (self->reader, &drives))
      reeve_wire_health_read_drives (self, &drives, to);
  return complete;
}

GVariant *
reeve_wire_health_read (ReeveWireReader *reader)
{
  g_autoptr (GHashTable) keys = NULL;
  ReeveWireHealthReading self = { .reader = reader };
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sa{sv}}"));
  gboolean complete = FALSE;
  ReeveWireIter iter;

  if (!reeve_wire_reader_enter_map (reader, &iter))
    return NULL;
  self.keys = keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if ((iter.indefinite || iter.left > 0) &&
      reeve_wire_reader_peek (reader)->type == REEVE_WIRE_TOKEN_UINT)
    complete = reeve_wire_health_read_struct (&self, &iter, &builder);
  else
    reeve_wire_health_read_drives (&self, &iter, &builder);
  if (reader->error)
    return NULL;
  return g_variant_ref_sink (g_variant_new ("(a{sa{sv}}b)", &builder, complete));
}

/* ---- encoding ---- */

static void
reeve_wire_health_write_field (ReeveWireWriter *writer, const ReeveWireHealthField *field,
                               GVariant *properties)
{
  const char type[] = { field->type, '\0' };
  g_autoptr (GVariant) value =
      g_variant_lookup_value (properties, field->name, G_VARIANT_TYPE (type));
  const char *text = value && field->type == 's' ? g_variant_get_string (value, NULL) : "";
  guint64 number = 0;

  if (value && field->type != 's')
    number = field->type == 't' ? g_variant_get_uint64 (value) : g_variant_get_uint32 (value);
  if (!field->always && *text == '\0' && number == 0)
    return;
  reeve_wire_writer_key (writer, field->key);
  if (field->type == 's')
    reeve_wire_writer_text (writer, text);
  else
    reeve_wire_writer_uint (writer, MIN (number, field->most));
}

static void
reeve_wire_health_write_attributes (ReeveWireWriter *writer, GVariant *attributes)
{
  if (g_variant_n_children (attributes) == 0)
    return;
  reeve_wire_writer_key (writer, KEY_ATTRIBUTES);
  reeve_wire_writer_begin_array (writer);
  for (gsize i = 0; i < g_variant_n_children (attributes); i++)
    {
      g_autoptr (GVariant) attribute = g_variant_get_child_value (attributes, i);

      reeve_wire_writer_begin_map (writer);
      for (guint j = 0; j < G_N_ELEMENTS (reeve_wire_attribute_fields); j++)
        reeve_wire_health_write_field (writer, &reeve_wire_attribute_fields[j], attribute);
      reeve_wire_writer_close (writer);
    }
  reeve_wire_writer_close (writer);
}

void
reeve_wire_health_write (ReeveWireWriter *writer, GVariant *drives)
{
  GVariantIter iter;
  GVariant *drive;
  const char *key;

  g_variant_iter_init (&iter, drives);
  while (g_variant_iter_loop (&iter, "{&s@a{sv}}", &key, &drive))
    {
      g_autoptr (GVariant) attributes =
          g_variant_lookup_value (drive, REEVE_DRIVE_ATTRIBUTES, G_VARIANT_TYPE ("aa{sv}"));

      if (*key == '\0')
        continue;
      reeve_wire_writer_name (writer, key);
      reeve_wire_writer_begin_map (writer);
      for (guint i = 0; i < G_N_ELEMENTS (reeve_wire_drive_fields); i++)
        reeve_wire_health_write_field (writer, &reeve_wire_drive_fields[i], drive);
      if (attributes)
        reeve_wire_health_write_attributes (writer, attributes);
      reeve_wire_writer_close (writer);
    }
}
