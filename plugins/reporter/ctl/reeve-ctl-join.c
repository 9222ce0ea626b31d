/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* join: sets up this machine's agent for a hub. The token comes from the terminal, standard input
 * or a file, and goes to a file that only the agent's user can read. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "core/ctl/reeve-ctl.h"

#define REEVE_CTL_MAX_TOKEN 64
#define REEVE_CTL_AGENT_USER "reeve-agent"
/* "sha256//" and base64, or hex digits. */
#define REEVE_CTL_PIN_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

static gboolean
reeve_ctl_join_is_token (const char *text)
{
  gsize length = strlen (text);

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (text[i]))
      return FALSE;
  return length > 0 && length <= REEVE_CTL_MAX_TOKEN;
}

/* One line without its end. (transfer full); NULL: it is no token, as was printed. */
static char *
reeve_ctl_join_read_line (FILE *file)
{
  char line[REEVE_CTL_MAX_TOKEN + 3] = "";
  char *token = NULL;

  if (fgets (line, sizeof line, file) != NULL)
    g_strstrip (line);
  if (reeve_ctl_join_is_token (line))
    token = g_strdup (line);
  else
    reeve_ctl_fail ("there is no token of 1 to %d characters", REEVE_CTL_MAX_TOKEN);
  explicit_bzero (line, sizeof line);
  return token;
}

static void
reeve_ctl_join_interrupted_cb (G_GNUC_UNUSED int signal)
{
}

/* From the terminal without showing it, or from a pipe. Ctrl-C ends the question and not the
 * process, which has the echo to turn on again. */
static char *
reeve_ctl_join_ask (void)
{
  const struct sigaction interrupted = { .sa_handler = reeve_ctl_join_interrupted_cb };
  struct termios old, quiet;
  gboolean terminal = tcgetattr (STDIN_FILENO, &old) == 0;
  char *token;

  if (terminal)
    {
      sigaction (SIGINT, &interrupted, NULL);
      sigaction (SIGTERM, &interrupted, NULL);
      fputs ("Token: ", stderr);
      quiet = old;
      quiet.c_lflag &= ~ECHO;
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &quiet);
    }
  token = reeve_ctl_join_read_line (stdin);
  if (terminal)
    {
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &old);
      fputc ('\n', stderr);
    }
  return token;
}

static char *
reeve_ctl_join_read_token (const char *path)
{
  FILE *file;
  char *token;

  if (strcmp (path, "-") == 0)
    return reeve_ctl_join_ask ();
  file = fopen (path, "re");
  if (file == NULL)
    {
      reeve_ctl_fail ("cannot read %s: %s", path, g_strerror (errno));
      return NULL;
    }
  token = reeve_ctl_join_read_line (file);
  fclose (file);
  return token;
}

/* Readable for the agent's user, whatever umask root has; one that is there already stays as it is.
 */
static gboolean
reeve_ctl_join_make_dir (const char *dir)
{
  if (g_file_test (dir, G_FILE_TEST_IS_DIR) ||
      (g_mkdir_with_parents (dir, 0755) == 0 && g_chmod (dir, 0755) == 0))
    return TRUE;
  reeve_ctl_fail ("cannot make %s: %s", dir, g_strerror (errno));
  return FALSE;
}

/* Under a new name first: the file is whole or not there. */
static gboolean
reeve_ctl_join_write (const char *path, const char *text, mode_t mode, const struct passwd *user)
{
  g_autofree char *fresh = g_strconcat (path, ".new", NULL);
  int fd;
  gboolean ok;

  g_unlink (fresh);
  fd = open (fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  ok = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text) &&
       fchmod (fd, mode) == 0 && (user == NULL || fchown (fd, user->pw_uid, user->pw_gid) == 0) &&
       fsync (fd) == 0 && g_rename (fresh, path) == 0;
  if (!ok)
    {
      reeve_ctl_fail ("cannot write %s: %s", path, g_strerror (errno));
      g_unlink (fresh);
    }
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
reeve_ctl_join_set_up (const char *dir, const char *url, const char *key, const char *pin,
                       const char *token)
{
  const struct passwd *user = geteuid () == 0 ? getpwnam (REEVE_CTL_AGENT_USER) : NULL;
  g_autofree char *token_path = g_build_filename (dir, "agent-token", NULL);
  g_autofree char *drop_in_dir = g_build_filename (dir, "agent.conf.d", NULL);
  g_autofree char *drop_in = g_build_filename (drop_in_dir, "hub.conf", NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *text = NULL;

  if (!reeve_ctl_join_make_dir (dir) || !reeve_ctl_join_make_dir (drop_in_dir))
    return FALSE;
  g_key_file_set_string (file, "plugin reporter", "url", url);
  g_key_file_set_string (file, "plugin reporter", "hub-key", key);
  g_key_file_set_string (file, "plugin reporter", "token-file", token_path);
  if (pin != NULL)
    g_key_file_set_string (file, "plugin ws-transport", "pin", pin);
  text = g_key_file_to_data (file, NULL, NULL);
  return reeve_ctl_join_write (token_path, token, 0600, user) &&
         reeve_ctl_join_write (drop_in, text, 0644, NULL);
}

static int
reeve_ctl_join (G_GNUC_UNUSED ReeveCtl *ctl, int argc, char **argv)
{
  g_autofree char *url = NULL;
  g_autofree char *key = NULL;
  g_autofree char *pin = NULL;
  g_autofree char *token_file = NULL;
  g_autofree char *dir = NULL;
  g_autofree char *place = NULL;
  g_autofree char *token = NULL;
  gboolean done;
  g_autofree char **args = g_new0 (char *, argc + 2);
  char **parsed = args;
  int n = argc + 1;
  g_autoptr (GOptionContext) options = g_option_context_new (NULL);
  const GOptionEntry entries[] = {
    { "url", 0, 0, G_OPTION_ARG_STRING, &url, NULL, NULL },
    { "key", 0, 0, G_OPTION_ARG_STRING, &key, NULL, NULL },
    { "pin", 0, 0, G_OPTION_ARG_STRING, &pin, NULL, NULL },
    { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &token_file, NULL, NULL },
    { "config-dir", 0, 0, G_OPTION_ARG_FILENAME, &dir, NULL, NULL },
    { .long_name = NULL },
  };

  args[0] = (char *) "join";
  memcpy (args + 1, argv, argc * sizeof *argv);
  g_option_context_add_main_entries (options, entries, NULL);
  g_option_context_set_help_enabled (options, FALSE);
  if (!g_option_context_parse (options, &n, &parsed, NULL) || n != 1 || url == NULL ||
      key == NULL || token_file == NULL)
    return reeve_ctl_usage (
        "join --url URL --key 'ssh-ed25519 …' [--pin sha256//…] --token-file FILE|- "
        "[--config-dir DIR]");
  if (pin != NULL && strspn (pin, REEVE_CTL_PIN_CHARACTERS) != strlen (pin))
    return reeve_ctl_fail ("the pin is no pin: take it from 'reevectl systems add' on the hub");
  token = reeve_ctl_join_read_token (token_file);
  if (token == NULL)
    return REEVE_CTL_FAILED;
  /* the drop-in names the token's file, and names are absolute there */
  place = g_canonicalize_filename (dir != NULL ? dir : REEVE_CONFIG_DIR, NULL);
  done = reeve_ctl_join_set_up (place, url, key, pin, token);
  explicit_bzero (token, strlen (token));
  if (!done)
    return REEVE_CTL_FAILED;
  printf ("The agent is set up. Start it anew: systemctl restart reeved-agent\n");
  return REEVE_CTL_OK;
}

const ReeveCtlCommand reeve_ctl_join_commands[] = {
  { "join", "--url URL --key KEY [--pin PIN] --token-file FILE|-",
    "Set up this machine's agent for a hub", reeve_ctl_join },
  { .name = NULL },
};
