/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  REEVE_WIRE_TOKEN_END, /* nothing more, or an error */
  REEVE_WIRE_TOKEN_UINT,
  REEVE_WIRE_TOKEN_NEGINT, /* -1 - number */
  REEVE_WIRE_TOKEN_BYTES,
  REEVE_WIRE_TOKEN_BYTES_START, /* indefinite */
  REEVE_WIRE_TOKEN_TEXT,
  REEVE_WIRE_TOKEN_TEXT_START, /* indefinite */
  REEVE_WIRE_TOKEN_ARRAY,
  REEVE_WIRE_TOKEN_MAP,
  REEVE_WIRE_TOKEN_TAG,
  REEVE_WIRE_TOKEN_REAL,
  REEVE_WIRE_TOKEN_BOOL,
  REEVE_WIRE_TOKEN_NULL,
  REEVE_WIRE_TOKEN_BREAK,
} ReeveWireTokenType;

typedef struct
{
  ReeveWireTokenType type;
  gboolean indefinite; /* ARRAY, MAP */
  guint64 number;      /* UINT, NEGINT, BOOL, TAG; elements or pairs of a definite ARRAY, MAP */
  double real;
  const guint8 *data; /* BYTES, TEXT */
  gsize length;
} ReeveWireToken;

typedef enum
{
  REEVE_WIRE_TOKEN_STATUS_DONE,
  REEVE_WIRE_TOKEN_STATUS_SHORT, /* the bytes end within it */
  REEVE_WIRE_TOKEN_STATUS_BAD,
} ReeveWireTokenStatus;

/* The head at @data, with the bytes of a definite string. The token's data lies in @data. */
ReeveWireTokenStatus reeve_wire_token_decode (const guint8 *data, gsize length,
                                              ReeveWireToken *ret_token, gsize *ret_read);

G_END_DECLS
