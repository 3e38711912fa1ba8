public import EnvlockModel
import EnvlockVersions

/// What nvidia-smi prints for people: its table, `--version`, `-L`, `--query-gpu`, and its failures.
public enum SMIText {
  /// Reads the table that `nvidia-smi` prints, `nvidia-smi --version`, `nvidia-smi -L`, or the sentence in which it
  /// fails.
  ///
  /// Both spellings of the header are known: `Driver Version` and `CUDA Version`, which R610 renamed to `KMD Version`
  /// and `CUDA UMD Version`. The table shortens long names; such a name is a gap, not a name.
  ///
  /// - Parameters:
  ///   - text: what it printed, standard output and standard error.
  ///   - origin: where the facts are from.
  /// - Returns: what it says; nil where the text is not nvidia-smi's.
  public static func read(_ text: String, origin: NodeFacts.Origin) -> NodeFacts? {
    var facts = NodeFacts(origin: origin)
    // "\r\n" is one character, and no separator "\n".
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    if readFailure(lines, &facts) { return facts }
    var isKnown = false
    for line in lines {
      for (label, assign) in labels {
        guard let value = labelled(label, line) else { continue }
        isKnown = true
        assign(&facts, value)
      }
    }
    if let driver = facts.driver, let library = facts.driverLibrary, library != driver,
      driver.components.starts(with: library.components)
    {
      // `--version` leaves the last number of the libraries' version out: what remains says nothing.
      facts.driverLibrary = nil
    }
    let listed = list(lines)
    guard isKnown || !listed.isEmpty else { return nil }
    facts.gpus = listed
    if listed.isEmpty { readTable(lines, &facts) }
    return facts
  }

  private static let labels: [(String, @Sendable (inout NodeFacts, Substring) -> Void)] = [
    ("driver version", { $0.driver = driver($1, &$0) ?? $0.driver }),
    ("kmd version", { $0.driver = driver($1, &$0) ?? $0.driver }),
    ("cuda version", { $0.cudaDriver = cuda($1) ?? $0.cudaDriver }),
    ("cuda umd version", { $0.cudaDriver = cuda($1) ?? $0.cudaDriver }),
    ("nvml version", { $0.driverLibrary = (try? DriverVersion($1)) ?? $0.driverLibrary }),
  ]

  private static func driver(_ text: Substring, _ facts: inout NodeFacts) -> DriverVersion? {
    if let driver = try? DriverVersion(text) { return driver }
    facts.gaps.append(FactGap(.driver, reason: "nvidia-smi gives “\(text)” as its version"))
    return nil
  }

  private static func cuda(_ text: Substring) -> CUDAVersion? { try? CUDAVersion(text) }

  /// The word behind `label` and a colon; nil where the line has none.
  private static func labelled(_ label: String, _ line: Substring) -> Substring? {
    let lowered = line.lowercased()
    var rest = lowered[...]
    while let range = rest.firstRange(of: label) {
      let behind = rest[range.upperBound...].drop { $0 == " " || $0 == "\t" }
      // Lower-casing could change the length of letters outside ASCII; then the value is taken in lower case.
      guard behind.first == ":" else {
        rest = rest[range.upperBound...]
        continue
      }
      let value = behind.dropFirst().drop { $0 == " " || $0 == "\t" }
      return value.prefix { !$0.isWhitespace && $0 != "|" }
    }
    return nil
  }

  // MARK: failures

  /// Whether nvidia-smi says that it failed.
  private static func readFailure(_ lines: [Substring], _ facts: inout NodeFacts) -> Bool {
    for line in lines {
      let text = line.trimmed
      if let range = text.firstRange(of: "Failed to initialize NVML:") {
        let reason = text[range.upperBound...].trimmed
        facts.gaps.append(FactGap(.driver, reason: "nvidia-smi failed: \(reason)"))
        for line in lines {
          // It leaves the last number out: 580.178 of 580.178.04.
          guard let library = labelled("nvml library version", line) else { continue }
          facts.driverLibrary = try? DriverVersion(library)
        }
        return true
      }
      if text.contains("NVIDIA-SMI has failed because") {
        facts.gaps.append(
          FactGap(
            .driver,
            reason:
              "nvidia-smi cannot reach the NVIDIA driver: it is not installed, or its module is not loaded"))
        return true
      }
      if text.hasPrefix("No devices were found") {
        facts.gaps.append(FactGap(.gpus, reason: "nvidia-smi found no devices"))
        return true
      }
      if text.hasPrefix("Unable to determine the device handle") {
        facts.gaps.append(FactGap(.gpus, reason: "nvidia-smi failed: \(text)"))
        return true
      }
      if text.contains("nvidia-smi"), text.hasSuffix("not found") {
        facts.gaps.append(FactGap(.driver, reason: "nvidia-smi is not installed"))
        return true
      }
    }
    return false
  }

  // MARK: the table

  private static func readTable(_ lines: [Substring], _ facts: inout NodeFacts) {
    var isInside = false
    for line in lines {
      if line.contains("Processes:") || line.contains("MIG devices:") { break }
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map(\.trimmed)
      guard cells.count >= 3 else { continue }
      if let gpu = tableGPU(cells[0], cells[1], &facts) {
        facts.gpus.append(gpu)
        isInside = true
        continue
      }
      guard isInside, let last = facts.gpus.indices.last else { continue }
      if let memory = tableMemory(cells[1]) { facts.gpus[last].memoryMiB = memory }
      switch cells[2] {
      case "Enabled":
        facts.gpus[last].mig = MIGFacts(isEnabled: true)
        let gap = FactGap(
          .mig, reason: "nvidia-smi's table does not name the MIG instances; `nvidia-smi -q -x` or `-L` does")
        if !facts.gaps.contains(gap) { facts.gaps.append(gap) }
      case "Disabled": facts.gpus[last].mig = MIGFacts(isEnabled: false)
      default: break
      }
    }
  }

  /// The GPU of a line such as "0  NVIDIA B200        On" and "00000000:63:00.0 Off".
  private static func tableGPU(_ name: Substring, _ place: Substring, _ facts: inout NodeFacts) -> GPUFacts? {
    let bus = place.prefix { !$0.isWhitespace }
    guard isBusID(bus), let index = name.split(separator: " ").first, Int(index) != nil else { return nil }
    let words = name.dropFirst(index.count).trimmed
    // The last word is the persistence mode.
    let end = words.lastIndex(of: " ") ?? words.endIndex
    let product = words[..<end].trimmed
    var gpu: GPUFacts
    if product.hasSuffix("...") || product.isEmpty {
      facts.gaps.append(
        FactGap(
          .gpus,
          reason:
            "nvidia-smi's table shortens the name of GPU \(index) to “\(product)”; `nvidia-smi -q -x` does not"
        ))
      gpu = GPUFacts()
    } else {
      gpu = GPUFacts(name: String(product))
    }
    gpu.pciBusID = String(bus)
    return gpu
  }

  private static func isBusID(_ text: Substring) -> Bool {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "." }
    return parts.count == 4 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isHexDigit) }
  }

  /// The total of "0MiB / 183359MiB".
  private static func tableMemory(_ cell: Substring) -> Int? {
    let parts = cell.split(separator: "/")
    guard parts.count == 2 else { return nil }
    return SMIValue.mebibytes(parts[1].trimmed)
  }

  // MARK: nvidia-smi -L

  /// The GPUs of lines such as "GPU 0: NVIDIA A100-SXM4-80GB (UUID: GPU-…)" with their MIG devices below.
  private static func list(_ lines: [Substring]) -> [GPUFacts] {
    var gpus: [GPUFacts] = []
    for line in lines {
      let text = line.trimmed
      guard let mark = text.firstRange(of: "(UUID: "), text.hasSuffix(")") else { continue }
      let uuid = String(text[mark.upperBound...].dropLast())
      let head = text[..<mark.lowerBound]
      if head.hasPrefix("GPU "), let colon = head.firstIndex(of: ":") {
        let name = head[head.index(after: colon)...].trimmed
        guard !name.isEmpty else { continue }
        var gpu = GPUFacts(name: String(name))
        gpu.uuid = uuid
        gpus.append(gpu)
      } else if head.hasPrefix("MIG "), let last = gpus.indices.last {
        let word = head.dropFirst(4).trimmed.prefix { $0 != " " }
        guard let profile = MIGProfileName.canonical(word) else { continue }
        var mig = gpus[last].mig ?? MIGFacts(isEnabled: true)
        mig.instances.append(MIGInstanceFacts(profile: profile, uuid: uuid))
        gpus[last].mig = mig
      }
    }
    return gpus
  }
}
