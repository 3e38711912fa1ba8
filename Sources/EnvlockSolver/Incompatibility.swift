/// An incompatibility, as its place in the store.
struct IncompatibilityID: Hashable, Sendable {
  let index: Int
}

/// Terms that must not all be true: `{a^1, not b^2}` says that `a^1` needs `b^2`.
///
/// Everything the solver knows has this form: dependencies, facts of the caller, and what follows from them. A
/// package stands in at most one term. The root is always chosen, so its term is left out; an incompatibility
/// without terms therefore says that the question has no answer.
struct Incompatibility: Sendable {
  /// By the numbers of their packages.
  let terms: [TermID]
  let cause: Cause

  /// Why it holds. Causes make a graph:
  ///
  ///     {a^1, not b^2}   {b^2, not c^1}
  ///           └──── on b ────┘
  ///           {a^1, not c^1}      {c}
  ///                 └─── on c ─────┘
  ///                      {a^1}
  enum Cause: Sendable {
    /// The source said so.
    case leaf(Leaf)
    /// It follows from two others, whose terms of `pivot` cannot both be false.
    case derived(IncompatibilityID, IncompatibilityID, pivot: PackageID)
  }
}
