/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Answers that the front gives itself, without asking anybody: refusals, each a small problem
 * document that holds nothing of the request. And what every answer carries for the browser. */

#include "config.h"

#include "reeve-front-answer.h"

/* The page is final in this from the first release: nothing inline, nothing from elsewhere. */
#define REEVE_FRONT_CSP                                                                            \
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "  \
  "font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "                 \
  "require-trusted-types-for 'script'; trusted-types 'none'"

static const ReeveFrontHeadField reeve_front_answer_fields[] = {
  { "Content-Security-Policy", REEVE_FRONT_CSP },
  { "X-Content-Type-Options", "nosniff" },
  { "Referrer-Policy", "no-referrer" },
  { "Cross-Origin-Opener-Policy", "same-origin" },
  { "Cross-Origin-Resource-Policy", "same-origin" },
  { "Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), "
                          "payment=(), serial=(), usb=()" },
};

const ReeveFrontHeadField reeve_front_answer_hsts = { "Strict-Transport-Security",
                                                      "max-age=63072000" };

const ReeveFrontHeadField *
reeve_front_answer_get_fields (guint *ret_n)
{
  *ret_n = G_N_ELEMENTS (reeve_front_answer_fields);
  return reeve_front_answer_fields;
}

/* @ret_name: for programs, as in other problems. */
static const char *
reeve_front_answer_get_title (guint status, const char **ret_name)
{
  static const struct
  {
    guint status;
    const char *name;
    const char *title;
  } titles[] = {
    { 400, "invalid", "Bad Request" },
    { 401, "sign-in", "Unauthorized" },
    { 403, "denied", "Forbidden" },
    { 404, "not-found", "Not Found" },
    { 405, "method", "Method Not Allowed" },
    { 408, "timeout", "Request Timeout" },
    { 411, "length-required", "Length Required" },
    { 413, "too-large", "Content Too Large" },
    { 414, "too-long", "URI Too Long" },
    { 417, "expectation", "Expectation Failed" },
    { 421, "misdirected", "Misdirected Request" },
    { 429, "limit", "Too Many Requests" },
    { 431, "too-long", "Request Header Fields Too Large" },
    { 503, "unavailable", "Service Unavailable" },
    { 505, "version", "HTTP Version Not Supported" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (titles[i].status == status)
      {
        *ret_name = titles[i].name;
        return titles[i].title;
      }
  *ret_name = "failed";
  return "Refused";
}

void
reeve_front_answer_write (ReeveStream *stream, guint status, const char *detail,
                          const ReeveFrontHeadField *field, gboolean hsts, gboolean head_only)
{
  const char *name;
  const char *title = reeve_front_answer_get_title (status, &name);
  g_autofree char *body =
      g_strdup_printf ("{\"type\":\"" REEVE_HTTP_PROBLEM
                       "%s\",\"title\":\"%s\",\"status\":%u,\"detail\":\"%s\"}\n",
                       name, title, status, detail);
  g_autoptr (GString) head = g_string_new (NULL);

  g_string_append_printf (head,
                          "HTTP/1.1 %u %s\r\n"
                          "Connection: close\r\n"
                          "Content-Type: application/problem+json\r\n"
                          "Content-Length: %" G_GSIZE_FORMAT "\r\n"
                          "Cache-Control: no-store\r\n",
                          status, title, strlen (body));
  for (guint i = 0; i < G_N_ELEMENTS (reeve_front_answer_fields); i++)
    g_string_append_printf (head, "%s: %s\r\n", reeve_front_answer_fields[i].name,
                            reeve_front_answer_fields[i].value);
  if (hsts)
    g_string_append_printf (head, "%s: %s\r\n", reeve_front_answer_hsts.name,
                            reeve_front_answer_hsts.value);
  if (field != NULL)
    g_string_append_printf (head, "%s: %s\r\n", field->name, field->value);
  g_string_append (head, "\r\n");
  reeve_stream_write2 (stream, head->str, head->len, body, head_only ? 0 : strlen (body));
}
