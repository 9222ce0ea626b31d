/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of one unit, and the row that is made of it. */

#include "config.h"

#include "reeve-services-unit.h"

#include "reeve-services-parse.h"

static const char *
reeve_services_unit_find_interface (const char *name)
{
  static const char *const types[][2] = {
    { ".service", "org.freedesktop.systemd1.Service" },
    { ".socket", "org.freedesktop.systemd1.Socket" },
    { ".mount", "org.freedesktop.systemd1.Mount" },
    { ".swap", "org.freedesktop.systemd1.Swap" },
    { ".slice", "org.freedesktop.systemd1.Slice" },
    { ".scope", "org.freedesktop.systemd1.Scope" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_suffix (name, types[i][0]))
      return types[i][1];
  return NULL;
}

ReeveServicesUnit *
reeve_services_unit_new (const char *name, char *shown, const char *object)
{
  ReeveServicesUnit *self = g_rc_box_new0 (ReeveServicesUnit);

  self->name = g_strdup (name);
  self->shown = shown;
  self->object = g_strdup (object);
  self->interface = reeve_services_unit_find_interface (name);
  self->state = REEVE_SERVICES_STATE_INACTIVE;
  reeve_services_cgroup_init_group (&self->group);
  return self;
}

ReeveServicesUnit *
reeve_services_unit_ref (ReeveServicesUnit *self)
{
  return g_rc_box_acquire (self);
}

static void
reeve_services_unit_clear (gpointer data)
{
  ReeveServicesUnit *self = data;

  g_free (self->name);
  g_free (self->shown);
  g_free (self->object);
  g_free (self->group.path);
}

void
reeve_services_unit_unref (ReeveServicesUnit *self)
{
  g_rc_box_release_full (self, reeve_services_unit_clear);
}

gboolean
reeve_services_unit_is_shown (const ReeveServicesUnit *self)
{
  return self->entered || self->state != REEVE_SERVICES_STATE_INACTIVE;
}

gboolean
reeve_services_unit_is_up (const ReeveServicesUnit *self)
{
  return self->state != REEVE_SERVICES_STATE_INACTIVE && self->state != REEVE_SERVICES_STATE_FAILED;
}

/* What was used since the last reading is divided by the processors that there are now: they may be
 * more or fewer than then. A group that begins anew begins the counter anew. */
static void
reeve_services_unit_count_cpu (ReeveServicesUnit *self, guint64 usage, gint64 now, guint processors)
{
  gboolean anew = !self->counted || usage < self->usage;
  guint64 more = anew ? usage : usage - self->usage + self->cpu_rest;

  self->cpu = (anew ? 0 : self->cpu) + more / processors;
  self->cpu_rest = more % processors;
  self->usage = usage;
  self->counted = TRUE;
  if (!anew && now - self->peak_since < REEVE_SERVICES_PEAK_US)
    return;
  if (!anew)
    self->cpu_peak = MAX (self->cpu_peak, (double) (self->cpu - self->peak_cpu) /
                                              (double) (now - self->peak_since));
  self->peak_since = now;
  self->peak_cpu = self->cpu;
}

void
reeve_services_unit_add (ReeveServicesUnit *self, const ReeveServicesReading *reading, gint64 now,
                         guint processors, ReeveSample *sample)
{
  const guint64 *values = reading->values;
  const gboolean *has = reading->has;

  if (!reeve_sample_add (sample, REEVE_KIND_SERVICE, self->shown))
    return;
  reeve_sample_set_state (sample, REEVE_SERVICE_STATE, self->state);
  reeve_sample_set_state (sample, REEVE_SERVICE_SUB_STATE, self->sub_state);
  if (has[REEVE_SERVICES_VALUE_CPU])
    {
      reeve_services_unit_count_cpu (self, values[REEVE_SERVICES_VALUE_CPU], now, processors);
      reeve_sample_set_counter (sample, REEVE_SERVICE_CPU, self->cpu);
    }
  if (self->counted)
    reeve_sample_set_number (sample, REEVE_SERVICE_CPU_PEAK, self->cpu_peak);
  if (has[REEVE_SERVICES_VALUE_MEMORY])
    {
      self->memory_peak = MAX (self->memory_peak, values[REEVE_SERVICES_VALUE_MEMORY]);
      reeve_sample_set_number (sample, REEVE_SERVICE_MEMORY,
                               (double) values[REEVE_SERVICES_VALUE_MEMORY]);
    }
  if (has[REEVE_SERVICES_VALUE_MEMORY_PEAK])
    self->memory_peak = MAX (self->memory_peak, values[REEVE_SERVICES_VALUE_MEMORY_PEAK]);
  if (self->memory_peak > 0)
    reeve_sample_set_number (sample, REEVE_SERVICE_MEMORY_PEAK, (double) self->memory_peak);
  if (has[REEVE_SERVICES_VALUE_TASKS])
    reeve_sample_set_number (sample, REEVE_SERVICE_TASKS,
                             (double) values[REEVE_SERVICES_VALUE_TASKS]);
  if (self->has_restarts)
    reeve_sample_set_number (sample, REEVE_SERVICE_RESTARTS, (double) self->restarts);
}
