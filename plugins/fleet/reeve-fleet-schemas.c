/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Descriptions of what agents measure. The codec has read them, within its bounds, and has compared
 * them with the digest that came along; here is decided whose is taken, how often, and how many
 * there may be. What is refused costs its system the kinds of its own, and nobody else anything. */

#include "config.h"

#include "reeve-fleet-schemas.h"

#include <string.h>

#define REEVE_FLEET_SCHEMAS "fleet.schemas"
/* of at most 64 KiB each */
#define REEVE_FLEET_SCHEMAS_PAGE 50
#define REEVE_FLEET_SCHEMA_DAY_US (G_GINT64_CONSTANT (24 * 3600) * G_USEC_PER_SEC)

struct _ReeveFleetSchemas
{
  ReeveFleetHub *hub; /* referenced: what is on its way to the store ends there */
  ReeveContext *context;
  GHashTable *entries; /* the digest's hex to ReeveFleetSchemaEntry, owned */
  gsize bytes;         /* of all descriptions */
};

typedef struct
{
  ReeveSchema *schema;
  guint users; /* systems */
} ReeveFleetSchemaEntry;

static void
reeve_fleet_schema_entry_free (gpointer data)
{
  ReeveFleetSchemaEntry *self = data;

  reeve_schema_unref (self->schema);
  g_free (self);
}

ReeveFleetSchemas *
reeve_fleet_schemas_new (ReeveFleetHub *hub)
{
  ReeveFleetSchemas *self = g_new0 (ReeveFleetSchemas, 1);

  self->hub = g_object_ref (hub);
  self->context = reeve_fleet_hub_get_context (hub);
  self->entries =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, reeve_fleet_schema_entry_free);
  return self;
}

void
reeve_fleet_schemas_free (ReeveFleetSchemas *self)
{
  g_hash_table_unref (self->entries);
  g_object_unref (self->hub);
  g_free (self);
}

static gint64
reeve_fleet_schemas_now (ReeveFleetSchemas *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

static gboolean
reeve_fleet_schema_is (ReeveSchema *schema, const guint8 *digest)
{
  return schema != NULL &&
         memcmp (reeve_schema_get_digest (schema), digest, REEVE_SCHEMA_DIGEST) == 0;
}

/* ---- the set ---- */

static gsize
reeve_fleet_schema_get_size (ReeveSchema *schema)
{
  return g_bytes_get_size (reeve_schema_get_description (schema));
}

static ReeveFleetSchemaEntry *
reeve_fleet_schemas_insert (ReeveFleetSchemas *self, ReeveSchema *schema)
{
  ReeveFleetSchemaEntry *entry = g_new0 (ReeveFleetSchemaEntry, 1);

  entry->schema = reeve_schema_ref (schema);
  self->bytes += reeve_fleet_schema_get_size (schema);
  g_hash_table_insert (self->entries, reeve_fleet_hex (reeve_schema_get_digest (schema)), entry);
  return entry;
}

static ReeveFleetSchemaEntry *
reeve_fleet_schemas_find (ReeveFleetSchemas *self, const guint8 *digest)
{
  g_autofree char *id = reeve_fleet_hex (digest);

  return g_hash_table_lookup (self->entries, id);
}

static void
reeve_fleet_schemas_applied_cb (GObject *source, GAsyncResult *result,
                                G_GNUC_UNUSED gpointer user_data)
{
  ReeveFleetHub *hub = REEVE_FLEET_HUB (source);
  g_autoptr (GError) error = NULL;

  /* it is asked for again after a restart */
  if (!reeve_fleet_hub_apply_finish (hub, result, &error))
    reeve_log_warning (reeve_fleet_hub_get_context (hub),
                       "could not keep the description of an agent's kinds: %s", error->message);
}

/* @schema: NULL: deletes it. */
static void
reeve_fleet_schemas_write (ReeveFleetSchemas *self, const char *id, ReeveSchema *schema)
{
  GVariantDict dict;
  GVariant *value = NULL;

  if (schema != NULL)
    {
      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert_value (&dict, "description",
                                   g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING,
                                                             reeve_schema_get_description (schema),
                                                             TRUE));
      value = g_variant_dict_end (&dict);
    }
  reeve_fleet_hub_apply_async (self->hub,
                               reeve_record_new (REEVE_FLEET_SCHEMAS, id, -1, value, NULL),
                               reeve_fleet_schemas_applied_cb, NULL);
}

static void
reeve_fleet_schemas_drop (ReeveFleetSchemas *self, ReeveSchema *schema)
{
  g_autofree char *id = reeve_fleet_hex (reeve_schema_get_digest (schema));

  self->bytes -= reeve_fleet_schema_get_size (schema);
  g_hash_table_remove (self->entries, id);
  reeve_fleet_schemas_write (self, id, NULL);
}

void
reeve_fleet_schemas_forget (ReeveFleetSchemas *self, ReeveFleetSystem *system)
{
  g_autoptr (ReeveSchema) schema = g_steal_pointer (&system->schema);
  ReeveFleetSchemaEntry *entry =
      schema != NULL ? reeve_fleet_schemas_find (self, reeve_schema_get_digest (schema)) : NULL;

  if (entry != NULL && --entry->users == 0)
    reeve_fleet_schemas_drop (self, schema);
}

/* ---- load ---- */

/* Each record: what it is called is compared with what it holds. */
static gboolean
reeve_fleet_schemas_read (ReeveRecord *record, gpointer user_data)
{
  ReeveFleetSchemas *self = user_data;
  g_autoptr (GVariant) bytes = g_variant_lookup_value (reeve_record_get_value (record),
                                                       "description", G_VARIANT_TYPE_BYTESTRING);
  g_autoptr (GBytes) description = bytes != NULL ? g_variant_get_data_as_bytes (bytes) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSchema) schema =
      description != NULL ? reeve_schema_new_from_description (description, &error) : NULL;
  g_autofree char *id = schema != NULL ? reeve_fleet_hex (reeve_schema_get_digest (schema)) : NULL;

  if (id != NULL && strcmp (id, reeve_record_get_id (record)) == 0)
    reeve_fleet_schemas_insert (self, schema);
  else
    reeve_log_warning (self->context,
                       "the record of a description of kinds is not what it was: %s; agents are "
                       "asked for it again",
                       error != NULL ? error->message : "it has another digest");
  return TRUE;
}

static void
reeve_fleet_schemas_bind (G_GNUC_UNUSED ReeveFleetHub *hub, ReeveFleetSystem *system,
                          gpointer user_data)
{
  ReeveFleetSchemas *self = user_data;
  g_autofree char *id = g_steal_pointer (&system->schema_id);
  ReeveFleetSchemaEntry *entry = id != NULL ? g_hash_table_lookup (self->entries, id) : NULL;

  if (entry == NULL)
    return;
  entry->users++;
  system->schema = reeve_schema_ref (entry->schema);
}

static void
reeve_fleet_schemas_bind_all (ReeveFleetSchemas *self)
{
  g_autoptr (GPtrArray) unused =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_schema_unref);
  GHashTableIter iter;
  gpointer entry;

  reeve_fleet_hub_foreach (self->hub, reeve_fleet_schemas_bind, self);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    if (((ReeveFleetSchemaEntry *) entry)->users == 0)
      g_ptr_array_add (unused, reeve_schema_ref (((ReeveFleetSchemaEntry *) entry)->schema));
  for (guint i = 0; i < unused->len; i++)
    reeve_fleet_schemas_drop (self, g_ptr_array_index (unused, i));
}

static void
reeve_fleet_schemas_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetSchemas *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!reeve_records_load_finish (REEVE_RECORDS (source), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_fleet_schemas_bind_all (self);
  g_task_return_boolean (task, TRUE);
}

void
reeve_fleet_schemas_load_async (ReeveFleetSchemas *self, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  static const ReeveCollection collection = { REEVE_FLEET_SCHEMAS, 1, NULL };
  g_autoptr (GTask) task = g_task_new (self->hub, NULL, callback, user_data);
  g_autoptr (ReeveRecords) records = reeve_context_lookup (self->context, REEVE_TYPE_RECORDS, NULL);

  g_task_set_source_tag (task, reeve_fleet_schemas_load_async);
  g_task_set_task_data (task, self, NULL);
  if (records != NULL)
    reeve_records_load_async (records, &collection, REEVE_FLEET_SCHEMAS_PAGE,
                              reeve_fleet_schemas_read, self, NULL, reeve_fleet_schemas_loaded_cb,
                              g_object_ref (task));
  else
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "nobody keeps records");
}

gboolean
reeve_fleet_schemas_load_finish (G_GNUC_UNUSED ReeveFleetSchemas *self, GAsyncResult *result,
                                 GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- asking ---- */

void
reeve_fleet_schemas_linked (G_GNUC_UNUSED ReeveFleetSchemas *self, ReeveFleetSystem *system)
{
  system->schema_refused = FALSE;
  system->schema_blamed = FALSE;
  system->schema_wanted =
      system->schema == NULL && reeve_link_get_level (system->link) >= REEVE_LINK_LEVEL_EXTENSION;
  reeve_link_set_schema (system->link, system->schema);
}

gboolean
reeve_fleet_schemas_ask (ReeveFleetSchemas *self, ReeveFleetSystem *system)
{
  const gint64 now = reeve_fleet_schemas_now (self);

  if (!system->schema_wanted ||
      (system->schema_asked > 0 && now - system->schema_asked < REEVE_FLEET_SCHEMA_ASK_US))
    return FALSE;
  system->schema_asked = now;
  return TRUE;
}

/* ---- answers ---- */

static void
reeve_fleet_schemas_refuse (ReeveFleetSchemas *self, ReeveFleetSystem *system, const char *reason)
{
  const gint64 now = reeve_fleet_schemas_now (self);

  system->schema_wanted = FALSE;
  system->schema_blamed = TRUE;
  if (system->schema_said > 0 && now - system->schema_said < REEVE_FLEET_SCHEMA_SAY_US)
    {
      reeve_log_info (self->context, "'%s': the description of its kinds is refused again: %s",
                      system->name, reason);
      return;
    }
  system->schema_said = now;
  reeve_fleet_hub_emit (self->hub, system, REEVE_SEVERITY_WARNING, "schema",
                        "the description of what '%s' measures is refused, only its standard kinds "
                        "are kept: %s",
                        system->name, reason);
}

/* NULL: it may be taken. (transfer full) */
static char *
reeve_fleet_schemas_check (ReeveFleetSchemas *self, ReeveFleetSystem *system, ReeveSchema *schema)
{
  const guint kinds =
      reeve_schema_get_n_kinds (schema) - reeve_schema_get_n_kinds (reeve_schema_get_standard ());
  const gint64 now = reeve_fleet_schemas_now (self);

  if (kinds > REEVE_FLEET_SCHEMA_MAX_KINDS)
    return g_strdup_printf ("it has %u kinds of its own, %d are allowed", kinds,
                            REEVE_FLEET_SCHEMA_MAX_KINDS);
  if (now - system->schema_day >= REEVE_FLEET_SCHEMA_DAY_US || system->schema_day == 0)
    {
      system->schema_day = now;
      system->schema_changes = 0;
    }
  if (system->schema_changes >= REEVE_FLEET_SCHEMA_MAX_CHANGES)
    return g_strdup_printf ("it has changed more than %d times today",
                            REEVE_FLEET_SCHEMA_MAX_CHANGES);
  if (reeve_fleet_schemas_find (self, reeve_schema_get_digest (schema)) == NULL &&
      (g_hash_table_size (self->entries) >= REEVE_FLEET_MAX_SCHEMAS ||
       self->bytes + reeve_fleet_schema_get_size (schema) > REEVE_FLEET_MAX_SCHEMA_BYTES))
    return g_strdup_printf ("the hub knows %u descriptions of other systems already",
                            g_hash_table_size (self->entries));
  return NULL;
}

/* FALSE: refused. */
static gboolean
reeve_fleet_schemas_adopt (ReeveFleetSchemas *self, ReeveFleetSystem *system, ReeveSchema *schema)
{
  g_autofree char *reason = reeve_fleet_schemas_check (self, system, schema);
  ReeveFleetSchemaEntry *entry;

  if (reason != NULL)
    {
      reeve_fleet_schemas_refuse (self, system, reason);
      return FALSE;
    }
  entry = reeve_fleet_schemas_find (self, reeve_schema_get_digest (schema));
  if (entry == NULL)
    {
      g_autofree char *id = reeve_fleet_hex (reeve_schema_get_digest (schema));

      entry = reeve_fleet_schemas_insert (self, schema);
      reeve_fleet_schemas_write (self, id, schema);
    }
  entry->users++;
  reeve_fleet_schemas_forget (self, system);
  system->schema = reeve_schema_ref (entry->schema);
  system->schema_changes++;
  system->schema_wanted = FALSE;
  reeve_link_set_schema (system->link, system->schema);
  reeve_fleet_hub_save_async (self->hub, system, NULL, NULL);
  reeve_log_message (self->context, "'%s' measures %u kinds of its own", system->name,
                     reeve_schema_get_n_kinds (schema) -
                         reeve_schema_get_n_kinds (reeve_schema_get_standard ()));
  return TRUE;
}

gboolean
reeve_fleet_schemas_take (ReeveFleetSchemas *self, ReeveFleetSystem *system, ReeveMessage *answer)
{
  ReeveSchema *schema = reeve_sample_get_schema (reeve_message_get_sample (answer));
  const guint8 *digest = reeve_message_get_digest (answer);
  ReeveFleetSchemaEntry *entry;

  if (digest == NULL || reeve_fleet_schema_is (system->schema, digest) ||
      reeve_fleet_schema_is (reeve_schema_get_standard (), digest))
    {
      system->schema_wanted = FALSE;
      return TRUE;
    }
  if (system->schema_blamed)
    {
      system->schema_blamed = FALSE;
      system->schema_refused = TRUE;
      memcpy (system->schema_refused_digest, digest, REEVE_SCHEMA_DIGEST);
    }
  if (system->schema_refused &&
      memcmp (system->schema_refused_digest, digest, REEVE_SCHEMA_DIGEST) == 0)
    return TRUE;
  /* read by the description that came with it */
  if (reeve_fleet_schema_is (schema, digest))
    return reeve_fleet_schemas_adopt (self, system, schema);
  entry = reeve_fleet_schemas_find (self, digest);
  if (entry != NULL)
    reeve_fleet_schemas_adopt (self, system, entry->schema);
  else
    system->schema_wanted = TRUE;
  return TRUE;
}

gboolean
reeve_fleet_schemas_failed (ReeveFleetSchemas *self, ReeveFleetSystem *system, const GError *error)
{
  if (!g_error_matches (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL) &&
      !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_LIMIT) &&
      !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_INVALID))
    return FALSE;
  reeve_fleet_schemas_refuse (self, system, error->message);
  return TRUE;
}
