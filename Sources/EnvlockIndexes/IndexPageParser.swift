package import EnvlockModel
import EnvlockNative

/// Reads what an index answers: JSON (PEP 691, 700) or HTML (PEP 503), told apart by the content type.
package struct IndexPageParser {
  /// The header Accept of a request for a page: JSON first, then HTML.
  package static let accept =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

  private enum Format {
    case json, html
  }

  private let url: String
  private let askedFor: String?
  private let contentType: String?
  private let body: [UInt8]

  /// Takes an answer with status 200.
  ///
  /// - Parameters:
  ///   - url: where it came from after redirects; links are relative to it.
  ///   - contentType: the header Content-Type; nil where there was none.
  ///   - body: the whole body.
  ///   - askedFor: the URL before redirects, if it is known; it decides only what errors say.
  package init(url: String, contentType: String?, body: [UInt8], askedFor: String? = nil) {
    self.url = url
    self.askedFor = askedFor
    self.contentType = contentType
    self.body = body
  }

  /// The page of one project in its compact form, see `ProjectPage`.
  ///
  /// - Throws: `IndexPageError` when it is no page of an index.
  package func compactPage(of project: ProjectName) throws(IndexPageError) -> [UInt8] {
    switch try format() {
    case .json:
      return ProjectPage.compact(name: project, baseURL: url, files: try jsonFiles())
    case .html:
      let page = try htmlPage()
      return ProjectPage.compact(name: project, baseURL: page.baseURL, files: page.files)
    }
  }

  /// The source distributions of one project, with absolute URLs, in the order of the page.
  ///
  /// - Throws: `IndexPageError` when it is no page of an index.
  func sources(of project: ProjectName) throws(IndexPageError) -> [IndexFile] {
    var (files, base) = ([IndexFile](), url)
    switch try format() {
    case .json: files = try jsonFiles()
    case .html:
      let page = try htmlPage()
      (files, base) = (page.files, page.baseURL)
    }
    return files.filter { SdistName.version(of: $0.fileName, project: project) != nil }.map { file in
      var file = file
      file.url = URLReference.resolve(file.url, against: base)
      return file
    }
  }

  /// The files of a flat page: any page with links to wheels of any projects, absolute URLs, in the order
  /// of the page. This is what `--find-links` takes.
  ///
  /// - Throws: `IndexPageError` when it is no such page.
  package func flatFiles() throws(IndexPageError) -> [IndexFile] {
    guard case .html = try format() else { throw error("it is JSON; a page of links has to be HTML") }
    let page = try htmlPage()
    return page.files.map { file in
      var file = file
      file.url = URLReference.resolve(file.url, against: page.baseURL)
      return file
    }
  }

  // MARK: private

  private func format() throws(IndexPageError) -> Format {
    guard let first = body.first(where: { $0 > 0x20 }) else { throw error("it is empty") }
    let type = (contentType ?? "").prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
    switch type {
    case "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json", "application/json":
      if first == UInt8(ascii: "<") { throw error("it is said to be JSON but is HTML, such as a login page") }
      return .json
    case "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html", "text/html",
      "application/xhtml+xml":
      return .html
    default:
      if type.hasPrefix("application/vnd.pypi.simple.") {
        throw error("this version of the format is not known")
      }
      // No type, or one that says nothing: go by the first byte.
      if first == UInt8(ascii: "{") { return .json }
      if first == UInt8(ascii: "<") { return .html }
      throw error("it is neither JSON nor HTML")
    }
  }

  private func jsonFiles() throws(IndexPageError) -> [IndexFile] {
    let page: SimpleJSONPage
    do throws(JSONError) {
      page = try SimpleJSONPage(parsing: body)
    } catch {
      throw self.error("it is broken JSON, or cut off: \(error)")
    }
    if let version = page.apiVersion { try checkVersion(version) }
    guard let files = page.files else { throw error("it is JSON without a list of files") }
    return files
  }

  private func htmlPage() throws(IndexPageError) -> SimpleHTMLPage {
    let page = SimpleHTMLPage(parsing: body, url: url)
    if let version = page.apiVersion { try checkVersion(version) }
    if page.files.isEmpty {
      if page.linkCount > 0 {
        throw error("it is a web page; none of its \(page.linkCount) links is a package")
      }
      if page.looksInteractive { throw error("it is a web page, such as a login page") }
    }
    return page
  }

  /// PEP 629: another major version must not be read, a newer minor one may.
  private func checkVersion(_ version: String) throws(IndexPageError) {
    let major = version.prefix { $0 != "." }
    guard major == "1" else {
      throw error("it has version \(version) of the format; envlock knows version 1")
    }
  }

  private func error(_ reason: String) -> IndexPageError {
    let origin = askedFor.flatMap { redact($0) == redact(url) ? nil : url }
    return IndexPageError(reason: reason, origin: origin, contentType: contentType, body: body)
  }
}
