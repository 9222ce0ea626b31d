/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The version that the loaded library tells. */

#include "config.h"

#include <glib.h>

#include <reeve/reeve.h>

static void
test_version (void)
{
  g_assert_cmpstr (reeve_version_string (), ==, PACKAGE_VERSION);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reeve/version", test_version);
  return g_test_run ();
}
