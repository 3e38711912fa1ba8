package import EnvlockModel
import EnvlockNative
package import EnvlockStore

/// Why the members of a wheel could not be read.
package struct WheelMemberError: UserFacingError, Hashable {
  /// What went wrong.
  package enum Cause: Hashable, Sendable {
    /// Its server does not serve parts of files.
    case noRanges(host: String)
    /// Its server does not have it.
    case notThere(host: String)
    /// Its server wants other credentials.
    case unauthorized(host: String)
    /// It lies on disk.
    case local
    /// The wheel is not what a wheel should be: a phrase that follows its name.
    case broken(String)
    /// It could not be fetched.
    case failed(FetchError)
  }

  /// The wheel's file name.
  package let wheel: String
  /// What went wrong.
  package let cause: Cause

  init(_ wheel: Wheel, _ cause: Cause) {
    self.wheel = wheel.name.fileName
    self.cause = cause
  }

  /// One sentence naming the wheel.
  package var message: String {
    switch cause {
    case .noRanges(let host):
      "cannot look into \(wheel): \(host) does not serve parts of files, and a wheel is not downloaded for this"
    case .notThere(let host): "cannot look into \(wheel): its index lists it, but \(host) does not have it"
    case .unauthorized(let host): "cannot look into \(wheel): \(host) wants other credentials"
    case .local: "cannot look into \(wheel): only wheels on a server are read in parts"
    case .broken(let reason): "\(wheel) \(reason)"
    case .failed(let error): "cannot look into \(wheel): \(error.message)"
    }
  }

  /// What to do next.
  package var hints: [String] {
    switch cause {
    case .noRanges: ["name an index whose files can be read in parts with `--index-url URL`"]
    case .unauthorized: ["put name and password into the netrc file, or into the URL in its configuration"]
    case .failed(let error): error.hints
    case .notThere, .local, .broken: []
    }
  }

  /// Nothing was wrong with what was asked.
  package var kind: ErrorKind { .couldNotFindOut }
}

/// Parts of a wheel on its server.
struct WheelBytes: Sendable {
  /// The end of a file.
  struct Tail {
    let bytes: [UInt8]
    let offset: Int
    let total: Int
  }

  /// A part that is on its way.
  typealias Fetch = Task<Result<[UInt8], WheelMemberError>, Never>

  private let wheel: Wheel
  private let http: HTTPClient
  private var host: String { (try? WebAddress(wheel.file.url))?.hostAndPort ?? redact(wheel.file.url) }

  init(_ wheel: Wheel, http: HTTPClient) {
    self.wheel = wheel
    self.http = http
  }

  /// The last bytes, or all of a shorter file.
  func last(_ count: Int) async throws(WheelMemberError) -> Tail {
    guard LocalFiles.path(of: wheel.file.url) == nil else { throw WheelMemberError(wheel, .local) }
    // Not every server knows ranges that are counted from the end.
    let range: TransferRequest.ByteRange
    if let size = wheel.file.size, size > 0 {
      range = .bytes(from: max(0, size - count), through: size - 1)
    } else {
      range = .last(count)
    }
    let part = try await fetch(range)
    guard part.offset + part.bytes.count == part.total else {
      throw WheelMemberError(wheel, .broken("came without its end"))
    }
    return Tail(bytes: part.bytes, offset: part.offset, total: part.total)
  }

  /// Exactly these bytes.
  func bytes(_ range: Range<Int>) async throws(WheelMemberError) -> [UInt8] {
    guard !range.isEmpty else { return [] }
    let part = try await fetch(.bytes(from: range.lowerBound, through: range.upperBound - 1))
    guard part.offset == range.lowerBound, part.bytes.count == range.count else {
      throw WheelMemberError(wheel, .broken("changed while it was read"))
    }
    return part.bytes
  }

  /// Asks for bytes without waiting for them.
  func begin(_ range: Range<Int>) -> Fetch {
    Task {
      do throws(WheelMemberError) {
        return .success(try await bytes(range))
      } catch {
        return .failure(error)
      }
    }
  }

  /// Waits for what was asked for; cancelling the waiting task cancels it too.
  func finish(_ fetch: Fetch) async throws(WheelMemberError) -> [UInt8] {
    let result = await withTaskCancellationHandler {
      await fetch.value
    } onCancel: {
      fetch.cancel()
    }
    return try result.get()
  }

  private func fetch(_ range: TransferRequest.ByteRange) async throws(WheelMemberError) -> FilePart {
    // No file is taken whole: what a wheel's part costs is said before, and would not be true.
    switch await http.range(wheel.file.url, range, wholeLimit: 0) {
    case .partial(let part): return part
    case .whole, .unsupported: throw WheelMemberError(wheel, .noRanges(host: host))
    case .notFound: throw WheelMemberError(wheel, .notThere(host: host))
    case .unauthorized: throw WheelMemberError(wheel, .unauthorized(host: host))
    case .failed(let error): throw WheelMemberError(wheel, .failed(error))
    }
  }
}
