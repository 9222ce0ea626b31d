/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "tests/lib/reeve-mock-host.h"

#include "../reeve-sqlite-store-core.h"
#include "../reeve-sqlite-store-history.h"
#include "../reeve-sqlite-store-records.h"

/* The parts of the plugin without its module, on a driven clock, in a directory of their own. */
typedef struct
{
  ReeveMockHost *host;
  ReeveContext *context;
  char *path;
  ReeveSqliteStoreCore *core;
  ReeveRecords *records;
  ReeveHistory *history;
} StoreFixture;

#define STORE_PAGE 4096
#define STORE_SYSTEM "0123456789abcdef"
#define STORE_OTHER "fedcba9876543210"
/* 2026-01-01, where the mock host's clock begins. */
#define STORE_START G_GINT64_CONSTANT (1767225600000000)
#define STORE_MINUTE (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
/* Of a millisecond and more, in which another thread should have done its part. */
#define STORE_TURNS 30000

extern const gint64 store_retention[REEVE_SQLITE_STORE_N_TIERS];

/* First of all in main(): warnings are gathered, and one that no test took fails the test. */
void store_init (int *argc, char ***argv);
/* The oldest warning, which must match. */
void store_take_warning (const char *pattern);
/* All that are left: what they say is tested elsewhere. */
void store_drop_warnings (void);

void store_fixture_set_up (StoreFixture *f, gconstpointer path);
void store_fixture_tear_down (StoreFixture *f, gconstpointer path);
void store_fixture_open (StoreFixture *f);
void store_fixture_close (StoreFixture *f);

/* cpu, memory and a few more, with one value that tells it apart. (transfer full) */
ReeveSample *store_make_sample (gint64 time, double usage);
/* 37 values in 16 rows, as an agent on a small server sends them. (transfer full) */
ReeveSample *store_make_typical (gint64 time, guint seed);

void store_append (StoreFixture *f, const char *system, gint64 time, double usage);
/* Until nothing is left of @system; in how many parts. */
guint store_forget (StoreFixture *f, const char *system);
/* Moves the clock until @place has a result. */
GAsyncResult *store_wait (StoreFixture *f, GAsyncResult **place);
/* @spread: with least and greatest values. */
ReeveHistoryRange *store_range_once (StoreFixture *f, const char *system, gint64 from, gint64 to,
                                     guint points, gboolean spread);
/* With them, and asserts that without them it would be the same. */
ReeveHistoryRange *store_range (StoreFixture *f, const char *system, gint64 from, gint64 to,
                                guint points);
/* NULL when there is none. */
ReeveHistoryColumn *store_find_column (ReeveHistoryRange *range, const char *kind,
                                       const char *instance, const char *metric);
/* The one number that @sql asks for, on a connection of its own. */
gint64 store_count (StoreFixture *f, const char *sql);
/* Runs @sql on a connection of its own. */
void store_exec (StoreFixture *f, const char *sql);
void store_assert_whole (const char *path);
/* Inverts @n bytes of the file from @at on; the same again undoes it. */
void store_turn_over (StoreFixture *f, gint64 at, guint n);

/* ---- a child that is killed ---- */
/* In the child: the store at @path on the real clock, with nothing of a fixture. NULL: it cannot be
 * opened. @ret_context: its plugin's. */
ReeveSqliteStoreCore *store_open_in_child (const char *path, ReeveContext **ret_context);
/* Runs this program with @argv from its second on until, at most @ms after it has written @lines
 * lines, it is killed; the number in the last line that it wrote. */
gint64 store_kill_child (const char *const *argv, guint lines, guint ms);

/* ---- records ---- */
void store_open_collection (StoreFixture *f, const char *name, guint version,
                            const char *const *indexes, GError **error);
/* One record, its value {"text": @text}, NULL: delete. @key: value of the one index, or NULL. */
ReeveRecord *store_make_record (const char *collection, const char *id, gint64 revision,
                                const char *text, const char *key);
gboolean store_apply (StoreFixture *f, GError **error, ...) G_GNUC_NULL_TERMINATED;
ReeveRecord *store_get (StoreFixture *f, const char *collection, const char *id, GError **error);
GPtrArray *store_list (StoreFixture *f, const char *collection, const char *index,
                       const char *value, const char *cursor, guint limit);
const char *store_record_text (ReeveRecord *record);
