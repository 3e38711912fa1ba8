/// The frameworks' own switches for repeatable results.
enum Determinism {
  /// Variables by name.
  ///
  /// Sources: NVIDIA cuBLAS, "Results Reproducibility"; PyTorch, "Reproducibility"; TensorFlow,
  /// `tf.config.experimental.enable_op_determinism`; Python, `PYTHONHASHSEED`; NVIDIA, "TF32 in the framework containers".
  static func variables(_ framework: RunFramework?) -> [String: String] {
    var variables = [
      "CUBLAS_WORKSPACE_CONFIG": ":4096:8", "NVIDIA_TF32_OVERRIDE": "0", "PYTHONHASHSEED": "0",
      // Sums depend on how many threads add: one thread gives the same on every machine.
      "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    ]
    if framework == .tensorflow {
      variables["TF_DETERMINISTIC_OPS"] = "1"
      variables["TF_CUDNN_DETERMINISTIC"] = "1"
      variables["TF_NUM_INTEROP_THREADS"] = "1"
      variables["TF_NUM_INTRAOP_THREADS"] = "1"
    }
    return variables
  }
}
