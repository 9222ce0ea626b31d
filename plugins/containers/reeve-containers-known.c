/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One container as the agent knows it, and the row that becomes of it. */

#include "config.h"

#include "reeve-containers-known.h"

#include <string.h>

static const ReeveContainersStats reeve_containers_known_nothing = { -1, -1, -1, -1, -1, -1, -1 };

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

/* What was used since the last reading is divided by the processors that there are now: they may be
 * more or fewer than then. A start begins the counter anew. */
static void
reeve_containers_known_count_cpu (ReeveContainersKnown *self, gint64 cpu_ns, gint64 processors)
{
  gboolean anew = !self->counted || cpu_ns < self->cpu_ns;

  if (anew && self->counted)
    self->inspected = FALSE;
  self->share_ns =
      anew ? cpu_ns / processors : self->share_ns + (cpu_ns - self->cpu_ns) / processors;
  self->cpu_ns = cpu_ns;
  self->counted = TRUE;
}

void
reeve_containers_known_set_stats (ReeveContainersKnown *self, const ReeveContainersStats *stats,
                                  guint processors)
{
  self->stats = *stats;
  if (stats->cpu_ns >= 0)
    reeve_containers_known_count_cpu (self, stats->cpu_ns,
                                      stats->processors > 0 ? stats->processors : processors);
}

void
reeve_containers_known_set_cgroup (ReeveContainersKnown *self, const ReeveContainersCgroup *cgroup,
                                   guint processors, guint round)
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
  self->round = round;
  stats.cpu_ns =
      cgroup->cpu_us >= 0 && cgroup->cpu_us < G_MAXINT64 / 1000 ? cgroup->cpu_us * 1000 : -1;
  stats.memory = cgroup->memory;
  stats.read = cgroup->read;
  stats.written = cgroup->written;
  reeve_containers_known_set_stats (self, &stats, processors);
}

gboolean
reeve_containers_known_wants_details (const ReeveContainersKnown *self, gboolean podman, gint64 now)
{
  gint64 age = podman && self->entry.running ? REEVE_CONTAINERS_PODMAN_DETAILS_US
                                             : REEVE_CONTAINERS_DETAILS_US;

  return !self->inspected || now - self->details_at >= age;
}

static void
reeve_containers_known_set_counter (ReeveSample *sample, guint metric, gint64 value)
{
  if (value >= 0)
    reeve_sample_set_counter (sample, metric, (guint64) value);
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
  if (stats->cpu_ns >= 0)
    reeve_sample_set_counter (sample, REEVE_CONTAINER_CPU, (guint64) (self->share_ns / 1000));
  reeve_containers_known_set_number (sample, REEVE_CONTAINER_MEMORY, stats->memory);
  reeve_containers_known_set_counter (sample, REEVE_CONTAINER_SENT, stats->sent);
  reeve_containers_known_set_counter (sample, REEVE_CONTAINER_RECEIVED, stats->received);
  reeve_containers_known_set_counter (sample, REEVE_CONTAINER_READ, stats->read);
  reeve_containers_known_set_counter (sample, REEVE_CONTAINER_WRITE, stats->written);
}
