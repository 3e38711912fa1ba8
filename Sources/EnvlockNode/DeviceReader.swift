import EnvlockModel
import EnvlockNodeFacts
import EnvlockRunSpec
import Glibc

/// Reads which device nodes there are, and what the kernel module says that they give access to.
///
/// Files: MIG User Guide, "Device Nodes and Capabilities" and "/proc based nvidia-capabilities".
struct DeviceReader {
  let files: NodeFiles
  private(set) var faults: [MeasuredDevices.Fault] = []

  init(files: NodeFiles) { self.files = files }

  // MARK: Nodes

  /// NVIDIA's device nodes and those that CDI documents name, by ascending path.
  func nodes(of registry: CDIRegistry) -> [OCIDevice] {
    var paths: Set<String> = []
    for folder in ["/dev", "/dev/nvidia-caps", "/dev/nvidia-caps-imex-channels"] {
      for name in files.list(folder) ?? [] where folder != "/dev" || name.hasPrefix("nvidia") {
        paths.insert("\(folder)/\(name)")
      }
    }
    for file in registry.files {
      let specification = file.specification
      for edits in [specification.edits] + specification.devices.map(\.edits) {
        paths.formUnion(edits.deviceNodes.map { $0.hostPath ?? $0.path })
      }
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { files.device($0) }
  }

  // MARK: GPUs

  /// The GPUs that the kernel module drives, by ascending bus address.
  mutating func gpus(_ facts: NodeFacts?) -> [NodeDevices.GPU] {
    let folder = "/proc/driver/nvidia/gpus"
    var found: [NodeDevices.GPU] = []
    for address in files.list(folder) ?? [] {
      let path = "\(folder)/\(address)/information"
      guard let text = files.text(path) else {
        faults.append(MeasuredDevices.Fault(path: path, reason: "cannot be read"))
        continue
      }
      // A GPU that the driver was told to leave alone is none.
      guard let gpu = ProcText.gpu(text) else { continue }
      guard let uuid = gpu.uuid, let minor = Self.number("Device Minor", in: text) else {
        faults.append(MeasuredDevices.Fault(path: path, reason: "does not tell the GPU's UUID and number"))
        continue
      }
      let mig = facts?.gpus.first { $0.uuid == uuid }?.mig
      let instances = instances(minor).map { instance in
        let said = mig?.instances.first {
          $0.gpuInstance == instance.gpuInstance && $0.computeInstance == instance.computeInstance
        }
        var instance = instance
        (instance.uuid, instance.profile) = (said?.uuid, said?.profile)
        return instance
      }
      let isDivided = mig?.isEnabled ?? !instances.isEmpty
      found.append(NodeDevices.GPU(uuid: uuid, minor: minor, isDivided: isDivided, instances: instances))
    }
    return found
  }

  /// The compute instances of a GPU, by ascending numbers.
  private mutating func instances(_ minor: Int) -> [NodeDevices.Instance] {
    let folder = "/proc/driver/nvidia/capabilities/gpu\(minor)/mig"
    var found: [NodeDevices.Instance] = []
    for gpuInstance in numbers("gi", in: folder) {
      let place = "\(folder)/gi\(gpuInstance)"
      guard let access = access(place) else { continue }
      for computeInstance in numbers("ci", in: place) {
        guard let own = self.access("\(place)/ci\(computeInstance)") else { continue }
        found.append(
          NodeDevices.Instance(
            gpuInstance: gpuInstance, computeInstance: computeInstance, gpuInstanceAccess: access,
            computeInstanceAccess: own))
      }
    }
    return found
  }

  /// The numbers behind a prefix of the names in a folder, ascending.
  private func numbers(_ prefix: String, in folder: String) -> [Int] {
    (files.list(folder) ?? []).compactMap { name in
      name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.utf8.count)) : nil
    }.filter { $0 >= 0 }.sorted()
  }

  /// The device node that gives access to an instance.
  private mutating func access(_ folder: String) -> String? {
    let path = "\(folder)/access"
    guard let minor = files.text(path).flatMap({ Self.number("DeviceFileMinor", in: $0) }) else {
      faults.append(MeasuredDevices.Fault(path: path, reason: "does not tell the number of a device node"))
      return nil
    }
    return "/dev/nvidia-caps/nvidia-cap\(minor)"
  }

  /// The number behind a key: "DeviceFileMinor: 21".
  static func number(_ key: String, in text: String) -> Int? {
    for line in text.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":"), String(line[..<colon]).trimmed == key else { continue }
      return Int(String(line[line.index(after: colon)...]).trimmed).flatMap { $0 >= 0 ? $0 : nil }
    }
    return nil
  }
}

extension NodeFiles {
  /// The device node or pipe at a path, behind links; nil where there is none.
  func device(_ path: String) -> OCIDevice? {
    var status = stat()
    guard stat(place(path), &status) == 0 else { return nil }
    let kind: OCIDevice.Kind
    switch status.st_mode & S_IFMT {
    case S_IFCHR: kind = .character
    case S_IFBLK: kind = .block
    case S_IFIFO: kind = .pipe
    default: return nil
    }
    // Linux's coding of device numbers (gnu_dev_major and gnu_dev_minor of the C library, which are macros).
    let device = UInt64(status.st_rdev)
    let major = (device >> 8) & 0xFFF | (device >> 32) & 0xFFFF_F000
    let minor = device & 0xFF | (device >> 12) & 0xFFFF_FF00
    return OCIDevice(
      path, kind: kind,
      number: kind == .pipe ? nil : OCIDeviceNumber(major: Int(major), minor: Int(minor)),
      mode: Int(status.st_mode & 0o7777), uid: Int(status.st_uid), gid: Int(status.st_gid))
  }
}
