public import EnvlockVersions

/// In which form a GPU is handed over.
public enum GPUForm: Hashable, Sendable, CustomStringConvertible {
  /// None.
  case none
  /// The whole GPU, to nobody else.
  case whole
  /// A MIG instance of this profile, in NVIDIA's spelling: "1g.10gb", "1g.10gb+me".
  case mig(profile: String)
  /// A share by time slicing.
  case shared
  /// A share by NVIDIA's Multi-Process Service.
  case mps
  /// A vGPU of this type: "A100-10C".
  case vgpu(type: String)

  /// Reads "whole", "mig-1g.10gb", "shared", "mps", "vgpu:A100-10C" or "none".
  ///
  /// - Throws: `MalformedText` for anything else.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    switch text {
    case "none": self = .none
    case "whole": self = .whole
    case "shared": self = .shared
    case "mps": self = .mps
    default:
      if text.hasPrefix("mig-"), text.count > 4 {
        self = .mig(profile: MIGProfile.normalised(String(text)))
      } else if text.hasPrefix("vgpu:"), text.count > 5 {
        self = .vgpu(type: String(text.dropFirst(5)))
      } else {
        throw MalformedText(
          what: "form of a GPU", text: String(text),
          reason: "it has to be whole, mig-PROFILE, shared, mps, vgpu:TYPE or none", offset: nil)
      }
    }
  }

  /// The form that `init(_:)` reads.
  public var description: String {
    switch self {
    case .none: "none"
    case .whole: "whole"
    case .mig(let profile): "mig-\(profile)"
    case .shared: "shared"
    case .mps: "mps"
    case .vgpu(let type): "vgpu:\(type)"
    }
  }
}

/// How well what shares a GPU is kept apart; each includes those before it.
public enum GPUIsolation: String, Hashable, Comparable, CaseIterable, Sendable {
  /// Nothing is promised.
  case none
  /// Each process has an address space of its own.
  case process
  /// Memory, caches and multiprocessors are separate, or nobody else is on the GPU.
  case hardware

  /// Orders by how much is promised.
  public static func < (left: GPUIsolation, right: GPUIsolation) -> Bool {
    func rank(_ isolation: GPUIsolation) -> Int { allCases.firstIndex(of: isolation) ?? 0 }
    return rank(left) < rank(right)
  }
}

/// A number of processors in thousandths.
public struct CPUCount: Hashable, Sendable, CustomStringConvertible {
  /// Thousandths of a processor, greater than zero.
  public let millis: Int

  /// So many thousandths; nil unless there is at least one.
  public init?(millis: Int) {
    guard millis > 0 else { return nil }
    self.millis = millis
  }

  /// Reads "4", "0.5", "1.25".
  ///
  /// - Throws: `MalformedText` for anything else, and for nothing.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    let parts = text.split(separator: Character("."), omittingEmptySubsequences: false)
    let isNumber = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
    guard isNumber, parts.count <= 2, parts[0].count <= 6, parts.count < 2 || parts[1].count <= 3,
      let whole = Int(parts[0]),
      let rest = parts.count < 2 ? 0 : Int(parts[1] + String(repeating: "0", count: 3 - parts[1].count)),
      let count = CPUCount(millis: whole * 1000 + rest)
    else {
      throw MalformedText(
        what: "number of processors", text: String(text),
        reason: "it has to be more than 0, with at most three digits behind the point", offset: nil)
    }
    self = count
  }

  /// Whole processors, rounded up.
  public var roundedUp: Int { (millis + 999) / 1000 }

  /// "4", "0.5".
  public var description: String {
    let rest = millis % 1000
    guard rest != 0 else { return "\(millis / 1000)" }
    var digits = String(1000 + rest).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "\(millis / 1000).\(digits)"
  }
}

/// A bound on reading and writing a block device.
public struct IOLimit: Hashable, Sendable {
  /// The device's path on the node: "/dev/nvme0n1".
  public var device: String
  /// Bytes in a second.
  public var readBytes: ByteCount?
  /// Bytes in a second.
  public var writeBytes: ByteCount?
  /// Operations in a second.
  public var readOperations: Int?
  /// Operations in a second.
  public var writeOperations: Int?

  /// A bound; what is nil is not bounded.
  public init(
    device: String, readBytes: ByteCount? = nil, writeBytes: ByteCount? = nil, readOperations: Int? = nil,
    writeOperations: Int? = nil
  ) {
    self.device = device
    self.readBytes = readBytes
    self.writeBytes = writeBytes
    self.readOperations = readOperations
    self.writeOperations = writeOperations
  }
}

/// What network a container has.
public enum RunNetwork: String, Hashable, CaseIterable, Sendable {
  /// None but the loopback.
  case none
  /// The node's own.
  case host
}

/// A folder or file of the node that is seen in the container.
public struct RunMount: Hashable, Sendable, CustomStringConvertible {
  /// Where it lies on the node: an absolute path, or one relative to where it was written ("data", "./data").
  public var source: String
  /// Where it is seen: an absolute path.
  public var target: String
  /// Whether it cannot be written.
  public var isReadOnly: Bool

  /// A mount.
  public init(source: String, target: String, isReadOnly: Bool = false) {
    self.source = source
    self.target = target
    self.isReadOnly = isReadOnly
  }

  /// Reads "SOURCE:TARGET", "SOURCE:TARGET:ro" or "SOURCE:TARGET:rw".
  ///
  /// - Throws: `MalformedText` for anything else, for targets that are not absolute or that hide the container's own
  ///   /, /proc, /sys or /dev, and for paths with `..`, a comma or a control character, which no runtime can
  ///   quote.
  public init(_ text: some StringProtocol) throws(MalformedText) {
    func malformed(_ reason: String) -> MalformedText {
      MalformedText(what: "mount", text: String(text), reason: reason, offset: nil)
    }
    let parts = text.split(separator: Character(":"), omittingEmptySubsequences: false).map { String($0) }
    guard (2...3).contains(parts.count), !parts[0].isEmpty, !parts[1].isEmpty else {
      throw malformed("it has to look like /data:/data or /data:/data:ro")
    }
    guard parts.count == 2 || ["ro", "rw"].contains(parts[2]) else {
      throw malformed("behind the second colon there can be ro or rw")
    }
    for path in parts.prefix(2) {
      guard !path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || $0 == "," }) else {
        throw malformed("paths cannot have commas or control characters")
      }
      guard !path.split(separator: Character("/")).contains(where: { $0 == ".." }) else {
        throw malformed("paths cannot have `..`")
      }
    }
    guard parts[1].hasPrefix("/") else {
      throw malformed("the place in the container has to begin with a slash")
    }
    let target = "/" + parts[1].split(separator: Character("/")).filter { $0 != "." }.joined(separator: "/")
    guard let first = target.split(separator: Character("/")).first else {
      throw malformed("it would hide the whole image")
    }
    guard !["proc", "sys", "dev"].contains(first) || target == "/dev/shm" else {
      throw malformed("it would hide what the kernel shows at /\(first)")
    }
    self.init(source: parts[0], target: target, isReadOnly: parts.count == 3 && parts[2] == "ro")
  }

  /// The form that `init(_:)` reads.
  public var description: String { "\(source):\(target)\(isReadOnly ? ":ro" : "")" }
}

/// How long something may run.
public enum RunTime {
  /// Reads seconds of "90s", "30m", "12h", "2d", or of hours, minutes and seconds as "12:00:00".
  ///
  /// - Throws: `MalformedText` for anything else, for nothing, and for more than a hundred years.
  public static func seconds(_ text: some StringProtocol) throws(MalformedText) -> Int {
    let malformed = MalformedText(
      what: "time", text: String(text), reason: "it has to look like 90s, 30m, 12h, 2d or 12:00:00",
      offset: nil)
    let limit = 3_153_600_000
    func number(_ digits: Substring) -> Int? {
      guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(digits), value <= limit else {
        return nil
      }
      return value
    }
    let rest = Substring(text)
    let parts = rest.split(separator: Character(":"), omittingEmptySubsequences: false)
    var seconds: Int?
    if parts.count == 3, let hours = number(parts[0]), let minutes = number(parts[1]),
      let last = number(parts[2]),
      minutes < 60, last < 60
    {
      seconds = hours * 3600 + minutes * 60 + last
    } else if parts.count == 1, let factor = ["s": 1, "m": 60, "h": 3600, "d": 86_400][rest.suffix(1)] {
      seconds = number(rest.dropLast()).map { $0 * factor }
    }
    guard let seconds, (1...limit).contains(seconds) else { throw malformed }
    return seconds
  }
}
