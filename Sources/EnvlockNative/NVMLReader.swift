import Glibc

/// Asks a loaded NVML, call by call; a call that fails costs its own fact and no other.
struct NVMLReader {
  typealias Pointer = UnsafeMutableRawPointer?
  private typealias Plain = @convention(c) () -> Int32
  private typealias Fill = @convention(c) (Pointer) -> Int32
  private typealias FillText = @convention(c) (Pointer, UInt32) -> Int32
  private typealias FillOf = @convention(c) (Pointer, Pointer) -> Int32
  private typealias FillTwoOf = @convention(c) (Pointer, Pointer, Pointer) -> Int32
  private typealias FillTextOf = @convention(c) (Pointer, Pointer, UInt32) -> Int32
  private typealias Find = @convention(c) (UInt32, Pointer) -> Int32
  private typealias FindOf = @convention(c) (Pointer, UInt32, Pointer) -> Int32

  private let library: NVMLLibrary
  private let memory = NVMLMemory()
  private let more = NVMLMemory()
  private var report = NVMLReport()
  private var gpu: Int?

  /// No machine has more; a count beyond is not believed.
  private static let gpuLimit = 256
  private static let migLimit = 64

  static func report(of library: NVMLLibrary) -> NVMLReport {
    var reader = NVMLReader(library: library)
    reader.readMachine()
    return reader.report
  }

  private init(library: NVMLLibrary) {
    self.library = library
    report.path = library.path
  }

  // MARK: the machine

  private mutating func readMachine() {
    // It answers before the start, too, and after one that failed.
    report.version = text(.version, "nvmlSystemGetNVMLVersion", length: 80)
    guard ask(.start, ["nvmlInit_v2", "nvmlInit"], as: Plain.self, { call, _, _ in call() }) else { return }
    report.isStarted = true
    defer { _ = library.function("nvmlShutdown", as: Plain.self).map { $0() } }

    report.driver = text(.driver, "nvmlSystemGetDriverVersion", length: 80)
    if ask(
      .cuda, ["nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"], as: Fill.self,
      { call, memory, _ in call(memory) })
    {
      report.cuda = memory.signed()
    }
    guard
      ask(
        .count, ["nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"], as: Fill.self,
        { call, memory, _ in call(memory) })
    else { return }
    var count = memory.number()
    if count > Self.gpuLimit {
      note(.count, "nvmlDeviceGetCount_v2", reason: "\(count) GPUs are not believable")
      count = Self.gpuLimit
    }
    for index in 0..<count { readGPU(index) }
    gpu = nil
  }

  // MARK: a GPU

  private mutating func readGPU(_ index: Int) {
    gpu = index
    var found = NVMLGPU(index: index)
    defer { report.gpus.append(found) }
    guard
      ask(
        .gpu, ["nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"], as: Find.self,
        { call, memory, _ in call(UInt32(index), memory) })
    else { return }
    let device = memory.pointer

    found.name = text(of: device, .name, "nvmlDeviceGetName")
    found.uuid = text(of: device, .uuid, "nvmlDeviceGetUUID")
    readPCI(of: device, into: &found)
    if ask(
      .memory, ["nvmlDeviceGetMemoryInfo"], as: FillOf.self, { call, memory, _ in call(device, memory) })
    {
      // nvmlMemory_t: total, free, used; each eight bytes.
      found.memory = memory.long(at: 0)
    }
    if ask(
      .capability, ["nvmlDeviceGetCudaComputeCapability"], as: FillTwoOf.self,
      { call, memory, more in call(device, memory, more) })
    {
      found.capability = [memory.signed(), more.signed()]
    }
    if ask(
      .virtualization, ["nvmlDeviceGetVirtualizationMode"], as: FillOf.self, mayLack: true,
      { call, memory, _ in call(device, memory) })
    {
      found.virtualization = memory.number()
    }
    found.mig = readMIG(of: device)
  }

  private mutating func readPCI(of device: Pointer, into found: inout NVMLGPU) {
    guard
      ask(
        .pci, ["nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetPciInfo_v2"], as: FillOf.self,
        { call, memory, _ in call(device, memory) })
    else { return }
    // nvmlPciInfo_t: char busIdLegacy[16]; unsigned domain, bus, device, pciDeviceId, pciSubSystemId; char busId[32].
    found.busID = memory.text(at: 36, length: 32) ?? memory.text(at: 0, length: 16)
    found.pciID = memory.number(at: 28)
    if found.busID == nil { note(.pci, "nvmlDeviceGetPciInfo_v3", reason: Self.noText) }
  }

  // MARK: MIG

  private mutating func readMIG(of device: Pointer) -> NVMLMIG? {
    guard
      ask(
        .mig, ["nvmlDeviceGetMigMode"], as: FillTwoOf.self, mayLack: true,
        { call, memory, more in call(device, memory, more) })
    else { return nil }
    var mig = NVMLMIG(isEnabled: memory.number() == 1, isPending: more.number() == 1)
    guard mig.isEnabled,
      ask(
        .mig, ["nvmlDeviceGetMaxMigDeviceCount"], as: FillOf.self, { call, memory, _ in call(device, memory) }
      )
    else { return mig }
    let count = min(memory.number(), Self.migLimit)
    for index in 0..<count {
      let faults = report.faults.count
      let found = ask(
        .mig, ["nvmlDeviceGetMigDeviceHandleByIndex"], as: FindOf.self, quiet: [.notFound],
        { call, memory, _ in call(device, UInt32(index), memory) })
      // A slot without an instance is not found; anything else would fail again for the next.
      if found {
        mig.instances.append(readInstance(memory.pointer))
      } else if report.faults.count > faults {
        break
      }
    }
    return mig
  }

  private mutating func readInstance(_ device: Pointer) -> NVMLMIGInstance {
    var instance = NVMLMIGInstance()
    instance.name = text(of: device, .mig, "nvmlDeviceGetName")
    instance.uuid = text(of: device, .mig, "nvmlDeviceGetUUID")
    if ask(
      .mig, ["nvmlDeviceGetAttributes_v2", "nvmlDeviceGetAttributes"], as: FillOf.self,
      { call, memory, _ in call(device, memory) })
    {
      // nvmlDeviceAttributes_t: eight unsigned numbers, of which the last two are the slices of the GPU instance and of
      // the compute instance; then the memory in MiB.
      instance.gpuSlices = memory.number(at: 24)
      instance.computeSlices = memory.number(at: 28)
      instance.memoryMiB = memory.long(at: 32)
    }
    instance.gpuInstance = identity(of: device, "nvmlDeviceGetGpuInstanceId")
    instance.computeInstance = identity(of: device, "nvmlDeviceGetComputeInstanceId")
    return instance
  }

  private mutating func identity(of device: Pointer, _ name: String) -> Int? {
    ask(.mig, [name], as: FillOf.self, mayLack: true, { call, memory, _ in call(device, memory) })
      ? memory.number() : nil
  }

  // MARK: calls

  private static let noText = "it gave a text without end, or none"

  private mutating func text(_ fact: NVMLFault.Fact, _ name: String, length: Int) -> String? {
    guard
      ask(fact, [name], as: FillText.self, { call, memory, _ in call(memory, UInt32(length)) })
    else { return nil }
    let text = memory.text(length: length)
    if text == nil { note(fact, name, reason: Self.noText) }
    return text
  }

  /// Names and UUIDs fit 96 bytes since MIG; before it 64 and 80 were the limits, and a larger buffer does no harm.
  private mutating func text(of device: Pointer, _ fact: NVMLFault.Fact, _ name: String) -> String? {
    guard
      ask(fact, [name], as: FillTextOf.self, { call, memory, _ in call(device, memory, 96) })
    else { return nil }
    let text = memory.text(length: 96)
    if text == nil { note(fact, name, reason: Self.noText) }
    return text
  }

  /// Calls the first of these functions that exists. An older one is no substitute for one that failed: it may count
  /// GPUs otherwise.
  ///
  /// - Parameters:
  ///   - fact: what is lost where it fails.
  ///   - names: the functions, the newest first.
  ///   - type: their type.
  ///   - mayLack: whether a GPU or a driver that does not know it is as good as one that says no.
  ///   - quiet: the codes that are no fault.
  ///   - body: makes the call, with two empty places for results.
  /// - Returns: whether it succeeded.
  private mutating func ask<Function>(
    _ fact: NVMLFault.Fact, _ names: [String], as type: Function.Type, mayLack: Bool = false,
    quiet: [NVMLCode] = [], _ body: (Function, Pointer, Pointer) -> Int32
  ) -> Bool {
    let quiet = quiet + (mayLack ? [.notSupported, .functionNotFound] : [])
    for name in names {
      guard let function = library.function(name, as: type) else { continue }
      memory.clear()
      more.clear()
      let number = Int(body(function, memory.place, more.place))
      if number == 0 { return true }
      let code = NVMLCode(rawValue: number)
      if let code, quiet.contains(code) { return false }
      note(fact, name, number: number, reason: code?.meaning ?? meaning(of: number))
      return false
    }
    let lack = NVMLCode.functionNotFound
    if !quiet.contains(lack) { note(fact, names.first ?? "", number: lack.rawValue, reason: lack.meaning) }
    return false
  }

  private mutating func note(_ fact: NVMLFault.Fact, _ call: String, number: Int? = nil, reason: String) {
    report.faults.append(NVMLFault(fact, call: call, gpu: gpu, code: number, reason: reason))
  }

  /// What the library itself says of a code that is not known here.
  private func meaning(of code: Int) -> String {
    typealias Explain = @convention(c) (Int32) -> UnsafePointer<CChar>?
    guard let explain = library.function("nvmlErrorString", as: Explain.self),
      let text = explain(Int32(clamping: code))
    else { return "NVML's error \(code)" }
    let bytes = UnsafeBufferPointer(start: text, count: strnlen(text, 200)).map { UInt8(bitPattern: $0) }
    let printable = bytes.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: "?") : $0 }
    return "NVML's error \(code): \(String(decoding: printable, as: UTF8.self))"
  }
}

/// The values of `nvmlReturn_t` that say something about a node.
public enum NVMLCode: Int, Sendable, CaseIterable {
  case uninitialized = 1
  case invalidArgument = 2
  case notSupported = 3
  case noPermission = 4
  case notFound = 6
  case insufficientSize = 7
  case insufficientPower = 8
  case driverNotLoaded = 9
  case timeout = 10
  case irqIssue = 11
  case libraryNotFound = 12
  case functionNotFound = 13
  case corruptedInfoROM = 14
  case gpuIsLost = 15
  case resetRequired = 16
  case operatingSystem = 17
  case versionMismatch = 18
  case inUse = 19
  case memory = 20
  case noData = 21
  case insufficientResources = 23
  case argumentVersionMismatch = 25
  case deprecated = 26
  case notReady = 27
  case gpuNotFound = 28
  case unknown = 999

  /// What it means, as a clause.
  public var meaning: String {
    switch self {
    case .uninitialized: "NVML has not started"
    case .invalidArgument: "NVML finds an argument invalid"
    case .notSupported: "this GPU does not support it"
    case .noPermission: "permission is denied"
    case .notFound: "there is none"
    case .insufficientSize: "NVML wants a larger buffer than its header says"
    case .insufficientPower: "a GPU's power cable is not attached"
    case .driverNotLoaded: "the kernel module is not loaded"
    case .timeout: "the driver timed out"
    case .irqIssue: "the kernel reports a fault with a GPU's interrupts"
    case .libraryNotFound: "a library of the driver is missing"
    case .functionNotFound: "this driver's NVML has no such function"
    case .corruptedInfoROM: "the GPU's InfoROM is damaged"
    case .gpuIsLost: "the GPU is lost: it has fallen off the bus"
    case .resetRequired: "the GPU has to be reset"
    case .operatingSystem:
      "the system denies access to the GPU: control groups, or a device file that is missing"
    case .versionMismatch:
      "driver/library version mismatch: the kernel module is of another version than the libraries"
    case .inUse: "the GPU is in use"
    case .memory: "memory ran out"
    case .noData: "there are no data"
    case .insufficientResources: "resources ran out"
    case .argumentVersionMismatch: "this driver's NVML knows another version of the structure"
    case .deprecated: "this driver's NVML has given it up"
    case .notReady: "the driver is not ready"
    case .gpuNotFound: "no GPU was found"
    case .unknown: "the driver reports an unknown error"
    }
  }
}
