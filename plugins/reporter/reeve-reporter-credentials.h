/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* What proves the agent to a hub and the hub to the agent: token, the hub's keys, fingerprint. */

#define REEVE_REPORTER_MAX_TOKEN 64
/* A token file may have blanks and newlines around the token. */
#define REEVE_REPORTER_MAX_TOKEN_FILE 1024
#define REEVE_REPORTER_FINGERPRINT_FILE "fingerprint"
#define REEVE_REPORTER_FINGERPRINT_BYTES 24

/* (transfer full): wipe it with reeve_reporter_credentials_wipe(). The file must be readable by
 * nobody but its owner. */
char *reeve_reporter_credentials_read_token (const char *path, GError **error);
void reeve_reporter_credentials_wipe (char *token);

/* @keys: the setting's text, keys separated by newline or ";"; NULL: those in the file @path, one a
 * line. (transfer full) of ReevePublicKey, at least one. */
GArray *reeve_reporter_credentials_read_keys (const char *keys, const char *path, GError **error);

/* The agent's own: made of random bytes when there is none yet. (transfer full) 48 hex digits. */
char *reeve_reporter_credentials_load_fingerprint (const char *state_dir, GError **error);

G_END_DECLS
