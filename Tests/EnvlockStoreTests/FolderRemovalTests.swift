import EnvlockStore
import Foundation
import Glibc
import Testing

@Suite(.timeLimit(.minutes(10))) struct FolderRemovalTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder("tree/a/b"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: folder("kept"), withIntermediateDirectories: true)
    try folder.put([1], "kept/file")
  }

  private func isThere(_ name: String) -> Bool {
    var status = stat()
    return lstat(folder(name), &status) == 0
  }

  @Test func `removes everything below, and follows no link`() throws {
    try folder.put([1], "tree/a/b/file")
    symlink(folder("kept"), folder("tree/a/link"))
    symlink("../kept/file", folder("tree/other"))
    mkfifo(folder("tree/a/pipe"), 0o600)
    try FolderTree.remove(folder("tree") + "/")
    #expect(!isThere("tree"))
    #expect(isThere("kept/file"))
  }

  @Test func `removes a link, not what it leads to`() throws {
    symlink("kept", folder("link"))
    try FolderTree.remove(folder("link"))
    #expect(!isThere("link"))
    #expect(isThere("kept/file"))
  }

  @Test func `removes what nobody may read or write`() throws {
    try folder.put([1], "tree/a/b/file")
    for (name, mode) in [("tree/a/b/file", 0o000), ("tree/a/b", 0o000), ("tree/a", 0o500), ("tree", 0o111)] {
      chmod(folder(name), mode_t(mode))
    }
    try FolderTree.remove(folder("tree"))
    #expect(!isThere("tree"))
  }

  @Test func `removes names that are no text`() throws {
    let name = folder("tree/a").utf8CString.dropLast() + [0x2F, -1, -2, 0]
    #expect(mkdir(Array(name), 0o700) == 0)
    try FolderTree.remove(folder("tree"))
    #expect(!isThere("tree"))
  }

  @Test func `removes folders that are deeper than files can be open`() throws {
    var descriptor = open(folder("tree/a"), O_RDONLY | O_DIRECTORY)
    for _ in 0..<6000 {
      #expect(mkdirat(descriptor, "deep", 0o700) == 0)
      let inner = openat(descriptor, "deep", O_RDONLY | O_DIRECTORY)
      close(descriptor)
      descriptor = inner
    }
    close(descriptor)
    try FolderTree.remove(folder("tree"))
    #expect(!isThere("tree"))
  }

  @Test func `what is not there need not be removed`() throws {
    try FolderTree.remove(folder("nothing"))
    try FolderTree.remove(folder("no/where"))
  }

  @Test(.enabled(if: FolderRemovalTests.canMount)) func `leaves a folder alone that something is mounted in`()
    throws
  {
    #expect(FolderRemovalTests.mount(folder("kept"), at: folder("tree/a/b")))
    defer { FolderRemovalTests.unmount(folder("tree/a/b")) }
    let failure = #expect(throws: FileFailure.self) { try FolderTree.remove(folder("tree")) }
    #expect(failure?.message == "cannot remove `\(folder("tree/a/b"))`: something is mounted in it")
    #expect(isThere("tree/a/b/file"))
    #expect(isThere("kept/file"))
  }

  private static var canMount: Bool {
    guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
    defer { unmount(folder.path) }
    return mount(folder.path, at: folder.path)
  }

  private static func mount(_ source: String, at target: String) -> Bool {
    (try? LayerFixture.run("mount", ["--bind", source, target])) != nil
  }

  private static func unmount(_ target: String) { _ = try? LayerFixture.run("umount", [target]) }
}
