/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The request head: what is refused and why, what a good one becomes, and how it is written anew.
 */

#include "config.h"

#include "../reeve-front-head.h"

#include <string.h>

#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: h\r\n"

static ReeveFrontHead *
test_head_parse (const char *text)
{
  ReeveFrontHeadRefusal refusal = REEVE_FRONT_HEAD_LAST;
  ReeveFrontHead *head = reeve_front_head_parse ((const guint8 *) text, strlen (text), &refusal);

  if (head == NULL)
    g_test_message ("%s: %s", text, reeve_front_head_refusal_get_text (refusal));
  g_assert_nonnull (head);
  g_assert_cmpint (refusal, ==, REEVE_FRONT_HEAD_OK);
  return head;
}

static void
test_head_expect_refusal (const void *bytes, gsize length, ReeveFrontHeadRefusal expected)
{
  ReeveFrontHeadRefusal refusal = REEVE_FRONT_HEAD_LAST;
  g_autoptr (ReeveFrontHead) head = reeve_front_head_parse (bytes, length, &refusal);

  if (refusal != expected)
    g_test_message ("%.200s: %s", (const char *) bytes,
                    reeve_front_head_refusal_get_text (refusal));
  g_assert_null (head);
  g_assert_cmpint (refusal, ==, expected);
}

static void
test_head_refusals (void)
{
  static const struct
  {
    const char *text;
    ReeveFrontHeadRefusal refusal;
  } rows[] = {
    { "", REEVE_FRONT_HEAD_INCOMPLETE },
    { GET HOST, REEVE_FRONT_HEAD_INCOMPLETE },
    { GET HOST "\r\nGET", REEVE_FRONT_HEAD_INCOMPLETE },
    { "\r\n" GET HOST "\r\n", REEVE_FRONT_HEAD_BAD_REQUEST_LINE },
    { "GET / HTTP/1.1\nHost: h\r\n\r\n", REEVE_FRONT_HEAD_BARE_LF },
    { GET "Host: h\n\r\n", REEVE_FRONT_HEAD_BARE_LF },
    { GET "Host: h\r\n\n", REEVE_FRONT_HEAD_BARE_LF },
    { GET "Host: h\r\r\n\r\n", REEVE_FRONT_HEAD_BARE_CR },
    { GET "Host: h\r\nA: a\rb\r\n\r\n", REEVE_FRONT_HEAD_BARE_CR },
    { GET HOST "A: a\001b\r\n\r\n", REEVE_FRONT_HEAD_CONTROL_BYTE },
    { GET HOST "A: a\177b\r\n\r\n", REEVE_FRONT_HEAD_CONTROL_BYTE },
    { "GET /\033[2J HTTP/1.1\r\n" HOST "\r\n", REEVE_FRONT_HEAD_CONTROL_BYTE },
    { "GET /\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_REQUEST_LINE },
    { "GET  / HTTP/1.1\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_REQUEST_LINE },
    { "GET / HTTP/1.1 \r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_REQUEST_LINE },
    { "GET /a b HTTP/1.1\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_REQUEST_LINE },
    { "GET\t/ HTTP/1.1\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_REQUEST_LINE },
    { " / HTTP/1.1\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_METHOD },
    { "G(T / HTTP/1.1\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_METHOD },
    { "G\303\204T / HTTP/1.1\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_METHOD },
    { "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_METHOD },
    { "GET / HTTP/2.0\r\n" HOST "\r\n", REEVE_FRONT_HEAD_UNKNOWN_VERSION },
    { "GET / HTTP/1.2\r\n" HOST "\r\n", REEVE_FRONT_HEAD_UNKNOWN_VERSION },
    { "GET / HTTP/0.9\r\n" HOST "\r\n", REEVE_FRONT_HEAD_UNKNOWN_VERSION },
    { "GET / http/1.1\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_VERSION },
    { "GET / HTTP/1.10\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_VERSION },
    { "GET / HTTP/11\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_VERSION },
    { "GET / HTTP/\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_VERSION },
    { "GET / RTSP/1.1\r\n" HOST "\r\n", REEVE_FRONT_HEAD_BAD_VERSION },
    { GET " Host: h\r\n\r\n", REEVE_FRONT_HEAD_FOLDED_FIELD },
    { GET HOST "A: a\r\n b\r\n\r\n", REEVE_FRONT_HEAD_FOLDED_FIELD },
    { GET HOST "A: a\r\n\tb: c\r\n\r\n", REEVE_FRONT_HEAD_FOLDED_FIELD },
    { GET HOST "A\r\n\r\n", REEVE_FRONT_HEAD_FIELD_WITHOUT_COLON },
    { GET "Host : h\r\n\r\n", REEVE_FRONT_HEAD_SPACE_BEFORE_COLON },
    { GET HOST "A\t: a\r\n\r\n", REEVE_FRONT_HEAD_SPACE_BEFORE_COLON },
    { GET HOST ": a\r\n\r\n", REEVE_FRONT_HEAD_BAD_FIELD_NAME },
    { GET HOST "A b: a\r\n\r\n", REEVE_FRONT_HEAD_BAD_FIELD_NAME },
    { GET HOST "A\303\244: a\r\n\r\n", REEVE_FRONT_HEAD_BAD_FIELD_NAME },
    { GET HOST "A(: a\r\n\r\n", REEVE_FRONT_HEAD_BAD_FIELD_NAME },
    { GET "\r\n", REEVE_FRONT_HEAD_MISSING_HOST },
    { GET HOST HOST "\r\n", REEVE_FRONT_HEAD_REPEATED_HOST },
    { GET HOST "hOST: other\r\n\r\n", REEVE_FRONT_HEAD_REPEATED_HOST },
    { GET HOST "Origin: a\r\nORIGIN: b\r\n\r\n", REEVE_FRONT_HEAD_REPEATED_FIELD },
    { GET HOST "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: none\r\n\r\n",
      REEVE_FRONT_HEAD_REPEATED_FIELD },
    { GET HOST "Authorization: a\r\nAuthorization: b\r\n\r\n", REEVE_FRONT_HEAD_REPEATED_FIELD },
    { GET HOST "Connection: close; x\r\n\r\n", REEVE_FRONT_HEAD_BAD_CONNECTION },
    { GET HOST "Expect: 100-continue\r\n\r\n", REEVE_FRONT_HEAD_EXPECT },
    { GET HOST "Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\n",
      REEVE_FRONT_HEAD_UPGRADE_WITH_BODY },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    test_head_expect_refusal (rows[i].text, strlen (rows[i].text), rows[i].refusal);
  test_head_expect_refusal (GET HOST "A: a\0b\r\n\r\n", sizeof (GET HOST "A: a\0b\r\n\r\n") - 1,
                            REEVE_FRONT_HEAD_CONTROL_BYTE);
}

static void
test_head_bodies (void)
{
  static const struct
  {
    const char *fields;
    ReeveFrontHeadRefusal refusal;
  } rows[] = {
    { "Content-Length: 5\r\nContent-Length: 5\r\n", REEVE_FRONT_HEAD_REPEATED_CONTENT_LENGTH },
    { "Content-Length: 5\r\nContent-Length: 6\r\n", REEVE_FRONT_HEAD_REPEATED_CONTENT_LENGTH },
    { "Content-Length: 5, 5\r\n", REEVE_FRONT_HEAD_BAD_CONTENT_LENGTH },
    { "Content-Length:\r\n", REEVE_FRONT_HEAD_BAD_CONTENT_LENGTH },
    { "Content-Length: +5\r\n", REEVE_FRONT_HEAD_BAD_CONTENT_LENGTH },
    { "Content-Length: -1\r\n", REEVE_FRONT_HEAD_BAD_CONTENT_LENGTH },
    { "Content-Length: 0x5\r\n", REEVE_FRONT_HEAD_BAD_CONTENT_LENGTH },
    { "Content-Length: 5 5\r\n", REEVE_FRONT_HEAD_BAD_CONTENT_LENGTH },
    { "Content-Length: \303\2655\r\n", REEVE_FRONT_HEAD_BAD_CONTENT_LENGTH },
    { "Content-Length: 9223372036854775808\r\n", REEVE_FRONT_HEAD_CONTENT_LENGTH_OVERFLOW },
    { "Content-Length: 18446744073709551621\r\n", REEVE_FRONT_HEAD_CONTENT_LENGTH_OVERFLOW },
    { "Transfer-Encoding: chunked\r\n", REEVE_FRONT_HEAD_TRANSFER_ENCODING },
    { "Transfer-Encoding: identity\r\n", REEVE_FRONT_HEAD_TRANSFER_ENCODING },
    { "Transfer-Encoding:\r\n", REEVE_FRONT_HEAD_TRANSFER_ENCODING },
    { "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", REEVE_FRONT_HEAD_TRANSFER_ENCODING },
    { "transfer-ENCODING: xchunked\r\n", REEVE_FRONT_HEAD_TRANSFER_ENCODING },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text =
          g_strconcat ("POST / HTTP/1.1\r\nHost: h\r\n", rows[i].fields, "\r\n", NULL);

      test_head_expect_refusal (text, strlen (text), rows[i].refusal);
    }
}

static void
test_head_targets (void)
{
  static const struct
  {
    const char *target;
    /* NULL: refused */
    const char *path;
    const char *query;
    ReeveFrontHeadRefusal refusal;
  } rows[] = {
    { "/", "/", NULL, 0 },
    { "/?", "/", NULL, 0 },
    { "/a/b/", "/a/b/", NULL, 0 },
    { "/%41%7e%5F%2d", "/A~_-", NULL, 0 },
    { "/%c3%a4%3f%3b%20%25", "/%C3%A4%3F%3B%20%25", NULL, 0 },
    { "/%252e%252f", "/%252e%252f", NULL, 0 },
    { "/a.b/...", "/a.b/...", NULL, 0 },
    { "/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@", NULL, 0 },
    { "/a?b=%2f%2E..//c?d", "/a", "b=%2f%2E..//c?d", 0 },
    { "*", NULL, NULL, REEVE_FRONT_HEAD_TARGET_ASTERISK },
    { "http://h/", NULL, NULL, REEVE_FRONT_HEAD_TARGET_ABSOLUTE },
    { "HTTPS://h", NULL, NULL, REEVE_FRONT_HEAD_TARGET_ABSOLUTE },
    { "h:443", NULL, NULL, REEVE_FRONT_HEAD_TARGET_AUTHORITY },
    { "a/b", NULL, NULL, REEVE_FRONT_HEAD_TARGET_AUTHORITY },
    { "//", NULL, NULL, REEVE_FRONT_HEAD_TARGET_EMPTY_SEGMENT },
    { "//h/a", NULL, NULL, REEVE_FRONT_HEAD_TARGET_EMPTY_SEGMENT },
    { "/a//", NULL, NULL, REEVE_FRONT_HEAD_TARGET_EMPTY_SEGMENT },
    { "/.", NULL, NULL, REEVE_FRONT_HEAD_TARGET_DOT_SEGMENT },
    { "/..", NULL, NULL, REEVE_FRONT_HEAD_TARGET_DOT_SEGMENT },
    { "/a/./b", NULL, NULL, REEVE_FRONT_HEAD_TARGET_DOT_SEGMENT },
    { "/a/../b", NULL, NULL, REEVE_FRONT_HEAD_TARGET_DOT_SEGMENT },
    { "/a/..?b", NULL, NULL, REEVE_FRONT_HEAD_TARGET_DOT_SEGMENT },
    { "/%2e", NULL, NULL, REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE },
    { "/.%2E/a", NULL, NULL, REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE },
    { "/a%2ehtml", NULL, NULL, REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE },
    { "/a%2Fb", NULL, NULL, REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE },
    { "/a%5cb", NULL, NULL, REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE },
    { "/a%00", NULL, NULL, REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE },
    { "/a%0d%0aB:", NULL, NULL, REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE },
    { "/a%7f", NULL, NULL, REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE },
    { "/a?b=%00", NULL, NULL, REEVE_FRONT_HEAD_TARGET_UNSAFE_ESCAPE },
    { "/%", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE },
    { "/%4", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE },
    { "/%4g", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE },
    { "/%u002f", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE },
    { "/a?%", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE },
    { "/%ff", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE },
    { "/%c0%af", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_ESCAPE }, /* an overlong slash */
    { "/\303\244", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_BYTE },
    { "/a?\303\244", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_BYTE },
    { "/a\\b", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_BYTE },
    { "/a#b", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_BYTE },
    { "/a?b#c", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_BYTE },
    { "/\"", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_BYTE },
    { "/<a>", NULL, NULL, REEVE_FRONT_HEAD_TARGET_BAD_BYTE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text =
          g_strconcat ("GET ", rows[i].target, " HTTP/1.1\r\n" HOST "\r\n", NULL);

      if (rows[i].path == NULL)
        test_head_expect_refusal (text, strlen (text), rows[i].refusal);
      else
        {
          g_autoptr (ReeveFrontHead) head = test_head_parse (text);

          g_assert_cmpstr (head->path, ==, rows[i].path);
          g_assert_cmpstr (head->query, ==, rows[i].query);
        }
    }
  test_head_expect_refusal ("CONNECT /a HTTP/1.1\r\n" HOST "\r\n", 32,
                            REEVE_FRONT_HEAD_TARGET_AUTHORITY);
}

static void
test_head_hosts (void)
{
  static const struct
  {
    const char *value;
    const char *host; /* NULL: refused */
    guint16 port;
    gboolean ipv6;
  } rows[] = {
    { "Example.ORG", "example.org", 0, FALSE },
    { "h:8090", "h", 8090, FALSE },
    { "127.0.0.1:65535", "127.0.0.1", 65535, FALSE },
    { "[::1]", "::1", 0, TRUE },
    { "[2001:DB8:0:0::1]:80", "2001:db8::1", 80, TRUE },
    { "a_b-c.d.", "a_b-c.d.", 0, FALSE },
    { "", NULL, 0, FALSE },
    { ":80", NULL, 0, FALSE },
    { "h:", NULL, 0, FALSE },
    { "h:0", NULL, 0, FALSE },
    { "h:65536", NULL, 0, FALSE },
    { "h:000080", NULL, 0, FALSE },
    { "h:8a", NULL, 0, FALSE },
    { "h:80:80", NULL, 0, FALSE },
    { "h h", NULL, 0, FALSE },
    { "h,i", NULL, 0, FALSE },
    { "u@h", NULL, 0, FALSE },
    { "h/a", NULL, 0, FALSE },
    { "h%41", NULL, 0, FALSE },
    { "\303\244", NULL, 0, FALSE },
    { "::1", NULL, 0, FALSE },
    { "[::1", NULL, 0, FALSE },
    { "[::1]a", NULL, 0, FALSE },
    { "[fe80::1%lo]", NULL, 0, FALSE },
    { "[127.0.0.1]", NULL, 0, FALSE },
    { "[]", NULL, 0, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strconcat (GET "Host: ", rows[i].value, "\r\n\r\n", NULL);

      if (rows[i].host == NULL)
        test_head_expect_refusal (text, strlen (text), REEVE_FRONT_HEAD_BAD_HOST);
      else
        {
          g_autoptr (ReeveFrontHead) head = test_head_parse (text);

          g_assert_cmpstr (head->host, ==, rows[i].host);
          g_assert_cmpuint (head->port, ==, rows[i].port);
          g_assert_cmpint (head->host_is_ipv6, ==, rows[i].ipv6);
        }
    }
}

static void
test_head_limits (void)
{
  g_autoptr (GString) text = g_string_new (GET HOST);
  g_autofree char *fill = g_strnfill (REEVE_FRONT_HEAD_MAX_TARGET, 'a');
  g_autofree char *long_host = g_strnfill (REEVE_FRONT_HEAD_MAX_HOST + 1, 'a');

  for (guint i = 1; i < REEVE_FRONT_HEAD_MAX_FIELDS; i++)
    g_string_append (text, "A: a\r\n");
  g_string_append (text, "\r\n");
  reeve_front_head_free (test_head_parse (text->str));
  g_string_truncate (text, text->len - 2);
  g_string_append (text, "A: a\r\n\r\n");
  test_head_expect_refusal (text->str, text->len, REEVE_FRONT_HEAD_TOO_MANY_FIELDS);

  g_string_printf (text, "GET /%s HTTP/1.1\r\n" HOST "\r\n", fill + 1);
  reeve_front_head_free (test_head_parse (text->str));
  g_string_printf (text, "GET /%s HTTP/1.1\r\n" HOST "\r\n", fill);
  test_head_expect_refusal (text->str, text->len, REEVE_FRONT_HEAD_TARGET_TOO_LONG);

  g_string_printf (text, GET "Host: %s\r\n\r\n", long_host + 1);
  reeve_front_head_free (test_head_parse (text->str));
  g_string_printf (text, GET "Host: %s\r\n\r\n", long_host);
  test_head_expect_refusal (text->str, text->len, REEVE_FRONT_HEAD_BAD_HOST);

  g_string_assign (text, GET HOST "A: ");
  while (text->len < REEVE_FRONT_HEAD_MAX_SIZE - 4)
    g_string_append_c (text, 'a');
  g_string_append (text, "\r\n\r\n");
  reeve_front_head_free (test_head_parse (text->str));
  g_string_insert_c (text, 30, 'a');
  test_head_expect_refusal (text->str, text->len, REEVE_FRONT_HEAD_TOO_LARGE);
}

static void
test_head_connection (void)
{
  static const struct
  {
    const char *version;
    const char *fields;
    gboolean keep_alive;
    const char *upgrade;
  } rows[] = {
    { "1.1", "", TRUE, NULL },
    { "1.1", "Connection: close\r\n", FALSE, NULL },
    { "1.1", "Connection: ,Keep-Alive , CLOSE\r\n", FALSE, NULL },
    { "1.1", "Connection: keep-alive\r\nConnection: close\r\n", FALSE, NULL },
    { "1.1", "Connection: closed, not-close\r\n", TRUE, NULL },
    { "1.0", "", FALSE, NULL },
    { "1.0", "Connection: keep-alive\r\n", FALSE, NULL },
    { "1.1", "Connection: Upgrade\r\nUpgrade: WebSocket\r\n", TRUE, "websocket" },
    { "1.1", "Connection: keep-alive, upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n", TRUE,
      "websocket" },
    { "1.1", "Upgrade: websocket\r\n", TRUE, NULL },
    { "1.1", "Connection: upgrade\r\n", TRUE, NULL },
    { "1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n", FALSE, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text =
          g_strconcat ("GET / HTTP/", rows[i].version, "\r\n" HOST, rows[i].fields, "\r\n", NULL);
      g_autoptr (ReeveFrontHead) head = test_head_parse (text);

      g_assert_cmpint (head->keep_alive, ==, rows[i].keep_alive);
      g_assert_cmpstr (head->upgrade, ==, rows[i].upgrade);
    }
}

static void
test_head_fields (void)
{
  g_autoptr (ReeveFrontHead) head =
      test_head_parse ("POST /a HTTP/1.1\r\nHOST:h\r\nX-A: \t a  b \t\r\nx-a:\r\nEmpty:  \r\n"
                       "Latin: \344\r\nContent-Length: 0042\r\n\r\n");
  guint count;

  g_assert_cmpstr (head->method, ==, "POST");
  g_assert_cmpuint (head->minor, ==, 1);
  g_assert_cmpuint (head->n_fields, ==, 6);
  g_assert_cmpstr (head->fields[1].name, ==, "x-a");
  g_assert_cmpstr (reeve_front_head_get (head, "x-a", &count), ==, "a  b");
  g_assert_cmpuint (count, ==, 2);
  g_assert_cmpstr (reeve_front_head_get (head, "empty", &count), ==, "");
  g_assert_cmpuint (count, ==, 1);
  g_assert_cmpstr (reeve_front_head_get (head, "latin", NULL), ==, "\344");
  g_assert_null (reeve_front_head_get (head, "none", &count));
  g_assert_cmpuint (count, ==, 0);
  g_assert_true (head->has_content_length);
  g_assert_cmpuint (head->content_length, ==, 42);
}

static void
test_head_write (void)
{
  g_autoptr (ReeveFrontHead) head = test_head_parse (
      "POST /%7eme?q=%2F HTTP/1.1\r\nAccept:  */*\r\nHOST: [::0001]:8090\r\n"
      "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Authorization: x\r\n"
      "TE: trailers\r\nTrailer: a\r\nUpgrade: h2c\r\nHTTP2-Settings: a\r\nForwarded: for=1\r\n"
      "X-Forwarded-For: 1.2.3.4\r\nX-FORWARDED-anything: 1\r\nX-Real-IP: 1.2.3.4\r\n"
      "CF-Connecting-IP: 1.2.3.4\r\nX-Reeve-Identity: owner\r\nX-Peer: forged\r\n"
      "X-Forwardedness: stays\r\nContent-Length: 007\r\n\r\n");
  const ReeveFrontHeadField extra[] = { { "X-Reeve-Identity", "nobody" }, { "x-peer", "real" } };
  const ReeveFrontHeadField bad[] = {
    { "a b", "c" },  { "a", "b\r\nc: d" },      { "", "a" },
    { "Host", "a" }, { "Content-Length", "1" }, { "transfer-encoding", "chunked" },
  };
  g_autoptr (GString) out = g_string_new ("> ");

  g_assert_true (reeve_front_head_write (head, extra, G_N_ELEMENTS (extra), out));
  g_assert_cmpstr (out->str, ==,
                   "> POST /~me?q=%2F HTTP/1.1\r\nhost: [::1]:8090\r\ncontent-length: 7\r\n"
                   "accept: */*\r\nx-forwardedness: stays\r\n"
                   "X-Reeve-Identity: nobody\r\nx-peer: real\r\n\r\n");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_string_truncate (out, 0);
      g_assert_false (reeve_front_head_write (head, &bad[i], 1, out));
      g_assert_cmpuint (out->len, ==, 0);
    }
}

static void
test_head_write_close (void)
{
  g_autoptr (ReeveFrontHead) head = test_head_parse ("GET / HTTP/1.0\r\nHost: h\r\n\r\n");
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (reeve_front_head_write (head, NULL, 0, out));
  g_assert_cmpstr (out->str, ==, "GET / HTTP/1.0\r\nhost: h\r\nconnection: close\r\n\r\n");
}

/* However a head arrives, its end is found at the same place, and nothing is scanned twice. */
static void
test_head_find_end (void)
{
  static const struct
  {
    const char *text;
    gsize end;
  } rows[] = {
    { GET HOST "\r\nGET", 27 }, { GET HOST, 0 },        { "a\n\nb", 3 },   { "a\r\n\nb", 4 },
    { "a\n\r\nb", 4 },          { "a\r\n\r", 0 },       { "\r\n\r\n", 2 }, { "\n", 1 },
    { "a\r\n \r\n\r\n", 8 },    { "a\r\r\n\r\r\n", 0 }, { "", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gsize length = strlen (rows[i].text);

      for (gsize step = 1; step <= length; step++)
        {
          gsize scanned = 0, end = 0;

          for (gsize have = step; end == 0 && have < length + step; have += step)
            end = reeve_front_head_find_end ((const guint8 *) rows[i].text, MIN (have, length),
                                             &scanned);
          g_assert_cmpuint (end, ==, rows[i].end);
        }
    }
}

static void
test_head_texts (void)
{
  for (guint i = 0; i < REEVE_FRONT_HEAD_LAST; i++)
    {
      g_assert_nonnull (reeve_front_head_refusal_get_text (i));
      g_assert_cmpuint (reeve_front_head_refusal_get_status (i), >=, i == 0 ? 200 : 400);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/front/head/refusals", test_head_refusals);
  g_test_add_func ("/front/head/bodies", test_head_bodies);
  g_test_add_func ("/front/head/targets", test_head_targets);
  g_test_add_func ("/front/head/hosts", test_head_hosts);
  g_test_add_func ("/front/head/limits", test_head_limits);
  g_test_add_func ("/front/head/connection", test_head_connection);
  g_test_add_func ("/front/head/fields", test_head_fields);
  g_test_add_func ("/front/head/write", test_head_write);
  g_test_add_func ("/front/head/write-close", test_head_write_close);
  g_test_add_func ("/front/head/find-end", test_head_find_end);
  g_test_add_func ("/front/head/texts", test_head_texts);
  return g_test_run ();
}
