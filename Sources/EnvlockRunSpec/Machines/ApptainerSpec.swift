import EnvlockModel

/// A definition file for Apptainer (1.1 and later) and a script that starts what is built of it.
///
/// Definition files have no quotes: they hold the image and the lock, and all that users write stands in the script.
///
/// Sources: Apptainer User Guide, "Definition Files", "GPU Support", "Limiting Container Resources".
public struct ApptainerSpec: RunSpec {
  /// What may be set beside the plan.
  public struct Options: Sendable {
    /// The GPUs or MIG instances, by index or UUID as `nvidia-smi -L` lists them; empty: the first ones.
    public var devices: [String] = []
    /// Whether NVIDIA's own tool puts the GPUs into the container, so that no other can be seen.
    public var nvccli = false
    /// Whether an image does that is named without a digest.
    public var allowTag = false

    /// The first GPUs, by `--nv`.
    public init() {}
  }

  /// The image that is built: "resnet.sif".
  public let image: String
  /// The definition file's head, keys and values in their order.
  public let definition: [Header]
  /// Options of `apptainer exec`.
  public let options: [String]
  /// Variables of the container, by name.
  public let environment: [String: String]
  /// The GPUs that are seen; nil for none.
  public let devices: String?
  /// After how many seconds it is ended.
  public let seconds: Int?
  /// What runs in the container.
  public let command: [String]
  /// What was decided.
  public let choices: [RunChoice]
  private let usesTool: Bool
  private let comment: String
  private let lock: Digest

  /// A line of the head of a definition file.
  public struct Header: Hashable, Sendable {
    /// "From".
    public let key: String
    /// "registry.example.com/lab/resnet@sha256:…".
    public let value: String
  }

  /// Makes the file and the script.
  ///
  /// - Throws: What Apptainer cannot give.
  public init(_ plan: RunPlan, options: Options) throws(RunSpecError) {
    try Self.refuse(plan)
    for name in plan.environment.keys.sorted() { try SlurmVariables.checkGranted(name, by: "envlock") }
    let source = try Self.source(plan, options)
    let devices = try Self.devices(plan, options)
    var words = try ApptainerWords.options(plan, nvccli: options.nvccli)
    if let memory = plan.request.memory { words.append("--memory=\(memory.bytes)") }
    if let cpus = plan.request.cpus { words.append("--cpus=\(cpus)") }
    if let pids = plan.request.pids { words.append("--pids-limit=\(pids)") }
    if let weight = plan.request.ioWeight { words.append("--blkio-weight=\(weight)") }
    image = "\(plan.name).sif"
    definition = source
    self.options = words
    self.devices = devices
    environment = plan.environment
    seconds = plan.request.seconds
    command = plan.process
    usesTool = options.nvccli
    comment = "\(plan.name): \(plan.title); made by envlock from the lock \(plan.lock)"
    lock = plan.lock
    choices = Self.choices(plan, options, source, devices)
  }

  /// The definition file, and the script.
  public var files: [SpecFile] {
    [
      SpecFile("envlock.def", .text(definitionText)),
      SpecFile("run.sh", .text(script), isExecutable: true),
    ]
  }

  // MARK: Text

  private var definitionText: String {
    let head = definition.map { "\($0.key): \($0.value)\n" }.joined()
    return "# \(comment)\n# apptainer build \(image) envlock.def\n" + head
      + "\n%labels\n    dev.envlock.lock \(lock)\n"
  }

  private var script: String {
    var lines = ["#!/bin/bash", "# \(comment)", "# Before: apptainer build \(image) envlock.def"]
    var body = environment.sorted { $0.key < $1.key }
      .map { "export APPTAINERENV_\($0.key)=\(ShellText.word($0.value))" }
    if let devices {
      // NVIDIA's tool reads its own variable, from outside; CUDA reads its own, inside.
      let name = usesTool ? "NVIDIA_VISIBLE_DEVICES" : "APPTAINERENV_CUDA_VISIBLE_DEVICES"
      body.append("export \(name)=\(ShellText.word(devices))")
    }
    if !body.isEmpty { body.append("") }
    let limit = seconds.map { ["timeout", "--kill-after=30", "\($0)"] } ?? []
    let start = ShellText.line(limit + ["apptainer", "exec"])
    body.append(
      (["exec " + start] + options.map(ShellText.word) + ["./\(image)", ShellText.line(command) + " \"$@\""])
        .joined(separator: " \\\n  "))
    if ShellText.looksExpandable(environment.values + options + command) {
      lines.append(ShellText.literalNote)
    }
    return (lines + ["set -euo pipefail", ""] + body).joined(separator: "\n") + "\n"
  }

  // MARK: Decisions

  private static func refuse(_ plan: RunPlan) throws(RunSpecError) {
    if plan.nodes > 1 {
      throw RunSpecError(
        "Apptainer starts on one node, and \(plan.nodes) are asked for",
        hints: ["Slurm starts it on several: `envlock spec slurm --runtime apptainer`"], kind: .answerIsNo)
    }
    if !plan.request.io.isEmpty {
      throw RunSpecError(
        "Apptainer bounds no single device's bytes and operations",
        hints: ["leave `io` out; `io-weight` it can"], kind: .answerIsNo)
    }
    if plan.process.isEmpty {
      throw RunSpecError(
        "the image has no command of its own", hints: ["say one: `command`, or behind `--`"])
    }
  }

  private static func source(_ plan: RunPlan, _ options: Options) throws(RunSpecError) -> [Header] {
    guard plan.image.name == nil, let layout = plan.image.layout else {
      let address = try ImageAddress(plan, allowTag: options.allowTag, target: "Apptainer")
      let name = address.apptainer.dropFirst("docker://".count)
      return [Header(key: "Bootstrap", value: "docker"), Header(key: "From", value: String(name))]
    }
    let isLine = layout.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != ":" }
    guard isLine, !layout.isEmpty else {
      throw RunSpecError(
        "“\(layout)” cannot stand in a definition file, which has no quotes",
        hints: ["name a folder without spaces and colons"])
    }
    return [Header(key: "Bootstrap", value: "oci"), Header(key: "From", value: layout)]
  }

  /// What `CUDA_VISIBLE_DEVICES` or `NVIDIA_VISIBLE_DEVICES` gets.
  private static func devices(_ plan: RunPlan, _ options: Options) throws(RunSpecError) -> String? {
    guard let grant = plan.gpu else { return nil }
    for device in options.devices {
      let isDevice =
        !device.isEmpty
        && device.utf8.allSatisfy { byte in
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-/:".utf8.contains(byte)
        }
      guard isDevice, !["all", "none", "void"].contains(device) else {
        throw RunSpecError(
          "“\(device)” is no GPU", hints: ["`nvidia-smi -L` lists them: 0, GPU-…, MIG-…"])
      }
    }
    if case .mig(let profile) = grant.form {
      guard !options.devices.isEmpty, options.devices.allSatisfy({ $0.hasPrefix("MIG-") }) else {
        throw RunSpecError(
          "Apptainer chooses no MIG instance by its profile",
          hints: ["name one of \(profile) by its UUID: `--device MIG-…`; `nvidia-smi -L` lists them"])
      }
    }
    guard options.devices.isEmpty || options.devices.count == grant.perNode else {
      throw RunSpecError(
        "\(grant.perNode) GPUs are asked for, and \(options.devices.count) are named",
        hints: ["name as many as `gpus` says"])
    }
    let named = options.devices.isEmpty ? (0..<grant.perNode).map { "\($0)" } : options.devices
    return named.joined(separator: ",")
  }

  private static func choices(
    _ plan: RunPlan, _ options: Options, _ source: [Header], _ devices: String?
  ) -> [RunChoice] {
    let isMPS = plan.gpu?.form == .mps
    var choices = [
      RunChoice(
        "image", source.last?.value ?? "",
        plan.image.name == nil
          ? "the layout has no name in a registry"
          : plan.image.digest == nil
            ? "as it was named" : "held to its digest; Apptainer takes no tag beside one"),
      RunChoice(
        "container", isMPS ? "--contain" : "--containall",
        isMPS
          ? "files, processes and variables of its own; memory is shared with MPS's server"
          : "files, processes, memory and variables of its own"),
      RunChoice(
        "variables", "APPTAINERENV_…",
        "exported one by one: `--env` would divide values at commas; --no-eval keeps `$` as it is"),
    ]
    if let devices {
      choices.append(
        RunChoice(
          "devices", devices,
          options.nvccli
            ? "NVIDIA's tool puts no others into the container"
            : "CUDA uses these; `--nv` shows the files of all, which `--nvccli` does not"))
    }
    let limits = [
      plan.request.memory.map { "--memory=\($0.bytes)" }, plan.request.cpus.map { "--cpus=\($0)" },
      plan.request.pids.map { "--pids-limit=\($0)" }, plan.request.ioWeight.map { "--blkio-weight=\($0)" },
    ].compactMap { $0 }
    if !limits.isEmpty {
      choices.append(
        RunChoice(
          "limits", limits.joined(separator: " "),
          "without root they need cgroups v2 and systemd, which delegates them"))
    }
    if let user = plan.request.user {
      choices.append(
        RunChoice("user", "the one who starts it", "Apptainer starts nothing as another; `user` is \(user)"))
    }
    if let shm = plan.request.shm {
      choices.append(
        RunChoice("/dev/shm", "half of the memory", "Apptainer has no size for it; \(shm) is asked for"))
    }
    return choices
  }
}
