public import EnvlockModel

/// A document of the Container Device Interface: the devices of one kind, and what a container that gets them is given.
///
/// Form: SPEC.md of cncf-tags/container-device-interface, versions 0.3.0 to 1.1.0.
public struct CDISpecification: Hashable, Sendable {
  /// A version of the specification; each can say what those before it can.
  public enum Version: String, Hashable, CaseIterable, Comparable, Sendable {
    /// The oldest that runtimes take.
    case v0_3_0 = "0.3.0"
    /// Types of mounts.
    case v0_4_0 = "0.4.0"
    /// Names that begin with a digit, and nodes with another path on the node.
    case v0_5_0 = "0.5.0"
    /// Annotations, and classes with a dot.
    case v0_6_0 = "0.6.0"
    /// Groups and Intel's resource director.
    case v0_7_0 = "0.7.0"
    /// Nothing new.
    case v0_8_0 = "0.8.0"
    /// Nothing new.
    case v1_0_0 = "1.0.0"
    /// Network interfaces, and more of the resource director.
    case v1_1_0 = "1.1.0"

    /// Orders by age.
    public static func < (left: Version, right: Version) -> Bool {
      func rank(_ version: Version) -> Int { allCases.firstIndex(of: version) ?? 0 }
      return rank(left) < rank(right)
    }
  }

  /// A device, or a group of them under one name such as "all".
  public struct Device: Hashable, Sendable {
    /// Its name: "0", "GPU-…", "all".
    public var name: String
    /// Notes by key.
    public var annotations: [String: String]
    /// What a container that gets it is given.
    public var edits: CDIEdits

    /// A device.
    public init(_ name: String, annotations: [String: String] = [:], edits: CDIEdits) {
      self.name = name
      self.annotations = annotations
      self.edits = edits
    }
  }

  /// Vendor and class: "nvidia.com/gpu".
  public var kind: String
  /// Notes by key.
  public var annotations: [String: String]
  /// The devices, in the document's order.
  public var devices: [Device]
  /// What every container that gets one of them is given.
  public var edits: CDIEdits

  /// A document. It is not checked; ``init(_:)`` checks what it reads.
  public init(
    kind: String, annotations: [String: String] = [:], devices: [Device], edits: CDIEdits = CDIEdits()
  ) {
    self.kind = kind
    self.annotations = annotations
    self.devices = devices
    self.edits = edits
  }

  /// The oldest version that can say all of this (specs-go/version.go of the reference library).
  public var version: Version {
    let class_ = kind.split(separator: "/").last ?? ""
    var needed = Version.v0_3_0
    if !annotations.isEmpty || devices.contains(where: { !$0.annotations.isEmpty }) || class_.contains(".") {
      needed = .v0_6_0
    } else if devices.contains(where: { !CDIName.isLetter($0.name.utf8.first ?? 0) }) {
      needed = .v0_5_0
    }
    return devices.map(\.edits.version).reduce(max(needed, edits.version), max)
  }

  /// The document, of the oldest version that can say it: runtimes refuse versions that they do not know.
  public var json: JSONValue {
    .object(
      JSONObject(present: [
        ("cdiVersion", .string(version.rawValue)), ("kind", .string(kind)),
        ("annotations", annotations.isEmpty ? nil : JSONValue(strings: annotations)),
        (
          "devices",
          .array(
            devices.map { device in
              .object(
                JSONObject(present: [
                  ("name", .string(device.name)),
                  ("annotations", device.annotations.isEmpty ? nil : JSONValue(strings: device.annotations)),
                  ("containerEdits", device.edits.json),
                ]))
            })
        ),
        ("containerEdits", edits == CDIEdits() ? nil : edits.json),
      ]))
  }
}

/// Rules for names (pkg/parser of the reference library).
enum CDIName {
  static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// A vendor or a class.
  static func isPart(_ text: some StringProtocol) -> Bool {
    isName(text, inner: "_-.") && isLetter(text.utf8.first ?? 0)
  }

  /// A device.
  static func isDevice(_ text: some StringProtocol) -> Bool { isName(text, inner: "_-.:") }

  /// Vendor and class.
  static func isKind(_ text: some StringProtocol) -> Bool {
    let parts = text.split(separator: Character("/"), omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { isPart($0) }
  }

  private static func isName(_ text: some StringProtocol, inner: String) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.reversed().first else { return false }
    return isLetterOrDigit(first) && isLetterOrDigit(last)
      && text.utf8.allSatisfy { isLetterOrDigit($0) || inner.utf8.contains($0) }
  }
}
