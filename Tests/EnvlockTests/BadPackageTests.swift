import Envlock
import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import Foundation
import Testing

/// Packages that must not be unpacked, each with the digest that the lock says.
@Suite(.timeLimit(.minutes(10))) struct BadPackageTests {
  private let place: BuildPlace

  init() throws { place = try BuildPlace() }

  enum Fault: String, CaseIterable {
    case device, pipe, parent, absolute, whiteout, twice, throughLink, hardLinkOut, hardLinkAway, overOther
    case notPackage, cutOff, noControl, noData, badName

    var data: [TarBuilder.Member] {
      switch self {
      case .device: [TarBuilder.Member("./dev/sda", type: "3")]
      case .pipe: [TarBuilder.Member("./run/pipe", type: "6")]
      case .parent: [.file("./../../etc/shadow", "x")]
      case .absolute: [.file("/etc/shadow", "x")]
      case .whiteout: [.file("./etc/.wh.passwd", "")]
      case .twice: [.file("./etc/x", "one"), .file("./etc/x", "two")]
      case .throughLink: [.link("./usr/share/x", "/etc"), .file("./usr/share/x/shadow", "x")]
      case .hardLinkOut: [.link("./etc/x", "../../etc/shadow", type: "1")]
      case .hardLinkAway: [.link("./etc/x", "./etc/shadow", type: "1")]
      case .overOther: [.file("./usr/lib/os-release", "ID=other\n")]
      case .badName: [TarBuilder.Member("./etc/a\nb", type: "0")]
      default: [.file("./etc/x", "one")]
      }
    }

    var bytes: [UInt8] {
      let control = TarBuilder.Member.file("./control", "Package: bad\nVersion: 1.0-1\n")
      var builder = DebianBuilder(data, control: [control])
      switch self {
      case .notPackage: return Array("<html>Log in</html>".utf8)
      case .cutOff: return builder.build().dropLast(700)
      case .noControl: builder.members[1].content = TarBuilder([.file("./other", "x")]).build()
      case .noData: builder.members.removeLast()
      default: break
      }
      return builder.build()
    }

    /// What is said of it.
    var clause: String {
      switch self {
      case .device: "`./dev/sda` of the package bad is a "
      case .pipe: "`./run/pipe` of the package bad is a "
      case .parent, .absolute: "is no path in an image"
      case .whiteout: "deletes files"
      case .twice: "`./etc/x` of the package bad is there twice"
      case .throughLink: "usr/share/x"
      case .hardLinkOut: "is no path in an image"
      case .hardLinkAway: "hard link to `./etc/shadow`"
      case .overOther: "are not the same"
      case .notPackage, .noControl, .noData: "no Debian package"
      case .cutOff: "is cut off"
      case .badName: "control character"
      }
    }
  }

  @Test(arguments: Fault.allCases)
  func `a package with a fault is named, and nothing comes of it`(fault: Fault) async throws {
    let mirror = place.mirror
    let bad = try mirror.package("bad", bytes: fault.bytes)
    let wheel = try mirror.wheel("alpha")
    // What another package has is only asked about within a layer.
    var base = try mirror.base([bad])
    if fault == .overOther, case .debian(let debian) = base.system {
      base = LockedBase(
        system: .debian(
          LockedDebian(
            suite: debian.suite, security: false, essential: debian.essential + ["bad"], requested: [],
            packages: debian.packages)), interpreter: base.interpreter)
    }
    let error = await #expect(throws: (any Error).self) {
      try await place.build(BuildRequest(lock: try mirror.lock([wheel], over: base)))
    }
    let shown = try #require(error as? any UserFacingError, "\(String(describing: error))")
    #expect(shown.kind == .badInput)
    #expect(
      ["bad_1.0-1_all.deb", "package bad", "layer “bad”"].contains { shown.message.contains($0) },
      "\(shown.message)")
    #expect(shown.message.contains(fault.clause), "\(shown.message)")
    #expect(place.folder.files(in: "out") == [])
    #expect(try place.faults() == [])
    let images = try await place.build(BuildRequest(lock: try mirror.lock([wheel])))
    let clean = try await place.build(
      BuildRequest(lock: try mirror.lock([wheel])), to: "clean", store: "clean")
    #expect(images.digest == clean.digest)
  }
}
