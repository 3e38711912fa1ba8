/// A variable of an environment marker (dependency specifiers, "Environment markers").
public enum MarkerVariable: Int, Hashable, Comparable, CaseIterable, Sendable, CustomStringConvertible {
  /// `os.name`: `posix`.
  case osName
  /// `sys.platform`: `linux`.
  case sysPlatform
  /// `x86_64` or `aarch64`.
  case platformMachine
  /// `CPython`; also written `python_implementation`.
  case platformPythonImplementation
  /// The kernel's release.
  case platformRelease
  /// `Linux`.
  case platformSystem
  /// The kernel's version, a text.
  case platformVersion
  /// `3.11`.
  case pythonVersion
  /// `3.11.9`.
  case pythonFullVersion
  /// `cpython`.
  case implementationName
  /// `3.11.9`.
  case implementationVersion
  /// The extra that the requirement is considered for; empty for none.
  case extra
  /// All extras that are asked for, a set (PEP 751).
  case extras
  /// All dependency groups that are asked for, a set (PEP 751).
  case dependencyGroups

  /// The name as the specification writes it: `python_full_version`.
  public var name: String {
    switch self {
    case .osName: "os_name"
    case .sysPlatform: "sys_platform"
    case .platformMachine: "platform_machine"
    case .platformPythonImplementation: "platform_python_implementation"
    case .platformRelease: "platform_release"
    case .platformSystem: "platform_system"
    case .platformVersion: "platform_version"
    case .pythonVersion: "python_version"
    case .pythonFullVersion: "python_full_version"
    case .implementationName: "implementation_name"
    case .implementationVersion: "implementation_version"
    case .extra: "extra"
    case .extras: "extras"
    case .dependencyGroups: "dependency_groups"
    }
  }

  /// The name.
  public var description: String { name }

  /// Orders as the cases are declared.
  public static func < (a: MarkerVariable, b: MarkerVariable) -> Bool { a.rawValue < b.rawValue }

  /// Whether its values are compared as versions where they are versions.
  var isVersion: Bool {
    switch self {
    case .implementationVersion, .platformRelease, .pythonFullVersion, .pythonVersion: true
    default: false
    }
  }

  /// Whether it is a set of names.
  var isSet: Bool { self == .extras || self == .dependencyGroups }

  /// Whether its values are names of extras or groups, whose spelling does not matter (PEP 685, PEP 735).
  var isName: Bool { isSet || self == .extra }

  /// The variable with this name, also with one that older metadata uses.
  init?(_ name: some Collection<UInt8>) {
    for (spelling, variable) in Self.spellings
    where spelling.count == name.count && spelling.elementsEqual(name) {
      self = variable
      return
    }
    return nil
  }

  /// Every accepted spelling; the dots are of setuptools' time (PEP 508).
  private static let spellings: [([UInt8], MarkerVariable)] = {
    let older: [(String, MarkerVariable)] = [
      ("os.name", .osName), ("sys.platform", .sysPlatform), ("platform.version", .platformVersion),
      ("platform.machine", .platformMachine),
      ("platform.python_implementation", .platformPythonImplementation),
      ("python_implementation", .platformPythonImplementation),
    ]
    return (allCases.map { ($0.name, $0) } + older).map { (Array($0.0.utf8), $0.1) }
  }()
}
