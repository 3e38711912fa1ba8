import EnvlockModel
import EnvlockVersions

/// The lines of a Dockerfile for an answer.
struct DockerfileWriter {
  let answer: PlatformLock
  let image: ImageDeclaration
  let interpreters: String?

  /// Where the environment lies.
  private static let environment = "/opt/env"
  /// Where a build of CPython lies.
  private static let interpreter = "/opt/python"

  /// All lines.
  ///
  /// - Throws: `ExportError` for what a Dockerfile cannot hold.
  func lines() throws(ExportError) -> [String] {
    if let local = answer.wheels.first(where: { $0.url.map { !$0.contains("://") } ?? false }) {
      throw ExportError(
        "\(local.fileName) was locked from a path on this machine, which Docker does not see",
        hints: ["put it on an index and resolve again"])
    }
    return try notes() + system() + wheels() + end()
  }

  // MARK: comments

  private func notes() -> [String] {
    var pinned = ["every wheel, by SHA-256 (\(DockerContext.requirements))"]
    var loose = ["the times that Docker writes, and how it compresses: two builds have two digests"]
    let built = answer.builtWheels.map(\.name.text).joined(separator: ", ")
    if !built.isEmpty {
      loose.append(
        "the wheels of \(built), which pip builds here: their sources are pinned, what builds them is not")
    }
    switch answer.base?.system {
    case .image: pinned.insert("the image below, by digest", at: 0)
    case .debian:
      loose.insert(
        contentsOf: [
          "the image below, and so every package in it that is not named here: set DEBIAN_IMAGE to a digest",
          "the packages of Debian, but for their version: apt checks the archive's signature, not the lock's SHA-256.",
          "  A mirror drops a version when a newer one takes its place; then the build fails. Name a mirror that keeps them.",
        ], at: 0)
    case nil:
      loose.insert(
        "the image below with its Python, of which the lock says nothing: set PYTHON_IMAGE to a digest", at: 0
      )
    }
    switch answer.base?.interpreter.origin {
    case .build: pinned.append("Python with its pip, by SHA-256")
    case .debian: loose.append("the pip that installs, which is not in the image")
    case nil: loose.append("the pip that installs")
    }
    var lines = ["#", "# Pinned:"] + pinned.map { "# - \($0)" } + ["# Not pinned:"]
    lines += loose.map { ($0.hasPrefix("  ") ? "# " : "# - ") + $0 }
    if case .build? = answer.base?.interpreter.origin {
      lines.append("# The image below needs a shell, sha256sum, tar and gzip.")
    }
    return lines
  }

  // MARK: stages

  /// What is below the wheels: the stage `system`.
  private func system() throws(ExportError) -> [String] {
    let platform = "--platform=\(answer.platform)"
    var lines: [String] = []
    switch answer.base?.system {
    case .image(let below):
      lines += ["", "FROM \(platform) \(try Self.name(below)) AS below"]
    case .debian(let debian):
      let suite = try DockerfileText.bare(debian.suite, in: "the suite")
      lines += [
        "", "ARG DEBIAN_IMAGE=docker.io/library/debian:\(suite)-slim",
        "FROM \(platform) ${DEBIAN_IMAGE} AS below",
        "RUN apt-get update \\",
        "  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --allow-downgrades \\",
      ]
      for package in debian.packages {
        lines.append("    \(try DockerfileText.bare(package.name, in: "a package"))=\(package.version) \\")
      }
      lines.append("  && rm -rf /var/lib/apt/lists/*")
    case nil:
      let python = answer.python
      lines += [
        "", "ARG PYTHON_IMAGE=docker.io/library/python:\(python.major).\(python.minor)-slim",
        "FROM \(platform) ${PYTHON_IMAGE} AS below",
      ]
    }
    guard case .build(let build)? = answer.base?.interpreter.origin else {
      return lines + ["", "FROM below AS system"]
    }
    let file = try DockerfileText.bare(build.file, in: "the build of Python")
    let release = try DockerfileText.bare(build.release, in: "the build of Python")
    var argument = "ARG PYTHON_MIRROR"
    if let interpreters {
      argument += "=" + (try DockerfileText.bare(interpreters, in: "the mirror of Python"))
    }
    return lines + [
      "", "FROM below AS python", argument,
      "ADD ${PYTHON_MIRROR}/\(release)/\(URLReference.encodePath(file)) /tmp/python.tar.gz",
      "RUN echo '\(build.sha256.hex)  /tmp/python.tar.gz' | sha256sum -c - \\",
      "  && mkdir -p \(Self.interpreter) \\",
      "  && tar -xzf /tmp/python.tar.gz -C \(Self.interpreter) --strip-components=1",
      "", "FROM below AS system", "COPY --from=python \(Self.interpreter) \(Self.interpreter)",
    ]
  }

  /// The environment: the stage `wheels`.
  private func wheels() -> [String] {
    var lines = ["", "FROM system AS wheels"]
    if case .debian? = answer.base?.interpreter.origin {
      lines += [
        "RUN apt-get update \\",
        "  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-pip",
      ]
    }
    let python = self.python
    return lines + [
      "# The index of wheels, where it is not pip's own: --build-arg PIP_INDEX_URL=…",
      "ARG PIP_INDEX_URL", "ARG PIP_EXTRA_INDEX_URL",
      "COPY \(DockerContext.requirements) /tmp/requirements.txt",
      "RUN \(python) -m venv --without-pip \(Self.environment) \\",
      "  && \(python) -m pip --python \(Self.environment)/bin/python install --no-cache-dir --no-deps \\",
      "    \(sources)--require-hashes -r /tmp/requirements.txt",
    ]
  }

  /// Which projects pip may build, since the lock's own wheels of them are in no index.
  private var sources: String {
    let names = answer.builtWheels.map(\.name.text).joined(separator: ",")
    return "--only-binary=:all: " + (names.isEmpty ? "" : "--no-binary=\(names) ")
  }

  private var python: String {
    switch answer.base?.interpreter.origin {
    case .build: "\(Self.interpreter)/bin/python3"
    case .debian: "/usr/bin/python\(answer.python.major).\(answer.python.minor)"
    case nil: "python3"
    }
  }

  /// The image.
  private func end() throws(ExportError) -> [String] {
    var lines = [
      "", "FROM system", "COPY --from=wheels \(Self.environment) \(Self.environment)",
      "ENV PATH=\"\(Self.environment)/bin:$PATH\" VIRTUAL_ENV=\"\(Self.environment)\" LANG=\"C.UTF-8\"",
    ]
    if let cuda = answer.strata.cuda {
      lines.append("# What NVIDIA's container toolkit gives, and what it demands of the node's driver.")
      var demands = "NVIDIA_DRIVER_CAPABILITIES=\"compute,utility\""
      // Where a package of NVIDIA brings a newer driver library, neither the driver nor its CUDA decides.
      if !answer.targets.contains(where: { $0.compatibility == .forward }) {
        let floor = answer.strata.driver
        let oldest = [floor?.full, floor?.minorCompatibility].compactMap { $0 }.min()
        let demand = ["cuda>=\(cuda)"] + (oldest.map { ["driver>=\($0)"] } ?? [])
        demands += " NVIDIA_REQUIRE_CUDA=\"\(demand.joined(separator: " "))\""
      }
      lines.append("ENV \(demands)")
    }
    for (name, value) in image.env.sorted(by: { $0.key < $1.key }) {
      let key = try DockerfileText.key(name, in: "[image] env")
      lines.append("ENV \(key)=\(try DockerfileText.quoted(value, in: "[image] env \(name)"))")
    }
    for (name, value) in image.labels.sorted(by: { $0.key < $1.key }) {
      let key = try DockerfileText.key(name, in: "[image] labels")
      lines.append("LABEL \(key)=\(try DockerfileText.quoted(value, in: "[image] labels \(name)"))")
    }
    let folder = try DockerfileText.bare(image.workdir ?? "/", in: "[image] workdir")
    if image.workdir != nil { lines.append("WORKDIR \(folder)") }
    for path in image.copy { lines.append(try Self.copy(path, to: folder)) }
    if let user = image.user { lines.append("USER \(try DockerfileText.bare(user, in: "[image] user"))") }
    if let entrypoint = image.entrypoint { lines.append("ENTRYPOINT \(DockerfileText.exec(entrypoint))") }
    if let cmd = image.cmd ?? (image.entrypoint == nil ? ["python"] : nil) {
      lines.append("CMD \(DockerfileText.exec(cmd))")
    }
    return lines
  }

  // MARK: words

  /// An image by the digest of its manifest, without its tag.
  private static func name(_ image: LockedImage) throws(ExportError) -> String {
    guard let reference = try? ImageReference(image.reference) else {
      throw ExportError(
        "the image below, “\(CommentText.line(image.reference))”, has a name that cannot be read")
    }
    return reference.pinned(to: image.manifest.digest).description
  }

  /// A file or folder, which keeps its path.
  private static func copy(_ text: String, to folder: String) throws(ExportError) -> String {
    let path = try DockerfileText.bare(text, in: "[image] copy")
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard !path.hasPrefix("/"), !parts.contains("..") else {
      throw ExportError("[image] copy: “\(text)” leaves the folder of the manifest")
    }
    let end = folder.hasSuffix("/") ? folder : folder + "/"
    // Docker copies what is in a folder and not the folder: the target names both alike.
    guard !parts.isEmpty else { return "COPY . \(end)" }
    let whole = parts.joined(separator: "/")
    return "COPY \(whole) \(end)\(whole)"
  }
}
