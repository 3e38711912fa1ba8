import EnvlockImage
import EnvlockStore

extension LaidImage {
  /// Unpacks the image into a folder: the files that its container sees, for a runtime that wants them on the disk.
  ///
  /// As root, files get the owners that the image names, and devices are made; as an ordinary user, all is that user's.
  /// Each layer is verified on the way, and nothing that it holds leads out of the folder. Programs that run with their
  /// owner's rights keep that, so the folder belongs in one that others may not enter.
  ///
  /// - Parameters:
  ///   - folder: A folder that is not there yet, in one that is.
  ///   - progress: Gets how many bytes of all layers were read, and how many there are, from another thread.
  /// - Returns: A sentence for each kind of thing that was left out, since this user or file system cannot have it.
  /// - Throws: A `UserFacingError`, after which nothing of it stays; `CancellationError` likewise.
  public func unpack(
    to folder: String, progress: @escaping @Sendable (_ read: Int, _ size: Int) -> Void = { _, _ in }
  ) async throws -> [String] {
    let reader = try LayoutReader(path)
    guard
      let image = try reader.images().first(where: { $0.platform.runs(on: platform) }),
      image.descriptor?.digest == manifest
    else {
      throw ImageLabelError(
        path: path,
        message: "another image took its place",
        hints: [])
    }
    return try await ImageUnpacker(image).unpack(to: folder, progress: progress)
  }

  /// Removes a folder that an image was unpacked to, or one that such a folder is in. No link is followed, and nothing is
  /// removed where something is still mounted in it.
  ///
  /// - Parameter folder: The folder; it may be gone already.
  /// - Throws: A `UserFacingError` that names the first thing that stays.
  public static func removeUnpacked(_ folder: String) throws { try FolderTree.remove(folder) }
}
