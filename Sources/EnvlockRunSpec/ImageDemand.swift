extension RunPlan {
  /// How the image is asked for where a registry's name is needed, held to its digest:
  /// "registry.example.com/lab/resnet:1@sha256:…".
  ///
  /// - Parameters:
  ///   - allowTag: Whether a name without a digest does, which may mean another image tomorrow.
  ///   - target: Who starts it, as people call it: "docker", "Kubernetes".
  /// - Returns: The reference.
  /// - Throws: An image without a name, without a digest, or with a name that is none.
  func pulledReference(allowTag: Bool, target: String) throws(RunSpecError) -> String {
    guard let name = image.name, let reference = image.reference else {
      throw RunSpecError(
        "\(target) needs the image's name in a registry",
        hints: [
          "`skopeo copy --all --preserve-digests oci:image docker://registry.example.com/NAME` brings it there; then name it with `--image`"
        ])
    }
    // A name that begins with a dash would be read as an option.
    let isName =
      !name.isEmpty && !name.hasPrefix("-")
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-./:".utf8.contains(byte)
      }
    guard isName else {
      throw RunSpecError(
        "“\(name)” cannot be an image's name", hints: ["it looks like registry.example.com/lab/resnet:1"])
    }
    guard image.digest != nil || allowTag else {
      throw RunSpecError(
        "\(name) has no digest, so that \(target) would start whatever has that name by then",
        hints: [
          "name it with its digest, which `envlock build` prints: \(name)@sha256:…",
          "`--allow-tag` takes the name alone",
        ])
    }
    return reference
  }
}
