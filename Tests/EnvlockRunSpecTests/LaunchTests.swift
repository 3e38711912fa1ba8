import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockRunSpec

@Suite struct LaunchTests {
  private func launch(_ words: String, gpus: Int = 4) throws -> Launch {
    try Launch(
      try SampleRuns.plan {
        $0.nodes = 2
        $0.gpus = gpus
        $0.command = words.split(separator: " ").map { String($0) }
      })
  }

  @Test(arguments: [
    ("python train.py --lr 1", "torchrun --nnodes=2 --nproc-per-node=2 R train.py --lr 1"),
    ("python3.11 -m lab.train x", "torchrun --nnodes=2 --nproc-per-node=2 R -m lab.train x"),
    ("python -O train.py", "torchrun --nnodes=2 --nproc-per-node=2 R --no-python python -O train.py"),
    ("/usr/bin/python a.py", "torchrun --nnodes=2 --nproc-per-node=2 R --no-python /usr/bin/python a.py"),
    ("bash -c date", "torchrun --nnodes=2 --nproc-per-node=2 R --no-python bash -c date"),
    ("torchrun --max-restarts=3 a.py", "torchrun --nnodes=2 --nproc-per-node=2 R --max-restarts=3 a.py"),
    (
      "python -m torch.distributed.run a.py --nnodes 1",
      "python -m torch.distributed.run --nnodes=2 --nproc-per-node=2 R a.py --nnodes 1"
    ),
  ])
  func `torchrun is put around a command`(command: String, started: String) throws {
    #expect(try launch(command).words(["R"]).joined(separator: " ") == started)
  }

  @Test func `a node without GPUs runs one process`() throws {
    #expect(try launch("python a.py", gpus: 0).launcher == ["torchrun", "--nnodes=2", "--nproc-per-node=1"])
  }

  @Test(arguments: ["--standalone", "--nnodes=3", "--rdzv_endpoint=a:1", "--node-rank"])
  func `a torchrun that says itself how nodes find each other is refused`(option: String) throws {
    #expect(throws: RunSpecError.self) { try launch("torchrun \(option) a.py") }
  }

  @Test func `an entrypoint comes before the command`() throws {
    var image = try SampleRuns.image()
    image.process.entrypoint = ["python"]
    let plan = try RunPlanner(matrix: SampleRuns.matrix).plan(
      try SampleRuns.torch(), lock: try Digest(sha256Hex: String(repeating: "cd", count: 32)), image: image,
      request: RunDeclaration())
    #expect(plan.process == ["python", "python"])
    #expect(throws: RunSpecError.self) {
      image.process = ImageProcess()
      _ = try Launch(
        try RunPlanner(matrix: SampleRuns.matrix).plan(
          try SampleRuns.torch(), lock: try Digest(sha256Hex: String(repeating: "cd", count: 32)),
          image: image, request: RunDeclaration()))
    }
  }
}
