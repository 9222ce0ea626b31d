/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What people and programs may ask of the fleet. Arguments have their types here already, and the
 * subject its power: what is left is to look and to say what is wrong. */

#include "config.h"

#include "reeve-fleet-operations-private.h"

#include <math.h>
#include <string.h>

#include "reeve-fleet-interface.h"
#include "reeve-fleet-list.h"
#include "reeve-fleet-facts.h"
#include "reeve-fleet-latest.h"
#include "reeve-fleet-trends.h"
#include "reeve-fleet-variant.h"

#define REEVE_FLEET_DEFAULT_POINTS 360
#define REEVE_FLEET_DEFAULT_RANGE_S 3600.0
/* Of what an agent is asked. */
#define REEVE_FLEET_MAX_VERB 64
#define REEVE_FLEET_MAX_ARGUMENTS 4096

static void reeve_fleet_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveFleetOperations, reeve_fleet_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_fleet_operations_iface_init))

void
reeve_fleet_operations_clear (ReeveFleetOperations *self)
{
  self->hub = NULL;
  self->poll = NULL;
  self->removals = NULL;
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
reeve_fleet_operations_new (ReeveFleetHub *hub, ReeveFleetPoll *poll, ReeveFleetRemovals *removals,
                            const char *key)
{
  ReeveFleetOperations *self = g_object_new (REEVE_TYPE_FLEET_OPERATIONS, NULL);

  self->hub = hub;
  self->poll = poll;
  self->removals = removals;
  self->key = g_strdup (key);
  return self;
}

/* ---- helpers ---- */

ReeveFleetSystem *
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
reeve_fleet_operations_list (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  const char *filter, *sort;
  guint offset, limit;
  GError *error = NULL;
  GVariant *value;

  g_variant_get (arguments, "(&s&suu)", &filter, &sort, &offset, &limit);
  value = reeve_fleet_list (self->hub, filter, sort, offset, limit, &error);
  if (value != NULL)
    reeve_operations_return (task, value);
  else
    g_task_return_error (task, error);
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
  reeve_operations_return (task,
                           g_variant_new ("(@a{sv}@a{sv}s)", reeve_system_view_to_variant (&view),
                                          reeve_fleet_facts_show (system->facts), system->note));
}

static void
reeve_fleet_operations_latest (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  g_autofree const char **systems = NULL, **kinds = NULL;
  guint limit;
  GError *error = NULL;
  GVariant *value;

  g_variant_get (arguments, "(^a&s^a&su)", &systems, &kinds, &limit);
  value = reeve_fleet_latest (self->hub, systems, kinds, limit, &error);
  if (value != NULL)
    reeve_operations_return (task, value);
  else
    g_task_return_error (task, error);
}

static void
reeve_fleet_operations_schema (G_GNUC_UNUSED ReeveFleetOperations *self,
                               G_GNUC_UNUSED GVariant *arguments, GTask *task)
{
  reeve_operations_return (task, g_variant_new ("(@aa{sv})", reeve_schema_to_variant (
                                                                 reeve_schema_get_standard ())));
}

static void
reeve_fleet_operations_system_schema (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  ReeveFleetSystem *system;
  const char *id;

  g_variant_get (arguments, "(&s)", &id);
  system = reeve_fleet_operations_find (self, id, task);
  if (system != NULL)
    reeve_operations_return (task,
                             g_variant_new ("(@aa{sv})", reeve_schema_to_variant (
                                                             system->schema != NULL
                                                                 ? system->schema
                                                                 : reeve_schema_get_standard ())));
}

static void
reeve_fleet_operations_key (ReeveFleetOperations *self, G_GNUC_UNUSED GVariant *arguments,
                            GTask *task)
{
  reeve_operations_return (task, g_variant_new ("(s)", self->key));
}

static void
reeve_fleet_operations_return_range (GObject *source, GAsyncResult *result, GTask *task,
                                     gboolean spread)
{
  GError *error = NULL;
  g_autoptr (ReeveHistoryRange) range =
      reeve_history_range_finish (REEVE_HISTORY (source), result, &error);

  if (range != NULL)
    reeve_operations_return (task, reeve_fleet_range_to_variant (range, spread));
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

/* 0 of @to means now, of @from an hour before. */
static gboolean
reeve_fleet_operations_get_range (ReeveFleetOperations *self, double *from, double *to,
                                  GError **error)
{
  ReeveContext *context = reeve_fleet_hub_get_context (self->hub);

  if (*to == 0)
    *to = reeve_clock_get_wall (reeve_context_get_clock (context)) / 1e6;
  if (*from == 0)
    *from = *to - REEVE_FLEET_DEFAULT_RANGE_S;
  if (isfinite (*from) && isfinite (*to) && *from >= 0 && *to <= 1e11 && *from < *to)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "from and to are seconds since 1970, and from lies before to");
  return FALSE;
}

static gboolean
reeve_fleet_operations_need_history (ReeveHistory *history, GTask *task)
{
  if (history == NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE,
                             "nobody keeps history on this hub");
  return history != NULL;
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
  if (points > REEVE_HISTORY_MAX_POINTS)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_INVALID,
                               "at most %d points can be asked for", REEVE_HISTORY_MAX_POINTS);
      return;
    }
  if (!reeve_fleet_operations_get_range (self, &from, &to, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (!reeve_fleet_operations_need_history (history, task))
    return;
  names = *kinds != '\0' ? g_strsplit (kinds, ",", REEVE_SCHEMA_MAX_KINDS) : NULL;
  points = points > 0 ? points : REEVE_FLEET_DEFAULT_POINTS;
  if (spread)
    reeve_history_range_async (history, id, (const char *const *) names, (gint64) (from * 1e6),
                               (gint64) (to * 1e6), points, g_task_get_cancellable (task),
                               reeve_fleet_operations_ranged_spread_cb, g_object_ref (task));
  else
    reeve_history_range_values_async (history, id, (const char *const *) names,
                                      (gint64) (from * 1e6), (gint64) (to * 1e6), points,
                                      g_task_get_cancellable (task),
                                      reeve_fleet_operations_ranged_cb, g_object_ref (task));
}

static void
reeve_fleet_operations_trended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GVariant *value = reeve_fleet_trends_finish (REEVE_HISTORY (source), result, &error);

  if (value != NULL)
    g_task_return_pointer (task, value, (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

static void
reeve_fleet_operations_trends (ReeveFleetOperations *self, GVariant *arguments, GTask *task)
{
  g_autoptr (ReeveHistory) history =
      reeve_context_lookup (reeve_fleet_hub_get_context (self->hub), REEVE_TYPE_HISTORY, NULL);
  g_autofree const char **systems = NULL;
  g_autofree const char **metrics = NULL;
  ReeveFleetTrendsQuery query = { 0 };
  GError *error = NULL;
  double from, to;

  g_variant_get (arguments, "(^a&s^a&sddu)", &systems, &metrics, &from, &to, &query.points);
  if (!reeve_fleet_operations_get_range (self, &from, &to, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (!reeve_fleet_operations_need_history (history, task))
    return;
  query.from = (gint64) (from * 1e6);
  query.to = (gint64) (to * 1e6);
  query.systems = systems;
  query.metrics = metrics;
  reeve_fleet_trends_async (history, &query, g_task_get_cancellable (task),
                            reeve_fleet_operations_trended_cb, g_object_ref (task));
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
    reeve_operations_return (task, g_variant_new ("(v)", value));
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
  reeve_fleet_hub_emit (self->hub, system, REEVE_SEVERITY_NOTICE, "ask",
                        "'%s' was asked for %s by %s '%s'", system->name, verb,
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
    .http_path = "/api/v1/systems",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_list) },
  { .method = "GetSystem",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/systems/{system}",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_get) },
  { .method = "GetSchema",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/schema",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_schema) },
  { .method = "GetSystemSchema",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/systems/{system}/schema",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_system_schema) },
  { .method = "GetHistory",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/systems/{system}/history",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_history) },
  { .method = "GetTrends",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/trends",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_trends) },
  { .method = "GetLatest",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/latest",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_latest) },
  { .method = "AddSystem",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/systems",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_add) },
  { .method = "RemoveSystem",
    .power = REEVE_POWER_OPERATE,
    .flags = REEVE_OPERATION_JOB,
    .http_verb = "DELETE",
    .http_path = "/api/v1/systems/{system}",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_remove) },
  { .method = "RenameSystem",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/systems/{system}/name",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_rename) },
  { .method = "SetLabels",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/systems/{system}/labels",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_set_labels) },
  { .method = "SetNote",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/systems/{system}/note",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_set_note) },
  { .method = "RotateToken",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/systems/{system}/token",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_rotate_token) },
  { .method = "SetPaused",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/systems/{system}/paused",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_set_paused) },
  { .method = "ResetPeer",
    .power = REEVE_POWER_ADMINISTER,
    .http_verb = "DELETE",
    .http_path = "/api/v1/systems/{system}/peer",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_reset_peer) },
  { .method = "Ask",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/systems/{system}/ask",
    .object_argument = "system",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_ask) },
  { .method = "GetKey",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/key",
    .handler = REEVE_OPERATION_HANDLER (reeve_fleet_operations_key) },
  { .method = NULL },
};

static void
reeve_fleet_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_fleet1_interface;
  iface->rows = reeve_fleet_rows;
}
