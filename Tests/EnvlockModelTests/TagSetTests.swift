import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockModel

@Suite struct TagSetTests {
  static func tags(_ python: String, _ platform: Platform = .linuxAMD64, _ glibc: String = "2.28") throws
    -> TagSet
  {
    TagSet(python: try PythonVersion(python), platform: platform, glibc: try Version(glibc))
  }

  static func wheel(_ tags: String) throws -> WheelName { try WheelName("x-1.0-\(tags).whl") }

  @Test func `prefers the interpreter's own interface, then the stable one, then none, then any platform`()
    throws
  {
    let tags = try Self.tags("3.11")
    let best = try [
      "cp311-cp311-manylinux_2_28_x86_64", "cp311-cp311-manylinux_2_17_x86_64",
      "cp311-cp311-manylinux2014_x86_64", "cp311-cp311-manylinux_2_5_x86_64", "cp311-cp311-manylinux1_x86_64",
      "cp311-cp311-linux_x86_64", "cp311-abi3-manylinux_2_28_x86_64", "cp311-none-manylinux_2_28_x86_64",
      "cp310-abi3-manylinux_2_28_x86_64", "cp310-abi3-linux_x86_64", "cp32-abi3-manylinux_2_28_x86_64",
      "py311-none-manylinux_2_28_x86_64", "py3-none-manylinux_2_28_x86_64",
      "py310-none-manylinux_2_28_x86_64",
      "py30-none-linux_x86_64", "cp311-none-any", "py311-none-any", "py3-none-any", "py310-none-any",
      "py30-none-any",
    ].map { try Self.wheel($0) }
    let ranks = best.map { tags.rank(of: $0) }
    #expect(ranks.allSatisfy { $0 != nil })
    let present = ranks.compactMap { $0 }
    #expect(present == present.sorted() && Set(present).count == present.count)
  }

  @Test(arguments: [
    "cp312-cp312-manylinux_2_28_x86_64", "cp311-cp311-manylinux_2_29_x86_64", "cp311-cp311-win_amd64",
    "cp311-cp311-manylinux_2_28_aarch64", "cp312-abi3-manylinux_2_28_x86_64", "py2-none-any",
    "py312-none-any",
    "cp311-cp311-any", "py3-abi3-any", "cp310-none-any", "cp311-cp311-musllinux_1_2_x86_64",
    "cp311-cp311t-manylinux_2_28_x86_64", "pp311-pypy311_pp73-manylinux_2_28_x86_64",
    "cp310-none-manylinux_2_28_x86_64", "cp311-cp311-manylinux_2_4_x86_64",
  ])
  func `does not take what would not run`(tag: String) throws {
    let tags = try Self.tags("3.11")
    #expect(tags.rank(of: try Self.wheel(tag)) == nil)
    #expect(tags.whyNot(try Self.wheel(tag)) != nil)
  }

  @Test func `a wheel with several tags is as good as its best`() throws {
    let tags = try Self.tags("3.11")
    let both = try Self.wheel("cp310.cp311-cp310.cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
    let one = try Self.wheel("cp311-cp311-manylinux_2_17_x86_64")
    #expect(tags.rank(of: both) == tags.rank(of: one))
    #expect(
      tags.rank(of: try Self.wheel("py2.py3-none-any")) == tags.rank(of: try Self.wheel("py3-none-any")))
  }

  @Test func `free-threaded builds take their own interface and its stable form only`() throws {
    let tags = try Self.tags("3.14t", .linuxARM64)
    for good in ["cp314-cp314t", "cp314-abi3t", "cp313-abi3t", "py3-none"] {
      #expect(tags.rank(of: try Self.wheel(good + "-manylinux_2_17_aarch64")) != nil, "\(good)")
    }
    for bad in ["cp314-cp314", "cp314-abi3", "cp313-abi3", "cp313-cp313t"] {
      #expect(tags.rank(of: try Self.wheel(bad + "-manylinux_2_17_aarch64")) == nil, "\(bad)")
    }
  }

  @Test(arguments: [("3.7", "cp37-cp37m"), ("3.8", "cp38-cp38"), ("3.2", "cp32-cp32mu")])
  func `older interpreters have letters in their interface`(python: String, tag: String) throws {
    let wheel = try Self.wheel(tag + "-manylinux1_x86_64")
    #expect(try Self.tags(python).rank(of: wheel) == (try Self.tags(python).rank(of: wheel)))
    #expect(try Self.tags(python).rank(of: wheel) != nil)
  }

  @Test func `aarch64 has no tags older than glibc 2.17`() throws {
    let tags = try Self.tags("3.11", .linuxARM64)
    #expect(tags.rank(of: try Self.wheel("py3-none-manylinux2014_aarch64")) != nil)
    #expect(tags.rank(of: try Self.wheel("py3-none-manylinux_2_12_aarch64")) == nil)
    #expect(TagSet.platformTags(platform: .linuxARM64, glibc: try Version("2.12")) == ["linux_aarch64"])
    #expect(
      TagSet.platformTags(platform: .linuxAMD64, glibc: try Version("2.6")) == [
        "manylinux_2_6_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64",
      ])
  }

  @Test(arguments: ["2", "0", "1.2.3", "3.0", "2.999999999999999999", "2.4"])
  func `a glibc that does not exist makes no endless list`(glibc: String) throws {
    #expect(TagSet.platformTags(platform: .linuxAMD64, glibc: try Version(glibc)).count < 300)
  }

  @Test func `of equal tags the later build is taken, and a build before none`() throws {
    let tags = try Self.tags("3.10")
    let wheels = try ["", "-1", "-10", "-3"].map { build in
      try WheelName("torch-2.10.0\(build)-cp310-cp310-manylinux_2_28_x86_64.whl")
    }
    let order = wheels.compactMap { tags.preference(of: $0) }.sorted().map(\.build?.number)
    #expect(order == [10, 3, 1, nil])
    let worse = try WheelName("torch-2.10.0-99-cp310-cp310-manylinux_2_17_x86_64.whl")
    #expect(try #require(tags.preference(of: wheels[0])) < #require(tags.preference(of: worse)))
  }

  @Test func `agrees with the list that the standards spell out`() throws {
    for (python, platform, glibc) in [("3.11", Platform.linuxAMD64, 28), ("3.13t", .linuxARM64, 34)] {
      let tags = try Self.tags(python, platform, "2.\(glibc)")
      let list = Self.spelledOut(tags.python, platform.machine, glibc)
      for (index, tag) in list.enumerated() {
        #expect(tags.rank(of: try Self.wheel(tag)) == index, "\(tag)")
      }
    }
  }

  /// The tags in order, made the slow way.
  private static func spelledOut(_ python: PythonVersion, _ machine: String, _ glibc: Int) -> [String] {
    var platforms: [String] = []
    for minor in stride(from: glibc, through: machine == "x86_64" ? 5 : 17, by: -1) {
      platforms.append("manylinux_2_\(minor)_\(machine)")
      if let old = [17: "2014", 12: "2010", 5: "1"][minor] { platforms.append("manylinux\(old)_\(machine)") }
    }
    platforms.append("linux_\(machine)")
    let own = "cp3\(python.minor)"
    let stable = python.freeThreaded ? "abi3t" : "abi3"
    var pairs = ["\(own)-\(own)\(python.freeThreaded ? "t" : "")", "\(own)-\(stable)", "\(own)-none"]
    for minor in stride(from: python.minor - 1, through: 2, by: -1) { pairs.append("cp3\(minor)-\(stable)") }
    var languages = ["py3\(python.minor)", "py3"]
    for minor in stride(from: python.minor - 1, through: 0, by: -1) { languages.append("py3\(minor)") }
    pairs += languages.map { $0 + "-none" }
    return pairs.flatMap { pair in platforms.map { "\(pair)-\($0)" } }
      + ([own] + languages).map { $0 + "-none-any" }
  }
}
