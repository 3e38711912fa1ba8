import EnvlockModel
import EnvlockVersions

/// Locks that exports are made of.
enum Samples {
  /// A digest that is easy to tell from others.
  static func digest(_ byte: UInt8) throws -> Digest {
    try Digest(
      sha256Hex: String(repeating: String(byte / 16, radix: 16) + String(byte % 16, radix: 16), count: 32))
  }

  /// A wheel of the default index.
  static func wheel(
    _ name: String, _ version: String, size: Int? = 1_000_000, needs: [String] = [],
    tag: String = "py3-none-any", index: String? = "default", url: String? = nil, digest: Digest? = nil
  ) throws -> LockedWheel {
    LockedWheel(
      name: try ProjectName(name), version: try Version(version),
      fileName: "\(name.replacing("-", with: "_"))-\(version)-\(tag).whl",
      sha256: try digest
        ?? Samples.digest(UInt8(truncatingIfNeeded: name.utf8.count * 16 + version.utf8.count)), size: size,
      index: index, url: url, dependencies: try needs.map { try LockedEdge($0) }.sorted())
  }

  /// An answer without a framework: two packages that need each other, extras, a direct reference, unknown sizes.
  static func plain(_ platform: Platform = .linuxAMD64) throws -> PlatformLock {
    PlatformLock(
      platform: platform, python: try PythonVersion("3.13t"),
      strata: Strata(
        frameworks: [], cuda: nil, cudnn: nil, nccl: nil, glibc: try Version("2.28"), driver: nil),
      targets: [], roots: try ["alpha[fast,more]", "direct"].map { try LockedEdge($0) },
      wheels: [
        try wheel("alpha", "1.0", size: 1_234, needs: ["alpha", "beta[x]", "gamma"]),
        try wheel("beta", "2.0.post1", size: nil, needs: ["alpha", "gamma"]),
        try wheel(
          "direct", "0.1", size: nil, index: nil, url: "https://x.example/direct-0.1-py3-none-any.whl"),
        try wheel("gamma", "3.0+cu128", size: 999_999, index: "internal"),
      ])
  }

  /// The base of ``torch(_:)``: a suite with packages whose versions have an epoch, a tilde and a plus, and a build of
  /// CPython.
  static func debian(_ platform: Platform) throws -> LockedBase {
    let sources = ["libc6": "glibc", "libstdc++6": "gcc-12", "git-man": "git"]
    func package(_ name: String, _ version: String, _ architecture: String, _ needs: [String] = []) throws
      -> LockedDebianPackage
    {
      let file = version.split(separator: ":").last.map(String.init) ?? version
      return LockedDebianPackage(
        name: name, version: try DebianVersion(version), architecture: architecture,
        archive: name == "git" ? .security : .main,
        path:
          "pool/main/\((sources[name] ?? name).prefix(1))/\(sources[name] ?? name)/\(name)_\(file)_\(architecture).deb",
        sha256: try digest(
          UInt8(truncatingIfNeeded: 0x80 + name.utf8.count * 5 + platform.rawValue.utf8.count)),
        size: 100_000 + name.utf8.count, dependencies: needs)
    }
    let architecture = platform.architecture
    return LockedBase(
      system: .debian(
        LockedDebian(
          suite: "bookworm", security: true, essential: ["base-files", "libc6"], requested: ["git"],
          packages: [
            try package("base-files", "12.4+deb12u15", architecture),
            try package("libc6", "2.36-9+deb12u10", architecture),
            try package("libstdc++6", "12.2.0-14+deb12u1", architecture, ["libc6"]),
            try package("git", "1:2.39.5-0+deb12u2", architecture, ["git-man", "libc6"]),
            try package("git-man", "1:2.39.5-0+deb12u2~bpo1", "all"),
          ])),
      interpreter: LockedInterpreter(
        version: try Version("3.11.14"),
        origin: .build(
          LockedInterpreter.Build(
            release: "20260814",
            file: "cpython-3.11.14+20260814-\(platform.machine)-unknown-linux-gnu-install_only.tar.gz",
            sha256: try digest(0xC0 + UInt8(platform.rawValue.utf8.count))))))
  }

  /// The base of an image by digest, with a build of CPython.
  static func image() throws -> LockedBase {
    LockedBase(
      system: .image(
        LockedImage(
          reference: "registry.example.com:5000/nvidia/cuda:12.8.1-base",
          manifest: LockedImage.Blob(
            mediaType: "application/vnd.oci.image.manifest.v1+json", digest: try digest(0xA1), size: 1_000),
          config: LockedImage.Blob(
            mediaType: "application/vnd.oci.image.config.v1+json", digest: try digest(0xA2), size: 2_000),
          layers: [
            LockedImage.Layer(
              blob: LockedImage.Blob(
                mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: try digest(0xA3),
                size: 30_000_000), diffID: try digest(0xA4))
          ], glibc: try Version("2.35"))),
      interpreter: try debian(.linuxAMD64).interpreter)
  }

  /// What a torch build with CUDA looks like, with fewer wheels; for arm64 it is another build.
  static func torch(_ platform: Platform = .linuxAMD64, base: LockedBase? = nil) throws -> PlatformLock {
    let hasCUDA = platform == .linuxAMD64
    let wheels = [
      try wheel("jinja2", "3.1.6", needs: ["markupsafe"]), try wheel("markupsafe", "3.0.3"),
      try wheel(
        "torch", hasCUDA ? "2.9.1" : "2.9.1+cpu", size: 900_000_000,
        needs: ["jinja2"] + (hasCUDA ? ["nvidia-cudnn-cu12"] : []),
        tag: "cp311-cp311-manylinux_2_28_\(platform.machine)"),
    ]
    let nvidia = [
      try wheel("nvidia-cublas-cu12", "12.8.4.1", size: 594_000_000),
      try wheel("nvidia-cudnn-cu12", "9.10.2.21", size: 707_000_000, needs: ["nvidia-cublas-cu12"]),
      // Added by envlock: nothing in the metadata asks for it.
      try wheel("nvidia-nccl-cu12", "2.27.5", size: 322_000_000),
    ]
    return PlatformLock(
      platform: platform, python: try PythonVersion("3.11"),
      strata: Strata(
        frameworks: [
          FrameworkStratum(
            name: try ProjectName("torch"), version: try Version(hasCUDA ? "2.9.1" : "2.9.1+cpu"),
            cuda: hasCUDA ? try CUDAVersion("12.8") : nil,
            kernels: hasCUDA ? try ["7.0", "8.0", "9.0"].map { try ComputeCapability($0) } : [], ptx: [],
            added: hasCUDA ? [try ProjectName("nvidia-nccl-cu12")] : [])
        ], cuda: hasCUDA ? try CUDAVersion("12.8") : nil, cudnn: hasCUDA ? try Version("9.10.2.21") : nil,
        nccl: hasCUDA ? try Version("2.27.5") : nil, glibc: try Version("2.36"),
        driver: hasCUDA
          ? DriverFloor(full: try DriverVersion("570.26"), minorCompatibility: try DriverVersion("525.60.13"))
          : nil),
      targets: [], roots: [try LockedEdge("torch")],
      wheels: (wheels + (hasCUDA ? nvidia : [])).sorted { $0.name < $1.name },
      base: try base ?? debian(platform))
  }

  /// A lock of answers.
  static func lock(_ platforms: [PlatformLock]) throws -> Lockfile {
    Lockfile(manifest: try digest(1), matrix: try digest(2), request: ["split": false], platforms: platforms)
  }
}
