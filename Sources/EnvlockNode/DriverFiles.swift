import EnvlockModel
import EnvlockNodeFacts
import EnvlockVersions

/// What the kernel says of NVIDIA's driver and devices, in files.
struct DriverFiles {
  let files: NodeFiles

  /// What the kernel module says; nil where it is not loaded, or this is a container that does not show it.
  var module: ProcText.Module? { files.text("/proc/driver/nvidia/version").flatMap { ProcText.version($0) } }

  /// The GPUs that the kernel module drives, ordered by bus address.
  var gpus: [GPUFacts] {
    let folder = "/proc/driver/nvidia/gpus"
    let functions = pciFunctions
    var found: [GPUFacts] = []
    for address in files.list(folder) ?? [] {
      guard var gpu = files.text("\(folder)/\(address)/information").flatMap({ ProcText.gpu($0) }) else {
        continue
      }
      gpu.pciDeviceID = functions.first { $0.address == address.lowercased() }?.device
      gpu.pciBusID = Self.busID(gpu.pciBusID ?? address)
      found.append(gpu)
    }
    return found
  }

  /// The address as NVML writes it, with eight digits for the domain: "00000000:3B:00.0".
  static func busID(_ address: String) -> String {
    let domain = address.prefix { $0 != ":" }
    return String(repeating: "0", count: max(0, 8 - domain.utf8.count)) + address.uppercased()
  }

  /// A function of a PCI device of NVIDIA's.
  struct PCIFunction: Hashable {
    /// "0000:3b:00.0".
    var address: String
    /// "20B2".
    var device: String
  }

  /// The display controllers of NVIDIA's (vendor 10DE, class 03), with or without a driver.
  var pciFunctions: [PCIFunction] {
    let folder = "/sys/bus/pci/devices"
    return (files.list(folder) ?? []).compactMap { address in
      guard files.line("\(folder)/\(address)/vendor")?.trimmed.lowercased() == "0x10de",
        files.line("\(folder)/\(address)/class")?.hasPrefix("0x03") == true,
        let device = files.line("\(folder)/\(address)/device")?.trimmed, device.hasPrefix("0x"),
        let number = Int(device.dropFirst(2), radix: 16)
      else { return nil }
      return PCIFunction(address: address.lowercased(), device: hexadecimal(number))
    }
  }

  /// The hypervisor's driver, where a vGPU tells it in its PCI configuration. Only root reads that far.
  var vgpuHost: VGPUHostFacts? {
    for function in pciFunctions {
      if let bytes = files.bytes("/sys/bus/pci/devices/\(function.address)/config", limit: 4096),
        let host = VGPUCapability.host(in: bytes)
      {
        return host
      }
    }
    return nil
  }
}

/// The record that a vGPU keeps in its PCI configuration space, in the vendor-specific capability.
///
/// Its form is known from NVIDIA/gpu-feature-discovery, internal/vgpu: the signature "VF" in bytes 3 and 4, records from
/// byte 5, each with its id and its length; record 0 holds the host's driver version and its branch, ten bytes each.
enum VGPUCapability {
  /// The host of the vGPU; nil where the space has no such record.
  static func host(in space: [UInt8]) -> VGPUHostFacts? {
    // PCI Local Bus Specification 3.0, 6.7: bit 4 of the status register says that there is a list.
    guard space.count > 0x40, space[0x06] & 0x10 != 0 else { return nil }
    var place = Int(space[0x34] & 0xfc)
    // The list cannot be longer than the space has places for it; a ring ends here, too.
    for _ in 0..<48 {
      guard place >= 0x40, place + 3 <= space.count else { return nil }
      let length = Int(space[place + 2])
      if space[place] == 0x09, place + length <= space.count,
        let host = host(record: Array(space[place..<place + length]))
      {
        return host
      }
      place = Int(space[place + 1] & 0xfc)
    }
    return nil
  }

  private static func host(record capability: [UInt8]) -> VGPUHostFacts? {
    guard capability.count > 5, capability[3] == UInt8(ascii: "V"), capability[4] == UInt8(ascii: "F") else {
      return nil
    }
    var place = 5
    while place + 2 <= capability.count {
      let length = Int(capability[place + 1])
      guard length >= 2, place + length <= capability.count else { return nil }
      if capability[place] == 0, length >= 22 {
        let version = text(capability[(place + 2)..<(place + 12)])
        let branch = text(capability[(place + 12)..<(place + 22)])
        let host = VGPUHostFacts(
          driver: try? DriverVersion(version), branch: branch.isEmpty ? nil : branch)
        return host.driver == nil && host.branch == nil ? nil : host
      }
      place += length
    }
    return nil
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { (0x21...0x7e).contains($0) }, as: UTF8.self)
  }
}
