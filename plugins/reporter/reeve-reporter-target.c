/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One hub: the first transport that can reach it keeps the link up, this object decides what is
 * told to whom. The token is presented to whoever answers at the address, but nothing is answered
 * before the hub has signed that token with the key that the administrator gave us.
 *
 * Metrics are answered over any such link. The base protocol's signature can be replayed by whoever
 * saw the token once, so for more the link must prove more, see reeve-reporter-verbs.c.
 *
 * While there is no link the target takes the samples itself and keeps them, for a hub that has
 * once spoken extension 1: no other could ever be given them.
 */

#include "config.h"

#include "reeve-reporter-target.h"

#include <string.h>

#include "reeve-reporter-credentials.h"
#include "reeve-reporter-floor.h"
#include "reeve-reporter-keep.h"
#include "reeve-reporter-verbs.h"

struct _ReeveReporterTarget
{
  GObject parent;

  ReeveContext *context;
  ReeveReporterHub *hub;
  char *fingerprint;
  char *token;           /* as presented for the link that is coming up or is up */
  ReeveSampler *sampler; /* NULL once stopped */
  guint watch;
  ReeveTransport *transport; /* that keeps the link up, NULL: none can */
  ReeveLink *link;           /* accepted */

  ReeveReporterVerbs *verbs;
  ReeveReporterKeep *keep;
  ReeveTimer *timer;  /* runs while samples are kept */
  guint interval_ms;  /* the hub's */
  gint64 asked;       /* monotonic, of its last request at that interval; 0: none yet */
  gboolean extension; /* this hub can be given what was kept */
};

/* One request for a sample. */
typedef struct
{
  GTask *task;
  guint32 kept; /* wanted */
} ReeveReporterTargetAsk;

static void reeve_reporter_target_iface_init (ReeveLinkOwnerInterface *iface);

G_DEFINE_TYPE_WITH_CODE (ReeveReporterTarget, reeve_reporter_target, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_LINK_OWNER,
                                                reeve_reporter_target_iface_init))

/* ---- the hub ---- */

static gboolean
reeve_reporter_hub_check (ReeveSettings *settings, GError **error)
{
  static const char *const needed[] = { "url", "token-file" };

  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (reeve_settings_get_string (settings, needed[i]) == NULL)
      {
        g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNCONFIGURED,
                     "%s is not set: \"reevectl systems add\" on the hub prints it", needed[i]);
        return FALSE;
      }
  if (reeve_settings_get_string (settings, "hub-key") == NULL &&
      reeve_settings_get_string (settings, "hub-key-file") == NULL)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_UNCONFIGURED,
                           "neither hub-key nor hub-key-file is set: \"reevectl systems add\" on "
                           "the hub prints its key");
      return FALSE;
    }
  return TRUE;
}

ReeveReporterHub *
reeve_reporter_hub_new (ReeveSettings *settings, GError **error)
{
  ReeveReporterHub *self;
  GArray *keys;

  if (!reeve_reporter_hub_check (settings, error))
    return NULL;
  keys = reeve_reporter_credentials_read_keys (reeve_settings_get_string (settings, "hub-key"),
                                               reeve_settings_get_string (settings, "hub-key-file"),
                                               error);
  if (keys == NULL)
    return NULL;
  self = g_new0 (ReeveReporterHub, 1);
  self->url = g_strdup (reeve_settings_get_string (settings, "url"));
  self->token_file = g_strdup (reeve_settings_get_string (settings, "token-file"));
  self->keys = keys;
  return self;
}

void
reeve_reporter_hub_free (ReeveReporterHub *self)
{
  g_array_unref (self->keys);
  g_free (self->token_file);
  g_free (self->url);
  g_free (self);
}

static gboolean
reeve_reporter_hub_equal (const ReeveReporterHub *a, const ReeveReporterHub *b)
{
  return strcmp (a->url, b->url) == 0 && strcmp (a->token_file, b->token_file) == 0 &&
         a->keys->len == b->keys->len &&
         memcmp (a->keys->data, b->keys->data, a->keys->len * sizeof (ReevePublicKey)) == 0;
}

/* ---- link owner: before the link ---- */

static void
reeve_reporter_target_admit_async (ReeveLinkOwner *owner, const ReeveLinkOffer *offer,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  ReeveReporterTarget *self = REEVE_REPORTER_TARGET (owner);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  char *token = reeve_reporter_credentials_read_token (self->hub->token_file, &error);

  g_task_set_source_tag (task, reeve_reporter_target_admit_async);
  if (token == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  reeve_reporter_credentials_wipe (self->token);
  self->token = token;
  g_task_return_pointer (task,
                         reeve_admission_new (reeve_context_get_name (self->context), token, FALSE),
                         (GDestroyNotify) reeve_admission_free);
}

static ReeveAdmission *
reeve_reporter_target_admit_finish (ReeveLinkOwner *owner, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, owner), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Has one of the hub's keys signed the token that was presented? */
static gboolean
reeve_reporter_target_verify (ReeveReporterTarget *self, GBytes *signature)
{
  g_autoptr (GBytes) message = NULL;
  gboolean ok = FALSE;

  if (self->token == NULL || signature == NULL)
    return FALSE;
  message = g_bytes_new_static (self->token, strlen (self->token));
  for (guint i = 0; !ok && i < self->hub->keys->len; i++)
    ok = reeve_public_key_verify (&g_array_index (self->hub->keys, ReevePublicKey, i), message,
                                  signature);
  return ok;
}

static gboolean
reeve_reporter_target_check_floor (ReeveReporterTarget *self, const ReeveLinkOffer *offer,
                                   GError **error)
{
  const char *state_dir = reeve_context_get_state_dir (self->context);
  ReeveReporterFloor floor;

  return reeve_reporter_floor_load (state_dir, reeve_context_get_instance (self->context),
                                    self->hub->keys, &floor, error) &&
         reeve_reporter_floor_check (&floor, state_dir, offer, error);
}

/* What this link has proven is the least from now on. */
static void
reeve_reporter_target_raise_floor (ReeveReporterTarget *self, ReeveLink *link)
{
  const char *state_dir = reeve_context_get_state_dir (self->context);
  const char *name = reeve_context_get_instance (self->context);
  g_autoptr (GError) error = NULL;
  ReeveReporterFloor floor;
  guint security = reeve_link_get_security (link);
  guint level = reeve_link_get_level (link);

  /* SSH proves itself otherwise: it must not hide what was proven over TLS */
  if (security == REEVE_SECURITY_SSH)
    security = REEVE_SECURITY_PLAIN;
  if (!reeve_reporter_floor_load (state_dir, name, self->hub->keys, &floor, NULL) ||
      (security <= floor.security && level <= floor.level))
    return;
  floor.security = MAX (floor.security, security);
  floor.level = MAX (floor.level, level);
  if (!reeve_reporter_floor_save (state_dir, name, self->hub->keys, &floor, &error))
    reeve_log_warning (self->context, "what the hub has proven is not kept: %s", error->message);
}

static void
reeve_reporter_target_confirm_async (ReeveLinkOwner *owner, const char *admission,
                                     const ReeveLinkOffer *offer, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  ReeveReporterTarget *self = REEVE_REPORTER_TARGET (owner);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, reeve_reporter_target_confirm_async);
  if (reeve_reporter_target_verify (self, offer->signature))
    {
      if (reeve_reporter_target_check_floor (self, offer, &error))
        g_task_return_pointer (task, g_strdup (self->fingerprint), g_free);
      else
        g_task_return_error (task, error);
    }
  else
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_DENIED,
                             "the hub's signature does not fit any key in hub-key: compare it with "
                             "what the hub shows, somebody else may answer at its address");
}

static char *
reeve_reporter_target_confirm_finish (ReeveLinkOwner *owner, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, owner), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- link owner: the link ---- */

/* No link: the first sample is kept when the hub would have asked for its next. */
static void
reeve_reporter_target_begin_keeping (ReeveReporterTarget *self)
{
  gint64 now = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
  gint64 passed = self->asked != 0 ? (now - self->asked) / 1000 : 0;
  gint64 left = (gint64) self->interval_ms - passed;

  if (self->sampler != NULL && self->link == NULL && self->extension &&
      reeve_reporter_keep_is_on (self->keep) && !reeve_timer_is_running (self->timer))
    reeve_timer_start (self->timer, (guint64) MAX (left, REEVE_REPORTER_FIRST_MS));
}

static void
reeve_reporter_target_kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ReeveReporterTarget) self = user_data;
  g_autoptr (ReeveMessage) message = reeve_sampler_sample_finish (result, NULL);

  /* a link that came up meanwhile is asked by its hub */
  if (message != NULL && self->keep != NULL && self->link == NULL)
    reeve_reporter_keep_push (self->keep, reeve_message_get_sample (message));
}

static void
reeve_reporter_target_timer_cb (ReeveTimer *timer, gpointer user_data)
{
  ReeveReporterTarget *self = user_data;
  ReeveSamplerRequest request = { .interval_ms = self->interval_ms,
                                  .extension = TRUE,
                                  .agent = TRUE,
                                  .kept = reeve_reporter_keep_get_kept (self->keep),
                                  .dropped = reeve_reporter_keep_get_dropped (self->keep) };

  if (reeve_reporter_keep_get_kept (self->keep) == 0)
    reeve_log_message (self->context, "no link: a sample is kept for the hub every %u s",
                       self->interval_ms / 1000);
  reeve_timer_start (self->timer, self->interval_ms);
  reeve_sampler_sample_async (self->sampler, &request, NULL, reeve_reporter_target_kept_cb,
                              g_object_ref (self));
}

static gboolean
reeve_reporter_target_accept (ReeveLinkOwner *owner, ReeveLink *link, GError **error)
{
  ReeveReporterTarget *self = REEVE_REPORTER_TARGET (owner);
  g_autoptr (ReeveLink) old = g_steal_pointer (&self->link);

  if (self->sampler == NULL)
    {
      g_set_error_literal (error, REEVE_ERROR, REEVE_ERROR_GONE, "the reporter has stopped");
      return FALSE;
    }
  self->link = g_object_ref (link);
  self->extension = reeve_link_get_level (link) >= REEVE_LINK_LEVEL_EXTENSION;
  reeve_timer_stop (self->timer);
  if (old != NULL)
    reeve_transport_close (reeve_link_get_transport (old), old, "a newer link has come up");
  reeve_reporter_target_raise_floor (self, link);
  reeve_sampler_link_up (self->sampler);
  reeve_log_message (self->context, "linked to the hub at %s over %s", reeve_link_get_remote (link),
                     reeve_link_get_transport_name (link));
  reeve_context_emit (self->context, REEVE_SEVERITY_INFO, "link",
                      reeve_context_get_name (self->context), NULL, "linked to the hub at %s",
                      reeve_link_get_remote (link));
  return TRUE;
}

static void
reeve_reporter_target_closed (ReeveLinkOwner *owner, ReeveLink *link, const GError *reason)
{
  ReeveReporterTarget *self = REEVE_REPORTER_TARGET (owner);

  if (link != self->link)
    return;
  g_clear_object (&self->link);
  reeve_reporter_target_begin_keeping (self);
  reeve_log_message (self->context, "the link to the hub ended: %s", reason->message);
  reeve_context_emit (self->context, REEVE_SEVERITY_NOTICE, "link",
                      reeve_context_get_name (self->context), NULL, "the link to the hub ended: %s",
                      reason->message);
}

/* As system.connection names them. */
static guint
reeve_reporter_target_connection (ReeveLink *link)
{
  static const char *const names[] = { "none", "ssh", "websocket" };
  const char *transport = reeve_link_get_transport_name (link);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (transport, names[i]) == 0)
      return i;
  return 0;
}

/* What was kept goes with the answer. */
static void
reeve_reporter_target_add_kept (ReeveReporterTarget *self, ReeveMessage *message, guint wanted)
{
  ReeveSchema *schema = reeve_sample_get_schema (reeve_message_get_sample (message));
  ReeveMessageKept kept = { 0 };

  if (!self->extension)
    return;
  reeve_reporter_keep_give (self->keep, wanted, schema, &kept);
  reeve_message_set_kept (message, &kept);
  g_ptr_array_unref (kept.samples);
}

static void
reeve_reporter_target_sampled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree ReeveReporterTargetAsk *ask = user_data;
  g_autoptr (GTask) task = ask->task;
  ReeveReporterTarget *self = g_task_get_source_object (task);
  GError *error = NULL;
  ReeveMessage *message = reeve_sampler_sample_finish (result, &error);

  if (message == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (self->keep != NULL)
    reeve_reporter_target_add_kept (self, message, ask->kept);
  g_task_return_pointer (task, message, (GDestroyNotify) reeve_message_unref);
}

/* Takes what the hub says with its request, and makes of it what the sampler is asked for. */
static void
reeve_reporter_target_take_request (ReeveReporterTarget *self, ReeveLink *link,
                                    const ReeveSampleRequest *wanted, ReeveSamplerRequest *request)
{
  if (self->extension)
    reeve_reporter_keep_acknowledge (self->keep, wanted->kept_series, wanted->kept_stored);
  if (wanted->interval_ms >= REEVE_REPORTER_MIN_INTERVAL_MS)
    {
      self->interval_ms = MIN (wanted->interval_ms, REEVE_REPORTER_MAX_INTERVAL_MS);
      self->asked = reeve_clock_get_monotonic (reeve_context_get_clock (self->context));
    }
  *request = (ReeveSamplerRequest){
    .interval_ms = wanted->interval_ms,
    .facts = wanted->facts,
    .schema = wanted->schema,
    .extension = self->extension,
    .connection = reeve_reporter_target_connection (link),
    .agent = TRUE,
    .kept = reeve_reporter_keep_get_kept (self->keep),
    .dropped = reeve_reporter_keep_get_dropped (self->keep),
  };
}

static ReeveMessage *
reeve_reporter_target_answer (ReeveLinkOwner *owner, ReeveLink *link, ReeveMessage *message)
{
  ReeveReporterTarget *self = REEVE_REPORTER_TARGET (owner);
  const ReeveSampleRequest *wanted = reeve_message_get_sample_request (message);
  ReeveSamplerRequest request;
  ReeveMessage *answer;

  if (self->sampler == NULL || link != self->link || wanted == NULL)
    return NULL;
  reeve_reporter_target_take_request (self, link, wanted, &request);
  answer = reeve_sampler_sample (self->sampler, &request);
  if (answer != NULL)
    reeve_reporter_target_add_kept (self, answer, wanted->kept);
  return answer;
}

/* Takes the task. */
static void
reeve_reporter_target_answer_sample (ReeveReporterTarget *self, ReeveLink *link,
                                     const ReeveSampleRequest *wanted, GTask *task)
{
  ReeveReporterTargetAsk *ask = g_new0 (ReeveReporterTargetAsk, 1);
  ReeveSamplerRequest request;

  ask->task = task;
  ask->kept = wanted->kept;
  reeve_reporter_target_take_request (self, link, wanted, &request);
  reeve_sampler_sample_async (self->sampler, &request, g_task_get_cancellable (task),
                              reeve_reporter_target_sampled_cb, ask);
}

static void
reeve_reporter_target_asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  ReeveMessage *message = reeve_reporter_verbs_ask_finish (result, &error);

  if (message != NULL)
    g_task_return_pointer (task, message, (GDestroyNotify) reeve_message_unref);
  else
    g_task_return_error (task, error);
}

static void
reeve_reporter_target_answer_async (ReeveLinkOwner *owner, ReeveLink *link, ReeveMessage *message,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  ReeveReporterTarget *self = REEVE_REPORTER_TARGET (owner);
  const ReeveSampleRequest *wanted = reeve_message_get_sample_request (message);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, reeve_reporter_target_answer_async);
  if (self->sampler == NULL || link != self->link)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "this link has ended");
  else if (wanted != NULL)
    reeve_reporter_target_answer_sample (self, link, wanted, g_steal_pointer (&task));
  else
    reeve_reporter_verbs_ask_async (self->verbs, link, message, cancellable,
                                    reeve_reporter_target_asked_cb, g_steal_pointer (&task));
}

static ReeveMessage *
reeve_reporter_target_answer_finish (ReeveLinkOwner *owner, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, owner), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
reeve_reporter_target_iface_init (ReeveLinkOwnerInterface *iface)
{
  iface->admit_async = reeve_reporter_target_admit_async;
  iface->admit_finish = reeve_reporter_target_admit_finish;
  iface->confirm_async = reeve_reporter_target_confirm_async;
  iface->confirm_finish = reeve_reporter_target_confirm_finish;
  iface->accept = reeve_reporter_target_accept;
  iface->answer_async = reeve_reporter_target_answer_async;
  iface->answer_finish = reeve_reporter_target_answer_finish;
  iface->closed = reeve_reporter_target_closed;
  iface->answer = reeve_reporter_target_answer;
}

/* ---- transports ---- */

/* TRUE when it keeps the link up from now on. */
static gboolean
reeve_reporter_target_try (ReeveReporterTarget *self, ReeveTransport *transport)
{
  g_autoptr (GError) error = NULL;

  if (!reeve_transport_handles (transport, self->hub->url))
    return FALSE;
  if (!reeve_transport_connect (transport, self->hub->url, reeve_context_get_name (self->context),
                                REEVE_LINK_OWNER (self), &error))
    {
      reeve_log_warning (self->context, "no link to the hub: %s", error->message);
      return FALSE;
    }
  self->transport = g_object_ref (transport);
  return TRUE;
}

static void
reeve_reporter_target_find_transport (ReeveReporterTarget *self)
{
  g_autoptr (GPtrArray) all = reeve_context_lookup_all (self->context, REEVE_TYPE_TRANSPORT);

  for (guint i = 0; self->transport == NULL && i < all->len; i++)
    if (reeve_reporter_target_try (self, g_ptr_array_index (all, i)))
      return;
}

static void
reeve_reporter_target_added_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveReporterTarget *self = user_data;

  if (self->transport == NULL)
    reeve_reporter_target_try (self, provider);
}

static void
reeve_reporter_target_removed_cb (gpointer provider, const char *key, gpointer user_data)
{
  ReeveReporterTarget *self = user_data;

  if (provider != self->transport)
    return;
  g_clear_object (&self->transport);
  g_clear_object (&self->link);
  reeve_reporter_target_begin_keeping (self);
  reeve_reporter_target_find_transport (self);
}

static void
reeve_reporter_target_disconnect (ReeveReporterTarget *self)
{
  g_autoptr (ReeveTransport) transport = g_steal_pointer (&self->transport);

  if (transport != NULL)
    reeve_transport_disconnect (transport, reeve_context_get_name (self->context));
  g_clear_object (&self->link);
}

/* ---- life ---- */

ReeveReporterTarget *
reeve_reporter_target_new (ReeveContext *context, ReeveReporterHub *hub, const char *fingerprint)
{
  ReeveReporterTarget *self = g_object_new (REEVE_REPORTER_TYPE_TARGET, NULL);

  self->context = reeve_context_ref (context);
  self->hub = hub;
  self->fingerprint = g_strdup (fingerprint);
  return self;
}

/* Has this hub once spoken more than the base protocol? */
static gboolean
reeve_reporter_target_remember (ReeveReporterTarget *self)
{
  ReeveReporterFloor floor;

  return reeve_reporter_floor_load (reeve_context_get_state_dir (self->context),
                                    reeve_context_get_instance (self->context), self->hub->keys,
                                    &floor, NULL) &&
         floor.level >= REEVE_LINK_LEVEL_EXTENSION;
}

void
reeve_reporter_target_start (ReeveReporterTarget *self)
{
  ReeveSettings *settings = reeve_context_get_settings (self->context);

  self->sampler = reeve_sampler_new (self->context);
  self->keep = reeve_reporter_keep_new (self->context, settings, self->hub->keys);
  self->verbs =
      reeve_reporter_verbs_new (self->context, reeve_settings_get_strings (settings, "unlock"));
  self->timer =
      reeve_context_add_timer (self->context, "keep", reeve_reporter_target_timer_cb, self);
  self->interval_ms = REEVE_REPORTER_INTERVAL_MS;
  self->extension = reeve_reporter_target_remember (self);
  reeve_reporter_target_begin_keeping (self);
  self->watch =
      reeve_context_watch (self->context, REEVE_TYPE_TRANSPORT, reeve_reporter_target_added_cb,
                           reeve_reporter_target_removed_cb, self);
}

void
reeve_reporter_target_set_hub (ReeveReporterTarget *self, ReeveReporterHub *hub,
                               ReeveSettings *settings)
{
  gboolean same = reeve_reporter_hub_equal (self->hub, hub);

  reeve_reporter_hub_free (self->hub);
  self->hub = hub;
  if (self->sampler == NULL)
    return;
  reeve_reporter_keep_set (self->keep, settings, hub->keys);
  reeve_reporter_verbs_set (self->verbs, reeve_settings_get_strings (settings, "unlock"));
  if (same)
    return;
  reeve_reporter_target_disconnect (self);
  reeve_timer_stop (self->timer);
  self->asked = 0;
  self->extension = reeve_reporter_target_remember (self);
  reeve_reporter_target_begin_keeping (self);
  reeve_reporter_target_find_transport (self);
}

void
reeve_reporter_target_stop (ReeveReporterTarget *self)
{
  if (self->sampler == NULL)
    return;
  reeve_context_unwatch (self->context, self->watch);
  reeve_reporter_target_disconnect (self);
  g_clear_pointer (&self->timer, reeve_timer_free);
  g_clear_pointer (&self->sampler, reeve_sampler_free);
  g_clear_pointer (&self->verbs, reeve_reporter_verbs_free);
  g_clear_pointer (&self->keep, reeve_reporter_keep_free);
  g_clear_pointer (&self->token, reeve_reporter_credentials_wipe);
}

static void
reeve_reporter_target_finalize (GObject *object)
{
  ReeveReporterTarget *self = REEVE_REPORTER_TARGET (object);

  reeve_reporter_target_stop (self);
  g_clear_pointer (&self->token, reeve_reporter_credentials_wipe);
  reeve_reporter_hub_free (self->hub);
  g_free (self->fingerprint);
  reeve_context_unref (self->context);
  G_OBJECT_CLASS (reeve_reporter_target_parent_class)->finalize (object);
}

static void
reeve_reporter_target_class_init (ReeveReporterTargetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = reeve_reporter_target_finalize;
}

static void
reeve_reporter_target_init (ReeveReporterTarget *self)
{
}
