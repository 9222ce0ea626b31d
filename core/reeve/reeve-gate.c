/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How many streams there are through one or several listeners, in all and from each source. A
 * stream has a pass from its acceptance until its descriptor is closed, whoever it was handed to;
 * the gate lives as long as the listeners and all passes. */

#include "config.h"

#include "reeve-net-private.h"
#include "reeve-stream-private.h"

#include <string.h>

struct _ReeveGate
{
  grefcount ref_count;
  GHashTable *sources; /* ReeveNetSource to the number of its streams */
  guint streams;
};

typedef struct
{
  ReeveGate *gate;
  guint max_per_source;
  gboolean counted; /* for source */
  ReeveNetSource source;
} ReeveGatePass;

static guint
reeve_gate_source_hash (gconstpointer key)
{
  const ReeveNetSource *source = key;
  guint hash = 5381;

  for (guint i = 0; i < sizeof source->bytes; i++)
    hash = hash * 33 + source->bytes[i];
  return hash;
}

static gboolean
reeve_gate_source_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (ReeveNetSource)) == 0;
}

ReeveGate *
reeve_gate_new (void)
{
  ReeveGate *self = g_new0 (ReeveGate, 1);

  g_ref_count_init (&self->ref_count);
  self->sources =
      g_hash_table_new_full (reeve_gate_source_hash, reeve_gate_source_equal, g_free, NULL);
  return self;
}

ReeveGate *
reeve_gate_ref (ReeveGate *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
reeve_gate_unref (ReeveGate *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  g_hash_table_unref (self->sources);
  g_free (self);
}

guint
reeve_gate_get_streams (ReeveGate *self)
{
  return self->streams;
}

static guint
reeve_gate_count (ReeveGate *self, const ReeveNetSource *source)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->sources, source));
}

static void
reeve_gate_set_count (ReeveGate *self, const ReeveNetSource *source, guint count)
{
  if (count > 0)
    g_hash_table_insert (self->sources, g_memdup2 (source, sizeof *source),
                         GUINT_TO_POINTER (count));
  else
    g_hash_table_remove (self->sources, source);
}

/* Has @source a place left? 0: there is no limit. */
gboolean
reeve_gate_has_place (ReeveGate *self, const ReeveNetSource *source, guint max_per_source)
{
  return max_per_source == 0 || reeve_gate_count (self, source) < max_per_source;
}

/* ---- passes ---- */

static void
reeve_gate_pass_uncount (ReeveGatePass *self)
{
  if (!self->counted)
    return;
  self->counted = FALSE;
  reeve_gate_set_count (self->gate, &self->source,
                        reeve_gate_count (self->gate, &self->source) - 1);
}

/* The stream's descriptor was closed. */
static void
reeve_gate_pass_free (gpointer data)
{
  ReeveGatePass *self = data;

  reeve_gate_pass_uncount (self);
  self->gate->streams--;
  reeve_gate_unref (self->gate);
  g_free (self);
}

static void
reeve_gate_pass_recount (ReeveGatePass *self, const ReeveNetSource *source)
{
  reeve_gate_pass_uncount (self);
  self->source = *source;
  self->counted = TRUE;
  reeve_gate_set_count (self->gate, source, reeve_gate_count (self->gate, source) + 1);
}

/* @source: NULL: it counts for none. */
void
reeve_gate_admit (ReeveGate *self, ReeveStream *stream, const ReeveNetSource *source,
                  guint max_per_source)
{
  ReeveGatePass *pass = g_new0 (ReeveGatePass, 1);

  pass->gate = reeve_gate_ref (self);
  pass->max_per_source = max_per_source;
  self->streams++;
  if (source != NULL)
    reeve_gate_pass_recount (pass, source);
  reeve_stream_set_release (stream, reeve_gate_pass_free, pass);
}

static ReeveGatePass *
reeve_gate_find_pass (ReeveStream *stream)
{
  return stream->release == reeve_gate_pass_free ? stream->release_data : NULL;
}

/**
 * reeve_stream_set_forwarded:
 * @self: a stream that a listener gave
 * @host: (nullable): an address in numbers, without a port
 * @counts: the stream takes one of the places of that source
 *
 * For who believes a proxy: the peer is @host from now on, for limits and logs. Without @counts the
 * stream counts for all together only. With %NULL it does so, too, and its peer is again the one of
 * the socket.
 *
 * Returns: %FALSE if @host is no address or has all of its places; then nothing has changed
 */
gboolean
reeve_stream_set_forwarded (ReeveStream *self, const char *host, gboolean counts)
{
  ReeveGatePass *pass;
  ReeveNetAddress address;
  ReeveNetSource source;

  g_return_val_if_fail (self != NULL, FALSE);

  pass = reeve_gate_find_pass (self);
  if (host == NULL)
    {
      if (pass != NULL)
        reeve_gate_pass_uncount (pass);
      reeve_stream_reset_peer (self);
      return TRUE;
    }
  if (!reeve_net_address_from_literal (host, 0, &address))
    return FALSE;
  source = reeve_net_address_get_source (&address);
  if (pass != NULL && !counts)
    reeve_gate_pass_uncount (pass);
  else if (pass != NULL && !(pass->counted && reeve_gate_source_equal (&source, &pass->source)))
    {
      if (!reeve_gate_has_place (pass->gate, &source, pass->max_per_source))
        return FALSE;
      reeve_gate_pass_recount (pass, &source);
    }
  reeve_stream_set_peer (self, host);
  return TRUE;
}

/**
 * reeve_stream_set_proven:
 * @self: any stream
 *
 * The peer has proven who it is: it takes none of the places of its source any more, so that many
 * can be behind one address. It still counts for all together. Our own address, which only those
 * ask for who decide whom they let in, is not kept any more.
 */
void
reeve_stream_set_proven (ReeveStream *self)
{
  ReeveGatePass *pass;

  g_return_if_fail (self != NULL);

  g_clear_object (&self->local_address);
  pass = reeve_gate_find_pass (self);
  if (pass != NULL)
    reeve_gate_pass_uncount (pass);
}
