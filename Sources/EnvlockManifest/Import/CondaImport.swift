import EnvlockModel
import EnvlockVersions

/// Reads conda's `environment.yml`: its part for pip, the Python, and what of conda's packages means something here.
///
/// Source: conda's documentation, "Managing environments" and "Package match specifications".
struct CondaImport {
  private let path: String
  private let lines: [Substring]
  private let pip: RequirementsImport
  private var pipLines: [String]

  init(_ text: String, path: String, pip: RequirementsImport) {
    self.path = path
    lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    self.pip = pip
    pipLines = Array(repeating: "", count: lines.count)
  }

  /// Reads the file.
  ///
  /// - Parameters:
  ///   - text: The file.
  ///   - documents: What it says as YAML.
  ///   - path: Its name.
  ///   - pip: Reads what is meant for pip.
  /// - Returns: What it says.
  /// - Throws: `RequirementsFileError` and `ManifestError` for what cannot be read.
  static func read(
    _ text: String, _ documents: [JSONValue], path: String, pip: RequirementsImport
  ) throws -> ImportedLock {
    var reader = CondaImport(text, path: path, pip: pip)
    return try reader.lock(documents)
  }

  private mutating func lock(_ documents: [JSONValue]) throws -> ImportedLock {
    guard documents.count == 1, let document = documents.first, document.objectValue != nil else {
      throw ManifestError("\(path) is no environment of conda: it has to be one mapping with `dependencies`")
    }
    guard let dependencies = document["dependencies"]?.arrayValue else {
      throw ManifestError(
        "\(path) has no list `dependencies`", hints: ["an environment of conda lists its packages there"])
    }
    var lock = ImportedLock(.environment, fileName: path)
    lock.isComplete = false
    lock.project = document["name"]?.stringValue
    for entry in dependencies {
      if let text = entry.stringValue {
        try take(text, &lock)
      } else if let list = entry["pip"]?.arrayValue {
        try take(pip: list)
      } else {
        throw ManifestError("\(path): an element of `dependencies` is neither a package nor a list `pip:`")
      }
    }
    if let prefix = document["variables"]?.objectValue, !prefix.isEmpty {
      lock.leftOut.append("variables: set them in `env` of the manifest's [image]")
    }
    try pip.read(pipLines.joined(separator: "\n"), path: path, into: &lock)
    return lock
  }

  /// Puts what pip gets where it stands in the file, so that errors and origins point there.
  private mutating func take(pip list: [JSONValue]) throws(ManifestError) {
    var next = 0
    for entry in list {
      guard let text = entry.stringValue else {
        throw ManifestError("\(path): an element of the list `pip:` is no text")
      }
      guard !text.contains(where: \.isNewline) else {
        throw ManifestError("\(path): an element of the list `pip:` goes over several lines")
      }
      let place = lines.indices.dropFirst(next).first { lines[$0].contains(text) && pipLines[$0].isEmpty }
      if let place {
        pipLines[place] = text
        next = place + 1
      } else {
        pipLines.append(text)
      }
    }
  }

  // MARK: conda's packages

  private func take(_ text: String, _ lock: inout ImportedLock) throws {
    let spec = CondaSpec(text)
    let origin = origin(of: text)
    func leaveOut(_ why: String) { lock.leftOut.append("\(text): \(why) (\(origin))") }
    switch spec.name {
    case "python":
      guard let version = spec.release else {
        lock.requiresPython = try? SpecifierSet(spec.version)
        return
      }
      do {
        lock.python = try PythonVersion(version)
      } catch {
        throw ManifestError("\(origin): \(error)", hints: ["say which with `--python`"])
      }
    case "pip", "setuptools", "wheel", "libgcc-ng", "libstdcxx-ng", "ca-certificates", "openssl":
      leaveOut("an image of envlock has what it needs of this")
    case "pytorch", "pytorch-gpu", "pytorch-cpu", "torchvision", "torchaudio", "tensorflow", "tensorflow-gpu",
      "tensorflow-cpu":
      try takeFramework(spec, text, origin, &lock)
      if spec.name.hasSuffix("-cpu") { lock.cuda = .cpu }
    case "pytorch-cuda", "cuda-version", "cudatoolkit", "cuda", "cuda-toolkit":
      guard let version = spec.release, let cuda = try? CUDARequest(version) else {
        return leaveOut("name the CUDA with `--cuda`")
      }
      lock.cuda = cuda
      lock.leftOut.append("\(text): its place takes `cuda = \"\(cuda)\"` of the manifest (\(origin))")
    case "cpuonly":
      lock.cuda = .cpu
      lock.leftOut.append("\(text): its place takes `cuda = \"cpu\"` of the manifest (\(origin))")
    case "cudnn", "nccl", "libcublas", "libcufft", "libcusparse", "libcusolver", "libcurand":
      leaveOut("the framework's wheels bring the one that they were built with")
    case "gcc", "gxx", "gcc_linux-64", "gxx_linux-64", "make", "cmake", "git", "curl", "ffmpeg", "openmpi":
      leaveOut("for a package of Debian name it in `packages` of the manifest's [base]")
    default:
      leaveOut("not taken; if a wheel is meant, name it as `pip` does, below `pip:` or with `--with`")
    }
  }

  /// Frameworks are the same software under both names; conda's builds are not, so versions stay and builds do not.
  private func takeFramework(
    _ spec: CondaSpec, _ text: String, _ origin: String, _ lock: inout ImportedLock
  ) throws {
    let names = [
      "pytorch": "torch", "pytorch-gpu": "torch", "pytorch-cpu": "torch", "tensorflow-gpu": "tensorflow",
    ]
    let name = names[spec.name] ?? spec.name
    let requirement: Requirement
    do {
      requirement = try Requirement(name + spec.specifiers)
    } catch {
      throw ManifestError(
        "\(origin): \(error)", hints: ["name the wheel below `pip:`, as in `\(name)==2.9.1`"])
    }
    lock.requirements.append(SourcedRequirement(requirement, origin: origin))
    lock.leftOut.append("\(text): the wheel \(requirement) takes the place of conda's build (\(origin))")
  }

  private func origin(of text: String) -> String {
    lines.firstIndex { $0.contains(text) }.map { "\(path):\($0 + 1)" } ?? path
  }
}

/// One of conda's match specifications: `conda-forge::numpy=1.26.*=py311*`, `numpy >=1.20,<2`.
struct CondaSpec {
  let name: String
  /// What stands behind the name, without the build.
  let version: String

  init(_ text: String) {
    let plain = text.firstRange(of: "::").map { text[$0.upperBound...] } ?? text[...]
    let body = plain.prefix { $0 != "[" && $0 != "#" }
    let end = body.firstIndex { $0.isWhitespace || "=<>!~".contains($0) } ?? body.endIndex
    name = body[..<end].lowercased()
    var rest = body[end...].filter { !$0.isWhitespace }
    // `=1.2=build`: what follows a second sign, not doubled, is the build.
    if rest.first == "=", !rest.hasPrefix("=="), let second = rest.dropFirst().firstIndex(of: "=") {
      rest = String(rest[..<second])
    }
    version = rest
  }

  /// The release that is named, in whichever way: `3.11` of `=3.11`, `==3.11`, `3.11.*`, `=3.11.*`.
  var release: String? {
    var text = version.drop { $0 == "=" }
    if text.hasSuffix(".*") { text = text.dropLast(2) }
    guard !text.isEmpty, text.allSatisfy({ $0.isNumber || $0 == "." }) else { return nil }
    return String(text)
  }

  /// The same as pip writes it: `=2.5` is `==2.5.*`, `==2.5.1` stays.
  var specifiers: String {
    if version.isEmpty { return "" }
    guard let release else { return version.first?.isNumber == true ? "==" + version : version }
    return version.hasPrefix("==") ? "==\(release)" : "==\(release).*"
  }
}
