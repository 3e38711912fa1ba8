package import EnvlockModel
import EnvlockNative

/// Why an archive of Debian could not be used. URLs in it are redacted.
package enum DebianError: UserFacingError, Hashable {
  /// No mirror is known.
  case noMirror
  /// The archive has no such suite; `isSecurity` for that of the security updates. The source says who named the archive:
  /// "from /etc/apt/sources.list".
  case noSuite(String, archive: String, source: String, isSecurity: Bool)
  /// The suite has no packages for the architecture.
  case noArchitecture(String, suite: String, has: [String])
  /// The suite's release names no list of packages in a form that can be read.
  case noPackageList(suite: String, architecture: String)
  /// The list that the release names is not there.
  case missingPackageList(url: String)
  /// No keys to check signatures with; the path that was named, if one was.
  case noKeyring(path: String?)
  /// The keys are in a form that gpgv does not read.
  case armoredKeyring(path: String)
  /// gpgv is not installed.
  case noVerifier
  /// gpgv could not do its work.
  case verifierFailed(String)
  /// It is no clear-signed text.
  case notSigned
  /// The signature is not that of a key in the keyring; what gpgv says of each.
  case badSignature([String], keyring: String)
  /// Its fields cannot be read.
  case malformed(String)
  /// It is about another suite.
  case otherSuite(asked: String, codename: String, suite: String?)
  /// It was to be used until that day only.
  case expired(suite: String, until: Int)
  /// It claims to be made later than now.
  case fromTheFuture(suite: String, date: Int)
  /// A file is not the one that the release names.
  case mismatch(file: String, suite: String, expected: Digest, found: Digest)
  /// A list of packages does not open.
  case undecodable(file: String, reason: String)
  /// It is not in the cache, and no server must be asked.
  case offline(suite: String)

  /// What is wrong.
  package var message: String {
    switch self {
    case .noMirror: "no mirror of Debian is configured"
    case .noSuite(let suite, let archive, let source, _):
      "the archive \(redact(archive)) (\(source)) has no suite \(suite)"
    case .noArchitecture(let architecture, let suite, _):
      "Debian \(suite) has no packages for \(architecture)"
    case .noPackageList(let suite, let architecture):
      "InRelease of Debian \(suite) names no list of packages for \(architecture) in a form that can be read"
    case .missingPackageList(let url): "\(redact(url)), which InRelease names, is not there"
    case .noKeyring(let path?): "the keyring `\(path)` for Debian's archives cannot be read"
    case .noKeyring: "Debian's archives cannot be trusted without their keys, which are not installed"
    case .armoredKeyring(let path): "the keyring `\(path)` is in a form that gpgv does not read"
    case .noVerifier: "its signature cannot be checked: gpgv is not installed"
    case .verifierFailed(let reason): "its signature cannot be checked: \(reason)"
    case .notSigned: "it is not one clear-signed text"
    case .badSignature(_, let keyring): "it is not signed by a key in `\(keyring)`"
    case .malformed(let reason): "it cannot be read: \(reason)"
    case .otherSuite(let asked, let codename, let suite):
      "asked for the suite \(asked), the archive sends \(codename)\(suite.map { " (\($0))" } ?? "")"
    case .expired(let suite, let until):
      "the archive's state of \(suite) was to be used until \(DebianTime.day(until)) only"
    case .fromTheFuture(let suite, let date):
      "the archive's state of \(suite) is dated \(DebianTime.day(date)), which is in the future"
    case .mismatch(let file, let suite, _, _): "\(file) is not the file that InRelease of \(suite) names"
    case .undecodable(let file, let reason): "\(file) cannot be decompressed: \(reason)"
    case .offline(let suite):
      "the packages of Debian \(suite) are not in the cache, and no server may be asked"
    }
  }

  /// The two sides of what differs.
  package var details: [String] {
    switch self {
    case .mismatch(_, _, let expected, let found):
      ["SHA-256 expected  \(expected.hex)", "SHA-256 found     \(found.hex)"]
    case .badSignature(let reasons, _): reasons
    case .noArchitecture(_, _, let has): ["it has \(has.joined(separator: ", "))"]
    default: []
    }
  }

  /// What to do.
  package var hints: [String] {
    switch self {
    case .noMirror:
      [
        "set ENVLOCK_DEBIAN_MIRROR, write `debian-mirror = \"URL\"` into envlock's config.toml, or use `--debian-mirror URL`",
        "the URL is the one that lists of apt have: the folder with `dists` and `pool` in it",
      ]
    case .noSuite(_, _, _, isSecurity: true):
      [
        "set ENVLOCK_DEBIAN_SECURITY_MIRROR to the archive of security updates, or use `--debian-security-mirror URL`",
        "`security = false` under [base] does without security updates",
      ]
    case .noSuite:
      ["suites have names such as bookworm and trixie; suites of old lie in archives of their own"]
    case .noKeyring:
      ["install the package debian-archive-keyring, or set ENVLOCK_DEBIAN_KEYRING to a keyring"]
    case .armoredKeyring(let path): ["`gpg --dearmor < \(path)` makes one that it reads"]
    case .noVerifier: ["install the package gpgv"]
    case .badSignature:
      ["a newer debian-archive-keyring may have the key; set ENVLOCK_DEBIAN_KEYRING for keys of your own"]
    case .expired, .fromTheFuture:
      [
        "is the clock right, and is the mirror kept up to date?",
        "ENVLOCK_DEBIAN_IGNORE_VALID_UNTIL=1 uses it all the same",
      ]
    case .mismatch, .missingPackageList: ["a mirror that is being updated looks like that; try again later"]
    case .offline: ["run it once without --offline"]
    default: []
    }
  }

  /// Whose fault it is.
  package var kind: ErrorKind {
    switch self {
    case .noMirror, .armoredKeyring: .badInput
    case .noSuite, .noArchitecture: .answerIsNo
    default: .couldNotFindOut
    }
  }
}
