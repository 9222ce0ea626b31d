/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A queue of units, each with the properties that are wanted of it: its length is that of the table
 * of units, however often they change. What could not be asked, or was not answered, stays wanted
 * until the unit is added again. */

#include "config.h"

#include "reeve-services-fetch.h"

#include "reeve-services-parse.h"

/* What systemd says for "none" and "unknown". */
#define REEVE_SERVICES_INFINITY G_MAXUINT64

typedef enum
{
  REEVE_SERVICES_OF_UNIT,
  REEVE_SERVICES_OF_TYPE,
  REEVE_SERVICES_OF_SERVICE,
} ReeveServicesOwner;

typedef struct
{
  const char *property;
  char type;
  ReeveServicesOwner owner;
} ReeveServicesWanted;

static const ReeveServicesWanted reeve_services_wanted[REEVE_SERVICES_N_WANTS] = {
  [REEVE_SERVICES_WANT_ENTERED] = { "ActiveEnterTimestamp", 't', REEVE_SERVICES_OF_UNIT },
  [REEVE_SERVICES_WANT_GROUP] = { "ControlGroup", 's', REEVE_SERVICES_OF_TYPE },
  [REEVE_SERVICES_WANT_RESTARTS] = { "NRestarts", 'u', REEVE_SERVICES_OF_SERVICE },
  [REEVE_SERVICES_WANT_CPU] = { "CPUUsageNSec", 't', REEVE_SERVICES_OF_TYPE },
  [REEVE_SERVICES_WANT_MEMORY] = { "MemoryCurrent", 't', REEVE_SERVICES_OF_TYPE },
  [REEVE_SERVICES_WANT_MEMORY_PEAK] = { "MemoryPeak", 't', REEVE_SERVICES_OF_TYPE },
  [REEVE_SERVICES_WANT_TASKS] = { "TasksCurrent", 't', REEVE_SERVICES_OF_TYPE },
};

struct _ReeveServicesFetch
{
  ReeveContext *context;
  ReeveServicesBus *bus;
  ReeveServicesCgroup *cgroup; /* may be NULL */
  void (*idle) (gpointer user_data);
  gpointer user_data;
  GQueue queue; /* of ReeveServicesUnit, a reference each */
  guint n_calls;
};

typedef struct
{
  ReeveServicesFetch *fetch;
  ReeveServicesUnit *unit;
  ReeveServicesWant want;
} ReeveServicesAsk;

static void reeve_services_fetch_pump (ReeveServicesFetch *self);

/* ---- answers ---- */

static void
reeve_services_fetch_take_number (ReeveServicesFetch *self, ReeveServicesUnit *unit,
                                  ReeveServicesWant want, guint64 value)
{
  static const guint slots[REEVE_SERVICES_N_WANTS] = {
    [REEVE_SERVICES_WANT_CPU] = REEVE_SERVICES_VALUE_CPU,
    [REEVE_SERVICES_WANT_MEMORY] = REEVE_SERVICES_VALUE_MEMORY,
    [REEVE_SERVICES_WANT_MEMORY_PEAK] = REEVE_SERVICES_VALUE_MEMORY_PEAK,
    [REEVE_SERVICES_WANT_TASKS] = REEVE_SERVICES_VALUE_TASKS,
  };
  gboolean finite = value != REEVE_SERVICES_INFINITY;

  switch (want)
    {
    case REEVE_SERVICES_WANT_ENTERED:
      unit->entered = finite && value > 0;
      unit->entered_at = value;
      break;
    case REEVE_SERVICES_WANT_RESTARTS:
      unit->restarts = value;
      unit->has_restarts = TRUE;
      break;
    default:
      unit->asked.has[slots[want]] = finite;
      unit->asked.values[slots[want]] = want == REEVE_SERVICES_WANT_CPU ? value / 1000 : value;
      unit->asked_at = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
      break;
    }
}

static void
reeve_services_fetch_take (ReeveServicesAsk *ask, sd_bus_message *reply)
{
  const char *text = NULL;
  guint64 value = 0;
  guint32 small = 0;

  switch (reeve_services_wanted[ask->want].type)
    {
    case 's':
      if (sd_bus_message_read (reply, "v", "s", &text) > 0 && reeve_services_unit_is_up (ask->unit))
        reeve_services_cgroup_set_path (ask->fetch->cgroup, &ask->unit->group, text);
      return;
    case 'u':
      if (sd_bus_message_read (reply, "v", "u", &small) > 0)
        reeve_services_fetch_take_number (ask->fetch, ask->unit, ask->want, small);
      return;
    default:
      if (sd_bus_message_read (reply, "v", "t", &value) > 0)
        reeve_services_fetch_take_number (ask->fetch, ask->unit, ask->want, value);
    }
}

static void
reeve_services_fetch_reply_cb (sd_bus_message *reply, const GError *error, gpointer user_data)
{
  g_autofree ReeveServicesAsk *ask = user_data;
  ReeveServicesFetch *self = ask->fetch;

  self->n_calls--;
  if (reply != NULL && !ask->unit->gone)
    reeve_services_fetch_take (ask, reply);
  else if (reply == NULL && !g_error_matches (error, REEVE_ERROR, REEVE_ERROR_IO))
    ask->unit->wants |= 1u << ask->want;
  reeve_services_unit_unref (ask->unit);
  reeve_services_fetch_pump (self);
}

/* ---- questions ---- */

static const char *
reeve_services_fetch_find_interface (const ReeveServicesUnit *unit, ReeveServicesWant want)
{
  switch (reeve_services_wanted[want].owner)
    {
    case REEVE_SERVICES_OF_TYPE:
      return unit->interface;
    case REEVE_SERVICES_OF_SERVICE:
      return g_strcmp0 (unit->interface, REEVE_SERVICES_SERVICE_INTERFACE) == 0 ? unit->interface : NULL;
    case REEVE_SERVICES_OF_UNIT:
    default:
      return REEVE_SERVICES_UNIT_INTERFACE;
    }
}

static gboolean
reeve_services_fetch_ask (ReeveServicesFetch *self, ReeveServicesUnit *unit, ReeveServicesWant want)
{
  ReeveServicesAsk *ask = g_new0 (ReeveServicesAsk, 1);

  ask->fetch = self;
  ask->unit = reeve_services_unit_ref (unit);
  ask->want = want;
  if (reeve_services_bus_get_property (self->bus, unit->object,
                                       reeve_services_fetch_find_interface (unit, want),
                                       reeve_services_wanted[want].property,
                                       reeve_services_fetch_reply_cb, ask))
    {
      self->n_calls++;
      return TRUE;
    }
  reeve_services_unit_unref (unit);
  g_free (ask);
  return FALSE;
}

static void
reeve_services_fetch_pump (ReeveServicesFetch *self)
{
  while (self->n_calls < REEVE_SERVICES_FETCH_PARALLEL && !g_queue_is_empty (&self->queue))
    {
      ReeveServicesUnit *unit = g_queue_peek_head (&self->queue);
      ReeveServicesWant want = (ReeveServicesWant) g_bit_nth_lsf (unit->wants, -1);

      if (unit->wants != 0 && !unit->gone)
        {
          if (reeve_services_fetch_ask (self, unit, want))
            {
              unit->wants &= ~(1u << want);
              continue;
            }
          /* no connection, or others have too much under way: after an own answer there is room */
          if (self->n_calls == 0)
            reeve_services_fetch_clear (self);
          break;
        }
      unit->queued = FALSE;
      g_queue_pop_head (&self->queue);
      reeve_services_unit_unref (unit);
    }
  if (reeve_services_fetch_is_idle (self))
    self->idle (self->user_data);
}

void
reeve_services_fetch_add (ReeveServicesFetch *self, ReeveServicesUnit *unit, guint wants)
{
  for (guint want = 0; want < REEVE_SERVICES_N_WANTS; want++)
    if (reeve_services_fetch_find_interface (unit, want) == NULL)
      wants &= ~(1u << want);
  unit->wants |= wants;
  if (unit->wants == 0 || !reeve_services_bus_is_up (self->bus))
    return;
  if (!unit->queued)
    {
      unit->queued = TRUE;
      g_queue_push_tail (&self->queue, reeve_services_unit_ref (unit));
    }
  reeve_services_fetch_pump (self);
}

gboolean
reeve_services_fetch_is_idle (ReeveServicesFetch *self)
{
  return self->n_calls == 0 && g_queue_is_empty (&self->queue);
}

void
reeve_services_fetch_clear (ReeveServicesFetch *self)
{
  while (!g_queue_is_empty (&self->queue))
    {
      ReeveServicesUnit *unit = g_queue_pop_head (&self->queue);

      unit->queued = FALSE;
      reeve_services_unit_unref (unit);
    }
}

ReeveServicesFetch *
reeve_services_fetch_new (ReeveContext *context, ReeveServicesBus *bus, ReeveServicesCgroup *cgroup,
                          void (*idle) (gpointer user_data), gpointer user_data)
{
  ReeveServicesFetch *self = g_new0 (ReeveServicesFetch, 1);

  self->context = reeve_context_ref (context);
  self->bus = bus;
  self->cgroup = cgroup;
  self->idle = idle;
  self->user_data = user_data;
  g_queue_init (&self->queue);
  return self;
}

void
reeve_services_fetch_free (ReeveServicesFetch *self)
{
  reeve_services_fetch_clear (self);
  reeve_context_unref (self->context);
  g_free (self);
}
