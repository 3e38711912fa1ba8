import EnvlockModel
import Testing

@Suite struct MatrixGPUTests {
  let matrix: Matrix

  init() throws { matrix = try MatrixFixture.matrix() }

  @Test(
    arguments: [
      // nvidia-smi
      ("NVIDIA A100-SXM4-40GB", ["A100-SXM4-40GB"]), ("Tesla T4", ["Tesla T4"]),
      ("NVIDIA H200", ["H200 (SXM5)"]),
      ("NVIDIA A100 80GB PCIe", ["A100 80GB PCIe"]), ("NVIDIA GeForce GTX 1080 Ti", ["GeForce GTX 1080 Ti"]),
      ("GeForce GTX 1080 8GB", ["GeForce GTX 1080"]),
      ("GeForce GTX 1080 with Max-Q Design", ["GeForce GTX 1080"]),
      // GPU Feature Discovery
      ("NVIDIA-A100-SXM4-40GB", ["A100-SXM4-40GB"]), ("NVIDIA-A100-SXM4-40GB-MIG-1g.5gb", ["A100-SXM4-40GB"]),
      ("Tesla-T4-SHARED", ["Tesla T4"]),
      // people
      ("a100", ["A100-SXM4-40GB", "A100 80GB PCIe"]), ("A100-PCIe-80GB", ["A100 80GB PCIe"]),
      ("t4", ["Tesla T4"]),
      ("GTX 1080", ["GeForce GTX 1080"]), ("1080ti", ["GeForce GTX 1080 Ti"]),
      ("gtx1080ti", ["GeForce GTX 1080 Ti"]),
      ("1080", ["GeForce GTX 1080", "GeForce GTX 1080 Ti"]), ("h200 nvl", ["H200 NVL"]),
      ("RTX 6000", ["RTX 6000 Ada Generation", "Quadro RTX 6000"]), ("quadro rtx 6000", ["Quadro RTX 6000"]),
      // not there
      ("A10", []), ("GTX 1080 Super", []), ("A100-SXM4-96GB", []), ("Radeon VII", []), ("", []),
      ("NVIDIA", []),
      ("…", []),
    ] as [(String, [String])])
  func `knows a model by the names it goes by`(text: String, expected: [String]) {
    #expect(matrix.gpus(matching: text).map(\.name) == expected)
  }

  @Test func `offers the nearest names`() {
    #expect(matrix.gpuNames(near: "A10") == ["A100-SXM4-40GB", "A100 80GB PCIe"])
    #expect(matrix.gpuNames(near: "gtx 1090") == ["GeForce GTX 1080"])
    #expect(matrix.gpuNames(near: "Radeon VII").isEmpty)
    #expect(matrix.gpuNames(near: "").isEmpty)
    #expect(matrix.gpuNames(near: String(repeating: "A100", count: 1000)).isEmpty)
  }
}
