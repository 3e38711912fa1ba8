import EnvlockVersions

// Ways to say more with fewer leaves.
extension Proof {
  /// The proof as it is told.
  ///
  /// - Parameter absent: the versions that do not exist, by package.
  /// - Returns: a proof of the same from the same source.
  func shortened(absent: [PackageID: Absence]) -> Proof {
    withMergedVersions(absent: [:]).withoutMention(of: absent).withMergedVersions(absent: absent)
      .withFactsLast(absent: absent).generalised(absent: absent)
  }

  /// Leaves out that versions do not exist, where that only completes a range.
  ///
  /// Instead, whatever is said of the versions that exist is said of those beside them as well.
  ///
  /// - Parameter absent: the versions that do not exist, by package.
  /// - Returns: a proof that says so only where it is the point.
  func withoutMention(of absent: [PackageID: Absence]) -> Proof {
    if absent.isEmpty { return self }
    return replayed(absent: absent) { leaf in
      guard let absence = absent[leaf.package], !absence.leaves.contains(leaf) else { return leaf }
      return leaf.of(leaf.versions.union(absence.versions))
    } ?? self
  }

  /// Lets every leaf speak of all versions of which any leaf says the same.
  ///
  /// The solver met the versions one by one: it may have used a leaf about `a 2.0` before it knew that the same
  /// goes for `a 1.0`.
  func withMergedVersions(absent: [PackageID: Absence]) -> Proof {
    var versions: [LeafKind: VersionSet] = [:]
    for leaf in leaves { versions[leaf.kind, default: .none].formUnion(leaf.versions) }
    return replayed(absent: absent) { leaf in leaf.of(versions[leaf.kind] ?? leaf.versions) } ?? self
  }

  /// Lets facts about versions come after what is said of other versions of the same package.
  ///
  /// "a 1.1 depends on c, a 1.0 has no wheel, you require a": not "a 1.0 and 1.1 depends on c, because a 1.0 has no
  /// wheel", which is how it was found.
  func withFactsLast(absent: [PackageID: Absence]) -> Proof {
    replayed(absent: absent, factsComeLast: true) { $0 } ?? self
  }

  /// Lets one weaker leaf stand for several, wherever it proves as much.
  ///
  /// If CUDA 12.1 needs driver 530 or newer and CUDA 12.8 needs 570 or newer, then "CUDA 12.1 or 12.8 needs driver
  /// 530 or newer" is true as well, and all that matters when the driver is 450.
  func generalised(absent: [PackageID: Absence]) -> Proof {
    var proof = self
    // Long proofs are no pleasure to read anyway, and must not take long to write.
    var effort = 30_000
    for edge in ambiguousEdges where effort > 0 {
      let group = proof.leaves.filter { Edge($0) == edge }
      guard group.count > 1 else { continue }
      effort -= proof.steps.count
      if let shorter = proof.merging(group, absent: absent) {
        proof = shorter
        continue
      }
      var cluster: [Leaf] = []
      for leaf in group {
        effort -= proof.steps.count
        guard effort > 0, !cluster.isEmpty, let shorter = proof.merging(cluster + [leaf], absent: absent)
        else {
          cluster = [leaf]
          continue
        }
        proof = shorter
        cluster = [Self.union(of: cluster + [leaf])].compactMap { $0 }
      }
    }
    return proof
  }

  /// One package depending on another; what the user requires is never blurred.
  private struct Edge: Hashable {
    let package: PackageID
    let on: PackageID

    init?(_ leaf: Leaf) {
      guard case .dependency(let package, _, let on, _) = leaf, package != .root, package != on else {
        return nil
      }
      self.package = package
      self.on = on
    }
  }

  /// The edges of which several leaves speak, in the order of the proof.
  private var ambiguousEdges: [Edge] {
    var counts: [Edge: Int] = [:]
    return leaves.compactMap { leaf in
      guard let edge = Edge(leaf) else { return nil }
      counts[edge, default: 0] += 1
      return counts[edge] == 2 ? edge : nil
    }
  }

  private func merging(_ group: [Leaf], absent: [PackageID: Absence]) -> Proof? {
    guard let union = Self.union(of: group) else { return nil }
    let replaced = Set(group)
    return replayed(absent: absent) { replaced.contains($0) ? union : $0 }
  }

  private static func union(of group: [Leaf]) -> Leaf? {
    guard case .dependency(let package, _, let on, _)? = group.first else { return nil }
    var (subjects, objects) = (VersionSet.none, VersionSet.none)
    for case .dependency(_, let versions, _, let required) in group {
      subjects.formUnion(versions)
      objects.formUnion(required)
    }
    return .dependency(package, subjects, on: on, required: objects)
  }
}

extension VersionSet {
  fileprivate mutating func formUnion(_ other: VersionSet) { self = union(other) }
}
