package import EnvlockModel
package import EnvlockVersions

/// What is known of a project on the indexes. That it is missing is a fact like any other, so that a
/// proof can cite it.
package enum PageFact: Sendable {
  /// The index that knows the project, by its name, and what it says.
  case page(ProjectPage, index: String)
  /// No index has it.
  case noSuchProject
  /// It is not in the cache, and the network may not be asked.
  case offline
  /// An index wants credentials for it.
  case unauthorized(host: String)
}

/// What is known of a wheel's METADATA.
package enum MetadataFact: Sendable {
  case known(CoreMetadata)
  /// The wheel cannot be used, and why: a phrase that follows "torch 2.0.1 …".
  case unusable(String)
  /// Its server wants credentials for it.
  case unauthorized(host: String)
  /// It is not in the cache, and the network may not be asked.
  case offline
}

/// One wheel that a solve may choose.
package struct Candidate: Hashable, Sendable {
  package let version: Version
  package let wheel: Wheel
  /// The name of the index it comes from, or `DirectReference.indexName`.
  package let index: String

  package init(version: Version, wheel: Wheel, index: String) {
    self.version = version
    self.wheel = wheel
    self.index = index
  }
}

/// A fact that a solve cannot go on without.
package enum FactNeed: Hashable, Sendable {
  case page(ProjectName)
  case metadata(Candidate)
}

/// The facts gathered so far. A nil answer means "not yet"; an answer, once given, never changes.
package protocol FactSource: AnyObject {
  /// What the indexes say of `project`.
  func page(of project: ProjectName) -> PageFact?
  /// What the wheel of `candidate` says of itself.
  func metadata(of candidate: Candidate) -> MetadataFact?
}
