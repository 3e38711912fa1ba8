package import EnvlockModel
import EnvlockNative
package import EnvlockStore

/// One index: the pages of its projects, from its server, the cache, or a folder on disk.
package struct IndexClient: Sendable {
  /// The index's name, which stands in locks.
  package let name: String

  private let url: String
  private let http: HTTPClient
  private let freshness: Freshness
  private let warn: @Sendable (String) -> Void

  /// The largest page that is read: the largest known has 15 MB.
  private static let pageLimit = 64 << 20
  private static let kind = "page-\(ProjectPage.formatVersion)"

  /// Does nothing yet.
  ///
  /// - Parameters:
  ///   - name: the index's name.
  ///   - url: the folder of the simple API: an http, https or file URL, or a path. User and password in it are sent to
  ///     its pages; for its files they have to be among the credentials of `http` too.
  ///   - http: fetches and remembers.
  ///   - freshness: how old an answer of the cache may be.
  ///   - warn: told what the person at the terminal should know.
  package init(
    name: String, url: String, http: HTTPClient, freshness: Freshness,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.name = name
    self.url = url.hasSuffix("/") ? url : url + "/"
    self.http = http
    self.freshness = freshness
    self.warn = warn
  }

  /// What is known of a project without asking a server; nil when one has to be asked.
  package func cachedPage(_ project: ProjectName) -> PageAnswer? {
    if let folder = LocalFiles.path(of: url) { return localPage(project, in: folder) }
    switch http.cached(pageURL(project), kind: IndexClient.kind, freshness: freshness) {
    case .found(let compact):
      if let page = try? ProjectPage(compact: compact), page.name == project { return .page(page) }
      return freshness == .offline ? .offline : nil
    case .notFound: return .noSuchProject
    case nil: return freshness == .offline ? .offline : nil
    }
  }

  /// What the index says of a project.
  package func page(_ project: ProjectName) async -> PageAnswer {
    if let folder = LocalFiles.path(of: url) { return localPage(project, in: folder) }
    let answer = await fetch(project, freshness)
    if let answer { return answer }
    // The entry in the cache is damaged.
    if freshness == .offline { return .offline }
    return await fetch(project, .refresh)
      ?? .failed(
        FetchError(
          pageURL(project),
          .unreadable(
            reason: "the page cannot be kept", details: [], hints: [])))
  }

  // MARK: sources

  /// A page with the source distributions of its releases; nil when a server has to be asked for them.
  package func cachedSources(for page: ProjectPage) -> ProjectPage? {
    if let folder = LocalFiles.path(of: url) {
      return try? page.offering(sources: localSources(page.name, in: folder))
    }
    switch http.cached(pageURL(page.name), kind: SourcePage.kind, freshness: freshness) {
    case .found(let bytes): return SourcePage.files(bytes).map { page.offering(sources: $0) }
    case .notFound: return page
    case nil: return nil
    }
  }

  /// A page with the source distributions of its releases.
  ///
  /// - Returns: the page, or why it cannot be found out what there is.
  package func sources(for page: ProjectPage) async -> PageAnswer {
    let project = page.name
    do {
      if let folder = LocalFiles.path(of: url) {
        return .page(page.offering(sources: try localSources(project, in: folder)))
      }
      let url = pageURL(project)
      let result = await http.fetch(
        url, kind: SourcePage.kind, freshness: freshness, accept: IndexPageParser.accept,
        bodyLimit: IndexClient.pageLimit
      ) { body, contentType, finalURL in
        SourcePage.bytes(
          try IndexPageParser(url: finalURL, contentType: contentType, body: body, askedFor: url)
            .sources(of: project))
      }
      switch result {
      case .found(let fetched): return .page(page.offering(sources: SourcePage.files(fetched.payload) ?? []))
      case .notFound: return .page(page)
      case .unauthorized: return .unauthorized(host: (try? WebAddress(url))?.hostAndPort ?? redact(url))
      case .offlineMissing: return .offline
      case .failed(let error): return .failed(error)
      }
    } catch let error as any UserFacingError {
      return .failed(error)
    } catch {
      return .failed(WheelFailure(message: "cannot read the source distributions of \(project): \(error)"))
    }
  }

  private func localSources(_ project: ProjectName, in root: String) throws -> [IndexFile] {
    let folder = root + project.text
    let base = LocalFiles.url(of: folder + "/")
    let pagePath = folder + "/index.html"
    if LocalFiles.kind(of: pagePath) == .file {
      let body = try LocalFiles.read(pagePath, limit: IndexClient.pageLimit)
      return try IndexPageParser(url: base, contentType: "text/html", body: body).sources(of: project)
    }
    let local = LocalFiles(http: http)
    return try LocalFiles.list(folder).filter { SdistName.version(of: $0, project: project) != nil }
      .map { try local.indexFile(folder + "/" + $0) }
  }

  // MARK: private

  private func pageURL(_ project: ProjectName) -> String { "\(url)\(project)/" }

  /// Nil when what came from the cache cannot be opened.
  private func fetch(_ project: ProjectName, _ freshness: Freshness) async -> PageAnswer? {
    let url = pageURL(project)
    let result = await http.fetch(
      url, kind: IndexClient.kind, freshness: freshness, accept: IndexPageParser.accept,
      bodyLimit: IndexClient.pageLimit
    ) { body, contentType, finalURL in
      try IndexPageParser(url: finalURL, contentType: contentType, body: body, askedFor: url)
        .compactPage(of: project)
    }
    switch result {
    case .found(let fetched):
      if let warning = fetched.warning { warn(warning) }
      guard let page = try? ProjectPage(compact: fetched.payload), page.name == project else { return nil }
      return .page(page)
    case .notFound: return .noSuchProject
    case .unauthorized: return .unauthorized(host: (try? WebAddress(url))?.hostAndPort ?? redact(url))
    case .offlineMissing: return .offline
    case .failed(let error): return .failed(error)
    }
  }

  /// A simple index on disk: a folder for each project, with a page or with the wheels themselves.
  private func localPage(_ project: ProjectName, in root: String) -> PageAnswer {
    let folder = root + project.text
    guard LocalFiles.kind(of: folder) == .folder else {
      return LocalFiles.kind(of: root) == .folder
        ? .noSuchProject : .failed(FileFailure(.read, root, code: LocalFiles.noSuchFile))
    }
    let base = LocalFiles.url(of: folder + "/")
    do {
      let pagePath = folder + "/index.html"
      if LocalFiles.kind(of: pagePath) == .file {
        let body = try LocalFiles.read(pagePath, limit: IndexClient.pageLimit)
        let parser = IndexPageParser(url: base, contentType: "text/html", body: body)
        return .page(try ProjectPage(compact: parser.compactPage(of: project)))
      }
      let local = LocalFiles(http: http)
      var files: [IndexFile] = []
      for name in try LocalFiles.list(folder) {
        if name.endsInBytes(".whl") {
          files.append(try local.indexFile(folder + "/" + name))
        } else if SdistName.version(of: name, project: project) != nil {
          // That it is there is all that the page says of it.
          files.append(IndexFile(fileName: name, url: name))
        }
      }
      return .page(
        try ProjectPage(compact: ProjectPage.compact(name: project, baseURL: base, files: files)))
    } catch let error as any UserFacingError {
      return .failed(error)
    } catch {
      return .failed(WheelFailure(message: "cannot read the index folder `\(folder)`: \(error)"))
    }
  }
}
