/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Running a program: its input lies in memory, its output is read as it comes, its end is a
 * descriptor that the engine watches. Nothing here waits. */

#include "config.h"

#include "reeve-program-private.h"

#include "reeve-error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* After SIGKILL; one that the kernel still holds is left to it. */
#define REEVE_PROGRAM_GRACE_MS 5000
/* Of waitid(); older headers lack it. */
#define REEVE_PROGRAM_P_PIDFD ((idtype_t) 3)

typedef struct
{
  ReeveItem item;
  ReevePoll ended;  /* its descriptor is the child's */
  ReevePoll output; /* -1 once at its end */
  ReeveTick deadline;
  pid_t pid;
  int status;  /* where a child that cannot run says why */
  GTask *task; /* NULL once answered */
  gulong cancelled;
  gboolean timed_out;
  guint timeout_ms;
  gsize max_output;
  GString *text;
  gboolean cut;
  char *name;
} ReeveProgram;

void
reeve_program_result_free (ReeveProgramResult *self)
{
  if (self == NULL)
    return;
  g_free (self->output);
  g_free (self);
}

static void
reeve_program_close (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
reeve_program_kill (ReeveProgram *self)
{
  /* the group has the child's number as long as the child is not waited for */
  kill (-self->pid, SIGKILL);
  kill (self->pid, SIGKILL);
}

static void
reeve_program_free (ReeveProgram *self)
{
  int fd = self->ended.fd;

  reeve_poll_remove (&self->ended);
  reeve_program_close (&fd);
  fd = self->output.fd;
  reeve_poll_remove (&self->output);
  reeve_program_close (&fd);
  reeve_tick_stop (&self->deadline);
  reeve_program_close (&self->status);
  reeve_item_leave (&self->item);
  g_string_free (self->text, TRUE);
  g_free (self->name);
  g_free (self);
}

/* ---- answers ---- */

static GTask *
reeve_program_take_task (ReeveProgram *self)
{
  GTask *task = g_steal_pointer (&self->task);

  if (task != NULL && self->cancelled != 0)
    g_cancellable_disconnect (g_task_get_cancellable (task), self->cancelled);
  self->cancelled = 0;
  return task;
}

static void
reeve_program_answer_timeout (ReeveProgram *self)
{
  g_autoptr (GTask) task = reeve_program_take_task (self);

  if (task != NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_TIMEOUT,
                             "%s had not ended after %u ms and was killed", self->name,
                             self->timeout_ms);
}

static void
reeve_program_answer_failure (ReeveProgram *self, const ReeveProgramFailure *failure)
{
  static const char *const steps[] = { "prepare", "confine", "run" };
  g_autoptr (GTask) task = reeve_program_take_task (self);
  ReeveError code = REEVE_ERROR_FAILED;

  if (task == NULL)
    return;
  if (failure->error == ENOENT || failure->error == ENOTDIR)
    code = REEVE_ERROR_NOT_FOUND;
  else if (failure->error == EACCES || failure->error == EPERM)
    code = REEVE_ERROR_DENIED;
  g_task_return_new_error (task, REEVE_ERROR, code, "cannot %s %s: %s",
                           steps[CLAMP (failure->step, 0, REEVE_PROGRAM_STEP_EXECUTE)], self->name,
                           g_strerror (failure->error));
}

static void
reeve_program_answer (ReeveProgram *self, const siginfo_t *info)
{
  g_autoptr (GTask) task = reeve_program_take_task (self);
  ReeveProgramResult *result;

  if (task == NULL || g_task_return_error_if_cancelled (task))
    return;
  result = g_new0 (ReeveProgramResult, 1);
  result->code = info->si_code == CLD_EXITED ? info->si_status : -1;
  result->signal = info->si_code == CLD_EXITED ? 0 : info->si_status;
  result->output = g_utf8_make_valid (self->text->str, (gssize) self->text->len);
  result->cut = self->cut;
  g_task_return_pointer (task, result, (GDestroyNotify) reeve_program_result_free);
}

/* ---- the child's life ---- */

static void
reeve_program_read (ReeveProgram *self)
{
  guint8 *buffer = reeve_engine_get_buffer (self->item.engine);
  ssize_t n;

  for (;;)
    {
      int fd = self->output.fd;

      if (fd < 0)
        return;
      n = read (fd, buffer, REEVE_ENGINE_BUFFER);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return;
      if (n <= 0)
        {
          reeve_poll_remove (&self->output);
          close (fd);
          self->output.fd = -1;
          return;
        }
      if (self->text->len + (gsize) n > self->max_output)
        self->cut = TRUE;
      g_string_append_len (self->text, (const char *) buffer,
                           (gssize) MIN ((gsize) n, self->max_output - self->text->len));
      /* a child that never stops writing must not hold the loop */
      if (n < REEVE_ENGINE_BUFFER)
        return;
      reeve_poll_again (&self->output);
      return;
    }
}

static void
reeve_program_output_ready (ReevePoll *poll, G_GNUC_UNUSED guint32 ready)
{
  reeve_program_read (REEVE_NODE_OWNER (poll, ReeveProgram, output));
}

static void
reeve_program_ended (ReevePoll *poll, G_GNUC_UNUSED guint32 ready)
{
  ReeveProgram *self = REEVE_NODE_OWNER (poll, ReeveProgram, ended);
  ReeveProgramFailure failure;
  siginfo_t info = { .si_pid = 0 };

  /* before it is waited for: what it left in its group */
  kill (-self->pid, SIGKILL);
  if (waitid (REEVE_PROGRAM_P_PIDFD, (id_t) poll->fd, &info, WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0)
    return;
  reeve_program_read (self);
  if (read (self->status, &failure, sizeof failure) == (ssize_t) sizeof failure)
    reeve_program_answer_failure (self, &failure);
  else if (self->timed_out)
    reeve_program_answer_timeout (self);
  else
    reeve_program_answer (self, &info);
  reeve_program_free (self);
}

static void
reeve_program_late (ReeveTick *tick)
{
  ReeveProgram *self = REEVE_NODE_OWNER (tick, ReeveProgram, deadline);

  reeve_program_kill (self);
  if (!self->timed_out)
    {
      self->timed_out = TRUE;
      reeve_tick_start (tick, REEVE_PROGRAM_GRACE_MS);
      return;
    }
  /* the kernel holds it: the engine alone waits on */
  reeve_program_answer_timeout (self);
  reeve_item_hide (&self->item);
}

static void
reeve_program_cancelled_cb (G_GNUC_UNUSED GCancellable *cancellable, gpointer user_data)
{
  reeve_program_kill (user_data);
}

/* The owner ends. */
static void
reeve_program_end (ReeveItem *item)
{
  ReeveProgram *self = REEVE_NODE_OWNER (item, ReeveProgram, item);
  struct pollfd wait = { .fd = self->ended.fd, .events = POLLIN };
  g_autoptr (GTask) task = reeve_program_take_task (self);
  siginfo_t info;

  reeve_program_kill (self);
  /* it is dead at once, or the kernel holds it: then it is init's */
  if (poll (&wait, 1, 100) == 1)
    waitid (REEVE_PROGRAM_P_PIDFD, (id_t) self->ended.fd, &info, WEXITED | WNOHANG);
  if (task != NULL)
    g_task_return_new_error (task, REEVE_ERROR, REEVE_ERROR_GONE, "%s was killed: the plugin ends",
                             self->name);
  reeve_program_free (self);
}

/* ---- the start ---- */

/* Above the descriptors that the child puts in place. Takes @fd. */
static int
reeve_program_lift (int fd)
{
  int lifted = fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, REEVE_PROGRAM_FIRST_FD) : -1;

  if (fd >= 0)
    close (fd);
  return lifted;
}

/* The input as a file without a name, from its beginning, which nobody can change. */
static int
reeve_program_make_input (GBytes *input)
{
  int fd = memfd_create ("input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  gsize length = 0;
  const guint8 *bytes = input != NULL ? g_bytes_get_data (input, &length) : NULL;

  while (fd >= 0 && length > 0)
    {
      ssize_t n = write (fd, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          close (fd);
          return -1;
        }
      bytes += n;
      length -= (gsize) n;
    }
  if (fd >= 0)
    {
      fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
      lseek (fd, 0, SEEK_SET);
    }
  return reeve_program_lift (fd);
}

static void
reeve_program_plan_clear (ReeveProgramPlan *self)
{
  reeve_program_close (&self->input);
  reeve_program_close (&self->output);
  reeve_program_close (&self->status);
  reeve_program_close (&self->ruleset);
  g_strfreev (self->argv);
  g_strfreev (self->environment);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ReeveProgramPlan, reeve_program_plan_clear)

/* A pipe whose read end does not block; both above the child's descriptors. */
static gboolean
reeve_program_make_pipe (int *ret_read, int *ret_write)
{
  int fds[2];

  if (pipe2 (fds, O_CLOEXEC) != 0)
    return FALSE;
  *ret_read = reeve_program_lift (fds[0]);
  *ret_write = reeve_program_lift (fds[1]);
  return *ret_read >= 0 && *ret_write >= 0 && fcntl (*ret_read, F_SETFL, O_NONBLOCK) == 0;
}

static gboolean
reeve_program_prepare (ReeveProgram *self, ReeveProgramPlan *plan, const char *hidden,
                       const ReeveProgramOptions *options, GError **error)
{
  static const char *const environment[] = {
    "PATH=/usr/local/bin:/usr/bin:/bin",
    "LANG=C.UTF-8",
    "HOME=/",
    NULL,
  };

  plan->ruleset = reeve_program_make_ruleset (hidden, error);
  if (plan->ruleset < 0)
    return FALSE;
  plan->ruleset = reeve_program_lift (plan->ruleset);
  plan->argv = g_strdupv ((GStrv) options->argv);
  plan->environment = g_strdupv ((GStrv) environment);
  plan->input = reeve_program_make_input (options->input);
  if (plan->ruleset >= 0 && plan->input >= 0 &&
      reeve_program_make_pipe (&self->output.fd, &plan->output) &&
      reeve_program_make_pipe (&self->status, &plan->status))
    return TRUE;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED, "cannot run %s: %s", self->name,
               g_strerror (errno));
  return FALSE;
}

/* The child's descriptor, or -1. */
static int
reeve_program_fork (ReeveProgram *self, const ReeveProgramPlan *plan, GError **error)
{
  sigset_t all, before;
  int fd = -1;

  /* no handler of ours may run in the child */
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  self->pid = fork ();
  if (self->pid == 0)
    reeve_program_become (plan);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (self->pid > 0)
    fd = (int) syscall (SYS_pidfd_open, self->pid, 0);
  if (fd >= 0)
    return fd;
  g_set_error (error, REEVE_ERROR, REEVE_ERROR_FAILED, "cannot run %s: %s", self->name,
               g_strerror (errno));
  if (self->pid > 0)
    {
      kill (self->pid, SIGKILL);
      waitpid (self->pid, NULL, 0);
    }
  return -1;
}

void
reeve_owner_run_async (ReeveOwner *owner, const char *hidden, const ReeveProgramOptions *options,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  ReeveProgram *self = g_new0 (ReeveProgram, 1);
  g_auto (ReeveProgramPlan) plan = { .input = -1, .output = -1, .status = -1, .ruleset = -1 };
  GError *error = NULL;
  int fd = -1;

  g_task_set_source_tag (task, reeve_owner_run_async);
  self->name = g_strdup (options->argv[0]);
  self->status = -1;
  self->text = g_string_new (NULL);
  self->timeout_ms = options->timeout_ms;
  self->max_output = options->max_output;
  reeve_item_join (&self->item, owner, REEVE_ITEM_PROGRAM, "run", reeve_program_end);
  reeve_poll_init (&self->ended, &self->item, -1, reeve_program_ended);
  reeve_poll_init (&self->output, &self->item, -1, reeve_program_output_ready);
  reeve_tick_init (&self->deadline, &self->item, reeve_program_late);
  if (reeve_program_prepare (self, &plan, hidden, options, &error))
    fd = reeve_program_fork (self, &plan, &error);
  if (fd < 0)
    {
      reeve_program_free (self);
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  self->task = task;
  self->ended.fd = fd;
  reeve_poll_set_mask (&self->ended, EPOLLIN);
  reeve_poll_set_mask (&self->output, EPOLLIN);
  reeve_tick_start (&self->deadline, options->timeout_ms);
  if (cancellable != NULL)
    self->cancelled =
        g_cancellable_connect (cancellable, G_CALLBACK (reeve_program_cancelled_cb), self, NULL);
}

ReeveProgramResult *
reeve_owner_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
