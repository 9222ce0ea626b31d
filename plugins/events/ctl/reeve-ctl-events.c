/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* events: what happened, and who is told of it. */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/ctl/reeve-ctl.h"

#define REEVE_CTL_EVENTS "org.reeve.Events1"
#define REEVE_CTL_EVENTS_OPTIONS                                                                   \
  "[--limit=N] [--severity=LEAST] [--category=NAME] [--system=SYSTEM] [--since=WHEN] "             \
  "[--until=WHEN] [--watch[=SECONDS]]"
#define REEVE_CTL_EVENTS_USAGE "events " REEVE_CTL_EVENTS_OPTIONS
/* The most of one answer. */
#define REEVE_CTL_EVENTS_PAGE 1000

typedef struct
{
  ReeveCtl *ctl;
  guint limit;
  const char *severity;
  const char *category;
  const char *system; /* name or id */
  char *subject;
  double from;
  double to;
  guint seconds; /* between two looks; 0: one look */
} ReeveCtlEvents;

static const char *
reeve_ctl_events_text (GVariant *row, const char *key)
{
  const char *text = "";

  g_variant_lookup (row, key, "&s", &text);
  return text;
}

/* ---- arguments ---- */

static gboolean
reeve_ctl_events_parse_number (const char *text, guint maximum, guint *ret_number)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 1, maximum, &number, NULL))
    return FALSE;
  *ret_number = (guint) number;
  return TRUE;
}

/* "--KEY=VALUE" of argv's @argument; NULL when it is another. */
static const char *
reeve_ctl_events_value (const char *argument, const char *key)
{
  gsize length = strlen (key);

  return strncmp (argument, key, length) == 0 && argument[length] == '=' ? argument + length + 1
                                                                         : NULL;
}

static gboolean
reeve_ctl_events_parse_one (ReeveCtlEvents *self, const char *argument)
{
  const char *value;

  if (!g_utf8_validate (argument, -1, NULL))
    return FALSE;
  if (strcmp (argument, "--watch") == 0)
    {
      self->seconds = 1;
      return TRUE;
    }
  if ((value = reeve_ctl_events_value (argument, "--watch")) != NULL)
    return reeve_ctl_events_parse_number (value, 3600, &self->seconds);
  if ((value = reeve_ctl_events_value (argument, "--limit")) != NULL)
    return reeve_ctl_events_parse_number (value, REEVE_CTL_EVENTS_PAGE, &self->limit);
  if ((value = reeve_ctl_events_value (argument, "--since")) != NULL)
    return reeve_ctl_parse_time (value, &self->from);
  if ((value = reeve_ctl_events_value (argument, "--until")) != NULL)
    return reeve_ctl_parse_time (value, &self->to);
  if ((value = reeve_ctl_events_value (argument, "--severity")) != NULL)
    self->severity = value;
  else if ((value = reeve_ctl_events_value (argument, "--category")) != NULL)
    self->category = value;
  else if ((value = reeve_ctl_events_value (argument, "--system")) != NULL)
    self->system = value;
  return value != NULL;
}

/* ---- list ---- */

/* (transfer full) aa{sv}; NULL: the error was printed. */
static GVariant *
reeve_ctl_events_get (ReeveCtlEvents *self, guint limit, guint64 after)
{
  g_autoptr (GVariant) answer =
      reeve_ctl_call (self->ctl, REEVE_CTL_EVENTS, "ListEvents",
                      g_variant_new ("(utddsss)", limit, after, self->from, self->to,
                                     self->severity, self->category,
                                     self->subject != NULL ? self->subject : ""),
                      G_VARIANT_TYPE ("(aa{sv})"));

  return answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
}

static void
reeve_ctl_events_print (GVariant *events)
{
  static const char *const titles[] = { "TIME", "SEVERITY", "CATEGORY", "WHAT", NULL };
  ReeveCtlTable *table = reeve_ctl_table_new (titles);

  for (gsize i = 0; i < g_variant_n_children (events); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (events, i);
      double time = 0;
      g_autofree char *when = NULL;

      g_variant_lookup (row, "time", "d", &time);
      when = reeve_ctl_format_time (time);
      {
        const char *cells[] = { when, reeve_ctl_events_text (row, "severity"),
                                reeve_ctl_events_text (row, "category"),
                                reeve_ctl_events_text (row, "text") };

        reeve_ctl_table_add (table, cells);
      }
    }
  reeve_ctl_table_print (table);
}

/* One line each, as they come: no table knows how wide the next will be. */
static void
reeve_ctl_events_print_lines (ReeveCtlEvents *self, GVariant *events, guint64 *last)
{
  for (gsize i = 0; i < g_variant_n_children (events); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (events, i);
      g_autofree char *text = reeve_ctl_escape (reeve_ctl_events_text (row, "text"));
      g_autofree char *category = reeve_ctl_escape (reeve_ctl_events_text (row, "category"));
      g_autofree char *severity = reeve_ctl_escape (reeve_ctl_events_text (row, "severity"));
      double time = 0;
      g_autofree char *when = NULL;

      g_variant_lookup (row, "number", "t", last);
      g_variant_lookup (row, "time", "d", &time);
      when = reeve_ctl_format_time (time);
      if (self->ctl->json)
        reeve_ctl_print_json (row);
      else
        printf ("%s  %-8s  %-8s  %s\n", when, severity, category, text);
    }
}

static int
reeve_ctl_events_watch (ReeveCtlEvents *self)
{
  /* above 0, so that the next ones are asked for */
  guint64 last = 1;
  g_autoptr (GVariant) events = reeve_ctl_events_get (self, self->limit, 0);

  while (events != NULL)
    {
      gboolean all = g_variant_n_children (events) < REEVE_CTL_EVENTS_PAGE;

      reeve_ctl_events_print_lines (self, events, &last);
      if (fflush (stdout) != 0)
        return REEVE_CTL_FAILED;
      if (all)
        /* lint: allow clock: a command line has no loop */
        sleep (self->seconds);
      g_clear_pointer (&events, g_variant_unref);
      events = reeve_ctl_events_get (self, REEVE_CTL_EVENTS_PAGE, last);
    }
  return REEVE_CTL_FAILED;
}

static int
reeve_ctl_events_run (ReeveCtlEvents *self)
{
  g_autoptr (GVariant) events = NULL;

  if (self->system != NULL)
    {
      self->subject = reeve_ctl_systems_find (self->ctl, self->system);
      if (self->subject == NULL)
        return REEVE_CTL_FAILED;
    }
  if (self->seconds > 0)
    return reeve_ctl_events_watch (self);
  events = reeve_ctl_events_get (self, self->limit, 0);
  if (events == NULL)
    return REEVE_CTL_FAILED;
  if (self->ctl->json)
    reeve_ctl_print_json (events);
  else
    reeve_ctl_events_print (events);
  return REEVE_CTL_OK;
}

static int
reeve_ctl_events (ReeveCtl *ctl, int argc, char **argv)
{
  ReeveCtlEvents self = { .ctl = ctl, .severity = "", .category = "" };
  int status;

  for (int i = 0; i < argc; i++)
    if (!reeve_ctl_events_parse_one (&self, argv[i]))
      return reeve_ctl_usage (REEVE_CTL_EVENTS_USAGE);
  status = reeve_ctl_events_run (&self);
  g_free (self.subject);
  return status;
}

/* ---- who is told ---- */

static void
reeve_ctl_events_add_sink (ReeveCtlTable *table, GVariant *row)
{
  guint queued = 0;
  guint64 delivered = 0, dropped = 0, given_up = 0;
  g_autofree char *n_queued = NULL;
  g_autofree char *n_delivered = NULL;
  g_autofree char *n_lost = NULL;

  g_variant_lookup (row, "queued", "u", &queued);
  g_variant_lookup (row, "delivered", "t", &delivered);
  g_variant_lookup (row, "dropped", "t", &dropped);
  g_variant_lookup (row, "given_up", "t", &given_up);
  n_queued = g_strdup_printf ("%u", queued);
  n_delivered = g_strdup_printf ("%" G_GUINT64_FORMAT, delivered);
  n_lost = g_strdup_printf ("%" G_GUINT64_FORMAT, dropped + given_up);
  {
    const char *cells[] = { reeve_ctl_events_text (row, "name"),
                            reeve_ctl_events_text (row, "state"),
                            n_queued,
                            n_delivered,
                            n_lost,
                            reeve_ctl_events_text (row, "error") };

    reeve_ctl_table_add (table, cells);
  }
}

static int
reeve_ctl_events_sinks (ReeveCtl *ctl, int argc, G_GNUC_UNUSED char **argv)
{
  static const char *const titles[] = { "SINK", "STATE",      "WAITING", "DELIVERED",
                                        "LOST", "LAST ERROR", NULL };
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) sinks = NULL;
  ReeveCtlTable *table;

  if (argc > 0)
    return reeve_ctl_usage ("events sinks");
  answer = reeve_ctl_call (ctl, REEVE_CTL_EVENTS, "ListSinks", NULL, G_VARIANT_TYPE ("(aa{sv})"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  sinks = g_variant_get_child_value (answer, 0);
  if (ctl->json)
    {
      reeve_ctl_print_json (sinks);
      return REEVE_CTL_OK;
    }
  table = reeve_ctl_table_new (titles);
  for (gsize i = 0; i < g_variant_n_children (sinks); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (sinks, i);

      reeve_ctl_events_add_sink (table, row);
    }
  reeve_ctl_table_print (table);
  return REEVE_CTL_OK;
}

static int
reeve_ctl_events_test (ReeveCtl *ctl, int argc, char **argv)
{
  const char *severity = argc > 0 ? argv[0] : "warning";
  g_autoptr (GVariant) answer = NULL;

  if (argc > 1 || !g_utf8_validate (severity, -1, NULL))
    return reeve_ctl_usage ("events test [SEVERITY]");
  answer =
      reeve_ctl_call (ctl, REEVE_CTL_EVENTS, "SendTest", g_variant_new ("(s)", severity), NULL);
  return answer != NULL ? REEVE_CTL_OK : REEVE_CTL_FAILED;
}

/* The longer words come first. */
const ReeveCtlCommand reeve_ctl_events_commands[] = {
  { "events sinks", "", "Who is told of events, and how that goes", reeve_ctl_events_sinks },
  { "events test", "[SEVERITY]", "Make an event, to see whether somebody is told",
    reeve_ctl_events_test },
  { "events", "[OPTION]...", "What happened; --watch goes on with what happens", reeve_ctl_events },
  { .name = NULL },
};
