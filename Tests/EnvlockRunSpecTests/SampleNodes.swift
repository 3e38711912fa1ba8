import EnvlockModel
import EnvlockRunSpec

/// Nodes and CDI documents that the tests of OCI bundles start from.
enum SampleNodes {
  /// A document as `nvidia-ctk cdi generate` writes it for two GPUs.
  static let text = """
    {
      "cdiVersion": "0.5.0", "kind": "nvidia.com/gpu",
      "devices": [
        {"name": "0", "containerEdits": {"deviceNodes": [{"path": "/dev/nvidia0"}]}},
        {"name": "1", "containerEdits": {"deviceNodes": [
          {"path": "/dev/nvidia1", "type": "c", "major": 195, "minor": 1, "fileMode": 438, "permissions": "rw",
           "uid": 0, "gid": 44}]}},
        {"name": "all", "containerEdits": {"deviceNodes": [{"path": "/dev/nvidia0"},
          {"path": "/dev/nvidia1", "type": "c", "major": 195, "minor": 1, "fileMode": 438, "permissions": "rw",
           "uid": 0, "gid": 44}]}}
      ],
      "containerEdits": {
        "env": ["NVIDIA_VISIBLE_DEVICES=void", "NVIDIA_CTK_LIBCUDA_DIR=/usr/lib/x86_64-linux-gnu"],
        "deviceNodes": [{"path": "/dev/nvidia-uvm"}, {"path": "/dev/nvidiactl"}],
        "mounts": [
          {"hostPath": "/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.15",
           "containerPath": "/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.15",
           "options": ["ro", "nosuid", "nodev", "rbind", "rprivate"]},
          {"hostPath": "/run/nvidia-persistenced/socket", "containerPath": "/run/nvidia-persistenced/socket",
           "options": ["ro", "nosuid", "nodev", "rbind", "rprivate", "noexec"]}
        ],
        "hooks": [
          {"hookName": "createContainer", "path": "/usr/bin/nvidia-cdi-hook",
           "args": ["nvidia-cdi-hook", "create-symlinks", "--link", "libcuda.so.1::/usr/lib/libcuda.so"]},
          {"hookName": "createContainer", "path": "/usr/bin/nvidia-cdi-hook",
           "args": ["nvidia-cdi-hook", "update-ldcache", "--folder", "/usr/lib/x86_64-linux-gnu"],
           "env": ["NVIDIA_CTK_DEBUG=false"], "timeout": 30}
        ]
      }
    }
    """

  static func specification(_ text: String = text) throws -> CDISpecification {
    try CDISpecification(try JSONValue(parsing: text))
  }

  /// The node's documents.
  static func registry() throws -> CDIRegistry {
    CDIRegistry([CDIRegistry.File("/etc/cdi/nvidia.yaml", try specification())])
  }

  private static func node(_ path: String, _ major: Int, _ minor: Int, _ mode: Int = 0o666) -> OCIDevice {
    OCIDevice(
      path, kind: .character, number: OCIDeviceNumber(major: major, minor: minor), mode: mode, uid: 0, gid: 0)
  }

  /// A node with two whole GPUs, of which the second has the lower minor number, and one that MIG divides.
  static let devices = NodeDevices(
    nodes: [
      node("/dev/nvidia-caps/nvidia-cap30", 234, 30, 0o444),
      node("/dev/nvidia-caps/nvidia-cap31", 234, 31, 0o444),
      node("/dev/nvidia-caps/nvidia-cap39", 234, 39, 0o444),
      node("/dev/nvidia-caps/nvidia-cap40", 234, 40, 0o444),
      node("/dev/nvidia-uvm", 235, 0), node("/dev/nvidia-uvm-tools", 235, 1), node("/dev/nvidia0", 195, 0),
      node("/dev/nvidia1", 195, 1), node("/dev/nvidia2", 195, 2), node("/dev/nvidiactl", 195, 255),
    ],
    gpus: [
      NodeDevices.GPU(uuid: "GPU-aaaa", minor: 1), NodeDevices.GPU(uuid: "GPU-bbbb", minor: 0),
      NodeDevices.GPU(
        uuid: "GPU-cccc", minor: 2, isDivided: true,
        instances: [
          NodeDevices.Instance(
            uuid: "MIG-1", profile: "3g.40gb", gpuInstance: 2, computeInstance: 0,
            gpuInstanceAccess: "/dev/nvidia-caps/nvidia-cap30",
            computeInstanceAccess: "/dev/nvidia-caps/nvidia-cap31"),
          NodeDevices.Instance(
            uuid: "MIG-2", profile: "1g.10gb", gpuInstance: 3, computeInstance: 0,
            gpuInstanceAccess: "/dev/nvidia-caps/nvidia-cap39",
            computeInstanceAccess: "/dev/nvidia-caps/nvidia-cap40"),
        ]),
    ])
}
