/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-keeper.h"

G_BEGIN_DECLS

typedef enum
{
  REEVE_KEEPER_LOAD = 1,
  REEVE_KEEPER_SIGN,
  REEVE_KEEPER_SIGN_HASH,
  REEVE_KEEPER_SEED,
  REEVE_KEEPER_SIGN_FOR,
  REEVE_KEEPER_FORGET,
  REEVE_KEEPER_MAKE,
  REEVE_KEEPER_OPS
} ReeveKeeperOp;

/* One packet, the header and then bytes. Both ends are of one build. */
typedef struct
{
  guint32 op;
  guint32 key;
  guint32 argument; /* algorithm or purpose */
} ReeveKeeperHead;

/* Code of the answer: 0, or that of GnuTLS without its sign. */
typedef struct
{
  guint32 code;
  guint32 key; /* with GNUTLS_E_FILE_ERROR the errno */
} ReeveKeeperReply;

typedef struct
{
  ReeveKeeperHead head;
  const guint8 *data; /* into the packet */
  gsize length;
} ReeveKeeperRequest;

/* reeve-keeper-parse.c: does no I/O. FALSE for what is none. */
gboolean reeve_keeper_request_parse (const guint8 *packet, gsize length,
                                     ReeveKeeperRequest *ret_request);
gboolean reeve_keeper_is_form (ReeveKeeperPurpose purpose, const guint8 *message, gsize length);

/* reeve-keeper-child.c: serves until the other end is closed. */
void reeve_keeper_serve (int fd) G_GNUC_NORETURN;

G_END_DECLS
