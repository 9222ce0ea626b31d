/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Gives systems of a hub that does not run a past: the store's own parts append, seal and roll up
 * on a driven clock, so that what lies in the file afterwards is what years of running leave there.
 * Ids of systems come on standard input, one in a line; the answer is one line of JSON.
 *
 * A sample comes each minute of the last week, in ten minutes of the last 90 days, and each hour
 * before: finer rows would not be left of it anyway. */

#include "config.h"

#include <reeve/monitor.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugins/sqlite-store/reeve-sqlite-store-history.h"
#include "../../plugins/sqlite-store/reeve-sqlite-store-seal.h"
#include "../../plugins/sqlite-store/tests/store-fixture.h"

#define HOUR (60 * STORE_MINUTE)
#define DAY (24 * HOUR)
/* Loose rows before the next sweep. */
#define MAX_LOOSE 200000
#define MAX_SYSTEMS 100000
#define BATCH 1000

static int days = 365;
static char *database;

static const GOptionEntry options[] = {
  { "database", 0, 0, G_OPTION_ARG_FILENAME, &database, "The hub's file", "PATH" },
  { "days", 0, 0, G_OPTION_ARG_INT, &days, "How long the past is; 0: an hour", "DAYS" },
  { NULL },
};

typedef struct
{
  StoreFixture store;
  GPtrArray *systems; /* of char * */
  ReeveHistoryEntry entries[BATCH];
  guint n_entries;
  guint64 rows;
  guint loose;
} Fill;

static void
flush (Fill *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (self->n_entries == 0)
    return;
  reeve_history_append_async (self->store.history, self->entries, self->n_entries, NULL,
                              reeve_mock_result_cb, &result);
  reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (self->store.core));
  reeve_history_append_finish (self->store.history,
                               reeve_mock_host_wait (self->store.host, &result), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < self->n_entries; i++)
    reeve_sample_unref (self->entries[i].sample);
  self->rows += self->n_entries;
  self->loose += self->n_entries;
  self->n_entries = 0;
}

/* Seals all that is over; the hour that is not stays loose. */
static void
sweep (Fill *self, gint64 now)
{
  ReeveClock *clock = reeve_mock_host_get_clock (self->store.host);
  gint64 behind = now - reeve_clock_get_wall (clock);
  gint64 over = now / STORE_MINUTE - REEVE_SQLITE_STORE_SEAL_AFTER - REEVE_SQLITE_STORE_MAX_ROWS;
  g_autofree char *sql = g_strdup_printf ("SELECT count (*) FROM (SELECT 1 FROM sample "
                                          "WHERE minute < %" G_GINT64_FORMAT " LIMIT 1)",
                                          over);

  flush (self);
  if (behind > 0)
    reeve_clock_advance (clock, behind);
  do
    {
      reeve_sqlite_store_history_sweep (REEVE_SQLITE_STORE_HISTORY (self->store.history));
      reeve_sqlite_store_writer_flush (reeve_sqlite_store_core_get_writer (self->store.core));
      reeve_mock_host_settle (self->store.host);
      g_usleep (5000);
    }
  while (store_count (&self->store, sql) > 0);
  self->loose = 0;
}

static void
fill (Fill *self, gint64 from, gint64 to, gint64 step)
{
  for (gint64 time = from; time < to; time += step)
    {
      for (guint i = 0; i < self->systems->len; i++)
        {
          self->entries[self->n_entries++] =
              (ReeveHistoryEntry){ g_ptr_array_index (self->systems, i),
                                   store_make_typical (time,
                                                       (guint) (time / STORE_MINUTE) + i * 37) };
          if (self->n_entries == BATCH)
            flush (self);
        }
      if (self->loose > MAX_LOOSE)
        sweep (self, time);
    }
  flush (self);
}

static void
read_systems (GPtrArray *systems)
{
  char line[64];

  while (fgets (line, sizeof line, stdin) != NULL)
    {
      g_assert_cmpuint (systems->len, <, MAX_SYSTEMS);
      g_ptr_array_add (systems, g_strdup (g_strchomp (line)));
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_real_time () / STORE_MINUTE * STORE_MINUTE;
  gint64 begun = g_get_monotonic_time ();
  Fill self = { .systems = g_ptr_array_new_with_free_func (g_free) };

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || database == NULL)
    {
      fprintf (stderr, "bench-fill: %s\n",
               error != NULL ? error->message : "--database is missing");
      return EXIT_FAILURE;
    }
  store_init (&argc, &argv);
  read_systems (self.systems);
  store_fixture_set_up (&self.store, database);
  if (days > 90)
    fill (&self, now - days * DAY, now - 90 * DAY, HOUR);
  if (days > 7)
    fill (&self, now - MIN (days, 90) * DAY, now - 7 * DAY, 10 * STORE_MINUTE);
  fill (&self, days > 0 ? now - MIN (days, 7) * DAY : now - HOUR, now, STORE_MINUTE);
  if (days > 0)
    sweep (&self, now);
  printf ("{\"systems\": %u, \"rows\": %" G_GUINT64_FORMAT ", \"seconds\": %.1f}\n",
          self.systems->len, self.rows, (double) (g_get_monotonic_time () - begun) / 1e6);
  store_fixture_tear_down (&self.store, database);
  g_ptr_array_unref (self.systems);
  g_free (database);
  return EXIT_SUCCESS;
}
