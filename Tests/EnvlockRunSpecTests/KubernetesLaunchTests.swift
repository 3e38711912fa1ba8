import EnvlockModel
import Foundation
import Testing

@testable import EnvlockRunSpec

@Suite struct KubernetesLaunchTests {
  @Test func `the script of TensorFlow's workers hands every word over as it is`() throws {
    let words = ["a b", "", "it's", "$HOME", "`date`", "*", "-n", "\"q\"\nnext"]
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      ["-c", KubernetesLaunch.tensorFlowScript, "sh", #"["a-0.a:2222", "a-1.a:2222"]"#, "/bin/sh", "-c"]
      + [#"printf '%s\0' "$TF_CONFIG" "$@""#, "sh"] + words
    process.environment = ["JOB_COMPLETION_INDEX": "1"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let parts = String(decoding: data, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
      .dropLast().map { String($0) }
    let config = try JSONValue(parsing: try #require(parts.first))
    #expect(
      config == [
        "cluster": ["worker": ["a-0.a:2222", "a-1.a:2222"]], "task": ["index": 1, "type": "worker"],
      ])
    #expect(Array(parts.dropFirst()) == words)
  }

  @Test func `a framework that starts on one node only gets its command on each`() throws {
    let answer = try SampleRuns.torch()
    let bare = PlatformLock(
      platform: answer.platform, python: answer.python,
      strata: Strata(
        frameworks: [], cuda: answer.strata.cuda, cudnn: nil, nccl: nil, glibc: answer.strata.glibc,
        driver: answer.strata.driver), targets: [], roots: [], wheels: [])
    let spec = try KubernetesSpec(
      try SampleRuns.plan(bare) {
        $0.nodes = 3
        $0.command = ["python", "train.py"]
      })
    let pod = spec.objects.last?.spec["template"]?["spec"]
    #expect(pod?["containers"]?.arrayValue?.first?["args"] == ["python", "train.py"])
    #expect(pod?["containers"]?.arrayValue?.first?["command"] == nil)
    #expect(
      spec.choices.contains { $0.topic == "launch" && $0.reason.contains("resnet-0.resnet is the first") })
  }
}
