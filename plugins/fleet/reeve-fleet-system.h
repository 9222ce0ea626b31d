/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

#define REEVE_FLEET_ID_LENGTH 16
#define REEVE_FLEET_MAX_NAME 100 /* characters */
/* 24 random bytes as text: 192 bits, and well under the wire's 64 bytes */
#define REEVE_FLEET_TOKEN_BYTES 24
#define REEVE_FLEET_MAX_FINGERPRINT 128

/* One system as the hub holds it in memory; its record is the truth that survives. */
typedef struct
{
  char *id;
  char *name;
  char *token_hash;     /* SHA-256 of the token, hex */
  char *fingerprint;    /* "" until the first agent is pinned */
  gboolean shared;      /* the token is a universal one: the fingerprint tells the systems apart */
  gboolean unconfirmed; /* made itself; asked nothing until somebody confirms it */
  gint64 created;
  gboolean paused;
  gboolean removing;           /* only the rest of it is left to delete */
  GVariant *labels;            /* a{ss}, or NULL */
  char *note;                  /* never NULL */
  ReeveSystemState kept_state; /* UP, DOWN, or PENDING when it was neither yet */
  gint64 kept_since;
  guint floor_security; /* the best link seen: less is refused */
  guint floor_level;
  GVariant *facts; /* see reeve-fleet-facts.h; or NULL */
  /* kept samples: what is stored for good, and the last one that was on its way to the store */
  guint64 kept_series;
  guint64 kept_stored;
  guint64 kept_mark_series;
  guint64 kept_mark;
  gint64 kept_mark_time;

  ReeveSystemState state;
  gint64 since;
  gboolean awaited; /* was up before the hub's start */
  gboolean heard;   /* has answered since then */
  gint64 last;
  guint64 revision; /* of the hub when it changed last */
  ReeveLink *link;
  gint64 linked;        /* since when */
  GRefString *hostname; /* interned, as the next ones: many are alike; never NULL */
  GRefString *agent_version;
  GRefString *transport;
  GRefString *remote;
  ReeveSample *latest;

  guint writes;         /* of its record that were begun */
  gboolean contested;   /* another link waits whether this one answers */
  gboolean pinning;     /* the first fingerprint is on its way to the store */
  gint64 contest_said;  /* when a second link was said last, monotonic; 0: never */
  gint64 stranger_said; /* likewise a machine with another fingerprint */
  gint64 floor_said;    /* likewise a link that offers less than before */
  gint64 lost_said;     /* likewise the end of a link */
  gint64 linked_line;   /* likewise, in the log, a link */
  gint64 lost_line;     /* and its end */
  gboolean lost;        /* that it is linked again is still to be said */

  /* the poll's own */
  gpointer schedule;
  guint place;          /* among those that are asked in an interval, any number */
  gboolean counted;     /* among the links */
  gboolean facts_known; /* of this link's agent */
  ReeveTimer *poll;     /* a timer that does not run is NULL or idle: most are never wanted */
  ReeveTimer *live;
  ReeveTimer *down;
  guint followers;
  guint missed;        /* answers in a row, of this link */
  gboolean overtime;   /* it was given a moment more before it is called down */
  ReeveMessage *asked; /* of the schedule, while it is not answered; or NULL */
  ReeveMessage *asked_live;
  guint64 acknowledged;

  /* the descriptions' own: what it measures beyond the standard kinds */
  ReeveSchema *schema; /* NULL: nothing */
  char *schema_id;     /* as its record says, until the descriptions are read */
  gboolean schema_wanted;
  gboolean schema_blamed;  /* the digest of the next answer is one to refuse */
  gboolean schema_refused; /* on this link, that digest: */
  guint8 schema_refused_digest[REEVE_SCHEMA_DIGEST];
  guint schema_changes; /* since then: */
  gint64 schema_day;    /* monotonic, as the next ones; 0: never */
  gint64 schema_asked;
  gint64 schema_said;

  /* the kept samples' own */
  gpointer kept;
  ReeveTimer *drain;
  gboolean draining;
  guint drained;
} ReeveFleetSystem;

/* REEVE_ERROR_INVALID for a name that no system may have. */
gboolean reeve_fleet_system_check_name (const char *name, GError **error);

/* A new one with a fresh id. @ret_token: (transfer full) the token, of which only the hash is kept.
 */
ReeveFleetSystem *reeve_fleet_system_new (const char *name, gint64 now, char **ret_token);
/* One that made itself with a universal token; its name is the caller's to set. */
ReeveFleetSystem *reeve_fleet_system_new_enrolled (gint64 now, const char *token_hash,
                                                   const char *fingerprint, gboolean unconfirmed);
/* From its record; NULL with REEVE_ERROR_INVALID that names what is wrong. */
ReeveFleetSystem *reeve_fleet_system_new_from_record (ReeveRecord *record, GError **error);
void reeve_fleet_system_free (ReeveFleetSystem *self);
/* @link: (transfer full) (nullable): the link from now on, whose owner's data @self is. Returns the
 * one before, (transfer full) (nullable). */
ReeveLink *reeve_fleet_system_swap_link (ReeveFleetSystem *self, ReeveLink *link);

/* (transfer full) @revision: see reeve_record_new(). */
ReeveRecord *reeve_fleet_system_to_record (ReeveFleetSystem *self, gint64 revision);
/* Without its facts. */
void reeve_fleet_system_get_view (ReeveFleetSystem *self, ReeveSystemView *ret_view);
/* Keeps @sample as the newest; TRUE when its facts differ from those in the record, which then want
 * saving. */
gboolean reeve_fleet_system_take_sample (ReeveFleetSystem *self, ReeveSample *sample);
/* Sets one of the interned texts; NULL leaves it. */
void reeve_fleet_system_set_text (GRefString **place, const char *text);
/* Starts one of its timers, which is made if there is none; nothing once @context has closed. */
void reeve_fleet_system_start_timer (ReeveFleetSystem *self, ReeveTimer **place,
                                     ReeveContext *context, const char *name, ReeveTimerFunc func,
                                     guint64 delay_ms);
void reeve_fleet_system_stop_timer (ReeveTimer **place);
/* Is nothing to be asked of it, though it may have a link? */
gboolean reeve_fleet_system_is_idle (const ReeveFleetSystem *self);
/* A fresh token. (transfer full) */
char *reeve_fleet_make_token (void);
/* A digest of 32 bytes in lower-case hex. (transfer full) */
char *reeve_fleet_hex (const guint8 *digest);
/* Lower-case hex SHA-256. (transfer full) */
char *reeve_fleet_hash_token (const char *token);

G_END_DECLS
