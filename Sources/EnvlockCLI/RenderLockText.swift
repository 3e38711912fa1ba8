import EnvlockModel
import EnvlockVersions

/// A lock as text with a line for each fact and artifact, for `git diff`: what belongs together stands on one line.
enum RenderLockText {
  static func text(_ lock: Lockfile) -> String {
    var lines: [String] = []
    for member in lock.request.objectValue?.members ?? [] {
      let values = member.value.arrayValue ?? [member.value]
      lines += values.map { "asked for  \(member.key) \(plain($0))" }
    }
    if let cutoff = lock.uploadedBefore { lines.append("files uploaded before \(cutoff)") }
    lines.append("compatibility data \(lock.matrix)")
    for (title, answer) in lock.titledAnswers { lines += ["", title] + self.lines(answer) }
    return lines.map { Printable.text($0, limit: 2000) }.joined(separator: "\n") + "\n"
  }

  private static func plain(_ value: JSONValue) -> String {
    value.stringValue ?? value.canonical().split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static func lines(_ answer: PlatformLock) -> [String] {
    let strata = answer.strata
    var lines = ["Python \(answer.python)"]
    lines += strata.frameworks.flatMap { framework -> [String] in
      [
        "framework \(framework.name) \(framework.version) "
          + (framework.cuda.map { "built with CUDA \($0)" } ?? "without CUDA")
      ]
        + (framework.kernels.isEmpty
          ? [] : ["kernels of \(framework.name) \(list(framework.kernels))"])
        + (framework.ptx.map { ["PTX of \(framework.name) \($0.isEmpty ? "none" : list($0))"] } ?? [])
        + (framework.added.isEmpty ? [] : ["added for \(framework.name) \(list(framework.added))"])
    }
    lines += [
      strata.cuda.map { "CUDA \($0)" }, strata.cudnn.map { "cuDNN \($0)" }, strata.nccl.map { "NCCL \($0)" },
      strata.driver?.full.map { "driver \($0) in full" },
      strata.driver?.minorCompatibility.map { "driver \($0) by minor-version compatibility" },
      "glibc \(strata.glibc)",
    ].compactMap { $0 }
    for target in answer.targets {
      let facts = (target.driver.map { ["driver \($0)"] } ?? []) + target.gpus
      lines.append(
        "target \(target.name) \(facts.joined(separator: ", ")) \(target.compatibility?.rawValue ?? "")")
    }
    lines += base(answer.base)
    for wheel in answer.wheels {
      let size = wheel.size.map { "\($0) bytes" } ?? "size unknown"
      lines.append(
        "wheel \(wheel.name) \(wheel.version) \(wheel.fileName) \(wheel.sha256) \(size) "
          + (wheel.index.map { "of \($0)" } ?? "at \(wheel.url ?? "")"))
      if let build = wheel.built {
        let tools = build.requirements.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
        lines.append("  built of \(build.fileName) \(build.sha256) with \(tools)")
      }
      if !wheel.dependencies.isEmpty { lines.append("  needs \(list(wheel.dependencies))") }
    }
    return lines
  }

  private static func base(_ base: LockedBase?) -> [String] {
    guard let base else { return [] }
    var lines: [String] = []
    switch base.interpreter.origin {
    case .debian(let package): lines.append("interpreter \(base.interpreter.version) of \(package)")
    case .build(let build):
      lines.append("interpreter \(base.interpreter.version) \(build.release) \(build.file) \(build.sha256)")
    }
    switch base.system {
    case .debian(let debian):
      lines.append("base debian \(debian.suite)\(debian.security ? " with security updates" : "")")
      lines += debian.packages.map {
        "package \($0.name) \($0.version) \($0.architecture) \($0.sha256) \($0.size) bytes of \($0.archive.rawValue)"
      }
    case .image(let image):
      lines.append("base image \(image.reference) \(image.manifest.digest)")
      lines += image.layers.map { "layer \($0.blob.digest) \($0.blob.size) bytes" }
    }
    return lines
  }

  private static func list(_ values: [some CustomStringConvertible]) -> String {
    values.map(\.description).joined(separator: " ")
  }
}
