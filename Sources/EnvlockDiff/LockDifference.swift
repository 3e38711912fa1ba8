public import EnvlockModel

/// What tells two locks apart.
public struct LockDifference: Hashable, Sendable {
  /// How much of the locks is compared.
  public enum Scope: Hashable, Sendable {
    /// All of them.
    case everything
    /// The levels below the wheels alone, which is what the labels of an image tell.
    case levels
  }

  /// How much was compared.
  public let scope: Scope
  /// The answers of the new lock in its order, each against the old one's for the same nodes, then those that are gone;
  /// also answers that are the same.
  public let answers: [AnswerDifference]
  /// What is asked for, by ascending key: entries that differ.
  public let request: [RequestDifference]
  /// The digest of the compatibility data.
  public let matrix: Change<Digest>?
  /// What the age of `exclude-newer` came to.
  public let uploadedBefore: Change<String?>?

  /// Compares two locks.
  ///
  /// - Parameters:
  ///   - old: The lock before.
  ///   - new: The lock after.
  ///   - scope: How much of them is compared.
  public init(from old: Lockfile, to new: Lockfile, scope: Scope = .everything) {
    self.scope = scope
    answers = AnswerDifference.all(from: old, to: new, scope)
    guard scope == .everything else {
      (request, matrix, uploadedBefore) = ([], nil, nil)
      return
    }
    request = RequestDifference.all(from: old.request, to: new.request)
    matrix = Change(old.matrix, new.matrix)
    uploadedBefore = Change(old.uploadedBefore, new.uploadedBefore)
  }

  /// Whether nothing differs of what was compared.
  public var isEmpty: Bool {
    answers.allSatisfy(\.isEmpty) && request.isEmpty && matrix == nil && uploadedBefore == nil
  }
}
