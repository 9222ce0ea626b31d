/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The set of systems, and its way from and to the records. Everything that must survive is a record
 * first: a system exists once its record is committed, and is gone once the record is. */

#include "config.h"

#include "reeve-fleet-hub-private.h"

#include <string.h>

#define REEVE_FLEET_PAGE 500
/* That a change cannot be kept is a warning again after this, for all systems together. */
#define REEVE_FLEET_UNKEPT_US (60 * G_USEC_PER_SEC)

G_DEFINE_TYPE_WITH_CODE (ReeveFleetHub, reeve_fleet_hub, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_FLEET, reeve_fleet_hub_fleet_init))

static void
reeve_fleet_hub_finalize (GObject *object)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (object);

  reeve_fleet_hub_clear (self);
  reeve_fleet_index_free (self->index);
  g_hash_table_unref (self->systems);
  g_ptr_array_unref (self->sorted);
  g_hash_table_unref (self->adding);
  g_hash_table_unref (self->leftovers);
  g_hash_table_unref (self->doubts);
  g_array_unref (self->watches);
  G_OBJECT_CLASS (reeve_fleet_hub_parent_class)->finalize (object);
}

static void
reeve_fleet_hub_class_init (ReeveFleetHubClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_fleet_hub_finalize;
}

static void
reeve_fleet_hub_init (ReeveFleetHub *self)
{
  self->systems = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                         (GDestroyNotify) reeve_fleet_system_free);
  self->index = reeve_fleet_index_new ();
  self->sorted = g_ptr_array_new ();
  self->adding = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->edits);
  self->doubts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->leftovers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->watches = g_array_new (FALSE, FALSE, sizeof (ReeveFleetWatch));
}

ReeveFleetHub *
reeve_fleet_hub_new (ReeveContext *context)
{
  ReeveFleetHub *self = g_object_new (REEVE_TYPE_FLEET_HUB, NULL);

  self->context = context;
  return self;
}

ReeveContext *
reeve_fleet_hub_get_context (ReeveFleetHub *self)
{
  return self->context;
}

void
reeve_fleet_hub_set_funcs (ReeveFleetHub *self, const ReeveFleetHubFuncs *funcs, gpointer user_data)
{
  self->funcs = funcs;
  self->funcs_data = user_data;
}

void
reeve_fleet_hub_clear (ReeveFleetHub *self)
{
  self->funcs = NULL;
  g_ptr_array_set_size (self->sorted, 0);
  reeve_fleet_index_clear (self->index);
  g_hash_table_remove_all (self->systems);
  g_clear_object (&self->records);
  g_hash_table_remove_all (self->doubts);
  g_clear_pointer (&self->doubt_timer, reeve_timer_free);
}

/* ---- the set ---- */

static int
reeve_fleet_compare_names (gconstpointer a, gconstpointer b)
{
  const ReeveFleetSystem *one = *(ReeveFleetSystem *const *) a;
  const ReeveFleetSystem *two = *(ReeveFleetSystem *const *) b;

  return strcmp (one->name, two->name);
}

/* The first place whose name does not come before @name. */
static guint
reeve_fleet_hub_find_place (ReeveFleetHub *self, const char *name)
{
  guint from = 0, to = self->sorted->len;

  while (from < to)
    {
      guint middle = from + (to - from) / 2;
      const ReeveFleetSystem *system = g_ptr_array_index (self->sorted, middle);

      if (strcmp (system->name, name) < 0)
        from = middle + 1;
      else
        to = middle;
    }
  return from;
}

static void
reeve_fleet_hub_place (ReeveFleetHub *self, ReeveFleetSystem *system)
{
  g_ptr_array_insert (self->sorted, (int) reeve_fleet_hub_find_place (self, system->name), system);
}

/* An edit that is taken back may meet its old name in other hands: names may be there twice. */
static void
reeve_fleet_hub_displace (ReeveFleetHub *self, ReeveFleetSystem *system)
{
  guint place = reeve_fleet_hub_find_place (self, system->name);

  while (place < self->sorted->len && g_ptr_array_index (self->sorted, place) != system)
    place++;
  g_ptr_array_remove_index (self->sorted, place);
}

static void
reeve_fleet_hub_register (ReeveFleetHub *self, ReeveFleetSystem *system)
{
  g_hash_table_insert (self->systems, system->id, system);
  reeve_fleet_index_add (self->index, system);
}

void
reeve_fleet_hub_insert (ReeveFleetHub *self, ReeveFleetSystem *system)
{
  reeve_fleet_hub_register (self, system);
  reeve_fleet_hub_place (self, system);
}

void
reeve_fleet_hub_remove (ReeveFleetHub *self, ReeveFleetSystem *system)
{
  reeve_fleet_hub_displace (self, system);
  reeve_fleet_index_remove (self->index, system);
  g_hash_table_steal (self->systems, system->id);
  g_hash_table_remove (self->doubts, system->id);
}

void
reeve_fleet_hub_rename (ReeveFleetHub *self, ReeveFleetSystem *system, char **name)
{
  char *old = system->name;

  reeve_fleet_hub_displace (self, system);
  system->name = *name;
  *name = old;
  reeve_fleet_hub_place (self, system);
}

GHashTable *
reeve_fleet_hub_get_leftovers (ReeveFleetHub *self)
{
  return self->leftovers;
}

guint
reeve_fleet_hub_get_n_systems (ReeveFleetHub *self)
{
  return self->sorted->len;
}

ReeveFleetSystem *
reeve_fleet_hub_find (ReeveFleetHub *self, const char *id)
{
  return id != NULL ? g_hash_table_lookup (self->systems, id) : NULL;
}

ReeveFleetSystem *
reeve_fleet_hub_find_name (ReeveFleetHub *self, const char *name)
{
  guint place = reeve_fleet_hub_find_place (self, name);
  ReeveFleetSystem *system =
      place < self->sorted->len ? g_ptr_array_index (self->sorted, place) : NULL;

  return system != NULL && strcmp (system->name, name) == 0 ? system : NULL;
}

ReeveFleetIndex *
reeve_fleet_hub_get_index (ReeveFleetHub *self)
{
  return self->index;
}

gboolean
reeve_fleet_hub_is_free_name (ReeveFleetHub *self, const char *name)
{
  return reeve_fleet_hub_find_name (self, name) == NULL &&
         !g_hash_table_contains (self->adding, name);
}

void
reeve_fleet_hub_set_removed_func (ReeveFleetHub *self, ReeveFleetSystemFunc func,
                                  gpointer user_data)
{
  self->removed_func = func;
  self->removed_data = user_data;
}

void
reeve_fleet_hub_foreach (ReeveFleetHub *self, ReeveFleetSystemFunc func, gpointer user_data)
{
  for (guint i = 0; i < self->sorted->len; i++)
    func (self, g_ptr_array_index (self->sorted, i), user_data);
}

/* ---- load ---- */

static gboolean
reeve_fleet_hub_read (ReeveRecord *record, gpointer user_data)
{
  ReeveFleetHub *self = user_data;
  g_autoptr (GError) bad = NULL;
  ReeveFleetSystem *system = reeve_fleet_system_new_from_record (record, &bad);

  if (system != NULL && system->removing)
    {
      g_hash_table_insert (self->leftovers, g_strdup (system->id), g_strdup (system->name));
      reeve_fleet_system_free (system);
    }
  else if (system != NULL)
    {
      reeve_fleet_hub_register (self, system);
      g_ptr_array_add (self->sorted, system);
    }
  else
    reeve_log_warning (self->context, "left out: %s", bad->message);
  return self->sorted->len < REEVE_FLEET_MAX_SYSTEMS;
}

static void
reeve_fleet_hub_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetHub *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!reeve_records_load_finish (REEVE_RECORDS (source), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_sort (self->sorted, reeve_fleet_compare_names);
  g_task_return_boolean (task, TRUE);
}

void
reeve_fleet_hub_load_async (ReeveFleetHub *self, GAsyncReadyCallback callback, gpointer user_data)
{
  static const char *const indexes[] = { "token", NULL };
  static const ReeveCollection collection = { "fleet.systems", 2, indexes };
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_fleet_hub_load_async);
  self->records = reeve_context_lookup (self->context, REEVE_TYPE_RECORDS, NULL);
  if (self->records == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "nobody keeps records");
      g_object_unref (task);
      return;
    }
  reeve_records_load_async (self->records, &collection, REEVE_FLEET_PAGE, reeve_fleet_hub_read,
                            self, NULL, reeve_fleet_hub_loaded_cb, task);
}

gboolean
reeve_fleet_hub_load_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result,
                             GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- store ---- */

void
reeve_fleet_hub_ended (ReeveFleetHub *self)
{
  g_autoptr (GTask) settling = NULL;

  if (--self->pending > 0)
    return;
  settling = g_steal_pointer (&self->settling);
  if (settling != NULL)
    g_task_return_boolean (settling, TRUE);
}

void
reeve_fleet_hub_settle_async (ReeveFleetHub *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_fleet_hub_settle_async);
  self->settling = task;
  self->pending++;
  reeve_fleet_hub_repair (self);
  reeve_fleet_hub_ended (self);
}

gboolean
reeve_fleet_hub_settle_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_fleet_hub_applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (ReeveFleetHub) self = g_object_ref (g_task_get_source_object (task));
  GError *error = NULL;

  if (reeve_records_apply_finish (REEVE_RECORDS (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
  reeve_fleet_hub_ended (self);
}

void
reeve_fleet_hub_apply_both (ReeveFleetHub *self, ReeveRecord *record, ReeveRecord *other,
                            GTask *task)
{
  g_autoptr (GPtrArray) changes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);

  g_ptr_array_add (changes, record);
  if (other != NULL)
    g_ptr_array_add (changes, other);
  if (self->records != NULL)
    {
      self->pending++;
      reeve_records_apply_async (self->records, changes, NULL, reeve_fleet_hub_applied_cb, task);
    }
  else
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "the fleet has stopped");
      g_object_unref (task);
    }
}

void
reeve_fleet_hub_apply (ReeveFleetHub *self, ReeveRecord *record, GTask *task)
{
  reeve_fleet_hub_apply_both (self, record, NULL, task);
}

void
reeve_fleet_hub_apply_async (ReeveFleetHub *self, ReeveRecord *record, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_fleet_hub_apply_async);
  reeve_fleet_hub_apply (self, record, task);
}

gboolean
reeve_fleet_hub_apply_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result,
                              GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Of a store that fails each change of thousands of systems comes here. */
static void
reeve_fleet_hub_say_unkept (ReeveFleetHub *self, const GError *error)
{
  const gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));

  if (self->unkept_said != 0 && now - self->unkept_said < REEVE_FLEET_UNKEPT_US)
    {
      reeve_log_debug (self->context, "could not keep a change: %s", error->message);
      return;
    }
  self->unkept_said = MAX (now, 1);
  reeve_log_warning (self->context, "could not keep a change: %s", error->message);
}

static void
reeve_fleet_hub_saved_cb (GObject *source, GAsyncResult *result, G_GNUC_UNUSED gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    reeve_fleet_hub_say_unkept (REEVE_FLEET_HUB (source), error);
}

void
reeve_fleet_hub_write (ReeveFleetHub *self, ReeveFleetSystem *system, GTask *task)
{
  system->writes++;
  reeve_fleet_hub_apply (self, reeve_fleet_system_to_record (system, -1), task);
}

void
reeve_fleet_hub_save_async (ReeveFleetHub *self, ReeveFleetSystem *system,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task =
      g_task_new (self, NULL, callback != NULL ? callback : reeve_fleet_hub_saved_cb, user_data);

  g_task_set_source_tag (task, reeve_fleet_hub_save_async);
  reeve_fleet_hub_write (self, system, task);
}

gboolean
reeve_fleet_hub_save_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result,
                             GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
