import EnvlockModel

/// What Kubernetes takes as names, quantities and texts.
enum KubernetesNames {
  /// Whether a text is a DNS label (RFC 1123): "team-a".
  static func isLabel(_ text: String) -> Bool {
    let isMade = text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
    return isMade && (1...63).contains(text.utf8.count) && text.first != "-" && text.last != "-"
  }

  /// Whether a text is a DNS subdomain (RFC 1123), as most objects are named: "data.v2".
  static func isSubdomain(_ text: String) -> Bool {
    text.utf8.count <= 253
      && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel(String($0)) }
  }

  private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// Whether the value of a label can have a byte inside of it.
  static func isLabelByte(_ byte: UInt8) -> Bool {
    isLowerOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || "-_.".utf8.contains(byte)
  }

  /// - Throws: The first name among the options that Kubernetes would refuse.
  static func check(_ options: KubernetesSpec.Options) throws(RunSpecError) {
    if let namespace = options.namespace, !isLabel(namespace) {
      throw RunSpecError(
        "“\(namespace)” cannot be the name of a namespace",
        hints: ["small letters, digits and dashes, at most 63 (RFC 1123)"])
    }
    var names = options.claims.map { ("PersistentVolumeClaim", $0.source) }
    if let name = options.runtimeClass { names.append(("RuntimeClass", name)) }
    if let name = options.sharedClaim { names.append(("ResourceClaim", name)) }
    for (kind, name) in names where !isSubdomain(name) {
      throw RunSpecError(
        "“\(name)” cannot be the name of a \(kind)",
        hints: ["small letters, digits, dashes and dots, at most 253 (RFC 1123)"])
    }
    if let seconds = options.keepSeconds, !(0...Int(Int32.max)).contains(seconds) {
      throw RunSpecError(
        "a job that ended is kept from 0 to \(Int32.max) seconds, and \(seconds) are asked for")
    }
  }

  /// An amount of memory: "64Gi", "512M" (Kubernetes, "Resource Management", "Memory resource units").
  static func quantity(_ bytes: ByteCount) -> JSONValue { .string(String(bytes.description.dropLast())) }

  /// A number of processors: "8", "7500m".
  static func quantity(_ cpus: CPUCount) -> JSONValue {
    .string(cpus.millis.isMultiple(of: 1000) ? "\(cpus.millis / 1000)" : "\(cpus.millis)m")
  }

  /// A text as it has to stand among a container's commands and variables to arrive as it is: Kubernetes reads
  /// `$(NAME)` as a variable and `$$` as one dollar sign (API reference, Container v1, `args`).
  static func verbatim(_ text: String) -> String {
    var result = ""
    var isDollar = false
    for scalar in text.unicodeScalars {
      if isDollar, scalar == "$" || scalar == "(" { result += "$" }
      result.unicodeScalars.append(scalar)
      isDollar = scalar == "$"
    }
    return result
  }
}
