import EnvlockIndexes
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation

/// A mirror of a small Debian on the loopback: what lies in `Fixtures/debian`, which `make.sh` there has signed.
final class DebianFixture: Sendable {
  let index: IndexFixture

  /// Within the week that the fixture is good for: 2020-01-12.
  static let now = 1_578_787_200
  static let day = 86_400

  init() throws {
    index = try IndexFixture()
    for suite in ["bookworm", "bookworm-updates", "bookworm-security"] {
      try serve(suite, "InRelease")
      let list = suite == "bookworm-updates" ? "Packages.gz" : "Packages.xz"
      try serve(suite, list, to: "main/binary-amd64/\(list)")
    }
  }

  /// The bytes of a file of the fixture.
  static func bytes(_ path: String, file: String = #filePath) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
    return Array(try Data(contentsOf: folder.appendingPathComponent("Fixtures/debian/\(path)")))
  }

  /// The text of bookworm's InRelease.
  static var release: String {
    get throws { String(decoding: try bytes("bookworm/InRelease"), as: UTF8.self) }
  }

  /// Where a suite's file lies on the server.
  static func path(_ suite: String, _ file: String) -> String {
    (suite.hasSuffix("-security") ? "/debian-security" : "/debian") + "/dists/\(suite)/\(file)"
  }

  /// Serves a file of the fixture as a file of a suite.
  func serve(_ suite: String, _ name: String, to path: String = "InRelease", of other: String? = nil) throws {
    serve(other ?? suite, path, try Self.bytes("\(suite)/\(name)"))
  }

  /// Serves bytes as a file of a suite.
  func serve(_ suite: String, _ path: String, _ bytes: [UInt8]) {
    index.serve(Self.path(suite, path)) { .file(bytes, for: $0) }
  }

  /// Serves a file no more.
  func remove(_ suite: String, _ path: String) {
    index.serve(Self.path(suite, path)) { _ in .notFound }
  }

  /// How often a file of a suite was asked for.
  func count(_ suite: String, _ path: String) -> Int { index.server.count(Self.path(suite, path)) }

  /// The archive on a machine with these variables.
  func archive(
    _ environment: [String: String] = [:], mirror: String? = nil, freshness: Freshness = .normal,
    ignoresValidUntil: Bool = false, now: Int = DebianFixture.now, file: String = #filePath
  ) -> DebianArchive {
    let keyring = URL(fileURLWithPath: file).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/debian/archive.gpg").path
    let mirrors = DebianMirrors(
      environment: ["ENVLOCK_DEBIAN_KEYRING": keyring].merging(environment) { $1 },
      mirror: mirror ?? index.server.url("/debian/"))
    return DebianArchive(
      mirrors: mirrors, http: index.http, freshness: freshness, ignoresValidUntil: ignoresValidUntil,
      now: { now })
  }

  /// What goes wrong with bookworm; nil where nothing does.
  func failure(_ archive: DebianArchive? = nil, security: Bool = true) async -> (any UserFacingError)? {
    do {
      _ = try await (archive ?? self.archive()).snapshot(
        suite: "bookworm", security: security, architecture: "amd64")
      return nil
    } catch {
      return error as? any UserFacingError
    }
  }
}
