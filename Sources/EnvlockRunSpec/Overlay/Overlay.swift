public import EnvlockModel

/// What a site adds to a run spec: documents in the target's own words, merged over it.
///
/// Each document is a JSON merge patch (RFC 7396): members are set, `null` removes one, a list takes the place of the
/// whole list.
///
/// - A document with a `kind` goes to the documents of that kind; where it has an `apiVersion` or a `metadata.name`, to
///   those that have the same.
/// - `kind: PodTemplate` goes to every pod, wherever its template lies: in a Job, a Deployment, a JobSet, a
///   TrainingRuntime, or as a Pod. What is under its `template` is merged over the template's `metadata` and `spec`.
/// - `kind: Container` goes to every container of every pod, or to those of its `name`, because a list of containers
///   can only be replaced whole. It holds the fields of a container; a container is no object of Kubernetes, so no
///   document is of this kind.
/// - A document without a `kind` goes to the main document: a Compose file, the value of a batch script.
///
/// What goes nowhere is an error, so that a misspelt kind is not lost.
public struct Overlay: Hashable, Sendable {
  /// What it is called in messages: "gke.yaml".
  public let name: String
  /// Its documents, in the order in which they are merged.
  public let documents: [JSONValue]

  /// An overlay of these documents; those that are `null`, as of comments alone, are left out.
  public init(_ name: String, documents: [JSONValue]) {
    self.name = name
    self.documents = documents.filter { $0 != .null }
  }

  /// The files with the overlay merged over them.
  ///
  /// - Throws: A document that is no object or that goes nowhere.
  public func merged(over files: [SpecFile]) throws(RunSpecError) -> [SpecFile] {
    var files = files
    for document in documents {
      guard let patch = document.objectValue else {
        throw RunSpecError("\(name) has a document that is no map of keys and values")
      }
      guard let kind = patch["kind"] else {
        try mergeMain(document, over: &files)
        continue
      }
      var isUsed = false
      for index in files.indices {
        files[index].content = files[index].content.mapDocuments { value in
          let (result, used) = Self.merge(patch, kind, over: value)
          isUsed = isUsed || used
          return result
        }
      }
      guard isUsed else { throw unused(patch, files) }
    }
    return files
  }

  // MARK: Where a document goes

  private func mergeMain(_ document: JSONValue, over files: inout [SpecFile]) throws(RunSpecError) {
    guard let main = files.firstIndex(where: { !$0.content.documents.isEmpty }) else {
      throw RunSpecError("\(name) changes nothing: this target's documents are plain text")
    }
    let count = files[main].content.documents.count
    guard count == 1 else {
      let kinds = files[main].content.documents.compactMap { $0["kind"]?.stringValue }
      throw RunSpecError(
        "\(name) has a document without `kind`, and \(files[main].name) has \(count) documents",
        hints: ["say which is meant: kind \((kinds + ["PodTemplate"]).joined(separator: ", "))"])
    }
    files[main].content = files[main].content.mapDocuments { $0.merged(document) }
  }

  private static func merge(_ patch: JSONObject, _ kind: JSONValue, over value: JSONValue) -> (
    JSONValue, Bool
  ) {
    if value["kind"] == kind {
      for key in [["apiVersion"], ["metadata", "name"]] {
        let wanted = key.reduce(JSONValue.object(patch)) { $0[$1] ?? .null }
        guard wanted == .null || wanted == key.reduce(value, { $0[$1] ?? .null }) else {
          return (value, false)
        }
      }
      return (value.merged(.object(patch)), true)
    }
    switch kind {
    case "PodTemplate":
      let template = patch["template"] ?? [:]
      return value.mapPods { ($0.merged(template), true) }
    case "Container":
      var fields = patch
      for key in ["apiVersion", "kind"] { fields[key] = nil }
      return value.mapPods { pod in
        var isUsed = false
        let containers = (pod["spec"]?["containers"]?.arrayValue ?? []).map { container -> JSONValue in
          guard fields["name"] == nil || fields["name"] == container["name"] else { return container }
          isUsed = true
          return container.merged(.object(fields))
        }
        return (pod.merged(["spec": ["containers": .array(containers)]]), isUsed)
      }
    default: return (value, false)
    }
  }

  private func unused(_ patch: JSONObject, _ files: [SpecFile]) -> RunSpecError {
    let kind = patch["kind"]?.stringValue ?? ""
    let name = (patch["metadata"]?["name"] ?? patch["name"])?.stringValue
    let known = files.flatMap(\.content.documents).compactMap { document in
      document["kind"]?.stringValue.map { kind in
        document["metadata"]?["name"]?.stringValue.map { "\(kind) \($0)" } ?? kind
      }
    }
    return RunSpecError(
      "\(self.name) changes \(kind)\(name.map { " \($0)" } ?? ""), which is not in the run spec",
      hints: [
        known.isEmpty
          ? "this target's documents have no `kind`: leave it out"
          : "there is \(known.joined(separator: ", "))",
        kind == "PodTemplate" || known.isEmpty
          ? nil : "`kind: PodTemplate` changes the pods, whatever starts them",
      ].compactMap { $0 })
  }
}

extension SpecFile.Content {
  /// The documents that overlays can change.
  fileprivate var documents: [JSONValue] {
    switch self {
    case .yaml(let documents): documents
    case .json(let document), .made(let document, _): [document]
    case .text: []
    }
  }

  fileprivate func mapDocuments(_ change: (JSONValue) -> JSONValue) -> SpecFile.Content {
    switch self {
    case .yaml(let documents): .yaml(documents.map(change))
    case .json(let document): .json(change(document))
    case .made(let document, let maker): .made(change(document), maker)
    case .text: self
    }
  }
}

extension JSONValue {
  /// Changes each pod within: an object whose `spec` has containers.
  ///
  /// - Parameter change: Returns the pod, and whether it is another.
  /// - Returns: The value, and whether a pod in it is another.
  fileprivate func mapPods(_ change: (JSONValue) -> (JSONValue, Bool)) -> (JSONValue, Bool) {
    if self["spec"]?["containers"]?.arrayValue != nil { return change(self) }
    var isChanged = false
    func inside(_ value: JSONValue) -> JSONValue {
      let (result, changed) = value.mapPods(change)
      isChanged = isChanged || changed
      return result
    }
    switch self {
    case .object(var object):
      for member in object.members { object[member.key] = inside(member.value) }
      return (.object(object), isChanged)
    case .array(let elements): return (.array(elements.map(inside)), isChanged)
    default: return (self, false)
    }
  }
}
