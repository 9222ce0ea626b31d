/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Hides secrets in the answer to "inspect", here in the probe, so that an agent that is taken over
 * has never seen them. */

#include "config.h"

#include "reeve-containers-redact.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "reeve-containers-json.h"

/* A name with one of these in it, in whatever case, is taken for a secret's. */
static const char *const reeve_containers_redact_words[] = {
  "pass",    "pwd",  "secret", "token", "credential", "apikey",    "api-key",    "api_key",
  "private", "auth", "users",  "dsn",   "bearer",     "accesskey", "access-key", "access_key",
};
/* Those that a text may have before a blank without being a text about them. */
static const char *const reeve_containers_redact_ends[] = {
  "pass", "passwd", "password", "passphrase", "pwd", "secret", "token",
};

#define REEVE_CONTAINERS_REDACT_NAME                                                               \
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
/* What may stand between a name and what separates it from its value. */
#define REEVE_CONTAINERS_REDACT_CLOSERS "\\\"')]}"
#define REEVE_CONTAINERS_REDACT_BLANKS " \t\r\n"
#define REEVE_CONTAINERS_REDACT_SEPARATORS "=:>"

static gboolean
reeve_containers_redact_is_secret (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (reeve_containers_redact_words); i++)
    if (strstr (lower, reeve_containers_redact_words[i]) != NULL)
      return TRUE;
  return FALSE;
}

static JsonNode *
reeve_containers_redact_string (const char *text)
{
  return json_node_init_string (json_node_alloc (), text);
}

/* "NAME=value" becomes "NAME=(hidden)". */
static JsonNode *
reeve_containers_redact_assignment (const char *text)
{
  g_autofree char *hidden =
      g_strdup_printf ("%.*s=" REEVE_CONTAINERS_REDACT_HIDDEN, (int) strcspn (text, "="), text);

  return reeve_containers_redact_string (hidden);
}

/* ["A=1", "B=2"], of which nothing but the names stays. */
static JsonNode *
reeve_containers_redact_environment (JsonNode *node)
{
  JsonNode *hidden = json_node_new (JSON_NODE_ARRAY);
  JsonArray *kept = json_array_new ();
  JsonArray *from = json_node_get_array (node);

  for (guint i = 0; i < json_array_get_length (from); i++)
    {
      JsonNode *element = json_array_get_element (from, i);

      if (json_node_get_value_type (element) == G_TYPE_STRING)
        json_array_add_element (kept, reeve_containers_redact_assignment (
                                          json_node_get_string (element)));
    }
  json_node_take_array (hidden, kept);
  return hidden;
}

/* {"a": "1"}, likewise. */
static void
reeve_containers_redact_members (JsonObject *object)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next)
    json_object_set_string_member (object, l->data, REEVE_CONTAINERS_REDACT_HIDDEN);
}

/* Whether a name that stands before a blank says that what follows is a secret. */
static gboolean
reeve_containers_redact_takes_next (const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);
  gboolean found = name[0] == '-';

  for (guint i = 0; i < G_N_ELEMENTS (reeve_containers_redact_ends) && !found; i++)
    found = g_str_has_suffix (lower, reeve_containers_redact_ends[i]);
  return found;
}

/* Where the value of the first secret in @text begins, at its end if it comes with the next word;
 * -1: there is none. */
static gssize
reeve_containers_redact_find (const char *text)
{
  gsize length;

  for (const char *at = text; *at != '\0'; at += MAX (length, 1))
    {
      g_autofree char *name = NULL;
      const char *close, *value;

      length = strspn (at, REEVE_CONTAINERS_REDACT_NAME);
      if (length == 0)
        continue;
      name = g_strndup (at, length);
      if (!reeve_containers_redact_is_secret (name))
        continue;
      close = at + length + strspn (at + length, REEVE_CONTAINERS_REDACT_CLOSERS);
      value = close + strspn (close, REEVE_CONTAINERS_REDACT_BLANKS);
      if (*value != '\0' && strchr (REEVE_CONTAINERS_REDACT_SEPARATORS, *value) != NULL)
        return value + 1 - text;
      if ((value > close || *value == '\0') && reeve_containers_redact_takes_next (name))
        return value - text;
    }
  return -1;
}

/* A text without its secret and what follows it, for where that ends cannot be known; NULL when it
 * may stay. */
static JsonNode *
reeve_containers_redact_text (const char *text)
{
  gssize at = reeve_containers_redact_find (text);
  const char *address = strstr (text, "://");
  g_autofree char *hidden = NULL;

  /* what stands between // and @ in an address */
  if (address != NULL && strchr (address, '@') != NULL)
    return reeve_containers_redact_string (REEVE_CONTAINERS_REDACT_HIDDEN);
  if (at < 0 || text[at] == '\0')
    return NULL;
  hidden = g_strdup_printf ("%.*s" REEVE_CONTAINERS_REDACT_HIDDEN, (int) at, text);
  return reeve_containers_redact_string (hidden);
}

/* "--password", whose value is the next word; not "/etc/passwd". */
static gboolean
reeve_containers_redact_is_bare (const char *text)
{
  gssize at = reeve_containers_redact_find (text);

  return at >= 0 && text[at] == '\0' && text[0] != '/';
}

static void reeve_containers_redact_node (JsonNode *node);

static void
reeve_containers_redact_array (JsonArray *array)
{
  g_autoptr (JsonArray) copy = json_array_new ();
  gboolean after = FALSE;

  /* json-glib has no way to put another element in an array's middle: taken off from its end, they
   * are added anew from its beginning */
  for (guint left = json_array_get_length (array); left > 0; left--)
    {
      json_array_add_element (copy, json_array_dup_element (array, left - 1));
      json_array_remove_element (array, left - 1);
    }
  for (guint left = json_array_get_length (copy); left > 0; left--)
    {
      JsonNode *element = json_array_dup_element (copy, left - 1);
      const char *text = json_node_get_value_type (element) == G_TYPE_STRING
                             ? json_node_get_string (element)
                             : NULL;
      gboolean bare = text != NULL && reeve_containers_redact_is_bare (text);
      JsonNode *other = NULL;

      /* whatever it looks like, unless it is one more name of a secret */
      if (text != NULL && after && !(bare && text[0] == '-'))
        {
          other = reeve_containers_redact_string (REEVE_CONTAINERS_REDACT_HIDDEN);
          bare = FALSE;
        }
      else if (text != NULL)
        other = reeve_containers_redact_text (text);
      after = bare;
      if (other != NULL)
        json_node_free (element);
      else
        reeve_containers_redact_node (other = element);
      json_array_add_element (array, other);
    }
}

/* The engine's own, with colons that do not set a value apart: "auth:1.2", "/srv/users:/data". */
static gboolean
reeve_containers_redact_is_plain (const char *name)
{
  return strcmp (name, "Image") == 0 || strcmp (name, "Binds") == 0;
}

static void
reeve_containers_redact_member (JsonObject *object, const char *name, JsonNode *value)
{
  /* Podman's own command line, with all of its "-e NAME=value" */
  if (g_ascii_strcasecmp (name, "CreateCommand") == 0)
    json_object_remove_member (object, name);
  else if (g_ascii_strcasecmp (name, "Env") == 0 && JSON_NODE_HOLDS_ARRAY (value))
    json_object_set_member (object, name, reeve_containers_redact_environment (value));
  else if (g_ascii_strcasecmp (name, "Env") == 0)
    json_object_set_string_member (object, name, REEVE_CONTAINERS_REDACT_HIDDEN);
  else if (json_node_get_value_type (value) == G_TYPE_STRING)
    {
      g_autoptr (JsonNode) other = NULL;

      if (reeve_containers_redact_is_secret (name))
        json_object_set_string_member (object, name, REEVE_CONTAINERS_REDACT_HIDDEN);
      else if (!reeve_containers_redact_is_plain (name) &&
               (other = reeve_containers_redact_text (json_node_get_string (value))) != NULL)
        json_object_set_member (object, name, g_steal_pointer (&other));
    }
  else if (!reeve_containers_redact_is_plain (name))
    reeve_containers_redact_node (value);
}

static void
reeve_containers_redact_object (JsonObject *object)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonNode *value = json_object_get_member (object, l->data);

      if (strcmp (l->data, "LogConfig") == 0 && JSON_NODE_HOLDS_OBJECT (value) &&
          json_object_has_member (json_node_get_object (value), "Config") &&
          JSON_NODE_HOLDS_OBJECT (json_object_get_member (json_node_get_object (value), "Config")))
        reeve_containers_redact_members (
            json_object_get_object_member (json_node_get_object (value), "Config"));
      else
        reeve_containers_redact_member (object, l->data, value);
    }
}

/* The depth is bounded by reeve_containers_json_check(). */
static void
reeve_containers_redact_node (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    reeve_containers_redact_object (json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    reeve_containers_redact_array (json_node_get_array (node));
}

char *
reeve_containers_redact (const char *text, gsize length, gsize *ret_length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  JsonNode *root;

  if (!reeve_containers_json_check (text, length, REEVE_CONTAINERS_REDACT_MAX_VALUES) ||
      !json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  reeve_containers_redact_node (root);
  json_generator_set_root (generator, root);
  return json_generator_to_data (generator, ret_length);
}
