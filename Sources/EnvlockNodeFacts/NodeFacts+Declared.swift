public import EnvlockModel
import EnvlockVersions

extension NodeFacts {
  /// Facts that somebody states, as `--driver 550.54.15 --gpu "2x A100-SXM4-80GB"` does.
  ///
  /// - Parameters:
  ///   - driver: a driver version such as "550.54.15" or a branch such as "550", which stands for its lowest version;
  ///     nil where nothing was said.
  ///   - gpus: a text for each GPU: a name as nvidia-smi, GPU Feature Discovery or a person writes it, a compute
  ///     capability such as "8.0", or the type of a vGPU such as "GRID A100-10C"; in front a count as in "2x T4", and
  ///     behind "-MIG-1g.10gb" and "-SHARED" as GPU Feature Discovery writes them.
  ///   - mig: a MIG profile into which every GPU is divided; nil for none.
  ///   - platform: the node's system, where it was stated.
  /// - Returns: the facts, with a gap for what was not given.
  /// - Throws: `NodeDocumentError` for a text that cannot be meant.
  public static func declared(
    driver: String?, gpus: [String], mig: String? = nil, platform: Platform? = nil
  ) throws(NodeDocumentError) -> NodeFacts {
    var facts = NodeFacts(origin: .declared, platform: platform)
    if let driver {
      facts.driver = try declaredDriver(driver)
    } else {
      facts.gaps.append(FactGap(.driver, reason: "no driver was given"))
    }
    var profile: String?
    if let mig { profile = try declaredProfile(mig) }
    for text in gpus { facts.gpus.append(try declaredGPU(text, profile: profile)) }
    if gpus.isEmpty { facts.gaps.append(FactGap(.gpus, reason: "no GPU was given")) }
    return facts
  }

  private static func declaredDriver(_ text: String) throws(NodeDocumentError) -> DriverVersion {
    // People write a branch as NVIDIA does: R550.
    let number = text.first == "R" || text.first == "r" ? text.dropFirst() : text[...]
    let driver: DriverVersion
    do throws(MalformedText) {
      driver = try DriverVersion(number)
    } catch {
      throw NodeDocumentError(
        reason: "“\(text)” is not a driver version: \(error.reason)",
        hints: ["write it as nvidia-smi shows it, such as 550.54.15"])
    }
    if driver.branch < 100, driver.components.count > 1 {
      throw NodeDocumentError(
        reason: "there is no driver \(text)",
        hints: [
          "\(text) looks like a CUDA version; the driver's version is the one that nvidia-smi shows beside it, such as "
            + "550.54.15"
        ])
    }
    guard (100..<10_000).contains(driver.branch), driver.components.count <= 4 else {
      throw NodeDocumentError(
        reason: "there is no driver \(text)",
        hints: ["write it as nvidia-smi shows it, such as 550.54.15"])
    }
    return driver
  }

  private static func declaredProfile(_ text: String) throws(NodeDocumentError) -> String {
    guard let profile = MIGProfileName.canonical(text[...]) else {
      throw NodeDocumentError(
        reason: "“\(text)” is not a MIG profile", hints: ["profiles are written like 1g.10gb or 1g.10gb+me"])
    }
    return profile
  }

  private static func declaredGPU(_ text: String, profile: String?) throws(NodeDocumentError) -> GPUFacts {
    func fault(_ reason: String, _ hint: String) -> NodeDocumentError {
      NodeDocumentError(reason: reason, hints: [hint])
    }
    guard let (count, name) = counted(text) else {
      throw fault(
        "“\(text)” states no number of GPUs that a node can have", "write it like “8x A100-SXM4-80GB”")
    }
    guard !name.isEmpty else {
      throw fault("a GPU has no name", "name a model, or a compute capability such as 8.0")
    }
    var gpu: GPUFacts
    if let capability = try declaredCapability(name) {
      gpu = GPUFacts(count: count, capability: capability)
    } else {
      gpu = GPUFacts(name: String(name))
      gpu.count = count
    }
    guard let profile else { return gpu }
    if let stated = gpu.mig, stated.instances.first?.profile != profile {
      throw fault(
        "“\(text)” names another MIG profile than \(profile)",
        "give the profile once, in the name or by itself")
    }
    if gpu.mig == nil { gpu.mig = MIGFacts(isEnabled: true, instances: [MIGInstanceFacts(profile: profile)]) }
    return gpu
  }

  /// The capability that a text writes: with a dot or a prefix, since plain digits belong to names such as "1080".
  private static func declaredCapability(_ name: Substring) throws(NodeDocumentError) -> ComputeCapability? {
    let text = name.lowercased()
    let isTarget = text.hasPrefix("sm_") || text.hasPrefix("compute_")
    guard isTarget || (text.contains(".") && text.utf8.first.map(isDigit) == true) else { return nil }
    // "9.0a" and "sm_90a" are what compilers are told; a GPU has no letter.
    let number = text.last == "a" || text.last == "f" ? text.dropLast() : text[...]
    do throws(MalformedText) {
      return try ComputeCapability(number)
    } catch {
      throw NodeDocumentError(
        reason: "“\(name)” is not a compute capability: \(error.reason)",
        hints: ["name a model such as A100-SXM4-80GB, or a compute capability such as 8.0"])
    }
  }

  /// Takes "8x " off the front; nil for a count that no node has.
  private static func counted(_ text: String) -> (count: Int, name: Substring)? {
    let name = text[...].trimmed
    let digits = name.prefix { $0.isASCII && $0.isNumber }
    let rest = name.dropFirst(digits.count).trimmed
    guard !digits.isEmpty, let sign = rest.first, sign == "x" || sign == "X" || sign == "×" else {
      return (1, name)
    }
    guard let count = Int(digits), (1...FactLimits.count).contains(count) else { return nil }
    return (count, rest.dropFirst().trimmed)
  }
}
