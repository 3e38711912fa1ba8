public import EnvlockModel

/// Weighs the ways to share GPUs, and picks one.
///
/// Of the ways that serve a request, the pick is the first by this order:
/// 1. every way has at least the isolation that is asked for;
/// 2. the fewest GPUs;
/// 3. where no isolation was asked for, the most isolated;
/// 4. the least memory that was not asked for;
/// 5. no licence before a licence;
/// 6. the least overhead, then the most predictable, then the order of sharing.json.
public struct SharingChooser: Sendable {
  /// The compatibility data.
  public let matrix: Matrix

  /// A chooser that knows these data.
  public init(matrix: Matrix) { self.matrix = matrix }

  /// Weighs every way on every kind of GPU that is named.
  ///
  /// - Parameter request: What is wanted.
  /// - Returns: All of them, those that cannot serve with their reasons.
  /// - Throws: A name that no GPU has, and numbers that nobody means; not that nothing serves, which
  ///   ``SharingComparison/picked()`` does.
  public func compare(_ request: SharingRequest) throws(RunSpecError) -> SharingComparison {
    try request.check()
    guard !matrix.sharingModes.isEmpty else {
      throw RunSpecError(
        "the matrix does not say how GPUs are shared",
        hints: ["sharing.json is missing from the folder that `--matrix` or ENVLOCK_MATRIX names"])
    }
    var options: [SharingOption] = []
    for kind in try GPUKind.kinds(matrix, named: request.gpus) {
      for mode in matrix.sharingModes {
        options.append(SharingWeigher(matrix: matrix, kind: kind, mode: mode, request: request).option())
      }
    }
    return SharingComparison(request: request, options: options)
  }
}

/// The ways to share GPUs, held against a request.
public struct SharingComparison: Hashable, Sendable {
  /// What was asked for.
  public let request: SharingRequest
  /// Each way on each kind of GPU, kinds in the order of gpus.json, ways in that of sharing.json.
  public let options: [SharingOption]

  /// The first by the chooser's order of those that serve; nil where none does.
  public var pick: SharingOption? {
    // The first of equals: `min` keeps the order of the options.
    options.filter { $0.share != nil }.min { criterion(for: $0, over: $1) != nil }
  }

  /// The pick.
  ///
  /// - Throws: `RunSpecError` with why each way cannot serve, where none does.
  public func picked() throws(RunSpecError) -> SharingOption {
    if let pick { return pick }
    let kinds = options.map(\.kind.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    throw RunSpecError(
      "no way to share \(kinds.joined(separator: ", ")) serves \(request.words)",
      hints: options.map { option in
        let whose = kinds.count > 1 ? " on \(option.kind.name)" : ""
        return "\(option.mode.title)\(whose): \(option.refusals.joined(separator: "; "))"
      }, kind: .answerIsNo)
  }

  /// Why a way comes before another: the first criterion in which they differ, as words behind "with"; nil where it does not.
  func criterion(for left: SharingOption, over right: SharingOption) -> String? {
    guard let ours = left.share, let theirs = right.share else { return nil }
    if ours.gpuCount != theirs.gpuCount {
      return ours.gpuCount < theirs.gpuCount ? "fewer GPUs (\(ours.gpuCount), not \(theirs.gpuCount))" : nil
    }
    if request.isolation == nil, left.mode.isolation != right.mode.isolation {
      return left.mode.isolation > right.mode.isolation
        ? "more isolation (\(left.mode.isolation.rawValue), not \(right.mode.isolation.rawValue))" : nil
    }
    if ours.wasteMiB != theirs.wasteMiB {
      guard ours.wasteMiB < theirs.wasteMiB else { return nil }
      return
        "less memory that was not asked for (\(MemoryText.gib(ours.wasteMiB)) each, not \(MemoryText.gib(theirs.wasteMiB)))"
    }
    if left.mode.isLicensed != right.mode.isLicensed { return right.mode.isLicensed ? "no licence" : nil }
    if left.mode.overhead != right.mode.overhead {
      return left.mode.overhead < right.mode.overhead
        ? "less overhead (\(left.mode.overhead.rawValue), not \(right.mode.overhead.rawValue))" : nil
    }
    guard left.mode.predictability > right.mode.predictability else { return nil }
    return
      "more predictable speed (\(left.mode.predictability.rawValue), not \(right.mode.predictability.rawValue))"
  }

  /// What was picked and why, the losers included; empty where nothing serves.
  public var choices: [RunChoice] {
    guard let pick, let share = pick.share else { return [] }
    var choices = [
      RunChoice(
        "sharing", "\(pick.mode.title), `gpu = \"\(share.form)\"`",
        "it gives \(pick.mode.isolation.words) to \(request.words): \(pick.mode.isolates)")
    ]
    if let profile = share.profile {
      choices.append(
        RunChoice(
          "profile", profile.name,
          request.memory.map {
            "no smaller one has \($0); its instances have \(MemoryText.known(share.memoryMiB))"
          }
            ?? "the largest that needs no more GPUs; its instances have \(MemoryText.known(share.memoryMiB))")
      )
    }
    choices.append(
      RunChoice(
        "GPUs", "\(share.gpuCount)",
        "one \(pick.kind.alternatives) holds at most \(share.perGPU == 1 ? "1 user" : "\(share.perGPU) users")"
      ))
    for other in options where other != pick {
      guard let criterion = criterion(for: pick, over: other) else { continue }
      let whose = other.kind == pick.kind ? "" : " on \(other.kind.name)"
      choices.append(RunChoice("instead of", other.mode.title + whose, "with \(criterion)"))
    }
    return choices
  }
}

extension GPUIsolation {
  /// "hardware isolation", "no isolation".
  var words: String { self == .none ? "no isolation" : "\(rawValue) isolation" }
}

extension SharingRequest {
  /// "7 users with 8GiB each and hardware isolation".
  package var words: String {
    var words = users == 1 ? "1 user" : "\(users) users"
    var details: [String] = []
    if let memory { details.append(users == 1 ? "\(memory)" : "\(memory) each") }
    if let isolation, isolation > .none { details.append(isolation.words) }
    if needsVirtualMachines { details.append(users == 1 ? "a virtual machine" : "virtual machines") }
    if let count { details.append("\(count) GPU\(count == 1 ? "" : "s")") }
    guard let last = details.popLast() else { return words }
    words += " with " + (details.isEmpty ? last : details.joined(separator: ", ") + " and " + last)
    return words
  }
}

/// Amounts of GPU memory for people.
package enum MemoryText {
  /// "9.5 GiB", "39.25 GiB", "80 GiB".
  package static func gib(_ mebibytes: Int) -> String {
    let hundredths = (mebibytes * 100 + 512) / 1024
    let rest = hundredths % 100
    guard rest > 0 else { return "\(hundredths / 100) GiB" }
    let digits = rest % 10 == 0 ? "\(rest / 10)" : (rest < 10 ? "0\(rest)" : "\(rest)")
    return "\(hundredths / 100).\(digits) GiB"
  }

  /// The same, or that it is unknown.
  static func known(_ mebibytes: Int?) -> String { mebibytes.map(gib) ?? "memory of unknown size" }
}
