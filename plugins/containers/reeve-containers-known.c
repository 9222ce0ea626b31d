/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One container as the agent knows it, and the row that becomes of it. */

#include "config.h"

#include "reeve-containers-known.h"

#include <string.h>

static const ReeveContainersStats reeve_containers_known_nothing = REEVE_CONTAINERS_STATS_INIT;

void
reeve_containers_known_update (ReeveContainersKnown *self, const ReeveContainersEntry *entry,
                               guint round)
{
  /* a start: count, limit and health may be others */
  if (self->entry.state != entry->state)
    self->inspected = FALSE;
  self->entry = *entry;
  self->stats = reeve_containers_known_nothing;
  self->round = round;
}

/* How much of the time between the last reading and @stats had passed at the round's beginning, 0
 * to 1; 1 when the engine's clock makes no sense of it. */
static double
reeve_containers_known_find_part (const ReeveContainersKnown *self,
                                  const ReeveContainersStats *stats,
                                  const ReeveContainersRound *round)
{
  if (self->read_at < 0 || stats->moment <= self->read_at || round->wall < self->read_at)
    return 1;
  return MIN ((double) (round->wall - self->read_at) / (double) (stats->moment - self->read_at), 1);
}

/* @divisor: the processors that there are now; they may be more or fewer than before. TRUE: it was
 * smaller than before, and begins anew. */
static gboolean
reeve_containers_counter_take (ReeveContainersCounter *self, gint64 value, gint64 divisor,
                               double part)
{
  gboolean less = self->counted && value >= 0 && value < self->last;
  double more;

  if (value < 0)
    return FALSE;
  if (!self->counted || less)
    self->sum = self->told = (double) value / (double) divisor;
  else
    {
      more = (double) (value - self->last) / (double) divisor;
      self->told = self->sum + part * more;
      self->sum += more;
    }
  self->counted = TRUE;
  self->last = value;
  return less;
}

void
reeve_containers_known_set_stats (ReeveContainersKnown *self, const ReeveContainersStats *stats,
                                  const ReeveContainersRound *round)
{
  double part = reeve_containers_known_find_part (self, stats, round);

  self->stats = *stats;
  /* a start */
  if (reeve_containers_counter_take (&self->cpu, stats->cpu_ns,
                                     stats->processors > 0 ? stats->processors : round->processors,
                                     part))
    self->inspected = FALSE;
  reeve_containers_counter_take (&self->sent, stats->sent, 1, part);
  reeve_containers_counter_take (&self->received, stats->received, 1, part);
  reeve_containers_counter_take (&self->read, stats->read, 1, part);
  reeve_containers_counter_take (&self->written, stats->written, 1, part);
  self->read_at = stats->moment;
}

void
reeve_containers_known_set_cgroup (ReeveContainersKnown *self, const ReeveContainersCgroup *cgroup,
                                   const ReeveContainersRound *round)
{
  ReeveContainersStats stats = reeve_containers_known_nothing;

  if (self->entry.id[0] == '\0')
    {
      memcpy (self->entry.id, cgroup->id, sizeof cgroup->id);
      memcpy (self->entry.name, cgroup->id, sizeof cgroup->id);
      self->entry.health = -1;
      self->details.restarts = -1;
    }
  self->entry.state = 1;
  self->entry.running = TRUE;
  /* "Up 3 hours" would stand still */
  self->entry.status[0] = '\0';
  self->details.limit = cgroup->limit;
  self->round = round->number;
  stats.cpu_ns =
      cgroup->cpu_us >= 0 && cgroup->cpu_us < G_MAXINT64 / 1000 ? cgroup->cpu_us * 1000 : -1;
  stats.memory = cgroup->memory;
  stats.read = cgroup->read;
  stats.written = cgroup->written;
  reeve_containers_known_set_stats (self, &stats, round);
}

gboolean
reeve_containers_known_wants_details (const ReeveContainersKnown *self, gboolean podman, gint64 now)
{
  gint64 age = podman && self->entry.running ? REEVE_CONTAINERS_PODMAN_DETAILS_US
                                             : REEVE_CONTAINERS_DETAILS_US;

  return !self->inspected || now - self->details_at >= age;
}

static void
reeve_containers_known_set_counter (ReeveSample *sample, guint metric, gint64 value,
                                    const ReeveContainersCounter *counter, double scale)
{
  if (value >= 0)
    reeve_sample_set_counter (sample, metric, (guint64) (counter->told * scale));
}

static void
reeve_containers_known_set_number (ReeveSample *sample, guint metric, gint64 value)
{
  if (value >= 0)
    reeve_sample_set_number (sample, metric, (double) value);
}

void
reeve_containers_known_collect (const ReeveContainersKnown *self, ReeveSample *sample)
{
  const ReeveContainersEntry *entry = &self->entry;
  const ReeveContainersStats *stats = &self->stats;
  int health = entry->health >= 0 || !self->inspected ? entry->health : self->details.health;

  if (!reeve_sample_add (sample, REEVE_KIND_CONTAINER, entry->id))
    return;
  reeve_sample_set_text (sample, REEVE_CONTAINER_NAME, entry->name);
  reeve_sample_set_text (sample, REEVE_CONTAINER_IMAGE, entry->image);
  reeve_sample_set_text (sample, REEVE_CONTAINER_STATUS, entry->status);
  reeve_sample_set_text (sample, REEVE_CONTAINER_PORTS, entry->ports);
  reeve_sample_set_state (sample, REEVE_CONTAINER_HEALTH, (guint) MAX (health, 0));
  reeve_sample_set_state (sample, REEVE_CONTAINER_STATE, entry->state);
  if (self->inspected)
    reeve_containers_known_set_number (sample, REEVE_CONTAINER_RESTARTS, self->details.restarts);
  reeve_containers_known_set_number (sample, REEVE_CONTAINER_MEMORY_LIMIT,
                                     self->inspected || self->details.limit > 0
                                         ? self->details.limit
                                         : -1);
  reeve_containers_known_set_counter (sample, REEVE_CONTAINER_CPU, stats->cpu_ns, &self->cpu, 1e-3);
  reeve_containers_known_set_number (sample, REEVE_CONTAINER_MEMORY, stats->memory);
  reeve_containers_known_set_counter (sample, REEVE_CONTAINER_SENT, stats->sent, &self->sent, 1);
  reeve_containers_known_set_counter (sample, REEVE_CONTAINER_RECEIVED, stats->received,
                                      &self->received, 1);
  reeve_containers_known_set_counter (sample, REEVE_CONTAINER_READ, stats->read, &self->read, 1);
  reeve_containers_known_set_counter (sample, REEVE_CONTAINER_WRITE, stats->written, &self->written,
                                      1);
}
