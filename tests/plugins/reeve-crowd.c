/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A collector for the tests of the page: a machine of 500 cores, 64 interfaces, 300 containers with
 * names that nobody would wish for, values that are none, and answers to what a page may ask of
 * containers and services. */

#include <math.h>
#include <reeve/monitor.h>

#define CROWD_CORES 500
#define CROWD_NICS 64
#define CROWD_CONTAINERS 300
#define CROWD_SERVICES 40
#define CROWD_MAX_ANSWER (1 << 20)

#define REEVE_TYPE_CROWD_PLUGIN (reeve_crowd_plugin_get_type ())
G_DECLARE_FINAL_TYPE (ReeveCrowdPlugin, reeve_crowd_plugin, REEVE, CROWD_PLUGIN, ReevePlugin)

struct _ReeveCrowdPlugin
{
  ReevePlugin parent;
};

static void reeve_crowd_plugin_collector_init (ReeveCollectorInterface *iface);
static void reeve_crowd_plugin_responder_init (ReeveResponderInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveCrowdPlugin, reeve_crowd_plugin, REEVE_TYPE_PLUGIN,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_COLLECTOR,
                                                reeve_crowd_plugin_collector_init)
                             G_IMPLEMENT_INTERFACE (REEVE_TYPE_RESPONDER,
                                                    reeve_crowd_plugin_responder_init))

/* ---- samples ---- */

static const ReeveKind *const *
reeve_crowd_plugin_get_kinds (ReeveCollector *collector)
{
  static const ReeveKind *const kinds[] = { NULL };

  return kinds;
}

/* Between 0 and 1, another one for each @i, and it moves. */
static double
reeve_crowd_wave (guint i, gint64 now)
{
  return 0.5 + 0.5 * sin (i * 1.7 + now / 1e6 / (20 + i % 13));
}

static void
reeve_crowd_add_cores (ReeveSample *sample, gint64 now)
{
  for (guint i = 0; i < CROWD_CORES; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      reeve_sample_add (sample, REEVE_KIND_CORE, name);
      reeve_sample_set_counter (sample, REEVE_CORE_TIME, (guint64) now);
      reeve_sample_set_counter (sample, REEVE_CORE_USAGE,
                                (guint64) (now * (0.2 + 0.6 * (i % 97) / 97.0)));
    }
}

static void
reeve_crowd_add_nics (ReeveSample *sample, gint64 now)
{
  for (guint i = 0; i < CROWD_NICS; i++)
    {
      g_autofree char *name = g_strdup_printf ("enp%us0f%u", i / 4, i % 4);

      reeve_sample_add (sample, REEVE_KIND_NIC, name);
      reeve_sample_set_counter (sample, REEVE_NIC_SENT, (guint64) now * (i + 1));
      reeve_sample_set_counter (sample, REEVE_NIC_RECEIVED, (guint64) now * (i + 3) / 2);
    }
}

static char *
reeve_crowd_name_container (guint i)
{
  static const char *const names[] = {
    "<img src=x onerror=alert(1)>",
    "=HYPERLINK(\"http://example.invalid\")",
    "{{7*7}}${7*7}",
    "\u05d0\u05d1\u05d2 abc \u202etxt.exe",
    "a\"b'c`d&e;f",
    "",
  };

  if (i < G_N_ELEMENTS (names))
    return g_strdup (names[i]);
  if (i == G_N_ELEMENTS (names))
    return g_strnfill (1000, 'w');
  return g_strdup_printf ("job-%03u", i);
}

static void
reeve_crowd_add_containers (ReeveSample *sample, gint64 now)
{
  for (guint i = 0; i < CROWD_CONTAINERS; i++)
    {
      g_autofree char *id = g_strdup_printf ("%012x", 0xabc000 + i);
      g_autofree char *name = reeve_crowd_name_container (i);
      gboolean runs = i % 10 != 9;

      reeve_sample_add (sample, REEVE_KIND_CONTAINER, id);
      reeve_sample_set_text (sample, REEVE_CONTAINER_NAME, name);
      reeve_sample_set_text (sample, REEVE_CONTAINER_IMAGE, "registry.example/app:1.2");
      reeve_sample_set_text (sample, REEVE_CONTAINER_STATUS, runs ? "Up 3 hours" : "Exited (1)");
      reeve_sample_set_text (sample, REEVE_CONTAINER_PORTS,
                             i % 3 == 0 ? "0.0.0.0:8080->80/tcp" : "");
      reeve_sample_set_state (sample, REEVE_CONTAINER_STATE, runs ? 1 : 5);
      reeve_sample_set_state (sample, REEVE_CONTAINER_HEALTH, i == 7 ? 3 : i % 2 == 0 ? 2 : 0);
      if (!runs)
        continue;
      reeve_sample_set_counter (sample, REEVE_CONTAINER_CPU, (guint64) (now * (i % 50 / 20000.0)));
      reeve_sample_set_number (sample, REEVE_CONTAINER_MEMORY,
                               (1 << 20) * (10 + i + 5 * reeve_crowd_wave (i, now)));
      reeve_sample_set_counter (sample, REEVE_CONTAINER_SENT, (guint64) now * (i % 7));
      reeve_sample_set_counter (sample, REEVE_CONTAINER_RECEIVED, (guint64) now * (i % 5));
    }
}

static void
reeve_crowd_add_services (ReeveSample *sample, gint64 now)
{
  for (guint i = 0; i < CROWD_SERVICES; i++)
    {
      g_autofree char *name = g_strdup_printf ("unit-%02u", i);

      reeve_sample_add (sample, REEVE_KIND_SERVICE, name);
      reeve_sample_set_state (sample, REEVE_SERVICE_STATE, i % 13 == 5 ? 2 : 0);
      reeve_sample_set_state (sample, REEVE_SERVICE_SUB_STATE, i % 13 == 5 ? 3 : 1);
      reeve_sample_set_counter (sample, REEVE_SERVICE_CPU, (guint64) (now * (i / 20000.0)));
      reeve_sample_set_number (sample, REEVE_SERVICE_MEMORY, (1 << 20) * (5.0 + i));
      reeve_sample_set_number (sample, REEVE_SERVICE_TASKS, i);
      reeve_sample_set_number (sample, REEVE_SERVICE_RESTARTS, i % 3);
    }
}

/* What cannot be drawn: it counts as missing, and one sensor goes on beside it. */
static void
reeve_crowd_add_sensors (ReeveSample *sample, gint64 now)
{
  const double values[] = { NAN, INFINITY, -INFINITY, 40 + 10 * reeve_crowd_wave (3, now) };
  static const char *const names[] = { "none", "endless", "minus", "fine" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      reeve_sample_add (sample, REEVE_KIND_SENSOR, names[i]);
      reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, values[i]);
    }
}

static void
reeve_crowd_plugin_collect_async (ReeveCollector *collector, ReeveSample *sample,
                                  ReeveCollectFlags flags, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (collector, cancellable, callback, user_data);
  ReeveContext *context = reeve_plugin_get_context (REEVE_PLUGIN (collector));
  gint64 now = reeve_clock_get_wall (reeve_context_get_clock (context));

  reeve_sample_set_time (sample, now);
  reeve_crowd_add_cores (sample, now);
  reeve_crowd_add_nics (sample, now);
  reeve_crowd_add_containers (sample, now);
  reeve_crowd_add_services (sample, now);
  reeve_crowd_add_sensors (sample, now);
  g_task_return_boolean (task, TRUE);
}

static gboolean
reeve_crowd_plugin_collect_finish (ReeveCollector *collector, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_crowd_plugin_collector_init (ReeveCollectorInterface *iface)
{
  iface->get_kinds = reeve_crowd_plugin_get_kinds;
  iface->collect_async = reeve_crowd_plugin_collect_async;
  iface->collect_finish = reeve_crowd_plugin_collect_finish;
}

/* ---- questions ---- */

static const ReeveResponderArgument reeve_crowd_id[] = { { "id", "s", TRUE },
                                                         { NULL, NULL, FALSE } };
static const ReeveResponderArgument reeve_crowd_name[] = { { "name", "s", TRUE },
                                                           { NULL, NULL, FALSE } };

static const ReeveResponderRow reeve_crowd_rows[] = {
  { "container.logs", REEVE_POWER_OPERATE, REEVE_SECURITY_PLAIN, REEVE_RESPONDER_TIMEOUT_MS,
    CROWD_MAX_ANSWER, "s", reeve_crowd_id, "The last lines that a container wrote" },
  { "container.info", REEVE_POWER_OPERATE, REEVE_SECURITY_PLAIN, REEVE_RESPONDER_TIMEOUT_MS,
    CROWD_MAX_ANSWER, "s", reeve_crowd_id, "How a container was made" },
  { "service.info", REEVE_POWER_OPERATE, REEVE_SECURITY_PLAIN, REEVE_RESPONDER_TIMEOUT_MS,
    CROWD_MAX_ANSWER, "a{sv}", reeve_crowd_name, "What systemd says of a service" },
  { .verb = NULL },
};

static const ReeveResponderRow *
reeve_crowd_plugin_get_rows (ReeveResponder *responder)
{
  return reeve_crowd_rows;
}

static GVariant *
reeve_crowd_answer (const char *verb, const char *id)
{
  GVariantDict dict;
  GString *text;

  if (g_str_equal (verb, "service.info"))
    {
      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "Description", "s", "A service <b>of</b> the crowd");
      g_variant_dict_insert (&dict, "MainPID", "u", 4711);
      return g_variant_dict_end (&dict);
    }
  if (g_str_equal (verb, "container.info"))
    return g_variant_new_take_string (
        g_strdup_printf ("{\"Id\":\"%s\",\"Path\":\"/bin/app\"}", id));
  text = g_string_new (NULL);
  for (guint i = 0; i < 200; i++)
    g_string_append_printf (text, "2026-01-01T10:%02u:%02u.000000000Z line %u of %s <script>\n",
                            i / 60, i % 60, i, id);
  return g_variant_new_take_string (g_string_free (text, FALSE));
}

static void
reeve_crowd_plugin_respond_async (ReeveResponder *responder, const char *verb, GVariant *arguments,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (responder, cancellable, callback, user_data);
  const char *id = "";

  if (!g_variant_lookup (arguments, "id", "&s", &id))
    g_variant_lookup (arguments, "name", "&s", &id);
  g_task_return_pointer (task, g_variant_ref_sink (reeve_crowd_answer (verb, id)),
                         (GDestroyNotify) g_variant_unref);
}

static GVariant *
reeve_crowd_plugin_respond_finish (ReeveResponder *responder, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_crowd_plugin_responder_init (ReeveResponderInterface *iface)
{
  iface->get_rows = reeve_crowd_plugin_get_rows;
  iface->respond_async = reeve_crowd_plugin_respond_async;
  iface->respond_finish = reeve_crowd_plugin_respond_finish;
}

/* ---- life ---- */

static void
reeve_crowd_plugin_start_async (ReevePlugin *plugin, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveContext *context = reeve_plugin_get_context (plugin);
  GError *error = NULL;

  if (reeve_context_provide (context, REEVE_TYPE_COLLECTOR, "", plugin, &error))
    reeve_context_provide (context, REEVE_TYPE_RESPONDER, "", plugin, &error);
  reeve_plugin_return (plugin, callback, user_data, error);
}

static void
reeve_crowd_plugin_class_init (ReeveCrowdPluginClass *klass)
{
  ReevePluginClass *plugin_class = REEVE_PLUGIN_CLASS (klass);

  plugin_class->start_async = reeve_crowd_plugin_start_async;
  plugin_class->start_finish = reeve_plugin_return_finish;
}

static void
reeve_crowd_plugin_init (ReeveCrowdPlugin *self)
{
}

static const char *const reeve_crowd_roles[] = { "agent", NULL };
static const char *const reeve_crowd_provides[] = { "ReeveCollector", "ReeveResponder", NULL };

REEVE_PLUGIN_DEFINE (.id = "crowd", .version = "1", .summary = "A crowded machine, for tests",
                     .roles = reeve_crowd_roles, .provides = reeve_crowd_provides,
                     .get_type = reeve_crowd_plugin_get_type);
