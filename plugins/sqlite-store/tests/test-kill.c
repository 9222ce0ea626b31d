/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* SIGKILL while writing and sealing, again and again: the file stays whole, every row whose commit
 * was answered is there, loose or sealed, none is missing between them, and each hour that is
 * sealed has its roll-ups. The writer is this program, run as a child. */

#include "config.h"

#include "store-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../reeve-sqlite-store-block.h"
#include "../reeve-sqlite-store-seal.h"

#define ROUNDS 8
#define ROWS 7 /* of an append */

/* ---- the child: appends minute after minute and prints the newest committed one ---- */

typedef struct
{
  ReeveSqliteStoreCore *core;
  ReeveHistory *history;
  ReeveRecords *records;
  gint64 next;
  guint under_way;
} Writer;

typedef struct
{
  Writer *writer;
  gint64 last;
} Written;

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Written *written = user_data;

  if (!reeve_history_append_finish (REEVE_HISTORY (source), result, NULL))
    exit (1);
  written->writer->under_way--;
  printf ("%" G_GINT64_FORMAT "\n", written->last);
  fflush (stdout);
  g_free (written);
}

static gboolean
write_cb (gpointer user_data)
{
  Writer *writer = user_data;
  ReeveHistoryEntry entries[ROWS];
  Written *written = g_new0 (Written, 1);

  if (writer->under_way > 200)
    return G_SOURCE_CONTINUE;
  for (guint i = 0; i < ROWS; i++)
    entries[i] = (ReeveHistoryEntry){
      STORE_SYSTEM, store_make_typical (STORE_START + (writer->next + i) * STORE_MINUTE, i)
    };
  writer->next += ROWS;
  written->writer = writer;
  written->last = writer->next - 1;
  writer->under_way++;
  reeve_history_append_async (writer->history, entries, ROWS, NULL, written_cb, written);
  for (guint i = 0; i < ROWS; i++)
    reeve_sample_unref (entries[i].sample);
  return G_SOURCE_CONTINUE;
}

static gboolean
sweep_cb (gpointer user_data)
{
  reeve_sqlite_store_history_sweep (user_data);
  return G_SOURCE_CONTINUE;
}

static int
run_child (const char *path, gint64 first)
{
  const gint64 years = G_GINT64_CONSTANT (3650) * 24 * 3600 * 1000;
  const gint64 retention[] = { years, years, years, years };
  Writer writer = { .next = first };
  ReeveContext *context;

  writer.core = store_open_in_child (path, &context);
  if (writer.core == NULL)
    return 1;
  writer.history = REEVE_HISTORY (reeve_sqlite_store_history_new (writer.core, retention));
  g_timeout_add (5, sweep_cb, writer.history);
  g_timeout_add (1, write_cb, &writer);
  for (;;)
    g_main_context_iteration (NULL, TRUE);
  return 0;
}

/* ---- the test ---- */

typedef struct
{
  gint64 first, last; /* minutes of the rows, loose and sealed */
  gint64 rows;
  gint64 sealed;
  gint64 hours; /* rolled up */
} Kept;

static void
add_block (Kept *kept, sqlite3_stmt *statement)
{
  gint64 id = sqlite3_column_int64 (statement, 0);
  guint tier = (guint) (id >> 24) & 3;
  const ReeveSqliteStoreBlock block =
      reeve_sqlite_store_block_open (sqlite3_column_blob (statement, 1),
                                     (gsize) sqlite3_column_bytes (statement, 1),
                                     reeve_sqlite_store_tiers[tier].block_rows);
  gboolean rows[REEVE_SQLITE_STORE_MAX_ROWS];
  guint damaged;

  reeve_sqlite_store_block_list_rows (&block, rows, &damaged);
  g_assert_cmpuint (damaged, ==, 0);
  for (guint i = 0; i < reeve_sqlite_store_tiers[tier].block_rows; i++)
    {
      gint64 minute =
          reeve_sqlite_store_seal_get_begin (id) + i * reeve_sqlite_store_tiers[tier].row;

      kept->hours += tier == 2 && rows[i] ? 1 : 0;
      if (tier != 0 || !rows[i])
        continue;
      kept->rows++;
      kept->sealed++;
      kept->first = MIN (kept->first, minute);
      kept->last = MAX (kept->last, minute);
    }
}

/* All rows of the file, and that each minute that is sealed lies in an hour that is rolled up. */
static Kept
read_rows (const char *path)
{
  Kept kept = { .first = G_MAXINT64, .last = -1 };
  sqlite3_stmt *statement = NULL;
  sqlite3 *handle = NULL;

  g_assert_cmpint (sqlite3_open_v2 (path, &handle, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (handle, "SELECT minute FROM sample", -1, &statement, NULL),
                   ==, SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW)
    {
      kept.rows++;
      kept.first = MIN (kept.first, sqlite3_column_int64 (statement, 0));
      kept.last = MAX (kept.last, sqlite3_column_int64 (statement, 0));
    }
  sqlite3_finalize (statement);
  g_assert_cmpint (sqlite3_prepare_v2 (handle, "SELECT id, body FROM block", -1, &statement, NULL),
                   ==, SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW)
    add_block (&kept, statement);
  sqlite3_finalize (statement);
  g_assert_cmpint (sqlite3_close (handle), ==, SQLITE_OK);
  g_assert_cmpint (kept.hours, ==, (kept.sealed + 59) / 60);
  return kept;
}

static void
test_kill (void)
{
  g_autofree char *dir = g_dir_make_tmp ("reeve-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "x.db", NULL);
  gint64 next = 0, sealed = 0;

  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, next);
      const char *const argv[] = { "--child", path, number, NULL };
      gint64 committed = store_kill_child (argv, (guint) g_test_rand_int_range (1, 600), 100);
      gint64 base = STORE_START / STORE_MINUTE;
      Kept kept;

      store_assert_whole (path);
      kept = read_rows (path);
      sealed = kept.sealed;
      g_test_message ("%" G_GINT64_FORMAT " rows, %" G_GINT64_FORMAT
                      " of them sealed, said %" G_GINT64_FORMAT,
                      kept.rows, kept.sealed, committed);
      g_assert_cmpint (kept.first, ==, base);
      g_assert_cmpint (kept.rows, ==, kept.last - base + 1);
      g_assert_cmpint (kept.last - base, >=, committed);
      g_assert_cmpint (kept.rows, >, next);
      next = kept.last - base + 1;
    }
  g_assert_cmpint (sealed, >, 0);
  for (guint i = 0; i < 3; i++)
    {
      static const char *const ends[] = { "", "-wal", "-shm" };
      g_autofree char *file = g_strconcat (path, ends[i], NULL);

      unlink (file);
    }
  g_assert_cmpint (rmdir (dir), ==, 0);
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], "--child") == 0)
    return run_child (argv[2], g_ascii_strtoll (argv[3], NULL, 10));
  store_init (&argc, &argv);
  g_test_add_func ("/sqlite-store/kill", test_kill);
  return g_test_run ();
}
