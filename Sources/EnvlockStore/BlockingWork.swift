import Glibc
import Synchronization

/// A thread for work that waits for the disk or keeps a core busy, which the threads of tasks are too few for.
struct WorkThread {
  private let handle: pthread_t

  private final class Box: Sendable {
    let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }

  /// Starts a thread; nil where the system has none left. Each thread has to be joined.
  init?(_ work: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(work))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work() }
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      return nil
    }
    handle = thread
  }

  /// Waits for its end.
  func join() { pthread_join(handle, nil) }

  /// Lets it end by itself.
  func detach() { pthread_detach(handle) }
}

/// Does work that blocks on a thread of its own, while the task waits without blocking one.
///
/// What the work holds is let go of by the time the task goes on.
///
/// - Throws: what the work throws.
package func onThread<Value: Sendable, Failure: Error>(
  _ work: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
  let once = WorkOnce(work)
  let result = await withCheckedContinuation { continuation in
    let thread = WorkThread { continuation.resume(returning: once.run()) }
    if let thread { thread.detach() } else { continuation.resume(returning: once.run()) }
  }
  return try result.get()
}

/// Work that is done once, and not held any longer.
private final class WorkOnce<Value: Sendable, Failure: Error>: Sendable {
  private let work: Mutex<(@Sendable () throws(Failure) -> Value)?>

  init(_ work: @escaping @Sendable () throws(Failure) -> Value) { self.work = Mutex(work) }

  func run() -> Result<Value, Failure> {
    guard let work = work.withLock({ $0.take() }) else { preconditionFailure("work is done once") }
    do throws(Failure) { return .success(try work()) } catch { return .failure(error) }
  }
}

/// Lets so many tasks pass at a time; the others wait in the order in which they came.
package final class Gate: Sendable {
  private struct State {
    var free: Int
    var lastNumber = 0
    var waiting: [(number: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    /// Cancelled before they waited.
    var stillborn: Set<Int> = []
  }

  private let state: Mutex<State>

  package init(_ limit: Int) { state = Mutex(State(free: max(1, limit))) }

  /// Waits until it is this task's turn.
  ///
  /// - Returns: false when the task was cancelled meanwhile; `leave` must not be called then.
  package func enter() async -> Bool {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Bool? = state.withLock { state in
          if state.stillborn.remove(number) != nil { return false }
          if state.free > 0 {
            state.free -= 1
            return true
          }
          state.waiting.append((number, continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
        guard let place = state.waiting.firstIndex(where: { $0.number == number }) else {
          state.stillborn.insert(number)
          return nil
        }
        return state.waiting.remove(at: place).continuation
      }
      waiter?.resume(returning: false)
    }
  }

  /// Lets the next one in.
  package func leave() {
    let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
      guard !state.waiting.isEmpty else {
        state.free += 1
        return nil
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume(returning: true)
  }
}
