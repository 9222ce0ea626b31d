/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a local process may do, by its uid alone. */

#include "config.h"

#include "reeve-host-authorizer.h"

#include <string.h>
#include <unistd.h>

struct _ReeveHostAuthorizer
{
  GObject parent;
};

static void reeve_host_authorizer_iface_init (ReeveAuthorizerInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveHostAuthorizer, reeve_host_authorizer, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHORIZER,
                                                reeve_host_authorizer_iface_init))

static void
reeve_host_authorizer_class_init (G_GNUC_UNUSED ReeveHostAuthorizerClass *klass)
{
}

static void
reeve_host_authorizer_init (G_GNUC_UNUSED ReeveHostAuthorizer *self)
{
}

ReeveHostAuthorizer *
reeve_host_authorizer_new (void)
{
  return g_object_new (REEVE_TYPE_HOST_AUTHORIZER, NULL);
}

gboolean
reeve_host_authorizer_allows (uid_t uid)
{
  return uid == 0 || uid == geteuid ();
}

static void
reeve_host_authorizer_authorize_async (ReeveAuthorizer *authorizer, ReeveSubject *subject,
                                       G_GNUC_UNUSED ReevePower power,
                                       G_GNUC_UNUSED const char *object, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (authorizer, cancellable, callback, user_data);
  guint64 uid;
  gboolean yes = strcmp (reeve_subject_get_kind (subject), REEVE_SUBJECT_UID) == 0 &&
                 g_ascii_string_to_unsigned (reeve_subject_get_name (subject), 10, 0,
                                             G_MAXUINT32 - 1, &uid, NULL) &&
                 reeve_host_authorizer_allows ((uid_t) uid);

  g_task_set_source_tag (task, reeve_host_authorizer_authorize_async);
  g_task_return_boolean (task, yes);
}

static gboolean
reeve_host_authorizer_authorize_finish (G_GNUC_UNUSED ReeveAuthorizer *authorizer,
                                        GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_host_authorizer_iface_init (ReeveAuthorizerInterface *iface)
{
  iface->authorize_async = reeve_host_authorizer_authorize_async;
  iface->authorize_finish = reeve_host_authorizer_authorize_finish;
}
