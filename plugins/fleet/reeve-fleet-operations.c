/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What people and programs may ask of the fleet. Arguments have their types here already, and the
 * subject its power: what is left is to look and to say what is wrong. */

#include "config.h"

#include "reeve-fleet-operations.h"

#include <math.h>
#include <string.h>

#include "reeve-fleet-interface.h"
#include "reeve-fleet-variant.h"

#define REEVE_FLEET_DEFAULT_POINTS 360
#define REEVE_FLEET_DEFAULT_RANGE_S 3600.0
/* Of what an agent is asked. */
#define REEVE_FLEET_MAX_VERB 64
#define REEVE_FLEET_MAX_ARGUMENTS 4096

struct _ReeveFleetOperations
{
  GObject parent;

  ReeveFleetHub *hub; /* NULL once stopped */
  ReeveFleetPoll *poll;
  char *key;
};

typedef void (*ReeveFleetHandler) (ReeveFleetOperations *self, GVariant *arguments, GTask *task);

static void reeve_fleet_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveFleetOperations, reeve_fleet_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_fleet_operations_iface_init))

void
reeve_fleet_operations_clear (ReeveFleetOperations *self)
{
  self->hub = NULL;
  self->poll = NULL;
}

static void
reeve_fleet_operations_finalize (GObject *object)
{
  g_free (REEVE_FLEET_OPERATIONS (object)->key);
  G_OBJECT_CLASS (reeve_fleet_operations_parent_class)->finalize (object);
}

static void
reeve_fleet_operations_class_init (ReeveFleetOperationsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_fleet_operations_finalize;
}

static void
reeve_fleet_operations_init (G_GNUC_UNUSED ReeveFleetOperations *self)
{
}

ReeveFleetOperations *
reeve_fleet_operations_new (ReeveFleetHub *hub, ReeveFleetPoll *poll, const char *key)
{
  ReeveFleetOperations *self = g_object_new (REEVE_TYPE_FLEET_OPERATIONS, NULL);

  self->hub = hub;
  self->poll = poll;
  self->key = g_strdup (key);
  return self;
}

/* ---- helpers ---- */

static void
reeve_fleet_return (GTask *task, GVariant *value)
{
  g_task_return_pointer (task, g_variant_ref_sink (value), (GDestroyNotify) g_variant_unref);
}

/* NULL once the task was ended with NOT_FOUND. */
static ReeveFleetSystem *
reeve_fleet_operations_find (ReeveFleetOperations *self, const char *id, GTask *task)
{
  ReeveFleetSystem *system = reeve_fleet_hub_find (self->hub, id);
  g_autofree char *shown = NULL;

  if (system != NULL)
    return system;
  shown = reeve_text_clean (id, -1, 64);
  g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "there is no system '%s'",
                           shown);
  return NULL;
}

/* ---- reading ---- */

static void
reeve_fleet_operations_add_row (G_GNUC_UNUSED ReeveFleetHub *hub, ReeveFleetSystem *system,
                                gpointer user_data)
{
  ReeveSystemView view;

  reeve_fleet_system_get_view (system, &view);
  g_variant_builder_add_value (user_data, reeve_system_view_to_variant (&view));
}

static void
reeve_fleet_operations_list (ReeveFleetOperations *self, G_GNUC_UNUSED GVariant *arguments,
                             GTask *task)
{
  GVariantBuilder rows;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  reeve_fleet_hub_foreach (self->hub, reeve_fleet_operations_add_row, &rows);
  reeve_fleet_return (task, g_variant_new ("(aa{sv})", &rows));
}

static void
reeve_fleet_operations_get (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  const char *id;
  ReeveFleetSystem *system;
  ReeveSystemView view;

  g_variant_get (arguments, "(&s)", &id);
  system = reeve_fleet_operations_find (self, id, task);
  if (system == NULL)
    return;
  reeve_fleet_system_get_view (system, &view);
  reeve_fleet_return (task, g_variant_new ("(@a{sv}@a{sv})", reeve_system_view_to_variant (&view),
                                           reeve_fleet_facts_of_view (&view)));
}

static void
reeve_fleet_operations_schema (G_GNUC_UNUSED ReeveFleetOperations *self,
                               G_GNUC_UNUSED GVariant *arguments, GTask *task)
{
  reeve_fleet_return (task, g_variant_new ("(@aa{sv})",
                                           reeve_schema_to_variant (reeve_schema_get_standard ())));
}

static void
reeve_fleet_operations_key (ReeveFleetOperations *self, G_GNUC_UNUSED GVariant *arguments,
                            GTask *task)
{
  reeve_fleet_return (task, g_variant_new ("(s)", self->key));
}

static void
reeve_fleet_operations_return_range (GObject *source, GAsyncResult *result, GTask *task,
                                     gboolean spread)
{
  GError *error = NULL;
  g_autoptr (ReeveHistoryRange) range =
      reeve_history_range_finish (REEVE_HISTORY (source), result, &error);

  if (range != NULL)
    reeve_fleet_return (task, reeve_fleet_range_to_variant (range, spread));
  else
    g_task_return_error (task, error);
}

static void
reeve_fleet_operations_ranged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  reeve_fleet_operations_return_range (source, result, task, FALSE);
}

static void
reeve_fleet_operations_ranged_spread_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  reeve_fleet_operations_return_range (source, result, task, TRUE);
}

static gboolean
reeve_fleet_check_range (double from, double to, guint points, GError **error)
{
  if (!isfinite (from) || !isfinite (to) || from < 0 || to > 1e11 || from >= to)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "from and to are seconds since 1970, and from lies before to");
      return FALSE;
    }
  if (points > REEVE_HISTORY_MAX_POINTS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "at most %d points can be asked for",
                   REEVE_HISTORY_MAX_POINTS);
      return FALSE;
    }
  return TRUE;
}

static void
reeve_fleet_operations_history (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  ReeveContext *context = reeve_fleet_hub_get_context (self->hub);
  g_autoptr (ReeveHistory) history = reeve_context_lookup (context, REEVE_TYPE_HISTORY, NULL);
  const char *id, *kinds;
  double from, to;
  guint points;
  gboolean spread;
  g_auto (GStrv) names = NULL;
  GError *error = NULL;

  g_variant_get (arguments, "(&sddu&sb)", &id, &from, &to, &points, &kinds, &spread);
  if (reeve_fleet_operations_find (self, id, task) == NULL)
    return;
  if (to == 0)
    to = reeve_clock_get_wall (reeve_context_get_clock (context)) / 1e6;
  if (from == 0)
    from = to - REEVE_FLEET_DEFAULT_RANGE_S;
  if (!reeve_fleet_check_range (from, to, points, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (history == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                               "nobody keeps history on this hub");
      return;
    }
  names = *kinds != '\0' ? g_strsplit (kinds, ",", REEVE_SCHEMA_MAX_KINDS) : NULL;
  reeve_history_range_async (history, id, (const char *const *) names, (gint64) (from * 1e6),
                             (gint64) (to * 1e6), points > 0 ? points : REEVE_FLEET_DEFAULT_POINTS,
                             g_task_get_cancellable (task),
                             spread ? reeve_fleet_operations_ranged_spread_cb
                                    : reeve_fleet_operations_ranged_cb,
                             g_object_ref (task));
}

/* ---- changing ---- */

static void
reeve_fleet_operations_added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetOperations *self = g_task_get_source_object (task);
  g_autofree char *id = NULL;
  GError *error = NULL;
  g_autofree char *token =
      reeve_fleet_hub_add_finish (REEVE_FLEET_HUB (source), result, &id, &error);

  if (token == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_fleet_return (task, g_variant_new ("(sss)", id, token, self->key));
}

static void
reeve_fleet_operations_add (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  const char *name;

  g_variant_get (arguments, "(&s)", &name);
  reeve_fleet_hub_add_async (self->hub, name, reeve_fleet_operations_added_cb, g_object_ref (task));
}

static void
reeve_fleet_operations_removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (reeve_fleet_hub_remove_finish (REEVE_FLEET_HUB (source), result, &error))
    reeve_fleet_return (task, g_variant_new ("()"));
  else
    g_task_return_error (task, error);
}

static void
reeve_fleet_operations_remove (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  const char *id;

  g_variant_get (arguments, "(&s)", &id);
  if (reeve_fleet_operations_find (self, id, task) != NULL)
    reeve_fleet_hub_remove_async (self->hub, id, reeve_fleet_operations_removed_cb,
                                  g_object_ref (task));
}

static void
reeve_fleet_operations_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (reeve_fleet_hub_save_finish (REEVE_FLEET_HUB (source), result, &error))
    reeve_fleet_return (task, g_variant_new ("()"));
  else
    g_task_return_error (task, error);
}

static void
reeve_fleet_operations_set_paused (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  const char *id;
  gboolean paused;
  ReeveFleetSystem *system;

  g_variant_get (arguments, "(&sb)", &id, &paused);
  system = reeve_fleet_operations_find (self, id, task);
  if (system == NULL)
    return;
  if (system->paused != paused)
    {
      system->paused = paused;
      reeve_fleet_poll_paused (self->poll, system);
    }
  reeve_fleet_hub_save_async (self->hub, system, reeve_fleet_operations_saved_cb,
                              g_object_ref (task));
}

static void
reeve_fleet_operations_reset_peer (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  const char *id;
  ReeveFleetSystem *system;

  g_variant_get (arguments, "(&s)", &id);
  system = reeve_fleet_operations_find (self, id, task);
  if (system == NULL)
    return;
  /* with a universal token the fingerprint is what makes the system */
  if (!system->shared)
    {
      g_free (system->fingerprint);
      system->fingerprint = g_strdup ("");
    }
  system->floor_security = REEVE_SECURITY_PLAIN;
  system->floor_level = REEVE_LINK_LEVEL_STOCK;
  reeve_context_emit (reeve_fleet_hub_get_context (self->hub), REEVE_SEVERITY_WARNING, "setting",
                      system->id, NULL, "the pinned peer of '%s' was forgotten", system->name);
  if (system->link != NULL)
    reeve_transport_close (reeve_link_get_transport (system->link), system->link, "peer reset");
  reeve_fleet_hub_save_async (self->hub, system, reeve_fleet_operations_saved_cb,
                              g_object_ref (task));
}

/* ---- asking ---- */

static gboolean
reeve_fleet_check_verb (const char *verb, GVariant *arguments, GError **error)
{
  gsize length = strlen (verb);

  if (length < 1 || length > REEVE_FLEET_MAX_VERB ||
      strspn (verb, "abcdefghijklmnopqrstuvwxyz0123456789-.") != length ||
      strcmp (verb, REEVE_VERB_SAMPLE) == 0)
    g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                         "the verb is no name such as container.logs or service.info");
  else if (g_variant_get_size (arguments) > REEVE_FLEET_MAX_ARGUMENTS)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                 "the arguments have more than %d bytes together", REEVE_FLEET_MAX_ARGUMENTS);
  else
    return TRUE;
  return FALSE;
}

static void
reeve_fleet_operations_asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (ReeveMessage) answer =
      reeve_fleet_request_finish (REEVE_FLEET (source), result, &error);
  GVariant *value = answer != NULL ? reeve_message_get_value (answer) : NULL;

  if (value != NULL)
    reeve_fleet_return (task, g_variant_new ("(v)", value));
  else if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_PROTOCOL,
                             "the agent's answer has no value");
}

/* What an agent tells beyond metrics may be anybody's secret, so who asked whom is an event. */
static void
reeve_fleet_operations_ask (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  ReeveSubject *subject = g_task_get_task_data (task);
  g_autoptr (ReeveMessage) request = NULL;
  g_autoptr (GVariant) wanted = NULL;
  ReeveFleetSystem *system;
  const char *id, *verb;
  GError *error = NULL;

  g_variant_get (arguments, "(&s&s@a{sv})", &id, &verb, &wanted);
  system = reeve_fleet_operations_find (self, id, task);
  if (system == NULL)
    return;
  if (!reeve_fleet_check_verb (verb, wanted, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_context_emit (reeve_fleet_hub_get_context (self->hub), REEVE_SEVERITY_NOTICE, "ask",
                      system->id, NULL, "'%s' was asked for %s by %s '%s'", system->name, verb,
                      reeve_subject_get_kind (subject), reeve_subject_get_name (subject));
  request = reeve_message_new_request (verb, wanted);
  reeve_fleet_request_async (REEVE_FLEET (self->hub), system->id, request,
                             g_task_get_cancellable (task), reeve_fleet_operations_asked_cb,
                             g_object_ref (task));
}

/* ---- ReeveOperations ---- */

static const ReeveOperationRow reeve_fleet_rows[] = {
  { .method = "ListSystems",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/systems" },
  { .method = "GetSystem",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/systems/{system}",
    .object_argument = "system" },
  { .method = "GetSchema",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/schema" },
  { .method = "GetHistory",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/systems/{system}/history",
    .object_argument = "system" },
  { .method = "AddSystem",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/systems" },
  { .method = "RemoveSystem",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "DELETE",
    .http_path = "/api/v1/systems/{system}",
    .object_argument = "system" },
  { .method = "SetPaused",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/systems/{system}/paused",
    .object_argument = "system" },
  { .method = "ResetPeer", .power = REEVE_POWER_ADMINISTER, .object_argument = "system" },
  { .method = "Ask", .power = REEVE_POWER_OPERATE, .object_argument = "system" },
  { .method = "GetKey", .power = REEVE_POWER_VIEW },
  { .method = NULL },
};

static const struct
{
  const char *method;
  ReeveFleetHandler handler;
} reeve_fleet_handlers[] = {
  { "ListSystems", reeve_fleet_operations_list },
  { "GetSystem", reeve_fleet_operations_get },
  { "GetSchema", reeve_fleet_operations_schema },
  { "GetHistory", reeve_fleet_operations_history },
  { "AddSystem", reeve_fleet_operations_add },
  { "RemoveSystem", reeve_fleet_operations_remove },
  { "SetPaused", reeve_fleet_operations_set_paused },
  { "ResetPeer", reeve_fleet_operations_reset_peer },
  { "Ask", reeve_fleet_operations_ask },
  { "GetKey", reeve_fleet_operations_key },
};

static GDBusInterfaceInfo *
reeve_fleet_operations_get_info (G_GNUC_UNUSED ReeveOperations *operations)
{
  return (GDBusInterfaceInfo *) &org_reeve_fleet1_interface;
}

static const ReeveOperationRow *
reeve_fleet_operations_get_rows (G_GNUC_UNUSED ReeveOperations *operations)
{
  return reeve_fleet_rows;
}

static void
reeve_fleet_operations_call_async (ReeveOperations *operations, const char *method,
                                   GVariant *arguments, ReeveSubject *subject,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  ReeveFleetOperations *self = REEVE_FLEET_OPERATIONS (operations);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_fleet_operations_call_async);
  g_task_set_task_data (task, reeve_subject_ref (subject), (GDestroyNotify) reeve_subject_unref);
  for (guint i = 0; i < G_N_ELEMENTS (reeve_fleet_handlers) && self->hub != NULL; i++)
    if (strcmp (reeve_fleet_handlers[i].method, method) == 0)
      {
        reeve_fleet_handlers[i].handler (self, arguments, task);
        return;
      }
  g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "the fleet has stopped");
}

static GVariant *
reeve_fleet_operations_call_finish (G_GNUC_UNUSED ReeveOperations *operations, GAsyncResult *result,
                                    GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_fleet_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->get_info = reeve_fleet_operations_get_info;
  iface->get_rows = reeve_fleet_operations_get_rows;
  iface->call_async = reeve_fleet_operations_call_async;
  iface->call_finish = reeve_fleet_operations_call_finish;
}
