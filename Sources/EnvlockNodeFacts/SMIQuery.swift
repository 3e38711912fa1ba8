public import EnvlockModel
import EnvlockVersions

extension SMIText {
  /// The properties that ``query(_:fields:origin:)`` understands, under the names that are asked for first.
  public static let queryFields = [
    "name", "uuid", "pci.bus_id", "pci.device_id", "memory.total", "compute_cap", "mig.mode.current",
    "mig.mode.pending", "driver_version",
  ]

  /// Reads what `nvidia-smi --query-gpu=… --format=csv` prints, one line for each GPU.
  ///
  /// - Parameters:
  ///   - text: the lines, with or without units.
  ///   - fields: the properties that were asked for; nil where the first line names them. Unknown ones are passed
  ///     over.
  ///   - origin: where the facts are from.
  /// - Returns: what it says; nil where the text is no such list.
  public static func query(_ text: String, fields: [String]?, origin: NodeFacts.Origin) -> NodeFacts? {
    var lines = text.split { $0.isNewline }.map(\.trimmed).filter { !$0.isEmpty }[...]
    var facts = NodeFacts(origin: origin)
    let names: [String]
    if let fields {
      names = fields
    } else {
      // "memory.total [MiB]"
      guard let head = lines.popFirst() else { return nil }
      names = cells(head).map { String($0.prefix { $0 != " " }) }
      guard names.contains(where: { queryFields.contains(plain($0)) }) else { return nil }
    }
    for line in lines {
      let values = cells(line)
      guard values.count == names.count else { return nil }
      var gpu = GPUFacts()
      for (name, value) in zip(names, values) { take(plain(name), value, &gpu, &facts) }
      facts.gpus.append(gpu)
    }
    return facts
  }

  private static func cells(_ line: Substring) -> [Substring] {
    line.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
  }

  /// The name of a property that has two.
  private static func plain(_ name: String) -> String {
    switch name {
    case "gpu_name": "name"
    case "gpu_uuid": "uuid"
    case "gpu_bus_id": "pci.bus_id"
    case "kmd_version": "driver_version"
    default: name
    }
  }

  private static func take(
    _ field: String, _ text: Substring, _ gpu: inout GPUFacts, _ facts: inout NodeFacts
  ) {
    let value: Substring
    switch SMIValue(text) {
    case .absent: return
    case .fault(let reason):
      guard let subject = subjects[field] else { return }
      let gap = FactGap(subject, reason: "nvidia-smi gives “\(reason)” for \(field)")
      if !facts.gaps.contains(gap) { facts.gaps.append(gap) }
      return
    case .text(let text): value = text
    }
    switch field {
    case "name":
      let named = GPUFacts(name: String(value))
      (gpu.product, gpu.vgpuType, gpu.sharing) = (named.product, named.vgpuType, named.sharing)
    case "uuid": gpu.uuid = String(value)
    case "pci.bus_id": gpu.pciBusID = String(value)
    case "pci.device_id": gpu.pciDeviceID = SMIValue.deviceID(value)
    case "memory.total": gpu.memoryMiB = SMIValue.mebibytes(value)
    case "compute_cap": gpu.capability = try? ComputeCapability(value)
    case "mig.mode.current":
      guard let isEnabled = SMIValue.isEnabled(value) else { return }
      gpu.mig = MIGFacts(isEnabled: isEnabled, isPending: gpu.mig?.isPending)
    case "mig.mode.pending":
      guard let isPending = SMIValue.isEnabled(value) else { return }
      gpu.mig = MIGFacts(isEnabled: gpu.mig?.isEnabled ?? isPending, isPending: isPending)
    case "driver_version": facts.driver = (try? DriverVersion(value)) ?? facts.driver
    default: break
    }
  }

  private static let subjects: [String: FactGap.Subject] = [
    "name": .gpus, "memory.total": .memory, "compute_cap": .computeCapability, "mig.mode.current": .mig,
    "driver_version": .driver,
  ]
}

/// A value as nvidia-smi writes it in every one of its forms.
enum SMIValue {
  case text(Substring)
  /// It does not apply to this GPU.
  case absent
  /// It could not be read; nvidia-smi's word for why.
  case fault(Substring)

  init(_ raw: Substring) {
    let text = raw.trimmed
    var word = text
    if word.first == "[", word.last == "]" { word = word.dropFirst().dropLast() }
    switch word {
    case "", "N/A", "Not Supported", "None", "Not Available": self = .absent
    case "ERR!", "Unknown Error", "Insufficient Permissions", "GPU is lost", "Unknown", "Error",
      "GPU requires reset",
      "Requested functionality has been deprecated":
      self = .fault(word)
    default:
      // R610 writes "610.47 [Deprecated; will be removed in CUDA 14.0. Use KMD Version instead]".
      if let note = text.firstRange(of: " [Deprecated") {
        self = .text(text[..<note.lowerBound].trimmed)
      } else {
        self = text.first == "[" ? .fault(word) : .text(text)
      }
    }
  }

  /// The value, where there is one.
  var text: Substring? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  /// The number of "81920 MiB", "81920MiB" and "81920"; nil for anything else.
  static func mebibytes(_ text: Substring) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).trimmed
    guard unit.isEmpty || unit == "MiB" || unit == "MB", let number = Int(digits),
      (1...FactLimits.count).contains(number)
    else { return nil }
    return number
  }

  /// Whether "Enabled" or "Disabled" is written; nil for anything else.
  static func isEnabled(_ text: Substring) -> Bool? {
    switch text {
    case "Enabled": true
    case "Disabled": false
    default: nil
    }
  }

  /// The device id of NVIDIA's in "0x20B210DE" or "20B210DE", where the maker's stands behind it.
  static func deviceID(_ text: Substring) -> String? {
    let digits = (text.hasPrefix("0x") ? text.dropFirst(2) : text).uppercased()
    guard digits.utf8.count == 8, digits.hasSuffix("10DE"), digits.allSatisfy(\.isHexDigit) else {
      return nil
    }
    return String(digits.prefix(4))
  }
}
