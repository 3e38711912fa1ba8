import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockNodeFacts
import EnvlockVersions

/// A node that somebody states to the matrix.
enum MatrixNode {
  /// The facts that texts state.
  ///
  /// - Parameters:
  ///   - driver: The driver's version; nil where nothing was said.
  ///   - gpus: Models or compute capabilities.
  ///   - platform: The system.
  ///   - matrix: The data, which must know the models.
  /// - Returns: The facts, with a gap for what was not given.
  /// - Throws: A `UserFacingError` for a text that cannot be meant, and for a model that the matrix does not know.
  static func facts(driver: String?, gpus: [String], platform: Platform, _ matrix: Matrix) throws -> NodeFacts
  {
    let facts = try NodeFacts.declared(driver: driver, gpus: gpus, platform: platform)
    for gpu in facts.gpus where gpu.capability == nil {
      guard let name = gpu.product ?? gpu.vgpuType, matrix.gpus(matching: name).isEmpty else { continue }
      // The name of a vGPU stands for a part of a model; the rules know what to make of it.
      if gpu.vgpuType != nil { continue }
      let near = matrix.gpuNames(near: name)
      throw UsageError(
        "the GPU “\(Printable.text(name))” is not known",
        hints: (near.isEmpty ? [] : ["did you mean \(near.joined(separator: ", "))?"])
          + ["a compute capability such as `8.0` will do as well"])
    }
    return facts
  }

  /// Reads "driver 525.85.12, gpu T4, gpu A100".
  ///
  /// - Returns: The texts of the driver and of the GPUs.
  /// - Throws: `UsageError` for a part that names neither, and for nothing at all.
  static func phrase(_ text: String) throws(UsageError) -> (driver: String?, gpus: [String]) {
    var driver: String?
    var gpus: [String] = []
    for part in text.split(separator: ",") {
      let words = part.split { " =:\t".contains($0) }
      guard let first = words.first?.lowercased() else { continue }
      let rest = words.dropFirst().joined(separator: " ")
      switch first {
      case "driver" where rest.isEmpty, "gpu" where rest.isEmpty, "gpus" where rest.isEmpty:
        throw UsageError("--on: nothing stands behind “\(first)”", hints: [example])
      case "driver":
        guard driver == nil else {
          throw UsageError("--on: a node has one driver", hints: ["leave `driver \(rest)` out"])
        }
        driver = rest
      case "gpu", "gpus": gpus.append(rest)
      default:
        let near = NearestName.of(first, among: ["driver", "gpu"])
        throw UsageError(
          "--on: “\(Printable.text(words.joined(separator: " ")))” says neither what the driver nor what the GPU is",
          hints: (near.map { ["did you mean `\($0) \(rest)`?"] } ?? []) + [example])
      }
    }
    guard driver != nil || !gpus.isEmpty else { throw UsageError("--on names no node", hints: [example]) }
    return (driver, gpus)
  }

  private static let example = "write it like `--on \"driver 525.85.12, gpu T4\"`"
}

extension Variables {
  /// The platform of an option, its variable, or linux/amd64.
  ///
  /// - Throws: `UsageError` for a text that names none.
  func platform(_ option: String?) throws(UsageError) -> Platform {
    guard let text = option ?? text(.platform) else { return .linuxAMD64 }
    do {
      return try Platform(text)
    } catch {
      throw UsageError(error, in: option == nil ? Variable.platform.rawValue : "--platform")
    }
  }
}
