/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One source for all plugins that the host's tests load. Macros set what a descriptor can have
 * wrong; the key "behaviour" sets what an object does. */

#include "config.h"

#include <string.h>
#include <unistd.h>

#include <reeve/reeve.h>

#ifndef TEST_ABI_MINOR
#define TEST_ABI_MINOR REEVE_ABI_MINOR
#endif
#ifndef TEST_ABI_MAJOR
#define TEST_ABI_MAJOR REEVE_ABI_MAJOR
#endif
#ifndef TEST_SIZE
#define TEST_SIZE sizeof (ReevePluginDescriptor)
#endif
#ifndef TEST_ROLE
#define TEST_ROLE "test"
#endif
#ifndef TEST_NEEDS
#define TEST_NEEDS NULL
#endif
#ifndef TEST_PROVIDES
#define TEST_PROVIDES NULL
#endif
#ifndef TEST_FLAGS
#define TEST_FLAGS REEVE_PLUGIN_FLAGS_NONE
#endif
#ifndef TEST_CONDITION
#define TEST_CONDITION NULL
#endif
#ifndef TEST_GET_TYPE
#define TEST_GET_TYPE test_plugin_get_type
#endif
#ifndef TEST_PEER_FLAGS
#define TEST_PEER_FLAGS 0
#endif

typedef struct
{
  ReevePlugin parent_instance;
  ReeveListener *listener;
} TestPlugin;

typedef struct
{
  ReevePluginClass parent_class;
} TestPluginClass;

GType test_plugin_get_type (void);
GType test_plugin_get_no_type (void);
GType test_plugin_get_foreign_type (void);

static const char *const behaviours[] = { "good",      "refuse",    "fail-start", "hang-start",
                                          "hang-stop", "fail-stop", "thread",     "leave",
                                          "listen",    NULL };

G_GNUC_UNUSED static const ReeveSettingsRow rows[] = {
  { .key = "behaviour",
    .type = REEVE_SETTING_ENUM,
    .default_text = "good",
    .choices = behaviours,
    .text = "What to do." },
  { .key = "interval",
    .type = REEVE_SETTING_DURATION,
    .flags = REEVE_SETTING_LIVE | REEVE_SETTING_OVERLAY,
    .default_text = "30s",
    .minimum = 1000,
    .maximum = 3600000,
    .text = "A live key." },
  { .key = "label", .type = REEVE_SETTING_STRING, .text = "One that waits for a restart." },
  { .key = "peer",
    .type = REEVE_SETTING_ADDRESS,
    .flags = REEVE_SETTING_OVERLAY | TEST_PEER_FLAGS,
    .text = "Whom to ask." },
  { .key = "token",
    .type = REEVE_SETTING_STRING,
    .flags = REEVE_SETTING_SECRET | REEVE_SETTING_OVERLAY,
    .text = "A secret." },
  { NULL }
};

static gboolean
test_plugin_is (ReevePlugin *plugin, const char *behaviour)
{
  ReeveSettings *settings = reeve_context_get_settings (reeve_plugin_get_context (plugin));

  return strcmp (reeve_settings_get_string (settings, "behaviour"), behaviour) == 0;
}

static gpointer
test_plugin_thread (gpointer data)
{
  (void) data;
  pause ();
  return NULL;
}

static gboolean
test_plugin_configure (ReevePlugin *plugin, ReeveSettings *settings, GError **error)
{
  (void) settings;
  if (test_plugin_is (plugin, "thread"))
    g_thread_unref (g_thread_new ("early", test_plugin_thread, NULL));
  if (!test_plugin_is (plugin, "refuse"))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "behaviour: refuse is refused");
  return FALSE;
}

static void
test_plugin_declare (ReevePlugin *plugin, ReeveDeclarations *declarations)
{
  (void) plugin;
  reeve_declarations_add_endpoint (declarations, REEVE_ENDPOINT_LISTEN, "door", "127.0.0.1:0",
                                   "for the test", FALSE);
}

static void
test_plugin_timer_cb (ReeveTimer *timer, gpointer data)
{
  (void) timer;
  (void) data;
}

static void
test_plugin_accept_cb (ReeveListener *listener, ReeveStream *stream, gpointer data)
{
  (void) listener;
  reeve_log_message (reeve_plugin_get_context (data), "accepted a stream");
  reeve_stream_close (stream);
  reeve_stream_unref (stream);
}

static void
test_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveContext *context = reeve_plugin_get_context (plugin);
  ReeveSettings *settings = reeve_context_get_settings (context);
  GError *error = NULL;

  (void) cancellable;
  reeve_log_message (context, "starts with interval %" G_GINT64_FORMAT " ms, %s token, in %s",
                     reeve_settings_get_integer (settings, "interval"),
                     reeve_settings_is_set (settings, "token") ? "a" : "no",
                     reeve_context_get_state_dir (context));
  if (test_plugin_is (plugin, "hang-start"))
    return;
  if (test_plugin_is (plugin, "fail-start"))
    g_set_error (&error, REEVE_ERROR, REEVE_ERROR_FAILED, "it was told to fail");
  if (test_plugin_is (plugin, "leave"))
    reeve_context_add_timer (context, "forgotten", test_plugin_timer_cb, NULL);
  if (test_plugin_is (plugin, "listen"))
    ((TestPlugin *) plugin)->listener =
        reeve_context_listen (context, "door", "127.0.0.1:0", NULL, test_plugin_accept_cb, plugin,
                              &error);
  reeve_plugin_return (plugin, callback, user_data, error);
}

static gboolean
test_plugin_check (ReevePlugin *plugin, ReeveSettings *settings, GError **error)
{
  (void) plugin;
  if (reeve_settings_get_integer (settings, "interval") != 13000)
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "interval: 13 s brings bad luck");
  return FALSE;
}

static void
test_plugin_reload (ReevePlugin *plugin, ReeveSettings *settings)
{
  const char *label = reeve_settings_get_string (settings, "label");

  reeve_log_message (reeve_plugin_get_context (plugin),
                     "reloads with interval %" G_GINT64_FORMAT " ms, label %s",
                     reeve_settings_get_integer (settings, "interval"),
                     label != NULL ? label : "unset");
}

static void
test_plugin_stop_async (ReevePlugin *plugin, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  TestPlugin *self = (TestPlugin *) plugin;
  GError *error = NULL;

  (void) cancellable;
  reeve_log_message (reeve_plugin_get_context (plugin), "stops");
  g_clear_pointer (&self->listener, reeve_listener_close);
  if (test_plugin_is (plugin, "hang-stop"))
    return;
  if (test_plugin_is (plugin, "fail-stop"))
    g_set_error (&error, REEVE_ERROR, REEVE_ERROR_FAILED, "it was told not to");
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
test_plugin_class_init (gpointer g_class, gpointer data)
{
  ReevePluginClass *klass = g_class;

  (void) data;
  klass->configure = test_plugin_configure;
  klass->declare = test_plugin_declare;
  klass->start_async = test_plugin_start_async;
  klass->start_finish = reeve_plugin_return_finish;
  klass->check = test_plugin_check;
  klass->reload = test_plugin_reload;
  klass->stop_async = test_plugin_stop_async;
  klass->stop_finish = reeve_plugin_return_finish;
}

/* Its name carries the id, as every plugin's type does. */
GType
test_plugin_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    {
      g_autofree char *name = g_strconcat ("ReeveTest-", TEST_ID, NULL);

      g_once_init_leave (&type,
                         g_type_register_static_simple (REEVE_TYPE_PLUGIN, g_intern_string (name),
                                                        sizeof (TestPluginClass),
                                                        test_plugin_class_init, sizeof (TestPlugin),
                                                        NULL, 0));
    }
  return type;
}

GType
test_plugin_get_no_type (void)
{
  return G_TYPE_INVALID;
}

GType
test_plugin_get_foreign_type (void)
{
  return G_TYPE_OBJECT;
}

#ifndef TEST_NO_SYMBOL
static const char *const roles[] = { TEST_ROLE, NULL };

__attribute__ ((visibility ("default"))) extern const ReevePluginDescriptor reeve_plugin_descriptor;
const ReevePluginDescriptor reeve_plugin_descriptor = {
  .size = TEST_SIZE,
  .abi_major = TEST_ABI_MAJOR,
  .abi_minor = TEST_ABI_MINOR,
  .id = TEST_ID,
  .version = "1.0",
  .summary = "a plugin of the tests",
  .roles = roles,
  .needs = (const ReeveNeed[]){ { TEST_NEEDS, TRUE }, { NULL, FALSE } },
  .provides = (const char *const[]){ TEST_PROVIDES, NULL },
  .settings = rows,
  .flags = TEST_FLAGS,
  .get_type = TEST_GET_TYPE,
  .condition_path = TEST_CONDITION,
};
#endif
