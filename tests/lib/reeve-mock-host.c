/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A host without a process of its own: what reeved does to one plugin, for tests. */

#include "config.h"

#include "reeve-mock-host.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  ReevePlugin *plugin;
  ReeveContext *context;
  ReeveDeclarations *declarations;
} ReeveMockPlugin;

struct _ReeveMockHost
{
  ReeveRuntime *runtime;
  ReeveClock *clock;
  ReeveContext *context;
  char *state_dir;
  GPtrArray *plugins; /* in the order of loading */
};

ReeveMockHost *
reeve_mock_host_new (const char *role, gboolean driven)
{
  ReeveMockHost *self = g_new0 (ReeveMockHost, 1);
  g_autoptr (GError) error = NULL;

  self->clock = driven ? reeve_clock_new_driven (G_GINT64_CONSTANT (1767225600000000))
                       : reeve_clock_new_system ();
  self->runtime = reeve_runtime_new (role, self->clock);
  self->state_dir = g_dir_make_tmp ("reeve-test-XXXXXX", &error);
  g_assert_no_error (error);
  reeve_runtime_set_state_dir (self->runtime, self->state_dir);
  reeve_engine_attach (reeve_runtime_get_engine (self->runtime), NULL);
  self->context = reeve_context_new (self->runtime, "host", NULL, NULL);
  self->plugins = g_ptr_array_new ();
  return self;
}

static void
reeve_mock_host_remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        reeve_mock_host_remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

void
reeve_mock_host_free (ReeveMockHost *self)
{
  while (self->plugins->len > 0)
    {
      ReeveMockPlugin *last = g_ptr_array_index (self->plugins, self->plugins->len - 1);

      reeve_mock_host_unload (self, last->plugin);
    }
  g_ptr_array_unref (self->plugins);
  g_strfreev (reeve_context_close (self->context));
  reeve_context_unref (self->context);
  reeve_mock_host_settle (self);
  reeve_runtime_free (self->runtime);
  g_object_unref (self->clock);
  reeve_mock_host_remove_tree (self->state_dir);
  g_free (self->state_dir);
  g_free (self);
}

ReeveRuntime *
reeve_mock_host_get_runtime (ReeveMockHost *self)
{
  return self->runtime;
}

ReeveClock *
reeve_mock_host_get_clock (ReeveMockHost *self)
{
  return self->clock;
}

const char *
reeve_mock_host_get_state_dir (ReeveMockHost *self)
{
  return self->state_dir;
}

ReeveContext *
reeve_mock_host_get_context (ReeveMockHost *self)
{
  return self->context;
}

/* ---- the loop ---- */

static gboolean
reeve_mock_host_expired_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

void
reeve_mock_host_run_until (G_GNUC_UNUSED ReeveMockHost *self, ReeveMockCondition condition,
                           gpointer user_data)
{
  gboolean expired = FALSE;
  guint id = g_timeout_add (REEVE_MOCK_TIMEOUT_MS, reeve_mock_host_expired_cb, &expired);

  while (!condition (user_data) && !expired)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (id);
  g_assert_false (expired && !condition (user_data));
}

void
reeve_mock_host_settle (G_GNUC_UNUSED ReeveMockHost *self)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
reeve_mock_host_advance (ReeveMockHost *self, guint ms)
{
  reeve_mock_host_settle (self);
  while (ms > 0)
    {
      guint step = MIN (ms, 100);

      reeve_clock_advance (self->clock, (gint64) step * 1000);
      reeve_mock_host_settle (self);
      ms -= step;
    }
}

void
reeve_mock_result_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **place = user_data;

  g_assert_null (*place);
  *place = g_object_ref (result);
}

static gboolean
reeve_mock_host_has_result (gpointer user_data)
{
  return *(GAsyncResult **) user_data != NULL;
}

GAsyncResult *
reeve_mock_host_wait (ReeveMockHost *self, GAsyncResult **place)
{
  reeve_mock_host_run_until (self, reeve_mock_host_has_result, place);
  return *place;
}

/* ---- plugins ---- */

/* The module stays: its types are registered for good. */
static const ReevePluginDescriptor *
reeve_mock_host_open (const char *name)
{
  g_autofree char *id = g_strndup (name, strcspn (name, "/"));
  g_autofree char *file = g_strdup_printf ("reeve-%s.so", id);
  g_autofree char *path =
      g_build_filename (g_getenv ("REEVE_TEST_BUILDDIR"), "plugins", ".libs", file, NULL);
  void *module = dlopen (path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  const ReevePluginDescriptor *descriptor;

  if (module == NULL)
    g_error ("%s", dlerror ());
  descriptor = dlsym (module, REEVE_PLUGIN_SYMBOL);
  g_assert_nonnull (descriptor);
  dlclose (module);
  return descriptor;
}

static ReeveSettings *
reeve_mock_host_make_settings (const ReevePluginDescriptor *descriptor, va_list args,
                               GError **error)
{
  static const ReeveSettingsRow none[] = { { .key = NULL } };
  const char *pairs[32] = { NULL };
  gsize n = 0;

  for (const char *text = va_arg (args, const char *); text != NULL;
       text = va_arg (args, const char *))
    {
      g_assert_cmpuint (n, <, 31);
      pairs[n++] = text;
    }
  /* passed on as one argument list: the values end at the first NULL */
  return reeve_settings_new_for_pairs (descriptor->settings != NULL ? descriptor->settings : none,
                                       error, pairs[0], pairs[1], pairs[2], pairs[3], pairs[4],
                                       pairs[5], pairs[6], pairs[7], pairs[8], pairs[9], pairs[10],
                                       pairs[11], pairs[12], pairs[13], pairs[14], pairs[15],
                                       pairs[16], pairs[17], pairs[18], pairs[19], pairs[20],
                                       pairs[21], pairs[22], pairs[23], NULL);
}

static void
reeve_mock_plugin_free (ReeveMockPlugin *self)
{
  g_auto (GStrv) left = reeve_context_close (self->context);

  for (guint i = 0; left != NULL && left[i] != NULL; i++)
    g_test_message ("left behind by %s: %s", reeve_context_get_name (self->context), left[i]);
  g_assert_true (left == NULL || left[0] == NULL);
  g_object_unref (self->plugin);
  reeve_context_unref (self->context);
  reeve_declarations_free (self->declarations);
  g_free (self);
}

static gboolean
reeve_mock_host_start (ReeveMockHost *self, ReeveMockPlugin *mock, ReeveSettings *settings,
                       GError **error)
{
  ReevePluginClass *klass = REEVE_PLUGIN_GET_CLASS (mock->plugin);
  g_autoptr (GAsyncResult) result = NULL;

  if (klass->configure != NULL && !klass->configure (mock->plugin, settings, error))
    return FALSE;
  if (klass->declare != NULL)
    klass->declare (mock->plugin, mock->declarations);
  if (klass->start_async == NULL)
    return TRUE;
  klass->start_async (mock->plugin, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (self, &result);
  return klass->start_finish (mock->plugin, result, error);
}

static ReevePlugin *
reeve_mock_host_load_valist (ReeveMockHost *self, GError **error, const char *name, va_list args)
{
  const ReevePluginDescriptor *descriptor = reeve_mock_host_open (name);
  g_autoptr (ReeveSettings) settings = reeve_mock_host_make_settings (descriptor, args, error);
  ReeveMockPlugin *mock;

  if (settings == NULL)
    return NULL;
  mock = g_new0 (ReeveMockPlugin, 1);
  mock->declarations = reeve_declarations_new ();
  mock->context = reeve_context_new (self->runtime, name, settings, mock->declarations);
  mock->plugin = reeve_plugin_new (descriptor->get_type (), mock->context);
  if (!reeve_mock_host_start (self, mock, settings, error))
    {
      reeve_mock_plugin_free (mock);
      return NULL;
    }
  g_ptr_array_add (self->plugins, mock);
  return mock->plugin;
}

ReevePlugin *
reeve_mock_host_load (ReeveMockHost *self, const char *name, ...)
{
  g_autoptr (GError) error = NULL;
  ReevePlugin *plugin;
  va_list args;

  va_start (args, name);
  plugin = reeve_mock_host_load_valist (self, &error, name, args);
  va_end (args);
  g_assert_no_error (error);
  g_assert_nonnull (plugin);
  return plugin;
}

ReevePlugin *
reeve_mock_host_try_load (ReeveMockHost *self, GError **error, const char *name, ...)
{
  ReevePlugin *plugin;
  va_list args;

  va_start (args, name);
  plugin = reeve_mock_host_load_valist (self, error, name, args);
  va_end (args);
  return plugin;
}

void
reeve_mock_host_unload (ReeveMockHost *self, ReevePlugin *plugin)
{
  ReevePluginClass *klass = REEVE_PLUGIN_GET_CLASS (plugin);
  ReeveMockPlugin *mock = NULL;
  g_autoptr (GAsyncResult) drained = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < self->plugins->len && mock == NULL; i++)
    if (((ReeveMockPlugin *) g_ptr_array_index (self->plugins, i))->plugin == plugin)
      mock = g_ptr_array_steal_index (self->plugins, i);
  g_assert_nonnull (mock);
  reeve_context_drain_async (mock->context, reeve_mock_result_cb, &drained);
  reeve_mock_host_wait (self, &drained);
  if (klass->stop_async != NULL)
    {
      g_autoptr (GAsyncResult) stopped = NULL;

      klass->stop_async (plugin, NULL, reeve_mock_result_cb, &stopped);
      reeve_mock_host_wait (self, &stopped);
      klass->stop_finish (plugin, stopped, &error);
      g_assert_no_error (error);
    }
  reeve_mock_plugin_free (mock);
}
