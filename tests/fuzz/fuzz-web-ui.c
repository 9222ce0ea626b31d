/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fuzzes what a browser sends to the hub: a body or a query becomes arguments of just the types
 * that were asked for, or nothing; the fields of a head are looked at. */

#include "config.h"

#include "../../plugins/web-ui/reeve-web-ui-answer.h"
#include "../../plugins/web-ui/reeve-web-ui-arguments.h"
#include "../../plugins/web-ui/reeve-web-ui-assets.h"
#include "../../plugins/web-ui/reeve-web-ui-live.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char fuzz_web_ui_xml[] =
    "<node><interface name='org.reeve.Fuzz1'>"
    "<method name='Watch'><arg name='systems' type='as' direction='in'/>"
    "<arg name='system' type='s' direction='in'/></method>"
    "<method name='Ask'><arg name='verb' type='s' direction='in'/>"
    "<arg name='arguments' type='a{sv}' direction='in'/></method>"
    "<method name='Set'><arg name='u' type='u' direction='in'/><arg name='d' type='d' "
    "direction='in'/>"
    "<arg name='b' type='b' direction='in'/><arg name='x' type='x' direction='in'/></method>"
    "<method name='One'><arg name='t' type='t' direction='in'/>"
    "<arg name='i' type='i' direction='in'/></method>"
    "</interface></node>";
static const char *const fuzz_web_ui_types[] = { "(ass)", "(sa{sv})", "(udbx)", "(ti)" };

static void
fuzz_web_ui_parse (GDBusInterfaceInfo *interface, ReeveHttpRequest *request)
{
  g_autoptr (GHashTable) none = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < G_N_ELEMENTS (fuzz_web_ui_types); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) arguments =
          reeve_web_ui_arguments_parse (interface->methods[i], none, request, &error);

      g_assert ((arguments == NULL) == (error != NULL));
      if (arguments == NULL)
        continue;
      g_assert (strcmp (g_variant_get_type_string (arguments), fuzz_web_ui_types[i]) == 0);
      g_assert (g_variant_is_normal_form (arguments));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (fuzz_web_ui_xml, NULL);
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (ReeveHttpRequest) change = reeve_http_request_new ("PUT", "/", NULL);
  g_autoptr (ReeveHttpRequest) look = reeve_http_request_new ("GET", "/", text);
  g_autoptr (GBytes) body = g_bytes_new (data, size);
  g_autofree char *id = g_strconcat ("boot-", text, NULL);

  reeve_http_request_set_body (change, body);
  fuzz_web_ui_parse (node->interfaces[0], change);
  fuzz_web_ui_parse (node->interfaces[0], look);
  reeve_web_ui_answer_is_acceptable (text);
  reeve_web_ui_assets_accepts (text, "gzip");
  reeve_web_ui_assets_matches (text, "\"0\"");
  if (reeve_web_ui_live_parse_id (text, "boot") != 0)
    g_assert (g_str_has_prefix (text, "boot-"));
  g_assert (reeve_web_ui_live_parse_id (id, "boot") == 0 || g_ascii_isdigit (text[0]));
  return 0;
}
