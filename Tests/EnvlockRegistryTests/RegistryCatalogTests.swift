import EnvlockImage
import EnvlockModel
import EnvlockRegistry
import EnvlockStore
import EnvlockTestSupport
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct RegistryCatalogTests {
  private let registry: RegistryFixture
  private static let layers = [Array("lower layer".utf8), Array("upper layer".utf8)]

  init() throws { registry = try RegistryFixture() }

  private func catalog(_ rest: String = ":1") async throws -> RegistryCatalog {
    try await registry.client().client.catalog(registry.reference(rest))
  }

  private func failure(_ rest: String = ":1", _ variables: [String: String] = [:]) async -> RegistryError? {
    do {
      _ = try await registry.client(variables).client.catalog(registry.reference(rest))
      Issue.record("it was read")
    } catch let error as RegistryError {
      return error
    } catch { Issue.record("\(error)") }
    return nil
  }

  /// A statement about an image, as BuildKit puts it beside the images of an index.
  private func statement() -> ImageDescriptor {
    var descriptor = registry.put(image: [Array("statement".utf8)])
    descriptor.platform = ImagePlatform(os: "unknown", architecture: "unknown")
    return descriptor
  }

  // MARK: what is there

  @Test func `an index is read as it is, with everything below it once`() async throws {
    let images = ["amd64", "arm64", "s390x"].map { registry.put(image: Self.layers, architecture: $0) }
    let statement = statement()
    let strange = ImageDescriptor(mediaType: "application/x-strange", digest: sha256([7]), size: 1)
    let inner = ImageIndex(manifests: [images[2], images[0]]).bytes
    let nested = registry.put(manifest: inner, type: MediaType.dockerIndex)
    // Docker's own type, and spaces that no encoder of ours would write.
    let text = String(
      decoding: ImageIndex(manifests: [images[0], strange, statement, nested, images[1]]).bytes,
      as: UTF8.self)
    let outer = Array((text + "\n\n  ").utf8)
    registry.put(manifest: outer, type: MediaType.index, tag: "1")
    let catalog = try await catalog()
    #expect(catalog.root.digest == sha256(outer))
    #expect(catalog.root.mediaType == MediaType.index)
    #expect(catalog.rootBytes == outer)
    #expect(catalog.indexes == [inner])
    #expect(catalog.manifests.map(\.digest) == [images[0], statement, images[2], images[1]].map(\.digest))
    #expect(catalog.unknown.map(\.mediaType) == ["application/x-strange"])
    #expect(registry.asked == ["manifests/1", "manifests/\(nested.digest)"])
  }

  @Test func `a manifest without an index is a catalog of one`() async throws {
    let image = registry.put(image: Self.layers, tag: "1", type: MediaType.dockerManifest)
    let catalog = try await catalog()
    #expect(catalog.manifests == [catalog.root])
    #expect(catalog.root.digest == image.digest)
    let manifest = try await registry.client().client.manifest(catalog.root, of: catalog)
    #expect(manifest.config?.platform.architecture == "amd64")
    #expect(manifest.bytes == catalog.rootBytes)
    #expect(sha256(manifest.configBytes) == manifest.manifest.config.digest)
  }

  @Test func `what is no image has no configuration`() async throws {
    let image = registry.put(image: Self.layers)
    let statement = statement()
    registry.put(
      manifest: ImageIndex(manifests: [statement, image]).bytes, type: MediaType.index, tag: "1")
    let catalog = try await catalog()
    let client = registry.client().client
    #expect(try await client.manifest(catalog.manifests[0], of: catalog).config == nil)
    #expect(try await client.manifest(catalog.manifests[1], of: catalog).config != nil)
    let chart = ImageManifest(
      config: ImageDescriptor(mediaType: "application/x-chart", digest: sha256([1]), size: 1), layers: [])
    registry.put(manifest: chart.bytes, type: MediaType.manifest, tag: "chart")
    let alone = try await self.catalog(":chart")
    await #expect(throws: RegistryError.self) { try await client.manifest(alone.root, of: alone) }
  }

  // MARK: what lies

  @Test func `an index that a registry says to be within itself is refused`() async throws {
    let image = registry.put(image: Self.layers)
    let inner = registry.put(manifest: ImageIndex(manifests: [image]).bytes, type: MediaType.index)
    let outer = ImageIndex(manifests: [inner]).bytes
    registry.put(manifest: outer, type: MediaType.index, tag: "1")
    registry.content.withLock { $0.manifests["\(inner.digest)"] = (MediaType.index, outer) }
    #expect(
      await failure()?.cause
        == .wrongDigest("the manifest", expected: inner.digest, found: sha256(outer)))
  }

  @Test func `indexes without end are cut, and that is known`() async throws {
    let many = (0..<400).map { number in
      ImageDescriptor(
        mediaType: MediaType.manifest, digest: sha256("\(number)".utf8), size: 1,
        platform: ImagePlatform(os: "linux", architecture: "s390x"))
    }
    registry.put(manifest: ImageIndex(manifests: many).bytes, type: MediaType.index, tag: "1")
    let wide = try await catalog()
    #expect(wide.isTooDeep)
    #expect(wide.manifests.count < 200)
    #expect(throws: RegistryError.self) { try wide.requireWhole() }

    var descriptor = registry.put(image: Self.layers)
    for _ in 0..<9 {
      descriptor = registry.put(
        manifest: ImageIndex(manifests: [descriptor]).bytes, type: MediaType.index, tag: "2")
    }
    #expect(try await catalog(":2").isTooDeep)
    #expect(registry.server.requests.count < 8)
  }

  @Test func `a document that is a manifest and an index at once is refused`() async throws {
    let image = registry.put(image: Self.layers)
    let both = """
      {"schemaVersion":2,"config":{"mediaType":"\(MediaType.config)","digest":"\(image.digest)","size":1},\
      "layers":[],"manifests":[]}
      """
    for type in [MediaType.index, MediaType.manifest] {
      registry.put(manifest: Array(both.utf8), type: type, tag: "1")
      #expect(await failure()?.cause == .ambiguous)
    }
  }

  @Test func `a wrong Content-Type does not decide what a document is`() async throws {
    let image = registry.put(image: Self.layers)
    for type in ["text/plain", "application/json", MediaType.index, ""] {
      let bytes = registry.content.withLock { $0.manifests["\(image.digest)"]?.bytes ?? [] }
      registry.put(manifest: bytes, type: type, tag: "1")
      #expect(try await catalog().root.mediaType == MediaType.manifest)
    }
    registry.put(manifest: Array("<html>Log in first</html>".utf8), type: "text/html", tag: "1")
    #expect(await failure()?.cause == .notAnImage(mediaType: "text/html"))
  }

  @Test func `a manifest of more than 4 MiB is refused, whether it says so or not`() async throws {
    for length in [LoopbackServer.Length.true, .absent] {
      registry.intercept { _ in
        .init(headers: ["Content-Type": MediaType.manifest], filler: 100 << 20, length: length)
      }
      let error = await failure()
      #expect(error?.message.contains("larger than 4 MiB") == true)
    }
  }

  // MARK: what registries say

  @Test func `a registry's own words are shown, without anything that a terminal obeys`() async throws {
    registry.intercept { _ in
      .init(
        status: 403,
        body: Array(#"{"errors":[{"code":"DENIED","message":"not\u001b[31m you"},{"code":"x y"}]}"#.utf8))
    }
    let error = await failure()
    #expect(error?.details == ["\(registry.host) says DENIED: `not\\u{1b}[31m you`"])
    registry.intercept { _ in .init(status: 418, body: Array("no JSON".utf8)) }
    #expect(await failure()?.details == [])
  }

  @Test func `a registry that repeats credentials is not quoted`() async throws {
    let auth = Data("anna:geheim".utf8).base64EncodedString()
    try registry.folder.put("{\"auths\":{\"\(registry.host)\":{\"auth\":\"\(auth)\"}}}".utf8, "d/config.json")
    registry.intercept { request in
      guard let shown = request["authorization"] else {
        return .init(status: 401, headers: ["WWW-Authenticate": "Basic realm=x"])
      }
      return .init(
        status: 403, body: Array(#"{"errors":[{"code":"DENIED","message":"\#(shown) geheim"}]}"#.utf8))
    }
    let error = await failure(":1", ["DOCKER_CONFIG": registry.folder("d")])
    #expect(error?.cause == .forbidden(hasCredentials: true))
    #expect(error?.details == ["\(registry.host) says DENIED"])
    for text in [error?.message ?? "", "\(String(describing: error))"] {
      #expect(!text.contains("geheim") && !text.contains(auth))
    }
  }

  @Test func `a registry that was asked too often is waited for, but not for long`() async throws {
    registry.put(image: Self.layers, tag: "1")
    registry.intercept { request in
      guard request.number < 5 else { return nil }
      return RegistryFixture.refusal(429, "TOOMANYREQUESTS", headers: ["Retry-After": "1"])
    }
    _ = try await catalog()
    registry.intercept { _ in
      RegistryFixture.refusal(429, "TOOMANYREQUESTS", headers: ["Retry-After": "31"])
    }
    let before = registry.server.requests.count
    #expect(await failure()?.cause == .rateLimited(seconds: 31, hasCredentials: false))
    #expect(registry.server.requests.count == before + 1)
  }
}

@Suite(.timeLimit(.minutes(10))) struct ReferrersTests {
  private let registry: RegistryFixture
  private let subject = sha256("the image".utf8)
  private static let types = ["application/vnd.cyclonedx+json", "application/vnd.in-toto+json"]

  init() throws { registry = try RegistryFixture() }

  private func list(_ types: [String]) -> [UInt8] {
    ImageIndex(
      manifests: types.map { type in
        var descriptor = ImageDescriptor(
          mediaType: MediaType.manifest, digest: sha256(type.utf8), size: 1)
        descriptor.artifactType = type
        return descriptor
      }
    ).bytes
  }

  private func referrers() async throws -> RegistryReferrers {
    try await registry.client().client.referrers(of: subject, in: registry.reference())
  }

  @Test func `the referrers API is asked, page by page, on the same host`() async throws {
    let (first, second) = (list([Self.types[0]]), list(Self.types))
    let elsewhere = registry.server.url("/v2/team/app/elsewhere", host: "localhost")
    registry.intercept { request in
      switch request.path {
      case let path where path.hasSuffix("/referrers/\(sha256("the image".utf8))"):
        .init(
          headers: ["Link": "</v2/team/app/referrers/more?last=1>; rel=\"next\""], body: first)
      case let path where path.hasSuffix("/more?last=1"):
        .init(headers: ["Link": "<\(elsewhere)>; rel=\"next\""], body: second)
      default: nil
      }
    }
    let found = try await referrers()
    #expect(found.manifests.map(\.artifactType) == Self.types)
    #expect(!found.isCut)
    #expect(registry.server.requests.count == 2)
  }

  @Test(arguments: [404, 405, 200])
  func `without the API the tag is asked that stands in for it`(status: Int) async throws {
    registry.put(manifest: list(Self.types), type: MediaType.index, tag: "sha256-\(subject.hex)")
    registry.intercept { request in
      guard request.path.contains("/referrers/") else { return nil }
      return .text("<html>a page for people</html>", type: "text/html", status: status)
    }
    #expect(try await referrers().manifests.map(\.artifactType) == Self.types)
    #expect(registry.server.requests.count == 2)
  }

  @Test func `nothing that refers to an image is an empty list`() async throws {
    #expect(try await referrers().manifests.isEmpty)
    registry.intercept { _ in .init(status: 418) }
    await #expect(throws: RegistryError.self) { try await referrers() }
  }
}
