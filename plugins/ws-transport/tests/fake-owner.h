/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <reeve/monitor.h>

G_BEGIN_DECLS

/* A link owner that does as a test says, for either end, and notes what it was asked. */

/* The hub's key, the token and the fingerprint of the worked example (tests/data/wire). */
#define FAKE_TOKEN "1f2e3d4c-5b6a-4978-8695-a4b3c2d1e0f0"
#define FAKE_FINGERPRINT "666ff6ccaa5b3c07feaa3a95d3a4bd2c46ac9e9abdb09ca9"
#define FAKE_SYSTEM "00112233445566ff"

#define FAKE_TYPE_OWNER (fake_owner_get_type ())
G_DECLARE_FINAL_TYPE (FakeOwner, fake_owner, FAKE, OWNER, GObject)

struct _FakeOwner
{
  GObject parent;

  gboolean is_hub;
  ReeveIdentity *identity; /* hub: signs; agent: its public key is the one that counts */
  const char *token;       /* hub: the known one; agent: the one to present */
  const char *fingerprint; /* hub: the pinned one, NULL takes any; agent: its own */
  gboolean need_info;
  const char *system;    /* hub: what confirm() names, NULL: as admitted */
  gboolean admit_fails;  /* not refused: cannot tell */
  gboolean not_accepted; /* by accept() */
  gboolean hold;         /* answers wait in held */
  GPtrArray *held;       /* of GTask */
  const char *denied;    /* a verb that it refuses, NULL: none */

  guint admits;
  guint signs;
  guint confirms;
  guint answers;
  guint closes;
  guint answered;      /* requests of ask() */
  ReeveMessage *asked; /* the last of them, NULL: none */
  ReeveMessage *got;   /* what became of it */
  GError *failure;     /* likewise */
  GBytes *signed_message;
  ReeveLink *link; /* the accepted one, until closed */
  char *seen;      /* what confirm() saw: version, level, fingerprint, host name */
  GError *error;   /* of the last closed() */
};

FakeOwner *fake_owner_new (gboolean is_hub);
/* Answers everything that is held. */
void fake_owner_release (FakeOwner *self);

G_END_DECLS
