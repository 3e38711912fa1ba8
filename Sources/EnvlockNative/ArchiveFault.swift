/// Why an archive could not be read. Whoever opened it knows its name.
package enum ArchiveFault: Error, Hashable, Sendable {
  /// libarchive cannot be loaded; why.
  case notLoaded(reason: String)
  /// The file could not be read; the number of the system's error.
  case file(code: Int32)
  /// It is no Debian package; what is wrong with it, as a clause: "it has no control archive".
  case notDebianPackage(reason: String)
  /// It is no tar archive, and none that is compressed in a way that is known.
  case notTar
  /// A part of it should be compressed in this way ("xz"), and is not, or not once.
  case notCompressed(String)
  /// The libarchive that is installed cannot undo this compression.
  case unsupported(String)
  /// It ends too early.
  case cutOff
  /// Its bytes are damaged; what libarchive says about it.
  case corrupt(reason: String)
  /// It holds more than so many bytes.
  case tooLarge(limit: Int)
  /// It holds more than so many members.
  case tooManyMembers(limit: Int)
  /// The names and attributes of its members have more bytes than are believed.
  case tooManyNames(limit: Int)
  /// A name in it is not UTF-8, empty, or longer than a path can be; as much of it as can be shown.
  case badName(String)
  /// The number of a member's owner is none.
  case badOwner(path: String)
  /// There is no memory for it.
  case noMemory

  /// What follows the archive's name in a sentence: "is cut off".
  package var clause: String {
    switch self {
    case .notLoaded(let reason): "cannot be unpacked: libarchive cannot be loaded: \(reason)"
    case .file(let code): "cannot be read: \(ArchiveFault.text(of: code))"
    case .notDebianPackage(let reason): "is no Debian package: \(reason)"
    case .notTar: "is no tar archive, or it is compressed in a way that is not known"
    case .notCompressed(let name):
      "is damaged: a part of it should be compressed with \(name) once, and is not"
    case .unsupported(let name): "cannot be unpacked: the libarchive that is installed knows no \(name)"
    case .cutOff: "is cut off"
    case .corrupt(let reason): "is damaged: \(reason)"
    case .tooLarge(let limit): "holds more than \(limit) bytes"
    case .tooManyMembers(let limit): "holds more than \(limit) files and folders"
    case .tooManyNames(let limit): "has more than \(limit) bytes of names"
    case .badName(let name): "holds a name that is empty, too long or not UTF-8: `\(name)`"
    case .badOwner(let path): "has no valid owner for `\(path)`"
    case .noMemory: "cannot be unpacked: there is no memory for it"
    }
  }

  /// What to do next.
  package var hints: [String] {
    switch self {
    case .notLoaded: ["install it: `apt-get install libarchive13` (from Debian 13 on: libarchive13t64)"]
    case .unsupported: ["install a newer one: `apt-get install libarchive13`"]
    default: []
    }
  }

  /// Whether the archive's own bytes are to blame, not this machine.
  package var isInArchive: Bool {
    switch self {
    case .notLoaded, .file, .unsupported, .noMemory: false
    default: true
    }
  }
}

/// How much of an archive is believed, so that a small file cannot fill the disk or the memory.
package struct ArchiveLimits: Hashable, Sendable {
  /// Bytes of the archive without its compression.
  package var bytes: Int
  /// Members, folders too.
  package var members: Int
  /// Bytes of all names, link texts and extended attributes together.
  package var names: Int

  /// Limits far above any package or interpreter: 16 GiB, a million members, 256 MiB of names.
  package init(bytes: Int = 16 << 30, members: Int = 1_000_000, names: Int = 256 << 20) {
    self.bytes = bytes
    self.members = members
    self.names = names
  }
}
