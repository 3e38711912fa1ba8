import EnvlockModel
import EnvlockVersions
import Testing

@testable import EnvlockExport

@Suite struct PackageURLTests {
  @Test func `a wheel is named with its file, and its plus is encoded`() throws {
    let wheel = try Samples.wheel("torch", "2.9.1+cpu", tag: "cp311-cp311-manylinux_2_28_x86_64")
    #expect(
      PackageURL(wheel).description
        == "pkg:pypi/torch@2.9.1%2Bcpu?file_name=torch-2.9.1%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl")
  }

  @Test func `a direct reference says where it is`() throws {
    let wheel = try Samples.wheel("a", "1", index: nil, url: "https://x.example/a b/a-1.whl?x=1&y=2#z")
    #expect(
      PackageURL(wheel).description
        == "pkg:pypi/a@1?download_url=https://x.example/a%20b/a-1.whl%3Fx%3D1%26y%3D2%23z"
        + "&file_name=a-1-py3-none-any.whl")
  }

  @Test func `a package of Debian keeps the colon and the tilde of its version`() throws {
    let base = try Samples.debian(.linuxAMD64)
    guard case .debian(let debian) = base.system else { return }
    let texts = debian.packages.map { PackageURL($0, distribution: "debian-12").description }
    #expect(
      texts == [
        "pkg:deb/debian/base-files@12.4%2Bdeb12u15?arch=amd64&distro=debian-12",
        "pkg:deb/debian/git@1:2.39.5-0%2Bdeb12u2?arch=amd64&distro=debian-12",
        "pkg:deb/debian/git-man@1:2.39.5-0%2Bdeb12u2~bpo1?arch=all&distro=debian-12&upstream=git",
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12&upstream=glibc",
        "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12&upstream=gcc-12",
      ])
  }

  @Test func `an image is named by its manifest, and where it is by its repository`() throws {
    guard case .image(let image) = try Samples.image().system else { return }
    #expect(
      PackageURL(image, platform: .linuxARM64).description
        == "pkg:oci/cuda@sha256:" + String(repeating: "a1", count: 32)
        + "?arch=arm64&repository_url=registry.example.com:5000/nvidia/cuda&tag=12.8.1-base")
  }

  @Test func `a build of CPython is named by its file`() throws {
    guard case .build(let build) = try Samples.image().interpreter.origin else { return }
    #expect(
      PackageURL(build, version: "3.11.14").description
        == "pkg:generic/cpython@3.11.14?checksum=sha256:" + String(repeating: "cb", count: 32)
        + "&file_name=cpython-3.11.14%2B20260814-x86_64-unknown-linux-gnu-install_only.tar.gz")
  }

  @Test func `nothing in a name can end its part`() {
    let url = PackageURL(
      type: "generic", namespace: "a/b@c", name: "x?y#z%2F&é", version: "1/2",
      qualifiers: ["key": "a&b=c/d?e#f g"])
    #expect(
      url.description
        == "pkg:generic/a%2Fb%40c/x%3Fy%23z%252F%26%C3%A9@1%2F2?key=a%26b%3Dc/d%3Fe%23f%20g")
  }

  @Test(arguments: [
    ("pool/main/g/glibc/libc6_2.36_amd64.deb", "glibc"),
    ("pool/updates/main/libx/libxml2/libxml2_2.9_amd64.deb", "libxml2"),
    ("pool/main/g/other/libc6_2.36_amd64.deb", nil), ("libc6_2.36_amd64.deb", nil), ("", nil),
  ])
  func `the source package is the folder in the archive`(path: String, source: String?) throws {
    let package = LockedDebianPackage(
      name: "libc6", version: try DebianVersion("2.36"), architecture: "amd64", archive: .main, path: path,
      sha256: try Samples.digest(1), size: 1, dependencies: [])
    #expect(package.sourceName == source)
  }
}

@Suite struct DocumentIdentityTests {
  @Test func `a digest becomes a UUID of version 8`() throws {
    let digest = try Digest(
      sha256Hex: "0123456789abcdeffedcba98765432100123456789abcdeffedcba9876543210")
    #expect(DocumentIdentity.urn(digest) == "urn:uuid:01234567-89ab-8def-bedc-ba9876543210")
    #expect(
      DocumentIdentity.urn(try Samples.digest(0xFF)) == "urn:uuid:ffffffff-ffff-8fff-bfff-ffffffffffff")
    #expect(DocumentIdentity.urn(try Samples.digest(0)) == "urn:uuid:00000000-0000-8000-8000-000000000000")
  }
}
