import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockNode

/// CDI files, JSON and YAML.
@Suite struct CDITests {
  /// As nvidia-ctk lays its files out.
  static let yaml = """
    ---
    cdiVersion: 0.5.0
    containerEdits:
      deviceNodes:
      - path: /dev/nvidiactl
      hooks:
      - args:
        - nvidia-cdi-hook
        - create-symlinks
        hookName: createContainer
        name: not-a-device
    devices:
    - containerEdits:
        deviceNodes:
        - name: also-not
          path: /dev/nvidia0
      name: "0"
    - name: GPU-aaaa # the same by UUID
      containerEdits:
        deviceNodes:
        - path: /dev/nvidia0
    -
      containerEdits: {}
      name: 'all'
    kind: nvidia.com/gpu

    """

  private func read(_ yaml: String) -> SystemFacts.CDIFile {
    var file = SystemFacts.CDIFile(path: "x")
    CDIText.fill(&file, yaml: yaml)
    return file
  }

  @Test func `YAML as it is generated`() {
    let file = read(Self.yaml)
    #expect(file.kind == "nvidia.com/gpu")
    #expect(file.devices == ["0", "GPU-aaaa", "all"])
    #expect(file.fault == nil)
  }

  @Test func `items may be indented, keys quoted`() {
    let file = read(
      "\"kind\": \"a.b/c\"\r\ndevices:\r\n  - name: x\r\n    containerEdits:\r\n      env:\r\n      - name=1\r\n"
    )
    #expect(file.kind == "a.b/c")
    #expect(file.devices == ["x"])
  }

  @Test(arguments: [
    "devices: [{name: a}]\nkind: x/y\n", "kind: *anchor\n", "kind: |\n  x\n", "devices:\n- {name: a}\n",
    "devices:\n- name: [a]\n", "\tkind: x\n", "kind: a/b\n---\nkind: c/d\n", "kind: \"a\\u0062\"\n",
    "{kind: x}\n",
    "devices:\n- name: \"a\n  b\"\n",
  ])
  func `other YAML is refused, not guessed`(yaml: String) {
    let file = read(yaml)
    #expect(file.fault?.hasPrefix("is YAML of a kind that is not read: ") == true)
    #expect(file.kind == nil && file.devices == [])
  }

  @Test func `the folders are read, and faults told`() throws {
    let node = try FakeNode()
    try node.write("etc/cdi/nvidia.yaml", Self.yaml)
    try node.write("etc/cdi/broken.json", "{")
    try node.write("etc/cdi/notes.txt", "x")
    try node.write("etc/cdi/z.yml", "{\"kind\": \"j/y\", \"devices\": [{\"name\": \"0\"}]}")
    try node.write(
      "var/run/cdi/k8s.json",
      "{\"cdiVersion\": \"0.6.0\", \"kind\": \"k8s.device-plugin.nvidia.com/gpu\", \"devices\": [{\"name\": \"0\"}, {}]}"
    )
    try node.write("run/cdi/none.json", "{\"kind\": \"a/b\", \"devices\": []}")
    let files = try #require(node.probe().system?.cdiFiles)
    #expect(
      files == [
        .init(path: "/etc/cdi/broken.json", fault: files.first?.fault),
        .init(path: "/etc/cdi/nvidia.yaml", kind: "nvidia.com/gpu", devices: ["0", "GPU-aaaa", "all"]),
        .init(path: "/etc/cdi/z.yml", kind: "j/y", devices: ["0"]),
        .init(path: "/run/cdi/none.json", kind: "a/b", fault: "has no devices"),
        .init(path: "/var/run/cdi/k8s.json", kind: "k8s.device-plugin.nvidia.com/gpu", devices: ["0"]),
      ])
    #expect(files.first?.fault?.hasPrefix("is not JSON: line 1") == true)
  }

  @Test func `damaged YAML never traps`() {
    var random = SplitMix64(seed: 0xcd1)
    let bytes = Array(Self.yaml.utf8)
    let signs = Array(" -:#\"'{[&*\n\t\\".utf8)
    for _ in 0..<2000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] = signs.randomElement(using: &random) ?? 0
      }
      damaged = Array(damaged.prefix(Int.random(in: 0...damaged.count, using: &random)))
      _ = read(String(decoding: damaged, as: UTF8.self))
    }
  }
}
