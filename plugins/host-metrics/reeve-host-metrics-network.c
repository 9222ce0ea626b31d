/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Network interfaces from /proc/net/dev. Which of them count is decided once for each name, when it
 * comes; one that has not yet carried bytes both ways begins to count when it has.
 *
 * The sum is a counter of its own: to it is added what each counted interface has carried since the
 * reading before. So neither an interface that comes with old bytes, nor one that goes or starts
 * anew, makes a jump in it.
 */

#include "config.h"

#include "reeve-host-metrics-network.h"

#include <string.h>

/* Names that begin like these are loops, bridges and the machine's ends of containers' links: their
 * bytes pass another interface too. */
static const char *const reeve_host_metrics_network_unusual[] = {
  "lo", "docker", "br-", "veth", "bond", "cali",
};

/* ---- the filter ---- */

gboolean
reeve_host_metrics_nic_filter_init (ReeveHostMetricsNicFilter *self, const char *text,
                                    GError **error)
{
  self->mode = REEVE_HOST_METRICS_NICS_USUAL;
  if (!reeve_host_metrics_patterns_init (&self->patterns, text, "nics", error))
    return FALSE;
  if (self->patterns.set)
    self->mode = self->patterns.deny ? REEVE_HOST_METRICS_NICS_DENY : REEVE_HOST_METRICS_NICS_ALLOW;
  return TRUE;
}

void
reeve_host_metrics_nic_filter_clear (ReeveHostMetricsNicFilter *self)
{
  reeve_host_metrics_patterns_clear (&self->patterns);
}

gboolean
reeve_host_metrics_nic_filter_allows (const ReeveHostMetricsNicFilter *self, const char *name)
{
  if (!reeve_host_metrics_patterns_allow (&self->patterns, name))
    return FALSE;
  if (self->mode == REEVE_HOST_METRICS_NICS_ALLOW)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (reeve_host_metrics_network_unusual); i++)
    if (g_str_has_prefix (name, reeve_host_metrics_network_unusual[i]))
      return FALSE;
  return TRUE;
}

/* ---- the interfaces ---- */

void
reeve_host_metrics_network_init (ReeveHostMetricsNetwork *self, ReeveHostMetricsNicFilter *filter)
{
  *self = (ReeveHostMetricsNetwork){
    .dev = REEVE_HOST_METRICS_FILE_INIT ("proc/net/dev", REEVE_HOST_METRICS_FILE_LINES),
    .filter = *filter,
    .nics = g_array_new (FALSE, FALSE, sizeof (ReeveHostMetricsNic)),
  };
  *filter = (ReeveHostMetricsNicFilter){ .mode = REEVE_HOST_METRICS_NICS_USUAL };
}

void
reeve_host_metrics_network_clear (ReeveHostMetricsNetwork *self)
{
  reeve_host_metrics_proc_close (&self->dev);
  reeve_host_metrics_nic_filter_clear (&self->filter);
  g_clear_pointer (&self->nics, g_array_unref);
}

/* The known one of that name, NULL when there is none. @hint: where it was last time. */
static ReeveHostMetricsNic *
reeve_host_metrics_network_find (ReeveHostMetricsNetwork *self, guint hint, const char *name)
{
  for (guint i = 0; i < self->nics->len; i++)
    {
      ReeveHostMetricsNic *nic =
          &g_array_index (self->nics, ReeveHostMetricsNic, (hint + i) % self->nics->len);

      if (strcmp (nic->name, name) == 0)
        return nic;
    }
  return NULL;
}

static gboolean
reeve_host_metrics_network_counts (const ReeveHostMetricsNetwork *self,
                                   const ReeveHostMetricsNic *nic,
                                   const ReeveHostMetricsNicLine *line)
{
  return nic->allowed && (self->filter.mode == REEVE_HOST_METRICS_NICS_ALLOW ||
                          (line->received > 0 && line->sent > 0));
}

static void
reeve_host_metrics_network_add_row (const ReeveHostMetricsNicLine *line, ReeveSample *sample)
{
  if (!reeve_sample_add (sample, REEVE_KIND_NIC, line->name))
    return;
  reeve_sample_set_counter (sample, REEVE_NIC_SENT, line->sent);
  reeve_sample_set_counter (sample, REEVE_NIC_RECEIVED, line->received);
  reeve_sample_set_number (sample, REEVE_NIC_SENT_TOTAL, (double) line->sent);
  reeve_sample_set_number (sample, REEVE_NIC_RECEIVED_TOTAL, (double) line->received);
  reeve_sample_set_counter (sample, REEVE_NIC_SEND_ERRORS, line->send_errors);
  reeve_sample_set_counter (sample, REEVE_NIC_RECEIVE_ERRORS, line->receive_errors);
  reeve_sample_set_counter (sample, REEVE_NIC_SEND_DROPS, line->send_drops);
  reeve_sample_set_counter (sample, REEVE_NIC_RECEIVE_DROPS, line->receive_drops);
}

/* TRUE when it counts. @index: which line of the file it is. */
static gboolean
reeve_host_metrics_network_take (ReeveHostMetricsNetwork *self, guint index,
                                 const ReeveHostMetricsNicLine *line, ReeveSample *sample)
{
  ReeveHostMetricsNic *nic = reeve_host_metrics_network_find (self, index, line->name);
  gboolean counts;

  if (nic == NULL)
    {
      ReeveHostMetricsNic fresh = { .turn = self->turn };

      if (self->nics->len >= REEVE_HOST_METRICS_MAX_NICS)
        return FALSE;
      memcpy (fresh.name, line->name, sizeof fresh.name);
      fresh.allowed = reeve_host_metrics_nic_filter_allows (&self->filter, line->name);
      g_array_append_val (self->nics, fresh);
      nic = &g_array_index (self->nics, ReeveHostMetricsNic, self->nics->len - 1);
      /* what it carried before is in the sum at the first reading only */
      nic->received = self->turn == 1 ? 0 : line->received;
      nic->sent = self->turn == 1 ? 0 : line->sent;
    }
  counts = reeve_host_metrics_network_counts (self, nic, line);
  if (counts)
    {
      self->received += line->received >= nic->received ? line->received - nic->received : 0;
      self->sent += line->sent >= nic->sent ? line->sent - nic->sent : 0;
      reeve_host_metrics_network_add_row (line, sample);
    }
  nic->turn = self->turn;
  nic->received = line->received;
  nic->sent = line->sent;
  return counts;
}

static void
reeve_host_metrics_network_forget_gone (ReeveHostMetricsNetwork *self)
{
  for (guint i = self->nics->len; i-- > 0;)
    if (g_array_index (self->nics, ReeveHostMetricsNic, i).turn != self->turn)
      g_array_remove_index (self->nics, i);
}

void
reeve_host_metrics_network_collect (ReeveHostMetricsNetwork *self, ReeveHostMetricsProc *proc,
                                    ReeveSample *sample)
{
  ReeveHostMetricsNicLine line;
  ReeveHostMetricsText text;
  guint index = 0, counted = 0;
  gsize length;
  const char *data = reeve_host_metrics_proc_read (proc, &self->dev, &length);

  if (data == NULL)
    return;
  self->turn++;
  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_nic (&text, &line))
    counted += reeve_host_metrics_network_take (self, index++, &line, sample) ? 1 : 0;
  if (index == 0 || text.bad > 0)
    reeve_host_metrics_proc_complain (proc, &self->dev, "not a list of network interfaces");
  if (self->nics->len > index)
    reeve_host_metrics_network_forget_gone (self);
  else if (self->nics->len == REEVE_HOST_METRICS_MAX_NICS && index > self->nics->len)
    reeve_host_metrics_proc_complain (proc, &self->dev, "more network interfaces than are counted");
  if (counted > 0 && reeve_sample_add (sample, REEVE_KIND_NETWORK, NULL))
    {
      reeve_sample_set_counter (sample, REEVE_NETWORK_SENT, self->sent);
      reeve_sample_set_counter (sample, REEVE_NETWORK_RECEIVED, self->received);
    }
}
