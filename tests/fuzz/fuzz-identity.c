/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fuzzes the reader of private key files. The armour is put around the input, so that what is
 * inside is reached; the first byte says whether. A key that is read must survive being written. */

#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <reeve/reeve-identity.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
fuzz_identity_read (const char *text, gsize length)
{
  g_autoptr (ReeveIdentity) identity = reeve_identity_new_from_pem (text, length, NULL);
  g_autoptr (ReeveIdentity) again = NULL;
  g_autoptr (GBytes) written = NULL;
  const char *data;

  if (identity == NULL)
    return;
  written = reeve_identity_to_pem (identity, "comment", NULL);
  g_assert (written != NULL);
  data = g_bytes_get_data (written, &length);
  again = reeve_identity_new_from_pem (data, length, NULL);
  g_assert (again != NULL);
  g_assert (memcmp (reeve_identity_get_public_key (identity), reeve_identity_get_public_key (again),
                    REEVE_PUBLIC_KEY_SIZE) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *base64 = NULL;
  g_autofree char *text = NULL;

  if (size == 0)
    return 0;
  if (data[0] == '-')
    {
      fuzz_identity_read ((const char *) data, size);
      return 0;
    }
  base64 = g_base64_encode (data, size);
  text = g_strdup_printf ("-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n"
                          "-----END OPENSSH PRIVATE KEY-----\n",
                          base64);
  fuzz_identity_read (text, strlen (text));
  return 0;
}
