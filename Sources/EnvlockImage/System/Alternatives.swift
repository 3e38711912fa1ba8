/// Names that several packages can stand behind, and that a script of each registers with update-alternatives.
///
/// Source: the packages' postinst; update-alternatives(1). The priorities are theirs. Only those whose absence breaks what
/// runs in an image are here.
enum Alternatives {
  /// The link, the name in /etc/alternatives, and what can stand behind it, the most wanted first.
  static func table(triplet: String) -> [(link: String, name: String, candidates: [String])] {
    let library = "usr/lib/\(triplet)/"
    return [
      ("usr/bin/awk", "awk", ["usr/bin/gawk", "usr/bin/mawk", "usr/bin/original-awk"]),
      ("usr/bin/c++", "c++", ["usr/bin/g++", "usr/bin/clang++"]),
      ("usr/bin/cc", "cc", ["usr/bin/gcc", "usr/bin/clang"]),
      ("usr/bin/editor", "editor", ["usr/bin/vim.basic", "usr/bin/nano", "usr/bin/vim.tiny"]),
      ("usr/bin/mpiexec", "mpiexec", ["usr/bin/mpiexec.openmpi", "usr/bin/mpiexec.hydra"]),
      ("usr/bin/mpirun", "mpirun", ["usr/bin/mpirun.openmpi", "usr/bin/mpirun.hydra"]),
      ("usr/bin/pager", "pager", ["usr/bin/less", "usr/bin/more"]),
      ("usr/bin/vi", "vi", ["usr/bin/vim.basic", "usr/bin/vim.tiny"]),
      ("usr/bin/which", "which", ["usr/bin/which.debianutils"]),
      (
        library + "libblas.so.3", "libblas.so.3-\(triplet)",
        [
          library + "openblas-pthread/libblas.so.3", library + "openblas-openmp/libblas.so.3",
          library + "blas/libblas.so.3",
        ]
      ),
      (
        library + "liblapack.so.3", "liblapack.so.3-\(triplet)",
        [
          library + "openblas-pthread/liblapack.so.3", library + "openblas-openmp/liblapack.so.3",
          library + "lapack/liblapack.so.3",
        ]
      ),
      (
        library + "libopenblas.so.0", "libopenblas.so.0-\(triplet)",
        [
          library + "openblas-pthread/libopenblas.so.0", library + "openblas-openmp/libopenblas.so.0",
        ]
      ),
    ]
  }
}
