/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a container engine answers, in pieces; 'j' before it: a JSON text that is redacted. */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "plugins/containers/probe/reeve-containers-http.h"
#include "plugins/containers/probe/reeve-containers-json.h"
#include "plugins/containers/probe/reeve-containers-redact.h"

#define FUZZ_MAX_BODY 64

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

static ReeveContainersHttpState
fuzz_feed (const char *text, gsize length, gsize piece, GByteArray *body)
{
  ReeveContainersHttp http;
  ReeveContainersHttpState state = REEVE_CONTAINERS_HTTP_MORE;

  reeve_containers_http_init (&http, FUZZ_MAX_BODY);
  for (gsize at = 0; at < length && state == REEVE_CONTAINERS_HTTP_MORE; at += piece)
    state = reeve_containers_http_feed (&http, text + at, MIN (piece, length - at), body);
  g_assert_cmpuint (body->len, <=, FUZZ_MAX_BODY);
  return state == REEVE_CONTAINERS_HTTP_MORE ? reeve_containers_http_eof (&http) : state;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  g_autoptr (GByteArray) whole = g_byte_array_new ();
  g_autoptr (GByteArray) pieces = g_byte_array_new ();
  g_autofree char *redacted = NULL;
  gsize redacted_length = 0;

  if (length == 0)
    return 0;
  if (data[0] == 'j')
    {
      redacted = reeve_containers_redact ((const char *) data + 1, length - 1, &redacted_length);
      if (redacted != NULL)
        g_assert_true (g_utf8_validate_len (redacted, redacted_length, NULL));
      return 0;
    }
  /* however it is cut, it says the same */
  g_assert_cmpint (fuzz_feed ((const char *) data, length, length, whole), ==,
                   fuzz_feed ((const char *) data, length, 1, pieces));
  g_assert_cmpmem (whole->data, whole->len, pieces->data, pieces->len);
  return 0;
}
