import EnvlockModel
import EnvlockNodeFacts
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct KubernetesTests {
  private let fleet = Fixtures.fleet.map { Fixtures.json($0) }

  @Test func `labels of every kind become facts and gaps`() throws {
    let nodes = try NodeCollection(Fixtures.list(fleet).canonical())
    #expect(nodes.count == fleet.count)
    // What the kernel and the distribution are is the same for all.
    #expect(nodes.groups.allSatisfy { $0.names.count > 1 || $0.facts.system?.kernel == "6.8.0-1021-aws" })
    var short = NodeCollection()
    for group in nodes.groups {
      for name in group.names {
        var facts = group.facts
        facts.system = nil
        short.add(name: name, facts: facts)
      }
    }
    try expectGolden(short.text, "labels.txt")
  }

  @Test(arguments: ["List", "NodeList"])
  func `a list may leave out the kinds of its items, and say its own last`(
    kind: String
  ) throws {
    let bare = Fixtures.fleet.map { Fixtures.json($0, hasKind: false) }
    let nodes = try NodeCollection(Fixtures.list(bare, kind: kind).canonical())
    #expect(nodes.groups == (try NodeCollection(Fixtures.list(fleet).canonical()).groups))
  }

  @Test func `nodes may stand alone, in arrays, in lists of lists, and one after the other`() throws {
    let lists = JSONValue.array([.array(fleet), Fixtures.list([Fixtures.list([fleet[0]]), fleet[1]])])
    let expected = try NodeCollection(Fixtures.list(fleet).canonical()).groups
    #expect(try NodeCollection(lists.canonical()).groups == expected)
    #expect(try NodeCollection(fleet.map { $0.canonical() }.joined()).groups == expected)
    #expect(
      try NodeCollection("\u{FEFF}" + fleet.map { $0.canonical() }.joined(separator: "\n\n")).groups
        == expected)
    #expect(try NodeCollection(fleet[3].canonical()).groups.map(\.names) == [["mig-single-invalid"]])
  }

  @Test func `objects of other kinds among nodes are passed over`() throws {
    let pod: JSONValue = [
      "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"], "spec": ["nodeName": "mps"],
    ]
    let nodes = try NodeCollection(Fixtures.list([pod, fleet[0], pod]).canonical())
    #expect(nodes.groups.map(\.names) == [["mig-none"]])
  }

  @Test func `values of unexpected types are passed over`() throws {
    let text = #"""
      {"kind": "Node", "metadata": {"name": "n", "labels": {"nvidia.com/gpu.count": 4, "a": [1], "nvidia.com/x": {}}},
       "spec": [], "status": {"capacity": {"nvidia.com/gpu": 4, "cpu": 4}, "nodeInfo": []}}
      {"kind": "Node", "metadata": {"name": 7, "labels": null}, "spec": {"driver": 1, "devices": {}}, "status": "x"}
      """#
    let nodes = try NodeCollection(text)
    #expect(nodes.groups.flatMap(\.names) == ["n", "nodes.json"])
    #expect(nodes.groups.allSatisfy { $0.facts.gaps.map(\.subject) == [.driver, .gpus] })
  }

  @Test func `labels that differ in nothing that matters make one group`() throws {
    var nodes = NodeCollection()
    for index in 0..<50 {
      var node = Fixtures.fleet[0]
      node.name = "gpu-\(index)"
      node.labels["nvidia.com/gfd.timestamp"] = "\(1_760_000_000 + index)"
      node.labels["nvidia.com/gpu.clique"] = "cluster.\(index)"
      try NodeDocuments.read(Array(Fixtures.json(node).canonical().utf8), name: "f", into: &nodes)
    }
    #expect(nodes.groups.count == 1)
    #expect(nodes.groups.first?.names.count == 50)
    #expect(nodes.groups.first?.facts.system == nil)
  }

  // MARK: resource slices

  @Test func `devices of resource slices become GPUs with MIG instances`() throws {
    let slices = [
      Fixtures.slice("gpus", [Fixtures.a100(0), Fixtures.a100(1)]),
      Fixtures.slice("gpus", [Fixtures.a100(2)]),
      Fixtures.slice(
        "gpus", [Fixtures.device("channel-0", type: "channel")], driver: "compute-domain.nvidia.com"),
      Fixtures.slice("beta", [Fixtures.a100(3, isBasic: true)], version: "v1beta1"),
      Fixtures.slice(
        "mig",
        [
          Fixtures.mig(0, parent: 4, uuid: "MIG-0"),
          Fixtures.mig(1, parent: 4, profile: "3g.40gb", uuid: "MIG-1"),
        ]),
      Fixtures.slice("mig", [Fixtures.mig(2, parent: 4, uuid: "MIG-2"), Fixtures.a100(5)]),
      // Instances that could be made are no instances.
      Fixtures.slice("dynamic", [Fixtures.a100(6), Fixtures.mig(0, parent: 6, uuid: nil)]),
      Fixtures.slice(
        "vfio", [Fixtures.device("gpu-vfio-0", type: "vfio", ["deviceID": "0x20b2", "vendorID": "0x10de"])]),
      Fixtures.slice("empty", []),
      Fixtures.slice("two-drivers", [Fixtures.a100(7), Fixtures.a100(8, driver: "580.95.5")]),
      Fixtures.slice("odd", [Fixtures.a100(9, driver: "unknown"), 3, [:], ["attributes": []]]),
    ]
    let nodes = try NodeCollection(Fixtures.list(slices).canonical())
    try expectGolden(nodes.text, "slices.txt")
    // One slice in each document is the same as all in one, and a document that is read twice adds nothing.
    var apart = NodeCollection()
    for slice in slices where slice["spec"]?["driver"] == "gpu.nvidia.com" {
      for _ in 0..<2 { try NodeDocuments.read(Array(slice.canonical().utf8), name: "s", into: &apart) }
    }
    #expect(apart.groups == nodes.groups)
  }

  @Test(arguments: [
    ("80Gi", 81920), ("81920Mi", 81920), ("85899345920", 81920), ("83886080Ki", 81920), ("1.5Gi", 1536),
    ("80G", 76293), ("1Ti", 1_048_576),
  ])
  func `memory is read in every unit`(text: String, mebibytes: Int) throws {
    let slice = Fixtures.slice("n", [Fixtures.device("gpu-0", ["uuid": "GPU-0"], memory: text)])
    #expect(try NodeCollection(slice.canonical()).only?.gpus.first?.memoryMiB == mebibytes)
  }

  @Test(arguments: ["", "Gi", "80Xi", "-80Gi", "9999999999999999999999Ti", "0", "1e9", "."])
  func `memory that is no quantity stays unknown`(text: String) throws {
    let slice = Fixtures.slice("n", [Fixtures.device("gpu-0", ["uuid": "GPU-0"], memory: text)])
    #expect(
      try NodeCollection(slice.canonical()).only?.gpus == [
        GPUFacts(capability: ComputeCapability("8.0"), uuid: "GPU-0")
      ])
  }

  @Test func `the driver of a slice is the version that its number stands for`() throws {
    let facts = try NodeCollection(Fixtures.slice("n", [Fixtures.a100(0)]).canonical()).only
    #expect(facts?.driver == (try DriverVersion("580.65.06")))
    #expect(facts?.driver?.description == "580.65.06")
    #expect(facts?.cudaDriver == (try CUDAVersion("13.0")))
  }
}
