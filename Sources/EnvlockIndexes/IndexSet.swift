package import EnvlockModel
package import EnvlockStore
import Synchronization

/// All indexes that may be asked, and which of them is asked for what.
///
/// Of the indexes for every project, the first that knows a project answers for it alone, in the order given: a
/// project of that name on a later index can never take its place. An index with projects of its own is the only one
/// that is asked for them, and is asked for nothing else. Wheels of `--find-links` places come in front.
package final class IndexSet: Sendable {
  /// An index, as it was configured.
  package struct Entry: Hashable, Sendable {
    /// Its name, which stands in locks.
    package var name: String
    /// The folder of its simple API.
    package var url: String
    /// The projects that come from it and nowhere else; nil: it is asked for every other project.
    package var packages: Set<ProjectName>?

    /// Takes all three.
    package init(name: String, url: String, packages: Set<ProjectName>? = nil) {
      self.name = name
      self.url = url
      self.packages = packages
    }
  }

  /// What is known of a project, and who says so.
  package struct Answer: Sendable {
    /// What is known.
    package let page: PageAnswer
    /// The name of the index that says so; of the last one asked when none knows the project.
    package let index: String
  }

  /// What stands in locks in place of an index's name for wheels of `--find-links` places.
  package static let findLinksName = "find-links"

  private let entries: [(client: IndexClient, packages: Set<ProjectName>?)]
  private let links: [LinkSource]
  private let building: Set<ProjectName>
  private let metadata: MetadataClient
  private let warnings: Warnings

  /// Does nothing yet.
  ///
  /// - Parameters:
  ///   - entries: the indexes in the order in which they are asked.
  ///   - findLinks: folders, files and URLs of pages with wheels.
  ///   - http: fetches and remembers; credentials for the indexes' files are its.
  ///   - freshness: how old an answer of the cache may be.
  ///   - building: the projects whose pages are to offer source distributions, too; those of the indexes, not of `findLinks`.
  package init(
    entries: [Entry], findLinks: [String], http: HTTPClient, freshness: Freshness,
    building: Set<ProjectName> = []
  ) {
    let warnings = Warnings()
    let warn: @Sendable (String) -> Void = { warnings.add($0) }
    self.entries = entries.map {
      (IndexClient(name: $0.name, url: $0.url, http: http, freshness: freshness, warn: warn), $0.packages)
    }
    links = findLinks.map { LinkSource($0, http: http, freshness: freshness, warn: warn) }
    metadata = MetadataClient(http: http, freshness: freshness, warn: warn)
    self.warnings = warnings
    self.building = building
  }

  /// What the person at the terminal should know so far, such as that the cache cannot be written; each once.
  package var notes: [String] { warnings.all }

  // MARK: pages

  /// What is known of a project without asking a server; nil when one has to be asked.
  package func cachedPage(_ project: ProjectName) -> Answer? {
    var files: [IndexFile] = []
    for source in links {
      guard let answer = source.cachedFiles(project) else { return nil }
      guard case .files(let found) = answer else { return IndexSet.failure(answer) }
      files += found
    }
    var last = IndexSet.findLinksName
    for client in clients(for: project) {
      guard let page = client.cachedPage(project) else { return nil }
      last = client.name
      if case .noSuchProject = page { continue }
      let answer = merged(files, Answer(page: page, index: last), project)
      guard building.contains(project), case .page(let page) = answer.page else { return answer }
      return client.cachedSources(for: page).map { Answer(page: .page($0), index: answer.index) }
    }
    return merged(files, Answer(page: .noSuchProject, index: last), project)
  }

  /// What is known of a project.
  package func page(_ project: ProjectName) async -> Answer {
    var files: [IndexFile] = []
    for source in links {
      let answer = await source.files(project)
      guard case .files(let found) = answer else { return IndexSet.failure(answer) }
      files += found
    }
    var last = IndexSet.findLinksName
    // One after the other, not all at once: what the first one knows is nobody else's business.
    for client in clients(for: project) {
      let page = await client.page(project)
      last = client.name
      if case .noSuchProject = page { continue }
      let answer = merged(files, Answer(page: page, index: last), project)
      guard building.contains(project), case .page(let page) = answer.page else { return answer }
      return Answer(page: await client.sources(for: page), index: answer.index)
    }
    return merged(files, Answer(page: .noSuchProject, index: last), project)
  }

  // MARK: wheels

  /// What is known of a wheel's METADATA without asking a server; nil when one has to be asked.
  package func cachedMetadata(of wheel: Wheel) -> MetadataAnswer? { metadata.cached(wheel) }

  /// The METADATA of a wheel that `index` listed.
  package func metadata(of wheel: Wheel, index: String) async -> MetadataAnswer {
    await metadata.metadata(of: wheel, index: index)
  }

  /// The METADATA of a wheel on this machine's disk, whatever its file is called there; nobody is asked.
  package static func metadata(of name: WheelName, at path: String) -> MetadataAnswer {
    LocalFiles.metadata(of: name, at: path)
  }

  /// The digest of a wheel of which its index states none.
  package func digest(of wheel: Wheel) async -> DigestAnswer { await metadata.digest(of: wheel) }

  /// What a lock says of where a wheel comes from.
  ///
  /// - Parameters:
  ///   - wheel: a wheel of a page of this set.
  ///   - index: the index that the page's answer names.
  /// - Returns: the index's name, or ``findLinksName``.
  package func origin(of wheel: Wheel, index: String) -> String {
    for source in links {
      guard case .files(let files)? = source.cachedFiles(wheel.name.project) else { continue }
      if files.contains(where: { $0.url == wheel.file.url }) { return IndexSet.findLinksName }
    }
    return index
  }

  // MARK: private

  private func clients(for project: ProjectName) -> [IndexClient] {
    let own = entries.filter { $0.packages?.contains(project) ?? false }
    return (own.isEmpty ? entries.filter { $0.packages == nil } : own).map(\.client)
  }

  private static func failure(_ answer: LinkSource.Answer) -> Answer {
    let page: PageAnswer =
      switch answer {
      case .files: .noSuchProject
      case .unauthorized(let host): .unauthorized(host: host)
      case .offline: .offline
      case .failed(let error): .failed(error)
      }
    return Answer(page: page, index: findLinksName)
  }

  /// Puts the wheels of `--find-links` places in front of an index's.
  private func merged(_ files: [IndexFile], _ answer: Answer, _ project: ProjectName) -> Answer {
    if files.isEmpty { return answer }
    var all = files
    var index = IndexSet.findLinksName
    switch answer.page {
    case .page(let page):
      index = answer.index
      all += page.allWheels.map(\.file)
      // That there are source distributions is worth keeping: errors speak of them.
      all += page.releases.filter(\.hasSdist).map {
        IndexFile(fileName: "\(project)-\($0.version).tar.gz", url: "")
      }
    case .noSuchProject: break
    case .unauthorized, .offline, .failed: return answer
    }
    guard let page = try? ProjectPage(compact: ProjectPage.compact(name: project, baseURL: "", files: all))
    else {
      return answer
    }
    return Answer(page: .page(page), index: index)
  }
}

/// Collects what the person at the terminal should know.
private final class Warnings: Sendable {
  private let list = Mutex<[String]>([])

  var all: [String] { list.withLock { $0 } }

  func add(_ text: String) {
    list.withLock { list in
      if !list.contains(text) { list.append(text) }
    }
  }
}
