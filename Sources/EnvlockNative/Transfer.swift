import CCurl
import Glibc

/// One request on its way: owns an easy handle, and collects what comes.
final class Transfer {
  let job: TransferQueue.Job
  let easy: UnsafeMutableRawPointer
  /// Whether only the folder of certificates was looked into.
  let isQuick: Bool
  private let options: TransferOptions
  private var list: UnsafeMutablePointer<curl_slist>?
  private let errorText: UnsafeMutablePointer<CChar>
  private var response = HopResponse()
  /// Why the receivers ended the transfer themselves; nil while they did not.
  private var verdict: Verdict?
  private var bodyUse = BodyUse.discard
  /// What is sent; nil for requests without a body.
  private let reader: BodyReader?

  private enum Verdict {
    /// What came is the answer.
    case enough
    case failed(TransferError)
  }

  private enum BodyUse {
    case discard
    /// Take it all; one byte more than so many is a failure.
    case take(limit: Int)
    /// Take the beginning; it is enough then.
    case sample(limit: Int)
    /// Hand it on.
    case pass(any TransferSink)
  }

  init(_ job: TransferQueue.Job, _ options: TransferOptions, quickFolder: String?) throws(TransferError) {
    guard let easy = ccurl_easy_new() else {
      throw .other(url: job.hop.address.shown, reason: "no memory")
    }
    self.job = job
    self.easy = easy
    self.options = options
    isQuick = quickFolder != nil && job.hop.address.scheme == "https"
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    switch job.hop.request.method {
    case .get, .delete: reader = nil
    case .post, .put, .patch: reader = try BodyReader(job.hop.request.body ?? .bytes([]))
    }
    try configure(quickFolder)
  }

  deinit {
    ccurl_easy_free(easy)
    ccurl_list_free(list)
    errorText.deallocate()
  }

  var noMemory: TransferError { .other(url: job.hop.address.shown, reason: "no memory") }

  // MARK: Receiving

  /// Takes one line of the headers. Returns whether the transfer goes on.
  private func receive(line: UnsafeRawBufferPointer) -> Bool {
    let text = line.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    if text.starts(with: "HTTP/".utf8) {
      // A new answer begins: the one before was 1xx.
      response.headers.removeAll()
      response.status =
        Int(String(decoding: text.split(separator: 0x20).dropFirst().first ?? [], as: UTF8.self)) ?? 0
      return true
    }
    if !text.isEmpty {
      response.headers.add(line: text)
      return true
    }
    return response.status < 200 || headersEnded()
  }

  /// Decides what to do with the body. Returns whether the transfer goes on.
  private func headersEnded() -> Bool {
    let request = job.hop.request
    let length = response.headers.contentLength
    switch response.status {
    case 200 where request.sink != nil, 206 where request.sink != nil:
      guard let sink = request.sink, !request.headersOnly else { return true }
      bodyUse = .pass(sink)
      return sink.begin(status: response.status, headers: response.headers) || fail(notTaken)
    case 200 where request.range != nil && !request.headersOnly:
      guard let length, length <= request.wholeLimit else {
        response.isCut = true
        verdict = .enough
        return false
      }
      bodyUse = .take(limit: request.wholeLimit)
    case 200..<300:
      bodyUse = .take(limit: request.bodyLimit)
      guard !request.headersOnly, let length else { return true }
      if length > request.bodyLimit { return fail(tooLarge(request.bodyLimit)) }
      response.body.reserveCapacity(length)
    case 300..<400: bodyUse = .discard
    default: bodyUse = .sample(limit: 1 << 16)
    }
    return true
  }

  /// Takes a piece of the body. Returns whether the transfer goes on.
  private func receive(body piece: UnsafeRawBufferPointer) -> Bool {
    switch bodyUse {
    case .discard: return true
    case .take(let limit):
      guard piece.count <= limit - response.body.count else { return fail(tooLarge(limit)) }
      response.body.append(contentsOf: piece)
    case .sample(let limit):
      response.body.append(contentsOf: piece.prefix(limit - response.body.count))
      if response.body.count == limit {
        response.isCut = true
        verdict = .enough
        return false
      }
    case .pass(let sink):
      return piece.isEmpty || sink.take(piece) || fail(notTaken)
    }
    return true
  }

  private func fail(_ error: TransferError) -> Bool {
    verdict = .failed(error)
    return false
  }

  private var notTaken: TransferError { .notTaken(url: job.hop.address.shown) }

  private func tooLarge(_ limit: Int) -> TransferError { .tooLarge(url: job.hop.address.shown, limit: limit) }

  // MARK: Ending

  /// The outcome, once libcurl has ended the transfer with `code`.
  func finish(_ code: CURLcode) -> Result<HopResponse, TransferError> {
    if let failure = reader?.failure { return .failure(failure) }
    switch verdict {
    case .failed(let error): return .failure(error)
    case nil where code != CURLE_OK: return .failure(classify(code))
    case .enough, nil: break
    }
    response.bytesOnWire = Int(ccurl_get_offset(easy, CURLINFO_SIZE_DOWNLOAD_T))
    response.isMultiplexed = ccurl_get_long(easy, CURLINFO_HTTP_VERSION) >= Int(CURL_HTTP_VERSION_2_0)
    if [301, 302, 303, 307, 308].contains(response.status),
      let target = ccurl_get_string(easy, CURLINFO_REDIRECT_URL)
    {
      response.redirect = String(cString: target)
    }
    return .success(response)
  }

  private func classify(_ code: CURLcode) -> TransferError {
    let host = job.hop.address.hostAndPort
    let url = job.hop.address.shown
    var reason = String(cString: errorText)
    while reason.last?.isWhitespace == true { reason.removeLast() }
    if reason.isEmpty { reason = String(cString: ccurl_error_text(code)) }
    let proxyStatus = ccurl_get_long(easy, CURLINFO_HTTP_CONNECTCODE)
    if proxyStatus >= 300 { return .proxy(reason: "it answered \(proxyStatus) to CONNECT \(host)") }
    switch code {
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: return .proxy(reason: reason)
    case CURLE_COULDNT_RESOLVE_HOST: return .couldNotResolve(host: host)
    case CURLE_COULDNT_CONNECT: return .couldNotConnect(host: host, reason: reason)
    case CURLE_OPERATION_TIMEDOUT:
      let isConnected = ccurl_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T) > 0
      return .timedOut(host: host, seconds: isConnected ? stallTimeout : options.connectTimeout)
    case CURLE_SSL_CONNECT_ERROR
    where reason.contains("SSL_ERROR_SYSCALL") || reason.contains("reset by peer"):
      return .interrupted(host: host, reason: reason)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CRL_BADFILE,
      CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CLIENTCERT, CURLE_USE_SSL_FAILED:
      return .tls(host: host, reason: reason)
    case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND, CURLE_GOT_NOTHING, CURLE_HTTP2,
      CURLE_HTTP2_STREAM:
      return .interrupted(host: host, reason: reason)
    case CURLE_PARTIAL_FILE: return .truncated(url: url)
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .badURL(url: url, reason: reason)
    default: return .other(url: url, reason: reason)
    }
  }

  // MARK: Configuring

  private func configure(_ quickFolder: String?) throws(TransferError) {
    let hop = job.hop
    try set(CURLOPT_URL, hop.address.text)
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_CONNECTTIMEOUT, options.connectTimeout)
    try set(CURLOPT_LOW_SPEED_LIMIT, 1)
    try set(CURLOPT_LOW_SPEED_TIME, stallTimeout)
    try set(CURLOPT_BUFFERSIZE, 1 << 16)
    if ccurl_features() & CURL_VERSION_HTTP2 != 0 { try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS) }
    // Wait for a connection that is being made rather than make a second one: it may turn out to be HTTP/2.
    try set(CURLOPT_PIPEWAIT, 1)
    try set(CURLOPT_USERAGENT, options.userAgent)
    if let form = hop.request.form {
      try set(CURLOPT_POSTFIELDSIZE, form.utf8.count)
      try set(CURLOPT_COPYPOSTFIELDS, form)
    }
    if let reader {
      try configure(reader)
    } else if hop.request.method != .get {
      try set(CURLOPT_CUSTOMREQUEST, hop.request.method.rawValue)
    }
    if hop.request.headersOnly { try set(CURLOPT_NOBODY, 1) }
    // Every encoding that libcurl can undo; but a range of an encoded body would be a range of other bytes, and a sink
    // may go on with one later.
    if hop.request.range == nil && hop.request.sink == nil { try set(CURLOPT_ACCEPT_ENCODING, "") }
    if let quickFolder {
      try set(CURLOPT_CAINFO, nil)
      try set(CURLOPT_CAPATH, quickFolder)
    } else {
      if let file = options.certificateFile { try set(CURLOPT_CAINFO, file) }
      if let folder = options.certificateFolder { try set(CURLOPT_CAPATH, folder) }
    }
    // An empty text keeps libcurl from looking into the environment itself.
    try set(CURLOPT_PROXY, (hop.address.scheme == "https" ? options.httpsProxy : options.httpProxy) ?? "")
    try set(CURLOPT_NOPROXY, options.proxyExceptions)
    try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    try setCredentials()
    try setHeaders()
    try check(ccurl_set_buffer(easy, CURLOPT_ERRORBUFFER, errorText))
    let context = Unmanaged.passUnretained(self).toOpaque()
    try check(
      ccurl_set_header_receiver(
        easy,
        { bytes, _, count, context in Transfer.dispatch(bytes, count, context) { $0.receive(line: $1) } },
        context))
    try check(
      ccurl_set_body_receiver(
        easy,
        { bytes, _, count, context in Transfer.dispatch(bytes, count, context) { $0.receive(body: $1) } },
        context))
  }

  private var stallTimeout: Int { job.hop.request.stallTimeout ?? options.stallTimeout }

  private func configure(_ reader: BodyReader) throws(TransferError) {
    let request = job.hop.request
    try set(CURLOPT_UPLOAD, 1)
    if request.method != .put { try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
    try check(ccurl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, Int64(request.body?.count ?? 0)))
    try set(CURLOPT_UPLOAD_BUFFERSIZE, 1 << 19)
    try check(
      ccurl_set_body_sender(
        easy,
        { bytes, _, count, context in
          guard let context, let bytes else { return Int(CURL_READFUNC_ABORT) }
          let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
          return transfer.send(into: UnsafeMutableRawBufferPointer(start: bytes, count: count))
            ?? Int(CURL_READFUNC_ABORT)
        },
        { context, offset, origin in
          guard let context, origin == SEEK_SET, offset == 0 else { return CURL_SEEKFUNC_FAIL }
          let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
          // libcurl would send again what a connection broke on; only who asks knows whether it may come twice.
          return transfer.reader?.count == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
        }, Unmanaged.passUnretained(self).toOpaque()))
  }

  /// Fills in the next bytes of the body; nil where they cannot be read.
  private func send(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    guard let reader, let count = reader.read(into: buffer) else { return nil }
    job.hop.request.sent?(reader.count)
    return count
  }

  private func setCredentials() throws(TransferError) {
    if let credentials = job.hop.credentials {
      try set(CURLOPT_USERNAME, credentials.name)
      try set(CURLOPT_PASSWORD, credentials.secret)
    } else if let file = options.netrcFile, access(file, R_OK) == 0,
      !job.hop.headers.contains(where: { $0.name.lowercased() == "authorization" })
    {
      try set(CURLOPT_NETRC, CURL_NETRC_OPTIONAL.rawValue)
      try set(CURLOPT_NETRC_FILE, file)
    }
  }

  private func setHeaders() throws(TransferError) {
    var lines = job.hop.headers.map { "\($0.name): \($0.value)" }
    if let range = job.hop.request.range { lines.append("Range: \(range.field)") }
    // Nothing is gained by asking before a body is sent: servers that would refuse it were asked for less before.
    if reader != nil { lines.append("Expect:") }
    for line in lines {
      // A line break would begin another header.
      let isClean = line.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x09 }
      guard isClean else {
        throw .other(url: job.hop.address.shown, reason: "a header holds a control character")
      }
      guard let longer = ccurl_list_append(list, line) else { throw noMemory }
      list = longer
    }
    try check(ccurl_set_list(easy, CURLOPT_HTTPHEADER, list))
  }

  private func set(_ option: CURLoption, _ value: String?) throws(TransferError) {
    try check(ccurl_set_string(easy, option, value))
  }

  private func set(_ option: CURLoption, _ value: some BinaryInteger) throws(TransferError) {
    try check(ccurl_set_long(easy, option, Int(value)))
  }

  private func check(_ code: CURLcode) throws(TransferError) {
    guard code == CURLE_OK else {
      throw .other(url: job.hop.address.shown, reason: String(cString: ccurl_error_text(code)))
    }
  }

  /// Hands what libcurl brings to the transfer that it belongs to; returns what libcurl wants to hear.
  private static func dispatch(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ receive: (Transfer, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    // An empty piece must be answered by 0, which aborts nothing then.
    return receive(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
  }
}
