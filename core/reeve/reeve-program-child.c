/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a child may reach. Landlock knows only what is allowed, so all that lies beside the way to
 * the hidden directory is: its neighbours, and theirs up to the root. It does not know sockets, so
 * a filter refuses Unix sockets whole, and with them the control socket. */

#include "config.h"

#include "reeve-program-private.h"

#include "reeve-error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
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

/* Neighbours of the way to the hidden directory. */
#define REEVE_PROGRAM_MAX_RULES 65536

/* Newer than the headers of some that we are built with. */
#define REEVE_LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#define REEVE_LANDLOCK_SCOPE_SIGNAL (1ULL << 1)

/* All rights on files of the first version, and those on directories. */
#define REEVE_LANDLOCK_FILE                                                                        \
  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE)
#define REEVE_LANDLOCK_DIRECTORY                                                                   \
  (LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |  \
   LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |      \
   LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |   \
   LANDLOCK_ACCESS_FS_MAKE_SYM)

#if defined(__x86_64__)
#define REEVE_PROGRAM_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define REEVE_PROGRAM_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define REEVE_PROGRAM_ARCH AUDIT_ARCH_ARM
#elif defined(__i386__)
#define REEVE_PROGRAM_ARCH AUDIT_ARCH_I386
#elif defined(__riscv) && __riscv_xlen == 64
#define REEVE_PROGRAM_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define REEVE_PROGRAM_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define REEVE_PROGRAM_ARCH AUDIT_ARCH_S390X
#endif

/* ---- Landlock ---- */

/* The attributes as of version 6; older kernels are told a smaller size. */
typedef struct
{
  guint64 fs;
  guint64 net;
  guint64 scoped;
} ReeveLandlockRules;

typedef struct
{
  int fd;
  guint64 file;      /* rights */
  guint64 directory; /* likewise, the files' included */
  guint n;
} ReeveProgramRules;

/* What the directory that it stands in says, or the kernel from memory: a mount whose server is
 * gone must be asked nothing. */
static guint8
reeve_program_get_type (int fd, guint8 type)
{
  struct statx st;

  if (type != DT_UNKNOWN)
    return type;
  return statx (fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) == 0
             ? IFTODT (st.stx_mode)
             : DT_LNK;
}

static gboolean
reeve_program_allow (ReeveProgramRules *rules, int parent, const struct dirent *entry,
                     GError **error)
{
  struct landlock_path_beneath_attr rule = { 0 };
  int fd = openat (parent, entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  guint8 type;
  long ret;

  /* gone meanwhile, or not ours to look at: then it is not allowed */
  if (fd < 0)
    return TRUE;
  type = reeve_program_get_type (fd, entry->d_type);
  if (type == DT_LNK)
    {
      close (fd);
      return TRUE;
    }
  rule.parent_fd = fd;
  rule.allowed_access = type == DT_DIR ? rules->directory : rules->file;
  ret = syscall (SYS_landlock_add_rule, rules->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close (fd);
  if (ret == 0 && ++rules->n <= REEVE_PROGRAM_MAX_RULES)
    return TRUE;
  if (ret != 0 && (errno == EBADF || errno == EBADFD))
    return TRUE; /* of a file system of the kernel's own */
  g_set_error (error, REEVE_ERROR, ret == 0 ? REEVE_ERROR_LIMIT : REEVE_ERROR_FAILED,
               "cannot confine a program: %s",
               ret == 0 ? "too many files lie beside the state directory" : g_strerror (errno));
  return FALSE;
}

/* Everything in @fd, which is taken, but @but. */
static gboolean
reeve_program_allow_all (ReeveProgramRules *rules, int fd, const char *but, GError **error)
{
  DIR *dir = fdopendir (fd);
  struct dirent *entry;
  gboolean ok = TRUE;

  if (dir == NULL)
    {
      close (fd);
      return TRUE;
    }
  while (ok && (entry = readdir (dir)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0 &&
        strcmp (entry->d_name, but) != 0)
      ok = reeve_program_allow (rules, dirfd (dir), entry, error);
  closedir (dir);
  return ok;
}

/* From the root down to @hidden. */
static gboolean
reeve_program_allow_beside (ReeveProgramRules *rules, const char *hidden, GError **error)
{
  g_auto (GStrv) names = g_strsplit (hidden, "/", -1);
  int parent = open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  for (guint i = 0; names[i] != NULL; i++)
    {
      int next;

      if (names[i][0] == '\0')
        continue;
      if (parent < 0)
        break;
      next = openat (parent, names[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (!reeve_program_allow_all (rules, parent, names[i], error))
        {
          if (next >= 0)
            close (next);
          return FALSE;
        }
      parent = next;
    }
  if (parent >= 0)
    close (parent);
  return TRUE;
}

int
reeve_program_make_ruleset (const char *hidden, GError **error)
{
  long version = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  g_autofree char *real = realpath (hidden, NULL);
  ReeveLandlockRules attributes = { 0 };
  ReeveProgramRules rules = { .fd = -1, .file = REEVE_LANDLOCK_FILE };
  gsize size = version >= 6 ? sizeof attributes : sizeof attributes.fs;

#ifndef REEVE_PROGRAM_ARCH
  version = -1;
#endif
  if (version < 1 || real == NULL)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED, "no program is run: %s",
                   real == NULL ? "the state directory is gone"
                                : "this kernel cannot hide the state directory from it "
                                  "(Landlock is missing or off: see the boot parameter lsm=)");
      return -1;
    }
  if (version >= 3)
    rules.file |= REEVE_LANDLOCK_ACCESS_FS_TRUNCATE;
  rules.directory = rules.file | REEVE_LANDLOCK_DIRECTORY;
  if (version >= 2)
    rules.directory |= LANDLOCK_ACCESS_FS_REFER;
  attributes.fs = rules.directory;
  attributes.scoped = version >= 6 ? REEVE_LANDLOCK_SCOPE_SIGNAL : 0;
  rules.fd = (int) syscall (SYS_landlock_create_ruleset, &attributes, size, 0);
  if (rules.fd < 0)
    {
      g_set_error (error, REEVE_ERROR, REEVE_ERROR_UNSUPPORTED, "no program is run: Landlock: %s",
                   g_strerror (errno));
      return -1;
    }
  if (reeve_program_allow_beside (&rules, real, error))
    return rules.fd;
  close (rules.fd);
  return -1;
}

/* ---- the child: nothing but system calls from here on ---- */

static int
reeve_program_install_filter (void)
{
#ifdef REEVE_PROGRAM_ARCH
#define REEVE_PROGRAM_LOAD(member)                                                                 \
  BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, member))
#define REEVE_PROGRAM_REFUSE(number)                                                               \
  BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((number) &SECCOMP_RET_DATA))
  static const struct sock_filter filter[] = {
    REEVE_PROGRAM_LOAD (arch),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, REEVE_PROGRAM_ARCH, 1, 0),
    REEVE_PROGRAM_REFUSE (ENOSYS),
    REEVE_PROGRAM_LOAD (nr),
#ifdef __x86_64__
    /* the same calls with other numbers */
    BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
    REEVE_PROGRAM_REFUSE (ENOSYS),
#endif
    /* it makes sockets behind this filter's back */
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
    REEVE_PROGRAM_REFUSE (ENOSYS),
#ifdef SYS_socketcall
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_socketcall, 0, 1),
    REEVE_PROGRAM_REFUSE (ENOSYS),
#endif
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS,
              offsetof (struct seccomp_data, args[0]) +
                  (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof (guint32) : 0)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1),
    REEVE_PROGRAM_REFUSE (EACCES),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = { G_N_ELEMENTS (filter), (struct sock_filter *) filter };

  return prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
#undef REEVE_PROGRAM_LOAD
#undef REEVE_PROGRAM_REFUSE
#else
  errno = ENOSYS;
  return -1;
#endif
}

G_NORETURN static void
reeve_program_give_up (int fd, ReeveProgramStep step)
{
  const ReeveProgramFailure failure = { step, errno };
  ssize_t n = write (fd, &failure, sizeof failure);

  (void) n;
  _exit (127);
}

/* As a program expects to find them. */
static void
reeve_program_reset_signals (void)
{
  const guint64 defaults[8] = { 0 }; /* larger than the kernel's struct sigaction anywhere */
  sigset_t none;

  /* not signal(): the C library keeps two to itself, but passes on that they are ignored */
  for (int i = 1; i < NSIG; i++)
    syscall (SYS_rt_sigaction, i, defaults, NULL, (NSIG - 1) / 8);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

void
reeve_program_become (const ReeveProgramPlan *plan)
{
  const int status = STDERR_FILENO + 1;
  const struct rlimit none = { 0, 0 };

  reeve_program_reset_signals ();
  if (prctl (PR_SET_PDEATHSIG, SIGKILL) != 0 || setsid () < 0 || chdir ("/") != 0 ||
      setrlimit (RLIMIT_CORE, &none) != 0 || dup2 (plan->input, STDIN_FILENO) < 0 ||
      dup2 (plan->output, STDOUT_FILENO) < 0 || dup2 (plan->output, STDERR_FILENO) < 0 ||
      dup3 (plan->status, status, O_CLOEXEC) < 0)
    reeve_program_give_up (plan->status, REEVE_PROGRAM_STEP_PREPARE);
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      syscall (SYS_landlock_restrict_self, plan->ruleset, 0) != 0 ||
      reeve_program_install_filter () != 0 || syscall (SYS_close_range, status + 1, ~0U, 0) != 0)
    reeve_program_give_up (status, REEVE_PROGRAM_STEP_CONFINE);
  execve (plan->argv[0], plan->argv, plan->environment);
  reeve_program_give_up (status, REEVE_PROGRAM_STEP_EXECUTE);
}
