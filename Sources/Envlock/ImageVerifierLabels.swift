import EnvlockImage
public import EnvlockModel
import EnvlockStore
import EnvlockVersions

extension ImageVerifier {
  /// The lock that the images are of, as far as their labels tell it: the strata of each platform, without wheels. Enough
  /// to check whether nodes can run them.
  ///
  /// - Throws: A `UserFacingError` where there is no image, or one does not say what is in it.
  public func labelledLock() throws -> Lockfile { try Lockfile(labels: labels, of: path) }
}

extension Lockfile {
  /// The lock that images are of, as far as their labels tell it.
  ///
  /// - Parameters:
  ///   - images: The platform and the labels of each image, by ascending platform.
  ///   - name: Where they lie.
  /// - Throws: `ImageLabelError` where there is no image, or one does not say what is in it.
  init(labels images: [(platform: Platform, labels: [String: String])], of name: String)
    throws(ImageLabelError)
  {
    var answers: [PlatformLock] = []
    var lock: Digest?
    for image in images {
      do throws(LabelFault) {
        let labels = try EnvironmentLabels(labels: image.labels)
        answers.append(try labels.answer(for: image.platform))
        lock = lock ?? labels.lock
      } catch {
        throw ImageLabelError(path: name, message: error.message, hints: error.hints)
      }
    }
    guard let lock else {
      let names = Platform.allCases.map(\.description).joined(separator: " or ")
      throw ImageLabelError(path: name, message: "there is no image for \(names)", hints: [])
    }
    // Labels tell neither the manifest nor the matrix that the lock was made from.
    self.init(manifest: lock, matrix: lock, request: [:], platforms: answers)
  }
}

extension EnvironmentLabels {
  /// The answer of a lock that these labels are of, without its wheels.
  ///
  /// - Throws: `LabelFault` where there is no such Python.
  func answer(for platform: Platform) throws(LabelFault) -> PlatformLock {
    let python: PythonVersion
    do {
      python = try PythonVersion(self.python.publicVersion.description)
    } catch {
      throw LabelFault(EnvironmentLabels.prefix + "python", "\(self.python)")
    }
    // JAX has no stratum; its name alone says what the environment is.
    var wheels: [LockedWheel] = []
    if let jax, let name = try? ProjectName("jax") {
      wheels.append(
        LockedWheel(
          name: name, version: jax, fileName: "", sha256: lock, size: nil, index: nil, url: nil,
          dependencies: []))
    }
    return PlatformLock(
      platform: platform, python: python, strata: strata, targets: [], roots: [], wheels: wheels)
  }
}

extension LayoutReader {
  /// The images, for somebody to whom a bundle is none.
  ///
  /// - Throws: As `images()` does; `ImageLabelError` for a bundle.
  func imagesUnlessBundle() throws -> [Image] {
    let images = try images()
    guard images.isEmpty, try EnvironmentBundle(self) != nil else { return images }
    throw ImageLabelError(
      path: path, message: "it is a bundle, and no image",
      hints: ["`envlock build --bundle \(path)` builds the image"])
  }
}

/// An image that does not say what is in it.
struct ImageLabelError: UserFacingError, Hashable {
  let message: String
  let hints: [String]
  let kind = ErrorKind.badInput

  init(path: String, message: String, hints: [String]) {
    self.message = "`\(path)`: \(message)"
    self.hints = hints
  }
}
