/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is too old. A clock that is wrong for a while, as of a machine that has just begun or of one
 * that was asleep, must not cost what is kept: by a time that moved by itself, or that lies far
 * beyond all that is stored, nothing is deleted until it has stood for an hour.
 */

#include "config.h"

#include "reeve-sqlite-store-history-private.h"
#include "reeve-sqlite-store-seal.h"

/* How long a new time is not believed, monotonic. */
#define REEVE_SQLITE_STORE_DOUBT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* What a clock may gain between two looks at it, and lie beyond the newest minute at the start. */
#define REEVE_SQLITE_STORE_JUMP_US (G_GINT64_CONSTANT (600) * G_USEC_PER_SEC)
#define REEVE_SQLITE_STORE_AWAY_MINUTES REEVE_SQLITE_STORE_DAY_MINUTES

static ReeveClock *
reeve_sqlite_store_age_get_clock (ReeveSqliteStoreHistory *self)
{
  return reeve_context_get_clock (reeve_sqlite_store_core_get_context (self->core));
}

static void
reeve_sqlite_store_age_doubt (ReeveSqliteStoreHistory *self, const char *why)
{
  self->doubted = reeve_clock_get_monotonic (reeve_sqlite_store_age_get_clock (self)) +
                  REEVE_SQLITE_STORE_DOUBT_US;
  reeve_log_message (reeve_sqlite_store_core_get_context (self->core),
                     "%s: nothing is deleted by its age for %d minutes", why,
                     (int) (REEVE_SQLITE_STORE_DOUBT_US / REEVE_SQLITE_STORE_MINUTE_US));
}

/* ---- the start ---- */

/* The minute after the newest that there is, by rows and blocks; 0: there is none. */
static gpointer
reeve_sqlite_store_age_read (ReeveSqliteStoreDatabase *database, gpointer data,
                             G_GNUC_UNUSED GCancellable *cancellable, GError **error)
{
  /* blocks of minutes of a system have ids from a multiple of 2^26 on */
  sqlite3_stmt *statement = reeve_sqlite_store_database_query (
      database,
      "SELECT max ((SELECT max (minute) FROM sample WHERE sample.system = system.id)),"
      " max ((SELECT max (block.id) FROM block WHERE block.id >= system.id << 26"
      " AND block.id < (system.id << 26) + (1 << 24)) & ((1 << 24) - 1)) FROM system",
      error);
  gint64 *newest = data;
  gboolean row;

  if (statement == NULL || !reeve_sqlite_store_database_step (database, statement, &row, error))
    return NULL;
  if (row && sqlite3_column_type (statement, 0) != SQLITE_NULL)
    *newest = sqlite3_column_int64 (statement, 0) + 1;
  if (row && sqlite3_column_type (statement, 1) != SQLITE_NULL)
    *newest = MAX (*newest, (sqlite3_column_int64 (statement, 1) + 1) *
                                reeve_sqlite_store_tiers[0].block_rows);
  sqlite3_reset (statement);
  return NULL;
}

static const ReeveSqliteStoreReadClass reeve_sqlite_store_age_class = {
  .read = reeve_sqlite_store_age_read,
};

static void
reeve_sqlite_store_age_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveSqliteStoreHistory *self = REEVE_SQLITE_STORE_HISTORY (source);
  g_autofree gint64 *newest = user_data;
  g_autoptr (GError) error = NULL;
  gint64 now;

  g_task_propagate_pointer (G_TASK (result), &error);
  if (self->timer == NULL)
    return;
  now =
      reeve_clock_get_wall (reeve_sqlite_store_age_get_clock (self)) / REEVE_SQLITE_STORE_MINUTE_US;
  if (error == NULL && (*newest == 0 || now - *newest < REEVE_SQLITE_STORE_AWAY_MINUTES))
    self->doubted = 0;
  else
    reeve_sqlite_store_age_doubt (self,
                                  error != NULL
                                      ? "what is stored cannot be told from the file"
                                      : "the time is more than a day after all that is stored");
}

void
reeve_sqlite_store_age_begin (ReeveSqliteStoreHistory *self)
{
  ReeveClock *clock = reeve_sqlite_store_age_get_clock (self);
  gint64 *newest = g_new0 (gint64, 1);

  self->offset = reeve_clock_get_wall (clock) - reeve_clock_get_monotonic (clock);
  /* until it is known */
  self->doubted = G_MAXINT64;
  reeve_sqlite_store_core_read (self->core, &reeve_sqlite_store_age_class, newest,
                                g_task_new (self, NULL, reeve_sqlite_store_age_read_cb, newest));
}

/* ---- sweeps ---- */

void
reeve_sqlite_store_age_get_times (ReeveSqliteStoreHistory *self,
                                  ReeveSqliteStoreSweepTimes *ret_times)
{
  ReeveClock *clock = reeve_sqlite_store_age_get_clock (self);
  const gint64 wall = reeve_clock_get_wall (clock);
  const gint64 monotonic = reeve_clock_get_monotonic (clock);
  const gint64 now = wall / REEVE_SQLITE_STORE_MINUTE_US;
  const gint64 offset = wall - monotonic;

  if (offset - self->offset > REEVE_SQLITE_STORE_JUMP_US)
    reeve_sqlite_store_age_doubt (self, "the time has moved by itself");
  self->offset = offset;
  ret_times->seal = now - REEVE_SQLITE_STORE_SEAL_AFTER;
  for (guint tier = 0; tier < REEVE_SQLITE_STORE_N_TIERS; tier++)
    ret_times->cutoff[tier] = monotonic < self->doubted ? 0
                                                        : now - self->retention_ms[tier] * 1000 /
                                                                    REEVE_SQLITE_STORE_MINUTE_US;
}
