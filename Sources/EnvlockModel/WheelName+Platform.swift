extension WheelName {
  /// Whether it is for any system, or for a Linux with glibc on a processor that something is resolved for.
  var isForKnownPlatform: Bool {
    platformTags.contains { tag in
      tag == "any"
        || (tag.hasPrefix("manylinux") || tag.hasPrefix("linux_"))
          && Platform.allCases.contains { tag.hasSuffix("_" + $0.machine) }
    }
  }
}
