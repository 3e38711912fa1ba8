import EnvlockModel

extension SystemFacts.CgroupMode {
  /// Reads how control groups are mounted from `/proc/self/mountinfo`; nil where none are.
  ///
  /// The type stands after the separator "-" (proc_pid_mountinfo(5)). Where both versions are mounted, version 1 does
  /// the work and version 2 only keeps order: systemd calls it hybrid.
  init?(mountInfo: String) {
    var hasFirst = false
    var hasSecond = false
    for line in mountInfo.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let mark = words.firstIndex(of: "-"), mark + 1 < words.count else { continue }
      if words[mark + 1] == "cgroup" { hasFirst = true }
      if words[mark + 1] == "cgroup2" { hasSecond = true }
    }
    switch (hasFirst, hasSecond) {
    case (true, true): self = .hybrid
    case (true, false): self = .v1
    case (false, true): self = .v2
    case (false, false): return nil
    }
  }
}
