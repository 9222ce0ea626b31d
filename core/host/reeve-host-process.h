/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Adds what the kernel and the libraries say of this process, by the names in org.reeve.Host1. What
 * cannot be read is left out. */
void reeve_host_process_describe (GVariantDict *dict);

/* Gives the kernel the pages of the heap that nothing is in, of all threads. Half a millisecond
 * for 30 MB, so not for each turn. */
void reeve_host_process_trim (void);

G_END_DECLS
