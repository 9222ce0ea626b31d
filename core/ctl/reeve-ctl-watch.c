/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pictures that follow each other in a terminal. */

#include "config.h"

#include "reeve-ctl-watch.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

gboolean
reeve_ctl_watch_parse (ReeveCtlWatch *self, const char *argument)
{
  guint64 seconds = 0;

  if (strcmp (argument, "--watch") == 0)
    {
      self->seconds = REEVE_CTL_WATCH_SECONDS;
      return TRUE;
    }
  if (!g_str_has_prefix (argument, "--watch="))
    return FALSE;
  g_ascii_string_to_unsigned (argument + strlen ("--watch="), 10, 1, REEVE_CTL_WATCH_MAX_SECONDS,
                              &seconds, NULL);
  self->seconds = (guint) seconds;
  return TRUE;
}

static void
reeve_ctl_watch_interrupted_cb (G_GNUC_UNUSED int signal)
{
}

/* Signals are let in while we wait only, so that none is lost and none comes into the middle of a
 * picture. */
void
reeve_ctl_watch_begin (ReeveCtlWatch *self)
{
  const struct sigaction interrupted = { .sa_handler = reeve_ctl_watch_interrupted_cb };
  sigset_t held;

  sigemptyset (&held);
  sigaddset (&held, SIGINT);
  sigaddset (&held, SIGTERM);
  sigprocmask (SIG_BLOCK, &held, &self->waiting);
  sigaction (SIGINT, &interrupted, NULL);
  sigaction (SIGTERM, &interrupted, NULL);
}

gboolean
reeve_ctl_watch_wait (const ReeveCtlWatch *self)
{
  const struct timespec time = { .tv_sec = self->seconds };

  return ppoll (NULL, 0, &time, &self->waiting) == 0;
}

static gboolean
reeve_ctl_watch_get_size (struct winsize *size)
{
  return isatty (STDOUT_FILENO) && ioctl (STDOUT_FILENO, TIOCGWINSZ, size) == 0 &&
         size->ws_row > 1 && size->ws_col > 0;
}

guint
reeve_ctl_watch_get_width (void)
{
  struct winsize size;

  return reeve_ctl_watch_get_size (&size) ? size.ws_col : 0;
}

/* As many bytes of the line as fit into the terminal's columns. */
static gsize
reeve_ctl_watch_cut (const char *line, guint width)
{
  const char *p = line;

  for (guint used = 0; *p != '\0'; p = g_utf8_next_char (p))
    {
      if (!g_unichar_iszerowidth (g_utf8_get_char (p)))
        used += g_unichar_iswide (g_utf8_get_char (p)) ? 2 : 1;
      if (used > width)
        break;
    }
  return (gsize) (p - line);
}

/* The whole picture in one write, over the old one: nothing flickers, and nothing scrolls. */
static void
reeve_ctl_watch_paint (const char *text, const char *more, const struct winsize *size)
{
  g_autoptr (GString) out = g_string_new ("\033[H");
  g_autofree char *whole = g_strdup (text);
  g_auto (GStrv) lines = NULL;
  guint n, shown;

  if (g_str_has_suffix (whole, "\n"))
    whole[strlen (whole) - 1] = '\0';
  lines = g_strsplit (whole, "\n", -1);
  n = g_strv_length (lines);
  shown = n <= size->ws_row ? n : (guint) size->ws_row - 1;
  for (guint i = 0; i < shown; i++)
    {
      g_string_append_len (out, lines[i], (gssize) reeve_ctl_watch_cut (lines[i], size->ws_col));
      g_string_append_printf (out, "\033[K%s", i + 1 < shown || shown < n ? "\r\n" : "");
    }
  if (shown < n)
    {
      g_autofree char *rest = g_strdup_printf ("(%u more lines: %s)", n - shown, more);

      g_string_append_len (out, rest, (gssize) reeve_ctl_watch_cut (rest, size->ws_col));
      g_string_append (out, "\033[K");
    }
  g_string_append (out, "\033[J");
  fwrite (out->str, 1, out->len, stdout);
}

gboolean
reeve_ctl_watch_draw (const ReeveCtlWatch *self, const char *text, const char *more)
{
  struct winsize size;

  if (self->seconds > 0 && reeve_ctl_watch_get_size (&size))
    reeve_ctl_watch_paint (text, more, &size);
  else
    {
      fputs (text, stdout);
      if (self->seconds > 0)
        fputc ('\n', stdout);
    }
  return fflush (stdout) == 0;
}

int
reeve_ctl_watch_run (ReeveCtlWatch *self, ReeveCtl *ctl, ReeveCtlLookFunc func, gpointer user_data)
{
  gboolean terminal = self->seconds > 0 && reeve_ctl_watch_get_width () > 0;

  if (self->seconds > 0)
    reeve_ctl_watch_begin (self);
  for (gboolean first = TRUE;; first = FALSE)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      if (!func (ctl, out, reeve_ctl_watch_get_width (), user_data))
        return REEVE_CTL_FAILED;
      if (terminal && first)
        fputs ("\033[H\033[2J", stdout);
      if (!reeve_ctl_watch_draw (self, out->str, "a larger window shows them"))
        return REEVE_CTL_FAILED;
      if (self->seconds == 0 || !reeve_ctl_watch_wait (self))
        break;
    }
  if (terminal)
    fputc ('\n', stdout);
  return REEVE_CTL_OK;
}
