public import EnvlockRunSpec
import EnvlockStore

/// An unpacked image with its configuration, as `runc` and `crun` start it (OCI runtime-spec, bundle.md).
public enum RunBundle {
  /// Makes a bundle, does something with it, and removes it.
  ///
  /// - Parameters:
  ///   - image: The image.
  ///   - cacheDirectory: Where envlock keeps what it fetched; the bundle lies below it meanwhile.
  ///   - files: Its documents by name; the root of the configuration is the folder "rootfs" beside them.
  ///   - body: Gets the bundle's folder, an absolute path.
  /// - Returns: What the body gives, and what the user should know of the unpacking.
  /// - Throws: A `UserFacingError` where the image cannot be unpacked.
  public static func with<Result>(
    _ image: LaidImage, below cacheDirectory: String, files: [SpecFile], _ body: (String) throws -> Result
  ) async throws -> (Result, notes: [String]) {
    // What a program that was killed leaves there is removed by the next that builds or runs.
    let folder = try ArchivePacker(folder: cacheDirectory).scratchFolder()
    let path = try folder.absolutePath()
    let root = path + "/rootfs"
    let notes = try await image.unpack(to: root)
    // Whoever runs it may have made files that a plain removal does not get at.
    defer { try? LaidImage.removeUnpacked(root) }
    for file in files {
      try AtomicFile.write(Array(try file.text().utf8), to: "\(path)/\(file.name)", durability: .cached)
    }
    return try withExtendedLifetime(folder) { (try body(path), notes) }
  }
}
