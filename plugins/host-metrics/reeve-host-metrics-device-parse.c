/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The formats are those of the kernel's Documentation/hwmon/sysfs-interface.rst,
 * Documentation/ABI/testing/sysfs-class-power and Documentation/accounting/psi.rst. Drivers are
 * many and not all keep to them, so nothing is taken from a text that is not whole.
 */

#include "config.h"

#include "reeve-host-metrics-device-parse.h"

#include <math.h>
#include <string.h>

#include "reeve-host-metrics-parse-private.h"

/* Some drivers tell degrees or their tenths; what then lands in here is believed. */
#define REEVE_HOST_METRICS_SCALE_LOW 15.0
#define REEVE_HOST_METRICS_SCALE_HIGH 95.0
/* Nothing that is measured is this hot. */
#define REEVE_HOST_METRICS_TOO_HOT 200.0
/* Digits of a file's number in a directory. */
#define REEVE_HOST_METRICS_NUMBER_DIGITS 5

static gboolean
reeve_host_metrics_device_is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\n';
}

/* Without what is blank at both ends. */
static ReeveHostMetricsParseLine
reeve_host_metrics_device_trim (const char *data, gsize length)
{
  ReeveHostMetricsParseLine text = { data, data + length };

  while (text.at < text.end && reeve_host_metrics_device_is_blank (*text.at))
    text.at++;
  while (text.end > text.at && reeve_host_metrics_device_is_blank (text.end[-1]))
    text.end--;
  return text;
}

gboolean
reeve_host_metrics_parse_integer (const char *data, gsize length, gint64 *ret_value)
{
  ReeveHostMetricsParseLine text = reeve_host_metrics_device_trim (data, length);
  gboolean negative = text.at < text.end && *text.at == '-';
  guint64 value;

  if (negative)
    text.at++;
  /* a sign stands right before its number */
  if (text.at == text.end || !g_ascii_isdigit (*text.at) ||
      !reeve_host_metrics_parse_number (&text, ' ', &value) || text.at != text.end ||
      value > G_MAXINT64)
    return FALSE;
  *ret_value = negative ? -(gint64) value : (gint64) value;
  return TRUE;
}

static gboolean
reeve_host_metrics_device_is_likely (double celsius)
{
  return celsius >= REEVE_HOST_METRICS_SCALE_LOW && celsius <= REEVE_HOST_METRICS_SCALE_HIGH;
}

double
reeve_host_metrics_parse_temperature (gint64 value)
{
  double celsius = (double) value / 1000;

  if (value != 0 && celsius < 1)
    {
      if (!reeve_host_metrics_device_is_likely (celsius * 100) &&
          reeve_host_metrics_device_is_likely (celsius * 1000))
        celsius *= 1000;
      else
        celsius *= 100;
    }
  return celsius > 0 && celsius < REEVE_HOST_METRICS_TOO_HOT ? celsius : NAN;
}

guint
reeve_host_metrics_parse_battery_state (const char *data, gsize length)
{
  /* at the index of the state */
  static const char *const states[] = { "Unknown",  "Empty",       "Full",
                                        "Charging", "Discharging", "Not charging" };
  ReeveHostMetricsParseLine text = reeve_host_metrics_device_trim (data, length);

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if ((gsize) (text.end - text.at) == strlen (states[i]) &&
        g_ascii_strncasecmp (text.at, states[i], strlen (states[i])) == 0)
      return i;
  return 0;
}

gboolean
reeve_host_metrics_parse_numbered (const char *name, const char *prefix, const char *suffix,
                                   guint *ret_number)
{
  guint number = 0, digits = 0;
  const char *at;

  if (!g_str_has_prefix (name, prefix))
    return FALSE;
  for (at = name + strlen (prefix); g_ascii_isdigit (*at); at++)
    if (digits++ < REEVE_HOST_METRICS_NUMBER_DIGITS)
      number = number * 10 + (guint) (*at - '0');
  *ret_number = number;
  return digits > 0 && digits <= REEVE_HOST_METRICS_NUMBER_DIGITS && strcmp (at, suffix) == 0;
}

/* The rest of "some avg10=0.00 avg60=0.00 avg300=0.00 total=12": the number at its end. */
static gboolean
reeve_host_metrics_parse_pressure_total (const ReeveHostMetricsParseLine *line, guint64 *ret_total)
{
  static const char key[] = " total=";
  const gsize length = sizeof key - 1;
  const char *at = memrchr (line->at, '=', (gsize) (line->end - line->at));
  ReeveHostMetricsParseLine rest = *line;

  if (at == NULL || (gsize) (at + 1 - line->at) < length ||
      memcmp (at + 1 - length, key, length) != 0)
    return FALSE;
  rest.at = at + 1;
  return reeve_host_metrics_parse_number (&rest, ' ', ret_total);
}

gboolean
reeve_host_metrics_parse_pressure (const char *data, gsize length,
                                   ReeveHostMetricsPressureTimes *ret_times)
{
  ReeveHostMetricsText text;
  ReeveHostMetricsParseLine line;

  memset (ret_times, 0, sizeof *ret_times);
  reeve_host_metrics_text_init (&text, data, length);
  while (reeve_host_metrics_parse_next_line (&text, &line))
    if (reeve_host_metrics_parse_skip (&line, "some", 4))
      {
        if (!reeve_host_metrics_parse_pressure_total (&line, &ret_times->some))
          return FALSE;
        ret_times->has_some = TRUE;
      }
    else if (reeve_host_metrics_parse_skip (&line, "full", 4))
      {
        if (!reeve_host_metrics_parse_pressure_total (&line, &ret_times->full))
          return FALSE;
        ret_times->has_full = TRUE;
      }
  return ret_times->has_some || ret_times->has_full;
}
