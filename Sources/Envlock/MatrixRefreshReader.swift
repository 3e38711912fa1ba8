import EnvlockIndexes
import EnvlockModel
import EnvlockStore
import EnvlockSurvey
import EnvlockVersions

/// Reads what a survey wants of the wheels of a release.
struct ReleaseReader {
  /// A release of a project, and its wheels.
  struct Candidate {
    let project: ProjectName
    let version: Version
    let wheels: [Wheel]
    let index: String

    /// Whether all of its wheels were withdrawn.
    var isYanked: Bool { wheels.allSatisfy { $0.file.isYanked } }
  }

  /// A release of which the small files were read, and what is left to read.
  struct Opened {
    var release: SurveyedRelease
    let members: WheelMembers?
    let scan: Survey.Scan?
    let scans: [RefreshPlan.Scan]
  }

  /// The largest small file that is read: a library of PyTorch's that tells its glibc has 2 MB.
  private static let fileLimit = 16 << 20

  private let survey: Survey
  private let opened: OpenIndexes

  init(_ survey: Survey, _ opened: OpenIndexes) {
    self.survey = survey
    self.opened = opened
  }

  /// Reads METADATA, the directory and the small files of a release, for each system that has a row of its own.
  ///
  /// - Throws: a `UserFacingError` for what could not be read.
  func open(_ candidate: Candidate) async throws -> [Opened] {
    var found: [Opened] = []
    for system in survey.systems(of: candidate.project) {
      guard let (all, chosen) = SurveyedRelease.choose(candidate.wheels, for: system) else { continue }
      var release = SurveyedRelease(
        project: candidate.project, version: candidate.version, system: system, wheels: all,
        wheel: chosen.name, metadata: try await metadata(of: chosen, candidate.index))
      guard survey.looksInto(candidate.project) else {
        found.append(Opened(release: release, members: nil, scan: nil, scans: []))
        continue
      }
      let members = try await WheelMembers(chosen, http: opened.http)
      for path in survey.files(of: release) {
        guard let member = members.member(path) else { continue }
        release.files[path] = try await members.content(of: member, limit: ReleaseReader.fileLimit)
      }
      let scan = survey.scan(of: release, paths: members.members.map(\.path))
      let scans = (scan?.paths ?? []).compactMap(members.member).map { member in
        RefreshPlan.Scan(wheel: chosen.name.fileName, path: member.path, bytes: member.compressedSize)
      }
      found.append(Opened(release: release, members: members, scan: scan, scans: scans))
    }
    return found
  }

  /// Looks through the libraries of a release.
  ///
  /// - Throws: a `UserFacingError` for what could not be read.
  func scan(_ opened: Opened) async throws -> SurveyedRelease {
    var release = opened.release
    guard let members = opened.members, let scan = opened.scan else { return release }
    let libraries = scan.paths.compactMap(members.member)
    // That a library is not there says nothing about what it would hold.
    guard !libraries.isEmpty else { return release }
    switch scan {
    case .architectures:
      var scanner = ArchitectureScanner()
      for library in libraries { try await members.stream(library) { scanner.scan($0) } }
      release.lists = scanner.lists
    case .fatbins:
      var scanner = FatbinScanner()
      for library in libraries { try await members.stream(library) { scanner.scan($0) } }
      release.fatbins = scanner.summary()
    }
    return release
  }

  private func metadata(of wheel: Wheel, _ index: String) async throws -> CoreMetadata {
    let answer =
      switch opened.indexes.cachedMetadata(of: wheel) {
      case .some(let known): known
      case nil: await opened.indexes.metadata(of: wheel, index: index)
      }
    switch answer {
    case .known(let metadata): return metadata
    case .unusable(let reason):
      throw BadRequest("\(wheel.name.fileName) \(reason)", kind: .couldNotFindOut)
    case .unauthorized(let host):
      throw BadRequest("\(host) wants other credentials", kind: .couldNotFindOut)
    case .offline:
      throw BadRequest("\(wheel.name.fileName) cannot be read offline", kind: .couldNotFindOut)
    case .failed(let error): throw error
    }
  }
}
