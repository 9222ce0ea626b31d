/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* open: the way into the page. */

#include "config.h"

#include <stdio.h>

#include "core/ctl/reeve-ctl.h"

static int
reeve_ctl_open (ReeveCtl *ctl, int argc, G_GNUC_UNUSED char **argv)
{
  g_autoptr (GVariant) address = NULL;
  g_autoptr (GVariant) link = NULL;
  g_autofree char *line = NULL;
  const char *url, *public_url, *pin, *secret;
  double expires;

  if (argc > 0)
    return reeve_ctl_usage ("open");
  address =
      reeve_ctl_call (ctl, "org.reeve.Front1", "GetAddress", NULL, G_VARIANT_TYPE ("(asssbs)"));
  if (address == NULL)
    return REEVE_CTL_FAILED;
  link = reeve_ctl_call (ctl, "org.reeve.Accounts1", "OpenLink", NULL, G_VARIANT_TYPE ("(sd)"));
  if (link == NULL)
    return REEVE_CTL_FAILED;
  g_variant_get (address, "(as&s&sb&s)", NULL, &url, &public_url, NULL, &pin);
  g_variant_get (link, "(&sd)", &secret, &expires);
  line = g_strdup_printf ("%s/#open=%s", *public_url != '\0' ? public_url : url, secret);
  if (ctl->json)
    {
      g_autoptr (GVariant) value = g_variant_ref_sink (
          g_variant_new_parsed ("{'url': <%s>, 'expires': <%d>}", line, expires));

      reeve_ctl_print_json (value);
      return REEVE_CTL_OK;
    }
  printf ("%s\n", line);
  fprintf (stderr, "This link signs in once, within five minutes.\n");
  if (*pin != '\0' && g_str_has_prefix (line, "https:"))
    fprintf (stderr, "The hub made its certificate itself: a browser asks before it goes on.\n");
  return REEVE_CTL_OK;
}

const ReeveCtlCommand reeve_ctl_open_commands[] = {
  { "open", "", "Print a link that signs in to the page, once", reeve_ctl_open },
  { .name = NULL },
};
