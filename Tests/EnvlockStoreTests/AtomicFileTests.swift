import EnvlockModel
import EnvlockStore
import Foundation
import Testing

@Suite struct AtomicFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [AtomicFile.Durability.synced, .cached])
  func `makes and replaces a file and leaves nothing beside it`(durability: AtomicFile.Durability) throws {
    try AtomicFile.write([1, 2, 3], to: folder("lock"), durability: durability)
    #expect(folder.bytes("lock") == [1, 2, 3])
    try AtomicFile.write([], to: folder("lock"), durability: durability)
    #expect(folder.bytes("lock") == [])
    #expect(folder.files == ["lock"])
    let mode = try FileManager.default.attributesOfItem(atPath: folder("lock"))[.posixPermissions] as? Int
    #expect(mode.map { $0 & 0o133 } == 0)
  }

  @Test func `names what it cannot write and why`() throws {
    try FileManager.default.createDirectory(atPath: folder("sub"), withIntermediateDirectories: false)
    try folder.put([7], "file")
    let cases = [
      ("sub", "cannot write `\(folder("sub"))`: it is a folder"),
      ("none/lock", "cannot write `\(folder("none/lock"))`: its folder does not exist"),
      ("file/lock", "cannot write `\(folder("file/lock"))`: a part of its path is no folder"),
    ]
    for (name, message) in cases {
      let failure = #expect(throws: FileFailure.self) { try AtomicFile.write([1], to: folder(name)) }
      #expect(failure?.message == message)
      #expect(failure?.kind == .couldNotFindOut)
    }
    #expect(folder.files == ["file"])
  }

  @Test func `a full disk leaves the old file whole`() throws {
    // Every write to this device fails as on a full disk; it is no regular file, so it is written to in place.
    let failure = #expect(throws: FileFailure.self) { try AtomicFile.write([1], to: "/dev/full") }
    #expect(failure?.message == "cannot write `/dev/full`: the disk is full")
  }

  @Test(.enabled(if: getuid() != 0, "root may write everywhere"))
  func `a read-only folder leaves the old file whole`() throws {
    try AtomicFile.write([1], to: folder("lock"))
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path) }
    let failure = #expect(throws: FileFailure.self) { try AtomicFile.write([2], to: folder("lock")) }
    #expect(failure?.message == "cannot write `\(folder("lock"))`: permission denied")
    #expect(failure?.hints == ["`-o FILE` writes it elsewhere"])
    #expect(folder.bytes("lock") == [1])
  }

  @Test func `a symbolic link stays one`() throws {
    try folder.put([1], "target")
    try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "target")
    try AtomicFile.write([2], to: folder("link"))
    #expect(folder.bytes("target") == [2])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("link")) == "target")
    #expect(folder.files == ["link", "target"])
  }

  @Test func `a device is written to`() throws {
    try AtomicFile.write([1, 2, 3], to: "/dev/null")
    #expect(
      try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
        == .typeCharacterSpecial)
  }

  @Test func `readers never see half a file`() async throws {
    let path = folder("lock")
    let sizes = [10_000, 200_000]
    try AtomicFile.write([UInt8](repeating: 0, count: sizes[0]), to: path, durability: .cached)
    let seen = await withTaskGroup(of: Set<Int>.self) { group in
      for writer in 0..<2 {
        group.addTask {
          for round in 0..<100 {
            let bytes = [UInt8](repeating: 0, count: sizes[(writer + round) % 2])
            try? AtomicFile.write(bytes, to: path, durability: .cached)
          }
          return []
        }
      }
      group.addTask { Set((0..<200).map { _ in FileManager.default.contents(atPath: path)?.count ?? -1 }) }
      return await group.reduce(into: Set()) { $0.formUnion($1) }
    }
    #expect(seen.isSubset(of: Set(sizes)))
    #expect(folder.files == ["lock"])
  }

  @Test func `a long name is no hindrance`() throws {
    let name = String(repeating: "n", count: 250)
    try AtomicFile.write([1], to: folder(name))
    #expect(folder.files == [name])
  }
}
