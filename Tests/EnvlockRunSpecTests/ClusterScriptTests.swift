import EnvlockModel
import EnvlockRunSpec
import Foundation
import Testing

/// Runs the scripts by bash, with programs in the place of Slurm's and Apptainer's that write down what they get.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/bin/bash"), "bash is not installed"))
struct ClusterScriptTests {
  /// What a program got.
  private struct Call {
    let arguments: [String]
    let environment: [String: String]
  }

  private static let more = ["more", "a  b", "$HOME", "it's\n", ""]

  /// Runs a script with more words behind its name, and gives the calls of one program, ordered by their node.
  private static func calls(
    _ file: SpecFile, program: String, _ environment: [String: String] = [:]
  ) throws -> [Call] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "envlock-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let record =
      "#!/bin/bash\nnode=one\nfor word; do case $word in --nodelist=*) node=${word#*=};; esac; done\n"
      + "printf '%s\\0' \"$@\" > \"$ENVLOCK_OUT/$node.words\"\nenv -0 > \"$ENVLOCK_OUT/$node.variables\"\n"
    var programs = [
      "srun": "#!/bin/bash\nwhile [[ $1 == -* ]]; do shift; done\nexec \"$@\"\n",
      "scontrol": "#!/bin/bash\n[ \"$*\" = 'show hostnames n[1-2]' ] && printf 'n1\\nn2\\n'\n",
    ]
    programs[program] = record
    for (name, text) in programs {
      try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/\(name)")
    }
    try Data(try file.text().utf8).write(to: URL(filePath: "\(folder)/script"))
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["\(folder)/script"] + more
    process.environment = environment.merging(
      ["PATH": "\(folder):/usr/bin:/bin", "ENVLOCK_OUT": folder, "HOME": "/wrong"]) { _, ours in ours }
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    func parts(_ name: String) throws -> [String] {
      try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
        .split(separator: 0, omittingEmptySubsequences: false).dropLast()
        .map { String(decoding: $0, as: UTF8.self) }
    }
    return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".words") }
      .sorted().map { name in
        let pairs = try parts(name.dropLast(5) + "variables").map { variable in
          let equals = variable.firstIndex(of: "=") ?? variable.endIndex
          return (String(variable[..<equals]), String(variable[equals...].dropFirst()))
        }
        return Call(arguments: try parts(name), environment: Dictionary(pairs) { first, _ in first })
      }
  }

  private static func slurm(
    _ lock: PlatformLock? = nil, _ change: (inout RunDeclaration) throws -> Void,
    options set: (inout SlurmSpec.Options) -> Void = { _ in }
  ) throws -> SlurmSpec {
    var options = SlurmSpec.Options()
    set(&options)
    return try SlurmSpec(try SampleRuns.plan(lock, change), options: options)
  }

  @Test func `a step by pyxis gets each word and each variable as it is meant`() throws {
    let spec = try Self.slurm(nil, SlurmSpecTests.full)
    let call = try #require(try Self.calls(spec.files[0], program: "srun").first)
    #expect(call.arguments.starts(with: spec.script.step))
    #expect(call.arguments.suffix(spec.script.program.count + 5) == spec.script.program + Self.more)
    for (name, value) in spec.script.environment { #expect(call.environment[name] == value) }
    let exported = call.arguments.first { $0.hasPrefix("--export=") }?.dropFirst(9).split(separator: ",")
    #expect(exported?.map { String($0) } == ["HOME"] + spec.script.environment.keys.sorted())
  }

  @Test func `Apptainer in a step gets each word and each variable, and the GPUs that Slurm gave`() throws {
    let spec = try Self.slurm(
      nil,
      {
        try SampleRuns.full(&$0)
        $0.pids = nil
      },
      options: {
        $0.runtime = .apptainer
        $0.nvccli = true
      })
    let call = try #require(
      try Self.calls(spec.files[0], program: "apptainer", ["CUDA_VISIBLE_DEVICES": "3,5"]).first)
    #expect(
      call.arguments == Array(spec.script.starter.drop { $0 != "apptainer" }.dropFirst())
        + spec.script.program + Self.more)
    for (name, value) in spec.script.environment {
      #expect(call.environment["APPTAINERENV_" + name] == value)
    }
    #expect(call.environment["APPTAINERENV_CUDA_VISIBLE_DEVICES"] == "3,5")
    #expect(call.environment["NVIDIA_VISIBLE_DEVICES"] == "3,5")
    #expect(call.environment["APPTAINERENV_CUDA_DEVICE_ORDER"] == nil)
  }

  @Test func `torchrun is told the first node`() throws {
    let spec = try Self.slurm(
      nil,
      {
        $0.nodes = 2
        $0.command = ["python", "train.py", "$HOME"]
      })
    let call = try #require(
      try Self.calls(
        spec.files[0], program: "srun", ["SLURM_JOB_ID": "10007", "SLURM_JOB_NODELIST": "n[1-2]"]
      ).first)
    let found = ["--rdzv-backend=c10d", "--rdzv-endpoint=n1:20007", "--rdzv-id=10007"]
    #expect(
      Array(call.arguments.drop { $0 != "torchrun" })
        == ["torchrun", "--nnodes=2", "--nproc-per-node=1"] + found + ["train.py", "$HOME"] + Self.more)
  }

  @Test func `each node of TensorFlow is told the others and itself`() throws {
    let spec = try Self.slurm(
      try SampleRuns.tensorflow(),
      {
        $0.nodes = 2
        $0.command = ["python", "train.py"]
      })
    let calls = try Self.calls(
      spec.files[0], program: "srun", ["SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "n[1-2]"])
    #expect(calls.count == 2)
    for (index, call) in calls.enumerated() {
      let config = try JSONValue(parsing: call.environment["TF_CONFIG"] ?? "")
      #expect(
        config == [
          "cluster": ["worker": ["n1:20007", "n2:20007"]],
          "task": ["type": "worker", "index": .integer(index)],
        ])
      #expect(call.arguments.suffix(7) == ["python", "train.py"] + Self.more)
    }
  }

  @Test func `Apptainer gets each word and each variable as it is meant`() throws {
    let spec = try ApptainerSpec(
      try SampleRuns.plan(nil) {
        try SampleRuns.full(&$0)
      }, options: ApptainerSpec.Options())
    let call = try #require(try Self.calls(spec.files[1], program: "apptainer").first)
    #expect(call.arguments == ["exec"] + spec.options + ["./resnet.sif"] + spec.command + Self.more)
    for (name, value) in spec.environment { #expect(call.environment["APPTAINERENV_" + name] == value) }
    #expect(call.environment["APPTAINERENV_CUDA_VISIBLE_DEVICES"] == "0,1")
  }
}
