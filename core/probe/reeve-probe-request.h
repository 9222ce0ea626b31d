/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-probe.h"

G_BEGIN_DECLS

/* What a caller asks for. Pure. */

typedef enum
{
  REEVE_PROBE_REQUEST_MORE, /* the line has not ended yet */
  REEVE_PROBE_REQUEST_OK,
  REEVE_PROBE_REQUEST_BAD,
} ReeveProbeRequestState;

/* "VERB[ ARGUMENT]\n" and nothing after it. @ret_argument: room for REEVE_PROBE_MAX_HEX and a NUL;
 * lower case, "" without. */
ReeveProbeRequestState reeve_probe_request_parse (const char *bytes, gsize length,
                                                  const ReeveProbeVerb *verbs,
                                                  const ReeveProbeVerb **ret_verb,
                                                  char *ret_argument);

G_END_DECLS
