/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The command of exec-sink: which events, what it reads, what becomes of its end. */

#include "config.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "../reeve-exec-sink.h"
#include "tests/lib/reeve-mock-host.h"

/* Shell, JSON and line ends in what an agent has named. */
#define NASTY "web1\"; $(touch /tmp/x) `id` \\ \xc3\xa4 </script>"

/* ---- the log: the last warning is kept, not fatal ---- */

static char *warning;

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
            G_GNUC_UNUSED gpointer user_data)
{
  if ((level & G_LOG_LEVEL_MASK) != G_LOG_LEVEL_WARNING)
    return g_log_writer_default (level, fields, n_fields, user_data);
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      {
        g_free (warning);
        warning = g_strdup (fields[i].value);
      }
  return G_LOG_WRITER_HANDLED;
}

static GVariant *
make_event (const char *severity, const char *category)
{
  g_autofree char *text =
      g_strdup_printf ("{'number': <uint64 1767225600000000>, 'time': "
                       "<1767225600.5>, 'severity': <'%s'>, 'category': <'%s'>, "
                       "'source': <'fleet'>}",
                       severity, category);
  g_autoptr (GVariant) plain = g_variant_ref_sink (g_variant_new_parsed (text));
  GVariantDict dict;

  g_variant_dict_init (&dict, plain);
  g_variant_dict_insert (&dict, "subject", "s", NASTY);
  g_variant_dict_insert (&dict, "text", "s", NASTY " is down");
  g_variant_dict_insert_value (&dict, "fields",
                               g_variant_new_parsed ("{'n': <1>, 'none': <nan>, 'list': <[1, 2]>, "
                                                     "'__proto__': <'x'>}"));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static ReeveEventSink *
load (ReeveMockHost *host, const char *command, const char *more, const char *value)
{
  reeve_mock_host_load (host, "exec-sink/pager", "command", command, more, value, NULL);
  return reeve_context_lookup (reeve_mock_host_get_context (host), REEVE_TYPE_EVENT_SINK, NULL);
}

static gboolean
deliver (ReeveMockHost *host, ReeveEventSink *sink, GVariant *event, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  reeve_event_sink_deliver_async (sink, event, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (host, &result);
  return reeve_event_sink_deliver_finish (sink, result, error);
}

static void
test_input (void)
{
  g_autoptr (GVariant) event = make_event ("warning", "state");
  g_autoptr (GBytes) input = reeve_exec_sink_make_input (event);
  gsize length;
  const char *text = g_bytes_get_data (input, &length);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonObject *object, *fields;

  g_assert_true (text[length - 1] == '\n');
  g_assert_true (memchr (text, '\n', length - 1) == NULL);
  json_parser_load_from_data (parser, text, (gssize) length, &error);
  g_assert_no_error (error);
  object = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpint (json_object_get_int_member (object, "number"), ==,
                   G_GINT64_CONSTANT (1767225600000000));
  g_assert_cmpfloat (json_object_get_double_member (object, "time"), ==, 1767225600.5);
  g_assert_cmpstr (json_object_get_string_member (object, "subject"), ==, NASTY);
  g_assert_cmpstr (json_object_get_string_member (object, "severity"), ==, "warning");
  fields = json_object_get_object_member (object, "fields");
  g_assert_cmpint (json_object_get_int_member (fields, "n"), ==, 1);
  g_assert_true (json_object_get_null_member (fields, "none"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (fields, "list")), ==, 2);
}

static void
test_wants (void)
{
  static const struct
  {
    const char *severity;
    const char *category;
    gboolean wants;
  } cases[] = {
    { "debug", "state", FALSE },   { "notice", "state", FALSE }, { "warning", "state", TRUE },
    { "critical", "store", TRUE }, { "error", "link", FALSE },
  };
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autoptr (ReeveEventSink) sink = NULL;

  reeve_mock_host_load (host, "exec-sink/pager", "command", "/bin/true", "min-severity", "warning",
                        "categories", "state;store", NULL);
  sink = reeve_context_lookup (reeve_mock_host_get_context (host), REEVE_TYPE_EVENT_SINK, NULL);
  g_assert_cmpstr (reeve_provider_get_name (sink), ==, "exec-sink/pager");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) event = make_event (cases[i].severity, cases[i].category);

      g_assert_cmpint (reeve_event_sink_wants (sink, event), ==, cases[i].wants);
    }
}

/* Without a setting nobody is woken by what merely goes on, and learns that all is well again. */
static void
test_wants_by_default (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autoptr (ReeveEventSink) sink = load (host, "/bin/true", NULL, NULL);
  g_autoptr (GVariant) info = make_event ("info", "link");
  g_autoptr (GVariant) notice = make_event ("notice", "state");

  g_assert_false (reeve_event_sink_wants (sink, info));
  g_assert_true (reeve_event_sink_wants (sink, notice));
}

/* The event is in standard input, and nowhere else. */
static void
test_delivers (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autofree char *file = g_strconcat (reeve_mock_host_get_state_dir (host), "-told", NULL);
  g_autofree char *command = g_strdup_printf (
      "/bin/sh;-c;cat >%s\\; tr '\\\\0' '\\\\n' </proc/self/environ >>%s\\; echo $# >>%s", file,
      file, file);
  g_autoptr (ReeveEventSink) sink = load (host, command, NULL, NULL);
  g_autoptr (GVariant) event = make_event ("warning", "state");
  g_autoptr (GBytes) input = reeve_exec_sink_make_input (event);
  g_autoptr (GError) error = NULL;
  g_autofree char *told = NULL;
  g_autofree char *line = g_strndup (g_bytes_get_data (input, NULL), g_bytes_get_size (input));

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  deliver (host, sink, event, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (file, &told, NULL, NULL));
  g_assert_true (g_str_has_prefix (told, line));
  g_assert_null (strstr (told + strlen (line), "web1"));
  g_assert_true (g_str_has_suffix (told, "\n0\n"));
  g_unlink (file);
}

static void
test_fails (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autoptr (ReeveEventSink) sink =
      load (host, "/bin/sh;-c;echo first\\; printf 'no\\\\033[1mroute' >&2\\; exit 7", NULL, NULL);
  g_autoptr (GVariant) event = make_event ("warning", "state");
  g_autoptr (GError) error = NULL;

  g_assert_false (deliver (host, sink, event, &error));
  g_assert_cmpstr (error->message, ==, "exec-sink/pager: the command ended with 7: no [1mroute");
}

static void
test_hangs (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autoptr (ReeveEventSink) sink = load (host, "/bin/sleep;1000", "timeout", "1s");
  g_autoptr (GVariant) event = make_event ("warning", "state");
  g_autoptr (GError) error = NULL;

  g_assert_false (deliver (host, sink, event, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_assert_cmpstr (error->message, ==,
                   "exec-sink/pager: /bin/sleep had not ended after 1000 ms and was killed");
}

static void
test_missing (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autoptr (GVariant) event = make_event ("warning", "state");
  g_autoptr (ReeveEventSink) sink = NULL;
  g_autoptr (GError) error = NULL;

  sink = load (host, "/no/such/program;x", NULL, NULL);
  g_assert_cmpstr (warning, ==,
                   "key command: /no/such/program is no program that can be run; events wait until "
                   "it is");
  g_assert_false (deliver (host, sink, event, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==,
                   "exec-sink/pager: key command of exec-sink/pager names what cannot be run: "
                   "cannot run /no/such/program: No such file or directory");
}

static void
test_refused (void)
{
  static const char *const bad[] = { "tell", "./tell;x", ";x" };
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (reeve_mock_host_try_load (host, &error, "exec-sink", "command", bad[i], NULL));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, "command: the first word is the absolute path"));
    }
}

/* Its stop ends a run that is under way. */
static void
test_stop (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  ReevePlugin *plugin =
      reeve_mock_host_load (host, "exec-sink/pager", "command", "/bin/sleep;1000", NULL);
  g_autoptr (ReeveEventSink) sink =
      reeve_context_lookup (reeve_mock_host_get_context (host), REEVE_TYPE_EVENT_SINK, NULL);
  g_autoptr (GVariant) event = make_event ("warning", "state");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  reeve_event_sink_deliver_async (sink, event, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_settle (host);
  reeve_mock_host_unload (host, plugin);
  reeve_mock_host_wait (host, &result);
  g_assert_false (reeve_event_sink_deliver_finish (sink, result, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (log_writer, NULL, NULL);
  g_test_add_func ("/exec-sink/input", test_input);
  g_test_add_func ("/exec-sink/wants", test_wants);
  g_test_add_func ("/exec-sink/wants-by-default", test_wants_by_default);
  g_test_add_func ("/exec-sink/delivers", test_delivers);
  g_test_add_func ("/exec-sink/fails", test_fails);
  g_test_add_func ("/exec-sink/hangs", test_hangs);
  g_test_add_func ("/exec-sink/missing", test_missing);
  g_test_add_func ("/exec-sink/refused", test_refused);
  g_test_add_func ("/exec-sink/stop", test_stop);
  status = g_test_run ();
  g_free (warning);
  return status;
}
