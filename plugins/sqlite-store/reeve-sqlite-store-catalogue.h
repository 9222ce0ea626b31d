/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

#include "reeve-sqlite-store-codec.h"
#include "reeve-sqlite-store-database.h"

G_BEGIN_DECLS

/*
 * Names into numbers: systems, shapes and series as the file knows them, cached for the writer.
 * Writer thread only, inside a transaction; the cache drops itself when one is rolled back.
 */

/* Shapes of a system for each kind that it may have: what its kinds meant over the years. */
#define REEVE_SQLITE_STORE_KIND_SHAPES 2
/* Systems whose names are cached: half a KiB each for ten series, 24 bytes for each more. */
#define REEVE_SQLITE_STORE_MAX_CACHED 16384
#define REEVE_SQLITE_STORE_MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define REEVE_SQLITE_STORE_DAY_MINUTES (24 * 60)
/* A sample this near to the turn of a minute may count for the next or the last one. */
#define REEVE_SQLITE_STORE_SHIFT_US (10 * G_USEC_PER_SEC)

typedef struct _ReeveSqliteStoreCatalogue ReeveSqliteStoreCatalogue;

ReeveSqliteStoreCatalogue *reeve_sqlite_store_catalogue_new (void);
void reeve_sqlite_store_catalogue_free (ReeveSqliteStoreCatalogue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSqliteStoreCatalogue, reeve_sqlite_store_catalogue_free)

/* What one system may have. */
typedef struct
{
  guint instances; /* of one kind, as it is described at a time */
  guint kinds;
} ReeveSqliteStoreLimits;

/* What there are too many of, so that a part of a sample was left out. */
typedef enum
{
  REEVE_SQLITE_STORE_LIMIT_NONE,
  REEVE_SQLITE_STORE_LIMIT_INSTANCES,
  REEVE_SQLITE_STORE_LIMIT_KINDS,
  REEVE_SQLITE_STORE_LIMIT_SERIES,
  REEVE_SQLITE_STORE_LIMIT_SHAPES,
  REEVE_SQLITE_STORE_LIMIT_BODY, /* bytes of a row */
  /* of an hour that is sealed, which loses a part or altogether */
  REEVE_SQLITE_STORE_LIMIT_GRID,  /* values */
  REEVE_SQLITE_STORE_LIMIT_BLOCK, /* bytes */
} ReeveSqliteStoreLimit;

/* Before the samples of one call: what was remembered of foreign schemas is forgotten. @limits:
 * NULL where none comes. */
void reeve_sqlite_store_catalogue_begin (ReeveSqliteStoreCatalogue *self,
                                         ReeveSqliteStoreDatabase *database,
                                         const ReeveSqliteStoreLimits *limits);

/* Where a sample goes. */
typedef struct
{
  gint64 system;
  gint64 minute;
  ReeveSqliteStoreLimit limit; /* the first that it ran into */
  const char *limit_kind;      /* of the catalogue, until its next call */
  GByteArray *body;            /* of the catalogue, until its next call */
} ReeveSqliteStorePlace;

/* Turns @sample of @system into a body, giving numbers to what is new. FALSE: the file failed. */
gboolean reeve_sqlite_store_catalogue_encode (ReeveSqliteStoreCatalogue *self,
                                              ReeveSqliteStoreDatabase *database,
                                              const char *system, ReeveSample *sample,
                                              ReeveSqliteStorePlace *ret_place, GError **error);
/* The file's rows of @system changed behind the catalogue's back. */
void reeve_sqlite_store_catalogue_drop_system (ReeveSqliteStoreCatalogue *self, gint64 system);
/* The same for the shapes: everything is read again. */
void reeve_sqlite_store_catalogue_drop_all (ReeveSqliteStoreCatalogue *self);

G_END_DECLS
