import EnvlockModel
import EnvlockNative
import EnvlockStore
import Synchronization

/// A place that offers wheels of any projects, as `--find-links` names it: a folder, a page on disk, or a page on a server.
final class LinkSource: Sendable {
  /// What is known of a project there.
  enum Answer: Sendable {
    case files([IndexFile])
    case unauthorized(host: String)
    case offline
    case failed(any UserFacingError)
  }

  private enum State: Sendable {
    case page(LinkPage)
    /// A folder: the paths of its wheels by project; their digests are computed when they are asked for.
    case folder([ProjectName: [String]])
    case none(Answer)
  }

  private let location: String
  private let http: HTTPClient
  private let freshness: Freshness
  private let warn: @Sendable (String) -> Void
  private let state = Mutex<State?>(nil)
  private let known = Mutex<[ProjectName: [IndexFile]]>([:])

  private static let pageLimit = 64 << 20

  init(
    _ location: String, http: HTTPClient, freshness: Freshness, warn: @escaping @Sendable (String) -> Void
  ) {
    self.location = location
    self.http = http
    self.freshness = freshness
    self.warn = warn
  }

  /// The wheels of a project, if that can be told without asking a server; nil when one has to be asked.
  func cachedFiles(_ project: ProjectName) -> Answer? {
    if let state = state.withLock({ $0 }) { return answer(state, project) }
    guard let state = cachedState() else { return nil }
    self.state.withLock { $0 = state }
    return answer(state, project)
  }

  /// The wheels of a project.
  func files(_ project: ProjectName) async -> Answer {
    if let answer = cachedFiles(project) { return answer }
    let state = await fetch()
    self.state.withLock { $0 = state }
    return answer(state, project)
  }

  // MARK: private

  private func answer(_ state: State, _ project: ProjectName) -> Answer {
    switch state {
    case .none(let answer): return answer
    case .page(let page): return .files(page.page(of: project)?.allWheels.map(\.file) ?? [])
    case .folder(let paths):
      if let files = known.withLock({ $0[project] }) { return .files(files) }
      let local = LocalFiles(http: http)
      var files: [IndexFile] = []
      for path in paths[project] ?? [] {
        do {
          files.append(try local.indexFile(path))
        } catch {
          return .failed(error)
        }
      }
      known.withLock { $0[project] = files }
      return .files(files)
    }
  }

  private func cachedState() -> State? {
    if let path = LocalFiles.path(of: location) { return localState(path) }
    if case .found(let compact)? = http.cached(location, kind: LinkPage.kind, freshness: freshness),
      let page = LinkPage(compact: compact)
    {
      return .page(page)
    }
    return freshness == .offline ? State.none(.offline) : nil
  }

  private func localState(_ path: String) -> State {
    do {
      switch LocalFiles.kind(of: path) {
      case .nothing: return .none(.failed(FileFailure(.read, path, code: LocalFiles.noSuchFile)))
      case .folder:
        let folder = path.hasSuffix("/") ? path : path + "/"
        var paths: [ProjectName: [String]] = [:]
        for name in try LocalFiles.list(path) {
          if let wheel = try? WheelName(name) { paths[wheel.project, default: []].append(folder + name) }
        }
        return .folder(paths)
      case .file:
        let body = try LocalFiles.read(path, limit: LinkSource.pageLimit)
        let parser = IndexPageParser(url: LocalFiles.url(of: path), contentType: nil, body: body)
        let compact = LinkPage.compact(try parser.flatFiles())
        guard let page = LinkPage(compact: compact) else { return .none(.files([])) }
        return .page(page)
      }
    } catch let error as IndexPageError {
      return .none(
        .failed(FetchError(location, .unreadable(reason: error.message, details: error.details, hints: []))))
    } catch let error as FileFailure {
      return .none(.failed(error))
    } catch {
      return .none(.failed(WheelFailure(message: "cannot read `\(path)`: \(error)")))
    }
  }

  private func fetch() async -> State {
    let location = location
    let result = await http.fetch(
      location, kind: LinkPage.kind, freshness: freshness, accept: "text/html",
      bodyLimit: LinkSource.pageLimit
    ) { body, contentType, finalURL in
      LinkPage.compact(
        try IndexPageParser(url: finalURL, contentType: contentType, body: body, askedFor: location)
          .flatFiles())
    }
    switch result {
    case .found(let fetched):
      if let warning = fetched.warning { warn(warning) }
      guard let page = LinkPage(compact: fetched.payload) else { return .none(.offline) }
      return .page(page)
    case .notFound: return .none(.failed(FetchError(location, .status(404))))
    case .unauthorized:
      return .none(.unauthorized(host: (try? WebAddress(location))?.hostAndPort ?? redact(location)))
    case .offlineMissing: return .none(.offline)
    case .failed(let error): return .none(.failed(error))
    }
  }
}
