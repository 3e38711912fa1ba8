import EnvlockModel
import EnvlockTestSupport
import Foundation
import Testing

@testable import EnvlockManifest

/// The schema that editors read says what the reader reads.
@Suite struct ManifestSchemaTests {
  private typealias Keys = ManifestDecoder.Keys

  private let schema: JSONValue

  init() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let bytes = try Data(contentsOf: root.appendingPathComponent("docs/schemas/envlock-manifest.schema.json"))
    schema = try JSONValue(parsing: Array(bytes))
  }

  /// The schemas of the tables behind a key, through lists and choices.
  private func tables(_ path: [String]) -> [JSONValue] {
    path.reduce([schema]) { tables, key in
      tables.compactMap { $0["properties"]?[key] }.flatMap { value in
        let value = value["items"] ?? value
        return value["anyOf"]?.arrayValue ?? [value]
      }
    }
  }

  private func keys(_ path: [String]) -> Set<String> {
    Set(tables(path).flatMap { $0["properties"]?.objectValue?.members.map(\.key) ?? [] })
  }

  private func isValid(_ document: JSONValue) -> Bool {
    var validator = JSONSchema(schema)
    validator.validate(document)
    return validator.faults.isEmpty
  }

  private func isRead(_ text: String) -> Bool {
    // Files that it names are there, and empty.
    let files = FileReader { path throws(FileFault) in path == "envlock.toml" ? Array(text.utf8) : [] }
    return (try? ManifestReader(files: files).read("envlock.toml")) != nil
  }

  private func json(_ text: String) throws -> JSONValue {
    try TOMLParser.parse(SourceText(name: "envlock.toml", bytes: Array(text.utf8))).json
  }

  @Test func `it has the keys that the reader knows`() {
    for (path, known) in [
      ([], Keys.top), (["environment"], Keys.environment), (["target"], Keys.target), (["index"], Keys.index),
      (["base"], Keys.base), (["image"], Keys.image), (["run"], Keys.run), (["run", "io"], Keys.io),
    ] as [([String], [String])] {
      #expect(keys(path) == Set(known), "\(path)")
    }
  }

  @Test func `every key is described, and its examples are read`() throws {
    for path in [["environment"], ["target"], ["index"], ["base"], ["image"], ["run"], ["run", "io"]] {
      for table in tables(path) {
        for member in table["properties"]?.objectValue?.members ?? [] where member.key != "io" {
          #expect(member.value["description"]?.stringValue?.isEmpty == false, "\(path) \(member.key)")
          let examples = member.value["examples"]?.arrayValue ?? member.value["enum"]?.arrayValue ?? []
          #expect(!examples.isEmpty || member.value["type"] == "boolean", "\(path) \(member.key)")
          let initial = member.value["default"].map { [$0] } ?? []
          for value in examples + initial {
            // What else the table must have.
            let needed = (table["required"]?.arrayValue ?? []).compactMap(\.stringValue)
            let others = needed.filter { $0 != member.key }.map { "\($0) = \"bookworm\"" }
            let inner = ([Self.toml(member.key, value)] + others).joined(separator: ", ")
            let text = Self.document(path, inner)
            #expect(isValid(try json(text)), "\(text)")
            #expect(isRead(text), "\(text)")
          }
        }
      }
    }
  }

  @Test(arguments: [
    "environment.pyhton = '3.11'", "environment.python = 3.11", "environment.python = '2.7'",
    "environment.framework = ['torch']", "environment.framework = ''", "environment.requirements = 'a'",
    "environment.requirements = [1]", "environment.cuda = 'twelve'", "environment.platforms = []",
    "environment.glibc = '3.1'", "environment.prerelease = 'sometimes'", "environment.split = 'yes'",
    "target = [{ driver = '550' }]", "target = [{ name = 'a', gpu = 'T4' }]", "target = { name = 'a' }",
    "target = [{ name = 'a', driver = 'new' }]", "index = [{ url = 'https://a.example' }]",
    "index = [{ name = 'a b' }]", "index = [{ name = 'a', url = 'ftp://a.example' }]", "base = {}",
    "base = { debian = 'bookworm', image = 'a' }", "base = { image = 'a', packages = ['git'] }",
    "base = { debian = '' }", "base = { debian = 'bookworm', security = 'no' }", "image.workdir = 'app'",
    "image.env = { 'A B' = 'x' }", "image.env = { A = 1 }", "image.bytecode = 1", "run.gpus = -1",
    "run.gpus = '1'", "run.gpu = 'half'", "run.gpu-memory = '10G'", "run.gpu-memory = 10",
    "run.isolation = 'good'", "run.nodes = 0", "run.cpus = 'many'", "run.io-weight = 9",
    "run.mounts = ['data']", "run.mounts = ['data:rel']", "run.network = 'bridge'", "run.io = [{}]",
    "run.io = [{ device = '/dev/sda', read-operations = 0 }]", "run.deterministic = 'yes'", "tool = {}",
  ])
  func `what the reader refuses does not fit the schema`(text: String) throws {
    #expect(!isRead(text))
    #expect(!isValid(try json(text)))
  }

  @Test(arguments: [
    "", "environment.platforms = ['amd64', 'linux/aarch64']", "environment.exclude-newer = 2026-11-01",
    "environment.exclude-newer = 2026-11-01T12:00:00Z", "environment.python = '3.13.1t'",
    "run.memory = '1.5 GiB'", "run.memory = '64gib'", "run.cpus = 0.5", "run.cpus = '2'",
    "run.mounts = ['/a:/b:rw', './a:/c']", "index = [{ name = 'a', url = 'FILE:///wheels' }]",
    "base.debian = 'trixie'", "run.gpu = 'mig-3g.20gb+me'", "image.labels = { 'org.example.team' = 'x' }",
  ])
  func `what the reader takes fits the schema`(text: String) throws {
    #expect(isRead(text))
    #expect(isValid(try json(text)))
  }

  /// A manifest with these members in a table.
  private static func document(_ path: [String], _ members: String) -> String {
    switch path {
    case ["target"], ["index"]: "\(path[0]) = [{ \(members) }]"
    case ["run", "io"]: "run.io = [{ \(members) }]"
    default: "\(path[0]) = { \(members) }"
    }
  }

  private static func toml(_ key: String, _ value: JSONValue) -> String { "\"\(key)\" = \(toml(value))" }

  private static func toml(_ value: JSONValue) -> String {
    switch value {
    case .array(let elements): "[" + elements.map(toml).joined(separator: ", ") + "]"
    case .object(let object):
      "{ " + object.members.map { toml($0.key, $0.value) }.joined(separator: ", ") + " }"
    default: value.canonical().trimmingCharacters(in: .newlines)
    }
  }
}
