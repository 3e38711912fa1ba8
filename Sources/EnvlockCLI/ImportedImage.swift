import Envlock
import EnvlockManifest
import EnvlockModel
import EnvlockVersions

/// What an image becomes: pins of what is installed, and the levels below as a manifest says them.
struct ImportedImage: Sendable {
  /// Projects that come with every Python; they are kept where something else needs them.
  private static let tools = ["pip", "setuptools", "wheel", "distribute"]
  /// How many folders of files without a package are named.
  private static let folderLimit = 12

  let inventory: ImageInventory

  /// The projects that are installed, as another tool's decisions.
  func lock() throws(UsageError) -> ImportedLock {
    var lock = ImportedLock(.requirements, fileName: inventory.path)
    guard !inventory.distributions.isEmpty else {
      throw UsageError(
        "\(inventory.path) has no project of Python: there is no folder with `*.dist-info` in it",
        hints: inventory.condaFolders.isEmpty
          ? [] : ["environments of conda are imported by their environment.yml"])
    }
    lock.python = inventory.python
    for distribution in inventory.distributions {
      if let reason = reason(toLeaveOut: distribution) {
        lock.leftOut.append("\(distribution.name) \(distribution.version): \(reason)")
        continue
      }
      var package = ImportedPackage(
        name: distribution.name, version: distribution.version, source: .index(nil),
        origin: "/\(distribution.folder)")
      package.isBound = Self.tools.contains(distribution.name.text)
      lock.packages.append(package)
      if !package.isBound { lock.requirements.append(package.asRequirement) }
    }
    lock.leftOut += leftOut
    return lock
  }

  private func reason(toLeaveOut distribution: ImageInventory.Distribution) -> String? {
    if distribution.isOfDebian { return "a package of Debian brings it" }
    if let url = distribution.directURL {
      return "installed from \(url), which no index has: build a wheel of it and name that"
    }
    if distribution.installer == "conda" {
      return "installed by conda: name the wheel with `--with` of `envlock resolve`, or in the manifest"
    }
    return nil
  }

  /// What of the image is not taken, beside projects.
  private var leftOut: [String] {
    var lines: [String] = []
    for (folder, count) in inventory.otherFolders {
      let what = folder.hasSuffix("/dist-packages") ? "Debian's" : "another environment"
      lines.append("\(Quantity.count(count, "project")) in /\(folder), which is \(what)")
    }
    for folder in inventory.condaFolders {
      lines.append("the environment of conda in /\(folder): import its environment.yml")
    }
    if base == nil {
      let name = inventory.system.name ?? "a system without a name"
      lines.append(
        "\(name): its packages are not those of Debian; `--base image:REFERENCE` keeps it, "
          + "`--base debian:SUITE` takes its place")
    }
    for name in ["CUDA_VERSION", "NV_CUDNN_VERSION", "NV_LIBNCCL_PACKAGE_VERSION"] {
      guard let value = inventory.process.env.first(where: { $0.hasPrefix(name + "=") }) else { continue }
      lines.append("\(value): the framework's wheels bring what they were built with")
    }
    if let command = foreignCommand {
      lines.append("how it starts, \(command): it lies in a file that is not taken")
    }
    let files = inventory.unowned
    if !files.isEmpty {
      let count = files.reduce(0) { $0 + $1.count }
      let bytes = files.reduce(0) { $0 + $1.bytes }
      lines.append(
        "\(Quantity.count(count, "file")), \(Quantity.bytes(bytes)), that no package owns; "
          + "for your own there is `copy` of the manifest's [image]")
      for folder in files.prefix(Self.folderLimit) {
        lines.append(
          "  /\(folder.folder): \(Quantity.count(folder.count, "file")), \(Quantity.bytes(folder.bytes))")
      }
      if files.count > Self.folderLimit {
        lines.append("  and \(files.count - Self.folderLimit) more folders")
      }
    }
    return lines
  }

  // MARK: the manifest

  /// What the image says of the levels below the wheels, and of how it starts.
  var manifest: Manifest {
    var manifest = Manifest(platforms: [inventory.platform], base: base)
    var image = ImageDeclaration()
    let process = inventory.process
    image.workdir = process.workdir.flatMap { $0.hasPrefix("/") && $0 != "/" ? $0 : nil }
    image.user = process.user.flatMap { $0.isEmpty ? nil : $0 }
    if foreignCommand == nil {
      image.entrypoint = process.entrypoint.flatMap { $0.isEmpty ? nil : $0 }
      image.cmd = process.cmd.flatMap { $0.isEmpty ? nil : $0 }
    }
    for variable in process.env {
      guard let sign = variable.firstIndex(of: "="), sign != variable.startIndex else { continue }
      let name = String(variable[..<sign])
      // A name with a blank is none in a manifest.
      guard !Self.isOfSystem(name), !name.utf8.contains(where: { $0 <= 0x20 }) else { continue }
      image.env[name] = String(variable[variable.index(after: sign)...])
    }
    if image != ImageDeclaration() { manifest.image = image }
    return manifest
  }

  /// The suite of Debian with the packages that nothing else brings along; nil for another system.
  private var base: BaseDeclaration? {
    guard inventory.system.id == "debian", let codename = inventory.system.codename,
      let suite = try? BaseDeclaration.suite(codename)
    else { return nil }
    // A shell is what people expect of an image that had one.
    let shell = inventory.hasShell ? ["bash", "coreutils"] : []
    return BaseDeclaration(
      .debian(suite: suite), packages: (shell + inventory.debianRoots).removingRepetition())
  }

  /// How it starts, where that is a file that no package owns.
  private var foreignCommand: String? {
    let words = (inventory.process.entrypoint ?? []) + (inventory.process.cmd ?? [])
    guard let first = words.first, first.hasPrefix("/"),
      !["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"].contains(where: { first.hasPrefix($0) })
    else { return nil }
    return words.joined(separator: " ")
  }

  /// Whether a variable is about what the image was made of, and says nothing to the new one.
  private static func isOfSystem(_ name: String) -> Bool {
    if ["PATH", "HOME", "GPG_KEY", "CUDA_VERSION", "NVARCH", "LD_LIBRARY_PATH", "LIBRARY_PATH"].contains(name)
    {
      return true
    }
    return [
      "PYTHON_VERSION", "PYTHON_SHA", "PYTHON_PIP", "PYTHON_SETUPTOOLS", "PYTHON_GET_PIP", "NV_", "NVIDIA_",
    ]
    .contains { name.hasPrefix($0) }
  }
}
