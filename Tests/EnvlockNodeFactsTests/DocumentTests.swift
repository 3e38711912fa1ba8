import EnvlockModel
import EnvlockNodeFacts
import EnvlockTestSupport
import EnvlockVersions
import Testing

@Suite struct DocumentTests {
  /// Every document that the tests make.
  static let documents: [String] = {
    var documents = [Fixtures.list(Fixtures.fleet.map { Fixtures.json($0) }).canonical()]
    documents.append(
      Fixtures.list([
        Fixtures.slice("a", [Fixtures.a100(0), Fixtures.mig(0, parent: 1, uuid: "MIG-0")]),
        Fixtures.slice("b", [Fixtures.a100(0, isBasic: true)]),
      ]).canonical())
    var random = SplitMix64(seed: 7)
    documents.append(NodeFacts.arbitrary(&random).json(name: "p").canonical())
    return documents + Fixtures.xmls.map(\.text) + Fixtures.texts.map(\.text)
  }()

  private func error(_ bytes: [UInt8]) -> String {
    var nodes = NodeCollection()
    do throws(NodeDocumentError) {
      try NodeDocuments.read(bytes, name: "FILE", into: &nodes)
      return "no error\n"
    } catch {
      return "error: \(error.message)\n" + error.hints.map { "hint: \($0)\n" }.joined()
    }
  }

  @Test func `a document that is of no use says why and what to give instead`() throws {
    let node = Fixtures.json(Fixtures.fleet[0]).canonical()
    let pod: JSONValue = ["kind": "Pod", "metadata": ["name": "p"]]
    let xml = Fixtures.xmls[0].text
    let cases: [(String, [UInt8])] = [
      ("empty", []), ("white space", Array(" \n".utf8)), ("a cut-off list", Array(node.utf8.dropLast(40))),
      ("a cut-off string", Array(#"{"kind": "No"#.utf8)), ("two commas", Array(#"{"kind": "Node",, }"#.utf8)),
      ("something behind", Array((node + "}").utf8)), ("a number in a list", Array("[1]".utf8)),
      ("JSON of another kind", Array(#"{"a": 1}"#.utf8)), ("no object", Array("{}".utf8)),
      ("pods", Array(Fixtures.list([pod, pod]).canonical().utf8)), ("one pod", Array(pod.canonical().utf8)),
      (
        "a list of pods without kinds",
        Array(Fixtures.list([["metadata": [:]]], kind: "PodList").canonical().utf8)
      ),
      ("pods and services", Array(Fixtures.list([pod, ["kind": "Service"], pod]).canonical().utf8)),
      ("an empty list", Array(Fixtures.list([]).canonical().utf8)),
      ("a null list", Array(#"{"kind": "NodeList", "items": null}"#.utf8)),
      ("an empty array", Array("[]".utf8)),
      (
        "slices of others",
        Array(
          Fixtures.list([Fixtures.slice("n", [], driver: "gpu.amd.com")], kind: "ResourceSliceList")
            .canonical().utf8)
      ), ("a newer probe", Array(#"{"envlock-node": 9, "origin": "probe", "more": 1}"#.utf8)),
      ("a probe with a wrong key", Array(#"[{"envlock-node": 1, "origin": "probe", "gpu": []}]"#.utf8)),
      ("too deep", [UInt8](repeating: UInt8(ascii: "["), count: 5000)),
      ("no UTF-8", Array("{\"a\": \"".utf8) + [0xC3, 0x28]),
      ("UTF-16", [0xFF, 0xFE, 0x7B, 0x00]), ("gzip", [0x1F, 0x8B, 0x08, 0x00]),
      ("binary", [0x7F, 0x45, 0x4C, 0x46, 0]),
      (
        "a table",
        Array("NAME    STATUS   ROLES    AGE   VERSION\ngpu-1   Ready    <none>   9d    v1.33.1\n".utf8)
      ),
      (
        "a description",
        Array("Name:               gpu-1\nRoles:              <none>\nLabels:             a=b\n".utf8)
      ),
      ("YAML", Array("apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Node\n".utf8)),
      ("YAML with a mark", Array("---\nkind: Node\n".utf8)),
      ("nothing found", Array("No resources found\n".utf8)),
      (
        "kubectl's failure",
        Array(
          "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n"
            .utf8)
      ),
      (
        "the text of -q",
        Array("\n==============NVSMI LOG==============\n\nDriver Version : 550.54.15\n".utf8)
      ),
      ("prose", Array("some text\n".utf8)), ("prose that is no UTF-8", [0x61, 0xFF]),
      ("a web page", Array("<!DOCTYPE html>\n<html><head><meta charset=utf-8></head><br>".utf8)),
      ("other XML", Array("<a><b/></a>".utf8)), ("cut-off XML", Array(xml.utf8.dropLast(200))),
      ("a wrong tag", Array(xml.replacing("</uuid>", with: "</uid>").utf8)),
      ("an unknown entity", Array(xml.replacing("&amp;", with: "&lol;").utf8)),
      ("two roots", Array((xml + "<a/>").utf8)), ("two documents", Array((xml + xml).utf8)),
      ("text behind", Array((xml + "Killed\n").utf8)),
      ("deep XML", Array(("<nvidia_smi_log>" + String(repeating: "<a>", count: 500)).utf8)),
      ("deep other XML", Array(String(repeating: "<a>", count: 500).utf8)),
      ("no tag", Array("<nvidia_smi_log><gpu".utf8)), ("an attribute", Array("<nvidia_smi_log a=b/>".utf8)),
      ("XML that is no UTF-8", Array("<nvidia_smi_log>".utf8) + [0xFF]),
    ]
    var text = ""
    for (what, bytes) in cases { text += "# \(what)\n\(error(bytes))" }
    try expectGolden(text, "document-errors.txt")
  }

  @Test func `a document type is passed over, and nothing in it is expanded`() throws {
    let bomb = """
      <?xml version="1.0"?>
      <!DOCTYPE nvidia_smi_log [ <!ENTITY a "aaaa>"> <!ENTITY b "&a;&a;"> <!-- ]> --> ]>
      <!-- - -- comment -->
      <nvidia_smi_log a = '>' b="c"><driver_version><![CDATA[550.54.15]]></driver_version><x/>
      <gpu><product_name>A&#49;00 &quot;&apos;</product_name></gpu></nvidia_smi_log>
      """
    let facts = try NodeCollection(bomb).only
    #expect(facts?.driver?.description == "550.54.15")
    #expect(facts?.gpus.first?.product == "A100 \"'")
    #expect(throws: NodeDocumentError.self) {
      try NodeCollection(bomb.replacing("&#49;", with: "&b;"))
    }
  }

  /// Long documents cost more and are more of the same.
  private static func rounds(_ bytes: [UInt8]) -> Int { bytes.count > 10_000 ? 60 : 250 }

  @Test func `documents that are cut off anywhere give an error or facts`() {
    for document in Self.documents {
      let bytes = Array(document.utf8)
      let step = max(1, bytes.count / Self.rounds(bytes))
      for length in stride(from: 0, to: bytes.count, by: step) {
        var nodes = NodeCollection()
        try? NodeDocuments.read(Array(bytes.prefix(length)), name: "f", into: &nodes)
        for group in nodes.groups { _ = group.facts.json() }
      }
    }
  }

  @Test func `documents with changed bytes give an error or facts`() {
    var random = SplitMix64(seed: 11)
    for document in Self.documents {
      let bytes = Array(document.utf8)
      for _ in 0..<Self.rounds(bytes) {
        var changed = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          let place = Int.random(in: 0..<changed.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
          case 1: changed.remove(at: place)
          default: changed.insert("<>{}[]\"&,:/\\-0x".utf8.randomElement(using: &random) ?? 0, at: place)
          }
        }
        var nodes = NodeCollection()
        try? NodeDocuments.read(changed, name: "f", into: &nodes)
        for group in nodes.groups {
          let json = group.facts.json(name: "n")
          #expect(throws: Never.self) { try NodeFacts(json: json) == group.facts }
        }
      }
    }
  }
}
