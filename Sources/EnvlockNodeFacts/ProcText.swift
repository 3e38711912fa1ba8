public import EnvlockModel
public import EnvlockVersions

/// What NVIDIA's kernel module says under `/proc/driver/nvidia`.
public enum ProcText {
  /// What `/proc/driver/nvidia/version` says.
  public struct Module: Hashable, Sendable {
    /// The version of the kernel driver; nil where the file states none.
    public var driver: DriverVersion?
    /// Whether it is the open module.
    public var isOpen: Bool
    /// Why ``driver`` is unknown.
    public var gap: FactGap?

    /// A module.
    public init(driver: DriverVersion? = nil, isOpen: Bool, gap: FactGap? = nil) {
      self.driver = driver
      self.isOpen = isOpen
      self.gap = gap
    }
  }

  /// Reads `/proc/driver/nvidia/version`.
  ///
  /// The closed module writes "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  …", the open one "… NVIDIA
  /// UNIX Open Kernel Module for x86_64  535.104.05  …".
  ///
  /// - Parameter text: the file.
  /// - Returns: what it says; nil where it is no such file.
  public static func version(_ text: String) -> Module? {
    guard let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("NVRM version:") }),
      let name = line.firstRange(of: "Kernel Module")
    else { return nil }
    var module = Module(isOpen: line[..<name.upperBound].hasSuffix("Open Kernel Module"))
    for word in line[name.upperBound...].split(separator: " ") {
      guard word.contains("."), let driver = try? DriverVersion(word) else { continue }
      if driver.branch >= 100 {
        module.driver = driver
      } else {
        // Until JetPack 5 the module of a Jetson bears the version of its operating system: 35.3.1.
        module.gap = FactGap(
          .driver, reason: "the kernel module says \(word), the version of a Jetson's system")
      }
      return module
    }
    module.gap = FactGap(.driver, reason: "/proc/driver/nvidia/version states no version")
    return module
  }

  /// Reads `/proc/driver/nvidia/gpus/*/information`.
  ///
  /// - Parameter text: the file.
  /// - Returns: the GPU; nil where the file describes none, or one that the driver was told to leave alone.
  public static func gpu(_ text: String) -> GPUFacts? {
    var gpu: GPUFacts?
    for line in text.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].trimmed
      switch line[..<colon].trimmed {
      case "Model":
        let known = value.isEmpty || value == "Unknown" ? GPUFacts() : GPUFacts(name: String(value))
        gpu = GPUFacts(
          product: known.product, uuid: gpu?.uuid, pciBusID: gpu?.pciBusID, vgpuType: known.vgpuType)
      case "GPU UUID" where !value.contains("?") && value.hasPrefix("GPU-"):
        gpu = gpu ?? GPUFacts()
        gpu?.uuid = String(value)
      case "Bus Location":
        gpu = gpu ?? GPUFacts()
        gpu?.pciBusID = String(value)
      case "GPU Excluded", "Blacklisted": if value == "Yes" { return nil }
      default: break
      }
    }
    return gpu
  }
}
