import CCurl
import Glibc

/// The thread that owns the multi handle and everything in it.
///
/// It is `@unchecked Sendable` because it is handed over once, to its thread, which alone uses it then.
final class TransferThread: @unchecked Sendable {
  private let queue: TransferQueue
  private let options: TransferOptions
  private var active: [UnsafeMutableRawPointer: Transfer] = [:]
  private var certificates: CertificateLookup?

  init(queue: TransferQueue, options: TransferOptions) {
    self.queue = queue
    self.options = options
  }

  /// Loads libcurl and transfers until the queue is closed.
  func run() {
    // Writing to a connection that its server has closed may raise SIGPIPE with some TLS libraries; and no handler of
    // the program's should run here.
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    if let reason = ccurl_load() { return queue.fail(.notLoaded(reason: String(cString: reason))) }
    guard let multi = ccurl_multi_new() else { return queue.fail(.notLoaded(reason: "it has no memory")) }
    // Servers without HTTP/2 get this many connections at most, as browsers and package managers do.
    _ = ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, 16)
    // Without this, idle connections are closed as soon as few transfers are left.
    _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 64)
    _ = ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    queue.setMulti(multi)
    let failure = loop(multi)
    queue.setMulti(nil)
    queue.fail(failure)
    for transfer in active.values {
      _ = ccurl_multi_remove(multi, transfer.easy)
      transfer.job.completion(.failure(failure))
    }
    active.removeAll()
    ccurl_multi_free(multi)
  }

  private func loop(_ multi: UnsafeMutableRawPointer) -> TransferError {
    while true {
      guard follow(queue.take(), in: multi) else { return .cancelled }
      var running: Int32 = 0
      var code = ccurl_multi_perform(multi, &running)
      var result = CURLE_OK
      while let easy = ccurl_multi_ended(multi, &result) { end(easy, result, in: multi) }
      // libcurl ends the wait earlier where one of its own timers runs out.
      if code == CURLM_OK { code = ccurl_multi_poll(multi, active.isEmpty ? 600_000 : 1_000) }
      if code != CURLM_OK { return .notLoaded(reason: "its transfers cannot go on (error \(code.rawValue))") }
    }
  }

  /// Does as told; false where that is to end.
  ///
  /// A function of its own, so that nothing of the orders is held while the thread waits: a transfer may end before, and
  /// whoever waits for it counts on its sink being let go of.
  private func follow(_ orders: TransferQueue.Orders, in multi: UnsafeMutableRawPointer) -> Bool {
    if orders.close { return false }
    let cancelled = Set(orders.cancel)
    for job in orders.begin { begin(job, in: multi, cancelled: cancelled) }
    for number in orders.cancel { cancel(number, in: multi) }
    return true
  }

  private func begin(_ job: TransferQueue.Job, in multi: UnsafeMutableRawPointer, cancelled: Set<Int>) {
    do throws(TransferError) {
      if cancelled.contains(job.number) { throw .cancelled }
      if certificates == nil { certificates = CertificateLookup(options) }
      let transfer = try Transfer(job, options, quickFolder: certificates?.quickFolder)
      guard ccurl_multi_add(multi, transfer.easy) == CURLM_OK else { throw transfer.noMemory }
      active[transfer.easy] = transfer
    } catch {
      job.completion(.failure(error))
    }
  }

  private func cancel(_ number: Int, in multi: UnsafeMutableRawPointer) {
    guard let transfer = active.values.first(where: { $0.job.number == number }) else { return }
    active[transfer.easy] = nil
    _ = ccurl_multi_remove(multi, transfer.easy)
    transfer.job.completion(.failure(.cancelled))
  }

  private func end(_ easy: UnsafeMutableRawPointer, _ code: CURLcode, in multi: UnsafeMutableRawPointer) {
    guard let transfer = active.removeValue(forKey: easy) else { return }
    let result = transfer.finish(code)
    _ = ccurl_multi_remove(multi, easy)
    if transfer.isQuick && code == CURLE_PEER_FAILED_VERIFICATION {
      certificates?.giveUpFolder()
      return begin(transfer.job, in: multi, cancelled: [])
    }
    transfer.job.completion(result)
  }
}
