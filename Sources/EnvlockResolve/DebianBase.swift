/// What of Debian an image holds at least.
public enum DebianBase {
  /// The packages of every image: the smallest set that runs an interpreter and wheels.
  ///
  /// - `base-files`: the folders of the system, and `/etc/os-release`, which tools ask for the distribution.
  /// - `libc6`, `libgcc-s1`, `libstdc++6`, `zlib1g`, `libexpat1`, `libatomic1`: the libraries that a manylinux wheel may
  ///   expect of every system (PEP 600; auditwheel's policy for manylinux_2_28), but those for windows: X11, OpenGL,
  ///   GLib. Of the wheels of numpy, SciPy, pandas, scikit-learn, pyarrow, Pillow, PyTorch, Triton, TensorFlow, jaxlib,
  ///   XGBoost, OpenCV without windows, and NVIDIA's cuBLAS, cuDNN, cuSOLVER and NCCL, read in 2026, every library beyond
  ///   these is in another wheel or comes with the driver. OpenCV with windows needs `libgl1`, `libglib2.0-0`,
  ///   `libsm6`, `libxext6`, `libxcb1`; cuFile and NVSHMEM over InfiniBand need `librdmacm1` and `ibverbs-providers`.
  /// - `libc-bin`: `/sbin/ldconfig`, which `ctypes.util.find_library` and Triton run to find libraries, `ld.so.conf`, and
  ///   the locale C.UTF-8.
  /// - `dash`: `/bin/sh`, which `os.system`, `subprocess` with `shell=True` and `popen` run.
  /// - `ca-certificates`: the certificates that downloads of models and data are checked with.
  /// - `tzdata`: time zones for `zoneinfo`, and for libraries that read them themselves (pyarrow).
  /// - `netbase`: `/etc/services` and `/etc/protocols`, for `socket.getservbyname` and the like.
  ///
  /// There are no coreutils and no bash: an image that needs them names them. Packages of Debian do not name the essential
  /// ones that they rely on (Policy 3.8), so scripts in a package may need some of them named, too.
  public static let packages = [
    "base-files", "ca-certificates", "dash", "libatomic1", "libc-bin", "libc6", "libexpat1", "libgcc-s1",
    "libstdc++6", "netbase", "tzdata", "zlib1g",
  ]
}
