import EnvlockModel
import EnvlockVersions

/// Which GPUs the kernels of a framework run on, in words.
enum RenderGPUs {
  /// "compute capability 7.0 to 12.0 (Volta to Blackwell); kernels for each, no PTX".
  static func text(_ framework: FrameworkStratum) -> String {
    let kernels = framework.kernels
    guard let first = kernels.first, let last = kernels.last else { return "not known" }
    let names = [architecture(first), architecture(last)].compactMap { $0 }
    var text = "compute capability \(first)"
    if first != last { text += " to \(last)" }
    if let from = names.first, let to = names.last {
      text += from == to ? " (\(from))" : " (\(from) to \(to))"
    }
    text += "; "
    let isWithoutGaps = servers.allSatisfy { $0 < first || $0 > last || runs($0, with: kernels) }
    text +=
      isWithoutGaps ? "kernels for each" : "kernels for " + kernels.map(\.description).joined(separator: ", ")
    if let ptx = framework.ptx {
      text += ptx.isEmpty ? ", no PTX" : ", PTX " + ptx.map(\.description).joined(separator: ", ")
    }
    return text
  }

  /// A kernel runs on GPUs of its own major version with an equal or higher minor version.
  private static func runs(_ gpu: ComputeCapability, with kernels: [ComputeCapability]) -> Bool {
    kernels.contains { $0.major == gpu.major && $0.minor <= gpu.minor }
  }

  /// Compute capabilities of desktop and server GPUs; those of Jetson boards need builds of their own.
  ///
  /// Source: NVIDIA, CUDA GPU Compute Capability.
  private static let servers: [ComputeCapability] = [
    "3.5", "3.7", "5.0", "5.2", "6.0", "6.1", "7.0", "7.5", "8.0", "8.6", "8.9", "9.0", "10.0", "10.3",
    "12.0",
    "12.1",
  ].compactMap { try? ComputeCapability($0) }

  private static func architecture(_ capability: ComputeCapability) -> String? {
    switch (capability.major, capability.minor) {
    case (3, _): "Kepler"
    case (5, _): "Maxwell"
    case (6, _): "Pascal"
    case (7, ..<5): "Volta"
    case (7, _): "Turing"
    case (8, 9): "Ada"
    case (8, _): "Ampere"
    case (9, _): "Hopper"
    case (10...12, _): "Blackwell"
    default: nil
    }
  }
}
