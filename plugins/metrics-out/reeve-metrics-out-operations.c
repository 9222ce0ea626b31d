/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Making and removing the token. */

#include "config.h"

#include "reeve-metrics-out-operations.h"

#include <string.h>

#include "reeve-metrics-out-interface.h"

struct _ReeveMetricsOutOperations
{
  GObject parent;

  ReeveContext *context;
  ReeveMetricsOutToken *token;
};

static void reeve_metrics_out_operations_iface_init (ReeveOperationsInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveMetricsOutOperations, reeve_metrics_out_operations, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS,
                                                reeve_metrics_out_operations_iface_init))

static void
reeve_metrics_out_operations_class_init (ReeveMetricsOutOperationsClass *klass)
{
}

static void
reeve_metrics_out_operations_init (ReeveMetricsOutOperations *self)
{
}

ReeveMetricsOutOperations *
reeve_metrics_out_operations_new (ReeveContext *context, ReeveMetricsOutToken *token)
{
  ReeveMetricsOutOperations *self = g_object_new (REEVE_TYPE_METRICS_OUT_OPERATIONS, NULL);

  self->context = context;
  self->token = token;
  return self;
}

static const ReeveOperationRow reeve_metrics_out_rows[] = {
  { .method = "NewToken", .power = REEVE_POWER_ADMINISTER },
  { .method = "RemoveToken", .power = REEVE_POWER_ADMINISTER },
  { .method = NULL },
};

static void
reeve_metrics_out_operations_tell (ReeveMetricsOutOperations *self, ReeveSubject *subject,
                                   const char *what)
{
  reeve_context_emit (self->context, REEVE_SEVERITY_NOTICE, "setting", "metrics-token", NULL,
                      "the token for metrics was %s by %s %s", what,
                      reeve_subject_get_kind (subject), reeve_subject_get_name (subject));
}

static void
reeve_metrics_out_operations_call_async (ReeveOperations *operations, const char *method,
                                         GVariant *arguments, ReeveSubject *subject,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  ReeveMetricsOutOperations *self = REEVE_METRICS_OUT_OPERATIONS (operations);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *token = NULL;
  GVariant *answer = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_metrics_out_operations_call_async);
  if (strcmp (method, "NewToken") == 0)
    {
      token = reeve_metrics_out_token_make (self->token, &error);
      if (token != NULL)
        answer = g_variant_new ("(s)", token);
    }
  else if (reeve_metrics_out_token_remove (self->token, &error))
    answer = g_variant_new ("()");
  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_metrics_out_operations_tell (self, subject, token != NULL ? "made" : "removed");
  g_task_return_pointer (task, g_variant_ref_sink (answer), (GDestroyNotify) g_variant_unref);
}

static void
reeve_metrics_out_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_metrics_out1_interface;
  iface->rows = reeve_metrics_out_rows;
  iface->call_async = reeve_metrics_out_operations_call_async;
}
