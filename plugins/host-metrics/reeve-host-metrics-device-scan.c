/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The search of /sys. It may block as each of its files may, so it runs on a worker's thread, and
 * seldom: what comes and goes in between answers ENODEV or is found by the next search.
 *
 * A sensor's name is that of its chip with its label. Of two that would be called the same the
 * later has its place in the list behind it, where only those count that could be read: so the
 * names are the ones that are known from elsewhere.
 */

#include "config.h"

#include "reeve-host-metrics-device-table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <reeve/monitor.h>

#include "reeve-host-metrics-device-parse.h"

/* A name may be this long in its file; of it REEVE_HOST_METRICS_DEVICE_NAME bytes are kept. */
#define REEVE_HOST_METRICS_SCAN_ROOM 4096
/* Entries of one directory that are looked at. */
#define REEVE_HOST_METRICS_SCAN_ENTRIES 4096
#define REEVE_HOST_METRICS_SCAN_TRIPS 16

typedef struct
{
  const ReeveHostMetricsDeviceOptions *options;
  ReeveHostMetricsRound *round;
  ReeveHostMetricsDeviceTable *table;
  GPtrArray *keys; /* of each sensor, before it is told from others of the same name */
  GArray *passed;  /* of guint: for each, how many before it do not count */
  guint n_passed;
} ReeveHostMetricsScan;

/* ---- pieces ---- */

static int
reeve_host_metrics_scan_open_directory (int directory, const char *name)
{
  return openat (directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The directory @name of a class, -1: it is not to be touched, or not there. What is found until
 * leave is found in it. */
static int
reeve_host_metrics_scan_enter (ReeveHostMetricsScan *self, int class, const char *name)
{
  int fd;

  if (!reeve_host_metrics_round_enter (self->round, name))
    return -1;
  self->table->place = name;
  fd = reeve_host_metrics_scan_open_directory (class, name);
  if (fd < 0)
    reeve_host_metrics_round_leave (self->round);
  return fd;
}

/* Takes @fd. */
static void
reeve_host_metrics_scan_leave (ReeveHostMetricsScan *self, int fd)
{
  close (fd);
  reeve_host_metrics_round_leave (self->round);
}

static int
reeve_host_metrics_scan_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names in a directory, sorted; empty when it cannot be read. Takes @fd. */
static GPtrArray *
reeve_host_metrics_scan_list (int fd)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  DIR *directory = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (directory == NULL)
    {
      if (fd >= 0)
        close (fd);
      return names;
    }
  while (names->len < REEVE_HOST_METRICS_SCAN_ENTRIES && (entry = readdir (directory)) != NULL)
    if (entry->d_name[0] != '.')
      g_ptr_array_add (names, g_strdup (entry->d_name));
  closedir (directory);
  g_ptr_array_sort (names, reeve_host_metrics_scan_compare);
  return names;
}

/* NULL when it cannot be read. */
static char *
reeve_host_metrics_scan_read (int directory, const char *name, gsize *ret_length)
{
  int fd = reeve_host_metrics_device_open (directory, name);
  char *text;
  gssize n;

  if (fd < 0)
    return NULL;
  text = g_malloc (REEVE_HOST_METRICS_SCAN_ROOM);
  do
    n = pread (fd, text, REEVE_HOST_METRICS_SCAN_ROOM, 0);
  while (n < 0 && errno == EINTR);
  close (fd);
  if (n < 0)
    g_clear_pointer (&text, g_free);
  *ret_length = n < 0 ? 0 : (gsize) n;
  return text;
}

/* A name or label, trimmed and clean; NULL when there is none. */
static char *
reeve_host_metrics_scan_read_name (int directory, const char *name)
{
  gsize length;
  g_autofree char *text = reeve_host_metrics_scan_read (directory, name, &length);
  gsize start = 0;

  if (text == NULL)
    return NULL;
  while (start < length && g_ascii_isspace (text[start]))
    start++;
  while (length > start && g_ascii_isspace (text[length - 1]))
    length--;
  if (length == start)
    return NULL;
  return reeve_text_clean (text + start, (gssize) (length - start), REEVE_HOST_METRICS_DEVICE_NAME);
}

static gboolean
reeve_host_metrics_scan_read_integer (int directory, const char *name, gint64 *ret_value)
{
  gsize length;
  g_autofree char *text = reeve_host_metrics_scan_read (directory, name, &length);

  return text != NULL && reeve_host_metrics_parse_integer (text, length, ret_value);
}

/* ---- sensors and fans of hwmon ---- */

/* NULL when it does not count: it is not even read then, since that may wake a disk. Takes @fd. */
static ReeveHostMetricsDevice *
reeve_host_metrics_scan_add_sensor (ReeveHostMetricsScan *self, int fd, const char *key)
{
  ReeveHostMetricsDevice *device;

  if (fd < 0)
    return NULL;
  if (!reeve_host_metrics_patterns_allow (&self->options->sensors, key))
    {
      close (fd);
      self->n_passed++;
      return NULL;
    }
  device = reeve_host_metrics_device_table_add (self->table, REEVE_HOST_METRICS_SENSOR, fd);
  if (device != NULL)
    {
      g_ptr_array_add (self->keys, g_strdup (key));
      g_array_append_val (self->passed, self->n_passed);
    }
  return device;
}

static void
reeve_host_metrics_scan_sensor (ReeveHostMetricsScan *self, int directory, const char *chip,
                                guint number)
{
  g_autofree char *input = g_strdup_printf ("temp%u_input", number);
  g_autofree char *label_file = g_strdup_printf ("temp%u_label", number);
  g_autofree char *critical_file = g_strdup_printf ("temp%u_crit", number);
  g_autofree char *label = reeve_host_metrics_scan_read_name (directory, label_file);
  g_autofree char *lower = label != NULL ? g_utf8_strdown (label, -1) : NULL;
  g_autofree char *key = lower != NULL
                             ? g_strconcat (chip, "_", g_strdelimit (lower, " ", '_'), NULL)
                             : g_strdup (chip);
  ReeveHostMetricsDevice *device =
      reeve_host_metrics_scan_add_sensor (self, reeve_host_metrics_device_open (directory, input),
                                          key);
  gint64 critical;

  if (device != NULL && reeve_host_metrics_scan_read_integer (directory, critical_file, &critical))
    device->critical = reeve_host_metrics_parse_temperature (critical);
}

static void
reeve_host_metrics_scan_fan (ReeveHostMetricsScan *self, int directory, const char *chip,
                             guint number)
{
  g_autofree char *input = g_strdup_printf ("fan%u_input", number);
  g_autofree char *label_file = g_strdup_printf ("fan%u_label", number);
  g_autofree char *label = reeve_host_metrics_scan_read_name (directory, label_file);
  int fd = reeve_host_metrics_device_open (directory, input);
  ReeveHostMetricsDevice *device = NULL;

  if (fd >= 0)
    device = reeve_host_metrics_device_table_add (self->table, REEVE_HOST_METRICS_FAN, fd);
  if (device == NULL)
    return;
  device->name = label != NULL ? g_strconcat (chip, "_", label, NULL)
                               : g_strdup_printf ("%s_fan%u", chip, number);
}

/* Every file "PREFIXn_input" of one directory. Returns how many there are. */
static guint
reeve_host_metrics_scan_inputs (ReeveHostMetricsScan *self, int directory, const char *chip,
                                gboolean fans)
{
  g_autoptr (GPtrArray) names =
      reeve_host_metrics_scan_list (reeve_host_metrics_scan_open_directory (directory, "."));
  guint n = 0, number;

  for (guint i = 0; i < names->len; i++)
    if (reeve_host_metrics_parse_numbered (g_ptr_array_index (names, i), fans ? "fan" : "temp",
                                           "_input", &number))
      {
        n++;
        /* where a temperature's chip has no name, nothing could be told from another */
        if (fans)
          reeve_host_metrics_scan_fan (self, directory, chip, number);
        else if (chip != NULL)
          reeve_host_metrics_scan_sensor (self, directory, chip, number);
      }
  return n;
}

static void
reeve_host_metrics_scan_fans_of (ReeveHostMetricsScan *self, int hwmon, int device,
                                 const char *directory)
{
  g_autofree char *chip = reeve_host_metrics_scan_read_name (hwmon, "name");

  if (chip == NULL && device >= 0)
    chip = reeve_host_metrics_scan_read_name (device, "name");
  if (chip == NULL)
    chip = g_strdup (directory);
  if (reeve_host_metrics_scan_inputs (self, hwmon, chip, TRUE) == 0 && device >= 0)
    reeve_host_metrics_scan_inputs (self, device, chip, TRUE);
}

static guint
reeve_host_metrics_scan_sensors_of (ReeveHostMetricsScan *self, int directory)
{
  g_autofree char *chip = NULL;

  if (directory < 0)
    return 0;
  chip = reeve_host_metrics_scan_read_name (directory, "name");
  return reeve_host_metrics_scan_inputs (self, directory, chip, FALSE);
}

/* @device: look into each chip's parent instead, where kernels before 3.15 had the files. */
static guint
reeve_host_metrics_scan_hwmon (ReeveHostMetricsScan *self, int class, gboolean device,
                               gboolean fans)
{
  g_autoptr (GPtrArray) names =
      reeve_host_metrics_scan_list (reeve_host_metrics_scan_open_directory (class, "."));
  guint n = 0;

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      int hwmon = reeve_host_metrics_scan_enter (self, class, name);
      int parent = hwmon >= 0 ? reeve_host_metrics_scan_open_directory (hwmon, "device") : -1;

      if (hwmon >= 0 && fans)
        reeve_host_metrics_scan_fans_of (self, hwmon, parent, name);
      else if (hwmon >= 0 && !self->options->no_sensors)
        n += reeve_host_metrics_scan_sensors_of (self, device ? parent : hwmon);
      if (parent >= 0)
        close (parent);
      if (hwmon >= 0)
        reeve_host_metrics_scan_leave (self, hwmon);
    }
  return n;
}

/* ---- thermal zones ---- */

static double
reeve_host_metrics_scan_critical_trip (int zone)
{
  for (guint i = 0; i < REEVE_HOST_METRICS_SCAN_TRIPS; i++)
    {
      g_autofree char *type_file = g_strdup_printf ("trip_point_%u_type", i);
      g_autofree char *temp_file = g_strdup_printf ("trip_point_%u_temp", i);
      g_autofree char *type = reeve_host_metrics_scan_read_name (zone, type_file);
      gint64 value;

      if (type == NULL)
        break;
      if (strcmp (type, "critical") == 0 &&
          reeve_host_metrics_scan_read_integer (zone, temp_file, &value))
        return reeve_host_metrics_parse_temperature (value);
    }
  return NAN;
}

static void
reeve_host_metrics_scan_zone (ReeveHostMetricsScan *self, int zone)
{
  g_autofree char *type = reeve_host_metrics_scan_read_name (zone, "type");
  ReeveHostMetricsDevice *device = NULL;

  if (type != NULL)
    device =
        reeve_host_metrics_scan_add_sensor (self, reeve_host_metrics_device_open (zone, "temp"),
                                            type);
  if (device != NULL)
    device->critical = reeve_host_metrics_scan_critical_trip (zone);
}

static void
reeve_host_metrics_scan_zones (ReeveHostMetricsScan *self, int class)
{
  g_autoptr (GPtrArray) names =
      reeve_host_metrics_scan_list (reeve_host_metrics_scan_open_directory (class, "."));
  guint number;

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      int zone = -1;

      if (reeve_host_metrics_parse_numbered (name, "thermal_zone", "", &number))
        zone = reeve_host_metrics_scan_enter (self, class, name);
      if (zone < 0)
        continue;
      reeve_host_metrics_scan_zone (self, zone);
      reeve_host_metrics_scan_leave (self, zone);
    }
}

/* ---- batteries and supplies ---- */

static void
reeve_host_metrics_scan_battery (ReeveHostMetricsDevice *device, int directory)
{
  static const char *const full_files[] = { "charge_full", "energy_full" };
  static const char *const design_files[] = { "charge_full_design", "energy_full_design" };
  g_autofree char *scope = reeve_host_metrics_scan_read_name (directory, "scope");
  gint64 full, design, cycles;

  for (guint i = 0; i < G_N_ELEMENTS (full_files) && device->full == 0; i++)
    if (reeve_host_metrics_scan_read_integer (directory, full_files[i], &full) && full > 0)
      {
        device->full = full;
        if (reeve_host_metrics_scan_read_integer (directory, design_files[i], &design) &&
            design > 0)
          device->health = MIN ((double) full / (double) design, 1);
      }
  /* 0 is what drivers say that do not know */
  if (reeve_host_metrics_scan_read_integer (directory, "cycle_count", &cycles) && cycles > 0)
    device->cycles = (double) cycles;
  device->of_device = scope != NULL && strcmp (scope, "Device") == 0;
  device->name = reeve_host_metrics_scan_read_name (directory, "model_name");
  if (device->name == NULL)
    device->name = reeve_host_metrics_scan_read_name (directory, "model");
}

static void
reeve_host_metrics_scan_supply (ReeveHostMetricsScan *self, int directory, const char *name)
{
  g_autofree char *type = reeve_host_metrics_scan_read_name (directory, "type");
  gboolean battery = type != NULL && strcmp (type, "Battery") == 0;
  ReeveHostMetricsDevice *device;
  gint64 charge;

  if (type == NULL ||
      (battery && !reeve_host_metrics_scan_read_integer (directory, "capacity", &charge)))
    return;
  device = reeve_host_metrics_device_table_add (
      self->table, battery ? REEVE_HOST_METRICS_BATTERY : REEVE_HOST_METRICS_SUPPLY,
      reeve_host_metrics_device_open (directory, battery ? "capacity" : "online"));
  if (device == NULL)
    return;
  device->fds[REEVE_HOST_METRICS_DEVICE_POWER] =
      reeve_host_metrics_device_open (directory, "power_now");
  if (device->fds[REEVE_HOST_METRICS_DEVICE_POWER] < 0)
    {
      device->fds[REEVE_HOST_METRICS_DEVICE_CURRENT] =
          reeve_host_metrics_device_open (directory, "current_now");
      device->fds[REEVE_HOST_METRICS_DEVICE_VOLTAGE] =
          reeve_host_metrics_device_open (directory, "voltage_now");
    }
  if (battery)
    {
      device->fds[REEVE_HOST_METRICS_DEVICE_STATUS] =
          reeve_host_metrics_device_open (directory, "status");
      reeve_host_metrics_scan_battery (device, directory);
    }
  else
    device->text = g_steal_pointer (&type);
  if (device->name == NULL)
    device->name = reeve_text_clean (name, -1, REEVE_HOST_METRICS_DEVICE_NAME);
}

static void
reeve_host_metrics_scan_supplies (ReeveHostMetricsScan *self, int class)
{
  g_autoptr (GPtrArray) names =
      reeve_host_metrics_scan_list (reeve_host_metrics_scan_open_directory (class, "."));

  for (guint i = 0; i < names->len; i++)
    {
      int directory = reeve_host_metrics_scan_enter (self, class, g_ptr_array_index (names, i));

      if (directory < 0)
        continue;
      reeve_host_metrics_scan_supply (self, directory, g_ptr_array_index (names, i));
      reeve_host_metrics_scan_leave (self, directory);
    }
}

/* ---- names ---- */

/* Among the first @end devices. */
static gboolean
reeve_host_metrics_scan_is_taken (const ReeveHostMetricsScan *self, ReeveHostMetricsDeviceType type,
                                  const char *name, guint end)
{
  for (guint i = 0; i < end; i++)
    {
      const ReeveHostMetricsDevice *other =
          &g_array_index (self->table->devices, ReeveHostMetricsDevice, i);

      if (other->type == type && g_strcmp0 (other->name, name) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Gives a sensor its name. @place: in the list of all, which tells it from others of its name. */
static void
reeve_host_metrics_scan_name_sensor (ReeveHostMetricsScan *self, guint index, guint place)
{
  const char *key = g_ptr_array_index (self->keys, index);
  g_autofree char *name = g_strdup (key);

  place += g_array_index (self->passed, guint, index);
  while (reeve_host_metrics_scan_is_taken (self, REEVE_HOST_METRICS_SENSOR, name,
                                           self->table->devices->len))
    {
      g_free (name);
      name = g_strdup_printf ("%s_%u", key, place++);
    }
  if (reeve_host_metrics_patterns_allow (&self->options->sensors, name))
    g_array_index (self->table->devices, ReeveHostMetricsDevice, index).name =
        g_steal_pointer (&name);
}

/* Those that measure something now come first, as those do that may have a name of their own. The
 * sensors stand at the beginning of the table, each at its key's place. */
static void
reeve_host_metrics_scan_name_sensors (ReeveHostMetricsScan *self)
{
  guint index = 0;

  for (guint i = 0; i < self->keys->len; i++)
    {
      const ReeveHostMetricsReading *reading = &self->table->readings[i];

      if (!isnan (reading->value))
        reeve_host_metrics_scan_name_sensor (self, i, index);
      index += reading->error == 0 && !reading->bad ? 1 : 0;
    }
  for (guint i = 0; i < self->keys->len; i++)
    {
      const ReeveHostMetricsReading *reading = &self->table->readings[i];

      if (isnan (reading->value) && reading->error != ENODEV && reading->error != ENOENT)
        reeve_host_metrics_scan_name_sensor (self, i, i);
    }
}

/* Two fans, batteries or supplies of the same name: the later is "NAME (2)". */
static void
reeve_host_metrics_scan_tell_apart (ReeveHostMetricsScan *self)
{
  for (guint i = self->keys->len; i < self->table->devices->len; i++)
    {
      ReeveHostMetricsDevice *device =
          &g_array_index (self->table->devices, ReeveHostMetricsDevice, i);
      g_autofree char *name = g_strdup (device->name);

      for (guint n = 2; reeve_host_metrics_scan_is_taken (self, device->type, device->name, i); n++)
        {
          g_free (device->name);
          device->name = g_strdup_printf ("%s (%u)", name, n);
        }
    }
}

/* Does @a stand for the system rather than @b? */
static gboolean
reeve_host_metrics_scan_is_better (const ReeveHostMetricsDevice *a, const ReeveHostMetricsDevice *b)
{
  if (a->full != b->full)
    return a->full > b->full;
  if (a->of_device != b->of_device)
    return !a->of_device;
  return strcmp (a->name, b->name) < 0;
}

static void
reeve_host_metrics_scan_choose_battery (ReeveHostMetricsScan *self)
{
  ReeveHostMetricsDevice *best = NULL;

  for (guint i = 0; i < self->table->devices->len; i++)
    {
      ReeveHostMetricsDevice *device =
          &g_array_index (self->table->devices, ReeveHostMetricsDevice, i);

      if (device->type == REEVE_HOST_METRICS_BATTERY &&
          (best == NULL || reeve_host_metrics_scan_is_better (device, best)))
        best = device;
    }
  if (best != NULL)
    best->primary = TRUE;
}

/* ---- all ---- */

static void
reeve_host_metrics_scan_find (ReeveHostMetricsScan *self, int root)
{
  int hwmon = reeve_host_metrics_scan_open_directory (root, "sys/class/hwmon");
  int thermal = reeve_host_metrics_scan_open_directory (root, "sys/class/thermal");
  int power = reeve_host_metrics_scan_open_directory (root, "sys/class/power_supply");

  /* sensors first: see the names */
  if (!self->options->no_sensors &&
      (hwmon < 0 || (reeve_host_metrics_scan_hwmon (self, hwmon, FALSE, FALSE) == 0 &&
                     reeve_host_metrics_scan_hwmon (self, hwmon, TRUE, FALSE) == 0)) &&
      thermal >= 0)
    reeve_host_metrics_scan_zones (self, thermal);
  if (hwmon >= 0)
    {
      reeve_host_metrics_scan_hwmon (self, hwmon, FALSE, TRUE);
      close (hwmon);
    }
  if (thermal >= 0)
    close (thermal);
  if (power >= 0)
    {
      reeve_host_metrics_scan_supplies (self, power);
      close (power);
    }
}

ReeveHostMetricsDeviceTable *
reeve_host_metrics_device_table_scan (const ReeveHostMetricsDeviceOptions *options,
                                      ReeveHostMetricsRound *round)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) passed = g_array_new (FALSE, FALSE, sizeof (guint));
  ReeveHostMetricsScan self = { options, round,  reeve_host_metrics_device_table_new (),
                                keys,    passed, 0 };
  int root = open (options->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

  if (root >= 0)
    {
      reeve_host_metrics_scan_find (&self, root);
      close (root);
    }
  self.table->place = NULL;
  self.table->readings = g_new0 (ReeveHostMetricsReading, self.table->devices->len);
  reeve_host_metrics_device_table_read (self.table, self.table->readings, round);
  reeve_host_metrics_scan_name_sensors (&self);
  reeve_host_metrics_scan_tell_apart (&self);
  reeve_host_metrics_scan_choose_battery (&self);
  /* not allowed, or gone already */
  reeve_host_metrics_device_table_drop_nameless (self.table);
  return self.table;
}
