/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The version of the library at run time, as against the one of the headers. */

#include "config.h"

#include "reeve-version.h"

const char *
reeve_version_string (void)
{
  return PACKAGE_VERSION;
}
