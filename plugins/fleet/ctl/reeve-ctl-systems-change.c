/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* systems: what changes the fleet. A token is shown once and stands in no argument of any command
 * that is printed: arguments and environments of processes are there for every local user to read.
 */

#include "config.h"

#include "reeve-ctl-systems.h"

#include <stdio.h>
#include <string.h>

/* Between two looks at a job. */
#define REEVE_CTL_SYSTEMS_JOB_US (200 * 1000)
/* Of a note that is read. */
#define REEVE_CTL_SYSTEMS_MAX_NOTE 16384

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

int
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

/* ---- edits ---- */

/* @arguments is taken; its first is the system's id. */
static int
reeve_ctl_systems_call (ReeveCtl *ctl, const char *method, GVariant *arguments)
{
  g_autoptr (GVariant) answer =
      reeve_ctl_call (ctl, REEVE_CTL_FLEET, method, arguments, G_VARIANT_TYPE ("()"));

  return answer != NULL ? REEVE_CTL_OK : REEVE_CTL_FAILED;
}

int
reeve_ctl_systems_rename (ReeveCtl *ctl, int argc, char **argv)
{
  g_autofree char *id = NULL;

  if (argc != 2)
    return reeve_ctl_usage ("systems rename SYSTEM NAME");
  if (!g_utf8_validate (argv[1], -1, NULL))
    return reeve_ctl_fail ("the name is not valid UTF-8");
  id = reeve_ctl_systems_find (ctl, argv[0]);
  return id != NULL
             ? reeve_ctl_systems_call (ctl, "RenameSystem", g_variant_new ("(ss)", id, argv[1]))
             : REEVE_CTL_FAILED;
}

/* The labels that the row has, with the changes. (transfer full) */
static GHashTable *
reeve_ctl_systems_make_labels (GVariant *row, int argc, char **argv)
{
  g_autoptr (GVariant) labels = g_variant_lookup_value (row, "labels", G_VARIANT_TYPE ("a{ss}"));
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GVariantIter iter;
  const char *key, *value;

  if (labels != NULL)
    {
      g_variant_iter_init (&iter, labels);
      while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
        g_hash_table_insert (table, g_strdup (key), g_strdup (value));
    }
  for (int i = 0; i < argc; i++)
    {
      const char *equals = strchr (argv[i], '=');
      gsize length = strlen (argv[i]);

      if (equals != NULL)
        g_hash_table_insert (table, g_strndup (argv[i], (gsize) (equals - argv[i])),
                             g_strdup (equals + 1));
      else if (length > 1 && argv[i][length - 1] == '-')
        {
          g_autofree char *gone = g_strndup (argv[i], length - 1);

          g_hash_table_remove (table, gone);
        }
      else
        g_hash_table_insert (table, g_strdup (argv[i]), g_strdup (""));
    }
  return table;
}

static GVariant *
reeve_ctl_systems_labels_to_variant (GHashTable *table)
{
  GVariantBuilder list;
  GHashTableIter iter;
  gpointer key, value;

  g_variant_builder_init (&list, G_VARIANT_TYPE_STRING_ARRAY);
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (*(const char *) value != '\0')
      g_variant_builder_add_value (&list,
                                   g_variant_new_take_string (
                                       g_strdup_printf ("%s=%s", (char *) key, (char *) value)));
    else
      g_variant_builder_add (&list, "s", key);
  return g_variant_builder_end (&list);
}

int
reeve_ctl_systems_label (ReeveCtl *ctl, int argc, char **argv)
{
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GVariant) labels = NULL;
  g_autoptr (GHashTable) table = NULL;
  const char *id, *key, *value;
  GVariantIter iter;

  if (argc < 1)
    return reeve_ctl_usage ("systems label SYSTEM [KEY[=VALUE]|KEY-]...");
  for (int i = 1; i < argc; i++)
    if (!g_utf8_validate (argv[i], -1, NULL))
      return reeve_ctl_fail ("a label is not valid UTF-8");
  row = reeve_ctl_systems_find_row (ctl, argv[0]);
  if (row == NULL)
    return REEVE_CTL_FAILED;
  if (argc > 1)
    {
      table = reeve_ctl_systems_make_labels (row, argc - 1, argv + 1);
      g_variant_lookup (row, "id", "&s", &id);
      return reeve_ctl_systems_call (ctl, "SetLabels",
                                     g_variant_new ("(s@as)", id,
                                                    reeve_ctl_systems_labels_to_variant (table)));
    }
  labels = g_variant_lookup_value (row, "labels", G_VARIANT_TYPE ("a{ss}"));
  if (ctl->json && labels != NULL)
    reeve_ctl_print_json (labels);
  else if (labels != NULL)
    {
      g_variant_iter_init (&iter, labels);
      while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
        {
          g_autofree char *shown = reeve_ctl_escape (value);

          printf ("%s%s%s\n", key, *value != '\0' ? "=" : "", shown);
        }
    }
  return REEVE_CTL_OK;
}

/* Standard input up to its end. NULL: the error was printed. */
static char *
reeve_ctl_systems_read_note (void)
{
  g_autofree char *text = g_malloc (REEVE_CTL_SYSTEMS_MAX_NOTE + 1);
  gsize length = fread (text, 1, REEVE_CTL_SYSTEMS_MAX_NOTE, stdin);

  text[length] = '\0';
  if (ferror (stdin) || !feof (stdin) || strlen (text) != length)
    {
      reeve_ctl_fail ("the note could not be read: it has more than %d bytes, or is no text",
                      REEVE_CTL_SYSTEMS_MAX_NOTE - 1);
      return NULL;
    }
  return g_strchomp (g_steal_pointer (&text));
}

int
reeve_ctl_systems_note (ReeveCtl *ctl, int argc, char **argv)
{
  g_autofree char *id = NULL;
  g_autofree char *note = NULL;
  g_autoptr (GVariant) answer = NULL, value = NULL;
  const char *text;

  if (argc < 1 || argc > 2)
    return reeve_ctl_usage ("systems note SYSTEM [TEXT|-]");
  id = reeve_ctl_systems_find (ctl, argv[0]);
  if (id == NULL)
    return REEVE_CTL_FAILED;
  if (argc == 2)
    {
      note = strcmp (argv[1], "-") == 0 ? reeve_ctl_systems_read_note () : g_strdup (argv[1]);
      if (note == NULL)
        return REEVE_CTL_FAILED;
      if (!g_utf8_validate (note, -1, NULL))
        return reeve_ctl_fail ("the note is not valid UTF-8");
      return reeve_ctl_systems_call (ctl, "SetNote", g_variant_new ("(ss)", id, note));
    }
  answer = reeve_ctl_call (ctl, REEVE_CTL_FLEET, "GetSystem", g_variant_new ("(s)", id),
                           G_VARIANT_TYPE ("(a{sv}a{sv}s)"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  g_variant_get_child (answer, 2, "&s", &text);
  value = g_variant_get_child_value (answer, 2);
  if (ctl->json)
    reeve_ctl_print_json (value);
  else
    reeve_ctl_systems_print_text (text);
  return REEVE_CTL_OK;
}

static int
reeve_ctl_systems_set_paused (ReeveCtl *ctl, int argc, char **argv, const char *usage,
                              gboolean paused)
{
  g_autofree char *id = argc == 1 ? reeve_ctl_systems_find (ctl, argv[0]) : NULL;

  if (argc != 1)
    return reeve_ctl_usage (usage);
  return id != NULL ? reeve_ctl_systems_call (ctl, "SetPaused", g_variant_new ("(sb)", id, paused))
                    : REEVE_CTL_FAILED;
}

int
reeve_ctl_systems_pause (ReeveCtl *ctl, int argc, char **argv)
{
  return reeve_ctl_systems_set_paused (ctl, argc, argv, "systems pause SYSTEM", TRUE);
}

int
reeve_ctl_systems_resume (ReeveCtl *ctl, int argc, char **argv)
{
  return reeve_ctl_systems_set_paused (ctl, argc, argv, "systems resume SYSTEM", FALSE);
}

int
reeve_ctl_systems_reset (ReeveCtl *ctl, int argc, char **argv)
{
  g_autofree char *id = argc == 1 ? reeve_ctl_systems_find (ctl, argv[0]) : NULL;

  if (argc != 1)
    return reeve_ctl_usage ("systems reset SYSTEM");
  return id != NULL ? reeve_ctl_systems_call (ctl, "ResetPeer", g_variant_new ("(s)", id))
                    : REEVE_CTL_FAILED;
}

int
reeve_ctl_systems_rotate (ReeveCtl *ctl, int argc, char **argv)
{
  g_autofree char *id = argc == 1 ? reeve_ctl_systems_find (ctl, argv[0]) : NULL;
  g_autoptr (GVariant) address = NULL, answer = NULL, value = NULL;
  ReeveCtlAdded added = { .id = id };

  if (argc != 1)
    return reeve_ctl_usage ("systems rotate SYSTEM");
  if (id == NULL || !reeve_ctl_systems_find_address (ctl, &added))
    return REEVE_CTL_FAILED;
  address = added.address;
  answer = reeve_ctl_call (ctl, REEVE_CTL_FLEET, "RotateToken", g_variant_new ("(s)", id),
                           G_VARIANT_TYPE ("(ss)"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  g_variant_get (answer, "(&s&s)", &added.token, &added.key);
  if (ctl->json)
    {
      value = g_variant_ref_sink (
          g_variant_new_parsed ("{'id': <%s>, 'token': <%s>, 'key': <%s>, 'url': <%s>}", id,
                                added.token, added.key, added.url));
      reeve_ctl_print_json (value);
      return REEVE_CTL_OK;
    }
  printf ("The system has a new token, the old one has ended. ");
  reeve_ctl_systems_print_commands (&added);
  return REEVE_CTL_OK;
}

/* ---- remove ---- */

/* Waits for the job's end. */
static int
reeve_ctl_systems_follow_job (ReeveCtl *ctl, const char *job)
{
  for (;;)
    {
      g_autoptr (GVariant) answer =
          reeve_ctl_call (ctl, "org.reeve.Host1", "GetJob", g_variant_new ("(s)", job),
                          G_VARIANT_TYPE ("(a{sv})"));
      g_autoptr (GVariant) row = NULL;
      const char *state = "", *error = "";

      if (answer == NULL)
        return REEVE_CTL_FAILED;
      row = g_variant_get_child_value (answer, 0);
      g_variant_lookup (row, "state", "&s", &state);
      g_variant_lookup (row, "error", "&s", &error);
      if (strcmp (state, "done") == 0)
        return REEVE_CTL_OK;
      if (strcmp (state, "running") != 0)
        return reeve_ctl_fail ("the history is not deleted: %s", error);
      /* lint: allow clock: a command line has no loop and no clock to drive */
      g_usleep (REEVE_CTL_SYSTEMS_JOB_US);
    }
}

int
reeve_ctl_systems_remove (ReeveCtl *ctl, int argc, char **argv)
{
  gboolean wait = argc < 2 || strcmp (argv[argc - 1], "--no-wait") != 0;
  int n = wait ? argc : argc - 1;
  g_autofree char *id = NULL;
  g_autoptr (GVariant) answer = NULL, value = NULL;
  const char *job;

  if (n != 1)
    return reeve_ctl_usage ("systems remove SYSTEM [--no-wait]");
  id = reeve_ctl_systems_find (ctl, argv[0]);
  if (id == NULL)
    return REEVE_CTL_FAILED;
  answer = reeve_ctl_call (ctl, REEVE_CTL_FLEET, "RemoveSystem", g_variant_new ("(s)", id),
                           G_VARIANT_TYPE ("(s)"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  g_variant_get (answer, "(&s)", &job);
  if (wait)
    return reeve_ctl_systems_follow_job (ctl, job);
  value = g_variant_ref_sink (g_variant_new_parsed ("{'job': <%s>}", job));
  if (ctl->json)
    reeve_ctl_print_json (value);
  else
    printf ("job %s\n", job);
  return REEVE_CTL_OK;
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

int
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
