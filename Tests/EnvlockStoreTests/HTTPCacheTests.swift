import EnvlockTestSupport
import Foundation
import Testing

@testable import EnvlockStore

@Suite struct HTTPCacheTests {
  private let folder: TemporaryFolder
  private let cache: HTTPCache
  private let url = "https://example.org/simple/torch/"
  private var path: String { cache.path(kind: "page-1", url: url) }
  private var name: String { String(path.dropFirst(folder.path.count + 1)) }

  init() throws {
    folder = try TemporaryFolder()
    cache = HTTPCache(folder: folder("cache"))
  }

  private func entry(_ payload: [UInt8]) -> CacheEntry {
    CacheEntry(
      url: url, status: 200, times: .init(fetchedAt: 1000, freshUntil: 1600), entityTag: "\"a\"",
      lastModified: "Tue, 24 Nov 2026 00:00:00 GMT",
      body: .init(payload, contentType: "text/html", url: url), payload: payload)
  }

  @Test(arguments: [0, 1, 3000, 3980, 4000, 4100, 5000, 1_000_000])
  func `an entry comes back as it was`(size: Int) throws {
    let entry = entry((0..<size).map { UInt8(truncatingIfNeeded: $0) })
    try cache.write(entry, to: path)
    #expect(cache.read(path, url: url) == entry)
    #expect(folder.files == ["cache/CACHEDIR.TAG", name])
  }

  @Test func `an entry without validators and with a long URL comes back`() throws {
    let url = "https://example.org/" + String(repeating: "x", count: 9000)
    let path = cache.path(kind: "page-1", url: url)
    let entry = CacheEntry(
      url: url, status: 404, times: .init(fetchedAt: 1, freshUntil: 2), entityTag: nil, lastModified: nil,
      payload: [9])
    try cache.write(entry, to: path)
    #expect(cache.read(path, url: url) == entry)
  }

  @Test func `folders are made for their owner only`() throws {
    try cache.write(entry([]), to: path)
    for name in ["cache", "cache/http"] {
      let mode = try FileManager.default.attributesOfItem(atPath: folder(name))[.posixPermissions] as? Int
      #expect(mode.map { $0 & 0o077 } == 0)
    }
  }

  @Test func `kinds and URLs have entries of their own`() throws {
    let paths = [
      ("page-1", "https://a/"), ("page-2", "https://a/"), ("page-1", "https://b/"), ("../x", "https://a/"),
    ]
    .map { cache.path(kind: $0, url: $1) }
    #expect(Set(paths).count == 4)
    #expect(paths.allSatisfy { $0.hasPrefix(cache.folder + "/") && !$0.contains("..") })
    try cache.write(entry([1]), to: path)
    // A file under the wrong name is not believed.
    #expect(cache.read(path, url: "https://example.org/simple/numpy/") == nil)
  }

  @Test func `a revalidation changes the times only`() throws {
    try cache.write(entry([1, 2, 3]), to: path)
    try cache.refresh(.init(fetchedAt: 2000, freshUntil: 3000), at: path)
    var expected = entry([1, 2, 3])
    expected.times = .init(fetchedAt: 2000, freshUntil: 3000)
    #expect(cache.read(path, url: url) == expected)
  }

  @Test func `a file cut anywhere is no entry`() throws {
    try cache.write(entry([1, 2, 3]), to: path)
    let bytes = try #require(folder.bytes(name))
    for length in 0..<bytes.count {
      try folder.put(Array(bytes.prefix(length)), name)
      #expect(cache.read(path, url: url) == nil)
    }
    try folder.put(bytes + [0], name)
    #expect(cache.read(path, url: url) == nil)
  }

  @Test func `a byte changed anywhere is no entry, or one of unknown age`() throws {
    let whole = entry([1, 2, 3])
    try cache.write(whole, to: path)
    let bytes = try #require(folder.bytes(name))
    for place in bytes.indices {
      var rotten = bytes
      rotten[place] ^= 0x41
      try folder.put(rotten, name)
      var expected: CacheEntry? = nil
      if (12..<32).contains(place) {
        expected = whole
        expected?.times = .init(fetchedAt: 0, freshUntil: 0)
      }
      #expect(cache.read(path, url: url) == expected)
    }
  }

  @Test func `random files never trap`() throws {
    var random = SplitMix64(seed: 3)
    try cache.write(entry([1, 2, 3]), to: path)
    let bytes = try #require(folder.bytes(name))
    for _ in 0..<500 {
      var rotten = bytes
      for _ in 0..<8 {
        rotten[Int.random(in: 8..<70, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      try folder.put(rotten, name)
      // Only the times may have been hit.
      if let read = cache.read(path, url: url) {
        #expect(read.payload == [1, 2, 3] && read.times.freshUntil == 0)
      }
    }
  }

  @Test func `a folder in the place of an entry is no entry, and an error to write`() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    #expect(cache.read(path, url: url) == nil)
    #expect(throws: FileFailure.self) { try cache.write(entry([]), to: path) }
    #expect(throws: FileFailure.self) { try cache.refresh(.init(fetchedAt: 0, freshUntil: 0), at: path) }
  }
}
