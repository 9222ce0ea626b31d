/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which system a token means, looked up from memory: strangers may ask as often as they like. */

#include "config.h"

#include "reeve-fleet-index.h"

#include <string.h>

struct _ReeveFleetIndex
{
  GHashTable *own;      /* hash to system */
  GHashTable *machines; /* set of systems with a universal token */
  GHashTable *shared;   /* hash of a universal token to the number of its systems */
};

static guint
reeve_fleet_index_hash_machine (gconstpointer key)
{
  const ReeveFleetSystem *system = key;

  return g_str_hash (system->token_hash) * 31 + g_str_hash (system->fingerprint);
}

static gboolean
reeve_fleet_index_equal_machine (gconstpointer a, gconstpointer b)
{
  const ReeveFleetSystem *one = a, *two = b;

  return strcmp (one->fingerprint, two->fingerprint) == 0 &&
         strcmp (one->token_hash, two->token_hash) == 0;
}

ReeveFleetIndex *
reeve_fleet_index_new (void)
{
  ReeveFleetIndex *self = g_new0 (ReeveFleetIndex, 1);

  self->own = g_hash_table_new (g_str_hash, g_str_equal);
  self->machines =
      g_hash_table_new (reeve_fleet_index_hash_machine, reeve_fleet_index_equal_machine);
  self->shared = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
reeve_fleet_index_free (ReeveFleetIndex *self)
{
  g_hash_table_unref (self->own);
  g_hash_table_unref (self->machines);
  g_hash_table_unref (self->shared);
  g_free (self);
}

static void
reeve_fleet_index_count (ReeveFleetIndex *self, const char *hash, int change)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->shared, hash)) + change;

  if (n > 0)
    g_hash_table_insert (self->shared, g_strdup (hash), GUINT_TO_POINTER (n));
  else
    g_hash_table_remove (self->shared, hash);
}

void
reeve_fleet_index_add (ReeveFleetIndex *self, ReeveFleetSystem *system)
{
  if (!system->shared)
    g_hash_table_insert (self->own, system->token_hash, system);
  else if (g_hash_table_add (self->machines, system))
    reeve_fleet_index_count (self, system->token_hash, 1);
}

void
reeve_fleet_index_remove (ReeveFleetIndex *self, ReeveFleetSystem *system)
{
  if (!system->shared)
    g_hash_table_remove (self->own, system->token_hash);
  else if (g_hash_table_remove (self->machines, system))
    reeve_fleet_index_count (self, system->token_hash, -1);
}

void
reeve_fleet_index_clear (ReeveFleetIndex *self)
{
  g_hash_table_remove_all (self->own);
  g_hash_table_remove_all (self->machines);
  g_hash_table_remove_all (self->shared);
}

ReeveFleetSystem *
reeve_fleet_index_find (ReeveFleetIndex *self, const char *hash)
{
  return g_hash_table_lookup (self->own, hash);
}

ReeveFleetSystem *
reeve_fleet_index_find_machine (ReeveFleetIndex *self, const char *hash, const char *fingerprint)
{
  const ReeveFleetSystem wanted = { .token_hash = (char *) hash,
                                    .fingerprint = (char *) fingerprint };

  return g_hash_table_lookup (self->machines, &wanted);
}

gboolean
reeve_fleet_index_is_shared (ReeveFleetIndex *self, const char *hash)
{
  return g_hash_table_contains (self->shared, hash);
}
