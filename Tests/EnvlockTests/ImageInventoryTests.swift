import EnvlockImage
import EnvlockModel
import EnvlockStore
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import Envlock

/// What an image's files say of what is installed in it.
@Suite struct ImageInventoryTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Writes a layout with an image of these layers.
  private func write(_ layers: [[TarBuilder.Member]], architecture: String = "amd64") throws -> String {
    func blob(_ bytes: [UInt8], _ type: String) throws -> JSONValue {
      let digest = sha256(bytes)
      try folder.put(bytes, "image/blobs/sha256/\(digest.hex)")
      return [
        "digest": .string(digest.description), "mediaType": .string(type), "size": .integer(bytes.count),
      ]
    }
    let archives = layers.map { TarBuilder($0).build() }
    let config: JSONValue = [
      "architecture": .string(architecture), "os": "linux",
      "config": ["Cmd": ["python", "main.py"], "WorkingDir": "/opt/app"],
      "rootfs": ["type": "layers", "diff_ids": .array(archives.map { .string(sha256($0).description) })],
    ]
    let manifest: JSONValue = [
      "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "config": try blob(Array(config.canonical().utf8), "application/vnd.oci.image.config.v1+json"),
      "layers": .array(
        try archives.map { try blob($0, "application/vnd.oci.image.layer.v1.tar") }),
    ]
    let index: JSONValue = [
      "schemaVersion": 2,
      "manifests": [
        try blob(Array(manifest.canonical().utf8), "application/vnd.oci.image.manifest.v1+json")
      ],
    ]
    try folder.put(Array(index.canonical().utf8), "image/index.json")
    try folder.put(Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), "image/oci-layout")
    return folder("image")
  }

  private static let site = "opt/venv/lib/python3.11/site-packages"

  /// A project as pip leaves it.
  private func project(
    _ name: String, _ version: String, direct: String? = nil
  ) -> [TarBuilder.Member] {
    let info = "\(name)-\(version).dist-info"
    var members: [TarBuilder.Member] = [
      .file("\(Self.site)/\(name).py", "x = 1\n"),
      .file(
        "\(Self.site)/\(info)/METADATA", "Metadata-Version: 2.1\nName: \(name)\nVersion: \(version)\n\n"),
      .file(
        "\(Self.site)/\(info)/RECORD",
        "\(name).py,,\n../../../bin/\(name),,\n\(info)/METADATA,,\n\(info)/INSTALLER,,\n"),
      .file("\(Self.site)/\(info)/INSTALLER", "pip\n"),
      .file("opt/venv/bin/\(name)", "#!\n"),
    ]
    if let direct { members.append(.file("\(Self.site)/\(info)/direct_url.json", direct)) }
    return members
  }

  private let status = """
    Package: libc6
    Status: install ok installed
    Priority: required

    Package: git
    Status: install ok installed
    Priority: optional
    Depends: libc6 (>= 2.36), liberror-perl

    Package: liberror-perl
    Status: install ok installed
    Priority: optional

    Package: gone
    Status: deinstall ok config-files
    Priority: optional

    """

  @Test func `projects, packages of Debian and other files are told apart`() throws {
    let base: [TarBuilder.Member] = [
      .file("etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian 12\"\n"),
      .file("var/lib/dpkg/status", status), .file("var/lib/dpkg/info/git.list", "/.\n/bin/git\n"),
      .file("usr/bin/git", "git"), .file("opt/app/old.bin", "0123456789"),
    ]
    let url =
      #"{"url": "https://me:secret@git.example.com/tool", "vcs_info": {"vcs": "git", "commit_id": "01"}}"#
    let upper =
      project("numpy", "2.2.6") + project("tool", "0.1", direct: url) + project("six", "1.0")
      + [.file("opt/app/main.py", "print(1)")]
    let top: [TarBuilder.Member] =
      [
        .file("opt/app/.wh.old.bin", ""), .file("\(Self.site)/.wh.six-1.0.dist-info", ""),
        .file("\(Self.site)/.wh.six.py", ""), .file("opt/venv/bin/.wh.six", ""),
      ] + project("six", "1.17.0")
    let found = try ImageInventory.read(write([base, upper, top]), platform: nil)
    #expect(found.python?.description == "3.11")
    #expect(
      found.distributions.map { "\($0.name) \($0.version) \($0.directURL ?? "-")" } == [
        "numpy 2.2.6 -", "six 1.17.0 -", "tool 0.1 https://****@git.example.com/tool@01",
      ])
    #expect(found.system.codename == "bookworm")
    #expect(found.debianCount == 3)
    #expect(found.debianRoots == ["git"])
    #expect(
      found.unowned == [
        ImageInventory.Unowned(folder: "etc", count: 1, bytes: 60),
        ImageInventory.Unowned(folder: "opt/app", count: 1, bytes: 8),
      ])
    #expect(found.process.cmd == ["python", "main.py"])
    #expect(found.platform == .linuxAMD64)
  }

  @Test func `an opaque folder hides what lies below it, and a link out of the root is nothing`() throws {
    let top: [TarBuilder.Member] = [
      .file("\(Self.site)/.wh..wh..opq", ""), .file("../../etc/passwd", "root"),
    ]
    let found = try ImageInventory.read(write([project("six", "1.0"), top]), platform: .linuxAMD64)
    #expect(found.distributions == [])
    #expect(found.python == nil)
  }

  @Test func `an image in an archive, or in a registry, is read as one in a folder`() async throws {
    let path = try write([
      [.file("etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n"), .file("opt/app/a", "1")]
        + project("numpy", "2.2.6"),
      project("six", "1.17.0") + [.file("opt/app/.wh.a", "")],
    ])
    let here = try ImageInventory.read(path, platform: nil)
    #expect(here.distributions.count == 2)
    func same(_ found: ImageInventory) -> Bool {
      found.distributions == here.distributions && found.unowned == here.unowned
        && found.system.codename == "bookworm" && found.process == here.process
    }
    let reader = try LayoutReader(path)
    let image = try #require(try reader.images().first)
    func blob(_ digest: Digest, _ size: Int) -> LayoutBlob {
      LayoutBlob(file: "\(path)/blobs/sha256/\(digest.hex)", digest: digest, size: size)
    }
    let layers = try #require(image.manifest).layers.map { blob($0.digest, $0.size) }
    let documents = [image.manifestBytes, image.configBytes].map { LayoutBlob(document: $0) }
    try LayoutArchive.write(
      LayoutArchive.layout(try reader.index().index, blobs: documents + layers), to: folder("oci.tar"))
    try LayoutArchive.write(
      LayoutArchive.docker(config: documents[1], layers: layers, tags: []), to: folder("docker.tar"))
    for archive in ["oci.tar", "docker.tar"] {
      #expect(same(try ImageInventory.read(folder(archive), platform: nil)))
    }
    let registry = try PushRegistry { "\(sha256($0))" }
    let configuration = Configuration(cacheDirectory: folder("store"), environment: [:])
    let reference = try ImageReference("\(registry.host)/lab/image:1")
    _ = try await ImagePusher(configuration).push(imageAt: path, to: PushTarget(reference))
    let puller = try ImagePuller(configuration)
    let there = try await puller.inventory(of: reference, platform: nil, progress: NoPullProgress())
    #expect(same(there) && there.path == "\(reference)")
    await #expect(throws: (any Error).self) {
      try await puller.inventory(of: reference, platform: .linuxARM64, progress: NoPullProgress())
    }
  }

  @Test func `an image for another platform, an archive and a damaged layer are errors that say so`() throws {
    let path = try write([[.file("a", "b")]], architecture: "arm64")
    func message(_ path: String, _ platform: Platform?) -> String {
      do {
        return "\(try ImageInventory.read(path, platform: platform).platform)"
      } catch {
        return (error as? any UserFacingError)?.message ?? "\(error)"
      }
    }
    #expect(message(path, nil) == "linux/arm64")
    #expect(message(path, .linuxAMD64) == "\(path) has no image for linux/amd64")
    let broken = Array(TarBuilder([.file("a", String(repeating: "x", count: 5000))]).build().prefix(2000))
    let archive = try folder.put(broken, "broken.tar")
    #expect(message(archive, nil).hasSuffix("the archive is cut off in the middle of `a`"))
    #expect(message(folder("none"), nil).contains("none"))
  }
}
