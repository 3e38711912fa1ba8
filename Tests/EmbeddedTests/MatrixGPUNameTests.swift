import EnvlockData
import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

/// Names as nvidia-smi, GPU Feature Discovery and people write them, and the models that they mean.
@Suite struct MatrixGPUNameTests {
  let matrix = Matrix.embedded

  @Test(
    arguments: [
      // nvidia-smi
      ("NVIDIA A100-SXM4-80GB", ["A100-SXM4-80GB"]), ("NVIDIA A100 80GB PCIe", ["A100 80GB PCIe"]),
      ("A100-PCIE-40GB", ["A100-PCIE-40GB"]), ("NVIDIA A100-PCIE-40GB", ["A100-PCIE-40GB"]),
      ("NVIDIA H100 80GB HBM3", ["H100 80GB HBM3 (SXM5)"]), ("NVIDIA H100 PCIe", ["H100 PCIe"]),
      ("NVIDIA H100 NVL", ["H100 NVL"]), ("NVIDIA H200", ["H200 (SXM5)"]), ("NVIDIA H200 NVL", ["H200 NVL"]),
      ("NVIDIA GH200 480GB", ["GH200 480GB (96GB HBM3)"]), ("NVIDIA GH200 144G HBM3e", ["GH200 144G HBM3e"]),
      ("NVIDIA B200", ["B200"]), ("NVIDIA GB200", ["GB200"]), ("NVIDIA B300 SXM6 AC", ["B300 SXM6 AC"]),
      ("NVIDIA GB10", ["GB10 (DGX Spark)"]), ("NVIDIA L40S", ["L40S"]), ("NVIDIA L40", ["L40"]),
      ("NVIDIA L4", ["L4"]), ("NVIDIA A10G", ["A10G"]), ("NVIDIA A10", ["A10"]), ("NVIDIA A30", ["A30"]),
      ("NVIDIA A2", ["A2"]), ("Tesla T4", ["Tesla T4"]), ("Tesla V100-SXM2-16GB", ["Tesla V100 SXM2 16GB"]),
      ("Tesla V100-SXM2-32GB", ["Tesla V100 SXM2 32GB"]), ("Tesla V100-PCIE-16GB", ["Tesla V100 PCIe 16GB"]),
      ("Tesla V100-PCIE-32GB", ["Tesla V100 PCIe 32GB"]),
      ("Tesla V100S-PCIE-32GB", ["Tesla V100S PCIe 32GB"]),
      ("Tesla P100-PCIE-16GB", ["Tesla P100 PCIe 16GB"]), ("Tesla P100-SXM2-16GB", ["Tesla P100 SXM2 16GB"]),
      ("Tesla P40", ["Tesla P40"]), ("Tesla K80", ["Tesla K80"]),
      ("NVIDIA GeForce RTX 4090", ["GeForce RTX 4090"]),
      ("NVIDIA GeForce RTX 4090 D", ["GeForce RTX 4090 D"]),
      ("NVIDIA GeForce RTX 3080 Laptop GPU", ["GeForce RTX 3080"]),
      ("NVIDIA GeForce GTX 1080 Ti", ["GeForce GTX 1080 Ti"]), ("GeForce GTX 1060 6GB", ["GeForce GTX 1060"]),
      ("NVIDIA RTX A6000", ["RTX A6000"]), ("NVIDIA RTX 6000 Ada Generation", ["RTX 6000 Ada Generation"]),
      (
        "NVIDIA RTX PRO 6000 Blackwell Server Edition", ["RTX PRO 6000 Blackwell Server Edition"]
      ),
      ("Quadro RTX 8000", ["Quadro RTX 8000"]), ("NVIDIA TITAN RTX", ["TITAN RTX"]),
      ("NVIDIA TITAN Xp", ["TITAN Xp"]),
      // GPU Feature Discovery
      ("NVIDIA-A100-SXM4-80GB", ["A100-SXM4-80GB"]),
      ("NVIDIA-A100-SXM4-80GB-MIG-1g.10gb", ["A100-SXM4-80GB"]),
      ("NVIDIA-A100-SXM4-80GB-MIG-1g.10gb.me", ["A100-SXM4-80GB"]),
      ("A100-SXM4-40GB-MIG-1g.5gb-SHARED", ["A100-SXM4-40GB"]), ("Tesla-T4-SHARED", ["Tesla T4"]),
      ("NVIDIA-H100-80GB-HBM3", ["H100 80GB HBM3 (SXM5)"]),
      ("NVIDIA-GH200-480GB", ["GH200 480GB (96GB HBM3)"]), ("NVIDIA-L40S", ["L40S"]),
      ("NVIDIA-GeForce-RTX-3090", ["GeForce RTX 3090"]), ("GRID-T4-16Q", ["Tesla T4"]),
      // people
      ("GTX 1080", ["GeForce GTX 1080"]), ("gtx1080ti", ["GeForce GTX 1080 Ti"]),
      ("H100 PCIe", ["H100 PCIe"]),
      ("h100-pcie", ["H100 PCIe"]), ("H100 SXM5", ["H100 80GB HBM3 (SXM5)"]),
      ("H100 SXM", ["H100 80GB HBM3 (SXM5)"]), ("RTX 4090", ["GeForce RTX 4090"]),
      ("rtx4090", ["GeForce RTX 4090"]), ("4090", ["GeForce RTX 4090", "GeForce RTX 4090 D"]),
      ("A10G", ["A10G"]),
      ("l40s", ["L40S"]), ("t4", ["Tesla T4"]), ("V100S", ["Tesla V100S PCIe 32GB"]),
      ("A100 80GB", ["A100-SXM4-80GB", "A100 80GB PCIe"]), ("dgx spark", ["GB10 (DGX Spark)"]),
      ("K80", ["Tesla K80"]), ("GH200", ["GH200 480GB (96GB HBM3)", "GH200 144G HBM3e"]),
      ("Jetson AGX Orin", ["Jetson AGX Orin 64GB", "Jetson AGX Orin 32GB"]),
    ] as [(String, [String])])
  func `knows a GPU by the names it goes by`(text: String, models: [String]) {
    #expect(matrix.gpus(matching: text).map(\.name) == models)
  }

  @Test func `every GPU is found by its names alone, as maker and labels write them`() {
    for gpu in matrix.gpus {
      for name in [gpu.name] + gpu.aliases {
        let label = String(name.map { $0 == " " ? "-" : $0 }.filter { $0 != "(" && $0 != ")" && $0 != "/" })
        for text in [name, "NVIDIA \(name)", name.lowercased(), "NVIDIA-\(label)", "NVIDIA-\(label)-SHARED"] {
          #expect(matrix.gpus(matching: text).map(\.name) == [gpu.name], "\(text)")
        }
      }
    }
  }

  @Test func `every GPU is found by its PCI ids`() {
    for gpu in matrix.gpus {
      for id in gpu.pciIDs {
        let found = matrix.gpus(pciID: id)
        #expect(found.contains(gpu), "\(id)")
        #expect(matrix.gpus(pciID: String(id.prefix(4))).contains(gpu))
      }
    }
  }

  @Test(
    arguments: [
      ("20B2", ["A100-SXM4-80GB"]), ("20b2", ["A100-SXM4-80GB"]), ("0x20B210DE", ["A100-SXM4-80GB"]),
      ("0x20B2", ["A100-SXM4-80GB"]), ("25B6", ["A2", "A16"]), ("25B6:10DE:14A9", ["A16"]),
      ("25B6:10DE:FFFF", ["A2", "A16"]), ("1EB8", ["Tesla T4"]),
      ("2330:10de:16c1", ["H100 80GB HBM3 (SXM5)"]),
      ("FFFF", []), ("", []), ("0x", []), (":10DE:14A9", []),
    ] as [(String, [String])])
  func `knows a GPU by its PCI id`(id: String, models: [String]) {
    #expect(matrix.gpus(pciID: id).map(\.name) == models)
  }

  @Test func `PCI ids of one device tell its models apart, or are shared knowingly`() {
    // Cards that share a device and its subsystems, or of which one lists only the device.
    for gpu in matrix.gpus {
      for id in gpu.pciIDs where id.contains(":") {
        #expect(matrix.gpus(pciID: id).map(\.name) == [gpu.name], "\(id)")
      }
    }
  }

  @Test func `survives whatever stands where a name should`() {
    var random = SplitMix64(seed: 3)
    let pieces = [
      "NVIDIA", "GRID", "A100", "T4", "-", " ", "1", "16", "Q", "C", "ME", "MIG", "1g", ".", "10gb", "+me",
      "é", "0x",
      "10DE", ":", "٣", "\u{0}", "99999999999999999999", "🧊",
    ]
    for _ in 0..<300 {
      let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in
        pieces[Int.random(in: 0..<pieces.count, using: &random)]
      }
      .joined()
      let found = matrix.gpus(matching: text)
      #expect(Set(found.map(\.name)).count == found.count)
      if let type = matrix.vgpuType(named: text) { #expect(!type.gpus.isEmpty && type.memoryGB >= 0) }
      _ = matrix.gpus(pciID: text)
      let profile = MIGProfile.normalised(text)
      #expect(MIGProfile.normalised(profile) == profile || text.lowercased().hasPrefix("mig"), "\(text)")
    }
  }
}
