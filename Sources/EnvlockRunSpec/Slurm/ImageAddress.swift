import EnvlockModel

/// An image's name in its parts, for runtimes that write them in an order of their own.
struct ImageAddress: Hashable, Sendable {
  /// Host and port of the registry: "registry.example.com:5000".
  let registry: String
  /// Where it lies there: "lab/resnet".
  let repository: String
  /// The tag; nil where the name has none.
  let tag: String?
  /// The digest that it is held to.
  let digest: Digest?

  /// Takes a plan's image apart as Docker does: what stands before the first slash is a registry if it has a dot or a
  /// colon or is "localhost"; else Docker Hub is meant.
  ///
  /// - Throws: An image without a name, or without a digest where one is needed.
  init(_ plan: RunPlan, allowTag: Bool, target: String) throws(RunSpecError) {
    _ = try plan.pulledReference(allowTag: allowTag, target: target)
    var rest = Substring(plan.image.name ?? "")
    var registry = "docker.io"
    if let slash = rest.firstIndex(of: "/") {
      let first = rest[..<slash]
      if first == "localhost" || first.contains(where: { $0 == "." || $0 == ":" }) {
        registry = String(first)
        rest = rest[rest.index(after: slash)...]
      }
    }
    self.registry = registry
    let colon = rest.lastIndex(of: ":")
    tag = colon.map { String(rest[rest.index(after: $0)...]) }
    let path = String(colon.map { rest[..<$0] } ?? rest)
    repository = registry == "docker.io" && !path.contains("/") ? "library/" + path : path
    digest = plan.image.digest
    let isPath = repository.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
    guard isPath, !repository.contains(":"), tag != "" else {
      throw RunSpecError(
        "“\(plan.image.name ?? "")” cannot be an image's name",
        hints: ["it looks like registry.example.com/lab/resnet:1"])
    }
  }

  /// As Apptainer takes it, which refuses a tag beside a digest: "docker://registry.example.com/lab/resnet@sha256:…".
  var apptainer: String { "docker://\(registry)/\(repository)" + (digest.map { "@\($0)" } ?? tagged) }

  /// As enroot takes it: "registry.example.com#lab/resnet:sha256:…".
  ///
  /// The digest stands where a tag would: every release of enroot asks a registry for what stands there, while only
  /// those from 4 on read an at sign (NVIDIA/enroot, src/docker.sh).
  var enroot: String {
    // Docker Hub's registry has another name than its images.
    (registry == "docker.io" ? "registry-1.docker.io" : registry) + "#" + repository
      + (digest.map { ":\($0)" } ?? tagged)
  }

  private var tagged: String { tag.map { ":\($0)" } ?? "" }
}
