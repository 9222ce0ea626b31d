/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls to those who answer named verbs, with their arguments and answers held against the rows. */

#include "config.h"

#include <string.h>

#include "reeve-responder.h"

G_DEFINE_INTERFACE (ReeveResponder, reeve_responder, G_TYPE_OBJECT)

static void
reeve_responder_default_init (ReeveResponderInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ALL, FALSE);
}

const ReeveResponderRow *
reeve_responder_get_rows (ReeveResponder *self)
{
  static const ReeveResponderRow none[] = { { .verb = NULL } };
  ReeveResponderInterface *iface = REEVE_RESPONDER_GET_IFACE (self);
  const ReeveResponderRow *rows;

  if (iface->get_rows == NULL || !reeve_call_enter_sync (self, "Responder.get_rows"))
    return none;
  rows = iface->get_rows (self);
  reeve_call_leave_sync (self);
  return rows != NULL ? rows : none;
}

const ReeveResponderRow *
reeve_responder_find_row (ReeveResponder *self, const char *verb)
{
  const ReeveResponderRow *rows = reeve_responder_get_rows (self);

  for (guint i = 0; i < REEVE_RESPONDER_MAX_ROWS && rows[i].verb != NULL; i++)
    if (strcmp (rows[i].verb, verb) == 0)
      return &rows[i];
  return NULL;
}

static const ReeveResponderArgument *
reeve_responder_find_argument (const ReeveResponderRow *row, const char *key)
{
  for (const ReeveResponderArgument *argument = row->arguments;
       argument != NULL && argument->key != NULL; argument++)
    if (strcmp (argument->key, key) == 0)
      return argument;
  return NULL;
}

/* Each known, of its type, and all that are required. */
static gboolean
reeve_responder_check_arguments (const ReeveResponderRow *row, GVariant *arguments, GError **error)
{
  GVariantIter iter;
  GVariant *value;
  const char *key;

  g_variant_iter_init (&iter, arguments);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      const ReeveResponderArgument *argument = reeve_responder_find_argument (row, key);
      gboolean fits =
          argument != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE (argument->type));

      g_variant_unref (value);
      if (fits)
        continue;
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   argument == NULL ? "'%s' takes no argument '%s'"
                                    : "'%s': its argument '%s' has another type",
                   row->verb, key);
      return FALSE;
    }
  for (const ReeveResponderArgument *argument = row->arguments;
       argument != NULL && argument->key != NULL; argument++)
    {
      g_autoptr (GVariant) given =
          g_variant_lookup_value (arguments, argument->key, G_VARIANT_TYPE (argument->type));

      if (argument->required && given == NULL)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "'%s' needs the argument '%s'",
                       row->verb, argument->key);
          return FALSE;
        }
    }
  return TRUE;
}

static void
reeve_responder_refuse (ReeveResponder *self, GAsyncReadyCallback callback, gpointer user_data,
                        GError *error)
{
  g_task_report_error (self, callback, user_data, reeve_responder_refuse, error);
}

/* One call: its row stands until the answer is looked at. */
typedef struct
{
  const ReeveResponderRow *row;
  GTask *task;
} ReeveResponderAsk;

static gboolean
reeve_responder_check_answer (const ReeveResponderRow *row, GVariant *answer, GError **error)
{
  if (!g_variant_is_of_type (answer, G_VARIANT_TYPE (row->answer)))
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_PROTOCOL, "'%s': the answer has another type",
                 row->verb);
  else if (g_variant_get_size (answer) > row->max_bytes)
    g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                 "'%s': the answer has more than %" G_GSIZE_FORMAT " bytes", row->verb,
                 row->max_bytes);
  else
    return TRUE;
  return FALSE;
}

static GVariant *
reeve_responder_take (ReeveResponder *self, const ReeveResponderRow *row, GAsyncResult *result,
                      GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);
  g_autoptr (GVariant) answer = NULL;
  GError *local = NULL;

  if (inner == NULL)
    return NULL;
  answer = REEVE_RESPONDER_GET_IFACE (self)->respond_finish (self, inner, &local);
  if (answer != NULL && !reeve_responder_check_answer (row, answer, &local))
    g_clear_pointer (&answer, g_variant_unref);
  if (local != NULL)
    g_propagate_error (error, local);
  if (!reeve_call_check (self, result, answer != NULL, error))
    return NULL;
  return g_steal_pointer (&answer);
}

static void
reeve_responder_responded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree ReeveResponderAsk *ask = user_data;
  g_autoptr (GTask) task = ask->task;
  GError *error = NULL;
  GVariant *answer = reeve_responder_take (REEVE_RESPONDER (source), ask->row, result, &error);

  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

void
reeve_responder_respond_async (ReeveResponder *self, const char *verb, GVariant *arguments,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  ReeveResponderInterface *iface = REEVE_RESPONDER_GET_IFACE (self);
  const ReeveResponderRow *row = reeve_responder_find_row (self, verb);
  ReeveResponderAsk *ask;
  GError *error = NULL;
  ReeveCall *call;

  if (row == NULL)
    error = g_error_new (REEVE_ERROR, REEVE_ERROR_UNSUPPORTED, "'%s' is not answered here", verb);
  else if (!reeve_responder_check_arguments (row, arguments, &error))
    g_assert (error != NULL);
  if (error != NULL)
    {
      reeve_responder_refuse (self, callback, user_data, error);
      return;
    }
  ask = g_new0 (ReeveResponderAsk, 1);
  ask->row = row;
  ask->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (ask->task, reeve_responder_respond_async);
  g_task_set_check_cancellable (ask->task, FALSE);
  call = reeve_call_begin (self, "Responder.respond", iface->respond_async != NULL,
                           row->timeout_ms > 0 ? row->timeout_ms : REEVE_RESPONDER_TIMEOUT_MS,
                           cancellable, reeve_responder_responded_cb, ask);
  if (call == NULL)
    return;
  iface->respond_async (self, verb, arguments, reeve_call_get_cancellable (call),
                        reeve_call_done_cb, call);
  reeve_call_leave (call);
}

GVariant *
reeve_responder_respond_finish (ReeveResponder *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
