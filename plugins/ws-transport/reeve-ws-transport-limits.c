/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How often strangers may try. A token is looked up from memory, so looking costs less than a
 * refusal would save: each one is looked up, and what is limited is everything that comes after a
 * failure (lines in the log, words in the answer) and everything that comes before a proof
 * (signatures, memory). So thousands of agents may stand behind one address with somebody who
 * guesses tokens, and none of them waits for him.
 *
 * A source's failures are kept as one moment: when all of them would be made good at one an
 * interval. More than the burst ahead of now is too many. */

#include "config.h"

#include "reeve-ws-transport-limits.h"

typedef struct
{
  gint64 good_at; /* monotonic */
  guint missed;   /* not told of since the last that was */
} ReeveWsTransportBucket;

struct _ReeveWsTransportLimits
{
  ReeveClock *clock;
  GHashTable *sources; /* source to bucket */
  GHashTable *proofs;  /* "SOURCE ADMISSION" to bucket */
  ReeveWsTransportBucket all;
  ReeveWsTransportBucket rest; /* of sources that the table has no room for */
  GHashTable *unproven;        /* admission to the number of its connections */
  GHashTable *unproven_here;   /* "SOURCE ADMISSION" likewise */
  guint n_strangers;
  guint n_unproven;
};

ReeveWsTransportLimits *
reeve_ws_transport_limits_new (ReeveClock *clock)
{
  ReeveWsTransportLimits *self = g_new0 (ReeveWsTransportLimits, 1);

  self->clock = g_object_ref (clock);
  self->sources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->proofs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->unproven = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unproven_here = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
reeve_ws_transport_limits_free (ReeveWsTransportLimits *self)
{
  g_object_unref (self->clock);
  g_hash_table_unref (self->sources);
  g_hash_table_unref (self->proofs);
  g_hash_table_unref (self->unproven);
  g_hash_table_unref (self->unproven_here);
  g_free (self);
}

/* ---- failures ---- */

static gboolean
reeve_ws_transport_bucket_is_good (G_GNUC_UNUSED gpointer key, gpointer value, gpointer user_data)
{
  const ReeveWsTransportBucket *bucket = value;

  return bucket->good_at <= *(gint64 *) user_data;
}

static ReeveWsTransportBucket *
reeve_ws_transport_limits_find (ReeveWsTransportLimits *self, GHashTable *table, const char *key,
                                gint64 now)
{
  ReeveWsTransportBucket *bucket = g_hash_table_lookup (table, key);

  if (bucket != NULL)
    return bucket;
  if (g_hash_table_size (table) >= REEVE_WS_TRANSPORT_LIMITS_MAX_SOURCES)
    g_hash_table_foreach_remove (table, reeve_ws_transport_bucket_is_good, &now);
  if (g_hash_table_size (table) >= REEVE_WS_TRANSPORT_LIMITS_MAX_SOURCES)
    return &self->rest;
  bucket = g_new0 (ReeveWsTransportBucket, 1);
  g_hash_table_insert (table, g_strdup (key), bucket);
  return bucket;
}

static gboolean
reeve_ws_transport_bucket_has_room (const ReeveWsTransportBucket *self, gint64 now, guint burst,
                                    guint interval_ms)
{
  return self->good_at - now <= (gint64) (burst - 1) * interval_ms * 1000;
}

/* FALSE: one too many, which is not counted, so that nobody is shut out for longer by more. */
static gboolean
reeve_ws_transport_bucket_take (ReeveWsTransportBucket *self, gint64 now, guint burst,
                                guint interval_ms)
{
  if (!reeve_ws_transport_bucket_has_room (self, now, burst, interval_ms))
    return FALSE;
  self->good_at = MAX (self->good_at, now) + (gint64) interval_ms * 1000;
  return TRUE;
}

ReeveWsTransportVerdict
reeve_ws_transport_limits_fail (ReeveWsTransportLimits *self, const char *source,
                                const char *admission, guint *ret_missed)
{
  gint64 now = reeve_clock_get_monotonic (self->clock);
  ReeveWsTransportBucket *bucket =
      reeve_ws_transport_limits_find (self, self->sources, source, now);
  g_autofree char *key = NULL;

  if (admission != NULL)
    {
      key = g_strconcat (source, " ", admission, NULL);
      reeve_ws_transport_bucket_take (reeve_ws_transport_limits_find (self, self->proofs, key, now),
                                      now, REEVE_WS_TRANSPORT_LIMITS_PROOF_BURST,
                                      REEVE_WS_TRANSPORT_LIMITS_PROOF_INTERVAL_MS);
    }
  *ret_missed = 0;
  if (reeve_ws_transport_bucket_take (bucket, now, REEVE_WS_TRANSPORT_LIMITS_SOURCE_BURST,
                                      REEVE_WS_TRANSPORT_LIMITS_SOURCE_INTERVAL_MS) &&
      reeve_ws_transport_bucket_take (&self->all, now, REEVE_WS_TRANSPORT_LIMITS_ALL_BURST,
                                      REEVE_WS_TRANSPORT_LIMITS_ALL_INTERVAL_MS))
    {
      *ret_missed = bucket->missed;
      bucket->missed = 0;
      return REEVE_WS_TRANSPORT_LIMITS_TELL;
    }
  return bucket->missed++ == 0 ? REEVE_WS_TRANSPORT_LIMITS_FIRST : REEVE_WS_TRANSPORT_LIMITS_QUIET;
}

/* ---- connections without a proof ---- */

gboolean
reeve_ws_transport_limits_enter (ReeveWsTransportLimits *self)
{
  if (self->n_strangers >= REEVE_WS_TRANSPORT_LIMITS_MAX_STRANGERS)
    return FALSE;
  self->n_strangers++;
  return TRUE;
}

/* May this token's holder still try from there? A machine with another fingerprint is refused after
 * a challenge, which is a signature of ours. @key: "SOURCE ADMISSION". */
static gboolean
reeve_ws_transport_limits_may_prove (ReeveWsTransportLimits *self, const char *key)
{
  ReeveWsTransportBucket *bucket = g_hash_table_lookup (self->proofs, key);

  return bucket == NULL ||
         reeve_ws_transport_bucket_has_room (bucket, reeve_clock_get_monotonic (self->clock),
                                             REEVE_WS_TRANSPORT_LIMITS_PROOF_BURST,
                                             REEVE_WS_TRANSPORT_LIMITS_PROOF_INTERVAL_MS);
}

static guint
reeve_ws_transport_limits_get_n (GHashTable *table, const char *key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (table, key));
}

static void
reeve_ws_transport_limits_set_n (GHashTable *table, const char *key, guint n)
{
  if (n > 0)
    g_hash_table_insert (table, g_strdup (key), GUINT_TO_POINTER (n));
  else
    g_hash_table_remove (table, key);
}

/* Of a token that many have. @n: of its connections from there that wait already. */
static gboolean
reeve_ws_transport_limits_has_place (ReeveWsTransportLimits *self, const char *key, guint n)
{
  return n < REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_FAILING ||
         (n < REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_SOURCE &&
          reeve_ws_transport_limits_may_prove (self, key));
}

const char *
reeve_ws_transport_limits_admit (ReeveWsTransportLimits *self, const char *source, gboolean common,
                                 const ReeveAdmission *admission)
{
  g_autofree char *key = g_strconcat (source, " ", admission->admission, NULL);
  guint n = reeve_ws_transport_limits_get_n (self->unproven, admission->admission);
  guint n_here = reeve_ws_transport_limits_get_n (self->unproven_here, key);
  guint most = admission->need_info ? REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_SHARED
                                    : REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN_OWN;

  if (n >= most)
    return "too many connections with this token wait for their proof";
  if (self->n_unproven >= REEVE_WS_TRANSPORT_LIMITS_MAX_UNPROVEN)
    return "too many connections wait for their proof";
  if (!admission->need_info && !reeve_ws_transport_limits_may_prove (self, key))
    return "too many proofs with this token have failed from this source";
  if (admission->need_info && !common && !reeve_ws_transport_limits_has_place (self, key, n_here))
    return "too many connections with this token wait for their proof from this source";
  reeve_ws_transport_limits_set_n (self->unproven, admission->admission, n + 1);
  reeve_ws_transport_limits_set_n (self->unproven_here, key, n_here + 1);
  self->n_unproven++;
  self->n_strangers--;
  return NULL;
}

void
reeve_ws_transport_limits_leave (ReeveWsTransportLimits *self, const char *source,
                                 const char *admission)
{
  g_autofree char *key = NULL;

  if (admission == NULL)
    {
      self->n_strangers--;
      return;
    }
  key = g_strconcat (source, " ", admission, NULL);
  self->n_unproven--;
  reeve_ws_transport_limits_set_n (self->unproven, admission,
                                   reeve_ws_transport_limits_get_n (self->unproven, admission) - 1);
  reeve_ws_transport_limits_set_n (self->unproven_here, key,
                                   reeve_ws_transport_limits_get_n (self->unproven_here, key) - 1);
}
