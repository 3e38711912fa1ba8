import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport

/// What the index and the mirror of the stage have, by path.
///
/// Names, versions and edges of the wheels are those of the real torch 2.9.1, as far as an answer shows them; in each wheel
/// is one module. The packages are the least that is taken for a Debian.
struct StageIndex {
  private(set) var files: [String: [UInt8]] = [:]
  private var pages: [String: [String]] = [:]

  init() throws {
    try addWheels()
    try addPackages()
    for (project, entries) in pages {
      files["/simple/\(project)/"] = Array(
        #"{"meta": {"api-version": "1.1"}, "files": [\#(entries.joined(separator: ",\n"))]}"#.utf8)
    }
  }

  // MARK: Wheels

  private static let nvidia = [
    ("nvidia-cublas-cu12", "12.8.4.1"), ("nvidia-cuda-cupti-cu12", "12.8.90"),
    ("nvidia-cuda-nvrtc-cu12", "12.8.93"), ("nvidia-cuda-runtime-cu12", "12.8.90"),
    ("nvidia-cudnn-cu12", "9.10.2.21"), ("nvidia-cufft-cu12", "11.3.3.83"),
    ("nvidia-cufile-cu12", "1.13.1.3"), ("nvidia-curand-cu12", "10.3.9.90"),
    ("nvidia-cusolver-cu12", "11.7.3.90"), ("nvidia-cusparse-cu12", "12.5.8.93"),
    ("nvidia-cusparselt-cu12", "0.7.1"), ("nvidia-nccl-cu12", "2.27.5"),
    ("nvidia-nvjitlink-cu12", "12.8.93"), ("nvidia-nvshmem-cu12", "3.3.20"), ("nvidia-nvtx-cu12", "12.8.90"),
  ]

  private mutating func addWheels() throws {
    let plain = ["filelock", "fsspec", "jinja2", "networkx", "sympy", "typing-extensions"]
    for python in ["cp311", "cp312"] {
      let tag = "\(python)-\(python)-manylinux_2_28_x86_64"
      add(
        "torch", "2.9.1", tag: tag,
        needs: plain + Self.nvidia.map { "\($0)==\($1)" } + ["triton==3.5.1"])
      add("triton", "3.5.1", tag: tag)
      for version in ["2.10.0", "2.14.0", "2.15.0"] { add("torch", version, tag: tag, needs: plain) }
    }
    for (name, version) in Self.nvidia { add(name, version, tag: "py3-none-manylinux_2_27_x86_64") }
    for (name, version) in [
      ("filelock", "3.20.0"), ("fsspec", "2025.10.0"), ("markupsafe", "3.0.3"), ("mpmath", "1.3.0"),
      ("networkx", "3.5"), ("typing-extensions", "4.15.0"), ("einops", "0.8.1"), ("einops", "0.8.0"),
    ] {
      add(name, version)
    }
    add("jinja2", "3.1.5", needs: ["markupsafe>=2.0"], yanked: "breaks templates")
    add("jinja2", "3.1.6", needs: ["markupsafe>=2.0"])
    add("sympy", "1.14.0", needs: ["mpmath<1.4,>=1.1.0"])
    let source = "antlr4-python3-runtime-4.9.3.tar.gz"
    pages["antlr4-python3-runtime"] = [
      #"{"filename": "\#(source)", "url": "/files/\#(source)", "hashes": {}, "upload-time": "2026-01-01T00:00:00Z"}"#
    ]
  }

  private mutating func add(
    _ project: String, _ version: String, tag: String = "py3-none-any", needs: [String] = [],
    yanked: String? = nil
  ) {
    let spelling = project.replacing("-", with: "_")
    let headers = needs.map { "Requires-Dist: \($0)" }
    var wheel = WheelBuilder(name: spelling, version: version, tag: tag, headers: headers)
    wheel.record()
    let name = "\(spelling)-\(version)-\(tag).whl"
    let bytes = wheel.build()
    files["/files/\(name)"] = bytes
    files["/files/\(name).metadata"] = Array(
      WheelBuilder.metadata(name: spelling, version: version, headers: headers).utf8)
    pages[project, default: []].append(
      """
      {"filename": "\(name)", "url": "/files/\(name)", "hashes": {"sha256": "\(sha256(bytes).hex)"},
       "size": \(bytes.count), "core-metadata": true, "upload-time": "2026-01-01T00:00:00Z",
       "yanked": \(yanked.map { "\"\($0)\"" } ?? "false")}
      """)
  }

  // MARK: Packages

  private mutating func addPackages() throws {
    func script(_ path: String) -> TarBuilder.Member { .file(path, "a program", mode: 0o755) }
    let content: [String: [TarBuilder.Member]] = [
      "base-files": [
        .folder("./etc/"), .folder("./usr/"), .folder("./usr/lib/"),
        .file("./usr/lib/os-release", "ID=debian\nPRETTY_NAME=Debian 12\nVERSION_CODENAME=bookworm\n"),
        .link("./etc/os-release", "../usr/lib/os-release"),
      ],
      "libc6": [.folder("./lib/"), .file("./lib/libc.so.6", "the C library")],
      "dash": [.folder("./bin/"), script("./bin/dash")],
      "bash": [.folder("./bin/"), script("./bin/bash")],
      "python3.11": [.folder("./usr/"), .folder("./usr/bin/"), script("./usr/bin/python3.11")],
    ]
    let needs = ["python3.11": "libpython3.11-stdlib, libc6", "git": "libc6", "bash": "libc6"]
    let versions = [
      "libc6": "2.36-9+deb12u10", "python3.11": "3.11.2-6+deb12u6", "git": "1:2.39.5-0+deb12u3",
    ]
    var list = ""
    for name in [
      "base-files", "bash", "ca-certificates", "coreutils", "dash", "git", "libatomic1", "libc-bin", "libc6",
      "libexpat1", "libgcc-s1", "libpython3.11-stdlib", "libstdc++6", "netbase", "python3.11", "tzdata",
      "zlib1g",
    ] {
      let version = versions[name] ?? "1.0-1"
      let control = "Package: \(name)\nVersion: \(version)\nArchitecture: amd64\n"
      let bytes = DebianBuilder(
        [.folder("./")] + (content[name] ?? []), control: [.file("./control", control)]
      ).build()
      let path = "pool/main/\(name)_amd64.deb"
      files["/debian/\(path)"] = bytes
      list += control + (needs[name].map { "Depends: \($0)\n" } ?? "")
      list += "Filename: \(path)\nSize: \(bytes.count)\nSHA256: \(sha256(bytes).hex)\n\n"
    }
    addSuite("bookworm", of: "debian", list)
    addSuite("bookworm-updates", of: "debian", "")
    addSuite("bookworm-security", of: "debian-security", "")
  }

  private mutating func addSuite(_ suite: String, of archive: String, _ list: String) {
    let packages = DebianBuilder.gzip(Array(list.utf8))
    let path = "main/binary-amd64/Packages.gz"
    files["/\(archive)/dists/\(suite)/\(path)"] = packages
    files["/\(archive)/dists/\(suite)/InRelease"] = Array(
      """
      -----BEGIN PGP SIGNED MESSAGE-----
      Hash: SHA512

      Origin: Debian
      Codename: \(suite)
      Date: Sat, 11 Jan 2020 10:00:00 UTC
      Architectures: all amd64 arm64
      Components: main
      SHA256:
       \(sha256(list.utf8).hex) \(list.utf8.count) main/binary-amd64/Packages
       \(sha256(packages).hex) \(packages.count) \(path)
      -----BEGIN PGP SIGNATURE-----

      of nobody
      -----END PGP SIGNATURE-----

      """.utf8)
  }
}

extension WheelBuilder {
  /// Makes RECORD right.
  fileprivate mutating func record() {
    guard let place = members.firstIndex(where: { $0.path.hasSuffix(".dist-info/RECORD") }) else { return }
    let rows = members.enumerated().map { index, member in
      index == place
        ? WheelRecord.Row(path: member.path, hash: nil, size: nil)
        : WheelRecord.Row(
          path: member.path, hash: .sha256(sha256(member.content)), size: member.content.count)
    }
    members[place].content = WheelRecord(rows: rows).bytes
  }
}
