/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "bare-front.h"

#include <string.h>

struct _BareFront
{
  ReeveContext *context;
  ReeveListener *listener;
};

static void
bare_front_upgrade (BareFront *self, ReeveStream *stream, const char *head)
{
  g_autoptr (ReeveRoutes) routes = reeve_context_lookup (self->context, REEVE_TYPE_ROUTES, "");
  g_auto (GStrv) lines = g_strsplit (head, "\r\n", -1);
  g_auto (GStrv) words = g_strsplit (lines[0], " ", 3);
  const ReeveRoute *route = routes != NULL ? reeve_routes_get_routes (routes) : NULL;
  g_autoptr (ReeveHttpRequest) request = NULL;

  if (route == NULL || g_strv_length (words) < 2 || strcmp (words[1], route->path) != 0)
    {
      reeve_stream_abort (stream);
      return;
    }
  request = reeve_http_request_new (words[0], words[1], NULL);
  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) field = g_strsplit (lines[i], ": ", 2);

      if (g_strv_length (field) == 2)
        reeve_http_request_add_header (request, field[0], field[1]);
    }
  reeve_http_request_set_peer (request, reeve_stream_get_peer (stream), FALSE);
  reeve_routes_upgrade (routes, route, request, reeve_stream_ref (stream));
}

static gsize
bare_front_data (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data)
{
  const guint8 *end = memmem (data, length, "\r\n\r\n", 4);
  g_autofree char *head = NULL;

  if (end == NULL)
    return 0;
  head = g_strndup ((const char *) data, (gsize) (end - data) + 2);
  bare_front_upgrade (user_data, stream, head);
  return (gsize) (end - data) + 4;
}

static void
bare_front_closed (ReeveStream *stream, const GError *error, gpointer user_data)
{
}

static const ReeveStreamFuncs bare_front_funcs = {
  .data = bare_front_data,
  .closed = bare_front_closed,
};

static void
bare_front_accept (ReeveListener *listener, ReeveStream *stream, gpointer user_data)
{
  reeve_stream_set_funcs (stream, &bare_front_funcs, user_data);
  reeve_stream_unref (stream);
}

BareFront *
bare_front_new (ReeveContext *context, guint16 port)
{
  BareFront *self = g_new0 (BareFront, 1);
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", port);
  g_autoptr (GError) error = NULL;

  self->context = context;
  self->listener =
      reeve_context_listen (context, "front", address, NULL, bare_front_accept, self, &error);
  g_assert_no_error (error);
  return self;
}

void
bare_front_free (BareFront *self)
{
  reeve_listener_close (self->listener);
  g_free (self);
}

const char *
bare_front_get_address (BareFront *self)
{
  return reeve_listener_get_address (self->listener);
}
