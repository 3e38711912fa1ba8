public import EnvlockModel

/// A document, or several, that start an image somewhere.
///
/// A spec is a value of the target's own words; `files` are its text. Equal plans and options give equal bytes.
public protocol RunSpec: Sendable {
  /// What may be set beside the plan; each has a default.
  associatedtype Options: Sendable

  /// Makes the spec.
  ///
  /// - Throws: What this target cannot give, and what could be asked for instead.
  init(_ plan: RunPlan, options: Options) throws(RunSpecError)

  /// The documents, the main one first.
  var files: [SpecFile] { get }
  /// What this target decided, beside the plan's own choices.
  var choices: [RunChoice] { get }
}

/// One document of a run spec.
public struct SpecFile: Hashable, Sendable {
  /// What stands in it.
  public enum Content: Hashable, Sendable {
    /// YAML documents.
    case yaml([JSONValue])
    /// A JSON document.
    case json(JSONValue)
    /// Text in a form of its own, which overlays cannot change.
    case text(String)
    /// A value from which text in a form of its own is made, so that overlays can change it.
    case made(JSONValue, any SpecText)

    /// Compares values.
    public static func == (left: Content, right: Content) -> Bool {
      switch (left, right) {
      case (.yaml(let left), .yaml(let right)): left == right
      case (.json(let left), .json(let right)): left == right
      case (.text(let left), .text(let right)): left == right
      case (.made(let left, _), .made(let right, _)): left == right
      default: false
      }
    }

    /// Hashes values.
    public func hash(into hasher: inout Hasher) {
      switch self {
      case .yaml(let documents): hasher.combine(documents)
      case .json(let document), .made(let document, _): hasher.combine(document)
      case .text(let text): hasher.combine(text)
      }
    }
  }

  /// What it is called in a folder: "job.yaml".
  public let name: String
  /// What stands in it.
  public var content: Content
  /// Whether it is a program.
  public let isExecutable: Bool

  /// A document.
  public init(_ name: String, _ content: Content, isExecutable: Bool = false) {
    self.name = name
    self.content = content
    self.isExecutable = isExecutable
  }

  /// The text, with a newline at its end.
  ///
  /// - Throws: `RunSpecError` for a value of ``Content/made(_:_:)`` that an overlay made unusable.
  public func text() throws(RunSpecError) -> String {
    switch content {
    case .yaml(let documents): YAMLText.text(of: documents)
    case .json(let document): document.canonical()
    case .text(let text): text
    case .made(let document, let maker): try maker.text(of: document)
    }
  }
}

/// Makes text in a form of its own of a value.
public protocol SpecText: Sendable {
  /// The text, with a newline at its end.
  ///
  /// - Throws: `RunSpecError` that names the key whose value cannot be written.
  func text(of document: JSONValue) throws(RunSpecError) -> String
}
