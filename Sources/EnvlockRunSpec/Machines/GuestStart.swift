import EnvlockModel

/// How a machine starts the image whenever it boots: cloud-init writes a script, which starts it by podman.
///
/// Sources: cloud-init, "Module reference" (Write Files, Scripts Per Boot); podman-run(1); NVIDIA Container Toolkit, "Support for
/// Container Device Interface".
enum GuestStart {
  /// Where cloud-init looks for what it starts at every boot, when the network is there.
  private static let path = "/var/lib/cloud/scripts/per-boot/envlock"

  /// The user data of a machine.
  ///
  /// - Parameters:
  ///   - plan: What is started.
  ///   - powersOff: Whether the machine ends with the program, which gives its GPU back.
  ///   - allowTag: Whether an image does that is named without a digest.
  /// - Returns: Text that begins with "#cloud-config".
  /// - Throws: An image that cannot be pulled.
  static func userData(
    _ plan: RunPlan, powersOff: Bool, allowTag: Bool
  ) throws(RunSpecError) -> String {
    let script = try self.script(plan, powersOff: powersOff, allowTag: allowTag)
    let document: JSONValue = [
      "write_files": [["path": .string(path), "permissions": "0700", "content": .string(script)]]
    ]
    return "#cloud-config\n" + YAMLText.text(of: [document])
  }

  private static func script(
    _ plan: RunPlan, powersOff: Bool, allowTag: Bool
  ) throws(RunSpecError) -> String {
    let image = try plan.pulledReference(allowTag: allowTag, target: "podman in the machine")
    var lines = [
      "#!/bin/bash", "# \(plan.name): \(plan.title); made by envlock from the lock \(plan.lock)",
      "set -euo pipefail",
    ]
    if powersOff { lines.append("trap 'systemctl poweroff' EXIT") }
    var words = ["podman", "run", "--rm", "--replace", "--name=\(plan.name)"]
    if plan.gpu != nil {
      lines += ["mkdir -p /etc/cdi", "nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml"]
      // The machine has no others than those that it was given.
      words.append("--device=nvidia.com/gpu=all")
    }
    let request = plan.request
    if let pids = request.pids { words.append("--pids-limit=\(pids)") }
    if let shm = request.shm { words.append("--shm-size=\(shm.bytes)") }
    if let user = request.user { words.append("--user=\(user)") }
    if let folder = request.workdir { words.append("--workdir=\(folder)") }
    if let network = request.network { words.append("--network=\(network.rawValue)") }
    if let seconds = request.seconds { words.append("--timeout=\(seconds)") }
    words += plan.environment.sorted { $0.key < $1.key }.map { "--env=\($0.key)=\($0.value)" }
    let call = words.map(ShellText.word) + [ShellText.line([image] + (plan.command ?? []))]
    lines.append(([call[0] + " " + call[1]] + call.dropFirst(2)).joined(separator: " \\\n  "))
    return lines.joined(separator: "\n") + "\n"
  }

  /// Why.
  static func choices(_ plan: RunPlan, powersOff: Bool) -> [RunChoice] {
    var choices = [
      RunChoice(
        "start", "cloud-init, podman",
        "the disk's system has to have both"
          + (plan.gpu == nil ? "" : ", NVIDIA's driver and its container toolkit"))
    ]
    if powersOff {
      choices.append(RunChoice("end", "the machine powers off", "its GPU is free again for others"))
    }
    return choices
  }
}
