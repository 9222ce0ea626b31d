/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ports, statuses and logs, in the forms that hubs know. */

#include "config.h"

#include "reeve-containers-text.h"

#include <stdlib.h>
#include <string.h>

#include "probe/reeve-containers-frames.h"

/* ---- ports ---- */

static gboolean
reeve_containers_text_is_any (const char *address)
{
  return address[0] == '\0' || strcmp (address, "0.0.0.0") == 0 || strcmp (address, "::") == 0;
}

static int
reeve_containers_text_compare_ports (gconstpointer a, gconstpointer b)
{
  const ReeveContainersPort *one = a, *other = b;

  if (one->number != other->number)
    return one->number < other->number ? -1 : 1;
  return strcmp (one->address, other->address);
}

void
reeve_containers_text_ports (ReeveContainersPort *ports, guint n, char *ret, gsize room)
{
  gsize at = 0;

  for (guint i = 0; i < n; i++)
    if (reeve_containers_text_is_any (ports[i].address))
      ports[i].address[0] = '\0';
  qsort (ports, n, sizeof *ports, reeve_containers_text_compare_ports);
  ret[0] = '\0';
  for (guint i = 0; i < n; i++)
    {
      const char *address = ports[i].address;
      gboolean six = strchr (address, ':') != NULL;
      char one[96];
      gsize length;

      if (i > 0 && reeve_containers_text_compare_ports (&ports[i - 1], &ports[i]) == 0)
        continue;
      g_snprintf (one, sizeof one, "%s%s%s%s%s%u", at > 0 ? ", " : "", six ? "[" : "", address,
                  six ? "]" : "", address[0] != '\0' ? ":" : "", ports[i].number);
      length = strlen (one);
      if (at + length >= room)
        return;
      memcpy (ret + at, one, length + 1);
      at += length;
    }
}

/* ---- the status ---- */

void
reeve_containers_text_status (const char *text, char *ret, gsize room, int *ret_health)
{
  static const struct
  {
    const char *suffix;
    int health;
  } suffixes[] = {
    { " (healthy)", 2 },
    { " (unhealthy)", 3 },
    { " (health: starting)", 1 },
    { " (starting)", 1 },
  };
  const char *about = strstr (text, "About ");
  gsize at;

  if (about != NULL)
    g_snprintf (ret, room, "%.*s%s", (int) MIN (about - text, G_MAXINT16), text,
                about + strlen ("About "));
  else
    g_strlcpy (ret, text, room);
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (ret, suffixes[i].suffix))
      {
        at = strlen (ret) - strlen (suffixes[i].suffix);
        ret[at] = '\0';
        *ret_health = suffixes[i].health;
        return;
      }
}

/* ---- logs ---- */

/* What is in the frames, one after the other; the last may be cut. NULL: broken. */
static GString *
reeve_containers_text_unwrap (const char *bytes, gsize length)
{
  g_autoptr (GString) text = g_string_new (NULL);

  while (length > 0)
    {
      guint32 n;

      if (length < REEVE_CONTAINERS_FRAMES_HEAD)
        break;
      if (!reeve_containers_frames_is_frame (bytes, length, &n))
        return NULL;
      bytes += REEVE_CONTAINERS_FRAMES_HEAD;
      length -= REEVE_CONTAINERS_FRAMES_HEAD;
      n = (guint32) MIN (n, length);
      g_string_append_len (text, bytes, n);
      bytes += n;
      length -= n;
    }
  return g_steal_pointer (&text);
}

/* Past the escape sequence (ECMA-48) that begins at @at. */
static gsize
reeve_containers_text_skip_escape (const char *text, gsize length, gsize at)
{
  char kind = at + 1 < length ? text[at + 1] : '\0';

  at += 2;
  if (kind == '[')
    {
      while (at < length && text[at] >= 0x20 && text[at] <= 0x3f)
        at++;
      return MIN (at + 1, length);
    }
  if (kind == ']' || kind == 'P' || kind == 'X' || kind == '^' || kind == '_')
    {
      /* a string, which ends with BEL or ESC \ and never goes over a line */
      while (at < length && text[at] != '\a' && text[at] != 0x1b && text[at] != '\n')
        at++;
      if (at < length && text[at] == 0x1b)
        at++;
      return at < length && text[at] != '\n' ? at + 1 : at;
    }
  while (at < length && kind >= 0x20 && kind <= 0x2f)
    kind = text[at++];
  return MIN (at, length);
}

static void
reeve_containers_text_add_clean (GString *text, const char *bytes, gsize length)
{
  g_autofree char *clean = NULL;

  if (length == 0)
    return;
  clean = reeve_text_clean (bytes, (gssize) length, length * 3);
  g_string_append (text, clean);
}

/* Without escapes and returns; line ends and tabs stay, everything else is made clean. */
static GString *
reeve_containers_text_clean_lines (const char *bytes, gsize length)
{
  GString *text = g_string_sized_new (length);
  gsize begin = 0, at = 0;

  while (at < length)
    {
      char c = bytes[at];
      gsize next = at + 1;

      if (c != '\n' && c != '\t' && c != '\r' && c != 0x1b)
        {
          at++;
          continue;
        }
      reeve_containers_text_add_clean (text, bytes + begin, at - begin);
      if (c == '\n' || c == '\t')
        g_string_append_c (text, c);
      else if (c == 0x1b)
        next = reeve_containers_text_skip_escape (bytes, length, at);
      begin = at = next;
    }
  reeve_containers_text_add_clean (text, bytes + begin, length - begin);
  return text;
}

char *
reeve_containers_text_logs (const char *bytes, gsize length, gboolean multiplexed, gsize max_bytes)
{
  g_autoptr (GString) raw = NULL;
  GString *text;

  if (reeve_containers_frames_are_used (bytes, length, multiplexed))
    {
      raw = reeve_containers_text_unwrap (bytes, length);
      if (raw == NULL)
        return NULL;
    }
  text = reeve_containers_text_clean_lines (raw != NULL ? raw->str : bytes,
                                            raw != NULL ? raw->len : length);
  if (text->len > max_bytes)
    {
      const char *from = text->str + text->len - max_bytes;
      const char *line = strchr (from, '\n');

      /* whole lines, else whole characters */
      if (line == NULL || line[1] == '\0')
        for (line = from - 1; (line[1] & 0xc0) == 0x80;)
          line++;
      g_string_erase (text, 0, line + 1 - text->str);
    }
  return g_string_free (text, FALSE);
}
