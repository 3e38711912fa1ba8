extension ImageDeclaration {
  /// The declaration as a JSON object with the keys of the manifest's `[image]`; what says nothing is left out.
  public var json: JSONValue {
    var object = JSONObject()
    func put(_ key: String, _ texts: [String]?) { object[key] = texts.map { .array($0.map { .string($0) }) } }
    func put(_ key: String, _ texts: [String: String]) {
      guard !texts.isEmpty else { return }
      object[key] = .object(JSONObject(texts.map { ($0.key, .string($0.value)) }))
    }
    put("copy", copy.isEmpty ? nil : copy)
    object["workdir"] = workdir.map { .string($0) }
    put("entrypoint", entrypoint)
    put("cmd", cmd)
    put("env", env)
    object["user"] = user.map { .string($0) }
    put("labels", labels)
    if bytecode { object["bytecode"] = true }
    return .object(object)
  }

  /// Reads what ``json`` writes.
  ///
  /// - Throws: `JSONDecodingError` for a key that is unknown, or whose value cannot be.
  public init(_ cursor: JSONCursor) throws(JSONDecodingError) {
    func texts(_ key: String) throws(JSONDecodingError) -> [String: String] {
      var texts: [String: String] = [:]
      for (name, value) in try cursor.optional(key)?.members() ?? [] { texts[name] = try value.string() }
      return texts
    }
    try cursor.allow(["copy", "workdir", "entrypoint", "cmd", "env", "user", "labels", "bytecode"])
    self.init(
      copy: try cursor.optional("copy")?.strings() ?? [],
      workdir: try cursor.optional("workdir")?.string(),
      entrypoint: try cursor.optional("entrypoint")?.strings(), cmd: try cursor.optional("cmd")?.strings(),
      env: try texts("env"), user: try cursor.optional("user")?.string(), labels: try texts("labels"),
      bytecode: try cursor.optional("bytecode")?.bool() ?? false)
  }
}
