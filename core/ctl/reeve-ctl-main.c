/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way in to reevectl. */

#include "config.h"

#include <glib.h>

int
main (int argc, char **argv)
{
  g_print ("reevectl %s\n", PACKAGE_VERSION);
  return 0;
}
