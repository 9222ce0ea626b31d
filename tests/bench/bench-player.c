/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Many agents in one process, for the benchmark of the hub: each has a connection of its own and
 * speaks the real protocol, with invented values in place of a machine. Frames, codec and engine
 * are those of Reeve, so this end costs little; it only ever connects to 127.0.0.1, over TLS with
 * --tls (and does not look at the certificate, which costs the hub nothing).
 *
 * The tokens come from a file, one a line. Standard input is the leash: a line "stats" is answered
 * by one line of JSON, and its end ends the player, as does --seconds.
 */

#include "config.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <reeve/monitor.h>
#include <reeve/reeve.h>

#include "core/wire/reeve-wire.h"
#include "plugins/ws-transport/reeve-ws-transport-handshake.h"
#include "plugins/ws-transport/reeve-ws-transport-link.h"
#include "plugins/ws-transport/reeve-ws-transport-url.h"

#define PLAYER_MAX_AGENTS 10000
#define PLAYER_MAX_SECONDS 600
/* The hub takes few strangers from one address at a time, and few connections: so many agents are
 * on their way in at once, and so many share an address of 127.0.1.0/24. */
#define PLAYER_MAX_ENTERING 32
#define PLAYER_PER_ADDRESS 64
#define PLAYER_CONNECTION_WEBSOCKET 2

typedef struct
{
  ReeveOwner *owner;
  ReeveWorker *worker; /* of dialling */
  GMainLoop *loop;
  guint16 port;
  gboolean tls;
  guint level;
  GPtrArray *agents;
  guint n_begun;
  guint n_entering;
  guint n_values; /* of the last sample, facts left out */
  guint64 links;  /* proven and still there */
  guint64 lost;
  guint64 samples;
  guint64 sample_bytes; /* with the frame's header */
  guint64 request_bytes;
  char *first_error;
  GString *input;
} Player;

typedef struct
{
  Player *player;
  guint number;
  char *token;
  char *key;
  ReeveStream *stream; /* until it is upgraded */
  ReeveWsTransportLink *link;
  gboolean proven;
  guint level;
  guint64 sequence;
  guint random;
  ReeveSample *sample;
} Agent;

static void player_begin_more (Player *player);

static void
agent_free (Agent *agent)
{
  if (agent->stream != NULL)
    {
      reeve_stream_abort (agent->stream);
      reeve_stream_unref (agent->stream);
    }
  if (agent->link != NULL)
    {
      reeve_ws_transport_link_detach (agent->link);
      reeve_ws_transport_link_unref (agent->link);
    }
  g_clear_pointer (&agent->sample, reeve_sample_unref);
  g_free (agent->token);
  g_free (agent->key);
  g_free (agent);
}

/* ---- the values ---- */

/* Something between 0 and 1 that does not stand still. */
static double
agent_random (Agent *agent)
{
  agent->random = agent->random * 1664525u + 1013904223u;
  return (agent->random >> 8) / 16777216.0;
}

static void
agent_add_cpu (Agent *agent)
{
  ReeveSample *sample = agent->sample;
  double user = 0.4 * agent_random (agent), system = 0.2 * agent_random (agent);

  reeve_sample_add (sample, REEVE_KIND_CPU, NULL);
  reeve_sample_set_number (sample, REEVE_CPU_USAGE, user + system);
  reeve_sample_set_number (sample, REEVE_CPU_USER, user);
  reeve_sample_set_number (sample, REEVE_CPU_SYSTEM, system);
  reeve_sample_set_number (sample, REEVE_CPU_IOWAIT, 0.02);
  reeve_sample_set_number (sample, REEVE_CPU_STEAL, 0);
  reeve_sample_set_number (sample, REEVE_CPU_IDLE, 0.98 - user - system);
  for (guint i = 0; i < 4; i++)
    {
      const char name[] = { (char) ('0' + i), '\0' };

      reeve_sample_add (sample, REEVE_KIND_CORE, name);
      reeve_sample_set_number (sample, REEVE_CORE_USAGE, agent_random (agent));
    }
  reeve_sample_add (sample, REEVE_KIND_LOAD, NULL);
  reeve_sample_set_number (sample, REEVE_LOAD_ONE, 2 * agent_random (agent));
  reeve_sample_set_number (sample, REEVE_LOAD_FIVE, 1.24);
  reeve_sample_set_number (sample, REEVE_LOAD_FIFTEEN, 0.87);
}

static void
agent_add_memory (Agent *agent)
{
  ReeveSample *sample = agent->sample;
  double used = 4e9 + 1e9 * agent_random (agent);

  reeve_sample_add (sample, REEVE_KIND_MEMORY, NULL);
  reeve_sample_set_number (sample, REEVE_MEMORY_TOTAL, 16642998272.0);
  reeve_sample_set_number (sample, REEVE_MEMORY_USED, used);
  reeve_sample_set_number (sample, REEVE_MEMORY_USAGE, used / 16642998272.0);
  reeve_sample_set_number (sample, REEVE_MEMORY_CACHE, 6e9);
  reeve_sample_add (sample, REEVE_KIND_SWAP, NULL);
  reeve_sample_set_number (sample, REEVE_SWAP_TOTAL, 2147483648.0);
  reeve_sample_set_number (sample, REEVE_SWAP_USED, 1e8 * agent_random (agent));
}

static void
agent_add_disk (Agent *agent)
{
  ReeveSample *sample = agent->sample;

  reeve_sample_add (sample, REEVE_KIND_FILESYSTEM, "/");
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_TOTAL, 107374182400.0);
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_USED, 42949672960.0);
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_USAGE, 0.421);
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_READ, (guint) (1e6 * agent_random (agent)));
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_WRITE, (guint) (5e6 * agent_random (agent)));
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_READ_TIME, 0.01 * agent_random (agent));
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_WRITE_TIME, 0.05 * agent_random (agent));
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_BUSY, 0.04 * agent_random (agent));
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_READ_AWAIT, 0.002);
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_WRITE_AWAIT, 0.004);
  reeve_sample_set_number (sample, REEVE_FILESYSTEM_QUEUE, 0.3 * agent_random (agent));
}

static void
agent_add_network (Agent *agent)
{
  ReeveSample *sample = agent->sample;
  guint sent = (guint) (2e5 * agent_random (agent)),
        received = (guint) (9e5 * agent_random (agent));

  reeve_sample_add (sample, REEVE_KIND_NETWORK, NULL);
  reeve_sample_set_number (sample, REEVE_NETWORK_SENT, sent);
  reeve_sample_set_number (sample, REEVE_NETWORK_RECEIVED, received);
  reeve_sample_add (sample, REEVE_KIND_NIC, "eth0");
  reeve_sample_set_number (sample, REEVE_NIC_SENT, sent);
  reeve_sample_set_number (sample, REEVE_NIC_RECEIVED, received);
  reeve_sample_set_number (sample, REEVE_NIC_SENT_TOTAL, 1e9 + (double) agent->sequence * sent);
  reeve_sample_set_number (sample, REEVE_NIC_RECEIVED_TOTAL,
                           7e9 + (double) agent->sequence * received);
  reeve_sample_add (sample, REEVE_KIND_SYSTEM, NULL);
  reeve_sample_set_number (sample, REEVE_SYSTEM_UPTIME, 86400 + (double) agent->sequence * 10);
}

static void
agent_add_facts (Agent *agent)
{
  ReeveSample *sample = agent->sample;
  g_autofree char *name = g_strdup_printf ("host-%u", agent->number);

  reeve_sample_add (sample, REEVE_KIND_HOST, NULL);
  reeve_sample_set_text (sample, REEVE_HOST_HOSTNAME, name);
  reeve_sample_set_text (sample, REEVE_HOST_KERNEL, "6.1.0-28-amd64");
  reeve_sample_set_state (sample, REEVE_HOST_OS, 0);
  reeve_sample_set_text (sample, REEVE_HOST_OS_NAME, "Debian GNU/Linux 12 (bookworm)");
  reeve_sample_set_text (sample, REEVE_HOST_ARCH, "x86_64");
  reeve_sample_set_text (sample, REEVE_HOST_CPU_MODEL, "Some processor at 3.4 GHz");
  reeve_sample_set_number (sample, REEVE_HOST_CORES, 2);
  reeve_sample_set_number (sample, REEVE_HOST_THREADS, 4);
  reeve_sample_set_number (sample, REEVE_HOST_MEMORY, 16642998272.0);
}

static guint
agent_count_values (Agent *agent)
{
  guint n = 0;

  for (guint row = 0; row < reeve_sample_get_n_rows (agent->sample); row++)
    {
      const ReeveKind *kind = reeve_sample_get_row (agent->sample, row, NULL, NULL);

      for (guint i = 0; i < kind->n_metrics && !kind->facts; i++)
        n += reeve_sample_has (agent->sample, row, i) ? 1 : 0;
    }
  return n;
}

/* (transfer full) */
static GBytes *
agent_make_sample (Agent *agent, gint64 id, gboolean facts)
{
  const ReeveWireSelf self = {
    .version = REEVE_WS_TRANSPORT_HANDSHAKE_BASE_VERSION,
    .connection = PLAYER_CONNECTION_WEBSOCKET,
    .threads = 4,
    .level = agent->level,
  };
  g_autoptr (ReeveMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  reeve_sample_reset (agent->sample, reeve_schema_get_standard ());
  reeve_sample_set_rates (agent->sample, TRUE);
  agent_add_cpu (agent);
  agent_add_memory (agent);
  agent_add_disk (agent);
  agent_add_network (agent);
  if (facts)
    agent_add_facts (agent);
  agent->player->n_values = agent_count_values (agent);
  message = reeve_message_new_sample (agent->sample);
  reeve_message_set_sequence (message, ++agent->sequence);
  reeve_message_set_age (message, 200);
  bytes = reeve_wire_encode_sample (id, message, &self, &error);
  if (bytes == NULL)
    g_error ("cannot encode a sample: %s", error->message);
  return bytes;
}

/* ---- the conversation ---- */

static void
agent_lost (Agent *agent, const char *why)
{
  Player *player = agent->player;

  player->lost++;
  if (agent->proven)
    player->links--;
  else
    player->n_entering--;
  if (player->first_error == NULL)
    player->first_error = g_strdup (why);
  player_begin_more (player);
}

static void
agent_proven (Agent *agent)
{
  agent->proven = TRUE;
  agent->player->links++;
  agent->player->n_entering--;
  player_begin_more (agent->player);
}

/* With its frame's header, which has a mask on this way. */
static gsize
frame_size (gsize length, gboolean masked)
{
  return length + (length < 126 ? 2 : length < 65536 ? 4 : 10) + (masked ? 4 : 0);
}

static void
agent_answer_sample (Agent *agent, const ReeveWireRequest *request, gsize request_length)
{
  Player *player = agent->player;
  GBytes *bytes;

  if (!agent->proven)
    agent_proven (agent);
  bytes = agent_make_sample (agent, request->id,
                             reeve_message_get_sample_request (request->message)->facts);
  player->samples++;
  player->request_bytes += frame_size (request_length, FALSE);
  player->sample_bytes += frame_size (g_bytes_get_size (bytes), TRUE);
  reeve_ws_transport_link_send (agent->link, bytes);
}

/* Samples are all that it has: a hub that asks for more shall not wait for it. */
static void
agent_answer (Agent *agent, const ReeveWireRequest *request, gsize request_length)
{
  if (reeve_message_get_sample_request (request->message) != NULL)
    agent_answer_sample (agent, request, request_length);
  else
    reeve_ws_transport_link_send (agent->link,
                                  reeve_wire_encode_error (request->id, "not here", NULL));
}

static void
agent_message_cb (ReeveWsTransportLink *link, const guint8 *data, gsize length, gpointer user_data)
{
  Agent *agent = user_data;
  const ReeveWireLimits limits = { REEVE_WIRE_REQUEST_MAX_BYTES, REEVE_WIRE_MAX_ITEMS,
                                   agent->level };
  g_auto (ReeveWireRequest) request = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *fingerprint = NULL;

  if (!reeve_wire_request_decode (data, length, &limits, &request, &error))
    {
      if (agent->player->first_error == NULL)
        agent->player->first_error = g_strdup (error->message);
      return;
    }
  if (request.message != NULL)
    {
      agent_answer (agent, &request, length);
      return;
    }
  if (request.action != REEVE_WIRE_ACTION_FINGERPRINT)
    return;
  fingerprint = g_strdup_printf ("%048x", agent->number + 1);
  reeve_ws_transport_link_send (agent->link, reeve_wire_encode_fingerprint (request.id, fingerprint,
                                                                            NULL, NULL, NULL));
}

static void
agent_closed_cb (ReeveWsTransportLink *link, const GError *error, gpointer user_data)
{
  agent_lost (user_data, error->message);
}

static const ReeveWsTransportLinkFuncs agent_link_funcs = { agent_message_cb, agent_closed_cb };

/* ---- the way in ---- */

static gsize
agent_stream_data_cb (ReeveStream *stream, guint8 *data, gsize length, gpointer user_data)
{
  Agent *agent = user_data;
  g_auto (ReeveWsTransportHandshakeResponse) response = { 0 };
  g_autoptr (GError) error = NULL;

  switch (reeve_ws_transport_handshake_read_response (data, length, agent->key, &response, &error))
    {
    case REEVE_WS_TRANSPORT_HANDSHAKE_MORE:
      return 0;
    case REEVE_WS_TRANSPORT_HANDSHAKE_DONE:
      agent->level = MIN (response.level, agent->player->level);
      agent->link =
          reeve_ws_transport_link_new (agent->player->owner, g_steal_pointer (&agent->stream),
                                       REEVE_WS_TRANSPORT_FRAME_ROLE_CLIENT, &agent_link_funcs,
                                       agent);
      return response.length;
    case REEVE_WS_TRANSPORT_HANDSHAKE_FAILED:
    default:
      reeve_stream_abort (stream);
      agent_lost (agent, error->message);
      return length;
    }
}

static void
agent_stream_closed_cb (ReeveStream *stream, const GError *error, gpointer user_data)
{
  agent_lost (user_data, error != NULL ? error->message : "the hub ended the connection");
}

static const ReeveStreamFuncs agent_stream_funcs = {
  .data = agent_stream_data_cb,
  .closed = agent_stream_closed_cb,
};

/* From an address of its group to the hub; on loopback this does not block. */
static int
agent_connect (Agent *agent)
{
  struct sockaddr_in from = {
    .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (0x7f000100 + 1 + agent->number / PLAYER_PER_ADDRESS),
  };
  struct sockaddr_in to = {
    .sin_family = AF_INET,
    .sin_port = htons (agent->player->port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
  };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || bind (fd, (struct sockaddr *) &from, sizeof from) != 0 ||
      connect (fd, (struct sockaddr *) &to, sizeof to) != 0)
    g_error ("cannot connect to 127.0.0.1:%u: %m", agent->player->port);
  return fd;
}

/* Takes @stream. */
static void
agent_enter (Agent *agent, ReeveStream *stream)
{
  g_autofree char *authority = g_strdup_printf ("127.0.0.1:%u", agent->player->port);
  g_autofree char *word = NULL;
  guint8 random[16];
  ReeveWsTransportHandshakeRequest request = {
    .authority = authority,
    .target = REEVE_WS_TRANSPORT_URL_PATH,
    .token = agent->token,
  };
  GString *head;

  gnutls_rnd (GNUTLS_RND_NONCE, random, sizeof random);
  agent->key = g_base64_encode (random, sizeof random);
  if (agent->player->level > 0)
    word = reeve_ws_transport_handshake_format_link (agent->player->level, PACKAGE_VERSION);
  request.key = agent->key;
  request.link = word;
  agent->stream = stream;
  reeve_stream_set_funcs (agent->stream, &agent_stream_funcs, agent);
  head = reeve_ws_transport_handshake_write_request (&request);
  reeve_stream_write (agent->stream, head->str, head->len);
  g_string_free (head, TRUE);
}

static void
agent_dialled_cb (G_GNUC_UNUSED GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  ReeveStream *stream = reeve_owner_dial_finish (result, &error);

  if (stream != NULL)
    agent_enter (user_data, stream);
  else
    agent_lost (user_data, error->message);
}

static void
agent_begin (Agent *agent)
{
  static const ReeveTlsOptions tls = { .unverified = TRUE };
  static const ReeveDialOptions options = { .timeout_ms = 60000, .tls = &tls };
  Player *player = agent->player;
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", player->port);

  if (player->tls)
    reeve_owner_dial_with_async (player->owner, player->worker, address, &options, NULL,
                                 agent_dialled_cb, agent);
  else
    agent_enter (agent, reeve_stream_new (player->owner, agent_connect (agent)));
}

static void
player_begin_more (Player *player)
{
  while (player->n_begun < player->agents->len && player->n_entering < PLAYER_MAX_ENTERING)
    {
      player->n_entering++;
      agent_begin (g_ptr_array_index (player->agents, player->n_begun++));
    }
}

/* ---- the leash ---- */

static void
player_print_stats (Player *player)
{
  g_autofree char *error =
      g_strescape (player->first_error != NULL ? player->first_error : "", NULL);

  printf ("{\"links\": %" G_GUINT64_FORMAT ", \"lost\": %" G_GUINT64_FORMAT
          ", \"values\": %u, \"samples\": %" G_GUINT64_FORMAT
          ", \"sample_bytes\": %" G_GUINT64_FORMAT ", \"request_bytes\": %" G_GUINT64_FORMAT
          ", \"error\": \"%s\"}\n",
          player->links, player->lost, player->n_values, player->samples, player->sample_bytes,
          player->request_bytes, error);
  fflush (stdout);
}

static void
player_input_cb (ReeveWatch *watch, ReeveIO ready, gpointer user_data)
{
  Player *player = user_data;
  char buffer[256];
  gssize length = read (STDIN_FILENO, buffer, sizeof buffer);

  if (length <= 0 || player->input->len > sizeof buffer)
    {
      g_main_loop_quit (player->loop);
      return;
    }
  g_string_append_len (player->input, buffer, length);
  while (g_str_has_prefix (player->input->str, "stats\n"))
    {
      player_print_stats (player);
      g_string_erase (player->input, 0, strlen ("stats\n"));
    }
}

static void
player_end_cb (ReeveTimer *timer, gpointer user_data)
{
  g_main_loop_quit (user_data);
}

static void
player_run (Player *player, guint seconds)
{
  ReeveTimer *timer = reeve_owner_add_timer (player->owner, "end", player_end_cb, player->loop);
  ReeveWatch *watch = reeve_owner_watch_fd (player->owner, "input", STDIN_FILENO,
                                            REEVE_IO_IN | REEVE_IO_HUP, player_input_cb, player);

  reeve_timer_start (timer, (guint64) seconds * 1000);
  player_begin_more (player);
  g_main_loop_run (player->loop);
  reeve_watch_remove (watch);
  reeve_timer_free (timer);
}

static void
player_add_agents (Player *player, const char *path, guint count)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) tokens = NULL;

  if (!g_file_get_contents (path, &text, NULL, &error))
    g_error ("cannot read the tokens: %s", error->message);
  tokens = g_strsplit (g_strchomp (text), "\n", -1);
  for (guint i = 0; i < count && tokens[i] != NULL; i++)
    {
      Agent *agent = g_new0 (Agent, 1);

      agent->player = player;
      agent->number = i;
      agent->random = i * 2654435761u + 1;
      agent->token = g_strdup (tokens[i]);
      agent->sample = reeve_sample_new (reeve_schema_get_standard ());
      g_ptr_array_add (player->agents, agent);
    }
}

int
main (int argc, char **argv)
{
  int port = 0, count = 200, seconds = 120, level = 0;
  gboolean tls = FALSE;
  g_autofree char *tokens = NULL;
  const GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &port, "The hub's, on 127.0.0.1", "PORT" },
    { "tokens", 0, 0, G_OPTION_ARG_FILENAME, &tokens, "One a line", "FILE" },
    { "count", 0, 0, G_OPTION_ARG_INT, &count, "At most so many agents (200)", "N" },
    { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "At most so long (120)", "N" },
    { "tls", 0, 0, G_OPTION_ARG_NONE, &tls, "Speak TLS", NULL },
    { "level", 0, 0, G_OPTION_ARG_INT, &level, "0: as stock agents, 1: extension 1", "N" },
    { .long_name = NULL },
  };
  g_autoptr (GOptionContext) options = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  ReeveClock *clock = reeve_clock_new_system ();
  ReeveEngine *engine = reeve_engine_new (clock);
  Player player = { .owner = reeve_owner_new (engine, "player") };

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (port < 1 || port > G_MAXUINT16 || tokens == NULL || level < 0 || level > 1 || count < 1 ||
      count > PLAYER_MAX_AGENTS || seconds < 1 || seconds > PLAYER_MAX_SECONDS)
    g_error (
        "bench-player --port PORT --tokens FILE [--count N] [--seconds N] [--level 0|1] [--tls]");
  player.port = (guint16) port;
  player.level = (guint) level;
  player.tls = tls;
  player.worker = reeve_owner_add_worker (player.owner, "dial", 1, PLAYER_MAX_ENTERING);
  player.loop = g_main_loop_new (NULL, FALSE);
  player.input = g_string_new (NULL);
  player.agents = g_ptr_array_new_with_free_func ((GDestroyNotify) agent_free);
  reeve_engine_attach (engine, NULL);
  player_add_agents (&player, tokens, (guint) count);
  player_run (&player, (guint) seconds);
  g_ptr_array_unref (player.agents);
  g_strfreev (reeve_owner_close (player.owner));
  reeve_owner_unref (player.owner);
  reeve_engine_unref (engine);
  g_object_unref (clock);
  g_main_loop_unref (player.loop);
  g_string_free (player.input, TRUE);
  g_free (player.first_error);
  return 0;
}
