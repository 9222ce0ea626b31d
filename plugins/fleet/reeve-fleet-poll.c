/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The schedule. Each system is asked in its own step of the interval, which its id decides, so that
 * ten thousand of them are spread evenly; a new link is asked at once. Samples of the schedule
 * are kept and told when their commit has returned; those asked for while somebody looks are only
 * told. */

#include "config.h"

#include "reeve-fleet-poll.h"

#include "reeve-fleet-arrivals.h"
#include "reeve-fleet-kept.h"

/* An agent that says its sample is older than this is not believed about it. */
#define REEVE_FLEET_MAX_AGE_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

/* Stock agents tell their facts with samples of this interval alone. */
#define REEVE_FLEET_FACTS_MS 60000

struct _ReeveFleetPoll
{
  ReeveFleetHub *hub;
  ReeveContext *context;
  ReeveFleetArrivals *arrivals;
  ReeveFleetKept *kept;
  ReeveFleetSchemas *schemas;
  ReeveFleetTimes times;
  gint64 started; /* monotonic */
  guint n_links;
  guint steps; /* of an interval */
};

static void reeve_fleet_poll_ask (ReeveFleetPoll *self, ReeveFleetSystem *system, gboolean live);

/* ---- when ---- */

/* Between more steps and fewer is room, so that a fleet about as large as the border keeps its
 * moments. */
static void
reeve_fleet_poll_choose_steps (ReeveFleetPoll *self)
{
  while (self->n_links >= 2 * self->steps * REEVE_FLEET_STEP_SYSTEMS &&
         2 * self->steps * REEVE_FLEET_STEP_MS <= self->times.interval_ms)
    self->steps *= 2;
  while (self->n_links < self->steps * REEVE_FLEET_STEP_SYSTEMS / 2 &&
         self->steps > REEVE_FLEET_STEPS)
    self->steps /= 2;
}

/* A system has a link, or none any more. */
static void
reeve_fleet_poll_count (ReeveFleetPoll *self, ReeveFleetSystem *system, gboolean linked)
{
  if (linked == system->counted)
    return;
  system->counted = linked;
  self->n_links += linked ? 1 : -1;
  reeve_fleet_poll_choose_steps (self);
}

/* The time to the system's own step of the interval. Never two in a hurry, and never more than
 * the interval: stock agents leave after 70 s of silence. A link that came up at another moment is
 * there with the second step. */
static guint64
reeve_fleet_poll_delay (ReeveFleetPoll *self, ReeveFleetSystem *system)
{
  gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context)) / 1000;
  gint64 phase = system->place % self->steps * (self->times.interval_ms / self->steps);
  gint64 delay =
      self->times.interval_ms - (now - phase + self->times.interval_ms) % self->times.interval_ms;

  return delay < self->times.interval_ms / 2 ? delay + self->times.interval_ms / 2 : delay;
}

/* ---- asking ---- */

static gboolean
reeve_fleet_poll_may_ask (ReeveFleetSystem *system)
{
  return system->link != NULL && !reeve_fleet_system_is_idle (system);
}

static void
reeve_fleet_poll_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveFleetSystem *system = user_data;

  if (system->link != NULL && reeve_fleet_system_is_idle (system))
    {
      /* stock agents leave after 70 s of silence */
      reeve_transport_ping (reeve_link_get_transport (system->link), system->link);
      reeve_timer_start (system->poll,
                         MIN (((ReeveFleetPoll *) system->schedule)->times.interval_ms, 60000));
      return;
    }
  reeve_fleet_poll_ask (system->schedule, system, FALSE);
}

static void
reeve_fleet_poll_live_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveFleetSystem *system = user_data;

  if (system->followers == 0)
    return;
  reeve_timer_start (system->live, REEVE_FLEET_LIVE_MS);
  reeve_fleet_poll_ask (system->schedule, system, TRUE);
}

static void
reeve_fleet_poll_down_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveFleetSystem *system = user_data;
  ReeveFleetPoll *self = system->schedule;

  if (system->state != REEVE_SYSTEM_SUSPECT)
    return;
  if (system->asked != NULL && !system->overtime)
    {
      /* back in the last moment: its answer is on the way, and is waited for once */
      system->overtime = TRUE;
      reeve_timer_start (system->down, REEVE_REQUEST_TIMEOUT_MS);
      return;
    }
  reeve_fleet_hub_set_state (self->hub, system, REEVE_SYSTEM_DOWN);
}

static void
reeve_fleet_poll_start (ReeveFleetPoll *self, ReeveFleetSystem *system, guint64 delay_ms)
{
  reeve_fleet_system_start_timer (system, &system->poll, self->context, "poll",
                                  reeve_fleet_poll_timer_cb, delay_ms);
}

static void
reeve_fleet_poll_start_down (ReeveFleetPoll *self, ReeveFleetSystem *system, guint64 delay_ms)
{
  reeve_fleet_system_start_timer (system, &system->down, self->context, "down",
                                  reeve_fleet_poll_down_cb, delay_ms);
}

/* ---- answers ---- */

/* Its moment is when it came, less its age. */
static void
reeve_fleet_poll_stamp (ReeveFleetPoll *self, ReeveMessage *answer)
{
  gint64 age = CLAMP (reeve_message_get_age (answer), 0, REEVE_FLEET_MAX_AGE_US);
  gint64 now = reeve_clock_get_wall (reeve_context_get_clock (self->context));

  reeve_sample_set_time (reeve_message_get_sample (answer), now - age);
}

static void
reeve_fleet_poll_take (ReeveFleetPoll *self, ReeveFleetSystem *system, ReeveMessage *answer,
                       gboolean live)
{
  const ReeveFleetChange change = { .sample = TRUE };
  ReeveSample *sample = reeve_message_get_sample (answer);
  int host = reeve_sample_find_row (sample, REEVE_KIND_HOST, NULL);

  reeve_fleet_poll_stamp (self, answer);
  /* an agent may answer from what it measured before it was asked for facts */
  if (host >= 0 && reeve_sample_has (sample, (guint) host, REEVE_HOST_HOSTNAME))
    system->facts_known = TRUE;
  if (reeve_fleet_system_take_sample (system, sample))
    reeve_fleet_hub_save_async (self->hub, system, NULL, NULL);
  system->missed = 0;
  system->overtime = FALSE;
  reeve_fleet_system_stop_timer (&system->down);
  system->heard = TRUE;
  if (!reeve_fleet_system_is_idle (system))
    reeve_fleet_hub_set_state (self->hub, system, REEVE_SYSTEM_UP);
  if (live)
    {
      reeve_fleet_hub_changed (self->hub, system, &change);
      return;
    }
  reeve_fleet_kept_notice (self->kept, system, reeve_message_get_kept (answer));
  reeve_fleet_arrivals_add (self->arrivals, system, reeve_message_get_sequence (answer));
}

/* Milliseconds in which a system that was not heard of since the start is not called down yet: ten
 * thousand agents that return at once are slow because the hub was away. */
static guint64
reeve_fleet_poll_get_grace (ReeveFleetPoll *self, ReeveFleetSystem *system)
{
  gint64 passed =
      (reeve_clock_get_monotonic (reeve_context_get_clock (self->context)) - self->started) / 1000;

  return !system->heard && passed < self->times.grace_ms ? self->times.grace_ms - (guint64) passed
                                                         : 0;
}

static void
reeve_fleet_poll_failed (ReeveFleetPoll *self, ReeveFleetSystem *system, const GError *error)
{
  guint64 grace = reeve_fleet_poll_get_grace (self, system);

  reeve_log_info (self->context, "'%s' did not answer: %s", system->name, error->message);
  if (system->state == REEVE_SYSTEM_UP)
    reeve_fleet_hub_set_state (self->hub, system, REEVE_SYSTEM_SUSPECT);
  if (++system->missed < self->times.missed)
    {
      reeve_fleet_poll_start (self, system, REEVE_FLEET_RETRY_MS);
      return;
    }
  if (system->state == REEVE_SYSTEM_SUSPECT && grace == 0)
    reeve_fleet_hub_set_state (self->hub, system, REEVE_SYSTEM_DOWN);
  else if (system->state == REEVE_SYSTEM_SUSPECT)
    reeve_fleet_poll_start_down (self, system, grace);
  reeve_transport_close (reeve_link_get_transport (system->link), system->link, "no answer");
}

void
reeve_fleet_poll_answered (ReeveFleetPoll *self, ReeveFleetSystem *system, ReeveMessage *request,
                           ReeveMessage *answer, const GError *error)
{
  const gboolean live = request == system->asked_live;
  ReeveMessage **waiting = live ? &system->asked_live : &system->asked;
  g_autoptr (ReeveMessage) asked = NULL;
  g_autoptr (GError) lack = NULL;

  if (*waiting != request)
    return; /* what came meanwhile made it void */
  asked = g_steal_pointer (waiting);
  if (answer != NULL && reeve_message_get_sample (answer) != NULL)
    {
      if (reeve_fleet_schemas_take (self->schemas, system, answer))
        reeve_fleet_poll_take (self, system, answer, live);
      else
        reeve_fleet_poll_ask (self, system, FALSE);
      return;
    }
  if (error == NULL)
    error = lack = g_error_new (REEVE_ERROR, REEVE_ERROR_PROTOCOL, "the answer had no sample");
  else if (reeve_message_get_sample_request (request)->schema &&
           reeve_fleet_schemas_failed (self->schemas, system, error))
    {
      reeve_fleet_poll_ask (self, system, FALSE);
      return;
    }
  if (!live)
    reeve_fleet_poll_failed (self, system, error);
}

static void
reeve_fleet_poll_ask (ReeveFleetPoll *self, ReeveFleetSystem *system, gboolean live)
{
  ReeveMessage **asked = live ? &system->asked_live : &system->asked;
  g_autoptr (ReeveMessage) request = NULL;
  g_autoptr (GError) error = NULL;
  ReeveSampleRequest wanted = {
    .interval_ms = live ? REEVE_FLEET_LIVE_MS : self->times.interval_ms,
    .facts = !live && !system->facts_known,
    .acknowledged = system->acknowledged,
  };

  if (!live)
    reeve_fleet_poll_start (self, system, reeve_fleet_poll_delay (self, system));
  if (!reeve_fleet_poll_may_ask (system) || *asked != NULL)
    return;
  if (!live)
    {
      reeve_fleet_kept_acknowledge (system, &wanted);
      wanted.schema = reeve_fleet_schemas_ask (self->schemas, system);
      if (wanted.facts && reeve_link_get_level (system->link) == REEVE_LINK_LEVEL_STOCK)
        wanted.interval_ms = REEVE_FLEET_FACTS_MS;
    }
  request = reeve_message_new_sample_request (&wanted);
  if (reeve_transport_ask (reeve_link_get_transport (system->link), system->link, request, &error))
    *asked = g_steal_pointer (&request);
  else if (!live)
    reeve_fleet_poll_failed (self, system, error);
}

/* ---- what the fleet tells ---- */

/* What was asked over an earlier link. */
static void
reeve_fleet_poll_forget (ReeveFleetSystem *system)
{
  g_clear_pointer (&system->asked, reeve_message_unref);
  g_clear_pointer (&system->asked_live, reeve_message_unref);
}

void
reeve_fleet_poll_linked (ReeveFleetPoll *self, ReeveFleetSystem *system)
{
  reeve_fleet_poll_count (self, system, TRUE);
  system->missed = 0;
  reeve_fleet_poll_forget (system);
  system->facts_known = FALSE;
  system->acknowledged = 0;
  reeve_fleet_schemas_linked (self->schemas, system);
  reeve_fleet_kept_stop (system);
  /* an answer alone stops the time to its being down: there are links that never bring one */
  if (reeve_fleet_system_is_idle (system))
    reeve_fleet_poll_start (self, system, REEVE_FLEET_LIVE_MS);
  else
    reeve_fleet_poll_ask (self, system, FALSE);
}

/* Suspect from now on, and down when no answer comes. */
static void
reeve_fleet_poll_suspect (ReeveFleetPoll *self, ReeveFleetSystem *system)
{
  reeve_fleet_hub_set_state (self->hub, system, REEVE_SYSTEM_SUSPECT);
  if (system->down == NULL || !reeve_timer_is_running (system->down))
    reeve_fleet_poll_start_down (self, system,
                                 MAX (self->times.down_ms,
                                      reeve_fleet_poll_get_grace (self, system)));
}

void
reeve_fleet_poll_lost (ReeveFleetPoll *self, ReeveFleetSystem *system)
{
  reeve_fleet_poll_count (self, system, FALSE);
  reeve_fleet_system_stop_timer (&system->poll);
  reeve_fleet_kept_stop (system);
  reeve_fleet_poll_forget (system);
  if (system->state == REEVE_SYSTEM_UP || system->state == REEVE_SYSTEM_SUSPECT)
    reeve_fleet_poll_suspect (self, system);
}

void
reeve_fleet_poll_paused (ReeveFleetPoll *self, ReeveFleetSystem *system)
{
  reeve_fleet_system_stop_timer (&system->down);
  system->overtime = FALSE;
  if (!reeve_fleet_system_is_idle (system) && *system->fingerprint != '\0')
    reeve_fleet_poll_suspect (self, system); /* it may have died meanwhile */
  else
    reeve_fleet_hub_set_state (self->hub, system,
                               system->unconfirmed ? REEVE_SYSTEM_UNCONFIRMED
                               : system->paused    ? REEVE_SYSTEM_PAUSED
                                                   : REEVE_SYSTEM_PENDING);
  if (system->link != NULL)
    reeve_fleet_poll_linked (self, system);
}

static void
reeve_fleet_poll_added (G_GNUC_UNUSED ReeveFleetHub *hub, ReeveFleetSystem *system,
                        gpointer user_data)
{
  ReeveFleetPoll *self = user_data;

  system->schedule = self;
  system->place = g_str_hash (system->id);
  reeve_fleet_kept_added (self->kept, system);
}

static void
reeve_fleet_poll_removed (G_GNUC_UNUSED ReeveFleetHub *hub, ReeveFleetSystem *system,
                          gpointer user_data)
{
  ReeveFleetPoll *self = user_data;

  reeve_fleet_poll_count (self, system, FALSE);
  reeve_fleet_schemas_forget (self->schemas, system);
  /* nothing of it may come to the history after it was deleted there */
  reeve_fleet_arrivals_flush (self->arrivals);
}

static void
reeve_fleet_poll_followed (G_GNUC_UNUSED ReeveFleetHub *hub, ReeveFleetSystem *system,
                           gpointer user_data)
{
  ReeveFleetPoll *self = user_data;

  if (system->followers > 0)
    {
      reeve_fleet_system_start_timer (system, &system->live, self->context, "live",
                                      reeve_fleet_poll_live_cb, REEVE_FLEET_LIVE_MS);
      reeve_fleet_poll_ask (self, system, TRUE);
    }
  else
    reeve_fleet_system_stop_timer (&system->live);
}

/* After a start: what was seen before is awaited for a while before it is called down. */
static void
reeve_fleet_poll_begin_one (ReeveFleetHub *hub, ReeveFleetSystem *system, gpointer user_data)
{
  ReeveFleetPoll *self = user_data;

  reeve_fleet_poll_added (hub, system, user_data);
  system->since = reeve_clock_get_wall (reeve_context_get_clock (self->context));
  if (system->unconfirmed)
    system->state = REEVE_SYSTEM_UNCONFIRMED;
  else if (system->paused)
    system->state = REEVE_SYSTEM_PAUSED;
  else if (system->kept_state == REEVE_SYSTEM_DOWN)
    {
      system->state = REEVE_SYSTEM_DOWN;
      system->since = system->kept_since;
    }
  else if (*system->fingerprint != '\0')
    {
      system->state = REEVE_SYSTEM_SUSPECT;
      system->awaited = system->kept_state == REEVE_SYSTEM_UP;
      reeve_fleet_poll_start_down (self, system, MAX (self->times.grace_ms, self->times.down_ms));
    }
}

void
reeve_fleet_poll_begin (ReeveFleetPoll *self)
{
  static const ReeveFleetHubFuncs funcs = { reeve_fleet_poll_added, reeve_fleet_poll_followed,
                                            reeve_fleet_poll_removed };

  reeve_fleet_hub_set_funcs (self->hub, &funcs, self);
  reeve_fleet_hub_foreach (self->hub, reeve_fleet_poll_begin_one, self);
}

ReeveFleetPoll *
reeve_fleet_poll_new (ReeveFleetHub *hub, ReeveFleetSchemas *schemas, const ReeveFleetTimes *times)
{
  ReeveFleetPoll *self = g_new0 (ReeveFleetPoll, 1);

  self->hub = hub;
  self->context = reeve_fleet_hub_get_context (hub);
  self->schemas = schemas;
  self->started = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
  self->arrivals = reeve_fleet_arrivals_new (hub);
  self->kept = reeve_fleet_kept_new (hub, times->interval_ms);
  reeve_fleet_poll_set_times (self, times);
  return self;
}

void
reeve_fleet_poll_set_times (ReeveFleetPoll *self, const ReeveFleetTimes *times)
{
  self->times = *times;
  self->steps = REEVE_FLEET_STEPS;
  reeve_fleet_poll_choose_steps (self);
  reeve_fleet_kept_set_interval (self->kept, times->interval_ms);
}

void
reeve_fleet_poll_free (ReeveFleetPoll *self)
{
  reeve_fleet_arrivals_free (self->arrivals);
  reeve_fleet_kept_free (self->kept);
  g_free (self);
}
