import EnvlockModel
import EnvlockVersions

/// The levels below the wheels, in words.
enum RenderStrata {
  /// A labelled line for each level that is there.
  static func rows(_ lock: PlatformLock) -> [(label: String, text: String)] {
    let strata = lock.strata
    var rows: [(label: String, text: String)] = []
    // A base says its own.
    let below = ["Python \(lock.python)"] + (lock.base == nil ? ["glibc \(strata.glibc) or newer"] : [])
    if let first = strata.frameworks.first {
      rows.append((title(first), (accelerator(strata) + below).joined(separator: ", ")))
    } else {
      let text = (accelerator(strata, elseSay: nil) + below[1...]).joined(separator: ", ")
      if !text.isEmpty { rows.append((below[0], text)) }
    }
    for framework in strata.frameworks.dropFirst() {
      rows.append((title(framework), framework.cuda.map { "built with CUDA \($0)" } ?? "CPU only"))
    }
    if let cuda = strata.cuda {
      rows.append(
        ("driver", strata.driver.flatMap(driver) ?? "CUDA \(cuda) is newer than the compatibility data"))
    }
    let withKernels = strata.frameworks.filter { !$0.kernels.isEmpty }
    for framework in withKernels {
      rows.append((withKernels.count > 1 ? "GPUs of \(framework.name)" : "GPUs", RenderGPUs.text(framework)))
    }
    if let base = lock.base { rows.append(("base", self.base(base))) }
    for target in lock.targets { rows.append((target.name, self.target(target, strata))) }
    for framework in strata.frameworks where !framework.added.isEmpty {
      let names = framework.added.map(\.text).joined(separator: ", ")
      rows.append(("added", "\(names), which \(framework.name) needs and does not ask for"))
    }
    return rows
  }

  private static func title(_ framework: FrameworkStratum) -> String {
    "\(framework.name) \(framework.version)"
  }

  /// CUDA and the libraries on it.
  private static func accelerator(_ strata: Strata, elseSay none: String? = "CPU only") -> [String] {
    guard let cuda = strata.cuda else { return none.map { [$0] } ?? [] }
    return ["CUDA \(cuda)"] + (strata.cudnn.map { ["cuDNN \($0)"] } ?? [])
      + (strata.nccl.map { ["NCCL \($0)"] } ?? [])
  }

  /// "bookworm, 41 packages, Python 3.11.2 of Debian".
  static func base(_ base: LockedBase) -> String {
    let system =
      switch base.system {
      case .debian(let debian): "\(debian.suite), \(Quantity.count(debian.packages.count, "package"))"
      case .image(let image): "\(image.reference), \(Quantity.count(image.layers.count, "layer"))"
      }
    let python =
      switch base.interpreter.origin {
      case .debian: "Python \(base.interpreter.version) of Debian"
      case .build: "Python \(base.interpreter.version) of python-build-standalone"
      }
    return "\(system), \(python)" + (base.glibc.map { ", glibc \($0)" } ?? "")
  }

  /// "570.26 or newer; 525.60.13 or newer by minor-version compatibility".
  static func driver(_ floor: DriverFloor) -> String? {
    switch (floor.full, floor.minorCompatibility) {
    case (let full?, let minor?) where minor < full:
      "\(full) or newer; \(minor) or newer by minor-version compatibility"
    case (let full?, _): "\(full) or newer"
    case (nil, let minor?): "\(minor) or newer by minor-version compatibility"
    case (nil, nil): nil
    }
  }

  private static func target(_ target: LockedTarget, _ strata: Strata) -> String {
    var facts = target.driver.map { ["driver \($0)"] } ?? []
    facts += target.gpus
    let verdict: String
    switch target.compatibility {
    case .full: verdict = "fits"
    case .minorVersion: verdict = "fits by minor-version compatibility"
    case .forward: verdict = "fits by forward compatibility"
    case nil where strata.cuda == nil: verdict = "fits, without CUDA"
    case nil where target.driver == nil: verdict = "fits, if the driver does"
    case nil: verdict = "fits as far as is known"
    }
    return facts.isEmpty ? verdict : facts.joined(separator: ", ") + ": " + verdict
  }
}
