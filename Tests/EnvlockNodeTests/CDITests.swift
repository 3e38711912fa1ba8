import EnvlockModel
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

  private func read(_ yaml: String) throws -> [String: String] {
    let node = try FakeNode()
    try node.write("etc/cdi/x.yaml", yaml)
    let files = try #require(node.probe().system?.cdiFiles)
    return Dictionary(
      uniqueKeysWithValues: files.map { ($0.kind ?? "", $0.fault ?? $0.devices.joined(separator: " ")) })
  }

  @Test(arguments: [
    (yaml, ["nvidia.com/gpu": "0 GPU-aaaa all"]),
    ("\"kind\": \"a.b/c\"\r\ndevices:\r\n  - name: x\r\n", ["a.b/c": "x"]),
    ("devices: [{name: a}]\nkind: \"x\\u002fy\"\n", ["x/y": "a"]),
    ("{kind: a/b, devices: [{name: x}]}\n", ["a/b": "x"]),
    ("kind: a/b\n---\nkind: c/d\n", ["": "holds several documents"]), ("# nothing\n", ["": "is empty"]),
    ("kind: *a\n", ["": "is YAML that is not read: line 1, column 7: the alias “a” stands for nothing"]),
    ("kind: a/b\ndevices:\n- name: 0\n", ["a/b": "has no devices"]),
  ])
  func `YAML is read, and what is not is told`(yaml: String, files: [String: String]) throws {
    #expect(try read(yaml) == files)
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
}
