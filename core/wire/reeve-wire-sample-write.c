/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A sample to CombinedData, in the order and with the rounding of a stock agent: what it always
 * sends is sent as zero when it is missing here, what it leaves out when zero is left out.
 */

#include "config.h"

#include "reeve-wire-fields.h"

#include <math.h>
#include <string.h>

#define ROOT "/"
#define NUMBER(metric, factor)                                                                     \
  reeve_wire_round (reeve_wire_number (self->sample, row, metric, factor))

typedef struct
{
  ReeveWireWriter *writer;
  ReeveSample *sample;
  const ReeveWireSelf *self;
  gboolean bare;          /* for a hub before 0.13 */
  guint n[REEVE_N_KINDS]; /* rows of each kind */
  int one[REEVE_N_KINDS]; /* the only row, or the root's, or the first; -1: none */
  int battery;            /* the primary one */
  gboolean cores;         /* some have a value */
} ReeveWireSampleWriting;

/* Calls @write for each row of @kind. */
typedef void (*ReeveWireWriteRow) (ReeveWireSampleWriting *self, int row, const char *instance);

static void
reeve_wire_sample_each (ReeveWireSampleWriting *self, guint kind, ReeveWireWriteRow write)
{
  guint n_rows = reeve_sample_get_n_rows (self->sample);

  for (guint i = 0; i < n_rows; i++)
    {
      const char *instance;
      guint row_kind;

      reeve_sample_get_row (self->sample, i, &row_kind, &instance);
      if (row_kind == kind)
        write (self, (int) i, instance);
    }
}

/* A map from instances to what @write writes, left out when it would be empty. */
static void
reeve_wire_sample_write_named (ReeveWireSampleWriting *self, guint key, guint kind,
                               ReeveWireWriteRow write)
{
  reeve_wire_writer_begin_optional_map (self->writer, key);
  if (self->n[kind] > 0)
    reeve_wire_sample_each (self, kind, write);
  reeve_wire_writer_close (self->writer);
}

static void
reeve_wire_sample_write_fields (ReeveWireSampleWriting *self, const ReeveWireField *fields, guint n,
                                int row)
{
  for (guint i = 0; i < n; i++)
    reeve_wire_field_write (&fields[i], self->writer, self->sample, row);
}

/* Each of the one row of its kind. */
static void
reeve_wire_sample_write_ones (ReeveWireSampleWriting *self, const ReeveWireField *fields, guint n)
{
  for (guint i = 0; i < n; i++)
    reeve_wire_field_write (&fields[i], self->writer, self->sample, self->one[fields[i].kind]);
}

/* [first, second], left out when both are zero. */
static void
reeve_wire_sample_write_pair (ReeveWireSampleWriting *self, guint key, int row, guint first,
                              guint second)
{
  guint64 a = reeve_wire_uint (self->sample, row, first, 1, G_MAXINT64);
  guint64 b = reeve_wire_uint (self->sample, row, second, 1, G_MAXINT64);

  if (a == 0 && b == 0)
    return;
  reeve_wire_writer_key (self->writer, key);
  reeve_wire_writer_begin_array (self->writer);
  reeve_wire_writer_uint (self->writer, a);
  reeve_wire_writer_uint (self->writer, b);
  reeve_wire_writer_close (self->writer);
}

static void
reeve_wire_sample_write_doubles (ReeveWireSampleWriting *self, guint key, const double *values,
                                 guint n)
{
  reeve_wire_writer_key (self->writer, key);
  reeve_wire_writer_begin_array (self->writer);
  for (guint i = 0; i < n; i++)
    reeve_wire_writer_double (self->writer, values[i]);
  reeve_wire_writer_close (self->writer);
}

/* ---- Stats ---- */

static void
reeve_wire_sample_write_temperature (ReeveWireSampleWriting *self, int row, const char *instance)
{
  if (!reeve_sample_has (self->sample, (guint) row, REEVE_SENSOR_TEMPERATURE))
    return;
  reeve_wire_writer_name (self->writer, instance);
  reeve_wire_writer_double (self->writer, NUMBER (REEVE_SENSOR_TEMPERATURE, 1));
}

static void
reeve_wire_sample_write_fan (ReeveWireSampleWriting *self, int row, const char *instance)
{
  if (!reeve_sample_has (self->sample, (guint) row, REEVE_FAN_SPEED))
    return;
  reeve_wire_writer_name (self->writer, instance);
  reeve_wire_writer_uint (self->writer,
                          reeve_wire_uint (self->sample, row, REEVE_FAN_SPEED, 1, G_MAXUINT16));
}

static guint8
reeve_wire_sample_charge (ReeveWireSampleWriting *self, int row)
{
  double percent = NUMBER (REEVE_BATTERY_CHARGE, REEVE_WIRE_PERCENT);

  return (guint8) CLAMP (percent + 0.5, 0, 100);
}

static void
reeve_wire_sample_write_battery (ReeveWireSampleWriting *self, int row, const char *instance)
{
  if (!reeve_sample_has (self->sample, (guint) row, REEVE_BATTERY_CHARGE))
    return;
  reeve_wire_writer_name (self->writer, instance);
  reeve_wire_writer_uint (self->writer, reeve_wire_sample_charge (self, row));
}

static void
reeve_wire_sample_write_primary_battery (ReeveWireSampleWriting *self, guint key)
{
  guint8 bytes[2];

  if (self->battery < 0)
    return;
  bytes[0] = reeve_wire_sample_charge (self, self->battery);
  bytes[1] =
      (guint8) reeve_wire_uint (self->sample, self->battery, REEVE_BATTERY_STATE, 1, G_MAXUINT8);
  if (bytes[0] == 0 && bytes[1] == 0)
    return;
  reeve_wire_writer_key (self->writer, key);
  reeve_wire_writer_bytes (self->writer, bytes, sizeof bytes);
}

static void
reeve_wire_sample_write_nic (ReeveWireSampleWriting *self, int row, const char *instance)
{
  reeve_wire_writer_name (self->writer, instance);
  reeve_wire_writer_begin_array (self->writer);
  for (guint i = 0; i < REEVE_WIRE_NIC_VALUES; i++) /* in the metrics' order */
    reeve_wire_writer_uint (self->writer, reeve_wire_uint (self->sample, row, i, 1, G_MAXINT64));
  reeve_wire_writer_close (self->writer);
}

/* One byte a core: a byte string, though it is a list of numbers. */
static void
reeve_wire_sample_write_cores (ReeveWireSampleWriting *self)
{
  guint n_rows = reeve_sample_get_n_rows (self->sample), n = 0, kind;
  g_autofree guint8 *bytes = NULL;

  if (!self->cores)
    return;
  bytes = g_malloc (self->n[REEVE_KIND_CORE]);
  for (guint i = 0; i < n_rows; i++)
    {
      double percent;

      reeve_sample_get_row (self->sample, i, &kind, NULL);
      if (kind != REEVE_KIND_CORE)
        continue;
      percent = reeve_wire_number (self->sample, (int) i, REEVE_CORE_USAGE, REEVE_WIRE_PERCENT);
      bytes[n++] = (guint8) CLAMP (percent + 0.5, 0, 100);
    }
  reeve_wire_writer_key (self->writer, 34);
  reeve_wire_writer_bytes (self->writer, bytes, n);
}

static void
reeve_wire_sample_write_breakdown (ReeveWireSampleWriting *self)
{
  int row = self->one[REEVE_KIND_CPU];
  gboolean any = FALSE;
  double values[5];

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      guint metric = REEVE_CPU_USER + i;

      values[i] = CLAMP (NUMBER (metric, REEVE_WIRE_PERCENT), 0, 100);
      any = any || (row >= 0 && reeve_sample_has (self->sample, (guint) row, metric));
    }
  if (any)
    reeve_wire_sample_write_doubles (self, 33, values, G_N_ELEMENTS (values));
}

static void
reeve_wire_sample_write_disk_stats (ReeveWireSampleWriting *self, guint key, int row)
{
  const double values[] = {
    NUMBER (REEVE_FILESYSTEM_READ_TIME, REEVE_WIRE_PERCENT),
    NUMBER (REEVE_FILESYSTEM_WRITE_TIME, REEVE_WIRE_PERCENT),
    NUMBER (REEVE_FILESYSTEM_BUSY, REEVE_WIRE_PERCENT),
    NUMBER (REEVE_FILESYSTEM_READ_AWAIT, REEVE_WIRE_MILLI),
    NUMBER (REEVE_FILESYSTEM_WRITE_AWAIT, REEVE_WIRE_MILLI),
    NUMBER (REEVE_FILESYSTEM_QUEUE, REEVE_WIRE_PERCENT),
  };
  gboolean any = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    any = any || values[i] != 0;
  if (any)
    reeve_wire_sample_write_doubles (self, key, values, G_N_ELEMENTS (values));
}

/* Extra ones only, and only those with a size. */
static gboolean
reeve_wire_sample_is_extra (ReeveWireSampleWriting *self, int row, const char *instance)
{
  return strcmp (instance, ROOT) != 0 &&
         reeve_wire_number (self->sample, row, REEVE_FILESYSTEM_TOTAL, 1) > 0;
}

static void
reeve_wire_sample_write_filesystem (ReeveWireSampleWriting *self, int row, const char *instance)
{
  if (!reeve_wire_sample_is_extra (self, row, instance))
    return;
  reeve_wire_writer_name (self->writer, instance);
  reeve_wire_writer_begin_map (self->writer);
  reeve_wire_sample_write_fields (self, reeve_wire_fs_fields, reeve_wire_n_fs_fields, row);
  reeve_wire_sample_write_disk_stats (self, 8, row);
  reeve_wire_writer_close (self->writer);
}

/* A stock agent divides the rounded sizes, so reserved blocks do not count. */
static void
reeve_wire_sample_write_extra_usage (ReeveWireSampleWriting *self, int row, const char *instance)
{
  double total = NUMBER (REEVE_FILESYSTEM_TOTAL, REEVE_WIRE_GIB);

  if (!reeve_wire_sample_is_extra (self, row, instance))
    return;
  reeve_wire_writer_name (self->writer, instance);
  reeve_wire_writer_double (self->writer,
                            total > 0
                                ? reeve_wire_round (NUMBER (REEVE_FILESYSTEM_USED, REEVE_WIRE_GIB) /
                                                    total * 100)
                                : 0);
}

/* The engines of one GPU have instances that begin with its id. */
static void
reeve_wire_sample_write_engines (ReeveWireSampleWriting *self, const char *gpu)
{
  guint n_rows = reeve_sample_get_n_rows (self->sample);
  gsize length = strlen (gpu);

  reeve_wire_writer_begin_optional_map (self->writer, 5);
  for (guint i = 0; i < n_rows && self->n[REEVE_KIND_GPU_ENGINE] > 0; i++)
    {
      const char *instance;
      guint kind;

      reeve_sample_get_row (self->sample, i, &kind, &instance);
      if (kind != REEVE_KIND_GPU_ENGINE || strncmp (instance, gpu, length) != 0 ||
          instance[length] != '/')
        continue;
      reeve_wire_writer_name (self->writer, instance + length + 1);
      reeve_wire_writer_double (self->writer,
                                reeve_wire_round (reeve_wire_number (self->sample, (int) i,
                                                                     REEVE_GPU_ENGINE_USAGE,
                                                                     REEVE_WIRE_PERCENT)));
    }
  reeve_wire_writer_close (self->writer);
}

static void
reeve_wire_sample_write_gpu (ReeveWireSampleWriting *self, int row, const char *instance)
{
  reeve_wire_writer_name (self->writer, instance);
  reeve_wire_writer_begin_map (self->writer);
  reeve_wire_sample_write_fields (self, reeve_wire_gpu_fields, reeve_wire_n_gpu_fields - 1, row);
  reeve_wire_sample_write_engines (self, instance);
  reeve_wire_sample_write_fields (self, reeve_wire_gpu_fields + reeve_wire_n_gpu_fields - 1, 1,
                                  row);
  reeve_wire_writer_close (self->writer);
}

static void
reeve_wire_sample_write_load (ReeveWireSampleWriting *self, guint key)
{
  int row = self->one[REEVE_KIND_LOAD];
  const double values[] = { NUMBER (REEVE_LOAD_ONE, 1), NUMBER (REEVE_LOAD_FIVE, 1),
                            NUMBER (REEVE_LOAD_FIFTEEN, 1) };

  reeve_wire_sample_write_doubles (self, key, values, G_N_ELEMENTS (values));
}

static void
reeve_wire_sample_write_stats (ReeveWireSampleWriting *self)
{
  int root = self->one[REEVE_KIND_FILESYSTEM];

  reeve_wire_writer_begin_map (self->writer);
  reeve_wire_sample_write_ones (self, reeve_wire_stats_fields, reeve_wire_n_stats_fields);
  if (self->bare)
    reeve_wire_sample_write_ones (self, reeve_wire_old_stats_fields, reeve_wire_n_old_stats_fields);
  reeve_wire_sample_write_named (self, 20, REEVE_KIND_SENSOR, reeve_wire_sample_write_temperature);
  reeve_wire_sample_write_named (self, 36, REEVE_KIND_FAN, reeve_wire_sample_write_fan);
  reeve_wire_sample_write_named (self, 37, REEVE_KIND_BATTERY, reeve_wire_sample_write_battery);
  reeve_wire_sample_write_named (self, 21, REEVE_KIND_FILESYSTEM,
                                 reeve_wire_sample_write_filesystem);
  reeve_wire_sample_write_named (self, 22, REEVE_KIND_GPU, reeve_wire_sample_write_gpu);
  reeve_wire_sample_write_pair (self, 26, self->one[REEVE_KIND_NETWORK], REEVE_NETWORK_SENT,
                                REEVE_NETWORK_RECEIVED);
  reeve_wire_sample_write_load (self, 28);
  reeve_wire_sample_write_primary_battery (self, 29);
  reeve_wire_sample_write_named (self, 31, REEVE_KIND_NIC, reeve_wire_sample_write_nic);
  reeve_wire_sample_write_pair (self, 32, root, REEVE_FILESYSTEM_READ, REEVE_FILESYSTEM_WRITE);
  reeve_wire_sample_write_breakdown (self);
  reeve_wire_sample_write_cores (self);
  reeve_wire_sample_write_disk_stats (self, 35, root);
  reeve_wire_writer_close (self->writer);
}

/* ---- Info ---- */

/* Stock hubs judge load averages by it. */
static guint64
reeve_wire_sample_get_threads (ReeveWireSampleWriting *self)
{
  guint64 threads = reeve_wire_uint (self->sample, self->one[REEVE_KIND_HOST], REEVE_HOST_THREADS,
                                     1, G_MAXUINT16);

  if (self->self->threads > 0)
    return self->self->threads;
  return threads > 0 ? threads : self->n[REEVE_KIND_CORE];
}

static void
reeve_wire_sample_write_optional_uint (ReeveWireSampleWriting *self, guint key, guint64 value)
{
  if (value == 0)
    return;
  reeve_wire_writer_key (self->writer, key);
  reeve_wire_writer_uint (self->writer, value);
}

static void
reeve_wire_sample_write_services_counts (ReeveWireSampleWriting *self)
{
  int row = self->one[REEVE_KIND_SERVICES];

  if (row < 0 || !self->self->services)
    return;
  reeve_wire_writer_key (self->writer, 22);
  reeve_wire_writer_begin_array (self->writer);
  reeve_wire_writer_uint (self->writer, reeve_wire_uint (self->sample, row, REEVE_SERVICES_TOTAL, 1,
                                                         G_MAXUINT16));
  reeve_wire_writer_uint (self->writer, reeve_wire_uint (self->sample, row, REEVE_SERVICES_FAILED,
                                                         1, G_MAXUINT16));
  reeve_wire_writer_close (self->writer);
}

static void
reeve_wire_sample_write_info_fields (ReeveWireSampleWriting *self, guint from, guint to)
{
  for (guint i = 0; i < reeve_wire_n_info_fields; i++)
    if (reeve_wire_info_fields[i].key >= from && reeve_wire_info_fields[i].key <= to)
      reeve_wire_field_write (&reeve_wire_info_fields[i], self->writer, self->sample,
                              self->one[reeve_wire_info_fields[i].kind]);
}

/* The host's facts, where hubs before 0.18 look for them. */
static void
reeve_wire_sample_write_old_host (ReeveWireSampleWriting *self)
{
  const ReeveWireField *fields = reeve_wire_old_info_fields;

  if (!self->bare && !self->self->old_hub)
    return;
  for (guint i = 0; i < reeve_wire_n_old_info_fields; i++)
    if (fields[i].key != 3 && fields[i].key != 10) /* which are there anyway */
      reeve_wire_field_write (&fields[i], self->writer, self->sample, self->one[REEVE_KIND_HOST]);
}

/* In MiB/s, which hubs since 0.13 do not look at: zero then. */
static void
reeve_wire_sample_write_old_bandwidth (ReeveWireSampleWriting *self, guint64 bytes)
{
  reeve_wire_writer_key (self->writer, 9);
  reeve_wire_writer_double (self->writer,
                            self->bare ? reeve_wire_round ((double) bytes * REEVE_WIRE_MIB) : 0);
}

static void
reeve_wire_sample_write_old_load (ReeveWireSampleWriting *self)
{
  int row = self->one[REEVE_KIND_LOAD];

  for (guint i = 0; self->bare && i < REEVE_N_LOAD; i++)
    {
      reeve_wire_writer_key (self->writer, 15 + i);
      reeve_wire_writer_double (self->writer, NUMBER (REEVE_LOAD_ONE + i, 1));
    }
}

static void
reeve_wire_sample_write_info (ReeveWireSampleWriting *self)
{
  int network = self->one[REEVE_KIND_NETWORK];
  guint64 bytes = reeve_wire_uint (self->sample, network, REEVE_NETWORK_SENT, 1, G_MAXINT64) +
                  reeve_wire_uint (self->sample, network, REEVE_NETWORK_RECEIVED, 1, G_MAXINT64);

  reeve_wire_writer_begin_map (self->writer);
  reeve_wire_sample_write_old_host (self);
  reeve_wire_sample_write_optional_uint (self, 3, reeve_wire_sample_get_threads (self));
  reeve_wire_sample_write_info_fields (self, 5, 8);
  reeve_wire_sample_write_old_bandwidth (self, bytes);
  reeve_wire_writer_key (self->writer, 10);
  reeve_wire_writer_text (self->writer, self->self->version ? self->self->version : "");
  reeve_wire_sample_write_info_fields (self, 12, 13);
  reeve_wire_sample_write_old_load (self);
  reeve_wire_writer_key (self->writer, 18);
  reeve_wire_writer_uint (self->writer, bytes);
  reeve_wire_sample_write_load (self, 19);
  reeve_wire_sample_write_optional_uint (self, 20, self->self->connection);
  reeve_wire_sample_write_named (self, 21, REEVE_KIND_FILESYSTEM,
                                 reeve_wire_sample_write_extra_usage);
  reeve_wire_sample_write_services_counts (self);
  reeve_wire_sample_write_primary_battery (self, 23);
  reeve_wire_writer_close (self->writer);
}

/* ---- the rest ---- */

/* Stock agents tell of what "docker ps" lists: running, paused, restarting. */
static gboolean
reeve_wire_sample_is_listed (ReeveWireSampleWriting *self, int row)
{
  double state = reeve_sample_get_number (self->sample, (guint) row, REEVE_CONTAINER_STATE);

  return isnan (state) || (state >= 1 && state <= 3);
}

static void
reeve_wire_sample_write_container (ReeveWireSampleWriting *self, int row, const char *instance)
{
  const ReeveWireField *fields = reeve_wire_container_fields;

  if (!reeve_wire_sample_is_listed (self, row))
    return;
  reeve_wire_writer_begin_map (self->writer);
  for (guint i = 0; i < reeve_wire_n_container_fields; i++)
    {
      if (fields[i].key == 5)
        reeve_wire_sample_write_pair (self, 9, row, REEVE_CONTAINER_SENT, REEVE_CONTAINER_RECEIVED);
      if (fields[i].key == 8)
        {
          reeve_wire_writer_key (self->writer, 7);
          reeve_wire_writer_text (self->writer, instance);
        }
      reeve_wire_field_write (&fields[i], self->writer, self->sample, row);
    }
  reeve_wire_writer_close (self->writer);
}

static void
reeve_wire_sample_write_service (ReeveWireSampleWriting *self, int row, const char *instance)
{
  reeve_wire_writer_begin_map (self->writer);
  reeve_wire_writer_key (self->writer, 0);
  reeve_wire_writer_text (self->writer, instance);
  reeve_wire_sample_write_fields (self, reeve_wire_service_fields, reeve_wire_n_service_fields,
                                  row);
  reeve_wire_writer_close (self->writer);
}

static void
reeve_wire_sample_write_list (ReeveWireSampleWriting *self, guint key, guint kind,
                              ReeveWireWriteRow write)
{
  reeve_wire_writer_key (self->writer, key);
  reeve_wire_writer_begin_array (self->writer);
  reeve_wire_sample_each (self, kind, write);
  reeve_wire_writer_close (self->writer);
}

static void
reeve_wire_sample_survey (ReeveWireSampleWriting *self)
{
  guint n_rows = reeve_sample_get_n_rows (self->sample);

  for (guint i = 0; i < REEVE_N_KINDS; i++)
    self->one[i] = -1;
  self->battery = -1;
  for (guint i = 0; i < n_rows; i++)
    {
      const char *instance;
      guint kind;

      reeve_sample_get_row (self->sample, i, &kind, &instance);
      if (kind >= REEVE_N_KINDS) /* a stock hub has no place for it */
        continue;
      self->n[kind]++;
      if (self->one[kind] < 0 && (kind != REEVE_KIND_FILESYSTEM || strcmp (instance, ROOT) == 0))
        self->one[kind] = (int) i;
      if (kind == REEVE_KIND_BATTERY &&
          (self->battery < 0 ||
           reeve_sample_get_number (self->sample, i, REEVE_BATTERY_PRIMARY) == 1))
        self->battery = (int) i;
      if (kind == REEVE_KIND_CORE && reeve_sample_has (self->sample, i, REEVE_CORE_USAGE))
        self->cores = TRUE;
    }
}

void
reeve_wire_sample_write (ReeveWireWriter *writer, ReeveSample *sample, const ReeveWireSelf *self_,
                         gboolean bare)
{
  ReeveWireSampleWriting self = { .writer = writer, .sample = sample, .self = self_, .bare = bare };

  reeve_wire_sample_survey (&self);
  reeve_wire_writer_begin_map (writer);
  reeve_wire_writer_key (writer, 0);
  reeve_wire_sample_write_stats (&self);
  reeve_wire_writer_key (writer, 1);
  reeve_wire_sample_write_info (&self);
  if (self.n[REEVE_KIND_CONTAINER] > 0 || self_->containers)
    reeve_wire_sample_write_list (&self, 2, REEVE_KIND_CONTAINER,
                                  reeve_wire_sample_write_container);
  else
    {
      reeve_wire_writer_key (writer, 2);
      reeve_wire_writer_null (writer);
    }
  if (self.n[REEVE_KIND_SERVICE] > 0 && self_->services)
    reeve_wire_sample_write_list (&self, 3, REEVE_KIND_SERVICE, reeve_wire_sample_write_service);
  if (self.one[REEVE_KIND_HOST] >= 0)
    {
      reeve_wire_writer_key (writer, 4);
      reeve_wire_writer_begin_map (writer);
      reeve_wire_sample_write_fields (&self, reeve_wire_details_fields, reeve_wire_n_details_fields,
                                      self.one[REEVE_KIND_HOST]);
      reeve_wire_writer_close (writer);
    }
  reeve_wire_writer_close (writer);
}
