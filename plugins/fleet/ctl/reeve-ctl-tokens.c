/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* tokens: those that many machines may come with, and the systems that wait to be confirmed. */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "reeve-ctl-systems.h"

#define REEVE_CTL_TOKENS "org.reeve.Tokens1"
#define REEVE_CTL_TOKENS_ADD                                                                       \
  "tokens add [--permanent|--lifetime=HOURS] [--uses=N] [--confirm|--no-confirm] [LABEL]"

/* ---- list ---- */

static double
reeve_ctl_tokens_now (void)
{
  /* lint: allow clock: a command line has no loop and no clock to drive */
  return g_get_real_time () / 1e6;
}

/* "in 50 min", "never", "2 h ago" */
static char *
reeve_ctl_tokens_format_expiry (GVariant *row)
{
  double expires, now = reeve_ctl_tokens_now ();
  g_autofree char *rest = NULL;

  if (!g_variant_lookup (row, "expires", "d", &expires))
    return g_strdup ("never");
  if (expires <= now)
    return reeve_ctl_format_age (expires);
  rest = reeve_ctl_format_duration (expires - now);
  return g_strdup_printf ("in %s", rest);
}

static void
reeve_ctl_tokens_add_row (ReeveCtlTable *table, GVariant *row)
{
  const char *id = "", *state = "", *label = "";
  guint uses = 0, limit = 0;
  gboolean confirm = FALSE;
  double last;
  g_autofree char *expires = reeve_ctl_tokens_format_expiry (row);
  g_autofree char *used = NULL;
  g_autofree char *age = NULL;

  g_variant_lookup (row, "id", "&s", &id);
  g_variant_lookup (row, "state", "&s", &state);
  g_variant_lookup (row, "label", "&s", &label);
  g_variant_lookup (row, "uses", "u", &uses);
  g_variant_lookup (row, "confirm", "b", &confirm);
  used = g_variant_lookup (row, "limit", "u", &limit) ? g_strdup_printf ("%u of %u", uses, limit)
                                                      : g_strdup_printf ("%u", uses);
  if (g_variant_lookup (row, "last", "d", &last))
    age = reeve_ctl_format_age (last);
  {
    const char *cells[] = { id, state, expires, used, age, confirm ? "yes" : "no", label };

    reeve_ctl_table_add (table, cells);
  }
}

static int
reeve_ctl_tokens_list (ReeveCtl *ctl, int argc, G_GNUC_UNUSED char **argv)
{
  static const char *const titles[] = { "ID",       "STATE",   "EXPIRES", "USES",
                                        "LAST USE", "CONFIRM", "LABEL",   NULL };
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) rows = NULL;
  ReeveCtlTable *table;

  if (argc > 0)
    return reeve_ctl_usage ("tokens list");
  answer = reeve_ctl_call (ctl, REEVE_CTL_TOKENS, "ListTokens", NULL, G_VARIANT_TYPE ("(aa{sv})"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  rows = g_variant_get_child_value (answer, 0);
  if (ctl->json)
    {
      reeve_ctl_print_json (rows);
      return REEVE_CTL_OK;
    }
  table = reeve_ctl_table_new (titles);
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

      reeve_ctl_tokens_add_row (table, row);
    }
  reeve_ctl_table_print (table);
  return REEVE_CTL_OK;
}

/* ---- add ---- */

typedef struct
{
  const char *label;
  double lifetime; /* seconds, as the hub takes it */
  guint uses;
  const char *confirm;
} ReeveCtlTokenOptions;

/* FALSE: it is no option that there is. */
static gboolean
reeve_ctl_tokens_parse_option (const char *argument, ReeveCtlTokenOptions *options)
{
  guint64 number;

  if (strcmp (argument, "--permanent") == 0)
    options->lifetime = -1;
  else if (strcmp (argument, "--confirm") == 0)
    options->confirm = "yes";
  else if (strcmp (argument, "--no-confirm") == 0)
    options->confirm = "no";
  else if (g_str_has_prefix (argument, "--lifetime=") &&
           g_ascii_string_to_unsigned (argument + strlen ("--lifetime="), 10, 1, 87600, &number,
                                       NULL))
    options->lifetime = number * 3600.0;
  else if (g_str_has_prefix (argument, "--uses=") &&
           g_ascii_string_to_unsigned (argument + strlen ("--uses="), 10, 1, G_MAXINT, &number,
                                       NULL))
    options->uses = (guint) number;
  else
    return FALSE;
  return TRUE;
}

static gboolean
reeve_ctl_tokens_parse (int argc, char **argv, ReeveCtlTokenOptions *ret_options)
{
  for (int i = 0; i < argc; i++)
    {
      if (reeve_ctl_tokens_parse_option (argv[i], ret_options))
        continue;
      if (argv[i][0] == '-' || *ret_options->label != '\0' || !g_utf8_validate (argv[i], -1, NULL))
        return FALSE;
      ret_options->label = argv[i];
    }
  return TRUE;
}

static void
reeve_ctl_tokens_print_added (const ReeveCtlAdded *added, double expires)
{
  double now = reeve_ctl_tokens_now ();
  g_autofree char *rest = reeve_ctl_format_duration (MAX (expires - now, 0));

  if (expires > 0)
    printf ("A universal token was made, for machines that come within %s. ", rest);
  else
    printf ("A permanent universal token was made: 'reevectl tokens remove %s' ends it. ",
            added->id);
  reeve_ctl_systems_print_commands (added);
  printf (
      "\nEach machine makes a system of its own. 'reevectl systems list' shows them, and 'reevectl "
      "systems\nconfirm' takes those that are unconfirmed.\n");
}

static int
reeve_ctl_tokens_add (ReeveCtl *ctl, int argc, char **argv)
{
  ReeveCtlTokenOptions options = { .label = "", .confirm = "" };
  g_autoptr (GVariant) address = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) value = NULL;
  ReeveCtlAdded added = { 0 };
  double expires;

  if (!reeve_ctl_tokens_parse (argc, argv, &options))
    return reeve_ctl_usage (REEVE_CTL_TOKENS_ADD);
  if (!reeve_ctl_systems_find_address (ctl, &added))
    return REEVE_CTL_FAILED;
  address = added.address;
  answer = reeve_ctl_call (ctl, REEVE_CTL_TOKENS, "AddToken",
                           g_variant_new ("(sdus)", options.label, options.lifetime, options.uses,
                                          options.confirm),
                           G_VARIANT_TYPE ("(sssd)"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  g_variant_get (answer, "(&s&s&sd)", &added.id, &added.token, &added.key, &expires);
  if (!ctl->json)
    {
      reeve_ctl_tokens_print_added (&added, expires);
      return REEVE_CTL_OK;
    }
  value = g_variant_ref_sink (
      g_variant_new_parsed ("{'id': <%s>, 'token': <%s>, 'key': <%s>, 'url': <%s>, 'pin': <%s>, "
                            "'local_only': <%b>, 'expires': <%d>}",
                            added.id, added.token, added.key, added.url, added.pin, added.local,
                            expires));
  reeve_ctl_print_json (value);
  return REEVE_CTL_OK;
}

/* ---- remove, confirm ---- */

static int
reeve_ctl_tokens_remove (ReeveCtl *ctl, int argc, char **argv)
{
  g_autoptr (GVariant) answer = NULL;

  if (argc != 1)
    return reeve_ctl_usage ("tokens remove TOKEN-ID");
  if (!g_utf8_validate (argv[0], -1, NULL))
    return reeve_ctl_fail ("the id is not valid UTF-8");
  answer = reeve_ctl_call (ctl, REEVE_CTL_TOKENS, "RemoveToken", g_variant_new ("(s)", argv[0]),
                           G_VARIANT_TYPE ("()"));
  return answer != NULL ? REEVE_CTL_OK : REEVE_CTL_FAILED;
}

static int
reeve_ctl_tokens_confirm (ReeveCtl *ctl, int argc, char **argv)
{
  g_autofree char *id = argc == 1 ? reeve_ctl_systems_find (ctl, argv[0]) : NULL;
  g_autoptr (GVariant) answer = NULL;

  if (argc != 1)
    return reeve_ctl_usage ("systems confirm SYSTEM");
  if (id == NULL)
    return REEVE_CTL_FAILED;
  answer = reeve_ctl_call (ctl, REEVE_CTL_TOKENS, "ConfirmSystem", g_variant_new ("(s)", id),
                           G_VARIANT_TYPE ("()"));
  return answer != NULL ? REEVE_CTL_OK : REEVE_CTL_FAILED;
}

const ReeveCtlCommand reeve_ctl_tokens_commands[] = {
  { "systems confirm", "SYSTEM", "Take a system that made itself with a universal token",
    reeve_ctl_tokens_confirm },
  { "tokens list", "", "Universal tokens: what many machines may come with",
    reeve_ctl_tokens_list },
  { "tokens add", "[OPTION]... [LABEL]", "Make one, print it and what agents need",
    reeve_ctl_tokens_add },
  { "tokens remove", "TOKEN-ID", "Let no new machine come with it", reeve_ctl_tokens_remove },
  { .name = NULL },
};
