import Synchronization

/// Counts calls from several threads: 1, 2, 3, …
final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
