/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* metrics-token: who may read the hub's metrics. */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/ctl/reeve-ctl.h"

#define REEVE_CTL_METRICS_TOKEN_INTERFACE "org.reeve.MetricsOut1"

static int
reeve_ctl_metrics_token (ReeveCtl *ctl, int argc, char **argv)
{
  g_autoptr (GVariant) answer = NULL;
  gboolean remove = argc == 1 && strcmp (argv[0], "--remove") == 0;
  const char *token;

  if (argc > 1 || (argc == 1 && !remove))
    return reeve_ctl_usage ("metrics-token [--remove]");
  answer =
      reeve_ctl_call (ctl, REEVE_CTL_METRICS_TOKEN_INTERFACE, remove ? "RemoveToken" : "NewToken",
                      NULL, remove ? G_VARIANT_TYPE_UNIT : G_VARIANT_TYPE ("(s)"));
  if (answer == NULL)
    return REEVE_CTL_FAILED;
  if (remove)
    return REEVE_CTL_OK;
  g_variant_get (answer, "(&s)", &token);
  if (ctl->json)
    {
      g_autoptr (GVariant) value =
          g_variant_ref_sink (g_variant_new_parsed ("{'token': <%s>}", token));

      reeve_ctl_print_json (value);
      return REEVE_CTL_OK;
    }
  printf ("%s\n", token);
  fprintf (stderr, "This token is shown once. It reads the hub's /metrics, as a bearer.\n");
  return REEVE_CTL_OK;
}

const ReeveCtlCommand reeve_ctl_metrics_token_commands[] = {
  { "metrics-token", "[--remove]", "Make the token that reads the hub's metrics",
    reeve_ctl_metrics_token },
  { .name = NULL },
};
