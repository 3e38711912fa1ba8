import EnvlockModel

/// Which calls of the kernel can be made (config-linux.md, "Seccomp").
///
/// Whatever no rule names fails with ENOSYS: programs take it for an older kernel and fall back, which is how the C
/// library meets a filter that does not know `clone3`.
public struct OCISeccomp: Hashable, Sendable {
  /// A condition on an argument.
  public enum Condition: Hashable, Sendable {
    /// The argument at a place has a value.
    case equal(argument: Int, Int)
    /// No bit of a mask is set in the argument at a place.
    case clear(argument: Int, mask: Int)

    var json: JSONValue {
      switch self {
      case .equal(let argument, let value):
        ["index": .integer(argument), "value": .integer(value), "op": "SCMP_CMP_EQ"]
      case .clear(let argument, let mask):
        [
          "index": .integer(argument), "value": .integer(mask), "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ",
        ]
      }
    }
  }

  /// Calls that are treated alike.
  public struct Rule: Hashable, Sendable {
    /// The calls, by the kernel's names. Runtimes pass over names that the platform does not have.
    public var names: [String]
    /// Whether they can be made; else they fail with EPERM.
    public var isAllowed: Bool
    /// When the rule counts; nil for always.
    public var condition: Condition?

    /// A rule.
    public init(_ names: [String], isAllowed: Bool = true, when condition: Condition? = nil) {
      self.names = names
      self.isAllowed = isAllowed
      self.condition = condition
    }

    var json: JSONValue {
      .object(
        JSONObject(present: [
          ("names", JSONValue(strings: names)),
          ("action", isAllowed ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO"),
          ("errnoRet", isAllowed ? nil : .integer(OCISeccomp.notPermitted)),
          ("args", condition.map { [$0.json] }),
        ]))
    }
  }

  /// The machine's own architecture. Calls by another one's interface, such as that of 32 bits, end the process.
  public var architecture: String
  /// The rules; no call is in two of them unless both have a condition.
  public var rules: [Rule]

  /// A filter.
  public init(architecture: String, rules: [Rule]) {
    self.architecture = architecture
    self.rules = rules
  }

  /// EPERM and ENOSYS of Linux.
  static let notPermitted = 1
  static let notKnown = 38

  var json: JSONValue {
    [
      "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": .integer(Self.notKnown),
      "architectures": [.string(architecture)], "syscalls": .array(rules.map(\.json)),
    ]
  }
}
