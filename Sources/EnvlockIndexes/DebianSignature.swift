import EnvlockModel
import EnvlockNative
import EnvlockStore
import Glibc

/// Takes the text out of a clear-signed file, where it is signed by a key of a keyring (RFC 9580, section 7).
struct DebianSignature: Sendable {
  /// The path of gpgv; nil where there is none.
  let verifier: String?
  /// The path of the keyring.
  let keyring: String
  /// Where files can lie for a moment.
  let temporaryFolder: String

  /// The digests that a signature must not be made with: MD5, SHA-1, RIPEMD-160 (RFC 9580, section 9.5).
  private static let weakDigests: Set<Substring> = ["1", "2", "3"]

  /// The signed text, as gpgv gives it out.
  ///
  /// - Throws: `DebianError`.
  func text(of file: [UInt8]) throws -> [UInt8] {
    guard let verifier else { throw DebianError.noVerifier }
    guard Self.isOneMessage(file) else { throw DebianError.notSigned }
    var template = Array("\(temporaryFolder)/envlock-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else {
      throw DebianError.verifierFailed("\(FileFailure(.write, temporaryFolder, code: errno).message)")
    }
    let folder = String(cString: made)
    let (input, output) = (folder + "/signed", folder + "/text")
    defer {
      unlink(input)
      unlink(output)
      rmdir(folder)
    }
    try AtomicFile.write(file, to: input, durability: .cached)
    let outcome = ChildProcess.run(
      ChildCommand(
        program: verifier,
        arguments: ["--keyring", keyring, "--status-fd", "1", "--output", output, input]))
    switch outcome.end {
    case .exited: break
    case .timedOut: throw DebianError.verifierFailed("gpgv takes too long")
    default: throw DebianError.verifierFailed("gpgv does not run")
    }
    let status = SignatureStatus(outcome.output)
    guard status.isGood else {
      // Without a word about signatures, gpgv could not even look.
      if status.faults.isEmpty {
        let line = String(decoding: outcome.errorOutput, as: UTF8.self).split(separator: "\n").last
        throw DebianError.verifierFailed(line.map(String.init) ?? "gpgv does not say why")
      }
      throw DebianError.badSignature(status.faults, keyring: keyring)
    }
    guard let text = try? LocalFiles.read(output, limit: file.count) else {
      throw DebianError.verifierFailed("gpgv gives out no text")
    }
    return text
  }

  /// Whether a file is one clear-signed message and nothing else, so that nothing in it is unsigned.
  static func isOneMessage(_ file: [UInt8]) -> Bool {
    // By bytes: a carriage return with a line feed is one character in Swift.
    var lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(withoutEnd)
    while lines.last?.isEmpty ?? false { lines.removeLast() }
    let (begin, signature, end) = (
      Array("-----BEGIN PGP SIGNED MESSAGE-----".utf8), Array("-----BEGIN PGP SIGNATURE-----".utf8),
      Array("-----END PGP SIGNATURE-----".utf8)
    )
    // Within the text, a line that begins with a dash has another one before it.
    return lines.first == begin && lines.last == end
      && lines.filter { $0.starts(with: "-----".utf8) } == [begin, signature, end]
  }

  /// A line without white space at its end.
  private static func withoutEnd(_ line: ArraySlice<UInt8>) -> [UInt8] {
    let last = line.lastIndex {
      $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") && $0 != UInt8(ascii: "\r")
    }
    return last.map { Array(line[...$0]) } ?? []
  }

  /// What gpgv says on its status lines (GnuPG's doc/DETAILS).
  ///
  /// A file may have several signatures, so that old keyrings know one of them: one good one is enough, none may be bad.
  struct SignatureStatus {
    /// Whether one signature is good and none is bad.
    private(set) var isGood: Bool
    /// What is wrong with the others, a clause each.
    private(set) var faults: [String] = []

    init(_ output: [UInt8]) {
      var good = 0
      var isBad = false
      // A signature's good word, which counts when its digest is known to be a good one.
      var isPending = false
      for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count >= 2, words[0] == "[GNUPG:]" else { continue }
        let key = words.count > 2 ? words[2] : "?"
        switch words[1] {
        case "NEWSIG": isPending = false
        case "GOODSIG": isPending = true
        case "VALIDSIG":
          // Fingerprint, day, time, expiry, version, reserved, key's kind, digest, class.
          guard isPending, words.count >= 11 else { continue }
          if DebianSignature.weakDigests.contains(words[9]) {
            faults.append("the signature of \(key) is made with a weak digest")
          } else {
            good += 1
          }
        case "BADSIG":
          isBad = true
          faults.append("the signature of \(key) does not fit the text")
        case "EXPSIG": faults.append("the signature of \(key) has expired")
        case "EXPKEYSIG": faults.append("the key \(key) has expired")
        case "REVKEYSIG": faults.append("the key \(key) was revoked")
        case "NO_PUBKEY": faults.append("the key \(key) is not known")
        default: break
        }
      }
      isGood = good > 0 && !isBad
    }
  }
}
