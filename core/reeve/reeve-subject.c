/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who asks and what they may: the subject, the question to its authorizer, and the chain of those
 * who turn credentials into a subject. Anything but a clear yes is a refusal. */

#include "config.h"

#include "reeve-subject.h"

#include <string.h>

#include "reeve-context.h"
#include "reeve-dispatch.h"
#include "reeve-error.h"

struct _ReeveSubject
{
  gatomicrefcount refs;
  char *kind;
  char *name;
};

G_DEFINE_BOXED_TYPE (ReeveSubject, reeve_subject, reeve_subject_ref, reeve_subject_unref)

ReeveSubject *
reeve_subject_new (const char *kind, const char *name)
{
  ReeveSubject *self = g_new0 (ReeveSubject, 1);

  g_atomic_ref_count_init (&self->refs);
  self->kind = g_strdup (kind);
  self->name = g_strdup (name);
  return self;
}

ReeveSubject *
reeve_subject_ref (ReeveSubject *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
reeve_subject_unref (ReeveSubject *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->kind);
  g_free (self->name);
  g_free (self);
}

const char *
reeve_subject_get_kind (ReeveSubject *self)
{
  return self->kind;
}

const char *
reeve_subject_get_name (ReeveSubject *self)
{
  return self->name;
}

const char *
reeve_power_to_string (ReevePower power)
{
  static const char *const names[] = { "none", "public", "view", "operate", "administer" };

  g_return_val_if_fail ((guint) power < G_N_ELEMENTS (names), "none");
  return names[power];
}

/* ---- authorizer ---- */

G_DEFINE_INTERFACE (ReeveAuthorizer, reeve_authorizer, G_TYPE_OBJECT)

static void
reeve_authorizer_default_init (ReeveAuthorizerInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ONE, TRUE);
}

typedef struct
{
  ReeveSubject *subject;
  ReevePower power;
} ReeveAuthorizeData;

static void
reeve_authorize_data_free (ReeveAuthorizeData *self)
{
  reeve_subject_unref (self->subject);
  g_free (self);
}

static void
reeve_context_authorize_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveAuthorizer *authorizer = REEVE_AUTHORIZER (source);
  g_autoptr (GTask) task = user_data;
  ReeveAuthorizeData *data = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) inner = reeve_call_finish (authorizer, result, &error);
  gboolean yes =
      inner != NULL &&
      REEVE_AUTHORIZER_GET_IFACE (authorizer)->authorize_finish (authorizer, inner, &error);

  if (yes && error == NULL)
    g_task_return_boolean (task, TRUE);
  else if (error != NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                             "no answer about the power '%s': %s",
                             reeve_power_to_string (data->power), error->message);
  else
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                             "%s '%s' does not have the power '%s'",
                             reeve_subject_get_kind (data->subject),
                             reeve_subject_get_name (data->subject),
                             reeve_power_to_string (data->power));
}

void
reeve_context_authorize_async (ReeveContext *context, ReeveSubject *subject, ReevePower power,
                               const char *object, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (ReeveAuthorizer) authorizer = NULL;
  ReeveAuthorizeData *data = g_new0 (ReeveAuthorizeData, 1);
  ReeveAuthorizerInterface *iface;
  ReeveCall *call;

  data->subject = reeve_subject_ref (subject);
  data->power = power;
  g_task_set_source_tag (task, reeve_context_authorize_async);
  g_task_set_task_data (task, data, (GDestroyNotify) reeve_authorize_data_free);
  if (power == REEVE_POWER_PUBLIC)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  authorizer =
      reeve_context_lookup (context, REEVE_TYPE_AUTHORIZER, reeve_subject_get_kind (subject));
  if (authorizer == NULL || power <= REEVE_POWER_NONE || power > REEVE_POWER_ADMINISTER)
    {
      if (strcmp (reeve_subject_get_kind (subject), REEVE_SUBJECT_NONE) == 0)
        g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "sign in first");
      else
        g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                                 "nobody can say what a %s may do here",
                                 reeve_subject_get_kind (subject));
      return;
    }
  iface = REEVE_AUTHORIZER_GET_IFACE (authorizer);
  call = reeve_call_begin (authorizer, "Authorizer.authorize", iface->authorize_async != NULL,
                           REEVE_AUTHORIZE_TIMEOUT_MS, cancellable, reeve_context_authorize_cb,
                           g_object_ref (task));
  if (call == NULL)
    return;
  iface->authorize_async (authorizer, subject, power, object != NULL ? object : "",
                          reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

gboolean
reeve_context_authorize_finish (G_GNUC_UNUSED ReeveContext *context, GAsyncResult *result,
                                GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- authenticators ---- */

G_DEFINE_INTERFACE (ReeveAuthenticator, reeve_authenticator, G_TYPE_OBJECT)

static void
reeve_authenticator_default_init (ReeveAuthenticatorInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ALL, TRUE);
}

typedef struct
{
  GPtrArray *chain;
  guint next;
  GVariant *credentials;
} ReeveAuthenticateData;

static void
reeve_authenticate_data_free (ReeveAuthenticateData *self)
{
  g_ptr_array_unref (self->chain);
  g_variant_unref (self->credentials);
  g_free (self);
}

static void reeve_context_authenticate_step (GTask *task);

static void
reeve_context_authenticate_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ReeveAuthenticator *authenticator = REEVE_AUTHENTICATOR (source);
  GTask *task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) inner = reeve_call_finish (authenticator, result, &error);
  g_autoptr (ReeveSubject) subject = NULL;

  if (inner != NULL)
    subject = REEVE_AUTHENTICATOR_GET_IFACE (authenticator)
                  ->authenticate_finish (authenticator, inner, &error);
  if (subject == NULL)
    {
      /* one that fails does not decide for the others */
      reeve_context_authenticate_step (task);
      return;
    }
  g_task_return_pointer (task, g_steal_pointer (&subject), (GDestroyNotify) reeve_subject_unref);
  g_object_unref (task);
}

/* Takes the task. */
static void
reeve_context_authenticate_step (GTask *task)
{
  ReeveAuthenticateData *data = g_task_get_task_data (task);
  ReeveAuthenticator *authenticator;
  ReeveAuthenticatorInterface *iface;
  ReeveCall *call;

  if (data->next == data->chain->len)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                               "these credentials are not valid here");
      g_object_unref (task);
      return;
    }
  authenticator = g_ptr_array_index (data->chain, data->next++);
  iface = REEVE_AUTHENTICATOR_GET_IFACE (authenticator);
  call = reeve_call_begin (authenticator, "Authenticator.authenticate",
                           iface->authenticate_async != NULL, REEVE_AUTHORIZE_TIMEOUT_MS,
                           g_task_get_cancellable (task), reeve_context_authenticate_cb, task);
  if (call == NULL)
    return;
  iface->authenticate_async (authenticator, data->credentials, reeve_call_get_cancellable (call),
                             reeve_call_done_cb, call);
  reeve_call_leave (call);
}

void
reeve_context_authenticate_async (ReeveContext *context, GVariant *credentials,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  ReeveAuthenticateData *data = g_new0 (ReeveAuthenticateData, 1);

  data->chain = reeve_context_lookup_all (context, REEVE_TYPE_AUTHENTICATOR);
  data->credentials = g_variant_ref_sink (credentials);
  g_task_set_source_tag (task, reeve_context_authenticate_async);
  g_task_set_task_data (task, data, (GDestroyNotify) reeve_authenticate_data_free);
  reeve_context_authenticate_step (task);
}

ReeveSubject *
reeve_context_authenticate_finish (G_GNUC_UNUSED ReeveContext *context, GAsyncResult *result,
                                   GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
