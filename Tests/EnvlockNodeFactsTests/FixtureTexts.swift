extension Fixtures {
  // MARK: nvidia-smi -q -x

  /// An element of the XML, with an element for each pair.
  private static func element(_ name: String, _ pairs: (String, String)...) -> String {
    "<\(name)>" + pairs.map { "<\($0)>\($1)</\($0)>" }.joined() + "</\(name)>\n"
  }

  static func xmlGPU(
    _ name: String, memory: String = "81920 MiB", mig: (String, String) = ("N/A", "N/A"),
    devices: String = "None",
    virtualization: String = "None", id: String = "00000000:07:00.0", uuid: String = "GPU-7",
    device: String = "20B210DE"
  ) -> String {
    """
    <gpu id="\(id)">
    <product_name>\(name)</product_name><product_brand>NVIDIA</product_brand>
    <product_architecture>Ampere</product_architecture>
    \(element("mig_mode", ("current_mig", mig.0), ("pending_mig", mig.1)))<mig_devices>\(devices)</mig_devices>
    <uuid>\(uuid)</uuid><minor_number>0</minor_number>
    \(element("gpu_virtualization_mode", ("virtualization_mode", virtualization), ("host_vgpu_mode", "N/A")))\
    \(element("pci", ("pci_bus", "07"), ("pci_device_id", device), ("pci_bus_id", id)))\
    \(element("fb_memory_usage", ("total", memory), ("reserved", "1 MiB"), ("used", "0 MiB")))\
    \(element("bar1_memory_usage", ("total", "131072 MiB")))\
    <processes><process_info><process_name>a &amp; b &#x3C;c&gt;</process_name></process_info></processes>
    </gpu>

    """
  }

  static func xmlMIG(_ index: Int, multiprocessors: Int, memory: Int) -> String {
    """
    <mig_device><index>\(index)</index><gpu_instance_id>\(index + 7)</gpu_instance_id>
    <compute_instance_id>0</compute_instance_id><device_attributes>\
    \(element("shared", ("multiprocessor_count", "\(multiprocessors)"), ("copy_engine_count", "1")))\
    </device_attributes>
    \(element("fb_memory_usage", ("total", "\(memory) MiB"), ("used", "3 MiB")))</mig_device>

    """
  }

  static func xml(_ versions: String, _ gpus: [String]) -> String {
    """
    <?xml version="1.0" ?>
    <!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
    <nvidia_smi_log>
    <timestamp>Tue Nov 24 09:00:00 2026</timestamp>
    \(versions)
    <attached_gpus>\(gpus.count)</attached_gpus>
    \(gpus.joined())</nvidia_smi_log>

    """
  }

  static let oldVersions = "<driver_version>550.54.15</driver_version><cuda_version>12.4</cuda_version>"
  static let newVersions = """
    <driver_version>615.71.09 [Deprecated; will be removed in CUDA 14.0. Use KMD Version instead]</driver_version>
    <cuda_version>13.4 [Deprecated; will be removed in CUDA 14.0. Use CUDA UMD Version instead]</cuda_version>
    <kmd_version>615.71.09</kmd_version><cuda_umd_version>13.4</cuda_umd_version>
    """

  static let xmls: [(name: String, text: String)] = [
    (
      "a100.xml",
      xml(
        oldVersions,
        [
          xmlGPU("NVIDIA A100-SXM4-80GB"),
          xmlGPU("Tesla T4", id: "00000000:3B:00.0", uuid: "GPU-8", device: "1EB810DE"),
        ])
    ),
    (
      "mig.xml",
      xml(
        newVersions,
        [
          xmlGPU(
            "NVIDIA A100-SXM4-80GB", mig: ("Enabled", "Disabled"),
            devices: xmlMIG(0, multiprocessors: 42, memory: 40192)
              + xmlMIG(1, multiprocessors: 14, memory: 9728)
              + xmlMIG(2, multiprocessors: 14, memory: 9728))
        ])
    ),
    (
      "vgpu.xml",
      xml(
        "<kmd_version>610.47</kmd_version><cuda_umd_version>13.3</cuda_umd_version>",
        [xmlGPU("GRID A100-10C", memory: "10240 MiB", virtualization: "VGPU")])
    ),
    (
      "faults.xml",
      xml(
        "<driver_version>550.54.15</driver_version><cuda_version>ERR!</cuda_version>",
        [
          xmlGPU(
            "ERR!", memory: "[Unknown Error]", mig: ("[N/A]", "[N/A]"), uuid: "GPU is lost", device: "junk"),
          xmlGPU("NVIDIA A100-SXM4-80GB", memory: "N/A", mig: ("Unknown Error", "N/A")),
        ])
    ),
  ]

  // MARK: nvidia-smi

  static func table(_ header: String, _ rows: String) -> String {
    """
    Tue Nov 24 09:00:00 2026
    +-----------------------------------------------------------------------------------------+
    | \(header) |
    |-----------------------------------------+------------------------+----------------------+
    | GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
    | Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |
    |                                         |                        |               MIG M. |
    |=========================================+========================+======================|
    \(rows)
    +-----------------------------------------+------------------------+----------------------+
    | Processes:                                                                              |
    |    0   N/A  N/A      1234      C   python                                       1024MiB |
    +-----------------------------------------------------------------------------------------+

    """
  }

  static func row(_ index: Int, _ name: String, memory: String = "1MiB /  81920MiB", mig: String = "N/A")
    -> String
  {
    """
    |   \(index)  \(name)          On  |   00000000:0\(index):00.0 Off |                    0 |
    | N/A   30C    P0             50W /  400W |       \(memory) |      0%      Default |
    |                                         |                        |             \(mig) |
    """
  }

  static let texts: [(name: String, text: String)] = [
    (
      "table-old.txt",
      table(
        "NVIDIA-SMI 550.54.15              Driver Version: 550.54.15      CUDA Version: 12.4    ",
        row(0, "NVIDIA A100-SXM4-80GB", mig: "Disabled") + "\n"
          + row(1, "Tesla T4", memory: "0MiB / 15360MiB"))
    ),
    (
      "table-new.txt",
      table(
        "NVIDIA-SMI 610.43.02              KMD Version: 610.43.02     CUDA UMD Version: 13.3    ",
        row(0, "NVIDIA RTX PRO 6000 Blac...", memory: "287MiB / 97887MiB", mig: "Enabled"))
    ),
    (
      "version.txt",
      "NVIDIA-SMI version  : 616.56\nNVML version        : 616.56\nKMD version         : 616.56\nCUDA UMD version    : 13.4\n"
    ),
    (
      "version-old.txt",
      "NVIDIA-SMI version  : 550.54.15\nNVML version        : 550.54\nDRIVER version      : 550.54.15\nCUDA Version        : 12.4\n"
    ),
    (
      "list.txt",
      """
      GPU 0: NVIDIA A100-SXM4-80GB (UUID: GPU-7)
        MIG 3g.40gb     Device  0: (UUID: MIG-1)
        MIG 1g.10gb+me  Device  1: (UUID: MIG-2)
      GPU 1: GRID T4-16Q (UUID: GPU-8)

      """
    ),
    (
      "query.csv",
      """
      name, uuid, pci.bus_id, pci.device_id, memory.total [MiB], compute_cap, mig.mode.current, mig.mode.pending, driver_version
      NVIDIA A100-SXM4-80GB, GPU-7, 00000000:07:00.0, 0x20B210DE, 81920 MiB, 8.0, Disabled, Enabled, 550.54.15
      Tesla T4, GPU-8, 00000000:3B:00.0, 0x1EB810DE, [Unknown Error], [GPU is lost], [N/A], [N/A], 550.54.15

      """
    ),
    (
      "mismatch.txt",
      "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.90\n"
    ),
    (
      "no-driver.txt",
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA "
        + "driver is installed and running.\n"
    ), ("no-devices.txt", "No devices were found\n"),
    ("lost.txt", "Unable to determine the device handle for GPU 0000:3B:00.0: Unknown Error\n"),
    ("missing.txt", "bash: nvidia-smi: command not found\n"),
  ]
}
