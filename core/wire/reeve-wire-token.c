/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One head of CBOR as a token: libcbor's stateless decoder calls exactly one of these callbacks,
 * and each fills the token. Nothing is allocated and nothing outlives the call.
 */

#include "config.h"

#include "reeve-wire-token.h"

#include <string.h>

#include <cbor.h>

/* What the heads of the commonest tokens are; below the first of them stands a number itself. */
#define HEAD_UINT8 0x18
#define HEAD_UINT64 0x1b
#define HEAD_DOUBLE 0xfb

static void
reeve_wire_token_on_uint8 (void *token, uint8_t value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_UINT, .number = value };
}

static void
reeve_wire_token_on_uint16 (void *token, uint16_t value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_UINT, .number = value };
}

static void
reeve_wire_token_on_uint32 (void *token, uint32_t value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_UINT, .number = value };
}

static void
reeve_wire_token_on_uint64 (void *token, uint64_t value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_UINT, .number = value };
}

static void
reeve_wire_token_on_negint8 (void *token, uint8_t value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_NEGINT, .number = value };
}

static void
reeve_wire_token_on_negint16 (void *token, uint16_t value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_NEGINT, .number = value };
}

static void
reeve_wire_token_on_negint32 (void *token, uint32_t value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_NEGINT, .number = value };
}

static void
reeve_wire_token_on_negint64 (void *token, uint64_t value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_NEGINT, .number = value };
}

static void
reeve_wire_token_on_bytes (void *token, cbor_data data, size_t length)
{
  *(ReeveWireToken *) token =
      (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_BYTES, .data = data, .length = length };
}

static void
reeve_wire_token_on_bytes_start (void *token)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_BYTES_START };
}

static void
reeve_wire_token_on_text (void *token, cbor_data data, size_t length)
{
  *(ReeveWireToken *) token =
      (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_TEXT, .data = data, .length = length };
}

static void
reeve_wire_token_on_text_start (void *token)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_TEXT_START };
}

static void
reeve_wire_token_on_array (void *token, size_t length)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_ARRAY, .number = length };
}

static void
reeve_wire_token_on_array_start (void *token)
{
  *(ReeveWireToken *) token =
      (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_ARRAY, .indefinite = TRUE };
}

static void
reeve_wire_token_on_map (void *token, size_t length)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_MAP, .number = length };
}

static void
reeve_wire_token_on_map_start (void *token)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_MAP, .indefinite = TRUE };
}

static void
reeve_wire_token_on_tag (void *token, uint64_t value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_TAG, .number = value };
}

static void
reeve_wire_token_on_float (void *token, float value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_REAL, .real = value };
}

static void
reeve_wire_token_on_double (void *token, double value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_REAL, .real = value };
}

static void
reeve_wire_token_on_null (void *token)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_NULL };
}

static void
reeve_wire_token_on_bool (void *token, bool value)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_BOOL, .number = value };
}

static void
reeve_wire_token_on_break (void *token)
{
  *(ReeveWireToken *) token = (ReeveWireToken){ .type = REEVE_WIRE_TOKEN_BREAK };
}

static const struct cbor_callbacks reeve_wire_token_callbacks = {
  .uint8 = reeve_wire_token_on_uint8,
  .uint16 = reeve_wire_token_on_uint16,
  .uint32 = reeve_wire_token_on_uint32,
  .uint64 = reeve_wire_token_on_uint64,
  .negint8 = reeve_wire_token_on_negint8,
  .negint16 = reeve_wire_token_on_negint16,
  .negint32 = reeve_wire_token_on_negint32,
  .negint64 = reeve_wire_token_on_negint64,
  .byte_string = reeve_wire_token_on_bytes,
  .byte_string_start = reeve_wire_token_on_bytes_start,
  .string = reeve_wire_token_on_text,
  .string_start = reeve_wire_token_on_text_start,
  .array_start = reeve_wire_token_on_array,
  .indef_array_start = reeve_wire_token_on_array_start,
  .map_start = reeve_wire_token_on_map,
  .indef_map_start = reeve_wire_token_on_map_start,
  .tag = reeve_wire_token_on_tag,
  .float2 = reeve_wire_token_on_float,
  .float4 = reeve_wire_token_on_float,
  .float8 = reeve_wire_token_on_double,
  .null = reeve_wire_token_on_null,
  .undefined = reeve_wire_token_on_null,
  .boolean = reeve_wire_token_on_bool,
  .indef_break = reeve_wire_token_on_break,
};

/* Keys and numbers, which nearly all heads of a sample are, without the way through a table of
 * callbacks. Returns how many bytes one took; 0: it is none, or the bytes end within it. */
static gsize
reeve_wire_token_decode_number (const guint8 *data, gsize length, ReeveWireToken *ret_token)
{
  guint64 value = 0;
  gsize n;

  if (length > 8 && data[0] == HEAD_DOUBLE)
    {
      memcpy (&value, data + 1, sizeof value);
      value = GUINT64_FROM_BE (value);
      ret_token->type = REEVE_WIRE_TOKEN_REAL;
      memcpy (&ret_token->real, &value, sizeof value);
      return 9;
    }
  if (length == 0 || data[0] > HEAD_UINT64)
    return 0;
  n = data[0] < HEAD_UINT8 ? 0 : (gsize) 1 << (data[0] - HEAD_UINT8);
  if (length <= n)
    return 0;
  for (gsize i = 1; i <= n; i++)
    value = value << 8 | data[i];
  ret_token->type = REEVE_WIRE_TOKEN_UINT;
  ret_token->number = n == 0 ? data[0] : value;
  return 1 + n;
}

/* Not inlined: what it keeps on the stack is not for numbers. */
G_GNUC_NO_INLINE static ReeveWireTokenStatus
reeve_wire_token_decode_any (const guint8 *data, gsize length, ReeveWireToken *ret_token,
                             gsize *ret_read)
{
  struct cbor_decoder_result result =
      cbor_stream_decode (data, length, &reeve_wire_token_callbacks, ret_token);

  *ret_read = result.read;
  if (result.status == CBOR_DECODER_FINISHED)
    return REEVE_WIRE_TOKEN_STATUS_DONE;
  return result.status == CBOR_DECODER_NEDATA ? REEVE_WIRE_TOKEN_STATUS_SHORT
                                              : REEVE_WIRE_TOKEN_STATUS_BAD;
}

ReeveWireTokenStatus
reeve_wire_token_decode (const guint8 *data, gsize length, ReeveWireToken *ret_token,
                         gsize *ret_read)
{
  *ret_read = reeve_wire_token_decode_number (data, length, ret_token);
  return *ret_read > 0 ? REEVE_WIRE_TOKEN_STATUS_DONE
                       : reeve_wire_token_decode_any (data, length, ret_token, ret_read);
}
