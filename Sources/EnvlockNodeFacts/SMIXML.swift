import EnvlockModel
import EnvlockVersions

/// The XML that `nvidia-smi -q -x` prints.
///
/// R610 renamed the versions of the driver and CUDA to those of the KMD and the UMD; both names are known, and the
/// note behind the old value, "[Deprecated; …]", is left out. The document knows no compute capability and no name of
/// a MIG profile.
enum SMIXML {
  /// Reads a document.
  ///
  /// - Throws: `XMLReader.Fault` where it is broken; nil is returned where it is another program's.
  static func read(_ reader: inout XMLReader) throws(XMLReader.Fault) -> NodeFacts? {
    var root: String?
    while root == nil {
      switch try reader.next() {
      case .start(let name): root = name
      case .endOfDocument: return nil
      case .text, .end: break
      }
    }
    guard root == "nvidia_smi_log" else { return nil }
    var log = Log()
    try children(&reader) { (name, reader) throws(XMLReader.Fault) in try log.read(name, &reader) }
    // Nothing but white space may follow.
    while try reader.next() != .endOfDocument {}
    return log.finished()
  }

  /// Calls `body` for each element in the one whose start was read last; it has to read that to its end.
  fileprivate static func children(
    _ reader: inout XMLReader, _ body: (String, inout XMLReader) throws(XMLReader.Fault) -> Void
  ) throws(XMLReader.Fault) {
    while true {
      switch try reader.next() {
      case .start(let name): try body(name, &reader)
      case .text: break
      case .end, .endOfDocument: return
      }
    }
  }
}

/// The document as it is read.
private struct Log {
  private var facts = NodeFacts(origin: .smiXML)
  private var attached: Int?

  mutating func read(_ name: String, _ reader: inout XMLReader) throws(XMLReader.Fault) {
    switch name {
    case "driver_version", "kmd_version": try readDriver(name, &reader)
    case "cuda_version", "cuda_umd_version": try readCUDA(name, &reader)
    case "attached_gpus": attached = Int(try reader.content())
    case "gpu": try readGPU(&reader)
    default: try reader.skipElement()
    }
  }

  func finished() -> NodeFacts {
    var facts = facts
    if facts.driver == nil, !facts.gaps.contains(where: { $0.subject == .driver }) {
      facts.gaps.append(FactGap(.driver, reason: "nvidia-smi states no driver version"))
    }
    if let attached, attached > facts.gpus.count, attached <= FactLimits.count {
      facts.gaps.append(
        FactGap(.gpus, reason: "nvidia-smi counts \(attached) GPUs and describes \(facts.gpus.count)"))
    }
    return facts
  }

  // MARK: versions

  private mutating func readDriver(_ name: String, _ reader: inout XMLReader) throws(XMLReader.Fault) {
    let text = try reader.content()
    guard let value = value(text, of: name, .driver) else { return }
    guard let driver = try? DriverVersion(value) else {
      gap(.driver, "nvidia-smi gives “\(value)” for \(name)")
      return
    }
    if let known = facts.driver, known != driver {
      facts.gaps.append(
        FactGap(
          .driver, isContradiction: true, reason: "nvidia-smi says driver \(known), elsewhere \(driver)"))
      facts.driver = nil
      return
    }
    facts.driver = driver
  }

  private mutating func readCUDA(_ name: String, _ reader: inout XMLReader) throws(XMLReader.Fault) {
    let text = try reader.content()
    // "ERR!" and "N/A" stand where libcuda cannot be loaded; that is no fault of the driver's own version.
    guard let value = SMIValue(text[...]).text, let cuda = try? CUDAVersion(value) else { return }
    facts.cudaDriver = cuda
  }

  // MARK: GPUs

  private mutating func readGPU(_ reader: inout XMLReader) throws(XMLReader.Fault) {
    var gpu = GPUFacts()
    var isVGPU = false
    var mig: (current: Bool?, pending: Bool?) = (nil, nil)
    var instances: [MIGInstanceFacts] = []
    try SMIXML.children(&reader) { (name, reader) throws(XMLReader.Fault) in
      switch name {
      case "product_name":
        guard let text = value(try reader.content(), of: name, .gpus) else { return }
        let named = GPUFacts(name: text)
        (gpu.product, gpu.vgpuType) = (named.product, named.vgpuType)
      case "uuid": gpu.uuid = SMIValue(try reader.content()[...]).text.map(String.init)
      case "pci":
        try SMIXML.children(&reader) { (name, reader) throws(XMLReader.Fault) in
          let text = SMIValue(try reader.content()[...]).text
          if name == "pci_bus_id" { gpu.pciBusID = text.map(String.init) }
          if name == "pci_device_id" { gpu.pciDeviceID = text.flatMap(SMIValue.deviceID) }
        }
      case "fb_memory_usage": gpu.memoryMiB = try memory(&reader)
      case "mig_mode":
        try SMIXML.children(&reader) { (name, reader) throws(XMLReader.Fault) in
          let text = value(try reader.content(), of: name, .mig)
          if name == "current_mig" { mig.current = text.flatMap { SMIValue.isEnabled($0[...]) } }
          if name == "pending_mig" { mig.pending = text.flatMap { SMIValue.isEnabled($0[...]) } }
        }
      case "mig_devices":
        try SMIXML.children(&reader) { (_, reader) throws(XMLReader.Fault) in
          instances.append(try instance(&reader))
        }
      case "gpu_virtualization_mode":
        try SMIXML.children(&reader) { (name, reader) throws(XMLReader.Fault) in
          let text = try reader.content()
          // "VGPU" in a guest that has a vGPU, "Pass-Through" where it has the GPU, "Host VGPU" on a hypervisor.
          if name == "virtualization_mode" { isVGPU = text == "VGPU" }
        }
      default: try reader.skipElement()
      }
    }
    if isVGPU, gpu.vgpuType == nil, let product = gpu.product { gpu.vgpuType = product }
    if let current = mig.current {
      gpu.mig = MIGFacts(isEnabled: current, isPending: mig.pending, instances: instances)
    }
    if gpu.memoryMiB == nil { gap(.memory, "nvidia-smi states no memory for \(gpu.product ?? "a GPU")") }
    facts.gpus.append(gpu)
  }

  private mutating func memory(_ reader: inout XMLReader) throws(XMLReader.Fault) -> Int? {
    var total: Int?
    try SMIXML.children(&reader) { (name, reader) throws(XMLReader.Fault) in
      let text = try reader.content()
      if name == "total" {
        total = value(text, of: "fb_memory_usage", .memory).flatMap { SMIValue.mebibytes($0[...]) }
      }
    }
    return total
  }

  /// A MIG device, which the document describes by its size and does not name.
  private mutating func instance(_ reader: inout XMLReader) throws(XMLReader.Fault) -> MIGInstanceFacts {
    var memoryMiB: Int?
    var multiprocessors: String?
    try SMIXML.children(&reader) { (name, reader) throws(XMLReader.Fault) in
      switch name {
      case "fb_memory_usage": memoryMiB = try memory(&reader)
      case "device_attributes":
        try SMIXML.children(&reader) { (_, reader) throws(XMLReader.Fault) in
          try SMIXML.children(&reader) { (name, reader) throws(XMLReader.Fault) in
            let text = try reader.content()
            if name == "multiprocessor_count" { multiprocessors = text }
          }
        }
      default: try reader.skipElement()
      }
    }
    let size = [multiprocessors.map { "\($0) multiprocessors" }, memoryMiB.map { "\($0) MiB" }]
    return MIGInstanceFacts(profile: size.compactMap { $0 }.joined(separator: ", "), memoryMiB: memoryMiB)
  }

  // MARK: values

  /// A value that may be missing; where nvidia-smi could not read it, that is a gap.
  private mutating func value(_ text: String, of name: String, _ subject: FactGap.Subject) -> String? {
    switch SMIValue(text[...]) {
    case .text(let value): return String(value)
    case .absent: return nil
    case .fault(let reason):
      gap(subject, "nvidia-smi gives “\(reason)” for \(name)")
      return nil
    }
  }

  private mutating func gap(_ subject: FactGap.Subject, _ reason: String) {
    let gap = FactGap(subject, reason: reason)
    if !facts.gaps.contains(gap) { facts.gaps.append(gap) }
  }
}
