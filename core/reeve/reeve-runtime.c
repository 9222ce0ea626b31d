/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The process-wide things that contexts share. */

#include "config.h"

#include "reeve-runtime-private.h"

#include "reeve-keeper.h"

#include <string.h>
#include <unistd.h>

#include "reeve-clock.h"
#include "reeve-event.h"
#include "reeve-worker.h"

/* A name server that hangs holds one of these threads for as long as the resolver's own time-outs
 * last. */
#define REEVE_RUNTIME_RESOLVER_THREADS 4
#define REEVE_RUNTIME_RESOLVER_QUEUE 256

struct _ReeveRuntime
{
  char *role;
  char *state_dir;
  ReeveClock *clock;
  ReeveEngine *engine;
  ReeveRegistry *registry;
  ReeveEventRing *events;
  ReeveJobs *jobs;
  ReeveOwner *owner; /* of the resolver */
  ReeveWorker *resolver;
  ReeveKeeper *keeper; /* NULL: none */
  GArray *passed;      /* of ReevePassedSocket; fd -1 once taken */
};

static void
reeve_runtime_clear_passed (gpointer data)
{
  ReevePassedSocket *passed = data;

  g_free (passed->name);
  if (passed->fd >= 0)
    close (passed->fd);
}

ReeveRuntime *
reeve_runtime_new (const char *role, ReeveClock *clock)
{
  ReeveRuntime *self = g_new0 (ReeveRuntime, 1);

  self->role = g_strdup (role);
  self->clock = g_object_ref (clock);
  self->engine = reeve_engine_new (clock);
  self->registry = reeve_registry_new ();
  self->events = reeve_event_ring_new (clock);
  self->jobs = reeve_jobs_new ();
  self->owner = reeve_owner_new (self->engine, "resolver");
  self->passed = g_array_new (FALSE, FALSE, sizeof (ReevePassedSocket));
  g_array_set_clear_func (self->passed, reeve_runtime_clear_passed);
  return self;
}

void
reeve_runtime_free (ReeveRuntime *self)
{
  if (self->resolver != NULL)
    reeve_worker_free (self->resolver, 0);
  g_strfreev (reeve_owner_close (self->owner));
  reeve_owner_unref (self->owner);
  reeve_registry_free (self->registry);
  reeve_event_ring_free (self->events);
  reeve_jobs_free (self->jobs);
  reeve_engine_unref (self->engine);
  g_object_unref (self->clock);
  g_array_unref (self->passed);
  g_clear_pointer (&self->keeper, reeve_keeper_unref);
  g_free (self->state_dir);
  g_free (self->role);
  g_free (self);
}

ReeveEngine *
reeve_runtime_get_engine (ReeveRuntime *self)
{
  return self->engine;
}

ReeveEventRing *
reeve_runtime_get_events (ReeveRuntime *self)
{
  return self->events;
}

ReeveJobs *
reeve_runtime_get_jobs (ReeveRuntime *self)
{
  return self->jobs;
}

ReeveRegistry *
reeve_runtime_get_registry (ReeveRuntime *self)
{
  return self->registry;
}

ReeveClock *
reeve_runtime_get_clock (ReeveRuntime *self)
{
  return self->clock;
}

void
reeve_runtime_set_keeper (ReeveRuntime *self, ReeveKeeper *keeper)
{
  g_clear_pointer (&self->keeper, reeve_keeper_unref);
  self->keeper = keeper != NULL ? reeve_keeper_ref (keeper) : NULL;
}

ReeveKeeper *
reeve_runtime_get_keeper (ReeveRuntime *self)
{
  return self->keeper;
}

const char *
reeve_runtime_get_role (ReeveRuntime *self)
{
  return self->role;
}

const char *
reeve_runtime_get_state_dir (ReeveRuntime *self)
{
  return self->state_dir;
}

void
reeve_runtime_set_state_dir (ReeveRuntime *self, const char *path)
{
  g_free (self->state_dir);
  self->state_dir = g_strdup (path);
}

void
reeve_runtime_set_trusted (ReeveRuntime *self, const char *const *plugins)
{
  reeve_registry_set_trusted (self->registry, plugins);
}

const char *
reeve_runtime_find_provider (ReeveRuntime *self, const char *interface_name)
{
  return reeve_registry_find_provider (self->registry, interface_name);
}

ReeveWorker *
reeve_runtime_get_resolver (ReeveRuntime *self)
{
  if (self->resolver == NULL)
    self->resolver =
        reeve_owner_add_worker (self->owner, "resolver", REEVE_RUNTIME_RESOLVER_THREADS,
                                REEVE_RUNTIME_RESOLVER_QUEUE);
  return self->resolver;
}

void
reeve_runtime_set_passed_sockets (ReeveRuntime *self, const ReevePassedSocket *sockets, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      ReevePassedSocket passed = { g_strdup (sockets[i].name), sockets[i].fd };

      g_array_append_val (self->passed, passed);
    }
}

int
reeve_runtime_take_passed_socket (ReeveRuntime *self, const char *name)
{
  for (guint i = 0; i < self->passed->len; i++)
    {
      ReevePassedSocket *passed = &g_array_index (self->passed, ReevePassedSocket, i);

      if (passed->fd >= 0 && strcmp (passed->name, name) == 0)
        {
          int fd = passed->fd;

          passed->fd = -1;
          return fd;
        }
    }
  return -1;
}
