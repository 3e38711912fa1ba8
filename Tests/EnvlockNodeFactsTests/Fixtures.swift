import EnvlockModel
import EnvlockNodeFacts

/// Documents that the tests make, after what NVIDIA's tools write.
enum Fixtures {
  // MARK: labels

  /// The labels that GPU Feature Discovery writes for every node with a driver.
  static func versions(driver: String, cuda: String) -> [String: String] {
    let numbers = driver.split(separator: ".").map(String.init)
    let revision = numbers.count > 2 ? numbers[2] : ""
    let runtime = cuda.split(separator: ".").map(String.init)
    return [
      "nvidia.com/cuda.driver.major": numbers[0], "nvidia.com/cuda.driver.minor": numbers[1],
      "nvidia.com/cuda.driver.rev": revision, "nvidia.com/cuda.driver-version.major": numbers[0],
      "nvidia.com/cuda.driver-version.minor": numbers[1], "nvidia.com/cuda.driver-version.revision": revision,
      "nvidia.com/cuda.driver-version.full": driver, "nvidia.com/cuda.runtime.major": runtime[0],
      "nvidia.com/cuda.runtime.minor": runtime[1], "nvidia.com/cuda.runtime-version.major": runtime[0],
      "nvidia.com/cuda.runtime-version.minor": runtime[1], "nvidia.com/cuda.runtime-version.full": cuda,
      "nvidia.com/gfd.timestamp": "1760000000", "nvidia.com/gpu.machine": "DGX-A100",
    ]
  }

  /// The labels of one model.
  static func gpu(
    _ product: String, _ capability: String, memory: Int, count: Int = 1, replicas: Int = 1,
    sharing: String = "none",
    family: String = "ampere", migCapable: Bool = false
  ) -> [String: String] {
    let numbers = capability.split(separator: ".").map(String.init)
    return [
      "nvidia.com/gpu.product": product, "nvidia.com/gpu.count": "\(count)",
      "nvidia.com/gpu.memory": "\(memory)",
      "nvidia.com/gpu.replicas": "\(replicas)", "nvidia.com/gpu.sharing-strategy": sharing,
      "nvidia.com/gpu.family": family, "nvidia.com/gpu.mode": "compute",
      "nvidia.com/gpu.compute.major": numbers[0], "nvidia.com/gpu.compute.minor": numbers[1],
      "nvidia.com/mig.capable": "\(migCapable)", "nvidia.com/mps.capable": "\(sharing == "mps")",
    ]
  }

  /// The labels of one MIG profile under the mixed strategy.
  static func mixed(_ profile: String, product: String, count: Int, memory: Int) -> [String: String] {
    let attributes = [
      "product": "\(product)-MIG-\(profile)", "count": "\(count)", "memory": "\(memory)", "replicas": "1",
      "sharing-strategy": "none", "multiprocessors": "14", "slices.gi": "1", "slices.ci": "1",
      "engines.copy": "1",
      "engines.decoder": "1", "engines.encoder": "0", "engines.jpeg": "1", "engines.ofa": "0",
    ]
    return Dictionary(uniqueKeysWithValues: attributes.map { ("nvidia.com/mig-\(profile).\($0)", $1) })
  }

  static let single: [String: String] = [
    "nvidia.com/gpu.multiprocessors": "14", "nvidia.com/gpu.slices.gi": "1", "nvidia.com/gpu.slices.ci": "1",
    "nvidia.com/gpu.engines.copy": "1", "nvidia.com/gpu.engines.decoder": "0",
    "nvidia.com/gpu.engines.encoder": "0", "nvidia.com/gpu.engines.jpeg": "0",
    "nvidia.com/gpu.engines.ofa": "0",
    "nvidia.com/mig.strategy": "single",
  ]

  /// One node of the fleet.
  struct Node {
    var name: String
    var labels: [String: String]
    var capacity: [String: String] = [:]
    var architecture = "amd64"
  }

  private static func join(_ parts: [String: String]...) -> [String: String] {
    parts.reduce(into: [:]) { $0.merge($1) { $1 } }
  }

  /// Nodes of every kind that the labels tell apart.
  static let fleet: [Node] = {
    let a100 = "NVIDIA-A100-SXM4-80GB"
    let v550 = versions(driver: "550.54.15", cuda: "12.4")
    return [
      Node(
        name: "mig-none",
        labels: join(v550, gpu(a100, "8.0", memory: 81920, count: 8, migCapable: true)),
        capacity: ["nvidia.com/gpu": "8"]),
      Node(
        name: "mig-single-off",
        labels: join(
          v550, gpu(a100, "8.0", memory: 81920, count: 8, migCapable: true),
          [
            "nvidia.com/mig.strategy": "single", "nvidia.com/mig.config": "all-disabled",
            "nvidia.com/mig.config.state": "success",
          ]),
        capacity: ["nvidia.com/gpu": "8"]),
      Node(
        name: "mig-single",
        labels: join(
          v550, gpu("\(a100)-MIG-1g.10gb", "8.0", memory: 9728, count: 56, migCapable: true), single),
        capacity: ["nvidia.com/gpu": "56"]),
      Node(
        name: "mig-single-invalid",
        labels: join(
          v550, gpu("\(a100)-MIG-INVALID", "8.0", memory: 0, count: 0, replicas: 0, migCapable: true),
          ["nvidia.com/mig.strategy": "single"]),
        capacity: ["nvidia.com/gpu": "0"]),
      Node(
        name: "mig-mixed",
        labels: join(
          v550, gpu(a100, "8.0", memory: 81920, count: 8, replicas: 0, migCapable: true),
          ["nvidia.com/mig.strategy": "mixed"], mixed("1g.10gb", product: a100, count: 16, memory: 9728),
          mixed("1g.10gb.me", product: a100, count: 8, memory: 9728),
          mixed("3g.40gb", product: a100, count: 8, memory: 40192)),
        capacity: [
          "nvidia.com/gpu": "0", "nvidia.com/mig-1g.10gb": "16", "nvidia.com/mig-1g.10gb.me": "8",
          "nvidia.com/mig-3g.40gb": "8",
        ]),
      Node(
        name: "mig-mixed-half",
        labels: join(
          v550, gpu(a100, "8.0", memory: 81920, count: 8, migCapable: true),
          ["nvidia.com/mig.strategy": "mixed"],
          mixed("7g.80gb", product: a100, count: 4, memory: 80640)),
        capacity: ["nvidia.com/gpu": "4", "nvidia.com/mig-7g.80gb": "4"]),
      Node(
        name: "vgpu",
        labels: join(
          versions(driver: "550.90.07", cuda: "12.4"), gpu("GRID-A100-10C", "8.0", memory: 10240),
          [
            "nvidia.com/vgpu.present": "true", "nvidia.com/vgpu.host-driver-version": "550.90.05",
            "nvidia.com/vgpu.host-driver-branch": "r550_00",
          ]),
        capacity: ["nvidia.com/gpu": "1"]),
      Node(
        name: "time-slicing",
        labels: join(
          versions(driver: "535.104.05", cuda: "12.2"),
          gpu(
            "Tesla-T4-SHARED", "7.5", memory: 15360, count: 4, replicas: 10, sharing: "time-slicing",
            family: "turing")),
        capacity: ["nvidia.com/gpu": "40"]),
      Node(
        name: "time-slicing-renamed",
        labels: join(
          versions(driver: "535.104.05", cuda: "12.2"),
          gpu(
            "Tesla-T4", "7.5", memory: 15360, count: 4, replicas: 10, sharing: "time-slicing",
            family: "turing")),
        capacity: ["nvidia.com/gpu": "0", "nvidia.com/gpu.shared": "40"]),
      Node(
        name: "mps",
        labels: join(
          versions(driver: "570.124.06", cuda: "12.8"),
          gpu(
            "NVIDIA-L40S-SHARED", "8.9", memory: 46068, count: 2, replicas: 4, sharing: "mps",
            family: "ada-lovelace")),
        capacity: ["nvidia.com/gpu": "8"]),
      Node(
        name: "grace-hopper",
        labels: join(
          versions(driver: "570.124.06", cuda: "12.8"),
          gpu("NVIDIA-GH200-480GB", "9.0", memory: 97871, family: "hopper", migCapable: true),
          ["kubernetes.io/arch": "arm64"]),
        capacity: ["nvidia.com/gpu": "1"], architecture: "arm64"),
      Node(
        name: "two-numbers",
        labels: join(
          versions(driver: "470.57", cuda: "11.4"),
          gpu("Tesla-K80", "3.7", memory: 11441, count: 2, family: "kepler")),
        capacity: ["nvidia.com/gpu": "2"]),
      Node(
        name: "old-labels",
        labels: [
          "nvidia.com/cuda.driver.major": "450", "nvidia.com/cuda.driver.minor": "80",
          "nvidia.com/cuda.driver.rev": "02", "nvidia.com/cuda.runtime.major": "11",
          "nvidia.com/cuda.runtime.minor": "0", "nvidia.com/gpu.product": "Tesla-V100-SXM2-32GB-SHARED",
          "nvidia.com/gpu.count": "8", "nvidia.com/gpu.memory": "32510", "nvidia.com/gpu.compute.major": "7",
          "nvidia.com/gpu.compute.minor": "0", "nvidia.com/gpu.replicas": "2",
          "nvidia.com/gpu.family": "volta",
        ], capacity: ["nvidia.com/gpu": "16"]),
      Node(
        name: "two-models",
        labels: join(v550, gpu("NVIDIA-A100-PCIE-40GB", "8.0", memory: 40960, count: 2)),
        capacity: ["nvidia.com/gpu": "3"]),
      Node(name: "unlabelled", labels: ["nvidia.com/gpu.present": "true"], capacity: ["nvidia.com/gpu": "4"]),
      Node(
        name: "only-device", labels: ["feature.node.kubernetes.io/pci-10de.present": "true"]),
      Node(name: "control-plane", labels: ["node-role.kubernetes.io/control-plane": ""]),
      Node(
        name: "contradiction",
        labels: join(
          v550, gpu("Tesla-T4", "7.5", memory: 15360), ["nvidia.com/cuda.driver.minor": "90"],
          ["nvidia.com/gpu.replicas": "4"], ["nvidia.com/cuda.runtime.minor": "5"],
          ["kubernetes.io/arch": "arm64"]),
        capacity: ["nvidia.com/gpu": "1"]),
      Node(
        name: "nonsense",
        labels: join(
          versions(driver: "550.x", cuda: "12.4"), gpu("Tesla-T4", "7.50", memory: 15360),
          ["nvidia.com/gpu.count": "many", "nvidia.com/gpu.memory": "99999999999999999999"]),
        capacity: ["nvidia.com/gpu": "-1"], architecture: "s390x"),
    ]
  }()

  // MARK: Kubernetes

  static func object(_ pairs: [String: String]) -> JSONValue {
    .object(JSONObject(pairs.map { ($0, .string($1)) }))
  }

  /// A node as `kubectl get node -o json` prints it, with things that nobody needs.
  static func json(_ node: Node, hasKind: Bool = true) -> JSONValue {
    var labels = node.labels
    labels["kubernetes.io/hostname"] = node.name
    labels["feature.node.kubernetes.io/cpu-cpuid.AVX512F"] = "true"
    labels["nvidia.com/gpu.deploy.driver"] = "true"
    var capacity = node.capacity
    capacity["cpu"] = "96"
    var json: JSONObject = [
      "metadata": [
        "annotations": ["nodes.example.com/note": "a \"quoted\" text\n"], "name": .string(node.name),
        "labels": object(labels), "managedFields": [["manager": "kubelet", "fieldsV1": ["f:status": [:]]]],
      ],
      "spec": ["podCIDR": "10.0.0.0/24", "taints": []],
      "status": [
        "allocatable": object(capacity), "capacity": object(capacity),
        "conditions": [["type": "Ready", "status": "True", "message": "kubelet is posting ready status"]],
        "images": [["names": ["registry.example.com/a@sha256:00"], "sizeBytes": 1234567]],
        "nodeInfo": [
          "architecture": .string(node.architecture), "operatingSystem": "linux",
          "kernelVersion": "6.8.0-1021-aws",
          "osImage": "Ubuntu 24.04.2 LTS",
        ],
      ],
    ]
    if hasKind {
      json["apiVersion"] = "v1"
      json["kind"] = "Node"
    }
    return .object(json)
  }

  static func list(_ items: [JSONValue], kind: String = "List") -> JSONValue {
    ["apiVersion": "v1", "kind": .string(kind), "items": .array(items), "metadata": ["resourceVersion": ""]]
  }

  /// One device of a resource slice.
  static func device(
    _ name: String, type: String = "gpu", _ attributes: [String: String] = [:], memory: String? = "80Gi",
    driver: String = "580.65.6", isBasic: Bool = false
  ) -> JSONValue {
    var members = JSONObject()
    members["type"] = ["string": .string(type)]
    for (key, value) in attributes { members[key] = ["string": .string(value)] }
    members["driverVersion"] = ["version": .string(driver)]
    members["cudaDriverVersion"] = ["version": "13.0.0"]
    members["cudaComputeCapability"] = ["version": "8.0.0"]
    var inner: JSONObject = ["attributes": .object(members)]
    if let memory { inner["capacity"] = ["memory": ["value": .string(memory)]] }
    if isBasic { return ["name": .string(name), "basic": .object(inner)] }
    inner["name"] = .string(name)
    return .object(inner)
  }

  static func slice(
    _ node: String, _ devices: [JSONValue], driver: String = "gpu.nvidia.com", version: String = "v1"
  ) -> JSONValue {
    [
      "apiVersion": .string("resource.k8s.io/\(version)"), "kind": "ResourceSlice",
      "metadata": ["name": .string("\(node)-\(driver)-x2v5k")],
      "spec": [
        "devices": .array(devices), "driver": .string(driver), "nodeName": .string(node),
        "pool": ["generation": 1, "name": .string(node), "resourceSliceCount": 1],
      ],
    ]
  }

  static func a100(_ index: Int, isBasic: Bool = false, driver: String = "580.65.6") -> JSONValue {
    device(
      "gpu-\(index)",
      [
        "uuid": "GPU-\(index)", "productName": "NVIDIA A100-SXM4-80GB", "brand": "Nvidia",
        "architecture": "Ampere",
        "resource.kubernetes.io/pciBusID": "0000:0\(index):00.0",
      ], memory: isBasic ? "81920Mi" : "80Gi", driver: driver, isBasic: isBasic)
  }

  static func mig(_ index: Int, parent: Int, profile: String = "1g.10gb", uuid: String?) -> JSONValue {
    var attributes = [
      "parentUUID": "GPU-\(parent)", "profile": profile, "productName": "NVIDIA A100-SXM4-80GB",
    ]
    attributes["uuid"] = uuid
    return device("gpu-\(parent)-mig-\(index)", type: "mig", attributes, memory: "9728Mi")
  }
}

extension NodeCollection {
  /// The nodes of documents.
  init(_ documents: String..., name: String = "nodes.json") throws {
    self.init()
    for document in documents { try NodeDocuments.read(Array(document.utf8), name: name, into: &self) }
  }

  /// The facts of the only node.
  var only: NodeFacts? { count == 1 ? groups.first?.facts : nil }

  /// All groups in words, for comparison with a golden file.
  var text: String {
    groups.map { group in
      var json = group.facts.json()
      if case .object(var object) = json {
        object["envlock-node"] = nil
        json = .object(object)
      }
      return "\(group.names.joined(separator: ", "))\n\(json.canonical())"
    }.joined(separator: "\n")
  }
}
