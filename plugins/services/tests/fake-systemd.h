/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A bus of its own with a systemd on it that a test makes tell what it wants, and a directory with
 * the control groups. It answers in the default main context, by hand, so that it can lie. */

typedef struct
{
  char *name;
  char *path;
  const char *active;
  const char *sub;
  guint64 entered;
  guint restarts;
  GHashTable *properties; /* "Unit.Description" to GVariant: beyond and instead of the usual */
} FakeUnit;

typedef struct
{
  char *directory;
  char *root; /* for the key root */
  char *bus;  /* for the key bus */
  GSubprocess *daemon;
  GDBusConnection *connection;
  GPtrArray *units; /* of FakeUnit */
  gboolean silent;
  GVariant *list; /* instead of the units */
  guint n_lists;
  guint n_subscribed;
  gboolean remembers; /* who has subscribed, over a new execution: Subscribe is an error then */
  guint n_gets;
  guint n_get_alls;
  guint n_calls; /* of all kinds, answered or not */
  gboolean held; /* calls are answered later */
  GQueue held_calls;
  guint most_pending;
  GPtrArray *asked; /* "Interface.Property" of every Get */
} FakeSystemd;

/* @groups: there are control groups of version 2. */
FakeSystemd *fake_systemd_new (gboolean groups);
void fake_systemd_free (FakeSystemd *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeSystemd, fake_systemd_free)

void fake_systemd_start_bus (FakeSystemd *self);
void fake_systemd_stop_bus (FakeSystemd *self);

FakeUnit *fake_systemd_add (FakeSystemd *self, const char *name, const char *active,
                            const char *sub);
/* Without a signal. */
void fake_systemd_remove (FakeSystemd *self, FakeUnit *unit);
/* @value: floating is sunk. */
void fake_unit_set (FakeUnit *unit, const char *property, GVariant *value);
/* Its files; they are made when they are not there. */
void fake_systemd_write_group (FakeSystemd *self, FakeUnit *unit, guint64 usage_us, guint64 memory,
                               guint64 peak, guint64 tasks);

/* As when a service ends; who has its files open still reads the old ones. */
void fake_systemd_remove_group (FakeSystemd *self, FakeUnit *unit);
/* systemd executes itself anew: what is under way gets no answer, and its name has another owner.
 */
void fake_systemd_reexecute (FakeSystemd *self);
/* systemd lets its name on the bus go, and takes it again. */
void fake_systemd_take_name (FakeSystemd *self, gboolean take);

/* PropertiesChanged of its states. */
void fake_systemd_tell (FakeSystemd *self, FakeUnit *unit);
void fake_systemd_tell_manager (FakeSystemd *self, const char *signal, GVariant *body);
void fake_systemd_release_one (FakeSystemd *self);
/* Answers what was held, and holds nothing any more. */
void fake_systemd_release (FakeSystemd *self);

G_END_DECLS
