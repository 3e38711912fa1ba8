import EnvlockNative
import EnvlockTestSupport
import Foundation
import Testing

/// A member with its content, as a test compares it.
struct ReadMember: Hashable {
  var member: ArchiveMember
  var content: [UInt8]
}

/// A tar archive of a folder "./etc" and a file "./etc/motd" that holds "packed\n", as common programs compress it.
enum CompressedTar: String, CaseIterable {
  case xz =
    """
    /Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4An/AFddABcLySgZacT2/Y+A0AI22/4u3eopCtl1anoMWhxHkjUscAl+CF\
    0toB6sZXolOCJ5dPm0Jb0tC1doGtMKe23MBNfJCiNmjjwYNwakWGKIgyOYAbqUUvcGIAAAFaLVsSykJloAAXOAFAAA\
    AOjbfiCxxGf7AgAAAAAEWVo=
    """
  case lzma =
    """
    XQAAAAT//////////wAXC8koGWnE9v2PgNACNtv+Lt3qKQrZdWp6DFocR5I1LHAJfghdLaAerGV6JTgieXT5tCW9LQ\
    tXaBrTCnttzATXyQojZo48GDcGpFhiiIMjmAG6lFPIGXy0/4Ia42A=
    """
  case bz2 =
    """
    QlpoOTFBWSZTWVZY9mEAACXbgMmQQAHHgAEQbgreAAgYIABwYwAAAAAlE1J7UT1MmTamT0J+p8vp5SEMJgI11jGWAU\
    9qTHBFApIiNtBdHPSiDighrVhBi7KryMmWcp1VkOf4fltxYzXnVyCC8iDEDsXckU4UJBWWPZhA
    """
  case gz =
    """
    H4sIAAAAAAACA9PTTy1J1megKTAAAnNTUzANBOg0FraZGVC5gikDHUBpcUliEdBKhpEJ9MDxn5tfkkLb+DczMcET/+\
    Zo8W9uamLAoGAwGv80BwWJydmpKVwMo2AUjIJRMApGFgAAvz4IbAAKAAA=
    """
  case zst =
    """
    KLUv/QRojQIAUkMLELDrJNsU4kuKIyXv6FcNgRQG5qBC1oOPuYuoxqnk34y49pzBmap35t6juDNEDSBgLbA79fk5WN\
    W6KxzrSQMOYE7qgEv5VcIBBwWYTnwLkh3wkw==
    """

  var suffix: String { "\(self)" }

  func bytes() throws -> [UInt8] { try Array(#require(Data(base64Encoded: rawValue))) }
}

/// A file of a test's own, removed with its last reference.
final class ArchiveOnDisk {
  let path = NSTemporaryDirectory() + "envlock-archive-\(UInt64.random(in: 0 ... .max))"

  init(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// All members, those of a Debian package's control archive first.
  func read(
    _ kind: ArchiveReader.Kind, limits: ArchiveLimits = ArchiveLimits()
  ) throws(ArchiveFault) -> [ReadMember] {
    let reader = try ArchiveReader(path, kind, limits: limits)
    var found: [ReadMember] = []
    while let member = try reader.next() {
      var content: [UInt8] = []
      if case .file = member.kind { content = try reader.content(limit: 64 << 20) }
      found.append(ReadMember(member: member, content: content))
    }
    return found
  }

  /// What `expand` hands on.
  func expand(limit: Int) throws(ArchiveFault) -> [UInt8] {
    var found: [UInt8] = []
    try EnvlockNative.expand(file: path, limit: limit) { found += $0 }
    return found
  }
}
