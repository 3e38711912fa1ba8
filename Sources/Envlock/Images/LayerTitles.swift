import EnvlockImage

/// What layers are called, as far as their image says it.
enum LayerTitles {
  /// A title for each layer; nil where nothing says what is in it.
  ///
  /// A configuration tells how each layer came to be. envlock's own say what is in one; others name the command that made
  /// it. Where it tells of another number of layers than there are, nothing can be said.
  static func titles(_ config: ImageConfig, layers count: Int) -> [String?] {
    let steps = config.history.filter { !$0.isEmptyLayer }
    guard steps.count == count else { return [String?](repeating: nil, count: count) }
    return steps.map { step in
      guard let made = step.createdBy, !made.isEmpty else { return step.comment }
      return made.hasPrefix(prefix) ? String(made.dropFirst(prefix.count)) : command(made)
    }
  }

  /// What envlock's own entries begin with.
  static let prefix = "envlock: "

  /// A command as people write it, without what Docker puts around it, on one line.
  private static func command(_ text: String) -> String {
    var text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for noise in ["/bin/sh -c #(nop) ", "/bin/sh -c "] where text.hasPrefix(noise) {
      text.removeFirst(noise.count)
    }
    if text.hasSuffix(" # buildkit") { text.removeLast(" # buildkit".count) }
    return text
  }
}
