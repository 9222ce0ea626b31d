/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way in to reeved. */

#include "config.h"

#include <glib.h>

#include <reeve/reeve.h>

int
main (int argc, char **argv)
{
  g_print ("reeved %s\n", reeve_version_string ());
  return 0;
}
