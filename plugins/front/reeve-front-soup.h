/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "reeve-front-request.h"

G_BEGIN_DECLS

/* The one SoupServer. It meets heads that the front wrote and bodies that the front counted, over
 * socketpairs that the front made, and nothing else. Main thread only. */
typedef struct _ReeveFrontSoup ReeveFrontSoup;

ReeveFrontSoup *reeve_front_soup_new (GError **error);
/* Ends every connection; who still answers does so to nobody. */
void reeve_front_soup_free (ReeveFrontSoup *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReeveFrontSoup, reeve_front_soup_free)

/* Serves requests on @fd, one after the other; it is taken in any case. Of a connection that waits
 * for a further request libsoup misses the end: it has to get something that is no head before. */
gboolean reeve_front_soup_accept (ReeveFrontSoup *self, int fd, GError **error);
/* The next head that carries its id is this one. Forgotten when abandoned. */
void reeve_front_soup_expect (ReeveFrontSoup *self, ReeveFrontRequest *request);
void reeve_front_soup_forget (ReeveFrontSoup *self, ReeveFrontRequest *request);

G_END_DECLS
