import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct MatrixSharingTests {
  let matrix = Matrix.embedded

  @Test func `knows every way to share a GPU once`() {
    #expect(
      matrix.sharingModes.map(\.mode).sorted { $0.rawValue < $1.rawValue }
        == SharingMode.allCases.sorted { $0.rawValue < $1.rawValue })
    for row in matrix.sharingModes {
      #expect(row.hasFixedResources == (row.isolation == .hardware), "\(row.source)")
      #expect(row.isLicensed == (row.licence != "none"), "\(row.source)")
      for text in [row.isolates, row.divides, row.kubernetes, row.reconfiguration] + row.suits {
        #expect(!text.isEmpty && !text.hasSuffix("."), "\(row.source)")
      }
    }
  }

  @Test func `MPS has a limit wherever it has address spaces`() throws {
    let row = try #require(matrix.sharingModes.first { $0.mode == .mps })
    let least = try #require(row.minCapability)
    for gpu in matrix.gpus {
      #expect((matrix.sharingLimit(.mps, gpu.capability) == nil) == (gpu.capability < least), "\(gpu.source)")
    }
  }

  @Test func `vGPU sizes are of GPUs that have vGPUs, and fit them`() throws {
    var named = 0
    for gpu in matrix.gpus {
      guard let row = matrix.vgpuCompute(of: [gpu]) else { continue }
      named += 1
      // Whether the A800 has vGPUs is told by the names of their types alone.
      #expect(gpu.hasVGPU != false, "\(gpu.source)")
      let memory = try #require(gpu.memoryGiB.first)
      #expect(row.sizes.map(\.memoryGB) == row.sizes.map(\.memoryGB).sorted())
      for size in row.sizes {
        let type = try #require(matrix.vgpuType(named: size.type), "\(size.type)")
        #expect(type.memoryGB == size.memoryGB && type.series == "C" && type.slices == nil)
        #expect(type.gpus.contains(gpu), "\(size.type)")
        #expect(size.memoryGB * size.atMost <= memory, "\(size.type)")
        // Series C of a Quadro RTX 8000 has at most 8.
        #expect(size.atMost == memory / size.memoryGB || size.type == "RTX8000P-4C", "\(size.type)")
      }
      #expect(row.sizes.last?.memoryGB == memory && row.sizes.last?.atMost == 1, "\(row.source)")
    }
    #expect(named == 37)
  }

  @Test func `a name that stands for all of several models is found`() throws {
    let pair = matrix.gpus(matching: "A100-80GB")
    #expect(pair.count == 2)
    #expect(matrix.vgpuCompute(of: pair)?.sizes.first?.type == "A100D-4C")
    #expect(matrix.vgpuPrefix(of: pair) == "A100D")
    #expect(matrix.vgpuPrefix(of: matrix.gpus(matching: "A100-SXM4-80GB")) == "A100DX")
    #expect(matrix.vgpuPrefix(of: matrix.gpus(matching: "L40S")) == "L40S")
    #expect(matrix.vgpuPrefix(of: matrix.gpus(matching: "GeForce RTX 3090")) == nil)
    #expect(matrix.vgpuCompute(of: []) == nil)
  }
}
