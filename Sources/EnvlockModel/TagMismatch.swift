public import EnvlockVersions

/// A Python that a wheel is for, read off its tags, in the words of a person.
public struct WheelPython: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// `CPython` for the usual wheels and for pure ones; else the name of the implementation: `PyPy`.
  public let implementation: String
  /// The 3 of 3.11.
  public let major: Int
  /// The 11 of 3.11; nil for a wheel that only names the major version, such as `py3`.
  public let minor: Int?
  /// Whether later minor versions load it too: the stable interface `abi3`, or a pure wheel.
  public let orNewer: Bool
  /// Whether it is for the build without the global interpreter lock.
  public let freeThreaded: Bool

  /// `3.11`, `3.9 or newer`, `3.13t`, `2`, `PyPy 3.9`.
  public var description: String {
    let number = minor.map { "\(major).\($0)" } ?? "\(major)"
    return (implementation == "CPython" ? "" : implementation + " ") + number + (freeThreaded ? "t" : "")
      + (orNewer && minor != nil ? " or newer" : "")
  }

  /// CPython first, then by number; the free-threaded build after the usual one.
  public static func < (a: WheelPython, b: WheelPython) -> Bool { a.sortKey < b.sortKey }

  private var sortKey: (Int, String, Int, Int, Int) {
    (
      implementation == "CPython" ? 0 : 1, implementation, major, minor ?? -1,
      (freeThreaded ? 2 : 0) + (orNewer ? 1 : 0)
    )
  }

  /// What one pair of tags says; nil where it names no Python at all.
  init?(pythonTag: String, abiTag: String) {
    let letters = pythonTag.prefix { !("0"..."9").contains($0) }
    let digits = pythonTag.dropFirst(letters.count).prefix { ("0"..."9").contains($0) }
    guard let first = digits.first, let major = Int(String(first)) else { return nil }
    switch letters {
    case "py", "cp": implementation = "CPython"
    case "pp": implementation = "PyPy"
    case "ip": implementation = "IronPython"
    case "jy": implementation = "Jython"
    case "graalpy": implementation = "GraalPy"
    default: implementation = String(letters)
    }
    self.major = major
    minor = Int(digits.dropFirst())
    let stable = abiTag == "abi3" || abiTag == "abi3t"
    orNewer = stable || (letters == "py" && abiTag == "none")
    freeThreaded = abiTag == "abi3t" || (abiTag.hasPrefix("cp") && abiTag.hasSuffix("t"))
  }

  /// The Pythons of several wheels in few words: `3.8 to 3.11, 3.13t`.
  public static func summary(_ pythons: some Sequence<WheelPython>) -> String {
    var parts: [String] = []
    var run: (first: WheelPython, last: WheelPython)?
    func close() {
      guard let (first, last) = run else { return }
      parts.append(first == last ? "\(first)" : "\(first) to \(last)")
    }
    for python in Set(pythons).sorted() {
      if let (first, last) = run, let minor = python.minor, let lastMinor = last.minor,
        minor == lastMinor + 1,
        python.major == last.major, python.implementation == last.implementation, !python.orNewer,
        !last.orNewer, python.freeThreaded == last.freeThreaded
      {
        run = (first, python)
        continue
      }
      close()
      run = (python, python)
    }
    close()
    return parts.joined(separator: ", ")
  }
}

/// Why wheels cannot be installed on a system, as values for a sentence.
public enum TagMismatch: Hashable, Sendable, CustomStringConvertible {
  /// They are for other Pythons; sorted.
  case python(has: [WheelPython])
  /// They are for this version of Python, but for a build of it with another binary interface; the ABI tags,
  /// sorted.
  case abi(has: [String])
  /// They need a newer C library than the system has; the oldest that one of them is content with.
  case glibc(needs: Version)
  /// They are for Linux on another processor: `aarch64`; sorted.
  case architecture(has: [String])
  /// They are for another system: `macOS`, `Windows`, `musl Linux`; sorted.
  case system(has: [String])

  /// What the wheels have, to be put behind "but": `it has Python 3.8 to 3.11`, `it needs glibc 2.34`.
  public var description: String {
    switch self {
    case .python(let has): "it has wheels for Python \(WheelPython.summary(has))"
    case .abi(let has): "it has wheels for the ABI \(has.joined(separator: ", "))"
    case .glibc(let needs): "it needs glibc \(needs) or newer"
    case .architecture(let has): "it has wheels for \(has.joined(separator: ", "))"
    case .system(let has): "it has wheels for \(has.joined(separator: ", "))"
    }
  }
}

extension TagSet {
  /// Why a wheel cannot be installed; nil if it can.
  public func whyNot(_ wheel: WheelName) -> TagMismatch? { whyNone(of: [wheel]) }

  /// Why none of several wheels can be installed; nil if one can.
  ///
  /// Names the nearest miss: a newer C library before another Python, that before another processor, that before
  /// another system.
  public func whyNone(of wheels: some Collection<WheelName>) -> TagMismatch? {
    if wheels.isEmpty || wheels.contains(where: { rank(of: $0) != nil }) { return nil }
    let forInterpreter = wheels.filter { fitsInterpreter($0) }
    if let needed = forInterpreter.compactMap({ neededGlibc($0) }).min() { return .glibc(needs: needed) }
    let forPlatform = wheels.filter { fitsPlatform($0.platformTags) || neededGlibc($0) != nil }
    if !forPlatform.isEmpty {
      let forVersion = forPlatform.filter { fitsPythonVersion($0) }
      if !forVersion.isEmpty { return .abi(has: Set(forVersion.flatMap(\.abiTags)).sorted()) }
      return .python(has: Self.pythons(of: forPlatform))
    }
    if forInterpreter.isEmpty { return .python(has: Self.pythons(of: Array(wheels))) }
    let kinds = forInterpreter.flatMap(\.platformTags).map(PlatformKind.init)
    let machines = kinds.compactMap { if case .linux(let machine) = $0 { machine } else { nil } }
      .filter { $0 != platform.machine }
    if !machines.isEmpty { return .architecture(has: Set(machines).sorted()) }
    let systems = kinds.compactMap { if case .other(let system) = $0 { system } else { nil } }
    // What is left names this processor and yet no C library that exists, such as manylinux_2_4.
    return .system(has: Set(systems.isEmpty ? forInterpreter.flatMap(\.platformTags) : systems).sorted())
  }

  /// The oldest C library that one of the wheel's platforms for this processor is content with, where this
  /// system's is older.
  private func neededGlibc(_ wheel: WheelName) -> Version? {
    wheel.platformTags.compactMap { tag -> Version? in
      guard case .manylinux(let needed, let machine) = ManylinuxTag.parse(tag), machine == platform.machine,
        needed > glibc
      else { return nil }
      return needed
    }.min()
  }

  private static func pythons(of wheels: [WheelName]) -> [WheelPython] {
    Set(
      wheels.flatMap { wheel in
        wheel.pythonTags.flatMap { pythonTag in
          wheel.abiTags.compactMap { WheelPython(pythonTag: pythonTag, abiTag: $0) }
        }
      }
    ).sorted()
  }
}

/// A platform tag of PEP 600 or one of the names that came before it.
private enum ManylinuxTag {
  case manylinux(glibc: Version, machine: Substring)
  case other

  static func parse(_ tag: String) -> ManylinuxTag {
    let legacy = [("manylinux1_", 5), ("manylinux2010_", 12), ("manylinux2014_", 17)]
    for (prefix, minor) in legacy where tag.hasPrefix(prefix) {
      return .manylinux(glibc: Version(release: [2, minor]), machine: tag.dropFirst(prefix.count))
    }
    guard tag.hasPrefix("manylinux_") else { return .other }
    let parts = tag.split(separator: "_", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, let major = Int(parts[1]), let minor = Int(parts[2]) else { return .other }
    return .manylinux(glibc: Version(release: [major, minor]), machine: parts[3])
  }
}

/// The system and processor that a platform tag names.
private enum PlatformKind {
  case linux(machine: String)
  case other(system: String)

  init(_ tag: String) {
    if case .manylinux(_, let machine) = ManylinuxTag.parse(tag) {
      self = .linux(machine: String(machine))
    } else if tag.hasPrefix("linux_") {
      self = .linux(machine: String(tag.dropFirst("linux_".count)))
    } else if tag.hasPrefix("musllinux_") {
      self = .other(system: "musl Linux")
    } else if tag.hasPrefix("macosx_") {
      self = .other(system: "macOS")
    } else if tag.hasPrefix("win") {
      self = .other(system: "Windows")
    } else {
      self = .other(system: tag)
    }
  }
}
