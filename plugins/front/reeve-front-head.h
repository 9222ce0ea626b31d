/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Limits of a request head, in bytes where not said otherwise. */
#define REEVE_FRONT_HEAD_MAX_SIZE (16 * 1024)
#define REEVE_FRONT_HEAD_MAX_TARGET (4 * 1024)
#define REEVE_FRONT_HEAD_MAX_FIELDS 64
#define REEVE_FRONT_HEAD_MAX_METHOD 32
#define REEVE_FRONT_HEAD_MAX_HOST 253

/* Why a head is refused. Each has a status and a text. */
typedef enum
{
  REEVE_FRONT_HEAD_OK,
  REEVE_FRONT_HEAD_INCOMPLETE,
  REEVE_FRONT_HEAD_TOO_LARGE,
  REEVE_FRONT_HEAD_TOO_MANY_FIELDS,
  REEVE_FRONT_HEAD_BARE_LF,
  REEVE_FRONT_HEAD_BARE_CR,
  REEVE_FRONT_HEAD_CONTROL_BYTE,
  REEVE_FRONT_HEAD_BAD_REQUEST_LINE,
  REEVE_FRONT_HEAD_BAD_METHOD,
  REEVE_FRONT_HEAD_BAD_VERSION,
  REEVE_FRONT_HEAD_UNKNOWN_VERSION,
  REEVE_FRONT_HEAD_TARGET_TOO_LONG,
  REEVE_FRONT_HEAD_TARGET_BAD_BYTE,
  REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE,
  REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE,
  REEVE_FRONT_HEAD_TARGET_EMPTY_SEGMENT,
  REEVE_FRONT_HEAD_TARGET_DOT_SEGMENT,
  REEVE_FRONT_HEAD_TARGET_ABSOLUTE,
  REEVE_FRONT_HEAD_TARGET_AUTHORITY,
  REEVE_FRONT_HEAD_TARGET_ASTERISK,
  REEVE_FRONT_HEAD_FOLDED_FIELD,
  REEVE_FRONT_HEAD_FIELD_WITHOUT_COLON,
  REEVE_FRONT_HEAD_SPACE_BEFORE_COLON,
  REEVE_FRONT_HEAD_BAD_FIELD_NAME,
  REEVE_FRONT_HEAD_REPEATED_FIELD,
  REEVE_FRONT_HEAD_MISSING_HOST,
  REEVE_FRONT_HEAD_REPEATED_HOST,
  REEVE_FRONT_HEAD_BAD_HOST,
  REEVE_FRONT_HEAD_REPEATED_CONTENT_LENGTH,
  REEVE_FRONT_HEAD_BAD_CONTENT_LENGTH,
  REEVE_FRONT_HEAD_CONTENT_LENGTH_OVERFLOW,
  REEVE_FRONT_HEAD_TRANSFER_ENCODING,
  REEVE_FRONT_HEAD_BAD_CONNECTION,
  REEVE_FRONT_HEAD_UPGRADE_WITH_BODY,
  REEVE_FRONT_HEAD_EXPECT,
  REEVE_FRONT_HEAD_LAST /*< skip >*/
} ReeveFrontHeadRefusal;

/**
 * ReeveFrontHeadField:
 * @name: in lower case when it comes from a parsed head
 * @value: without the space around it. Bytes from 0x80 on may occur and need not be UTF-8.
 */
typedef struct
{
  const char *name;
  const char *value;
} ReeveFrontHeadField;

/**
 * ReeveFrontHead:
 * @method: a token
 * @path: canonical: begins with one slash, no empty, dot or dot-dot segment; an escape stands only
 *   for what cannot stand plain, in upper case, and whole it is UTF-8
 * @query: (nullable): what followed the question mark, as it came; %NULL if that is nothing
 * @host: name or address in lower case, an IPv6 address in its shortest form without brackets
 * @host_is_ipv6: if @host is an IPv6 address
 * @port: what Host named, 0 if it named none
 * @minor: 1 for HTTP/1.1, 0 for HTTP/1.0
 * @fields: (array length=n_fields): all fields in their order, also those that are not written
 * @n_fields: how many
 * @has_content_length: if there was a Content-Length
 * @content_length: of the body that follows, in bytes; 0 without one
 * @keep_alive: if the client wants to send another request
 * @upgrade: (nullable): protocol that the client asks to change to, in lower case
 *
 * A parsed head. Read only.
 */
typedef struct
{
  const char *method;
  const char *path;
  const char *query;
  const char *host;
  gboolean host_is_ipv6;
  guint16 port;
  guint minor;
  const ReeveFrontHeadField *fields;
  guint n_fields;
  gboolean has_content_length;
  guint64 content_length;
  gboolean keep_alive;
  const char *upgrade;
} ReeveFrontHead;

gsize reeve_front_head_find_end (const guint8 *bytes, gsize length, gsize *already_scanned);

ReeveFrontHead *reeve_front_head_parse (const guint8 *bytes, gsize length,
                                        ReeveFrontHeadRefusal *ret_refusal);
void reeve_front_head_free (ReeveFrontHead *self);
const char *reeve_front_head_get (const ReeveFrontHead *self, const char *name, guint *ret_count);

gboolean reeve_front_head_is_dropped (const ReeveFrontHead *self, const char *name);
gboolean reeve_front_head_write (const ReeveFrontHead *self, const ReeveFrontHeadField *extra,
                                 guint n_extra, GString *out);

guint reeve_front_head_refusal_get_status (ReeveFrontHeadRefusal refusal);
const char *reeve_front_head_refusal_get_text (ReeveFrontHeadRefusal refusal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFrontHead, reeve_front_head_free)

G_END_DECLS
