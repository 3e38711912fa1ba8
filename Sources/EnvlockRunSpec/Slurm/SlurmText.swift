import EnvlockModel

/// Writes a batch script.
struct SlurmText: SpecText {
  func text(of document: JSONValue) throws(RunSpecError) -> String {
    try Writer(script: SlurmScript(document)).text()
  }
}

private struct Writer {
  let script: SlurmScript

  func text() throws(RunSpecError) -> String {
    var lines = ["#!/bin/bash"]
    lines += try script.comments.map { (comment) throws(RunSpecError) in try self.comment(comment) }
    for member in script.directives.members { lines.append(try directive(member)) }
    let body = try exports() + step()
    let words = script.setup.flatMap { $0 } + script.environment.values + script.step + script.starter
    if ShellText.looksExpandable(words + script.launcher + script.program) {
      lines.append(ShellText.literalNote)
    }
    return (lines + (try setup()) + ["set -euo pipefail"] + body).joined(separator: "\n") + "\n"
  }

  private func comment(_ text: String) throws(RunSpecError) -> String {
    guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      throw RunSpecError("a comment of a batch script has to be one line")
    }
    return text.isEmpty ? "#" : "# \(text)"
  }

  /// sbatch takes quotes and number signs apart by rules of its own (sbatch.1, "DESCRIPTION"): no value has them.
  private func directive(_ member: JSONObject.Member) throws(RunSpecError) -> String {
    let name = member.key
    let isName =
      name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } == true
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      }
    guard isName else {
      throw RunSpecError(
        "“\(name)” cannot be an option of sbatch",
        hints: ["`directives` has long names without dashes: \"partition\", \"account\""])
    }
    if member.value == true { return "#SBATCH --\(name)" }
    let value = member.value.stringValue ?? member.value.integerValue.map { "\($0)" }
    guard let value else {
      throw RunSpecError("`directives.\(name)` has to be text, a whole number or true")
    }
    let isPlain =
      !value.isEmpty
      && value.utf8.allSatisfy { byte in
        (0x21...0x7E).contains(byte) && !"\"'\\#`$".utf8.contains(byte)
      }
    guard isPlain else {
      throw RunSpecError(
        "“\(value)” cannot stand in a batch script as `--\(name)`",
        hints: ["use letters, digits and signs without spaces, quotes, backslashes, # and $"])
    }
    return "#SBATCH --\(name)=\(value)"
  }

  /// Before `set`: what `module` is on most clusters does not bear `set -u`.
  private func setup() throws(RunSpecError) -> [String] {
    try script.setup.map { (line) throws(RunSpecError) in
      guard line.first?.isEmpty == false else { throw RunSpecError("`setup` has a command without a name") }
      return ShellText.line(line) + " || exit"
    }
  }

  /// The variables, by name, as the shell has them.
  private var variables: [(name: String, value: String)] {
    script.environment.sorted { $0.key < $1.key }.map { (prefix + $0.key, $0.value) }
  }

  private var prefix: String { script.runtime == .apptainer ? "APPTAINERENV_" : "" }

  private func exports() throws(RunSpecError) -> [String] {
    for name in script.environment.keys.sorted() { try SlurmVariables.check(name, script.runtime) }
    if variables.isEmpty { return [] }
    return [""] + variables.map { "export \($0.name)=\(ShellText.word($0.value))" }
  }

  // MARK: The step

  private func step() throws(RunSpecError) -> [String] {
    guard !(script.launcher + script.program).isEmpty else {
      throw RunSpecError("the batch script starts no command")
    }
    let command = [script.starter, script.launcher].map(ShellText.line)
    // What stands behind the script's name on sbatch's line comes last.
    let program = (script.program.map(ShellText.word) + ["\"$@\""]).joined(separator: " ")
    let options = script.step + export([])
    switch script.rendezvous {
    case nil:
      return ["", "exec " + call(options, command + [program])]
    case .torchrun:
      let found = "--rdzv-backend=c10d --rdzv-endpoint=\"${hosts[0]}:$port\" --rdzv-id=\"$SLURM_JOB_ID\""
      return hosts + ["exec " + call(options, command + [found, program])]
    case .tensorflow:
      let place = "--nodes=1 --ntasks=1 --nodelist=\"$host\""
      return hosts + [
        "workers=$(printf '\"%s\",' \"${hosts[@]/%/:$port}\")", "index=0",
        "for host in \"${hosts[@]}\"; do",
        "  export \(prefix)TF_CONFIG=\"{\\\"cluster\\\":{\\\"worker\\\":[${workers%,}]},"
          + "\\\"task\\\":{\\\"type\\\":\\\"worker\\\",\\\"index\\\":$index}}\"",
        "  " + call(script.step + export(["TF_CONFIG"]), [place] + command + [program], indentation: "  ")
          + " &",
        "  index=$((index + 1))", "done", "# The first node that fails ends all.",
        "for _ in \"${hosts[@]}\"; do wait -n; done",
      ]
    }
  }

  private var hosts: [String] {
    [
      "", "# The nodes find each other at the first one, by a port that two jobs hardly share.",
      "mapfile -t hosts < <(scontrol show hostnames \"$SLURM_JOB_NODELIST\")",
      "port=$((20000 + SLURM_JOB_ID % 10000))",
    ]
  }

  /// A call of srun, an option a line, behind them lines that are the shell's already.
  private func call(_ options: [String], _ lines: [String], indentation: String = "") -> String {
    (["srun"] + options.map(ShellText.word) + lines.filter { !$0.isEmpty })
      .joined(separator: " \\\n\(indentation)  ")
  }

  /// Which variables the step gets: Slurm would hand over all that the one who submits has.
  private func export(_ more: [String]) -> [String] {
    let names = (script.environment.keys + more).sorted()
    switch script.runtime {
    case .apptainer: return []
    case .oci: return ["--export=" + (names.isEmpty ? "NONE" : names.joined(separator: ","))]
    case .pyxis:
      return ["--export=" + (["HOME"] + names).joined(separator: ",")]
        + (names.isEmpty ? [] : ["--container-env=" + names.joined(separator: ",")])
    }
  }
}

extension ShellText {
  /// What tells shellcheck that nothing in single quotes is to be expanded.
  static let literalNote = "# shellcheck disable=SC2016"

  /// Whether a word has what a shell would expand outside of single quotes.
  static func looksExpandable(_ words: [String]) -> Bool {
    words.contains { $0.contains { $0 == "$" || $0 == "`" } }
  }
}

/// Which variables a batch script can hand over.
enum SlurmVariables {
  /// - Throws: A name that is none, that Slurm sets, or by which programs outside of the container would run wrong.
  static func check(_ name: String, _ runtime: SlurmRuntime) throws(RunSpecError) {
    let isName =
      !name.isEmpty && !(name.first?.isNumber ?? true)
      && name.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      }
    guard isName else { throw RunSpecError("“\(name)” cannot be the name of a variable") }
    guard !name.hasPrefix("SLURM_") else {
      throw RunSpecError("Slurm sets \(name) itself", hints: ["leave it out of `env`"])
    }
    try checkGranted(name, by: "Slurm")
    // Apptainer's come behind a prefix, which nobody else reads.
    if runtime == .apptainer { return }
    let owned = ["PATH", "HOME", "IFS", "ENV", "SHELLOPTS", "GLOBIGNORE", "PS4"]
    let prefixes = ["LD_", "BASH", "SRUN_", "SBATCH_", "SPANK_", "PYXIS_", "ENROOT_"]
    if owned.contains(name) || prefixes.contains(where: { name.hasPrefix($0) }) {
      throw RunSpecError(
        "\(name) would count for the batch script outside of the container too",
        hints: ["set it in the image: `[image] env`", "Apptainer can be given it"])
    }
  }

  /// - Throws: A variable that says which GPUs are given.
  static func checkGranted(_ name: String, by giver: String) throws(RunSpecError) {
    let granted = ["CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE"]
    guard granted.contains(name) else { return }
    throw RunSpecError(
      "\(giver) sets \(name) itself, for the GPUs that it gives", hints: ["leave it out of `env`"])
  }
}
