package import EnvlockModel
import EnvlockNative

/// An index answered with something that is not the page that was asked for.
///
/// It does not name the URL that was asked for: whoever fetched the page knows it, and says so in front of
/// ``message``.
package struct IndexPageError: UserFacingError, Hashable {
  /// What is wrong with the answer.
  package let reason: String
  /// Where it came from, without anything secret; nil where that is the URL that was asked for.
  package let origin: String?
  /// What it was said to be; nil where the answer did not say.
  package let contentType: String?
  /// Its first characters, printable, on one line.
  package let beginning: String

  init(reason: String, origin: String?, contentType: String?, body: [UInt8]) {
    self.reason = reason
    self.origin = origin.map(redact)
    self.contentType = contentType.map { IndexPageError.printable(Array($0.utf8)) }
    beginning = IndexPageError.printable(body)
  }

  /// "not an index page: it is empty".
  package var message: String { "not an index page: \(reason)" }

  /// Origin, content type and the first characters.
  package var details: [String] {
    var lines = origin.map { ["came from:    \($0)"] } ?? []
    lines.append("content type: \(contentType.map { $0.isEmpty ? "empty" : $0 } ?? "none given")")
    if !beginning.isEmpty { lines.append("begins with:  \(beginning)") }
    return lines
  }

  /// What to look at.
  package var hints: [String] {
    ["check the index URL; it has to be the folder of the simple API (PEP 503), mostly `…/simple/`"]
  }

  /// It could not be found out.
  package var kind: ErrorKind { .couldNotFindOut }

  /// The first characters on one line, with nothing in it that a terminal would act on.
  private static func printable(_ body: [UInt8]) -> String {
    var text = ""
    var pendingSpace = false
    for scalar in String(decoding: body.prefix(200), as: UTF8.self).unicodeScalars {
      if text.unicodeScalars.count >= 60 { return text + "…" }
      if scalar.properties.isWhitespace {
        pendingSpace = !text.isEmpty
        continue
      }
      if pendingSpace { text += " " }
      pendingSpace = false
      let isPrintable =
        scalar.value >= 0x20 && scalar.value != 0x7F && !(0x80...0x9F).contains(scalar.value)
        && scalar.properties.generalCategory != .format
      text.unicodeScalars.append(isPrintable ? scalar : "·")
    }
    return text
  }
}
