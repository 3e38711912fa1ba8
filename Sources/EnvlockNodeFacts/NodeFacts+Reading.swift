public import EnvlockModel
import EnvlockVersions

extension NodeFacts {
  /// Reads facts from the form that ``json(name:)`` writes.
  ///
  /// - Parameter json: the document; unknown keys are errors.
  /// - Throws: `JSONDecodingError` with the place and what was expected there.
  public init(json: JSONValue) throws(JSONDecodingError) { self = try Self.named(json: json).facts }

  /// Reads a node's name and its facts from the form that ``json(name:)`` writes.
  ///
  /// - Parameter json: the document; unknown keys are errors.
  /// - Returns: the name, empty where the document has none, and the facts.
  /// - Throws: `JSONDecodingError` with the place and what was expected there.
  public static func named(json: JSONValue) throws(JSONDecodingError) -> (name: String, facts: NodeFacts) {
    let cursor = JSONCursor(json)
    let version = try cursor.member("envlock-node")
    let found = try version.integer()
    guard found == jsonVersion else {
      throw version.error(
        found > jsonVersion
          ? "version \(found) was written by a newer envlock, this one reads version \(jsonVersion); update it, or "
            + "probe the node with this one"
          : "there is no version \(found), only \(jsonVersion)")
    }
    try cursor.allow([
      "envlock-node", "name", "origin", "platform", "driver", "driver-library", "open-modules", "cuda",
      "gpus",
      "vgpu-host", "system", "gaps",
    ])
    var facts = NodeFacts(origin: try cursor.member("origin").choice())
    facts.platform = try cursor.value("platform") { try Platform($0) }
    facts.driver = try cursor.value("driver") { try DriverVersion($0) }
    facts.driverLibrary = try cursor.value("driver-library") { try DriverVersion($0) }
    facts.hasOpenModules = try cursor.optional("open-modules")?.bool()
    facts.cudaDriver = try cursor.value("cuda") { try CUDAVersion($0) }
    for gpu in try cursor.list("gpus") { facts.gpus.append(try gpu.gpu()) }
    facts.vgpuHost = try cursor.optional("vgpu-host")?.vgpuHost()
    facts.system = try cursor.optional("system")?.system()
    for gap in try cursor.list("gaps") { facts.gaps.append(try gap.gap()) }
    return (try cursor.text("name") ?? "", facts)
  }
}

extension JSONCursor {
  fileprivate func gpu() throws(JSONDecodingError) -> GPUFacts {
    try allow([
      "count", "product", "compute-capability", "memory-mib", "uuid", "pci-bus-id", "pci-device-id", "mig",
      "sharing", "vgpu-type",
    ])
    var gpu = GPUFacts(count: try count("count") ?? 1)
    gpu.product = try text("product")
    gpu.capability = try value("compute-capability") { try ComputeCapability($0) }
    gpu.memoryMiB = try count("memory-mib")
    gpu.uuid = try text("uuid")
    gpu.pciBusID = try text("pci-bus-id")
    gpu.pciDeviceID = try text("pci-device-id")
    gpu.mig = try optional("mig")?.mig()
    gpu.sharing = try optional("sharing")?.sharing()
    gpu.vgpuType = try text("vgpu-type")
    return gpu
  }

  fileprivate func mig() throws(JSONDecodingError) -> MIGFacts {
    try allow(["enabled", "pending", "instances"])
    var mig = MIGFacts(isEnabled: try member("enabled").bool())
    mig.isPending = try optional("pending")?.bool()
    for instance in try list("instances") {
      try instance.allow(["profile", "count", "memory-mib", "uuid", "gpu-instance", "compute-instance"])
      mig.instances.append(
        MIGInstanceFacts(
          profile: try instance.member("profile").string(), count: try instance.count("count") ?? 1,
          memoryMiB: try instance.count("memory-mib"), uuid: try instance.text("uuid"),
          gpuInstance: try instance.number("gpu-instance"),
          computeInstance: try instance.number("compute-instance")))
    }
    return mig
  }

  fileprivate func sharing() throws(JSONDecodingError) -> SharingFacts {
    try allow(["strategy", "replicas"])
    return SharingFacts(strategy: try member("strategy").choice(), replicas: try count("replicas"))
  }

  fileprivate func vgpuHost() throws(JSONDecodingError) -> VGPUHostFacts {
    try allow(["driver", "branch"])
    return VGPUHostFacts(driver: try value("driver") { try DriverVersion($0) }, branch: try text("branch"))
  }

  fileprivate func gap() throws(JSONDecodingError) -> FactGap {
    try allow(["subject", "reason", "contradiction"])
    return FactGap(
      try member("subject").choice(), isContradiction: try optional("contradiction")?.bool() ?? false,
      reason: try member("reason").string())
  }

  fileprivate func system() throws(JSONDecodingError) -> SystemFacts {
    try allow([
      "kernel", "glibc", "distribution", "cgroups", "user-namespaces", "runtimes", "cdi", "mps-daemon",
    ])
    var system = SystemFacts(kernel: try text("kernel"))
    system.glibc = try value("glibc") { try Version($0) }
    system.distribution = try text("distribution")
    system.cgroups = try optional("cgroups")?.choice()
    system.hasUserNamespaces = try optional("user-namespaces")?.bool()
    for runtime in try list("runtimes") {
      try runtime.allow(["name", "path", "version"])
      system.runtimes.append(
        SystemFacts.Runtime(
          name: try runtime.member("name").string(), path: try runtime.member("path").string(),
          version: try runtime.text("version")))
    }
    for file in try list("cdi") {
      try file.allow(["path", "kind", "devices", "fault"])
      system.cdiFiles.append(
        SystemFacts.CDIFile(
          path: try file.member("path").string(), kind: try file.text("kind"),
          devices: try file.optional("devices")?.strings() ?? [], fault: try file.text("fault")))
    }
    system.hasMPSDaemon = try optional("mps-daemon")?.bool()
    return system
  }

  fileprivate func text(_ key: String) throws(JSONDecodingError) -> String? { try optional(key)?.string() }

  fileprivate func value<Result>(
    _ key: String, _ make: (String) throws -> Result
  ) throws(JSONDecodingError) -> Result? { try optional(key)?.parse(make) }

  fileprivate func list(_ key: String) throws(JSONDecodingError) -> [JSONCursor] {
    try optional(key)?.elements() ?? []
  }

  /// A number of things, at least 1 and small enough to be multiplied with others.
  fileprivate func count(_ key: String) throws(JSONDecodingError) -> Int? {
    guard let cursor = try optional(key) else { return nil }
    let count = try cursor.integer()
    guard (1...FactLimits.count).contains(count) else { throw cursor.error("expected a positive number") }
    return count
  }

  /// A number that counts from 0.
  fileprivate func number(_ key: String) throws(JSONDecodingError) -> Int? {
    guard let cursor = try optional(key) else { return nil }
    let number = try cursor.integer()
    guard (0...FactLimits.count).contains(number) else { throw cursor.error("expected a number from 0 on") }
    return number
  }

  /// One of an enumeration's texts.
  fileprivate func choice<Choice: RawRepresentable & CaseIterable>() throws(JSONDecodingError) -> Choice
  where Choice.RawValue == String {
    let text = try string()
    if let choice = Choice(rawValue: text) { return choice }
    let known = Choice.allCases.map(\.rawValue)
    guard let nearest = NearestName.of(text, among: known) else {
      throw error("“\(text)” is unknown; it has to be one of \(known.joined(separator: ", "))")
    }
    throw error("“\(text)” is unknown; did you mean \(nearest)?")
  }
}

/// Bounds on what a document may say, so that sums and products over a fleet stay in range.
enum FactLimits {
  /// The largest count, replica number and memory in MiB.
  static let count = 1 << 30
}
