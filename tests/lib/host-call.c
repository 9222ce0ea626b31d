/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host-call SOCKET METHOD [TEXT…]: one call of org.reeve.Host1 on a control socket; prints the
 * answer. gdbus(1) greets a message bus, and there is none. */

#include "config.h"

#include <stdio.h>

#include <gio/gio.h>

int
main (int argc, char **argv)
{
  g_autofree char *address = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder arguments;

  if (argc < 3)
    return 2;
  g_variant_builder_init (&arguments, G_VARIANT_TYPE_TUPLE);
  for (int i = 3; i < argc; i++)
    g_variant_builder_add (&arguments, "s", argv[i]);
  address = g_strdup_printf ("unix:path=%s", argv[1]);
  connection =
      g_dbus_connection_new_for_address_sync (address,
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                              NULL, &error);
  if (connection != NULL)
    answer = g_dbus_connection_call_sync (connection, NULL, "/org/reeve", "org.reeve.Host1",
                                          argv[2], g_variant_builder_end (&arguments), NULL,
                                          G_DBUS_CALL_FLAGS_NONE, 30000, NULL, &error);
  if (answer == NULL)
    {
      printf ("%s\n", error->message);
      return 1;
    }
  text = g_variant_print (answer, FALSE);
  printf ("%s\n", text);
  return 0;
}
