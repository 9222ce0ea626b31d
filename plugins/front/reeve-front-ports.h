/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/reeve.h>

G_BEGIN_DECLS

/* Addresses that are listened on. */
#define REEVE_FRONT_PORTS_MAX 8

/* What is spoken at an address. */
typedef enum
{
  REEVE_FRONT_PLAIN,  /* loopback and Unix sockets */
  REEVE_FRONT_TLS,    /* everything */
  REEVE_FRONT_AGENTS, /* plain beyond loopback: the agents' path only, never the page */
} ReeveFrontSpeech;

/* One entry of the setting listen: "[tls:]ADDRESS". */
typedef struct
{
  char *address;
  gboolean wants_tls;
} ReeveFrontPort;

/* @listen, @plain: the settings. (transfer full) (element-type ReeveFrontPort), at least one. */
GPtrArray *reeve_front_ports_parse (const char *const *listen, const char *plain, GError **error);
/* @address: the real one, which for a socket of the service manager is none of the settings. */
ReeveFrontSpeech reeve_front_ports_judge (const char *address, gboolean wants_tls,
                                          const char *plain);

/* "0.0.0.0:8443" and the like: every address of this machine. */
gboolean reeve_front_ports_is_any (const char *host);
/* Names under which this machine may be asked for at @address: itself, or for every address the
 * machine's name and addresses. Appends to @names. */
void reeve_front_ports_add_names (const char *address, GPtrArray *names);
/* How another machine reaches @address: "https://192.0.2.1:8443". (transfer full) */
char *reeve_front_ports_make_url (const char *address, gboolean secure);

G_END_DECLS
