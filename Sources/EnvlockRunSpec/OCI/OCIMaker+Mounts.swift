import EnvlockModel

extension OCIMaker {
  mutating func mount() throws(RunSpecError) {
    let user = config.process.user
    let own = ["mode=0755", "uid=\(user.uid)", "gid=\(user.gid)"]
    let asked = try request.mounts.map { mount throws(RunSpecError) in try self.mount(mount) }
    func isCovered(_ place: String) -> Bool {
      asked.contains { OCIPath.isAt(place, orBelow: $0.destination) }
    }
    var folders = kernelMounts
    if options.isRootReadOnly {
      folders += [
        Self.memory("/tmp", ["mode=1777"]), Self.memory("/var/tmp", ["mode=1777"]), Self.memory("/run", own),
      ]
      choices.append(
        RunChoice(
          "root", "read-only; memory at /tmp, /var/tmp, /run",
          "every start finds the image as it was built; memory that is used counts as the container's"))
      // Where caches go; the image's own home could not be written.
      let home = ["/tmp/home", "/var/tmp/home", "/run/home"].first { !isCovered($0) }
      if plan.environment["HOME"] == nil, let home {
        config.setVariable("HOME=\(home)")
        folders.append(Self.memory(home, ["mode=0700"] + own.dropFirst()))
        choices.append(
          RunChoice(
            "HOME", home, "frameworks keep caches there, and compile into them: Triton, CUDA, Matplotlib"))
      }
    }
    for folder in options.temporaryFolders {
      if let fault = OCIPath.faultOfPlace(folder) {
        throw RunSpecError("“\(folder)” cannot be a temporary folder: \(fault)")
      }
      folders.removeAll { $0.destination == folder }
      folders.append(Self.memory(folder, own))
    }
    choices.append(
      request.shm.map { RunChoice("/dev/shm", "\($0)", "the request says so") }
        ?? RunChoice(
          "/dev/shm", "half of the node's memory",
          "data loaders and NCCL pass tensors through it; what is in it counts as the container's memory"))
    // What somebody asked for wins over the folders of memory that it covers.
    folders.removeAll { isCovered($0.destination) }
    config.mounts = folders + asked
    if request.network != .host, !isCovered("/etc/hosts") {
      // An image cannot know the name. Programs that speak to themselves look it up.
      hosts = "127.0.0.1 localhost \(plan.name)\n::1 localhost ip6-localhost ip6-loopback\n"
      config.mounts.append(
        OCIMount(
          "/etc/hosts", source: OCISpec.hostsFile, options: ["bind", "nosuid", "nodev", "noexec", "ro"]))
    } else if request.network == .host {
      // The node's own names and servers of names; without, a network is hardly of use.
      let places = ["/etc/hosts", "/etc/resolv.conf"].filter { !isCovered($0) }
      config.mounts += places.map {
        OCIMount($0, source: $0, options: ["rbind", "nosuid", "nodev", "noexec", "ro"])
      }
    }
  }

  private static func memory(_ place: String, _ more: [String]) -> OCIMount {
    // Programs are run from there: Triton and torch.compile load what they compile.
    OCIMount(place, type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev"] + more)
  }

  /// What every container has (config-linux.md, "Default Filesystems"; options as `runc spec` writes them).
  private var kernelMounts: [OCIMount] {
    let closed = ["nosuid", "noexec", "nodev"]
    let hasUsers = options.rootless != nil
    // Group 5 is `tty` in Debian's base-passwd; an ordinary user may not have it.
    let hasTTY = options.rootless.map { $0.gidMappings.contains { $0.contains(5) } } ?? true
    var mounts = [
      OCIMount("/proc", type: "proc", source: "proc", options: closed),
      OCIMount(
        "/dev", type: "tmpfs", source: "tmpfs",
        options: ["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"]),
      OCIMount(
        "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] + (hasTTY ? ["gid=5"] : [])
      ),
    ]
    if plan.gpu?.form == .mps {
      // Clients of the MPS daemon share memory with it.
      mounts.append(OCIMount("/dev/shm", source: "/dev/shm", options: ["rbind"] + closed))
    } else {
      let size = request.shm.map { ["size=\($0.bytes)"] } ?? []
      mounts += [
        OCIMount("/dev/shm", type: "tmpfs", source: "shm", options: closed + ["mode=1777"] + size),
        OCIMount("/dev/mqueue", type: "mqueue", source: "mqueue", options: closed),
      ]
    }
    // Without a network of its own a user namespace may not mount sysfs (user_namespaces(7)); the node's is shown.
    mounts.append(
      hasUsers && request.network == .host
        ? OCIMount("/sys", source: "/sys", options: ["rbind"] + closed + ["ro"])
        : OCIMount("/sys", type: "sysfs", source: "sysfs", options: closed + ["ro"]))
    if !hasUsers || request.network != .host {
      mounts.append(
        OCIMount("/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: closed + ["relatime", "ro"]))
    }
    return mounts
  }

  private func mount(_ mount: RunMount) throws(RunSpecError) -> OCIMount {
    guard mount.source.hasPrefix("/") else {
      throw RunSpecError(
        "the mount \(mount) begins at a relative path, which a runtime would take from the bundle's folder",
        hints: ["give it as an absolute path"])
    }
    if mount.source == "/" {
      throw RunSpecError(
        "the mount \(mount) would show the whole node", hints: ["mount the folder that is needed"])
    }
    if let fault = OCIPath.fault(mount.source) {
      throw RunSpecError("“\(mount.source)” cannot be mounted: \(fault)")
    }
    if let fault = OCIPath.faultOfPlace(mount.target) {
      throw RunSpecError("nothing can be mounted on “\(mount.target)”: \(fault)")
    }
    let readOnly = options.isRecursivelyReadOnly ? ["ro", "rro"] : ["ro"]
    return OCIMount(
      mount.target, source: mount.source,
      options: ["rbind", "nosuid", "nodev"] + (mount.isReadOnly ? readOnly : []))
  }
}
