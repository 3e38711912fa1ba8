public import EnvlockModel

/// A bill of materials as CycloneDX 1.6 in JSON.
///
/// Licences and suppliers are left out: a lock does not know them. Source: CycloneDX 1.6 (ECMA-424).
public struct CycloneDXDocument: Hashable, Sendable {
  /// What is listed.
  public var bill: BillOfMaterials
  /// What makes the document. Without a time it has none: the format does not need one.
  public var tool: ExportTool

  /// The media type that registries and scanners know the document by.
  public static let mediaType = "application/vnd.cyclonedx+json"

  /// Makes a document.
  public init(_ bill: BillOfMaterials, tool: ExportTool) {
    self.bill = bill
    self.tool = tool
  }

  /// The document, with a serial number that is made of all that it says.
  ///
  /// - Parameter hash: The SHA-256 of a text.
  /// - Returns: The document.
  public func json(hash: (String) -> Digest) -> JSONValue {
    var document = unnamed
    document["serialNumber"] = .string(DocumentIdentity.urn(hash(JSONValue.object(document).canonical())))
    return .object(document)
  }

  private var unnamed: JSONObject {
    let all = [bill.environment] + bill.parts
    var metadata: JSONObject = [
      "component": .object(component(bill.environment)),
      "tools": [
        "components": [
          ["type": "application", "name": .string(ExportTool.name), "version": .string(tool.version)]
        ]
      ],
    ]
    metadata["timestamp"] = tool.created.map { .string($0) }
    var document: JSONObject = [
      "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX",
      "specVersion": "1.6", "version": 1, "metadata": .object(metadata),
      "components": .array(bill.parts.map { .object(component($0)) }),
      "dependencies": .array(
        all.map { ["ref": .string($0.id), "dependsOn": .array($0.needs.map { .string($0) })] }),
    ]
    if !bill.incomplete.isEmpty {
      document["compositions"] = [
        ["aggregate": "incomplete", "assemblies": .array(bill.incomplete.map { .string($0) })]
      ]
    }
    return document
  }

  private func component(_ part: BillOfMaterials.Component) -> JSONObject {
    var object: JSONObject = [
      "type": .string(part.kind.cycloneDXType), "bom-ref": .string(part.id), "name": .string(part.name),
    ]
    object["version"] = part.version.map { .string($0) }
    object["purl"] = part.packageURL.map { .string($0.description) }
    object["cpe"] = part.cpe.map { .string($0) }
    object["hashes"] = part.digest.map { [["alg": "SHA-256", "content": .string($0.hex)]] }
    if let url = part.url {
      object["externalReferences"] = [["type": "distribution", "url": .string(url)]]
    }
    // What it was built of; what the build ran with stands in the provenance.
    if let source = part.materials.first {
      object["pedigree"] = [
        "ancestors": [
          [
            "type": "library", "name": .string(source.name), "version": .string(source.version),
            "purl": .string(source.packageURL.description),
            "hashes": [["alg": "SHA-256", "content": .string(source.digest.hex)]],
          ]
        ]
      ]
    }
    var properties = part.facts.map { ("envlock:" + $0.key, $0.value) }
    if let file = part.fileName { properties.append(("envlock:file", file)) }
    // Trivy files advisories for Debian under source packages, and finds them by this property only.
    if let source = part.source, source != part.name {
      properties.append(("aquasecurity:trivy:SrcName", source))
    }
    if !properties.isEmpty {
      object["properties"] = .array(
        properties.sorted { $0.0 < $1.0 }.map { ["name": .string($0.0), "value": .string($0.1)] })
    }
    return object
  }
}

extension BillOfMaterials.Component.Kind {
  /// The kind in the words of CycloneDX.
  fileprivate var cycloneDXType: String {
    switch self {
    case .environment: "application"
    case .answer, .baseImage: "container"
    case .operatingSystem: "operating-system"
    case .interpreter: "platform"
    case .systemPackage, .wheel: "library"
    }
  }
}
