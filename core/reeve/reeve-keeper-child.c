/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keeper itself: a loop that takes one packet and answers one. What it does not need is taken
 * from it first: descriptors, the network, files, other programs, a place in a core dump. A file
 * that it is to read comes as a descriptor. */

#include "config.h"

#include "reeve-keeper-private.h"

#include "reeve-error.h"
#include "reeve-tls-private.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define REEVE_KEEPER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define REEVE_KEEPER_ARCH AUDIT_ARCH_AARCH64
#endif

/* Of an answer for which the kernel has no room. */
#define REEVE_KEEPER_MAX_TRIES 10000

typedef struct
{
  gnutls_privkey_t key; /* NULL: free */
  gboolean purposes;    /* signs for these only */
} ReeveKeeperKey;

typedef struct
{
  int fd;
  ReeveKeeperKey keys[REEVE_KEEPER_MAX_KEYS];
} ReeveKeeperChild;

/* ---- what is taken from it ---- */

#if defined(REEVE_KEEPER_ARCH) && !defined(__SANITIZE_ADDRESS__)
#define REEVE_KEEPER_LET(number)                                                                   \
  BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* Memory, the two ends of its socket, files that it was given. Everything else fails. */
static gboolean
reeve_keeper_filter (void)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, arch)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, REEVE_KEEPER_ARCH, 1, 0),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    REEVE_KEEPER_LET (SYS_read),
    REEVE_KEEPER_LET (SYS_pread64),
    REEVE_KEEPER_LET (SYS_pwrite64),
    REEVE_KEEPER_LET (SYS_recvmsg),
    REEVE_KEEPER_LET (SYS_sendmsg),
    REEVE_KEEPER_LET (SYS_close),
    REEVE_KEEPER_LET (SYS_fstat),
#ifdef SYS_newfstatat
    REEVE_KEEPER_LET (SYS_newfstatat), /* how the C library asks for fstat() */
#endif
    REEVE_KEEPER_LET (SYS_brk),
    REEVE_KEEPER_LET (SYS_mmap),
    REEVE_KEEPER_LET (SYS_munmap),
    REEVE_KEEPER_LET (SYS_mremap),
    REEVE_KEEPER_LET (SYS_madvise),
    REEVE_KEEPER_LET (SYS_futex),
    REEVE_KEEPER_LET (SYS_getrandom),
    REEVE_KEEPER_LET (SYS_getpid),
    REEVE_KEEPER_LET (SYS_gettid),
    REEVE_KEEPER_LET (SYS_clock_gettime),
    REEVE_KEEPER_LET (SYS_getrusage),
    REEVE_KEEPER_LET (SYS_rt_sigreturn),
    REEVE_KEEPER_LET (SYS_exit_group),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA)),
  };
  const struct sock_fprog program = { .len = G_N_ELEMENTS (code), .filter = code };

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#else
static gboolean
reeve_keeper_filter (void)
{
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}
#endif

static void
reeve_keeper_close_others (int keep)
{
  if (keep > 3)
    (void) syscall (SYS_close_range, 3u, (unsigned int) keep - 1, 0u);
  (void) syscall (SYS_close_range, (unsigned int) keep + 1, ~0u, 0u);
}

static gboolean
reeve_keeper_confine (int fd)
{
  const struct rlimit none = { 0, 0 }, key = { REEVE_TLS_MAX_PEM_BYTES, REEVE_TLS_MAX_PEM_BYTES };

  (void) prctl (PR_SET_NAME, "reeve-keeper");
  /* with the one that it serves */
  (void) prctl (PR_SET_PDEATHSIG, SIGKILL);
  (void) signal (SIGINT, SIG_IGN);
  (void) signal (SIGTERM, SIG_IGN);
  (void) signal (SIGHUP, SIG_IGN);
  reeve_keeper_close_others (fd);
  return prctl (PR_SET_DUMPABLE, 0) == 0 && setrlimit (RLIMIT_CORE, &none) == 0 &&
         setrlimit (RLIMIT_FSIZE, &key) == 0 && chdir ("/") == 0 && reeve_keeper_filter ();
}

/* ---- keys ---- */

static ReeveKeeperKey *
reeve_keeper_find (ReeveKeeperChild *self, guint32 id, gboolean purposes)
{
  ReeveKeeperKey *key = id >= 1 && id <= REEVE_KEEPER_MAX_KEYS ? &self->keys[id - 1] : NULL;

  return key != NULL && key->key != NULL && key->purposes == purposes ? key : NULL;
}

static guint32
reeve_keeper_find_free (ReeveKeeperChild *self)
{
  for (guint32 i = 0; i < REEVE_KEEPER_MAX_KEYS; i++)
    if (self->keys[i].key == NULL)
      return i + 1;
  return 0;
}

static void
reeve_keeper_drop (ReeveKeeperKey *key)
{
  if (key->key != NULL)
    gnutls_privkey_deinit (key->key);
  key->key = NULL;
}

static int
reeve_keeper_import (ReeveKeeperKey *key, const gnutls_datum_t *bytes, gnutls_x509_crt_fmt_t format)
{
  int code = gnutls_privkey_init (&key->key);

  if (code >= 0)
    code = gnutls_privkey_import_x509_raw (key->key, bytes, format, NULL, 0);
  if (code < 0)
    reeve_keeper_drop (key);
  return code;
}

static int
reeve_keeper_export_public (ReeveKeeperKey *key, gnutls_datum_t *ret_public)
{
  gnutls_pubkey_t public_key;
  int code = gnutls_pubkey_init (&public_key);

  if (code < 0)
    return code;
  code = gnutls_pubkey_import_privkey (public_key, key->key, 0, 0);
  if (code >= 0)
    code = gnutls_pubkey_export2 (public_key, GNUTLS_X509_FMT_DER, ret_public);
  gnutls_pubkey_deinit (public_key);
  return code;
}

/* ---- requests ---- */

static int
reeve_keeper_load_file (ReeveKeeperChild *self, int file, guint32 id, gnutls_datum_t *ret_public)
{
  static guint8 pem[REEVE_TLS_MAX_PEM_BYTES];
  gnutls_datum_t bytes = { pem, 0 };
  gssize n = 1;
  int code;

  while (file >= 0 && bytes.size < sizeof pem && n > 0)
    {
      n = pread (file, pem + bytes.size, sizeof pem - bytes.size, bytes.size);
      if (n > 0)
        bytes.size += (unsigned int) n;
    }
  code = reeve_keeper_import (&self->keys[id - 1], &bytes, GNUTLS_X509_FMT_PEM);
  gnutls_memset (pem, 0, sizeof pem);
  self->keys[id - 1].purposes = FALSE;
  if (code >= 0)
    code = reeve_keeper_export_public (&self->keys[id - 1], ret_public);
  if (code < 0)
    reeve_keeper_drop (&self->keys[id - 1]);
  return code;
}

/* *@ret_errno: with GNUTLS_E_FILE_ERROR. */
static int
reeve_keeper_make_file (int file, guint32 *ret_errno)
{
  guint8 *text;
  gsize length;
  int code = file >= 0 ? reeve_tls_make_key_text (&text, &length) : GNUTLS_E_INVALID_REQUEST;
  gssize n;

  if (code < 0)
    return code;
  n = pwrite (file, text, length, 0);
  *ret_errno = (guint32) (n < 0 ? errno : ENOSPC);
  reeve_tls_make_free_text (text, length);
  return n == (gssize) length ? 0 : GNUTLS_E_FILE_ERROR;
}

/* In the form of PKCS #8 (RFC 8410). */
static int
reeve_keeper_take (ReeveKeeperChild *self, const guint8 *seed, guint32 id)
{
  static const guint8 prefix[] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                   0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
  guint8 der[sizeof prefix + REEVE_KEEPER_SEED_BYTES];
  const gnutls_datum_t bytes = { der, sizeof der };
  int code;

  memcpy (der, prefix, sizeof prefix);
  memcpy (der + sizeof prefix, seed, REEVE_KEEPER_SEED_BYTES);
  code = reeve_keeper_import (&self->keys[id - 1], &bytes, GNUTLS_X509_FMT_DER);
  self->keys[id - 1].purposes = TRUE;
  gnutls_memset (der, 0, sizeof der);
  return code;
}

static int
reeve_keeper_make_signature (ReeveKeeperChild *self, const ReeveKeeperRequest *request,
                             gnutls_datum_t *ret_signature)
{
  const gboolean purposes = request->head.op == REEVE_KEEPER_SIGN_FOR;
  const gnutls_datum_t data = { (unsigned char *) request->data, (unsigned int) request->length };
  ReeveKeeperKey *key = reeve_keeper_find (self, request->head.key, purposes);

  if (key == NULL)
    return GNUTLS_E_INVALID_REQUEST;
  if (request->head.op == REEVE_KEEPER_SIGN_HASH)
    return gnutls_privkey_sign_hash2 (key->key, (gnutls_sign_algorithm_t) request->head.argument,
                                      request->head.argument == GNUTLS_SIGN_RSA_RAW
                                          ? GNUTLS_PRIVKEY_SIGN_FLAG_TLS1_RSA
                                          : 0,
                                      &data, ret_signature);
  return gnutls_privkey_sign_data2 (key->key,
                                    purposes ? GNUTLS_SIGN_EDDSA_ED25519
                                             : (gnutls_sign_algorithm_t) request->head.argument,
                                    0, &data, ret_signature);
}

static int
reeve_keeper_do (ReeveKeeperChild *self, const ReeveKeeperRequest *request, int file,
                 guint32 *ret_key, gnutls_datum_t *ret_bytes)
{
  ReeveKeeperKey *key;

  switch (request->head.op)
    {
    case REEVE_KEEPER_LOAD:
    case REEVE_KEEPER_SEED:
      *ret_key = reeve_keeper_find_free (self);
      if (*ret_key == 0)
        return GNUTLS_E_MEMORY_ERROR;
      return request->head.op == REEVE_KEEPER_LOAD
                 ? reeve_keeper_load_file (self, file, *ret_key, ret_bytes)
                 : reeve_keeper_take (self, request->data, *ret_key);
    case REEVE_KEEPER_MAKE:
      return reeve_keeper_make_file (file, ret_key);
    case REEVE_KEEPER_FORGET:
      key = reeve_keeper_find (self, request->head.key, FALSE);
      if (key == NULL)
        key = reeve_keeper_find (self, request->head.key, TRUE);
      if (key != NULL)
        reeve_keeper_drop (key);
      return 0;
    default:
      return reeve_keeper_make_signature (self, request, ret_bytes);
    }
}

static gboolean
reeve_keeper_reply (ReeveKeeperChild *self, int code, guint32 key, const gnutls_datum_t *bytes)
{
  ReeveKeeperReply reply = { .code = (guint32) -MIN (code, 0), .key = key };
  struct iovec pieces[2] = { { &reply, sizeof reply }, { bytes->data, bytes->size } };
  const struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 2 };
  guint tries = 0;
  gssize n;

  if (bytes->size > REEVE_KEEPER_MAX_ANSWER)
    pieces[1].iov_len = 0;
  /* who asked waits for it, and the filter allows no sleep */
  do
    n = sendmsg (self->fd, &message, MSG_NOSIGNAL);
  while (n < 0 && (errno == EINTR || errno == ENOBUFS || errno == ENOMEM) &&
         ++tries < REEVE_KEEPER_MAX_TRIES);
  return n >= 0;
}

/* The packet, and the one descriptor that may come with it; -1: none. */
static gssize
reeve_keeper_receive (ReeveKeeperChild *self, guint8 *packet, gsize size, int *ret_file)
{
  union
  {
    struct cmsghdr head;
    char space[CMSG_SPACE (sizeof (int))];
  } control;
  struct iovec piece = { packet, size };
  struct msghdr message = {
    .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  const struct cmsghdr *head;
  gssize n;

  *ret_file = -1;
  do
    n = recvmsg (self->fd, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  head = n > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
      head->cmsg_len == CMSG_LEN (sizeof (int)))
    memcpy (ret_file, CMSG_DATA (head), sizeof *ret_file);
  return n;
}

void
reeve_keeper_serve (int fd)
{
  static ReeveKeeperChild self;
  guint8 packet[REEVE_KEEPER_MAX_REQUEST + 1];
  gboolean more = reeve_keeper_confine (fd);

  self.fd = fd;
  while (more)
    {
      gnutls_datum_t bytes = { NULL, 0 };
      ReeveKeeperRequest request;
      guint32 key = 0;
      int file;
      gssize n = reeve_keeper_receive (&self, packet, sizeof packet, &file);
      int code = GNUTLS_E_INVALID_REQUEST;

      if (n <= 0)
        break;
      if (reeve_keeper_request_parse (packet, (gsize) n, &request))
        code = reeve_keeper_do (&self, &request, file, &key, &bytes);
      gnutls_memset (packet, 0, (gsize) n);
      if (file >= 0)
        (void) close (file);
      more = reeve_keeper_reply (&self, code, key, &bytes);
      gnutls_free (bytes.data);
    }
  _exit (0);
}
