/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-types.h"

G_BEGIN_DECLS

/* (transfer full) the SHA-256 of @bytes in 64 hexadecimal digits; any thread. */
REEVE_API char *reeve_digest_make_hex (GBytes *bytes);

G_END_DECLS
