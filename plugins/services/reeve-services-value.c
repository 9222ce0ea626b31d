/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One value of a message at a time, by its signature. What must not be handed on is skipped as a
 * whole, so that the message can be read further. */

#include "config.h"

#include "reeve-services-value.h"

#include <errno.h>
#include <string.h>

#include <reeve/monitor.h>

static GVariant *reeve_services_value_read_one (sd_bus_message *message, guint *elements);

static gboolean
reeve_services_value_is_allowed (const char *contents)
{
  guint depth = 0;

  if (contents == NULL || strpbrk (contents, "{vh") != NULL)
    return FALSE;
  for (const char *p = contents; *p != '\0'; p++)
    depth += *p == 'a' || *p == '(' ? 1 : 0;
  return depth <= REEVE_SERVICES_MAX_DEPTH;
}

/* Of D-Bus' basic types; those that are texts become "s". */
static GVariant *
reeve_services_value_read_basic (sd_bus_message *message, char type)
{
  union
  {
    guint8 y;
    int b;
    gint16 n;
    guint16 q;
    gint32 i;
    guint32 u;
    gint64 x;
    guint64 t;
    double d;
    const char *s;
  } value;
  g_autofree char *text = NULL;

  memset (&value, 0, sizeof value);
  if (sd_bus_message_read_basic (message, type, &value) <= 0)
    return NULL;
  switch (type)
    {
    case 'y':
      return g_variant_new_byte (value.y);
    case 'b':
      return g_variant_new_boolean (value.b != 0);
    case 'n':
      return g_variant_new_int16 (value.n);
    case 'q':
      return g_variant_new_uint16 (value.q);
    case 'i':
      return g_variant_new_int32 (value.i);
    case 'u':
      return g_variant_new_uint32 (value.u);
    case 'x':
      return g_variant_new_int64 (value.x);
    case 't':
      return g_variant_new_uint64 (value.t);
    case 'd':
      return g_variant_new_double (value.d);
    case 's':
    case 'o':
    case 'g':
      text = reeve_text_clean (value.s, -1, REEVE_SERVICES_MAX_TEXT);
      return g_variant_new_string (text);
    default:
      return NULL;
    }
}

/* The type of the elements, with texts for what becomes one. */
static char *
reeve_services_value_map_type (const char *contents)
{
  char *type = g_strdup (contents);

  for (char *p = type; *p != '\0'; p++)
    if (*p == 'o' || *p == 'g')
      *p = 's';
  return type;
}

static GVariant *
reeve_services_value_read_array (sd_bus_message *message, const char *contents, guint *elements)
{
  g_autofree char *type = reeve_services_value_map_type (contents);
  g_autofree char *array = g_strconcat ("a", type, NULL);
  GVariantBuilder builder;
  int r = sd_bus_message_enter_container (message, 'a', contents);

  if (r <= 0 || !g_variant_type_string_is_valid (array))
    return NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE (array));
  while ((r = sd_bus_message_at_end (message, FALSE)) == 0)
    {
      GVariant *element = NULL;

      /* what is too much is read over */
      if (++*elements > REEVE_SERVICES_MAX_ELEMENTS)
        r = sd_bus_message_skip (message, contents);
      else
        r = (element = reeve_services_value_read_one (message, elements)) != NULL ? 0 : -1;
      if (r < 0)
        break;
      if (element != NULL)
        g_variant_builder_add_value (&builder, element);
    }
  if (r < 0 || sd_bus_message_exit_container (message) < 0)
    {
      g_variant_builder_clear (&builder);
      return NULL;
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
reeve_services_value_read_struct (sd_bus_message *message, const char *contents, guint *elements)
{
  GVariantBuilder builder;
  int r = sd_bus_message_enter_container (message, 'r', contents);

  if (r <= 0)
    return NULL;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_TUPLE);
  while ((r = sd_bus_message_at_end (message, FALSE)) == 0)
    {
      GVariant *member = reeve_services_value_read_one (message, elements);

      if (member == NULL)
        r = -1;
      if (r < 0)
        break;
      g_variant_builder_add_value (&builder, member);
    }
  if (r < 0 || sd_bus_message_exit_container (message) < 0)
    {
      g_variant_builder_clear (&builder);
      return NULL;
    }
  return g_variant_builder_end (&builder);
}

/* NULL: the message cannot be read on. */
static GVariant *
reeve_services_value_read_one (sd_bus_message *message, guint *elements)
{
  const char *contents = NULL;
  char type = 0;

  if (sd_bus_message_peek_type (message, &type, &contents) <= 0)
    return NULL;
  switch (type)
    {
    case 'a':
      return reeve_services_value_read_array (message, contents, elements);
    case 'r':
      return reeve_services_value_read_struct (message, contents, elements);
    default:
      return reeve_services_value_read_basic (message, type);
    }
}

GVariant *
reeve_services_value_read (sd_bus_message *message, int *ret_r)
{
  const char *contents = NULL;
  GVariant *value;
  guint elements = 0;
  char type = 0;
  int r = sd_bus_message_peek_type (message, &type, &contents);

  if (r > 0 && type == 'v' && !reeve_services_value_is_allowed (contents))
    {
      *ret_r = sd_bus_message_skip (message, "v");
      return NULL;
    }
  if (r <= 0 || type != 'v' || sd_bus_message_enter_container (message, 'v', contents) <= 0)
    {
      *ret_r = -EBADMSG;
      return NULL;
    }
  value = reeve_services_value_read_one (message, &elements);
  *ret_r = value != NULL ? sd_bus_message_exit_container (message) : -EBADMSG;
  return value;
}

gboolean
reeve_services_value_is_infinite (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64) &&
         g_variant_get_uint64 (value) == G_MAXUINT64;
}
