#define _GNU_SOURCE
#include "CNamespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Between clone and exec there is a copy of one thread of a process that may have many: only system calls that are safe
// after fork (signal-safety(7)) are made here, and no memory is allocated.

// The user that the program is to itself. Not 0: then exec would give it all privileges inside its namespaces.
enum { inner_id = 1000 };

struct failure {
  int code;
  enum envlock_confinement_step step;
};

static void fail(int report, enum envlock_confinement_step step) {
  struct failure failure = {errno, step};
  (void)!write(report, &failure, sizeof failure);
  _exit(127);
}

static int write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t length = (ssize_t)strlen(text);
  ssize_t written = write(file, text, (size_t)length);
  int code = errno;
  close(file);
  errno = code;
  return written == length ? 0 : -1;
}

static int join(char *path, size_t size, const char *root, const char *place) {
  int length = snprintf(path, size, "%s%s", root, place);
  if (length >= 0 && (size_t)length < size) return 0;
  errno = ENAMETOOLONG;
  return -1;
}

// Binds a folder or file of this machine below the root. What of its mount cannot be taken away by a remount in another
// user namespace is asked for again.
static int bind_at(const char *source, const char *target, unsigned long flags) {
  if (mount(source, target, NULL, MS_BIND, NULL) != 0) return -1;
  struct statvfs facts;
  if (statvfs(target, &facts) != 0) return -1;
  unsigned long kept = 0;
  if (facts.f_flag & ST_NOSUID) kept |= MS_NOSUID;
  if (facts.f_flag & ST_NODEV) kept |= MS_NODEV;
  if (facts.f_flag & ST_NOEXEC) kept |= MS_NOEXEC;
  if (facts.f_flag & ST_NOATIME) kept |= MS_NOATIME;
  if (facts.f_flag & ST_NODIRATIME) kept |= MS_NODIRATIME;
  if (facts.f_flag & ST_RELATIME) kept |= MS_RELATIME;
  if (facts.f_flag & ST_RDONLY) kept |= MS_RDONLY;
  return mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | kept | flags, NULL);
}

static int make_devices(const char *root) {
  static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
  char path[4096];
  if (join(path, sizeof path, root, "/dev") != 0) return -1;
  if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k") != 0) return -1;
  for (size_t index = 0; index < sizeof devices / sizeof devices[0]; index++) {
    if (join(path, sizeof path, root, devices[index]) != 0) return -1;
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) return -1;
    close(file);
    if (mount(devices[index], path, NULL, MS_BIND, NULL) != 0) return -1;
  }
  if (join(path, sizeof path, root, "/tmp") != 0) return -1;
  return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
}

static int make_root(const struct envlock_confinement *confinement) {
  // Nothing that is mounted from here on is seen outside, and the other way round.
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return -1;
  // The root has to be a mount of its own to become one; it is closed at the end, when all places in it are taken.
  if (mount(confinement->root, confinement->root, NULL, MS_BIND, NULL) != 0) return -1;
  if (make_devices(confinement->root) != 0) return -1;
  char path[4096];
  for (int index = 0; index < confinement->folder_count; index++) {
    const struct envlock_bound_folder *bound = &confinement->folders[index];
    if (join(path, sizeof path, confinement->root, bound->place) != 0) return -1;
    if (bind_at(bound->folder, path, MS_NOSUID | MS_NODEV) != 0) return -1;
  }
  // A machine that hides parts of its /proc does not let it be mounted anew: then there is none.
  if (join(path, sizeof path, confinement->root, "/proc") != 0) return -1;
  (void)mount("proc", path, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
  struct statvfs facts;
  if (statvfs(confinement->root, &facts) != 0) return -1;
  unsigned long kept = 0;
  if (facts.f_flag & ST_NOEXEC) kept |= MS_NOEXEC;
  if (facts.f_flag & ST_NOATIME) kept |= MS_NOATIME;
  if (facts.f_flag & ST_NODIRATIME) kept |= MS_NODIRATIME;
  if (facts.f_flag & ST_RELATIME) kept |= MS_RELATIME;
  // The mount that is seen at the path is the bound one.
  if (mount(NULL, confinement->root, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | kept,
            NULL) != 0) {
    return -1;
  }
  if (chdir(confinement->root) != 0) return -1;
  // The old root goes below the new one, at the same place, and is let go (pivot_root(2), "pivot_root(".", ".")").
  if (syscall(SYS_pivot_root, ".", ".") != 0) return -1;
  if (umount2(".", MNT_DETACH) != 0) return -1;
  return chdir(confinement->directory);
}

static void become(const struct envlock_confinement *confinement, const char *user, const char *group, int report) {
  setpgid(0, 0);
  // Nobody waits for it any more when the one that started it is gone.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (write_file("/proc/self/setgroups", "deny") != 0 && errno != ENOENT) fail(report, envlock_step_user);
  if (write_file("/proc/self/uid_map", user) != 0) fail(report, envlock_step_user);
  if (write_file("/proc/self/gid_map", group) != 0) fail(report, envlock_step_user);
  umask(022);
  if (make_root(confinement) != 0) fail(report, envlock_step_folders);
  (void)!sethostname("build", 5);

  if (dup2(confinement->input, 0) < 0 || dup2(confinement->output, 1) < 0 || dup2(confinement->error, 2) < 0) {
    fail(report, envlock_step_program);
  }
  // All other files stay here. A kernel without this call has them closed by their own flags.
  (void)syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);

  struct sigaction usual;
  memset(&usual, 0, sizeof usual);
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; number++) (void)sigaction(number, &usual, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(confinement->program, confinement->arguments, confinement->environment);
  fail(report, envlock_step_program);
}

int envlock_start_confined(const struct envlock_confinement *confinement, int *code,
                             enum envlock_confinement_step *step) {
  int report[2];
  *step = envlock_step_none;
  if (pipe2(report, O_CLOEXEC) != 0) {
    *code = errno;
    return -1;
  }
  char user[64], group[64];
  snprintf(user, sizeof user, "%d %u 1", inner_id, (unsigned)geteuid());
  snprintf(group, sizeof group, "%d %u 1", inner_id, (unsigned)getegid());

  // No signal may run a handler of this process in the copy of it.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  unsigned long flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD;
  // Without a stack the child goes on with a copy of this one, as after fork.
#if defined(__s390x__)
  pid_t child = (pid_t)syscall(SYS_clone, 0UL, flags, 0UL, 0UL, 0UL);
#else
  pid_t child = (pid_t)syscall(SYS_clone, flags, 0UL, 0UL, 0UL, 0UL);
#endif
  int clone_code = errno;
  if (child == 0) {
    close(report[0]);
    become(confinement, user, group, report[1]);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(report[1]);
  if (child < 0) {
    close(report[0]);
    *code = clone_code;
    *step = envlock_step_namespaces;
    return -1;
  }
  // The same as in the child, whoever comes first.
  setpgid(child, child);
  struct failure failure;
  ssize_t count;
  do { count = read(report[0], &failure, sizeof failure); } while (count < 0 && errno == EINTR);
  close(report[0]);
  if (count == 0) return child;
  // It says what failed and ends; or it was killed before it could.
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
  *code = count == (ssize_t)sizeof failure ? failure.code : EPIPE;
  *step = count == (ssize_t)sizeof failure ? failure.step : envlock_step_program;
  return -1;
}

int envlock_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int envlock_close_from(void *actions, int first) {
  return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
