package import EnvlockModel
import EnvlockRegistry
import EnvlockStore

extension ImagePuller {
  /// Reads what is installed in an image of a registry. Its layers come into the store, which holds them against their
  /// digests, and are read from there one after the other.
  ///
  /// - Parameters:
  ///   - reference: The image.
  ///   - platform: Which one of an index is meant; nil: the only one.
  ///   - progress: Somebody who watches.
  /// - Returns: What is in it.
  /// - Throws: A `UserFacingError` where there is no such image, or it is damaged.
  package func inventory(
    of reference: ImageReference, platform: Platform?, progress: any PullProgress
  ) async throws -> ImageInventory {
    let chosen: Platform
    if let platform { chosen = platform } else { chosen = try await onlyPlatform(of: reference) }
    return try await withLayout(of: reference, platforms: [chosen], progress: progress) { path in
      // Layers of gigabytes take a while, which the threads of tasks are too few for.
      var inventory = try await onThread { try ImageInventory.read(path, platform: chosen) }
      inventory.path = "\(reference)"
      return inventory
    }
  }

  /// The platform of the one image that a lock can be about.
  private func onlyPlatform(of reference: ImageReference) async throws -> Platform {
    let catalog = try await registry.catalog(reference)
    var found: [Platform] = []
    for platform in Platform.allCases where ImageInspector.mayHave(platform, catalog) {
      do throws(RegistryError) {
        _ = try await registry.image(for: platform, of: catalog)
        found.append(platform)
      } catch {
        guard case .noPlatform = error.cause else { throw error }
      }
    }
    guard let first = found.first else {
      let names = Platform.allCases.map(\.description).joined(separator: " or ")
      throw BadRequest("\(reference) has no image for \(names)")
    }
    guard found.count == 1 else {
      throw BadRequest("\(reference) has several images", hints: ["choose one with `--platform \(first)`"])
    }
    return first
  }
}
