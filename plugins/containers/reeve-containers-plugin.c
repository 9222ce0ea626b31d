/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plugin containers: its settings, and what it provides while it runs. */

#include "config.h"

#include <reeve/monitor.h>

#include <string.h>

#include "reeve-containers-collector.h"
#include "reeve-containers-responder.h"

#define REEVE_TYPE_CONTAINERS_PLUGIN (reeve_containers_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveContainersPlugin, reeve_containers_plugin, REEVE, CONTAINERS_PLUGIN,
                      ReevePlugin)

struct _ReeveContainersPlugin
{
  ReevePlugin parent;

  ReeveContainersClient *client; /* these three: NULL unless running */
  ReeveContainersCollector *collector;
  ReeveContainersResponder *responder;
};

G_DEFINE_TYPE (ReeveContainersPlugin, reeve_containers_plugin, REEVE_TYPE_PLUGIN)

static const char *const reeve_containers_plugin_cgroup[] = { "auto", "never", NULL };

static const ReeveSettingsRow reeve_containers_plugin_settings[] = {
  { .key = "probe",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "/run/reeve/probe-containers",
    .text = "The Unix socket of reeve-probe-containers, which asks the container engine." },
  { .key = "cgroup",
    .type = REEVE_SETTING_ENUM,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "auto",
    .choices = reeve_containers_plugin_cgroup,
    .text = "Whether running containers are told from the kernel's control groups (version 2) when "
            "no engine can be asked: processor time, memory and disks, without names." },
  { .key = "cgroup-root",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_FILE_ONLY,
    .default_text = "/sys/fs/cgroup",
    .text = "Where the control groups are mounted." },
  { .key = "exclude",
    .type = REEVE_SETTING_STRING,
    .text = "Containers that are not told of: patterns of names, separated by commas; * stands for "
            "any characters." },
  { 0 },
};

static gboolean
reeve_containers_plugin_configure (ReevePlugin *plugin, ReeveSettings *settings, GError **error)
{
  g_auto (GStrv) exclude =
      reeve_containers_collector_split (reeve_settings_get_string (settings, "exclude"), error);

  return exclude != NULL;
}

static void
reeve_containers_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  ReeveSettings *settings = reeve_context_get_settings (reeve_plugin_get_context (plugin));
  const char *path = reeve_settings_get_string (settings, "probe");
  g_autofree char *address = g_strconcat ("unix:", path, NULL);

  reeve_declarations_add_endpoint (declarations, REEVE_ENDPOINT_DIAL, "probe", address,
                                   "asks the probe of the container engine", FALSE);
  reeve_declarations_add_socket (declarations, path, "the probe of the container engine");
  if (strcmp (reeve_settings_get_string (settings, "cgroup"), "never") != 0)
    reeve_declarations_add_directory (declarations,
                                      reeve_settings_get_string (settings, "cgroup-root"),
                                      REEVE_ACCESS_READ, "what running containers use");
}

static void
reeve_containers_plugin_stop (ReeveContainersPlugin *self)
{
  if (self->collector != NULL)
    reeve_containers_collector_stop (self->collector);
  if (self->responder != NULL)
    reeve_containers_responder_stop (self->responder);
  g_clear_pointer (&self->client, reeve_containers_client_free);
  g_clear_object (&self->collector);
  g_clear_object (&self->responder);
}

static void
reeve_containers_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveContainersPlugin *self = REEVE_CONTAINERS_PLUGIN (plugin);
  ReeveContext *context = reeve_plugin_get_context (plugin);
  ReeveSettings *settings = reeve_context_get_settings (context);
  gboolean cgroup = strcmp (reeve_settings_get_string (settings, "cgroup"), "never") != 0;
  GError *error = NULL;
  g_auto (GStrv) exclude =
      reeve_containers_collector_split (reeve_settings_get_string (settings, "exclude"), &error);

  if (exclude != NULL)
    {
      self->client =
          reeve_containers_client_new (context, reeve_settings_get_string (settings, "probe"));
      self->collector =
          reeve_containers_collector_new (context, self->client,
                                          cgroup
                                              ? reeve_settings_get_string (settings, "cgroup-root")
                                              : NULL,
                                          (const char *const *) exclude);
      self->responder = reeve_containers_responder_new (self->client);
      if (reeve_context_provide (context, REEVE_TYPE_COLLECTOR, "", self->collector, &error))
        reeve_context_provide (context, REEVE_TYPE_RESPONDER, "", self->responder, &error);
    }
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_containers_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  reeve_containers_plugin_stop (REEVE_CONTAINERS_PLUGIN (plugin));
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_containers_plugin_finalize (GObject *object)
{
  reeve_containers_plugin_stop (REEVE_CONTAINERS_PLUGIN (object));
  G_OBJECT_CLASS (reeve_containers_plugin_parent_class)->finalize (object);
}

static void
reeve_containers_plugin_class_init (ReeveContainersPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = reeve_containers_plugin_finalize;
  plugin_class->configure = reeve_containers_plugin_configure;
  plugin_class->declare = reeve_containers_plugin_declare;
  plugin_class->start_async = reeve_containers_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->stop_async = reeve_containers_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_containers_plugin_init (ReeveContainersPlugin *self)
{
}

static const char *const reeve_containers_plugin_roles[] = { "agent", NULL };
static const char *const reeve_containers_plugin_provides[] = { "ReeveCollector", "ReeveResponder",
                                                                NULL };

REEVE_PLUGIN_DEFINE (.id = "containers", .version = PACKAGE_VERSION,
                     .summary = "Containers of Docker, Podman and others",
                     .roles = reeve_containers_plugin_roles,
                     .provides = reeve_containers_plugin_provides,
                     .settings = reeve_containers_plugin_settings,
                     .get_type = reeve_containers_plugin_get_type);
