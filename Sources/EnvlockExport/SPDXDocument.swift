public import EnvlockModel

/// A bill of materials as SPDX 2.3 in JSON (ISO/IEC 5962).
///
/// Where things were downloaded from, licences and copyright are `NOASSERTION`: a lock does not know them.
public struct SPDXDocument: Hashable, Sendable {
  /// What is listed.
  public var bill: BillOfMaterials
  /// What makes the document. It must have a time: without one it is the beginning of Unix time.
  public var tool: ExportTool

  /// The media type that registries and scanners know the document by.
  public static let mediaType = "application/spdx+json"

  /// Makes a document.
  public init(_ bill: BillOfMaterials, tool: ExportTool) {
    self.bill = bill
    self.tool = tool
  }

  /// The document, with a namespace that is made of all that it says.
  ///
  /// - Parameter hash: The SHA-256 of a text.
  /// - Returns: The document.
  public func json(hash: (String) -> Digest) -> JSONValue {
    var document = unnamed
    document["documentNamespace"] = .string(
      DocumentIdentity.urn(hash(JSONValue.object(document).canonical())))
    return .object(document)
  }

  private var unnamed: JSONObject {
    let all = [bill.environment] + bill.parts
    let names = Self.identifiers(all)
    let environment = names[bill.environment.id] ?? ""
    var relationships: [JSONValue] = [Self.relationship("SPDXRef-DOCUMENT", "DESCRIBES", environment)]
    for part in all {
      for need in part.needs {
        relationships.append(
          Self.relationship(
            names[part.id] ?? "", part.isWhole ? "CONTAINS" : "DEPENDS_ON", names[need] ?? ""))
      }
    }
    var creation: JSONObject = [
      "created": .string(created), "creators": [.string(creator)],
    ]
    if tool.created == nil {
      creation["comment"] =
        "No time was given by SOURCE_DATE_EPOCH: equal locks give equal documents, and this one says nothing of when."
    }
    return [
      "SPDXID": "SPDXRef-DOCUMENT", "creationInfo": .object(creation), "dataLicense": "CC0-1.0",
      "name": .string(bill.environment.name), "spdxVersion": "SPDX-2.3",
      "packages": .array(all.map { package($0, names[$0.id] ?? "") }),
      "relationships": .array(relationships),
    ]
  }

  private var created: String { tool.created ?? ExportTool.epoch }
  private var creator: String { "Tool: \(ExportTool.name)-\(tool.version)" }

  private static func relationship(_ one: String, _ kind: String, _ other: String) -> JSONValue {
    [
      "spdxElementId": .string(one), "relationshipType": .string(kind),
      "relatedSpdxElement": .string(other),
    ]
  }

  private func package(_ part: BillOfMaterials.Component, _ name: String) -> JSONValue {
    var object: JSONObject = [
      "SPDXID": .string(name), "name": .string(part.name), "filesAnalyzed": false,
      "downloadLocation": .string(part.url.flatMap(Self.location) ?? "NOASSERTION"),
      "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
      "copyrightText": "NOASSERTION", "supplier": "NOASSERTION",
      "primaryPackagePurpose": .string(part.kind.spdxPurpose),
    ]
    object["versionInfo"] = part.version.map { .string($0) }
    object["packageFileName"] = part.fileName.map { .string($0) }
    object["checksums"] = part.digest.map {
      [["algorithm": "SHA256", "checksumValue": .string($0.hex)]]
    }
    object["sourceInfo"] =
      part.materials.first.map { .string("built of \($0.fileName), sha256:\($0.digest.hex)") }
      ?? part.source.map { .string("built from the source package \($0)") }
    var references: [JSONValue] = []
    if let url = part.packageURL {
      references.append(Self.reference("PACKAGE-MANAGER", "purl", url.description))
    }
    if let cpe = part.cpe { references.append(Self.reference("SECURITY", "cpe23Type", cpe)) }
    if !references.isEmpty { object["externalRefs"] = .array(references) }
    if !part.facts.isEmpty {
      object["annotations"] = .array(
        part.facts.sorted { $0.key < $1.key }.map { key, value in
          [
            "annotationDate": .string(created), "annotationType": "OTHER", "annotator": .string(creator),
            "comment": .string("envlock:\(key)=\(value)"),
          ]
        })
    }
    return .object(object)
  }

  private static func reference(_ category: String, _ kind: String, _ locator: String) -> JSONValue {
    [
      "referenceCategory": .string(category), "referenceType": .string(kind),
      "referenceLocator": .string(locator),
    ]
  }

  /// A URL that SPDX takes as a place to download from; nil for a path.
  private static func location(_ url: String) -> String? { url.contains("://") ? url : nil }

  /// The parts' names in the document: letters, digits, dots and dashes, each once.
  private static func identifiers(_ parts: [BillOfMaterials.Component]) -> [String: String] {
    var names: [String: String] = [:]
    var taken: Set<String> = []
    for part in parts {
      let text = [part.kind.spdxWord, part.name, part.digest.map { String($0.hex.prefix(16)) }]
        .compactMap { $0 }.joined(separator: "-")
      let plain = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "-" })
      var name = "SPDXRef-" + plain
      var count = 1
      while !taken.insert(name).inserted {
        count += 1
        name = "SPDXRef-\(plain)-\(count)"
      }
      names[part.id] = name
    }
    return names
  }
}

extension BillOfMaterials.Component.Kind {
  /// The kind in the words of SPDX.
  fileprivate var spdxPurpose: String {
    switch self {
    case .environment, .interpreter: "APPLICATION"
    case .answer, .baseImage: "CONTAINER"
    case .operatingSystem: "OPERATING-SYSTEM"
    case .systemPackage, .wheel: "LIBRARY"
    }
  }

  /// What names begin with.
  fileprivate var spdxWord: String {
    switch self {
    case .environment: "environment"
    case .answer: "answer"
    case .operatingSystem: "system"
    case .systemPackage: "deb"
    case .baseImage: "image"
    case .interpreter: "interpreter"
    case .wheel: "wheel"
    }
  }
}
