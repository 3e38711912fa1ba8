import EnvlockModel

/// A project's page in JSON (PEP 691, 700, 714).
struct SimpleJSONPage {
  /// The version of the format, "1.1"; nil where the page does not say.
  private(set) var apiVersion: String?
  /// The files in the order of the page; nil where it has no such list.
  private(set) var files: [IndexFile]?

  init(parsing body: [UInt8]) throws(JSONError) {
    self = try JSONReader.read(body) { (reader) throws(JSONError) in try SimpleJSONPage(&reader) }
  }

  private init(_ reader: inout JSONReader) throws(JSONError) {
    try reader.beginObject()
    while let key = try reader.nextKey() {
      if reader.matches(key, "files") {
        files = try SimpleJSONPage.readFiles(&reader)
      } else if reader.matches(key, "meta"), try reader.peek() == .object {
        try reader.beginObject()
        while let key = try reader.nextKey() {
          if reader.matches(key, "api-version") {
            apiVersion = try SimpleJSONPage.optionalString(&reader)
          } else {
            try reader.skipValue()
          }
        }
      } else {
        try reader.skipValue()
      }
    }
  }

  private static func readFiles(_ reader: inout JSONReader) throws(JSONError) -> [IndexFile] {
    var files: [IndexFile] = []
    try reader.beginArray()
    while try reader.nextElement() { files.append(try readFile(&reader)) }
    return files
  }

  private static func readFile(_ reader: inout JSONReader) throws(JSONError) -> IndexFile {
    var file = IndexFile(fileName: "", url: "")
    var hasCoreMetadata = false
    try reader.beginObject()
    while let key = try reader.nextKey() {
      if reader.matches(key, "filename") {
        file.fileName = try reader.string()
      } else if reader.matches(key, "url") {
        file.url = try reader.string()
      } else if reader.matches(key, "hashes") {
        file.sha256 = try sha256(&reader)
      } else if reader.matches(key, "size") {
        file.size = try optionalInteger(&reader)
      } else if reader.matches(key, "requires-python") {
        file.requiresPython = try optionalString(&reader).flatMap { $0.isEmpty ? nil : $0 }
      } else if reader.matches(key, "upload-time") {
        file.uploadTime = try optionalString(&reader).flatMap { UploadTime.normalised($0) }
      } else if reader.matches(key, "yanked") {
        file.yanked = try yanked(&reader)
      } else if reader.matches(key, "core-metadata") {
        file.metadata = try metadata(&reader)
        hasCoreMetadata = true
      } else if reader.matches(key, "dist-info-metadata"), !hasCoreMetadata {
        // The older name of the same key (PEP 714): the newer one counts where both are there.
        file.metadata = try metadata(&reader)
      } else {
        try reader.skipValue()
      }
    }
    if file.fileName.isEmpty || file.url.isEmpty { throw reader.failure("a file without filename or url") }
    return file
  }

  /// The digest in an object of hashes; nil where there is none that can be read.
  private static func sha256(_ reader: inout JSONReader) throws(JSONError) -> Digest? {
    guard try reader.peek() == .object else {
      try reader.skipValue()
      return nil
    }
    var digest: Digest?
    try reader.beginObject()
    while let key = try reader.nextKey() {
      if reader.matches(key, "sha256") {
        if try reader.peek() == .string {
          digest = reader.digest(try reader.slice())
        } else {
          try reader.skipValue()
        }
      } else {
        try reader.skipValue()
      }
    }
    return digest
  }

  /// True, or the reason as a text; an empty text and `null` mean no.
  private static func yanked(_ reader: inout JSONReader) throws(JSONError) -> String? {
    switch try reader.peek() {
    case .bool: return try reader.bool() ? "" : nil
    case .string:
      let reason = try reader.string()
      return reason.isEmpty ? nil : reason
    default:
      try reader.skipValue()
      return nil
    }
  }

  /// A truth value, or an object of hashes.
  private static func metadata(_ reader: inout JSONReader) throws(JSONError) -> IndexFile.MetadataOffer {
    switch try reader.peek() {
    case .bool: return try reader.bool() ? .offered(nil) : .absent
    case .object: return .offered(try sha256(&reader))
    default:
      try reader.skipValue()
      return .unknown
    }
  }

  /// A string; nil for a value of any other kind, which some indexes write where nothing is known.
  private static func optionalString(_ reader: inout JSONReader) throws(JSONError) -> String? {
    if try reader.peek() == .string { return try reader.string() }
    try reader.skipValue()
    return nil
  }

  private static func optionalInteger(_ reader: inout JSONReader) throws(JSONError) -> Int? {
    guard try reader.peek() == .number else {
      try reader.skipValue()
      return nil
    }
    if case .integer(let number) = try reader.number() { return number }
    return nil
  }
}
