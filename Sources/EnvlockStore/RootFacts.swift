import EnvlockImage
import Glibc

/// What an unpacked file or folder has beside its kind and content.
struct RootFacts {
  var mode: mode_t
  var uid: uid_t
  var gid: gid_t
  /// When it was changed, in seconds since 1970.
  var mtime: Int
  var attributes: [TarAttribute]

  /// What a folder has that no layer speaks of, though something lies in it.
  static let unsaid = RootFacts(mode: 0o755, uid: 0, gid: 0, mtime: 0, attributes: [])

  private init(mode: mode_t, uid: uid_t, gid: gid_t, mtime: Int, attributes: [TarAttribute]) {
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.mtime = mtime
    self.attributes = attributes
  }

  /// What an archive says.
  ///
  /// - Throws: `UnpackError.Cause` where nobody can be the owner.
  init(_ member: TarMember) throws(UnpackError.Cause) {
    func number(_ number: Int) throws(UnpackError.Cause) -> UInt32 {
      // To the kernel, the largest number means that nothing is to be changed.
      guard let id = UInt32(exactly: number), id != .max else { throw .owner(number) }
      return id
    }
    self.init(
      mode: mode_t(member.mode), uid: try number(member.uid), gid: try number(member.gid),
      mtime: member.mtime, attributes: member.attributes)
  }

  /// The time as the kernel takes it: of the last access, and of the last change.
  var times: [timespec] { Array(repeating: timespec(tv_sec: mtime, tv_nsec: 0), count: 2) }
}
