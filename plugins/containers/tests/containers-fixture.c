/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "containers-fixture.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void
world_mode (World *self, const char *words)
{
  g_autofree char *path = g_build_filename (self->folder, "mode", NULL);

  g_assert_true (g_file_set_contents (path, words, -1, NULL));
}

/* Until somebody listens there: the name is there a little earlier. */
static void
world_wait_for (const char *path)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketConnection) connection = NULL;

  for (guint i = 0; connection == NULL && i < 1000; i++)
    {
      connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
      if (connection == NULL)
        g_usleep (10000);
    }
  g_assert_nonnull (connection);
}

/* They end with this process, however it ends. */
static void
world_child_cb (G_GNUC_UNUSED gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static void
world_begin (World *self, const char *words)
{
  g_autofree char *script =
      g_test_build_filename (G_TEST_DIST, "plugins", "containers", "tests", "engine.py", NULL);
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "reeve-probe-containers", NULL);
  g_autofree char *engine = g_build_filename (self->folder, "engine", NULL);
  g_autofree char *user = g_strdup_printf ("%u", (guint) getuid ());
  const char *python = g_getenv ("PYTHON3") != NULL ? g_getenv ("PYTHON3") : "python3";
  char *engine_argv[] = { (char *) python, script, engine, self->folder, NULL };
  char *probe_argv[] = { program, (char *) "--listen", self->probe_path, (char *) "--user",
                         user,    (char *) "--engine", engine,           NULL };
  g_autoptr (GError) error = NULL;

  world_mode (self, words);
  g_spawn_async_with_pipes (NULL, engine_argv, NULL,
                            G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                                G_SPAWN_STDOUT_TO_DEV_NULL,
                            world_child_cb, NULL, &self->engine, &self->engine_input, NULL, NULL,
                            &error);
  g_assert_no_error (error);
  world_wait_for (engine);
  g_spawn_async (NULL, probe_argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL,
                 world_child_cb, NULL, &self->probe, &error);
  g_assert_no_error (error);
  world_wait_for (self->probe_path);
}

void
world_stop_child (GPid *pid)
{
  if (*pid == 0)
    return;
  kill (*pid, SIGTERM);
  while (waitpid (*pid, NULL, 0) < 0 && errno == EINTR)
    ;
  *pid = 0;
}

World *
world_new (const char *words, const char *cgroup_root, const char *exclude)
{
  World *self = g_new0 (World, 1);
  ReeveContext *context;

  self->folder = g_dir_make_tmp ("reeve-containers-XXXXXX", NULL);
  self->probe_path = g_build_filename (self->folder, "probe", NULL);
  self->engine_input = -1;
  if (words != NULL)
    world_begin (self, words);
  self->host = reeve_mock_host_new ("agent", TRUE);
  self->plugin =
      reeve_mock_host_load (self->host, "containers", "probe", self->probe_path, "exclude",
                            exclude != NULL ? exclude : "", "cgroup",
                            cgroup_root != NULL ? "auto" : "never",
                            cgroup_root != NULL ? "cgroup-root" : NULL, cgroup_root, NULL);
  context = reeve_mock_host_get_context (self->host);
  self->collector = reeve_context_lookup (context, REEVE_TYPE_COLLECTOR, "");
  self->responder = reeve_context_lookup (context, REEVE_TYPE_RESPONDER, "");
  return self;
}

void
world_free (World *self)
{
  static const char *const files[] = { "mode", "requests", "engine", "probe" };

  g_object_unref (self->collector);
  g_object_unref (self->responder);
  reeve_mock_host_free (self->host);
  world_stop_child (&self->probe);
  world_stop_child (&self->engine);
  if (self->engine_input >= 0)
    close (self->engine_input);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (self->folder, files[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->probe_path);
  g_free (self);
}
ReeveSample *
world_collect (World *self, guint wait_ms)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  reeve_collector_collect_async (self->collector, sample,
                                 REEVE_COLLECT_VALUES | REEVE_COLLECT_FACTS, NULL,
                                 reeve_mock_result_cb, &result);
  /* what will be answered is answered by then */
  for (guint i = 0; wait_ms > 0 && i < 30; i++)
    {
      g_usleep (10000);
      reeve_mock_host_settle (self->host);
    }
  if (wait_ms > 0)
    reeve_mock_host_advance (self->host, wait_ms);
  reeve_collector_collect_finish (self->collector, reeve_mock_host_wait (self->host, &result),
                                  &error);
  g_assert_no_error (error);
  return g_steal_pointer (&sample);
}
