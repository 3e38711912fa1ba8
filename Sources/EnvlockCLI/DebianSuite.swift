import EnvlockModel

/// Which suite of Debian is proposed to whom.
enum DebianSuite {
  /// The suite whose own Python it is; for others the one that most people know.
  static func ofPython(_ python: PythonVersion) -> String {
    switch python.minor {
    case 13 where !python.freeThreaded: "trixie"
    case 9: "bullseye"
    default: "bookworm"
    }
  }
}
