/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "fake-owner.h"

#include <string.h>

static void fake_owner_iface_init (ReeveLinkOwnerInterface *iface);

G_DEFINE_TYPE_WITH_CODE (FakeOwner, fake_owner, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_LINK_OWNER, fake_owner_iface_init))

static void
fake_owner_finalize (GObject *object)
{
  FakeOwner *self = FAKE_OWNER (object);

  g_assert_cmpuint (self->held->len, ==, 0);
  g_ptr_array_unref (self->held);
  reeve_identity_unref (self->identity);
  g_clear_pointer (&self->signed_message, g_bytes_unref);
  g_clear_object (&self->link);
  g_clear_error (&self->error);
  g_clear_pointer (&self->asked, reeve_message_unref);
  g_clear_pointer (&self->got, reeve_message_unref);
  g_clear_error (&self->failure);
  g_free (self->seen);
  G_OBJECT_CLASS (fake_owner_parent_class)->finalize (object);
}

static void
fake_owner_class_init (FakeOwnerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_owner_finalize;
}

static void
fake_owner_init (FakeOwner *self)
{
  guint8 seed[32];

  for (guint8 i = 0; i < sizeof seed; i++)
    seed[i] = i;
  self->identity = reeve_identity_new_from_seed (seed, NULL);
  self->held = g_ptr_array_new ();
  self->token = FAKE_TOKEN;
}

FakeOwner *
fake_owner_new (gboolean is_hub)
{
  FakeOwner *self = g_object_new (FAKE_TYPE_OWNER, NULL);

  self->is_hub = is_hub;
  self->fingerprint = is_hub ? NULL : FAKE_FINGERPRINT;
  return self;
}

static void
fake_owner_admit_async (ReeveLinkOwner *owner, const ReeveLinkOffer *offer,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  FakeOwner *self = FAKE_OWNER (owner);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  self->admits++;
  g_assert_cmpstr (offer->transport, ==, "websocket");
  if (self->admit_fails)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "no records now");
  else if (!self->is_hub)
    g_task_return_pointer (task, reeve_admission_new ("home", self->token, FALSE),
                           (GDestroyNotify) reeve_admission_free);
  else if (g_strcmp0 (offer->token, self->token) == 0)
    g_task_return_pointer (task, reeve_admission_new (FAKE_SYSTEM, NULL, self->need_info),
                           (GDestroyNotify) reeve_admission_free);
  else
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "nobody has this token");
}

static ReeveAdmission *
fake_owner_admit_finish (ReeveLinkOwner *owner, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_owner_sign_async (ReeveLinkOwner *owner, const char *purpose, GBytes *message,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  FakeOwner *self = FAKE_OWNER (owner);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  GBytes *signature;

  self->signs++;
  g_assert_cmpstr (purpose, ==, REEVE_PURPOSE_STOCK_TOKEN);
  g_clear_pointer (&self->signed_message, g_bytes_unref);
  self->signed_message = g_bytes_ref (message);
  signature = reeve_identity_sign (self->identity, purpose, message, &error);
  g_assert_no_error (error);
  g_task_return_pointer (task, signature, (GDestroyNotify) g_bytes_unref);
}

static GBytes *
fake_owner_sign_finish (ReeveLinkOwner *owner, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_owner_confirm_async (ReeveLinkOwner *owner, const char *admission, const ReeveLinkOffer *offer,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  FakeOwner *self = FAKE_OWNER (owner);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GBytes) token = g_bytes_new (self->token, strlen (self->token));

  self->confirms++;
  g_free (self->seen);
  self->seen = g_strdup_printf ("%s %u %s %s", offer->version, offer->level, offer->fingerprint,
                                offer->hostname);
  g_assert_cmpstr (admission, ==, self->is_hub ? FAKE_SYSTEM : "home");
  if (self->is_hub && self->fingerprint != NULL &&
      strcmp (self->fingerprint, offer->fingerprint) != 0)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "fingerprint mismatch");
  else if (!self->is_hub &&
           !reeve_public_key_verify (reeve_identity_get_public_key (self->identity), token,
                                     offer->signature))
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "the signature is wrong");
  else
    g_task_return_pointer (task,
                           g_strdup (!self->is_hub          ? self->fingerprint
                                     : self->system != NULL ? self->system
                                                            : ""),
                           g_free);
}

static char *
fake_owner_confirm_finish (ReeveLinkOwner *owner, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
fake_owner_accept (ReeveLinkOwner *owner, ReeveLink *link, GError **error)
{
  FakeOwner *self = FAKE_OWNER (owner);

  if (self->not_accepted)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_DENIED, "no room");
      return FALSE;
    }
  g_set_object (&self->link, link);
  return TRUE;
}

/* A small sample whose every value is the same at each call. */
static ReeveMessage *
fake_owner_make_sample (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());

  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_add (sample, REEVE_KIND_CPU, NULL);
  reeve_sample_set_number (sample, REEVE_CPU_USAGE, 0.25);
  return reeve_message_new_sample (sample);
}

/* To all other verbs, the arguments back as far as they fit. */
static ReeveMessage *
fake_owner_make_answer (ReeveMessage *request)
{
  const char *verb = reeve_message_get_verb (request);
  GVariant *arguments = reeve_message_get_arguments (request);
  const char *id = NULL;

  if (strcmp (verb, REEVE_VERB_SERVICE_INFO) == 0)
    return reeve_message_new_answer (arguments);
  if (strcmp (verb, REEVE_VERB_DISK_HEALTH) == 0)
    return reeve_message_new_answer (
        g_variant_new_parsed ("({'S1': {'status': <'PASSED'>}}, true)"));
  g_assert_true (g_variant_lookup (arguments, REEVE_CONTAINER_ARG_ID, "&s", &id));
  return reeve_message_new_answer (g_variant_new_string (id));
}

static void
fake_owner_answer (GTask *task)
{
  ReeveMessage *request = g_task_get_task_data (task);
  const char *verb = reeve_message_get_verb (request);
  FakeOwner *self = g_task_get_source_object (task);
  ReeveMessage *answer;

  if (self->denied != NULL && strcmp (verb, self->denied) == 0)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED, "%s is locked", verb);
  else
    {
      answer = strcmp (verb, REEVE_VERB_SAMPLE) == 0 ? fake_owner_make_sample ()
                                                     : fake_owner_make_answer (request);
      g_task_return_pointer (task, answer, (GDestroyNotify) reeve_message_unref);
    }
  g_object_unref (task);
}

static void
fake_owner_answer_async (ReeveLinkOwner *owner, ReeveLink *link, ReeveMessage *request,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  FakeOwner *self = FAKE_OWNER (owner);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  self->answers++;
  g_assert_true (link == self->link);
  g_task_set_task_data (task, reeve_message_ref (request), (GDestroyNotify) reeve_message_unref);
  if (self->hold)
    g_ptr_array_add (self->held, task);
  else
    fake_owner_answer (task);
}

static ReeveMessage *
fake_owner_answer_finish (ReeveLinkOwner *owner, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
fake_owner_release (FakeOwner *self)
{
  while (self->held->len > 0)
    fake_owner_answer (g_ptr_array_steal_index (self->held, self->held->len - 1));
}

static void
fake_owner_closed (ReeveLinkOwner *owner, ReeveLink *link, const GError *reason)
{
  FakeOwner *self = FAKE_OWNER (owner);

  g_assert_true (link == self->link);
  g_assert_false (reeve_link_is_up (link));
  self->closes++;
  g_clear_object (&self->link);
  g_clear_error (&self->error);
  self->error = g_error_copy (reason);
}

static void
fake_owner_answered (ReeveLinkOwner *owner, ReeveLink *link, ReeveMessage *request,
                     ReeveMessage *answer, const GError *error)
{
  FakeOwner *self = FAKE_OWNER (owner);

  g_assert_true (link == self->link);
  g_assert_true ((answer != NULL) != (error != NULL));
  self->answered++;
  g_clear_pointer (&self->asked, reeve_message_unref);
  g_clear_pointer (&self->got, reeve_message_unref);
  g_clear_error (&self->failure);
  self->asked = reeve_message_ref (request);
  self->got = answer != NULL ? reeve_message_ref (answer) : NULL;
  self->failure = error != NULL ? g_error_copy (error) : NULL;
}

static void
fake_owner_iface_init (ReeveLinkOwnerInterface *iface)
{
  iface->admit_async = fake_owner_admit_async;
  iface->admit_finish = fake_owner_admit_finish;
  iface->sign_async = fake_owner_sign_async;
  iface->sign_finish = fake_owner_sign_finish;
  iface->confirm_async = fake_owner_confirm_async;
  iface->confirm_finish = fake_owner_confirm_finish;
  iface->accept = fake_owner_accept;
  iface->answer_async = fake_owner_answer_async;
  iface->answer_finish = fake_owner_answer_finish;
  iface->closed = fake_owner_closed;
  iface->answered = fake_owner_answered;
}
