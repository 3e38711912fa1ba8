import EnvlockModel
import EnvlockRunSpec
import EnvlockYAML

/// The files of the Container Device Interface, which name the devices that a runtime can hand to a container.
///
/// Folders and form: the CDI specification, SPEC.md (cncf-tags/container-device-interface).
struct CDIFolder {
  let files: NodeFiles

  /// A file: what stands in it, or why that is not known.
  typealias Document = (path: String, value: Result<JSONValue, Unread>)

  /// Why a file is not read: "cannot be read".
  struct Unread: Error {
    let reason: String
  }

  /// The files, sorted by path.
  private func documents() -> [Document] {
    var seen: Set<String> = []
    var found: [Document] = []
    // "/var/run" is mostly a link to "/run".
    for folder in CDIRegistry.systemFolders where seen.insert(files.identity(folder)).inserted {
      for name in files.list(folder) ?? [] {
        let isJSON = name.hasSuffix(".json")
        guard isJSON || name.hasSuffix(".yaml") || name.hasSuffix(".yml") else { continue }
        let path = "\(folder)/\(name)"
        guard let bytes = files.bytes(path, limit: 4 << 20) else {
          found.append((path, .failure(Unread(reason: "cannot be read"))))
          continue
        }
        found.append((path, Self.document(bytes, isJSON: isJSON)))
      }
    }
    return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  static func document(_ bytes: [UInt8], isJSON: Bool) -> Result<JSONValue, Unread> {
    // JSON is YAML, too; what looks like it is read as it, and as YAML only where it is none.
    let looksLikeJSON = bytes.first { $0 > 0x20 } == UInt8(ascii: "{")
    if isJSON || looksLikeJSON {
      do throws(JSONError) {
        return .success(try JSONValue(parsing: bytes))
      } catch {
        if isJSON { return .failure(Unread(reason: "is not JSON: \(error)")) }
      }
    }
    do throws(YAMLFault) {
      let documents = try YAMLDocuments.read(String(decoding: bytes, as: UTF8.self))
      guard let document = documents.first else { return .failure(Unread(reason: "is empty")) }
      guard documents.count == 1 else { return .failure(Unread(reason: "holds several documents")) }
      return .success(document)
    } catch {
      return .failure(Unread(reason: "is YAML that is not read: \(error)"))
    }
  }

  /// What the files say that they have.
  func read() -> [SystemFacts.CDIFile] {
    documents().map { path, value in
      var file = SystemFacts.CDIFile(path: path)
      switch value {
      case .failure(let unread): file.fault = unread.reason
      case .success(let json):
        file.kind = json["kind"]?.stringValue
        file.devices = (json["devices"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        if file.kind == nil {
          file.fault = "has no kind"
        } else if file.devices.isEmpty {
          file.fault = "has no devices"
        }
      }
      return file
    }
  }

  /// The files as a runtime takes them, and why others cannot be taken.
  func registry() -> (registry: CDIRegistry, faults: [MeasuredDevices.Fault]) {
    var registry = CDIRegistry()
    var faults: [MeasuredDevices.Fault] = []
    for (path, value) in documents() {
      switch value {
      case .failure(let unread): faults.append(MeasuredDevices.Fault(path: path, reason: unread.reason))
      case .success(let json):
        do throws(JSONDecodingError) {
          registry.files.append(CDIRegistry.File(path, try CDISpecification(json)))
        } catch {
          faults.append(MeasuredDevices.Fault(path: path, reason: "is not taken: \(error)"))
        }
      }
    }
    return (registry, faults)
  }
}
