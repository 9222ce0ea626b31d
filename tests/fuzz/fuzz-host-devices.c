/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parsers of /sys' sensors and power supplies and of /proc/pressure: the first byte says which,
 * the rest is the file. */

#include "config.h"

#include <math.h>
#include <stdint.h>

#include "plugins/host-metrics/reeve-host-metrics-device-parse.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;
  ReeveHostMetricsPressureTimes times;
  gint64 value = 0;
  guint number = 0;

  if (length == 0)
    return 0;
  /* of its own length, so that a read behind its end is seen */
  text = g_memdup2 (data + 1, length - 1);
  length--;
  switch (data[0])
    {
    case 't':
      if (reeve_host_metrics_parse_integer (text, length, &value))
        {
          double celsius = reeve_host_metrics_parse_temperature (value);

          g_assert_true (isnan (celsius) || (celsius > 0 && celsius < 200));
        }
      break;
    case 's':
      g_assert_cmpuint (reeve_host_metrics_parse_battery_state (text, length), <=, 5);
      break;
    case 'p':
      if (reeve_host_metrics_parse_pressure (text, length, &times))
        g_assert_true (times.has_some || times.has_full);
      break;
    default:
      name = g_strndup (text != NULL ? text : "", length);
      if (reeve_host_metrics_parse_numbered (name, "temp", "_input", &number))
        g_assert_cmpuint (number, <=, 99999);
    }
  return 0;
}
