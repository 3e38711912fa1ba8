import EnvlockModel

/// Options whose value is one of a few words.
enum OptionWord {
  /// What an option's text means; nil where it was not typed.
  ///
  /// - Throws: `UsageError` for another word, with the nearest or all.
  static func read<Word: RawRepresentable<String> & CaseIterable>(
    _ option: String, _ text: String?
  ) throws(UsageError) -> Word? {
    guard let text else { return nil }
    if let word = Word(rawValue: text) { return word }
    let names = Word.allCases.map(\.rawValue)
    throw UsageError(
      "\(option) cannot be “\(Printable.text(text))”",
      hints: NearestName.of(text, among: names).map { ["did you mean `\($0)`?"] }
        ?? ["it can be: " + names.joined(separator: ", ")])
  }

  /// What an option's text means, or, where it was not typed, its variable's; nil where neither says anything.
  ///
  /// - Throws: As `read(_:_:)` does.
  static func read<Word: RawRepresentable<String> & CaseIterable>(
    _ option: String, _ text: String?, _ variable: Variable, _ variables: Variables
  ) throws(UsageError) -> Word? {
    try text == nil ? read(variable.rawValue, variables.text(variable)) : read(option, text)
  }
}
