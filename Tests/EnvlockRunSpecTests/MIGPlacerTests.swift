import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockRunSpec

@Suite struct MIGPlacerTests {
  private func placer(_ gpu: String) throws -> MIGPlacer {
    let gpu = try #require(SampleRuns.matrix.gpus(matching: gpu).first)
    return MIGPlacer(row: try #require(SampleRuns.matrix.mig(of: gpu)), mostInstances: gpu.migInstances)
  }

  private func places(_ gpu: String, _ names: [String]) throws -> [Int?]? {
    let placer = try placer(gpu)
    let profiles = try names.map { try #require(placer.row.profile(named: $0)) }
    return placer.places(profiles)?.map { $0?.start }
  }

  @Test func `instances lie where their profiles can`() throws {
    #expect(try places("A100-SXM4-80GB", ["3g.40gb", "4g.40gb"]) == [4, 0])
    #expect(try places("A100-SXM4-80GB", ["3g.40gb", "3g.40gb"]) == [0, 4])
    #expect(try places("A100-SXM4-80GB", ["1g.10gb", "3g.40gb", "2g.20gb", "1g.10gb"]) != nil)
    #expect(try places("A100-SXM4-80GB", ["4g.40gb", "2g.20gb", "1g.10gb"]) == [0, 4, 6])
    #expect(try places("A30", ["2g.12gb", "1g.6gb", "1g.6gb"]) == [0, 2, 3])
    #expect(
      try places("RTX PRO 6000 Blackwell Server Edition", ["2g.48gb", "1g.24gb", "1g.24gb"]) == [0, 6, 9])
  }

  @Test func `what does not fit together has no places`() throws {
    #expect(try places("A100-SXM4-80GB", ["4g.40gb", "4g.40gb"]) == nil)
    // The seven first slices take one each; the eighth has no compute slice.
    #expect(try places("A100-SXM4-80GB", Array(repeating: "1g.10gb", count: 8)) == nil)
    // Three of 2g take the slices 0 to 5, which leaves no four in a row.
    #expect(try places("A100-SXM4-80GB", ["2g.20gb", "2g.20gb", "2g.20gb", "3g.40gb"]) == nil)
    #expect(try places("A100-SXM4-80GB", ["1g.10gb+me", "1g.10gb+me"]) == nil)
    #expect(try places("A30", ["1g.6gb+me", "2g.12gb+me"]) == nil)
    #expect(try places("Jetson T5000", ["1g.0gb", "2g.0gb"]) == [nil, nil])
  }

  @Test func `a GPU holds as many instances of a profile as NVIDIA says`() throws {
    for row in SampleRuns.matrix.mig {
      for gpu in SampleRuns.matrix.gpus where row.gpus.contains(gpu.name) {
        let placer = MIGPlacer(row: row, mostInstances: gpu.migInstances)
        for profile in row.profiles {
          guard let most = profile.maxInstances else { continue }
          #expect(placer.capacity(of: profile) == most, "\(profile.source)")
        }
      }
    }
  }

  @Test func `finds places whenever any order of first fits does`() throws {
    var random = SplitMix64(seed: 7)
    for gpu in ["A100-SXM4-80GB", "A30", "H200", "RTX PRO 6000 Blackwell Server Edition"] {
      let placer = try placer(gpu)
      for _ in 0..<300 {
        let count = Int.random(in: 1...5, using: &random)
        let profiles = (0..<count).compactMap { _ in placer.row.profiles.randomElement(using: &random) }
        let places = placer.places(profiles)
        #expect((places != nil) == fitsByTrying(profiles, placer), "\(profiles.map(\.name))")
        guard let places else { continue }
        try PackChecks.expectApart(
          zip(profiles, places).map { MIGInstance(profile: $0, placement: $1) },
          GPUKind(try #require(SampleRuns.matrix.gpus(matching: gpu).first), SampleRuns.matrix))
      }
    }
  }

  /// Every place for every instance, without any of the placer's shortcuts.
  private func fitsByTrying(_ profiles: [MIGProfile], _ placer: MIGPlacer) -> Bool {
    guard profiles.reduce(0, { $0 + $1.computeSlices }) <= placer.row.computeSlices,
      profiles.count(where: { $0.name.contains("+me") }) <= 1,
      profiles.allSatisfy({ profile in
        profiles.count { $0 == profile } <= profile.maxInstances ?? .max
      })
    else { return false }
    func isPlaced(_ index: Int, _ taken: Set<Int>) -> Bool {
      guard index < profiles.count else { return true }
      return profiles[index].placements.contains { placement in
        let slices = Set(placement.start..<placement.start + placement.size)
        return taken.isDisjoint(with: slices) && isPlaced(index + 1, taken.union(slices))
      }
    }
    return isPlaced(0, [])
  }
}
