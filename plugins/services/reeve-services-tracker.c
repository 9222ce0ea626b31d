/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * systemd tells by signals what becomes of its units, once somebody has subscribed. Signals are
 * believed only from the name that answered the subscription: anybody on the bus can send one. They
 * change units that are in the table; what may have come anew is found by listing again, at most
 * every other second, so that no stream of signals costs more than that.
 */

#include "config.h"

#include "reeve-services-tracker.h"

#include <fnmatch.h>
#include <unistd.h>

#include "reeve-services-fetch.h"
#include "reeve-services-parse.h"

#define REEVE_SERVICES_MANAGER_PATH "/org/freedesktop/systemd1"
#define REEVE_SERVICES_MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define REEVE_SERVICES_UNIT_STRUCT "(ssssssouso)"

struct _ReeveServicesTracker
{
  ReeveContext *context;
  GStrv units;
  GStrv exclude;
  void (*changed) (gpointer user_data);
  gpointer user_data;

  ReeveServicesBus *bus;
  ReeveServicesCgroup *cgroup; /* NULL: values are asked for */
  ReeveServicesFetch *fetch;
  ReeveTimer *list_timer;
  ReeveTimer *stale_timer;
  guint processors;
  gint64 count_at; /* monotonic; when the processors are counted anew */

  GHashTable *by_name;   /* owns the units */
  GHashTable *by_object; /* their keys are the units' own, as below */
  GHashTable *by_shown;
  char *sender; /* systemd's unique name, NULL: not known */
  gboolean known;
  gboolean listing, soon;
  gboolean ask_all; /* with the next list: what was asked before may be lost */
  gboolean reloading;
  gboolean told_limit, told_list;
  gboolean polled;
  gint64 polled_at; /* monotonic */
};

/* ---- the table ---- */

static gboolean
reeve_services_tracker_matches (ReeveServicesTracker *self, const char *name)
{
  gboolean matches = FALSE;

  for (guint i = 0; self->units[i] != NULL && !matches; i++)
    matches = fnmatch (self->units[i], name, FNM_NOESCAPE) == 0;
  for (guint i = 0; self->exclude[i] != NULL && matches; i++)
    matches = fnmatch (self->exclude[i], name, FNM_NOESCAPE) != 0;
  return matches;
}

static void
reeve_services_tracker_drop (ReeveServicesTracker *self, ReeveServicesUnit *unit)
{
  unit->gone = TRUE;
  reeve_services_cgroup_set_path (self->cgroup, &unit->group, NULL);
  g_hash_table_remove (self->by_object, unit->object);
  if (g_hash_table_lookup (self->by_shown, unit->shown) == unit)
    g_hash_table_remove (self->by_shown, unit->shown);
  g_hash_table_remove (self->by_name, unit->name);
}

static void
reeve_services_tracker_drop_unseen (ReeveServicesTracker *self)
{
  g_autoptr (GPtrArray) lost = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer unit;

  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &unit))
    if (!((ReeveServicesUnit *) unit)->seen)
      g_ptr_array_add (lost, unit);
  for (guint i = 0; i < lost->len; i++)
    reeve_services_tracker_drop (self, g_ptr_array_index (lost, i));
}

static void
reeve_services_tracker_mark (ReeveServicesTracker *self)
{
  GHashTableIter iter;
  gpointer unit;

  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &unit))
    ((ReeveServicesUnit *) unit)->seen = FALSE;
}

static void
reeve_services_tracker_forget (ReeveServicesTracker *self)
{
  reeve_services_tracker_mark (self);
  reeve_services_tracker_drop_unseen (self);
  self->known = FALSE;
}

/* NULL when it is not to be in the table. */
static ReeveServicesUnit *
reeve_services_tracker_ensure (ReeveServicesTracker *self, const char *name, const char *object)
{
  ReeveServicesUnit *unit = g_hash_table_lookup (self->by_name, name);
  char *shown;

  if (unit != NULL && g_str_equal (unit->object, object))
    return unit;
  if (unit != NULL || !reeve_services_is_unit_name (name) || !reeve_services_is_object (object) ||
      g_hash_table_contains (self->by_object, object) ||
      !reeve_services_tracker_matches (self, name))
    return NULL;
  if (g_hash_table_size (self->by_name) >= REEVE_SERVICES_MAX_UNITS)
    {
      if (!self->told_limit)
        reeve_log_warning (self->context,
                           "more than %d units match: the others are not told of; narrow the keys "
                           "units or exclude of group [plugin services]",
                           REEVE_SERVICES_MAX_UNITS);
      self->told_limit = TRUE;
      return NULL;
    }
  shown = reeve_services_show_name (name);
  if (shown[0] == '\0' || g_hash_table_contains (self->by_shown, shown))
    {
      g_free (shown);
      shown = g_strdup (name);
    }
  unit = reeve_services_unit_new (name, shown, object);
  g_hash_table_insert (self->by_name, unit->name, unit);
  g_hash_table_insert (self->by_object, unit->object, unit);
  if (!g_hash_table_contains (self->by_shown, unit->shown))
    g_hash_table_insert (self->by_shown, unit->shown, unit);
  return unit;
}

/* @again: it may be another run of the same state. */
static void
reeve_services_tracker_set_state (ReeveServicesTracker *self, ReeveServicesUnit *unit, guint state,
                                  guint sub_state, gboolean again)
{
  guint wants = 1u << REEVE_SERVICES_WANT_RESTARTS;

  if (!again && unit->state == state && unit->sub_state == sub_state)
    return;
  unit->state = state;
  unit->sub_state = sub_state;
  if (state == REEVE_SERVICES_STATE_ACTIVE)
    unit->entered = TRUE;
  if (!unit->entered)
    wants |= 1u << REEVE_SERVICES_WANT_ENTERED;
  if (!reeve_services_unit_is_up (unit))
    {
      reeve_services_cgroup_set_path (self->cgroup, &unit->group, NULL);
      unit->asked = (ReeveServicesReading){ 0 };
    }
  else if (self->cgroup != NULL)
    wants |= 1u << REEVE_SERVICES_WANT_GROUP;
  reeve_services_fetch_add (self->fetch, unit, wants);
}

/* ---- the list ---- */

static void reeve_services_tracker_subscribe (ReeveServicesTracker *self);

static void
reeve_services_tracker_list_later (ReeveServicesTracker *self)
{
  if (self->soon || !reeve_services_bus_is_up (self->bus))
    return;
  self->soon = TRUE;
  reeve_timer_start (self->list_timer, REEVE_SERVICES_LIST_SOON_MS);
}

/* Below zero: it makes no sense; what had come before holds. */
static int
reeve_services_tracker_read_list (ReeveServicesTracker *self, sd_bus_message *reply)
{
  int r = sd_bus_message_enter_container (reply, 'a', REEVE_SERVICES_UNIT_STRUCT);

  for (guint i = 0; r >= 0 && i < REEVE_SERVICES_MAX_LISTED; i++)
    {
      const char *name, *description, *load, *active, *sub, *following, *object, *job, *job_object;
      ReeveServicesUnit *unit;
      gboolean added;
      guint32 id;

      r = sd_bus_message_read (reply, REEVE_SERVICES_UNIT_STRUCT, &name, &description, &load,
                               &active, &sub, &following, &object, &id, &job, &job_object);
      if (r <= 0)
        break;
      added = !g_hash_table_contains (self->by_name, name);
      unit = reeve_services_tracker_ensure (self, name, object);
      if (unit == NULL)
        continue;
      unit->seen = TRUE;
      reeve_services_tracker_set_state (self, unit, reeve_services_parse_state (active),
                                        reeve_services_parse_sub_state (sub),
                                        added || self->ask_all);
      /* what was not answered */
      reeve_services_fetch_add (self->fetch, unit, 0);
    }
  return r;
}

static void
reeve_services_tracker_list_cb (sd_bus_message *reply, const GError *error, gpointer user_data)
{
  ReeveServicesTracker *self = user_data;
  const char *problem = error != NULL ? error->message : NULL;

  self->listing = FALSE;
  if (reply != NULL)
    {
      reeve_services_tracker_mark (self);
      if (reeve_services_tracker_read_list (self, reply) < 0)
        problem = "its list of units makes no sense";
      else
        reeve_services_tracker_drop_unseen (self);
    }
  if (problem == NULL)
    {
      self->known = TRUE;
      self->ask_all = FALSE;
      self->told_list = FALSE;
      reeve_timer_stop (self->stale_timer);
      reeve_services_bus_praise (self->bus);
    }
  else if (reeve_services_bus_is_up (self->bus))
    {
      if (!self->told_list)
        reeve_log_warning (self->context, "systemd's units cannot be listed: %s", problem);
      self->told_list = TRUE;
      if (!reeve_timer_is_running (self->stale_timer))
        reeve_timer_start (self->stale_timer, REEVE_SERVICES_STALE_MS);
    }
  if (reeve_services_bus_is_up (self->bus) && !self->soon)
    reeve_timer_start (self->list_timer,
                       problem == NULL ? REEVE_SERVICES_LIST_MS : REEVE_SERVICES_STALE_MS);
  self->changed (self->user_data);
}

static void
reeve_services_tracker_list (ReeveServicesTracker *self)
{
  static const char *const states[] = { "loaded", "failed", NULL };
  sd_bus *bus = reeve_services_bus_get (self->bus);
  sd_bus_message *message = NULL;
  int r;

  self->soon = FALSE;
  if (self->listing)
    reeve_services_tracker_list_later (self);
  if (self->listing || !reeve_services_bus_is_up (self->bus))
    return;
  r = sd_bus_message_new_method_call (bus, &message, REEVE_SERVICES_SYSTEMD,
                                      REEVE_SERVICES_MANAGER_PATH, REEVE_SERVICES_MANAGER_INTERFACE,
                                      "ListUnitsByPatterns");
  if (r >= 0)
    r = sd_bus_message_append_strv (message, (char **) states);
  if (r >= 0)
    r = sd_bus_message_append_strv (message, self->units);
  if (r < 0)
    sd_bus_message_unref (message);
  else
    self->listing =
        reeve_services_bus_call (self->bus, message, reeve_services_tracker_list_cb, self);
  if (!self->listing)
    reeve_services_tracker_list_later (self);
}

static void
reeve_services_tracker_list_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveServicesTracker *self = user_data;

  self->reloading = FALSE;
  if (self->sender != NULL)
    reeve_services_tracker_list (self);
  else
    reeve_services_tracker_subscribe (self);
}

static void
reeve_services_tracker_stale_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_services_tracker_forget (user_data);
}

/* ---- signals ---- */

static gboolean
reeve_services_tracker_believes (ReeveServicesTracker *self, sd_bus_message *signal)
{
  return self->sender != NULL && g_strcmp0 (sd_bus_message_get_sender (signal), self->sender) == 0;
}

static int
reeve_services_tracker_new_cb (sd_bus_message *signal, void *user_data,
                               G_GNUC_UNUSED sd_bus_error *error)
{
  ReeveServicesTracker *self = user_data;
  const char *name, *object;

  if (reeve_services_tracker_believes (self, signal) && !self->reloading &&
      sd_bus_message_read (signal, "so", &name, &object) > 0 &&
      g_hash_table_lookup (self->by_name, name) == NULL &&
      reeve_services_tracker_matches (self, name))
    reeve_services_tracker_list_later (self);
  return 0;
}

static int
reeve_services_tracker_removed_cb (sd_bus_message *signal, void *user_data,
                                   G_GNUC_UNUSED sd_bus_error *error)
{
  ReeveServicesTracker *self = user_data;
  ReeveServicesUnit *unit;
  const char *name, *object;

  /* a reload takes everything away and brings it back */
  if (!reeve_services_tracker_believes (self, signal) || self->reloading ||
      sd_bus_message_read (signal, "so", &name, &object) <= 0)
    return 0;
  unit = g_hash_table_lookup (self->by_name, name);
  if (unit != NULL)
    reeve_services_tracker_drop (self, unit);
  return 0;
}

static int
reeve_services_tracker_reloading_cb (sd_bus_message *signal, void *user_data,
                                     G_GNUC_UNUSED sd_bus_error *error)
{
  ReeveServicesTracker *self = user_data;
  int active = 0;

  if (!reeve_services_tracker_believes (self, signal) ||
      sd_bus_message_read (signal, "b", &active) <= 0)
    return 0;
  self->reloading = active != 0;
  if (!self->reloading)
    reeve_services_tracker_list_later (self);
  return 0;
}

typedef struct
{
  const char *active;
  const char *sub;
  guint64 entered; /* 0: it says nothing */
} ReeveServicesChange;

/* The a{sv} of PropertiesChanged. */
static int
reeve_services_tracker_read_change (sd_bus_message *signal, ReeveServicesChange *change)
{
  const char *key;
  int r = sd_bus_message_enter_container (signal, 'a', "{sv}");

  while (r >= 0)
    {
      r = sd_bus_message_enter_container (signal, 'e', "sv");
      if (r <= 0)
        break;
      r = sd_bus_message_read (signal, "s", &key);
      if (r < 0)
        break;
      if (g_str_equal (key, "ActiveState"))
        r = sd_bus_message_read (signal, "v", "s", &change->active);
      else if (g_str_equal (key, "SubState"))
        r = sd_bus_message_read (signal, "v", "s", &change->sub);
      else if (g_str_equal (key, "ActiveEnterTimestamp"))
        r = sd_bus_message_read (signal, "v", "t", &change->entered);
      else
        r = sd_bus_message_skip (signal, "v");
      if (r >= 0)
        r = sd_bus_message_exit_container (signal);
    }
  return r;
}

static int
reeve_services_tracker_changed_cb (sd_bus_message *signal, void *user_data,
                                   G_GNUC_UNUSED sd_bus_error *error)
{
  ReeveServicesTracker *self = user_data;
  ReeveServicesUnit *unit;
  ReeveServicesChange change = { 0 };
  const char *interface;
  gboolean again;

  unit = g_hash_table_lookup (self->by_object, sd_bus_message_get_path (signal));
  if (unit == NULL || !reeve_services_tracker_believes (self, signal) ||
      sd_bus_message_read (signal, "s", &interface) <= 0 ||
      !g_str_equal (interface, REEVE_SERVICES_UNIT_INTERFACE) ||
      reeve_services_tracker_read_change (signal, &change) < 0)
    return 0;
  again = change.entered != 0 && change.entered != unit->entered_at;
  if (again)
    unit->entered_at = change.entered;
  reeve_services_tracker_set_state (
      self, unit, change.active != NULL ? reeve_services_parse_state (change.active) : unit->state,
      change.sub != NULL ? reeve_services_parse_sub_state (change.sub) : unit->sub_state, again);
  return 0;
}

/* ---- the connection ---- */

static int
reeve_services_tracker_owner_cb (sd_bus_message *signal, void *user_data,
                                 G_GNUC_UNUSED sd_bus_error *error)
{
  ReeveServicesTracker *self = user_data;
  const char *name, *before, *after;

  if (g_strcmp0 (sd_bus_message_get_sender (signal), "org.freedesktop.DBus") != 0 ||
      sd_bus_message_read (signal, "sss", &name, &before, &after) <= 0)
    return 0;
  g_clear_pointer (&self->sender, g_free);
  self->ask_all = TRUE;
  if (after[0] != '\0')
    {
      self->sender = g_strdup (after);
      reeve_services_tracker_subscribe (self);
    }
  else
    reeve_timer_start (self->stale_timer, REEVE_SERVICES_STALE_MS);
  return 0;
}

static void
reeve_services_tracker_add_match (ReeveServicesTracker *self, const char *match,
                                  sd_bus_message_handler_t handler)
{
  /* without a slot the match ends with the connection, and a refusal ends the connection */
  if (sd_bus_add_match_async (reeve_services_bus_get (self->bus), NULL, match, handler, NULL,
                              self) < 0)
    reeve_log_warning (self->context, "no memory to follow systemd's signals");
}

static void
reeve_services_tracker_subscribed_cb (sd_bus_message *reply, const GError *error,
                                      gpointer user_data)
{
  ReeveServicesTracker *self = user_data;

  if (reply != NULL)
    {
      g_free (self->sender);
      self->sender = g_strdup (sd_bus_message_get_sender (reply));
    }
  /* one that executed itself anew still has the old subscription, and says so; where there is none,
   * the list every 10 min must do */
  if (error != NULL)
    reeve_log_debug (self->context, "no signals: %s", error->message);
  reeve_services_tracker_list (self);
}

static void
reeve_services_tracker_subscribe (ReeveServicesTracker *self)
{
  sd_bus_message *message = NULL;

  self->soon = FALSE;
  if (!reeve_services_bus_is_up (self->bus))
    return;
  if (sd_bus_message_new_method_call (reeve_services_bus_get (self->bus), &message,
                                      REEVE_SERVICES_SYSTEMD, REEVE_SERVICES_MANAGER_PATH,
                                      REEVE_SERVICES_MANAGER_INTERFACE, "Subscribe") < 0 ||
      !reeve_services_bus_call (self->bus, message, reeve_services_tracker_subscribed_cb, self))
    reeve_services_tracker_list_later (self);
}

#define REEVE_SERVICES_MATCH(member)                                                               \
  "type='signal',sender='" REEVE_SERVICES_SYSTEMD "',path='" REEVE_SERVICES_MANAGER_PATH           \
  "',interface='" REEVE_SERVICES_MANAGER_INTERFACE "',member='" member "'"

static void
reeve_services_tracker_up_cb (gpointer user_data)
{
  ReeveServicesTracker *self = user_data;

  self->reloading = FALSE;
  self->listing = FALSE;
  self->soon = FALSE;
  self->ask_all = TRUE;
  reeve_services_tracker_add_match (self, REEVE_SERVICES_MATCH ("UnitNew"),
                                    reeve_services_tracker_new_cb);
  reeve_services_tracker_add_match (self, REEVE_SERVICES_MATCH ("UnitRemoved"),
                                    reeve_services_tracker_removed_cb);
  reeve_services_tracker_add_match (self, REEVE_SERVICES_MATCH ("Reloading"),
                                    reeve_services_tracker_reloading_cb);
  reeve_services_tracker_add_match (
      self,
      "type='signal',sender='" REEVE_SERVICES_SYSTEMD
      "',path_namespace='" REEVE_SERVICES_MANAGER_PATH
      "/unit',interface='" REEVE_SERVICES_PROPERTIES_INTERFACE
      "',member='PropertiesChanged',arg0='" REEVE_SERVICES_UNIT_INTERFACE "'",
      reeve_services_tracker_changed_cb);
  reeve_services_tracker_add_match (
      self,
      "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
      "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
      "arg0='" REEVE_SERVICES_SYSTEMD "'",
      reeve_services_tracker_owner_cb);
  reeve_services_tracker_subscribe (self);
}

static void
reeve_services_tracker_down_cb (gpointer user_data)
{
  ReeveServicesTracker *self = user_data;

  g_clear_pointer (&self->sender, g_free);
  reeve_timer_stop (self->list_timer);
  reeve_services_fetch_clear (self->fetch);
  if (self->known && !reeve_timer_is_running (self->stale_timer))
    reeve_timer_start (self->stale_timer, REEVE_SERVICES_STALE_MS);
  self->changed (self->user_data);
}

static void
reeve_services_tracker_idle_cb (gpointer user_data)
{
  ReeveServicesTracker *self = user_data;

  self->changed (self->user_data);
}

/* ---- life ---- */

static const ReeveServicesBusFuncs reeve_services_tracker_bus_funcs = {
  .up = reeve_services_tracker_up_cb,
  .down = reeve_services_tracker_down_cb,
};

ReeveServicesTracker *
reeve_services_tracker_new (ReeveContext *context, const ReeveServicesOptions *options,
                            void (*changed) (gpointer user_data), gpointer user_data)
{
  ReeveServicesTracker *self = g_new0 (ReeveServicesTracker, 1);
  self->context = reeve_context_ref (context);
  self->units = g_strdupv ((GStrv) options->units);
  self->exclude = g_strdupv ((GStrv) options->exclude);
  self->changed = changed;
  self->user_data = user_data;
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                         (GDestroyNotify) reeve_services_unit_unref);
  self->by_object = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_shown = g_hash_table_new (g_str_hash, g_str_equal);
  self->cgroup = reeve_services_cgroup_new (options->root);
  self->list_timer =
      reeve_context_add_timer (context, "list", reeve_services_tracker_list_timer_cb, self);
  self->stale_timer =
      reeve_context_add_timer (context, "stale", reeve_services_tracker_stale_timer_cb, self);
  self->bus =
      reeve_services_bus_new (context, options->bus, &reeve_services_tracker_bus_funcs, self);
  self->fetch = reeve_services_fetch_new (context, self->bus, self->cgroup,
                                          reeve_services_tracker_idle_cb, self);
  reeve_services_bus_start (self->bus);
  return self;
}

void
reeve_services_tracker_free (ReeveServicesTracker *self)
{
  reeve_services_bus_free (self->bus);
  reeve_services_fetch_free (self->fetch);
  reeve_services_tracker_forget (self);
  reeve_timer_free (self->list_timer);
  reeve_timer_free (self->stale_timer);
  g_clear_pointer (&self->cgroup, reeve_services_cgroup_free);
  g_hash_table_unref (self->by_object);
  g_hash_table_unref (self->by_shown);
  g_hash_table_unref (self->by_name);
  g_strfreev (self->units);
  g_strfreev (self->exclude);
  g_free (self->sender);
  reeve_context_unref (self->context);
  g_free (self);
}

/* ---- what it tells ---- */

gboolean
reeve_services_tracker_is_known (ReeveServicesTracker *self)
{
  return self->known;
}

gboolean
reeve_services_tracker_is_busy (ReeveServicesTracker *self)
{
  return (!self->known || !reeve_services_fetch_is_idle (self->fetch)) &&
         reeve_services_bus_is_waiting (self->bus, 1000 * (gint64) REEVE_SERVICES_WAIT_MS);
}

static gint64
reeve_services_tracker_now (ReeveServicesTracker *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

void
reeve_services_tracker_prepare (ReeveServicesTracker *self)
{
  static const guint wants = 1u << REEVE_SERVICES_WANT_CPU | 1u << REEVE_SERVICES_WANT_MEMORY |
                             1u << REEVE_SERVICES_WANT_MEMORY_PEAK |
                             1u << REEVE_SERVICES_WANT_TASKS;
  gint64 now = reeve_services_tracker_now (self);
  GHashTableIter iter;
  gpointer value;

  if (self->cgroup != NULL || !self->known ||
      (self->polled && now - self->polled_at < REEVE_SERVICES_POLL_US))
    return;
  self->polled = TRUE;
  self->polled_at = now;
  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (reeve_services_unit_is_up (value))
      reeve_services_fetch_add (self->fetch, value, wants);
}

static void
reeve_services_tracker_add_unit (ReeveServicesTracker *self, ReeveServicesUnit *unit, gint64 now,
                                 ReeveSample *sample)
{
  ReeveServicesReading reading;

  if (self->cgroup != NULL)
    {
      reeve_services_cgroup_read (self->cgroup, &unit->group, now, &reading);
    }
  else
    {
      reading = unit->asked;
      if (now - unit->asked_at > REEVE_SERVICES_FRESH_US)
        reading.has[REEVE_SERVICES_VALUE_CPU] = FALSE;
    }
  reeve_services_unit_add (unit, &reading, now, self->processors, sample);
}

void
reeve_services_tracker_add (ReeveServicesTracker *self, ReeveSample *sample)
{
  gint64 now = reeve_services_tracker_now (self);
  guint total = 0, failed = 0;
  GHashTableIter iter;
  gpointer value;

  if (now >= self->count_at)
    {
      self->processors = (guint) MAX (sysconf (_SC_NPROCESSORS_ONLN), 1);
      self->count_at = now + REEVE_SERVICES_PROCESSORS_US;
    }
  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ReeveServicesUnit *unit = value;

      if (!reeve_services_unit_is_shown (unit))
        continue;
      total++;
      failed += unit->state == REEVE_SERVICES_STATE_FAILED ? 1 : 0;
      reeve_services_tracker_add_unit (self, unit, now, sample);
    }
  if (reeve_sample_add (sample, REEVE_KIND_SERVICES, NULL))
    {
      reeve_sample_set_number (sample, REEVE_SERVICES_TOTAL, total);
      reeve_sample_set_number (sample, REEVE_SERVICES_FAILED, failed);
    }
}

ReeveServicesUnit *
reeve_services_tracker_find (ReeveServicesTracker *self, const char *name)
{
  ReeveServicesUnit *unit = g_hash_table_lookup (self->by_shown, name);

  return unit != NULL ? unit : g_hash_table_lookup (self->by_name, name);
}

ReeveServicesBus *
reeve_services_tracker_get_bus (ReeveServicesTracker *self)
{
  return self->bus;
}
