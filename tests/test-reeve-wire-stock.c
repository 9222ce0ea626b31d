/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the short vectors do not show: every structure of the base protocol there and back, values
 * that old agents send in other places, forms that real peers accept, and what is left out.
 */

#include "config.h"

#include "tests/lib/reeve-test-wire.h"

#include <math.h>
#include <string.h>

#define MIB 1048576.0
#define GIB 1073741824.0
#define NEAR(a, b) g_assert_cmpfloat_with_epsilon (a, b, 1e-9 * MAX (1.0, fabs ((double) (b))))

static void
row (ReeveSample *sample, guint kind, const char *instance)
{
  g_assert_true (reeve_sample_add (sample, kind, instance));
}

static void
numbers (ReeveSample *sample, guint first, guint n, const double *values)
{
  for (guint i = 0; i < n; i++)
    reeve_sample_set_number (sample, first + i, values[i]);
}
#define NUMBERS(sample, first, ...)                                                                \
  numbers (sample, first, sizeof ((double[]){ __VA_ARGS__ }) / sizeof (double),                    \
           (const double[]){ __VA_ARGS__ })

static void
fill_host (ReeveSample *sample)
{
  row (sample, REEVE_KIND_HOST, NULL);
  reeve_sample_set_text (sample, REEVE_HOST_HOSTNAME, "h");
  reeve_sample_set_text (sample, REEVE_HOST_KERNEL, "6.1");
  reeve_sample_set_text (sample, REEVE_HOST_OS_NAME, "Debian");
  reeve_sample_set_text (sample, REEVE_HOST_ARCH, "x86_64");
  reeve_sample_set_text (sample, REEVE_HOST_CPU_MODEL, "Xeon");
  reeve_sample_set_state (sample, REEVE_HOST_OS, 3);
  reeve_sample_set_state (sample, REEVE_HOST_PODMAN, 1);
  NUMBERS (sample, REEVE_HOST_CORES, 4, 8, 16 * GIB);
}

static void
fill_machine (ReeveSample *sample)
{
  row (sample, REEVE_KIND_SYSTEM, NULL);
  reeve_sample_set_number (sample, REEVE_SYSTEM_UPTIME, 123.9);
  reeve_sample_set_number (sample, REEVE_SYSTEM_TEMPERATURE, 54.125);
  reeve_sample_set_number (sample, REEVE_SYSTEM_GPU, 0.5);
  row (sample, REEVE_KIND_CPU, NULL);
  NUMBERS (sample, REEVE_CPU_USAGE, 0.5, 0.25, 0.12, 0.06, 0.03, 0.54);
  for (guint i = 0; i < 3; i++)
    {
      char name[8];

      g_snprintf (name, sizeof name, "%u", i);
      row (sample, REEVE_KIND_CORE, name);
      reeve_sample_set_number (sample, REEVE_CORE_USAGE, i * 0.25);
    }
  row (sample, REEVE_KIND_MEMORY, NULL);
  NUMBERS (sample, REEVE_MEMORY_TOTAL, 16 * GIB, 4 * GIB, 0.25, 2 * GIB, 1 * GIB);
  row (sample, REEVE_KIND_SWAP, NULL);
  NUMBERS (sample, REEVE_SWAP_TOTAL, 2 * GIB, 0);
  row (sample, REEVE_KIND_LOAD, NULL);
  NUMBERS (sample, REEVE_LOAD_ONE, 1.5, 0.75, 0.25);
  row (sample, REEVE_KIND_FILESYSTEM, "/srv");
  NUMBERS (sample, REEVE_FILESYSTEM_TOTAL, 8 * GIB, 2 * GIB, 0.25, 3 * MIB, 0, 0.5, 0.25, 0.75,
           0.002, 0.004, 1.5);
  row (sample, REEVE_KIND_FILESYSTEM, "/");
  NUMBERS (sample, REEVE_FILESYSTEM_TOTAL, 100 * GIB, 40 * GIB, 0.421, 0, 10);
  row (sample, REEVE_KIND_FILESYSTEM, "/empty"); /* without a size it is not sent */
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_TOTAL, 0);
  row (sample, REEVE_KIND_NETWORK, NULL);
  NUMBERS (sample, REEVE_NETWORK_SENT, 1000, 2000.75);
  row (sample, REEVE_KIND_NIC, "eth0");
  NUMBERS (sample, REEVE_NIC_SENT, 1000, 2000, 5e9, 7e9);
}

static void
fill_devices (ReeveSample *sample)
{
  row (sample, REEVE_KIND_SENSOR, "coretemp");
  reeve_sample_set_number (sample, REEVE_SENSOR_TEMPERATURE, 54.5);
  row (sample, REEVE_KIND_FAN, "fan1");
  reeve_sample_set_number (sample, REEVE_FAN_SPEED, 70000);
  row (sample, REEVE_KIND_FAN, "fan2");
  reeve_sample_set_number (sample, REEVE_FAN_SPEED, 0);
  row (sample, REEVE_KIND_BATTERY, "mouse");
  reeve_sample_set_number (sample, REEVE_BATTERY_CHARGE, 0.31);
  row (sample, REEVE_KIND_BATTERY, "BAT0");
  reeve_sample_set_number (sample, REEVE_BATTERY_CHARGE, 0.9);
  reeve_sample_set_state (sample, REEVE_BATTERY_STATE, 3);
  reeve_sample_set_state (sample, REEVE_BATTERY_PRIMARY, 1);
  row (sample, REEVE_KIND_GPU, "i0");
  reeve_sample_set_text (sample, REEVE_GPU_NAME, "Arc");
  NUMBERS (sample, REEVE_GPU_USAGE, 0, 512 * MIB, 8192 * MIB, 12.5, 20);
  row (sample, REEVE_KIND_GPU_ENGINE, "i0/Video");
  reeve_sample_set_number (sample, REEVE_GPU_ENGINE_USAGE, 0.75);
  row (sample, REEVE_KIND_CONTAINER, "0123456789ab");
  reeve_sample_set_text (sample, REEVE_CONTAINER_NAME, "web");
  reeve_sample_set_state (sample, REEVE_CONTAINER_HEALTH, 2);
  NUMBERS (sample, REEVE_CONTAINER_CPU, 0.015, 64 * MIB, 2 * MIB, 0);
  row (sample, REEVE_KIND_SERVICES, NULL);
  NUMBERS (sample, REEVE_SERVICES_TOTAL, 50, 1);
  row (sample, REEVE_KIND_SERVICE, "nginx");
  reeve_sample_set_state (sample, REEVE_SERVICE_STATE, 2);
  reeve_sample_set_state (sample, REEVE_SERVICE_SUB_STATE, 3);
  NUMBERS (sample, REEVE_SERVICE_CPU, 0.25, 0.5, 1000, 2000);
}

/* What the wire cannot say comes back otherwise; all else must be the same. */
static gboolean
is_lossy (guint kind, const char *instance, guint metric)
{
  return (kind == REEVE_KIND_SYSTEM && metric == REEVE_SYSTEM_UPTIME)  /* whole seconds */
         || (kind == REEVE_KIND_NETWORK)                               /* whole bytes */
         || (kind == REEVE_KIND_FAN && strcmp (instance, "fan1") == 0) /* 16 bits */
         || (kind == REEVE_KIND_FILESYSTEM && strcmp (instance, "/empty") == 0);
}

static void
assert_row_came (ReeveSample *before, guint index, ReeveSample *after)
{
  const char *instance;
  guint kind;
  const ReeveKind *what = reeve_sample_get_row (before, index, &kind, &instance);
  int there = reeve_sample_find_row (after, kind, instance);

  for (guint i = 0; i < what->n_metrics; i++)
    {
      if (!reeve_sample_has (before, index, i) || is_lossy (kind, instance, i))
        continue;
      g_test_message ("%s %s %s", what->name, instance, what->metrics[i].name);
      g_assert_cmpint (there, >=, 0);
      if (what->metrics[i].type == REEVE_METRIC_TEXT)
        g_assert_cmpstr (reeve_sample_get_text (after, there, i), ==,
                         reeve_sample_get_text (before, index, i));
      else
        NEAR (reeve_sample_get_number (after, there, i),
              reeve_sample_get_number (before, index, i));
    }
}

static void
test_everything (void)
{
  const ReeveWireSelf self = { .version = "0.18.8", .connection = 2, .services = TRUE };
  g_autoptr (ReeveSample) before = reeve_sample_new (reeve_schema_get_standard ());
  g_autoptr (ReeveMessage) message = reeve_message_new_sample (before);
  g_autoptr (GBytes) bytes = NULL;
  g_auto (ReeveWireResponse) r = { 0 };
  ReeveSample *after;

  reeve_sample_set_rates (before, TRUE);
  fill_host (before);
  fill_machine (before);
  fill_devices (before);
  bytes = reeve_wire_encode_sample (7, message, &self, NULL);
  reeve_test_decode_response (bytes, REEVE_LINK_LEVEL_STOCK, NULL, &r);
  g_assert_cmpint (r.id, ==, 7);
  after = reeve_message_get_sample (r.message);
  for (guint i = 0; i < reeve_sample_get_n_rows (before); i++)
    assert_row_came (before, i, after);
  NEAR (reeve_test_value (&r, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_UPTIME), 123);
  NEAR (reeve_test_value (&r, REEVE_KIND_SYSTEM, NULL, REEVE_SYSTEM_CONNECTION), 2);
  NEAR (reeve_test_value (&r, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED), 2000);
  NEAR (reeve_test_value (&r, REEVE_KIND_FAN, "fan1", REEVE_FAN_SPEED), 65535);
  NEAR (reeve_test_value (&r, REEVE_KIND_BATTERY, "BAT0", REEVE_BATTERY_PRIMARY), 1);
  g_assert_true (isnan (reeve_test_value (&r, REEVE_KIND_BATTERY, "mouse", REEVE_BATTERY_PRIMARY)));
  g_assert_cmpint (reeve_sample_find_row (after, REEVE_KIND_FILESYSTEM, "/empty"), ==, -1);
}

/* ---- decoding what others may send ---- */

/* A sample of these Stats and this Info, in hex. */
static void
decode_parts (const char *stats, const char *info, ReeveWireResponse *ret_response)
{
  g_autofree char *hex = g_strdup_printf ("a10 1a3 00 %s 01 %s 02 f6", stats, info);
  g_autoptr (GBytes) bytes = reeve_test_unhex (hex);

  reeve_test_decode_response (bytes, REEVE_LINK_LEVEL_STOCK, NULL, ret_response);
}

static void
test_number_forms (void)
{
  static const struct
  {
    const char *hex;
    double percent;
  } forms[] = {
    { "0a", 10 },
    { "1b000000000000000a", 10 }, /* longer than needed */
    { "29", -10 },
    { "f94900", 10 },     /* half */
    { "fa41200000", 10 }, /* single */
    { "fb4024000000000000", 10 },
    { "c2410a", 10 }, /* bignum */
    { "c34109", -10 },
    { "d9d9f70a", 10 }, /* a tag in front */
    { "f97e00", NAN },
    { "f97c00", NAN },
    { "fbfff0000000000000", NAN },
    { "f6", NAN },
    { "f7", NAN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *stats = g_strdup_printf ("a2 00 %s 02 fb4000000000000000", forms[i].hex);
      g_auto (ReeveWireResponse) r = { 0 };
      double value;

      g_test_message ("%s", forms[i].hex);
      decode_parts (stats, "a0", &r);
      value = reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE);
      if (isnan (forms[i].percent))
        g_assert_true (isnan (value));
      else
        NEAR (value, forms[i].percent / 100);
      NEAR (reeve_test_value (&r, REEVE_KIND_MEMORY, NULL, REEVE_MEMORY_TOTAL), 2 * GIB);
    }
}

static void
test_structure_forms (void)
{
  static const char *const forms[] = {
    "bf 00 0a ff",                                  /* indefinite */
    "a2 00 0a 00 14",                               /* the first of two */
    "a2 00 0a 00 60",                               /* whatever the second is */
    "a3 1863 00 00 0a 6130 60",                     /* unknown keys, also as text */
    "a2 61ff 00 00 0a",                             /* not even looked at */
    "a2 20 00 00 0a",                               /* a negative one */
    "a2 1903e8 bf 01 9f ff 02 5f 4100 ff ff 00 0a", /* unknown and deep */
    "b8 01 1800 0a",                                /* longer than needed */
    "d9d9f7 a1 00 0a",
    "a2 1822 83 01 02 03 00 0a",    /* an array for a byte string */
    "a2 181c 84 01 02 03 60 00 0a", /* more elements than it has */
    "a2 181a f6 00 0a",
    "a2 14 bf 7f 6161 6162 ff 01 ff 00 0a", /* an indefinite text */
  };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_auto (ReeveWireResponse) r = { 0 };

      g_test_message ("%s", forms[i]);
      decode_parts (forms[i], "a0", &r);
      NEAR (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE), 0.1);
      if (i == 9)
        NEAR (reeve_test_value (&r, REEVE_KIND_CORE, "2", REEVE_CORE_USAGE), 0.03);
      if (i == 12)
        NEAR (reeve_test_value (&r, REEVE_KIND_SENSOR, "ab", REEVE_SENSOR_TEMPERATURE), 1);
    }
}

/* Names are cleaned here, once; two that become the same are one, the first. */
static void
test_names (void)
{
  g_auto (ReeveWireResponse) r = { 0 };
  ReeveSample *sample;

  decode_parts ("a1 14 a5 63610a62 01 63610b62 02 60 03 63780078 05 67 e280ae6a706567 04", "a0",
                &r);
  sample = reeve_message_get_sample (r.message);
  NEAR (reeve_test_value (&r, REEVE_KIND_SENSOR, "a\357\277\275b", REEVE_SENSOR_TEMPERATURE), 1);
  NEAR (reeve_test_value (&r, REEVE_KIND_SENSOR, "\357\277\275jpeg", REEVE_SENSOR_TEMPERATURE), 4);
  NEAR (reeve_test_value (&r, REEVE_KIND_SENSOR, "x\357\277\275x", REEVE_SENSOR_TEMPERATURE), 5);
  g_assert_cmpint (reeve_sample_find_row (sample, REEVE_KIND_SENSOR, ""), ==, -1);
}

/* Agents before 0.18 say in Info what is in Details since; before 0.13 rates are in MiB/s. */
static void
test_old_agent (void)
{
  g_auto (ReeveWireResponse) r = { 0 };

  decode_parts ("a6 0c 02 0d 01 10 04 11 03 00 0a 15 a1 6164 a4 00 02 01 01 02 01 03 00",
                "a9 00 626f6c 01 63362e31 02 04 03 08 04 6158 0b f5 0e 03 0a 66302e31322e33 09 07",
                &r);
  NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READ), 2 * MIB);
  NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_WRITE), MIB);
  NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "d", REEVE_FILESYSTEM_READ), MIB);
  NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "d", REEVE_FILESYSTEM_USAGE), 0.5);
  g_assert_true (isnan (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_BUSY)));
  NEAR (reeve_test_value (&r, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), 4 * MIB);
  NEAR (reeve_test_value (&r, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_RECEIVED), 3 * MIB);
  g_assert_cmpstr (reeve_test_text (&r, REEVE_KIND_HOST, NULL, REEVE_HOST_HOSTNAME), ==, "ol");
  g_assert_cmpstr (reeve_test_text (&r, REEVE_KIND_HOST, NULL, REEVE_HOST_AGENT_VERSION), ==,
                   "0.12.3");
  NEAR (reeve_test_value (&r, REEVE_KIND_HOST, NULL, REEVE_HOST_THREADS), 8);
  NEAR (reeve_test_value (&r, REEVE_KIND_HOST, NULL, REEVE_HOST_PODMAN), 1);
  NEAR (reeve_test_value (&r, REEVE_KIND_HOST, NULL, REEVE_HOST_OS), 3);
}

/* Better values win wherever they stand. */
static void
test_order (void)
{
  g_auto (ReeveWireResponse) r = { 0 };

  decode_parts ("a4 1820 82 1903e8 00 0c 02 181a 82 05 06 10 07", "a1 06 09", &r);
  NEAR (reeve_test_value (&r, REEVE_KIND_FILESYSTEM, "/", REEVE_FILESYSTEM_READ), 1000);
  NEAR (reeve_test_value (&r, REEVE_KIND_NETWORK, NULL, REEVE_NETWORK_SENT), 5);
  NEAR (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE), 0.09);
}

/* A later agent may put the sample where any payload goes; only when that is known to be one. */
static void
test_any_payload (void)
{
  ReeveWireExpected expected = { .limits = { REEVE_WIRE_RESPONSE_MAX_BYTES, REEVE_WIRE_MAX_ITEMS,
                                             0 },
                                 .action = REEVE_WIRE_ACTION_SAMPLE };
  g_autoptr (GBytes) bytes = reeve_test_unhex ("a2 00 05 07 a3 00 a1 00 0a 01 a0 02 f6");
  g_auto (ReeveWireResponse) r = { 0 }, other = { 0 };
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  g_assert_true (reeve_wire_response_decode (data, size, &expected, &r, NULL));
  NEAR (reeve_test_value (&r, REEVE_KIND_CPU, NULL, REEVE_CPU_USAGE), 0.1);
  expected.action = REEVE_WIRE_ACTION_FINGERPRINT;
  g_assert_true (reeve_wire_response_decode (data, size, &expected, &other, NULL));
  g_assert_cmpint (other.kind, ==, REEVE_WIRE_RESPONSE_OTHER);
  g_assert_cmpint (other.id, ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/stock/everything", test_everything);
  g_test_add_func ("/wire/stock/number-forms", test_number_forms);
  g_test_add_func ("/wire/stock/structure-forms", test_structure_forms);
  g_test_add_func ("/wire/stock/names", test_names);
  g_test_add_func ("/wire/stock/old-agent", test_old_agent);
  g_test_add_func ("/wire/stock/order", test_order);
  g_test_add_func ("/wire/stock/any-payload", test_any_payload);
  return g_test_run ();
}
