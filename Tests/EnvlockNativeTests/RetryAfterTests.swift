import Testing

@testable import EnvlockNative

/// When a server wants to be asked again: RFC 9110, sections 10.2.3 and 5.6.7.
@Suite struct RetryAfterTests {
  /// Sunday, the sixth of November 1994, 08:49:37 UTC: the example of the RFC.
  private static let example = 784_111_777

  private func fields(_ lines: String...) -> HeaderFields {
    var fields = HeaderFields()
    for line in lines { fields.add(line: line.utf8) }
    return fields
  }

  @Test(arguments: [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
  ])
  func `a date is read in each of its three forms`(text: String) {
    #expect(HTTPDate.seconds(text, now: Self.example) == Self.example)
  }

  @Test func `a year of two digits is at most fifty years ahead`() {
    let text = "Friday, 01-Jan-44 00:00:00 GMT"
    #expect(HTTPDate.seconds(text, now: Self.example) == 2_335_219_200)
    #expect(HTTPDate.seconds("Saturday, 01-Jan-45 00:00:00 GMT", now: Self.example) == -788_918_400)
  }

  @Test(arguments: [
    "", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT",
    "Sun, 06 Nom 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49 GMT",
    "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 199400000000 08:49:37 GMT", "Sunday, 06-Nov 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
  ])
  func `what is no date says nothing`(text: String) {
    #expect(HTTPDate.seconds(text, now: Self.example) == nil)
    #expect(fields("Retry-After: \(text)").retryAfter(now: Self.example) == nil)
  }

  @Test func `a number is seconds, however large`() {
    #expect(fields("Retry-After: 120").retryAfter(now: 0) == 120)
    #expect(fields("Retry-After: 0").retryAfter(now: 0) == 0)
    #expect(fields("Retry-After: 99999999999999999999999").retryAfter(now: 0) == 1 << 31)
    #expect(fields("Retry-After: -5").retryAfter(now: 0) == nil)
    #expect(fields("Content-Length: 5").retryAfter(now: 0) == nil)
  }

  @Test func `a date counts from the server's clock, else from this machine's`() {
    let later = "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT"
    #expect(fields(later).retryAfter(now: Self.example) == 60)
    // This machine's clock is an hour ahead; the server says what it takes for the present.
    let present = "Date: Sun, 06 Nov 1994 08:49:37 GMT"
    #expect(fields(later, present).retryAfter(now: Self.example + 3600) == 60)
    #expect(fields(later).retryAfter(now: Self.example + 3600) == 0)
    #expect(fields(later, "Date: now").retryAfter(now: Self.example) == 60)
  }
}
