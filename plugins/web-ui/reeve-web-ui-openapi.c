/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Written straight into a string, in the order of paths and verbs: the same operations give the
 * same bytes, whenever their providers came. */

#include "config.h"

#include "reeve-web-ui-openapi.h"

#include <string.h>

#define REEVE_WEB_UI_OPENAPI_TYPE "org.reeve.Type"
#define REEVE_WEB_UI_OPENAPI_TYPES "org.reeve.Type."
/* What the XML's comments say, by tools/describe-interface. */
#define REEVE_WEB_UI_OPENAPI_TEXT "org.reeve.Text"

/* What is not an operation. */
static const char reeve_web_ui_openapi_extra[] =
    "\"/api/v1/live\":{\"get\":{\"operationId\":\"OpenLive\",\"summary\":\"Open live\","
    "\"description\":\"Server-sent events named hello, fleet, systems, removed, sample and "
    "history; "
    "the data of each is JSON, of the schema Live and its name. WatchLive says what is seen.\","
    "\"x-power\":\"view\",\"parameters\":[{\"name\":\"Last-Event-ID\",\"in\":\"header\","
    "\"description\":\"The id of the last event that came before a break\","
    "\"schema\":{\"type\":\"string\"}}],\"responses\":{\"200\":{\"description\":\"The stream\","
    "\"content\":{\"text/event-stream\":{\"schema\":{\"type\":\"string\"}}}},"
    "\"4XX\":{\"$ref\":\"#/components/responses/Problem\"},"
    "\"5XX\":{\"$ref\":\"#/components/responses/Problem\"}}}},"
    "\"/api/v1/openapi.json\":{\"get\":{\"operationId\":\"GetOpenapi\",\"summary\":\"Get openapi\","
    "\"x-power\":\"view\",\"responses\":{\"200\":{\"description\":\"This document\",\"content\":{"
    "\"application/json\":{\"schema\":{\"type\":\"object\"}}}},"
    "\"304\":{\"description\":\"The client has it\"},"
    "\"4XX\":{\"$ref\":\"#/components/responses/Problem\"},"
    "\"5XX\":{\"$ref\":\"#/components/responses/Problem\"}}}}";

static const char reeve_web_ui_openapi_components[] =
    "\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
    "\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"" REEVE_HTTP_SESSION_COOKIE
    "\"}},"
    "\"responses\":{\"Problem\":{\"description\":\"Why not\",\"content\":{"
    "\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}";

static const char reeve_web_ui_openapi_problem[] =
    "\"Problem\":{\"type\":\"object\",\"description\":\"RFC 9457\",\"properties\":{"
    "\"type\":{\"type\":\"string\",\"pattern\":\"^" REEVE_HTTP_PROBLEM "[a-z-]+$\"},"
    "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
    "\"detail\":{\"type\":\"string\"}},\"required\":[\"type\",\"title\",\"status\",\"detail\"],"
    "\"additionalProperties\":false}";

static void
reeve_web_ui_openapi_separate (GString *json)
{
  if (json->str[json->len - 1] != '{' && json->str[json->len - 1] != '[')
    g_string_append_c (json, ',');
}

static void
reeve_web_ui_openapi_add_key (GString *json, const char *key)
{
  reeve_web_ui_openapi_separate (json);
  reeve_json_append_string (json, key);
  g_string_append_c (json, ':');
}

/* After another member. */
static void
reeve_web_ui_openapi_add_text (GString *json, GDBusAnnotationInfo **annotations)
{
  const char *text = g_dbus_annotation_info_lookup (annotations, REEVE_WEB_UI_OPENAPI_TEXT);

  if (text == NULL)
    return;
  g_string_append (json, ",\"description\":");
  reeve_json_append_string (json, text);
}

/* ---- types ---- */

static void reeve_web_ui_openapi_add_signature (GString *json, const GVariantType *type);

static void
reeve_web_ui_openapi_add_array (GString *json, const GVariantType *element)
{
  if (g_variant_type_is_dict_entry (element))
    {
      g_string_append (json, "{\"type\":\"object\",\"additionalProperties\":");
      reeve_web_ui_openapi_add_signature (json, g_variant_type_value (element));
    }
  else
    {
      g_string_append (json, "{\"type\":\"array\",\"items\":");
      /* in columns what is missing is null */
      if (g_variant_type_equal (element, G_VARIANT_TYPE_DOUBLE))
        g_string_append (json, "{\"type\":[\"number\",\"null\"]}");
      else
        reeve_web_ui_openapi_add_signature (json, element);
    }
  g_string_append_c (json, '}');
}

static void
reeve_web_ui_openapi_add_signature (GString *json, const GVariantType *type)
{
  switch (*g_variant_type_peek_string (type))
    {
    case 's':
      g_string_append (json, "{\"type\":\"string\"}");
      break;
    case 'b':
      g_string_append (json, "{\"type\":\"boolean\"}");
      break;
    case 'd':
      g_string_append (json, "{\"type\":\"number\"}");
      break;
    case 'i':
    case 'x':
      g_string_append (json, "{\"type\":\"integer\"}");
      break;
    case 'u':
      g_string_append (json, "{\"type\":\"integer\",\"minimum\":0,\"maximum\":4294967295}");
      break;
    case 't':
      g_string_append (json, "{\"type\":\"integer\",\"minimum\":0}");
      break;
    case 'a':
      reeve_web_ui_openapi_add_array (json, g_variant_type_element (type));
      break;
    default: /* of a variant: anything */
      g_string_append (json, "{}");
    }
}

static gboolean
reeve_web_ui_openapi_is_name (const char *text)
{
  return g_ascii_isupper (*text) &&
         strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS) == strlen (text);
}

static void
reeve_web_ui_openapi_add_reference (GString *json, const char *name)
{
  g_string_append_printf (json, "{\"$ref\":\"#/components/schemas/%s\"}", name);
}

/* What is none of these is anything. */
static void
reeve_web_ui_openapi_add_single (GString *json, const char *type)
{
  g_autofree char *inner = strlen (type) > 2 ? g_strndup (type + 1, strlen (type) - 2) : NULL;

  if (reeve_web_ui_openapi_is_name (type))
    reeve_web_ui_openapi_add_reference (json, type);
  else if (inner != NULL && *type == '[' && *inner != '[')
    {
      g_string_append (json, "{\"type\":\"array\",\"items\":");
      reeve_web_ui_openapi_add_single (json, inner);
      g_string_append_c (json, '}');
    }
  else if (inner != NULL && *type == '\'')
    {
      g_string_append (json, "{\"const\":");
      reeve_json_append_string (json, inner);
      g_string_append_c (json, '}');
    }
  else if (g_variant_type_string_is_valid (type))
    reeve_web_ui_openapi_add_signature (json, (const GVariantType *) type);
  else
    g_string_append (json, "{}");
}

static void
reeve_web_ui_openapi_add_texts (GString *json, GStrv texts)
{
  g_string_append (json, "{\"type\":\"string\",\"enum\":[");
  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_autofree char *inner = g_strndup (texts[i] + 1, strlen (texts[i]) - 2);

      reeve_web_ui_openapi_separate (json);
      reeve_json_append_string (json, inner);
    }
  g_string_append (json, "]}");
}

static void
reeve_web_ui_openapi_add_type (GString *json, const char *type)
{
  g_auto (GStrv) single = g_strsplit (type, "|", -1);
  gboolean texts = TRUE;

  for (guint i = 0; single[i] != NULL; i++)
    texts &= *single[i] == '\'' && strlen (single[i]) > 2;
  if (single[0] == NULL || single[1] == NULL)
    reeve_web_ui_openapi_add_single (json, type);
  else if (texts)
    reeve_web_ui_openapi_add_texts (json, single);
  else
    {
      g_string_append (json, "{\"anyOf\":[");
      for (guint i = 0; single[i] != NULL; i++)
        {
          reeve_web_ui_openapi_separate (json);
          reeve_web_ui_openapi_add_single (json, single[i]);
        }
      g_string_append (json, "]}");
    }
}

/* "id:s last:d? *:d" */
static void
reeve_web_ui_openapi_add_fields (GString *json, const char *fields)
{
  g_auto (GStrv) words = g_strsplit_set (fields, " \n", -1);
  g_autoptr (GString) required = g_string_new ("[");
  g_autoptr (GString) others = g_string_new ("false");

  g_string_append (json, "{\"type\":\"object\",\"properties\":{");
  for (guint i = 0; words[i] != NULL; i++)
    {
      char *type = strchr (words[i], ':');
      gboolean optional = g_str_has_suffix (words[i], "?");

      if (type == NULL)
        continue;
      *type++ = '\0';
      if (optional)
        type[strlen (type) - 1] = '\0';
      if (strcmp (words[i], "*") == 0)
        {
          g_string_truncate (others, 0);
          reeve_web_ui_openapi_add_type (others, type);
          continue;
        }
      reeve_web_ui_openapi_add_key (json, words[i]);
      reeve_web_ui_openapi_add_type (json, type);
      if (optional)
        continue;
      reeve_web_ui_openapi_separate (required);
      reeve_json_append_string (required, words[i]);
    }
  g_string_append_printf (json, "},\"required\":%s],\"additionalProperties\":%s}", required->str,
                          others->str);
}

/* A schema; with what the argument is, unless @bare. */
static void
reeve_web_ui_openapi_add_argument (GString *json, GDBusArgInfo *arg, gboolean bare)
{
  const char *name = g_dbus_annotation_info_lookup (arg->annotations, REEVE_WEB_UI_OPENAPI_TYPE);

  if (name == NULL)
    reeve_web_ui_openapi_add_single (json, arg->signature);
  else if (strcmp (arg->signature, "aa{sv}") == 0)
    {
      g_autofree char *list = g_strdup_printf ("[%s]", name);

      reeve_web_ui_openapi_add_single (json, list);
    }
  else
    reeve_web_ui_openapi_add_type (json, name);
  if (bare || json->str[json->len - 2] == '{')
    return;
  g_string_truncate (json, json->len - 1);
  reeve_web_ui_openapi_add_text (json, arg->annotations);
  g_string_append_c (json, '}');
}

/* An object of them, all of which are there. @entry: without those of its path; NULL: with all. */
static void
reeve_web_ui_openapi_add_arguments (GString *json, GDBusArgInfo **args,
                                    const ReeveWebUiApiEntry *entry)
{
  g_autoptr (GString) required = g_string_new ("[");

  g_string_append (json, "{\"type\":\"object\",\"properties\":{");
  for (guint i = 0; args != NULL && args[i] != NULL; i++)
    {
      if (entry != NULL && reeve_web_ui_api_entry_has_variable (entry, args[i]->name))
        continue;
      reeve_web_ui_openapi_add_key (json, args[i]->name);
      reeve_web_ui_openapi_add_argument (json, args[i], FALSE);
      reeve_web_ui_openapi_separate (required);
      reeve_json_append_string (required, args[i]->name);
    }
  g_string_append_printf (json, "},\"required\":%s],\"additionalProperties\":false}",
                          required->str);
}

/* ---- operations ---- */

static gboolean
reeve_web_ui_openapi_has_body (const ReeveWebUiApiEntry *entry)
{
  return strcmp (entry->row->http_verb, "GET") != 0 &&
         strcmp (entry->row->http_verb, "DELETE") != 0;
}

static void
reeve_web_ui_openapi_add_parameters (GString *json, const ReeveWebUiApiEntry *entry)
{
  g_string_append (json, ",\"parameters\":[");
  for (guint i = 0; entry->method->in_args != NULL && entry->method->in_args[i] != NULL; i++)
    {
      GDBusArgInfo *arg = entry->method->in_args[i];
      gboolean path = reeve_web_ui_api_entry_has_variable (entry, arg->name);

      if (!path && reeve_web_ui_openapi_has_body (entry))
        continue;
      reeve_web_ui_openapi_separate (json);
      g_string_append (json, "{\"name\":");
      reeve_json_append_string (json, arg->name);
      g_string_append (json, path ? ",\"in\":\"path\",\"required\":true" : ",\"in\":\"query\"");
      reeve_web_ui_openapi_add_text (json, arg->annotations);
      /* with commas between */
      if (!path && *arg->signature == 'a')
        g_string_append (json, ",\"style\":\"form\",\"explode\":false");
      g_string_append (json, ",\"schema\":");
      reeve_web_ui_openapi_add_argument (json, arg, TRUE);
      g_string_append_c (json, '}');
    }
  g_string_append_c (json, ']');
}

/* "ListSystems": "List systems" */
static char *
reeve_web_ui_openapi_make_summary (const char *method)
{
  GString *summary = g_string_new (NULL);

  for (const char *c = method; *c != '\0'; c++)
    if (c > method && g_ascii_isupper (*c))
      g_string_append_printf (summary, " %c", g_ascii_tolower (*c));
    else
      g_string_append_c (summary, *c);
  return g_string_free (summary, FALSE);
}

static void
reeve_web_ui_openapi_add_operation (GString *json, const ReeveWebUiApiEntry *entry)
{
  g_autofree char *summary = reeve_web_ui_openapi_make_summary (entry->row->method);
  g_autofree char *verb = g_ascii_strdown (entry->row->http_verb, -1);
  const char *interface = reeve_operations_get_info (entry->provider)->name;

  reeve_web_ui_openapi_add_key (json, verb);
  g_string_append_printf (json,
                          "{\"operationId\":\"%s\",\"summary\":\"%s\",\"tags\":[\"%s\"],"
                          "\"x-power\":\"%s\"",
                          entry->row->method, summary, interface,
                          reeve_power_to_string (entry->row->power));
  reeve_web_ui_openapi_add_text (json, entry->method->annotations);
  if (entry->row->power == REEVE_POWER_PUBLIC)
    g_string_append (json, ",\"security\":[]");
  reeve_web_ui_openapi_add_parameters (json, entry);
  if (reeve_web_ui_openapi_has_body (entry))
    {
      g_string_append (json, ",\"requestBody\":{\"content\":{\"application/json\":{\"schema\":");
      reeve_web_ui_openapi_add_arguments (json, entry->method->in_args, entry);
      g_string_append (json, "}}}");
    }
  g_string_append (json, ",\"responses\":{\"200\":{\"description\":\"The answer\",\"content\":{"
                         "\"application/json\":{\"schema\":");
  reeve_web_ui_openapi_add_arguments (json, entry->method->out_args, NULL);
  g_string_append (json, "}}}");
  if (strcmp (entry->row->http_verb, "GET") == 0)
    g_string_append (json, ",\"304\":{\"description\":\"The client has it\"}");
  g_string_append (json, ",\"4XX\":{\"$ref\":\"#/components/responses/Problem\"},"
                         "\"5XX\":{\"$ref\":\"#/components/responses/Problem\"}}}");
}

static int
reeve_web_ui_openapi_compare (gconstpointer a, gconstpointer b)
{
  const ReeveWebUiApiEntry *one = *(ReeveWebUiApiEntry *const *) a;
  const ReeveWebUiApiEntry *two = *(ReeveWebUiApiEntry *const *) b;
  int order = strcmp (one->row->http_path, two->row->http_path);

  return order != 0 ? order : strcmp (one->row->http_verb, two->row->http_verb);
}

static void
reeve_web_ui_openapi_add_paths (GString *json, GPtrArray *sorted)
{
  const char *path = "";

  for (guint i = 0; i < sorted->len; i++)
    {
      const ReeveWebUiApiEntry *entry = g_ptr_array_index (sorted, i);

      if (strcmp (path, entry->row->http_path) != 0)
        {
          if (*path != '\0')
            g_string_append_c (json, '}');
          path = entry->row->http_path;
          reeve_web_ui_openapi_add_key (json, path);
          g_string_append_c (json, '{');
        }
      reeve_web_ui_openapi_add_operation (json, entry);
    }
  if (*path != '\0')
    g_string_append (json, "},");
  g_string_append (json, reeve_web_ui_openapi_extra);
}

/* Of a name that two interfaces have the first one counts. */
static void
reeve_web_ui_openapi_add_types (GString *json, GPtrArray *sorted)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  const gsize start = strlen (REEVE_WEB_UI_OPENAPI_TYPES);

  g_string_append (json, reeve_web_ui_openapi_problem);
  for (guint i = 0; i < sorted->len; i++)
    {
      ReeveWebUiApiEntry *entry = g_ptr_array_index (sorted, i);
      GDBusAnnotationInfo **notes = reeve_operations_get_info (entry->provider)->annotations;

      for (guint j = 0; notes != NULL && notes[j] != NULL; j++)
        if (g_str_has_prefix (notes[j]->key, REEVE_WEB_UI_OPENAPI_TYPES) &&
            reeve_web_ui_openapi_is_name (notes[j]->key + start) &&
            g_hash_table_add (known, notes[j]->key))
          {
            reeve_web_ui_openapi_add_key (json, notes[j]->key + start);
            reeve_web_ui_openapi_add_fields (json, notes[j]->value);
          }
    }
}

static void
reeve_web_ui_openapi_add_tags (GString *json, GPtrArray *sorted)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);

  g_string_append (json, ",\"tags\":[");
  for (guint i = 0; i < sorted->len; i++)
    {
      ReeveWebUiApiEntry *entry = g_ptr_array_index (sorted, i);
      GDBusInterfaceInfo *interface = reeve_operations_get_info (entry->provider);

      if (!g_hash_table_add (known, interface->name))
        continue;
      reeve_web_ui_openapi_separate (json);
      g_string_append_printf (json, "{\"name\":\"%s\"", interface->name);
      reeve_web_ui_openapi_add_text (json, interface->annotations);
      g_string_append_c (json, '}');
    }
  g_string_append_c (json, ']');
}

GBytes *
reeve_web_ui_openapi_make (GPtrArray *entries)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  GString *json =
      g_string_new ("{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Reeve\",\"version\":\"");

  g_ptr_array_extend (sorted, entries, NULL, NULL);
  g_ptr_array_sort (sorted, reeve_web_ui_openapi_compare);
  g_string_append (json, PACKAGE_VERSION "\"}");
  reeve_web_ui_openapi_add_tags (json, sorted);
  g_string_append (json, ",\"security\":[{\"bearer\":[]},{\"cookie\":[]}],"
                         "\"paths\":{");
  reeve_web_ui_openapi_add_paths (json, sorted);
  g_string_append_printf (json, "},\"components\":{%s,\"schemas\":{",
                          reeve_web_ui_openapi_components);
  reeve_web_ui_openapi_add_types (json, sorted);
  g_string_append (json, "}}}");
  return g_string_free_to_bytes (json);
}
