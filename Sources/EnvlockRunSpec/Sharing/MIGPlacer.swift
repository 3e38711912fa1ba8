import EnvlockModel

/// Finds places for MIG instances on one GPU.
///
/// An instance takes compute slices, of which the GPU has a number, and memory slices in a row, which begin where the
/// profile's placements say (NVIDIA, MIG User Guide, "MIG Device Partitioning"; `nvidia-smi mig -lgipp`).
struct MIGPlacer {
  let row: MIGRow
  /// Into how many instances the GPU can be divided at most; nil where that is unknown.
  let mostInstances: Int?

  /// Where instances of these profiles lie beside each other.
  ///
  /// - Parameter profiles: Profiles of the row, each as often as there are instances.
  /// - Returns: The place of each, nil where its profile's placements are unknown; nil where they do not fit together.
  func places(_ profiles: [MIGProfile]) -> [MIGPlacement?]? {
    guard fitsSlices(profiles) else { return nil }
    // The largest first: they have the fewest places. Those of one profile stand together.
    let order = profiles.indices.sorted { left, right in
      (profiles[right].memorySlices ?? 0, profiles[left].name, left)
        < (profiles[left].memorySlices ?? 0, profiles[right].name, right)
    }
    var places: [MIGPlacement?] = profiles.map { _ in nil }
    return place(order[...], profiles, taken: 0, after: nil, &places) ? places : nil
  }

  /// How many instances of a profile fit on one GPU.
  func capacity(of profile: MIGProfile) -> Int {
    var count = 0
    while count < Self.limit, places(Array(repeating: profile, count: count + 1)) != nil { count += 1 }
    return count
  }

  /// More memory slices than any GPU has.
  private static let limit = 64

  /// Counts what is limited in number: slices, instances, instances of a profile, and the set of media engines.
  private func fitsSlices(_ profiles: [MIGProfile]) -> Bool {
    guard profiles.count <= min(mostInstances ?? Self.limit, Self.limit),
      profiles.reduce(0, { $0 + $1.computeSlices }) <= row.computeSlices,
      profiles.reduce(0, { $0 + ($1.memorySlices ?? 0) }) <= row.memorySlices ?? Self.limit,
      profiles.count(where: { $0.name.contains("+me") }) <= 1
    else { return false }
    return profiles.allSatisfy { profile in
      profiles.count { $0.name == profile.name } <= profile.maxInstances ?? Self.limit
    }
  }

  /// Tries the places of the first profile of `order`, then of the others.
  private func place(
    _ order: ArraySlice<Int>, _ profiles: [MIGProfile], taken: UInt64,
    after previous: (name: String, start: Int)?,
    _ places: inout [MIGPlacement?]
  ) -> Bool {
    guard let index = order.first else { return true }
    let profile = profiles[index]
    if profile.placements.isEmpty {
      return place(order.dropFirst(), profiles, taken: taken, after: previous, &places)
    }
    // Instances of one profile are alike, so that they need to be tried in one order only.
    let least = previous.map { $0.name == profile.name ? $0.start + 1 : 0 } ?? 0
    for placement in profile.placements.sorted(by: { $0.start < $1.start }) where placement.start >= least {
      guard let slices = Self.slices(of: placement), taken & slices == 0 else { continue }
      places[index] = placement
      let isPlaced = place(
        order.dropFirst(), profiles, taken: taken | slices, after: (profile.name, placement.start), &places)
      if isPlaced { return true }
    }
    places[index] = nil
    return false
  }

  /// The memory slices of a place, a bit each; nil where it has none that a GPU can have.
  private static func slices(of placement: MIGPlacement) -> UInt64? {
    guard (0..<limit).contains(placement.start), (1..<limit - placement.start).contains(placement.size) else {
      return nil
    }
    return ((1 << UInt64(placement.size)) - 1) << UInt64(placement.start)
  }
}
