/// Finds the Pythons of a machine and their pips by looking at folders; starting one would take longer than a whole
/// warm run.
struct PythonFinder {
  /// Where in pip its default index is written.
  static let pipSource = "_internal/models/index.py"

  private let environment: [String: String]
  private let files: MachineFiles
  /// The folders that hold `bin/python3`: of the active environment first, then in the order of PATH.
  let prefixes: [String]

  init(environment: [String: String], files: MachineFiles) {
    self.environment = environment
    self.files = files
    prefixes = PythonFinder.prefixes(environment, files)
  }

  /// Files that hold pip's default index, in the order in which they are believed; they need not exist. Folders are
  /// listed only as far as somebody reads on: mostly the first file is there.
  var pipSources: some Sequence<String> {
    let home = environment["HOME"] ?? ""
    let folders = prefixes + (home.isEmpty ? [] : [home + "/.local"])
    return folders.lazy.flatMap { libraries($0) }.flatMap { library in
      ["site-packages", "dist-packages"].map { "\(library)/\($0)/pip/\(PythonFinder.pipSource)" }
    }
  }

  /// Wheels of pip that Pythons bring with them.
  var pipWheels: [String] {
    let folders =
      prefixes.flatMap { libraries($0) }.map { $0 + "/ensurepip/_bundled" } + ["/usr/share/python-wheels"]
    return folders.flatMap { folder in
      files.list(folder).filter { $0.hasPrefix("pip-") && $0.hasSuffix(".whl") }.map { "\(folder)/\($0)" }
    }
  }

  /// "lib/python3.13", "lib/python3.11", …: newest first; Debian's "lib/python3" last.
  private func libraries(_ prefix: String) -> [String] {
    func minor(_ name: String) -> Int { Int(name.dropFirst("python3.".count).prefix { $0.isNumber }) ?? -1 }
    return ["lib", "lib64"].flatMap { folder in
      files.list("\(prefix)/\(folder)").filter { $0.hasPrefix("python3") }
        .sorted { (minor($0), $0) > (minor($1), $1) }
        .map { "\(prefix)/\(folder)/\($0)" }
    }
  }

  private static func prefixes(_ environment: [String: String], _ files: MachineFiles) -> [String] {
    var prefixes: [String] = []
    func add(_ prefix: String) {
      if !prefix.isEmpty, !prefixes.contains(prefix) { prefixes.append(prefix) }
    }
    if let active = environment["VIRTUAL_ENV"] { add(active) }
    for folder in (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    where folder.hasPrefix("/") {
      guard
        let program = ["python3", "python", "pip3", "pip"].first(where: { files.exists("\(folder)/\($0)") })
      else {
        continue
      }
      if folder.hasSuffix("/shims") {
        // pyenv: the programs are scripts that choose a version.
        for version in pyenvVersions(root: parent(folder), environment, files) { add(version) }
        continue
      }
      add(parent(folder))
      // A virtual environment's python is a link to the one that it was made of.
      if let target = files.resolve("\(folder)/\(program)") { add(parent(parent(target))) }
    }
    add("/usr/local")
    add("/usr")
    return prefixes
  }

  private static func pyenvVersions(
    root: String, _ environment: [String: String], _ files: MachineFiles
  ) -> [String] {
    let chosen =
      environment["PYENV_VERSION"].map { $0.split(separator: ":").map(String.init) }
      ?? (files.read(root + "/version") ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    func numbers(_ version: String) -> [Int] { version.split(separator: ".").map { Int($0) ?? -1 } }
    let installed = files.list(root + "/versions").sorted {
      (numbers($1).lexicographicallyPrecedes(numbers($0))) || (numbers($0) == numbers($1) && $0 < $1)
    }
    return (chosen.filter(installed.contains) + installed).map { "\(root)/versions/\($0)" }
  }

  /// "/a" of "/a/b", "" of "/a".
  private static func parent(_ path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? ""
  }
}
