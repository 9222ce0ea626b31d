/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The properties of a service. */

#include "config.h"

#include <stdint.h>

#include "tests/fuzz/fuzz-wire-answer.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t length)
{
  fuzz_answer (data, length, REEVE_VERB_SERVICE_INFO);
  return 0;
}
