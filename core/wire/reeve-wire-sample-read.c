/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * CombinedData to a sample. Keys come in any order, so rows are made when first named and values
 * that depend on others are settled at the end: what a stock agent leaves out because it is zero
 * becomes zero where it is always measured, and stays missing where it may not be.
 */

#include "config.h"

#include "reeve-wire-fields.h"

#include <math.h>
#include <string.h>

#define ROOT "/"
#define DISK_STATS 6

typedef struct
{
  ReeveWireReader *reader;
  ReeveSample *sample;
  gsize info; /* where Info began */
  gboolean have_info;
  gboolean have_stats;
  gboolean have_details;
  gboolean old_host; /* Info has what Details have since 0.18 */
  guint8 battery[2]; /* the primary one: percent, state */
  gboolean have_battery;
  guint64 version;           /* MAJOR << 40 | MINOR << 20 | PATCH, 0: not known */
  guint rows[REEVE_N_KINDS]; /* 1 + the row of what there is one of; 0: not made yet */
} ReeveWireSampleReading;

#define AGENT_VERSION(major, minor, patch)                                                         \
  ((guint64) (major) << 40 | (guint64) (minor) << 20 | (patch))

/* Makes the row the current one, new or not; none beyond the limits. FALSE then. */
static gboolean
reeve_wire_sample_ensure (ReeveSample *sample, guint kind, const char *instance)
{
  int row = reeve_sample_find_row (sample, kind, instance);

  if (row < 0)
    return reeve_sample_add (sample, kind, instance);
  reeve_sample_select (sample, row);
  return TRUE;
}

/* The same for what there is one of: the row of a kind without instances, or the root's. */
static gboolean
reeve_wire_sample_ensure_one (ReeveWireSampleReading *self, guint kind)
{
  const char *instance = kind == REEVE_KIND_FILESYSTEM ? ROOT : NULL;
  int row = (int) self->rows[kind] - 1;

  if (row < 0)
    row = reeve_sample_find_row (self->sample, kind, instance);
  if (row >= 0)
    reeve_sample_select (self->sample, row);
  else if (!reeve_sample_add (self->sample, kind, instance))
    return FALSE;
  else
    row = (int) reeve_sample_get_n_rows (self->sample) - 1;
  self->rows[kind] = (guint) row + 1;
  return TRUE;
}

/* The values of a map from names to one thing: opens a row a name and calls @read for its value.
 * Names that are empty or were there already are left out. */
typedef void (*ReeveWireReadValue) (ReeveWireSampleReading *self, const char *name);

static void
reeve_wire_sample_read_named (ReeveWireSampleReading *self, guint kind, ReeveWireReadValue read)
{
  char name[REEVE_SAMPLE_MAX_INSTANCE + 1];
  ReeveWireIter iter;

  if (!reeve_wire_reader_enter_map (self->reader, &iter))
    return;
  while (reeve_wire_reader_next_name (self->reader, &iter, name))
    {
      if (*name == '\0')
        reeve_wire_reader_skip (self->reader);
      else
        {
          reeve_sample_add (self->sample, kind, name);
          read (self, name);
        }
    }
}

/* ---- Stats ---- */

static void
reeve_wire_sample_read_temperature (ReeveWireSampleReading *self, const char *name G_GNUC_UNUSED)
{
  double value;

  if (reeve_wire_reader_get_double (self->reader, &value))
    reeve_sample_set_number (self->sample, REEVE_SENSOR_TEMPERATURE, value);
}

static void
reeve_wire_sample_read_fan (ReeveWireSampleReading *self, const char *name G_GNUC_UNUSED)
{
  guint64 value;

  if (reeve_wire_reader_get_uint (self->reader, G_MAXUINT16, &value))
    reeve_sample_set_number (self->sample, REEVE_FAN_SPEED, (double) value);
}

static void
reeve_wire_sample_read_battery (ReeveWireSampleReading *self, const char *name G_GNUC_UNUSED)
{
  guint64 value;

  if (reeve_wire_reader_get_uint (self->reader, G_MAXUINT8, &value))
    reeve_sample_set_number (self->sample, REEVE_BATTERY_CHARGE,
                             (double) value / REEVE_WIRE_PERCENT);
}

static void
reeve_wire_sample_read_nic (ReeveWireSampleReading *self, const char *name G_GNUC_UNUSED)
{
  guint64 values[REEVE_WIRE_NIC_VALUES];

  if (!reeve_wire_reader_get_uints (self->reader, G_N_ELEMENTS (values), values))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    reeve_sample_set_number (self->sample, i, (double) values[i]); /* in the metrics' order */
}

/* Of the current row. */
static void
reeve_wire_sample_set_disk_stats (ReeveSample *sample, const double *values)
{
  static const guint metrics[DISK_STATS] = {
    REEVE_FILESYSTEM_READ_TIME,  REEVE_FILESYSTEM_WRITE_TIME,  REEVE_FILESYSTEM_BUSY,
    REEVE_FILESYSTEM_READ_AWAIT, REEVE_FILESYSTEM_WRITE_AWAIT, REEVE_FILESYSTEM_QUEUE
  };

  for (guint i = 0; i < DISK_STATS; i++)
    reeve_sample_set_number (sample, metrics[i],
                             values[i] /
                                 (i == 3 || i == 4 ? REEVE_WIRE_MILLI : REEVE_WIRE_PERCENT));
}

static void
reeve_wire_sample_read_disk_stats (ReeveWireSampleReading *self)
{
  double values[DISK_STATS];

  if (reeve_wire_reader_get_doubles (self->reader, DISK_STATS, values))
    reeve_wire_sample_set_disk_stats (self->sample, values);
}

static void
reeve_wire_sample_read_filesystem (ReeveWireSampleReading *self, const char *name)
{
  int row = reeve_sample_find_row (self->sample, REEVE_KIND_FILESYSTEM, name);
  const ReeveWireField *field;
  ReeveWireIter iter;
  guint key;

  /* The root is not an extra one, and Info may have made the row already. */
  if (strcmp (name, ROOT) == 0 ||
      (row >= 0 && reeve_sample_has (self->sample, (guint) row, REEVE_FILESYSTEM_TOTAL)))
    row = -1;
  reeve_sample_select (self->sample, row);

  if (!reeve_wire_reader_enter_map (self->reader, &iter))
    {
      reeve_wire_reader_fail (self->reader, REEVE_ERROR_PROTOCOL, "a map was expected, not null");
      return;
    }
  while (reeve_wire_reader_next_key (self->reader, &iter, &key))
    {
      field = reeve_wire_field_find (reeve_wire_fs_fields, reeve_wire_n_fs_fields, key);
      if (key == 8)
        reeve_wire_sample_read_disk_stats (self);
      else if (!field || ((field->flags & REEVE_WIRE_FIELD_SECOND) && row >= 0 &&
                          reeve_sample_has (self->sample, (guint) row, field->metric)))
        reeve_wire_reader_skip (self->reader);
      else
        reeve_wire_field_read (field, self->reader, self->sample);
    }
}

static void
reeve_wire_sample_read_engines (ReeveWireSampleReading *self, const char *gpu)
{
  char name[REEVE_SAMPLE_MAX_INSTANCE + 1];
  ReeveWireIter iter;
  double value;

  if (!reeve_wire_reader_enter_map (self->reader, &iter))
    return;
  while (reeve_wire_reader_next_name (self->reader, &iter, name))
    {
      g_autofree char *instance = g_strconcat (gpu, "/", name, NULL);

      reeve_sample_add (self->sample, REEVE_KIND_GPU_ENGINE, instance);
      if (reeve_wire_reader_get_double (self->reader, &value))
        reeve_sample_set_number (self->sample, REEVE_GPU_ENGINE_USAGE, value / REEVE_WIRE_PERCENT);
    }
}

static void
reeve_wire_sample_read_gpu (ReeveWireSampleReading *self, const char *name)
{
  int row = reeve_sample_find_row (self->sample, REEVE_KIND_GPU, name);
  const ReeveWireField *field;
  ReeveWireIter iter;
  guint key;

  if (!reeve_wire_reader_enter_map (self->reader, &iter))
    return;
  if (row >= 0 && reeve_sample_has (self->sample, (guint) row, REEVE_GPU_USAGE))
    row = -1; /* the name came twice */
  reeve_sample_select (self->sample, row);
  reeve_sample_set_number (self->sample, REEVE_GPU_USAGE, 0); /* left out when zero */
  while (reeve_wire_reader_next_key (self->reader, &iter, &key))
    {
      field = reeve_wire_field_find (reeve_wire_gpu_fields, reeve_wire_n_gpu_fields, key);
      if (key == 5)
        {
          reeve_wire_sample_read_engines (self, name);
          reeve_sample_select (self->sample, row);
        }
      else if (field)
        reeve_wire_field_read (field, self->reader, self->sample);
      else
        reeve_wire_reader_skip (self->reader);
    }
}

/* Two unsigned integers into two metrics of a row without instances (or the root's). */
static void
reeve_wire_sample_read_pair (ReeveWireSampleReading *self, guint kind, guint first, guint second)
{
  guint64 values[2];

  if (!reeve_wire_reader_get_uints (self->reader, 2, values) ||
      !reeve_wire_sample_ensure_one (self, kind))
    return;
  reeve_sample_set_number (self->sample, first, (double) values[0]);
  reeve_sample_set_number (self->sample, second, (double) values[1]);
}

/* @n numbers into the metrics from @first on. */
static void
reeve_wire_sample_read_several (ReeveWireSampleReading *self, guint kind, guint first, guint n,
                                double factor)
{
  double values[8];

  g_return_if_fail (n <= G_N_ELEMENTS (values));
  if (!reeve_wire_reader_get_doubles (self->reader, n, values) ||
      !reeve_wire_sample_ensure_one (self, kind))
    return;
  for (guint i = 0; i < n; i++)
    reeve_sample_set_number (self->sample, first + i, values[i] / factor);
}

/* A machine may have hundreds of them, each second: no format string. */
static const char *
reeve_wire_sample_name_core (gsize index, char buffer[24])
{
  char *at = buffer + 23;

  *at = '\0';
  do
    *--at = (char) ('0' + index % 10);
  while ((index /= 10) > 0);
  return at;
}

static void
reeve_wire_sample_read_cores (ReeveWireSampleReading *self)
{
  char buffer[24];
  gsize length;
  const guint8 *cores = reeve_wire_reader_get_bytes (self->reader, &length);

  for (gsize i = 0; cores && i < length; i++)
    {
      if (!reeve_sample_add (self->sample, REEVE_KIND_CORE,
                             reeve_wire_sample_name_core (i, buffer)))
        break;
      reeve_sample_set_number (self->sample, REEVE_CORE_USAGE, cores[i] / REEVE_WIRE_PERCENT);
    }
}

static void
reeve_wire_sample_read_primary_battery (ReeveWireSampleReading *self)
{
  gsize length;
  const guint8 *bytes = reeve_wire_reader_get_bytes (self->reader, &length);

  if (!bytes)
    return;
  memcpy (self->battery, bytes, MIN (length, sizeof self->battery));
  self->have_battery = self->battery[0] != 0 || self->battery[1] != 0;
}

/* Of Stats and Info: one value of a row of its own. */
static void
reeve_wire_sample_read_field (ReeveWireSampleReading *self, const ReeveWireField *field)
{
  if (!field || !reeve_wire_sample_ensure_one (self, field->kind) ||
      ((field->flags & REEVE_WIRE_FIELD_SECOND) &&
       reeve_sample_has (self->sample, self->rows[field->kind] - 1, field->metric)))
    reeve_wire_reader_skip (self->reader);
  else
    reeve_wire_field_read (field, self->reader, self->sample);
}

static void
reeve_wire_sample_read_stats_key (ReeveWireSampleReading *self, guint key)
{
  switch (key)
    {
    case 16: /* what agents before 0.13 filled */
    case 17:
    case 23:
    case 24:
    case 25:
      reeve_wire_sample_read_field (self,
                                    reeve_wire_field_find (reeve_wire_old_stats_fields,
                                                           reeve_wire_n_old_stats_fields, key));
      break;
    case 20:
      reeve_wire_sample_read_named (self, REEVE_KIND_SENSOR, reeve_wire_sample_read_temperature);
      break;
    case 21:
      reeve_wire_sample_read_named (self, REEVE_KIND_FILESYSTEM, reeve_wire_sample_read_filesystem);
      break;
    case 22:
      reeve_wire_sample_read_named (self, REEVE_KIND_GPU, reeve_wire_sample_read_gpu);
      break;
    case 26:
      reeve_wire_sample_read_pair (self, REEVE_KIND_NETWORK, REEVE_NETWORK_SENT,
                                   REEVE_NETWORK_RECEIVED);
      break;
    case 28:
      reeve_wire_sample_read_several (self, REEVE_KIND_LOAD, REEVE_LOAD_ONE, REEVE_N_LOAD, 1);
      break;
    case 29:
      reeve_wire_sample_read_primary_battery (self);
      break;
    case 31:
      reeve_wire_sample_read_named (self, REEVE_KIND_NIC, reeve_wire_sample_read_nic);
      break;
    case 32:
      reeve_wire_sample_read_pair (self, REEVE_KIND_FILESYSTEM, REEVE_FILESYSTEM_READ,
                                   REEVE_FILESYSTEM_WRITE);
      break;
    case 33:
      reeve_wire_sample_read_several (self, REEVE_KIND_CPU, REEVE_CPU_USER, 5, REEVE_WIRE_PERCENT);
      break;
    case 34:
      reeve_wire_sample_read_cores (self);
      break;
    case 35:
      reeve_wire_sample_ensure_one (self, REEVE_KIND_FILESYSTEM);
      reeve_wire_sample_read_disk_stats (self);
      break;
    case 36:
      reeve_wire_sample_read_named (self, REEVE_KIND_FAN, reeve_wire_sample_read_fan);
      break;
    case 37:
      reeve_wire_sample_read_named (self, REEVE_KIND_BATTERY, reeve_wire_sample_read_battery);
      break;
    default:
      reeve_wire_sample_read_field (self, reeve_wire_field_find (reeve_wire_stats_fields,
                                                                 reeve_wire_n_stats_fields, key));
    }
}

/* ---- Info ---- */

static void
reeve_wire_sample_read_version (ReeveWireSampleReading *self)
{
  const char *text = reeve_wire_reader_get_text (self->reader, 64);
  guint64 part[3] = { 0 };

  for (guint i = 0; text && i < 3 && g_ascii_isdigit (*text); i++)
    {
      for (; g_ascii_isdigit (*text); text++)
        part[i] = MIN (part[i] * 10 + (guint64) (*text - '0'), 0xfffff);
      text += *text == '.' ? 1 : 0;
    }
  self->version = AGENT_VERSION (part[0], part[1], part[2]);
}

static void
reeve_wire_sample_read_extra_usage (ReeveWireSampleReading *self)
{
  char name[REEVE_SAMPLE_MAX_INSTANCE + 1];
  ReeveWireIter iter;
  double value;

  if (!reeve_wire_reader_enter_map (self->reader, &iter))
    return;
  while (reeve_wire_reader_next_name (self->reader, &iter, name))
    {
      gboolean known = *name != '\0' && strcmp (name, ROOT) != 0 &&
                       reeve_wire_sample_ensure (self->sample, REEVE_KIND_FILESYSTEM, name);

      if (reeve_wire_reader_get_double (self->reader, &value) && known)
        reeve_sample_set_number (self->sample, REEVE_FILESYSTEM_USAGE, value / REEVE_WIRE_PERCENT);
    }
}

static void
reeve_wire_sample_read_info_key (ReeveWireSampleReading *self, guint key)
{
  const char *text;
  guint64 value;

  switch (key)
    {
    case 0:
      text = reeve_wire_reader_get_text (self->reader, REEVE_SAMPLE_MAX_TEXT);
      self->old_host = text && *text != '\0';
      break;
    case 10:
      reeve_wire_sample_read_version (self);
      break;
    case 20:
      if (reeve_wire_reader_get_uint (self->reader, G_MAXUINT8, &value) &&
          reeve_wire_sample_ensure_one (self, REEVE_KIND_SYSTEM))
        reeve_sample_set_state (self->sample, REEVE_SYSTEM_CONNECTION, (guint) value);
      break;
    case 21:
      reeve_wire_sample_read_extra_usage (self);
      break;
    case 22:
      reeve_wire_sample_read_pair (self, REEVE_KIND_SERVICES, REEVE_SERVICES_TOTAL,
                                   REEVE_SERVICES_FAILED);
      break;
    default:
      reeve_wire_sample_read_field (self, reeve_wire_field_find (reeve_wire_info_fields,
                                                                 reeve_wire_n_info_fields, key));
    }
}

/* A structure that is one row, by a table alone. FALSE: it is not there. */
static gboolean
reeve_wire_sample_read_host (ReeveWireSampleReading *self, const ReeveWireField *fields,
                             guint n_fields)
{
  const ReeveWireField *field;
  ReeveWireIter iter;
  guint key;

  if (!reeve_wire_reader_enter_map (self->reader, &iter))
    return FALSE;
  reeve_wire_sample_ensure_one (self, REEVE_KIND_HOST);
  while (reeve_wire_reader_next_key (self->reader, &iter, &key))
    if ((field = reeve_wire_field_find (fields, n_fields, key)) != NULL)
      reeve_wire_field_read (field, self->reader, self->sample);
    else
      reeve_wire_reader_skip (self->reader);
  return TRUE;
}

/* ---- the whole ---- */

static void
reeve_wire_sample_read_struct (ReeveWireSampleReading *self, gboolean *ret_have,
                               void (*read) (ReeveWireSampleReading *self, guint key))
{
  ReeveWireIter iter;
  guint key;

  if (!reeve_wire_reader_enter_map (self->reader, &iter))
    return;
  *ret_have = TRUE;
  while (reeve_wire_reader_next_key (self->reader, &iter, &key))
    read (self, key);
}

static void
reeve_wire_sample_default (ReeveSample *sample, guint row, guint metric, double value)
{
  if (!reeve_sample_has (sample, row, metric))
    reeve_sample_set_number (sample, metric, value);
}

static void
reeve_wire_sample_settle_filesystem (ReeveWireSampleReading *self, guint row)
{
  static const double idle[DISK_STATS] = { 0 };
  double total = reeve_sample_get_number (self->sample, row, REEVE_FILESYSTEM_TOTAL);
  double used = reeve_sample_get_number (self->sample, row, REEVE_FILESYSTEM_USED);

  reeve_wire_sample_default (self->sample, row, REEVE_FILESYSTEM_READ, 0);
  reeve_wire_sample_default (self->sample, row, REEVE_FILESYSTEM_WRITE, 0);
  if (total > 0)
    reeve_wire_sample_default (self->sample, row, REEVE_FILESYSTEM_USAGE, used / total);
  /* Agents that measure these leave them out only when all are zero. */
  if (self->version >= AGENT_VERSION (0, 18, 7) &&
      !reeve_sample_has (self->sample, row, REEVE_FILESYSTEM_BUSY))
    reeve_wire_sample_set_disk_stats (self->sample, idle);
}

/* The primary battery comes without its name; the first with the same charge is taken for it. */
static void
reeve_wire_sample_settle_battery (ReeveWireSampleReading *self)
{
  guint n_rows = reeve_sample_get_n_rows (self->sample);
  gboolean any = FALSE;

  for (guint i = 0; i < n_rows; i++)
    {
      guint kind;

      reeve_sample_get_row (self->sample, i, &kind, NULL);
      if (kind != REEVE_KIND_BATTERY)
        continue;
      any = TRUE;
      reeve_sample_select (self->sample, (int) i);
      if (round (reeve_sample_get_number (self->sample, i, REEVE_BATTERY_CHARGE) * 100) ==
          self->battery[0])
        break;
      reeve_sample_select (self->sample, -1);
    }
  if (!any && reeve_sample_add (self->sample, REEVE_KIND_BATTERY, "battery"))
    reeve_sample_set_number (self->sample, REEVE_BATTERY_CHARGE,
                             self->battery[0] / REEVE_WIRE_PERCENT);
  reeve_sample_set_state (self->sample, REEVE_BATTERY_STATE, self->battery[1]);
  reeve_sample_set_state (self->sample, REEVE_BATTERY_PRIMARY, 1);
}

static void
reeve_wire_sample_settle (ReeveWireSampleReading *self)
{
  guint n_rows, kind;

  if (self->have_stats && reeve_wire_sample_ensure_one (self, REEVE_KIND_NETWORK))
    {
      guint row = self->rows[REEVE_KIND_NETWORK] - 1;

      reeve_wire_sample_default (self->sample, row, REEVE_NETWORK_SENT, 0);
      reeve_wire_sample_default (self->sample, row, REEVE_NETWORK_RECEIVED, 0);
    }
  n_rows = reeve_sample_get_n_rows (self->sample);
  for (guint i = 0; i < n_rows; i++)
    {
      reeve_sample_get_row (self->sample, i, &kind, NULL);
      reeve_sample_select (self->sample, (int) i);
      if (kind == REEVE_KIND_FILESYSTEM)
        reeve_wire_sample_settle_filesystem (self, i);
      else if (kind == REEVE_KIND_SWAP)
        reeve_wire_sample_default (self->sample, i, REEVE_SWAP_USED, 0);
    }
  if (self->have_battery)
    reeve_wire_sample_settle_battery (self);
}

/* What Details lack stands in Info: the agent's version, and before 0.18 all of it. */
static void
reeve_wire_sample_read_old_info (ReeveWireSampleReading *self)
{
  const ReeveWireField *fields = reeve_wire_old_info_fields;
  guint n_fields = reeve_wire_n_old_info_fields;
  gsize end;

  if (!self->have_info || (!self->old_host && !self->have_details))
    return;
  if (self->have_details)
    {
      fields = reeve_wire_field_find (fields, n_fields, 10);
      n_fields = 1;
    }
  end = reeve_wire_reader_tell (self->reader);
  reeve_wire_reader_seek (self->reader, self->info);
  reeve_wire_sample_read_host (self, fields, n_fields);
  reeve_wire_reader_seek (self->reader, end);
}

void
reeve_wire_sample_read (ReeveWireReader *reader, ReeveSample *sample)
{
  ReeveWireSampleReading self = { .reader = reader, .sample = sample };
  ReeveWireIter iter;
  guint key;

  if (!reeve_wire_reader_enter_map (reader, &iter))
    return;
  while (reeve_wire_reader_next_key (reader, &iter, &key))
    switch (key)
      {
      case 0:
        reeve_wire_sample_read_struct (&self, &self.have_stats, reeve_wire_sample_read_stats_key);
        break;
      case 1:
        self.info = reeve_wire_reader_tell (reader);
        reeve_wire_sample_read_struct (&self, &self.have_info, reeve_wire_sample_read_info_key);
        break;
      case 2:
        reeve_wire_containers_read (reader, sample);
        break;
      case 3:
        reeve_wire_services_read (reader, sample);
        break;
      case 4:
        self.have_details = reeve_wire_sample_read_host (&self, reeve_wire_details_fields,
                                                         reeve_wire_n_details_fields);
        break;
      default:
        reeve_wire_reader_skip (reader);
      }
  if (reader->error)
    return;
  reeve_wire_sample_read_old_info (&self);
  reeve_wire_sample_settle (&self);
}
