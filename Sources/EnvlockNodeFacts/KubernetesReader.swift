import EnvlockModel

/// Reads Kubernetes objects: nodes, resource slices, and lists of them, however they are nested.
///
/// A node's document has 10 KB and more, of which some 2 KB matter; the rest is passed over without being decoded.
/// Nodes of one pool have the same labels apart from a few that say nothing of the GPU: their facts are worked out
/// once.
struct KubernetesReader {
  /// What a document held.
  struct Tally {
    var nodes = 0
    var slices = 0
    /// Resource slices of other drivers.
    var otherSlices = 0
    /// Lists without an element.
    var emptyLists = 0
    /// Objects of other kinds by kind, in the order in which they were met.
    var others: [(kind: String, count: Int)] = []

    mutating func count(_ kind: String) {
      if let place = others.firstIndex(where: { $0.kind == kind }) {
        others[place].count += 1
      } else {
        others.append((kind, 1))
      }
    }

    /// Names the objects without a kind by the list that they were in.
    mutating func name(_ listKind: String) {
      guard listKind.hasSuffix("List"), listKind != "List",
        let place = others.firstIndex(where: { $0.kind == "" })
      else { return }
      others[place].kind = String(listKind.dropLast(4))
    }
  }

  /// A key and its value in the document.
  struct Pair {
    let key: JSONReader.Slice
    let value: JSONReader.Slice
  }

  /// The parts of an object that were met so far. One value is used for all objects, so that its arrays are.
  private struct Parts {
    var kind: JSONReader.Slice?
    var name: JSONReader.Slice?
    var labels: [Pair] = []
    var capacity: [Pair] = []
    var architecture: JSONReader.Slice?
    var system: JSONReader.Slice?
    var kernel: JSONReader.Slice?
    var image: JSONReader.Slice?
    var hasNodeInfo = false
    var driver: JSONReader.Slice?
    var nodeName: JSONReader.Slice?
    /// The reader where `spec.devices` begins.
    var devices: JSONReader?

    mutating func clear() {
      var labels = labels
      var capacity = capacity
      labels.removeAll(keepingCapacity: true)
      capacity.removeAll(keepingCapacity: true)
      self = Parts(labels: labels, capacity: capacity)
    }
  }

  var tally = Tally()
  /// What is wrong, where it is not JSON that is wrong.
  var fault: NodeDocumentError?
  private let document: String
  private var parts = Parts()
  private var fingerprint: [UInt8] = []
  private var places: [[UInt8]: Int32] = [:]

  init(document: String) { self.document = document }

  /// Reads a value: an object, or an array of them.
  ///
  /// - Parameters:
  ///   - reader: stands before the value.
  ///   - listKind: the kind of the list that it is in; nil at the top, empty where the list has none.
  ///   - collection: takes the nodes.
  /// - Throws: `JSONError` for broken JSON, and when `fault` was set.
  mutating func read(
    _ reader: inout JSONReader, in listKind: String? = nil, into collection: inout NodeCollection
  ) throws(JSONError) {
    switch try reader.peek() {
    case .array:
      try reader.beginArray()
      var isEmpty = true
      while try reader.nextElement() {
        isEmpty = false
        try read(&reader, in: listKind ?? "", into: &collection)
      }
      if isEmpty { tally.emptyLists += 1 }
    case .object: try readObject(&reader, in: listKind, into: &collection)
    default:
      let error = reader.failure("expected an object that describes a node")
      fault = NodeDocumentError(error, in: document, hints: NodeDocuments.hints)
      throw error
    }
  }

  private mutating func readObject(
    _ reader: inout JSONReader, in listKind: String?, into collection: inout NodeCollection
  ) throws(JSONError) {
    let start = reader
    parts.clear()
    var isList = false
    var lateKind: JSONReader.Slice?
    try reader.beginObject()
    while let key = try reader.nextKey() {
      if reader.matches(key, "metadata") {
        try readMetadata(&reader)
      } else if reader.matches(key, "spec") {
        try readSpec(&reader)
      } else if reader.matches(key, "status") {
        try readStatus(&reader)
      } else if reader.matches(key, "kind") {
        parts.kind = try text(&reader)
        lateKind = isList ? parts.kind : nil
      } else if reader.matches(key, "items"), try reader.peek() == .array {
        let kind = parts.kind.map { reader.decode($0) }
        isList = true
        try read(&reader, in: kind ?? "", into: &collection)
      } else if reader.matches(key, "envlock-node") {
        reader = start
        return try readProbe(&reader, into: &collection)
      } else {
        try reader.skipValue()
      }
    }
    if !isList {
      try finish(&reader, in: listKind, into: &collection)
    } else if let lateKind {
      tally.name(reader.decode(lateKind))
    }
  }

  // MARK: the parts

  private mutating func readMetadata(_ reader: inout JSONReader) throws(JSONError) {
    guard try reader.peek() == .object else { return try reader.skipValue() }
    try reader.beginObject()
    while let key = try reader.nextKey() {
      if reader.matches(key, "name") {
        parts.name = try text(&reader)
      } else if reader.matches(key, "labels"), try reader.peek() == .object {
        try reader.beginObject()
        while let label = try reader.nextKey() {
          if !NodeLabels.matters(label, reader) {
            try reader.skipValue()
          } else if let value = try text(&reader) {
            parts.labels.append(Pair(key: label, value: value))
          }
        }
      } else {
        try reader.skipValue()
      }
    }
  }

  private mutating func readSpec(_ reader: inout JSONReader) throws(JSONError) {
    guard try reader.peek() == .object else { return try reader.skipValue() }
    try reader.beginObject()
    while let key = try reader.nextKey() {
      if reader.matches(key, "driver") {
        parts.driver = try text(&reader)
      } else if reader.matches(key, "nodeName") {
        parts.nodeName = try text(&reader)
      } else if reader.matches(key, "devices") {
        parts.devices = reader
        try reader.skipValue()
      } else {
        try reader.skipValue()
      }
    }
  }

  private mutating func readStatus(_ reader: inout JSONReader) throws(JSONError) {
    guard try reader.peek() == .object else { return try reader.skipValue() }
    try reader.beginObject()
    while let key = try reader.nextKey() {
      let isNodeInfo = reader.matches(key, "nodeInfo")
      guard isNodeInfo || reader.matches(key, "capacity"), try reader.peek() == .object else {
        try reader.skipValue()
        continue
      }
      parts.hasNodeInfo = parts.hasNodeInfo || isNodeInfo
      try reader.beginObject()
      while let name = try reader.nextKey() {
        if isNodeInfo {
          try readNodeInfo(name, &reader)
        } else if !reader.hasPrefix(name, "nvidia.com/") {
          try reader.skipValue()
        } else if let value = try text(&reader) {
          parts.capacity.append(Pair(key: name, value: value))
        }
      }
    }
  }

  private mutating func readNodeInfo(_ name: JSONReader.Slice, _ reader: inout JSONReader) throws(JSONError) {
    if reader.matches(name, "architecture") {
      parts.architecture = try text(&reader)
    } else if reader.matches(name, "operatingSystem") {
      parts.system = try text(&reader)
    } else if reader.matches(name, "kernelVersion") {
      parts.kernel = try text(&reader)
    } else if reader.matches(name, "osImage") {
      parts.image = try text(&reader)
    } else {
      try reader.skipValue()
    }
  }

  /// The string that comes next; nil, when it was passed over, for any other value.
  private func text(_ reader: inout JSONReader) throws(JSONError) -> JSONReader.Slice? {
    guard try reader.peek() == .string else {
      try reader.skipValue()
      return nil
    }
    return try reader.slice()
  }

  // MARK: whole objects

  private mutating func finish(
    _ reader: inout JSONReader, in listKind: String?, into collection: inout NodeCollection
  ) throws(JSONError) {
    let kind: String
    if let slice = parts.kind {
      if reader.matches(slice, "Node") { return finishNode(reader, into: &collection) }
      kind = reader.decode(slice)
    } else if listKind == "NodeList" || parts.hasNodeInfo {
      // The API itself leaves out the kinds of what is in a list.
      return finishNode(reader, into: &collection)
    } else if parts.driver != nil, parts.devices != nil || parts.nodeName != nil {
      kind = "ResourceSlice"
    } else if let listKind, listKind.hasSuffix("List"), listKind != "List" {
      kind = String(listKind.dropLast(4))
    } else {
      kind = ""
    }
    if kind == "ResourceSlice" { return try finishSlice(reader, into: &collection) }
    if kind.hasSuffix("List") {
      // kubectl prints the list of no items without them, or with `null`.
      tally.emptyLists += 1
      return
    }
    tally.count(kind)
  }

  private mutating func finishNode(_ reader: JSONReader, into collection: inout NodeCollection) {
    tally.nodes += 1
    let name = parts.name.map { reader.decode($0) } ?? document
    if collection.contains(name) {
      collection.add(name: name, facts: facts(reader))
      return
    }
    takeFingerprint(reader)
    if let place = places[fingerprint] {
      collection.add(newName: name, place: place)
    } else {
      let place = collection.place(of: facts(reader))
      places[fingerprint] = place
      collection.add(newName: name, place: place)
    }
  }

  private func facts(_ reader: JSONReader) -> NodeFacts {
    func text(_ slice: JSONReader.Slice?) -> String? { slice.map { reader.decode($0) } }
    var labels = NodeLabels()
    for pair in parts.labels { labels.values[reader.decode(pair.key)] = reader.decode(pair.value) }
    for pair in parts.capacity { labels.capacity[reader.decode(pair.key)] = reader.decode(pair.value) }
    labels.architecture = text(parts.architecture)
    labels.system = text(parts.system)
    labels.kernel = text(parts.kernel)
    labels.distribution = text(parts.image)
    return labels.facts()
  }

  /// All bytes that the facts are made of, each part with its length before it.
  private mutating func takeFingerprint(_ reader: JSONReader) {
    fingerprint.removeAll(keepingCapacity: true)
    func add(_ slice: JSONReader.Slice?, _ bytes: inout [UInt8]) {
      guard let slice else {
        bytes.append(0xFF)
        return
      }
      // No string of UTF-8 holds this byte.
      reader.appendDecoded(slice, to: &bytes)
      bytes.append(0xFE)
    }
    for pair in parts.labels {
      add(pair.key, &fingerprint)
      add(pair.value, &fingerprint)
    }
    add(nil, &fingerprint)
    for pair in parts.capacity {
      add(pair.key, &fingerprint)
      add(pair.value, &fingerprint)
    }
    for slice in [parts.architecture, parts.system, parts.kernel, parts.image] { add(slice, &fingerprint) }
  }

  private mutating func finishSlice(
    _ reader: JSONReader, into collection: inout NodeCollection
  ) throws(JSONError) {
    guard let driver = parts.driver, reader.matches(driver, "gpu.nvidia.com") else {
      tally.otherSlices += 1
      return
    }
    // Slices that are not of one node describe devices that any node can reach; GPUs are not among them.
    guard let nodeName = parts.nodeName else {
      tally.otherSlices += 1
      return
    }
    tally.slices += 1
    var devices: [JSONValue] = []
    if var inner = parts.devices, try inner.peek() == .array {
      try inner.beginArray()
      while try inner.nextElement() { devices.append(try JSONValue.value(from: &inner)) }
    }
    collection.add(name: reader.decode(nodeName), facts: ResourceSlice.facts(devices))
  }

  private mutating func readProbe(
    _ reader: inout JSONReader, into collection: inout NodeCollection
  ) throws(JSONError) {
    let json = try JSONValue.value(from: &reader)
    do throws(JSONDecodingError) {
      let (name, facts) = try NodeFacts.named(json: json)
      tally.nodes += 1
      collection.add(name: name.isEmpty ? document : name, facts: facts)
    } catch {
      fault = NodeDocumentError(
        document: document, place: error.path.isEmpty ? nil : error.path, reason: error.reason)
      throw reader.failure(error.reason)
    }
  }
}
