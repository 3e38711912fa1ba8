import EnvlockData
import EnvlockModel
import EnvlockResolve
import EnvlockVersions

/// An index in memory: wheels by file name, each with its requirements.
final class FakeIndex: FactSource {
  private struct Entry {
    var file: IndexFile
    var metadata: String
  }

  private var entries: [ProjectName: [Entry]] = [:]
  private var metadata: [String: String] = [:]
  private var sources: [ProjectName: [IndexFile]] = [:]
  /// The sources whose metadata was asked for, in that order.
  private(set) var built: [String] = []
  /// What `page` and `metadata` keep back until it was asked for once: a network that answers later.
  var answersLate = false
  private var asked: Set<String> = []

  /// Adds a wheel for every Python, unless `tags` says otherwise.
  @discardableResult
  func add(
    _ name: String, _ version: String, needs: [String] = [], tags: String = "py3-none-any",
    extras: [String] = [],
    python: String? = nil, uploaded: String? = "2025-01-01T00:00:00Z", yanked: String? = nil,
    build: String? = nil
  ) throws -> Self {
    let project = try ProjectName(name)
    let underscored = project.text.split(separator: "-").joined(separator: "_")
    let fileName = [underscored, version, build, tags].compactMap { $0 }.joined(separator: "-") + ".whl"
    var text = "Metadata-Version: 2.1\nName: \(name)\nVersion: \(version)\n"
    for extra in extras { text += "Provides-Extra: \(extra)\n" }
    for need in needs { text += "Requires-Dist: \(need)\n" }
    if let python { text += "Requires-Python: \(python)\n" }
    let file = IndexFile(
      fileName: fileName, url: "files/\(fileName)", sha256: try Digest(sha256Hex: Self.hex(fileName)),
      size: 1000,
      requiresPython: python, uploadTime: uploaded, yanked: yanked)
    entries[project, default: []].append(Entry(file: file, metadata: text))
    metadata[fileName] = text
    return self
  }

  /// Adds a source distribution; with `builds` a wheel with these requirements may be built of it.
  func addSdist(
    _ name: String, _ version: String, builds needs: [String]? = nil, python: String? = nil
  ) throws {
    let project = try ProjectName(name)
    let file = IndexFile(
      fileName: "\(project.text)-\(version).tar.gz", url: "files/\(name)-\(version).tar.gz",
      sha256: try Digest(sha256Hex: Self.hex(name + version)), requiresPython: python,
      uploadTime: "2025-01-01T00:00:00Z")
    entries[project, default: []].append(Entry(file: file, metadata: ""))
    guard let needs else { return }
    sources[project, default: []].append(file)
    metadata[file.fileName] =
      "Metadata-Version: 2.1\nName: \(name)\nVersion: \(version)\n"
      + needs.map { "Requires-Dist: \($0)\n" }.joined()
  }

  func page(of project: ProjectName) -> PageFact? {
    if answersLate, asked.insert("page \(project)").inserted { return nil }
    guard let entries = entries[project] else { return .noSuchProject }
    let bytes = ProjectPage.compact(
      name: project, baseURL: "http://index.test/\(project)/", files: entries.map(\.file))
    guard let page = try? ProjectPage(compact: bytes) else { return .noSuchProject }
    return .page(page.offering(sources: sources[project] ?? []), index: "default")
  }

  func metadata(of candidate: Candidate) -> MetadataFact? {
    let name = candidate.wheel.isSource ? candidate.wheel.file.fileName : candidate.wheel.name.fileName
    if candidate.wheel.isSource, built.last != name { built.append(name) }
    if answersLate, asked.insert(name).inserted { return nil }
    guard let text = metadata[name], let read = try? CoreMetadata(parsing: Array(text.utf8)) else {
      return .unusable("has no metadata")
    }
    return .known(read)
  }

  /// A digest that depends on the text, so that equal files have equal ones.
  private static func hex(_ text: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 64 - digits.count) + digits
  }
}

/// What a question about a `FakeIndex` is made of.
struct Ask {
  var roots: [String]
  var constraints: [String] = []
  var python = "3.11"
  var platform = Platform.linuxAMD64
  var glibc = "2.28"
  var cuda: String?
  var driver: String?
  var gpus: [String] = []
  var excludeNewer: String?
  var prerelease = PrereleaseMode.ifNecessary
  var preferences: [String: String] = [:]

  func question() throws -> Question {
    var targets: [Question.Target] = []
    if driver != nil || !gpus.isEmpty {
      let models = try gpus.map { label in
        let capability =
          try Matrix.embedded.gpus(matching: label).first?.capability ?? ComputeCapability(label)
        return Question.Target.GPU(label: label, capability: capability)
      }
      targets = [
        Question.Target(name: "command line", driver: try driver.map { try DriverVersion($0) }, gpus: models)
      ]
    }
    var kept: [ProjectName: Question.Preference] = [:]
    for (name, version) in preferences {
      kept[try ProjectName(name)] = Question.Preference(version: try Version(version), fileName: nil)
    }
    return Question(
      platform: platform, python: try PythonVersion(python), glibc: try Version(glibc),
      roots: try roots.map { SourcedRequirement(try Requirement($0), origin: "command line") },
      constraints: try constraints.map {
        SourcedRequirement(try Requirement($0), origin: "constraints.txt:1")
      },
      cuda: try cuda.map { try CUDARequest($0) }, targets: targets, excludeNewer: excludeNewer,
      prerelease: prerelease, preferences: kept)
  }
}

/// How a solve ended, as text.
enum Ending: Equatable {
  case solved([String])
  case unsolvable(String)
}

extension FakeIndex {
  /// Solves to the end; facts that are not there at once are there the next time.
  func solve(_ ask: Ask) throws -> Ending {
    switch try progress(ask) {
    case .needs(let needs): return .unsolvable("still needs \(needs)")
    case .solved(let solution):
      return .solved(solution.candidates.map { "\($0.project) \($0.candidate.version)" })
    case .unsolvable(let refusal):
      var lines = ["error: \(refusal.message)"]
      lines += refusal.proof.map { "  \($0)" }
      lines += refusal.hints.map { "hint: \($0)" }
      return .unsolvable(lines.joined(separator: "\n") + "\n")
    }
  }

  func lock(_ ask: Ask) throws -> PlatformLock? {
    guard case .solved(let solution) = try progress(ask) else { return nil }
    return solution.platformLock()
  }

  private func progress(_ ask: Ask) throws -> StackSolve.Progress {
    var solve = StackSolve(try ask.question(), matrix: .embedded, facts: self)
    for _ in 0..<1000 {
      let progress = solve.advance()
      guard case .needs = progress else { return progress }
    }
    return solve.advance()
  }
}
