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
  const char *name;
  gboolean descending;
} ReeveFleetOrder;

/* Of one system for one order. */
typedef struct
{
  const char *text; /* NULL: by number */
  double number;    /* NaN: has none */
} ReeveFleetKey;

/* In the array it has as many keys as there are orders. */
typedef struct
{
  ReeveFleetSystem *system;
  ReeveFleetKey keys[REEVE_FLEET_LIST_MAX_ORDERS];
} ReeveFleetMatch;

typedef struct
{
  GArray *words; /* of ReeveFleetWord */
  ReeveFleetOrder orders[REEVE_FLEET_LIST_MAX_ORDERS];
  guint n_orders;
  GArray *matches; /* of ReeveFleetMatch */
  gsize match_size;
  guint states[REEVE_SYSTEM_N_STATES];
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
  return word->type == REEVE_FLEET_WORD_LABEL
             ? reeve_fleet_labels_match (system->labels, word->text, word->value)
             : reeve_fleet_word_is_in (word, system);
}

/* But for states all must hold. */
static gboolean
reeve_fleet_words_match (GArray *words, ReeveFleetSystem *system)
{
  for (guint i = 0; i < words->len; i++)
    {
      const ReeveFleetWord *word = &g_array_index (words, ReeveFleetWord, i);

      if (word->type != REEVE_FLEET_WORD_STATE && !reeve_fleet_word_match (word, system))
        return FALSE;
    }
  return TRUE;
}

/* A system has one state: of several words one must hold. */
static gboolean
reeve_fleet_words_match_state (GArray *words, ReeveSystemState state)
{
  gboolean any = FALSE;

  for (guint i = 0; i < words->len; i++)
    {
      const ReeveFleetWord *word = &g_array_index (words, ReeveFleetWord, i);

      if (word->type == REEVE_FLEET_WORD_STATE && word->state == state)
        return TRUE;
      any |= word->type == REEVE_FLEET_WORD_STATE;
    }
  return !any;
}

/* ---- sort ---- */

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
reeve_fleet_key_fill (ReeveFleetKey *key, ReeveFleetSystem *system, const char *name)
{
  *key = (ReeveFleetKey){ .number = NAN };
  if (strcmp (name, "name") == 0)
    key->text = system->name;
  else if (strcmp (name, "hostname") == 0)
    key->text = system->hostname;
  else if (strcmp (name, "agent_version") == 0)
    key->text = system->agent_version;
  else if (strcmp (name, "transport") == 0)
    key->text = system->transport;
  else if (strcmp (name, "remote") == 0)
    key->text = system->remote;
  else if (strcmp (name, "state") == 0)
    key->number = reeve_fleet_key_get_state (system);
  else if (strcmp (name, "since") == 0)
    key->number = (double) system->since;
  else if (strcmp (name, "last") == 0)
    key->number = system->last > 0 ? (double) system->last : NAN;
  else if (strcmp (name, "linked") == 0)
    key->number = system->link != NULL ? (double) system->linked : NAN;
  else
    {
      ReeveSystemView view;

      reeve_fleet_system_get_view (system, &view);
      key->number = reeve_system_view_get_value (&view, name);
    }
}

static gboolean
reeve_fleet_order_check (const char *name, GError **error)
{
  static const char *const names[] = { "name",          "state",     "since",  "last",   "hostname",
                                       "agent_version", "transport", "remote", "linked", NULL };
  const char *dot = strrchr (name, '.');

  if (g_strv_contains (names, name) || (dot != NULL && dot > name && dot[1] != '\0'))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "systems are sorted by name, state, since, last, hostname, agent_version, "
               "transport, remote, linked or a value such as cpu.usage");
  return FALSE;
}

/* The names point into @parts. */
static gboolean
reeve_fleet_orders_parse (ReeveFleetListing *self, GStrv parts, GError **error)
{
  if (g_strv_length (parts) > REEVE_FLEET_LIST_MAX_ORDERS)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT, "systems are sorted by at most %d keys",
                   REEVE_FLEET_LIST_MAX_ORDERS);
      return FALSE;
    }
  for (guint i = 0; parts[i] != NULL; i++)
    {
      ReeveFleetOrder *order = &self->orders[self->n_orders++];

      order->descending = *parts[i] == '-';
      order->name = order->descending ? parts[i] + 1 : parts[i];
      if (!reeve_fleet_order_check (order->name, error))
        return FALSE;
    }
  return TRUE;
}

/* What has no value comes last either way. */
static int
reeve_fleet_key_compare (const ReeveFleetKey *one, const ReeveFleetKey *two, gboolean descending)
{
  int order = 0;

  if (one->text != NULL)
    order = strcmp (one->text, two->text);
  else if (isnan (one->number) != isnan (two->number))
    return isnan (one->number) ? 1 : -1;
  else if (!isnan (one->number))
    order = (one->number > two->number) - (one->number < two->number);
  return descending ? -order : order;
}

/* Of two that are alike the names decide, so that pages do not overlap. */
static int
reeve_fleet_match_compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const ReeveFleetListing *self = user_data;
  const ReeveFleetMatch *one = a, *two = b;
  int order = 0;

  for (guint i = 0; order == 0 && i < self->n_orders; i++)
    order = reeve_fleet_key_compare (&one->keys[i], &two->keys[i], self->orders[i].descending);
  return order != 0 ? order : strcmp (one->system->name, two->system->name);
}

/* ---- listing ---- */

static void
reeve_fleet_listing_add (G_GNUC_UNUSED ReeveFleetHub *hub, ReeveFleetSystem *system,
                         gpointer user_data)
{
  ReeveFleetListing *self = user_data;
  ReeveFleetMatch match = { .system = system };

  if (!reeve_fleet_words_match (self->words, system))
    return;
  /* counted whatever state is wanted, so that one sees how many are in the others */
  self->states[system->state]++;
  if (!reeve_fleet_words_match_state (self->words, system->state))
    return;
  for (guint i = 0; i < self->n_orders; i++)
    reeve_fleet_key_fill (&match.keys[i], system, self->orders[i].name);
  g_array_append_vals (self->matches, &match, 1);
}

static const ReeveFleetMatch *
reeve_fleet_listing_get (ReeveFleetListing *self, guint index)
{
  return (gpointer) (self->matches->data + index * self->match_size);
}

/* They come in the order of names. */
static gboolean
reeve_fleet_listing_is_sorted (const ReeveFleetListing *self)
{
  return self->n_orders == 1 && !self->orders[0].descending &&
         strcmp (self->orders[0].name, "name") == 0;
}

static GVariant *
reeve_fleet_listing_make (ReeveFleetListing *self, guint offset, guint limit)
{
  GVariantBuilder rows, states;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = offset; i < self->matches->len && i - offset < limit; i++)
    {
      ReeveSystemView view;

      reeve_fleet_system_get_view (reeve_fleet_listing_get (self, i)->system, &view);
      g_variant_builder_add_value (&rows, reeve_system_view_to_variant (&view));
    }
  g_variant_builder_init (&states, G_VARIANT_TYPE ("a{su}"));
  for (guint i = 0; i < G_N_ELEMENTS (self->states); i++)
    if (self->states[i] > 0)
      g_variant_builder_add (&states, "{su}", reeve_system_state_to_string (i), self->states[i]);
  return g_variant_new ("(aa{sv}ua{su})", &rows, self->matches->len, &states);
}

GVariant *
reeve_fleet_list (ReeveFleetHub *hub, const char *filter, const char *sort, guint offset,
                  guint limit, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (*sort != '\0' ? sort : "name", ",", -1);
  ReeveFleetListing self = { 0 };
  GVariant *value;

  if (limit > REEVE_FLEET_LIST_MAX)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "at most %d systems can be asked for at once", REEVE_FLEET_LIST_MAX);
      return NULL;
    }
  if (!reeve_fleet_orders_parse (&self, parts, error))
    return NULL;
  self.words = reeve_fleet_words_parse (filter, error);
  if (self.words == NULL)
    return NULL;
  self.match_size =
      G_STRUCT_OFFSET (ReeveFleetMatch, keys) + self.n_orders * sizeof (ReeveFleetKey);
  self.matches = g_array_new (FALSE, FALSE, (guint) self.match_size);
  reeve_fleet_hub_foreach (hub, reeve_fleet_listing_add, &self);
  if (!reeve_fleet_listing_is_sorted (&self))
    g_array_sort_with_data (self.matches, reeve_fleet_match_compare, &self);
  value = reeve_fleet_listing_make (&self, offset, limit > 0 ? limit : REEVE_FLEET_LIST_DEFAULT);
  g_array_unref (self.matches);
  g_array_unref (self.words);
  return value;
}
