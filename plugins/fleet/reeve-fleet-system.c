/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One system: its values in memory, and the way to and from its record. */

#include "config.h"

#include "reeve-fleet-system.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "reeve-fleet-facts.h"
#include "reeve-fleet-labels.h"

static char *
reeve_fleet_bytes_to_hex (const guint8 *bytes, gsize n)
{
  GString *text = g_string_sized_new (2 * n);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

char *
reeve_fleet_hex (const guint8 *digest)
{
  return reeve_fleet_bytes_to_hex (digest, REEVE_SCHEMA_DIGEST);
}

static char *
reeve_fleet_random_hex (gsize n)
{
  g_autofree guint8 *bytes = g_malloc (n);
  char *text;

  if (gnutls_rnd (GNUTLS_RND_KEY, bytes, n) != 0)
    g_error ("no random numbers from GnuTLS");
  text = reeve_fleet_bytes_to_hex (bytes, n);
  gnutls_memset (bytes, 0, n);
  return text;
}

char *
reeve_fleet_make_token (void)
{
  return reeve_fleet_random_hex (REEVE_FLEET_TOKEN_BYTES);
}

char *
reeve_fleet_hash_token (const char *token)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1);
}

gboolean
reeve_fleet_system_check_name (const char *name, GError **error)
{
  if (*name != '\0' && g_utf8_strlen (name, -1) <= REEVE_FLEET_MAX_NAME &&
      reeve_text_is_clean (name, -1, 4 * REEVE_FLEET_MAX_NAME))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "a system's name has 1 to %d characters and no control characters",
               REEVE_FLEET_MAX_NAME);
  return FALSE;
}

static ReeveFleetSystem *
reeve_fleet_system_alloc (void)
{
  ReeveFleetSystem *self = g_new0 (ReeveFleetSystem, 1);

  self->fingerprint = g_strdup ("");
  self->note = g_strdup ("");
  self->hostname = g_ref_string_new_intern ("");
  self->agent_version = g_ref_string_acquire (self->hostname);
  self->transport = g_ref_string_acquire (self->hostname);
  self->remote = g_ref_string_acquire (self->hostname);
  return self;
}

void
reeve_fleet_system_set_text (GRefString **place, const char *text)
{
  if (text == NULL || strcmp (*place, text) == 0)
    return;
  g_ref_string_release (*place);
  *place = g_ref_string_new_intern (text);
}

ReeveFleetSystem *
reeve_fleet_system_new (const char *name, gint64 now, char **ret_token)
{
  ReeveFleetSystem *self = reeve_fleet_system_alloc ();

  self->id = reeve_fleet_random_hex (REEVE_FLEET_ID_LENGTH / 2);
  self->name = g_strdup (name);
  self->created = now;
  self->since = now;
  *ret_token = reeve_fleet_make_token ();
  self->token_hash = reeve_fleet_hash_token (*ret_token);
  return self;
}

ReeveFleetSystem *
reeve_fleet_system_new_enrolled (gint64 now, const char *token_hash, const char *fingerprint,
                                 gboolean unconfirmed)
{
  ReeveFleetSystem *self = reeve_fleet_system_alloc ();

  self->id = reeve_fleet_random_hex (REEVE_FLEET_ID_LENGTH / 2);
  self->created = now;
  self->since = now;
  self->token_hash = g_strdup (token_hash);
  self->shared = TRUE;
  g_free (self->fingerprint);
  self->fingerprint = g_strdup (fingerprint);
  self->unconfirmed = unconfirmed;
  self->state = unconfirmed ? REEVE_SYSTEM_UNCONFIRMED : REEVE_SYSTEM_PENDING;
  return self;
}

gboolean
reeve_fleet_system_is_idle (const ReeveFleetSystem *self)
{
  return self->paused || self->unconfirmed;
}

void
reeve_fleet_system_start_timer (ReeveFleetSystem *self, ReeveTimer **place, ReeveContext *context,
                                const char *name, ReeveTimerFunc func, guint64 delay_ms)
{
  if (*place == NULL)
    *place = reeve_context_add_timer (context, name, func, self);
  if (*place != NULL)
    reeve_timer_start (*place, delay_ms);
}

void
reeve_fleet_system_stop_timer (ReeveTimer **place)
{
  g_clear_pointer (place, reeve_timer_free);
}

ReeveLink *
reeve_fleet_system_swap_link (ReeveFleetSystem *self, ReeveLink *link)
{
  ReeveLink *old = self->link;

  if (old != NULL)
    reeve_link_set_owner_data (old, NULL);
  self->link = link;
  if (link != NULL)
    reeve_link_set_owner_data (link, self);
  return old;
}

void
reeve_fleet_system_free (ReeveFleetSystem *self)
{
  g_autoptr (ReeveLink) link = reeve_fleet_system_swap_link (self, NULL);

  g_clear_pointer (&self->poll, reeve_timer_free);
  g_clear_pointer (&self->live, reeve_timer_free);
  g_clear_pointer (&self->down, reeve_timer_free);
  g_clear_pointer (&self->drain, reeve_timer_free);
  g_clear_pointer (&self->asked, reeve_message_unref);
  g_clear_pointer (&self->asked_live, reeve_message_unref);
  g_clear_pointer (&self->latest, reeve_sample_unref);
  g_clear_pointer (&self->facts, g_variant_unref);
  g_clear_pointer (&self->schema, reeve_schema_unref);
  g_free (self->schema_id);
  g_free (self->id);
  g_free (self->name);
  g_free (self->token_hash);
  g_free (self->fingerprint);
  g_free (self->note);
  g_clear_pointer (&self->labels, g_variant_unref);
  g_ref_string_release (self->hostname);
  g_ref_string_release (self->agent_version);
  g_ref_string_release (self->transport);
  g_ref_string_release (self->remote);
  g_free (self);
}

/* ---- record ---- */

ReeveRecord *
reeve_fleet_system_to_record (ReeveFleetSystem *self, gint64 revision)
{
  const char *const indexes[] = { self->token_hash, NULL };
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", self->name);
  g_variant_dict_insert (&dict, "token-hash", "s", self->token_hash);
  g_variant_dict_insert (&dict, "fingerprint", "s", self->fingerprint);
  g_variant_dict_insert (&dict, "hostname", "s", self->hostname);
  g_variant_dict_insert (&dict, "agent-version", "s", self->agent_version);
  g_variant_dict_insert (&dict, "created", "x", self->created);
  g_variant_dict_insert (&dict, "paused", "b", self->paused);
  g_variant_dict_insert (&dict, "shared", "b", self->shared);
  g_variant_dict_insert (&dict, "unconfirmed", "b", self->unconfirmed);
  g_variant_dict_insert (&dict, "floor-security", "u", self->floor_security);
  g_variant_dict_insert (&dict, "floor-level", "u", self->floor_level);
  if (self->removing)
    g_variant_dict_insert (&dict, "removing", "b", TRUE);
  if (self->labels != NULL && g_variant_n_children (self->labels) > 0)
    g_variant_dict_insert_value (&dict, "labels", self->labels);
  if (*self->note != '\0')
    g_variant_dict_insert (&dict, "note", "s", self->note);
  if (self->kept_state != REEVE_SYSTEM_PENDING)
    {
      g_variant_dict_insert (&dict, "down", "b", self->kept_state == REEVE_SYSTEM_DOWN);
      g_variant_dict_insert (&dict, "since", "x", self->kept_since);
    }
  if (self->facts != NULL)
    g_variant_dict_insert_value (&dict, "facts", self->facts);
  if (self->schema != NULL)
    {
      g_autofree char *id = reeve_fleet_hex (reeve_schema_get_digest (self->schema));

      g_variant_dict_insert (&dict, "schema", "s", id);
    }
  if (self->kept_mark_series != 0)
    {
      g_variant_dict_insert (&dict, "kept-series", "t", self->kept_series);
      g_variant_dict_insert (&dict, "kept-stored", "t", self->kept_stored);
      g_variant_dict_insert (&dict, "kept-mark-series", "t", self->kept_mark_series);
      g_variant_dict_insert (&dict, "kept-mark", "t", self->kept_mark);
      g_variant_dict_insert (&dict, "kept-mark-time", "x", self->kept_mark_time);
    }
  return reeve_record_new ("fleet.systems", self->id, revision, g_variant_dict_end (&dict),
                           indexes);
}

/* What came with version 2 of the collection: without it a system has no labels, and was neither up
 * nor down. */
static void
reeve_fleet_system_read_notes (ReeveFleetSystem *self, GVariantDict *dict)
{
  g_autoptr (GVariant) labels =
      g_variant_dict_lookup_value (dict, "labels", G_VARIANT_TYPE ("a{ss}"));
  g_autofree char *note = NULL;
  gboolean down;

  if (labels != NULL)
    self->labels = reeve_fleet_labels_clean (labels);
  if (g_variant_dict_lookup (dict, "note", "s", &note) && reeve_fleet_note_check (note, NULL))
    {
      g_free (self->note);
      self->note = g_steal_pointer (&note);
    }
  if (g_variant_dict_lookup (dict, "down", "b", &down) &&
      g_variant_dict_lookup (dict, "since", "x", &self->kept_since))
    self->kept_state = down ? REEVE_SYSTEM_DOWN : REEVE_SYSTEM_UP;
}

ReeveFleetSystem *
reeve_fleet_system_new_from_record (ReeveRecord *record, GError **error)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (reeve_record_get_value (record));
  ReeveFleetSystem *self = reeve_fleet_system_alloc ();
  g_autoptr (GVariant) facts = NULL;
  const char *text;

  self->id = g_strdup (reeve_record_get_id (record));
  if (strlen (self->id) != REEVE_FLEET_ID_LENGTH ||
      !g_variant_dict_lookup (dict, "name", "s", &self->name) ||
      !g_variant_dict_lookup (dict, "token-hash", "s", &self->token_hash))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the record of the system '%s' lacks its name or token", self->id);
      reeve_fleet_system_free (self);
      return NULL;
    }
  g_clear_pointer (&self->fingerprint, g_free);
  if (!g_variant_dict_lookup (dict, "fingerprint", "s", &self->fingerprint))
    self->fingerprint = g_strdup ("");
  if (g_variant_dict_lookup (dict, "hostname", "&s", &text))
    reeve_fleet_system_set_text (&self->hostname, text);
  if (g_variant_dict_lookup (dict, "agent-version", "&s", &text))
    reeve_fleet_system_set_text (&self->agent_version, text);
  g_variant_dict_lookup (dict, "created", "x", &self->created);
  g_variant_dict_lookup (dict, "paused", "b", &self->paused);
  g_variant_dict_lookup (dict, "shared", "b", &self->shared);
  g_variant_dict_lookup (dict, "unconfirmed", "b", &self->unconfirmed);
  g_variant_dict_lookup (dict, "removing", "b", &self->removing);
  reeve_fleet_system_read_notes (self, dict);
  g_variant_dict_lookup (dict, "floor-security", "u", &self->floor_security);
  g_variant_dict_lookup (dict, "floor-level", "u", &self->floor_level);
  g_variant_dict_lookup (dict, "schema", "s", &self->schema_id);
  g_variant_dict_lookup (dict, "kept-series", "t", &self->kept_series);
  g_variant_dict_lookup (dict, "kept-stored", "t", &self->kept_stored);
  g_variant_dict_lookup (dict, "kept-mark-series", "t", &self->kept_mark_series);
  g_variant_dict_lookup (dict, "kept-mark", "t", &self->kept_mark);
  g_variant_dict_lookup (dict, "kept-mark-time", "x", &self->kept_mark_time);
  facts = g_variant_dict_lookup_value (dict, "facts", G_VARIANT_TYPE_VARDICT);
  if (facts != NULL)
    self->facts = reeve_fleet_facts_clean (facts);
  return self;
}

/* ---- values ---- */

void
reeve_fleet_system_get_view (ReeveFleetSystem *self, ReeveSystemView *ret_view)
{
  *ret_view = (ReeveSystemView){
    .id = self->id,
    .name = self->name,
    .state = self->state,
    .since = self->since,
    .last = self->last,
    .hostname = self->hostname,
    .agent_version = self->agent_version,
    .transport = self->transport,
    .remote = self->remote,
    .linked = self->link != NULL ? self->linked : 0,
    .revision = self->revision,
    .labels = self->labels,
    .latest = self->latest,
  };
}

gboolean
reeve_fleet_system_take_sample (ReeveFleetSystem *self, ReeveSample *sample)
{
  int row = reeve_sample_find_row (sample, REEVE_KIND_HOST, NULL);
  g_autoptr (GVariant) facts = NULL;

  /* it stays until the next one comes */
  reeve_sample_trim (sample);
  g_clear_pointer (&self->latest, reeve_sample_unref);
  self->latest = reeve_sample_ref (sample);
  self->last = reeve_sample_get_time (sample);
  if (row < 0)
    return FALSE;
  reeve_fleet_system_set_text (&self->agent_version,
                               reeve_sample_get_text (sample, row, REEVE_HOST_AGENT_VERSION));
  /* stock agents repeat their version in each sample, the rest of the facts only when asked */
  if (!reeve_sample_has (sample, row, REEVE_HOST_HOSTNAME))
    return FALSE;
  reeve_fleet_system_set_text (&self->hostname,
                               reeve_sample_get_text (sample, row, REEVE_HOST_HOSTNAME));
  facts = reeve_fleet_facts_new (sample, row);
  if (self->facts != NULL && g_variant_equal (facts, self->facts))
    return FALSE;
  g_clear_pointer (&self->facts, g_variant_unref);
  self->facts = g_steal_pointer (&facts);
  return TRUE;
}
