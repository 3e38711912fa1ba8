import EnvlockModel

/// Documents that describe nodes.
public enum NodeDocuments {
  /// What to give where a document is of no use.
  static let hints = [
    "give what `kubectl get nodes -o json`, `kubectl get resourceslices -o json`, `nvidia-smi -q -x` or "
      + "`envlock probe --json` prints"
  ]

  /// Reads a document of any kind, which it recognises by its content: JSON of Kubernetes' nodes and resource slices
  /// and of `envlock probe`, alone, in lists, in arrays or one after the other; XML of `nvidia-smi -q -x`; and the
  /// text of `nvidia-smi`.
  ///
  /// - Parameters:
  ///   - bytes: the document.
  ///   - name: its name, for errors; it also names a node that the document does not name.
  ///   - collection: takes the nodes. When the document turns out to be broken, those before the fault are in it.
  /// - Throws: `NodeDocumentError` where it is broken, or describes no node.
  public static func read(
    _ bytes: [UInt8], name: String, into collection: inout NodeCollection
  ) throws(NodeDocumentError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(NodeDocumentError) in
      try read(buffer, name: name, into: &collection)
    }
  }

  /// Reads a document that lies somewhere in memory, such as a mapped file, as ``read(_:name:into:)`` reads an array.
  /// The bytes must stay the same until it has returned.
  ///
  /// - Throws: `NodeDocumentError` where it is broken, or describes no node.
  package static func read(
    _ bytes: UnsafeBufferPointer<UInt8>, name: String, into collection: inout NodeCollection
  ) throws(NodeDocumentError) {
    try refuseEncodings(bytes, name)
    // PowerShell puts a byte order mark in front.
    let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    let bytes = UnsafeBufferPointer(rebasing: bytes.dropFirst(isMarked ? 3 : 0))
    switch bytes.first(where: { $0 > 0x20 }) {
    case nil: throw NodeDocumentError(document: name, reason: "it is empty", hints: hints)
    case UInt8(ascii: "{"), UInt8(ascii: "["): try readJSON(bytes, name, &collection)
    case UInt8(ascii: "<"): try readXML(bytes, name, &collection)
    default: try readText(bytes, name, &collection)
    }
  }

  /// Whole documents in an encoding that nothing here is written in.
  private static func refuseEncodings(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: String
  ) throws(NodeDocumentError) {
    if bytes.starts(with: [0x1F, 0x8B]) {
      throw NodeDocumentError(
        document: name, reason: "it is compressed with gzip", hints: ["unpack it first"])
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw NodeDocumentError(
        document: name, reason: "it is written in UTF-16",
        hints: ["write it in UTF-8; in PowerShell: `… | Out-File -Encoding utf8 FILE`"])
    }
  }

  // MARK: JSON

  private static func readJSON(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: String, _ collection: inout NodeCollection
  ) throws(NodeDocumentError) {
    var kubernetes = KubernetesReader(document: name)
    do throws(JSONError) {
      try JSONReader.read(bytes) { (reader) throws(JSONError) in
        repeat {
          try kubernetes.read(&reader, into: &collection)
        } while !reader.isAtEnd()
      }
    } catch {
      if let fault = kubernetes.fault { throw fault }
      let isCutOff = error.reason.contains("the end of the document") || error.reason.contains("has no end")
      throw NodeDocumentError(
        error, in: name, hints: isCutOff ? ["the document is cut off; write it again"] : [])
    }
    let tally = kubernetes.tally
    if tally.nodes == 0, tally.slices == 0 { throw nothing(tally, name) }
  }

  /// Says what a document holds instead of nodes.
  private static func nothing(_ tally: KubernetesReader.Tally, _ name: String) -> NodeDocumentError {
    if let other = tally.others.first {
      let count = tally.others.reduce(0) { $0 + $1.count }
      guard !other.kind.isEmpty else {
        return NodeDocumentError(
          document: name, reason: "the JSON in it is neither Kubernetes' nor that of envlock probe",
          hints: hints)
      }
      let what =
        tally.others.count == 1
        ? "\(count == 1 ? "an object" : "\(count) objects") of the kind \(other.kind)"
        : "\(count) objects of the kinds \(tally.others.map(\.kind).joined(separator: ", "))"
      return NodeDocumentError(document: name, reason: "it holds \(what), and no nodes", hints: hints)
    }
    if tally.otherSlices > 0 {
      return NodeDocumentError(
        document: name, reason: "none of its resource slices is a node's and of the driver gpu.nvidia.com",
        hints: ["without NVIDIA's DRA driver take `kubectl get nodes -o json`"])
    }
    return NodeDocumentError(
      document: name, reason: "the list in it is empty",
      hints: ["look at what `kubectl get nodes` finds with the same context and selector"])
  }
}
