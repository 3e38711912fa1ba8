import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockRunSpec

@Suite struct OverlayTests {
  /// RFC 7396, Appendix A.
  @Test(arguments: [
    (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
    (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
    (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
    (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
    (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
    (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
    (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
    (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
    (#"{"a":"foo"}"#, #"null"#, #"null"#),
    (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
    (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
    (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
    (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
  ])
  func `merges as RFC 7396 says`(target: String, patch: String, result: String) throws {
    let merged = try JSONValue(parsing: target).merged(JSONValue(parsing: patch))
    #expect(merged == (try JSONValue(parsing: result)))
  }

  private func kubernetes(_ kind: KubernetesSpec.Kind) throws -> [SpecFile] {
    var options = KubernetesSpec.Options()
    options.kind = kind
    return try KubernetesSpec(try SampleRuns.plan(), options: options).files
  }

  private func documents(_ files: [SpecFile]) -> [JSONValue] {
    guard case .yaml(let documents) = files.first?.content else { return [] }
    return documents
  }

  @Test(arguments: KubernetesSpec.Kind.allCases)
  func `a pod template is changed wherever it lies`(kind: KubernetesSpec.Kind) throws {
    let overlay = Overlay(
      "site.yaml",
      documents: [
        .null,
        [
          "apiVersion": "v1", "kind": "PodTemplate",
          "template": [
            "metadata": ["labels": ["team": "vision"]],
            "spec": ["nodeSelector": ["pool": "gpu"], "securityContext": ["runAsUser": .null]],
          ],
        ],
      ])
    let text = try #require(try overlay.merged(over: kubernetes(kind)).first).text()
    #expect(text.contains("pool: gpu\n") && text.contains("kubernetes.io/os: linux\n"))
    #expect(text.contains("team: vision\n"))
    #expect(!text.contains("runAsUser:"))
    #expect(text.contains("runAsGroup:"))
  }

  @Test func `a container is changed in its list`() throws {
    let overlay = Overlay(
      "site.yaml", documents: [["kind": "Container", "resources": ["limits": ["vpc.amazonaws.com/efa": 1]]]])
    let job = try #require(documents(try overlay.merged(over: kubernetes(.job))).first)
    let container = job["spec"]?["template"]?["spec"]?["containers"]?.arrayValue?.first
    #expect(container?["resources"]?["limits"] == ["nvidia.com/gpu": 1, "vpc.amazonaws.com/efa": 1])
    #expect(container?["name"] == "node" && container?["kind"] == nil)
  }

  @Test func `a document goes to those of its kind and name`() throws {
    let files = try kubernetes(.indexedJob)
    let overlay = Overlay(
      "site.yaml",
      documents: [
        ["kind": "Job", "metadata": ["name": "resnet"], "spec": ["backoffLimit": 2]],
        ["kind": "Service", "apiVersion": "v1", "metadata": ["annotations": ["a": "b"]]],
      ])
    let merged = documents(try overlay.merged(over: files))
    #expect(merged.count == 2)
    #expect(merged.last?["spec"]?["backoffLimit"] == 2)
    #expect(merged.first?["metadata"]?["annotations"]?["a"] == "b")
    #expect(merged.first?["metadata"]?["name"] == "resnet")
  }

  private struct Directives: SpecText {
    func text(of document: JSONValue) throws(RunSpecError) -> String { document.canonical() }
  }

  @Test func `a document without a kind goes to the main document, also where text is made of it`() throws {
    let files = [
      SpecFile("job.sh", .made(["directives": ["time": "1:00"]], Directives()), isExecutable: true),
      SpecFile("readme.txt", .text("plain")),
    ]
    let overlay = Overlay("slurm-site.yaml", documents: [["directives": ["partition": "gpu"]]])
    let merged = try overlay.merged(over: files)
    #expect(
      try merged[0].text()
        == "{\n  \"directives\": {\n    \"partition\": \"gpu\",\n    \"time\": \"1:00\"\n  }\n}\n")
    #expect(merged[0].isExecutable && merged[1] == files[1])
    let json = try overlay.merged(over: [SpecFile("config.json", .json(["kind": "a"]))])
    #expect(json[0].content == .json(["kind": "a", "directives": ["partition": "gpu"]]))
  }

  @Test func `what goes nowhere is refused`() throws {
    let job = try kubernetes(.job)
    let script = [SpecFile("run.sh", .text("true\n"))]
    let value = [SpecFile("job.sh", .made([:], Directives()))]
    let cases: [(String, JSONValue, [SpecFile])] = [
      ("a kind that is not there", ["kind": "Deployment"], job),
      ("another name", ["kind": "Job", "metadata": ["name": "other"]], job),
      ("another version", ["kind": "Job", "apiVersion": "batch/v2"], job),
      ("a container that is not there", ["kind": "Container", "name": "sidecar"], job),
      ("no kind among several documents", ["spec": [:]], try kubernetes(.indexedJob)),
      ("no pods", ["kind": "PodTemplate", "template": [:]], value),
      ("plain text", ["directives": [:]], script),
      ("a list", [1, 2], job),
    ]
    var text = ""
    for (title, document, files) in cases {
      do throws(RunSpecError) {
        _ = try Overlay("site.yaml", documents: [document]).merged(over: files)
        Issue.record("\(title) is not refused")
      } catch {
        text += "# \(title)\n\(error.kind.rawValue): \(error.message)\n"
        for hint in error.hints { text += "hint: \(hint)\n" }
      }
    }
    try expectGolden(text, "overlay/refusals.txt")
  }
}
