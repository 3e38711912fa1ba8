extension Matrix {
  /// The released CPythons with the usual binary interface that the matrix knows, by minor version, newest first.
  public var interpreters: [PythonVersion] {
    guard let document = try? document("python-builds.json"), let builds = try? document.rows("builds") else {
      return []
    }
    var found: [PythonVersion] = []
    for row in builds {
      guard (try? row.bool("prerelease")) != true, (try? row.bool("free_threaded")) != true,
        let text = try? row.text("python"), let python = try? PythonVersion(text), !found.contains(python)
      else { continue }
      found.append(python)
    }
    return found.sorted(by: >)
  }
}
