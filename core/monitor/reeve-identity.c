/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub's key: what makes it the hub to its agents. The secret lives in one GnuTLS key and leaves
 * it only as the file that keeps it. Nothing signs arbitrary bytes: each signature has a purpose,
 * and a purpose says what its messages look like, so that a signature made for one can never be
 * shown for another. */

#include "config.h"

#include "reeve-identity.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "reeve-identity-private.h"
#include "reeve-link.h"

/* Bytes of stack, far more than GnuTLS and Nettle take. */
#define REEVE_IDENTITY_STACK (64 * 1024)

struct _ReeveIdentity
{
  gnutls_privkey_t key; /* NULL: the keeper has it */
  ReeveKeeper *keeper;
  guint32 kept;
  ReevePublicKey public_key;
};

G_DEFINE_BOXED_TYPE (ReeveIdentity, reeve_identity, reeve_identity_ref, reeve_identity_unref)

/* A token as it can stand in a header: visible ASCII. The messages of the later purposes begin
 * with text and a NUL, or with the length of an SSH session's id, and so can be no token. */
static gboolean
reeve_identity_check_token (GBytes *message)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (message, &length);

  if (length < 1 || length > REEVE_IDENTITY_MAX_TOKEN)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph ((char) bytes[i]))
      return FALSE;
  return TRUE;
}

static const struct
{
  const char *name;
  gboolean (*check) (GBytes *message);
  const char *wanted;
  ReeveKeeperPurpose purpose;
} reeve_identity_purposes[] = {
  { REEVE_PURPOSE_STOCK_TOKEN, reeve_identity_check_token, "a token of 1 to 64 visible characters",
    REEVE_KEEPER_TOKEN },
};

static void
reeve_identity_set_gnutls_error (GError **error, const char *attempt, int result)
{
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED, "%s: %s", attempt, gnutls_strerror (result));
}

/* To compute the point the seed goes through a sum, whose first block Nettle leaves on the stack,
 * below whoever calls this after it. */
static void __attribute__ ((noinline)) reeve_identity_wipe_stack (void)
{
  guint8 room[REEVE_IDENTITY_STACK];

  gnutls_memset (room, 0, sizeof room);
}

/* Ed25519 keys have no point of their own in a file of PKCS #8 (RFC 8410, 7), so GnuTLS computes
 * it; its raw import would take any. */
static int
reeve_identity_import_seed (gnutls_privkey_t key, const guint8 *seed)
{
  static const guint8 prefix[] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                   0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
  guint8 der[sizeof prefix + REEVE_IDENTITY_SEED_SIZE];
  gnutls_datum_t data = { der, sizeof der };
  int result;

  memcpy (der, prefix, sizeof prefix);
  memcpy (der + sizeof prefix, seed, REEVE_IDENTITY_SEED_SIZE);
  result = gnutls_privkey_import_x509_raw (key, &data, GNUTLS_X509_FMT_DER, NULL, 0);
  gnutls_memset (der, 0, sizeof der);
  reeve_identity_wipe_stack ();
  return result;
}

static void
reeve_identity_wipe_datum (gnutls_datum_t *datum)
{
  if (datum->data == NULL)
    return;
  gnutls_memset (datum->data, 0, datum->size);
  gnutls_free (datum->data);
  datum->data = NULL;
}

/* Reads both halves out of the key; the caller wipes @ret_pem. */
static int
reeve_identity_export (gnutls_privkey_t key, ReeveIdentityPem *ret_pem)
{
  gnutls_datum_t point = { 0 }, unused = { 0 }, seed = { 0 };
  gnutls_ecc_curve_t curve;
  int result = gnutls_privkey_export_ecc_raw2 (key, &curve, &point, &unused, &seed, 0);

  if (result >= 0 && (curve != GNUTLS_ECC_CURVE_ED25519 || point.size != REEVE_PUBLIC_KEY_SIZE ||
                      seed.size != REEVE_IDENTITY_SEED_SIZE))
    result = GNUTLS_E_INVALID_REQUEST;
  if (result >= 0)
    {
      memcpy (ret_pem->public_key.bytes, point.data, point.size);
      memcpy (ret_pem->seed, seed.data, seed.size);
    }
  reeve_identity_wipe_datum (&point);
  reeve_identity_wipe_datum (&unused);
  reeve_identity_wipe_datum (&seed);
  return result;
}

static void
reeve_identity_clear (gpointer data)
{
  ReeveIdentity *self = data;

  if (self->key != NULL)
    gnutls_privkey_deinit (self->key);
  if (self->keeper != NULL)
    {
      reeve_keeper_forget (self->keeper, self->kept);
      reeve_keeper_unref (self->keeper);
    }
}

/**
 * reeve_identity_new_from_seed:
 * @seed: (array fixed-size=32): an Ed25519 private key (RFC 8032, 5.1.5)
 * @error: return location for a #GError
 *
 * Makes the identity of a given key. @seed stays the caller's to wipe. Errors:
 * %REEVE_ERROR_FAILED.
 *
 * Returns: (transfer full): the identity
 */
ReeveIdentity *
reeve_identity_new_from_seed (const guint8 *seed, GError **error)
{
  g_autoptr (ReeveIdentity) self = g_atomic_rc_box_new0 (ReeveIdentity);
  ReeveIdentityPem pem = { 0 };
  int result = gnutls_privkey_init (&self->key);

  if (result >= 0)
    result = reeve_identity_import_seed (self->key, seed);
  if (result >= 0)
    result = reeve_identity_export (self->key, &pem);
  self->public_key = pem.public_key;
  gnutls_memset (&pem, 0, sizeof pem);
  if (result < 0)
    {
      reeve_identity_set_gnutls_error (error, "cannot load the Ed25519 key", result);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * reeve_identity_new:
 * @error: return location for a #GError
 *
 * Makes a new identity at random. Errors: %REEVE_ERROR_FAILED.
 *
 * Returns: (transfer full): the identity
 */
ReeveIdentity *
reeve_identity_new (GError **error)
{
  guint8 seed[REEVE_IDENTITY_SEED_SIZE];
  ReeveIdentity *self;
  int result = gnutls_rnd (GNUTLS_RND_KEY, seed, sizeof seed);

  if (result < 0)
    {
      reeve_identity_set_gnutls_error (error, "cannot make an Ed25519 key", result);
      return NULL;
    }
  self = reeve_identity_new_from_seed (seed, error);
  gnutls_memset (seed, 0, sizeof seed);
  return self;
}

/**
 * reeve_identity_new_from_pem:
 * @text: (array length=length): a private key file of OpenSSH; need not end in a NUL
 * @length: how many bytes
 * @error: return location for a #GError
 *
 * Reads an identity: exactly one Ed25519 key, not encrypted. Errors: %REEVE_ERROR_INVALID,
 * %REEVE_ERROR_UNSUPPORTED, %REEVE_ERROR_LIMIT.
 *
 * Returns: (transfer full): the identity
 */
ReeveIdentity *
reeve_identity_new_from_pem (const char *text, gsize length, GError **error)
{
  g_autoptr (ReeveIdentity) self = NULL;
  ReeveIdentityPem pem;
  gboolean same;

  if (!reeve_identity_pem_read (text, length, &pem, error))
    return NULL;
  self = reeve_identity_new_from_seed (pem.seed, error);
  same = self != NULL && memcmp (&self->public_key, &pem.public_key, sizeof pem.public_key) == 0;
  gnutls_memset (&pem, 0, sizeof pem);
  if (self != NULL && !same)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_INVALID,
                   "the private and the public half of the key do not belong together; restore "
                   "the file from a backup");
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * reeve_identity_ref:
 * @self: an identity
 *
 * Returns: (transfer full): @self
 */
ReeveIdentity *
reeve_identity_ref (ReeveIdentity *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * reeve_identity_unref:
 * @self: (transfer full): an identity
 *
 * Gives a reference back; with the last one GnuTLS wipes the key.
 */
void
reeve_identity_unref (ReeveIdentity *self)
{
  g_atomic_rc_box_release_full (self, reeve_identity_clear);
}

/**
 * reeve_identity_hand_over:
 * @self: an identity that this process has the key of
 * @keeper: who holds it from now on
 * @error: return location for a #GError
 *
 * Gives the key to the keeper and wipes it here: signatures are made there, by purpose, and the
 * file can be written no more. Errors: those of the keeper.
 *
 * Returns: whether the keeper has it; otherwise nothing has changed
 */
gboolean
reeve_identity_hand_over (ReeveIdentity *self, ReeveKeeper *keeper, GError **error)
{
  ReeveIdentityPem pem = { 0 };
  int result;
  gboolean done;

  g_return_val_if_fail (self != NULL && self->key != NULL && keeper != NULL, FALSE);

  result = reeve_identity_export (self->key, &pem);
  if (result < 0)
    {
      reeve_identity_set_gnutls_error (error, "cannot hand the Ed25519 key over", result);
      return FALSE;
    }
  done = reeve_keeper_take_seed (keeper, pem.seed, &self->kept, error);
  gnutls_memset (&pem, 0, sizeof pem);
  if (!done)
    return FALSE;
  gnutls_privkey_deinit (self->key);
  self->key = NULL;
  self->keeper = reeve_keeper_ref (keeper);
  return TRUE;
}

/**
 * reeve_identity_get_public_key:
 * @self: an identity
 *
 * Returns: (transfer none): its public half
 */
const ReevePublicKey *
reeve_identity_get_public_key (ReeveIdentity *self)
{
  return &self->public_key;
}

/**
 * reeve_identity_to_pem:
 * @self: an identity
 * @comment: (nullable): text that the file carries
 * @error: return location for a #GError
 *
 * Writes the private key as OpenSSH does. Errors: %REEVE_ERROR_FAILED.
 *
 * Returns: (transfer full): the file's content: a secret, wiped with its last reference
 */
GBytes *
reeve_identity_to_pem (ReeveIdentity *self, const char *comment, GError **error)
{
  ReeveIdentityPem pem = { 0 };
  guint32 check = 0;
  GBytes *text = NULL;
  int result =
      self->key != NULL ? reeve_identity_export (self->key, &pem) : GNUTLS_E_INVALID_REQUEST;

  if (result >= 0)
    result = gnutls_rnd (GNUTLS_RND_NONCE, &check, sizeof check);
  if (result >= 0)
    text = reeve_identity_pem_write (&pem, check, comment != NULL ? comment : "");
  else
    reeve_identity_set_gnutls_error (error, "cannot write the Ed25519 key", result);
  gnutls_memset (&pem, 0, sizeof pem);
  return text;
}

/**
 * reeve_identity_sign:
 * @self: an identity
 * @purpose: what the signature is for, such as %REEVE_PURPOSE_STOCK_TOKEN
 * @message: what to sign; its form is the purpose's
 * @error: return location for a #GError
 *
 * Signs for a purpose (Ed25519, RFC 8032). Errors: %REEVE_ERROR_DENIED for a purpose that nobody
 * knows and a message that is not of its form, %REEVE_ERROR_FAILED.
 *
 * Returns: (transfer full): the signature, 64 bytes
 */
GBytes *
reeve_identity_sign (ReeveIdentity *self, const char *purpose, GBytes *message, GError **error)
{
  gnutls_datum_t data, signature = { 0 };
  gsize length;
  guint i = 0;
  int result;
  GBytes *bytes;

  while (i < G_N_ELEMENTS (reeve_identity_purposes) &&
         g_strcmp0 (purpose, reeve_identity_purposes[i].name) != 0)
    i++;
  if (i == G_N_ELEMENTS (reeve_identity_purposes))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED,
                   "the identity does not sign for this purpose");
      return NULL;
    }
  if (!reeve_identity_purposes[i].check (message))
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_DENIED, "for \"%s\" the identity signs only %s",
                   reeve_identity_purposes[i].name, reeve_identity_purposes[i].wanted);
      return NULL;
    }

  if (self->keeper != NULL)
    return reeve_keeper_sign_for (self->keeper, self->kept, reeve_identity_purposes[i].purpose,
                                  message, error);
  data.data = (unsigned char *) g_bytes_get_data (message, &length);
  data.size = (unsigned int) length;
  result = gnutls_privkey_sign_data2 (self->key, GNUTLS_SIGN_EDDSA_ED25519, 0, &data, &signature);
  if (result < 0)
    {
      reeve_identity_set_gnutls_error (error, "cannot sign", result);
      return NULL;
    }
  bytes = g_bytes_new (signature.data, signature.size);
  gnutls_free (signature.data);
  return bytes;
}
