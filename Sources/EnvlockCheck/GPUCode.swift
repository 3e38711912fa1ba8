package import EnvlockVersions

/// Which of a program's GPU code a GPU uses (CUDA C++ Programming Guide, "Compute Capabilities", and CUDA Compiler
/// Driver, "GPU Compilation").
enum GPUCode {
  /// What a GPU makes of a program's code.
  enum Use: Hashable, Sendable {
    /// It runs compiled code.
    case compiled
    /// The driver compiles the PTX of this compute capability.
    case ptx(ComputeCapability)
    /// It has no compiled code for it, and whether it has PTX is unknown.
    case perhaps
    /// It has nothing for it.
    case none
  }

  /// Compiled code for X.Y runs on X.Y and on higher minors of X; PTX for p runs on p and everything newer.
  ///
  /// - Parameters:
  ///   - gpu: the GPU's compute capability.
  ///   - kernels: those of the compiled code.
  ///   - ptx: those of the PTX; nil where that is unknown.
  /// - Returns: what the GPU runs.
  static func use(
    by gpu: ComputeCapability, kernels: [ComputeCapability], ptx: [ComputeCapability]?
  ) -> Use {
    if kernels.contains(where: { $0.major == gpu.major && $0.minor <= gpu.minor }) { return .compiled }
    guard let ptx else {
      // PTX is made for one of the architectures that there is code for; no GPU runs that of a newer one.
      return kernels.contains { $0 < gpu } ? .perhaps : .none
    }
    return ptx.filter { $0 <= gpu }.max().map { .ptx($0) } ?? .none
  }
}

/// A target of the compiler whose code is for one architecture or family alone: "9.0a", "10.0f".
///
/// Code for `a` runs on exactly that compute capability; code for `f` on it and on higher minors of the same major
/// version; neither on a newer major, not even as PTX.
package struct SpecificTarget: Hashable, Sendable {
  /// The compute capability in its name.
  package let capability: ComputeCapability
  /// Whether it is for a family, `f`, instead of one architecture, `a`.
  package let isFamily: Bool

  /// Reads "9.0a", "sm_90a", "10.0f"; nil for a target without such a letter and for anything else.
  package init?(_ text: some StringProtocol) {
    guard let letter = text.last, letter == "a" || letter == "f",
      let capability = try? ComputeCapability(text.dropLast())
    else { return nil }
    self.capability = capability
    isFamily = letter == "f"
  }

  /// Whether its code runs on a GPU.
  package func runs(on gpu: ComputeCapability) -> Bool {
    isFamily ? gpu.major == capability.major && gpu.minor >= capability.minor : gpu == capability
  }
}
