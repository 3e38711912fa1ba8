/// A command that a wheel wants to have made: which function of which module it runs.
public struct EntryPoint: Hashable, Sendable {
  /// The command.
  public let name: String
  /// The module: "pip._internal.cli.main".
  public let module: String
  /// What to call in it: "main", "App.run".
  public let function: String

  /// Describes a command.
  init(name: String, module: String, function: String) {
    self.name = name
    self.module = module
    self.function = function
  }

  /// The program that the command is, for an interpreter.
  public func script(for interpreter: Interpreter) -> [UInt8] {
    let imported = function.split(separator: ".").first.map { String($0) } ?? function
    return Array(
      """
      \(interpreter.firstLines)import sys

      from \(module) import \(imported)

      if __name__ == "__main__":
          sys.exit(\(function)())

      """.utf8)
  }
}

/// The commands in a wheel's `entry_points.txt`: its groups `console_scripts` and `gui_scripts`, which are alike where
/// there are no windows.
///
/// Source: PyPA specifications, "Entry points": sections in brackets, `name = module:function` in each, comments behind
/// `#` or `;` at the beginning of a line. Extras in brackets behind the function are read and passed over.
public struct EntryPoints: Hashable, Sendable {
  /// The commands by ascending name.
  public let scripts: [EntryPoint]

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - wheel: the wheel's file name, for errors.
  /// - Throws: `WheelFault` where it is no UTF-8, or a command has a name that is no file name, names no function, or is
  ///   there twice with different functions.
  public init(_ bytes: [UInt8], wheel: String) throws(WheelFault) {
    func fault(_ line: Int?, _ clause: String) -> WheelFault {
      WheelFault(wheel: wheel, .file("entry_points.txt", line: line, clause))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw fault(nil, "is not UTF-8") }
    var found: [String: EntryPoint] = [:]
    var isScripts = false
    for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
    {
      let line = Trimmed.text(raw)
      guard let first = line.first, first != "#", first != ";" else { continue }
      if first == "[" {
        guard line.last == "]" else { throw fault(index + 1, "begins a section and does not end it") }
        let section = line.dropFirst().dropLast()
        isScripts = section == "console_scripts" || section == "gui_scripts"
        continue
      }
      guard isScripts else { continue }
      guard let script = EntryPoint(line: line) else {
        throw fault(index + 1, "is no `name = module:function`")
      }
      guard let other = found.updateValue(script, forKey: script.name), other != script else { continue }
      throw fault(index + 1, "has a command that stands above with another function")
    }
    scripts = found.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

extension EntryPoint {
  /// Reads `name = module:function [extras]`; nil where it is something else.
  fileprivate init?(line: String) {
    guard let sign = line.firstIndex(of: "=") else { return nil }
    let name = Trimmed.text(line[..<sign])
    var reference = line[line.index(after: sign)...]
    if let bracket = reference.firstIndex(of: "[") {
      guard Trimmed.text(reference).last == "]" else { return nil }
      reference = reference[..<bracket]
    }
    guard let colon = reference.firstIndex(of: ":") else { return nil }
    let module = Trimmed.text(reference[..<colon])
    let function = Trimmed.text(reference[reference.index(after: colon)...])
    // The name becomes a file, module and function become code: nothing else than names may pass.
    guard (try? ImagePath(name)) != nil, !name.contains("/"), !name.contains("\\"),
      EntryPoint.isDotted(module),
      EntryPoint.isDotted(function)
    else { return nil }
    self.init(name: name, module: module, function: function)
  }

  /// Whether the text is Python identifiers joined by dots.
  private static func isDotted(_ text: String) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      guard let first = part.unicodeScalars.first else { return false }
      return (first == "_" || first.properties.isXIDStart)
        && part.unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isXIDContinue }
    }
  }
}
