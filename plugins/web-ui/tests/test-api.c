/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Operations as HTTP, and the page's files. */

#include "config.h"

#include "web-ui-test.h"

#include <math.h>
#include <string.h>

#include "../reeve-web-ui-answer.h"
#include "../reeve-web-ui-assets.h"

typedef struct
{
  const char *name;
  const char *method;
  const char *path;
  const char *query;
  const char *body;
  const char *identity;
  guint status;
  const char *answer; /* whole for 200, a part of it otherwise */
} TestCall;

#define VALUES "/api/v1/values"

static const TestCall test_calls[] = {
  { "query", "GET", VALUES,
    "s=a%20%26+b&d=-1.5e3&u=7&i=-3&b=true&x=-9&t=18446744073709551615&as=p,q", NULL, "owner", 200,
    "{\"s\":\"a & b\",\"d\":-1500,\"u\":7,\"i\":-3,\"b\":true,\"x\":-9,"
    "\"t\":18446744073709551615,\"as\":[\"p\",\"q\"]}" },
  { "query empty", "GET", VALUES, NULL, NULL, "guest", 200,
    "{\"s\":\"\",\"d\":0,\"u\":0,\"i\":0,\"b\":false,\"x\":0,\"t\":0,\"as\":[]}" },
  { "query unknown", "GET", VALUES, "z=1", NULL, "owner", 400, "no argument 'z'" },
  { "query twice", "GET", VALUES, "u=1&u=2", NULL, "owner", 400, "'u' stands there twice" },
  { "query negative", "GET", VALUES, "u=-1", NULL, "owner", 400, "'u' must be a whole number" },
  { "query too large", "GET", VALUES, "u=4294967296", NULL, "owner", 400, "'u' must be" },
  { "query text", "GET", VALUES, "i=1x", NULL, "owner", 400, "'i' must be" },
  { "query fraction", "GET", VALUES, "x=1.5", NULL, "owner", 400, "'x' must be" },
  { "query not a number", "GET", VALUES, "d=nan", NULL, "owner", 400, "'d' must be a number" },
  { "query infinite", "GET", VALUES, "d=1e999", NULL, "owner", 400, "'d' must be a number" },
  { "query hex", "GET", VALUES, "d=0x10", NULL, "owner", 400, "'d' must be a number" },
  { "query boolean", "GET", VALUES, "b=yes", NULL, "owner", 400, "'b' must be true or false" },

  { "body", "POST", VALUES, NULL, "{\"s\":\"\\u00e4\",\"u\":3,\"d\":0.5,\"b\":true,\"as\":[\"x\"]}",
    "owner", 200, "{\"s\":\"\xc3\xa4\",\"u\":3,\"d\":0.5,\"b\":true,\"as\":[\"x\"]}" },
  { "body whole for d", "POST", VALUES, NULL, "{\"s\":\"\",\"u\":3,\"d\":2,\"b\":false,\"as\":[]}",
    "owner", 200, "{\"s\":\"\",\"u\":3,\"d\":2,\"b\":false,\"as\":[]}" },
  { "body missing", "POST", VALUES, NULL, "{\"s\":\"\",\"u\":3}", "owner", 400, "'d' is missing" },
  { "body unknown", "POST", VALUES, NULL, "{\"q\":\"\"}", "owner", 400, "no argument 'q'" },
  { "body type", "POST", VALUES, NULL, "{\"s\":1,\"u\":3,\"d\":0.5,\"b\":true,\"as\":[]}", "owner",
    400, "'s' must be a string" },
  { "body number as text", "POST", VALUES, NULL,
    "{\"s\":\"\",\"u\":\"3\",\"d\":0.5,\"b\":true,\"as\":[]}", "owner", 400, "'u' must be" },
  { "body null", "POST", VALUES, NULL, "{\"s\":null,\"u\":3,\"d\":0.5,\"b\":true,\"as\":[]}",
    "owner", 400, "'s' must be a string" },
  { "body list of numbers", "POST", VALUES, NULL,
    "{\"s\":\"\",\"u\":3,\"d\":0.5,\"b\":true,\"as\":[1]}", "owner", 400, "'as' must be a list" },
  { "body list", "POST", VALUES, NULL, "[]", "owner", 400, "one JSON object" },
  { "body cut", "POST", VALUES, NULL, "{\"s\":\"secret", "owner", 400, "one JSON object" },
  { "body with comment", "POST", VALUES, NULL, "{} // \"", "owner", 400, "one JSON object" },
  { "body deep", "POST", VALUES, NULL, "{\"s\":[[[[]]]]}", "owner", 400, "one JSON object" },
  { "body not UTF-8", "POST", VALUES, NULL, "{\"s\":\"\xff\"}", "owner", 400, "one JSON object" },
  { "body half surrogate", "POST", VALUES, NULL,
    "{\"s\":\"\\ud800x\",\"u\":3,\"d\":0.5,\"b\":true,\"as\":[]}", "owner", 400,
    "'s' must be a string" },
  { "body half surrogate in list", "POST", VALUES, NULL,
    "{\"s\":\"\",\"u\":3,\"d\":0.5,\"b\":true,\"as\":[\"\\ud800x\"]}", "owner", 400,
    "'as' must be a list" },
  { "body half surrogate as name", "POST", VALUES, NULL, "{\"\\ud800x\":1}", "owner", 400,
    "no argument" },
  { "body and query", "POST", VALUES, "s=x", "{}", "owner", 400, "in the body" },
  { "body for no power", "POST", VALUES, NULL,
    "{\"s\":\"\",\"u\":3,\"d\":0.5,\"b\":true,\"as\":[]}", "guest", 403, "operate" },
  { "body for nobody", "POST", VALUES, NULL, "{\"s\":\"\",\"u\":3,\"d\":0.5,\"b\":true,\"as\":[]}",
    "", 401, "\"status\":401" },

  { "dictionary", "POST", "/api/v1/things/a/ask", NULL,
    "{\"arguments\":{\"id\":\"x\",\"n\":-3,\"d\":0.5,\"b\":true,\"l\":[\"p\",\"q\"]}}", "owner",
    200,
    "{\"thing\":\"a\",\"arguments\":{\"id\":\"x\",\"n\":-3,\"d\":0.5,\"b\":true,\"l\":[\"p\",\"q\"]"
    "}}" },
  { "dictionary empty", "POST", "/api/v1/things/a/ask", NULL, "{\"arguments\":{}}", "owner", 200,
    "{\"thing\":\"a\",\"arguments\":{}}" },
  { "dictionary missing", "POST", "/api/v1/things/a/ask", NULL, "{}", "owner", 400,
    "'arguments' is missing" },
  { "dictionary list", "POST", "/api/v1/things/a/ask", NULL, "{\"arguments\":[]}", "owner", 400,
    "'arguments' must be an object" },
  { "dictionary with null", "POST", "/api/v1/things/a/ask", NULL, "{\"arguments\":{\"a\":null}}",
    "owner", 400, "'arguments' must be an object of strings" },
  { "dictionary in it", "POST", "/api/v1/things/a/ask", NULL, "{\"arguments\":{\"a\":{}}}", "owner",
    400, "'arguments' must be an object of strings" },
  { "dictionary with half surrogate", "POST", "/api/v1/things/a/ask", NULL,
    "{\"arguments\":{\"\\ud800x\":\"\"}}", "owner", 400,
    "'arguments' must be an object of strings" },
  { "dictionary in the query", "GET", "/api/v1/things/a/ask", NULL, NULL, "owner", 405, "Method" },

  { "variable", "GET", "/api/v1/things/a%20b", "part=2", NULL, "owner", 200,
    "{\"thing\":\"a b\",\"part\":2}" },
  { "variable in the query", "GET", "/api/v1/things/a", "thing=b", NULL, "owner", 400,
    "no argument 'thing'" },
  { "variable not UTF-8", "GET", "/api/v1/things/%ff", NULL, NULL, "owner", 400, "malformed" },
  { "plain before variable", "GET", "/api/v1/things/fixed", NULL, NULL, "", 200,
    "{\"values\":[1.5,null,-0.1],\"more\":{\"a\":\"b\\\"c\\\\\",\"n\":null,"
    "\"list\":[[\"x\",7]]}}" },
  { "no variable", "GET", "/api/v1/things/", NULL, NULL, "owner", 404, "Not found" },
  { "below", "GET", "/api/v1/things/a/b", NULL, NULL, "owner", 404, "Not found" },
  { "no path", "GET", "/api", NULL, NULL, "owner", 404, "Not found" },
  { "no HTTP", "GET", "/api/v1/Hidden", NULL, NULL, "owner", 404, "Not found" },
  { "other verb", "PUT", VALUES, NULL, "{}", "owner", 405, "Method not allowed" },
  { "for nobody", "GET", VALUES, NULL, NULL, "", 401, "\"status\":401" },
  { "failure", "GET", "/api/v1/fail", NULL, NULL, "", 409, "it \\\"changed\\\"" },
  { "no answer", "DELETE", "/api/v1/nothing", NULL, NULL, "", 200, "{}" },
};

static void
test_call (gconstpointer data)
{
  const TestCall *call = data;
  g_autoptr (WebUiTest) f = web_ui_test_new (FALSE);
  g_autoptr (ReeveHttpRequest) request =
      web_ui_test_make_request (call->method, call->path, call->query, call->identity);
  g_autoptr (ReeveHttpResponse) response = NULL;
  g_autofree char *text = NULL;
  g_autofree char *fields = NULL;

  if (call->body != NULL)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (call->body, strlen (call->body));

      reeve_http_request_set_body (request, body);
      reeve_http_request_add_header (request, "content-type", "application/json; charset=utf-8");
    }
  response = web_ui_test_ask (f, request);
  text = web_ui_test_get_text (response);
  fields = web_ui_test_get_fields (response);
  g_test_message ("%s", text);
  g_assert_cmpuint (reeve_http_response_get_status (response), ==, call->status);
  g_assert_null (strstr (text, "secret"));
  if (call->status == 200)
    {
      g_assert_cmpstr (text, ==, call->answer);
      g_assert_cmpstr (reeve_http_response_get_content_type (response), ==, "application/json");
    }
  else
    {
      g_assert_nonnull (strstr (text, call->answer));
      g_assert_cmpstr (reeve_http_response_get_content_type (response), ==,
                       "application/problem+json");
      g_assert_cmpuint (f->operations->calls, ==, call->status == 409 ? 1 : 0);
    }
  if (call->status == 401)
    g_assert_nonnull (strstr (fields, "\nWWW-Authenticate: Bearer\n"));
}

static void
test_content_type (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (FALSE);
  static const char *const types[] = { NULL, "text/plain", "application/jsonx",
                                       "application/x-www-form-urlencoded" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (ReeveHttpRequest) request =
          web_ui_test_make_request ("POST", VALUES, NULL, "owner");
      g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
      g_autoptr (ReeveHttpResponse) response = NULL;

      if (types[i] != NULL)
        reeve_http_request_add_header (request, "content-type", types[i]);
      reeve_http_request_set_body (request, body);
      response = web_ui_test_ask (f, request);
      g_assert_cmpuint (reeve_http_response_get_status (response), ==, 415);
      g_assert_cmpstr (reeve_http_response_get_content_type (response), ==,
                       "application/problem+json");
    }
}

/* ---- how it is sent ---- */

/* A long answer with these fields in the request. (transfer full) */
static ReeveHttpResponse *
test_get_long (WebUiTest *f, const char *name, const char *value, const char *name2,
               const char *value2)
{
  g_autofree char *long_text = g_strnfill (3000, 'a');
  g_autofree char *query = g_strconcat ("s=", long_text, NULL);
  g_autoptr (ReeveHttpRequest) request = web_ui_test_make_request ("GET", VALUES, query, "owner");

  if (name != NULL)
    reeve_http_request_add_header (request, name, value);
  if (name2 != NULL)
    reeve_http_request_add_header (request, name2, value2);
  return web_ui_test_ask (f, request);
}

static char *
test_get_field (ReeveHttpResponse *response, const char *name)
{
  g_autofree char *fields = web_ui_test_get_fields (response);
  g_autofree char *start = g_strconcat ("\n", name, ": ", NULL);
  const char *field = strstr (fields, start);

  return field != NULL ? g_strndup (field + strlen (start), strcspn (field + strlen (start), "\n"))
                       : NULL;
}

static void
test_conditional (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (FALSE);
  g_autoptr (ReeveHttpResponse) first = test_get_long (f, NULL, NULL, NULL, NULL);
  g_autofree char *tag = test_get_field (first, "ETag");
  g_autofree char *cache = test_get_field (first, "Cache-Control");
  g_autofree char *other = g_strdup ("W/\"00\"");
  g_autoptr (ReeveHttpResponse) same = NULL, packed = NULL, changed = NULL;
  g_autofree char *same_tag = NULL;

  g_assert_cmpuint (reeve_http_response_get_status (first), ==, 200);
  g_assert_true (g_str_has_prefix (tag, "W/\""));
  g_assert_cmpstr (cache, ==, "private, no-cache");
  same = test_get_long (f, "if-none-match", tag, NULL, NULL);
  g_assert_cmpuint (reeve_http_response_get_status (same), ==, 304);
  g_assert_null (reeve_http_response_get_body (same));
  same_tag = test_get_field (same, "ETag");
  g_assert_cmpstr (same_tag, ==, tag);
  packed = test_get_long (f, "if-none-match", tag, "accept-encoding", "gzip");
  g_assert_cmpuint (reeve_http_response_get_status (packed), ==, 304);
  changed = test_get_long (f, "if-none-match", other, NULL, NULL);
  g_assert_cmpuint (reeve_http_response_get_status (changed), ==, 200);
}

static void
test_gzip (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (FALSE);
  g_autoptr (ReeveHttpResponse) plain = test_get_long (f, NULL, NULL, NULL, NULL);
  g_autoptr (ReeveHttpResponse) packed =
      test_get_long (f, "accept-encoding", "br, gzip;q=0.5", NULL, NULL);
  g_autoptr (ReeveHttpResponse) refused =
      test_get_long (f, "accept-encoding", "gzip;q=0", NULL, NULL);
  g_autofree char *encoding = test_get_field (packed, "Content-Encoding");
  g_autofree char *none = test_get_field (refused, "Content-Encoding");
  g_autofree char *vary = test_get_field (packed, "Vary");
  g_autoptr (GZlibDecompressor) decompressor =
      g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  GBytes *bytes = reeve_http_response_get_body (packed);
  GBytes *expected = reeve_http_response_get_body (plain);
  char text[8192];
  gsize read, written;

  g_assert_cmpstr (encoding, ==, "gzip");
  g_assert_null (none);
  g_assert_cmpstr (vary, ==, "Accept-Encoding");
  g_assert_cmpuint (g_bytes_get_size (bytes), <, g_bytes_get_size (expected) / 10);
  g_assert_cmpint (g_converter_convert (G_CONVERTER (decompressor), g_bytes_get_data (bytes, NULL),
                                        g_bytes_get_size (bytes), text, sizeof text,
                                        G_CONVERTER_INPUT_AT_END, &read, &written, NULL),
                   ==, G_CONVERTER_FINISHED);
  g_assert_cmpmem (text, written, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

/* Of a change the answer may be a secret beside what somebody else chose: no packing, no tag. */
static void
test_change_is_plain (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (FALSE);
  g_autoptr (ReeveHttpRequest) request = web_ui_test_make_request ("POST", VALUES, NULL, "owner");
  g_autofree char *long_text = g_strnfill (3000, 'a');
  g_autofree char *text =
      g_strdup_printf ("{\"s\":\"%s\",\"u\":3,\"d\":2,\"b\":false,\"as\":[]}", long_text);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  g_autoptr (ReeveHttpResponse) response = NULL;
  g_autofree char *fields = NULL;

  reeve_http_request_set_body (request, body);
  reeve_http_request_add_header (request, "content-type", "application/json");
  reeve_http_request_add_header (request, "accept-encoding", "gzip");
  response = web_ui_test_ask (f, request);
  fields = web_ui_test_get_fields (response);
  g_assert_cmpuint (reeve_http_response_get_status (response), ==, 200);
  g_assert_cmpstr (fields, ==, "\nCache-Control: no-store\n");
}

static void
test_accept (void)
{
  static const struct
  {
    const char *accept;
    gboolean good;
  } cases[] = {
    { NULL, TRUE },
    { "*/*", TRUE },
    { "text/html, application/*;q=0.1", TRUE },
    { "Application/JSON; charset=utf-8", TRUE },
    { "text/html", FALSE },
    { "application/json;q=0, */*", FALSE },
    { "", FALSE },
    { ";;,=,;q", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (reeve_web_ui_answer_is_acceptable (cases[i].accept), ==, cases[i].good);
}

/* What is refused before an operation is asked says so in a form that programs know. */
static void
test_problems (void)
{
  static const struct
  {
    const char *method, *path, *name, *value;
    guint status;
    const char *type;
  } cases[] = {
    { "GET", VALUES, "accept", "text/html", 406, "not-acceptable" },
    { "POST", VALUES, "content-encoding", "gzip", 415, "media-type" },
    { "POST", VALUES, "content-type", "text/plain", 415, "media-type" },
    { "PUT", VALUES, NULL, NULL, 405, "method" },
    { "GET", "/api/v2", NULL, NULL, 404, "not-found" },
    { "GET", "/api/v1/things/%ff", NULL, NULL, 400, "invalid" },
    { "GET", "/api/v1/fail", NULL, NULL, 409, "conflict" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (WebUiTest) f = web_ui_test_new (FALSE);
      g_autoptr (ReeveHttpRequest) request =
          web_ui_test_make_request (cases[i].method, cases[i].path, NULL, "owner");
      g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
      g_autoptr (ReeveHttpResponse) response = NULL;
      g_autofree char *text = NULL, *allow = NULL;
      g_autofree char *start =
          g_strdup_printf ("{\"type\":\"urn:reeve:problem:%s\",\"title\":\"", cases[i].type);

      if (*cases[i].method == 'P')
        reeve_http_request_set_body (request, body);
      if (cases[i].name != NULL)
        reeve_http_request_add_header (request, cases[i].name, cases[i].value);
      response = web_ui_test_ask (f, request);
      text = web_ui_test_get_text (response);
      g_assert_cmpuint (reeve_http_response_get_status (response), ==, cases[i].status);
      g_assert_cmpstr (reeve_http_response_get_content_type (response), ==,
                       "application/problem+json");
      g_assert_true (g_str_has_prefix (text, start));
      allow = test_get_field (response, "Allow");
      g_assert_cmpstr (allow, ==, cases[i].status == 405 ? "GET, POST" : NULL);
    }
}

/* A small text of brackets must not use up the parser's stack. */
static void
test_depth (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (FALSE);
  static const char *const begins[] = { "", "// \"\n", "/* \" */", "'\"'", "{\"a\":" };

  for (guint i = 0; i < G_N_ELEMENTS (begins); i++)
    {
      g_autoptr (ReeveHttpRequest) request =
          web_ui_test_make_request ("POST", VALUES, NULL, "owner");
      g_autofree char *deep = g_strnfill (60000, '[');
      g_autofree char *text = g_strconcat (begins[i], deep, NULL);
      g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
      g_autoptr (ReeveHttpResponse) response = NULL;

      reeve_http_request_add_header (request, "content-type", "application/json");
      reeve_http_request_set_body (request, body);
      response = web_ui_test_ask (f, request);
      g_assert_cmpuint (reeve_http_response_get_status (response), ==, 400);
    }
}

/* ---- the page ---- */

typedef struct
{
  const char *path;
  const char *accept;
  guint status;
  const char *text;
  const char *field;
} TestFile;

static void
test_page (void)
{
  static const TestFile files[] = {
    { "/", NULL, 200, "<html>", "\nCache-Control: no-cache\n" },
    { "/index.html", NULL, 200, "<html>", "\nVary: Accept-Encoding\n" },
    { "/systems/abc", NULL, 200, "<html>", "\nCache-Control: no-cache\n" },
    { "/", "gzip, br", 200, "gzipped", "\nContent-Encoding: gzip\n" },
    { "/manifest.json", NULL, 200, "<html>", "\nCache-Control: no-cache\n" },
    { "/assets/main-AAAA.js", NULL, 200, "script", "\nCache-Control: public, max-age=31536000, " },
    { "/assets/main-AAAA.js", "gzip", 200, "gz", "\nContent-Encoding: gzip\n" },
    { "/assets/main-AAAA.js", "gzip, br;q=0.5", 200, "br", "\nContent-Encoding: br\n" },
    { "/assets/main-AAAA.js", "gzip;q=1, br;q=0", 200, "gz", "\nContent-Encoding: gzip\n" },
    { "/assets/main-AAAA.js.br", NULL, 404, "{", "\n" },
    { "/assets/other.js", NULL, 404, "{", "\n" },
  };
  g_autoptr (WebUiTest) f = web_ui_test_new (FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (ReeveHttpRequest) request =
          web_ui_test_make_request ("GET", files[i].path, NULL, "");
      g_autoptr (ReeveHttpResponse) response = NULL;
      g_autofree char *text = NULL;
      g_autofree char *fields = NULL;

      if (files[i].accept != NULL)
        reeve_http_request_add_header (request, "accept-encoding", files[i].accept);
      response = web_ui_test_ask (f, request);
      text = web_ui_test_get_text (response);
      fields = web_ui_test_get_fields (response);
      g_assert_cmpuint (reeve_http_response_get_status (response), ==, files[i].status);
      g_assert_true (g_str_has_prefix (text, files[i].text));
      g_assert_nonnull (strstr (fields, files[i].field));
    }
}

/* Where a proxy shows us under a path the page names what it is made of below that. */
static void
test_page_base (void)
{
  static const char *const bases[] = { "/reeve", "", "/a/b", "/reeve" };
  g_autoptr (WebUiTest) f = web_ui_test_new (FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (bases); i++)
    {
      g_autoptr (ReeveHttpRequest) request =
          web_ui_test_make_request ("GET", "/systems/abc", NULL, "");
      g_autoptr (ReeveHttpRequest) again = web_ui_test_make_request ("GET", "/", NULL, "");
      g_autofree char *expected = g_strdup_printf ("<html><script src=\"%s/assets/main-AAAA.js\">"
                                                   "</script><a href=\"https://x/\">/</a></html>",
                                                   bases[i]);
      g_autoptr (ReeveHttpResponse) response = NULL;
      g_autoptr (ReeveHttpResponse) same = NULL;
      g_autofree char *text = NULL;
      g_autofree char *fields = NULL;
      g_autofree char *tag = NULL;

      reeve_http_request_set_base (request, bases[i]);
      response = web_ui_test_ask (f, request);
      text = web_ui_test_get_text (response);
      g_assert_cmpstr (text, ==, expected);
      fields = web_ui_test_get_fields (response);
      tag = g_strndup (strstr (fields, "\nETag: ") + 7, 34);
      reeve_http_request_set_base (again, bases[i]);
      reeve_http_request_add_header (again, "if-none-match", tag);
      same = web_ui_test_ask (f, again);
      g_assert_cmpuint (reeve_http_response_get_status (same), ==, 304);
      reeve_http_request_set_base (again, "/other");
      g_clear_pointer (&same, reeve_http_response_unref);
      same = web_ui_test_ask (f, again);
      g_assert_cmpuint (reeve_http_response_get_status (same), ==, 200);
    }
}

static void
test_etag (void)
{
  g_autoptr (WebUiTest) f = web_ui_test_new (FALSE);
  g_autoptr (ReeveHttpRequest) first = web_ui_test_make_request ("GET", "/", NULL, "");
  g_autoptr (ReeveHttpRequest) second = web_ui_test_make_request ("GET", "/", NULL, "");
  g_autoptr (ReeveHttpRequest) third = web_ui_test_make_request ("GET", "/", NULL, "");
  g_autoptr (ReeveHttpResponse) whole = web_ui_test_ask (f, first);
  g_autoptr (ReeveHttpResponse) same = NULL;
  g_autoptr (ReeveHttpResponse) other = NULL;
  g_autofree char *fields = web_ui_test_get_fields (whole);
  const char *tag = strstr (fields, "\nETag: \"");
  g_autofree char *list = NULL;

  g_assert_nonnull (tag);
  list = g_strdup_printf ("\"x\", W/%.34s", tag + 7);
  reeve_http_request_add_header (second, "if-none-match", list);
  same = web_ui_test_ask (f, second);
  g_assert_cmpuint (reeve_http_response_get_status (same), ==, 304);
  g_assert_null (reeve_http_response_get_body (same));
  reeve_http_request_add_header (third, "if-none-match", list);
  reeve_http_request_add_header (third, "accept-encoding", "gzip");
  other = web_ui_test_ask (f, third);
  g_assert_cmpuint (reeve_http_response_get_status (other), ==, 200);
}

static void
test_bad_page (void)
{
  g_autoptr (ReeveMockHost) host = reeve_mock_host_new ("hub", FALSE);
  g_autofree char *page = web_ui_test_make_page ();
  g_autofree char *index = g_build_filename (page, "index.html", NULL);
  g_autofree char *manifest = g_build_filename (page, "manifest.json", NULL);
  static const char *const manifests[] = {
    "{",
    "[]",
    "{\"version\":2}",
    "{\"version\":1,\"index\":\"/a\",\"files\":[1]}",
    "{\"version\":1,\"index\":\"/a\",\"files\":[{\"path\":\"/../etc/passwd\",\"sha256\":\"\"}]}",
    "{\"version\":1,\"index\":\"/a\",\"files\":[{}]}",
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (index, "changed", -1, NULL));
  g_assert_null (reeve_mock_host_try_load (host, &error, "web-ui", "page-directory", page, NULL));
  g_assert_nonnull (strstr (error->message, "index.html"));
  for (guint i = 0; i < G_N_ELEMENTS (manifests); i++)
    {
      g_clear_error (&error);
      g_assert_true (g_file_set_contents (manifest, manifests[i], -1, NULL));
      g_assert_null (
          reeve_mock_host_try_load (host, &error, "web-ui", "page-directory", page, NULL));
      g_assert_nonnull (error);
    }
  web_ui_test_remove_page (page);
  g_clear_error (&error);
  g_assert_null (reeve_mock_host_try_load (host, &error, "web-ui", "page-directory", page, NULL));
  g_assert_nonnull (strstr (error->message, "page-directory"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (test_calls); i++)
    {
      g_autofree char *name = g_strdup_printf ("/web-ui/api/%s", test_calls[i].name);

      g_test_add_data_func (name, &test_calls[i], test_call);
    }
  g_test_add_func ("/web-ui/content type", test_content_type);
  g_test_add_func ("/web-ui/conditional", test_conditional);
  g_test_add_func ("/web-ui/gzip", test_gzip);
  g_test_add_func ("/web-ui/change is plain", test_change_is_plain);
  g_test_add_func ("/web-ui/accept", test_accept);
  g_test_add_func ("/web-ui/problems", test_problems);
  g_test_add_func ("/web-ui/depth", test_depth);
  g_test_add_func ("/web-ui/page", test_page);
  g_test_add_func ("/web-ui/page-base", test_page_base);
  g_test_add_func ("/web-ui/etag", test_etag);
  g_test_add_func ("/web-ui/bad page", test_bad_page);
  return g_test_run ();
}
