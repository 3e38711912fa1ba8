import EnvlockImage
import EnvlockIndexes
import EnvlockModel
import EnvlockStore

/// The front door to images: turns a lock into the layers and documents of images.
///
/// An image depends on the lock and on what the request says of it, on nothing else. Layers that the store has are not
/// made again.
public struct ImageBuilder: Sendable {
  let configuration: Configuration

  /// Opens nothing yet.
  public init(_ configuration: Configuration) { self.configuration = configuration }
}
