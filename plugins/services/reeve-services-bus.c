/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * sd-bus on a descriptor that the context dialled, driven by the engine. Every call is made without
 * a timeout of sd-bus', which knows no driven clock; the one timer here stands for all of them:
 * when the oldest call, or the greeting, is unanswered for too long, the connection is given up.
 */

#include "config.h"

#include "reeve-services-bus.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <reeve/monitor.h>

typedef struct
{
  ReeveServicesBus *bus;
  sd_bus_slot *slot;
  ReeveServicesReplyFunc func;
  gpointer user_data;
  gint64 deadline; /* monotonic */
  GList link;
} ReeveServicesCall;

/* A dial outlives the bus that asked for it, if it must. */
typedef struct
{
  ReeveServicesBus *bus; /* NULL: nobody is interested any more */
} ReeveServicesDial;

struct _ReeveServicesBus
{
  ReeveContext *context;
  char *address;
  const ReeveServicesBusFuncs *funcs;
  gpointer user_data;

  GCancellable *cancellable; /* of the dial */
  ReeveServicesDial *dial;   /* NULL: none under way */
  sd_bus *bus;               /* NULL: no connection */
  ReeveWatch *watch;
  ReeveTimer *timer;        /* of the oldest call, the greeting or the next try */
  GQueue calls;             /* of ReeveServicesCall, oldest first */
  gint64 dialled_at;        /* monotonic */
  gint64 greeting_deadline; /* monotonic */
  gboolean up;
  gboolean told; /* why it cannot be reached stands in the log already */
  guint retry_ms;
};

static gint64
reeve_services_bus_now (ReeveServicesBus *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

static void reeve_services_bus_watch_cb (ReeveWatch *watch, ReeveIO ready, gpointer user_data);

/* ---- the end of a connection ---- */

static void
reeve_services_call_end (ReeveServicesCall *call, sd_bus_message *reply, const GError *error)
{
  g_queue_unlink (&call->bus->calls, &call->link);
  sd_bus_slot_unref (call->slot);
  call->func (reply, error, call->user_data);
  g_free (call);
}

static void
reeve_services_bus_clear (ReeveServicesBus *self, const GError *error)
{
  self->up = FALSE;
  if (self->dial != NULL)
    {
      g_steal_pointer (&self->dial)->bus = NULL;
      g_cancellable_cancel (self->cancellable);
    }
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->watch, reeve_watch_remove);
  if (self->bus != NULL)
    {
      sd_bus *bus = g_steal_pointer (&self->bus);

      while (!g_queue_is_empty (&self->calls))
        reeve_services_call_end (g_queue_peek_head (&self->calls), NULL, error);
      sd_bus_close (bus);
      sd_bus_unref (bus);
    }
}

/* Takes @error. */
static void
reeve_services_bus_lose (ReeveServicesBus *self, GError *error)
{
  reeve_services_bus_clear (self, error);
  if (!self->told)
    reeve_log_warning (self->context,
                       "systemd cannot be asked through %s, no service is told of: %s",
                       self->address, error->message);
  self->told = TRUE;
  g_error_free (error);
  reeve_timer_start (self->timer, self->retry_ms);
  self->retry_ms = MIN (self->retry_ms * 2, REEVE_SERVICES_BUS_MAX_RETRY_MS);
  self->funcs->down (self->user_data);
}

static GError *
reeve_services_bus_make_error (int code, const char *what)
{
  return g_error_new (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "%s: %s", what,
                      g_strerror (ABS (code)));
}

/* ---- time ---- */

static void reeve_services_bus_dial (ReeveServicesBus *self);

static void
reeve_services_bus_update_timer (ReeveServicesBus *self)
{
  ReeveServicesCall *oldest = g_queue_peek_head (&self->calls);
  gint64 deadline = !self->up ? self->greeting_deadline : oldest != NULL ? oldest->deadline : 0;

  if (self->bus == NULL)
    return;
  if (deadline == 0)
    reeve_timer_stop (self->timer);
  else
    reeve_timer_start (self->timer,
                       (guint64) MAX (deadline - reeve_services_bus_now (self), 0) / 1000 + 1);
}

static void
reeve_services_bus_timer_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  ReeveServicesBus *self = user_data;
  ReeveServicesCall *oldest = g_queue_peek_head (&self->calls);
  gint64 now = reeve_services_bus_now (self);

  if (self->bus == NULL)
    reeve_services_bus_dial (self);
  else if ((!self->up && now >= self->greeting_deadline) ||
           (oldest != NULL && now >= oldest->deadline))
    reeve_services_bus_lose (self,
                             g_error_new (REEVE_ERROR, REEVE_ERROR_TIMEOUT, "no answer for %d s",
                                          REEVE_SERVICES_BUS_TIMEOUT_MS / 1000));
  else
    reeve_services_bus_update_timer (self);
}

/* ---- what comes and goes ---- */

/* After anything was sent or handled: what is waited for next. */
static void
reeve_services_bus_update_watch (ReeveServicesBus *self)
{
  int events = sd_bus_get_events (self->bus);
  guint64 timeout = 0;
  ReeveIO mask = REEVE_IO_NONE;

  if (events < 0 || sd_bus_get_timeout (self->bus, &timeout) < 0)
    timeout = 0;
  if (events > 0 && events & POLLIN)
    mask |= REEVE_IO_IN;
  if (events > 0 && events & POLLOUT)
    mask |= REEVE_IO_OUT;
  reeve_watch_set_mask (self->watch, mask);
  if (timeout == 0)
    reeve_watch_again (self->watch);
}

static void
reeve_services_bus_watch_cb (ReeveWatch *watch, ReeveIO ready, gpointer user_data)
{
  ReeveServicesBus *self = user_data;
  sd_bus *bus = sd_bus_ref (self->bus);
  int r = 1;

  for (guint i = 0; i < REEVE_SERVICES_BUS_PER_TURN && r > 0 && self->bus == bus; i++)
    r = sd_bus_process (bus, NULL);
  if (self->bus == bus && r >= 0 && !sd_bus_is_open (bus))
    r = -ECONNRESET;
  if (self->bus == bus && r < 0)
    reeve_services_bus_lose (self, reeve_services_bus_make_error (r, "the connection ended"));
  else if (self->bus == bus && !self->up && sd_bus_is_ready (bus) > 0)
    {
      self->up = TRUE;
      self->funcs->up (self->user_data);
    }
  if (self->bus == bus)
    {
      reeve_services_bus_update_watch (self);
      reeve_services_bus_update_timer (self);
    }
  sd_bus_unref (bus);
}

/* ---- the beginning ---- */

/* Takes @fd. */
static int
reeve_services_bus_open (ReeveServicesBus *self, int fd)
{
  int r = sd_bus_new (&self->bus);

  if (r < 0)
    {
      close (fd);
      return r;
    }
  r = sd_bus_set_fd (self->bus, fd, fd);
  if (r < 0)
    {
      close (fd);
      return r;
    }
  r = sd_bus_set_bus_client (self->bus, TRUE);
  if (r >= 0)
    r = sd_bus_start (self->bus);
  if (r >= 0)
    self->watch = reeve_context_watch_fd (self->context, "system bus", fd, REEVE_IO_IN,
                                          reeve_services_bus_watch_cb, self);
  return r >= 0 && self->watch == NULL ? -ESHUTDOWN : r;
}

static void
reeve_services_bus_take (ReeveServicesBus *self, ReeveStream *stream)
{
  int fd = reeve_stream_steal_fd (stream);
  int r;

  if (fd < 0)
    {
      reeve_stream_abort (stream);
      reeve_services_bus_lose (self, reeve_services_bus_make_error (EIO, "no descriptor"));
      return;
    }
  self->greeting_deadline =
      reeve_services_bus_now (self) + 1000 * (gint64) REEVE_SERVICES_BUS_TIMEOUT_MS;
  r = reeve_services_bus_open (self, fd);
  if (r < 0)
    {
      reeve_services_bus_lose (self, reeve_services_bus_make_error (r, "no greeting"));
      return;
    }
  reeve_services_bus_update_watch (self);
  reeve_services_bus_update_timer (self);
}

static void
reeve_services_bus_dialled_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                               gpointer user_data)
{
  g_autofree ReeveServicesDial *dial = user_data;
  ReeveServicesBus *self = dial->bus;
  GError *error = NULL;
  g_autoptr (ReeveStream) stream = reeve_context_dial_finish (NULL, result, &error);

  if (self == NULL)
    {
      if (stream != NULL)
        reeve_stream_abort (stream);
      g_clear_error (&error);
      return;
    }
  self->dial = NULL;
  if (stream != NULL)
    reeve_services_bus_take (self, stream);
  else
    reeve_services_bus_lose (self, error);
}

static void
reeve_services_bus_dial (ReeveServicesBus *self)
{
  if (self->dial != NULL)
    return;
  self->dial = g_new0 (ReeveServicesDial, 1);
  self->dial->bus = self;
  self->dialled_at = reeve_services_bus_now (self);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  reeve_context_dial_async (self->context, REEVE_SERVICES_BUS_ENDPOINT, self->address,
                            REEVE_SERVICES_BUS_TIMEOUT_MS, self->cancellable,
                            reeve_services_bus_dialled_cb, self->dial);
}

ReeveServicesBus *
reeve_services_bus_new (ReeveContext *context, const char *address,
                        const ReeveServicesBusFuncs *funcs, gpointer user_data)
{
  ReeveServicesBus *self = g_new0 (ReeveServicesBus, 1);

  self->context = reeve_context_ref (context);
  self->address = g_strdup (address);
  self->funcs = funcs;
  self->user_data = user_data;
  self->retry_ms = REEVE_SERVICES_BUS_RETRY_MS;
  g_queue_init (&self->calls);
  self->timer = reeve_context_add_timer (context, "bus", reeve_services_bus_timer_cb, self);
  return self;
}

void
reeve_services_bus_free (ReeveServicesBus *self)
{
  g_autoptr (GError) error = g_error_new_literal (REEVE_ERROR, REEVE_ERROR_GONE, "stopped");

  reeve_services_bus_clear (self, error);
  reeve_timer_free (self->timer);
  reeve_context_unref (self->context);
  g_free (self->address);
  g_free (self);
}

void
reeve_services_bus_start (ReeveServicesBus *self)
{
  reeve_services_bus_dial (self);
}

void
reeve_services_bus_praise (ReeveServicesBus *self)
{
  if (self->told)
    reeve_log_message (self->context, "systemd answers through %s", self->address);
  self->told = FALSE;
  self->retry_ms = REEVE_SERVICES_BUS_RETRY_MS;
}

/* ---- calls ---- */

gboolean
reeve_services_bus_is_up (ReeveServicesBus *self)
{
  return self->up;
}

sd_bus *
reeve_services_bus_get (ReeveServicesBus *self)
{
  return self->bus;
}

guint
reeve_services_bus_get_n_calls (ReeveServicesBus *self)
{
  return g_queue_get_length (&self->calls);
}

gboolean
reeve_services_bus_is_waiting (ReeveServicesBus *self, gint64 max_age)
{
  ReeveServicesCall *oldest = g_queue_peek_head (&self->calls);
  gint64 since;

  if (self->dial != NULL)
    since = self->dialled_at;
  else if (self->bus != NULL && !self->up)
    since = self->greeting_deadline - 1000 * (gint64) REEVE_SERVICES_BUS_TIMEOUT_MS;
  else if (oldest != NULL)
    since = oldest->deadline - 1000 * (gint64) REEVE_SERVICES_BUS_TIMEOUT_MS;
  else
    return FALSE;
  return reeve_services_bus_now (self) - since < max_age;
}

/* Nobody else can speak with the bus' own name: systemd is gone, has not answered, or may not be
 * asked. */
static gboolean
reeve_services_bus_is_own (sd_bus_message *message)
{
  return g_strcmp0 (sd_bus_message_get_sender (message), "org.freedesktop.DBus") == 0;
}

static int
reeve_services_bus_reply_cb (sd_bus_message *reply, void *user_data,
                             G_GNUC_UNUSED sd_bus_error *ret_error)
{
  ReeveServicesCall *call = user_data;
  const sd_bus_error *failure = sd_bus_message_get_error (reply);
  g_autoptr (GError) error = NULL;

  if (failure != NULL)
    {
      g_autofree char *text = reeve_text_clean (failure->message != NULL ? failure->message : "",
                                                -1, REEVE_SERVICES_BUS_MAX_ERROR);

      if (reeve_services_bus_is_own (reply))
        error = g_error_new (REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "no answer: %s", text);
      else
        error = g_error_new (REEVE_ERROR, REEVE_ERROR_IO, "systemd refuses: %s", text);
    }
  reeve_services_call_end (call, failure == NULL ? reply : NULL, error);
  return 0;
}

gboolean
reeve_services_bus_call (ReeveServicesBus *self, sd_bus_message *message,
                         ReeveServicesReplyFunc func, gpointer user_data)
{
  ReeveServicesCall *call;
  int r = -ENOTCONN;

  call = g_new0 (ReeveServicesCall, 1);
  call->bus = self;
  call->func = func;
  call->user_data = user_data;
  call->link.data = call;
  call->deadline = reeve_services_bus_now (self) + 1000 * (gint64) REEVE_SERVICES_BUS_TIMEOUT_MS;
  if (self->up && self->calls.length < REEVE_SERVICES_BUS_MAX_CALLS)
    r = sd_bus_call_async (self->bus, &call->slot, message, reeve_services_bus_reply_cb, call,
                           UINT64_MAX);
  sd_bus_message_unref (message);
  if (r < 0)
    {
      g_free (call);
      return FALSE;
    }
  g_queue_push_tail_link (&self->calls, &call->link);
  reeve_services_bus_update_watch (self);
  reeve_services_bus_update_timer (self);
  return TRUE;
}

gboolean
reeve_services_bus_get_property (ReeveServicesBus *self, const char *path, const char *interface,
                                 const char *property, ReeveServicesReplyFunc func,
                                 gpointer user_data)
{
  sd_bus_message *message = NULL;

  if (!self->up ||
      sd_bus_message_new_method_call (self->bus, &message, REEVE_SERVICES_SYSTEMD, path,
                                      REEVE_SERVICES_PROPERTIES_INTERFACE, "Get") < 0)
    return FALSE;
  if (sd_bus_message_append (message, "ss", interface, property) < 0)
    {
      sd_bus_message_unref (message);
      return FALSE;
    }
  return reeve_services_bus_call (self, message, func, user_data);
}
