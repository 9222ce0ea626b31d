/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one way in for every door: arguments are checked against the interface's description, the
 * power against the subject, and only then is the provider asked. */

#include "config.h"

#include "reeve-operations.h"

#include <string.h>

#include "reeve-context.h"
#include "reeve-dispatch.h"
#include "reeve-error.h"
#include "reeve-runtime.h"

G_DEFINE_INTERFACE (ReeveOperations, reeve_operations, G_TYPE_OBJECT)

static void reeve_operations_handle_async (ReeveOperations *self, const char *method,
                                           GVariant *arguments, ReeveSubject *subject,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
static GVariant *reeve_operations_handle_finish (ReeveOperations *self, GAsyncResult *result,
                                                 GError **error);

static void
reeve_operations_default_init (ReeveOperationsInterface *iface)
{
  iface->call_async = reeve_operations_handle_async;
  iface->call_finish = reeve_operations_handle_finish;
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ALL, FALSE);
}

typedef struct
{
  char *method;
  GVariant *arguments;
  ReeveSubject *subject;
  ReeveContext *context;
} ReeveOperationsData;

static void
reeve_operations_data_free (ReeveOperationsData *self)
{
  g_free (self->method);
  g_variant_unref (self->arguments);
  reeve_subject_unref (self->subject);
  reeve_context_unref (self->context);
  g_free (self);
}

GDBusInterfaceInfo *
reeve_operations_get_info (ReeveOperations *self)
{
  return REEVE_OPERATIONS_GET_IFACE (self)->info;
}

const ReeveOperationRow *
reeve_operations_get_rows (ReeveOperations *self)
{
  return REEVE_OPERATIONS_GET_IFACE (self)->rows;
}

static const ReeveOperationRow *
reeve_operations_find_row (ReeveOperations *self, const char *method)
{
  const ReeveOperationRow *rows = reeve_operations_get_rows (self);

  for (guint i = 0; rows[i].method != NULL; i++)
    if (strcmp (rows[i].method, method) == 0)
      return &rows[i];
  return NULL;
}

/* ---- what providers do unless they want otherwise ---- */

static void
reeve_operations_handle_async (ReeveOperations *self, const char *method, GVariant *arguments,
                               ReeveSubject *subject, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_operations_handle_async);
  g_task_set_task_data (task, reeve_subject_ref (subject), (GDestroyNotify) reeve_subject_unref);
  reeve_operations_find_row (self, method)->handler (self, arguments, task);
}

static GVariant *
reeve_operations_handle_finish (G_GNUC_UNUSED ReeveOperations *self, GAsyncResult *result,
                                GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
reeve_operations_return (GTask *task, GVariant *value)
{
  g_task_return_pointer (task, g_variant_ref_sink (value), (GDestroyNotify) g_variant_unref);
}

/* ---- calls ---- */

static char *
reeve_operations_signature (GDBusArgInfo **args)
{
  g_autoptr (GString) signature = g_string_new ("(");

  for (guint i = 0; args != NULL && args[i] != NULL; i++)
    g_string_append (signature, args[i]->signature);
  g_string_append_c (signature, ')');
  return g_string_free (g_steal_pointer (&signature), FALSE);
}

static const char *
reeve_operations_find_object (const ReeveOperationRow *row, GDBusMethodInfo *info,
                              GVariant *arguments)
{
  const char *object = "";

  if (row->object_argument == NULL)
    return object;
  for (guint i = 0; info->in_args != NULL && info->in_args[i] != NULL; i++)
    if (strcmp (info->in_args[i]->name, row->object_argument) == 0)
      g_variant_get_child (arguments, i, "&s", &object);
  return object;
}

static void
reeve_operations_called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveOperations *self = REEVE_OPERATIONS (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, &error);
  GVariant *value = NULL;

  if (inner != NULL)
    value = reeve_call_check_pointer (
        self, result, REEVE_OPERATIONS_GET_IFACE (self)->call_finish (self, inner, &error), &error);
  if (value != NULL)
    g_task_return_pointer (task, value, (GDestroyNotify) g_variant_unref);
  else if (error != NULL)
    g_task_return_error (task, error);
  else
    reeve_operations_return (task, g_variant_new ("()"));
}

static void
reeve_operations_authorized_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveOperations *self = g_task_get_source_object (task);
  ReeveOperationsData *data = g_task_get_task_data (task);
  ReeveOperationsInterface *iface = REEVE_OPERATIONS_GET_IFACE (self);
  GError *error = NULL;
  ReeveCall *call;

  (void) source;
  if (!reeve_context_authorize_finish (data->context, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  call = reeve_call_begin (self, "Operations.call", iface->call_async != NULL,
                           REEVE_OPERATION_TIMEOUT_MS, g_task_get_cancellable (task),
                           reeve_operations_called_cb, g_object_ref (task));
  if (call == NULL)
    return;
  iface->call_async (self, data->method, data->arguments, data->subject,
                     reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

void
reeve_operations_call_async (ReeveOperations *self, ReeveContext *context, const char *method,
                             GVariant *arguments, ReeveSubject *subject, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GVariant) owned = g_variant_ref_sink (arguments);
  GDBusMethodInfo *info =
      g_dbus_interface_info_lookup_method (reeve_operations_get_info (self), method);
  const ReeveOperationRow *row = reeve_operations_find_row (self, method);
  ReeveOperationsData *data;
  g_autofree char *signature = NULL;

  g_task_set_source_tag (task, reeve_operations_call_async);
  if (info == NULL || row == NULL)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                               "there is no operation '%s'", method);
      return;
    }
  signature = reeve_operations_signature (info->in_args);
  if (strcmp (g_variant_get_type_string (owned), signature) != 0)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_INVALID,
                               "%s takes the arguments %s, not %s", method, signature,
                               g_variant_get_type_string (owned));
      return;
    }
  data = g_new0 (ReeveOperationsData, 1);
  data->method = g_strdup (method);
  data->arguments = g_variant_ref (owned);
  data->subject = reeve_subject_ref (subject);
  data->context = reeve_context_ref (context);
  g_task_set_task_data (task, data, (GDestroyNotify) reeve_operations_data_free);
  reeve_context_authorize_async (context, subject, row->power,
                                 reeve_operations_find_object (row, info, owned), cancellable,
                                 reeve_operations_authorized_cb, g_object_ref (task));
}

GVariant *
reeve_operations_call_finish (ReeveOperations *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Whom the authorizer hears of must be an argument, and a text. */
static gboolean
reeve_operations_check_object (const ReeveOperationRow *row, GDBusMethodInfo *info)
{
  for (guint i = 0; row->object_argument != NULL && info->in_args != NULL; i++)
    {
      if (info->in_args[i] == NULL)
        return FALSE;
      if (strcmp (info->in_args[i]->name, row->object_argument) == 0)
        return strcmp (info->in_args[i]->signature, "s") == 0;
    }
  return row->object_argument == NULL;
}

gboolean
reeve_operations_check (ReeveOperations *self, GError **error)
{
  GDBusInterfaceInfo *info = reeve_operations_get_info (self);
  const ReeveOperationRow *rows = reeve_operations_get_rows (self);
  guint n = 0;

  for (; rows[n].method != NULL; n++)
    if (rows[n].handler == NULL &&
        REEVE_OPERATIONS_GET_IFACE (self)->call_async == reeve_operations_handle_async)
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "%s.%s has no handler", info->name,
                     rows[n].method);
        return FALSE;
      }
    else if (g_dbus_interface_info_lookup_method (info, rows[n].method) == NULL ||
             rows[n].power <= REEVE_POWER_NONE || rows[n].power > REEVE_POWER_ADMINISTER)
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                     "%s.%s has no description or no power", info->name, rows[n].method);
        return FALSE;
      }
  for (guint i = 0; i < n; i++)
    if (!reeve_operations_check_object (&rows[i],
                                        g_dbus_interface_info_lookup_method (info, rows[i].method)))
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                     "%s.%s has no argument '%s' of type s for the authorizer", info->name,
                     rows[i].method, rows[i].object_argument);
        return FALSE;
      }
  for (guint i = 0; info->methods != NULL && info->methods[i] != NULL; i++)
    if (reeve_operations_find_row (self, info->methods[i]->name) == NULL)
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "%s.%s has no row in the table",
                     info->name, info->methods[i]->name);
        return FALSE;
      }
  if (n > REEVE_OPERATION_MAX_ROWS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "%s has more than %d methods", info->name,
                   REEVE_OPERATION_MAX_ROWS);
      return FALSE;
    }
  return TRUE;
}
