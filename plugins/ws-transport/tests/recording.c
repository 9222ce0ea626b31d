/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "recording.h"

#include <string.h>

#include "tests/lib/reeve-test-wire.h"

typedef struct
{
  GByteArray *raw; /* of what is not whole yet */
  ReeveWsTransportFrameParser *parser;
  gboolean has_head;
} RecordingSide;

static void
recording_item_free (gpointer data)
{
  RecordedItem *item = data;

  g_free (item->head);
  g_clear_pointer (&item->payload, g_bytes_unref);
  g_clear_pointer (&item->raw, g_bytes_unref);
  g_free (item);
}

static void
recording_side_take (RecordingSide *self, gboolean from_agent, guint8 byte, GPtrArray *items)
{
  RecordedItem item = { .from_agent = from_agent };
  ReeveWsTransportFrameEvent event;
  guint8 copy = byte;
  guint8 *position = &copy;
  gsize length = 1;

  g_byte_array_append (self->raw, &byte, 1);
  if (!self->has_head)
    {
      if (self->raw->len < 4 || memcmp (self->raw->data + self->raw->len - 4, "\r\n\r\n", 4) != 0)
        return;
      self->has_head = TRUE;
      item.head = g_strndup ((const char *) self->raw->data, self->raw->len);
    }
  else if (reeve_ws_transport_frame_parser_next (self->parser, &position, &length, &event))
    {
      g_assert_cmpint (event.kind, !=, REEVE_WS_TRANSPORT_FRAME_EVENT_ERROR);
      item.kind = event.kind;
      item.code = event.code;
      item.payload = g_bytes_new (event.data, event.length);
    }
  else
    return;
  item.raw = g_bytes_new (self->raw->data, self->raw->len);
  g_byte_array_set_size (self->raw, 0);
  g_ptr_array_add (items, g_memdup2 (&item, sizeof item));
}

GPtrArray *
recording_load (const char *name)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (recording_item_free);
  g_autofree char *text = reeve_test_vector_text (name);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  RecordingSide sides[2] = { 0 };

  for (guint i = 0; i < 2; i++)
    {
      sides[i].raw = g_byte_array_new ();
      sides[i].parser =
          reeve_ws_transport_frame_parser_new (i == 0 ? REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT
                                                      : REEVE_WS_TRANSPORT_FRAME_ROLE_SERVER,
                                               REEVE_WS_TRANSPORT_FRAME_LIMIT_HUB);
    }
  for (guint i = 0; lines[i] != NULL; i++)
    {
      gboolean from_agent = g_str_has_prefix (lines[i], "1 agent>hub ");
      g_autoptr (GBytes) bytes = NULL;
      const guint8 *data;
      gsize length;

      if (!from_agent && !g_str_has_prefix (lines[i], "1 hub>agent "))
        continue;
      bytes = reeve_test_unhex (strrchr (lines[i], ' '));
      data = g_bytes_get_data (bytes, &length);
      for (gsize j = 0; j < length; j++)
        recording_side_take (&sides[from_agent], from_agent, data[j], items);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (sides[i].raw->len, ==, 0);
      g_byte_array_unref (sides[i].raw);
      reeve_ws_transport_frame_parser_free (sides[i].parser);
    }
  return items;
}

char *
recording_get_field (const char *head, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (head, "\r\n", -1);

  for (guint i = 1; lines[i] != NULL; i++)
    {
      g_auto (GStrv) field = g_strsplit (lines[i], ": ", 2);

      if (g_strv_length (field) == 2 && g_ascii_strcasecmp (field[0], name) == 0)
        return g_strdup (field[1]);
    }
  return NULL;
}
