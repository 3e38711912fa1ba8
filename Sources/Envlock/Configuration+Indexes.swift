import EnvlockIndexes
import EnvlockModel
import EnvlockNative
import EnvlockStore

extension Configuration {
  /// Opens all indexes that a manifest may use, in the order in which they are asked: those that it declares, the
  /// further ones, the default one.
  ///
  /// - Throws: What is wrong with a setting; that no index is configured.
  func openIndexes(for manifest: Manifest, named: [IndexDeclaration]) throws -> IndexSet {
    var entries: [IndexSet.Entry] = []
    for index in manifest.indexes + named {
      guard let url = environment[Self.variable(of: index.name, "URL")] ?? index.url,
        !entries.contains(where: { $0.name == index.name })
      else { continue }
      let packages = named.first { $0.name == index.name }?.packages ?? index.packages
      entries.append(IndexSet.Entry(name: index.name, url: url, packages: packages.isEmpty ? nil : Set(packages)))
    }
    for (place, url) in extraIndexURLs.enumerated() {
      entries.append(IndexSet.Entry(name: place == 0 ? "extra" : "extra-\(place + 1)", url: url))
    }
    if !noIndex, let url = try defaultIndexURL() { entries.append(IndexSet.Entry(name: "default", url: url)) }

    var options = try TransferOptions(environment: environment)
    options.credentials = CredentialList(urls: entries.map(\.url))
    for entry in entries { try addCredentials(for: entry, to: &options) }
    let http = HTTPClient(cache: cacheDirectory.map { HTTPCache(folder: $0) }, options: options)
    return IndexSet(
      entries: entries, findLinks: findLinks, http: http,
      freshness: offline ? .offline : refresh ? .refresh : .normal)
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

  /// User name and password of an index from the environment: ENVLOCK_INDEX_INTERNAL_USERNAME and …_PASSWORD.
  private func addCredentials(for entry: IndexSet.Entry, to options: inout TransferOptions) throws {
    guard let secret = environment[Self.variable(of: entry.name, "PASSWORD")],
      let address = try? WebAddress(entry.url)
    else { return }
    let name = environment[Self.variable(of: entry.name, "USERNAME")] ?? ""
    options.credentials.add(BasicCredentials(name: name, secret: secret), for: address)
  }

  /// ENVLOCK_INDEX_PYTORCH_CU126_URL for the index pytorch-cu126.
  private static func variable(of index: String, _ what: String) -> String {
    let name = String(index.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    return "ENVLOCK_INDEX_\(name)_\(what)"
  }
}
