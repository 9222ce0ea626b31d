/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Programs that are run: what they get, what they do not get, and their end. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/reeve-mock-host.h"

typedef struct
{
  ReeveMockHost *host;
  ReeveDeclarations *declarations;
  ReeveContext *context;
} Bench;

static Bench *
bench_new (void)
{
  Bench *bench = g_new0 (Bench, 1);

  bench->host = reeve_mock_host_new ("hub", FALSE);
  bench->declarations = reeve_declarations_new ();
  reeve_declarations_add_program (bench->declarations, "/bin/sh", "the tests");
  reeve_declarations_add_program (bench->declarations, "/no/such/program", "the tests");
  reeve_declarations_add_program (bench->declarations, "/etc/passwd", "the tests");
  bench->context = reeve_context_new (reeve_mock_host_get_runtime (bench->host), "runner", NULL,
                                      bench->declarations);
  return bench;
}

static void
bench_free (Bench *bench)
{
  g_assert_null (reeve_context_close (bench->context));
  reeve_context_unref (bench->context);
  reeve_declarations_free (bench->declarations);
  reeve_mock_host_free (bench->host);
  g_free (bench);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bench, bench_free)

/* NULL with the error. */
static ReeveProgramResult *
run_argv (Bench *bench, const char *const *argv, const char *input, guint timeout_ms,
          GError **error)
{
  g_autoptr (GBytes) bytes = input != NULL ? g_bytes_new (input, strlen (input)) : NULL;
  const ReeveProgramOptions options = {
    .argv = argv, .input = bytes, .timeout_ms = timeout_ms, .max_output = 4096
  };
  g_autoptr (GAsyncResult) result = NULL;

  reeve_context_run_async (bench->context, &options, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_wait (bench->host, &result);
  return reeve_context_run_finish (bench->context, result, error);
}

static ReeveProgramResult *
run (Bench *bench, const char *script, const char *input)
{
  const char *const argv[] = { "/bin/sh", "-c", script, "sh", "an argument; with $(things)", NULL };
  g_autoptr (GError) error = NULL;
  ReeveProgramResult *result = run_argv (bench, argv, input, 15000, &error);

  g_assert_no_error (error);
  g_assert_nonnull (result);
  return result;
}

static void
assert_says (Bench *bench, const char *script, const char *expected)
{
  g_autoptr (ReeveProgramResult) result = run (bench, script, NULL);

  g_assert_cmpstr (result->output, ==, expected);
}

/* ---- tests ---- */

static void
test_input_and_end (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autofree char *large = g_strnfill (300 * 1024, 'x');
  g_autoptr (ReeveProgramResult) well = run (bench, "cat; echo \"$1\" >&2; exit 3", "in\n");
  g_autoptr (ReeveProgramResult) killed = run (bench, "kill -9 $$", NULL);
  g_autoptr (ReeveProgramResult) counted = run (bench, "wc -c", large);
  g_autoptr (ReeveProgramResult) unread = run (bench, "exit 0", large);
  g_autoptr (ReeveProgramResult) loud = run (bench, "seq 100000", NULL);

  g_assert_cmpint (well->code, ==, 3);
  g_assert_cmpint (well->signal, ==, 0);
  g_assert_cmpstr (well->output, ==, "in\nan argument; with $(things)\n");
  g_assert_false (well->cut);
  g_assert_cmpint (killed->code, ==, -1);
  g_assert_cmpint (killed->signal, ==, SIGKILL);
  g_assert_cmpstr (counted->output, ==, "307200\n");
  g_assert_cmpint (unread->code, ==, 0);
  g_assert_cmpint (loud->code, ==, 0);
  g_assert_cmpuint (strlen (loud->output), ==, 4096);
  g_assert_true (loud->cut);
}

/* Nothing of ours but three descriptors and three variables. */
static void
test_clean (void)
{
  g_autoptr (Bench) bench = bench_new ();
  int fd = dup (STDERR_FILENO); /* without close-on-exec */

  g_assert_cmpint (fd, >=, 0);
  g_setenv ("REEVE_TEST_SECRET", "hunter2", TRUE);
  assert_says (bench, "env | grep -v -E '^(PWD|_|SHLVL|OLDPWD)=' | sort",
               "HOME=/\nLANG=C.UTF-8\nPATH=/usr/local/bin:/usr/bin:/bin\n");
  /* ls has the folder itself open */
  assert_says (bench, "ls /proc/self/fd | tr '\\n' ' '", "0 1 2 3 ");
  assert_says (bench,
               "pwd; grep -E 'NoNewPrivs|Seccomp:|SigBlk|SigIgn' /proc/self/status | "
               "tr -s '\\t' ' '",
               "/\nSigBlk: 0000000000000000\nSigIgn: 0000000000000000\nNoNewPrivs: 1\nSeccomp: "
               "2\n");
  assert_says (bench, "ulimit -c; set -- $(cat /proc/$$/stat); [ $6 = $$ ] && echo leader",
               "0\nleader\n");
  g_unsetenv ("REEVE_TEST_SECRET");
  close (fd);
}

static int
listen_at (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  return fd;
}

/* The state directory and the sockets in it, although the child is the same user. */
static void
test_confined (void)
{
  g_autoptr (Bench) bench = bench_new ();
  const char *state = reeve_mock_host_get_state_dir (bench->host);
  g_autofree char *secret = g_build_filename (state, "secret", NULL);
  g_autofree char *control = g_build_filename (state, "control", NULL);
  g_autofree char *link = g_strconcat (state, "-link", NULL);
  g_autofree char *other = g_strconcat (state, "-other", NULL);
  g_autofree char *read = g_strdup_printf ("cat %s 2>&1 || echo no", secret);
  g_autofree char *look = g_strdup_printf ("ls %s >/dev/null 2>&1 || echo no", state);
  g_autofree char *write = g_strdup_printf ("echo x 2>/dev/null >%s/new || echo no", state);
  g_autofree char *by_link = g_strdup_printf ("cat %s/secret 2>/dev/null || echo no", link);
  g_autofree char *by_proc =
      g_strdup_printf ("cat /proc/%d/root%s /proc/self/root%s 2>/dev/null || echo no",
                       (int) getpid (), secret, secret);
  g_autofree char *by_move =
      g_strdup_printf ("mv %s %s-moved 2>/dev/null || echo no", state, state);
  g_autofree char *by_socket = g_strdup_printf (
      "perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die \"no: $!\\n\"; connect($s, "
      "sockaddr_un(\"%s\")) and print \"in\\n\"'",
      control);
  g_autofree char *beside = g_strdup_printf ("cat %s; echo y >%s && cat %s", other, other, other);
  g_autofree char *expected = g_strdup_printf ("cat: %s: Permission denied\nno\n", secret);
  int fd = listen_at (control);

  g_assert_true (g_file_set_contents (secret, "hunter2", -1, NULL));
  g_assert_true (g_file_set_contents (other, "beside\n", -1, NULL));
  g_assert_cmpint (symlink (state, link), ==, 0);
  assert_says (bench, read, expected);
  assert_says (bench, look, "no\n");
  assert_says (bench, write, "no\n");
  assert_says (bench, by_link, "no\n");
  assert_says (bench, by_proc, "no\n");
  assert_says (bench, by_move, "no\n");
  assert_says (bench, by_socket, "no: Permission denied\n");
  /* the rest of the machine is as for everybody, the network too */
  assert_says (bench, beside, "beside\ny\n");
  assert_says (bench, "head -c 4 /etc/passwd; echo; echo z | tee /dev/null", "root\nz\n");
  assert_says (
      bench, "perl -MSocket -e 'socket(my $s, AF_INET, SOCK_STREAM, 0) or die $!; print \"ok\\n\"'",
      "ok\n");
  close (fd);
  g_unlink (link);
  g_unlink (other);
}

static void
test_errors (void)
{
  g_autoptr (Bench) bench = bench_new ();
  const char *const missing[] = { "/no/such/program", NULL };
  const char *const plain[] = { "/etc/passwd", NULL };
  const char *const undeclared[] = { "/bin/true", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_null (run_argv (bench, missing, NULL, 15000, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, "cannot run /no/such/program: No such file or directory");
  g_clear_error (&error);
  g_assert_null (run_argv (bench, plain, NULL, 15000, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_clear_error (&error);
  g_assert_null (run_argv (bench, undeclared, NULL, 15000, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_DENIED);
  g_assert_cmpstr (error->message, ==, "runner did not declare the program /bin/true");
}

static gboolean
is_gone (gpointer user_data)
{
  return kill (*(pid_t *) user_data, 0) != 0 && errno == ESRCH;
}

/* A hanging one is killed, with what it started. */
static void
test_timeout (void)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autofree char *file = g_strconcat (reeve_mock_host_get_state_dir (bench->host), "-pid", NULL);
  g_autofree char *script = g_strdup_printf ("sleep 1000 & echo $! >%s; wait", file);
  const char *const argv[] = { "/bin/sh", "-c", script, NULL };
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  pid_t child;

  /* new files beside the state directory are refused, this one is there */
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  g_assert_null (run_argv (bench, argv, NULL, 1500, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_TIMEOUT);
  g_assert_cmpstr (error->message, ==, "/bin/sh had not ended after 1500 ms and was killed");
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  child = (pid_t) atoi (text);
  g_assert_cmpint (child, >, 1);
  reeve_mock_host_run_until (bench->host, is_gone, &child);
  g_unlink (file);
}

static void
test_cancel (void)
{
  g_autoptr (Bench) bench = bench_new ();
  const char *const argv[] = { "/bin/sh", "-c", "sleep 1000", NULL };
  const ReeveProgramOptions options = { .argv = argv, .timeout_ms = 100000, .max_output = 100 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  reeve_context_run_async (bench->context, &options, cancellable, reeve_mock_result_cb, &result);
  reeve_mock_host_settle (bench->host);
  g_assert_null (result);
  g_cancellable_cancel (cancellable);
  reeve_mock_host_wait (bench->host, &result);
  g_assert_null (reeve_context_run_finish (bench->context, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The end of a plugin is the end of what it runs; one that it forgot is named. */
static void
test_left_behind (void)
{
  Bench *bench = bench_new ();
  const char *const argv[] = { "/bin/sh", "-c", "sleep 1000", NULL };
  const ReeveProgramOptions options = { .argv = argv, .timeout_ms = 100000, .max_output = 100 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) left = NULL;

  reeve_context_run_async (bench->context, &options, NULL, reeve_mock_result_cb, &result);
  reeve_mock_host_settle (bench->host);
  left = reeve_context_close (bench->context);
  g_assert_nonnull (left);
  g_assert_cmpstr (left[0], ==, "program 'run'");
  reeve_mock_host_wait (bench->host, &result);
  g_assert_null (reeve_context_run_finish (bench->context, result, &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_GONE);
  bench_free (bench);
}

/* A mount whose server is gone lies beside the way to the state directory: nobody waits for it. */
static void
test_dead_mount (gconstpointer private_mounts)
{
  g_autoptr (Bench) bench = bench_new ();
  g_autofree char *point = g_dir_make_tmp ("reeve-test-XXXXXX", NULL);
  int fd = GPOINTER_TO_INT (private_mounts) ? open ("/dev/fuse", O_RDWR | O_CLOEXEC) : -1;
  g_autofree char *options = g_strdup_printf ("fd=%d,rootmode=40000,user_id=0,group_id=0", fd);

  if (fd < 0 || mount ("dead", point, "fuse.dead", MS_NOSUID | MS_NODEV, options) != 0)
    {
      if (fd >= 0)
        close (fd);
      g_rmdir (point);
      g_test_skip ("/dev/fuse cannot be used here");
      return;
    }
  alarm (60);
  assert_says (bench, "echo told", "told\n");
  alarm (0);
  g_assert_cmpint (umount2 (point, MNT_DETACH), ==, 0);
  close (fd);
  g_rmdir (point);
}

static void
test_limit (void)
{
  g_autoptr (Bench) bench = bench_new ();
  const char *const argv[] = { "/bin/sh", "-c", "read x", NULL };
  const ReeveProgramOptions options = { .argv = argv, .timeout_ms = 100000, .max_output = 100 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncResult *results[REEVE_PROGRAM_MAX_RUNNING + 1] = { NULL };
  const char *const sleep[] = { "/bin/sh", "-c", "sleep 1000", NULL };
  const ReeveProgramOptions sleeps = { .argv = sleep, .timeout_ms = 100000, .max_output = 100 };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < REEVE_PROGRAM_MAX_RUNNING; i++)
    reeve_context_run_async (bench->context, &sleeps, cancellable, reeve_mock_result_cb,
                             &results[i]);
  reeve_context_run_async (bench->context, &options, NULL, reeve_mock_result_cb,
                           &results[REEVE_PROGRAM_MAX_RUNNING]);
  reeve_mock_host_wait (bench->host, &results[REEVE_PROGRAM_MAX_RUNNING]);
  g_assert_null (
      reeve_context_run_finish (bench->context, results[REEVE_PROGRAM_MAX_RUNNING], &error));
  g_assert_error (error, REEVE_ERROR, REEVE_ERROR_LIMIT);
  g_cancellable_cancel (cancellable);
  for (guint i = 0; i < REEVE_PROGRAM_MAX_RUNNING; i++)
    {
      reeve_mock_host_wait (bench->host, &results[i]);
      g_assert_null (reeve_context_run_finish (bench->context, results[i], NULL));
    }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    g_object_unref (results[i]);
}

int
main (int argc, char **argv)
{
  /* seen by this process alone, and ends with it */
  gboolean private_mounts =
      unshare (CLONE_NEWNS) == 0 && mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/program/input-and-end", test_input_and_end);
  g_test_add_func ("/program/clean", test_clean);
  g_test_add_func ("/program/confined", test_confined);
  g_test_add_func ("/program/errors", test_errors);
  g_test_add_func ("/program/timeout", test_timeout);
  g_test_add_func ("/program/cancel", test_cancel);
  g_test_add_func ("/program/left-behind", test_left_behind);
  g_test_add_data_func ("/program/dead-mount", GINT_TO_POINTER (private_mounts), test_dead_mount);
  g_test_add_func ("/program/limit", test_limit);
  return g_test_run ();
}
