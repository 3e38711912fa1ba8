import EnvlockModel

/// Sizes of GPU memory, as sold and as reported.
///
/// A card sold with 24 GB reports between 22,731 and 24,576 MiB, because error correction and firmware take their
/// part. Whoever asks for whole GiB means the size that is printed on the box; whoever asks for 23,500 MiB means that.
enum GPUMemory {
  /// Whether a card sold with so many GiB can report so many MiB: up to a tenth less.
  static func isNominal(_ gib: Int, for reportedMiB: Int) -> Bool {
    let (nominal, overflow) = gib.multipliedReportingOverflow(by: 1024)
    return !overflow && reportedMiB <= nominal + 64 && reportedMiB >= nominal - nominal / 10
  }

  /// Whether a demand is one of whole GiB.
  static func isWhole(_ mib: Int) -> Bool { mib % 1024 == 0 }

  /// Whether a demand is met by a size as sold.
  static func meets(_ asked: Int, nominalGiB: Int) -> Bool {
    let (nominal, overflow) = nominalGiB.multipliedReportingOverflow(by: 1024)
    return overflow || asked <= nominal
  }

  /// "80 GiB", "23500 MiB".
  static func text(_ mib: Int) -> String { isWhole(mib) && mib > 0 ? "\(mib / 1024) GiB" : "\(mib) MiB" }

  /// The GB in the name of a MIG profile ("3g.40gb+me") or a vGPU type ("GRID A100-1-5C"); nil where none is there.
  static func gigabytes(inProfile name: String) -> Int? {
    if let end = name.firstRange(of: "gb") {
      let digits = name[..<end.lowerBound].reversed().prefix { ("0"..."9").contains($0) }
      // "0gb" stands for memory that belongs to the whole machine.
      return Int(String(digits.reversed())).flatMap { $0 > 0 ? $0 : nil }
    }
    guard let part = name.split(separator: "-").last, part.count < name.count else { return nil }
    return Int(part.prefix { ("0"..."9").contains($0) })
  }
}
