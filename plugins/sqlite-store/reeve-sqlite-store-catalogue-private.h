/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-sqlite-store-catalogue.h"

G_BEGIN_DECLS

/* What the catalogue keeps, for the two files that are it: names to numbers, samples to bodies. */

/* What it means stands in the file alone, so that a cached system costs the same whatever its agent
 * describes. */
typedef struct
{
  gint64 id;
  char *kind;
  GHashTable *labels; /* set of the ReeveSqliteStoreLabel of systems that are cached, not owned */
} ReeveSqliteStoreShape;

/* What a series is called, the same for all systems that have one of its shape and instance. */
typedef struct
{
  ReeveSqliteStoreShape *shape;
  const char *instance; /* of the same block */
  guint refs;           /* series that have it */
} ReeveSqliteStoreLabel;

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
  ReeveSqliteStoreLabel *label; /* a reference; NULL: the number is free */
  guint64 columns;              /* those that ever had a value */
  gint32 day;                   /* the newest that it was seen on */
} ReeveSqliteStoreSeries;

/* There is one for each system that is linked, so it is small. */
typedef struct
{
  gint64 id;
  gint64 last;  /* the newest sample's time, 0: none yet */
  gint64 phase; /* its second in the minute, less half a minute, followed slowly */
  ReeveSqliteStoreSeries *series; /* by number */
  guint16 *hints;                 /* number by row of the last sample, or NO_HINT */
  guint16 n_series, n_hints;
  char name[];
} ReeveSqliteStoreSystem;

#define REEVE_SQLITE_STORE_NO_HINT G_MAXUINT16
G_STATIC_ASSERT (REEVE_SQLITE_STORE_MAX_SERIES < REEVE_SQLITE_STORE_NO_HINT);
G_STATIC_ASSERT (REEVE_SAMPLE_MAX_ROWS <= G_MAXUINT16);

/* What is looked up in the series of one system, the one at hand, if its rows have changed. */
typedef struct
{
  ReeveSqliteStoreSystem *system; /* NULL: of none */
  GHashTable *numbers;            /* number of the series, and 1, by its label */
  GHashTable *kinds;              /* set of the names of their kinds, which are the shapes' */
  GHashTable *shapes;             /* how many series by their shape */
  guint next;                     /* no smaller number is free */
} ReeveSqliteStoreIndex;

typedef struct
{
  guint number; /* of the series */
  guint row;
  ReeveSqliteStorePlan *plan;
} ReeveSqliteStoreItem;

struct _ReeveSqliteStoreCatalogue
{
  guint64 generation;
  guint64 n_samples;
  GHashTable *shapes;  /* by id, those of systems that are cached */
  GHashTable *systems; /* by name */
  ReeveSqliteStoreIndex index;
  GArray *standard; /* of ReeveSqliteStorePlan, by kind; NULL: not made yet */
  GArray *foreign;  /* the same of the schema below */
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

/* In *@ret_number a guess or NO_HINT at first; NO_HINT afterwards when the system has too much, and
 * then nothing was made for it. */
gboolean reeve_sqlite_store_catalogue_ensure_series (ReeveSqliteStoreCatalogue *self,
                                                     ReeveSqliteStoreDatabase *database,
                                                     ReeveSqliteStoreSystem *system,
                                                     const ReeveSqliteStoreWanted *wanted,
                                                     guint16 *ret_number, GError **error);
gboolean reeve_sqlite_store_catalogue_write_series (ReeveSqliteStoreSystem *system,
                                                    ReeveSqliteStoreDatabase *database,
                                                    guint number, GError **error);
/* Notes what the sample at hand ran into. */
void reeve_sqlite_store_catalogue_note_limit (ReeveSqliteStoreCatalogue *self,
                                              ReeveSqliteStoreLimit limit, const char *kind);

G_END_DECLS
