import EnvlockData
import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Testing

@testable import EnvlockCLI

@Suite struct RenderSharingTests {
  private func compare(
    _ gpus: [String], users: Int, memory: String? = nil, isolation: GPUIsolation? = nil, count: Int? = nil
  ) throws -> SharingComparison {
    try SharingChooser(matrix: .embedded).compare(
      SharingRequest(
        gpus: gpus, count: count, users: users, memory: try memory.map { try ByteCount($0) },
        isolation: isolation))
  }

  private let plain = Style(isColoured: false)

  @Test func `a comparison is a table, the pick with its places, and why the others are not possible`() throws
  {
    let text = try [
      compare(["A100-80GB"], users: 7, memory: "8GiB", isolation: .hardware),
      compare(["T4", "A30"], users: 9, memory: "5GiB"),
      compare(["T4"], users: 2, memory: "8GiB", isolation: .hardware, count: 1),
    ].map { RenderSharing.text($0, plain) }.joined(separator: "\n")
    try expectGolden(text, "sharing.txt")
  }

  @Test func `a comparison for programs has every way with its numbers`() throws {
    let comparison = try compare(["A100-SXM4-80GB"], users: 9, memory: "8GiB", isolation: .hardware)
    let json = RenderSharing.json(comparison)
    let value = try JSONValue(parsing: json)
    #expect(value["options"]?.arrayValue?.count == 6)
    try expectGolden(json, "sharing.json")
  }

  @Test func `a packing is a table of GPUs with their jobs`() throws {
    let packer = GPUPacker(matrix: .embedded)
    let jobs = try PackJob.read(
      json: """
        [{"name": "serve", "count": 3, "gpu-memory": "8GiB", "isolation": "hardware"},
         {"name": "tune", "count": 2, "gpu-memory": "30GiB", "isolation": "hardware"},
         {"name": "train", "gpu": "whole"}, {"name": "no\\u001btebook", "count": 2, "gpu-memory": "8GiB"}]
        """)
    let packing = try packer.pack(jobs, on: [PackGPU("A100-SXM4-80GB")])
    let shared = try packer.pack(
      [PackJob(name: "a", count: 3, memory: ByteCount("4GiB"))], on: [PackGPU("T4")])
    let text = [packing, shared, try packer.pack([], on: [PackGPU("T4")])]
      .map { RenderPacking.text($0, plain) }.joined(separator: "\n")
    try expectGolden(text, "packing.txt")
    let json = RenderPacking.json(packing)
    #expect(!json.utf8.contains(0x1B))
    try expectGolden(json, "packing.json")
  }
}
