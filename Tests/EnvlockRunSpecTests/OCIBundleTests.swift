import EnvlockModel
import EnvlockRunSpec
import Foundation
import Testing

/// Writes bundles for people to start with `runc run` and `crun run`: into the folder that `ENVLOCK_OCI_BUNDLES` names,
/// each with a link to the unpacked image that `ENVLOCK_OCI_ROOTFS` names, and with stand-ins for a GPU's device nodes.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["ENVLOCK_OCI_BUNDLES"] != nil))
struct OCIBundleTests {
  private static let environment = ProcessInfo.processInfo.environment

  /// Stand-ins that do no harm and that no container is given by itself: fuse, the loop control, and tun.
  private static let node = NodeDevices(
    nodes: [("/dev/nvidia-uvm", 10, 229), ("/dev/nvidia0", 10, 237), ("/dev/nvidiactl", 10, 200)].map {
      OCIDevice($0, kind: .character, number: OCIDeviceNumber(major: $1, minor: $2), mode: 0o666)
    }, gpus: [NodeDevices.GPU(uuid: "GPU-aaaa", minor: 0)])

  private func write(
    _ name: String, cpu: Bool = true, _ request: (inout RunDeclaration) throws -> Void = { _ in },
    options change: (inout OCISpec.Options) throws -> Void = { _ in }
  ) throws {
    let folder = URL(fileURLWithPath: Self.environment["ENVLOCK_OCI_BUNDLES"] ?? "").appendingPathComponent(
      name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var options = OCISpec.Options()
    options.rootPath = Self.environment["ENVLOCK_OCI_ROOTFS"] ?? options.rootPath
    try change(&options)
    let plan = try SampleRuns.plan(cpu ? try SampleRuns.cpu() : nil) {
      $0.workdir = "/"
      try request(&$0)
    }
    for file in try OCISpec(plan, options: options).files {
      try Data(try file.text().utf8).write(to: folder.appendingPathComponent(file.name))
    }
  }

  @Test func `bundles are written`() throws {
    let echo = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    let hostile = ["it's \"$HOME\"\nand `more`", "", "$(id)", "\\", "é\t😀", "--", "%s{{.}}"]
    try write("texts") {
      $0.command = ["python3", "-c", echo] + hostile
      $0.env = ["HOSTILE": hostile.joined(separator: "|")]
    }
    let probe = try String(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Fixtures/inside.py"), encoding: .utf8)
    for user in ["0:0", "1000:1000"] {
      try write("inside-\(user.prefix { $0 != ":" })") {
        $0.command = ["python3", "-c", probe]
        $0.user = user
        $0.shm = try ByteCount("64MiB")
        $0.mounts = [try RunMount("/tmp/envlock-data:/data:ro"), try RunMount("/tmp/envlock-out:/out")]
      }
    }
    try write("memory") {
      $0.command = ["python3", "-c", "b = bytearray(200 << 20); print(len(b))"]
      $0.memory = try ByteCount("64MiB")
      $0.pids = 16
      $0.cpus = try CPUCount("0.5")
    }
    for isCDI in [false, true] {
      try write(isCDI ? "gpu-cdi" : "gpu-nodes", cpu: false) {
        $0.command = ["python3", "-c", probe]
      } options: {
        $0.node = Self.node
        if isCDI {
          let text = try String(contentsOfFile: Self.environment["ENVLOCK_OCI_CDI"] ?? "", encoding: .utf8)
          $0.cdi = CDIRegistry([
            CDIRegistry.File("/etc/cdi/nvidia.json", try CDISpecification(try JSONValue(parsing: text)))
          ])
        }
      }
    }
    // With what it takes to make nodes, and a place for them: only the device filter is left to shut the others out.
    try write("devices", cpu: false) {
      $0.command = ["python3", "-c", probe]
    } options: {
      $0.node = Self.node
      $0.capabilities = ["CAP_MKNOD"]
      $0.isRootReadOnly = false
    }
    for network in [RunNetwork.none, .host] {
      try write("rootless-\(network)") {
        $0.command = ["python3", "-c", probe]
        $0.network = network
      } options: {
        let mapping = [OCIMapping(container: 0, host: 1000, size: 1)]
        $0.rootless = OCIRootless(uidMappings: mapping, gidMappings: mapping)
      }
    }
  }
}
