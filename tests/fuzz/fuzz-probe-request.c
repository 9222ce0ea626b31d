/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a caller writes to a probe: nothing but a known verb and hex digits gets through. */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "core/probe/reeve-probe-request.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

static void
fuzz_func (G_GNUC_UNUSED ReeveProbeCall *call, G_GNUC_UNUSED const char *argument,
           G_GNUC_UNUSED gconstpointer data)
{
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  static const ReeveProbeVerb verbs[] = {
    { "list", REEVE_PROBE_NOTHING, fuzz_func },
    { "logs", REEVE_PROBE_HEX, fuzz_func },
    { NULL, REEVE_PROBE_NOTHING, NULL },
  };
  char argument[REEVE_PROBE_MAX_HEX + 1];
  const ReeveProbeVerb *verb = NULL;

  if (reeve_probe_request_parse ((const char *) data, length, verbs, &verb, argument) !=
      REEVE_PROBE_REQUEST_OK)
    return 0;
  g_assert_nonnull (verb);
  g_assert_true ((argument[0] == '\0') == (verb->argument == REEVE_PROBE_NOTHING));
  g_assert_cmpuint (strspn (argument, "0123456789abcdef"), ==, strlen (argument));
  g_assert_cmpuint (length, ==,
                    strlen (verb->verb) + strlen (argument) + (argument[0] != '\0' ? 2 : 1));
  return 0;
}
