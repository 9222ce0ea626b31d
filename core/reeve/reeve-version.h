/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

/**
 * reeve_version_string:
 *
 * Returns: the version of the library that is loaded, for example "0.1.0". May be
 *   called from any thread; belongs to the library (transfer none)
 */
REEVE_API const char *reeve_version_string (void);
/* "reeve 0.1.0, GLib 2.74.6, GnuTLS 3.7.9": what is loaded, not what it was built with. (transfer
 * full) */
REEVE_API char *reeve_version_describe (void);
