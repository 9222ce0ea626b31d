/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From what a browser sends to what an operation takes: variables of the path, then the query of a
 * GET or DELETE or the JSON object of any other request, by the names and types of the operation's
 * D-Bus description. What the description does not name is an error, never ignored. A query may
 * leave arguments out (they are then empty, zero or false), a body may not. */

#include "config.h"

#include "reeve-web-ui-arguments.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "reeve-web-ui-json.h"

typedef struct
{
  GDBusMethodInfo *method;
  GHashTable *variables;
  ReeveHttpRequest *request;
  JsonObject *object; /* of the body; NULL: the query counts */
} ReeveWebUiArguments;

static GVariant *
reeve_web_ui_arguments_refuse (GDBusArgInfo *arg, const char *expected, GError **error)
{
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "'%s' must be %s", arg->name, expected);
  return NULL;
}

/* ---- from text ---- */

static GVariant *
reeve_web_ui_arguments_integer_from_text (GDBusArgInfo *arg, const char *text, GError **error)
{
  gint64 number = 0;
  guint64 positive = 0;

  switch (arg->signature[0])
    {
    case 'u':
      if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &positive, NULL))
        return reeve_web_ui_arguments_refuse (arg, "a whole number from 0 to 4294967295", error);
      return g_variant_new_uint32 ((guint32) positive);
    case 't':
      if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &positive, NULL))
        return reeve_web_ui_arguments_refuse (arg, "a whole number, not negative", error);
      return g_variant_new_uint64 (positive);
    case 'i':
      if (!g_ascii_string_to_signed (text, 10, G_MININT32, G_MAXINT32, &number, NULL))
        return reeve_web_ui_arguments_refuse (arg, "a whole number of 32 bits", error);
      return g_variant_new_int32 ((gint32) number);
    default:
      if (!g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
        return reeve_web_ui_arguments_refuse (arg, "a whole number", error);
      return g_variant_new_int64 (number);
    }
}

static GVariant *
reeve_web_ui_arguments_number_from_text (GDBusArgInfo *arg, const char *text, GError **error)
{
  char *end = NULL;
  double number = g_ascii_strtod (text, &end);

  /* strtod() takes "nan", "0x1" and leading space too */
  if (text[0] == '\0' || *end != '\0' || !isfinite (number) ||
      strspn (text, "0123456789+-.eE") != strlen (text))
    return reeve_web_ui_arguments_refuse (arg, "a number", error);
  return g_variant_new_double (number);
}

static GVariant *
reeve_web_ui_arguments_from_text (GDBusArgInfo *arg, const char *text, GError **error)
{
  if (strcmp (arg->signature, "s") == 0)
    return g_variant_new_string (text);
  if (strcmp (arg->signature, "d") == 0)
    return reeve_web_ui_arguments_number_from_text (arg, text, error);
  if (strcmp (arg->signature, "b") == 0)
    {
      if (strcmp (text, "true") != 0 && strcmp (text, "false") != 0)
        return reeve_web_ui_arguments_refuse (arg, "true or false", error);
      return g_variant_new_boolean (text[0] == 't');
    }
  if (strcmp (arg->signature, "as") == 0)
    {
      g_auto (GStrv) parts = g_strsplit (text, ",", -1);

      return g_variant_new_strv ((const char *const *) parts, -1);
    }
  if (strlen (arg->signature) == 1 && strchr ("uitx", arg->signature[0]) != NULL)
    return reeve_web_ui_arguments_integer_from_text (arg, text, error);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
               "'%s' is of the type %s, which cannot be asked for here", arg->name, arg->signature);
  return NULL;
}

static GVariant *
reeve_web_ui_arguments_make_default (GDBusArgInfo *arg, GError **error)
{
  static const struct
  {
    const char *signature;
    const char *text;
  } defaults[] = {
    { "s", "" },
    { "b", "false" },
    { "as", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (strcmp (arg->signature, defaults[i].signature) == 0)
      return reeve_web_ui_arguments_from_text (arg, defaults[i].text, error);
  return reeve_web_ui_arguments_from_text (arg, "0", error);
}

/* ---- from JSON ---- */

/* NULL for what is no string. The parser takes half a surrogate pair for a character, although the
 * body was valid: no GVariant holds that. */
static const char *
reeve_web_ui_arguments_get_string (JsonNode *node)
{
  const char *text =
      JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
          ? json_node_get_string (node)
          : NULL;

  return text != NULL && g_utf8_validate (text, -1, NULL) ? text : NULL;
}

static GVariant *
reeve_web_ui_arguments_list_from_json (GDBusArgInfo *arg, JsonNode *node, GError **error)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  GVariantBuilder list;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    if (reeve_web_ui_arguments_get_string (json_array_get_element (array, i)) == NULL)
      array = NULL;
  if (array == NULL)
    return reeve_web_ui_arguments_refuse (arg, "a list of strings", error);
  g_variant_builder_init (&list, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < json_array_get_length (array); i++)
    g_variant_builder_add (&list, "s", json_array_get_string_element (array, i));
  return g_variant_builder_end (&list);
}

/* NULL for null, objects and lists of other things than strings. Floating. */
static GVariant *
reeve_web_ui_arguments_value_from_json (GDBusArgInfo *arg, JsonNode *node)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_NONE;
  const char *text = reeve_web_ui_arguments_get_string (node);

  if (text != NULL)
    return g_variant_new_string (text);
  if (JSON_NODE_HOLDS_ARRAY (node))
    return reeve_web_ui_arguments_list_from_json (arg, node, NULL);
  if (type == G_TYPE_BOOLEAN)
    return g_variant_new_boolean (json_node_get_boolean (node));
  if (type == G_TYPE_INT64)
    return g_variant_new_int64 (json_node_get_int (node));
  if (type == G_TYPE_DOUBLE && isfinite (json_node_get_double (node)))
    return g_variant_new_double (json_node_get_double (node));
  return NULL;
}

static GVariant *
reeve_web_ui_arguments_dictionary_from_json (GDBusArgInfo *arg, JsonNode *node, GError **error)
{
  GVariantBuilder dict;
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return reeve_web_ui_arguments_refuse (arg, "an object", error);
  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  json_object_iter_init_ordered (&iter, json_node_get_object (node));
  while (json_object_iter_next_ordered (&iter, &name, &member))
    {
      GVariant *value = g_utf8_validate (name, -1, NULL)
                            ? reeve_web_ui_arguments_value_from_json (arg, member)
                            : NULL;

      if (value == NULL)
        {
          g_variant_builder_clear (&dict);
          return reeve_web_ui_arguments_refuse (
              arg, "an object of strings, numbers, true or false and lists of strings", error);
        }
      g_variant_builder_add (&dict, "{sv}", name, value);
    }
  return g_variant_builder_end (&dict);
}

static GVariant *
reeve_web_ui_arguments_from_json (GDBusArgInfo *arg, JsonNode *node, GError **error)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_NONE;
  g_autofree char *text = NULL;

  if (strcmp (arg->signature, "as") == 0)
    return reeve_web_ui_arguments_list_from_json (arg, node, error);
  if (strcmp (arg->signature, "a{sv}") == 0)
    return reeve_web_ui_arguments_dictionary_from_json (arg, node, error);
  if (strcmp (arg->signature, "s") == 0)
    {
      const char *string = reeve_web_ui_arguments_get_string (node);

      if (string == NULL)
        return reeve_web_ui_arguments_refuse (arg, "a string", error);
      return g_variant_new_string (string);
    }
  if (strcmp (arg->signature, "b") == 0)
    {
      if (type != G_TYPE_BOOLEAN)
        return reeve_web_ui_arguments_refuse (arg, "true or false", error);
      return g_variant_new_boolean (json_node_get_boolean (node));
    }
  if (strcmp (arg->signature, "d") == 0 && type == G_TYPE_DOUBLE)
    return isfinite (json_node_get_double (node))
               ? g_variant_new_double (json_node_get_double (node))
               : reeve_web_ui_arguments_refuse (arg, "a number", error);
  if (type == G_TYPE_INT64)
    text = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  return reeve_web_ui_arguments_from_text (arg, text != NULL ? text : "", error);
}

/* ---- names ---- */

static GDBusArgInfo *
reeve_web_ui_arguments_find (ReeveWebUiArguments *self, const char *name)
{
  for (guint i = 0; self->method->in_args != NULL && self->method->in_args[i] != NULL; i++)
    if (strcmp (self->method->in_args[i]->name, name) == 0)
      return self->method->in_args[i];
  return NULL;
}

static gboolean
reeve_web_ui_arguments_check_name (ReeveWebUiArguments *self, const char *name, GError **error)
{
  g_autofree char *shown = NULL;

  if (reeve_web_ui_arguments_find (self, name) != NULL &&
      !g_hash_table_contains (self->variables, name))
    return TRUE;
  shown = g_utf8_substring (name, 0, MIN (g_utf8_strlen (name, -1), 64));
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "there is no argument '%s'", shown);
  return FALSE;
}

static gboolean
reeve_web_ui_arguments_check_names (ReeveWebUiArguments *self, GError **error)
{
  g_auto (GStrv) names = reeve_http_request_get_query_names (self->request);

  for (guint i = 0; names[i] != NULL; i++)
    {
      if (self->object != NULL)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                       "arguments stand in the body of this request, not in the query");
          return FALSE;
        }
      if (!reeve_web_ui_arguments_check_name (self, names[i], error))
        return FALSE;
      if (g_strv_contains ((const char *const *) names + i + 1, names[i]))
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "'%s' stands there twice",
                       names[i]);
          return FALSE;
        }
    }
  if (self->object != NULL)
    {
      g_autoptr (GList) members = json_object_get_members (self->object);

      for (GList *l = members; l != NULL; l = l->next)
        if (!reeve_web_ui_arguments_check_name (self, l->data, error))
          return FALSE;
    }
  return TRUE;
}

static GVariant *
reeve_web_ui_arguments_get (ReeveWebUiArguments *self, GDBusArgInfo *arg, GError **error)
{
  const char *text = g_hash_table_lookup (self->variables, arg->name);
  JsonNode *member;

  if (text == NULL && self->object == NULL)
    text = reeve_http_request_get_query (self->request, arg->name);
  if (text != NULL)
    return reeve_web_ui_arguments_from_text (arg, text, error);
  if (self->object == NULL)
    return reeve_web_ui_arguments_make_default (arg, error);
  member = json_object_get_member (self->object, arg->name);
  if (member != NULL)
    return reeve_web_ui_arguments_from_json (arg, member, error);
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "'%s' is missing", arg->name);
  return NULL;
}

static GVariant *
reeve_web_ui_arguments_collect (ReeveWebUiArguments *self, GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  if (!reeve_web_ui_arguments_check_names (self, error))
    return NULL;
  for (guint i = 0; self->method->in_args != NULL && self->method->in_args[i] != NULL; i++)
    {
      GVariant *value = reeve_web_ui_arguments_get (self, self->method->in_args[i], error);

      if (value == NULL)
        return NULL;
      g_ptr_array_add (values, g_variant_ref_sink (value));
    }
  return g_variant_ref_sink (g_variant_new_tuple ((GVariant *const *) values->pdata, values->len));
}

gboolean
reeve_web_ui_arguments_has_json (ReeveHttpRequest *request)
{
  const char *type = reeve_http_request_get_header (request, "content-type");

  return type != NULL && g_ascii_strncasecmp (type, "application/json", 16) == 0 &&
         strchr ("; \t", type[16]) != NULL;
}

static JsonNode *
reeve_web_ui_arguments_parse_body (ReeveHttpRequest *request, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (reeve_http_request_get_body (request), &length);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();

  if (length == 0)
    {
      text = "{}";
      length = 2;
    }
  /* the parser's own message would quote the body, and with it a secret */
  if (length > REEVE_WEB_UI_MAX_BODY || !g_utf8_validate (text, (gssize) length, NULL) ||
      !reeve_web_ui_json_is_flat (text, length, REEVE_WEB_UI_MAX_DEPTH) ||
      !json_parser_load_from_data (parser, text, (gssize) length, NULL) ||
      json_parser_get_root (parser) == NULL ||
      !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID, "the body must be one JSON object");
      return NULL;
    }
  return json_parser_steal_root (parser);
}

/**
 * reeve_web_ui_arguments_parse:
 * @method: what the operation takes
 * @variables: (element-type utf8 utf8): of the path
 * @request: the rest
 * @error: what is wrong with which argument
 *
 * Returns: (transfer full) (nullable): the arguments
 */
GVariant *
reeve_web_ui_arguments_parse (GDBusMethodInfo *method, GHashTable *variables,
                              ReeveHttpRequest *request, GError **error)
{
  ReeveWebUiArguments self = { .method = method, .variables = variables, .request = request };
  const char *verb = reeve_http_request_get_method (request);
  g_autoptr (JsonNode) body = NULL;

  if (strcmp (verb, "GET") != 0 && strcmp (verb, "DELETE") != 0)
    {
      body = reeve_web_ui_arguments_parse_body (request, error);
      if (body == NULL)
        return NULL;
      self.object = json_node_get_object (body);
    }
  return reeve_web_ui_arguments_collect (&self, error);
}
