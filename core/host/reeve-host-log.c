/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One writer for all structured log calls of the process, from any thread. */

#include "config.h"

#include "reeve-host-log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct _ReeveHostLog
{
  ReeveClock *clock; /* a system clock: asking it is safe from any thread */
  gboolean journal;
  gint lowest; /* the least important level that is written; atomic */
};

static const struct
{
  const char *name;
  GLogLevelFlags level;
} reeve_host_log_levels[] = {
  { "critical", G_LOG_LEVEL_CRITICAL }, { "warning", G_LOG_LEVEL_WARNING },
  { "message", G_LOG_LEVEL_MESSAGE },   { "info", G_LOG_LEVEL_INFO },
  { "debug", G_LOG_LEVEL_DEBUG },
};

static const char *
reeve_host_log_name (GLogLevelFlags level)
{
  for (guint i = 0; i < G_N_ELEMENTS (reeve_host_log_levels); i++)
    if (level & reeve_host_log_levels[i].level)
      return reeve_host_log_levels[i].name;
  return "error";
}

static gboolean
reeve_host_log_is_bidi (gunichar c)
{
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

static void
reeve_host_log_append (GString *line, const char *text, gssize length)
{
  g_autofree char *valid = g_utf8_make_valid (text, length);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c) || reeve_host_log_is_bidi (c))
        g_string_append_printf (line, "\\u%04x", c);
      else
        g_string_append_unichar (line, c);
    }
}

static const GLogField *
reeve_host_log_find (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0)
      return &fields[i];
  return NULL;
}

static void
reeve_host_log_append_field (GString *line, const GLogField *fields, gsize n_fields,
                             const char *key, const char *label)
{
  const GLogField *field = reeve_host_log_find (fields, n_fields, key);

  if (field == NULL)
    return;
  g_string_append_printf (line, " [%s ", label);
  reeve_host_log_append (line, field->value, field->length);
  g_string_append_c (line, ']');
}

char *
reeve_host_log_format (gint64 wall_us, GLogLevelFlags level, const GLogField *fields,
                       gsize n_fields)
{
  GString *line = g_string_new (NULL);
  g_autoptr (GDateTime) whole = g_date_time_new_from_unix_utc (wall_us / G_USEC_PER_SEC);
  g_autofree char *time = g_date_time_format (whole, "%Y-%m-%dT%H:%M:%S");
  const GLogField *who = reeve_host_log_find (fields, n_fields, "REEVE_PLUGIN");
  const GLogField *text = reeve_host_log_find (fields, n_fields, "MESSAGE");

  if (who == NULL)
    who = reeve_host_log_find (fields, n_fields, "GLIB_DOMAIN");
  g_string_append_printf (line, "%s.%03dZ %s ", time, (int) (wall_us % G_USEC_PER_SEC / 1000),
                          reeve_host_log_name (level));
  if (who != NULL)
    reeve_host_log_append (line, who->value, who->length);
  else
    g_string_append (line, "reeved");
  g_string_append (line, ": ");
  if (text != NULL)
    reeve_host_log_append (line, text->value, text->length);
  reeve_host_log_append_field (line, fields, n_fields, "REEVE_PEER", "peer");
  reeve_host_log_append_field (line, fields, n_fields, "REEVE_OBJECT", "object");
  return g_string_free (line, FALSE);
}

static GLogWriterOutput
reeve_host_log_write (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                      gpointer user_data)
{
  ReeveHostLog *self = user_data;
  g_autofree char *line = NULL;

  if ((gint) (level & G_LOG_LEVEL_MASK) > g_atomic_int_get (&self->lowest))
    return G_LOG_WRITER_HANDLED;
  if (self->journal &&
      g_log_writer_journald (level, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;
  line = reeve_host_log_format (reeve_clock_get_wall (self->clock), level, fields, n_fields);
  fprintf (stderr, "%s\n", line);
  return G_LOG_WRITER_HANDLED;
}

ReeveHostLog *
reeve_host_log_install (ReeveClock *clock)
{
  ReeveHostLog *self = g_new0 (ReeveHostLog, 1);

  self->clock = g_object_ref (clock);
  self->journal = g_log_writer_is_journald (STDERR_FILENO);
  self->lowest = G_LOG_LEVEL_MESSAGE;
  g_log_set_writer_func (reeve_host_log_write, self, NULL);
  return self;
}

gboolean
reeve_host_log_set_level (ReeveHostLog *self, const char *level)
{
  for (guint i = 1; i < G_N_ELEMENTS (reeve_host_log_levels); i++)
    if (strcmp (level, reeve_host_log_levels[i].name) == 0)
      {
        g_atomic_int_set (&self->lowest, (gint) reeve_host_log_levels[i].level);
        return TRUE;
      }
  return FALSE;
}
