import EnvlockModel

/// A virtual machine by libvirt: the domain, the data of cloud-init, and a script for the host.
///
/// Sources: libvirt, "Domain XML format" (hostdev); NVIDIA vGPU software user guide, "Using GPU Pass-Through" and
/// "Creating an NVIDIA vGPU on a Linux with KVM Hypervisor".
public struct LibvirtSpec: RunSpec {
  /// What may be set beside the plan.
  public struct Options: Sendable {
    /// Where the GPUs lie on the host's PCI bus, "0000:3b:00.0"; for vGPUs the GPUs that they are a part of, or their
    /// virtual functions.
    public var pciAddresses: [String] = []
    /// The UUIDs that vGPUs get as mediated devices; empty where a virtual function is the vGPU, as on Ada and later.
    public var mediatedDevices: [String] = []
    /// The host's number of the vGPU's type, where the matrix does not know it: "nvidia-471".
    public var vgpuType: String?
    /// The disk that the machine boots from: a path on the host.
    public var disk: String?
    /// The format of the disk: "qcow2" or "raw".
    public var diskFormat = "qcow2"
    /// libvirt's network.
    public var network = "default"
    /// Whether the machine ends with the program.
    public var powersOff = true
    /// Whether an image does that is named without a digest.
    public var allowTag = false

    /// No device and no disk, which both are the host's to name.
    public init() {}
  }

  /// The domain.
  public let domain: XMLElement
  /// What was decided.
  public let choices: [RunChoice]
  private let xml: String
  private let userData: String
  private let metaData: String
  private let hostScript: String

  /// Makes the machine.
  ///
  /// - Throws: What a machine by libvirt cannot give.
  public init(_ plan: RunPlan, options: Options) throws(RunSpecError) {
    let size = try MachineSize(plan, target: "libvirt")
    let devices = try LibvirtDevices(plan, options)
    let seed = "/var/lib/libvirt/images/\(plan.name)-seed.iso"
    let disk = try Self.disk(options)
    domain = Self.domain(plan, size, options, disk: disk, seed: seed, devices: devices.elements)
    xml = try XMLText.text(of: domain)
    userData = try GuestStart.userData(plan, powersOff: options.powersOff, allowTag: options.allowTag)
    // Another lock is another instance: cloud-init writes its script anew.
    metaData = YAMLText.text(of: [
      [
        "instance-id": .string("\(plan.name)-\(plan.lock.hex.prefix(12))"),
        "local-hostname": .string(plan.name),
      ]
    ])
    hostScript =
      (["#!/bin/bash", "# \(plan.name): \(plan.title); made by envlock from the lock \(plan.lock)"]
      + ["# As root, on the host, in the folder of this file.", "set -euo pipefail"] + devices.commands + [
        ShellText.line(["cloud-localds", seed, "user-data", "meta-data"]), "virsh define domain.xml",
        ShellText.line(["virsh", "start", plan.name]),
      ]).joined(separator: "\n") + "\n"
    choices =
      size.choices + devices.choices + GuestStart.choices(plan, powersOff: options.powersOff) + [
        RunChoice("disk", disk, "as it was named; what the machine writes stays in it")
      ]
  }

  /// The domain, the user data and metadata of cloud-init, and the host's script.
  public var files: [SpecFile] {
    [
      SpecFile("domain.xml", .text(xml)), SpecFile("user-data", .text(userData)),
      SpecFile("meta-data", .text(metaData)), SpecFile("host.sh", .text(hostScript), isExecutable: true),
    ]
  }

  private static func disk(_ options: Options) throws(RunSpecError) -> String {
    guard let disk = options.disk else {
      throw RunSpecError(
        "a machine needs a disk to boot from",
        hints: [
          "name its path on the host: `--disk /var/lib/libvirt/images/NAME.qcow2`",
          "its system has to have cloud-init, podman, and NVIDIA's driver for a GPU",
        ])
    }
    guard disk.hasPrefix("/"), !disk.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw RunSpecError("“\(disk)” is no path on the host", hints: ["it has to begin with a slash"])
    }
    guard ["qcow2", "raw"].contains(options.diskFormat) else {
      throw RunSpecError("“\(options.diskFormat)” is no format of a disk", hints: ["it is qcow2 or raw"])
    }
    return disk
  }

  private static func domain(
    _ plan: RunPlan, _ size: MachineSize, _ options: Options, disk: String, seed: String,
    devices: [XMLElement]
  ) -> XMLElement {
    let isAMD64 = plan.demand.platform == .linuxAMD64
    // The memory of large GPUs lies beyond what a guest's processor would otherwise address.
    let cpu = XMLElement(
      "cpu", ["mode": "host-passthrough"],
      devices.isEmpty ? [] : [XMLElement("maxphysaddr", ["mode": "passthrough"])])
    return XMLElement(
      "domain", ["type": "kvm"],
      [
        XMLElement("name", text: plan.name), XMLElement("title", text: "\(plan.name): \(plan.title)"),
        XMLElement("description", text: "Made by envlock from the lock \(plan.lock)"),
        XMLElement("memory", ["unit": "MiB"], text: "\(size.mebibytes)"),
        XMLElement("vcpu", ["placement": "static"], text: "\(size.processors)"),
        XMLElement(
          "os", ["firmware": "efi"],
          [
            XMLElement(
              "type",
              ["arch": plan.demand.platform.machine, "machine": isAMD64 ? "q35" : "virt"], text: "hvm"),
            XMLElement("boot", ["dev": "hd"]),
          ]),
        XMLElement(
          "features", [:],
          [XMLElement("acpi")] + (isAMD64 ? [XMLElement("apic")] : [XMLElement("gic", ["version": "host"])])),
        cpu, XMLElement("on_poweroff", text: "destroy"), XMLElement("on_reboot", text: "restart"),
        XMLElement("on_crash", text: "destroy"),
        XMLElement(
          "devices", [:],
          [
            XMLElement(
              "disk", ["type": "file", "device": "disk"],
              [
                XMLElement("driver", ["name": "qemu", "type": options.diskFormat]),
                XMLElement("source", ["file": disk]), XMLElement("target", ["dev": "vda", "bus": "virtio"]),
              ]),
            XMLElement(
              "disk", ["type": "file", "device": "cdrom"],
              [
                XMLElement("driver", ["name": "qemu", "type": "raw"]),
                XMLElement("source", ["file": seed]), XMLElement("target", ["dev": "sda", "bus": "scsi"]),
                XMLElement("readonly"),
              ]),
            XMLElement("controller", ["type": "scsi", "model": "virtio-scsi"]),
            XMLElement(
              "interface", ["type": "network"],
              [XMLElement("source", ["network": options.network]), XMLElement("model", ["type": "virtio"])]),
            XMLElement("console", ["type": "pty"]),
            XMLElement(
              "rng", ["model": "virtio"],
              [XMLElement("backend", ["model": "random"], text: "/dev/urandom")]),
          ] + devices),
      ])
  }
}
