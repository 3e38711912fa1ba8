import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockNode

/// The system around the GPU.
@Suite struct SystemTests {
  @Test func `kernel, distribution, control groups and namespaces are read`() throws {
    let node = try FakeNode()
    try node.write("proc/sys/kernel/osrelease", "6.1.0-21-amd64\n")
    try node.write("etc/os-release", "NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n")
    try node.write(
      "proc/self/mountinfo",
      "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n")
    try node.write("proc/sys/user/max_user_namespaces", "63000\n")
    let system = try #require(node.probe().system)
    #expect(system.kernel == "6.1.0-21-amd64")
    #expect(system.distribution == "Debian GNU/Linux 12 (bookworm)")
    #expect(system.cgroups == .v2)
    #expect(system.hasUserNamespaces == true)
    #expect(system.hasMPSDaemon == false)
    // The C library of another root is not the one that runs here.
    #expect(system.glibc == nil)
  }

  @Test func `an empty root knows nothing`() throws {
    let system = try #require(try FakeNode().probe().system)
    #expect(system == SystemFacts(hasMPSDaemon: false))
  }

  @Test(arguments: [
    ("35 24 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw", SystemFacts.CgroupMode.v2),
    ("36 35 0:31 / /sys/fs/cgroup/cpu rw shared:1 - cgroup cgroup rw,cpu", .v1),
    (
      "35 24 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n36 35 0:31 / /x rw - cgroup cgroup rw,cpu",
      .hybrid
    ),
    ("22 27 0:21 / /proc rw - proc proc rw", nil), ("", nil), ("a - ", nil), ("-", nil),
  ])
  func `control groups by what is mounted`(text: String, mode: SystemFacts.CgroupMode?) {
    #expect(SystemFacts.CgroupMode(mountInfo: text) == mode)
  }

  @Test(arguments: [
    ("proc/sys/user/max_user_namespaces", "0", false),
    ("proc/sys/kernel/unprivileged_userns_clone", "0", false),
    ("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", false),
    ("proc/sys/kernel/unprivileged_userns_clone", "1", true),
  ])
  func `any of the switches forbids user namespaces`(path: String, value: String, allowed: Bool) throws {
    let node = try FakeNode()
    try node.write("proc/sys/user/max_user_namespaces", "100\n")
    try node.write(path, value + "\n")
    #expect(node.probe().system?.hasUserNamespaces == allowed)
  }

  @Test func `the MPS daemon is found by its process`() throws {
    let node = try FakeNode()
    try node.write("proc/12/comm", "nvidia-cuda-mps\n")
    #expect(node.probe().system?.hasMPSDaemon == true)
  }

  @Test func `an MPS folder without a process is not decided`() throws {
    let node = try FakeNode()
    try node.write("mps/control", "")
    #expect(node.probe(["CUDA_MPS_PIPE_DIRECTORY": "/mps"]).system?.hasMPSDaemon == nil)
    try node.write("mps/nvidia-cuda-mps-control.pid", "77\n")
    try node.write("proc/77/comm", "x\n")
    #expect(node.probe(["CUDA_MPS_PIPE_DIRECTORY": "/mps"]).system?.hasMPSDaemon == true)
  }

  // MARK: runtimes

  @Test func `runtimes are found on PATH and in the usual places, and told apart from silent ones`() throws {
    let node = try FakeNode()
    try node.install("custom/docker", "echo 'Docker version 24.0.5, build ced0996'")
    try node.install("usr/bin/podman", "echo broken; exit 1")
    try node.install(
      "usr/local/nvidia/toolkit/nvidia-ctk", "echo 'NVIDIA Container Toolkit CLI version 1.17.0'")
    try node.write("usr/bin/runc", "not executable")
    let runtimes = node.probe(["PATH": "/custom:relative:/nowhere"]).system?.runtimes
    #expect(
      runtimes == [
        .init(name: "docker", path: "/custom/docker", version: "24.0.5"),
        .init(
          name: "nvidia-ctk", path: "/usr/local/nvidia/toolkit/nvidia-ctk", version: "1.17.0"),
        .init(name: "podman", path: "/usr/bin/podman"),
      ])
  }

  @Test func `a runtime that does not answer has no version`() throws {
    let node = try FakeNode()
    try node.install("usr/bin/docker", "sleep 60")
    try node.install("usr/bin/crun", "echo crun version 1.8.1")
    let probe = NodeProbe(
      worker: nil, limits: .init(runtimes: .milliseconds(300)), root: node.folder, environment: [:])
    #expect(
      probe.measure().system?.runtimes == [
        .init(name: "crun", path: "/usr/bin/crun", version: "1.8.1"),
        .init(name: "docker", path: "/usr/bin/docker"),
      ])
  }

  @Test(arguments: [
    ("Docker version 24.0.5, build ced0996", "24.0.5"), ("podman version 4.3.1\n", "4.3.1"),
    ("containerd github.com/containerd/containerd v1.7.2 0cae528dd6cb", "1.7.2"),
    ("runc version 1.1.12\ncommit: v1.1.12-0-g51d5e946\nspec: 1.0.2-dev", "1.1.12"),
    ("kata-runtime  : 3.2.0\n   commit   : abc", "3.2.0"), ("3.4.1\n", "3.4.1"),
    ("NVIDIA Container Runtime version 1.14.6\ncommit: 5d9a\nspec: 1.1.0\n", "1.14.6"),
    ("apptainer version 1.2.5-1", "1.2.5-1"), ("singularity-ce version 3.11.4", "3.11.4"),
    ("nothing here", nil), ("", nil),
  ])
  func `the version among a program's words`(text: String, version: String?) {
    #expect(RuntimeProbe.version(in: text) == version)
  }

  // MARK: vGPU

  private func space(_ capability: [UInt8]) -> [UInt8] {
    var space = [UInt8](repeating: 0, count: 256)
    space[0x06] = 0x10
    space[0x34] = 0x40
    space.replaceSubrange(0x40..<0x44, with: [0x01, 0x60, 0x04, 0])
    space.replaceSubrange(0x60..<0x60 + capability.count, with: capability)
    return space
  }

  private func record(_ version: String, _ branch: String) -> [UInt8] {
    func field(_ text: String) -> [UInt8] {
      Array(text.utf8) + [UInt8](repeating: 0, count: 10 - text.utf8.count)
    }
    let records: [UInt8] = [7, 4, 1, 2] + [0, 22] + field(version) + field(branch)
    return [0x09, 0, UInt8(5 + records.count)] + Array("VF".utf8) + records
  }

  @Test func `a vGPU tells the host's driver`() throws {
    let host = VGPUCapability.host(in: space(record("550.90.05", "r550_00")))
    #expect(host == VGPUHostFacts(driver: try DriverVersion("550.90.05"), branch: "r550_00"))
  }

  @Test func `PCI configuration of any content is read without harm`() {
    var random = SplitMix64(seed: 7)
    let whole = space(record("550.90.05", "r550_00"))
    for _ in 0..<4000 {
      var space = whole
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        space[Int.random(in: 0x34..<0x90, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = VGPUCapability.host(in: Array(space.prefix(Int.random(in: 0...256, using: &random))))
    }
    #expect(VGPUCapability.host(in: []) == nil)
  }
}
