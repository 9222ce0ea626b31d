/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a search of /sys has found: held open, read with pread(), parsed without an allocation. A
 * file of a device that has gone answers ENODEV, however long it is held. */

#include "config.h"

#include "reeve-host-metrics-device-table.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reeve-host-metrics-device-parse.h"

/* Batteries tell millionths of a watt, an ampere, a volt. */
#define REEVE_HOST_METRICS_MICRO 1e-6

static void
reeve_host_metrics_device_clear (gpointer data)
{
  ReeveHostMetricsDevice *self = data;

  for (guint i = 0; i < REEVE_HOST_METRICS_DEVICE_FILES; i++)
    if (self->fds[i] >= 0)
      close (self->fds[i]);
  g_free (self->name);
  g_free (self->place);
  g_free (self->text);
}

/* ---- rounds ---- */

void
reeve_host_metrics_round_init (ReeveHostMetricsRound *self, GStrv skip)
{
  *self = (ReeveHostMetricsRound){ .skip = skip };
  g_mutex_init (&self->lock);
}

void
reeve_host_metrics_round_clear (ReeveHostMetricsRound *self)
{
  g_mutex_clear (&self->lock);
  g_strfreev (self->skip);
}

gboolean
reeve_host_metrics_round_enter (ReeveHostMetricsRound *self, const char *place)
{
  gboolean enters;

  if (self->skip != NULL && g_strv_contains ((const char *const *) self->skip, place))
    return FALSE;
  g_mutex_lock (&self->lock);
  enters = !self->given_up;
  if (enters)
    {
      g_strlcpy (self->at, place, sizeof self->at);
      self->visit++;
    }
  g_mutex_unlock (&self->lock);
  return enters;
}

void
reeve_host_metrics_round_leave (ReeveHostMetricsRound *self)
{
  g_mutex_lock (&self->lock);
  self->at[0] = '\0';
  g_mutex_unlock (&self->lock);
}

static void
reeve_host_metrics_round_see (ReeveHostMetricsRound *self, gint64 now)
{
  if (self->seen == self->visit)
    return;
  self->seen = self->visit;
  self->seen_at = now;
}

void
reeve_host_metrics_round_look (ReeveHostMetricsRound *self, gint64 now)
{
  g_mutex_lock (&self->lock);
  reeve_host_metrics_round_see (self, now);
  g_mutex_unlock (&self->lock);
}

char *
reeve_host_metrics_round_give_up (ReeveHostMetricsRound *self, gint64 now)
{
  char *place;

  g_mutex_lock (&self->lock);
  reeve_host_metrics_round_see (self, now);
  self->given_up = self->at[0] != '\0' && now - self->seen_at >= REEVE_HOST_METRICS_ROUND_STAYS_US;
  place = self->given_up ? g_strdup (self->at) : NULL;
  g_mutex_unlock (&self->lock);
  return place;
}

/* ---- the table ---- */

ReeveHostMetricsDeviceTable *
reeve_host_metrics_device_table_new (void)
{
  ReeveHostMetricsDeviceTable *self = g_new0 (ReeveHostMetricsDeviceTable, 1);

  g_atomic_ref_count_init (&self->refs);
  self->devices = g_array_new (FALSE, FALSE, sizeof (ReeveHostMetricsDevice));
  g_array_set_clear_func (self->devices, reeve_host_metrics_device_clear);
  return self;
}

ReeveHostMetricsDeviceTable *
reeve_host_metrics_device_table_ref (ReeveHostMetricsDeviceTable *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
reeve_host_metrics_device_table_unref (ReeveHostMetricsDeviceTable *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_array_unref (self->devices);
  g_free (self->readings);
  g_free (self);
}

const ReeveHostMetricsDevice *
reeve_host_metrics_device_table_get (const ReeveHostMetricsDeviceTable *self, guint index)
{
  return &g_array_index (self->devices, ReeveHostMetricsDevice, index);
}

/* How many of one type there may be. */
static guint
reeve_host_metrics_device_table_limit (ReeveHostMetricsDeviceType type)
{
  switch (type)
    {
    case REEVE_HOST_METRICS_SENSOR:
      return REEVE_HOST_METRICS_MAX_SENSORS;
    case REEVE_HOST_METRICS_FAN:
      return REEVE_HOST_METRICS_MAX_FANS;
    default:
      return REEVE_HOST_METRICS_MAX_SUPPLIES;
    }
}

ReeveHostMetricsDevice *
reeve_host_metrics_device_table_add (ReeveHostMetricsDeviceTable *self,
                                     ReeveHostMetricsDeviceType type, int fd)
{
  ReeveHostMetricsDevice device = { .type = type, .critical = NAN, .health = NAN, .cycles = NAN };
  guint n = 0;

  for (guint i = 0; i < self->devices->len; i++)
    n += g_array_index (self->devices, ReeveHostMetricsDevice, i).type == type ? 1 : 0;
  if (n >= reeve_host_metrics_device_table_limit (type))
    {
      self->more = TRUE;
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  for (guint i = 0; i < REEVE_HOST_METRICS_DEVICE_FILES; i++)
    device.fds[i] = -1;
  device.fds[REEVE_HOST_METRICS_DEVICE_VALUE] = fd;
  device.place = g_strdup (self->place);
  g_array_append_val (self->devices, device);
  return &g_array_index (self->devices, ReeveHostMetricsDevice, self->devices->len - 1);
}

void
reeve_host_metrics_device_table_drop_nameless (ReeveHostMetricsDeviceTable *self)
{
  guint kept = 0, n = self->devices->len;

  for (guint i = 0; i < n; i++)
    if (reeve_host_metrics_device_table_get (self, kept)->name == NULL)
      g_array_remove_index (self->devices, kept);
    else
      self->readings[kept++] = self->readings[i];
}

int
reeve_host_metrics_device_open (int directory, const char *name)
{
  int fd = openat (directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat st;

  if (fd >= 0 && (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode)))
    {
      close (fd);
      return -1;
    }
  return fd;
}

/* ---- reading ---- */

/* The file's bytes, or an errno below zero. */
static gssize
reeve_host_metrics_device_pread (int fd, char buffer[REEVE_HOST_METRICS_DEVICE_TEXT])
{
  gssize n;

  do
    n = pread (fd, buffer, REEVE_HOST_METRICS_DEVICE_TEXT, 0);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}

/* FALSE when there is no such file or no number in it. */
static gboolean
reeve_host_metrics_device_read_integer (const ReeveHostMetricsDevice *self,
                                        ReeveHostMetricsDeviceFile file, gint64 *ret_value)
{
  char buffer[REEVE_HOST_METRICS_DEVICE_TEXT];
  gssize n = self->fds[file] >= 0 ? reeve_host_metrics_device_pread (self->fds[file], buffer) : -1;

  return n > 0 && n < REEVE_HOST_METRICS_DEVICE_TEXT &&
         reeve_host_metrics_parse_integer (buffer, (gsize) n, ret_value);
}

/* Some drivers tell what flows out as less than zero. */
static double
reeve_host_metrics_device_read_power (const ReeveHostMetricsDevice *self)
{
  gint64 power, voltage;

  if (reeve_host_metrics_device_read_integer (self, REEVE_HOST_METRICS_DEVICE_POWER, &power))
    return fabs ((double) power * REEVE_HOST_METRICS_MICRO);
  if (reeve_host_metrics_device_read_integer (self, REEVE_HOST_METRICS_DEVICE_CURRENT, &power) &&
      reeve_host_metrics_device_read_integer (self, REEVE_HOST_METRICS_DEVICE_VOLTAGE, &voltage))
    return fabs ((double) power * REEVE_HOST_METRICS_MICRO) *
           fabs ((double) voltage * REEVE_HOST_METRICS_MICRO);
  return NAN;
}

static double
reeve_host_metrics_device_convert (ReeveHostMetricsDeviceType type, gint64 value)
{
  switch (type)
    {
    case REEVE_HOST_METRICS_SENSOR:
      return reeve_host_metrics_parse_temperature (value);
    case REEVE_HOST_METRICS_FAN:
      return value >= 0 ? (double) value : NAN;
    case REEVE_HOST_METRICS_BATTERY:
      return (double) CLAMP (value, 0, 100) / 100;
    default:
      return value != 0 ? 1 : 0;
    }
}

static void
reeve_host_metrics_device_read (const ReeveHostMetricsDevice *self,
                                ReeveHostMetricsReading *reading)
{
  char buffer[REEVE_HOST_METRICS_DEVICE_TEXT];
  gint64 value = 0;
  gssize n;

  *reading = (ReeveHostMetricsReading){ .value = NAN, .power = NAN };
  if (self->fds[REEVE_HOST_METRICS_DEVICE_VALUE] >= 0)
    {
      n = reeve_host_metrics_device_pread (self->fds[REEVE_HOST_METRICS_DEVICE_VALUE], buffer);
      if (n < 0)
        reading->error = (int) -n;
      else if (n < REEVE_HOST_METRICS_DEVICE_TEXT &&
               reeve_host_metrics_parse_integer (buffer, (gsize) n, &value))
        reading->value = reeve_host_metrics_device_convert (self->type, value);
      else
        reading->bad = TRUE;
    }
  if (self->type != REEVE_HOST_METRICS_BATTERY && self->type != REEVE_HOST_METRICS_SUPPLY)
    return;
  reading->power = reeve_host_metrics_device_read_power (self);
  if (self->fds[REEVE_HOST_METRICS_DEVICE_STATUS] >= 0)
    {
      n = reeve_host_metrics_device_pread (self->fds[REEVE_HOST_METRICS_DEVICE_STATUS], buffer);
      if (n > 0)
        reading->state = reeve_host_metrics_parse_battery_state (buffer, (gsize) n);
    }
}

gboolean
reeve_host_metrics_device_table_read (const ReeveHostMetricsDeviceTable *self,
                                      ReeveHostMetricsReading *readings,
                                      ReeveHostMetricsRound *round)
{
  gboolean gone = FALSE;

  for (guint i = 0; i < self->devices->len; i++)
    {
      const ReeveHostMetricsDevice *device = reeve_host_metrics_device_table_get (self, i);
      int before = readings[i].error;

      if (!reeve_host_metrics_round_enter (round, device->place))
        {
          readings[i] = (ReeveHostMetricsReading){ .value = NAN, .power = NAN, .error = ETIMEDOUT };
          continue;
        }
      reeve_host_metrics_device_read (device, &readings[i]);
      reeve_host_metrics_round_leave (round);
      gone |= before == 0 && readings[i].error != 0;
    }
  return gone;
}
