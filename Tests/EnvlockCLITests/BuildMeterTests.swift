import Envlock
import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockCLI

@Suite struct BuildMeterTests {
  @Test func `artifacts and layers in work are shown, and all together`() throws {
    var meter = BuildMeter(.splice)
    var text = ""
    func show(_ meter: BuildMeter, _ time: Double, columns: Int = 100) {
      text += "at \(time) s\n" + meter.lines(at: time, columns: columns).map { $0 + "\n" }.joined()
    }
    show(meter, 0)
    let layers = try torchLayers(isMade: false)
    let made = try torchLayers(isMade: true)
    let wheel = "torch-2.9.1-cp311-cp311-manylinux_2_28_x86_64.whl"
    #expect(
      meter.note(.planned(BuildPlan(images: [PlannedImage(platform: .linuxAMD64, layers: layers)])), at: 0)
        == nil)
    show(meter, 0)
    _ = meter.note(.fetching(name: wheel, count: 0, size: 899_800_000), at: 0.1)
    _ = meter.note(.fetching(name: "sympy-1.14.0-py3-none-any.whl", count: 10, size: nil), at: 0.2)
    show(meter, 0.5)
    _ = meter.note(.fetching(name: wheel, count: 160_000_000, size: 899_800_000), at: 2.1)
    // Events may overtake each other.
    _ = meter.note(.fetching(name: wheel, count: 100_000_000, size: 899_800_000), at: 2.2)
    show(meter, 2.1)
    text +=
      meter.note(.made(platform: .linuxAMD64, layer: made[0], seconds: 0, wasThere: true), at: 2.3).map {
        $0 + "\n"
      } ?? ""
    _ = meter.note(.writing(platform: .linuxAMD64, title: made[1].title, count: 4_000_000), at: 2.4)
    show(meter, 2.5)
    show(meter, 2.5, columns: 50)
    show(meter, 2.5, columns: 1)
    for second in 3...12 {
      _ = meter.note(
        .fetching(name: wheel, count: 160_000_000 + second * 10_000_000, size: 899_800_000),
        at: Double(second))
    }
    // The rate is that of the last seconds.
    show(meter, 12)
    _ = meter.note(.fetched(name: wheel, size: 899_800_000, seconds: 12), at: 13)
    text +=
      meter.note(.made(platform: .linuxAMD64, layer: made[1], seconds: 1.94, wasThere: false), at: 13).map {
        $0 + "\n"
      } ?? ""
    show(meter, 13)
    try expectGolden(text, "build-meter.txt")
  }

  @Test func `many are counted`() {
    var meter = BuildMeter(.zstd)
    for number in 1...11 { _ = meter.note(.fetching(name: "\(number).whl", count: number, size: nil), at: 0) }
    let lines = meter.lines(at: 0, columns: 80)
    #expect(lines.count == BuildMeter.limit + 2)
    #expect(lines[BuildMeter.limit] == "  … and 3 more")
    #expect(lines.last == "  total      66 bytes fetched")
  }

  @Test func `what is made is said by how it is made`() throws {
    let layers = try torchLayers(isMade: true)
    func state(_ place: Int, _ compression: BuildRequest.Compression) -> String {
      RenderBuild.state(layers[place], compression, seconds: 1, wasThere: false)
    }
    #expect(
      [0, 2, 5, 7].map { state($0, .splice) } == [
        "packed 1.0 s", "written 1.0 s", "spliced 1.0 s", "written 1.0 s",
      ])
    #expect([0, 5].map { state($0, .zstd) } == ["compressed 1.0 s", "compressed 1.0 s"])
    #expect([0, 5].map { state($0, .none) } == ["written 1.0 s", "written 1.0 s"])
    #expect(
      RenderBuild.state(try carriedLayers()[0], .splice, seconds: 1, wasThere: false) == "fetched 1.0 s")
    let bytecode = try layer(.bytecode, "bytecode of torch 2.9.1", 1, size: 5)
    for compression in BuildRequest.Compression.allCases {
      #expect(RenderBuild.state(bytecode, compression, seconds: 1, wasThere: false) == "compiled 1.0 s")
    }
    #expect(RenderBuild.name(bytecode) == "bytecode of torch 2.9.1")
  }

  @Test func `names of others cannot speak to the terminal`() throws {
    let odd = try layer(.wheels, "a\u{1B}[2J\nb", 1, size: 5)
    let line = RenderBuild.line(odd, width: 12, state: "in store", platform: nil)
    #expect(line == "  a\u{FFFD}[2J\u{FFFD}b       5 bytes   in store")
  }
}

@Suite struct BuildLinesTests {
  @Test func `finished layers stay, what is in work goes`() async throws {
    let world = World(
      ["envlock.lock": try lock([try torchAnswer().onDebian()]).canonicalText()],
      builds: BuildWork(
        plan: { _, _ in throw Refused() },
        build: { _, _, progress in
          let layers = try torchLayers(isMade: true)
          progress.report(.planned(BuildPlan(images: [PlannedImage(platform: .linuxAMD64, layers: layers)])))
          progress.report(.fetching(name: "torch.whl", count: 5, size: 10))
          try await Task.sleep(for: .milliseconds(200))
          progress.report(.fetching(name: "torch.whl", count: 6, size: 10))
          progress.report(.made(platform: .linuxAMD64, layer: layers[5], seconds: 2, wasThere: false))
          throw Refused()
        },
        blobs: { _ in [] })
    ) { _, _, _, _, _ in throw Refused() }
    let text = await world.run(["build"], terminal: true)
    let finished = "  torch 2.9.1                            900 MB   spliced 2.0 s\n"
    #expect(text.contains("\u{1B}[2A\r\u{1B}[J" + finished + "  fetching   torch.whl"))
    // The error stands where the work was.
    #expect(text.contains("\u{1B}[2A\r\u{1B}[J\u{1B}[31;1merror:"))
    for plain in [await world.run(["build"]), await world.run(["build"], ["CI": "1"], terminal: true)] {
      #expect(plain.contains(finished) && !plain.contains("fetching"))
    }
    #expect(!(await world.run(["build", "-q"], terminal: true)).contains("torch 2.9.1  "))
  }
}
