/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "fleet-bench.h"

#include <string.h>

/* ---- a transport whose agents answer, or not ---- */

static ReeveSample *
test_transport_make_sample (TestTransport *self, gboolean facts)
{
  ReeveSample *sample = reeve_sample_new (reeve_schema_get_standard ());

  reeve_sample_set_rates (sample, TRUE);
  if (facts)
    {
      reeve_sample_add (sample, REEVE_KIND_HOST, NULL);
      reeve_sample_set_text (sample, REEVE_HOST_HOSTNAME, "web1");
      reeve_sample_set_number (sample, REEVE_HOST_CORES, 4);
      reeve_sample_set_state (sample, REEVE_HOST_OS, 3);
    }
  reeve_sample_add (sample, REEVE_KIND_CPU, NULL);
  reeve_sample_set_number (sample, REEVE_CPU_USAGE, self->cpu);
  if (self->named)
    {
      reeve_sample_add (sample, REEVE_KIND_CONTAINER, "web");
      reeve_sample_set_number (sample, REEVE_CONTAINER_CPU, self->cpu);
      reeve_sample_add (sample, REEVE_KIND_SERVICE, "nginx.service");
      reeve_sample_set_number (sample, REEVE_SERVICE_CPU, self->cpu);
      reeve_sample_add (sample, REEVE_KIND_SENSOR, "cool");
      reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, 30);
      reeve_sample_add (sample, REEVE_KIND_SENSOR, "hot");
      reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, 60);
    }
  return sample;
}

/* As an agent: what is stored goes, the oldest of the rest goes with the answer. */
static void
test_transport_add_kept (TestTransport *self, const ReeveSampleRequest *wanted,
                         ReeveMessage *answer)
{
  g_autoptr (GPtrArray) samples =
      g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_message_unref);
  ReeveMessageKept kept = { .series = self->series, .samples = samples };

  self->stored = wanted->kept_stored;
  self->stored_series = wanted->kept_series;
  self->kept_requests += wanted->kept > 0;
  while (!self->deaf && self->stored_series == self->series && self->kept->len > 0 &&
         reeve_message_get_sequence (g_ptr_array_index (self->kept, 0)) <= self->stored)
    g_ptr_array_remove_index (self->kept, 0);
  for (guint i = 0; i < wanted->kept && i < self->kept->len; i++)
    g_ptr_array_add (samples, reeve_message_ref (g_ptr_array_index (self->kept, i)));
  kept.waiting = self->kept->len - samples->len;
  reeve_message_set_kept (answer, &kept);
}

/* Verbs are answered with their argument "id" twice; "refused" is not. */
static void
test_transport_answer_verb (TestTransport *self, ReeveMessage *request, GTask *task)
{
  const char *verb = reeve_message_get_verb (request);
  const char *id = "";
  g_autofree char *text = NULL;

  g_ptr_array_add (self->verbs, g_strdup (verb));
  if (strcmp (verb, "service.refused") == 0)
    {
      g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_FAILED,
                               "the agent said: '%s' is locked on this agent", verb);
      return;
    }
  g_variant_lookup (reeve_message_get_arguments (request), "id", "&s", &id);
  text = g_strdup_printf ("%s %s", id, id);
  g_task_return_pointer (task, reeve_message_new_answer (g_variant_new_string (text)),
                         (GDestroyNotify) reeve_message_unref);
}

/* (transfer full) */
static ReeveMessage *
test_transport_answer (TestTransport *self, ReeveLink *link, const ReeveSampleRequest *wanted,
                       GError **error)
{
  g_autoptr (ReeveSample) sample = NULL;
  ReeveMessage *answer;

  self->requests++;
  self->interval = wanted->interval_ms;
  if (wanted->acknowledged > 0)
    self->acknowledged = wanted->acknowledged;
  self->facts += wanted->facts;
  if (self->silent || self->fail)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT, "no answer");
      return NULL;
    }
  if (self->answer != NULL)
    return self->answer (link, wanted, error);
  sample = test_transport_make_sample (self, wanted->facts && self->cached == 0);
  self->cached -= self->cached > 0;
  answer = reeve_message_new_sample (sample);
  reeve_message_set_sequence (answer, ++self->sequence);
  reeve_message_set_age (answer, self->age != 0 ? self->age : 2 * G_USEC_PER_SEC);
  if (self->kept != NULL)
    test_transport_add_kept (self, wanted, answer);
  return answer;
}

static void
test_transport_request_async (ReeveTransport *transport, ReeveLink *link, ReeveMessage *request,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  TestTransport *self = TEST_TRANSPORT (transport);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  const ReeveSampleRequest *wanted = reeve_message_get_sample_request (request);
  ReeveMessage *answer;
  GError *error = NULL;

  if (wanted == NULL)
    {
      test_transport_answer_verb (self, request, task);
      return;
    }
  answer = test_transport_answer (self, link, wanted, &error);
  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) reeve_message_unref);
  else
    g_task_return_error (task, error);
}

typedef struct
{
  TestTransport *transport;
  ReeveLink *link;
  ReeveMessage *request;
  ReeveMessage *answer;
  GError *error;
} TestAsked;

static void
test_asked_free (gpointer data)
{
  TestAsked *asked = data;

  g_object_unref (asked->transport);
  g_object_unref (asked->link);
  reeve_message_unref (asked->request);
  g_clear_pointer (&asked->answer, reeve_message_unref);
  g_clear_error (&asked->error);
  g_free (asked);
}

static gboolean
test_transport_asked_cb (gpointer user_data)
{
  TestAsked *asked = user_data;
  g_autoptr (ReeveLinkOwner) owner = NULL;

  if (asked->transport->host == NULL || !reeve_link_is_up (asked->link))
    return G_SOURCE_REMOVE;
  owner = reeve_context_lookup (reeve_mock_host_get_context (asked->transport->host),
                                REEVE_TYPE_LINK_OWNER, NULL);
  if (owner != NULL)
    reeve_link_owner_answered (owner, asked->link, asked->request, asked->answer, asked->error);
  return G_SOURCE_REMOVE;
}

static gboolean
test_transport_ask (ReeveTransport *transport, ReeveLink *link, ReeveMessage *request,
                    G_GNUC_UNUSED GError **error)
{
  TestTransport *self = TEST_TRANSPORT (transport);
  TestAsked *asked;

  if (self->mute)
    {
      self->requests++;
      return TRUE;
    }
  asked = g_new0 (TestAsked, 1);
  asked->transport = g_object_ref (self);
  asked->link = g_object_ref (link);
  asked->request = reeve_message_ref (request);
  asked->answer =
      test_transport_answer (self, link, reeve_message_get_sample_request (request), &asked->error);
  g_idle_add_full (G_PRIORITY_DEFAULT, test_transport_asked_cb, asked, test_asked_free);
  return TRUE;
}

static ReeveMessage *
test_transport_request_finish (G_GNUC_UNUSED ReeveTransport *transport, GAsyncResult *result,
                               GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_transport_ping (ReeveTransport *transport, G_GNUC_UNUSED ReeveLink *link)
{
  TEST_TRANSPORT (transport)->pings++;
}

static void
test_transport_close (ReeveTransport *transport, ReeveLink *link, const char *reason)
{
  reeve_link_set_down (link);
  g_string_append_printf (TEST_TRANSPORT (transport)->closed, "%s|", reason);
}

static void
test_transport_probe_async (ReeveTransport *transport, G_GNUC_UNUSED ReeveLink *link,
                            G_GNUC_UNUSED guint timeout_ms, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  TestTransport *self = TEST_TRANSPORT (transport);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  self->probes++;
  if (self->hold)
    self->probing = g_steal_pointer (&task);
  else if (self->dead)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_TIMEOUT, "no answer");
  else
    g_task_return_boolean (task, TRUE);
}

void
test_transport_end_probe (TestTransport *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->probing);

  g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_UNAVAILABLE, "the link has ended");
}

static gboolean
test_transport_probe_finish (G_GNUC_UNUSED ReeveTransport *transport, GAsyncResult *result,
                             GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_transport_iface_init (ReeveTransportInterface *iface)
{
  iface->request_async = test_transport_request_async;
  iface->request_finish = test_transport_request_finish;
  iface->ping = test_transport_ping;
  iface->close = test_transport_close;
  iface->probe_async = test_transport_probe_async;
  iface->probe_finish = test_transport_probe_finish;
  iface->ask = test_transport_ask;
}

G_DEFINE_TYPE_WITH_CODE (TestTransport, test_transport, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_TRANSPORT, test_transport_iface_init))

static void
test_transport_finalize (GObject *object)
{
  g_string_free (TEST_TRANSPORT (object)->closed, TRUE);
  g_clear_pointer (&TEST_TRANSPORT (object)->kept, g_ptr_array_unref);
  g_ptr_array_unref (TEST_TRANSPORT (object)->verbs);
  G_OBJECT_CLASS (test_transport_parent_class)->finalize (object);
}

static void
test_transport_class_init (TestTransportClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_transport_finalize;
}

static void
test_transport_init (TestTransport *self)
{
  self->closed = g_string_new (NULL);
  self->verbs = g_ptr_array_new_with_free_func (g_free);
  self->cpu = 0.25;
}

/* ---- the bench ---- */

ReeveOperations *
bench_begin (Bench *bench, const char *method, GVariant *arguments, GAsyncResult **result)
{
  ReeveContext *context = reeve_mock_host_get_context (bench->host);
  g_autoptr (GPtrArray) all = reeve_context_lookup_all (context, REEVE_TYPE_OPERATIONS);
  g_autoptr (ReeveSubject) subject = reeve_subject_new (REEVE_SUBJECT_UID, "0");

  for (guint i = 0; i < all->len; i++)
    {
      ReeveOperations *operations = g_ptr_array_index (all, i);

      if (g_dbus_interface_info_lookup_method (reeve_operations_get_info (operations), method) ==
          NULL)
        continue;
      reeve_operations_call_async (operations, context, method, arguments, subject, NULL,
                                   reeve_mock_result_cb, result);
      return g_object_ref (operations);
    }
  g_assert_not_reached ();
}

GVariant *
bench_try (Bench *bench, const char *method, GVariant *arguments, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ReeveOperations) operations = bench_begin (bench, method, arguments, &result);

  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return reeve_operations_call_finish (operations, result, error);
}

GVariant *
bench_call (Bench *bench, const char *method, GVariant *arguments)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = bench_try (bench, method, arguments, &error);

  g_assert_no_error (error);
  return value;
}

void
bench_do (Bench *bench, const char *method, GVariant *arguments)
{
  g_variant_unref (bench_call (bench, method, arguments));
}

void
bench_assert_error (Bench *bench, const char *method, GVariant *arguments, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bench_try (bench, method, arguments, &error));
  g_assert_error (error, REEVE_ERROR, code);
}

static void
allow_async (ReeveAuthorizer *authorizer, G_GNUC_UNUSED ReeveSubject *subject,
             G_GNUC_UNUSED ReevePower power, G_GNUC_UNUSED const char *object,
             G_GNUC_UNUSED GCancellable *cancellable, GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (authorizer, NULL, callback, user_data);

  g_task_return_boolean (task, TRUE);
}

static gboolean
allow_finish (G_GNUC_UNUSED ReeveAuthorizer *authorizer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
allow_iface_init (ReeveAuthorizerInterface *iface)
{
  iface->authorize_async = allow_async;
  iface->authorize_finish = allow_finish;
}

typedef GObject TestAllow;
typedef GObjectClass TestAllowClass;
static GType test_allow_get_type (void);
G_DEFINE_TYPE_WITH_CODE (TestAllow, test_allow, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (REEVE_TYPE_AUTHORIZER, allow_iface_init))

static void
test_allow_class_init (G_GNUC_UNUSED TestAllowClass *klass)
{
}

static void
test_allow_init (G_GNUC_UNUSED TestAllow *self)
{
}

Bench *
bench_new (void)
{
  Bench *bench = g_new0 (Bench, 1);
  g_autoptr (GObject) allow = g_object_new (test_allow_get_type (), NULL);
  g_autoptr (GVariant) added = NULL;

  bench->host = reeve_mock_host_new ("hub", TRUE);
  bench->transport = g_object_new (TEST_TYPE_TRANSPORT, NULL);
  bench->transport->host = bench->host;
  reeve_context_provide (reeve_mock_host_get_context (bench->host), REEVE_TYPE_AUTHORIZER,
                         REEVE_SUBJECT_UID, allow, NULL);
  bench->store = reeve_mock_host_load (bench->host, "sqlite-store", NULL);
  bench->plugin = reeve_mock_host_load (bench->host, "fleet", NULL);
  added = bench_call (bench, "AddSystem", g_variant_new ("(s)", "web1"));
  g_variant_get (added, "(sss)", &bench->id, &bench->token, NULL);
  return bench;
}

void
bench_restart (Bench *bench)
{
  reeve_mock_host_unload (bench->host, bench->plugin);
  bench->plugin = reeve_mock_host_load (bench->host, "fleet", NULL);
}

void
bench_free (Bench *bench)
{
  bench->transport->host = NULL;
  reeve_mock_host_free (bench->host);
  g_object_unref (bench->transport);
  g_free (bench->id);
  g_free (bench->token);
  g_free (bench);
}

char *
bench_get_state (Bench *bench)
{
  g_autoptr (GVariant) answer = bench_call (bench, "GetSystem", g_variant_new ("(s)", bench->id));
  g_autoptr (GVariant) row = g_variant_get_child_value (answer, 0);
  char *state = NULL;

  g_variant_lookup (row, "state", "s", &state);
  return state;
}

#define BENCH_PACE_MS 10000

/* Real time for what the store was given, far within REEVE_HISTORY_TIMEOUT_MS of the bench's time,
 * however slow the machine is: a change of a record takes along what waits of history. */
static void
bench_await_store (Bench *bench)
{
  static const ReeveCollection collection = { .name = "fleet.bench", .version = 1 };
  g_autoptr (ReeveRecords) records =
      reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_RECORDS, NULL);
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GAsyncResult) opened = NULL;
  g_autoptr (GAsyncResult) applied = NULL;
  g_autoptr (GError) error = NULL;

  if (records == NULL)
    return;
  changes = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_record_unref);
  g_ptr_array_add (changes, reeve_record_new (collection.name, "pace", -1,
                                              g_variant_new ("a{sv}", NULL), NULL));
  reeve_records_open_async (records, &collection, NULL, reeve_mock_result_cb, &opened);
  reeve_records_open_finish (records, reeve_mock_host_wait (bench->host, &opened), &error);
  g_assert_no_error (error);
  reeve_records_apply_async (records, changes, NULL, reeve_mock_result_cb, &applied);
  reeve_mock_host_wait (bench->host, &applied);
}

/* Moves time in small steps, and no further than the store's own thread keeps up with. */
void
bench_advance (Bench *bench, guint ms)
{
  for (guint done = 0; done < ms; done += 250)
    {
      reeve_mock_host_advance (bench->host, MIN (250, ms - done));
      g_usleep (1500);
      reeve_mock_host_settle (bench->host);
      if (done % BENCH_PACE_MS == BENCH_PACE_MS - 250)
        bench_await_store (bench);
    }
  g_usleep (50 * 1000);
  reeve_mock_host_settle (bench->host);
}

ReeveLinkOwner *
bench_get_owner (Bench *bench)
{
  return reeve_context_lookup (reeve_mock_host_get_context (bench->host), REEVE_TYPE_LINK_OWNER,
                               NULL);
}

ReeveAdmission *
bench_admit (Bench *bench, ReeveLinkOffer *offer, GError **error)
{
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autoptr (GAsyncResult) admitted = NULL;

  reeve_link_owner_admit_async (owner, offer, NULL, reeve_mock_result_cb, &admitted);
  reeve_mock_host_wait (bench->host, &admitted);
  return reeve_link_owner_admit_finish (owner, admitted, error);
}

/* The whole way of a transport, up to accept. NULL with the refusal. */
ReeveLink *
bench_link (Bench *bench, ReeveLinkOffer *offer, GError **error)
{
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autoptr (GAsyncResult) confirmed = NULL;
  g_autoptr (ReeveAdmission) admission = bench_admit (bench, offer, error);
  g_autofree char *ok = NULL;
  g_autoptr (ReeveLink) link = NULL;

  if (admission == NULL)
    return NULL;
  reeve_link_owner_confirm_async (owner, admission->admission, offer, NULL, reeve_mock_result_cb,
                                  &confirmed);
  while (confirmed == NULL)
    g_main_context_iteration (NULL, TRUE);
  ok = reeve_link_owner_confirm_finish (owner, confirmed, error);
  if (ok == NULL)
    return NULL;
  link = reeve_link_new (REEVE_TRANSPORT (bench->transport),
                         *ok != '\0' ? ok : admission->admission, offer);
  return reeve_link_owner_accept (owner, link, error) ? g_steal_pointer (&link) : NULL;
}

ReeveLinkOffer
bench_offer (Bench *bench)
{
  return (ReeveLinkOffer){ .transport = "websocket",
                           .remote = "192.0.2.7",
                           .token = bench->token,
                           .version = "0.18.8",
                           .fingerprint = "0123456789abcdef" };
}

void
bench_lose (Bench *bench, ReeveLink *link)
{
  g_autoptr (ReeveLinkOwner) owner = bench_get_owner (bench);
  g_autoptr (GError) reason = g_error_new (REEVE_ERROR, REEVE_ERROR_IO, "connection reset");

  reeve_link_set_down (link);
  reeve_link_owner_closed (owner, link, reason);
}

void
bench_assert_refused (Bench *bench, ReeveLinkOffer offer, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReeveLink) link = bench_link (bench, &offer, &error);

  g_assert_null (link);
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  if (strstr (error->message, text) == NULL)
    g_error ("'%s' lacks '%s'", error->message, text);
}

guint
bench_count_events (Bench *bench, const char *text)
{
  g_autoptr (GPtrArray) events =
      reeve_context_read_events (reeve_mock_host_get_context (bench->host), 0, NULL);
  guint n = 0;

  for (guint i = 0; i < events->len; i++)
    n += strstr (reeve_event_get_text (g_ptr_array_index (events, i)), text) != NULL;
  return n;
}
