# What a process sees and may do in a container that envlock described, a line for each thing, for people to read.
import ctypes
import errno
import os
import socket
import stat

libc = ctypes.CDLL(None, use_errno=True)


def attempt(name, action):
    try:
        result = action()
        print(f"{name}: {'ok' if result is None else result}")
    except OSError as error:
        print(f"{name}: {errno.errorcode.get(error.errno, error.errno)}")


def call(name, *arguments):
    def action():
        if libc.syscall(*arguments) < 0:
            raise OSError(ctypes.get_errno(), name)

    attempt(name, action)


def touch(path):
    with open(path, "w") as file:
        file.write("x")


def node(path, major, minor):
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(major, minor))
    os.close(os.open(path, os.O_RDWR))


print("ids:", os.getuid(), os.getgid(), "umask", oct(os.umask(0o22)))
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
print("status:", {key: status[key] for key in ["CapEff", "CapBnd", "NoNewPrivs", "Seccomp"]})
print("host:", socket.gethostname(), "processes:", sum(name.isdigit() for name in os.listdir("/proc")))
print("interfaces:", sorted(name for _, name in socket.if_nameindex()))
print("dev:", sorted(os.listdir("/dev")))
for path in sorted(name for name in os.listdir("/dev") if name.startswith("nvidia")):
    attempt(f"open {path}", lambda: os.close(os.open(f"/dev/{path}", os.O_RDWR)))
for path in ["/x", "/etc/x", "/usr/x", "/tmp/x", "/var/tmp/x", "/run/x", "/dev/shm/x", "/data/x", "/out/x", "~/x"]:
    attempt(f"write {path}", lambda: touch(os.path.expanduser(path)))
attempt("write /proc/sys", lambda: touch("/proc/sys/kernel/domainname"))
for name, major, minor in [("fuse", 10, 229), ("loop-control", 10, 237), ("kmsg", 1, 11), ("rtc", 10, 135), ("vhost", 10, 238)]:
    attempt(f"make and open {name}", lambda: node(f"/node-{name}", major, minor))
attempt("read /proc/kcore", lambda: len(open("/proc/kcore", "rb").read(16)))
attempt("read /proc/timer_list", lambda: len(open("/proc/timer_list", "rb").read(16)))
print("shm:", os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize)
attempt("socket VSOCK", lambda: socket.socket(40, socket.SOCK_STREAM).close())
attempt("socket INET", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close())
attempt("chroot", lambda: os.chroot("/tmp"))


def read_myself():
    class Vector(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    source, target = ctypes.create_string_buffer(b"abc"), ctypes.create_string_buffer(3)
    local, remote = Vector(ctypes.addressof(target), 3), Vector(ctypes.addressof(source), 3)
    if libc.process_vm_readv(os.getpid(), ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) != 3:
        raise OSError(ctypes.get_errno(), "process_vm_readv")


attempt("process_vm_readv of itself", read_myself)
call("unshare user", 272, 0x10000000)
call("clone3", 435, 0, 0)
call("io_uring_setup", 425, 1, 0)
call("bpf", 321, 0, 0, 0)
call("keyctl", 250, 0, 0)
call("perf_event_open", 298, 0, 0, -1, -1, 0)
call("mbind", 237, 0, 0, 0, 0, 0, 0)
attempt("fork", lambda: os.waitpid(os.fork() or os._exit(0), 0)[1])
