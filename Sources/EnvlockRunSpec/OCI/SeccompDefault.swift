public import EnvlockModel

extension OCISeccomp {
  /// envlock's own filter, for programs that compute: what the kernel's table of calls has up to Linux 6.8, without what
  /// rules a machine, makes namespaces, or has been a way out of containers.
  ///
  /// An allow list, so that what later kernels add stays shut. Made for CUDA (which speaks to the driver by `ioctl` and
  /// `mmap`), for Python, and for NCCL and UCX: `process_vm_readv`, the calls of NUMA, `memfd_create` and sockets of the
  /// families UNIX, INET, INET6 and NETLINK are in it. Out are `io_uring`, `bpf`, `userfaultfd`, `perf_event_open`, keys
  /// and everything that mounts.
  ///
  /// - Parameter platform: The image's.
  /// - Returns: The filter.
  public static func standard(_ platform: Platform) -> OCISeccomp {
    OCISeccomp(
      architecture: platform == .linuxARM64 ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64",
      rules: allowed + conditional + [Rule(denied, isAllowed: false)])
  }

  private static let allowed: [Rule] = [
    files, folders, descriptors, memory, numa, processes, identity, signals, time, scheduling, sockets,
    messages,
    machine,
  ].map { Rule($0.split(separator: " ").map(String.init)) }

  private static let files = """
    open openat openat2 creat close close_range read write readv writev pread64 pwrite64 preadv pwritev preadv2 \
    pwritev2 lseek truncate ftruncate fallocate fsync fdatasync sync syncfs sync_file_range sync_file_range2 readahead \
    fadvise64 stat fstat lstat newfstatat fstatat64 statx access faccessat faccessat2 statfs fstatfs getxattr lgetxattr \
    fgetxattr listxattr llistxattr flistxattr setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr \
    copy_file_range sendfile splice tee vmsplice flock cachestat name_to_handle_at
    """
  private static let folders = """
    getcwd chdir fchdir getdents getdents64 mkdir mkdirat rmdir rename renameat renameat2 link linkat unlink unlinkat \
    symlink symlinkat readlink readlinkat chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat umask utime utimes \
    futimesat utimensat mknod mknodat inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
    """
  private static let descriptors = """
    dup dup2 dup3 pipe pipe2 fcntl ioctl poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait \
    epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime \
    io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents
    """
  private static let memory = """
    mmap munmap mremap mprotect msync mincore madvise brk mlock mlock2 munlock mlockall munlockall mseal memfd_create \
    memfd_secret membarrier pkey_alloc pkey_free pkey_mprotect remap_file_pages process_madvise process_mrelease \
    process_vm_readv process_vm_writev map_shadow_stack
    """
  private static let numa =
    "mbind get_mempolicy set_mempolicy set_mempolicy_home_node migrate_pages move_pages"
  private static let processes = """
    fork vfork execve execveat exit exit_group wait4 waitid getpid getppid gettid getpgid setpgid getpgrp getsid setsid \
    set_tid_address set_robust_list get_robust_list futex futex_waitv futex_wait futex_wake futex_requeue rseq \
    arch_prctl prctl seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self pidfd_open pidfd_getfd \
    pidfd_send_signal ptrace kcmp set_thread_area get_thread_area
    """
  private static let identity = """
    getuid geteuid getgid getegid getresuid getresgid getgroups setuid setgid setreuid setregid setresuid setresgid \
    setfsuid setfsgid setgroups capget capset
    """
  private static let signals = """
    kill tkill tgkill rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigqueueinfo \
    rt_tgsigqueueinfo rt_sigsuspend sigaltstack pause restart_syscall
    """
  private static let time = """
    time times gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep alarm getitimer setitimer timer_create \
    timer_settime timer_gettime timer_getoverrun timer_delete adjtimex clock_adjtime
    """
  private static let scheduling = """
    sched_yield sched_setaffinity sched_getaffinity sched_setparam sched_getparam sched_setscheduler sched_getscheduler \
    sched_setattr sched_getattr sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority \
    setpriority ioprio_get ioprio_set getcpu getrlimit setrlimit prlimit64 getrusage
    """
  private static let sockets = """
    socketpair connect accept accept4 bind listen shutdown getsockname getpeername setsockopt getsockopt sendto recvfrom \
    sendmsg recvmsg sendmmsg recvmmsg
    """
  private static let messages = """
    shmget shmat shmctl shmdt semget semop semctl semtimedop msgget msgsnd msgrcv msgctl mq_open mq_unlink mq_timedsend \
    mq_timedreceive mq_notify mq_getsetattr
    """
  private static let machine = "uname sysinfo getrandom"

  /// The flags of `clone` that make a namespace (clone(2)): of mounts, control groups, host names, IPC, users,
  /// processes, networks.
  private static let namespaces =
    0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000

  private static let conditional: [Rule] =
    [Rule(["clone"], when: .clear(argument: 0, mask: namespaces))]
    // Families (socket(2)): UNIX, INET, INET6, NETLINK. The rest are mostly old, and a good part of the kernel's faults.
    + [1, 2, 10, 16].map { Rule(["socket"], when: .equal(argument: 0, $0)) }
    // Execution domains (personality(2)): Linux, Linux of 32 bits, and the question which one it is.
    + [0, 8, 0xFFFF_FFFF].map { Rule(["personality"], when: .equal(argument: 0, $0)) }

  private static let denied =
    """
    acct add_key bpf chroot clock_settime delete_module fanotify_init fanotify_mark finit_module fsconfig fsmount fsopen \
    fspick init_module io_uring_enter io_uring_register io_uring_setup ioperm iopl kexec_file_load kexec_load keyctl \
    lookup_dcookie modify_ldt mount mount_setattr move_mount nfsservctl open_by_handle_at open_tree perf_event_open \
    pivot_root quotactl quotactl_fd reboot request_key setdomainname sethostname setns settimeofday swapoff swapon sysfs \
    syslog umount2 unshare uselib userfaultfd ustat vhangup
    """.split(separator: " ").map(String.init)
}
