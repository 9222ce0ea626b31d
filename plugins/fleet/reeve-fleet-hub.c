/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The set of systems. Everything that must survive is a record first: a system exists once its
 * record is committed, and is gone once the record is. */

#include "config.h"

#include "reeve-fleet-hub.h"

#include <string.h>

#define REEVE_FLEET_PAGE 500

typedef struct
{
  guint id;
  ReeveFleetFunc func;
  gpointer user_data;
} ReeveFleetWatch;

struct _ReeveFleetHub
{
  GObject parent;

  ReeveContext *context;
  ReeveRecords *records;
  GHashTable *systems; /* id to ReeveFleetSystem, owned */
  GHashTable *tokens;  /* hash to ReeveFleetSystem */
  GPtrArray *sorted;   /* by name */
  GHashTable *adding;  /* set of names, not stored yet */
  GArray *watches;
  guint last_watch;
  guint followed;
  guint pending;   /* changes on their way to the store */
  GTask *settling; /* who waits for the last of them */
  const ReeveFleetHubFuncs *funcs;
  gpointer funcs_data;
};

static void reeve_fleet_hub_fleet_init (ReeveFleetInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveFleetHub, reeve_fleet_hub, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_FLEET, reeve_fleet_hub_fleet_init))

static void
reeve_fleet_hub_finalize (GObject *object)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (object);

  reeve_fleet_hub_clear (self);
  g_hash_table_unref (self->tokens);
  g_hash_table_unref (self->systems);
  g_ptr_array_unref (self->sorted);
  g_hash_table_unref (self->adding);
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
  self->tokens = g_hash_table_new (g_str_hash, g_str_equal);
  self->sorted = g_ptr_array_new ();
  self->adding = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
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
  g_hash_table_remove_all (self->tokens);
  g_hash_table_remove_all (self->systems);
  g_clear_object (&self->records);
}

/* ---- the set ---- */

static int
reeve_fleet_compare_names (gconstpointer a, gconstpointer b)
{
  const ReeveFleetSystem *one = *(ReeveFleetSystem *const *) a;
  const ReeveFleetSystem *two = *(ReeveFleetSystem *const *) b;

  return strcmp (one->name, two->name);
}

static void
reeve_fleet_hub_insert (ReeveFleetHub *self, ReeveFleetSystem *system)
{
  g_hash_table_insert (self->systems, system->id, system);
  g_hash_table_insert (self->tokens, system->token_hash, system);
  g_ptr_array_add (self->sorted, system);
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
  for (guint i = 0; i < self->sorted->len; i++)
    if (strcmp (((ReeveFleetSystem *) g_ptr_array_index (self->sorted, i))->name, name) == 0)
      return g_ptr_array_index (self->sorted, i);
  return NULL;
}

ReeveFleetSystem *
reeve_fleet_hub_find_token (ReeveFleetHub *self, const char *token)
{
  g_autofree char *hash = reeve_fleet_hash_token (token);

  return g_hash_table_lookup (self->tokens, hash);
}

void
reeve_fleet_hub_foreach (ReeveFleetHub *self, ReeveFleetSystemFunc func, gpointer user_data)
{
  for (guint i = 0; i < self->sorted->len; i++)
    func (self, g_ptr_array_index (self->sorted, i), user_data);
}

/* ---- load ---- */

static void reeve_fleet_hub_list (GTask *task, const char *cursor);

static void
reeve_fleet_hub_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetHub *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) page = reeve_records_list_finish (REEVE_RECORDS (source), result, &error);

  if (page == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < page->len && self->sorted->len < REEVE_FLEET_MAX_SYSTEMS; i++)
    {
      g_autoptr (GError) bad = NULL;
      ReeveFleetSystem *system =
          reeve_fleet_system_new_from_record (g_ptr_array_index (page, i), &bad);

      if (system != NULL)
        reeve_fleet_hub_insert (self, system);
      else
        reeve_log_warning (self->context, "left out: %s", bad->message);
    }
  if (page->len == REEVE_FLEET_PAGE)
    {
      reeve_fleet_hub_list (g_steal_pointer (&task),
                            reeve_record_get_id (g_ptr_array_index (page, page->len - 1)));
      return;
    }
  g_ptr_array_sort (self->sorted, reeve_fleet_compare_names);
  g_task_return_boolean (task, TRUE);
}

/* Takes the task. */
static void
reeve_fleet_hub_list (GTask *task, const char *cursor)
{
  ReeveFleetHub *self = g_task_get_source_object (task);

  reeve_records_list_async (self->records, "fleet.systems", NULL, NULL, cursor, REEVE_FLEET_PAGE,
                            NULL, reeve_fleet_hub_listed_cb, task);
}

static void
reeve_fleet_hub_opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (reeve_records_open_finish (REEVE_RECORDS (source), result, &error))
    {
      reeve_fleet_hub_list (task, NULL);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

void
reeve_fleet_hub_load_async (ReeveFleetHub *self, GAsyncReadyCallback callback, gpointer user_data)
{
  static const char *const indexes[] = { "token", NULL };
  static const ReeveCollection collection = { "fleet.systems", 1, indexes };
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, reeve_fleet_hub_load_async);
  self->records = reeve_context_lookup (self->context, REEVE_TYPE_RECORDS, NULL);
  if (self->records == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "nobody keeps records");
      g_object_unref (task);
      return;
    }
  reeve_records_open_async (self->records, &collection, NULL, reeve_fleet_hub_opened_cb, task);
}

gboolean
reeve_fleet_hub_load_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result,
                             GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- changes ---- */

static void
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

/* Takes the task and the record. */
static void
reeve_fleet_hub_apply (ReeveFleetHub *self, ReeveRecord *record, GTask *task)
{
  g_autoptr (GPtrArray) changes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);

  g_ptr_array_add (changes, record);
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

static void
reeve_fleet_hub_saved_cb (GObject *source, GAsyncResult *result, G_GNUC_UNUSED gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (source);
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    reeve_log_warning (self->context, "could not keep a change: %s", error->message);
}

void
reeve_fleet_hub_save_async (ReeveFleetHub *self, ReeveFleetSystem *system,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task =
      g_task_new (self, NULL, callback != NULL ? callback : reeve_fleet_hub_saved_cb, user_data);

  g_task_set_source_tag (task, reeve_fleet_hub_save_async);
  reeve_fleet_hub_apply (self, reeve_fleet_system_to_record (system, -1), task);
}

gboolean
reeve_fleet_hub_save_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result,
                             GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct
{
  ReeveFleetSystem *system; /* until it is in the set */
  char *token;
  char *id;
} ReeveFleetAdd;

static void
reeve_fleet_add_free (ReeveFleetAdd *self)
{
  g_clear_pointer (&self->system, reeve_fleet_system_free);
  g_free (self->token);
  g_free (self->id);
  g_free (self);
}

static void
reeve_fleet_hub_added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (source);
  g_autoptr (GTask) task = user_data;
  ReeveFleetAdd *add = g_task_get_task_data (task);
  ReeveFleetSystem *system;
  const ReeveFleetChange change = { .sample = FALSE };
  GError *error = NULL;

  g_hash_table_remove (self->adding, add->system->name);
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  system = g_steal_pointer (&add->system);
  reeve_fleet_hub_insert (self, system);
  g_ptr_array_sort (self->sorted, reeve_fleet_compare_names);
  if (self->funcs != NULL)
    self->funcs->added (self, system, self->funcs_data);
  reeve_fleet_hub_changed (self, system, &change);
  reeve_context_emit (self->context, REEVE_SEVERITY_NOTICE, "setting", system->id, NULL,
                      "system '%s' was added", system->name);
  g_task_return_boolean (task, TRUE);
}

static gboolean
reeve_fleet_hub_check_name (ReeveFleetHub *self, const char *name, GError **error)
{
  if (!reeve_fleet_system_check_name (name, error))
    return FALSE;
  if (reeve_fleet_hub_find_name (self, name) != NULL || g_hash_table_contains (self->adding, name))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_EXISTS,
                 "there is a system '%s' already: choose another name or remove that one first",
                 name);
  else if (self->sorted->len + g_hash_table_size (self->adding) >= REEVE_FLEET_MAX_SYSTEMS)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "a hub holds at most %d systems",
                 REEVE_FLEET_MAX_SYSTEMS);
  else
    return TRUE;
  return FALSE;
}

void
reeve_fleet_hub_add_async (ReeveFleetHub *self, const char *name, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  ReeveFleetAdd *add;
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_fleet_hub_add_async);
  if (!reeve_fleet_hub_check_name (self, name, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  add = g_new0 (ReeveFleetAdd, 1);
  add->system =
      reeve_fleet_system_new (name, reeve_clock_get_wall (reeve_context_get_clock (self->context)),
                              &add->token);
  add->id = g_strdup (add->system->id);
  g_task_set_task_data (task, add, (GDestroyNotify) reeve_fleet_add_free);
  g_hash_table_add (self->adding, g_strdup (name));
  reeve_fleet_hub_apply (self, reeve_fleet_system_to_record (add->system, 0),
                         g_task_new (self, NULL, reeve_fleet_hub_added_cb, g_object_ref (task)));
}

char *
reeve_fleet_hub_add_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result, char **ret_id,
                            GError **error)
{
  ReeveFleetAdd *add = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  *ret_id = g_steal_pointer (&add->id);
  return g_steal_pointer (&add->token);
}

static void
reeve_fleet_hub_forgotten_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetHub *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;

  /* the system is gone in any case; rows left behind belong to an id that never comes again */
  if (!reeve_history_forget_finish (REEVE_HISTORY (source), result, &error))
    reeve_log_warning (self->context, "history of a removed system is left: %s", error->message);
  g_task_return_boolean (task, TRUE);
  reeve_fleet_hub_ended (self);
}

static void
reeve_fleet_hub_drop (ReeveFleetHub *self, ReeveFleetSystem *system)
{
  const ReeveFleetChange change = { .removed = TRUE };
  g_autoptr (ReeveLink) link = g_steal_pointer (&system->link);

  reeve_context_emit (self->context, REEVE_SEVERITY_NOTICE, "setting", system->id, NULL,
                      "system '%s' was removed", system->name);
  g_ptr_array_remove (self->sorted, system);
  g_hash_table_remove (self->tokens, system->token_hash);
  g_hash_table_steal (self->systems, system->id);
  reeve_fleet_hub_changed (self, system, &change);
  self->followed -= MIN (system->followers, self->followed);
  reeve_fleet_system_free (system);
  if (link != NULL)
    reeve_transport_close (reeve_link_get_transport (link), link, "system removed");
}

static void
reeve_fleet_hub_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (source);
  GTask *task = user_data;
  const char *id = g_task_get_task_data (task);
  ReeveFleetSystem *system = reeve_fleet_hub_find (self, id);
  g_autoptr (ReeveHistory) history = NULL;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (system != NULL)
    reeve_fleet_hub_drop (self, system);
  history = reeve_context_lookup (self->context, REEVE_TYPE_HISTORY, NULL);
  if (history != NULL)
    {
      self->pending++;
      reeve_history_forget_async (history, id, NULL, reeve_fleet_hub_forgotten_cb, task);
      return;
    }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

void
reeve_fleet_hub_remove_async (ReeveFleetHub *self, const char *id, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  ReeveFleetSystem *system = reeve_fleet_hub_find (self, id);

  g_task_set_source_tag (task, reeve_fleet_hub_remove_async);
  g_task_set_task_data (task, g_strdup (id), g_free);
  if (system == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "there is no system '%s'",
                               id);
      return;
    }
  reeve_fleet_hub_apply (self, reeve_record_new ("fleet.systems", id, -1, NULL, NULL),
                         g_task_new (self, NULL, reeve_fleet_hub_removed_cb, g_object_ref (task)));
}

gboolean
reeve_fleet_hub_remove_finish (G_GNUC_UNUSED ReeveFleetHub *self, GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- telling ---- */

void
reeve_fleet_hub_changed (ReeveFleetHub *self, ReeveFleetSystem *system,
                         const ReeveFleetChange *change)
{
  ReeveSystemView view;

  reeve_fleet_system_get_view (system, &view);
  for (guint i = self->watches->len; i-- > 0;)
    {
      ReeveFleetWatch watch;

      /* a callback may have removed several */
      if (i >= self->watches->len)
        continue;
      watch = g_array_index (self->watches, ReeveFleetWatch, i);
      watch.func (&view, change, watch.user_data);
    }
}

void
reeve_fleet_hub_set_state (ReeveFleetHub *self, ReeveFleetSystem *system, ReeveSystemState state)
{
  const ReeveFleetChange change = { .sample = FALSE };
  ReeveSystemState old = system->state;

  if (old == state)
    return;
  system->state = state;
  system->since = reeve_clock_get_wall (reeve_context_get_clock (self->context));
  if (state == REEVE_SYSTEM_DOWN)
    reeve_context_emit (self->context, REEVE_SEVERITY_WARNING, "state", system->id, NULL,
                        "system '%s' is down", system->name);
  else if (state == REEVE_SYSTEM_UP && old != REEVE_SYSTEM_SUSPECT)
    reeve_context_emit (self->context, REEVE_SEVERITY_INFO, "state", system->id, NULL,
                        "system '%s' is up", system->name);
  reeve_fleet_hub_changed (self, system, &change);
}

/* ---- ReeveFleet ---- */

static void
reeve_fleet_hub_fleet_foreach (ReeveFleet *fleet, const char *id, ReeveFleetEachFunc func,
                               gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);
  ReeveSystemView view;

  for (guint i = 0; i < self->sorted->len; i++)
    {
      ReeveFleetSystem *system = g_ptr_array_index (self->sorted, i);

      if (id != NULL && strcmp (system->id, id) != 0)
        continue;
      reeve_fleet_system_get_view (system, &view);
      func (&view, user_data);
    }
}

static guint
reeve_fleet_hub_fleet_watch (ReeveFleet *fleet, ReeveFleetFunc func, gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);
  ReeveFleetWatch watch = { self->last_watch + 1, func, user_data };

  if (self->watches->len >= REEVE_FLEET_MAX_WATCHES)
    return 0;
  self->last_watch++;
  g_array_append_val (self->watches, watch);
  return watch.id;
}

static void
reeve_fleet_hub_fleet_unwatch (ReeveFleet *fleet, guint id)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);

  for (guint i = 0; i < self->watches->len; i++)
    if (g_array_index (self->watches, ReeveFleetWatch, i).id == id)
      {
        g_array_remove_index (self->watches, i);
        return;
      }
}

static void
reeve_fleet_hub_fleet_follow (ReeveFleet *fleet, const char *id)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);
  ReeveFleetSystem *system = reeve_fleet_hub_find (self, id);

  if (system == NULL)
    return;
  /* over the limit people still see what the poll brings, only not every second */
  system->followers++;
  self->followed++;
  if (system->followers == 1 && self->followed <= REEVE_FLEET_MAX_FOLLOWED && self->funcs != NULL)
    self->funcs->followed (self, system, self->funcs_data);
}

static void
reeve_fleet_hub_fleet_unfollow (ReeveFleet *fleet, const char *id)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);
  ReeveFleetSystem *system = reeve_fleet_hub_find (self, id);

  if (system == NULL || system->followers == 0)
    return;
  system->followers--;
  self->followed--;
  if (system->followers == 0 && self->funcs != NULL)
    self->funcs->followed (self, system, self->funcs_data);
}

static void
reeve_fleet_hub_requested_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  ReeveMessage *answer = reeve_transport_request_finish (REEVE_TRANSPORT (source), result, &error);

  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) reeve_message_unref);
  else
    g_task_return_error (task, error);
}

static void
reeve_fleet_hub_fleet_request_async (ReeveFleet *fleet, const char *id, ReeveMessage *request,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  ReeveFleetHub *self = REEVE_FLEET_HUB (fleet);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  ReeveFleetSystem *system = reeve_fleet_hub_find (self, id);

  g_task_set_source_tag (task, reeve_fleet_hub_fleet_request_async);
  if (system != NULL && system->link != NULL)
    {
      reeve_transport_request_async (reeve_link_get_transport (system->link), system->link, request,
                                     cancellable, reeve_fleet_hub_requested_cb, task);
      return;
    }
  if (system == NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "there is no system '%s'",
                             id);
  else
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "'%s' has no link now",
                             system->name);
  g_object_unref (task);
}

static ReeveMessage *
reeve_fleet_hub_fleet_request_finish (G_GNUC_UNUSED ReeveFleet *fleet, GAsyncResult *result,
                                      GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_fleet_hub_fleet_init (ReeveFleetInterface *iface)
{
  iface->foreach = reeve_fleet_hub_fleet_foreach;
  iface->watch = reeve_fleet_hub_fleet_watch;
  iface->unwatch = reeve_fleet_hub_fleet_unwatch;
  iface->follow = reeve_fleet_hub_fleet_follow;
  iface->unfollow = reeve_fleet_hub_fleet_unfollow;
  iface->request_async = reeve_fleet_hub_fleet_request_async;
  iface->request_finish = reeve_fleet_hub_fleet_request_finish;
}
