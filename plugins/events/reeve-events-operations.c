/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What may be asked of the events. */

#include "config.h"

#include "reeve-events-operations.h"

#include <math.h>

#include "reeve-events-interface.h"

/* Times are of these years: microseconds of them fit. */
#define REEVE_EVENTS_MAX_TIME_S 253402300800.0

struct _ReeveEventsOperations
{
  GObject parent;

  ReeveContext *context; /* NULL once stopped */
  ReeveEventsLog *log;
  ReeveEventsOutbox *outbox; /* not owned */
};

static void reeve_events_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveEventsOperations, reeve_events_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_events_operations_iface_init))

void
reeve_events_operations_clear (ReeveEventsOperations *self)
{
  g_clear_object (&self->log);
  self->outbox = NULL;
  self->context = NULL;
}

static void
reeve_events_operations_finalize (GObject *object)
{
  reeve_events_operations_clear (REEVE_EVENTS_OPERATIONS (object));
  G_OBJECT_CLASS (reeve_events_operations_parent_class)->finalize (object);
}

static void
reeve_events_operations_class_init (ReeveEventsOperationsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_events_operations_finalize;
}

static void
reeve_events_operations_init (G_GNUC_UNUSED ReeveEventsOperations *self)
{
}

ReeveEventsOperations *
reeve_events_operations_new (ReeveContext *context, ReeveEventsLog *log, ReeveEventsOutbox *outbox)
{
  ReeveEventsOperations *self = g_object_new (REEVE_TYPE_EVENTS_OPERATIONS, NULL);

  self->context = context;
  self->log = g_object_ref (log);
  self->outbox = outbox;
  return self;
}

static void
reeve_events_operations_listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) found =
      reeve_events_log_list_finish (REEVE_EVENTS_LOG (source), result, &error);
  GVariantBuilder rows;

  if (found == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < found->len; i++)
    g_variant_builder_add_value (&rows, g_ptr_array_index (found, i));
  reeve_operations_return (task, g_variant_new ("(aa{sv})", &rows));
}

static gboolean
reeve_events_operations_get_time (double seconds, gint64 *ret_time)
{
  if (!isfinite (seconds) || seconds < 0 || seconds > REEVE_EVENTS_MAX_TIME_S)
    return FALSE;
  *ret_time = (gint64) (seconds * G_USEC_PER_SEC);
  return TRUE;
}

static void
reeve_events_operations_list (ReeveEventsOperations *self, GVariant *arguments, GTask *task)
{
  ReeveEventsQuery query = { 0 };
  const char *severity;
  double from, to;

  g_variant_get (arguments, "(utdd&s&s&s)", &query.limit, &query.after, &from, &to, &severity,
                 &query.category, &query.subject);
  if (!reeve_events_operations_get_time (from, &query.from) ||
      !reeve_events_operations_get_time (to, &query.to))
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_INVALID,
                             "a time is in seconds since 1970");
  else if (*severity != '\0' && !reeve_severity_from_string (severity, &query.least))
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_INVALID,
                             "a severity is debug, info, notice, warning, error or critical");
  else
    reeve_events_log_list_async (self->log, &query, g_task_get_cancellable (task),
                                 reeve_events_operations_listed_cb, g_object_ref (task));
}

static void
reeve_events_operations_list_sinks (ReeveEventsOperations *self, G_GNUC_UNUSED GVariant *arguments,
                                    GTask *task)
{
  reeve_operations_return (task, g_variant_new ("(@aa{sv})",
                                                reeve_events_outbox_describe (self->outbox)));
}

static void
reeve_events_operations_test (ReeveEventsOperations *self, GVariant *arguments, GTask *task)
{
  ReeveSeverity severity;
  const char *text;

  g_variant_get (arguments, "(&s)", &text);
  if (!reeve_severity_from_string (text, &severity))
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_INVALID,
                               "a severity is debug, info, notice, warning, error or critical");
      return;
    }
  reeve_context_emit (self->context, severity, "test", "", NULL,
                      "a test: somebody asked for this event");
  reeve_operations_return (task, g_variant_new ("()"));
}

/* ---- ReeveOperations ---- */

static const ReeveOperationRow reeve_events_rows[] = {
  { .method = "ListEvents",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/events",
    .handler = REEVE_OPERATION_HANDLER (reeve_events_operations_list) },
  { .method = "ListSinks",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/event-sinks",
    .handler = REEVE_OPERATION_HANDLER (reeve_events_operations_list_sinks) },
  { .method = "SendTest",
    .power = REEVE_POWER_OPERATE,
    .http_verb = "POST",
    .http_path = "/api/v1/events/test",
    .handler = REEVE_OPERATION_HANDLER (reeve_events_operations_test) },
  { .method = NULL },
};

static void
reeve_events_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_events1_interface;
  iface->rows = reeve_events_rows;
}
