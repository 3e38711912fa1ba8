import EnvlockModel

/// Licences of NVIDIA's vGPU software.
enum VGPULicence {
  /// The names of the products that a cell of the matrix lists: "vGPU for Compute, NVIDIA AI Enterprise" has two.
  static func names(_ product: String) -> [Substring] {
    product.split(separator: ",").map { $0.drop { $0 == " " } }
  }

  /// Whether a licence that a site says it has is one of them.
  static func covers(_ product: String, stated: String) -> Bool {
    !stated.isEmpty && names(product).contains { $0.lowercased().hasPrefix(stated.lowercased()) }
  }
}

extension VGPUType {
  /// Whether each vGPU of this type has a whole MIG instance; several may share one where the type has less memory.
  func hasInstance(_ matrix: Matrix) -> Bool {
    gpus.contains { gpu in
      matrix.mig(of: gpu)?.profiles.contains { profile in
        profile.computeSlices == slices && GPUGranter.nominalGiB(profile.name) == memoryGB
      } == true
    }
  }
}
