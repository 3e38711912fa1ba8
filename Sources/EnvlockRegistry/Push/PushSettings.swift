/// How something is written to a registry.
package struct PushSettings: Sendable {
  /// How many bytes a request may carry; nil sends a blob in one, unless the registry wants it otherwise.
  package var chunkSize: Int?
  /// Repositories of the same registry that may have a blob already, the likeliest first.
  package var mountSources: [String] = []
  /// How long to wait before each further try, while none of them gets any further.
  package var backoff: [Duration] = [
    .milliseconds(200), .milliseconds(800), .seconds(2), .seconds(5), .seconds(10),
  ]
  /// The longest that a registry is waited for which says when to come again.
  package var longestWait = Duration.seconds(120)

  /// One request for each blob, five further tries.
  package init() {}
}
