/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads the engines' JSON. Nothing in it is trusted: its size is checked before json-glib sees it,
 * each member's type when it is asked for. */

#include "config.h"

#include "reeve-containers-parse.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "probe/reeve-containers-json.h"
#include "reeve-containers-text.h"

/* ---- members that may be missing or of another type ---- */

static JsonNode *
reeve_containers_parse_root (JsonParser *parser, const char *text, gsize length)
{
  if (!reeve_containers_json_check (text, length, REEVE_CONTAINERS_MAX_VALUES) ||
      !json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return NULL;
  return json_parser_get_root (parser);
}

static JsonObject *
reeve_containers_parse_as_object (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonObject *
reeve_containers_parse_object (JsonObject *object, const char *name)
{
  return object != NULL ? reeve_containers_parse_as_object (json_object_get_member (object, name))
                        : NULL;
}

static JsonArray *
reeve_containers_parse_array (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* NULL when it is missing. */
static const char *
reeve_containers_parse_string (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

/* A whole number from 0 on; -1 for anything else. */
static gint64
reeve_containers_parse_number (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;
  GType type = node != NULL ? json_node_get_value_type (node) : G_TYPE_INVALID;
  double number;

  if (type == G_TYPE_INT64)
    return MAX (json_node_get_int (node), -1);
  if (type != G_TYPE_DOUBLE)
    return -1;
  number = json_node_get_double (node);
  return number >= 0 && number < 9e18 ? (gint64) number : -1;
}

/* -1 when one of them is missing. */
static gint64
reeve_containers_parse_sum (gint64 a, gint64 b)
{
  return a < 0 || b < 0 || a > G_MAXINT64 - b ? -1 : a + b;
}

/* ---- the list ---- */

static int
reeve_containers_parse_health (const char *text)
{
  static const char *const names[] = { "none", "starting", "healthy", "unhealthy" };

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (names); i++)
    if (strcmp (text, names[i]) == 0)
      return (int) i;
  return text != NULL && text[0] == '\0' ? 0 : -1;
}

static guint
reeve_containers_parse_state (const char *text)
{
  static const char *const names[] = { "created",  "running", "paused", "restarting",
                                       "removing", "exited",  "dead" };

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (text, names[i]) == 0)
      return i;
  /* Podman's words for the rest */
  if (text != NULL && (strcmp (text, "configured") == 0 || strcmp (text, "initialized") == 0))
    return 0;
  return text != NULL && strcmp (text, "stopped") == 0 ? 5 : G_N_ELEMENTS (names);
}

/* The first name without its slash, else the id. */
static void
reeve_containers_parse_name (JsonObject *object, ReeveContainersEntry *entry)
{
  JsonArray *names = reeve_containers_parse_array (object, "Names");
  JsonNode *node =
      names != NULL && json_array_get_length (names) > 0 ? json_array_get_element (names, 0) : NULL;
  const char *name = node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
                         ? json_node_get_string (node)
                         : "";

  if (name[0] == '/')
    name++;
  g_strlcpy (entry->name, name[0] != '\0' ? name : entry->id, sizeof entry->name);
}

static void
reeve_containers_parse_ports (JsonObject *object, ReeveContainersEntry *entry)
{
  JsonArray *array = reeve_containers_parse_array (object, "Ports");
  ReeveContainersPort ports[REEVE_CONTAINERS_MAX_PORTS];
  guint n = 0;

  for (guint i = 0; array != NULL && i < json_array_get_length (array) && n < G_N_ELEMENTS (ports);
       i++)
    {
      JsonObject *port = reeve_containers_parse_as_object (json_array_get_element (array, i));
      gint64 number = reeve_containers_parse_number (port, "PublicPort");
      const char *address = reeve_containers_parse_string (port, "IP");

      if (number < 1 || number > G_MAXUINT16)
        continue;
      ports[n].number = (guint16) number;
      g_strlcpy (ports[n].address, address != NULL ? address : "", sizeof ports[n].address);
      n++;
    }
  reeve_containers_text_ports (ports, n, entry->ports, sizeof entry->ports);
}

static gboolean
reeve_containers_parse_id (JsonObject *object, char *ret_id)
{
  const char *id = reeve_containers_parse_string (object, "Id");

  if (id == NULL || strspn (id, "0123456789abcdefABCDEF") != strlen (id) ||
      strlen (id) < REEVE_CONTAINERS_ID || strlen (id) > 64)
    return FALSE;
  for (guint i = 0; i < REEVE_CONTAINERS_ID; i++)
    ret_id[i] = g_ascii_tolower (id[i]);
  ret_id[REEVE_CONTAINERS_ID] = '\0';
  return TRUE;
}

static ReeveContainersEntry *
reeve_containers_parse_entry (JsonObject *object)
{
  ReeveContainersEntry entry = { .health = -1 };
  const char *status, *image;

  if (object == NULL || !reeve_containers_parse_id (object, entry.id))
    return NULL;
  reeve_containers_parse_name (object, &entry);
  image = reeve_containers_parse_string (object, "Image");
  g_strlcpy (entry.image, image != NULL ? image : "", sizeof entry.image);
  entry.state = reeve_containers_parse_state (reeve_containers_parse_string (object, "State"));
  entry.running = entry.state >= 1 && entry.state <= 3;
  status = reeve_containers_parse_string (object, "Status");
  reeve_containers_text_status (status != NULL ? status : "", entry.status, sizeof entry.status,
                                &entry.health);
  if (reeve_containers_parse_object (object, "Health") != NULL)
    entry.health = reeve_containers_parse_health (
        reeve_containers_parse_string (reeve_containers_parse_object (object, "Health"), "Status"));
  reeve_containers_parse_ports (object, &entry);
  return g_memdup2 (&entry, sizeof entry);
}

GPtrArray *
reeve_containers_parse_list (const char *text, gsize length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root = reeve_containers_parse_root (parser, text, length);
  GPtrArray *list;
  JsonArray *array;

  if (root == NULL || !JSON_NODE_HOLDS_ARRAY (root))
    return NULL;
  array = json_node_get_array (root);
  list = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < json_array_get_length (array) && list->len < REEVE_CONTAINERS_MAX; i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      ReeveContainersEntry *entry =
          reeve_containers_parse_entry (reeve_containers_parse_as_object (element));

      if (entry != NULL)
        g_ptr_array_add (list, entry);
    }
  return list;
}

/* ---- statistics ---- */

static gint64
reeve_containers_parse_memory (JsonObject *object)
{
  JsonObject *memory = reeve_containers_parse_object (object, "memory_stats");
  JsonObject *stats = reeve_containers_parse_object (memory, "stats");
  gint64 usage = reeve_containers_parse_number (memory, "usage");
  gint64 back = reeve_containers_parse_number (stats, "inactive_file");

  if (back <= 0)
    back = reeve_containers_parse_number (stats, "cache");
  if (usage < 0)
    return -1;
  return usage - CLAMP (back, 0, usage);
}

static void
reeve_containers_parse_networks (JsonObject *object, ReeveContainersStats *stats)
{
  JsonObject *networks = reeve_containers_parse_object (object, "networks");
  g_autoptr (GList) members = networks != NULL ? json_object_get_values (networks) : NULL;

  if (members == NULL)
    return;
  stats->sent = stats->received = 0;
  for (GList *l = members; l != NULL; l = l->next)
    {
      JsonObject *network = reeve_containers_parse_as_object (l->data);

      stats->sent =
          reeve_containers_parse_sum (stats->sent,
                                      reeve_containers_parse_number (network, "tx_bytes"));
      stats->received =
          reeve_containers_parse_sum (stats->received,
                                      reeve_containers_parse_number (network, "rx_bytes"));
    }
}

static void
reeve_containers_parse_disks (JsonObject *object, ReeveContainersStats *stats)
{
  JsonArray *array =
      reeve_containers_parse_array (reeve_containers_parse_object (object, "blkio_stats"),
                                    "io_service_bytes_recursive");

  if (array == NULL)
    return;
  stats->read = stats->written = 0;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *entry = reeve_containers_parse_as_object (json_array_get_element (array, i));
      const char *operation = reeve_containers_parse_string (entry, "op");
      gint64 value = reeve_containers_parse_number (entry, "value");

      if (operation != NULL && g_ascii_strcasecmp (operation, "read") == 0)
        stats->read = reeve_containers_parse_sum (stats->read, value);
      else if (operation != NULL && g_ascii_strcasecmp (operation, "write") == 0)
        stats->written = reeve_containers_parse_sum (stats->written, value);
    }
}

/* "2026-11-30T10:00:00.123456789Z" in microseconds; -1 for anything else. */
static gint64
reeve_containers_parse_moment (const char *text)
{
  g_autoptr (GDateTime) moment = text != NULL ? g_date_time_new_from_iso8601 (text, NULL) : NULL;

  if (moment == NULL || g_date_time_to_unix (moment) < 0)
    return -1;
  return g_date_time_to_unix (moment) * G_USEC_PER_SEC + g_date_time_get_microsecond (moment);
}

ReeveContainersStats *
reeve_containers_parse_stats (const char *text, gsize length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root =
      reeve_containers_parse_as_object (reeve_containers_parse_root (parser, text, length));
  ReeveContainersStats stats = REEVE_CONTAINERS_STATS_INIT;
  JsonObject *cpu, *usage;
  JsonArray *each;

  if (root == NULL)
    return NULL;
  cpu = reeve_containers_parse_object (root, "cpu_stats");
  usage = reeve_containers_parse_object (cpu, "cpu_usage");
  stats.cpu_ns = reeve_containers_parse_number (usage, "total_usage");
  stats.processors = reeve_containers_parse_number (cpu, "online_cpus");
  each = reeve_containers_parse_array (usage, "percpu_usage");
  if (stats.processors <= 0)
    stats.processors = each != NULL ? (gint64) json_array_get_length (each) : -1;
  stats.memory = reeve_containers_parse_memory (root);
  reeve_containers_parse_networks (root, &stats);
  reeve_containers_parse_disks (root, &stats);
  stats.moment = reeve_containers_parse_moment (reeve_containers_parse_string (root, "read"));
  return g_memdup2 (&stats, sizeof stats);
}

/* ---- the rest ---- */

ReeveContainersDetails *
reeve_containers_parse_details (const char *text, gsize length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root =
      reeve_containers_parse_as_object (reeve_containers_parse_root (parser, text, length));
  ReeveContainersDetails details = { -1, -1, -1 };
  JsonObject *state, *health;

  if (root == NULL)
    return NULL;
  details.restarts = reeve_containers_parse_number (root, "RestartCount");
  details.limit =
      reeve_containers_parse_number (reeve_containers_parse_object (root, "HostConfig"), "Memory");
  if (details.limit == 0)
    details.limit = -1;
  state = reeve_containers_parse_object (root, "State");
  health = reeve_containers_parse_object (state, "Health");
  if (health == NULL)
    health = reeve_containers_parse_object (state, "Healthcheck");
  details.health = reeve_containers_parse_health (reeve_containers_parse_string (health, "Status"));
  return g_memdup2 (&details, sizeof details);
}

ReeveContainersVersion *
reeve_containers_parse_version (const char *text, gsize length)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root =
      reeve_containers_parse_as_object (reeve_containers_parse_root (parser, text, length));
  JsonArray *components;
  ReeveContainersVersion version = { FALSE };

  if (root == NULL)
    return NULL;
  components = reeve_containers_parse_array (root, "Components");
  for (guint i = 0; components != NULL && i < json_array_get_length (components); i++)
    {
      const char *name = reeve_containers_parse_string (reeve_containers_parse_as_object (
                                                            json_array_get_element (components, i)),
                                                        "Name");

      if (name != NULL && g_str_has_prefix (name, "Podman"))
        version.podman = TRUE;
    }
  return g_memdup2 (&version, sizeof version);
}
