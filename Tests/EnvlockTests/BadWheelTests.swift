import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Testing

/// Wheels that must not be installed, each with the digest that the lock says: the build names the wheel, writes no image
/// and leaves a sound store.
@Suite(.timeLimit(.minutes(10))) struct BadWheelTests {
  private let place: BuildPlace

  init() throws { place = try BuildPlace() }

  private static let info = "bad-1.0.dist-info"

  /// A wheel with further members; they are not in its RECORD.
  private static func wheel(_ further: [WheelBuilder.Member] = []) -> WheelBuilder {
    var builder = WheelBuilder(name: "bad", version: "1.0").recorded
    builder.members = further + builder.members
    return builder
  }

  /// A wheel with a deflated member.
  private static func deflated(_ content: String, as stored: [UInt8]) -> WheelBuilder {
    wheel([WheelBuilder.Member("bad/data", Array(content.utf8), deflated: storedBlocks(stored))])
  }

  /// A wheel in a form that is read by all, though not often written.
  enum Fine: String, CaseIterable {
    case zip64, prefix, executable, caseOfFolders

    var bytes: [UInt8] {
      switch self {
      case .zip64:
        var builder = wheel()
        builder.isZip64 = true
        return builder.build()
      case .prefix:
        var builder = wheel()
        builder.prefix = Array("#!/bin/sh\n".utf8)
        return builder.build()
      case .executable:
        return ZipBytes(wheel([.init("bad/run", "x")])).settingMode(0o100755, of: "bad/run").bytes
      case .caseOfFolders: return wheel([.init("bad/A/x", "x"), .init("bad/a/y", "y")]).build()
      }
    }
  }

  enum Fault: String, CaseIterable {
    case duplicate, overlap, absolute, parent, backslash, control, whiteout, sameButForCase, sameButForForm
    case fileAndFolder, symbolicLink, device, encrypted, method
    case sum, hash, tooLong, tooShort, notDeflated, bomb, ratio
    case cutOff, empty, web, twoInfos, noRecord, otherName

    /// The wheel.
    var bytes: [UInt8] {
      switch self {
      case .duplicate: return wheel([.init("bad/x", "one"), .init("bad/x", "two")]).build()
      case .overlap:
        let inner = WheelBuilder.Member("bad/inner", "inside")
        let outer = WheelBuilder.Member("bad/outer", ZipBytes.only(inner))
        return ZipBytes(wheel([inner, outer])).moving("bad/inner", into: "bad/outer").bytes
      case .absolute: return wheel([.init("/etc/passwd", "root::0")]).build()
      case .parent: return wheel([.init("../../../../etc/passwd", "root::0")]).build()
      case .backslash: return wheel([.init("..\\x", "x")]).build()
      case .control: return wheel([.init("bad/\u{1B}[2Jx", "x")]).build()
      case .whiteout: return wheel([.init("bad/.wh.other", "")]).build()
      case .sameButForCase: return wheel([.init("bad/X", "one"), .init("bad/x", "two")]).build()
      case .sameButForForm:
        var builder = wheel([.init("bad/\u{E9}", "one"), .init("bad/e\u{301}", "two")])
        builder.isUTF8 = true
        return builder.build()
      case .fileAndFolder: return wheel([.init("bad/x", "one"), .init("bad/x/y", "two")]).build()
      case .symbolicLink:
        return ZipBytes(wheel([.init("bad/x", "/etc/passwd")])).settingMode(0o120777, of: "bad/x").bytes
      case .device: return ZipBytes(wheel([.init("bad/x", "")])).settingMode(0o020666, of: "bad/x").bytes
      case .encrypted: return ZipBytes(wheel()).setting(6, 2, to: 1, of: "bad/__init__.py").bytes
      case .method: return ZipBytes(wheel()).setting(8, 2, to: 12, of: "bad/__init__.py").bytes
      case .sum: return ZipBytes(wheel()).setting(14, 4, to: 0xBAD, of: "bad/__init__.py").bytes
      case .hash:
        var builder = wheel()
        for index in builder.members.indices where builder.members[index].path == "bad/__init__.py" {
          builder.members[index].content[0] ^= 1
        }
        return builder.build()
      case .tooLong: return deflated("four", as: Array("fours".utf8)).build()
      case .tooShort: return deflated("fours", as: Array("four".utf8)).build()
      case .notDeflated:
        var builder = deflated("four", as: Array("four".utf8))
        builder.members[0].deflated = [0xFF, 0xFF, 0xFF]
        return builder.build()
      case .bomb: return deflated("four", as: [UInt8](repeating: 0, count: 1 << 22)).build()
      case .ratio:
        return ZipBytes(deflated("four", as: Array("four".utf8))).setting(22, 4, to: 1 << 31, of: "bad/data")
          .bytes
      case .cutOff: return wheel().build().dropLast(30)
      case .empty: return []
      case .web: return Array("<!DOCTYPE html><html>Log in</html>".utf8)
      case .twoInfos: return wheel([.init("other-1.0.dist-info/METADATA", "Name: other")]).build()
      case .noRecord:
        var builder = wheel()
        builder.members.removeAll { $0.path == "\(info)/RECORD" }
        return builder.build()
      case .otherName: return WheelBuilder(name: "good", version: "1.0").recorded.build()
      }
    }

    /// What is said of it, and of what.
    var clauses: [String] {
      switch self {
      case .duplicate: ["`bad/x` is in it twice"]
      case .overlap: ["`bad/inner` shares bytes with `bad/outer`"]
      case .absolute: ["`/etc/passwd`", "begins with a slash"]
      case .parent: ["`../../../../etc/passwd`", "it has a part `..`"]
      case .backslash: ["it holds a backslash"]
      case .control: ["`bad/\\u{1b}[2Jx`", "it holds a control character"]
      case .whiteout: ["`bad/.wh.other`", "deletes files"]
      case .sameButForCase: ["`bad/x` differs from `bad/X` only by case or Unicode form"]
      case .sameButForForm: ["only by case or Unicode form"]
      case .fileAndFolder: ["`bad/x` is a file, and a folder"]
      case .symbolicLink: ["`bad/x` is a symbolic link"]
      case .device: ["`bad/x` is neither a file nor a folder"]
      case .encrypted: ["`bad/__init__.py` is encrypted"]
      case .method: ["`bad/__init__.py` is compressed by method 12"]
      case .sum: ["bad/__init__.py` has the CRC"]
      case .hash: ["bad/__init__.py` is not the file that the RECORD lists"]
      case .tooLong, .bomb: ["bad/data` holds more than the 4 bytes that it says"]
      case .tooShort: ["bad/data` holds 4 bytes instead of 5"]
      case .notDeflated: ["bad/data` is not deflated"]
      case .ratio: ["`bad/data` is said to hold more than its bytes can"]
      case .cutOff, .empty, .web: ["it is no zip file, or one that is cut off"]
      case .twoInfos: ["one .dist-info folder"]
      case .noRecord: ["dist-info/RECORD`"]
      case .otherName: ["one .dist-info folder of its own name"]
      }
    }
  }

  @Test(arguments: Fault.allCases)
  func `a wheel with a fault is named, and nothing comes of it`(fault: Fault) async throws {
    let good = try place.mirror.wheel("good")
    let bad = try place.mirror.wheel("bad", "1.0", fault.bytes)
    let request = BuildRequest(lock: try place.mirror.lock([good, bad]))
    let error = await #expect(throws: (any Error).self) { try await place.build(request) }
    let shown = try #require(error as? any UserFacingError, "\(String(describing: error))")
    #expect(shown.kind == .badInput)
    #expect(shown.message.contains("bad-1.0-py3-none-any.whl"), "\(shown.message)")
    for clause in fault.clauses { #expect(shown.message.contains(clause), "\(shown.message)") }
    #expect(place.folder.files(in: "out") == [])
    #expect(try place.faults() == [])
    // Again, with all that is in the store by now.
    let again = await #expect(throws: (any Error).self) {
      try await place.build(request) { $0.offline = true }
    }
    #expect((again as? any UserFacingError)?.message == shown.message)
    // The others are built as if nothing had been.
    let images = try await place.build(BuildRequest(lock: try place.mirror.lock([good])))
    let clean = try await place.build(
      BuildRequest(lock: try place.mirror.lock([good])), to: "clean", store: "clean")
    #expect(images.digest == clean.digest)
  }

  @Test(arguments: Fine.allCases)
  func `a wheel in an unusual form is built`(form: Fine) async throws {
    let wheel = try place.mirror.wheel("bad", "1.0", form.bytes)
    let request = BuildRequest(lock: try place.mirror.lock([wheel]))
    try await place.build(request)
    let expectations = try await place.builder().expectations(request)
    #expect(try await ImageVerifier(place.out("image")).verify(expectations).lines == [])
  }

  @Test func `what RECORD leaves out is installed, and said`() async throws {
    let wheel = try place.mirror.wheel("bad", "1.0", Self.wheel([.init("bad/x", "x")]).build())
    let images = try await place.build(BuildRequest(lock: try place.mirror.lock([wheel])))
    #expect(images.notes == ["bad-1.0-py3-none-any.whl: its RECORD does not list `bad/x`"])
  }
}
