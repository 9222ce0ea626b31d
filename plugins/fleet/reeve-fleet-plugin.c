/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* fleet: the hub's brain. It knows the systems, decides about their links, asks them in turn and
 * hands what they say to the history. */

#include "config.h"

#include <reeve/monitor.h>

#include "reeve-fleet-operations.h"
#include "reeve-fleet-owner.h"
#include "reeve-fleet-poll.h"
#include "reeve-fleet-token-operations.h"

#define REEVE_TYPE_FLEET_PLUGIN (reeve_fleet_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveFleetPlugin, reeve_fleet_plugin, REEVE, FLEET_PLUGIN, ReevePlugin)

struct _ReeveFleetPlugin
{
  ReevePlugin parent;

  ReeveFleetHub *hub;
  ReeveFleetSchemas *schemas;
  ReeveFleetPoll *poll;
  ReeveFleetTokens *tokens;
  ReeveFleetEnrol *enrol;
  ReeveFleetRemovals *removals;
  ReeveFleetOwner *owner;
  ReeveFleetOperations *operations;
  ReeveFleetTokenOperations *token_operations;
};

G_DEFINE_TYPE (ReeveFleetPlugin, reeve_fleet_plugin, REEVE_TYPE_PLUGIN)

static ReeveFleetTimes
reeve_fleet_plugin_get_times (ReeveSettings *settings)
{
  return (ReeveFleetTimes){
    .interval_ms = reeve_settings_get_integer (settings, "poll-interval"),
    .down_ms = reeve_settings_get_integer (settings, "down-after"),
    .missed = reeve_settings_get_integer (settings, "missed-answers"),
    .grace_ms = reeve_settings_get_integer (settings, "start-grace"),
  };
}

static gboolean
reeve_fleet_plugin_begin (ReeveFleetPlugin *self, GError **error)
{
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (self));
  const ReeveFleetTimes times = reeve_fleet_plugin_get_times (reeve_context_get_settings (context));
  gboolean known = reeve_fleet_hub_get_n_systems (self->hub) > 0;
  g_autoptr (ReeveIdentity) identity =
      reeve_identity_load_or_create (reeve_context_get_state_dir (context), known, error);
  g_autofree char *key = NULL;

  if (identity == NULL ||
      (reeve_context_get_keeper (context) != NULL &&
       !reeve_identity_hand_over (identity, reeve_context_get_keeper (context), error)))
    return FALSE;
  key = reeve_public_key_to_line (reeve_identity_get_public_key (identity), NULL);
  self->poll = reeve_fleet_poll_new (self->hub, self->schemas, &times);
  self->removals = reeve_fleet_removals_new (self->hub);
  self->enrol = reeve_fleet_enrol_new (self->hub, self->tokens, self->poll);
  self->owner = reeve_fleet_owner_new (self->hub, self->poll, self->enrol, identity);
  self->operations = reeve_fleet_operations_new (self->hub, self->poll, self->removals, key);
  self->token_operations =
      reeve_fleet_token_operations_new (self->hub, self->tokens, self->enrol, key);
  reeve_fleet_poll_begin (self->poll);
  reeve_fleet_removals_resume (self->removals);
  reeve_log_message (context, "%u systems are known", reeve_fleet_hub_get_n_systems (self->hub));
  return reeve_context_provide (context, REEVE_TYPE_FLEET, NULL, self->hub, error) &&
         reeve_context_provide (context, REEVE_TYPE_LINK_OWNER, NULL, self->owner, error) &&
         reeve_context_provide (context, REEVE_TYPE_OPERATIONS, NULL, self->operations, error) &&
         reeve_context_provide (context, REEVE_TYPE_OPERATIONS, NULL, self->token_operations,
                                error);
}

static void
reeve_fleet_plugin_clear (ReeveFleetPlugin *self)
{
  if (self->operations != NULL)
    reeve_fleet_operations_clear (self->operations);
  if (self->token_operations != NULL)
    reeve_fleet_token_operations_clear (self->token_operations);
  if (self->owner != NULL)
    reeve_fleet_owner_clear (self->owner);
  g_clear_object (&self->operations);
  g_clear_object (&self->token_operations);
  g_clear_object (&self->owner);
  g_clear_pointer (&self->enrol, reeve_fleet_enrol_free);
  g_clear_pointer (&self->removals, reeve_fleet_removals_free);
  g_clear_pointer (&self->poll, reeve_fleet_poll_free);
  if (self->hub != NULL)
    reeve_fleet_hub_clear (self->hub);
  g_clear_pointer (&self->tokens, reeve_fleet_tokens_free);
  g_clear_pointer (&self->schemas, reeve_fleet_schemas_free);
  g_clear_object (&self->hub);
}

static void
reeve_fleet_plugin_loaded_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                              gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveFleetPlugin *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (reeve_fleet_tokens_load_finish (self->tokens, result, &error) &&
      reeve_context_is_closed (reeve_plugin_get_context (REEVE_PLUGIN (self))))
    g_set_error (&error, REEVE_ERROR, REEVE_ERROR_GONE, "stopped while starting");
  if (error == NULL && reeve_fleet_plugin_begin (self, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  /* while the context is open: it takes the timers with it */
  reeve_fleet_plugin_clear (self);
  g_task_return_error (task, error);
}

static void
reeve_fleet_plugin_schemas_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                               gpointer user_data)
{
  GTask *task = user_data;
  ReeveFleetPlugin *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (reeve_fleet_schemas_load_finish (self->schemas, result, &error))
    {
      self->tokens = reeve_fleet_tokens_new (self->hub);
      reeve_fleet_tokens_load_async (self->tokens, reeve_fleet_plugin_loaded_cb, task);
      return;
    }
  reeve_fleet_plugin_clear (self);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
reeve_fleet_plugin_systems_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  ReeveFleetPlugin *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (reeve_fleet_hub_load_finish (REEVE_FLEET_HUB (source), result, &error))
    {
      self->schemas = reeve_fleet_schemas_new (self->hub);
      reeve_fleet_schemas_load_async (self->schemas, reeve_fleet_plugin_schemas_cb, task);
      return;
    }
  reeve_fleet_plugin_clear (self);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
reeve_fleet_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveFleetPlugin *self = REEVE_FLEET_PLUGIN (plugin);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_fleet_plugin_start_async);
  self->hub = reeve_fleet_hub_new (reeve_plugin_get_context (plugin));
  reeve_fleet_hub_load_async (self->hub, reeve_fleet_plugin_systems_cb, task);
}

static gboolean
reeve_fleet_plugin_start_finish (G_GNUC_UNUSED ReevePlugin *plugin, GAsyncResult *result,
                                 GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_fleet_plugin_reload (ReevePlugin *plugin, ReeveSettings *settings)
{
  ReeveFleetPlugin *self = REEVE_FLEET_PLUGIN (plugin);
  const ReeveFleetTimes times = reeve_fleet_plugin_get_times (settings);

  if (self->poll != NULL)
    reeve_fleet_poll_set_times (self->poll, &times);
}

static void
reeve_fleet_plugin_settled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  reeve_fleet_hub_settle_finish (REEVE_FLEET_HUB (source), result, NULL);
  reeve_fleet_plugin_clear (g_task_get_source_object (task));
  g_task_return_boolean (task, TRUE);
}

static void
reeve_fleet_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveFleetPlugin *self = REEVE_FLEET_PLUGIN (plugin);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_fleet_plugin_stop_async);
  if (self->hub != NULL)
    reeve_fleet_hub_settle_async (self->hub, reeve_fleet_plugin_settled_cb, g_object_ref (task));
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
reeve_fleet_plugin_stop_finish (G_GNUC_UNUSED ReevePlugin *plugin, GAsyncResult *result,
                                GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_fleet_plugin_dispose (GObject *object)
{
  reeve_fleet_plugin_clear (REEVE_FLEET_PLUGIN (object));
  G_OBJECT_CLASS (reeve_fleet_plugin_parent_class)->dispose (object);
}

static void
reeve_fleet_plugin_class_init (ReeveFleetPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = reeve_fleet_plugin_dispose;
  plugin_class->start_async = reeve_fleet_plugin_start_async;
  plugin_class->start_finish = reeve_fleet_plugin_start_finish;
  plugin_class->reload = reeve_fleet_plugin_reload;
  plugin_class->stop_async = reeve_fleet_plugin_stop_async;
  plugin_class->stop_finish = reeve_fleet_plugin_stop_finish;
}

static void
reeve_fleet_plugin_init (G_GNUC_UNUSED ReeveFleetPlugin *self)
{
}

static const ReeveSettingsRow reeve_fleet_settings[] = {
  { .key = "poll-interval",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "60s",
    .minimum = 1000,
    .maximum = 60 * 1000,
    .text = "How often each system is asked for a sample that is kept. Agents leave after 70s of "
            "silence." },
  { .key = "down-after",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "30s",
    .minimum = 1000,
    .maximum = 24 * 3600 * 1000,
    .text = "How long a system may be without a link before it is called down; until then it is "
            "suspect." },
  { .key = "missed-answers",
    .type = REEVE_SETTING_INTEGER,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "3",
    .minimum = 1,
    .maximum = 20,
    .text = "How many answers in a row a system with a link may miss before it is called down and "
            "the link ended." },
  { .key = "start-grace",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "90s",
    .minimum = 1000,
    .maximum = 3600 * 1000,
    .text = "After a start of the hub no system is called down before this." },
  { .key = NULL },
};

static const char *const reeve_fleet_roles[] = { "hub", NULL };
static const char *const reeve_fleet_provides[] = { "ReeveFleet", "ReeveLinkOwner",
                                                    "ReeveOperations", NULL };
static const ReeveNeed reeve_fleet_needs[] = {
  { "ReeveRecords", TRUE },
  { "ReeveHistory", TRUE },
  { NULL, FALSE },
};

REEVE_PLUGIN_DEFINE (.id = "fleet", .version = PACKAGE_VERSION,
                     .summary = "Knows the systems, owns their links and asks them for samples",
                     .roles = reeve_fleet_roles, .needs = reeve_fleet_needs,
                     .provides = reeve_fleet_provides, .settings = reeve_fleet_settings,
                     .get_type = reeve_fleet_plugin_get_type);
