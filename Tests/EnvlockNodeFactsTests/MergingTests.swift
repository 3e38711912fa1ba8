import EnvlockModel
import EnvlockNodeFacts
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct MergingTests {
  private func node(
    _ name: String, driver: String = "580.65.06", product: String = "NVIDIA-A100-SXM4-80GB", count: Int = 2,
    capability: String = "8.0", sharing: String = "none"
  ) -> JSONValue {
    var labels = Fixtures.versions(driver: driver, cuda: "13.0")
    labels.merge(
      Fixtures.gpu(
        product, capability, memory: 81920, count: count, replicas: sharing == "none" ? 1 : 4,
        sharing: sharing)
    ) { $1 }
    return Fixtures.json(Fixtures.Node(name: name, labels: labels))
  }

  @Test func `a node's labels and its slices make one node, whichever comes first`() throws {
    let slices = [Fixtures.slice("n", [Fixtures.a100(0)]), Fixtures.slice("n", [Fixtures.a100(1)])]
    let labels = node("n", sharing: "time-slicing")
    let text = Fixtures.list([labels] + slices).canonical()
    let facts = try NodeCollection(text).only
    #expect(facts?.gaps == [])
    #expect(facts?.origin == .resourceSlice)
    #expect(facts?.platform == .linuxAMD64)
    #expect(facts?.gpus.map(\.uuid) == ["GPU-0", "GPU-1"])
    #expect(facts?.gpus.map(\.product) == ["NVIDIA A100-SXM4-80GB", "NVIDIA A100-SXM4-80GB"])
    #expect(
      facts?.gpus.allSatisfy { $0.sharing == SharingFacts(strategy: .timeSlicing, replicas: 4) } == true)
    #expect(try NodeCollection(Fixtures.list(slices + [labels]).canonical()).only == facts)
    #expect(
      try NodeCollection(slices[1].canonical(), labels.canonical(), slices[0].canonical()).only?.kind
        == facts?.kind)
  }

  @Test func `a node without labels is known by its slices`() throws {
    let bare = Fixtures.json(Fixtures.Node(name: "n", labels: [:]))
    let nodes = try NodeCollection(bare.canonical(), Fixtures.slice("n", [Fixtures.a100(0)]).canonical())
    #expect(nodes.only?.gaps == [])
    #expect(nodes.only?.gpus.count == 1)
  }

  @Test func `slices know the GPUs that labels only count`() throws {
    var node = Fixtures.fleet.first { $0.name == "two-models" } ?? Fixtures.fleet[0]
    node.labels.merge(Fixtures.versions(driver: "580.65.06", cuda: "13.0")) { $1 }
    node.labels["nvidia.com/gpu.product"] = "NVIDIA-A100-SXM4-80GB"
    let t4 = Fixtures.device("gpu-2", ["uuid": "GPU-2", "productName": "Tesla T4"], memory: "15Gi")
    let slice = Fixtures.slice(node.name, [Fixtures.a100(0), Fixtures.a100(1), t4])
    let facts = try NodeCollection(Fixtures.json(node).canonical(), slice.canonical()).only
    #expect(facts?.gaps == [])
    #expect(facts?.gpus.map(\.product) == ["NVIDIA A100-SXM4-80GB", "NVIDIA A100-SXM4-80GB", "Tesla T4"])
    #expect(facts?.gpus.map(\.memoryMiB) == [81920, 81920, 15360])
  }

  @Test func `a probe leads, and others add what it does not know`() throws {
    let probe = NodeFacts(
      origin: .probe, driver: try DriverVersion("580.65.06"),
      gpus: [
        GPUFacts(product: "NVIDIA A100-SXM4-80GB", uuid: "GPU-0"), GPUFacts(product: "NVIDIA A100-SXM4-80GB"),
      ],
      gaps: [FactGap(.memory, reason: "unreadable")])
    let nodes = try NodeCollection(node("n").canonical(), probe.json(name: "n").canonical())
    #expect(nodes.only?.origin == .probe)
    #expect(nodes.only?.gpus.map(\.memoryMiB) == [81920, 81920])
    #expect(nodes.only?.gpus.first?.uuid == "GPU-0")
  }

  @Test func `the same node twice is one node`() throws {
    let nodes = try NodeCollection(node("n").canonical(), node("n").canonical())
    #expect(nodes.count == 1)
    #expect(nodes.only?.gaps == [])
  }

  @Test func `what sources say differently is a contradiction`() throws {
    let slice = Fixtures.slice("n", [Fixtures.a100(0), Fixtures.a100(1)])
    var text = ""
    for other in [
      node("n", driver: "580.95.05"), node("n", product: "Tesla-T4", capability: "7.5"), node("n", count: 3),
      node("n", capability: "9.0"),
    ] {
      let facts = try NodeCollection(slice.canonical(), other.canonical()).only
      text += facts.map { $0.gaps.map { "\($0.subject): \($0.reason)\n" }.joined() } ?? "-"
      #expect(facts?.gaps.allSatisfy(\.isContradiction) == true)
    }
    let twice = try NodeCollection(node("n").canonical(), node("n", driver: "570.124.06").canonical()).only
    text += twice.map { $0.gaps.map { "\($0.subject): \($0.reason)\n" }.joined() } ?? "-"
    #expect(twice?.driver == nil)
    let none = NodeFacts(origin: .probe, driver: try DriverVersion("580.65.06"))
    let facts = try NodeCollection(node("n").canonical(), none.json(name: "n").canonical()).only
    text += facts.map { $0.gaps.map { "\($0.subject): \($0.reason)\n" }.joined() } ?? "-"
    try expectGolden(text, "contradictions.txt")
  }

  // MARK: groups

  @Test func `alike nodes are one group, and a single node keeps everything`() {
    var nodes = NodeCollection()
    func facts(_ uuid: String, _ product: String = "A100") -> NodeFacts {
      NodeFacts(
        origin: .probe, gpus: [GPUFacts(product: product, uuid: uuid)],
        system: SystemFacts(kernel: "6.1-\(uuid)"))
    }
    nodes.add(name: "a", facts: facts("1"))
    #expect(nodes.groups == [NodeGroup(names: ["a"], facts: facts("1"))])
    nodes.add(name: "t", facts: facts("9", "T4"))
    nodes.add(name: "b", facts: facts("2"))
    nodes.add(name: "", facts: facts("3"))
    nodes.add(name: "", facts: facts("4"))
    #expect(
      nodes.groups == [
        NodeGroup(names: ["a", "b", "", ""], facts: facts("1").kind),
        NodeGroup(names: ["t"], facts: facts("9", "T4")),
      ])
    #expect(nodes.count == 5)
  }

  @Test func `a node that changes its group leaves the others as they are`() throws {
    var nodes = NodeCollection()
    func facts(_ uuid: String) -> NodeFacts {
      NodeFacts(origin: .probe, gpus: [GPUFacts(product: "A100", uuid: uuid)])
    }
    nodes.add(name: "a", facts: facts("1"))
    nodes.add(name: "b", facts: facts("2"))
    nodes.add(name: "a", facts: NodeFacts(origin: .kubernetesLabels, driver: try DriverVersion("550.54.15")))
    let groups = nodes.groups
    #expect(groups.map(\.names) == [["a"], ["b"]])
    // The facts that were kept in full were those of the other node.
    #expect(groups[1].facts == facts("2").kind)
    #expect(groups[0].facts.driver?.branch == 550)
  }

  @Test func `a hundred thousand nodes are grouped`() {
    var nodes = NodeCollection()
    for index in 0..<100_000 {
      nodes.add(
        name: "node-\(index)",
        facts: NodeFacts(origin: .probe, gpus: [GPUFacts(count: index % 4 + 1, product: "A100")]))
    }
    #expect(nodes.groups.map(\.names.count) == [25_000, 25_000, 25_000, 25_000])
  }
}
