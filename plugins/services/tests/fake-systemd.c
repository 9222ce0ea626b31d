/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "fake-systemd.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define FAKE_PREFIX "/org/freedesktop/systemd1/unit/"
#define FAKE_MANAGER "/org/freedesktop/systemd1"

static void
fake_unit_free (gpointer data)
{
  FakeUnit *self = data;

  g_free (self->name);
  g_free (self->path);
  g_hash_table_unref (self->properties);
  g_free (self);
}

/* ---- answers ---- */

static GVariant *
fake_systemd_make_list (FakeSystemd *self)
{
  GVariantBuilder builder;

  if (self->list != NULL)
    return g_variant_ref (self->list);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ssssssouso)"));
  for (guint i = 0; i < self->units->len; i++)
    {
      FakeUnit *unit = g_ptr_array_index (self->units, i);

      g_variant_builder_add (&builder, "(ssssssouso)", unit->name, "", "loaded", unit->active,
                             unit->sub, "", unit->path, 0, "", "/");
    }
  return g_variant_ref_sink (g_variant_new ("(a(ssssssouso))", &builder));
}

static FakeUnit *
fake_systemd_find (FakeSystemd *self, const char *path)
{
  for (guint i = 0; i < self->units->len; i++)
    {
      FakeUnit *unit = g_ptr_array_index (self->units, i);

      if (g_strcmp0 (unit->path, path) == 0)
        return unit;
    }
  return NULL;
}

static GVariant *
fake_unit_get (FakeUnit *unit, const char *property)
{
  GVariant *value = g_hash_table_lookup (unit->properties, property);

  if (value != NULL)
    return value;
  if (g_str_equal (property, "Unit.ActiveEnterTimestamp"))
    return g_variant_new_uint64 (unit->entered);
  if (g_str_has_suffix (property, ".ControlGroup"))
    return g_variant_new_take_string (g_strdup_printf ("/system.slice/%s", unit->name));
  if (g_str_equal (property, "Service.NRestarts"))
    return g_variant_new_uint32 (unit->restarts);
  return NULL;
}

static GVariant *
fake_unit_get_all (FakeUnit *unit, const char *interface)
{
  g_autofree char *prefix = g_strconcat (interface, ".", NULL);
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer key, value;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "ActiveState", g_variant_new_string (unit->active));
  g_variant_builder_add (&builder, "{sv}", "Id", g_variant_new_string (unit->name));
  g_hash_table_iter_init (&iter, unit->properties);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_str_has_prefix (key, prefix))
      g_variant_builder_add (&builder, "{sv}", (char *) key + strlen (prefix), value);
  return g_variant_new ("(a{sv})", &builder);
}

static GVariant *
fake_systemd_answer_property (FakeSystemd *self, GDBusMessage *call)
{
  FakeUnit *unit = fake_systemd_find (self, g_dbus_message_get_path (call));
  GVariant *body = g_dbus_message_get_body (call);
  const char *interface, *property = NULL;
  GVariant *value = NULL;
  char *name;

  g_variant_get_child (body, 0, "&s", &interface);
  interface = strrchr (interface, '.') + 1;
  if (g_variant_n_children (body) == 1)
    {
      self->n_get_alls++;
      return unit != NULL ? fake_unit_get_all (unit, interface) : NULL;
    }
  g_variant_get_child (body, 1, "&s", &property);
  name = g_strconcat (interface, ".", property, NULL);
  g_ptr_array_add (self->asked, name);
  self->n_gets++;
  if (unit != NULL)
    value = fake_unit_get (unit, name);
  return value != NULL ? g_variant_new ("(v)", value) : NULL;
}

static void
fake_systemd_answer (FakeSystemd *self, GDBusMessage *call)
{
  g_autoptr (GDBusMessage) reply = NULL;
  g_autoptr (GVariant) body = NULL;
  const char *member = g_dbus_message_get_member (call);

  if (g_str_equal (member, "Subscribe"))
    {
      self->n_subscribed++;
      if (!self->remembers)
        body = g_variant_ref_sink (g_variant_new ("()"));
    }
  else if (g_str_equal (member, "ListUnitsByPatterns"))
    {
      self->n_lists++;
      body = fake_systemd_make_list (self);
    }
  else
    {
      body = fake_systemd_answer_property (self, call);
      if (body != NULL)
        g_variant_ref_sink (body);
    }
  if (body != NULL)
    {
      reply = g_dbus_message_new_method_reply (call);
      g_dbus_message_set_body (reply, body);
    }
  else
    {
      reply = g_dbus_message_new_method_error_literal (call,
                                                       "org.freedesktop.DBus.Error.UnknownProperty",
                                                       "Unknown property\nor \033[1mobject");
    }
  g_dbus_connection_send_message (self->connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL,
                                  NULL);
}

typedef struct
{
  FakeSystemd *self;
  GDBusMessage *call;
} FakeCall;

static gboolean
fake_systemd_call_cb (gpointer data)
{
  g_autofree FakeCall *call = data;
  FakeSystemd *self = call->self;
  g_autoptr (GDBusMessage) message = call->call;

  self->n_calls++;
  if (self->held)
    {
      g_queue_push_tail (&self->held_calls, g_steal_pointer (&message));
      self->most_pending = MAX (self->most_pending, g_queue_get_length (&self->held_calls));
    }
  else if (!self->silent && self->connection != NULL)
    {
      fake_systemd_answer (self, message);
    }
  return G_SOURCE_REMOVE;
}

/* On GDBus' thread. */
static GDBusMessage *
fake_systemd_filter_cb (GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                        gpointer user_data)
{
  const char *path = g_dbus_message_get_path (message);
  g_autoptr (GSource) source = NULL;
  FakeCall *call;

  if (!incoming || path == NULL || !g_str_has_prefix (path, FAKE_MANAGER) ||
      g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  call = g_new0 (FakeCall, 1);
  call->self = user_data;
  call->call = message;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, fake_systemd_call_cb, call, NULL);
  g_source_attach (source, NULL);
  return NULL;
}

void
fake_systemd_release_one (FakeSystemd *self)
{
  g_autoptr (GDBusMessage) message = g_queue_pop_head (&self->held_calls);

  g_assert_nonnull (message);
  fake_systemd_answer (self, message);
}

void
fake_systemd_release (FakeSystemd *self)
{
  self->held = FALSE;
  while (!g_queue_is_empty (&self->held_calls))
    fake_systemd_release_one (self);
}

/* ---- the bus ---- */

static const char fake_systemd_config[] =
    "<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>"
    "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>"
    "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>";

void
fake_systemd_take_name (FakeSystemd *self, gboolean take)
{
  GVariant *arguments = take ? g_variant_new ("(su)", "org.freedesktop.systemd1", 4)
                             : g_variant_new ("(s)", "org.freedesktop.systemd1");
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  reply = g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus",
                                       "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                       take ? "RequestName" : "ReleaseName", arguments, NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

/* The bus ends with the test, however that ends. */
static void
fake_systemd_child_cb (G_GNUC_UNUSED gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
fake_systemd_connect (FakeSystemd *self)
{
  g_autofree char *address = g_strconcat ("unix:path=", self->bus + strlen ("unix:"), NULL);
  g_autoptr (GError) error = NULL;

  self->connection =
      g_dbus_connection_new_for_address_sync (address,
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_dbus_connection_add_filter (self->connection, fake_systemd_filter_cb, self, NULL);
  fake_systemd_take_name (self, TRUE);
}

static void
fake_systemd_disconnect (FakeSystemd *self)
{
  if (self->connection != NULL)
    g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_clear_object (&self->connection);
  while (!g_queue_is_empty (&self->held_calls))
    g_object_unref (g_queue_pop_head (&self->held_calls));
}

void
fake_systemd_reexecute (FakeSystemd *self)
{
  fake_systemd_disconnect (self);
  fake_systemd_connect (self);
}

void
fake_systemd_start_bus (FakeSystemd *self)
{
  g_autofree char *config = g_build_filename (self->directory, "bus.conf", NULL);
  g_autofree char *argument = g_strconcat ("--config-file=", config, NULL);
  g_autofree char *text = g_strdup_printf (fake_systemd_config, self->bus + strlen ("unix:"));
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GError) error = NULL;
  GInputStream *output;
  char buffer[256];

  g_file_set_contents (config, text, -1, &error);
  g_assert_no_error (error);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                        G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_subprocess_launcher_set_child_setup (launcher, fake_systemd_child_cb, NULL, NULL);
  self->daemon = g_subprocess_launcher_spawn (launcher, &error, "dbus-daemon", argument, "--nofork",
                                              "--nopidfile", "--print-address=1", NULL);
  g_assert_no_error (error);
  output = g_subprocess_get_stdout_pipe (self->daemon);
  g_assert_cmpint (g_input_stream_read (output, buffer, sizeof buffer, NULL, &error), >, 0);
  fake_systemd_connect (self);
}

void
fake_systemd_stop_bus (FakeSystemd *self)
{
  fake_systemd_disconnect (self);
  g_subprocess_force_exit (self->daemon);
  g_subprocess_wait (self->daemon, NULL, NULL);
  g_clear_object (&self->daemon);
  g_unlink (self->bus + strlen ("unix:"));
}

/* ---- life ---- */

static void
fake_systemd_make_file (FakeSystemd *self, const char *path, const char *text)
{
  g_autofree char *name = g_build_filename (self->root, path, NULL);
  g_autofree char *directory = g_path_get_dirname (name);
  FILE *file;

  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  /* written over, not replaced: who has it open is to see it */
  file = g_fopen (name, "w");
  g_assert_nonnull (file);
  g_assert_cmpint (fputs (text, file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

FakeSystemd *
fake_systemd_new (gboolean groups)
{
  FakeSystemd *self = g_new0 (FakeSystemd, 1);
  g_autofree char *system = NULL;
  g_autoptr (GError) error = NULL;

  self->directory = g_dir_make_tmp ("reeve-services-XXXXXX", &error);
  g_assert_no_error (error);
  self->root = g_build_filename (self->directory, "root", NULL);
  self->bus = g_strdup_printf ("unix:%s/bus", self->directory);
  self->units = g_ptr_array_new_with_free_func (fake_unit_free);
  self->asked = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&self->held_calls);
  system = g_build_filename (self->root, "run/systemd/system", NULL);
  g_assert_cmpint (g_mkdir_with_parents (system, 0700), ==, 0);
  fake_systemd_make_file (self, "sys/fs/cgroup/cgroup.procs", "");
  if (groups)
    fake_systemd_make_file (self, "sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n");
  fake_systemd_start_bus (self);
  return self;
}

static void
fake_systemd_remove_tree (const char *path)
{
  GDir *directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_remove (child) != 0)
        fake_systemd_remove_tree (child);
    }
  if (directory != NULL)
    g_dir_close (directory);
  g_rmdir (path);
}

void
fake_systemd_free (FakeSystemd *self)
{
  if (self->daemon != NULL)
    fake_systemd_stop_bus (self);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  while (!g_queue_is_empty (&self->held_calls))
    g_object_unref (g_queue_pop_head (&self->held_calls));
  fake_systemd_remove_tree (self->directory);
  g_ptr_array_unref (self->units);
  g_ptr_array_unref (self->asked);
  g_clear_pointer (&self->list, g_variant_unref);
  g_free (self->directory);
  g_free (self->root);
  g_free (self->bus);
  g_free (self);
}

/* ---- units ---- */

FakeUnit *
fake_systemd_add (FakeSystemd *self, const char *name, const char *active, const char *sub)
{
  FakeUnit *unit = g_new0 (FakeUnit, 1);
  g_autoptr (GString) path = g_string_new (FAKE_PREFIX);

  for (const char *p = name; *p != '\0'; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (path, *p);
    else
      g_string_append_printf (path, "_%02x", (guchar) *p);
  unit->name = g_strdup (name);
  unit->path = g_string_free (g_steal_pointer (&path), FALSE);
  unit->active = active;
  unit->sub = sub;
  unit->properties =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  g_ptr_array_add (self->units, unit);
  return unit;
}

void
fake_systemd_remove (FakeSystemd *self, FakeUnit *unit)
{
  g_assert_true (g_ptr_array_remove (self->units, unit));
}

void
fake_unit_set (FakeUnit *unit, const char *property, GVariant *value)
{
  g_hash_table_insert (unit->properties, g_strdup (property), g_variant_ref_sink (value));
}

void
fake_systemd_write_group (FakeSystemd *self, FakeUnit *unit, guint64 usage_us, guint64 memory,
                          guint64 peak, guint64 tasks)
{
  static const char *const files[] = { "cpu.stat", "memory.current", "memory.peak",
                                       "pids.current" };
  const guint64 values[] = { usage_us, memory, peak, tasks };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path =
          g_strdup_printf ("sys/fs/cgroup/system.slice/%s/%s", unit->name, files[i]);
      g_autofree char *text =
          g_strdup_printf ("%s%" G_GUINT64_FORMAT "\n%s", i == 0 ? "usage_usec " : "", values[i],
                           i == 0 ? "user_usec 1\nsystem_usec 2\n" : "");

      fake_systemd_make_file (self, path, text);
    }
}

void
fake_systemd_remove_group (FakeSystemd *self, FakeUnit *unit)
{
  g_autofree char *path =
      g_build_filename (self->root, "sys/fs/cgroup/system.slice", unit->name, NULL);

  fake_systemd_remove_tree (path);
}

/* ---- signals ---- */

void
fake_systemd_tell (FakeSystemd *self, FakeUnit *unit)
{
  GVariantBuilder builder;
  g_autoptr (GError) error = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "Job", g_variant_new ("(uo)", 0, "/"));
  g_variant_builder_add (&builder, "{sv}", "ActiveState", g_variant_new_string (unit->active));
  g_variant_builder_add (&builder, "{sv}", "SubState", g_variant_new_string (unit->sub));
  g_variant_builder_add (&builder, "{sv}", "ActiveEnterTimestamp",
                         g_variant_new_uint64 (unit->entered));
  g_dbus_connection_emit_signal (
      self->connection, NULL, unit->path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
      g_variant_new ("(sa{sv}as)", "org.freedesktop.systemd1.Unit", &builder, NULL), &error);
  g_assert_no_error (error);
}

void
fake_systemd_tell_manager (FakeSystemd *self, const char *signal, GVariant *body)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (self->connection, NULL, FAKE_MANAGER,
                                 "org.freedesktop.systemd1.Manager", signal, body, &error);
  g_assert_no_error (error);
}
