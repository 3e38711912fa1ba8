import EnvlockModel

/// What a container, job or pod is called.
enum RunName {
  /// Kubernetes puts up to 11 characters behind the name of a job for its pods, and a label has at most 63.
  static let limit = 52

  /// The name that was asked for, or one made of the environment's name or of the framework's.
  ///
  /// - Throws: A name that was asked for and that Kubernetes would refuse.
  static func name(
    _ stated: String?, environment: String?, _ answer: PlatformLock
  ) throws(RunSpecError) -> String {
    if let stated {
      guard isLabel(stated) else {
        let near = label(stated)
        throw RunSpecError(
          "“\(stated)” cannot be a name: small letters, digits and dashes, at most \(limit), a letter first and no dash at the end (RFC 1123)",
          hints: near.isEmpty ? [] : ["it could be \(near)"])
      }
      return stated
    }
    let candidates = [environment, answer.strata.frameworks.first?.name.text].compactMap { $0 }.map(label)
    return candidates.first { !$0.isEmpty } ?? "envlock"
  }

  /// Whether Kubernetes takes a text as a name of anything, services included (RFC 1035, RFC 1123).
  static func isLabel(_ text: String) -> Bool { !text.isEmpty && label(text) == text }

  /// The nearest name that Kubernetes takes; empty where nothing is left.
  static func label(_ text: String) -> String {
    var name = ""
    for character in text.lowercased() {
      let isLetter = character.isASCII && character.isLetter
      if isLetter || (character.isASCII && character.isNumber && !name.isEmpty) {
        name.append(character)
      } else if !name.isEmpty, name.last != "-" {
        name.append("-")
      }
    }
    name = String(name.prefix(limit))
    while name.last == "-" { name.removeLast() }
    return name
  }
}
