/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

#define REEVE_REPORTER_FLOOR_FILE "links.conf"

/* What a hub has once proven: less is refused from then on, until somebody on this machine lowers
 * it or gives another hub key. Kept in the state directory, a group for each instance. */
typedef struct
{
  guint security; /* ReeveSecurity, never SSH: a link over that is not measured by it */
  guint level;
} ReeveReporterFloor;

/* @name: the instance, may be "". @keys: of ReevePublicKey: the hub's; a floor of other keys does
 * not count. A file that cannot be read is an error: it must not lower anything. */
gboolean reeve_reporter_floor_load (const char *state_dir, const char *name, GArray *keys,
                                    ReeveReporterFloor *ret_floor, GError **error);
gboolean reeve_reporter_floor_save (const char *state_dir, const char *name, GArray *keys,
                                    const ReeveReporterFloor *floor, GError **error);
/* DENIED when @offer has less than @floor; the error names the file that holds it. */
gboolean reeve_reporter_floor_check (const ReeveReporterFloor *floor, const char *state_dir,
                                     const ReeveLinkOffer *offer, GError **error);

G_END_DECLS
