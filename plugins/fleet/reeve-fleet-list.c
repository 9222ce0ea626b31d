/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Filter, sort, page. A key is made of each system that matches, a row only of those on the page:
 * ten thousand rows would take longer than anybody waits. */

#include "config.h"

#include "reeve-fleet-list.h"

#include <math.h>
#include <string.h>

#include "reeve-fleet-labels.h"

typedef enum
{
  REEVE_FLEET_WORD_TEXT,
  REEVE_FLEET_WORD_STATE,
  REEVE_FLEET_WORD_LABEL,
} ReeveFleetWordType;

typedef struct
{
  ReeveFleetWordType type;
  ReeveSystemState state;
  char *text;  /* case-folded; of a label its key */
  char *value; /* of a label, NULL: any */
} ReeveFleetWord;

typedef struct
{
  ReeveFleetSystem *system;
  const char *text; /* NULL: by number */
  double number;    /* NaN: has none */
} ReeveFleetKey;

typedef struct
{
  GArray *words; /* of ReeveFleetWord */
  const char *sort;
  gboolean descending;
  GArray *keys; /* of ReeveFleetKey */
  guint states[REEVE_SYSTEM_UNCONFIRMED + 1];
} ReeveFleetListing;

/* ---- filter ---- */

static void
reeve_fleet_word_clear (gpointer data)
{
  ReeveFleetWord *word = data;

  g_free (word->text);
  g_free (word->value);
}

static gboolean
reeve_fleet_word_parse (const char *text, ReeveFleetWord *ret_word, GError **error)
{
  const char *colon = strchr (text, ':');
  const char *equals;

  *ret_word = (ReeveFleetWord){ .type = REEVE_FLEET_WORD_TEXT };
  if (colon != NULL && g_str_has_prefix (text, "label:"))
    {
      equals = strchr (colon, '=');
      ret_word->type = REEVE_FLEET_WORD_LABEL;
      ret_word->text = equals != NULL ? g_strndup (colon + 1, (gsize) (equals - colon - 1))
                                      : g_strdup (colon + 1);
      ret_word->value = equals != NULL ? g_strdup (equals + 1) : NULL;
      return TRUE;
    }
  if (colon == NULL || !g_str_has_prefix (text, "state:"))
    {
      ret_word->text = g_utf8_casefold (text, -1);
      return TRUE;
    }
  ret_word->type = REEVE_FLEET_WORD_STATE;
  for (int state = 0; state <= REEVE_SYSTEM_UNCONFIRMED; state++)
    if (strcmp (reeve_system_state_to_string (state), colon + 1) == 0)
      {
        ret_word->state = state;
        return TRUE;
      }
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "there is no state of that name: they are pending, up, suspect, down, paused and "
               "unconfirmed");
  return FALSE;
}

static GArray *
reeve_fleet_words_parse (const char *filter, GError **error)
{
  g_auto (GStrv) parts = g_strsplit_set (filter, " \t\n", -1);
  g_autoptr (GArray) words = g_array_new (FALSE, FALSE, sizeof (ReeveFleetWord));

  g_array_set_clear_func (words, reeve_fleet_word_clear);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      ReeveFleetWord word;

      if (*parts[i] == '\0')
        continue;
      if (words->len >= REEVE_FLEET_LIST_MAX_WORDS)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "a filter has at most %d words",
                       REEVE_FLEET_LIST_MAX_WORDS);
          return NULL;
        }
      if (!reeve_fleet_word_parse (parts[i], &word, error))
        return NULL;
      g_array_append_val (words, word);
    }
  return g_steal_pointer (&words);
}

static gboolean
reeve_fleet_text_has (const char *text, const char *folded)
{
  g_autofree char *own = g_utf8_casefold (text, -1);

  return strstr (own, folded) != NULL;
}

static gboolean
reeve_fleet_word_is_in (const ReeveFleetWord *word, ReeveFleetSystem *system)
{
  GVariantIter iter;
  const char *key, *value;

  if (reeve_fleet_text_has (system->name, word->text) ||
      reeve_fleet_text_has (system->hostname, word->text) ||
      strstr (system->id, word->text) != NULL)
    return TRUE;
  if (system->labels == NULL)
    return FALSE;
  g_variant_iter_init (&iter, system->labels);
  while (g_variant_iter_next (&iter, "{&s&s}", &key, &value))
    if (strstr (key, word->text) != NULL || reeve_fleet_text_has (value, word->text))
      return TRUE;
  return FALSE;
}

static gboolean
reeve_fleet_word_match (const ReeveFleetWord *word, ReeveFleetSystem *system)
{
  switch (word->type)
    {
    case REEVE_FLEET_WORD_STATE:
      return system->state == word->state;
    case REEVE_FLEET_WORD_LABEL:
      return reeve_fleet_labels_match (system->labels, word->text, word->value);
    default:
      return reeve_fleet_word_is_in (word, system);
    }
}

/* ---- sort ---- */

/* "kind.metric"; a collector's kind has a dot of its own. */
static double
reeve_fleet_key_get_value (ReeveFleetSystem *system, const char *name)
{
  const char *dot = strrchr (name, '.');
  g_autofree char *kind_name = g_strndup (name, (gsize) (dot - name));
  const ReeveKind *kind;
  guint index;
  int metric;

  if (system->latest == NULL)
    return NAN;
  kind = reeve_schema_find_kind (reeve_sample_get_schema (system->latest), kind_name, &index);
  metric = kind != NULL ? reeve_kind_find_metric (kind, dot + 1) : -1;
  if (metric < 0 || kind->metrics[metric].type == REEVE_METRIC_TEXT)
    return NAN;
  return reeve_sample_get_value (system->latest, index, kind->instanced ? "/" : NULL, metric);
}

/* The worst first. */
static double
reeve_fleet_key_get_state (ReeveFleetSystem *system)
{
  static const double ranks[] = {
    [REEVE_SYSTEM_DOWN] = 0,        [REEVE_SYSTEM_SUSPECT] = 1, [REEVE_SYSTEM_UP] = 2,
    [REEVE_SYSTEM_UNCONFIRMED] = 3, [REEVE_SYSTEM_PENDING] = 4, [REEVE_SYSTEM_PAUSED] = 5,
  };

  return ranks[system->state];
}

static void
reeve_fleet_key_fill (ReeveFleetKey *key, const char *sort)
{
  ReeveFleetSystem *system = key->system;

  if (strcmp (sort, "name") == 0)
    key->text = system->name;
  else if (strcmp (sort, "hostname") == 0)
    key->text = system->hostname;
  else if (strcmp (sort, "agent_version") == 0)
    key->text = system->agent_version;
  else if (strcmp (sort, "state") == 0)
    key->number = reeve_fleet_key_get_state (system);
  else if (strcmp (sort, "since") == 0)
    key->number = (double) system->since;
  else if (strcmp (sort, "last") == 0)
    key->number = system->last > 0 ? (double) system->last : NAN;
  else
    key->number = reeve_fleet_key_get_value (system, sort);
}

static gboolean
reeve_fleet_sort_check (const char *sort, GError **error)
{
  static const char *const names[] = { "name",     "state",         "since", "last",
                                       "hostname", "agent_version", NULL };
  const char *dot = strrchr (sort, '.');

  if (g_strv_contains (names, sort) || (dot != NULL && dot > sort && dot[1] != '\0'))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "systems are sorted by name, state, since, last, hostname, agent_version or a value "
               "such as cpu.usage");
  return FALSE;
}

/* Of two that are alike the names decide, so that pages do not overlap. */
static int
reeve_fleet_key_compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const ReeveFleetListing *self = user_data;
  const ReeveFleetKey *one = a, *two = b;
  int order = 0;

  if (one->text != NULL)
    order = strcmp (one->text, two->text);
  else if (isnan (one->number) != isnan (two->number))
    return isnan (one->number) ? 1 : -1;
  else if (!isnan (one->number))
    order = (one->number > two->number) - (one->number < two->number);
  if (self->descending)
    order = -order;
  return order != 0 ? order : strcmp (one->system->name, two->system->name);
}

/* ---- listing ---- */

static void
reeve_fleet_listing_add (G_GNUC_UNUSED ReeveFleetHub *hub, ReeveFleetSystem *system,
                         gpointer user_data)
{
  ReeveFleetListing *self = user_data;
  ReeveFleetKey key = { .system = system, .number = NAN };

  for (guint i = 0; i < self->words->len; i++)
    if (!reeve_fleet_word_match (&g_array_index (self->words, ReeveFleetWord, i), system))
      return;
  self->states[system->state]++;
  reeve_fleet_key_fill (&key, self->sort);
  g_array_append_val (self->keys, key);
}

static GVariant *
reeve_fleet_listing_make (ReeveFleetListing *self, guint offset, guint limit)
{
  GVariantBuilder rows, states;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = offset; i < self->keys->len && i - offset < limit; i++)
    {
      ReeveSystemView view;

      reeve_fleet_system_get_view (g_array_index (self->keys, ReeveFleetKey, i).system, &view);
      g_variant_builder_add_value (&rows, reeve_system_view_to_variant (&view));
    }
  g_variant_builder_init (&states, G_VARIANT_TYPE ("a{su}"));
  for (guint i = 0; i < G_N_ELEMENTS (self->states); i++)
    if (self->states[i] > 0)
      g_variant_builder_add (&states, "{su}", reeve_system_state_to_string (i), self->states[i]);
  return g_variant_new ("(aa{sv}ua{su})", &rows, self->keys->len, &states);
}

GVariant *
reeve_fleet_list (ReeveFleetHub *hub, const char *filter, const char *sort, guint offset,
                  guint limit, GError **error)
{
  ReeveFleetListing self = { .descending = *sort == '-' };
  GVariant *value;

  self.sort = self.descending ? sort + 1 : *sort != '\0' ? sort : "name";
  if (limit > REEVE_FLEET_LIST_MAX)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "at most %d systems can be asked for at once", REEVE_FLEET_LIST_MAX);
      return NULL;
    }
  if (!reeve_fleet_sort_check (self.sort, error))
    return NULL;
  self.words = reeve_fleet_words_parse (filter, error);
  if (self.words == NULL)
    return NULL;
  self.keys = g_array_new (FALSE, FALSE, sizeof (ReeveFleetKey));
  reeve_fleet_hub_foreach (hub, reeve_fleet_listing_add, &self);
  g_array_sort_with_data (self.keys, reeve_fleet_key_compare, &self);
  value = reeve_fleet_listing_make (&self, offset, limit > 0 ? limit : REEVE_FLEET_LIST_DEFAULT);
  g_array_unref (self.keys);
  g_array_unref (self.words);
  return value;
}
