import EnvlockIndexes
public import EnvlockModel
import EnvlockStore
public import EnvlockSurvey
public import EnvlockVersions

/// Which releases are looked at.
public enum RefreshSelection: Hashable, Sendable {
  /// Those that the matrix does not know, and the newest that it knows.
  case news
  /// These.
  case releases([Version])
  /// This one and all that are newer.
  case since(Version)
}

/// What is about to be read, before the large part of it is.
public struct RefreshPlan: Hashable, Sendable {
  /// A library that will be read as a stream.
  public struct Scan: Hashable, Sendable {
    /// The wheel's file name.
    public let wheel: String
    /// Its path in the wheel.
    public let path: String
    /// How many bytes of the wheel it takes.
    public let bytes: Int
  }

  /// The releases that are looked at, by project, newest first.
  public let releases: [(project: ProjectName, version: Version)]
  /// The libraries.
  public let scans: [Scan]
  /// How many bytes were read for directories and small files.
  public let bytesRead: Int

  /// How many bytes the libraries take.
  public var bytes: Int { scans.reduce(0) { $0 + $1.bytes } }

  /// Equal where all parts are.
  public static func == (left: RefreshPlan, right: RefreshPlan) -> Bool {
    left.releases.elementsEqual(right.releases) { $0 == $1 } && left.scans == right.scans
      && left.bytesRead == right.bytesRead
  }

  /// Feeds what `==` looks at.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(scans)
    hasher.combine(bytesRead)
  }
}

/// What the wheels say, against the matrix.
public struct RefreshReport: Sendable {
  /// The framework.
  public let survey: Survey
  /// What was read.
  public let plan: RefreshPlan
  /// Each row, in the order of the file.
  public let outcomes: [RowOutcome]
  /// What was found that the matrix has no field for, a sentence each.
  public let findings: [String]
  /// What the user should know, a sentence each.
  public let notes: [String]
  /// How many bytes came over the network.
  public let bytesRead: Int
  /// The file as it should stand; nil where it stands as it should.
  public let file: [UInt8]?

  /// Whether the matrix says what the wheels say.
  public var agrees: Bool { outcomes.allSatisfy { $0.state == .agrees } }
}

/// Reads wheels on an index and compares them with the matrix, without downloading a wheel.
///
/// METADATA, small files and libraries come by range requests. The SHA-256 that an index states is of a whole wheel, and
/// so cannot be checked; each member is checked against the CRC-32 in the wheel's own directory.
public struct MatrixRefresh: Sendable {
  private let configuration: Configuration
  private let survey: Survey
  private let selection: RefreshSelection

  /// Opens nothing yet.
  ///
  /// - Parameters:
  ///   - survey: the framework.
  ///   - selection: which of its releases.
  ///   - configuration: where wheels come from, and the matrix.
  public init(_ survey: Survey, _ selection: RefreshSelection = .news, _ configuration: Configuration) {
    self.survey = survey
    self.selection = selection
    self.configuration = configuration
  }

  /// Reads the wheels.
  ///
  /// - Parameter announce: told what will be read, before the libraries are.
  /// - Returns: what they say.
  /// - Throws: A `UserFacingError` for what could not be found out.
  public func report(announce: (RefreshPlan) -> Void = { _ in }) async throws -> RefreshReport {
    guard !configuration.offline else {
      throw BadRequest(
        "wheels cannot be read offline", hints: ["leave out `--offline`"], kind: .couldNotFindOut)
    }
    guard let bytes = configuration.matrix.bytes(of: survey.file),
      let document = try? JSONValue(parsing: bytes)
    else { throw MatrixError(file: survey.file, place: "", reason: "the file is missing or no JSON") }
    let opened = try configuration.openIndexes(for: Manifest(), named: [])
    let reader = ReleaseReader(survey, opened)
    let choice = try await choose(opened.indexes, document)
    var releases: [ReleaseReader.Opened] = []
    for candidate in choice.candidates { releases += try await reader.open(candidate) }

    let plan = RefreshPlan(
      releases: choice.candidates.map { ($0.project, $0.version) },
      scans: releases.flatMap(\.scans), bytesRead: opened.http.statistics.bytes)
    announce(plan)
    var outcomes: [RowOutcome] = []
    var findings: [String] = []
    var seen: Set<SurveyedRow> = []
    for release in releases {
      let read = try await reader.scan(release)
      // Of several releases that need the same new row, the first one brings it.
      for row in survey.rows(read, matrix: configuration.matrix) where seen.insert(row).inserted {
        let outcome = RowOutcome(row, in: document)
        if outcome.state == .missing, row.isHearsay, isKnown(release.release.version, document) {
          // Whoever wrote down the builds of a release knew which there are; the table may name more.
          findings.append(
            "\(survey.project) \(row.name) is named by a table in the wheel, and unknown to the matrix")
        } else {
          outcomes.append(outcome)
        }
      }
      if let finding = survey.finding(read) { findings.append(finding) }
    }
    return RefreshReport(
      survey: survey, plan: plan, outcomes: outcomes, findings: findings,
      notes: choice.notes + opened.indexes.notes, bytesRead: opened.http.statistics.bytes,
      file: try changed(bytes, outcomes))
  }

  // MARK: private

  private func isKnown(_ version: Version, _ document: JSONValue) -> Bool {
    !survey.rows(of: survey.project, version, in: document).isEmpty
  }

  /// The file with what the wheels say; nil where nothing changes.
  private func changed(_ bytes: [UInt8], _ outcomes: [RowOutcome]) throws -> [UInt8]? {
    guard outcomes.contains(where: { $0.state != .agrees }) else { return nil }
    do throws(MatrixEdit.Unfit) {
      var edit = try MatrixEdit(bytes, of: survey)
      try edit.apply(outcomes)
      return edit.bytes == bytes ? nil : edit.bytes
    } catch {
      throw MatrixError(file: survey.file, place: "", reason: error.reason)
    }
  }

  private struct Choice {
    var candidates: [ReleaseReader.Candidate] = []
    var notes: [String] = []
  }

  private func choose(_ indexes: IndexSet, _ document: JSONValue) async throws -> Choice {
    var choice = Choice()
    for project in survey.projects {
      let answer = await indexes.page(project)
      guard case .page(let page) = answer.page else {
        if case .noSuchProject = answer.page, project != survey.project {
          choice.notes.append("the index has no \(project)")
          continue
        }
        throw failure(answer.page, project)
      }
      let listed = page.releases.compactMap { release -> ReleaseReader.Candidate? in
        let wheels = page.wheels(of: release)
        let isThere = survey.systems(of: project).contains {
          SurveyedRelease.choose(wheels, for: $0) != nil
        }
        guard isThere else { return nil }
        return ReleaseReader.Candidate(
          project: project, version: release.version, wheels: wheels, index: answer.index)
      }.sorted { $0.version > $1.version }
      choice.candidates += try selected(listed, project, document)
    }
    return choice
  }

  private func selected(
    _ listed: [ReleaseReader.Candidate], _ project: ProjectName, _ document: JSONValue
  ) throws(BadRequest) -> [ReleaseReader.Candidate] {
    let newestFinal = listed.first { !$0.version.isPrerelease }?.version
    func isKnown(_ candidate: ReleaseReader.Candidate) -> Bool {
      !survey.rows(of: project, candidate.version, in: document).isEmpty
    }
    /// Withdrawn releases, and trials of what was released since, are no news.
    func isNews(_ candidate: ReleaseReader.Candidate) -> Bool {
      let isOld = candidate.version.isPrerelease && newestFinal.map { candidate.version < $0 } ?? false
      return !isOld && !candidate.isYanked
    }
    switch selection {
    case .releases(let versions):
      if project == survey.project {
        for version in versions where !listed.contains(where: { $0.version == version }) {
          throw BadRequest(
            "the index has no wheel of \(project) \(version) for Linux",
            hints: listed.first.map { ["the newest is \($0.version)"] } ?? [])
        }
      }
      return listed.filter { versions.contains($0.version) }
    case .since(let version):
      return listed.filter { $0.version >= version && (isKnown($0) || isNews($0)) }
    case .news:
      let known = listed.filter(isKnown)
      return (listed.filter { !isKnown($0) && isNews($0) } + known.prefix(1)).sorted {
        $0.version > $1.version
      }
    }
  }

  private func failure(_ page: PageAnswer, _ project: ProjectName) -> any Error {
    switch page {
    case .failed(let error): error
    case .unauthorized(let host):
      BadRequest("\(host) wants other credentials for \(project)", kind: .couldNotFindOut)
    case .offline, .page: BadRequest("\(project) cannot be read offline", kind: .couldNotFindOut)
    case .noSuchProject: BadRequest("the index has no \(project)", kind: .couldNotFindOut)
    }
  }
}
