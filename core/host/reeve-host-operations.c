/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What may be asked of the host itself. */

#include "config.h"

#include "reeve-host-operations.h"

#include <unistd.h>

#include "reeve-host-interface.h"
#include "reeve-host-process.h"

/* Events of one answer unless the caller says. */
#define REEVE_HOST_DEFAULT_RECENT 100

struct _ReeveHostOperations
{
  GObject parent;

  ReeveHost *host;
  gint64 started; /* wall clock, microseconds */
};

static void reeve_host_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveHostOperations, reeve_host_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_host_operations_iface_init))

static void
reeve_host_operations_class_init (G_GNUC_UNUSED ReeveHostOperationsClass *klass)
{
}

static void
reeve_host_operations_init (G_GNUC_UNUSED ReeveHostOperations *self)
{
}

ReeveHostOperations *
reeve_host_operations_new (ReeveHost *host)
{
  ReeveHostOperations *self = g_object_new (REEVE_TYPE_HOST_OPERATIONS, NULL);

  self->host = host;
  self->started = reeve_clock_get_wall (reeve_context_get_clock (reeve_host_get_context (host)));
  return self;
}

static void
reeve_host_insert_text (GVariantDict *dict, const char *key, const char *text)
{
  g_variant_dict_insert (dict, key, "s", text != NULL ? text : "");
}

/* ---- reading ---- */

static void
reeve_host_operations_status (ReeveHostOperations *self, G_GNUC_UNUSED GVariant *arguments,
                              GTask *task)
{
  g_autofree char *state = reeve_host_describe (self->host);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  reeve_host_insert_text (&dict, "role", reeve_host_get_role (self->host)->name);
  reeve_host_insert_text (&dict, "version", PACKAGE_VERSION);
  reeve_host_insert_text (&dict, "state", state);
  reeve_host_insert_text (&dict, "state_dir", reeve_host_get_state_dir (self->host));
  g_variant_dict_insert (&dict, "ready", "b", reeve_host_is_ready (self->host));
  g_variant_dict_insert (&dict, "pid", "u", (guint) getpid ());
  g_variant_dict_insert (&dict, "started", "d", self->started / 1e6);
  reeve_operations_return (task, g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

static void
reeve_host_operations_process (ReeveHostOperations *self, G_GNUC_UNUSED GVariant *arguments,
                               GTask *task)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  reeve_host_process_describe (&dict);
  reeve_host_insert_text (&dict, "sandbox", reeve_host_get_sandbox (self->host));
  reeve_operations_return (task, g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

static void
reeve_host_operations_recent (ReeveHostOperations *self, GVariant *arguments, GTask *task)
{
  g_autoptr (GPtrArray) events =
      reeve_context_read_events (reeve_host_get_context (self->host), 0, NULL);
  GVariantBuilder rows;
  guint limit;

  g_variant_get (arguments, "(u)", &limit);
  limit = limit > 0 ? limit : REEVE_HOST_DEFAULT_RECENT;
  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = events->len > limit ? events->len - limit : 0; i < events->len; i++)
    {
      g_autoptr (GVariant) event =
          g_variant_ref_sink (reeve_event_to_variant (g_ptr_array_index (events, i)));
      GVariantDict dict;

      g_variant_dict_init (&dict, event);
      g_variant_dict_remove (&dict, "number");
      g_variant_dict_remove (&dict, "fields");
      g_variant_builder_add_value (&rows, g_variant_dict_end (&dict));
    }
  reeve_operations_return (task, g_variant_new ("(aa{sv})", &rows));
}

static GVariant *
reeve_host_operations_describe (ReeveHostPlugin *plugin)
{
  ReeveHostPluginState state = reeve_host_plugin_get_state (plugin);
  const char *const *waiting = reeve_host_plugin_get_waiting (plugin);
  static const char *const none[] = { NULL };
  ReeveOwnerUsage usage;
  GVariantDict dict;

  reeve_host_plugin_get_usage (plugin, &usage);
  g_variant_dict_init (&dict, NULL);
  reeve_host_insert_text (&dict, "name", reeve_host_plugin_get_name (plugin));
  reeve_host_insert_text (&dict, "state", reeve_host_plugin_state_to_string (state));
  reeve_host_insert_text (&dict, "version", reeve_host_plugin_get_version (plugin));
  reeve_host_insert_text (&dict, "summary", reeve_host_plugin_get_summary (plugin));
  reeve_host_insert_text (&dict, "path", reeve_host_plugin_get_path (plugin));
  reeve_host_insert_text (&dict, "error", reeve_host_plugin_get_reason (plugin));
  g_variant_dict_insert (&dict, "required", "b", reeve_host_plugin_is_required (plugin));
  g_variant_dict_insert (&dict, "time", "d", usage.time_ns / 1e9);
  g_variant_dict_insert (&dict, "calls", "t", usage.calls);
  g_variant_dict_insert (&dict, "waiting", "^as", waiting != NULL ? waiting : none);
  return g_variant_dict_end (&dict);
}

static void
reeve_host_operations_plugins (ReeveHostOperations *self, G_GNUC_UNUSED GVariant *arguments,
                               GTask *task)
{
  GPtrArray *plugins = reeve_host_get_plugins (self->host);
  GVariantBuilder rows;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < plugins->len; i++)
    g_variant_builder_add_value (&rows,
                                 reeve_host_operations_describe (g_ptr_array_index (plugins, i)));
  reeve_operations_return (task, g_variant_new ("(aa{sv})", &rows));
}

/* NULL once the task was ended with NOT_FOUND. */
static ReeveHostPlugin *
reeve_host_operations_find (ReeveHostOperations *self, const char *name, GTask *task)
{
  ReeveHostPlugin *plugin = reeve_host_find_plugin (self->host, name);

  if (plugin == NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_NOT_FOUND, "there is no plugin '%s'",
                             name);
  return plugin;
}

static void
reeve_host_operations_declarations (ReeveHostOperations *self, GVariant *arguments, GTask *task)
{
  const char *name;
  ReeveHostPlugin *plugin;

  g_variant_get (arguments, "(&s)", &name);
  plugin = reeve_host_operations_find (self, name, task);
  if (plugin != NULL)
    reeve_operations_return (task, g_variant_new ("(@aa{sv})",
                                                  reeve_host_plugin_get_declarations (plugin)));
}

static void
reeve_host_operations_settings (ReeveHostOperations *self, GVariant *arguments, GTask *task)
{
  static const char *const origins[] = { "default", "file", "overlay" };
  const char *name;
  ReeveHostPlugin *plugin;
  const ReeveSettingsRow *rows;
  ReeveSettings *settings;
  GVariantBuilder list;

  g_variant_get (arguments, "(&s)", &name);
  plugin = reeve_host_operations_find (self, name, task);
  if (plugin == NULL)
    return;
  rows = reeve_host_plugin_get_rows (plugin);
  settings = reeve_host_plugin_get_settings (plugin);
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (; settings != NULL && rows != NULL && rows->key != NULL; rows++)
    {
      g_autofree char *value = reeve_host_plugin_show_value (plugin, rows->key);
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      reeve_host_insert_text (&dict, "key", rows->key);
      reeve_host_insert_text (&dict, "value", value);
      reeve_host_insert_text (&dict, "origin",
                              origins[reeve_settings_get_origin (settings, rows->key)]);
      reeve_host_insert_text (&dict, "text", rows->text);
      g_variant_builder_add_value (&list, g_variant_dict_end (&dict));
    }
  reeve_operations_return (task, g_variant_new ("(aa{sv})", &list));
}

/* ---- jobs ---- */

static void
reeve_host_operations_jobs (ReeveHostOperations *self, G_GNUC_UNUSED GVariant *arguments,
                            GTask *task)
{
  reeve_operations_return (task,
                           g_variant_new ("(@aa{sv})", reeve_context_list_jobs (
                                                           reeve_host_get_context (self->host))));
}

static void
reeve_host_operations_job (ReeveHostOperations *self, GVariant *arguments, GTask *task)
{
  const char *id;
  GError *error = NULL;
  GVariant *job;

  g_variant_get (arguments, "(&s)", &id);
  job = reeve_context_get_job (reeve_host_get_context (self->host), id, &error);
  if (job != NULL)
    reeve_operations_return (task, g_variant_new ("(@a{sv})", job));
  else
    g_task_return_error (task, error);
}

static void
reeve_host_operations_cancel_job (ReeveHostOperations *self, GVariant *arguments, GTask *task)
{
  const char *id;
  GError *error = NULL;

  g_variant_get (arguments, "(&s)", &id);
  if (reeve_context_cancel_job (reeve_host_get_context (self->host), id, &error))
    reeve_operations_return (task, g_variant_new ("()"));
  else
    g_task_return_error (task, error);
}

/* ---- changing ---- */

static void
reeve_host_operations_set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (reeve_host_set_finish (REEVE_HOST (source), result, &error))
    reeve_operations_return (task, g_variant_new ("()"));
  else
    g_task_return_error (task, error);
}

static void
reeve_host_operations_set (ReeveHostOperations *self, GVariant *arguments, GTask *task)
{
  const char *plugin, *key, *value;

  g_variant_get (arguments, "(&s&s&s)", &plugin, &key, &value);
  reeve_host_set_async (self->host, plugin, key, *value != '\0' ? value : NULL,
                        reeve_host_operations_set_cb, g_object_ref (task));
}

static void
reeve_host_operations_reload (ReeveHostOperations *self, G_GNUC_UNUSED GVariant *arguments,
                              GTask *task)
{
  GPtrArray *plugins = reeve_host_get_plugins (self->host);
  GVariantBuilder list;
  GError *error = NULL;

  if (!reeve_host_reload (self->host, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_builder_init (&list, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < plugins->len; i++)
    {
      ReeveHostPlugin *plugin = g_ptr_array_index (plugins, i);
      const char *const *waiting = reeve_host_plugin_get_waiting (plugin);

      for (guint j = 0; waiting != NULL && waiting[j] != NULL; j++)
        {
          g_autofree char *line =
              g_strdup_printf ("%s: %s", reeve_host_plugin_get_name (plugin), waiting[j]);

          g_variant_builder_add (&list, "s", line);
        }
    }
  reeve_operations_return (task, g_variant_new ("(as)", &list));
}

/* ---- ReeveOperations ---- */

static const ReeveOperationRow reeve_host_operation_rows[] = {
  { .method = "GetStatus",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/host",
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_status) },
  { .method = "ListPlugins",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/plugins",
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_plugins) },
  { .method = "GetProcess",
    .power = REEVE_POWER_ADMINISTER,
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_process) },
  { .method = "ListRecent",
    .power = REEVE_POWER_VIEW,
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_recent) },
  { .method = "ListDeclarations",
    .power = REEVE_POWER_VIEW,
    .object_argument = "plugin",
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_declarations) },
  { .method = "ListSettings",
    .power = REEVE_POWER_ADMINISTER,
    .object_argument = "plugin",
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_settings) },
  { .method = "SetSetting",
    .power = REEVE_POWER_ADMINISTER,
    .object_argument = "plugin",
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_set) },
  { .method = "Reload",
    .power = REEVE_POWER_ADMINISTER,
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_reload) },
  { .method = "ListJobs",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/jobs",
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_jobs) },
  { .method = "GetJob",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/jobs/{job}",
    .object_argument = "job",
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_job) },
  { .method = "CancelJob",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "DELETE",
    .http_path = "/api/v1/jobs/{job}",
    .object_argument = "job",
    .handler = REEVE_OPERATION_HANDLER (reeve_host_operations_cancel_job) },
  { .method = NULL },
};

static void
reeve_host_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_host1_interface;
  iface->rows = reeve_host_operation_rows;
}
