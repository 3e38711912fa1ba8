import EnvlockModel

/// The GPUs of a machine by libvirt, and what the host has to do for them first.
struct LibvirtDevices {
  /// Elements of the domain.
  let elements: [XMLElement]
  /// Lines of the host's script.
  let commands: [String]
  /// Why.
  let choices: [RunChoice]

  /// - Throws: Addresses and UUIDs that are none, or are not as many as GPUs.
  init(_ plan: RunPlan, _ options: LibvirtSpec.Options) throws(RunSpecError) {
    guard let grant = plan.gpu else {
      (elements, commands, choices) = ([], [], [])
      return
    }
    let addresses = try options.pciAddresses.map { (text) throws(RunSpecError) in try PCIAddress(text) }
    for uuid in options.mediatedDevices { try Self.check(uuid) }
    guard addresses.count == grant.perNode else {
      throw RunSpecError(
        "\(grant.perNode) GPUs are asked for, and \(addresses.count) are named",
        hints: ["name where they lie: `--pci 0000:3b:00.0`; `lspci -D -d 10de:` lists them"])
    }
    // Several vGPUs may lie on one GPU, each with a UUID of its own.
    let unique =
      options.mediatedDevices.isEmpty
      ? Set(addresses.map(\.text)) : Set(options.mediatedDevices.map { $0.lowercased() })
    guard unique.count == grant.perNode else {
      throw RunSpecError(
        "\(grant.perNode) devices are needed, each once, and \(unique.count) are named",
        hints: ["name as many as `gpus` says, for vGPUs with a UUID for each: `uuidgen`"])
    }
    guard let vgpu = grant.vgpu else {
      guard options.mediatedDevices.isEmpty else {
        throw RunSpecError(
          "mediated devices are vGPUs, and whole GPUs are asked for",
          hints: ["leave them out, or ask for a vGPU: `gpu = \"vgpu:A100-10C\"`"])
      }
      elements = addresses.map { Self.passthrough($0, isManaged: true) }
      commands =
        ["# Without an IOMMU nothing keeps a machine's GPU off the host's memory."]
        + addresses.map {
          "test -e \($0.folder)/iommu_group || { echo 'there is no IOMMU for \($0.text)' >&2; exit 1; }"
        }
      choices = [
        RunChoice(
          "GPU", options.pciAddresses.joined(separator: ", "),
          "the whole GPU is the machine's: libvirt binds it to vfio-pci while the machine runs")
      ]
      return
    }
    guard let type = options.vgpuType ?? vgpu.typeID else {
      throw RunSpecError(
        "the host's number of the vGPU type \(vgpu.name) is not known",
        hints: ["name it: `--vgpu-type nvidia-471`; `nvidia-smi vgpu -s -v` lists the types"])
    }
    let number = type.hasPrefix("nvidia-") ? String(type.dropFirst(7)) : type
    guard !number.isEmpty, number.utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw RunSpecError("“\(type)” is no type of vGPUs", hints: ["it looks like nvidia-471"])
    }
    if options.mediatedDevices.isEmpty {
      elements = addresses.map { Self.passthrough($0, isManaged: false) }
      commands =
        ["# \(vgpu.name) on each virtual function, which `sriov-manage -e ALL` made."]
        + addresses.map { "echo \(number) > \($0.folder)/nvidia/current_vgpu_type" }
      choices = [
        RunChoice(
          "vGPU", options.pciAddresses.joined(separator: ", "),
          "a virtual function is the vGPU, by NVIDIA's own VFIO driver; with a UUID it is a mediated device")
      ]
    } else {
      let pairs = zip(options.mediatedDevices, addresses).map { $0 }
      elements = options.mediatedDevices.map { uuid in
        XMLElement(
          "hostdev", ["mode": "subsystem", "type": "mdev", "model": "vfio-pci"],
          [XMLElement("source", [:], [XMLElement("address", ["uuid": uuid])])])
      }
      commands =
        ["# \(vgpu.name) as mediated devices."]
        + pairs.map { uuid, address in
          "test -e /sys/bus/mdev/devices/\(uuid) || "
            + "echo \(uuid) > /sys/class/mdev_bus/\(address.text)/mdev_supported_types/nvidia-\(number)/create"
        }
      choices = [
        RunChoice(
          "vGPU", options.mediatedDevices.joined(separator: ", "),
          "mediated devices of \(vgpu.name) on \(options.pciAddresses.joined(separator: ", "))")
      ]
    }
  }

  private static func passthrough(_ address: PCIAddress, isManaged: Bool) -> XMLElement {
    XMLElement(
      "hostdev", ["mode": "subsystem", "type": "pci", "managed": isManaged ? "yes" : "no"],
      [
        XMLElement(
          "source", [:],
          [
            XMLElement(
              "address",
              [
                "domain": "0x\(address.domain)", "bus": "0x\(address.bus)", "slot": "0x\(address.slot)",
                "function": "0x\(address.function)",
              ])
          ])
      ])
  }

  private static func check(_ uuid: String) throws(RunSpecError) {
    let parts = uuid.split(separator: "-", omittingEmptySubsequences: false)
    let isUUID =
      parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.utf8.allSatisfy(PCIAddress.isHex) }
    guard isUUID else { throw RunSpecError("“\(uuid)” is no UUID", hints: ["`uuidgen` makes one"]) }
  }
}

/// Where a device lies on the PCI bus: "0000:3b:00.0".
struct PCIAddress: Hashable, Sendable {
  let domain: String
  let bus: String
  let slot: String
  let function: String

  /// The text that `lspci -D` writes.
  var text: String { "\(domain):\(bus):\(slot).\(function)" }
  /// Its folder on the host.
  var folder: String { "/sys/bus/pci/devices/\(text)" }

  /// - Throws: Anything but four, two and two digits and a function from 0 to 7.
  init(_ text: String) throws(RunSpecError) {
    let parts = text.lowercased().split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "." }
      .map { String($0) }
    guard parts.map(\.utf8.count) == [4, 2, 2, 1], parts.allSatisfy({ $0.utf8.allSatisfy(Self.isHex) }),
      let function = Int(parts[3]), function < 8, let slot = Int(parts[2], radix: 16), slot < 32,
      text.lowercased() == "\(parts[0]):\(parts[1]):\(parts[2]).\(parts[3])"
    else {
      throw RunSpecError(
        "“\(text)” is no place on the PCI bus",
        hints: ["it looks like 0000:3b:00.0; `lspci -D -d 10de:` lists NVIDIA's"])
    }
    (domain, bus, self.slot, self.function) = (parts[0], parts[1], parts[2], parts[3])
  }

  static func isHex(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }
}
