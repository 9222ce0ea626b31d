/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The version of the library at run time, as against the one of the headers. */

#include "config.h"

#include "reeve-version.h"

#include <glib.h>
#include <gnutls/gnutls.h>

const char *
reeve_version_string (void)
{
  return PACKAGE_VERSION;
}

char *
reeve_version_describe (void)
{
  return g_strdup_printf ("reeve %s, GLib %u.%u.%u, GnuTLS %s", PACKAGE_VERSION, glib_major_version,
                          glib_minor_version, glib_micro_version, gnutls_check_version (NULL));
}
