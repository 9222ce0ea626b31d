/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* systems: the fleet from the command line. A token is shown once, by add, and stands in no
 * argument of any command that is printed: arguments and environments of processes are there for
 * every local user to read. */

#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reeve-ctl-systems.h"

#define REEVE_CTL_FLEET "org.reeve.Fleet1"

static const char *
reeve_ctl_systems_text (GVariant *row, const char *key)
{
  const char *text = "";

  g_variant_lookup (row, key, "&s", &text);
  return text;
}

/* "12.5 %" of a ratio; NULL when it is not known. */
static char *
reeve_ctl_systems_percent (GVariant *row, const char *name)
{
  g_autoptr (GVariant) values = g_variant_lookup_value (row, "values", G_VARIANT_TYPE ("a{sd}"));
  double value;

  if (values == NULL || !g_variant_lookup (values, name, "d", &value) || isnan (value))
    return NULL;
  return g_strdup_printf ("%.1f %%", value * 100);
}

static GVariant *
reeve_ctl_systems_get (ReeveCtl *ctl)
{
  g_autoptr (GVariant) answer =
      reeve_ctl_call (ctl, REEVE_CTL_FLEET, "ListSystems", NULL, G_VARIANT_TYPE ("(aa{sv})"));

  return answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
}

static int
reeve_ctl_systems_list (ReeveCtl *ctl, int argc, G_GNUC_UNUSED char **argv)
{
  static const char *const titles[] = { "NAME",  "STATE",  "CPU",   "MEMORY", "DISK",
                                        "AGENT", "REMOTE", "SINCE", "ID",     NULL };
  g_autoptr (GVariant) systems = NULL;
  ReeveCtlTable *table;

  if (argc > 0)
    return reeve_ctl_usage ("systems list");
  systems = reeve_ctl_systems_get (ctl);
  if (systems == NULL)
    return REEVE_CTL_FAILED;
  if (ctl->json)
    {
      reeve_ctl_print_json (systems);
      return REEVE_CTL_OK;
    }
  table = reeve_ctl_table_new (titles);
  for (gsize i = 0; i < g_variant_n_children (systems); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (systems, i);
      g_autofree char *cpu = reeve_ctl_systems_percent (row, "cpu.usage");
      g_autofree char *memory = reeve_ctl_systems_percent (row, "memory.usage");
      g_autofree char *disk = reeve_ctl_systems_percent (row, "filesystem.usage");
      double since = 0;
      g_autofree char *age = NULL;

      g_variant_lookup (row, "since", "d", &since);
      age = reeve_ctl_format_age (since);
      {
        const char *cells[] = { reeve_ctl_systems_text (row, "name"),
                                reeve_ctl_systems_text (row, "state"),
                                cpu,
                                memory,
                                disk,
                                reeve_ctl_systems_text (row, "agent_version"),
                                reeve_ctl_systems_text (row, "remote"),
                                age,
                                reeve_ctl_systems_text (row, "id") };

        reeve_ctl_table_add (table, cells);
      }
    }
  reeve_ctl_table_print (table);
  return REEVE_CTL_OK;
}

char *
reeve_ctl_systems_find (ReeveCtl *ctl, const char *which)
{
  g_autoptr (GVariant) systems = reeve_ctl_systems_get (ctl);
  g_autofree char *shown = NULL;

  if (systems == NULL)
    return NULL;
  for (gsize i = 0; i < g_variant_n_children (systems); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (systems, i);

      if (strcmp (reeve_ctl_systems_text (row, "name"), which) == 0 ||
          strcmp (reeve_ctl_systems_text (row, "id"), which) == 0)
        return g_strdup (reeve_ctl_systems_text (row, "id"));
    }
  shown = reeve_ctl_escape (which);
  reeve_ctl_fail ("there is no system '%s'; 'reevectl systems list' shows them", shown);
  return NULL;
}

/* ---- add ---- */

gboolean
reeve_ctl_systems_find_address (ReeveCtl *ctl, ReeveCtlAdded *added)
{
  const char *url, *public_url;

  added->address =
      reeve_ctl_call (ctl, "org.reeve.Front1", "GetAddress", NULL, G_VARIANT_TYPE ("(asssbs)"));
  if (added->address == NULL)
    return FALSE;
  g_variant_get (added->address, "(as&s&sb&s)", NULL, &url, &public_url, NULL, &added->pin);
  added->local = *public_url == '\0';
  added->url = added->local ? url : public_url;
  return TRUE;
}

void
reeve_ctl_systems_print_commands (const ReeveCtlAdded *added)
{
  g_autofree char *url = g_shell_quote (added->url);
  g_autofree char *key = g_shell_quote (added->key);
  g_autofree char *pin = *added->pin != '\0' ? g_strconcat (" --pin ", added->pin, NULL) : NULL;
  const char *more = pin != NULL ? pin : "";

  printf ("Its token is shown this once:\n\n    %s\n\n", added->token);
  printf ("On the machine to watch, run one of these and paste the token when it asks:\n\n");
  printf ("    sudo reevectl join --url %s --key %s%s --token-file -\n\n", url, key, more);
  printf ("    ./quickstart agent --url %s --key %s%s --token-file -\n\n", url, key, more);
  printf ("A stock agent takes these from an environment file (0600) instead:\n\n");
  printf ("    HUB_URL=%s\n    TOKEN=%s\n    KEY=\"%s\"\n", added->url, added->token, added->key);
  if (added->local)
    printf ("\nThis address works on this machine only: set listen or public-url in group [plugin "
            "front] of "
            "hub.conf to\n"
            "the address by which other machines reach the hub.\n");
}

static void
reeve_ctl_systems_print_added (const char *name, const ReeveCtlAdded *added)
{
  g_autofree char *shown = reeve_ctl_escape (name);

  printf ("System '%s' was added. ", shown);
  reeve_ctl_systems_print_commands (added);
}

static void
reeve_ctl_systems_print_added_json (const char *name, const ReeveCtlAdded *added)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_parsed (
      "{'id': <%s>, 'name': <%s>, 'token': <%s>, 'key': <%s>, 'url': <%s>, 'pin': <%s>, "
      "'local_only': <%b>}",
      added->id, name, added->token, added->key, added->url, added->pin, added->local));

  reeve_ctl_print_json (value);
}

static int
reeve_ctl_systems_add (ReeveCtl *ctl, int argc, char **argv)
{
  g_autoptr (GVariant) address = NULL;
  g_autoptr (GVariant) answer = NULL;
  ReeveCtlAdded added = { 0 };

  if (argc != 1)
    return reeve_ctl_usage ("systems add NAME");
  if (!g_utf8_validate (argv[0], -1, NULL))
    return reeve_ctl_fail ("the name is not valid UTF-8");
  if (!reeve_ctl_systems_find_address (ctl, &added))
    return REEVE_CTL_FAILED;
  address = added.address;
  answer = reeve_ctl_call (ctl, REEVE_CTL_FLEET, "AddSystem", g_variant_new ("(s)", argv[0]),
                           G_VARIANT_TYPE ("(sss)"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  g_variant_get (answer, "(&s&s&s)", &added.id, &added.token, &added.key);
  if (ctl->json)
    reeve_ctl_systems_print_added_json (argv[0], &added);
  else
    reeve_ctl_systems_print_added (argv[0], &added);
  return REEVE_CTL_OK;
}

/* ---- the other changes ---- */

static int
reeve_ctl_systems_change (ReeveCtl *ctl, int argc, char **argv, const char *usage,
                          const char *method, GVariant *second)
{
  g_autofree char *id = argc == 1 ? reeve_ctl_systems_find (ctl, argv[0]) : NULL;
  g_autoptr (GVariant) extra = second != NULL ? g_variant_ref_sink (second) : NULL;
  g_autoptr (GVariant) answer = NULL;

  if (argc != 1)
    return reeve_ctl_usage (usage);
  if (id == NULL)
    return REEVE_CTL_FAILED;
  answer = reeve_ctl_call (ctl, REEVE_CTL_FLEET, method,
                           extra != NULL ? g_variant_new ("(s@b)", id, extra)
                                         : g_variant_new ("(s)", id),
                           G_VARIANT_TYPE ("()"));
  return answer != NULL ? REEVE_CTL_OK : REEVE_CTL_FAILED;
}

static int
reeve_ctl_systems_remove (ReeveCtl *ctl, int argc, char **argv)
{
  return reeve_ctl_systems_change (ctl, argc, argv, "systems remove SYSTEM", "RemoveSystem", NULL);
}

static int
reeve_ctl_systems_reset (ReeveCtl *ctl, int argc, char **argv)
{
  return reeve_ctl_systems_change (ctl, argc, argv, "systems reset SYSTEM", "ResetPeer", NULL);
}

static int
reeve_ctl_systems_pause (ReeveCtl *ctl, int argc, char **argv)
{
  return reeve_ctl_systems_change (ctl, argc, argv, "systems pause SYSTEM", "SetPaused",
                                   g_variant_new_boolean (TRUE));
}

static int
reeve_ctl_systems_resume (ReeveCtl *ctl, int argc, char **argv)
{
  return reeve_ctl_systems_change (ctl, argc, argv, "systems resume SYSTEM", "SetPaused",
                                   g_variant_new_boolean (FALSE));
}

/* ---- ask ---- */

/* KEY=TEXT is a text; KEY:=VALUE is anything else as GVariant writes it, "5" or "true". FALSE: the
 * error was printed. */
static gboolean
reeve_ctl_systems_add_argument (GVariantBuilder *to, const char *argument)
{
  const char *equals = strchr (argument, '=');
  gboolean typed = equals != NULL && equals > argument && equals[-1] == ':';
  g_autofree char *key = NULL;
  g_autofree char *shown = reeve_ctl_escape (argument);
  g_autoptr (GVariant) value = NULL;

  if (equals == NULL || equals == argument || !g_utf8_validate (argument, -1, NULL))
    {
      reeve_ctl_fail ("'%s' is no argument: write KEY=TEXT", shown);
      return FALSE;
    }
  key = g_strndup (argument, (gsize) (equals - argument) - (typed ? 1 : 0));
  value = typed ? g_variant_parse (NULL, equals + 1, NULL, NULL, NULL)
                : g_variant_ref_sink (g_variant_new_string (equals + 1));
  if (value == NULL)
    {
      reeve_ctl_fail ("'%s': the value is none, write a number, true or false", shown);
      return FALSE;
    }
  g_variant_builder_add (to, "{sv}", key, value);
  return TRUE;
}

/* What an agent said may hold anything: control characters must not reach the terminal, newlines
 * may. */
static void
reeve_ctl_systems_print_text (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *shown = reeve_ctl_escape (lines[i]);

      if (lines[i + 1] != NULL || *shown != '\0')
        printf ("%s\n", shown);
    }
}

static int
reeve_ctl_systems_ask (ReeveCtl *ctl, int argc, char **argv)
{
  g_autoptr (GVariant) arguments = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) value = NULL;
  g_autofree char *id = NULL;
  GVariantBuilder builder;
  gboolean ok = TRUE;

  if (argc < 2)
    return reeve_ctl_usage ("systems ask SYSTEM VERB [KEY=TEXT]...");
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (int i = 2; i < argc && ok; i++)
    ok = reeve_ctl_systems_add_argument (&builder, argv[i]);
  arguments = g_variant_ref_sink (g_variant_builder_end (&builder));
  if (ok && !g_utf8_validate (argv[1], -1, NULL))
    ok = reeve_ctl_fail ("the verb is not valid UTF-8") == REEVE_CTL_OK;
  id = ok ? reeve_ctl_systems_find (ctl, argv[0]) : NULL;
  if (id == NULL)
    return REEVE_CTL_FAILED;
  answer =
      reeve_ctl_call (ctl, REEVE_CTL_FLEET, "Ask",
                      g_variant_new ("(ss@a{sv})", id, argv[1], arguments), G_VARIANT_TYPE ("(v)"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  g_variant_get (answer, "(v)", &value);
  if (ctl->json || !g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    reeve_ctl_print_json (value);
  else
    reeve_ctl_systems_print_text (g_variant_get_string (value, NULL));
  return REEVE_CTL_OK;
}

const ReeveCtlCommand reeve_ctl_systems_commands[] = {
  { "systems list", "", "The systems and how they are", reeve_ctl_systems_list },
  { "systems add", "NAME", "Make a system, print its token and what its agent needs",
    reeve_ctl_systems_add },
  { "systems remove", "SYSTEM", "Forget a system and its history", reeve_ctl_systems_remove },
  { "systems pause", "SYSTEM", "Ask a system nothing until it is resumed",
    reeve_ctl_systems_pause },
  { "systems resume", "SYSTEM", "End a pause", reeve_ctl_systems_resume },
  { "systems ask", "SYSTEM VERB [KEY=TEXT]...",
    "Ask a system's agent for something that it has unlocked", reeve_ctl_systems_ask },
  { "systems reset", "SYSTEM", "Forget the pinned agent of a system; the next one is pinned",
    reeve_ctl_systems_reset },
  { .name = NULL },
};
