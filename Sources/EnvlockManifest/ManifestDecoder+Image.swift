import EnvlockModel
import EnvlockVersions

extension ManifestDecoder {
  /// The table `[base]`.
  func base(_ top: TableReader) throws(ManifestError) -> BaseDeclaration? {
    guard let table = try top.table("base", title: title("base")) else { return nil }
    try table.expectOnly(Keys.base)
    let system: BaseDeclaration.System
    switch (try table.string("debian"), try table.string("image")) {
    case (let suite?, nil):
      system = .debian(
        suite: try suite.parsed { text throws(MalformedText) in try BaseDeclaration.suite(text) })
    case (nil, let reference?):
      guard !reference.text.isEmpty else { throw reference.error("`image` is empty") }
      system = .image(reference: reference.text)
      for key in ["packages", "security"] {
        guard let member = table.member(key) else { continue }
        throw ManifestError(
          "`\(key)` goes with `debian`, not with `image`", at: member.keyRange, in: table.source,
          hints: ["choose an image that has what is needed, or a suite of Debian"])
      }
    case (_?, let reference?):
      throw reference.error(
        "\(table.title) has both `debian` and `image`", hints: ["leave one of them out"])
    case (nil, nil):
      throw ManifestError(
        "\(table.title) names no base", at: table.range, in: table.source,
        hints: ["add `debian = \"bookworm\"`, or `image = \"…\"`"])
    }
    var packages: [String] = []
    for text in try table.strings("packages") {
      let dependencies = try text.parsed { text throws(MalformedText) in try DebianDependency.list(text) }
      guard dependencies.count == 1, dependencies[0].alternatives.count == 1 else {
        throw text.error("an element of `packages` is one package: “\(text.text)” is not")
      }
      packages.append(dependencies[0].description)
    }
    return BaseDeclaration(system, packages: packages, security: try table.boolean("security") ?? true)
  }

  /// The table `[image]`.
  func image(_ top: TableReader) throws(ManifestError) -> ImageDeclaration? {
    guard let table = try top.table("image", title: title("image")) else { return nil }
    try table.expectOnly(Keys.image)
    var image = ImageDeclaration()
    image.copy = try table.strings("copy").map(\.text)
    if let workdir = try table.string("workdir") {
      guard workdir.text.hasPrefix("/") else {
        throw workdir.error("`workdir` has to begin with a slash", hints: ["write \"/\(workdir.text)\""])
      }
      image.workdir = workdir.text
    }
    if table.member("entrypoint") != nil { image.entrypoint = try table.strings("entrypoint").map(\.text) }
    if table.member("cmd") != nil { image.cmd = try table.strings("cmd").map(\.text) }
    image.env = try texts(table, "env")
    image.user = try table.string("user")?.text
    image.labels = try texts(table, "labels")
    image.bytecode = try table.boolean("bytecode") ?? false
    return image
  }

  /// A table of texts; a name that no variable or label can have is an error.
  func texts(_ table: TableReader, _ key: String) throws(ManifestError) -> [String: String] {
    guard let inner = try table.table(key, title: "\(table.title.dropLast()).\(key)]") else { return [:] }
    var texts: [String: String] = [:]
    for member in inner.members {
      guard !member.key.isEmpty, !member.key.utf8.contains(where: { $0 < 0x21 || $0 == UInt8(ascii: "=") })
      else {
        throw ManifestError(
          "“\(member.key)” is no name in \(inner.title)", at: member.keyRange, in: table.source)
      }
      texts[member.key] = try inner.string(member.key)?.text
    }
    return texts
  }
}
