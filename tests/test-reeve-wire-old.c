/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Peers of other releases: agents back to 0.12.0 as their own encoders write a sample, and what
 * ours sends to hubs of that age. What a release had no place for is missing, not zero.
 */

#include "config.h"

#include "tests/lib/reeve-test-wire.h"

#include <math.h>
#include <string.h>

#define MIB 1048576.0
#define GIB 1073741824.0
#define NEAR(a, b) g_assert_cmpfloat_with_epsilon (a, b, 1e-9 * MAX (1.0, fabs ((double) (b))))

static void
decode_sample (const char *name, gboolean bare, gint64 id, ReeveWireResponse *ret_response)
{
  g_autoptr (GBytes) vector = reeve_test_vector (name);

  reeve_test_decode_answer (vector, REEVE_WIRE_ACTION_SAMPLE, bare, ret_response);
  g_assert_cmpint (ret_response->kind, ==, REEVE_WIRE_RESPONSE_SAMPLE);
  g_assert_cmpint (ret_response->id, ==, id);
}

/* What each release before 0.18 has. */
static void
check_common (ReeveWireResponse *r, const char *version)
{
  NEAR (reeve_test_value (r, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE), 0.1234);
  NEAR (reeve_test_value (r, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_TOTAL), 31.25 * GIB);
  NEAR (reeve_test_value (r, REEVE_KIND_SWAP, NULL, REEVE_SWAP_USED), 0.5 * GIB);
  NEAR (reeve_test_value (r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_TOTAL), 200 * GIB);
  NEAR (reeve_test_value (r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READ), 1.5 * MIB);
  NEAR (reeve_test_value (r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_WRITE), 2.25 * MIB);
  NEAR (reeve_test_value (r, REEVE_KIND_FILESYSTEM, "sdb1", REEVE_FILESYSTEM_READ), 0.5 * MIB);
  NEAR (reeve_test_value (r, REEVE_KIND_FILESYSTEM, "sdb1", REEVE_FILESYSTEM_USAGE), 0.25);
  g_assert_true (isnan (reeve_test_value (r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_BUSY)));
  NEAR (reeve_test_value (r, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), 0.5 * MIB);
  NEAR (reeve_test_value (r, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED), 1.25 * MIB);
  NEAR (reeve_test_value (r, REEVE_KIND_LOAD, NULL, REEVE_LOAD_ONE), 0.5);
  NEAR (reeve_test_value (r, REEVE_KIND_LOAD, NULL, REEVE_LOAD_FIVE), 0.75);
  NEAR (reeve_test_value (r, REEVE_KIND_LOAD, NULL, REEVE_LOAD_FIFTEEN), 1.25);
  NEAR (reeve_test_value (r, REEVE_KIND_SENSOR, "coretemp_package_id_0", REEVE_SENSOR_TEMPERATURE),
        54.5);
  NEAR (reeve_test_value (r, REEVE_KIND_GPU, "0", REEVE_GPU_MEMORY_TOTAL), 2048 * MIB);
  NEAR (reeve_test_value (r, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_UPTIME), 86400);
  g_assert_cmpstr (reeve_test_text (r, REEVE_KIND_HOST, NULL, REEVE_HOST_HOSTNAME), ==, "old1");
  g_assert_cmpstr (reeve_test_text (r, REEVE_KIND_HOST, NULL, REEVE_HOST_KERNEL), ==, "5.10.0");
  g_assert_cmpstr (reeve_test_text (r, REEVE_KIND_HOST, NULL, REEVE_HOST_CPU_MODEL), ==, "Xeon");
  g_assert_cmpstr (reeve_test_text (r, REEVE_KIND_HOST, NULL, REEVE_HOST_AGENT_VERSION), ==,
                   version);
  g_assert_null (reeve_test_text (r, REEVE_KIND_HOST, NULL, REEVE_HOST_ARCH));
  NEAR (reeve_test_value (r, REEVE_KIND_HOST, NULL, REEVE_HOST_CORES), 2);
  NEAR (reeve_test_value (r, REEVE_KIND_HOST, NULL, REEVE_HOST_THREADS), 4);
  NEAR (reeve_test_value (r, REEVE_KIND_HOST, NULL, REEVE_HOST_PODMAN), 1);
}

static void
check_container (ReeveWireResponse *r, const char *instance)
{
  NEAR (reeve_test_value (r, REEVE_KIND_CONTAINER, instance, REEVE_CONTAINER_MEMORY), 64.5 * MIB);
  NEAR (reeve_test_value (r, REEVE_KIND_CONTAINER, instance, REEVE_CONTAINER_SENT), 0.01 * MIB);
  NEAR (reeve_test_value (r, REEVE_KIND_CONTAINER, instance, REEVE_CONTAINER_RECEIVED), 0.02 * MIB);
  g_assert_cmpstr (reeve_test_text (r, REEVE_KIND_CONTAINER, instance, REEVE_CONTAINER_NAME), ==,
                   "web");
}

/* No envelope, load averages one by one, containers by their name alone. */
static void
test_0_12 (void)
{
  g_auto (ReeveWireResponse) r = { 0 };

  decode_sample ("sample-0.12.0.hex", TRUE, REEVE_WIRE_ID_NONE, &r);
  check_common (&r, "0.12.0");
  check_container (&r, "web");
  g_assert_true (isnan (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_USER)));
  g_assert_true (isnan (reeve_test_value (&r, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_CONNECTION)));
}

static void
test_0_13 (void)
{
  g_auto (ReeveWireResponse) r = { 0 };

  decode_sample ("sample-0.13.0.hex", FALSE, 2, &r);
  check_common (&r, "0.13.0");
  check_container (&r, "web");
  NEAR (reeve_test_value (&r, REEVE_KIND_NIC, "eth0", REEVE_NIC_SENT_TOTAL), 5e9);
  NEAR (reeve_test_value (&r, REEVE_KIND_BATTERY, "battery", REEVE_BATTERY_CHARGE), 0.87);
  NEAR (reeve_test_value (&r, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_CONNECTION), 2);
}

static void
test_0_16 (void)
{
  g_auto (ReeveWireResponse) r = { 0 }, later = { 0 };

  decode_sample ("sample-0.16.0.hex", FALSE, REEVE_WIRE_ID_NONE, &r);
  check_common (&r, "0.16.0");
  check_container (&r, "0123456789ab");
  NEAR (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_IDLE), 0.8766);
  NEAR (reeve_test_value (&r, REEVE_KIND_CORE, "3", REEVE_CORE_USAGE), 1);
  g_assert_true (isnan (reeve_test_value (&r, REEVE_KIND_SERVICES, NULL, REEVE_SERVICES_TOTAL)));
  decode_sample ("sample-0.17.0.hex", FALSE, 2, &later);
  check_common (&later, "0.17.0");
  NEAR (reeve_test_value (&later, REEVE_KIND_SERVICES, NULL, REEVE_SERVICES_TOTAL), 12);
  NEAR (reeve_test_value (&later, REEVE_KIND_SERVICES, NULL, REEVE_SERVICES_FAILED), 1);
}

/* Of this release, everything there is: once around gives the same bytes. */
static void
test_0_18 (void)
{
  static const char *const names[] = { "sample-0.18.8.hex", "sample-0.18.8-empty.hex" };
  ReeveWireSelf self = {
    .version = "0.18.8", .connection = 2, .threads = 4, .services = TRUE, .containers = TRUE
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GBytes) vector = reeve_test_vector (names[i]);
      g_autoptr (GBytes) again = NULL;
      g_auto (ReeveWireResponse) r = { 0 };

      decode_sample (names[i], FALSE, 2, &r);
      again = reeve_wire_encode_sample (2, r.message, &self, NULL);
      if (i == 0)
        reeve_test_assert_bytes (again, vector);
      NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "/srv", REEVE_FILESYSTEM_WRITE_AWAIT),
            0.00425);
      NEAR (reeve_test_value (&r, REEVE_KIND_GPU_ENGINE, "0/Render/3D", REEVE_GPU_ENGINE_USAGE),
            0.215);
      NEAR (reeve_test_value (&r, REEVE_KIND_FAN, "fan1", REEVE_FAN_SPEED), 1450);
      g_assert_cmpint (reeve_sample_find_row (reeve_message_get_sample (r.message),
                                              REEVE_KIND_CONTAINER, "ba9876543210") >= 0,
                       ==, i == 0);
      g_assert_cmpint (reeve_sample_find_row (reeve_message_get_sample (r.message),
                                              REEVE_KIND_SERVICE, "backup") >= 0,
                       ==, i == 0);
    }
}

/* ---- to hubs ---- */

static ReeveMessage *
make_sample (void)
{
  g_autoptr (ReeveSample) sample = reeve_sample_new (reeve_schema_get_standard ());

  reeve_sample_set_rates (sample, TRUE);
  reeve_sample_add (sample, REEVE_KIND_HOST, NULL);
  reeve_sample_set_text (sample, REEVE_HOST_HOSTNAME, "web1");
  reeve_sample_set_text (sample, REEVE_HOST_CPU_MODEL, "Xeon");
  reeve_sample_set_text (sample, REEVE_HOST_KERNEL, "6.1");
  reeve_sample_set_number (sample, REEVE_HOST_CORES, 2);
  reeve_sample_set_number (sample, REEVE_HOST_THREADS, 4);
  reeve_sample_add (sample, REEVE_KIND_LOAD, NULL);
  reeve_sample_set_number (sample, REEVE_LOAD_ONE, 0.5);
  reeve_sample_set_number (sample, REEVE_LOAD_FIVE, 0.75);
  reeve_sample_set_number (sample, REEVE_LOAD_FIFTEEN, 1.25);
  reeve_sample_add (sample, REEVE_KIND_NETWORK, NULL);
  reeve_sample_set_number (sample, REEVE_NETWORK_SENT, 0.5 * MIB);
  reeve_sample_set_number (sample, REEVE_NETWORK_RECEIVED, 1.25 * MIB);
  reeve_sample_add (sample, REEVE_KIND_SERVICES, NULL);
  reeve_sample_set_number (sample, REEVE_SERVICES_TOTAL, 3);
  reeve_sample_set_number (sample, REEVE_SERVICES_FAILED, 0);
  reeve_sample_add (sample, REEVE_KIND_SERVICE, "cron");
  reeve_sample_set_state (sample, REEVE_SERVICE_STATE, 0);
  return reeve_message_new_sample (sample);
}

/* As the hub's request says what it is, the answer is made for it. */
static GBytes *
answer_request (const char *hex, gint64 id, ReeveWireSelf *self)
{
  g_autoptr (GBytes) bytes = reeve_test_unhex (hex);
  g_auto (ReeveWireRequest) request = { 0 };
  g_autoptr (ReeveMessage) message = make_sample ();
  g_autoptr (GError) error = NULL;
  GBytes *answer;

  reeve_test_decode_request (bytes, REEVE_LINK_LEVEL_STOCK, &request);
  reeve_wire_self_prepare (self, &request, message);
  answer = reeve_wire_encode_answer (id, REEVE_VERB_SAMPLE, message, self, &error);
  g_assert_no_error (error);
  return answer;
}

static gboolean
has_bytes (GBytes *bytes, const char *hex)
{
  g_autoptr (GBytes) part = reeve_test_unhex (hex);

  return memmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                 g_bytes_get_data (part, NULL), g_bytes_get_size (part)) != NULL;
}

/* Facts stand in Info of each sample, since such a hub cannot ask for them. */
static void
test_old_hubs (void)
{
  ReeveWireSelf self_0_12 = { .version = "0.18.8", .connection = 2 };
  ReeveWireSelf self_0_17 = self_0_12, self_0_18 = self_0_12;
  g_autoptr (GBytes) to_0_12 = answer_request ("a1 00 00", REEVE_WIRE_ID_BARE, &self_0_12);
  g_autoptr (GBytes) to_0_17 = answer_request ("a3 00 00 01 a1 00 19 ea60 02 02", 2, &self_0_17);
  g_autoptr (GBytes) to_0_18 =
      answer_request ("a3 00 00 01 a2 00 19 ea60 01 f4 02 02", 2, &self_0_18);
  /* Info begins: host name, kernel, cores */
  const char *facts = "00 64 77656231 01 63 362e31 02 02 04 64 58656f6e";
  g_auto (ReeveWireResponse) r = { 0 }, later = { 0 };

  g_assert_true (self_0_12.old_hub && self_0_17.old_hub && !self_0_18.old_hub);
  g_assert_true (!self_0_12.services && self_0_17.services && self_0_18.services);
  g_assert_true (has_bytes (to_0_12, facts));
  g_assert_true (has_bytes (to_0_17, facts));
  g_assert_false (has_bytes (to_0_18, facts));
  /* MiB/s, and load averages of 0.12.0, for the oldest alone */
  g_assert_true (has_bytes (to_0_12, "09 fb3ffc000000000000"));
  g_assert_true (has_bytes (to_0_12, "0f fb3fe0000000000000 10 fb3fe8000000000000"));
  g_assert_true (has_bytes (to_0_17, "09 fb0000000000000000"));
  g_assert_false (has_bytes (to_0_17, "0f fb3fe0000000000000"));
  reeve_test_decode_answer (to_0_12, REEVE_WIRE_ACTION_SAMPLE, TRUE, &r);
  NEAR (reeve_test_value (&r, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), 0.5 * MIB);
  NEAR (reeve_test_value (&r, REEVE_KIND_LOAD, NULL, REEVE_LOAD_FIVE), 0.75);
  g_assert_true (isnan (reeve_test_value (&r, REEVE_KIND_SERVICES, NULL, REEVE_SERVICES_TOTAL)));
  reeve_test_decode_answer (to_0_17, REEVE_WIRE_ACTION_SAMPLE, FALSE, &later);
  NEAR (reeve_test_value (&later, REEVE_KIND_SERVICES, NULL, REEVE_SERVICES_TOTAL), 3);
}

/* Whether facts are wanted, and services go along, follows from the request. */
static void
test_requests (void)
{
  static const struct
  {
    const char *hex;
    gboolean old, facts, services;
  } cases[] = {
    { "a1 00 00", TRUE, TRUE, FALSE }, /* 0.12 */
    { "a2 00 00 01 f6", TRUE, TRUE, FALSE },
    { "a2 00 00 01 a1 00 19 ea60", TRUE, TRUE, TRUE }, /* 0.13 to 0.17 */
    { "a2 00 00 01 a1 00 19 03e8", TRUE, TRUE, FALSE },
    { "a2 00 00 01 a2 00 19 ea60 01 f4", FALSE, FALSE, TRUE },
    { "a2 00 00 01 a2 00 19 ea60 01 f5", FALSE, TRUE, TRUE },
    { "a2 00 00 01 a2 00 19 03e8 01 f4", FALSE, FALSE, FALSE },
    { "a2 00 00 01 61 78", FALSE, FALSE, FALSE }, /* nothing can be read */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = reeve_test_unhex (cases[i].hex);
      g_auto (ReeveWireRequest) request = { 0 };
      g_autoptr (ReeveMessage) message = make_sample ();
      ReeveWireSelf self = { .version = "0.18.8", .connection = 2 };

      g_test_message ("%s", cases[i].hex);
      reeve_test_decode_request (bytes, REEVE_LINK_LEVEL_STOCK, &request);
      g_assert_cmpint (request.old_hub, ==, cases[i].old);
      g_assert_cmpint (reeve_message_get_sample_request (request.message)->facts, ==,
                       cases[i].facts);
      reeve_wire_self_prepare (&self, &request, message);
      g_assert_cmpint (self.services, ==, cases[i].services);
      g_assert_false (self.containers);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/old/agent-0.12", test_0_12);
  g_test_add_func ("/wire/old/agent-0.13", test_0_13);
  g_test_add_func ("/wire/old/agent-0.16", test_0_16);
  g_test_add_func ("/wire/old/agent-0.18", test_0_18);
  g_test_add_func ("/wire/old/hubs", test_old_hubs);
  g_test_add_func ("/wire/old/requests", test_requests);
  return g_test_run ();
}
