/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ed25519 public keys as people hand them around: the line "ssh-ed25519 AAAA... comment" of
 * OpenSSH (RFC 8709 for what the base64 holds), one or several of them in a text. Decides who may
 * be a hub, so a line that is not understood is an error and never skipped. */

#include "config.h"

#include "reeve-public-key.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <string.h>

#define KEY_TYPE "ssh-ed25519"
/* string "ssh-ed25519", string of 32 bytes; each with its length before it */
#define KEY_PREFIX "\0\0\0\013ssh-ed25519\0\0\0\040"
#define KEY_PREFIX_SIZE (sizeof KEY_PREFIX - 1)
#define KEY_BLOB_SIZE (KEY_PREFIX_SIZE + REEVE_PUBLIC_KEY_SIZE)

static void
reeve_public_key_to_blob (const ReevePublicKey *self, guint8 *blob)
{
  memcpy (blob, KEY_PREFIX, KEY_PREFIX_SIZE);
  memcpy (blob + KEY_PREFIX_SIZE, self->bytes, REEVE_PUBLIC_KEY_SIZE);
}

/**
 * reeve_public_key_to_line:
 * @self: a key
 * @comment: (nullable): text behind it; control characters are left out
 *
 * Returns: (transfer full): the key's line as OpenSSH writes it, without a line end
 */
char *
reeve_public_key_to_line (const ReevePublicKey *self, const char *comment)
{
  guint8 blob[KEY_BLOB_SIZE];
  g_autofree char *base64 = NULL;
  g_autoptr (GString) line = g_string_new (KEY_TYPE " ");

  reeve_public_key_to_blob (self, blob);
  base64 = g_base64_encode (blob, sizeof blob);
  g_string_append (line, base64);
  if (comment != NULL && comment[0] != '\0')
    {
      g_string_append_c (line, ' ');
      for (; *comment != '\0'; comment++)
        if ((guint8) *comment >= 0x20 && *comment != 0x7f)
          g_string_append_c (line, *comment);
    }
  return g_string_free (g_steal_pointer (&line), FALSE);
}

/**
 * reeve_public_key_to_fingerprint:
 * @self: a key
 *
 * Returns: (transfer full): "SHA256:" and base64, as ssh-keygen -l shows it
 */
char *
reeve_public_key_to_fingerprint (const ReevePublicKey *self)
{
  guint8 blob[KEY_BLOB_SIZE], digest[32];
  gsize length = sizeof digest;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *base64 = NULL;

  reeve_public_key_to_blob (self, blob);
  g_checksum_update (checksum, blob, sizeof blob);
  g_checksum_get_digest (checksum, digest, &length);
  base64 = g_base64_encode (digest, length);
  base64[strcspn (base64, "=")] = '\0';
  return g_strconcat ("SHA256:", base64, NULL);
}

/* Reads one line that is neither blank nor a comment. @line is changed. */
static gboolean
reeve_public_key_parse_line (char *line, guint number, ReevePublicKey *ret_key, GError **error)
{
  gsize type_length = strcspn (line, " \t");
  char *base64 = line + type_length + strspn (line + type_length, " \t");
  gsize length;

  if (type_length != strlen (KEY_TYPE) || strncmp (line, KEY_TYPE, type_length) != 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "line %u of the public keys: not an Ed25519 key; each line has to begin with "
                   "\"" KEY_TYPE " AAAA\" and nothing before it",
                   number);
      return FALSE;
    }
  base64[strcspn (base64, " \t")] = '\0';
  length = strlen (base64);
  /* 51 bytes are 68 characters without padding; and the decoder skips what is no base64. */
  if (length == KEY_BLOB_SIZE / 3 * 4)
    {
      g_autofree guint8 *blob = g_base64_decode (base64, &length);
      g_autofree char *again = blob != NULL ? g_base64_encode (blob, length) : NULL;

      if (length == KEY_BLOB_SIZE && strcmp (again, base64) == 0 &&
          memcmp (blob, KEY_PREFIX, KEY_PREFIX_SIZE) == 0)
        {
          memcpy (ret_key->bytes, blob + KEY_PREFIX_SIZE, REEVE_PUBLIC_KEY_SIZE);
          return TRUE;
        }
    }
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "line %u of the public keys: the key is damaged; copy the whole line again", number);
  return FALSE;
}

/**
 * reeve_public_key_parse_lines:
 * @text: (array length=length): key lines, as in authorized_keys; need not end in a NUL
 * @length: how many bytes
 * @error: return location for a #GError
 *
 * Reads public keys, one a line. Blank lines and lines that begin with "#" are passed over. Options
 * before a key, other kinds of key and damaged lines are errors that name the line. A text without
 * any key is one, too. Errors: %REEVE_ERROR_INVALID, %REEVE_ERROR_LIMIT.
 *
 * Returns: (transfer full) (element-type ReevePublicKey): the keys, at least one
 */
GArray *
reeve_public_key_parse_lines (const char *text, gsize length, GError **error)
{
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (ReevePublicKey));
  const char *end = text + length;
  guint number = 0;

  if (length > REEVE_PUBLIC_KEY_MAX_TEXT)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "the public keys are longer than %u bytes; is this the right file?",
                   REEVE_PUBLIC_KEY_MAX_TEXT);
      return NULL;
    }
  while (text < end)
    {
      const char *lf = memchr (text, '\n', (gsize) (end - text));
      const char *next = lf != NULL ? lf + 1 : end;
      g_autofree char *line = g_strndup (text, (gsize) ((lf != NULL ? lf : end) - text));
      ReevePublicKey key;

      number++;
      text = next;
      g_strstrip (line);
      if (line[0] == '\0' || line[0] == '#')
        continue;
      if (keys->len == REEVE_PUBLIC_KEY_MAX_KEYS)
        {
          g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                       "line %u of the public keys: more than %u keys; remove those that are not "
                       "used any more",
                       number, REEVE_PUBLIC_KEY_MAX_KEYS);
          return NULL;
        }
      if (!reeve_public_key_parse_line (line, number, &key, error))
        return NULL;
      g_array_append_val (keys, key);
    }
  if (keys->len == 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "no public key is given; put the hub's \"" KEY_TYPE " AAAA...\" line there");
      return NULL;
    }
  return g_steal_pointer (&keys);
}

/**
 * reeve_public_key_verify:
 * @self: the key that is said to have signed
 * @message: what was signed
 * @signature: an Ed25519 signature, 64 bytes (RFC 8032)
 *
 * Checks a signature. May be called in any thread.
 *
 * Returns: %TRUE if @self signed @message
 */
gboolean
reeve_public_key_verify (const ReevePublicKey *self, GBytes *message, GBytes *signature)
{
  gnutls_datum_t point = { (unsigned char *) self->bytes, REEVE_PUBLIC_KEY_SIZE };
  gnutls_datum_t data, sign;
  gnutls_pubkey_t key = NULL;
  gsize length, sign_length;
  int result;

  data.data = (unsigned char *) g_bytes_get_data (message, &length);
  sign.data = (unsigned char *) g_bytes_get_data (signature, &sign_length);
  if (sign_length != REEVE_SIGNATURE_SIZE || length > G_MAXUINT)
    return FALSE;
  data.size = (unsigned int) length;
  sign.size = (unsigned int) sign_length;

  if (gnutls_pubkey_init (&key) < 0)
    return FALSE;
  result = gnutls_pubkey_import_ecc_raw (key, GNUTLS_ECC_CURVE_ED25519, &point, NULL);
  if (result >= 0)
    result = gnutls_pubkey_verify_data2 (key, GNUTLS_SIGN_EDDSA_ED25519, 0, &data, &sign);
  gnutls_pubkey_deinit (key);
  return result >= 0;
}
