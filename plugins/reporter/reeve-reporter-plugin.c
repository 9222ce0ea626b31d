/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plugin reporter: one object, and so one hub, for each of its groups in the configuration. */

#include "config.h"

#include <reeve/monitor.h>

#include "reeve-reporter-credentials.h"
#include "reeve-reporter-target.h"
#include "reeve-reporter-verbs.h"

#define REEVE_TYPE_REPORTER_PLUGIN (reeve_reporter_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveReporterPlugin, reeve_reporter_plugin, REEVE, REPORTER_PLUGIN,
                      ReevePlugin)

struct _ReeveReporterPlugin
{
  ReevePlugin parent;

  ReeveReporterTarget *target; /* NULL unless running */
};

G_DEFINE_TYPE (ReeveReporterPlugin, reeve_reporter_plugin, REEVE_TYPE_PLUGIN)

static const char *const reeve_reporter_plugin_keeps[] = { "memory", "disk", "no", NULL };

static const ReeveSettingsRow reeve_reporter_plugin_settings[] = {
  { .key = "url",
    .type = REEVE_SETTING_ADDRESS,
    .flags = REEVE_SETTING_REQUIRED | REEVE_SETTING_LIVE | REEVE_SETTING_FILE_ONLY,
    .text = "Where the hub is: https://hub.example, or http:// and ws:// on this machine." },
  { .key = "token-file",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_REQUIRED | REEVE_SETTING_LIVE | REEVE_SETTING_FILE_ONLY,
    .text = "The file that holds the token that the hub gave this system; nobody but the agent's "
            "user may read it. Read anew for each link." },
  { .key = "hub-key",
    .type = REEVE_SETTING_STRING,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_FILE_ONLY,
    .text = "The hub's public key, \"ssh-ed25519 AAAA...\"; several are separated by semicolons. "
            "Without this key or hub-key-file nothing is reported." },
  { .key = "hub-key-file",
    .type = REEVE_SETTING_PATH,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_FILE_ONLY,
    .text = "A file with the hub's public keys, one a line; used when hub-key is not set." },
  { .key = "keep",
    .type = REEVE_SETTING_ENUM,
    .default_text = "memory",
    .choices = reeve_reporter_plugin_keeps,
    .text = "Where samples wait while there is no link to the hub: \"memory\", \"disk\" (they "
            "outlive a restart of the agent) or \"no\". A hub that speaks the base protocol alone "
            "cannot be given any." },
  { .key = "keep-time",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE,
    .default_text = "1d",
    .minimum = 60 * 1000,
    .maximum = G_GINT64_CONSTANT (7) * 24 * 3600 * 1000,
    .text = "How long a sample waits at most; then it is given up." },
  { .key = "keep-size",
    .type = REEVE_SETTING_SIZE,
    .flags = REEVE_SETTING_LIVE,
    .default_text = "4M",
    .minimum = 64 * 1024,
    .maximum = 64 * 1024 * 1024,
    .text = "How many bytes of samples wait at most; the oldest are given up. A file may have "
            "twice as many." },
  { .key = "unlock",
    .type = REEVE_SETTING_STRINGS,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_FILE_ONLY,
    .text = "What this hub may ask beyond samples, as \"container.logs;service.info\", "
            "\"container.*\" or \"*\". Nothing unless it is set. Each also needs a link that is "
            "secure enough." },
  { 0 },
};

static gboolean
reeve_reporter_plugin_configure (ReevePlugin *plugin, ReeveSettings *settings, GError **error)
{
  ReeveReporterHub *hub = reeve_reporter_hub_new (settings, error);

  if (hub == NULL)
    return FALSE;
  reeve_reporter_hub_free (hub);
  return reeve_reporter_verbs_check (reeve_settings_get_strings (settings, "unlock"), error);
}

static void
reeve_reporter_plugin_declare_directory (ReeveDeclarations *declarations, const char *file,
                                         const char *purpose)
{
  g_autofree char *directory = file != NULL ? g_path_get_dirname (file) : NULL;

  if (directory != NULL)
    reeve_declarations_add_directory (declarations, directory, REEVE_ACCESS_READ, purpose);
}

static void
reeve_reporter_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  ReeveSettings *settings = reeve_context_get_settings (reeve_plugin_get_context (plugin));

  reeve_reporter_plugin_declare_directory (declarations,
                                           reeve_settings_get_string (settings, "token-file"),
                                           "the hub's token");
  reeve_reporter_plugin_declare_directory (declarations,
                                           reeve_settings_get_string (settings, "hub-key-file"),
                                           "the hub's keys");
}

static void
reeve_reporter_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveReporterPlugin *self = REEVE_REPORTER_PLUGIN (plugin);
  ReeveContext *context = reeve_plugin_get_context (plugin);
  g_autoptr (ReeveReporterHub) hub = NULL;
  g_autofree char *fingerprint = NULL;
  GError *error = NULL;

  hub = reeve_reporter_hub_new (reeve_context_get_settings (context), &error);
  if (hub != NULL)
    fingerprint =
        reeve_reporter_credentials_load_fingerprint (reeve_context_get_state_dir (context), &error);
  if (fingerprint != NULL)
    {
      self->target = reeve_reporter_target_new (context, g_steal_pointer (&hub), fingerprint);
      /* one owner for each hub: the instance is the key */
      if (reeve_context_provide (context, REEVE_TYPE_LINK_OWNER,
                                 reeve_context_get_instance (context), self->target, &error))
        reeve_reporter_target_start (self->target);
    }
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_reporter_plugin_reload (ReevePlugin *plugin, ReeveSettings *settings)
{
  ReeveReporterPlugin *self = REEVE_REPORTER_PLUGIN (plugin);
  g_autoptr (GError) error = NULL;
  ReeveReporterHub *hub = reeve_reporter_hub_new (settings, &error);

  if (hub == NULL) /* the key file has changed since check() */
    reeve_log_warning (reeve_plugin_get_context (plugin), "the old hub stays: %s", error->message);
  else if (self->target != NULL)
    reeve_reporter_target_set_hub (self->target, hub, settings);
  else
    reeve_reporter_hub_free (hub);
}

static void
reeve_reporter_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveReporterPlugin *self = REEVE_REPORTER_PLUGIN (plugin);

  if (self->target != NULL)
    reeve_reporter_target_stop (self->target);
  g_clear_object (&self->target);
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_reporter_plugin_finalize (GObject *object)
{
  ReeveReporterPlugin *self = REEVE_REPORTER_PLUGIN (object);

  if (self->target != NULL)
    reeve_reporter_target_stop (self->target);
  g_clear_object (&self->target);
  G_OBJECT_CLASS (reeve_reporter_plugin_parent_class)->finalize (object);
}

static void
reeve_reporter_plugin_class_init (ReeveReporterPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = reeve_reporter_plugin_finalize;
  plugin_class->configure = reeve_reporter_plugin_configure;
  plugin_class->declare = reeve_reporter_plugin_declare;
  plugin_class->start_async = reeve_reporter_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->check = reeve_reporter_plugin_configure;
  plugin_class->reload = reeve_reporter_plugin_reload;
  plugin_class->stop_async = reeve_reporter_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_reporter_plugin_init (ReeveReporterPlugin *self)
{
}

static const char *const reeve_reporter_plugin_roles[] = { "agent", NULL };
static const char *const reeve_reporter_plugin_provides[] = { "ReeveLinkOwner", NULL };
static const ReeveNeed reeve_reporter_plugin_needs[] = {
  { "ReeveTransport", TRUE },
  { "ReeveCollector", TRUE },
  { "ReeveResponder", FALSE },
  { NULL },
};

REEVE_PLUGIN_DEFINE (.id = "reporter", .version = PACKAGE_VERSION,
                     .summary = "Answers a hub with what the collectors measure",
                     .roles = reeve_reporter_plugin_roles, .needs = reeve_reporter_plugin_needs,
                     .provides = reeve_reporter_plugin_provides,
                     .settings = reeve_reporter_plugin_settings, .flags = REEVE_PLUGIN_INSTANCES,
                     .get_type = reeve_reporter_plugin_get_type);
