/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All of the hub's built modules in one process, and an authorizer that does as it is told. */

#include "config.h"

#include "operations-hub.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <string.h>

#include "core/host/reeve-host-operations.h"

/* ---- an authorizer that does as it is told ---- */

static void
test_authorizer_async (ReeveAuthorizer *authorizer, G_GNUC_UNUSED ReeveSubject *subject,
                       ReevePower power, G_GNUC_UNUSED const char *object,
                       G_GNUC_UNUSED GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  TestAuthorizer *self = TEST_AUTHORIZER (authorizer);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  if (self->answer == ANSWER_NEVER || self->answer == ANSWER_STOPPED)
    g_ptr_array_add (self->hanging, g_steal_pointer (&task));
  else if (self->answer == ANSWER_ERROR)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "the oracle is asleep");
  else
    g_task_return_boolean (task, self->answer == ANSWER_YES ||
                                     (self->answer == ANSWER_UP_TO && power <= self->most));
}

static gboolean
test_authorizer_finish (G_GNUC_UNUSED ReeveAuthorizer *authorizer, GAsyncResult *result,
                        GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_authorizer_iface_init (ReeveAuthorizerInterface *iface)
{
  iface->authorize_async = test_authorizer_async;
  iface->authorize_finish = test_authorizer_finish;
}

G_DEFINE_TYPE_WITH_CODE (TestAuthorizer, test_authorizer, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHORIZER, test_authorizer_iface_init))

/* Those that never answered end with the test. */
void
test_authorizer_release (TestAuthorizer *self)
{
  while (self->hanging->len > 0)
    {
      g_autoptr (GTask) task = g_ptr_array_steal_index (self->hanging, 0);

      g_task_return_boolean (task, TRUE);
    }
}

static void
test_authorizer_finalize (GObject *object)
{
  g_ptr_array_unref (TEST_AUTHORIZER (object)->hanging);
  G_OBJECT_CLASS (test_authorizer_parent_class)->finalize (object);
}

static void
test_authorizer_class_init (TestAuthorizerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_authorizer_finalize;
}

static void
test_authorizer_init (TestAuthorizer *self)
{
  self->hanging = g_ptr_array_new_with_free_func (g_object_unref);
}

/* ---- the hub ---- */

/* A page, as small as one can be. (transfer full): its directory */
static char *
hub_make_page (Hub *hub)
{
  static const char page[] = "<!doctype html>";
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, page, -1);
  g_autofree char *manifest =
      g_strdup_printf ("{\"version\": 1, \"index\": \"/index.html\", \"files\": [{\"path\": "
                       "\"/index.html\", \"type\": \"text/html\", \"sha256\": \"%s\"}]}",
                       sum);
  char *dir = g_build_filename (reeve_mock_host_get_state_dir (hub->host), "page", NULL);
  g_autofree char *index = g_build_filename (dir, "index.html", NULL);
  g_autofree char *list = g_build_filename (dir, "manifest.json", NULL);

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (index, page, -1, NULL));
  g_assert_true (g_file_set_contents (list, manifest, -1, NULL));
  return dir;
}

/* What a plugin cannot do without; every other one of the hub is loaded as it is. */
static const char *
hub_get_setting (Hub *hub, const char *id, char **ret_value)
{
  if (strcmp (id, "web-ui") == 0)
    {
      *ret_value = hub_make_page (hub);
      return "page-directory";
    }
  if (strcmp (id, "front") == 0)
    {
      *ret_value = g_strdup_printf ("unix:%s/front", reeve_mock_host_get_state_dir (hub->host));
      return "listen";
    }
  *ret_value = g_strdup ("/bin/true");
  return strcmp (id, "exec-sink") == 0 ? "command" : NULL;
}

/* The descriptor of a built module of the hub, or NULL. It stays. */
static const ReevePluginDescriptor *
hub_open (const char *file)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("REEVE_TEST_BUILDDIR"), "plugins", ".libs", file, NULL);
  const ReevePluginDescriptor *descriptor;
  void *module;

  if (!g_str_has_prefix (file, "reeve-") || !g_str_has_suffix (file, ".so"))
    return NULL;
  module = dlopen (path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  g_assert_nonnull (module);
  descriptor = dlsym (module, REEVE_PLUGIN_SYMBOL);
  g_assert_nonnull (descriptor);
  dlclose (module);
  return g_strv_contains (descriptor->roles, "hub") ? descriptor : NULL;
}

static gboolean
hub_can_start (Hub *hub, const ReevePluginDescriptor *descriptor)
{
  ReeveRuntime *runtime = reeve_mock_host_get_runtime (hub->host);

  for (const ReeveNeed *need = descriptor->needs; need != NULL && need->interface != NULL; need++)
    if (need->required && reeve_runtime_find_provider (runtime, need->interface) == NULL)
      return FALSE;
  return TRUE;
}

/* All that are built for the hub, so that a new one is walked through without being named here. */
static void
hub_load (Hub *hub, gboolean accounts)
{
  g_autofree char *folder =
      g_build_filename (g_getenv ("REEVE_TEST_BUILDDIR"), "plugins", ".libs", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) left = g_ptr_array_new ();
  const char *file;
  gboolean more = TRUE;

  while (dir != NULL && (file = g_dir_read_name (dir)) != NULL)
    {
      const ReevePluginDescriptor *descriptor = hub_open (file);

      if (descriptor != NULL && (accounts || strcmp (descriptor->id, "accounts") != 0))
        g_ptr_array_add (left, (gpointer) descriptor);
    }
  while (more)
    {
      more = FALSE;
      for (guint i = left->len; i-- > 0;)
        {
          const ReevePluginDescriptor *descriptor = g_ptr_array_index (left, i);
          g_autofree char *value = NULL;
          const char *key;

          if (!hub_can_start (hub, descriptor))
            continue;
          key = hub_get_setting (hub, descriptor->id, &value);
          reeve_mock_host_load (hub->host, descriptor->id, key, value, NULL);
          g_ptr_array_remove_index (left, i);
          more = TRUE;
        }
    }
  for (guint i = 0; i < left->len; i++)
    g_error ("%s has nobody that it needs",
             ((const ReevePluginDescriptor *) g_ptr_array_index (left, i))->id);
}

/* Without @accounts nobody provides the authorizer of web identities, so that the test can. */
Hub *
hub_new (gboolean accounts)
{
  Hub *hub = g_new0 (Hub, 1);
  ReeveContext *context;
  g_autoptr (GObject) own = NULL;
  g_autoptr (GError) error = NULL;

  hub->host = reeve_mock_host_new ("hub", TRUE);
  hub->authorizer = g_object_new (TEST_TYPE_AUTHORIZER, NULL);
  context = reeve_mock_host_get_context (hub->host);
  /* the host's: its table needs no host, and nothing here may reach a handler */
  own = g_object_new (REEVE_TYPE_HOST_OPERATIONS, NULL);
  reeve_context_provide (context, REEVE_TYPE_OPERATIONS, NULL, own, &error);
  g_assert_no_error (error);
  hub_load (hub, accounts);
  hub->operations = reeve_context_lookup_all (context, REEVE_TYPE_OPERATIONS);
  hub->routes = reeve_context_lookup_all (context, REEVE_TYPE_ROUTES);
  return hub;
}

void
hub_free (Hub *hub)
{
  g_ptr_array_unref (hub->operations);
  g_ptr_array_unref (hub->routes);
  reeve_mock_host_free (hub->host);
  g_object_unref (hub->authorizer);
  g_free (hub);
}
