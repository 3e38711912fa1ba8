import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct MatrixMIGTests {
  let matrix = Matrix.embedded

  private func row(_ gpu: String) throws -> MIGRow {
    let gpu = try #require(matrix.gpus(matching: gpu).first)
    return try #require(matrix.mig(of: gpu))
  }

  /// GPUs that can be divided, whose profiles no source lists.
  private static let unlisted: Set<String> = [
    "A100-SXM-64GB", "H100 (device 2339)", "H800 NVL", "H20 NVL16",
  ]

  @Test func `names GPUs that exist and can be divided, each once`() {
    let names = matrix.mig.flatMap(\.gpus)
    #expect(Set(names).count == names.count)
    for gpu in matrix.gpus {
      #expect(
        names.contains(gpu.name) == (gpu.hasMIG == true && !Self.unlisted.contains(gpu.name)), "\(gpu.name)")
    }
    #expect(Set(names).isSubset(of: Set(matrix.gpus.map(\.name))))
  }

  @Test func `profiles fit the slices and the memory`() throws {
    // The 7g profile of these is named after less than the GPU has.
    let smaller = ["B300 SXM6 AC", "GB300"]
    for row in matrix.mig {
      for name in row.gpus where row.memoryGB > 0 && !smaller.contains(name) {
        let gpu = try #require(matrix.gpus.first { $0.name == name })
        #expect(gpu.memoryGiB.contains(row.memoryGB), "\(row.source): \(name) \(gpu.memoryGiB)")
      }
      for profile in row.profiles {
        let most = profile.maxInstances ?? 1
        #expect(profile.computeSlices * most <= row.computeSlices, "\(profile.source)")
        if let size = profile.memorySlices, let slices = row.memorySlices {
          #expect(size * most <= slices, "\(profile.source)")
        }
        guard let memory = profile.memoryMiB else { continue }
        #expect(memory * most <= row.memoryGB * 1024, "\(profile.source)")
      }
    }
  }

  @Test func `names say the slices and the memory`() throws {
    for row in matrix.mig {
      #expect(Set(row.profiles.map(\.name)).count == row.profiles.count)
      for profile in row.profiles {
        let parts = profile.name.split(separator: ".", maxSplits: 1)
        #expect(parts.first == "\(profile.computeSlices)g", "\(profile.source)")
        let memory = try #require(parts.last.flatMap { Int($0.prefix { $0.isNumber }) })
        #expect(memory <= row.memoryGB, "\(profile.source)")
        guard let measured = profile.memoryMiB else { continue }
        // The names are in rounded GB of the whole GPU, which has a little more than its instances.
        #expect(abs(measured - memory * 1024) <= 2600, "\(profile.source)")
      }
    }
  }

  @Test func `as many placements lie beside each other as there can be instances`() throws {
    for row in matrix.mig {
      for profile in row.profiles where !profile.placements.isEmpty {
        let slices = try #require(row.memorySlices)
        var end = 0
        var beside = 0
        for placement in profile.placements.sorted(by: { $0.start < $1.start }) {
          #expect(placement.start + placement.size <= slices, "\(profile.source)")
          guard placement.start >= end else { continue }
          end = placement.start + placement.size
          beside += 1
        }
        // There is one set of media engines, so that one instance can have all of them.
        let isSingle = profile.name.contains("+me")
        #expect(isSingle ? profile.maxInstances == 1 : profile.maxInstances == beside, "\(profile.source)")
      }
    }
  }

  @Test func `a GPU has as many instances as its smallest profile`() throws {
    for gpu in matrix.gpus {
      guard let row = matrix.mig(of: gpu), let known = gpu.migInstances else { continue }
      let most = row.profiles.compactMap(\.maxInstances).max()
      // Two of Thor's three compute slices can be instances at once, of different profiles.
      #expect(most == known || row.memoryGB == 0, "\(gpu.source)")
    }
  }

  @Test func `numbers are those of NVML and nvidia-smi, each once`() throws {
    let constants = matrix.rows(file: "mig.json", table: "nvml").compactMap {
      $0.fields["constant"]?.stringValue
    }
    #expect(constants.count == 18)
    for row in matrix.mig {
      let indices = row.profiles.compactMap(\.nvmlIndex)
      let numbers = row.profiles.compactMap(\.profileID)
      #expect(Set(indices).count == indices.count && Set(numbers).count == numbers.count, "\(row.source)")
      for profile in row.profiles {
        guard let index = profile.nvmlIndex else { continue }
        let constant = try #require(constants.indices.contains(index) ? constants[index] : nil)
        #expect(constant.hasPrefix("\(profile.computeSlices)_"), "\(profile.source): \(constant)")
        #expect(constant.hasSuffix("GFX") == profile.name.hasSuffix("+gfx"), "\(profile.source)")
      }
    }
  }

  @Test func `a lowest driver is of a branch that exists and drives the GPU`() throws {
    for row in matrix.mig {
      guard let driver = row.minDriver else { continue }
      let branch = try #require(matrix.driverBranch(driver.branch))
      for name in row.gpus {
        let gpu = try #require(matrix.gpus.first { $0.name == name })
        #expect(gpu.firstBranch.map { $0 <= branch.branch } ?? true, "\(row.source)")
      }
    }
  }

  @Test(
    arguments: [
      ("A100-SXM4-80GB", "1g.10gb", 9728, 7, 14), ("A100-SXM4-80GB", "MIG-3g.40gb", 40192, 2, 42),
      ("A100-SXM4-40GB", "1g.5gb", 4864, 7, 14), ("A100-PCIE-40GB", "1c.3g.20gb", 20091, 2, 42),
      ("H100 PCIe", "nvidia.com/mig-1g.10gb.me", 9984, 1, 16), ("A30", "2g.12gb+me", 11971, 1, 28),
      ("RTX PRO 6000 Blackwell Server Edition", "1g.24gb.gfx", 24187, 4, 46),
      ("RTX PRO 6000 Blackwell Server Edition", "1g.24gb.me.all", 24187, 1, 46),
    ])
  func `knows a profile in every spelling`(
    gpu: String, name: String, memory: Int, instances: Int, multiprocessors: Int
  ) throws {
    let profile = try #require(try row(gpu).profile(named: name))
    #expect(profile.memoryMiB == memory)
    #expect(profile.maxInstances == instances)
    #expect(profile.multiprocessors == multiprocessors)
  }

  @Test func `knows no profile of another GPU`() throws {
    #expect(try row("A30").profile(named: "1g.5gb") == nil)
    #expect(try row("A100-SXM4-40GB").profile(named: "") == nil)
    let t4 = try #require(matrix.gpus(matching: "T4").first)
    #expect(matrix.mig(of: t4) == nil)
  }
}
