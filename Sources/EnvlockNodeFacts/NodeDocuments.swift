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
    switch bytes.first(where: { $0 > 0x20 }) {
    case nil: throw NodeDocumentError(document: name, reason: "it is empty", hints: hints)
    case UInt8(ascii: "{"), UInt8(ascii: "["): try readJSON(bytes, name, &collection)
    default:
      throw NodeDocumentError(document: name, reason: "it is no document that describes nodes", hints: hints)
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
