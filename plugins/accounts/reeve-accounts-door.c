/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the rest of the process sees of the sessions. */

#include "config.h"

#include "reeve-accounts-door.h"

#include <gnutls/gnutls.h>
#include <string.h>

#include "reeve-accounts-interface.h"
#include "reeve-accounts-sessions.h"

/* Failed sign-ins become one event in this time, with their number. */
#define REEVE_ACCOUNTS_FAILURES_MS (10 * 1000)

struct _ReeveAccountsDoor
{
  GObject parent;

  ReeveContext *context;
  ReeveAccountsSessions *sessions; /* NULL once stopped */
  ReeveTimer *failures_timer; /* runs while the last failure told is fresh; NULL once stopped */
  guint failures;             /* since then */
};

static void reeve_accounts_door_authenticator_init (ReeveAuthenticatorInterface *iface);
static void reeve_accounts_door_authorizer_init (ReeveAuthorizerInterface *iface);
static void reeve_accounts_door_operations_init (ReeveOperationsInterface *iface);
static void reeve_accounts_door_failures_cb (ReeveTimer *timer, gpointer user_data);

G_DEFINE_TYPE_WITH_CODE (
    ReeveAccountsDoor, reeve_accounts_door, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHENTICATOR, reeve_accounts_door_authenticator_init)
        G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHORIZER, reeve_accounts_door_authorizer_init)
            G_IMPLEMENT_INTERFACE (REEVE_TYPE_OPERATIONS, reeve_accounts_door_operations_init))

void
reeve_accounts_door_clear (ReeveAccountsDoor *self)
{
  g_clear_pointer (&self->failures_timer, reeve_timer_free);
  g_clear_pointer (&self->sessions, reeve_accounts_sessions_free);
}

static void
reeve_accounts_door_finalize (GObject *object)
{
  reeve_accounts_door_clear (REEVE_ACCOUNTS_DOOR (object));
  G_OBJECT_CLASS (reeve_accounts_door_parent_class)->finalize (object);
}

static void
reeve_accounts_door_class_init (ReeveAccountsDoorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_accounts_door_finalize;
}

static void
reeve_accounts_door_init (G_GNUC_UNUSED ReeveAccountsDoor *self)
{
}

static gint64
reeve_accounts_lifetime (ReeveSettings *settings)
{
  return reeve_settings_get_integer (settings, "session-lifetime") * 1000;
}

ReeveAccountsDoor *
reeve_accounts_door_new (ReeveContext *context, GError **error)
{
  char *key = reeve_accounts_load_owner_key (reeve_context_get_state_dir (context), error);
  ReeveAccountsDoor *self;

  if (key == NULL)
    return NULL;
  self = g_object_new (REEVE_TYPE_ACCOUNTS_DOOR, NULL);
  self->context = context;
  self->failures_timer =
      reeve_context_add_timer (context, "failures", reeve_accounts_door_failures_cb, self);
  self->sessions =
      reeve_accounts_sessions_new (key,
                                   reeve_accounts_lifetime (reeve_context_get_settings (context)));
  gnutls_memset (key, 0, strlen (key));
  g_free (key);
  return self;
}

void
reeve_accounts_door_reload (ReeveAccountsDoor *self, ReeveSettings *settings)
{
  if (self->sessions != NULL)
    reeve_accounts_sessions_set_lifetime (self->sessions, reeve_accounts_lifetime (settings));
}

static gint64
reeve_accounts_door_now (ReeveAccountsDoor *self)
{
  return reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
}

/* ---- ReeveAuthenticator ---- */

static void
reeve_accounts_door_authenticate_async (ReeveAuthenticator *authenticator, GVariant *credentials,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data)
{
  ReeveAccountsDoor *self = REEVE_ACCOUNTS_DOOR (authenticator);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *name = NULL;
  const char *text;

  g_task_set_source_tag (task, reeve_accounts_door_authenticate_async);
  if (self->sessions != NULL && g_variant_lookup (credentials, "bearer", "&s", &text))
    name =
        reeve_accounts_sessions_try_bearer (self->sessions, text, reeve_accounts_door_now (self));
  else if (self->sessions != NULL && g_variant_lookup (credentials, "secret", "&s", &text))
    name =
        reeve_accounts_sessions_try_secret (self->sessions, text, reeve_accounts_door_now (self));
  g_task_return_pointer (task, name != NULL ? reeve_subject_new (REEVE_SUBJECT_WEB, name) : NULL,
                         (GDestroyNotify) reeve_subject_unref);
}

static ReeveSubject *
reeve_accounts_door_authenticate_finish (G_GNUC_UNUSED ReeveAuthenticator *authenticator,
                                         GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_accounts_door_authenticator_init (ReeveAuthenticatorInterface *iface)
{
  iface->authenticate_async = reeve_accounts_door_authenticate_async;
  iface->authenticate_finish = reeve_accounts_door_authenticate_finish;
}

/* ---- ReeveAuthorizer: the owner may do everything, while the session lives ---- */

static void
reeve_accounts_door_authorize_async (ReeveAuthorizer *authorizer, ReeveSubject *subject,
                                     G_GNUC_UNUSED ReevePower power,
                                     G_GNUC_UNUSED const char *object, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveAccountsDoor *self = REEVE_ACCOUNTS_DOOR (authorizer);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  gboolean yes = self->sessions != NULL &&
                 strcmp (reeve_subject_get_kind (subject), REEVE_SUBJECT_WEB) == 0 &&
                 reeve_accounts_sessions_is_alive (self->sessions, reeve_subject_get_name (subject),
                                                   reeve_accounts_door_now (self));

  g_task_set_source_tag (task, reeve_accounts_door_authorize_async);
  g_task_return_boolean (task, yes);
}

static gboolean
reeve_accounts_door_authorize_finish (G_GNUC_UNUSED ReeveAuthorizer *authorizer,
                                      GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
reeve_accounts_door_authorizer_init (ReeveAuthorizerInterface *iface)
{
  iface->authorize_async = reeve_accounts_door_authorize_async;
  iface->authorize_finish = reeve_accounts_door_authorize_finish;
}

/* ---- ReeveOperations ---- */

/* The first one at once, those of the next seconds together. */
static void
reeve_accounts_door_tell_failures (ReeveAccountsDoor *self)
{
  if (self->failures == 0)
    return;
  reeve_context_emit (self->context, REEVE_SEVERITY_WARNING, "sign-in", "", NULL,
                      "%u sign-in%s failed", self->failures, self->failures == 1 ? "" : "s");
  self->failures = 0;
  reeve_timer_start (self->failures_timer, REEVE_ACCOUNTS_FAILURES_MS);
}

static void
reeve_accounts_door_failures_cb (G_GNUC_UNUSED ReeveTimer *timer, gpointer user_data)
{
  reeve_accounts_door_tell_failures (user_data);
}

static void
reeve_accounts_door_add_failure (ReeveAccountsDoor *self)
{
  if (self->failures_timer == NULL)
    return;
  self->failures++;
  if (!reeve_timer_is_running (self->failures_timer))
    reeve_accounts_door_tell_failures (self);
}

static void
reeve_accounts_door_signed_in_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ReeveAccountsDoor *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveSubject) subject =
      reeve_context_authenticate_finish (self->context, result, &error);
  g_autofree char *identity = NULL;
  g_autofree char *token = NULL;

  if (subject == NULL || self->sessions == NULL)
    {
      reeve_accounts_door_add_failure (self);
      g_task_return_new_error (
          task, REEVE_ERROR, REEVE_ERROR_DENIED,
          "this link or key does not sign in: it is wrong, was used, or is older than five "
          "minutes; 'reevectl open' makes a new one");
      return;
    }
  identity = reeve_accounts_identity_of_name (reeve_subject_get_name (subject));
  token = reeve_accounts_sessions_add (self->sessions, identity, reeve_accounts_door_now (self));
  reeve_context_emit (self->context, REEVE_SEVERITY_NOTICE, "sign-in", identity, NULL,
                      "%s signed in", identity);
  reeve_operations_return (task, g_variant_new ("(ss)", token, identity));
  gnutls_memset (token, 0, strlen (token));
}

static void
reeve_accounts_door_sign_in (ReeveAccountsDoor *self, GVariant *arguments, GTask *task)
{
  const char *secret;
  GVariantDict credentials;

  g_variant_get (arguments, "(&s)", &secret);
  g_variant_dict_init (&credentials, NULL);
  g_variant_dict_insert (&credentials, "secret", "s", secret);
  reeve_context_authenticate_async (self->context, g_variant_dict_end (&credentials),
                                    g_task_get_cancellable (task), reeve_accounts_door_signed_in_cb,
                                    g_object_ref (task));
}

static void
reeve_accounts_door_open_link (ReeveAccountsDoor *self, G_GNUC_UNUSED GVariant *arguments,
                               GTask *task)
{
  g_autofree char *secret =
      reeve_accounts_sessions_add_link (self->sessions, reeve_accounts_door_now (self));
  gint64 expires =
      reeve_clock_get_wall (reeve_context_get_clock (self->context)) + REEVE_ACCOUNTS_LINK_US;

  reeve_operations_return (task, g_variant_new ("(sd)", secret, expires / 1e6));
}

static void
reeve_accounts_door_get_session (G_GNUC_UNUSED ReeveAccountsDoor *self,
                                 G_GNUC_UNUSED GVariant *arguments, GTask *task)
{
  g_autofree char *identity =
      reeve_accounts_identity_of_name (reeve_subject_get_name (g_task_get_task_data (task)));

  reeve_operations_return (task, g_variant_new ("(s)", identity));
}

static void
reeve_accounts_door_sign_out (ReeveAccountsDoor *self, G_GNUC_UNUSED GVariant *arguments,
                              GTask *task)
{
  const char *name = reeve_subject_get_name (g_task_get_task_data (task));
  g_autofree char *identity = reeve_accounts_identity_of_name (name);

  if (reeve_accounts_sessions_remove (self->sessions, name))
    reeve_context_emit (self->context, REEVE_SEVERITY_INFO, "sign-in", identity, NULL,
                        "%s signed out", identity);
  reeve_operations_return (task, g_variant_new ("()"));
}

static const ReeveOperationRow reeve_accounts_rows[] = {
  { .method = "OpenLink",
    .power = REEVE_POWER_ADMINISTER,
    .handler = REEVE_OPERATION_HANDLER (reeve_accounts_door_open_link) },
  /* public: this is how a session begins; the secret is the proof */
  { .method = "SignIn",
    .power = REEVE_POWER_PUBLIC,
    .flags = REEVE_OPERATION_BEGINS_SESSION,
    .http_verb = "POST",
    .http_path = "/api/v1/session",
    .handler = REEVE_OPERATION_HANDLER (reeve_accounts_door_sign_in) },
  { .method = "GetSession",
    .power = REEVE_POWER_VIEW,
    .http_verb = "GET",
    .http_path = "/api/v1/session",
    .handler = REEVE_OPERATION_HANDLER (reeve_accounts_door_get_session) },
  { .method = "SignOut",
    .power = REEVE_POWER_VIEW,
    .flags = REEVE_OPERATION_ENDS_SESSION,
    .http_verb = "DELETE",
    .http_path = "/api/v1/session",
    .handler = REEVE_OPERATION_HANDLER (reeve_accounts_door_sign_out) },
  { .method = NULL },
};

static void
reeve_accounts_door_operations_init (ReeveOperationsInterface *iface)
{
  iface->info = (GDBusInterfaceInfo *) &org_reeve_accounts1_interface;
  iface->rows = reeve_accounts_rows;
}
