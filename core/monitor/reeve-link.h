/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-message.h"

G_BEGIN_DECLS

/* An authenticated connection between the hub and one agent, over some transport; and the two
 * interfaces that meet there: a transport moves bytes and proves keys, a link owner decides. */

typedef struct _ReeveTransport ReeveTransport;
typedef struct _ReeveLinkOwner ReeveLinkOwner;

typedef enum
{
  REEVE_SECURITY_PLAIN, /* nothing; loopback or allowed by a setting */
  REEVE_SECURITY_TLS,   /* encrypted, peer not proven by it */
  REEVE_SECURITY_TLS_VERIFIED,
  REEVE_SECURITY_SSH,
} ReeveSecurity;

#define REEVE_LINK_LEVEL_STOCK 0
#define REEVE_LINK_LEVEL_EXTENSION 1 /* docs/protocol.md */

/* What is known of a peer while a link comes up. Plain values; the transport fills it, the owner
 * reads it. */
typedef struct
{
  const char *transport; /* "websocket" */
  const char *remote;    /* the peer's address */
  ReeveSecurity security;
  const char *token;       /* hub: as presented, 1..64 bytes */
  const char *version;     /* the peer's version, or NULL */
  guint level;             /* what the peer offers */
  const char *fingerprint; /* hub, at confirm: the agent's answer */
  const char *hostname;    /* hub, at confirm: may be NULL */
  const char *name;        /* likewise */
  GBytes *signature;       /* agent, at confirm: the hub's, over the token */
} ReeveLinkOffer;

/* ---- ReeveLink ---- */

#define REEVE_TYPE_LINK (reeve_link_get_type ())
REEVE_API
G_DECLARE_FINAL_TYPE (ReeveLink, reeve_link, REEVE, LINK, GObject)

/* Made by the transport when both ends are proven. @admission: what the owner's admit said. */
REEVE_API ReeveLink *reeve_link_new (ReeveTransport *transport, const char *admission,
                                     const ReeveLinkOffer *offer);
REEVE_API ReeveTransport *reeve_link_get_transport (ReeveLink *self);
REEVE_API const char *
reeve_link_get_admission (ReeveLink *self); /* hub: the system's id; agent: the target's name */
REEVE_API const char *reeve_link_get_transport_name (ReeveLink *self);
REEVE_API const char *reeve_link_get_remote (ReeveLink *self);
REEVE_API const char *reeve_link_get_version (ReeveLink *self);
REEVE_API const char *reeve_link_get_hostname (ReeveLink *self); /* may be NULL */
REEVE_API ReeveSecurity reeve_link_get_security (ReeveLink *self);
REEVE_API guint reeve_link_get_level (ReeveLink *self);
/* The transport's own end of it. */
REEVE_API gpointer reeve_link_get_data (ReeveLink *self);
REEVE_API void reeve_link_set_data (ReeveLink *self, gpointer data);
/* The owner's own end of it. */
REEVE_API gpointer reeve_link_get_owner_data (ReeveLink *self);
REEVE_API void reeve_link_set_owner_data (ReeveLink *self, gpointer data);
/* Hub, extension 1: what the peer's rows are numbered by, as the owner knows it; referenced. NULL:
 * the standard kinds alone are understood. The transport reads each answer by it. */
REEVE_API ReeveSchema *reeve_link_get_schema (ReeveLink *self);
REEVE_API void reeve_link_set_schema (ReeveLink *self, ReeveSchema *schema);
REEVE_API gboolean reeve_link_is_up (ReeveLink *self);
REEVE_API void reeve_link_set_down (ReeveLink *self);

/* ---- ReeveTransport (all) ---- */

#define REEVE_TYPE_TRANSPORT (reeve_transport_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveTransport, reeve_transport, REEVE, TRANSPORT, GObject)

struct _ReeveTransportInterface
{
  GTypeInterface parent;

  /* Can it reach such a target? "ws://…", "https://…" */
  gboolean (*handles) (ReeveTransport *self, const char *url);
  /* Agent: keeps a link to @url up for @owner until disconnect(): dials, proves, and after each
   * loss again with a capped, jittered back-off. @name is the target's, for logs and admit(). */
  gboolean (*connect) (ReeveTransport *self, const char *url, const char *name,
                       ReeveLinkOwner *owner, GError **error);
  void (*disconnect) (ReeveTransport *self, const char *name);
  /* Hub: one request, one answer. */
  void (*request_async) (ReeveTransport *self, ReeveLink *link, ReeveMessage *request,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
  ReeveMessage *(*request_finish) (ReeveTransport *self, GAsyncResult *result, GError **error);
  /* Hub: shows the peer that somebody is there (paused systems). */
  void (*ping) (ReeveTransport *self, ReeveLink *link);
  /* @reason: for the peer and the log. closed() of the owner follows. */
  void (*close) (ReeveTransport *self, ReeveLink *link, const char *reason);
  /* Hub, may be NULL: then every link counts as answering. TRUE: something came from the peer after
   * a ping was sent. TIMEOUT: nothing within @timeout_ms; UNAVAILABLE: the link ended. */
  void (*probe_async) (ReeveTransport *self, ReeveLink *link, guint timeout_ms,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*probe_finish) (ReeveTransport *self, GAsyncResult *result, GError **error);
  /* Hub: a request for a sample, without a task: each system is asked for ever, and there are
   * thousands. What becomes of it goes to the link's owner as answered(), never inside this call
   * and once, unless the link ends before: then closed() is all. FALSE: not sent, UNAVAILABLE or
   * LIMIT. */
  gboolean (*ask) (ReeveTransport *self, ReeveLink *link, ReeveMessage *request, GError **error);
};

REEVE_API gboolean reeve_transport_handles (ReeveTransport *self, const char *url);
REEVE_API gboolean reeve_transport_connect (ReeveTransport *self, const char *url, const char *name,
                                            ReeveLinkOwner *owner, GError **error);
REEVE_API void reeve_transport_disconnect (ReeveTransport *self, const char *name);
REEVE_API void reeve_transport_request_async (ReeveTransport *self, ReeveLink *link,
                                              ReeveMessage *request, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
REEVE_API ReeveMessage *reeve_transport_request_finish (ReeveTransport *self, GAsyncResult *result,
                                                        GError **error);
REEVE_API void reeve_transport_ping (ReeveTransport *self, ReeveLink *link);
REEVE_API void reeve_transport_close (ReeveTransport *self, ReeveLink *link, const char *reason);
REEVE_API void reeve_transport_probe_async (ReeveTransport *self, ReeveLink *link, guint timeout_ms,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer user_data);
REEVE_API gboolean reeve_transport_probe_finish (ReeveTransport *self, GAsyncResult *result,
                                                 GError **error);
REEVE_API gboolean reeve_transport_ask (ReeveTransport *self, ReeveLink *link,
                                        ReeveMessage *request, GError **error);

/* ---- ReeveLinkOwner (one; on the agent handed to connect() by each reporter) ---- */

/* What admit() decides. */
typedef struct
{
  char *admission;    /* hub: the system's id, or what stands for a token that many machines have
                         until confirm() says whose link it is; agent: the target's name */
  char *token;        /* agent: to present; hub: NULL */
  gboolean need_info; /* hub: a token that many machines have; ask for name and host name with the
                         fingerprint */
} ReeveAdmission;
REEVE_API ReeveAdmission *reeve_admission_new (const char *admission, const char *token,
                                               gboolean need_info);
/* Wipes the token. */
REEVE_API void reeve_admission_free (ReeveAdmission *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveAdmission, reeve_admission_free)

#define REEVE_PURPOSE_STOCK_TOKEN                                                                  \
  "stock-token" /* the base protocol's signature over the token's bytes */

#define REEVE_TYPE_LINK_OWNER (reeve_link_owner_get_type ())
REEVE_API
G_DECLARE_INTERFACE (ReeveLinkOwner, reeve_link_owner, REEVE, LINK_OWNER, GObject)

struct _ReeveLinkOwnerInterface
{
  GTypeInterface parent;

  /* Hub: is this token known? Before anything is upgraded, and from memory: every stranger is
   * looked up so, however many there are. Agent: what to present to the hub. DENIED: refuse. */
  void (*admit_async) (ReeveLinkOwner *self, const ReeveLinkOffer *offer, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data);
  ReeveAdmission *(*admit_finish) (ReeveLinkOwner *self, GAsyncResult *result, GError **error);
  /* Hub: our key's signature for a named purpose, never of arbitrary bytes. */
  void (*sign_async) (ReeveLinkOwner *self, const char *purpose, GBytes *message,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  GBytes *(*sign_finish) (ReeveLinkOwner *self, GAsyncResult *result, GError **error);
  /* Hub: compares or pins the fingerprint. Agent: verifies the hub's signature. (transfer full) the
   * fingerprint that the agent answers with; on the hub the id of the system, or "" when that is
   * @admission. DENIED with the reason that may be told to the peer. The hub may have to ask an
   * older link first, and has longer for that. */
  void (*confirm_async) (ReeveLinkOwner *self, const char *admission, const ReeveLinkOffer *offer,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
  char *(*confirm_finish) (ReeveLinkOwner *self, GAsyncResult *result, GError **error);
  /* The link is up, both ends proven: takes it. FALSE: the transport closes it. */
  gboolean (*accept) (ReeveLinkOwner *self, ReeveLink *link, GError **error);
  /* Agent: answers a request. */
  void (*answer_async) (ReeveLinkOwner *self, ReeveLink *link, ReeveMessage *request,
                        GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);
  ReeveMessage *(*answer_finish) (ReeveLinkOwner *self, GAsyncResult *result, GError **error);
  /* An accepted link has ended. @reason: never NULL. */
  void (*closed) (ReeveLinkOwner *self, ReeveLink *link, const GError *reason);
  /* Agent, may be NULL. The same as answer_async() at once; NULL: it has to be waited for. */
  ReeveMessage *(*answer) (ReeveLinkOwner *self, ReeveLink *link, ReeveMessage *request);
  /* Hub: what became of @request, the very one of reeve_transport_ask(): @answer, or @error, such
   * as TIMEOUT. */
  void (*answered) (ReeveLinkOwner *self, ReeveLink *link, ReeveMessage *request,
                    ReeveMessage *answer, const GError *error);
};

#define REEVE_LINK_OWNER_TIMEOUT_MS 4000
#define REEVE_LINK_OWNER_CONFIRM_TIMEOUT_MS 10000
/* Of the time that an answer has: what is left to say that there is none. */
#define REEVE_LINK_OWNER_SPARE_MS 250

REEVE_API void reeve_link_owner_admit_async (ReeveLinkOwner *self, const ReeveLinkOffer *offer,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
REEVE_API ReeveAdmission *reeve_link_owner_admit_finish (ReeveLinkOwner *self, GAsyncResult *result,
                                                         GError **error);
REEVE_API void reeve_link_owner_sign_async (ReeveLinkOwner *self, const char *purpose,
                                            GBytes *message, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
REEVE_API GBytes *reeve_link_owner_sign_finish (ReeveLinkOwner *self, GAsyncResult *result,
                                                GError **error);
REEVE_API void reeve_link_owner_confirm_async (ReeveLinkOwner *self, const char *admission,
                                               const ReeveLinkOffer *offer,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data);
REEVE_API char *reeve_link_owner_confirm_finish (ReeveLinkOwner *self, GAsyncResult *result,
                                                 GError **error);
REEVE_API gboolean reeve_link_owner_accept (ReeveLinkOwner *self, ReeveLink *link, GError **error);
/* (transfer full), or NULL: ask by reeve_link_owner_answer_async(). Most answers need nothing that
 * is not at hand. */
REEVE_API ReeveMessage *reeve_link_owner_answer (ReeveLinkOwner *self, ReeveLink *link,
                                                 ReeveMessage *request);
REEVE_API void reeve_link_owner_answer_async (ReeveLinkOwner *self, ReeveLink *link,
                                              ReeveMessage *request, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
REEVE_API ReeveMessage *reeve_link_owner_answer_finish (ReeveLinkOwner *self, GAsyncResult *result,
                                                        GError **error);
REEVE_API void reeve_link_owner_closed (ReeveLinkOwner *self, ReeveLink *link,
                                        const GError *reason);
REEVE_API void reeve_link_owner_answered (ReeveLinkOwner *self, ReeveLink *link,
                                          ReeveMessage *request, ReeveMessage *answer,
                                          const GError *error);

G_END_DECLS
