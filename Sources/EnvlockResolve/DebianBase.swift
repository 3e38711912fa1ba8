/// What of Debian an image holds at least.
public enum DebianBase {
  /// The packages of every image: the smallest set that runs an interpreter and wheels.
  ///
  /// - `base-files`: the folders of the system, `/etc/os-release`, `/etc/debian_version`, which tools ask for.
  /// - `libc6`, `libgcc-s1`, `libstdc++6`, `zlib1g`: the libraries that manylinux wheels may expect of every system (PEP
  ///   600 and the policies of auditwheel) and that wheels of CUDA, PyTorch and TensorFlow do load. Of the others on that
  ///   list, those of X, OpenGL and GLib are for windows; wheels that show none do without, and the user names
  ///   `libgl1` or `libglib2.0-0` where one does.
  /// - `libc-bin`: `/sbin/ldconfig`, which `ctypes.util.find_library` and Triton run to find libraries, `ld.so.conf`, and
  ///   the C.UTF-8 locale.
  /// - `dash`: `/bin/sh`, which `os.system`, `subprocess` with `shell=True` and `popen` run.
  /// - `ca-certificates`: the certificates that downloads of models and data are checked with.
  /// - `tzdata`: time zones for `zoneinfo`, and for libraries that read them themselves.
  /// - `netbase`: `/etc/services` and `/etc/protocols`, for `socket.getservbyname` and the like.
  /// - `media-types` comes with Debian's own Python only.
  public static let packages = [
    "base-files", "ca-certificates", "dash", "libc-bin", "libc6", "libgcc-s1", "libstdc++6", "netbase",
    "tzdata", "zlib1g",
  ]

  /// The package of Debian's own interpreter of a minor version: "python3.11".
  ///
  /// It brings the standard library but Tk, IDLE, `venv`, `distutils` and the headers. Whether the suite has it, only the
  /// index tells.
  public static func interpreter(major: Int, minor: Int) -> String { "python\(major).\(minor)" }
}
