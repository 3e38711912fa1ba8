import EnvlockVersions

extension Manifest {
  /// What the manifest's digest is taken over: everything that can change the answer of a resolve and nothing else.
  ///
  /// It is written into locks, so the credentials of direct references are masked. Left out are the environment's
  /// name, where a requirement was written, the URLs of indexes (a mirror gives the
  /// same answer; the lock holds the hashes) and the tables `[image]` and `[run]`, which a resolve does not read. Lists whose order means nothing are sorted; the indexes keep theirs, which is their priority.
  public func canonical() -> JSONValue {
    var object: JSONObject = [
      "constraints": sortedTexts(constraints),
      "indexes": .array(indexes.map { $0.canonical() }),
      "platforms": .array(platforms.sorted().map { .string($0.description) }),
      "prerelease": .string(prerelease.rawValue),
      "requirements": sortedTexts(requirements),
      "split": .bool(split),
      "targets": .array(targets.sorted { $0.name < $1.name }.map { $0.canonical() }),
    ]
    // Without a base and a word of the user's it is the default, which is written so that locks say it.
    if base == nil || statedGlibc != nil { object["glibc"] = .string(glibc.description) }
    object["base"] = base?.canonical()
    if !buildSdist.isEmpty {
      object["build-sdist"] = .array(Set(buildSdist).sorted().map { .string($0.text) })
    }
    object["cuda"] = cuda.map { .string($0.description) }
    object["exclude-newer"] = excludeNewer.map { .string($0.description) }
    object["framework"] = framework.map { .string(URLCredentials.redacted($0.requirement.description)) }
    object["python"] = python.map { .string($0.description) }
    object["requires-python"] = requiresPython.map { .string($0.description) }
    return .object(object)
  }

  private func sortedTexts(_ requirements: [SourcedRequirement]) -> JSONValue {
    .array(
      Set(requirements.map { URLCredentials.redacted($0.requirement.description) }).sorted().map {
        .string($0)
      })
  }
}

extension BaseDeclaration {
  /// What a lock says of the base that was asked for.
  public func canonical() -> JSONValue {
    switch system {
    case .debian(let suite):
      [
        "debian": .string(suite), "packages": .array(Set(packages).sorted().map { .string($0) }),
        "security": .bool(security),
      ]
    case .image(let reference): ["image": .string(reference)]
    }
  }
}

extension Target {
  fileprivate func canonical() -> JSONValue {
    var object: JSONObject = [
      "gpus": .array(Set(gpus).sorted().map { .string($0) }), "name": .string(name),
    ]
    object["driver"] = driver.map { .string($0.description) }
    return .object(object)
  }
}

extension IndexDeclaration {
  fileprivate func canonical() -> JSONValue {
    .object([
      "name": .string(name), "packages": .array(Set(packages).sorted().map { .string($0.text) }),
    ])
  }
}
