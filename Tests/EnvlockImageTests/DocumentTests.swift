import EnvlockImage
import EnvlockModel
import EnvlockTestSupport
import Foundation
import Testing

@Suite struct DocumentTests {
  private static let layer = ImageDescriptor(
    of: [1, 2, 3], mediaType: MediaType.layerGzip, annotations: ["b": "2", "a": "1"])

  private static func config() -> ImageConfig {
    var process = ImageConfig.Process()
    process.user = "1000:1000"
    process.env = ["PATH=/usr/bin", "LANG=C.UTF-8"]
    process.entrypoint = ["python3"]
    process.cmd = ["train.py"]
    process.workingDirectory = "/srv/train"
    process.labels = ["org.example.cuda": "12.8"]
    process.exposedPorts = ["8888/tcp"]
    process.volumes = ["/data"]
    process.stopSignal = "SIGINT"
    return ImageConfig(
      platform: ImagePlatform(.linuxARM64), created: Timestamp.text(0), process: process,
      diffIDs: [SmallSHA256.of([1]), SmallSHA256.of([2])],
      history: [.init(createdBy: "envlock build", comment: "torch"), .init(isEmptyLayer: true)])
  }

  private static func manifest() -> ImageManifest {
    ImageManifest(
      config: ImageDescriptor(of: config().bytes, mediaType: MediaType.config), layers: [layer],
      annotations: [AnnotationKey.title: "resnet"])
  }

  private static func index() -> ImageIndex {
    ImageIndex(
      manifests: [
        ImageDescriptor(
          of: manifest().bytes, mediaType: MediaType.manifest, platform: ImagePlatform(.linuxAMD64),
          annotations: [AnnotationKey.refName: "latest"])
      ], annotations: ["x": "y"])
  }

  @Test func `documents are read back as they were`() throws {
    #expect(try ImageConfig(bytes: Self.config().bytes, name: "c") == Self.config())
    #expect(try ImageManifest(bytes: Self.manifest().bytes, name: "m") == Self.manifest())
    #expect(try ImageIndex(bytes: Self.index().bytes, name: "i") == Self.index())
    #expect(try ImageLayout(bytes: ImageLayout().bytes, name: "l") == ImageLayout())
    let bare = ImageConfig(platform: ImagePlatform(.linuxAMD64))
    #expect(try ImageConfig(bytes: bare.bytes, name: "c") == bare)
  }

  @Test func `documents look like this`() throws {
    let documents = [Self.index().bytes, Self.manifest().bytes, Self.config().bytes, ImageLayout().bytes]
    try expectGolden(String(decoding: documents.joined(), as: UTF8.self), "documents.json")
  }

  @Test(
    arguments: [
      (#"{"schemaVersion": 1}"#, "schemaVersion: only version 2 is known"),
      (#"{"schemaVersion": 2, "mediaType": "text/plain"}"#, "mediaType: expected \(MediaType.manifest)"),
      (#"{"schemaVersion": 2}"#, "the key `config` is missing"),
      (
        #"{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "sha256:00", "size": 1}}"#,
        "config.digest: "
      ),
      (
        #"{"schemaVersion": 2, "config": {"mediaType": "a/b", "size": 1}}"#,
        "config: the key `digest` is missing"
      ),
      ("[", "line 1, column 2: "),
    ])
  func `a manifest that is none is refused`(text: String, reason: String) throws {
    let fault = try #require(throws: ImageDocumentError.self) {
      try ImageManifest(bytes: Array(text.utf8), name: "m.json")
    }
    #expect(fault.message.hasPrefix("m.json is no image manifest: \(reason)"))
  }

  @Test func `what Docker wrote is read too`() throws {
    let digest = SmallSHA256.of([])
    let text = """
      {"schemaVersion": 2, "mediaType": "\(MediaType.dockerManifest)",
       "config": {"mediaType": "\(MediaType.dockerConfig)", "size": 10, "digest": "\(digest)"},
       "layers": [{"mediaType": "\(MediaType.dockerLayerGzip)", "size": 20, "digest": "\(digest)"}]}
      """
    let manifest = try ImageManifest(bytes: Array(text.utf8), name: "m")
    #expect(manifest.layers.map { MediaType.compression(of: $0.mediaType) } == [.gzip])
    #expect(MediaType.standard(manifest.config.mediaType) == MediaType.config)
    let config = """
      {"architecture": "amd64", "os": "linux", "docker_version": "20.10", "container_config": {"Cmd": 5},
       "config": {"Env": null, "Entrypoint": null, "Labels": null, "Volumes": null, "OnBuild": null},
       "rootfs": {"type": "layers", "diff_ids": []}, "history": null}
      """
    #expect(
      try ImageConfig(bytes: Array(config.utf8), name: "c")
        == ImageConfig(platform: ImagePlatform(.linuxAMD64)))
  }

  @Test func `variables are set where they stand`() {
    var process = ImageConfig.Process()
    process.env = ["A=1", "AB=2", "A=3"]
    #expect(process.variable("A") == "3")
    process.setVariable("A", to: "4")
    process.setVariable("C", to: "5=6")
    #expect(process.env == ["A=4", "AB=2", "C=5=6"])
    #expect(process.variable("C") == "5=6")
    #expect(process.variable("B") == nil)
  }

  @Test func `an image runs on the system that it names`() {
    #expect(ImagePlatform(os: "linux", architecture: "arm64", variant: "v8").runs(on: .linuxARM64))
    #expect(ImagePlatform(.linuxAMD64).runs(on: .linuxAMD64))
    #expect(!ImagePlatform(os: "windows", architecture: "amd64").runs(on: .linuxAMD64))
    #expect(!ImagePlatform(os: "linux", architecture: "amd64", variant: "v3").runs(on: .linuxAMD64))
  }

  // The OCI's own schemas, where they lie beside the checkout.
  @Test(.enabled(if: JSONSchema.folder != nil))
  func `documents are what the published schemas want`() throws {
    let folder = try #require(JSONSchema.folder)
    let schemas = [
      ("image-manifest-schema.json", Self.manifest().json), ("image-index-schema.json", Self.index().json),
      ("config-schema.json", Self.config().json), ("content-descriptor.json", Self.layer.json),
      ("image-layout-schema.json", ImageLayout().json),
    ]
    for (name, document) in schemas {
      #expect(try JSONSchema(folder: folder).faults(in: document, schema: name) == [])
    }
    // The check can fail.
    let broken: JSONValue = ["schemaVersion": 1, "config": [:], "layers": []]
    #expect(try !JSONSchema(folder: folder).faults(in: broken, schema: "image-manifest-schema.json").isEmpty)
  }
}
