/// The values of the marker variables on one interpreter on one system: CPython on Linux.
public struct MarkerEnvironment: Hashable, Sendable {
  /// By the variable's raw value.
  private var values: [String]

  /// The environment of a CPython.
  ///
  /// The kernel is unknown, so `platform_release` and `platform_version` are empty.
  ///
  /// - Parameters:
  ///   - python: The interpreter; a patch release that was not named counts as .0.
  ///   - platform: The system.
  public init(python: PythonVersion, platform: Platform) {
    let short = "\(python.major).\(python.minor)"
    let full = "\(short).\(python.patch ?? 0)"
    values = MarkerVariable.allCases.map { variable in
      switch variable {
      case .osName: "posix"
      case .sysPlatform: "linux"
      case .platformMachine: platform.machine
      case .platformPythonImplementation: "CPython"
      case .platformSystem: "Linux"
      case .pythonVersion: short
      case .pythonFullVersion, .implementationVersion: full
      case .implementationName: "cpython"
      case .platformRelease, .platformVersion, .extra, .extras, .dependencyGroups: ""
      }
    }
  }

  /// The value of a variable; empty for extras and groups, which are no part of the environment.
  public subscript(variable: MarkerVariable) -> String { values[variable.rawValue] }

  /// The same environment with another value for one variable.
  package func replacing(_ variable: MarkerVariable, with value: String) -> MarkerEnvironment {
    var copy = self
    copy.values[variable.rawValue] = value
    return copy
  }
}
