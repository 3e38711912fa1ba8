package import EnvlockModel
import EnvlockNative

/// An index answered with something that is not the page that was asked for.
package struct IndexPageError: UserFacingError, Hashable {
  /// What is wrong with it.
  package let reason: String
  /// Where it came from, without anything secret.
  package let url: String
  /// What it was said to be; nil where the answer did not say.
  package let contentType: String?
  /// Its first characters, printable, on one line.
  package let beginning: String

  init(reason: String, url: String, contentType: String?, body: [UInt8]) {
    self.reason = reason
    self.url = redact(url)
    self.contentType = contentType
    beginning = IndexPageError.printable(body)
  }

  /// "the index page at … is no index page: it is empty".
  package var message: String { "the index page at \(url) cannot be read: \(reason)" }

  /// The content type and the first characters.
  package var details: [String] {
    var lines = ["content type: \(contentType.map { $0.isEmpty ? "empty" : $0 } ?? "none given")"]
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
