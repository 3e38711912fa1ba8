import EnvlockModel
import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockExport

@Suite struct BillTests {
  private static let tool = ExportTool(version: "0.1.0")

  private let none: Digest

  init() throws { none = try Samples.digest(0) }

  private func bill(_ answers: [PlatformLock]) throws -> BillOfMaterials {
    BillOfMaterials(
      name: "resnet", lock: try Samples.lock(answers), digest: try Samples.digest(9), answers: answers)
  }

  /// A stand-in for SHA-256: what counts here is that it depends on every byte.
  private func hash(_ text: String) -> Digest {
    // FNV-1a, spread over the bytes.
    var state: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let bytes = (0..<32).map { UInt8(truncatingIfNeeded: state >> UInt64($0 % 8 * 8)) &+ UInt8($0) }
    guard let digest = Digest(bytes: bytes) else {
      Issue.record("32 bytes are a digest")
      return none
    }
    return digest
  }

  @Test func `CycloneDX lists two platforms over Debian, what they share once`() throws {
    let bill = try bill([Samples.torch(), Samples.torch(.linuxARM64)])
    try expectGolden(
      CycloneDXDocument(bill, tool: Self.tool).json(hash: hash).canonical(), "cyclonedx-debian.json")
  }

  @Test func `CycloneDX says that an image below holds more than is listed`() throws {
    let bill = try bill([Samples.torch(base: Samples.image())])
    let tool = ExportTool(version: "0.1.0", created: "2026-11-30T09:00:00Z")
    try expectGolden(
      CycloneDXDocument(bill, tool: tool).json(hash: hash).canonical(), "cyclonedx-image.json")
  }

  @Test func `SPDX lists two platforms over Debian`() throws {
    let bill = try bill([Samples.torch(), Samples.torch(.linuxARM64)])
    try expectGolden(
      SPDXDocument(bill, tool: Self.tool).json(hash: hash).canonical(), "spdx-debian.json")
  }

  @Test func `SPDX of wheels alone says nothing of what is below`() throws {
    let tool = ExportTool(version: "0.1.0", created: "2026-11-30T09:00:00Z")
    try expectGolden(
      SPDXDocument(try bill([Samples.plain()]), tool: tool).json(hash: hash).canonical(), "spdx-wheels.json")
  }

  @Test func `every edge leads to a part, and every part is led to`() throws {
    for answers in [
      [try Samples.torch(), try Samples.torch(.linuxARM64)], [try Samples.torch(base: Samples.image())],
      [try Samples.plain()],
    ] {
      let bill = try bill(answers)
      let ids = Set(bill.parts.map(\.id))
      #expect(ids.count == bill.parts.count)
      let needs = Set((bill.parts + [bill.environment]).flatMap(\.needs))
      #expect(needs == ids)
    }
  }

  @Test func `what is another document has another name`() throws {
    let one = try bill([Samples.torch()])
    let names = [
      CycloneDXDocument(one, tool: Self.tool).json(hash: hash)["serialNumber"],
      CycloneDXDocument(one, tool: ExportTool(version: "0.1.1")).json(hash: hash)["serialNumber"],
      CycloneDXDocument(try bill([Samples.torch(.linuxARM64)]), tool: Self.tool).json(hash: hash)[
        "serialNumber"],
      SPDXDocument(one, tool: Self.tool).json(hash: hash)["documentNamespace"],
    ]
    #expect(Set(names.map { $0?.stringValue }).count == names.count)
    #expect(
      CycloneDXDocument(one, tool: Self.tool).json(hash: hash)
        == CycloneDXDocument(one, tool: Self.tool).json(hash: hash))
  }

  @Test func `hostile names stay in their place, and SPDX names stay unique`() throws {
    let evil = "x\"},{\n\u{1}/..:é"
    let packages = try ["libfoo+", "libfoo-", "libfoo~"].map { name in
      LockedDebianPackage(
        name: name, version: try DebianVersion("1"), architecture: evil, archive: .main, path: evil,
        sha256: try Samples.digest(7), size: 1, dependencies: [name, "absent"])
    }
    var answer = try Samples.plain()
    answer.base = LockedBase(
      system: .debian(
        LockedDebian(suite: evil, security: true, essential: [], requested: [], packages: packages)),
      interpreter: LockedInterpreter(version: try Version("3.13.1"), origin: .debian(package: "libfoo+")))
    let bill = BillOfMaterials(
      name: evil, lock: try Samples.lock([answer]), digest: try Samples.digest(9), answers: [answer])
    for document in [
      CycloneDXDocument(bill, tool: Self.tool).json(hash: hash),
      SPDXDocument(bill, tool: Self.tool).json(hash: hash),
    ] {
      #expect(try JSONValue(parsing: Array(document.canonical().utf8)) == document)
    }
    let spdx = SPDXDocument(bill, tool: Self.tool).json(hash: hash)
    let names = spdx["packages"]?.arrayValue?.compactMap { $0["SPDXID"]?.stringValue } ?? []
    #expect(names.count == bill.parts.count + 1)
    #expect(Set(names).count == names.count)
    #expect(
      names.allSatisfy { name in
        name.hasPrefix("SPDXRef-")
          && name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D
              || byte == 0x2E
          }
      })
  }
}

@Suite struct ProvenanceTests {
  @Test func `a statement names the image, the lock and every artifact`() throws {
    let answers = [try Samples.torch(), try Samples.torch(.linuxARM64)]
    let bill = BillOfMaterials(
      name: "resnet", lock: try Samples.lock(answers), digest: try Samples.digest(9), answers: answers)
    let statement = ProvenanceStatement(
      subjects: [
        ProvenanceStatement.Subject(
          name: "registry.example.com/lab/resnet", digest: try Samples.digest(0x51)),
        ProvenanceStatement.Subject(
          name: "registry.example.com/lab/resnet (linux/amd64)", digest: try Samples.digest(0x52)),
      ], bill: bill, lock: try Samples.digest(9), platforms: [.linuxAMD64, .linuxARM64],
      image: ImageDeclaration(
        copy: ["train.py"], workdir: "/app", entrypoint: ["python"], cmd: ["train.py"],
        env: ["A": "b \"c\""], user: "1000", labels: ["org.example.team": "vision"], bytecode: true),
      layers: ProvenanceStatement.Layers(compression: "splice", isStargz: true),
      tool: ExportTool(version: "0.1.0"))
    try expectGolden(statement.json.canonical(), "provenance.json")
  }

  @Test func `who built and when is said where it is known`() throws {
    let answer = try Samples.plain()
    let bill = BillOfMaterials(
      name: "x", lock: try Samples.lock([answer]), digest: try Samples.digest(9), answers: [answer])
    let json = ProvenanceStatement(
      subjects: [], bill: bill, lock: try Samples.digest(9), platforms: [.linuxAMD64],
      builder: "https://ci.example.com/gpu",
      tool: ExportTool(version: "0.1.0", created: "2026-11-30T09:00:00Z")
    ).json
    let details = json["predicate"]?["runDetails"]
    #expect(details?["builder"]?["id"] == "https://ci.example.com/gpu")
    #expect(details?["metadata"]?["finishedOn"] == "2026-11-30T09:00:00Z")
    let parameters = json["predicate"]?["buildDefinition"]?["externalParameters"]
    #expect(parameters?["image"] == nil && parameters?["layers"] == nil)
  }
}
