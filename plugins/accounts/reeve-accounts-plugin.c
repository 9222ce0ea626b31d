/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* accounts: the owner's way in. Authenticator for its secrets and sessions, authorizer for web
 * identities. */

#include "config.h"

#include <reeve/reeve.h>

#include "reeve-accounts-door.h"

#define REEVE_TYPE_ACCOUNTS_PLUGIN (reeve_accounts_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveAccountsPlugin, reeve_accounts_plugin, REEVE, ACCOUNTS_PLUGIN,
                      ReevePlugin)

struct _ReeveAccountsPlugin
{
  ReevePlugin parent;

  ReeveAccountsDoor *door;
};

G_DEFINE_TYPE (ReeveAccountsPlugin, reeve_accounts_plugin, REEVE_TYPE_PLUGIN)

static gboolean
reeve_accounts_plugin_begin (ReeveAccountsPlugin *self, GError **error)
{
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (self));

  self->door = reeve_accounts_door_new (context, error);
  return self->door != NULL &&
         reeve_context_provide (context, REEVE_TYPE_AUTHENTICATOR, "owner", self->door, error) &&
         reeve_context_provide (context, REEVE_TYPE_AUTHORIZER, REEVE_SUBJECT_WEB, self->door,
                                error) &&
         reeve_context_provide (context, REEVE_TYPE_OPERATIONS, NULL, self->door, error);
}

static void
reeve_accounts_plugin_clear (ReeveAccountsPlugin *self)
{
  if (self->door != NULL)
    reeve_accounts_door_clear (self->door);
  g_clear_object (&self->door);
}

static void
reeve_accounts_plugin_start_async (ReevePlugin *plugin, G_GNUC_UNUSED GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  GError *error = NULL;

  if (!reeve_accounts_plugin_begin (REEVE_ACCOUNTS_PLUGIN (plugin), &error))
    reeve_accounts_plugin_clear (REEVE_ACCOUNTS_PLUGIN (plugin));
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_accounts_plugin_reload (ReevePlugin *plugin, ReeveSettings *settings)
{
  ReeveAccountsPlugin *self = REEVE_ACCOUNTS_PLUGIN (plugin);

  if (self->door != NULL)
    reeve_accounts_door_reload (self->door, settings);
}

static void
reeve_accounts_plugin_stop_async (ReevePlugin *plugin, G_GNUC_UNUSED GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  reeve_accounts_plugin_clear (REEVE_ACCOUNTS_PLUGIN (plugin));
  reeve_plugin_return (plugin, callback, user_data, NULL);
}

static void
reeve_accounts_plugin_dispose (GObject *object)
{
  reeve_accounts_plugin_clear (REEVE_ACCOUNTS_PLUGIN (object));
  G_OBJECT_CLASS (reeve_accounts_plugin_parent_class)->dispose (object);
}

static void
reeve_accounts_plugin_class_init (ReeveAccountsPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = reeve_accounts_plugin_dispose;
  plugin_class->start_async = reeve_accounts_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
  plugin_class->reload = reeve_accounts_plugin_reload;
  plugin_class->stop_async = reeve_accounts_plugin_stop_async;
  plugin_class->stop_finish = reeve_plugin_return_finish;
}

static void
reeve_accounts_plugin_init (G_GNUC_UNUSED ReeveAccountsPlugin *self)
{
}

static const ReeveSettingsRow reeve_accounts_settings[] = {
  { .key = "session-lifetime",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "12h",
    .minimum = 60 * 1000,
    .maximum = G_GINT64_CONSTANT (7 * 24 * 3600) * 1000,
    .text = "How long a sign-in to the page lasts. It also ends when the hub stops." },
  { .key = NULL },
};

static const char *const reeve_accounts_roles[] = { "hub", NULL };
static const char *const reeve_accounts_provides[] = { "ReeveAuthenticator", "ReeveAuthorizer",
                                                       "ReeveOperations", NULL };

REEVE_PLUGIN_DEFINE (
        .id = "accounts", .version = PACKAGE_VERSION,
        .summary = "Lets the owner sign in to the page, and says what web identities may do",
        .roles = reeve_accounts_roles, .provides = reeve_accounts_provides,
        .settings = reeve_accounts_settings, .get_type = reeve_accounts_plugin_get_type);
