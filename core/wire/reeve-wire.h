/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/*
 * The codec of the wire: Beszel's messages, and extension 1 between two of ours (docs/protocol.md).
 * Pure functions of bytes and limits, any thread. Beszel's numbers and units end here: what comes
 * out is a ReeveMessage in base units, its texts valid and clean.
 */

/* Actions of a request. Others are reported by their number. */
#define REEVE_WIRE_ACTION_SAMPLE 0
#define REEVE_WIRE_ACTION_FINGERPRINT 1
#define REEVE_WIRE_ACTION_CONTAINER_LOGS 2
#define REEVE_WIRE_ACTION_CONTAINER_INFO 3
#define REEVE_WIRE_ACTION_DISK_HEALTH 4
#define REEVE_WIRE_ACTION_SERVICE_INFO 5
#define REEVE_WIRE_ACTION_ANY (-1)
/* The action that asks for @verb, REEVE_WIRE_ACTION_ANY when the wire has none. */
int reeve_wire_verb_get_action (const char *verb);

/* In place of a request's id, which is 0 to 2^32 - 1. */
#define REEVE_WIRE_ID_NONE (-1) /* the message carries none (SSH) */
#define REEVE_WIRE_ID_BARE                                                                         \
  (-2) /* answers only: without the envelope that could carry one (to hubs                         \
          before 0.13, whose requests have no id) */

/* What a peer may send, and which keys it may use. */
typedef struct
{
  gsize max_bytes; /* of the message */
  guint max_items; /* of one array, pairs of one map */
  guint level;     /* REEVE_LINK_LEVEL_STOCK or _EXTENSION, as negotiated */
} ReeveWireLimits;

/* Before the peer is proven, and after. */
#define REEVE_WIRE_HANDSHAKE_MAX_BYTES 4096
#define REEVE_WIRE_HANDSHAKE_MAX_ITEMS 128
#define REEVE_WIRE_REQUEST_MAX_BYTES 65536
#define REEVE_WIRE_RESPONSE_MAX_BYTES (4 * 1024 * 1024)
#define REEVE_WIRE_MAX_ITEMS 16384
#define REEVE_WIRE_MAX_DEPTH 16 /* of what is understood; what is skipped may nest to 32 */

/* Of one answer, when a hub decodes it. A stock agent may send 5 MiB of logs: more than what an
 * answer may have in all is refused. */
#define REEVE_WIRE_CONTAINER_LOGS_MAX_BYTES REEVE_WIRE_RESPONSE_MAX_BYTES
#define REEVE_WIRE_CONTAINER_INFO_MAX_BYTES (1024 * 1024)
#define REEVE_WIRE_SERVICE_INFO_MAX_PROPERTIES 1024
#define REEVE_WIRE_SERVICE_INFO_MAX_VALUES 16384 /* of all its arrays */
#define REEVE_WIRE_SERVICE_INFO_MAX_BYTES 65536  /* of one text or byte string */
#define REEVE_WIRE_SERVICE_INFO_MAX_NESTING 4    /* of one property's arrays */
#define REEVE_WIRE_DISK_HEALTH_MAX_DRIVES 256
#define REEVE_WIRE_DISK_HEALTH_MAX_ATTRIBUTES 16384 /* of all drives */
#define REEVE_WIRE_DISK_HEALTH_MAX_TEXT 1024
/* Kept samples of one answer: none is begun after so many values, a row counting as four and as
 * many as its kind has metrics, whether they are there or not. More than one sample can have. */
#define REEVE_WIRE_KEPT_MAX_VALUES (640 * 1024)

/* ---- requests: hub to agent ---- */

typedef struct
{
  guint action;
  gint64 id;                 /* or REEVE_WIRE_ID_NONE */
  GBytes *signature;         /* FINGERPRINT: the hub's, may be NULL */
  gboolean need_system_info; /* FINGERPRINT */
  gboolean old_hub;          /* SAMPLE: it is older than 0.18, see ReeveWireSelf */
  ReeveMessage *message;     /* of all known actions but FINGERPRINT: the verb, its arguments */
  char *refusal; /* of a known action whose arguments cannot be read: what to answer; no message */
} ReeveWireRequest;

/* An unknown action is no error: @ret_request then has its number and no more. PROTOCOL or LIMIT.
 */
gboolean reeve_wire_request_decode (const guint8 *data, gsize length, const ReeveWireLimits *limits,
                                    ReeveWireRequest *ret_request,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void reeve_wire_request_clear (ReeveWireRequest *request);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveWireRequest, reeve_wire_request_clear)

/* (transfer full) */
GBytes *reeve_wire_encode_challenge (gint64 id, GBytes *signature, gboolean need_system_info);
/* @message: a request. On stock links the extension's arguments are left out. UNSUPPORTED: the wire
 * has no such verb. INVALID: an argument is missing. (transfer full) */
GBytes *reeve_wire_encode_request (gint64 id, ReeveMessage *message, guint level, GError **error);

/* ---- answers: agent to hub ---- */

typedef enum
{
  REEVE_WIRE_RESPONSE_OTHER, /* nothing that is understood here */
  REEVE_WIRE_RESPONSE_FINGERPRINT,
  REEVE_WIRE_RESPONSE_SAMPLE,
  REEVE_WIRE_RESPONSE_ANSWER, /* to any other verb */
  REEVE_WIRE_RESPONSE_ERROR,
} ReeveWireResponseKind;

typedef struct
{
  ReeveWireResponseKind kind;
  gint64 id;         /* or REEVE_WIRE_ID_NONE */
  char *fingerprint; /* FINGERPRINT: never NULL then; the rest may be NULL */
  char *hostname;
  char *port;
  char *name;
  char *error;           /* ERROR: the peer's text */
  ReeveError code;       /* ERROR: what a caller can act on; FAILED when the peer says none */
  ReeveMessage *message; /* SAMPLE: its rates set, its time not. ANSWER: its value, of the verb's
                            type; integers of a service are t, or x below zero */
  /* SAMPLE on extension 1: what the peer measures by. %NULL: its digest is not known here, the
   * kinds beyond the standard ones were left out; ask for the description with the next request. */
  ReeveSchema *schema;
} ReeveWireResponse;

typedef struct
{
  ReeveWireLimits limits;
  int action;          /* REEVE_WIRE_ACTION_*: what was asked; ANY when not known */
  gboolean bare;       /* the peer is older than 0.13 and sends no envelope; needs the action */
  ReeveSchema *schema; /* extension 1: what the peer is known to number by, may be NULL */
  guint kept;          /* extension 1: how many kept samples were asked for; others still wait */
} ReeveWireExpected;

gboolean reeve_wire_response_decode (const guint8 *data, gsize length,
                                     const ReeveWireExpected *expected,
                                     ReeveWireResponse *ret_response,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void reeve_wire_response_clear (ReeveWireResponse *response);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveWireResponse, reeve_wire_response_clear)
/* The id alone, to find the request that it answers. REEVE_WIRE_ID_NONE when there is none or the
 * bytes are no answer. */
gint64 reeve_wire_response_peek_id (const guint8 *data, gsize length);

/* @hostname, @port, @name: %NULL or "" to leave them out (only when asked for). (transfer full) */
GBytes *reeve_wire_encode_fingerprint (gint64 id, const char *fingerprint, const char *hostname,
                                       const char *port, const char *name);
/* @name: of a ReeveError, for peers of extension 1, or %NULL. (transfer full) */
GBytes *reeve_wire_encode_error (gint64 id, const char *text, const char *name);

/* What a stock hub wants to hear with each sample and no collector measures. */
typedef struct
{
  const char *version; /* the version that the link announces, MAJOR.MINOR.PATCH */
  guint connection;    /* 1 SSH, 2 WebSocket */
  guint threads;       /* logical processors; 0: those that the sample shows */
  guint level;         /* as negotiated */
  /* Of the base protocol alone: */
  gboolean containers; /* there is an engine: no containers are an empty list, not null */
  gboolean services;   /* they go with this sample, as they do not with those of short intervals */
  gboolean old_hub;    /* it is older than 0.18 and looks for the host's facts in Info */
} ReeveWireSelf;

/* From this interval on, in ms, a sample for a stock hub has services. */
#define REEVE_WIRE_SERVICES_INTERVAL 60000
/* Sets what follows from the request, and containers when @message shows some: whoever has had them
 * has an engine, even when they are gone. */
void reeve_wire_self_prepare (ReeveWireSelf *self, const ReeveWireRequest *request,
                              ReeveMessage *message);

/* @message: an answer with a sample whose rates are set. INVALID otherwise. (transfer full) */
GBytes *reeve_wire_encode_sample (gint64 id, ReeveMessage *message, const ReeveWireSelf *self,
                                  GError **error);
/* @verb: of the request; @message: its answer, samples included. UNSUPPORTED: the wire has no such
 * verb. INVALID: this is no answer to it. LIMIT: no hub of ours would take it. (transfer full) */
GBytes *reeve_wire_encode_answer (gint64 id, const char *verb, ReeveMessage *message,
                                  const ReeveWireSelf *self, GError **error);

G_END_DECLS
