/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-fleet-hub.h"

G_BEGIN_DECLS

/* Named limits of universal tokens. */
#define REEVE_FLEET_MAX_TOKENS 256
#define REEVE_FLEET_MAX_LABEL 100 /* characters */
#define REEVE_FLEET_MAX_LIFETIME_S (10.0 * 366 * 24 * 3600)
/* Machines that were removed and may not come back with the same token; the oldest is forgotten. */
#define REEVE_FLEET_MAX_REFUSED 256

/* A token that many machines may come with. */
typedef struct
{
  char *id;   /* the first digits of the hash */
  char *hash; /* as reeve_fleet_hash_token() makes it */
  char *label;
  gint64 created; /* microseconds, wall, as the others */
  gint64 expires; /* 0: permanent */
  gint64 last;    /* use; 0: none yet */
  guint limit;    /* of uses; 0: none */
  guint uses;
  gboolean confirm;
  GPtrArray *refused; /* fingerprints */
  gint64 said;        /* when a refusal was said last, monotonic */
  gboolean removing;  /* nobody comes with it any more, and its record is not written again */
} ReeveFleetToken;

typedef struct
{
  const char *label;
  gint64 lifetime; /* microseconds; 0: permanent */
  guint limit;
  gboolean confirm;
} ReeveFleetTokenOptions;

/* The universal tokens: memory over their records. */
typedef struct _ReeveFleetTokens ReeveFleetTokens;

ReeveFleetTokens *reeve_fleet_tokens_new (ReeveFleetHub *hub);
void reeve_fleet_tokens_free (ReeveFleetTokens *self);

/* The callbacks' source is the hub, as everywhere below. */
void reeve_fleet_tokens_load_async (ReeveFleetTokens *self, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean reeve_fleet_tokens_load_finish (ReeveFleetTokens *self, GAsyncResult *result,
                                         GError **error);
/* Ends when it is kept: (transfer full) the token. @ret_id: (transfer full). */
void reeve_fleet_tokens_add_async (ReeveFleetTokens *self, const ReeveFleetTokenOptions *options,
                                   GAsyncReadyCallback callback, gpointer user_data);
char *reeve_fleet_tokens_add_finish (ReeveFleetTokens *self, GAsyncResult *result, char **ret_id,
                                     GError **error);
void reeve_fleet_tokens_remove_async (ReeveFleetTokens *self, const char *id,
                                      GAsyncReadyCallback callback, gpointer user_data);
gboolean reeve_fleet_tokens_remove_finish (ReeveFleetTokens *self, GAsyncResult *result,
                                           GError **error);

/* (transfer none) (nullable) */
ReeveFleetToken *reeve_fleet_tokens_find (ReeveFleetTokens *self, const char *hash);
typedef void (*ReeveFleetTokenFunc) (ReeveFleetToken *token, gpointer user_data);
/* The oldest first. */
void reeve_fleet_tokens_foreach (ReeveFleetTokens *self, ReeveFleetTokenFunc func,
                                 gpointer user_data);

/* "usable", "expired" or "used up". @now: microseconds, wall. */
const char *reeve_fleet_token_get_state (const ReeveFleetToken *token, gint64 now);
gboolean reeve_fleet_token_refuses (const ReeveFleetToken *token, const char *fingerprint);
/* The machine may not come back with it. The record is written; a failure is logged. */
void reeve_fleet_tokens_refuse (ReeveFleetTokens *self, ReeveFleetToken *token,
                                const char *fingerprint);
/* @token is again as it was before a change that ended with @error, which its record may say. */
void reeve_fleet_tokens_took_back (ReeveFleetTokens *self, ReeveFleetToken *token,
                                   const GError *error);
/* (transfer full) as it is now */
ReeveRecord *reeve_fleet_token_to_record (const ReeveFleetToken *token);

G_END_DECLS
