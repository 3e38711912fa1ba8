import Envlock
import EnvlockModel

/// What images say of themselves, for people.
enum RenderInspection {
  private static let widest = 64

  /// The images one below the other, with what is around them.
  static func text(_ inspection: ImageInspection, _ style: Style) -> String {
    var lines = [style.strong(Printable.text(inspection.name))]
    if let digest = inspection.digest { lines.append("  \(digest)") }
    if let bundle = inspection.bundle { lines += text(bundle, style) }
    for image in inspection.images {
      lines.append("")
      lines += text(image, style)
    }
    let others = inspection.others.map { other in
      "  \((other.platform.map { Printable.text($0) } ?? "unknown").padded(to: 16))\(other.manifest)"
    }
    if !others.isEmpty { lines += ["", "Not looked at; `--platform all` shows them"] + others }
    if inspection.statements > 0 {
      lines += ["", Quantity.count(inspection.statements, "statement") + " about the images in the index"]
    }
    if let referrers = inspection.referrers {
      lines.append("")
      lines += referrers.isEmpty ? ["Nothing refers to it"] : ["Refers to it"] + referrers.map(text)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func text(_ referrer: ImageInspection.Referrer) -> String {
    "  \(ReferrerKind(referrer.type).rawValue.padded(to: 12))\(Printable.text(referrer.type))  \(referrer.manifest)"
  }

  // MARK: a bundle

  private static func text(_ bundle: EnvironmentBundle, _ style: Style) -> [String] {
    var lines = [
      "", style.strong("bundle") + "  of the lock \(bundle.lockDigest)",
      "  build     `envlock build --bundle \(Printable.text(bundle.name))`",
      "  artifacts \(bundle.artifacts.count), \(Quantity.bytes(bundle.artifacts.reduce(0) { $0 + $1.size }))",
    ]
    if !bundle.files.isEmpty { lines.append("  files     \(bundle.files.count) of yours") }
    for answer in bundle.lock.platforms where bundle.platforms.contains(answer.platform) {
      let rows = RenderStrata.rows(answer)
      let width = (rows.map(\.label.count).max() ?? 0) + 3
      lines += ["", style.strong("\(answer.platform)") + "  \(Quantity.count(answer.wheels.count, "wheel"))"]
      lines += rows.map { "  " + $0.label.padded(to: width) + $0.text }
    }
    return lines + [""]
      + bundle.artifacts.map { artifact in
        "  \(Quantity.bytes(artifact.size).leftPadded(to: 9))  \(Printable.text(artifact.name))"
      }
  }

  // MARK: an image

  private static func text(_ image: ImageInspection.Image, _ style: Style) -> [String] {
    let digest = image.manifest.map { "manifest \($0)" } ?? "configuration \(image.config)"
    var rows: [(label: String, text: String)] = []
    if let environment = image.environment {
      rows += RenderStrata.rows(environment.answer)
      if let base = environment.base { rows.append(("base", Printable.text(base))) }
      rows.append(("lock", "\(environment.lock)"))
    } else if let fault = image.fault {
      rows.append(("environment", Printable.text(fault)))
    } else {
      rows.append(
        (
          "environment",
          "not known: envlock did not build it, so nothing says which framework, CUDA and driver it needs"
        ))
      let said = hints(image)
      if !said.isEmpty { rows.append(("it claims", said.joined(separator: ", "))) }
    }
    rows += process(image)
    if let created = image.created { rows.append(("made", Printable.text(created))) }
    for (key, value) in image.labels.sorted(by: { $0.key < $1.key }) where !isOwn(key, image) {
      rows.append(("label", Printable.text("\(key)=\(value)")))
    }
    let unknown = image.layers.contains { $0.size == nil }
    rows.append(
      (
        "layers",
        "\(image.layers.count), \(Quantity.bytes(image.size))" + (unknown ? ", and some of unknown size" : "")
      ))
    let width = (rows.map(\.label.count).max() ?? 0) + 3
    return ["\(style.strong(Printable.text(image.platform)))  \(digest)"]
      + rows.map { "  " + $0.label.padded(to: width) + $0.text } + image.layers.map(line)
  }

  /// "     858 MB  torch 2.9.1".
  private static func line(_ layer: ImageInspection.Layer) -> String {
    let size = layer.size.map(Quantity.bytes) ?? "missing"
    let title = layer.title.map { Printable.text($0).cut(to: widest) } ?? "not said what is in it"
    return "  \(size.leftPadded(to: 9))  \(title)"
  }

  private static func process(_ image: ImageInspection.Image) -> [(label: String, text: String)] {
    var rows: [(label: String, text: String)] = []
    let command = image.process.entrypoint + image.process.cmd
    rows.append(
      (
        "runs",
        command.isEmpty ? "nothing by itself" : Printable.text(command.map(word).joined(separator: " "))
      ))
    if let folder = image.process.workdir, !folder.isEmpty { rows.append(("in", Printable.text(folder))) }
    let user = image.process.user ?? ""
    rows.append(("as", user.isEmpty ? "root" : Printable.text(user)))
    if !image.ports.isEmpty {
      rows.append(("ports", Printable.text(image.ports.joined(separator: ", "))))
    }
    if !image.volumes.isEmpty {
      rows.append(("volumes", Printable.text(image.volumes.joined(separator: ", "))))
    }
    if !image.process.env.isEmpty {
      rows.append(("variables", "\(image.process.env.count), shown by --json"))
    }
    return rows
  }

  /// A word of a command as a shell would take it.
  private static func word(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"'\"\\$`&|;<>()*?!#~".utf8.contains($0) }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }

  /// Whether a label is one of envlock's, whose meaning is shown already.
  private static func isOwn(_ key: String, _ image: ImageInspection.Image) -> Bool {
    image.environment != nil && key.hasPrefix("dev.envlock.")
  }

  /// What the variables of many images of others tell of what is in them; nobody has verified it.
  private static func hints(_ image: ImageInspection.Image) -> [String] {
    image.process.env.filter { entry in claims.contains { entry.hasPrefix($0 + "=") } }.map {
      Printable.text($0, limit: 120)
    }
  }

  /// Sources: NVIDIA, CUDA container images; Docker's official images of Python.
  private static let claims = [
    "CUDA_VERSION", "CUDNN_VERSION", "NV_CUDNN_VERSION", "NCCL_VERSION", "NVIDIA_REQUIRE_CUDA",
    "PYTHON_VERSION", "PYTORCH_VERSION", "TENSORFLOW_VERSION",
  ]
}

/// What an artifact that refers to an image is, in a word.
enum ReferrerKind: String {
  case signature, sbom, provenance, other

  /// Takes it from the artifact's type.
  ///
  /// Sources: sigstore/cosign, "Signature Specification"; the CycloneDX and SPDX media types; in-toto/attestation.
  init(_ type: String) {
    let type = type.lowercased()
    func has(_ words: String...) -> Bool { words.contains { type.contains($0) } }
    if has("cyclonedx", "spdx", "syft") {
      self = .sbom
    } else if has("in-toto", "slsa", "provenance") {
      self = .provenance
    } else if has("cosign", "sigstore", "signature", "notary") {
      self = .signature
    } else {
      self = .other
    }
  }
}
