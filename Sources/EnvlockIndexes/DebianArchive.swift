package import EnvlockModel
package import EnvlockStore

import EnvlockNative
import EnvlockVersions
import Glibc

/// Suites of Debian, from the archives that this machine is configured for: verified, and remembered.
///
/// A suite is what its `InRelease` says, which must be signed by a key of the keyring, be about that suite, and not be
/// out of date; it names its lists of packages by digest. Beside the suite itself, its updates and its security updates
/// are read (Debian's "RepositoryFormat").
package struct DebianArchive: Sendable {
  private let mirrors: DebianMirrors
  private let http: HTTPClient
  private let freshness: Freshness
  private let ignoresValidUntil: Bool
  private let now: @Sendable () -> Int

  /// The longest InRelease that is read; bookworm's has 150 KB.
  private static let releaseLimit = 16 << 20
  /// The longest list of packages that is read; bookworm's has 50 MB.
  private static let listLimit = 1 << 30
  /// What is never released is mended in itself, and has no security updates.
  private static let unreleased: Set<String> = ["sid", "unstable", "experimental"]
  /// How far a clock may be wrong, in seconds.
  private static let clockError = 86_400

  /// Does nothing yet.
  ///
  /// - Parameters:
  ///   - mirrors: where the archives are.
  ///   - http: fetches and remembers.
  ///   - freshness: how old an answer of the cache may be.
  ///   - ignoresValidUntil: whether a state that is out of date will do.
  ///   - now: the time in seconds since 1970.
  package init(
    mirrors: DebianMirrors, http: HTTPClient, freshness: Freshness = .normal, ignoresValidUntil: Bool = false,
    now: @escaping @Sendable () -> Int = { time(nil) }
  ) {
    self.mirrors = mirrors
    self.http = http
    self.freshness = freshness
    self.ignoresValidUntil = ignoresValidUntil
    self.now = now
  }

  /// What a suite holds.
  ///
  /// - Parameters:
  ///   - suite: "bookworm".
  ///   - security: whether its security updates count.
  ///   - architecture: "amd64".
  /// - Returns: the suite and its updates, merged.
  /// - Throws: `DebianError`, `FetchError`.
  package func snapshot(suite: String, security: Bool, architecture: String) async throws -> DebianSnapshot {
    do {
      return try await snapshot(suite, security, architecture, freshness)
    } catch  where freshness == .normal && Self.mayBeOld(error) {
      // The InRelease of the cache is older than what the archive has by now.
      return try await snapshot(suite, security, architecture, .refresh)
    }
  }

  /// Where a package is fetched from.
  ///
  /// - Throws: `DebianError` where no mirror is known.
  package func url(of package: LockedDebianPackage) throws -> String {
    guard let place = place(of: package.archive) else { throw DebianError.noMirror }
    return "\(place.url)/\(URLReference.encodePath(package.path))"
  }

  // MARK: private

  /// A suite in an archive.
  private struct Source: Sendable {
    let suite: String
    let archive: LockedDebianPackage.Archive
    let place: DebianMirrors.Place

    var folder: String { "\(place.url)/dists/\(suite)" }
  }

  private func place(of archive: LockedDebianPackage.Archive) -> DebianMirrors.Place? {
    switch archive {
    case .main: mirrors.main
    case .security: mirrors.security
    }
  }

  private func snapshot(_ suite: String, _ security: Bool, _ architecture: String, _ freshness: Freshness)
    async throws -> DebianSnapshot
  {
    guard let main = mirrors.main else { throw DebianError.noMirror }
    let keys = try keyring()
    let sources = [
      Source(suite: suite, archive: .main, place: main),
      Source(suite: "\(suite)-updates", archive: .main, place: main),
      security && !Self.unreleased.contains(suite)
        ? mirrors.security.map { Source(suite: "\(suite)-security", archive: .security, place: $0) } : nil,
    ]
    async let first = sources[0].asyncMap { try await release($0, keys, freshness) }
    async let second = sources[1].asyncMap { try await release($0, keys, freshness) }
    async let third = sources[2].asyncMap { try await release($0, keys, freshness) }
    let releases = try await [first, second, third]
    guard let base = releases[0] ?? nil else {
      throw DebianError.noSuite(suite, archive: main.url, source: "from \(main.source)", isSecurity: false)
    }
    if let source = sources[2], releases[2] ?? nil == nil {
      throw DebianError.noSuite(
        source.suite, archive: source.place.url,
        source: (mirrors.isSecurityGuessed ? "beside that from " : "from ") + source.place.source,
        isSecurity: true)
    }
    let found = zip(sources, releases).compactMap { source, release -> (Source, DebianRelease)? in
      guard let source, let release = release ?? nil else { return nil }
      return (source, release)
    }
    var notes: [String] = []
    for (source, release) in found { notes += try check(release, of: source, base: base, freshness) }
    // All at once, then in the order of the sources; so is what is told where several cannot be had.
    let parts = await withTaskGroup(of: (Int, Result<DebianIndexPart, any Error>).self) { group in
      for (number, (source, release)) in found.enumerated() {
        group.addTask {
          do {
            return (number, .success(try await self.part(source, release, architecture, freshness)))
          } catch {
            return (number, .failure(error))
          }
        }
      }
      var parts: [(Int, Result<DebianIndexPart, any Error>)] = []
      for await part in group { parts.append(part) }
      return parts.sorted { $0.0 < $1.0 }.map(\.1)
    }
    return DebianSnapshot(
      suite: base.codename, version: base.version, architecture: architecture,
      index: DebianPackageIndex(try parts.map { try $0.get() }),
      notes: notes)
  }

  // MARK: releases

  /// The keys, and what tells them from others.
  private struct Keyring: Sendable {
    let path: String
    let mark: String
  }

  private func keyring() throws -> Keyring {
    guard let path = mirrors.keyring?.url else { throw DebianError.noKeyring(path: nil) }
    guard let bytes = try? LocalFiles.read(path, limit: 64 << 20) else {
      throw DebianError.noKeyring(path: path)
    }
    if bytes.starts(with: "-----BEGIN PGP".utf8) { throw DebianError.armoredKeyring(path: path) }
    return Keyring(path: path, mark: sha256(bytes).hex)
  }

  /// What an archive says of a suite; nil where it has none.
  private func release(_ source: Source, _ keyring: Keyring, _ freshness: Freshness) async throws
    -> DebianRelease?
  {
    let url = source.folder + "/InRelease"
    let signature = DebianSignature(
      verifier: mirrors.verifier, keyring: keyring.path, temporaryFolder: mirrors.temporaryFolder)
    // Remembered is what was signed by one of these keys, and by no others.
    let result = await http.fetch(
      url, kind: "debian-release-1-\(keyring.mark)", freshness: freshness, bodyLimit: Self.releaseLimit
    ) { body, _, _ in
      let text = try signature.text(of: body)
      do {
        _ = try DebianRelease(text)
      } catch {
        throw DebianError.malformed("\(error)")
      }
      return text
    }
    switch result {
    case .found(let fetched):
      do {
        return try DebianRelease(fetched.payload)
      } catch {
        throw DebianError.malformed("\(error)")
      }
    case .notFound: return nil
    case .offlineMissing: throw DebianError.offline(suite: source.suite)
    case .unauthorized(let error), .failed(let error): throw error
    }
  }

  /// Whether a release is what was asked for, and of these days.
  ///
  /// - Returns: what the person at the terminal should know.
  private func check(
    _ release: DebianRelease, of source: Source, base: DebianRelease, _ freshness: Freshness
  ) throws(DebianError) -> [String] {
    let end = source.suite.hasSuffix("-updates") ? "-updates" : source.archive == .security ? "-security" : ""
    let names = [release.codename, release.suite]
    guard names.contains(source.suite), release.codename == base.codename + end else {
      throw .otherSuite(asked: source.suite, codename: release.codename, suite: release.suite)
    }
    guard release.date <= now() + Self.clockError || ignoresValidUntil else {
      throw .fromTheFuture(suite: source.suite, date: release.date)
    }
    guard let until = release.validUntil, until < now() else { return [] }
    // Nobody can pass off an old state as a new one where the user wants what the cache has.
    guard ignoresValidUntil || freshness == .offline else {
      throw .expired(suite: source.suite, until: until)
    }
    return [
      "the state of Debian \(source.suite) is of \(DebianTime.day(release.date)) and was to be used until "
        + "\(DebianTime.day(until)) only"
    ]
  }

  /// Whether an error may come of an InRelease that is older than the files beside it.
  private static func mayBeOld(_ error: any Error) -> Bool {
    switch error {
    case DebianError.missingPackageList, DebianError.expired: true
    case let error as FetchError: if case .unreadable = error.cause { true } else { false }
    default: false
    }
  }

  // MARK: lists of packages

  private func part(
    _ source: Source, _ release: DebianRelease, _ architecture: String, _ freshness: Freshness
  ) async throws -> DebianIndexPart {
    guard release.architectures.contains(architecture) else {
      throw DebianError.noArchitecture(
        architecture, suite: source.suite, has: release.architectures.filter { $0 != "all" })
    }
    let plain = "main/binary-\(architecture)/Packages"
    var list: DebianRelease.File?
    var whole: DebianRelease.File?
    do {
      whole = try release.file(plain)
      for end in [".xz", ".gz"] where list == nil { list = try release.file(plain + end) }
    } catch {
      throw DebianError.malformed("\(error)")
    }
    guard let list, let whole, whole.size <= Self.listLimit else {
      throw DebianError.noPackageList(suite: source.suite, architecture: architecture)
    }
    let name = list.path.split(separator: "/").last ?? ""
    let folder = "\(source.folder)/main/binary-\(architecture)"
    let urls =
      (release.hasFilesByHash ? ["\(folder)/by-hash/SHA256/\(list.sha256.hex)"] : []) + ["\(folder)/\(name)"]
    for url in urls {
      if let part = try await part(source, list, size: whole.size, url: url, freshness) { return part }
    }
    throw DebianError.missingPackageList(url: "\(folder)/\(name)")
  }

  /// A list of packages; nil where it is not there.
  private func part(
    _ source: Source, _ list: DebianRelease.File, size: Int, url: String, _ freshness: Freshness
  ) async throws -> DebianIndexPart? {
    let folder = mirrors.temporaryFolder
    // Files under one name may change; with its digest in the kind, an answer never does.
    let result = await http.fetch(
      url, kind: "debian-packages-1-\(list.sha256.hex)",
      freshness: freshness == .offline ? .offline : .immutable,
      bodyLimit: Self.listLimit
    ) { body, _, _ in
      let found = sha256(body)
      guard found == list.sha256 else {
        throw DebianError.mismatch(
          file: list.path, suite: source.suite, expected: list.sha256, found: found)
      }
      let packages = try DebianList.decompress(body, of: list.path, limit: size, in: folder)
      guard let part = DebianIndexPart(packages: packages, archive: source.archive) else {
        throw DebianError.undecodable(file: list.path, reason: "it is too large")
      }
      return part.bytes
    }
    switch result {
    case .found(let fetched):
      guard let part = DebianIndexPart(compact: fetched.payload, archive: source.archive) else {
        throw DebianError.undecodable(file: list.path, reason: "what the cache has of it is damaged")
      }
      return part
    case .notFound: return nil
    case .offlineMissing:
      // It may have been fetched from the other place.
      if url.hasSuffix(list.sha256.hex) { return nil }
      throw DebianError.offline(suite: source.suite)
    case .unauthorized(let error), .failed(let error): throw error
    }
  }
}

extension Optional where Wrapped: Sendable {
  /// What an asynchronous function makes of it.
  fileprivate func asyncMap<Value>(_ body: (Wrapped) async throws -> Value) async throws -> Value? {
    guard let self else { return nil }
    return try await body(self)
  }
}
