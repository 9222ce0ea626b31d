/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/*
 * The texts of sensors, batteries and power supplies in /sys, and of /proc/pressure, parsed:
 * (bytes, length) in, plain values out, no allocation, no I/O, any thread.
 */

/* "-42\n": the whole text is one whole number, with or without blanks around it. */
gboolean reeve_host_metrics_parse_integer (const char *data, gsize length, gint64 *ret_value);
/* Thousandths of a degree as °C; NaN where no sensor can mean it. */
double reeve_host_metrics_parse_temperature (gint64 value);
/* A power supply's "status" as the state of REEVE_BATTERY_STATE; 0: not known. */
guint reeve_host_metrics_parse_battery_state (const char *data, gsize length);
/* "temp12_input": @prefix, a number, @suffix and no more. */
gboolean reeve_host_metrics_parse_numbered (const char *name, const char *prefix,
                                            const char *suffix, guint *ret_number);

/* /proc/pressure: microseconds since the start of the machine. */
typedef struct
{
  gboolean has_some;
  gboolean has_full;
  guint64 some;
  guint64 full;
} ReeveHostMetricsPressureTimes;

/* FALSE when there is neither, or a line makes no sense. */
gboolean reeve_host_metrics_parse_pressure (const char *data, gsize length,
                                            ReeveHostMetricsPressureTimes *ret_times);

G_END_DECLS
