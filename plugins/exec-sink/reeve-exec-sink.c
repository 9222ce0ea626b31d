/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One event, one run of the command. What an event says came from anywhere in the fleet, so it goes
 * into standard input alone: an argument or a variable would be read by a shell sooner or later. */

#include "config.h"

#include "reeve-exec-sink.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

struct _ReeveExecSink
{
  GObject parent;

  ReeveContext *context;
  ReeveSettings *settings;
  ReeveSeverity least;
};

static void reeve_exec_sink_iface_init (ReeveEventSinkInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveExecSink, reeve_exec_sink, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_EVENT_SINK, reeve_exec_sink_iface_init))

static void
reeve_exec_sink_finalize (GObject *object)
{
  ReeveExecSink *self = REEVE_EXEC_SINK (object);

  reeve_context_unref (self->context);
  reeve_settings_unref (self->settings);
  G_OBJECT_CLASS (reeve_exec_sink_parent_class)->finalize (object);
}

static void
reeve_exec_sink_class_init (ReeveExecSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_exec_sink_finalize;
}

static void
reeve_exec_sink_init (G_GNUC_UNUSED ReeveExecSink *self)
{
}

void
reeve_exec_sink_set_settings (ReeveExecSink *self, ReeveSettings *settings)
{
  reeve_settings_ref (settings);
  g_clear_pointer (&self->settings, reeve_settings_unref);
  self->settings = settings;
  reeve_severity_from_string (reeve_settings_get_string (settings, "min-severity"), &self->least);
}

ReeveExecSink *
reeve_exec_sink_new (ReeveContext *context, ReeveSettings *settings)
{
  ReeveExecSink *self = g_object_new (REEVE_TYPE_EXEC_SINK, NULL);

  self->context = reeve_context_ref (context);
  reeve_exec_sink_set_settings (self, settings);
  return self;
}

/* ---- JSON ---- */

static void reeve_exec_sink_build (JsonBuilder *builder, GVariant *value);

static void
reeve_exec_sink_build_children (JsonBuilder *builder, GVariant *value)
{
  gboolean dict = g_variant_is_of_type (value, G_VARIANT_TYPE ("a{s*}"));

  if (dict)
    json_builder_begin_object (builder);
  else
    json_builder_begin_array (builder);
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      if (dict)
        {
          g_autoptr (GVariant) name = g_variant_get_child_value (child, 0);
          g_autoptr (GVariant) member = g_variant_get_child_value (child, 1);

          json_builder_set_member_name (builder, g_variant_get_string (name, NULL));
          reeve_exec_sink_build (builder, member);
        }
      else
        reeve_exec_sink_build (builder, child);
    }
  if (dict)
    json_builder_end_object (builder);
  else
    json_builder_end_array (builder);
}

/* GVariant has no value that is nested deeper than it allows itself. */
static void
reeve_exec_sink_build (JsonBuilder *builder, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);

      reeve_exec_sink_build (builder, inner);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE) &&
           !isfinite (g_variant_get_double (value)))
    json_builder_add_null_value (builder);
  else if (g_variant_is_container (value))
    reeve_exec_sink_build_children (builder, value);
  else
    json_builder_add_value (builder, json_gvariant_serialize (value));
}

GBytes *
reeve_exec_sink_make_input (GVariant *event)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;

  reeve_exec_sink_build (builder, event);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  line = g_strconcat (text, "\n", NULL);
  return g_bytes_new (line, strlen (line));
}

/* ---- ReeveEventSink ---- */

static gboolean
reeve_exec_sink_wants (ReeveEventSink *sink, GVariant *event)
{
  ReeveExecSink *self = REEVE_EXEC_SINK (sink);
  const char *const *categories = reeve_settings_get_strings (self->settings, "categories");
  ReeveSeverity severity;
  const char *text;

  if (!g_variant_lookup (event, "severity", "&s", &text) ||
      !reeve_severity_from_string (text, &severity) || severity < self->least)
    return FALSE;
  return categories[0] == NULL ||
         (g_variant_lookup (event, "category", "&s", &text) && g_strv_contains (categories, text));
}

/* Its last line, for an error. (transfer full), NULL when it said nothing. */
static char *
reeve_exec_sink_get_last_line (const ReeveProgramResult *result)
{
  g_autofree char *text = g_strchomp (g_strdup (result->output));
  const char *line = strrchr (text, '\n');
  g_autofree char *cut = NULL;

  line = line != NULL ? line + 1 : text;
  if (*line == '\0')
    return NULL;
  cut = g_utf8_substring (line, 0, MIN (g_utf8_strlen (line, -1), 200));
  for (char *p = cut; *p != '\0'; p++)
    if ((guchar) *p < 0x20 || *p == 0x7f)
      *p = ' ';
  return g_steal_pointer (&cut);
}

static void
reeve_exec_sink_ran_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveExecSink *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (ReeveProgramResult) ended = reeve_context_run_finish (self->context, result, &error);
  g_autofree char *said = ended != NULL ? reeve_exec_sink_get_last_line (ended) : NULL;

  if (ended == NULL)
    {
      if (g_error_matches (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND))
        g_prefix_error (&error, "key command of %s names what cannot be run: ",
                        reeve_context_get_name (self->context));
      g_task_return_error (task, error);
      return;
    }
  if (ended->code == 0)
    {
      if (said != NULL)
        reeve_log_info (self->context, "the command says: %s", said);
      g_task_return_boolean (task, TRUE);
    }
  else if (ended->signal != 0)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_FAILED,
                             "the command was ended by signal %d%s%s", ended->signal,
                             said != NULL ? ": " : "", said != NULL ? said : "");
  else
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_FAILED, "the command ended with %d%s%s",
                             ended->code, said != NULL ? ": " : "", said != NULL ? said : "");
}

static void
reeve_exec_sink_deliver_async (ReeveEventSink *sink, GVariant *event, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveExecSink *self = REEVE_EXEC_SINK (sink);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GBytes) input = reeve_exec_sink_make_input (event);
  const ReeveProgramOptions options = {
    .argv = reeve_settings_get_strings (self->settings, "command"),
    .input = input,
    .timeout_ms = (guint) reeve_settings_get_integer (self->settings, "timeout"),
    .max_output = REEVE_EXEC_SINK_MAX_OUTPUT,
  };

  g_task_set_source_tag (task, reeve_exec_sink_deliver_async);
  reeve_context_run_async (self->context, &options, cancellable, reeve_exec_sink_ran_cb, task);
}

static gboolean
reeve_exec_sink_deliver_finish (G_GNUC_UNUSED ReeveEventSink *sink, GAsyncResult *result,
                                GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_exec_sink_iface_init (ReeveEventSinkInterface *iface)
{
  iface->wants = reeve_exec_sink_wants;
  iface->deliver_async = reeve_exec_sink_deliver_async;
  iface->deliver_finish = reeve_exec_sink_deliver_finish;
}
