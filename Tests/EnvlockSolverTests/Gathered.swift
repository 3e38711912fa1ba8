import EnvlockSolver
import EnvlockVersions

/// A world of which only some facts are known.
struct Gathered: PackageSource {
  let universe: Universe
  private(set) var known: Set<Solver.Need> = []

  init(_ universe: Universe) { self.universe = universe }

  mutating func gather(_ needs: some Sequence<Solver.Need>) { known.formUnion(needs) }

  func pick(_ package: PackageID, in allowed: VersionSet) -> Pick {
    known.contains(.candidates(package)) ? universe.pick(package, in: allowed) : .notYet
  }

  func dependencies(of package: PackageID, at version: Version) -> Dependencies {
    known.contains(.dependencies(package, version))
      ? universe.dependencies(of: package, at: version) : .notYet
  }

  func tier(of package: PackageID, allowed: VersionSet) -> Int {
    universe.tier(of: package, allowed: allowed)
  }
}
