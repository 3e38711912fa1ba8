import CDigest

/// A digest of the SHA-2 family (FIPS 180-4), computed piece by piece. A copy goes on by itself.
package struct SHA2: Sendable {
  /// Which of the family, by the bits of its digest.
  package enum Function: Int32, Hashable, Sendable {
    case sha256 = 256
    case sha384 = 384
    case sha512 = 512
  }

  /// Which one it is.
  package let function: Function
  private var state = cdigest_state()

  /// Begins with nothing.
  package init(_ function: Function) {
    self.function = function
    cdigest_begin(&state, function.rawValue)
  }

  /// Appends bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    cdigest_update(&state, function.rawValue, start, bytes.count)
  }

  /// The digest of all that was appended, 32, 48 or 64 bytes; more may follow.
  package var digest: [UInt8] {
    var end = state
    return [UInt8](unsafeUninitializedCapacity: Int(function.rawValue / 8)) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      cdigest_end(&end, function.rawValue, start)
      count = Int(function.rawValue / 8)
    }
  }
}
