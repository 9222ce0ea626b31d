/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Making and removing the token. */

#include "config.h"

#include "reeve-metrics-out-operations.h"

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

static void
reeve_metrics_out_operations_tell (ReeveMetricsOutOperations *self, GTask *task, const char *what)
{
  ReeveSubject *subject = g_task_get_task_data (task);

  reeve_context_emit (self->context, REEVE_SEVERITY_NOTICE, "setting", "metrics-token", NULL,
                      "the token for metrics was %s by %s %s", what,
                      reeve_subject_get_kind (subject), reeve_subject_get_name (subject));
}

static void
reeve_metrics_out_operations_new_token (ReeveMetricsOutOperations *self,
                                        G_GNUC_UNUSED GVariant *arguments, GTask *task)
{
  GError *error = NULL;
  g_autofree char *token = reeve_metrics_out_token_make (self->token, &error);

  if (token == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_metrics_out_operations_tell (self, task, "made");
  reeve_operations_return (task, g_variant_new ("(s)", token));
}

static void
reeve_metrics_out_operations_remove_token (ReeveMetricsOutOperations *self,
                                           G_GNUC_UNUSED GVariant *arguments, GTask *task)
{
  GError *error = NULL;

  if (!reeve_metrics_out_token_remove (self->token, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_metrics_out_operations_tell (self, task, "removed");
  reeve_operations_return (task, g_variant_new ("()"));
}

static const ReeveOperationRow reeve_metrics_out_rows[] = {
  { .method = "NewToken",
    .power = REEVE_POWER_ADMINISTER,
    .handler = REEVE_OPERATION_HANDLER (reeve_metrics_out_operations_new_token) },
  { .method = "RemoveToken",
    .power = REEVE_POWER_ADMINISTER,
    .handler = REEVE_OPERATION_HANDLER (reeve_metrics_out_operations_remove_token) },
  { .method = NULL },
};

static void
reeve_metrics_out_operations_iface_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_metrics_out1_interface;
  iface->rows = reeve_metrics_out_rows;
}
