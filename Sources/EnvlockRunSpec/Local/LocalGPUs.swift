import EnvlockModel

/// Which GPUs of one machine a container gets.
enum LocalGPUs: Hashable, Sendable {
  /// None.
  case none
  /// So many from the first on: docker takes a count so (moby, `daemon/nvidia_linux.go`).
  case first(Int)
  /// These, by index, UUID, or name in CDI, without the "nvidia.com/gpu=" of CDI.
  case named([String])

  /// The kind of device that CDI files of NVIDIA's toolkit have (NVIDIA Container Toolkit, "Support for Container Device
  /// Interface").
  static let cdiKind = "nvidia.com/gpu="

  /// - Throws: Names that name no GPU, too many or too few of them, and MIG without any.
  init(_ grant: GPUGrant?, devices: [String], usesCDI: Bool) throws(RunSpecError) {
    guard let grant else {
      guard devices.isEmpty else {
        throw RunSpecError(
          "devices are named, and no GPU is asked for", hints: ["leave out `--device`, or ask for GPUs"])
      }
      self = .none
      return
    }
    let isMIG = if case .mig = grant.form { true } else { false }
    guard !devices.isEmpty else {
      guard !isMIG else {
        throw RunSpecError(
          "which MIG instance is meant is not known: instances have names on their machine only",
          hints: [
            "`nvidia-smi -L` and `envlock probe` list them",
            "name it: `--device MIG-…`, or `--device 0:1` for instance 1 of GPU 0",
          ])
      }
      self = .first(grant.perNode)
      return
    }
    var names: [String] = []
    for device in devices {
      let isQualified = device.hasPrefix(Self.cdiKind)
      guard usesCDI || !isQualified else {
        throw RunSpecError(
          "\(device) is a name in CDI", hints: ["ask for CDI with `--cdi`, or name its index or UUID"])
      }
      let name = String(isQualified ? device.dropFirst(Self.cdiKind.count) : device[...])
      guard let isInstance = Self.isInstance(name, usesCDI: usesCDI) else {
        throw RunSpecError(
          "“\(device)” names no GPU",
          hints: ["a GPU is called 0 or GPU-…, a MIG instance 0:1 or MIG-…; `nvidia-smi -L` lists them"])
      }
      guard isInstance == isMIG else {
        throw RunSpecError(
          isMIG
            ? "\(device) is a whole GPU, and a MIG instance is asked for"
            : "\(device) is a MIG instance, and `gpu = \"\(grant.form)\"` is asked for",
          hints: [isMIG ? "an instance is called 0:1 or MIG-…" : "say `gpu = \"mig-PROFILE\"`, or name a GPU"]
        )
      }
      guard !names.contains(name) else {
        throw RunSpecError("\(device) is named twice", hints: ["name it once"])
      }
      names.append(name)
    }
    guard names.count == grant.perNode else {
      throw RunSpecError(
        "\(names.count == 1 ? "1 device is" : "\(names.count) devices are") named, and \(grant.perNode) asked for: \(devices.joined(separator: ", "))",
        hints: ["name as many devices as `gpus` says"])
    }
    self = .named(names)
  }

  /// Whether a name is one of a MIG instance; nil where it names nothing.
  ///
  /// The names of `NVIDIA_VISIBLE_DEVICES` (NVIDIA Container Toolkit, "Specialized Configurations with Docker"), and with
  /// CDI those of `nvidia-ctk cdi generate --device-name-strategy`.
  private static func isInstance(_ name: String, usesCDI: Bool) -> Bool? {
    func isNumber(_ text: some StringProtocol) -> Bool {
      !text.isEmpty && text.count <= 4 && text.utf8.allSatisfy { (48...57).contains($0) }
    }
    func isIdentifier(_ text: Substring) -> Bool {
      !text.isEmpty
        && text.utf8.allSatisfy { byte in
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (48...57).contains(byte)
            || "-/".utf8.contains(byte)
        }
    }
    if name.hasPrefix("GPU-") { return isIdentifier(name.dropFirst(4)) ? false : nil }
    if name.hasPrefix("MIG-") { return isIdentifier(name.dropFirst(4)) ? true : nil }
    var index = name[...]
    for prefix in usesCDI ? ["gpu", "mig"] : [] where name.hasPrefix(prefix) { index = name.dropFirst(3) }
    let parts = index.split(separator: Character(":"), omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy({ isNumber($0) }) else { return nil }
    return parts.count == 2
  }

  /// Their names in CDI: "nvidia.com/gpu=0".
  var cdiNames: [String] {
    switch self {
    case .none: []
    case .first(let count): (0..<count).map { "\(Self.cdiKind)\($0)" }
    case .named(let names): names.map { Self.cdiKind + $0 }
    }
  }

  /// What docker's `--gpus` takes, which reads it as a line of CSV: names with commas stand in double quotes of their own
  /// (Docker, "Access an NVIDIA GPU"). nil for none.
  var dockerRequest: String? {
    switch self {
    case .none: nil
    case .first(let count): String(count)
    case .named(let names): "\"device=\(names.joined(separator: ","))\""
    }
  }
}
