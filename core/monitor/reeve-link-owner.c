/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls to whoever decides about links. */

#include "config.h"

#include "reeve-link.h"

#include <gnutls/gnutls.h>
#include <string.h>

ReeveAdmission *
reeve_admission_new (const char *admission, const char *token, gboolean need_info)
{
  ReeveAdmission *self = g_new0 (ReeveAdmission, 1);

  self->admission = g_strdup (admission);
  self->token = g_strdup (token);
  self->need_info = need_info;
  return self;
}

void
reeve_admission_free (ReeveAdmission *self)
{
  if (self->token != NULL)
    gnutls_memset (self->token, 0, strlen (self->token));
  g_free (self->token);
  g_free (self->admission);
  g_free (self);
}

G_DEFINE_INTERFACE (ReeveLinkOwner, reeve_link_owner, G_TYPE_OBJECT)

static void
reeve_link_owner_default_init (ReeveLinkOwnerInterface *iface)
{
  reeve_interface_declare (G_TYPE_FROM_INTERFACE (iface), REEVE_CARDINALITY_ONE, TRUE);
}

void
reeve_link_owner_admit_async (ReeveLinkOwner *self, const ReeveLinkOffer *offer,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  ReeveLinkOwnerInterface *iface = REEVE_LINK_OWNER_GET_IFACE (self);
  ReeveCall *call =
      reeve_call_begin (self, "LinkOwner.admit", iface->admit_async != NULL,
                        REEVE_LINK_OWNER_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->admit_async (self, offer, reeve_call_get_cancellable (call), reeve_call_done_cb, call);
  reeve_call_leave (call);
}

ReeveAdmission *
reeve_link_owner_admit_finish (ReeveLinkOwner *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (
      self, result, REEVE_LINK_OWNER_GET_IFACE (self)->admit_finish (self, inner, error), error);
}

void
reeve_link_owner_sign_async (ReeveLinkOwner *self, const char *purpose, GBytes *message,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  ReeveLinkOwnerInterface *iface = REEVE_LINK_OWNER_GET_IFACE (self);
  ReeveCall *call =
      reeve_call_begin (self, "LinkOwner.sign", iface->sign_async != NULL,
                        REEVE_LINK_OWNER_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->sign_async (self, purpose, message, reeve_call_get_cancellable (call), reeve_call_done_cb,
                     call);
  reeve_call_leave (call);
}

GBytes *
reeve_link_owner_sign_finish (ReeveLinkOwner *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (
      self, result, REEVE_LINK_OWNER_GET_IFACE (self)->sign_finish (self, inner, error), error);
}

void
reeve_link_owner_confirm_async (ReeveLinkOwner *self, const char *admission,
                                const ReeveLinkOffer *offer, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveLinkOwnerInterface *iface = REEVE_LINK_OWNER_GET_IFACE (self);
  ReeveCall *call =
      reeve_call_begin (self, "LinkOwner.confirm", iface->confirm_async != NULL,
                        REEVE_LINK_OWNER_CONFIRM_TIMEOUT_MS, cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->confirm_async (self, admission, offer, reeve_call_get_cancellable (call),
                        reeve_call_done_cb, call);
  reeve_call_leave (call);
}

char *
reeve_link_owner_confirm_finish (ReeveLinkOwner *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (
      self, result, REEVE_LINK_OWNER_GET_IFACE (self)->confirm_finish (self, inner, error), error);
}

gboolean
reeve_link_owner_accept (ReeveLinkOwner *self, ReeveLink *link, GError **error)
{
  ReeveLinkOwnerInterface *iface = REEVE_LINK_OWNER_GET_IFACE (self);
  gboolean ret;

  if (iface->accept == NULL || !reeve_call_enter_sync (self, "LinkOwner.accept"))
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_GONE, "the provider has stopped");
      return FALSE;
    }
  ret = iface->accept (self, link, error);
  reeve_call_leave_sync (self);
  return reeve_call_check (self, NULL, ret, error);
}

ReeveMessage *
reeve_link_owner_answer (ReeveLinkOwner *self, ReeveLink *link, ReeveMessage *request)
{
  ReeveLinkOwnerInterface *iface = REEVE_LINK_OWNER_GET_IFACE (self);
  ReeveMessage *ret;

  if (iface->answer == NULL || !reeve_call_enter_sync (self, "LinkOwner.answer"))
    return NULL;
  ret = iface->answer (self, link, request);
  reeve_call_leave_sync (self);
  return ret;
}

void
reeve_link_owner_answer_async (ReeveLinkOwner *self, ReeveLink *link, ReeveMessage *request,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  ReeveLinkOwnerInterface *iface = REEVE_LINK_OWNER_GET_IFACE (self);
  ReeveCall *call =
      reeve_call_begin (self, "LinkOwner.answer", iface->answer_async != NULL,
                        reeve_message_get_timeout (request) - REEVE_LINK_OWNER_SPARE_MS,
                        cancellable, callback, user_data);

  if (call == NULL)
    return;
  iface->answer_async (self, link, request, reeve_call_get_cancellable (call), reeve_call_done_cb,
                       call);
  reeve_call_leave (call);
}

ReeveMessage *
reeve_link_owner_answer_finish (ReeveLinkOwner *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) inner = reeve_call_finish (self, result, error);

  if (inner == NULL)
    return NULL;
  return reeve_call_check_pointer (
      self, result, REEVE_LINK_OWNER_GET_IFACE (self)->answer_finish (self, inner, error), error);
}

void
reeve_link_owner_closed (ReeveLinkOwner *self, ReeveLink *link, const GError *reason)
{
  ReeveLinkOwnerInterface *iface = REEVE_LINK_OWNER_GET_IFACE (self);

  if (iface->closed == NULL || !reeve_call_enter_sync (self, "LinkOwner.closed"))
    return;
  iface->closed (self, link, reason);
  reeve_call_leave_sync (self);
}

void
reeve_link_owner_answered (ReeveLinkOwner *self, ReeveLink *link, ReeveMessage *request,
                           ReeveMessage *answer, const GError *error)
{
  ReeveLinkOwnerInterface *iface = REEVE_LINK_OWNER_GET_IFACE (self);

  if (iface->answered == NULL || !reeve_call_enter_sync (self, "LinkOwner.answered"))
    return;
  iface->answered (self, link, request, answer, error);
  reeve_call_leave_sync (self);
}
