import EnvlockModel

/// A command line that starts a container: `docker run …`, `podman run …`.
public struct ContainerCommand: Hashable, Sendable {
  /// The program: "docker", "podman".
  public let program: String
  /// What the container is called, which goes when it ends.
  public let name: String
  /// Further options, each with its value: ["--cpus", "4"].
  public let options: [[String]]
  /// The image, as the program is asked for it.
  public let image: String
  /// What runs instead of the image's own command; empty for that.
  public let command: [String]
  /// After how many seconds another program has to end it; nil where there is no limit, or an option says it.
  public let seconds: Int?

  /// All words, to be started without a shell.
  public var words: [String] { groups.flatMap { $0 } }

  /// The command for a shell, an option a line, with a newline at its end.
  public var text: String { Self.shell(groups) }

  /// A POSIX shell script that runs the command, and hands its own arguments over behind it.
  ///
  /// - Parameter title: What is started, for the comment at its top.
  /// - Returns: The script.
  func script(title: String) -> String {
    let head = "#!/bin/sh\n# \(title)\nset -eu\n"
    let arguments = " \\\n  \"$@\""
    let line = Self.shell(groups).dropLast() + arguments
    guard seconds != nil else { return head + "exec \(line)\n" }
    // What does not end at the signal goes on without its client, and is removed.
    return head + """
      status=0
      \(line) || status=$?
      case $status in
      124 | 137) \(program) rm --force \(ShellText.word(name)) >/dev/null 2>&1 || : ;;
      esac
      exit "$status"

      """
  }

  /// The words in the groups that belong on a line.
  private var groups: [[String]] {
    let timer = seconds.map { [["timeout", "-k", "30", String($0)]] } ?? []
    return timer + [[program, "run"], ["--rm"], ["--name", name]] + options + [[image]]
      + (command.isEmpty ? [] : [command])
  }

  private static func shell(_ groups: [[String]]) -> String {
    groups.map { ShellText.line($0) }.joined(separator: " \\\n  ") + "\n"
  }
}

extension LocalContainer {
  /// The options that docker and podman have in common, in a fixed order; mounts, GPUs and time are their own.
  func sharedOptions(_ plan: RunPlan) -> [[String]] {
    processOptions + limitOptions(plan.request)
      + environment.sorted { $0.key < $1.key }.map { ["--env", "\($0.key)=\($0.value)"] }
      + placeOptions(plan.request)
  }

  private var processOptions: [[String]] {
    var options = [["--init"], ["--cap-drop", "ALL"], ["--security-opt", "no-new-privileges"]]
    if isReadOnly { options.append(["--read-only"]) }
    options += temporary.map { ["--tmpfs", "\($0):\(Self.temporaryOptions)"] }
    return options
  }

  /// Limits of processors, memory, processes and disks.
  func limitOptions(_ request: RunDeclaration) -> [[String]] {
    var options: [[String]] = []
    if let cpus = request.cpus { options.append(["--cpus", cpus.description]) }
    if let memory = request.memory {
      options += [["--memory", memory.containerSize], ["--memory-swap", memory.containerSize]]
    }
    options.append(["--pids-limit", String(pids)])
    if sharesMemory {
      options.append(["--ipc", "host"])
    } else if let shm {
      options.append(["--shm-size", shm.containerSize])
    }
    if let weight = request.ioWeight { options.append(["--blkio-weight", String(weight)]) }
    for limit in request.io {
      for (option, value) in [
        ("--device-read-bps", limit.readBytes?.bytes), ("--device-write-bps", limit.writeBytes?.bytes),
        ("--device-read-iops", limit.readOperations), ("--device-write-iops", limit.writeOperations),
      ] {
        if let value { options.append([option, "\(limit.device):\(value)"]) }
      }
    }
    return options
  }

  private func placeOptions(_ request: RunDeclaration) -> [[String]] {
    var options: [[String]] = []
    if let workdir = request.workdir { options.append(["--workdir", workdir]) }
    if let user = request.user { options.append(["--user", user]) }
    if let network = request.network { options.append(["--network", network.rawValue]) }
    return options
  }
}
