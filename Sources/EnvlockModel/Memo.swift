import Synchronization

/// A value that is made on its first use and then kept, also when several threads ask at once.
final class Memo<Value: Sendable>: Sendable {
  private final class Box: Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  private let box = AtomicLazyReference<Box>()

  /// The value; `make` may run more than once, but all callers get the same result.
  func value(_ make: () -> Value) -> Value {
    if let made = box.load() { return made.value }
    return box.storeIfNil(Box(make())).value
  }
}
