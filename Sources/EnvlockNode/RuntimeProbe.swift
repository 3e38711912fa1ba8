import EnvlockModel
import EnvlockNative

/// Finds container runtimes and what NVIDIA adds to them, and asks each for its version.
struct RuntimeProbe {
  let files: NodeFiles
  let environment: [String: String]

  /// The programs, and how each is asked.
  private static let programs: [(name: String, arguments: [String])] = [
    ("apptainer", ["--version"]), ("containerd", ["--version"]), ("crun", ["--version"]),
    ("docker", ["--version"]), ("enroot", ["version"]), ("kata-runtime", ["--version"]),
    ("nerdctl", ["--version"]), ("nvidia-container-runtime", ["--version"]), ("nvidia-ctk", ["--version"]),
    ("podman", ["--version"]), ("runc", ["--version"]), ("singularity", ["--version"]),
  ]

  /// Where they lie besides `PATH`: the toolkit as NVIDIA's GPU operator installs it, k3s, RKE2, snaps.
  static let folders = [
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    "/usr/local/nvidia/toolkit",
    "/var/lib/rancher/k3s/data/current/bin", "/var/lib/rancher/rke2/bin", "/snap/bin", "/opt/kata/bin",
    "/opt/bin",
  ]

  /// Those that are there, with the question for each, sorted by name.
  func questions(limit: Duration) -> [(runtime: SystemFacts.Runtime, command: ChildCommand)] {
    var seen: [String: String] = [:]
    var found: [(SystemFacts.Runtime, ChildCommand)] = []
    for program in Self.programs {
      guard let path = files.find(program.name, path: environment["PATH"], folders: Self.folders) else {
        continue
      }
      // Apptainer also goes by its old name.
      let identity = files.identity(path)
      if program.name == "singularity", seen[identity] == "apptainer" { continue }
      seen[identity] = program.name
      let command = ChildCommand(
        program: files.place(path), arguments: program.arguments,
        environment: environment.merging(["LC_ALL": "C"]) { $1 }, timeLimit: limit, outputLimit: 1 << 16)
      found.append((SystemFacts.Runtime(name: program.name, path: path), command))
    }
    return found
  }

  /// The runtime with its version, where it told it.
  static func answer(_ runtime: SystemFacts.Runtime, _ outcome: ChildOutcome) -> SystemFacts.Runtime {
    var runtime = runtime
    if outcome.isSuccess { runtime.version = version(in: String(decoding: outcome.output, as: UTF8.self)) }
    return runtime
  }

  /// The version in what a program prints: in the first line that has one, the first word that begins with a number and
  /// has a dot: "24.0.5" of "Docker version 24.0.5, build ced0996", "1.7.2" of "containerd github.com/… v1.7.2 0cae52".
  static func version(in text: String) -> String? {
    for line in text.split(whereSeparator: \.isNewline) {
      for word in line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "," }) {
        let number = word.hasPrefix("v") ? word.dropFirst() : word
        guard number.utf8.count <= 64, let first = number.utf8.first, (0x30...0x39).contains(first),
          number.contains(".")
        else { continue }
        return String(number)
      }
    }
    return nil
  }
}
