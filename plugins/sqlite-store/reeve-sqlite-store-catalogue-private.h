/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-catalogue.h"

G_BEGIN_DECLS

/* What the catalogue keeps, for the two files that are it: names to numbers, samples to bodies. */

/* Words of a bit for each series. */
#define REEVE_SQLITE_STORE_SERIES_WORDS (REEVE_SQLITE_STORE_MAX_SERIES / 64)

/* What it means stands in the file alone, so that a cached system costs the same whatever its agent
 * describes. */
typedef struct
{
  gint64 id;
  char *kind;
} ReeveSqliteStoreShape;

/* A kind of one schema: its shape, and which metric each column is. */
typedef struct
{
  char *kind;
  char *text;                   /* describes the shape; NULL: nothing of the kind is kept */
  ReeveSqliteStoreShape *shape; /* NULL: not needed yet, or not in the file */
  guint64 sought;               /* the last sample for which the file was asked */
  guint n;
  guint8 metrics[REEVE_SCHEMA_MAX_METRICS];
} ReeveSqliteStorePlan;

typedef struct
{
  ReeveSqliteStoreShape *shape;
  char *instance;
  guint number;
  gint64 day;      /* the newest that it was seen on */
  guint64 columns; /* those that ever had a value */
} ReeveSqliteStoreSeries;

typedef struct
{
  gint64 id;
  char *name;
  gint64 last;        /* the newest sample's time, 0: none yet */
  gint64 phase;       /* its second in the minute, less half a minute, followed slowly */
  GHashTable *series; /* set of ReeveSqliteStoreSeries */
  GHashTable *kinds;  /* number of series by the name of their kind, which is a shape's */
  GHashTable *shapes; /* set of those that its series have, not owned */
  GPtrArray *hints;   /* by row of the last sample, not owned, may be NULL */
  guint64 *used; /* a bit for each number that is taken, at most REEVE_SQLITE_STORE_SERIES_WORDS */
  guint n_used;  /* words of them */
} ReeveSqliteStoreSystem;

typedef struct
{
  guint number; /* of the series */
  guint row;
  ReeveSqliteStorePlan *plan;
  ReeveSqliteStoreSeries *series;
} ReeveSqliteStoreItem;

struct _ReeveSqliteStoreCatalogue
{
  guint64 generation;
  guint64 n_samples;
  GHashTable *shapes;  /* by id, those of systems that are cached */
  GHashTable *systems; /* by name */
  GArray *standard;    /* of ReeveSqliteStorePlan, by kind; NULL: not made yet */
  GArray *foreign;     /* the same of the schema below */
  ReeveSchema *foreign_schema;
  GArray *items; /* of ReeveSqliteStoreItem */
  GByteArray *body;
  ReeveSqliteStoreLimits limits;
  ReeveSqliteStoreLimit limit; /* the first that the sample at hand ran into */
  const char *limit_kind;
};

/* (transfer none) array of ReeveSqliteStorePlan, one per kind of @schema. */
GArray *reeve_sqlite_store_catalogue_get_plans (ReeveSqliteStoreCatalogue *self,
                                                ReeveSchema *schema);
ReeveSqliteStoreSystem *reeve_sqlite_store_catalogue_get_system (ReeveSqliteStoreCatalogue *self,
                                                                 ReeveSqliteStoreDatabase *database,
                                                                 const char *name, GError **error);
/* What a row of a sample needs a series for. */
typedef struct
{
  ReeveSqliteStorePlan *plan;
  const char *instance;
  gint64 day;
} ReeveSqliteStoreWanted;

/* In *@ret_series a guess or NULL at first; NULL afterwards when the system has too much, and then
 * nothing was made for it. */
gboolean reeve_sqlite_store_catalogue_ensure_series (ReeveSqliteStoreCatalogue *self,
                                                     ReeveSqliteStoreDatabase *database,
                                                     ReeveSqliteStoreSystem *system,
                                                     const ReeveSqliteStoreWanted *wanted,
                                                     ReeveSqliteStoreSeries **ret_series,
                                                     GError **error);
gboolean reeve_sqlite_store_catalogue_write_series (ReeveSqliteStoreSystem *system,
                                                    ReeveSqliteStoreDatabase *database,
                                                    const ReeveSqliteStoreSeries *series,
                                                    GError **error);
/* Notes what the sample at hand ran into. */
void reeve_sqlite_store_catalogue_note_limit (ReeveSqliteStoreCatalogue *self,
                                              ReeveSqliteStoreLimit limit, const char *kind);

G_END_DECLS
