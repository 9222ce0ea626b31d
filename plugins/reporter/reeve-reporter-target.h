/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* One hub that this agent reports to: the agent's ReeveLinkOwner. */

/* Where the hub is and how it is known. */
typedef struct
{
  char *url;
  char *token_file;
  GArray *keys; /* of ReevePublicKey */
} ReeveReporterHub;

/* From the settings; UNCONFIGURED names what is missing. */
ReeveReporterHub *reeve_reporter_hub_new (ReeveSettings *settings, GError **error);
void reeve_reporter_hub_free (ReeveReporterHub *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveReporterHub, reeve_reporter_hub_free)

#define REEVE_REPORTER_TYPE_TARGET (reeve_reporter_target_get_type ())
G_DECLARE_FINAL_TYPE (ReeveReporterTarget, reeve_reporter_target, REEVE_REPORTER, TARGET, GObject)

/* Without a hub that says otherwise. */
#define REEVE_REPORTER_INTERVAL_MS 60000
/* Requests at shorter intervals are for who looks, at longer ones from nobody. */
#define REEVE_REPORTER_MIN_INTERVAL_MS 10000
#define REEVE_REPORTER_MAX_INTERVAL_MS (60 * 60 * 1000)
/* After the end of a link no sample is kept sooner. */
#define REEVE_REPORTER_FIRST_MS 1000

/* Takes @hub. (transfer full) */
ReeveReporterTarget *reeve_reporter_target_new (ReeveContext *context, ReeveReporterHub *hub,
                                                const char *fingerprint);
/* Looks for a transport from now on. */
void reeve_reporter_target_start (ReeveReporterTarget *self);
/* Takes @hub and connects anew where it differs; the other settings are taken as they are. */
void reeve_reporter_target_set_hub (ReeveReporterTarget *self, ReeveReporterHub *hub,
                                    ReeveSettings *settings);
/* Gives the link up; idempotent. */
void reeve_reporter_target_stop (ReeveReporterTarget *self);

G_END_DECLS
