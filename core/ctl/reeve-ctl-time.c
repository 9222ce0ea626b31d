/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Moments, as people write and read them. */

#include "config.h"

#include "reeve-ctl.h"

#include <string.h>

/* "30min", "2h", "7d": so long ago. */
static gboolean
reeve_ctl_parse_ago (const char *text, double *ret_time)
{
  static const struct
  {
    const char *unit;
    double seconds;
  } units[] = {
    { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 }, { "w", 7 * 86400 },
  };
  gsize digits = strspn (text, "0123456789");
  guint64 n;
  g_autofree char *number = g_strndup (text, digits);

  if (!g_ascii_string_to_unsigned (number, 10, 0, 1000000, &n, NULL))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (strcmp (text + digits, units[i].unit) == 0)
      {
        /* lint: allow clock: a command line has no loop and no clock to drive */
        *ret_time = MAX (g_get_real_time () / 1e6 - (double) n * units[i].seconds, 0);
        return TRUE;
      }
  return FALSE;
}

/* "2026-11-29", "2026-11-29T07:00", "2026-11-29T07:00:00Z"; without a zone it is the local one. */
static gboolean
reeve_ctl_parse_date (const char *text, double *ret_time)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *whole = g_strdup (text);
  g_autoptr (GDateTime) date = NULL;

  if (strlen (whole) > 10 && whole[10] == ' ')
    whole[10] = 'T';
  if (strlen (whole) == 10 || strlen (whole) == 16)
    {
      char *longer = g_strconcat (whole, strlen (whole) == 10 ? "T00:00:00" : ":00", NULL);

      g_free (whole);
      whole = longer;
    }
  date = g_date_time_new_from_iso8601 (whole, zone);
  if (date == NULL || g_date_time_to_unix (date) < 0)
    return FALSE;
  *ret_time = (double) g_date_time_to_unix (date) + g_date_time_get_microsecond (date) / 1e6;
  return TRUE;
}

gboolean
reeve_ctl_parse_time (const char *text, double *ret_time)
{
  guint64 seconds;

  if (reeve_ctl_parse_ago (text, ret_time) || reeve_ctl_parse_date (text, ret_time))
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 1, G_GUINT64_CONSTANT (253402300799), &seconds, NULL))
    return FALSE;
  *ret_time = (double) seconds;
  return TRUE;
}

char *
reeve_ctl_format_time (double time)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_local ((gint64) time);

  return date != NULL ? g_date_time_format (date, "%Y-%m-%d %H:%M:%S") : g_strdup ("?");
}

char *
reeve_ctl_format_utc (double time)
{
  g_autoptr (GDateTime) second = g_date_time_new_from_unix_utc ((gint64) time);
  g_autoptr (GDateTime) date =
      second != NULL ? g_date_time_add_seconds (second, time - (double) (gint64) time) : NULL;

  return date != NULL ? g_date_time_format_iso8601 (date) : g_strdup ("");
}
