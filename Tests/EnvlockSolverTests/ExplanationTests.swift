import EnvlockSolver
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct ExplanationTests {
  private func explanation(_ make: (inout Universe) -> Void) -> String {
    var universe = Universe()
    make(&universe)
    universe.number()
    return universe.solve().text
  }

  @Test func `a chain of dependencies`() throws {
    let text = explanation { world in
      world.require("a")
      world.serve("a 1.0", "b>=2")
      world.serve("b 2.0", "c>=3")
      world.serve("c 1.0")
    }
    try expectGolden(text, "linear.txt")
  }

  @Test func `a deep chain of dependencies`() throws {
    let text = explanation { world in
      world.require("a^1")
      for (name, next) in zip("abcdefgh", "bcdefghi") {
        world.serve("\(name) 1.0", needing: [Requirement("\(next)", .atLeast(Version(short: "1")))])
      }
      world.serve("i 1.0", "j<1")
      world.serve("j 2.0")
    }
    try expectGolden(text, "deep-chain.txt")
  }

  @Test func `two requirements of the user`() throws {
    let text = explanation { world in
      world.require("a<2", "a>=2")
      world.serve("a 1.0")
      world.serve("a 2.0")
    }
    try expectGolden(text, "two-requirements.txt")
  }

  @Test func `a requirement that nothing meets`() throws {
    let text = explanation { world in
      world.require("a>=2")
      world.serve("a 1.0")
    }
    try expectGolden(text, "no-versions.txt")
  }

  @Test func `a package that does not exist, deep down`() throws {
    let text = explanation { world in
      world.require("a")
      world.serve("a 1.0", "b")
      world.serve("a 1.1", "b")
    }
    try expectGolden(text, "no-package.txt")
  }

  @Test func `versions that cannot be used`() throws {
    let text = explanation { world in
      world.knowsVersions = true
      world.require("torch<2.4")
      for version in ["2.0.0", "2.0.1", "2.1.0", "2.2.0", "2.3.1"] {
        world.serve("torch \(version)")
        world.spoil("torch \(version)", "has no wheel for Python 3.13")
      }
      world.serve("torch 2.9.1")
    }
    try expectGolden(text, "unusable.txt")
  }

  @Test func `versions that cannot be used for different reasons`() throws {
    let text = explanation { world in
      world.knowsVersions = true
      world.require("a", "c>=2")
      world.serve("a 1.0")
      world.serve("a 1.1", "c<2")
      world.serve("a 1.2")
      world.spoil("a 1.0", "has no wheel for Python 3.13")
      world.spoil("a 1.2", "is yanked")
      world.serve("c 1.0")
      world.serve("c 2.0")
    }
    try expectGolden(text, "different-reasons.txt")
  }

  @Test func `a diamond`() throws {
    let text = explanation { world in
      world.require("a", "b")
      world.serve("a 1.0", "c>=2")
      world.serve("b 1.0", "c<2")
      world.serve("c 1.0")
      world.serve("c 2.0")
    }
    try expectGolden(text, "diamond.txt")
  }

  @Test func `a diamond with long sides`() throws {
    let text = explanation { world in
      world.require("a", "b")
      world.serve("a 1.0", "x>=1")
      world.serve("x 1.0", "c>=2")
      world.serve("b 1.0", "y>=1")
      world.serve("y 1.0", "c<2")
      world.serve("c 1.0")
      world.serve("c 2.0")
    }
    try expectGolden(text, "long-diamond.txt")
  }

  @Test func `branches that meet`() throws {
    // The shape of the "branching error" in the description of PubGrub.
    let text = explanation { world in
      world.require("foo^1")
      world.serve("foo 1.0", "a^1", "b^1")
      world.serve("foo 1.1", "x^1", "y^1")
      world.serve("a 1.0", "b^2")
      world.serve("b 1.0")
      world.serve("b 2.0")
      world.serve("x 1.0", "y^2")
      world.serve("y 1.0")
      world.serve("y 2.0")
    }
    try expectGolden(text, "branching.txt")
  }

  @Test func `a step that is used twice`() throws {
    let text = explanation { world in
      world.require("a")
      world.serve("a 1.0", "y")
      world.serve("a 1.1", "x", "z")
      world.serve("y 1.0", "x", "w")
      world.serve("x 1.0", "c>=2", "d")
      world.serve("d 1.0", "c<2")
      for name in ["c 1.0", "c 2.0", "w 1.0", "z 1.0"] { world.serve(name) }
    }
    try expectGolden(text, "shared-step.txt")
  }

  private func hardware(_ world: inout Universe) {
    world.knowsVersions = true
    world.ranks = ["gpu": 0, "driver": 1, "cuda": 2, "torch": 3]
    world.tiers = ["driver": 2]
    world.verbs = ["cuda": "is built with", "driver": "needs"]
    world.fix("driver 570.124.06", "the target's driver is 570.124.06")
    world.serve("torch 2.15.0", "cuda=13.2")
    world.serve("cuda 13.2", "driver>=580")
  }

  @Test func `a framework that a driver cannot run`() throws {
    let text = explanation { world in
      hardware(&world)
      world.obvious = ["torch 2.15.0"]
      world.require("torch=2.15.0")
    }
    try expectGolden(text, "driver.txt")
  }

  @Test func `a framework that a driver cannot run, the requirement spelt out`() throws {
    let text = explanation { world in
      hardware(&world)
      world.require("torch=2.15.0")
    }
    try expectGolden(text, "driver-required.txt")
  }

  @Test func `no release of a framework runs on an old driver`() throws {
    let text = explanation { world in
      hardware(&world)
      world.require("torch>=2")
      world.serve("torch 2.0.1", "cuda=11.8")
      world.serve("torch 2.4.1", "cuda=12.4")
      world.serve("torch 2.9.1", "cuda=12.8")
      world.serve("cuda 11.8", "driver>=571")
      world.serve("cuda 12.4", "driver>=572")
      world.serve("cuda 12.8", "driver>=573")
    }
    try expectGolden(text, "old-driver.txt")
  }

  @Test func `an extra stands for its project`() throws {
    let text = explanation { world in
      world.require("a[x]", "c<2")
      world.serve("a[x] 1.0", "a=1.0", "b>=2")
      world.serve("a 1.0", "c>=2")
      world.serve("b 2.0")
      world.serve("c 1.0")
      world.serve("c 2.0")
    }
    try expectGolden(text, "extra.txt")
  }
}
