/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file format of OpenSSH for private keys, as its PROTOCOL.key describes it, so far as a hub's
 * key needs it: one Ed25519 key, not encrypted. Inside the armour of base64:
 *
 *   "openssh-key-v1" NUL, string cipher, string kdf, string kdf options, uint32 number of keys,
 *   string public key, string secret part
 *
 * and in the secret part: uint32 check twice the same, string "ssh-ed25519", string public key (32
 * bytes), string seed and public key (64 bytes), string comment, then the bytes 1, 2, 3... up to a
 * multiple of 8. A string has its length before it in 4 bytes, big end first.
 *
 * GnuTLS 3.7 cannot read this. Everything decoded on the way is wiped. */

#include "config.h"

#include "reeve-identity-private.h"

#include <gnutls/gnutls.h>
#include <string.h>

#define PEM_BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"
#define PEM_END "-----END OPENSSH PRIVATE KEY-----"
#define PEM_LINE 70
#define PEM_MAGIC "openssh-key-v1"
#define PEM_KEY_TYPE "ssh-ed25519"
#define PEM_BLOCK 8
#define PEM_MAX_COMMENT 1024

typedef struct
{
  const guint8 *data;
  gsize length;
} ReeveIdentityPart;

static void
reeve_identity_free_secret (gpointer data)
{
  GByteArray *array = data;

  gnutls_memset (array->data, 0, array->len);
  g_byte_array_unref (array);
}

GBytes *
reeve_identity_bytes_new_secret (gpointer data, gsize length)
{
  GByteArray *array = g_byte_array_new_take (data, length);

  return g_bytes_new_with_free_func (array->data, length, reeve_identity_free_secret, array);
}

/* --- reading --- */

static gboolean
reeve_identity_take (ReeveIdentityPart *from, gsize length, ReeveIdentityPart *ret_part)
{
  if (length > from->length)
    return FALSE;
  ret_part->data = from->data;
  ret_part->length = length;
  from->data += length;
  from->length -= length;
  return TRUE;
}

static gboolean
reeve_identity_take_uint32 (ReeveIdentityPart *from, guint32 *ret_value)
{
  ReeveIdentityPart part;

  if (!reeve_identity_take (from, 4, &part))
    return FALSE;
  *ret_value = (guint32) part.data[0] << 24 | (guint32) part.data[1] << 16 |
               (guint32) part.data[2] << 8 | part.data[3];
  return TRUE;
}

static gboolean
reeve_identity_take_string (ReeveIdentityPart *from, ReeveIdentityPart *ret_part)
{
  guint32 length;

  return reeve_identity_take_uint32 (from, &length) && reeve_identity_take (from, length, ret_part);
}

static gboolean
reeve_identity_part_is (const ReeveIdentityPart *part, const void *data, gsize length)
{
  return part->length == length && (length == 0 || memcmp (part->data, data, length) == 0);
}

static gboolean
reeve_identity_set_malformed (GError **error)
{
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
               "not a private key in OpenSSH's format, or damaged; restore it from a backup");
  return FALSE;
}

/* Finds the base64 between the two lines of the armour; white space around them is fine. */
static gboolean
reeve_identity_find_armour (const char *text, gsize length, ReeveIdentityPart *ret_part)
{
  const gsize begin = strlen (PEM_BEGIN), end = strlen (PEM_END);

  while (length > 0 && g_ascii_isspace (text[0]))
    {
      text++;
      length--;
    }
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  if (length < begin + end || memcmp (text, PEM_BEGIN, begin) != 0 ||
      memcmp (text + length - end, PEM_END, end) != 0)
    return FALSE;
  ret_part->data = (const guint8 *) text + begin;
  ret_part->length = length - begin - end;
  return TRUE;
}

/* Strict base64 with white space between: the decoder of GLib passes over whatever it does not
 * know. Returns a block of @part's length, of which the first *ret_length bytes are decoded. */
static guint8 *
reeve_identity_decode (const ReeveIdentityPart *part, gsize *ret_length)
{
  guint8 *out = g_malloc0 (part->length + 1);
  gsize n = 0, padding = 0;
  int state = 0;
  guint save = 0;

  for (gsize i = 0; i < part->length; i++)
    {
      char c = (char) part->data[i];

      if (g_ascii_isspace (c))
        continue;
      if (c == '=')
        padding++;
      if ((!g_ascii_isalnum (c) && c != '+' && c != '/' && c != '=') || padding > 2 ||
          (padding > 0 && c != '='))
        {
          n = 0;
          break;
        }
      out[n++] = (guint8) c;
    }
  /* Decoding in place is safe: what is written is never ahead of what is read. */
  if (n % 4 != 0)
    n = 0;
  *ret_length = g_base64_decode_step ((const char *) out, n, out, &state, &save);
  gnutls_memset (&save, 0, sizeof save);
  return out;
}

static gboolean
reeve_identity_read_public (ReeveIdentityPart blob, ReeveIdentityPem *pem)
{
  ReeveIdentityPart type, key;

  if (!reeve_identity_take_string (&blob, &type) || !reeve_identity_take_string (&blob, &key) ||
      blob.length != 0 || !reeve_identity_part_is (&type, PEM_KEY_TYPE, strlen (PEM_KEY_TYPE)) ||
      key.length != REEVE_PUBLIC_KEY_SIZE)
    return FALSE;
  memcpy (pem->public_key.bytes, key.data, key.length);
  return TRUE;
}

static gboolean
reeve_identity_read_secret (ReeveIdentityPart part, ReeveIdentityPem *pem)
{
  const guint8 *public_key = pem->public_key.bytes;
  ReeveIdentityPart type, key, pair, comment;
  guint32 check, again;

  if (part.length % PEM_BLOCK != 0 || !reeve_identity_take_uint32 (&part, &check) ||
      !reeve_identity_take_uint32 (&part, &again) || check != again ||
      !reeve_identity_take_string (&part, &type) || !reeve_identity_take_string (&part, &key) ||
      !reeve_identity_take_string (&part, &pair) || !reeve_identity_take_string (&part, &comment))
    return FALSE;
  if (!reeve_identity_part_is (&type, PEM_KEY_TYPE, strlen (PEM_KEY_TYPE)) ||
      !reeve_identity_part_is (&key, public_key, REEVE_PUBLIC_KEY_SIZE) ||
      pair.length != REEVE_IDENTITY_SEED_SIZE + REEVE_PUBLIC_KEY_SIZE ||
      memcmp (pair.data + REEVE_IDENTITY_SEED_SIZE, public_key, REEVE_PUBLIC_KEY_SIZE) != 0 ||
      part.length >= PEM_BLOCK)
    return FALSE;
  for (gsize i = 0; i < part.length; i++)
    if (part.data[i] != i + 1)
      return FALSE;
  memcpy (pem->seed, pair.data, REEVE_IDENTITY_SEED_SIZE);
  return TRUE;
}

static gboolean
reeve_identity_read_body (ReeveIdentityPart part, ReeveIdentityPem *pem, GError **error)
{
  ReeveIdentityPart magic, cipher, kdf, options, public_key, secret;
  guint32 keys;

  if (!reeve_identity_take (&part, sizeof PEM_MAGIC, &magic) ||
      !reeve_identity_part_is (&magic, PEM_MAGIC, sizeof PEM_MAGIC) ||
      !reeve_identity_take_string (&part, &cipher) || !reeve_identity_take_string (&part, &kdf) ||
      !reeve_identity_take_string (&part, &options) || !reeve_identity_take_uint32 (&part, &keys))
    return reeve_identity_set_malformed (error);
  if (!reeve_identity_part_is (&cipher, "none", 4) || !reeve_identity_part_is (&kdf, "none", 4))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                   "the private key is encrypted, and nobody is there to type its passphrase; "
                   "remove it with \"ssh-keygen -p -N '' -f FILE\"");
      return FALSE;
    }
  if (keys != 1)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
                   "the private key file holds %u keys; it has to hold one", keys);
      return FALSE;
    }
  if (options.length != 0 || !reeve_identity_take_string (&part, &public_key) ||
      !reeve_identity_take_string (&part, &secret) || part.length != 0)
    return reeve_identity_set_malformed (error);
  if (!reeve_identity_read_public (public_key, pem))
    {
      g_set_error (
          error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED,
          "the private key is not an Ed25519 key; make one with \"ssh-keygen -t ed25519\"");
      return FALSE;
    }
  return reeve_identity_read_secret (secret, pem) || reeve_identity_set_malformed (error);
}

/* Reads a private key. That seed and public key belong together is for the caller to check. */
gboolean
reeve_identity_pem_read (const char *text, gsize length, ReeveIdentityPem *ret_pem, GError **error)
{
  ReeveIdentityPart armour, body;
  ReeveIdentityPem pem = { 0 };
  guint8 *decoded;
  gboolean ok;

  if (length > REEVE_IDENTITY_MAX_FILE)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT,
                   "the private key is longer than %u bytes; is this the right file?",
                   REEVE_IDENTITY_MAX_FILE);
      return FALSE;
    }
  if (!reeve_identity_find_armour (text, length, &armour))
    return reeve_identity_set_malformed (error);

  decoded = reeve_identity_decode (&armour, &body.length);
  body.data = decoded;
  ok = reeve_identity_read_body (body, &pem, error);
  if (ok)
    *ret_pem = pem;
  gnutls_memset (decoded, 0, armour.length);
  gnutls_memset (&pem, 0, sizeof pem);
  g_free (decoded);
  return ok;
}

/* --- writing --- */

static void
reeve_identity_put (guint8 *out, gsize *length, const void *data, gsize n)
{
  memcpy (out + *length, data, n);
  *length += n;
}

static void
reeve_identity_put_uint32 (guint8 *out, gsize *length, guint32 value)
{
  guint32 wide = GUINT32_TO_BE (value);

  reeve_identity_put (out, length, &wide, sizeof wide);
}

static void
reeve_identity_put_string (guint8 *out, gsize *length, const void *data, gsize n)
{
  reeve_identity_put_uint32 (out, length, (guint32) n);
  reeve_identity_put (out, length, data, n);
}

static gsize
reeve_identity_write_secret (const ReeveIdentityPem *pem, guint32 check, const char *comment,
                             guint8 *out)
{
  guint8 pair[REEVE_IDENTITY_SEED_SIZE + REEVE_PUBLIC_KEY_SIZE];
  gsize length = 0;

  memcpy (pair, pem->seed, REEVE_IDENTITY_SEED_SIZE);
  memcpy (pair + REEVE_IDENTITY_SEED_SIZE, pem->public_key.bytes, REEVE_PUBLIC_KEY_SIZE);
  reeve_identity_put_uint32 (out, &length, check);
  reeve_identity_put_uint32 (out, &length, check);
  reeve_identity_put_string (out, &length, PEM_KEY_TYPE, strlen (PEM_KEY_TYPE));
  reeve_identity_put_string (out, &length, pem->public_key.bytes, REEVE_PUBLIC_KEY_SIZE);
  reeve_identity_put_string (out, &length, pair, sizeof pair);
  reeve_identity_put_string (out, &length, comment,
                             MIN (strlen (comment), (gsize) PEM_MAX_COMMENT));
  for (guint8 byte = 1; length % PEM_BLOCK != 0; byte++)
    reeve_identity_put (out, &length, &byte, 1);
  gnutls_memset (pair, 0, sizeof pair);
  return length;
}

/* Breaks base64 into lines between the two of the armour. */
static GBytes *
reeve_identity_armour (const guint8 *body, gsize length)
{
  char *base64 = g_base64_encode (body, length);
  gsize left = strlen (base64), n = 0;
  gsize size = strlen (PEM_BEGIN "\n" PEM_END "\n") + left + left / PEM_LINE + 1;
  guint8 *text = g_malloc (size);

  reeve_identity_put (text, &n, PEM_BEGIN "\n", strlen (PEM_BEGIN) + 1);
  for (const char *p = base64; left > 0;)
    {
      gsize line = MIN (left, (gsize) PEM_LINE);

      reeve_identity_put (text, &n, p, line);
      reeve_identity_put (text, &n, "\n", 1);
      p += line;
      left -= line;
    }
  reeve_identity_put (text, &n, PEM_END "\n", strlen (PEM_END) + 1);
  gnutls_memset (base64, 0, strlen (base64));
  g_free (base64);
  return reeve_identity_bytes_new_secret (text, n);
}

/* @check: any number; OpenSSH uses it to see that a passphrase was right. */
GBytes *
reeve_identity_pem_write (const ReeveIdentityPem *pem, guint32 check, const char *comment)
{
  guint8 secret[PEM_MAX_COMMENT + 256], body[PEM_MAX_COMMENT + 512], public_key[64];
  gsize secret_length = reeve_identity_write_secret (pem, check, comment, secret);
  gsize length = 0, public_length = 0;
  GBytes *text;

  reeve_identity_put_string (public_key, &public_length, PEM_KEY_TYPE, strlen (PEM_KEY_TYPE));
  reeve_identity_put_string (public_key, &public_length, pem->public_key.bytes,
                             REEVE_PUBLIC_KEY_SIZE);

  reeve_identity_put (body, &length, PEM_MAGIC, sizeof PEM_MAGIC);
  reeve_identity_put_string (body, &length, "none", 4);
  reeve_identity_put_string (body, &length, "none", 4);
  reeve_identity_put_string (body, &length, "", 0);
  reeve_identity_put_uint32 (body, &length, 1);
  reeve_identity_put_string (body, &length, public_key, public_length);
  reeve_identity_put_string (body, &length, secret, secret_length);
  text = reeve_identity_armour (body, length);
  gnutls_memset (secret, 0, sizeof secret);
  gnutls_memset (body, 0, sizeof body);
  return text;
}
