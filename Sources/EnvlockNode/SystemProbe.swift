import EnvlockModel
import EnvlockVersions
import Glibc

/// Reads the system around the GPU: files only, nothing is run.
struct SystemProbe {
  let files: NodeFiles
  let environment: [String: String]

  /// Everything but the runtimes.
  func facts() -> SystemFacts {
    var facts = SystemFacts()
    facts.kernel = files.line("/proc/sys/kernel/osrelease")?.trimmed
    // The C library of this process is the node's only where the files are.
    if files.isOwn { facts.glibc = glibc }
    facts.distribution = distribution
    facts.cgroups = files.text("/proc/self/mountinfo").flatMap { .init(mountInfo: $0) }
    facts.hasUserNamespaces = hasUserNamespaces
    facts.hasMPSDaemon = hasMPSDaemon
    return facts
  }

  /// confstr(3) gives "glibc 2.36"; another C library knows nothing of it.
  private var glibc: Version? {
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = buffer.withUnsafeMutableBytes { bytes in
      confstr(Int32(_CS_GNU_LIBC_VERSION), bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
    }
    let words = buffer.prefix(min(max(count, 1), buffer.count) - 1).split(separator: UInt8(ascii: " "))
    guard words.count == 2, words[0].elementsEqual("glibc".utf8) else { return nil }
    return try? Version(String(decoding: words[1], as: UTF8.self))
  }

  /// `PRETTY_NAME` of os-release(5).
  private var distribution: String? {
    let text = files.text("/etc/os-release") ?? files.text("/usr/lib/os-release") ?? ""
    let key = "PRETTY_NAME="
    guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix(key) }) else { return nil }
    let value = String(line.dropFirst(key.utf8.count)).trimmed
    for quote in ["\"", "'"] where value.utf8.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
      return String(value.dropFirst().dropLast())
    }
    return value.isEmpty ? nil : value
  }

  /// Whether ordinary users may make user namespaces: the kernel's limit (user_namespaces(7)), Debian's switch, and
  /// AppArmor's, under which only programs with a profile may.
  private var hasUserNamespaces: Bool? {
    func number(_ path: String) -> Int? { files.line(path).flatMap { Int($0.trimmed) } }
    if number("/proc/sys/kernel/unprivileged_userns_clone") == 0 { return false }
    if number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1 { return false }
    return number("/proc/sys/user/max_user_namespaces").map { $0 > 0 }
  }

  /// Whether the daemon of the Multi-Process Service runs: its process, or the file with its number; nil where it left
  /// its folder, and no process can be seen.
  private var hasMPSDaemon: Bool? {
    let folder =
      environment["CUDA_MPS_PIPE_DIRECTORY"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp/nvidia-mps"
    for process in files.list("/proc") ?? []
    where process.utf8.first.map({ (0x30...0x39).contains($0) }) == true {
      // The kernel keeps 15 bytes of "nvidia-cuda-mps-control".
      if files.line("/proc/\(process)/comm") == "nvidia-cuda-mps" { return true }
    }
    if let number = files.line("\(folder)/nvidia-cuda-mps-control.pid").flatMap({ Int($0.trimmed) }),
      files.exists("/proc/\(number)")
    {
      return true
    }
    return files.exists("\(folder)/control") ? nil : false
  }
}
