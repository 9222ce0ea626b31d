/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/* Who asks, and for which kind of right. */

/* The kind of right that a method or route asks for. NONE is never valid in a table. */
typedef enum
{
  REEVE_POWER_NONE,
  REEVE_POWER_PUBLIC,     /* anybody, even without an identity: say why beside it */
  REEVE_POWER_VIEW,       /* read what is measured and known */
  REEVE_POWER_OPERATE,    /* day-to-day changes: add, rename, pause a system */
  REEVE_POWER_ADMINISTER, /* identities, settings, secrets */
} ReevePower;

#define REEVE_SUBJECT_UID "uid"   /* a local process, by its credentials */
#define REEVE_SUBJECT_BUS "bus"   /* a sender on the system bus */
#define REEVE_SUBJECT_WEB "web"   /* a web identity */
#define REEVE_SUBJECT_NONE "none" /* nobody has proven anything */

#define REEVE_TYPE_SUBJECT (reeve_subject_get_type ())
REEVE_API GType reeve_subject_get_type (void);
/* @kind: one of the above; @name: a uid in digits, a unique bus name, an identity. (transfer full)
 */
REEVE_API ReeveSubject *reeve_subject_new (const char *kind, const char *name);
REEVE_API ReeveSubject *reeve_subject_ref (ReeveSubject *self);
REEVE_API void reeve_subject_unref (ReeveSubject *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveSubject, reeve_subject_unref)
REEVE_API const char *reeve_subject_get_kind (ReeveSubject *self);
REEVE_API const char *reeve_subject_get_name (ReeveSubject *self);
REEVE_API const char *reeve_power_to_string (ReevePower power);

/* ---- ReeveAuthorizer: one per kind of subject, the key it is provided under ---- */

#define REEVE_TYPE_AUTHORIZER (reeve_authorizer_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveAuthorizer, reeve_authorizer, REEVE, AUTHORIZER, GObject)

struct _ReeveAuthorizerInterface
{
  GTypeInterface parent;

  /* May @subject use @power on @object ("" or a system's id, a plugin's name)? FALSE without an
   * error is a plain no. */
  void (*authorize_async) (ReeveAuthorizer *self, ReeveSubject *subject, ReevePower power,
                           const char *object, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*authorize_finish) (ReeveAuthorizer *self, GAsyncResult *result, GError **error);
};

/* How long an authorizer may take; silence is a refusal. */
#define REEVE_AUTHORIZE_TIMEOUT_MS 5000

/* Dispatch by the subject's kind. Anything but a clear yes is REEVE_ERROR_DENIED: no provider, an
 * error, a timeout, GONE, power NONE. PUBLIC is always yes. */
REEVE_API void reeve_context_authorize_async (ReeveContext *context, ReeveSubject *subject,
                                              ReevePower power, const char *object,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
REEVE_API gboolean reeve_context_authorize_finish (ReeveContext *context, GAsyncResult *result,
                                                   GError **error);

/* ---- ReeveAuthenticator: a chain, asked in the order of provision ---- */

#define REEVE_TYPE_AUTHENTICATOR (reeve_authenticator_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveAuthenticator, reeve_authenticator, REEVE, AUTHENTICATOR, GObject)

/* Credentials, vardict: "secret" s (owner key, one-time secret), "bearer" s (a session's token),
 * later "user" s, "password" s. */
struct _ReeveAuthenticatorInterface
{
  GTypeInterface parent;

  /* (transfer full) the identity, or NULL without an error: not one of mine, ask the next. */
  void (*authenticate_async) (ReeveAuthenticator *self, GVariant *credentials,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);
  ReeveSubject *(*authenticate_finish) (ReeveAuthenticator *self, GAsyncResult *result,
                                        GError **error);
};

/* Asks the chain. (transfer full); REEVE_ERROR_DENIED when nobody knows them. */
REEVE_API void reeve_context_authenticate_async (ReeveContext *context, GVariant *credentials,
                                                 GCancellable *cancellable,
                                                 GAsyncReadyCallback callback, gpointer user_data);
REEVE_API ReeveSubject *reeve_context_authenticate_finish (ReeveContext *context,
                                                           GAsyncResult *result, GError **error);

G_END_DECLS
