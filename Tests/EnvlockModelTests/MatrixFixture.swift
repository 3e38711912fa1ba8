import EnvlockModel
import EnvlockVersions

/// A matrix of a few rows, to show the rules.
enum MatrixFixture {
  /// Its files; each may be replaced.
  static let files: [String: String] = [
    "cuda.json": """
    {"about": "x", "sources": {"notes": "release notes", "list": "wheel list"},
     "toolkits": [
       {"version": "13.1.0", "branch": 590, "preview": true, "source": "list"},
       {"version": "12.8.2", "branch": 570, "source": "list", "confidence": {"branch": "derived"}},
       {"version": "12.8.1", "driver": "570.124.06", "branch": 570, "source": "notes"},
       {"version": "12.8.0", "driver": "570.26", "branch": 570, "source": "notes"},
       {"version": "12.0.0", "driver": "525.60.13", "branch": 525, "source": "notes"},
       {"version": "10.1.105", "driver": "418.39", "branch": 418, "source": "notes"}],
     "minor_compatibility": [
       {"cuda_major": 13, "driver": "580", "source": "notes"},
       {"cuda_major": 12, "driver": "525.60.13", "below": "580", "source": "notes"}]}
    """,
    "gpus.json": """
    {"sources": {"page": "capability page"}, "gpus": [
      {"name": "A100-SXM4-40GB", "kind": "data-center", "architecture": "Ampere", "sm": "8.0", "source": "page"},
      {"name": "A100 80GB PCIe", "kind": "data-center", "architecture": "Ampere", "sm": "8.0", "source": "page"},
      {"name": "RTX 6000 Ada Generation", "kind": "workstation", "architecture": "Ada", "sm": "8.9",
       "source": "page"},
      {"name": "Quadro RTX 6000", "kind": "workstation", "architecture": "Turing", "sm": "7.5", "source": "page"},
      {"name": "GeForce GTX 1080", "kind": "geforce", "architecture": "Pascal", "sm": "6.1", "source": "page"},
      {"name": "GeForce GTX 1080 Ti", "kind": "geforce", "architecture": "Pascal", "sm": "6.1", "source": "page"},
      {"name": "Tesla T4", "kind": "data-center", "architecture": "Turing", "sm": "7.5", "source": "page"},
      {"name": "H200 (SXM5)", "aliases": ["H200"], "kind": "data-center", "architecture": "Hopper", "sm": "9.0",
       "source": "page"},
      {"name": "H200 NVL", "kind": "data-center", "architecture": "Hopper", "sm": "9.0", "source": "page"}]}
    """,
    "indexes.json": """
    {"sources": {"s": "a snapshot"}, "packages": ["torch", "torchvision"], "indexes": [
      {"name": "pytorch-cu128", "variant": "cu128", "cuda": "12.8", "url": "https://wheels.example/cu128",
       "source": "s"},
      {"name": "pytorch-cpu", "variant": "cpu", "url": "https://wheels.example/cpu", "source": "s"}]}
    """,
    "strata.json": """
    {"sources": {"s": "wheel names"}, "wheels": [
      {"wheel": "nvidia-cuda-runtime-cu12", "stratum": "cuda", "segments": 2, "source": "s"},
      {"wheel": "nvidia-cudnn-cu12", "stratum": "cudnn", "source": "s"}]}
    """,
    "torch.json": """
    {"sources": {"wheel": "the wheel", "script": "a build script"}, "builds": [
      {"version": "2.9.1", "arch": "x86_64", "cuda": "12.8", "kernels": ["7.5", "8.0"], "ptx": [],
       "linkage": "nvidia-wheels", "python": ["cp311", "cp313t"], "source": "wheel"},
      {"version": "2.9.1", "arch": "x86_64", "variant": "cu128", "cuda": "12.8", "index": "pytorch-cu128",
       "source": ["wheel", "script"], "confidence": {"variant": "derived"}},
      {"version": "2.9.1", "arch": "aarch64", "kernels": [], "ptx": [], "linkage": "none", "source": "wheel"},
      {"version": "2.4.0", "arch": "x86_64", "cuda": "12.0", "kernels": ["5.0"], "ptx": ["9.0"],
       "linkage": "bundled", "source": "wheel"}]}
    """,
    "tensorflow.json": """
    {"sources": {"wheel": "the wheel"}, "builds": [
      {"package": "tensorflow", "version": "2.21.0", "arch": "x86_64", "cuda": "12.0", "kernels": ["6.0"],
       "ptx": ["9.0"], "linkage": "nvidia-wheels", "and_cuda": "range", "source": "wheel"},
      {"package": "tensorflow", "version": "2.13.1", "arch": "x86_64", "cuda": "12.0", "linkage": "external",
       "tested": {"cuda": "11.8", "cudnn": "8.6"}, "adds": ["nvidia-cudnn-cu11==8.6.*"], "source": "wheel"},
      {"package": "tensorflow", "version": "2.11.0", "arch": "x86_64", "cuda": "12.0", "linkage": "external",
       "adds": [], "source": "wheel", "note": "no such wheels"},
      {"package": "tensorflow-cpu", "version": "2.21.0", "arch": "x86_64", "kernels": [], "ptx": [],
       "linkage": "none", "source": "wheel"}]}
    """,
  ]

  /// The fixture, with some files replaced or added, and one left out.
  ///
  /// - Throws: `MatrixError` when a file is broken or missing.
  static func matrix(
    replacing changes: [String: String] = [:], without missing: String? = nil
  ) throws(MatrixError) -> Matrix {
    var bytes: [String: [UInt8]] = [:]
    for (name, text) in files.merging(changes, uniquingKeysWith: { $1 }) where name != missing {
      bytes[name] = [UInt8](text.utf8)
    }
    return try Matrix(files: bytes)
  }
}
