/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "host-metrics-fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  guint warnings;
  guint messages;
} Lines;

static Lines *
fixture_lines (void)
{
  /* lint: allow state: GLib's log writer is one for the whole program */
  static Lines lines;

  return &lines;
}

static GLogWriterOutput
fixture_log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                    gpointer user_data)
{
  switch (level & G_LOG_LEVEL_MASK)
    {
    case G_LOG_LEVEL_WARNING:
      fixture_lines ()->warnings++;
      return G_LOG_WRITER_HANDLED;
    case G_LOG_LEVEL_MESSAGE:
      fixture_lines ()->messages++;
      return G_LOG_WRITER_HANDLED;
    default:
      return g_log_writer_default (level, fields, n_fields, user_data);
    }
}

void
fixture_watch_log (void)
{
  g_log_set_writer_func (fixture_log_writer, NULL, NULL);
}

guint
fixture_get_warnings (void)
{
  return fixture_lines ()->warnings;
}

guint
fixture_get_messages (void)
{
  return fixture_lines ()->messages;
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->clock = reeve_clock_new_driven (FIXTURE_WALL);
  fixture->runtime = reeve_runtime_new ("agent", fixture->clock);
  reeve_engine_attach (reeve_runtime_get_engine (fixture->runtime), NULL);
  fixture->context = reeve_context_new (fixture->runtime, "host-metrics", NULL, NULL);
  fixture->sample = reeve_sample_new (reeve_schema_get_standard ());
  fixture->directory = g_dir_make_tmp ("reeve-XXXXXX", NULL);
  g_assert_nonnull (fixture->directory);
  *fixture_lines () = (Lines){ 0 };
}

static int
fixture_remove_cb (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  return g_remove (path);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) left = reeve_context_close (fixture->context);

  g_assert_null (left);
  reeve_sample_unref (fixture->sample);
  reeve_context_unref (fixture->context);
  reeve_runtime_free (fixture->runtime);
  g_assert_finalize_object (fixture->clock);
  nftw (fixture->directory, fixture_remove_cb, 8, FTW_DEPTH | FTW_PHYS);
  g_free (fixture->directory);
}

char *
fixture_tree (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "tests", "data", "proc", name, NULL);
}

void
fixture_write_bytes (Fixture *fixture, const char *path, const char *data, gsize length)
{
  g_autofree char *full = g_build_filename (fixture->directory, path, NULL);
  g_autofree char *directory = g_path_get_dirname (full);
  int fd;

  g_assert_no_errno (g_mkdir_with_parents (directory, 0700));
  fd = open (full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, length), ==, (gssize) length);
  close (fd);
}

void
fixture_write (Fixture *fixture, const char *path, const char *text)
{
  fixture_write_bytes (fixture, path, text, strlen (text));
}

void
fixture_remove (Fixture *fixture, const char *path)
{
  g_autofree char *full = g_build_filename (fixture->directory, path, NULL);

  nftw (full, fixture_remove_cb, 8, FTW_DEPTH | FTW_PHYS);
}

ReeveHostMetricsCollector *
fixture_collector (Fixture *fixture, const char *root, const char *sensors, const char *primary)
{
  ReeveHostMetricsNicFilter filter;
  ReeveHostMetricsSensors options;
  ReeveHostMetricsCollector *collector;

  g_assert_true (reeve_host_metrics_nic_filter_init (&filter, NULL, NULL));
  collector = reeve_host_metrics_collector_new (fixture->context, root, &filter);
  g_assert_true (
      reeve_host_metrics_sensors_init (&options, sensors != NULL, sensors, primary, NULL));
  reeve_host_metrics_collector_set_sensors (collector, &options);
  return collector;
}

static void
fixture_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

void
fixture_collect (Fixture *fixture, ReeveHostMetricsCollector *collector, ReeveCollectFlags flags)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  reeve_sample_reset (fixture->sample, reeve_schema_get_standard ());
  reeve_collector_collect_async (REEVE_COLLECTOR (collector), fixture->sample, flags, NULL,
                                 fixture_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (reeve_collector_collect_finish (REEVE_COLLECTOR (collector), result, &error));
  g_assert_no_error (error);
}

void
fixture_stop (ReeveHostMetricsCollector *collector)
{
  reeve_host_metrics_collector_stop (collector);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (collector);
}

guint
fixture_row (Fixture *fixture, guint kind, const char *instance)
{
  int row = reeve_sample_find_row (fixture->sample, kind, instance);

  if (row < 0)
    g_error ("no row of kind %u for %s", kind, instance != NULL ? instance : "(all)");
  return (guint) row;
}

guint64
fixture_counter (Fixture *fixture, guint kind, const char *instance, guint metric)
{
  guint64 value = 0;

  g_assert_true (reeve_sample_get_counter (fixture->sample, fixture_row (fixture, kind, instance),
                                           metric, &value));
  return value;
}

double
fixture_number (Fixture *fixture, guint kind, const char *instance, guint metric)
{
  return reeve_sample_get_number (fixture->sample, fixture_row (fixture, kind, instance), metric);
}

const char *
fixture_text (Fixture *fixture, guint kind, const char *instance, guint metric)
{
  return reeve_sample_get_text (fixture->sample, fixture_row (fixture, kind, instance), metric);
}

guint
fixture_count (Fixture *fixture, guint kind)
{
  guint n = 0;

  for (guint row = 0; row < reeve_sample_get_n_rows (fixture->sample); row++)
    {
      guint other;

      reeve_sample_get_row (fixture->sample, row, &other, NULL);
      n += other == kind ? 1 : 0;
    }
  return n;
}
