package import EnvlockModel
package import EnvlockVersions

/// Reads requirements as people write them in a manifest or on a command line.
package enum RequirementText {
  /// A requirement, or the path or URL of a wheel, whose file name then says which project it is.
  ///
  /// - Parameters:
  ///   - text: `torch>=2`, `name @ https://…/x.whl`, `./x.whl`.
  ///   - directory: The folder that a relative path is seen from.
  /// - Returns: The requirement; the path of a local wheel as seen from the current folder.
  /// - Throws: `MalformedText` with the place of the fault.
  package static func read(_ text: String, directory: String) throws(MalformedText) -> Requirement {
    if isReference(text) {
      return Requirement(name: try WheelName(atEndOf: text).project, url: located(text, directory))
    }
    let requirement = try Requirement(text)
    guard let url = requirement.url else { return requirement }
    return Requirement(
      name: requirement.name, extras: requirement.extras, url: located(url, directory),
      marker: requirement.marker)
  }

  /// Whether the text names a wheel by nothing but its place.
  private static func isReference(_ text: String) -> Bool {
    let place = text.prefix { $0 != "#" }
    guard place.hasSuffix(".whl"), !place.contains(where: \.isWhitespace) else { return false }
    // In front of an "@" stands a project's name, unless the URL has begun already.
    let front = place.prefix { $0 != "@" }
    return front.count == place.count || front.contains("://")
  }

  private static func located(_ url: String, _ directory: String) -> String {
    url.contains("://") || url.hasPrefix("file:") ? url : Path.joined(directory, url)
  }
}
