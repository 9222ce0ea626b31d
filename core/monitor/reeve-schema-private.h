/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-kinds.h"
#include "reeve-schema.h"

G_BEGIN_DECLS

/* The kinds that are compiled in, in the order of reeve-kinds.h. */
G_GNUC_INTERNAL extern const ReeveKind reeve_kinds_standard[REEVE_N_KINDS];

/* What samples and rates ask of a metric each time, packed: the tables themselves take a cache line
 * or two for each. */
typedef struct
{
  double scale; /* 0: 1 */
  double range; /* 0: none */
  gint8 over;   /* index of the counter whose growth divides this one's, -1: seconds do */
  gboolean shown;
} ReeveMetricRate;

/* Random, for tables of what peers name. */
G_GNUC_INTERNAL guint32 reeve_schema_get_seed (ReeveSchema *schema);
/* How much the last trimmed sample of this schema held, so that the next one is not made too large
 * and then cut. Any thread; 0 before there was one. */
typedef struct
{
  guint rows;
  guint values;
  guint texts; /* bytes */
} ReeveSchemaExtent;

G_GNUC_INTERNAL void reeve_schema_set_extent (ReeveSchema *schema, const ReeveSchemaExtent *extent);
G_GNUC_INTERNAL void reeve_schema_get_extent (ReeveSchema *schema, ReeveSchemaExtent *ret_extent);

/* As many as the kind has metrics. @kind: an index below reeve_schema_get_n_kinds(). */
G_GNUC_INTERNAL const guint8 *reeve_schema_peek_types (ReeveSchema *schema, guint kind);
G_GNUC_INTERNAL const ReeveMetricRate *reeve_schema_peek_rates (ReeveSchema *schema, guint kind);

/* The canonical bytes of @n_kinds kinds beyond the standard ones. (transfer full) */
G_GNUC_INTERNAL GBytes *
reeve_schema_description_write (guint revision, const ReeveKind *const *kinds, gsize n_kinds);

/* What the bytes say; strings and arrays live in @chunk and @blocks. Not yet checked against the
 * rules of reeve_schema_new(). */
typedef struct
{
  guint revision;
  GPtrArray *kinds;    /* of const ReeveKind * */
  GStringChunk *chunk; /* texts */
  GPtrArray *blocks;   /* metrics, states and kinds; freed with g_free() */
} ReeveSchemaDescription;

G_GNUC_INTERNAL gboolean reeve_schema_description_read (GBytes *bytes,
                                                        ReeveSchemaDescription *ret_description,
                                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
G_GNUC_INTERNAL void reeve_schema_description_clear (ReeveSchemaDescription *description);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveSchemaDescription, reeve_schema_description_clear)

G_END_DECLS
