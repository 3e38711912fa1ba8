import EnvlockCheck
import EnvlockModel

/// A column of a table of the matrix.
struct MatrixColumn: Hashable, Sendable {
  /// What stands over it.
  let title: String
  /// The field.
  let key: String

  /// What stands in a row: nothing where the matrix does not say, "none" where it says that there is none.
  func text(_ row: MatrixGenericRow) -> String {
    guard let value = row.fields[key] else { return "" }
    switch key {
    case "python": return Self.pythons(value)
    case "kernels", "ptx", "sm", "specific", "arch":
      guard let elements = value.arrayValue, !elements.isEmpty else { return value.words }
      return elements.map(\.words).joined(separator: " ")
    default: return value.words
    }
  }

  /// "3.10-3.14 3.14t" for the tags from "cp310" on.
  private static func pythons(_ value: JSONValue) -> String {
    guard let tags = value.arrayValue?.compactMap(\.stringValue), !tags.isEmpty else { return value.words }
    var runs: [(first: String, last: String, minor: Int?)] = []
    for tag in tags {
      guard tag.hasPrefix("cp3"), let minor = Int(tag.dropFirst(3)) else {
        let isCPython = tag.hasPrefix("cp2") || tag.hasPrefix("cp3")
        runs.append((isCPython ? "\(tag.dropFirst(2).prefix(1)).\(tag.dropFirst(3))" : tag, "", nil))
        continue
      }
      if let last = runs.last, let known = last.minor, known + 1 == minor {
        runs[runs.count - 1] = (last.first, "3.\(minor)", minor)
      } else {
        runs.append(("3.\(minor)", "3.\(minor)", minor))
      }
    }
    return runs.map { $0.last.isEmpty || $0.first == $0.last ? $0.first : "\($0.first)-\($0.last)" }
      .joined(separator: " ")
  }
}

/// Which fields of a table are shown, and what they are called.
enum MatrixColumns {
  /// The columns of a table; of one that is not known here, all its fields.
  static func columns(of file: String, _ table: String, _ rows: [MatrixGenericRow]) -> [MatrixColumn] {
    if let pairs = known["\(MatrixSelection.name(of: file)) \(table)"] {
      return pairs.map { MatrixColumn(title: $0.0, key: $0.1) }
    }
    let hidden = ["source", "confidence", "note"]
    let keys = rows.flatMap { $0.fields.keys }.removingRepetition().filter { !hidden.contains($0) }
    let ordered = first.filter { keys.contains($0) } + keys.filter { !first.contains($0) }
    return ordered.map { MatrixColumn(title: $0.replacing("_", with: " "), key: $0) }
  }

  /// What names a row stands in front.
  private static let first = [
    "package", "name", "versions", "releases", "families", "version", "release", "rule", "field",
    "documented",
    "found",
  ]

  private static let known: [String: [(String, String)]] = [
    "cuda toolkits": [
      ("CUDA", "version"), ("driver", "driver"), ("branch", "branch"), ("released", "released"),
      ("preview", "preview"),
    ],
    "cuda targets": [("CUDA", "cuda"), ("compiles for", "sm"), ("and only for", "specific")],
    "cuda minor_compatibility": [("CUDA", "cuda_major"), ("from driver", "driver"), ("below CUDA", "below")],
    "cuda forward_compatibility": [
      ("package", "package"), ("CUDA", "cuda"), ("over branches", "over"), ("never over", "never_over"),
      ("native in", "native"), ("GPUs", "gpus"),
    ],
    "cudnn releases": [
      ("from", "first"), ("to", "last"), ("CUDA", "cuda"), ("lowest capability", "sm_min"),
      ("highest", "sm_max"), ("drivers by CUDA", "drivers"),
    ],
    "cudnn builds": [("CUDA", "cuda_major"), ("newest", "newest")],
    "drivers branches": [
      ("branch", "branch"), ("kind", "kind"), ("CUDA up to", "cuda_max"), ("lowest capability", "min_sm"),
      ("released", "released"), ("end of life", "end_of_life"), ("newest seen", "latest_seen"),
      ("drops", "drops"),
    ],
    "gpus gpus": [
      ("GPU", "name"), ("architecture", "architecture"), ("capability", "sm"), ("GiB", "memory_gib"),
      ("kind", "kind"), ("MIG", "mig"), ("vGPU", "vgpu"), ("from branch", "first_branch"),
      ("to branch", "last_branch"),
    ],
    "torch builds": [
      ("torch", "version"), ("variant", "variant"), ("arch", "arch"), ("CUDA", "cuda"), ("cuDNN", "cudnn"),
      ("NCCL", "nccl"), ("compiled for", "kernels"), ("PTX", "ptx"), ("Python", "python"),
    ],
    "tensorflow builds": [
      ("project", "package"), ("version", "version"), ("arch", "arch"), ("CUDA", "cuda"), ("cuDNN", "cudnn"),
      ("compiled for", "kernels"), ("PTX", "ptx"), ("libraries", "linkage"), ("Python", "python"),
    ],
    "jax releases": [
      ("jax", "version"), ("jaxlib", "jaxlib"), ("Python", "requires_python"),
      ("cuda stands for", "cuda_extra"),
      ("uploaded", "uploaded"),
    ],
    "jax builds": [
      ("jax", "version"), ("extra", "extra"), ("jaxlib", "jaxlib"), ("plugin", "plugin"), ("needs", "needs"),
    ],
    "jax jaxlib": [
      ("jaxlib", "version"), ("arch", "arch"), ("Python", "python"), ("glibc", "glibc"),
      ("uploaded", "uploaded"),
    ],
    "jax plugins": [
      ("plugin", "version"), ("CUDA", "cuda_major"), ("arch", "arch"), ("Python", "python"),
      ("glibc", "glibc"),
      ("needs", "needs"),
    ],
    "jax needs": [("needs", "name"), ("wheels", "requires")],
    "pairings pairings": [
      ("torch", "torch"), ("torchvision", "torchvision"), ("torchaudio", "torchaudio"),
      ("torchtext", "torchtext"),
    ],
    "python-builds builds": [
      ("Python", "version"), ("arch", "arch"), ("libc", "libc"), ("release", "release"),
      ("free-threaded", "free_threaded"), ("preview", "prerelease"),
    ],
    "python-builds debian": [
      ("suite", "suite"), ("release", "release"), ("python3", "python3"), ("libc6", "libc6"),
      ("interpreters", "interpreters"),
    ],
    "strata wheels": [("wheel", "wheel"), ("says the version of", "stratum"), ("numbers", "segments")],
    "indexes indexes": [("index", "name"), ("CUDA", "cuda"), ("address", "url")],
    "mig families": [
      ("family", "family"), ("GPUs", "gpus"), ("GB", "memory_gb"), ("compute slices", "compute_slices"),
      ("memory slices", "memory_slices"), ("from driver", "min_driver"),
    ],
    "mig profiles": [
      ("family", "family"), ("profile", "name"), ("id", "id"), ("GiB", "memory_gib"),
      ("compute slices", "compute_slices"), ("memory slices", "memory_slices"), ("at most", "max_instances"),
      ("placements", "placements"),
    ],
    "vgpu releases": [
      ("vGPU", "release"), ("branch", "branch"), ("kind", "kind"), ("CUDA up to", "cuda_max"),
      ("on hosts", "hosts"), ("end of life", "end_of_life"),
    ],
    "vgpu points": [("vGPU", "release"), ("of", "of"), ("host driver", "host"), ("guest driver", "guest")],
    "vgpu types": [("type", "name"), ("GPUs", "gpus"), ("mode", "mode"), ("id", "id")],
    "vgpu compute": [("type", "prefix"), ("GPUs", "gpus"), ("GB", "gb"), ("at most", "at_most")],
    "sharing modes": [
      ("mode", "name"), ("isolation", "isolation"), ("resources", "resources"), ("at once", "at_once"),
      ("predictability", "predictability"), ("overhead", "overhead"), ("licence", "licence"),
      ("GPUs", "supported"),
    ],
    "sharing limits": [("mode", "name"), ("from capability", "min_sm"), ("at most", "at_most")],
  ]
}
