/// One thing that was decided, and why: a line of `--explain`.
public struct RunChoice: Hashable, Sendable {
  /// What it is about, in a word or two: "GPU", "driver", "image".
  public let topic: String
  /// What was chosen, as it stands in the document: "nvidia.com/gpu: 1".
  public let choice: String
  /// Why, in a clause without a trailing period.
  public let reason: String

  /// A choice.
  public init(_ topic: String, _ choice: String, _ reason: String) {
    self.topic = topic
    self.choice = choice
    self.reason = reason
  }
}
