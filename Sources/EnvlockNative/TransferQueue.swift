import CCurl
import Glibc
import Synchronization

/// What the tasks that wait hand over to the thread that transfers.
final class TransferQueue: Sendable {
  typealias Completion = @Sendable (Result<HopResponse, TransferError>) -> Void

  /// A transfer that has not begun.
  struct Job: Sendable {
    let number: Int
    let hop: Hop
    let completion: Completion
  }

  /// What the thread is to do next.
  struct Orders {
    var begin: [Job] = []
    var cancel: [Int] = []
    var close = false
  }

  private struct State {
    var orders = Orders()
    var lastNumber = 0
    /// Cancelled before they were submitted.
    var stillborn: Set<Int> = []
    var isStarted = false
    /// The address of the multi handle while the thread may be woken; a number, since pointers are not Sendable.
    var multi: UInt?
    /// Why there will never be a thread.
    var failure: TransferError?
  }

  private let state = Mutex(State())

  /// Starts the thread, once.
  func start(_ options: TransferOptions) {
    let isFirst = state.withLock { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    guard isFirst else { return }
    let box = Unmanaged.passRetained(TransferThread(queue: self, options: options))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<TransferThread>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    if code == 0 {
      pthread_detach(thread)
    } else {
      box.release()
      fail(.notLoaded(reason: "no thread can be started (error \(code))"))
    }
  }

  /// A number for a transfer, by which it can be cancelled even before it is submitted.
  func reserve() -> Int {
    state.withLock {
      $0.lastNumber += 1
      return $0.lastNumber
    }
  }

  /// Hands over a transfer; `completion` is called exactly once, from any thread.
  func submit(_ number: Int, _ hop: Hop, completion: @escaping Completion) {
    let failure: TransferError? = state.withLock { state in
      if state.stillborn.remove(number) != nil { return .cancelled }
      if let failure = state.failure { return failure }
      state.orders.begin.append(Job(number: number, hop: hop, completion: completion))
      Self.wake(state)
      return nil
    }
    if let failure { completion(.failure(failure)) }
  }

  /// Cancels a transfer, whether it waits, runs, or is yet to be submitted; without effect when it has ended.
  func cancel(_ number: Int) {
    state.withLock { state in
      // Which of the three it is, only the thread knows; numbers that stay behind cost a few bytes each.
      state.stillborn.insert(number)
      state.orders.cancel.append(number)
      Self.wake(state)
    }
  }

  /// Tells the thread to end.
  func close() {
    state.withLock { state in
      state.orders.close = true
      Self.wake(state)
    }
  }

  /// Everything ordered since the last call.
  func take() -> Orders {
    state.withLock { state in
      let orders = state.orders
      state.orders = Orders(close: orders.close)
      return orders
    }
  }

  /// Lets the thread be woken from now on, or no more.
  func setMulti(_ multi: UnsafeMutableRawPointer?) {
    let address = multi.map { UInt(bitPattern: $0) }
    state.withLock { $0.multi = address }
  }

  /// Fails everything that was and will be submitted.
  func fail(_ failure: TransferError) {
    let orders = state.withLock { state in
      state.failure = failure
      state.multi = nil
      let orders = state.orders
      state.orders = Orders(close: orders.close)
      return orders
    }
    for job in orders.begin { job.completion(.failure(failure)) }
  }

  /// Called under the lock, so that the handle cannot be freed meanwhile.
  private static func wake(_ state: State) {
    if let address = state.multi { _ = ccurl_multi_wakeup(UnsafeMutableRawPointer(bitPattern: address)) }
  }
}
