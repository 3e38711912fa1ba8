import EnvlockIndexes
import EnvlockModel
import EnvlockNative
import EnvlockStore

/// The indexes of a run, and the client through which they are asked.
struct OpenIndexes: Sendable {
  let indexes: IndexSet
  let http: HTTPClient
}

extension Configuration {
  /// Opens all indexes that a manifest may use, in the order in which they are asked: those that it declares, the
  /// further ones, the default one.
  ///
  /// - Throws: What is wrong with a setting; that no index is configured.
  func openIndexes(for manifest: Manifest, named: [IndexDeclaration]) throws -> OpenIndexes {
    var entries: [IndexSet.Entry] = []
    for index in manifest.indexes + named {
      guard let url = url(ofIndex: index.name) ?? index.url,
        !entries.contains(where: { $0.name == index.name })
      else { continue }
      let packages = named.first { $0.name == index.name }?.packages ?? index.packages
      entries.append(
        IndexSet.Entry(name: index.name, url: url, packages: packages.isEmpty ? nil : Set(packages)))
    }
    for (place, url) in extraIndexURLs.enumerated() {
      entries.append(IndexSet.Entry(name: place == 0 ? "extra" : "extra-\(place + 1)", url: url))
    }
    if !noIndex, let url = try defaultIndexURL() { entries.append(IndexSet.Entry(name: "default", url: url)) }

    for entry in entries { try check(entry) }
    var options = try transferOptions()
    for place in entries.indices { takeCredentials(for: &entries[place], to: &options) }
    for url in entries.map(\.url) + findLinks {
      guard let address = try? WebAddress(url), let credentials = address.credentials else { continue }
      options.credentials.add(credentials, for: address)
    }
    let http = HTTPClient(cache: cacheDirectory.map { HTTPCache(folder: $0) }, options: options)
    let indexes = IndexSet(
      entries: entries, findLinks: findLinks, http: http,
      freshness: offline ? .offline : refresh ? .refresh : .normal, building: Set(manifest.buildSdist))
    return OpenIndexes(indexes: indexes, http: http)
  }

  /// The default index; nil where other places of wheels are configured and no index is.
  private func defaultIndexURL() throws -> String? {
    if let indexURL { return indexURL }
    let found = IndexDiscovery(environment: environment).defaultIndex
    if let found { return found }
    guard findLinks.isEmpty && extraIndexURLs.isEmpty else { return nil }
    throw BadRequest(
      "no wheel index is configured",
      hints: ["name one with `--index-url URL`, or set ENVLOCK_INDEX_URL=URL"])
  }

  /// - Throws: `BadRequest` for a URL that is none; a path is looked at when it is needed.
  private func check(_ entry: IndexSet.Entry) throws(BadRequest) {
    guard entry.url.contains("://"), !entry.url.hasPrefix("file:") else { return }
    do throws(TransferError) {
      _ = try WebAddress(entry.url)
    } catch {
      throw BadRequest("the index “\(entry.name)”: \(error.message)", hints: error.hints)
    }
  }

  /// - Throws: `BadRequest` for proxies and certificates that cannot be used.
  func transferOptions() throws -> TransferOptions {
    do {
      return try TransferOptions(environment: environment)
    } catch {
      throw BadRequest(error.message, hints: error.hints)
    }
  }

  /// What the environment says of where the index of this name is.
  func url(ofIndex name: String) -> String? {
    environment[Self.variable(of: name, "URL")].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// User name and password of an index from the environment: ENVLOCK_INDEX_INTERNAL_USERNAME and …_PASSWORD. They
  /// stand in for those in its URL.
  private func takeCredentials(for entry: inout IndexSet.Entry, to options: inout TransferOptions) {
    guard let secret = environment[Self.variable(of: entry.name, "PASSWORD")],
      let address = try? WebAddress(entry.url)
    else { return }
    let name = environment[Self.variable(of: entry.name, "USERNAME")]
    options.credentials.add(
      BasicCredentials(name: name ?? address.credentials?.userName ?? "", secret: secret), for: address)
    entry.url = address.text
  }

  /// ENVLOCK_INDEX_PYTORCH_CU126_URL for the index pytorch-cu126.
  private static func variable(of index: String, _ what: String) -> String {
    let name = String(index.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    return "ENVLOCK_INDEX_\(name)_\(what)"
  }
}
