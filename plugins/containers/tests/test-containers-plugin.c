/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "containers-fixture.h"

#define WEB "aaaaaaaaaaaa"
#define DB "bbbbbbbbbbbb"
#define OLD "cccccccccccc"

/* Warnings go here; who expects one looks. */
static char last_warning[512];

static GLogWriterOutput
keep_warning (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
              G_GNUC_UNUSED gpointer user_data)
{
  if ((level & G_LOG_LEVEL_WARNING) == 0)
    return g_log_writer_default (level, fields, n_fields, NULL);
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      g_strlcpy (last_warning, fields[i].value, sizeof last_warning);
  return G_LOG_WRITER_HANDLED;
}

static guint
count_rows (ReeveSample *sample, guint kind)
{
  guint n = 0, there;

  for (guint i = 0; i < reeve_sample_get_n_rows (sample); i++)
    {
      reeve_sample_get_row (sample, i, &there, NULL);
      n += there == kind ? 1 : 0;
    }
  return n;
}

static guint64
counter (ReeveSample *sample, const char *id, guint metric)
{
  int row = reeve_sample_find_row (sample, REEVE_KIND_CONTAINER, id);
  guint64 value = 0;

  g_assert_cmpint (row, >=, 0);
  g_assert_true (reeve_sample_get_counter (sample, (guint) row, metric, &value));
  return value;
}

static const char *
text (ReeveSample *sample, const char *id, guint metric)
{
  int row = reeve_sample_find_row (sample, REEVE_KIND_CONTAINER, id);

  g_assert_cmpint (row, >=, 0);
  return reeve_sample_get_text (sample, (guint) row, metric);
}

static double
number (ReeveSample *sample, const char *id, guint metric)
{
  return reeve_sample_get_value (sample, REEVE_KIND_CONTAINER, id, metric);
}

static gboolean
has (ReeveSample *sample, const char *id, guint metric)
{
  int row = reeve_sample_find_row (sample, REEVE_KIND_CONTAINER, id);

  return row >= 0 && reeve_sample_has (sample, (guint) row, metric);
}

static void
test_docker (void)
{
  g_autoptr (World) world = world_new ("docker", NULL, NULL);
  g_autoptr (ReeveSample) sample = world_collect (world, 0);
  g_autoptr (ReeveSample) second = NULL;
  g_autoptr (ReeveSample) third = NULL;

  g_assert_cmpuint (count_rows (sample, REEVE_KIND_CONTAINER), ==, 3);
  g_assert_cmpstr (text (sample, WEB, REEVE_CONTAINER_NAME), ==, "web");
  g_assert_cmpstr (text (sample, WEB, REEVE_CONTAINER_IMAGE), ==, "nginx:1.27");
  g_assert_cmpstr (text (sample, WEB, REEVE_CONTAINER_STATUS), ==, "Up an hour");
  g_assert_cmpstr (text (sample, WEB, REEVE_CONTAINER_PORTS), ==, "127.0.0.1:5432, 8080");
  g_assert_cmpfloat (number (sample, WEB, REEVE_CONTAINER_HEALTH), ==, 2);
  g_assert_cmpfloat (number (sample, DB, REEVE_CONTAINER_HEALTH), ==, 1);
  g_assert_cmpfloat (number (sample, WEB, REEVE_CONTAINER_STATE), ==, 1);
  g_assert_cmpfloat (number (sample, WEB, REEVE_CONTAINER_RESTARTS), ==, 3);
  g_assert_cmpfloat (number (sample, WEB, REEVE_CONTAINER_MEMORY), ==, 200 << 20);
  g_assert_cmpfloat (number (sample, WEB, REEVE_CONTAINER_MEMORY_LIMIT), ==, 512 << 20);
  /* 5 s of one of four processors */
  g_assert_cmpuint (counter (sample, WEB, REEVE_CONTAINER_CPU), ==, 1250000);
  g_assert_cmpuint (counter (sample, WEB, REEVE_CONTAINER_SENT), ==, 2002);
  g_assert_cmpuint (counter (sample, WEB, REEVE_CONTAINER_RECEIVED), ==, 1001);
  g_assert_cmpuint (counter (sample, WEB, REEVE_CONTAINER_READ), ==, 4097);
  g_assert_cmpuint (counter (sample, WEB, REEVE_CONTAINER_WRITE), ==, 512);
  g_assert_cmpfloat (number (sample, OLD, REEVE_CONTAINER_STATE), ==, 5);
  g_assert_false (has (sample, OLD, REEVE_CONTAINER_CPU));
  g_assert_cmpfloat (reeve_sample_get_value (sample, REEVE_KIND_HOST, NULL, REEVE_HOST_PODMAN), ==,
                     0);
  second = world_collect (world, 0);
  g_assert_cmpuint (counter (second, WEB, REEVE_CONTAINER_CPU), ==, 1500000);
  /* a second more of one of two: what was counted before stays */
  world_mode (world, "docker half");
  third = world_collect (world, 0);
  g_assert_cmpuint (counter (third, WEB, REEVE_CONTAINER_CPU), ==, 2000000);
}

static void
test_podman (void)
{
  g_autoptr (World) world = world_new ("podman", NULL, "ol*, nothing");
  g_autoptr (ReeveSample) sample = world_collect (world, 0);

  g_assert_cmpuint (count_rows (sample, REEVE_KIND_CONTAINER), ==, 2);
  g_assert_cmpstr (text (sample, WEB, REEVE_CONTAINER_NAME), ==, "web");
  g_assert_cmpfloat (number (sample, WEB, REEVE_CONTAINER_MEMORY), ==, 4 << 20);
  /* from the inspection: its list does not say */
  g_assert_cmpfloat (number (sample, WEB, REEVE_CONTAINER_HEALTH), ==, 3);
  g_assert_cmpfloat (reeve_sample_get_value (sample, REEVE_KIND_HOST, NULL, REEVE_HOST_PODMAN), ==,
                     1);
}

/* A container that is always busy on one of four processors, and read each time another while after
 * the sample's moment. */
static void
test_late (void)
{
  static const struct
  {
    gint64 late_ms; /* G_MAXINT64: it does not say */
    guint64 more;   /* in the counter */
  } rounds[] = {
    { 0, 0 },
    { 50, 250000 },
    { 900, 250000 },
    { 100, 250000 },
    /* what was read, as it is; the next once more */
    { G_MAXINT64, 375000 },
    { 500, 250000 },
    { 500, 125000 },
    { 0, 250000 },
  };
  g_autoptr (World) world = world_new ("docker", NULL, NULL);
  ReeveClock *clock = reeve_mock_host_get_clock (world->host);
  gint64 begun = reeve_clock_get_wall (clock);
  guint64 before = 0;

  for (guint i = 0; i < G_N_ELEMENTS (rounds); i++)
    {
      gboolean says = rounds[i].late_ms != G_MAXINT64;
      gint64 read = reeve_clock_get_wall (clock) + (says ? rounds[i].late_ms * 1000 : 500000);
      g_autoptr (GDateTime) second = g_date_time_new_from_unix_utc (read / G_USEC_PER_SEC);
      g_autofree char *time = g_date_time_format (second, "%FT%T");
      g_autofree char *words =
          g_strdup_printf ("docker used=%" G_GINT64_FORMAT " read=%s.%06d789Z",
                           (read - begun + G_USEC_PER_SEC) * 1000, says ? time : "nonsense",
                           (int) (read % G_USEC_PER_SEC));
      g_autoptr (ReeveSample) sample = NULL;

      world_mode (world, words);
      sample = world_collect (world, 0);
      g_test_message ("%u", i);
      if (i > 0)
        g_assert_cmpuint (counter (sample, WEB, REEVE_CONTAINER_CPU) - before, ==, rounds[i].more);
      before = counter (sample, WEB, REEVE_CONTAINER_CPU);
      reeve_mock_host_advance (world->host, 1000);
    }
}

/* A lying engine costs what it lies about. */
static void
test_lies (void)
{
  g_autoptr (World) world = world_new ("docker types", NULL, NULL);
  g_autoptr (ReeveSample) types = world_collect (world, 0);
  g_autoptr (ReeveSample) markup = NULL;
  g_autoptr (ReeveSample) empty = NULL;

  g_assert_cmpuint (count_rows (types, REEVE_KIND_CONTAINER), ==, 1);
  g_assert_cmpstr (text (types, WEB, REEVE_CONTAINER_NAME), ==, WEB);
  g_assert_cmpfloat (number (types, WEB, REEVE_CONTAINER_STATE), ==, 7);
  g_assert_false (has (types, WEB, REEVE_CONTAINER_CPU));
  world_mode (world, "docker markup");
  markup = world_collect (world, 0);
  g_assert_cmpuint (count_rows (markup, REEVE_KIND_CONTAINER), ==, 1);
  g_assert_true (reeve_text_is_clean (text (markup, WEB, REEVE_CONTAINER_NAME), -1, 255));
  g_assert_nonnull (strstr (text (markup, WEB, REEVE_CONTAINER_NAME), "web"));
  world_mode (world, "docker empty");
  empty = world_collect (world, 0);
  g_assert_cmpuint (count_rows (empty, REEVE_KIND_CONTAINER), ==, 0);
}

/* However many others were made since, and have ended. */
static void
test_crowd (void)
{
  g_autoptr (World) world = world_new ("docker crowd", NULL, NULL);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ReeveSample) sample = NULL;

      last_warning[0] = '\0';
      sample = world_collect (world, 0);
      g_assert_cmpuint (count_rows (sample, REEVE_KIND_CONTAINER), ==, 512);
      g_assert_true (has (sample, WEB, REEVE_CONTAINER_CPU));
      g_assert_true (has (sample, DB, REEVE_CONTAINER_CPU));
      g_assert_true (has (sample, "dd0000000000", REEVE_CONTAINER_NAME));
      /* said once */
      g_assert_true ((i == 0) == (strstr (last_warning, "512 containers or more") != NULL));
    }
}

static void
test_backwards (void)
{
  g_autoptr (World) world = world_new ("docker backwards", NULL, NULL);
  g_autoptr (ReeveSample) before = world_collect (world, 0);
  g_autoptr (ReeveSample) now = world_collect (world, 0);
  g_autoptr (ReeveSample) rates = reeve_sample_new (reeve_schema_get_standard ());

  reeve_sample_set_rates (rates, TRUE);
  reeve_rates_add (rates, now, before, G_USEC_PER_SEC, REEVE_RATES_VALUES);
  g_assert_true (isnan (number (rates, WEB, REEVE_CONTAINER_CPU)));
  g_assert_cmpfloat (number (rates, DB, REEVE_CONTAINER_CPU), ==, 0);
}

/* One container whose statistics hang costs itself; then it is left alone for a while. */
static void
test_hanging_stats (void)
{
  g_autoptr (World) world = world_new ("docker hang=" WEB "/stats", NULL, NULL);
  g_autoptr (ReeveSample) sample = world_collect (world, 2100);
  g_autoptr (ReeveSample) next = NULL;
  g_autoptr (ReeveSample) later = NULL;

  g_assert_cmpuint (count_rows (sample, REEVE_KIND_CONTAINER), ==, 3);
  g_assert_false (has (sample, WEB, REEVE_CONTAINER_CPU));
  g_assert_true (has (sample, DB, REEVE_CONTAINER_CPU));
  /* no deadline is waited for: it is not asked */
  next = world_collect (world, 0);
  g_assert_false (has (next, WEB, REEVE_CONTAINER_CPU));
  world_mode (world, "docker");
  reeve_mock_host_advance (world->host, 31000);
  later = world_collect (world, 0);
  g_assert_true (has (later, WEB, REEVE_CONTAINER_CPU));
}

/* Each of these fails one list; afterwards nobody waits, and the engine is found again. */
static void
test_bad_lists (void)
{
  static const struct
  {
    const char *words;
    const char *told;
    guint wait_ms;
  } cases[] = {
    { "docker hang=json", "*no answer to 'list'*", 2100 },
    { "docker huge", "*makes no sense*", 0 },
    { "docker endless", "*makes no sense*", 0 },
    { "docker garbage", "*502*", 0 },
    { "docker deep", "*makes no sense*", 0 },
    { "docker dead", "*502*", 0 },
  };
  g_autoptr (World) world = world_new ("docker", NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ReeveSample) bad = NULL;
      g_autoptr (ReeveSample) meanwhile = NULL;
      g_autoptr (ReeveSample) good = NULL;

      world_mode (world, cases[i].words);
      last_warning[0] = '\0';
      bad = world_collect (world, cases[i].wait_ms);
      g_assert_true (g_pattern_match_simple (cases[i].told, last_warning));
      g_assert_cmpuint (count_rows (bad, REEVE_KIND_CONTAINER), ==, 0);
      meanwhile = world_collect (world, 0);
      g_assert_cmpuint (count_rows (meanwhile, REEVE_KIND_CONTAINER), ==, 0);
      world_mode (world, "docker");
      reeve_mock_host_advance (world->host, 11000);
      good = world_collect (world, 0);
      g_assert_cmpuint (count_rows (good, REEVE_KIND_CONTAINER), ==, 3);
    }
}

static void
write_cgroup (const char *root, const char *scope, const char *file, const char *content)
{
  g_autofree char *folder = g_build_filename (root, scope, NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, content, -1, NULL));
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

/* No probe: the kernel's own figures, named by the id; none of it: nothing. */
static void
test_cgroups (void)
{
  static const char *const scope =
      "system.slice/docker-dddddddddddd0123456789abcdef0123456789abcdef0123456789abcdef0123.scope";
  g_autofree char *root = g_dir_make_tmp ("reeve-cgroup-XXXXXX", NULL);

  write_cgroup (root, "", "cgroup.controllers", "cpu io memory\n");
  write_cgroup (root, scope, "cpu.stat", "usage_usec 4000000\nuser_usec 1\n");
  write_cgroup (root, scope, "memory.current", "1000\n");
  write_cgroup (root, scope, "memory.max", "max\n");
  write_cgroup (root, scope, "memory.stat", "anon 1\ninactive_file 300\n");
  write_cgroup (root, scope, "io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=1\n");
  write_cgroup (root, "system.slice/docker.service", "cpu.stat", "usage_usec 1\n");
  write_cgroup (root, "elsewhere.slice/docker-x.scope", "cpu.stat", "usage_usec 1\n");
  {
    g_autoptr (World) world = world_new (NULL, root, NULL);
    g_autoptr (ReeveSample) sample = world_collect (world, 0);
    g_autoptr (ReeveSample) none = NULL;

    g_assert_cmpuint (count_rows (sample, REEVE_KIND_CONTAINER), ==, 1);
    g_assert_cmpuint (count_rows (sample, REEVE_KIND_HOST), ==, 0);
    g_assert_cmpstr (text (sample, "dddddddddddd", REEVE_CONTAINER_NAME), ==, "dddddddddddd");
    g_assert_cmpuint (counter (sample, "dddddddddddd", REEVE_CONTAINER_CPU), ==,
                      4000000 / MAX (sysconf (_SC_NPROCESSORS_ONLN), 1));
    g_assert_cmpfloat (number (sample, "dddddddddddd", REEVE_CONTAINER_MEMORY), ==, 700);
    g_assert_cmpuint (counter (sample, "dddddddddddd", REEVE_CONTAINER_WRITE), ==, 20);
    g_assert_false (has (sample, "dddddddddddd", REEVE_CONTAINER_MEMORY_LIMIT));
    remove_tree (root);
    none = world_collect (world, 0);
    g_assert_cmpuint (count_rows (none, REEVE_KIND_CONTAINER), ==, 0);
  }
}

/* The answer's text; NULL with its error. */
static char *
respond (World *world, const char *verb, const char *id, GError **error)
{
  g_autoptr (GVariant) arguments = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) answer = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "s", id);
  arguments = g_variant_ref_sink (g_variant_dict_end (&dict));
  reeve_responder_respond_async (world->responder, verb, arguments, NULL, reeve_mock_result_cb,
                                 &result);
  answer = reeve_responder_respond_finish (world->responder,
                                           reeve_mock_host_wait (world->host, &result), error);
  return answer != NULL ? g_variant_dup_string (answer, NULL) : NULL;
}

static void
test_responder (void)
{
  static const char *const logs = "2026-01-01T00:00:00Z ready\n2026-01-01T00:00:01Z tab\there\n";
  static const char *const modes[] = { "docker", "docker tty", "podman" };
  static const char *const bad[] = { "", "../json", "aaaaaaaaaaa", "aaaaaaaaaaaa/json",
                                     "aaaaaaaaaaaa\r\n" };
  g_autoptr (World) world = world_new ("docker", NULL, NULL);
  g_autofree char *info = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autofree char *answer = NULL;

      world_mode (world, modes[i]);
      answer = respond (world, REEVE_VERB_CONTAINER_LOGS, WEB, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (answer, ==, logs);
    }
  info = respond (world, REEVE_VERB_CONTAINER_INFO, WEB, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (info, "\"DB_PASSWORD=(hidden)\""));
  g_assert_null (strstr (info, "hunter2"));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (respond (world, REEVE_VERB_CONTAINER_LOGS, bad[i], &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
      g_clear_error (&error);
    }
  g_assert_null (respond (world, REEVE_VERB_CONTAINER_INFO, "eeeeeeeeeeee", &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  world_mode (world, "docker garbage");
  g_assert_null (respond (world, REEVE_VERB_CONTAINER_LOGS, WEB, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL);
  g_clear_error (&error);
  world_stop_child (&world->probe);
  g_assert_null (respond (world, REEVE_VERB_CONTAINER_LOGS, WEB, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
}

/* More than may be told of 200 lines: the newest are. */
static void
test_long_logs (void)
{
  static const char *const modes[] = { "docker chatty", "docker tty chatty", "podman chatty" };
  g_autoptr (World) world = world_new ("docker", NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autofree char *answer = NULL;
      g_autoptr (GError) error = NULL;

      world_mode (world, modes[i]);
      answer = respond (world, REEVE_VERB_CONTAINER_LOGS, WEB, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (strlen (answer), >, 960 * 1024);
      g_assert_true (g_str_has_prefix (answer, "2026-01-01T00:"));
      g_assert_null (strstr (answer, "Z 000 x"));
      g_assert_nonnull (strstr (answer, "Z 198 x"));
      g_assert_nonnull (strstr (answer, "Z 199 x"));
      g_assert_true (g_str_has_suffix (answer, "xxx\n"));
    }
}

static gboolean
refuse_cb (G_GNUC_UNUSED GSocketService *service, GSocketConnection *connection,
           G_GNUC_UNUSED GObject *source, gpointer user_data)
{
  guint *calls = user_data;

  *calls += 1;
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                             "503 none 0\n", 11, NULL, NULL, NULL);
  return TRUE;
}

/* However often hubs ask: each question would start a probe, which service managers bear a few
 * times. */
static void
test_away (void)
{
  g_autoptr (World) world = world_new (NULL, NULL, NULL);
  g_autoptr (GSocketService) service = g_socket_service_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (world->probe_path);
  guint calls = 0;

  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (service), address,
                                                G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                                                NULL, NULL, NULL));
  g_signal_connect (service, "incoming", G_CALLBACK (refuse_cb), &calls);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (respond (world,
                              i % 2 == 0 ? REEVE_VERB_CONTAINER_LOGS : REEVE_VERB_CONTAINER_INFO,
                              WEB, &error));
      g_assert_error (error, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE);
    }
  reeve_sample_unref (world_collect (world, 0));
  g_assert_cmpuint (calls, ==, 1);
  reeve_mock_host_advance (world->host, 31000);
  reeve_sample_unref (world_collect (world, 0));
  g_assert_cmpuint (calls, ==, 2);
}

/* A stop while everything is under way. */
static void
test_stop (void)
{
  g_autoptr (World) world = world_new ("docker hang=/", NULL, NULL);
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());
  g_autoptr (GAsyncResult) collected = NULL;
  g_autoptr (GAsyncResult) responded = NULL;
  g_autoptr (GVariant) arguments =
      g_variant_ref_sink (g_variant_new_parsed ("{'id': <'" WEB "'>}"));
  g_autoptr (GError) error = NULL;

  reeve_collector_collect_async (world->collector, sample, REEVE_COLLECT_VALUES, NULL,
                                 reeve_mock_result_cb, &collected);
  reeve_responder_respond_async (world->responder, REEVE_VERB_CONTAINER_LOGS, arguments, NULL,
                                 reeve_mock_result_cb, &responded);
  reeve_mock_host_settle (world->host);
  /* the round's own deadline ends what was called back */
  reeve_mock_host_advance (world->host, 2600);
  reeve_mock_host_unload (world->host, world->plugin);
  reeve_collector_collect_finish (world->collector, reeve_mock_host_wait (world->host, &collected),
                                  NULL);
  g_assert_null (reeve_responder_respond_finish (world->responder,
                                                 reeve_mock_host_wait (world->host, &responded),
                                                 &error));
  g_assert_nonnull (error);
}

static void
test_bad_settings (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("agent", TRUE);
  g_autofree char *many = g_strnfill (200, ',');
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 200; i += 2)
    many[i] = 'a';
  g_assert_null (reeve_mock_host_try_load (host, &error, "containers", "exclude", many, NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_null (reeve_mock_host_try_load (host, &error, "containers", "cgroup", "maybe", NULL));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  g_log_set_writer_func (keep_warning, NULL, NULL);
  g_test_add_func ("/containers/plugin/docker", test_docker);
  g_test_add_func ("/containers/plugin/podman", test_podman);
  g_test_add_func ("/containers/plugin/late", test_late);
  g_test_add_func ("/containers/plugin/lies", test_lies);
  g_test_add_func ("/containers/plugin/crowd", test_crowd);
  g_test_add_func ("/containers/plugin/backwards", test_backwards);
  g_test_add_func ("/containers/plugin/hanging-stats", test_hanging_stats);
  g_test_add_func ("/containers/plugin/bad-lists", test_bad_lists);
  g_test_add_func ("/containers/plugin/cgroups", test_cgroups);
  g_test_add_func ("/containers/plugin/responder", test_responder);
  g_test_add_func ("/containers/plugin/long-logs", test_long_logs);
  g_test_add_func ("/containers/plugin/away", test_away);
  g_test_add_func ("/containers/plugin/stop", test_stop);
  g_test_add_func ("/containers/plugin/bad-settings", test_bad_settings);
  return g_test_run ();
}
