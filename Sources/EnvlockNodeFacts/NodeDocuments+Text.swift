import EnvlockModel

extension NodeDocuments {
  /// Reads `nvidia-smi -q -x`.
  static func readXML(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: String, _ collection: inout NodeCollection
  ) throws(NodeDocumentError) {
    try requireUTF8(bytes, name)
    var reader = XMLReader(bytes)
    let facts: NodeFacts?
    do throws(XMLReader.Fault) {
      facts = try SMIXML.read(&reader)
    } catch {
      // A page that a proxy or a login put in the document's place is seldom XML.
      if isWebPage(bytes) { throw webPage(name) }
      let (line, column) = reader.position(of: error.offset)
      throw NodeDocumentError(
        document: name, place: "line \(line), column \(column)", reason: error.reason,
        hints: error.isCutOff
          ? ["the document is cut off; write it again"]
          : error.isSecondDocument ? ["write a file for each node"] : [])
    }
    guard let facts else {
      if isWebPage(bytes) { throw webPage(name) }
      throw NodeDocumentError(
        document: name, reason: "its XML is not that of `nvidia-smi -q -x`", hints: hints)
    }
    collection.add(name: name, facts: facts)
  }

  private static func isWebPage(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    String(decoding: bytes.prefix(1024), as: UTF8.self).lowercased().contains("<html")
  }

  private static func webPage(_ name: String) -> NodeDocumentError {
    NodeDocumentError(document: name, reason: "it is a web page", hints: hints)
  }

  // MARK: text

  /// The longest text that is looked at; nvidia-smi prints some KB.
  private static let textLimit = 4 << 20

  /// Reads what `nvidia-smi` prints for people, and names other things that people give.
  static func readText(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: String, _ collection: inout NodeCollection
  ) throws(NodeDocumentError) {
    guard bytes.count <= textLimit, !bytes.contains(0) else {
      throw NodeDocumentError(document: name, reason: "it is no document that describes nodes", hints: hints)
    }
    try requireUTF8(bytes, name)
    let text = String(decoding: bytes, as: UTF8.self)
    if text.contains("=NVSMI LOG=") {
      throw NodeDocumentError(
        document: name, reason: "it is the text of `nvidia-smi -q`",
        hints: ["write it as XML: `nvidia-smi -q -x`"])
    }
    if let facts = SMIText.query(text, fields: nil, origin: .smiXML)
      ?? SMIText.read(text, origin: .smiXML)
    {
      return collection.add(name: name, facts: facts.withGaps())
    }
    throw foreign(text, name)
  }

  private static func foreign(_ text: String, _ name: String) -> NodeDocumentError {
    let lines = text.split(maxSplits: 40, whereSeparator: \.isNewline)
    let first = lines.first?.trimmed ?? ""
    let asJSON = ["write it as JSON: `kubectl get nodes -o json`"]
    if first.hasPrefix("No resources found") {
      return NodeDocumentError(
        document: name, reason: "kubectl found nothing",
        hints: ["look at what `kubectl get nodes` finds with the same context and selector"])
    }
    for mark in [
      "Error from server", "error: ", "The connection to the server", "Unable to connect to the server",
    ]
    where first.hasPrefix(mark) {
      return NodeDocumentError(
        document: name, reason: "it holds a failure of kubectl: “\(first.prefix(200))”")
    }
    if first.hasPrefix("NAME"), first.contains("STATUS") || first.contains("DRIVER") {
      return NodeDocumentError(document: name, reason: "it is a table of kubectl's", hints: asJSON)
    }
    if first.hasPrefix("Name:"), lines.contains(where: { $0.hasPrefix("Labels:") }) {
      return NodeDocumentError(document: name, reason: "it is the text of `kubectl describe`", hints: asJSON)
    }
    let yaml = ["apiVersion:", "kind:", "items:", "metadata:", "- apiVersion:"]
    if lines.contains(where: { line in yaml.contains { line.hasPrefix($0) } }) {
      return NodeDocumentError(document: name, reason: "it is YAML", hints: asJSON)
    }
    return NodeDocumentError(document: name, reason: "it is no document that describes nodes", hints: hints)
  }

  private static func requireUTF8(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: String
  ) throws(NodeDocumentError) {
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      throw NodeDocumentError(
        document: name, place: "byte \(error.byteOffsets.lowerBound)", reason: "not valid UTF-8")
    }
  }
}

extension NodeFacts {
  /// With a gap for a driver and GPUs that a document should have told, and did not.
  fileprivate func withGaps() -> NodeFacts {
    var facts = self
    if driver == nil, !gaps.contains(where: { $0.subject == .driver }) {
      facts.gaps.append(
        FactGap(
          .driver, reason: gaps.first?.reason ?? "nvidia-smi's text does not state the driver's version"))
    }
    if gpus.isEmpty, !gaps.contains(where: { $0.subject == .gpus }) {
      facts.gaps.append(FactGap(.gpus, reason: gaps.first?.reason ?? "nvidia-smi's text names no GPU"))
    }
    return facts
  }
}
