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
}
