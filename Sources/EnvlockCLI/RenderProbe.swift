import EnvlockModel
import EnvlockVersions

/// The facts of a machine for people.
enum RenderProbe {
  /// A labelled line for each level, and one for each GPU.
  static func text(_ facts: NodeFacts, name: String) -> String {
    var rows = [
      ("node", Printable.text(name) + (facts.platform.map { ", \($0)" } ?? "")), ("driver", driver(facts)),
    ]
    if let host = facts.vgpuHost {
      let parts = [host.driver.map { "driver \($0)" }, host.branch.map { "branch \(Printable.text($0))" }]
      rows.append(("vGPU host", parts.compactMap { $0 }.joined(separator: ", ")))
    }
    let isUnknown = facts.gaps.contains { $0.subject == .gpus }
    if facts.gpus.isEmpty { rows.append(("GPUs", isUnknown ? "not known" : "none")) }
    var index = 0
    for gpu in facts.gpus {
      let label = gpu.count == 1 ? "GPU \(index)" : "GPU \(index)-\(index + max(0, gpu.count - 1))"
      index += max(1, gpu.count)
      rows.append((label, self.gpu(gpu)))
      for line in ids(gpu) { rows.append(("", line)) }
      for line in mig(gpu) { rows.append(("", line)) }
    }
    if let system = facts.system { rows += self.system(system) }
    let width = (rows.map(\.0.count).max() ?? 0) + 3
    return rows.map { $0.0.padded(to: width) + $0.1 + "\n" }.joined()
  }

  private static func driver(_ facts: NodeFacts) -> String {
    guard let driver = facts.driver else {
      return facts.gaps.contains { $0.subject == .driver } ? "not known" : "none"
    }
    var text = "\(driver)"
    if let isOpen = facts.hasOpenModules {
      text += isOpen ? ", open kernel modules" : ", proprietary kernel modules"
    }
    if let library = facts.driverLibrary, library != driver { text += ", but its libraries are \(library)" }
    if let cuda = facts.cudaDriver { text += ", CUDA up to \(cuda)" }
    return text
  }

  private static func gpu(_ gpu: GPUFacts) -> String {
    var parts = [NodeText.model(gpu)]
    if gpu.vgpuType != nil, let product = gpu.product { parts[0] += " of \(Printable.text(product))" }
    if let capability = gpu.capability, gpu.product != nil || gpu.vgpuType != nil {
      parts.append("compute capability \(capability)")
    }
    if let memory = gpu.memoryMiB { parts.append("\(memory) MiB") }
    if let sharing = gpu.sharing {
      parts.append(
        (sharing.strategy == .mps ? "shared by MPS" : "shared by time slicing")
          + (sharing.replicas.map { ", \($0) replicas" } ?? ""))
    }
    return parts.joined(separator: ", ")
  }

  private static func ids(_ gpu: GPUFacts) -> [String] {
    let ids = [gpu.uuid, gpu.pciBusID, gpu.pciDeviceID.map { "PCI id 10DE:\($0)" }].compactMap { $0 }
    return ids.isEmpty ? [] : [ids.map { Printable.text($0) }.joined(separator: ", ")]
  }

  private static func mig(_ gpu: GPUFacts) -> [String] {
    guard let mig = gpu.mig else { return [] }
    var state = mig.isEnabled ? "MIG is on" : "MIG is off"
    if let pending = mig.isPending, pending != mig.isEnabled {
      state += ", and \(pending ? "on" : "off") after the next reset"
    }
    if mig.isEnabled, mig.instances.isEmpty { state += ", without instances" }
    return [state]
      + mig.instances.map { instance in
        let parts = [
          (instance.count == 1 ? "" : "\(instance.count) × ") + Printable.text(instance.profile),
          instance.memoryMiB.map { "\($0) MiB" }, instance.uuid.map { Printable.text($0) },
        ]
        return "  " + parts.compactMap { $0 }.joined(separator: ", ")
      }
  }

  private static func system(_ system: SystemFacts) -> [(String, String)] {
    var parts = [
      system.distribution.map { Printable.text($0) }, system.kernel.map { "kernel \(Printable.text($0))" },
    ]
    parts.append(system.glibc.map { "glibc \($0)" })
    parts.append(system.cgroups.map { $0 == .hybrid ? "cgroup v1 and v2" : "cgroup \($0.rawValue)" })
    parts.append(system.hasUserNamespaces.map { $0 ? "user namespaces" : "no user namespaces" })
    var rows = [("system", parts.compactMap { $0 }.joined(separator: ", "))]
    if system.hasMPSDaemon == true { rows.append(("MPS", "a control daemon runs")) }
    for (place, runtime) in system.runtimes.enumerated() {
      let version = runtime.version.map { " \(Printable.text($0))" } ?? ""
      rows.append(
        (
          place == 0 ? "runtimes" : "",
          "\(Printable.text(runtime.name))\(version), \(Printable.text(runtime.path))"
        ))
    }
    for (place, file) in system.cdiFiles.enumerated() {
      var text = Printable.text(file.path)
      if let kind = file.kind {
        text += ", \(Printable.text(kind)), \(Quantity.count(file.devices.count, "device"))"
      }
      if let fault = file.fault { text += ": \(Printable.text(fault))" }
      rows.append((place == 0 ? "CDI" : "", text))
    }
    return rows.filter { !$0.1.isEmpty }
  }
}
