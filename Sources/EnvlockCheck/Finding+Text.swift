public import EnvlockModel

extension Verdict {
  /// "fits", "does not fit", "unknown".
  public var words: String {
    switch self {
    case .fits: "fits"
    case .doesNotFit: "does not fit"
    case .unknown: "unknown"
    }
  }
}

extension DriverCompatibility {
  /// "in full", "by minor-version compatibility", "by forward compatibility": how a driver runs a CUDA release.
  public var words: String {
    switch self {
    case .full: "in full"
    case .minorVersion: "by minor-version compatibility"
    case .forward: "by forward compatibility"
    }
  }
}

extension Finding: CustomStringConvertible {
  /// "error[no-kernel]: torch 2.15.0 has neither …"; of what the user allowed, "warning[no-kernel, allowed]: …".
  public var description: String {
    "\(severity.rawValue)[\(rule.rawValue)\(isAllowed ? ", allowed" : "")]: \(summary)"
  }
}

extension Mend {
  /// What to do, a clause: "driver 555.42.02 or newer".
  public var text: String {
    switch self {
    case .driver(let least, nil): "driver \(least) or newer"
    case .driver(let least, let end?): "driver \(least) or newer, below \(end)"
    case .build(let title, let arguments): "\(title): `envlock resolve \(arguments.joined(separator: " "))`"
    case .forwardCompatibility(let package): "\(package) in the image, for forward compatibility"
    case .gpu(let capabilities): "a GPU with compute capability \(capabilities)"
    case .other(let text): text
    }
  }
}

extension Evidence {
  /// The statement with its row: "none, and no PTX (matrices/torch.json, 2.9.1 aarch64)".
  public var line: String { source.map { "\(text) (\($0))" } ?? text }
}
