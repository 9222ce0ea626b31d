/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The few words of cgroupfs that tell something of a container. */

#include "config.h"

#include "reeve-containers-cgroup-parse.h"

#include <string.h>

gboolean
reeve_containers_cgroup_parse_name (const char *name, char *ret_id)
{
  static const char *const prefixes[] = { "docker-", "libpod-", "crio-", "cri-containerd-" };

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      const char *id = name + strlen (prefixes[i]);
      gsize digits;

      if (!g_str_has_prefix (name, prefixes[i]))
        continue;
      digits = strspn (id, "0123456789abcdef");
      if (digits != 64 || strcmp (id + digits, ".scope") != 0)
        return FALSE;
      g_strlcpy (ret_id, id, REEVE_CONTAINERS_ID + 1);
      return TRUE;
    }
  return FALSE;
}

/* Digits up to a space or the end; -1 for anything else ("max"). */
static gint64
reeve_containers_cgroup_parse_digits (const char *at, const char *end)
{
  gint64 number = 0;
  const char *begin = at;

  for (; at < end && g_ascii_isdigit (*at); at++)
    {
      if (number > (G_MAXINT64 - 9) / 10)
        return -1;
      number = number * 10 + (*at - '0');
    }
  return at > begin && (at == end || *at == ' ' || *at == '\n') ? number : -1;
}

gint64
reeve_containers_cgroup_parse_key (const char *text, gsize length, const char *key)
{
  const char *at = text, *end = text + length;
  gsize key_length = strlen (key);

  while (at < end)
    {
      const char *stop = memchr (at, '\n', (gsize) (end - at));
      const char *line_end = stop != NULL ? stop : end;

      if (key_length == 0)
        return reeve_containers_cgroup_parse_digits (at, line_end);
      if ((gsize) (line_end - at) > key_length && memcmp (at, key, key_length) == 0 &&
          at[key_length] == ' ')
        return reeve_containers_cgroup_parse_digits (at + key_length + 1, line_end);
      at = stop != NULL ? stop + 1 : end;
    }
  return -1;
}

/* Adds what stands after each @key; the keys begin after a space. */
static gint64
reeve_containers_cgroup_parse_sum (const char *text, gsize length, const char *key)
{
  const char *end = text + length;
  gsize key_length = strlen (key);
  gint64 sum = 0;

  for (const char *at = text; (gsize) (end - at) > key_length; at++)
    if (*at == key[0] && memcmp (at, key, key_length) == 0)
      {
        gint64 number = reeve_containers_cgroup_parse_digits (at + key_length, end);

        if (number < 0 || number > G_MAXINT64 - sum)
          return -1;
        sum += number;
      }
  return sum;
}

void
reeve_containers_cgroup_parse_io (const char *text, gsize length, gint64 *ret_read,
                                  gint64 *ret_written)
{
  *ret_read = reeve_containers_cgroup_parse_sum (text, length, " rbytes=");
  *ret_written = reeve_containers_cgroup_parse_sum (text, length, " wbytes=");
}
