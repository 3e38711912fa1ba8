import EnvlockModel

extension CDIEdits {
  /// The edits as they stand in a document.
  var json: JSONValue {
    func list(_ values: [JSONValue]) -> JSONValue? { values.isEmpty ? nil : .array(values) }
    return .object(
      JSONObject(present: [
        ("env", env.isEmpty ? nil : JSONValue(strings: env)), ("deviceNodes", list(deviceNodes.map(\.json))),
        (
          "netDevices",
          list(
            netDevices.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map {
              ["hostInterfaceName": .string($0.key), "name": .string($0.value)]
            })
        ), ("mounts", list(mounts.map(\.json))), ("hooks", list(hooks.map(\.cdi))),
        ("intelRdt", intelRdt?.json),
        ("additionalGids", list(additionalGIDs.map { .integer($0) })),
      ]))
  }

  /// Reads edits.
  init(_ cursor: JSONCursor) throws(JSONDecodingError) {
    try cursor.allow([
      "env", "deviceNodes", "netDevices", "mounts", "hooks", "intelRdt", "additionalGids",
    ])
    self.init()
    env = try Self.variables(cursor.optional("env"))
    for node in try cursor.optional("deviceNodes")?.elements() ?? [] {
      deviceNodes.append(try DeviceNode(node))
    }
    for device in try cursor.optional("netDevices")?.elements() ?? [] {
      try device.allow(["hostInterfaceName", "name"])
      let host = try Self.interface(device.member("hostInterfaceName"))
      let name = try Self.interface(device.member("name"))
      guard netDevices[host] == nil, !netDevices.values.contains(name) else {
        throw device.error("an interface comes twice")
      }
      netDevices[host] = name
    }
    for mount in try cursor.optional("mounts")?.elements() ?? [] { mounts.append(try Mount(mount)) }
    for hook in try cursor.optional("hooks")?.elements() ?? [] { hooks.append(try OCIHook(cdi: hook)) }
    if let cursor = try cursor.optional("intelRdt") { intelRdt = try CDIIntelRdt(cursor) }
    for group in try cursor.optional("additionalGids")?.elements() ?? [] {
      additionalGIDs.append(try group.identity())
    }
  }

  static func variables(_ cursor: JSONCursor?) throws(JSONDecodingError) -> [String] {
    var variables: [String] = []
    for element in try cursor?.elements() ?? [] {
      let text = try element.word()
      guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")), equals != text.startIndex else {
        throw element.error("a variable has to look like NAME=value")
      }
      variables.append(text)
    }
    return variables
  }

  /// The name of an interface, as Linux takes it.
  private static func interface(_ cursor: JSONCursor) throws(JSONDecodingError) -> String {
    let name = try cursor.word()
    let isName =
      !name.isEmpty && name.utf8.count < 16 && name != "." && name != ".."
      && !name.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }
    guard isName else { throw cursor.error("it cannot be the name of an interface") }
    return name
  }
}

extension CDIEdits.DeviceNode {
  fileprivate var json: JSONValue {
    func number(_ value: Int?) -> JSONValue? { value.map { .integer($0) } }
    return .object(
      JSONObject(present: [
        ("path", .string(path)), ("hostPath", hostPath.map { .string($0) }),
        ("type", kind.map { .string($0.rawValue) }), ("major", number(self.number?.major)),
        ("minor", number(self.number?.minor)), ("fileMode", number(fileMode)),
        ("permissions", permissions.map { .string($0) }), ("uid", number(uid)), ("gid", number(gid)),
      ]))
  }

  fileprivate init(_ cursor: JSONCursor) throws(JSONDecodingError) {
    try cursor.allow([
      "path", "hostPath", "type", "major", "minor", "fileMode", "permissions", "uid", "gid",
    ])
    self.init(try cursor.member("path").place())
    hostPath = try cursor.optional("hostPath")?.path()
    if let type = try cursor.optional("type"), try !type.string().isEmpty {
      guard let kind = OCIDevice.Kind(rawValue: try type.string()) else {
        throw type.error("it has to be c, b, u or p")
      }
      self.kind = kind
    }
    let limit = 1 << 32
    let major = try cursor.optional("major")?.integer(in: 0..<limit)
    let minor = try cursor.optional("minor")?.integer(in: 0..<limit)
    // No device has the major number 0: it means that it is not told.
    if let major, major > 0, kind != .pipe { number = OCIDeviceNumber(major: major, minor: minor ?? 0) }
    fileMode = try cursor.optional("fileMode")?.integer(in: 0..<0o10000)
    if let permissions = try cursor.optional("permissions"), try !permissions.string().isEmpty {
      let text = try permissions.string()
      guard text == "none" || text.utf8.allSatisfy({ "rwm".utf8.contains($0) }) else {
        throw permissions.error("it has to be of the letters r, w and m, or none")
      }
      self.permissions = text
    }
    uid = try cursor.optional("uid")?.identity()
    gid = try cursor.optional("gid")?.identity()
  }
}

extension CDIEdits.Mount {
  fileprivate var json: JSONValue {
    .object(
      JSONObject(present: [
        ("hostPath", .string(hostPath)), ("containerPath", .string(containerPath)),
        ("options", options.isEmpty ? nil : JSONValue(strings: options)), ("type", type.map { .string($0) }),
      ]))
  }

  fileprivate init(_ cursor: JSONCursor) throws(JSONDecodingError) {
    try cursor.allow(["hostPath", "containerPath", "options", "type"])
    var options: [String] = []
    for option in try cursor.optional("options")?.elements() ?? [] { options.append(try option.word()) }
    let type = try cursor.optional("type")?.word()
    // What is no bind mount names no file of the node: "tmpfs".
    let host = try cursor.member("hostPath")
    let isBind = type == nil || type == "" || type == "bind" || type == "none"
    let source = try isBind ? host.path() : host.word()
    guard source != "/" else { throw host.error("it would show the whole node") }
    self.init(
      hostPath: source, containerPath: try cursor.member("containerPath").place(), options: options,
      type: type == "" ? nil : type)
  }
}

extension OCIHook {
  fileprivate var cdi: JSONValue {
    .object(
      JSONObject(present: [
        ("hookName", .string(moment.rawValue)), ("path", .string(path)),
        ("args", args.isEmpty ? nil : JSONValue(strings: args)),
        ("env", env.isEmpty ? nil : JSONValue(strings: env)), ("timeout", timeout.map { .integer($0) }),
      ]))
  }

  fileprivate init(cdi cursor: JSONCursor) throws(JSONDecodingError) {
    try cursor.allow(["hookName", "path", "args", "env", "timeout"])
    let name = try cursor.member("hookName")
    guard let moment = Moment(rawValue: try name.string()) else {
      throw name.error("it has to be one of \(Moment.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self.init(moment, path: try cursor.member("path").path())
    for argument in try cursor.optional("args")?.elements() ?? [] { args.append(try argument.word()) }
    env = try CDIEdits.variables(cursor.optional("env"))
    timeout = try cursor.optional("timeout")?.integer(in: 1..<(1 << 31))
  }
}

extension CDIIntelRdt {
  fileprivate init(_ cursor: JSONCursor) throws(JSONDecodingError) {
    try cursor.allow(["closID", "l3CacheSchema", "memBwSchema", "schemata", "enableMonitoring"])
    self.init()
    if let id = try cursor.optional("closID") {
      let text = try id.word()
      let isName =
        text == "/"
        || (text.utf8.count < 4096 && text != "." && text != ".."
          && !text.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\n") })
      guard isName else { throw id.error("it cannot be the name of a class") }
      closID = text
    }
    l3CacheSchema = try cursor.optional("l3CacheSchema")?.word()
    memBwSchema = try cursor.optional("memBwSchema")?.word()
    for line in try cursor.optional("schemata")?.elements() ?? [] { schemata.append(try line.word()) }
    enableMonitoring = try cursor.optional("enableMonitoring")?.bool() ?? false
  }
}

extension JSONCursor {
  /// A string that can be handed to the kernel.
  fileprivate func word() throws(JSONDecodingError) -> String {
    let text = try string()
    guard !text.utf8.contains(0) else { throw error("it has a NUL byte") }
    return text
  }

  /// A path of the node's.
  fileprivate func path() throws(JSONDecodingError) -> String {
    let text = try string()
    if let fault = OCIPath.fault(text) { throw error("“\(text)”: \(fault)") }
    return text
  }

  /// A place in a container.
  fileprivate func place() throws(JSONDecodingError) -> String {
    let text = try string()
    if let fault = OCIPath.faultOfPlace(text) { throw error("“\(text)”: \(fault)") }
    return text
  }

  fileprivate func integer(in range: Range<Int>) throws(JSONDecodingError) -> Int {
    let number = try integer()
    guard range.contains(number) else {
      throw error("it has to be from \(range.lowerBound) to \(range.upperBound - 1)")
    }
    return number
  }

  /// A user or a group.
  fileprivate func identity() throws(JSONDecodingError) -> Int { try integer(in: 0..<(1 << 32)) }
}
