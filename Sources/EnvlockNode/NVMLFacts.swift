import EnvlockModel
import EnvlockNative
import EnvlockVersions

/// From what NVML says to facts; what it says that cannot be right becomes a gap.
struct NVMLFacts {
  private(set) var driver: DriverVersion?
  private(set) var library: DriverVersion?
  private(set) var cuda: CUDAVersion?
  private(set) var gpus: [GPUFacts] = []
  private(set) var gaps: [FactGap] = []

  /// Reads a report of an NVML that has started.
  init(_ report: NVMLReport) {
    driver = report.driver.flatMap { text in version(text, named: "the driver's version") }
    library = Self.library(of: report)
    // NVML has started, so it is of the module's version; one that tells fewer numbers than the driver is no other.
    if let driver, let told = library, driver.components.starts(with: told.components) { library = driver }
    if let number = report.cuda {
      // 1000 × major + 10 × minor, as cuDriverGetVersion has it.
      cuda = try? CUDAVersion("\(number / 1000).\(number % 1000 / 10)")
      if cuda == nil { gaps.append(FactGap(.driver, reason: "NVML gives \(number) as the CUDA version")) }
    }
    gpus = report.gpus.map { gpu($0) }
    if report.gpus.isEmpty, !report.faults.contains(where: { $0.fact == .count }) {
      gaps.append(FactGap(.gpus, reason: "NVML finds no GPU"))
    }
    gaps += report.faults.map { $0.gap }
  }

  /// The driver that the library belongs to. NVML's version has the CUDA major version before it: "12.550.54.15". The
  /// file is named after it, too, and its name is complete where NVML leaves the last number out.
  static func library(of report: NVMLReport) -> DriverVersion? {
    let mark = "libnvidia-ml.so."
    let file = report.path?.split(separator: "/").last.map(String.init) ?? ""
    let named = file.hasPrefix(mark) ? driver(file.dropFirst(mark.utf8.count)) : nil
    let numbers = report.version?.split(separator: ".", maxSplits: 1) ?? []
    let told = numbers.count == 2 ? driver(numbers[1]) : nil
    guard let told else { return named }
    if let named, named.components.starts(with: told.components) { return named }
    return told
  }

  /// A driver's version; nil for a text that is none, and for a library's version such as the 1 of "so.1".
  private static func driver(_ text: Substring) -> DriverVersion? {
    guard let version = try? DriverVersion(text), version.components.count > 1, version.branch >= 100 else {
      return nil
    }
    return version
  }

  private mutating func version(_ text: String, named what: String) -> DriverVersion? {
    if let version = try? DriverVersion(text) { return version }
    gaps.append(FactGap(.driver, reason: "NVML gives “\(text)” as \(what)"))
    return nil
  }

  // MARK: GPUs

  private mutating func gpu(_ said: NVMLGPU) -> GPUFacts {
    var gpu = GPUFacts(product: said.name, uuid: said.uuid, pciBusID: said.busID)
    if let numbers = said.capability, numbers.count == 2 {
      gpu.capability = numbers[0] > 0 ? try? ComputeCapability("\(numbers[0]).\(numbers[1])") : nil
      if gpu.capability == nil {
        gaps.append(
          FactGap(.computeCapability, reason: "NVML gives \(numbers[0]).\(numbers[1]) for GPU \(said.index)"))
      }
    }
    if let bytes = said.memory {
      // 1 MiB is less than any GPU has.
      gpu.memoryMiB = bytes >= 1 << 20 ? bytes >> 20 : nil
      if gpu.memoryMiB == nil {
        gaps.append(FactGap(.memory, reason: "NVML gives \(bytes) bytes as the memory of GPU \(said.index)"))
      }
    }
    if let pci = said.pciID {
      // The vendor, 10DE, is in the low half.
      gpu.pciDeviceID = hexadecimal(pci >> 16)
    }
    // 2: a vGPU inside a virtual machine; its name is its type.
    if said.virtualization == 2 { gpu.vgpuType = said.name }
    if let mig = said.mig {
      var facts = MIGFacts(isEnabled: mig.isEnabled, isPending: mig.isPending)
      for instance in mig.instances {
        guard let profile = Self.profile(of: instance, memory: said.memory) else {
          gaps.append(
            FactGap(.mig, reason: "NVML does not tell the profile of an instance on GPU \(said.index)"))
          continue
        }
        facts.instances.append(
          MIGInstanceFacts(
            profile: profile, memoryMiB: instance.memoryMiB, uuid: instance.uuid,
            gpuInstance: instance.gpuInstance, computeInstance: instance.computeInstance))
      }
      gpu.mig = facts
    }
    return gpu
  }

  /// The profile of a MIG instance: what its name ends with, or else what its slices and its memory say.
  ///
  /// A profile's gigabytes are the instance's memory in eighths of the GPU's, rounded up, times the GPU's in GiB
  /// (NVIDIA/go-nvlib, pkg/nvlib/device/mig_profile.go). What only a name can say, such as "+me", is then missing.
  static func profile(of instance: NVMLMIGInstance, memory: Int?) -> String? {
    if let words = instance.name?.split(separator: " "), let mark = words.lastIndex(of: "MIG"),
      mark + 1 < words.count
    {
      let profile = words[mark + 1]
      if profile.contains("g.") { return String(profile) }
    }
    guard let slices = instance.gpuSlices, let compute = instance.computeSlices,
      let part = instance.memoryMiB, let memory, slices > 0, compute > 0, part > 0, part <= memory >> 20
    else { return nil }
    let whole = memory >> 20
    let (scaled, overflow) = part.multipliedReportingOverflow(by: 8)
    guard !overflow else { return nil }
    let eighths = (scaled + whole - 1) / whole
    let gigabytes = (memory >> 30) + (memory & (1 << 30 - 1) == 0 ? 0 : 1)
    let size = Int((Double(eighths) / 8 * Double(gigabytes)).rounded())
    return (compute == slices ? "" : "\(compute)c.") + "\(slices)g.\(size)gb"
  }
}

extension NVMLFault {
  /// The fault as a gap in a node's facts.
  var gap: FactGap {
    let subject: FactGap.Subject
    let what: String
    switch fact {
    case .load, .start: (subject, what) = (.driver, "NVML")
    case .driver: (subject, what) = (.driver, "the driver's version")
    case .version: (subject, what) = (.system, "NVML's version")
    case .cuda: (subject, what) = (.driver, "the CUDA version of the driver")
    case .count: (subject, what) = (.gpus, "the number of GPUs")
    case .gpu: (subject, what) = (.gpus, "GPU")
    case .name: (subject, what) = (.gpus, "the name")
    case .uuid: (subject, what) = (.gpus, "the UUID")
    case .pci: (subject, what) = (.gpus, "the PCI address")
    case .memory: (subject, what) = (.memory, "the memory")
    case .capability: (subject, what) = (.computeCapability, "the compute capability")
    case .mig: (subject, what) = (.mig, "MIG")
    case .virtualization: (subject, what) = (.vgpu, "the virtualization mode")
    }
    let place = gpu.map { fact == .gpu ? " \($0)" : " of GPU \($0)" } ?? ""
    let source = call.isEmpty ? "" : " (\(call))"
    return FactGap(subject, reason: "\(what)\(place): \(reason)\(source)")
  }
}

/// The low 16 bits as four upper-case hexadecimal digits.
func hexadecimal(_ number: Int) -> String {
  let digits = String(number & 0xffff, radix: 16, uppercase: true)
  return String(repeating: "0", count: 4 - digits.utf8.count) + digits
}
