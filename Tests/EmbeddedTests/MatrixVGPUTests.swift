import EnvlockData
import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct MatrixVGPUTests {
  let matrix = Matrix.embedded

  @Test func `releases are of driver branches that know the same CUDA, newest first`() throws {
    let releases = matrix.vgpuReleases
    let branches = releases.map(\.hostBranch)
    #expect(branches == branches.sorted(by: >) && Set(branches).count == branches.count)
    for release in releases {
      #expect(matrix.vgpuRelease(hostBranch: release.hostBranch) == release)
      // GRID 2 to 4 are older than the branches that are listed.
      guard let branch = matrix.driverBranch(release.hostBranch) else {
        #expect(release.hostBranch < 384)
        continue
      }
      #expect(release.cudaMax == branch.cudaMax, "\(release.source)")
      for point in release.points {
        #expect(point.host?.branch ?? release.hostBranch == release.hostBranch, "\(point.source)")
        #expect(point.guest?.branch ?? release.hostBranch == release.hostBranch, "\(point.source)")
        #expect(point.host != nil || point.guest != nil)
        #expect(point.release.hasPrefix(String(release.release.dropLast())), "\(point.source)")
      }
    }
  }

  @Test func `guests run on hosts of their release, the next, and the next long-term one`() throws {
    let releases = matrix.vgpuReleases
    for (place, release) in releases.enumerated() {
      guard let hosts = release.hosts else {
        #expect(release.release.hasPrefix("GRID"))
        continue
      }
      var expected = [release.release]
      if place > 0 { expected.append(releases[place - 1].release) }
      if release.kind == "lts", let later = releases[..<place].last(where: { $0.kind == "lts" }),
        !expected.contains(later.release)
      {
        expected.append(later.release)
      }
      #expect(hosts == expected, "\(release.source)")
    }
  }

  @Test(
    arguments: [
      ("580.95.05", "580.95.02", true), ("580.95.05", "595.58.02", true), ("570.124.06", "580.65.05", true),
      ("535.54.03", "580.65.05", true), ("535.54.03", "550.54.10", true), ("535.54.03", "570.124.03", false),
      ("580.95.05", "535.54.06", false), ("550.54.14", "580.65.05", false), ("615.71.09", "580.65.05", nil),
      ("580.95.05", "615.71.09", nil),
    ] as [(String, String, Bool?)])
  func `says whether a guest's driver goes with a host's`(guest: String, host: String, fits: Bool?) throws {
    let (pairing, source) = matrix.vgpuPairing(
      guest: try DriverVersion(guest), host: try DriverVersion(host))
    switch pairing {
    case .supported: #expect(fits == true && source != nil)
    case .unsupported(let reason): #expect(fits == false && source != nil && reason.contains("vGPU"))
    case .unknown: #expect(fits == nil && source == nil)
    }
  }

  @Test func `says in words which hosts a guest runs on`() throws {
    let (pairing, _) = matrix.vgpuPairing(
      guest: try DriverVersion("535.54.03"), host: try DriverVersion("570.124.03"))
    let reason =
      "a guest with vGPU 16.x runs on hosts with vGPU 16.x or 17.x or 19.x, and this host has vGPU 18.x"
    #expect(pairing == .unsupported(reason: reason))
  }

  @Test func `types and prefixes name GPUs that exist and can be shared`() throws {
    for row in matrix.vgpuTypes {
      let type = try #require(matrix.vgpuType(named: row.name), "\(row.name)")
      #expect(type.gpus.map(\.name).sorted() == row.gpus.sorted() && type.typeID == row.typeID)
      #expect((type.slices != nil) == (row.mode != "time-sliced"), "\(row.source)")
      for gpu in type.gpus {
        #expect(gpu.hasVGPU != false && (gpu.memoryGiB.max() ?? 0) >= type.memoryGB, "\(row.source)")
        guard let slices = type.slices, let mig = matrix.mig(of: gpu) else { continue }
        let isDivided = row.mode.hasPrefix("mig") == false
        #expect(
          mig.profiles.contains {
            $0.computeSlices == slices
              && (isDivided || $0.name.hasPrefix("\(slices)g.\(type.memoryGB)gb"))
          }, "\(row.source)")
      }
    }
    for row in matrix.rows(file: "vgpu.json", table: "prefixes") {
      let prefix = try #require(row.fields["prefix"]?.stringValue)
      let names = row.fields["gpus"]?.arrayValue?.compactMap(\.stringValue) ?? []
      let type = try #require(matrix.vgpuType(named: "NVIDIA \(prefix)-4C"))
      #expect(type.gpus.map(\.name).sorted() == names.sorted())
      #expect(type.gpus.allSatisfy { $0.hasVGPU != false })
    }
  }

  @Test(
    arguments: [
      ("GRID A100-10C", "A100-10C", ["A100-SXM4-40GB", "A100-PCIE-40GB"], 10, nil),
      ("GRID-A100-10C", "A100-10C", ["A100-SXM4-40GB", "A100-PCIE-40GB"], 10, nil),
      ("NVIDIA A40-48Q", "A40-48Q", ["A40"], 48, nil), ("GRID T4-16Q", "T4-16Q", ["Tesla T4"], 16, nil),
      ("NVIDIA-L40S-48C", "L40S-48C", ["L40S"], 48, nil), ("GRID T4-2B4", "T4-2B4", ["Tesla T4"], 2, nil),
      ("GRID A100-1-5CME", "A100-1-5CME", ["A100-SXM4-40GB", "A100-PCIE-40GB"], 5, 1),
      ("NVIDIA H100XM-80C", "H100XM-80C", ["H100 80GB HBM3 (SXM5)"], 80, nil),
      ("GRID V100DX-32Q", "V100DX-32Q", ["Tesla V100 SXM2 32GB"], 32, nil),
      ("GRID V100S-32C", "V100S-32C", ["Tesla V100S PCIe 32GB"], 32, nil),
      ("GRID RTX6000-24Q", "RTX6000-24Q", ["Quadro RTX 6000"], 24, nil),
      ("NVIDIA RTXA6000-48Q", "RTXA6000-48Q", ["RTX A6000"], 48, nil),
      ("NVIDIA RTX6000-Ada-48Q", "RTX6000-ADA-48Q", ["RTX 6000 Ada Generation"], 48, nil),
      ("DC-1-24CGFX", "DC-1-24CGFX", ["RTX PRO 6000 Blackwell Server Edition"], 24, 1),
    ] as [(String, String, [String], Int, Int?)])
  func `knows the models behind a vGPU`(
    text: String, name: String, gpus: [String], memory: Int, slices: Int?
  ) throws {
    let type = try #require(matrix.vgpuType(named: text))
    #expect(type.name == name)
    #expect(type.gpus.map(\.name).sorted() == gpus.sorted())
    #expect(type.memoryGB == memory)
    #expect(type.slices == slices)
    #expect(matrix.gpus(matching: text) == type.gpus)
  }

  @Test(
    arguments: [
      "NVIDIA A100-SXM4-80GB", "A100", "GRID", "GRID -8Q", "X9-8Q", "A100-8", "A100-8Z", "A100-C", "",
      "A100-99999999999999999999C", "T4-16QX", "GeForce RTX 4090-8Q", "-", "--8C",
    ])
  func `knows names that are none of a vGPU`(text: String) { #expect(matrix.vgpuType(named: text) == nil) }
}
