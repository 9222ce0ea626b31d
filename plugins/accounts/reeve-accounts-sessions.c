/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Secrets are compared as hashes, so that neither memory nor timing gives one away. */

#include "config.h"

#include "reeve-accounts-sessions.h"

#include <gnutls/crypto.h>
#include <string.h>

#define REEVE_ACCOUNTS_MAX_SECRET 128
#define REEVE_ACCOUNTS_HANDLE_BYTES 6

typedef struct
{
  char *hash;
  char *name; /* sessions: "identity:handle" */
  gint64 begun;
} ReeveAccountsEntry;

struct _ReeveAccountsSessions
{
  char *owner_hash;
  gint64 lifetime_us;
  GPtrArray *links; /* oldest first */
  GPtrArray *sessions;
};

static void
reeve_accounts_entry_free (ReeveAccountsEntry *self)
{
  g_free (self->hash);
  g_free (self->name);
  g_free (self);
}

static char *
reeve_accounts_hash (const char *secret)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, secret, -1);
}

char *
reeve_accounts_random_text (gsize n_bytes)
{
  g_autofree guint8 *bytes = g_malloc (n_bytes);
  char *text;

  if (gnutls_rnd (GNUTLS_RND_KEY, bytes, n_bytes) != 0)
    g_error ("no random numbers from GnuTLS");
  text = g_base64_encode (bytes, n_bytes);
  gnutls_memset (bytes, 0, n_bytes);
  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

ReeveAccountsSessions *
reeve_accounts_sessions_new (const char *owner_key, gint64 lifetime_us)
{
  ReeveAccountsSessions *self = g_new0 (ReeveAccountsSessions, 1);

  self->owner_hash = reeve_accounts_hash (owner_key);
  self->lifetime_us = lifetime_us;
  self->links = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_accounts_entry_free);
  self->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) reeve_accounts_entry_free);
  return self;
}

void
reeve_accounts_sessions_free (ReeveAccountsSessions *self)
{
  g_ptr_array_unref (self->links);
  g_ptr_array_unref (self->sessions);
  g_free (self->owner_hash);
  g_free (self);
}

void
reeve_accounts_sessions_set_lifetime (ReeveAccountsSessions *self, gint64 lifetime_us)
{
  self->lifetime_us = lifetime_us;
}

/* Removes what is too old, then the oldest until one more fits. */
static void
reeve_accounts_make_room (GPtrArray *entries, guint limit, gint64 oldest)
{
  while (entries->len > 0 &&
         (entries->len >= limit ||
          ((ReeveAccountsEntry *) g_ptr_array_index (entries, 0))->begun < oldest))
    g_ptr_array_remove_index (entries, 0);
}

static void
reeve_accounts_add (GPtrArray *entries, const char *secret, const char *name, gint64 now)
{
  ReeveAccountsEntry *entry = g_new0 (ReeveAccountsEntry, 1);

  entry->hash = reeve_accounts_hash (secret);
  entry->name = g_strdup (name);
  entry->begun = now;
  g_ptr_array_add (entries, entry);
}

/* -1 when there is none that began after @oldest. */
static int
reeve_accounts_find (GPtrArray *entries, const char *secret, gint64 oldest)
{
  g_autofree char *hash = reeve_accounts_hash (secret);

  for (guint i = 0; i < entries->len; i++)
    {
      ReeveAccountsEntry *entry = g_ptr_array_index (entries, i);

      if (entry->begun >= oldest && strcmp (entry->hash, hash) == 0)
        return i;
    }
  return -1;
}

char *
reeve_accounts_sessions_add_link (ReeveAccountsSessions *self, gint64 now)
{
  char *secret = reeve_accounts_random_text (REEVE_ACCOUNTS_SECRET_BYTES);

  reeve_accounts_make_room (self->links, REEVE_ACCOUNTS_MAX_LINKS, now - REEVE_ACCOUNTS_LINK_US);
  reeve_accounts_add (self->links, secret, NULL, now);
  return secret;
}

char *
reeve_accounts_sessions_try_secret (ReeveAccountsSessions *self, const char *secret, gint64 now)
{
  g_autofree char *hash = NULL;
  int index;

  if (*secret == '\0' || strlen (secret) > REEVE_ACCOUNTS_MAX_SECRET)
    return NULL;
  hash = reeve_accounts_hash (secret);
  if (strcmp (hash, self->owner_hash) == 0)
    return g_strdup (REEVE_ACCOUNTS_OWNER);
  index = reeve_accounts_find (self->links, secret, now - REEVE_ACCOUNTS_LINK_US);
  if (index < 0)
    return NULL;
  g_ptr_array_remove_index (self->links, index);
  return g_strdup (REEVE_ACCOUNTS_OWNER);
}

char *
reeve_accounts_sessions_add (ReeveAccountsSessions *self, const char *identity, gint64 now)
{
  char *token = reeve_accounts_random_text (REEVE_ACCOUNTS_SECRET_BYTES);
  g_autofree char *handle = reeve_accounts_random_text (REEVE_ACCOUNTS_HANDLE_BYTES);
  g_autofree char *name = g_strdup_printf ("%s:%s", identity, handle);

  reeve_accounts_make_room (self->sessions, REEVE_ACCOUNTS_MAX_SESSIONS, now - self->lifetime_us);
  reeve_accounts_add (self->sessions, token, name, now);
  return token;
}

char *
reeve_accounts_sessions_try_bearer (ReeveAccountsSessions *self, const char *token, gint64 now)
{
  int index = strlen (token) <= REEVE_ACCOUNTS_MAX_SECRET
                  ? reeve_accounts_find (self->sessions, token, now - self->lifetime_us)
                  : -1;

  return index >= 0
             ? g_strdup (((ReeveAccountsEntry *) g_ptr_array_index (self->sessions, index))->name)
             : NULL;
}

static int
reeve_accounts_find_name (ReeveAccountsSessions *self, const char *name)
{
  for (guint i = 0; i < self->sessions->len; i++)
    if (strcmp (((ReeveAccountsEntry *) g_ptr_array_index (self->sessions, i))->name, name) == 0)
      return i;
  return -1;
}

gboolean
reeve_accounts_sessions_is_alive (ReeveAccountsSessions *self, const char *name, gint64 now)
{
  int index = reeve_accounts_find_name (self, name);

  return index >= 0 && ((ReeveAccountsEntry *) g_ptr_array_index (self->sessions, index))->begun >=
                           now - self->lifetime_us;
}

gboolean
reeve_accounts_sessions_remove (ReeveAccountsSessions *self, const char *name)
{
  int index = reeve_accounts_find_name (self, name);

  if (index >= 0)
    g_ptr_array_remove_index (self->sessions, index);
  return index >= 0;
}

char *
reeve_accounts_identity_of_name (const char *name)
{
  return g_strndup (name, strcspn (name, ":"));
}
