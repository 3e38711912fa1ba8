import EnvlockImage
import EnvlockModel
import EnvlockStore

/// What a layer of compiled modules is made of.
struct BytecodeRecipe: Sendable {
  /// Whose modules.
  enum Subject: Sendable {
    /// The interpreter's.
    case standardLibrary
    /// Those of wheels, by ascending name.
    case wheels([LockedWheel])
  }

  let subject: Subject
  /// What the interpreter is, and what it needs to start.
  let base: LockedBase
  let platform: Platform
  /// The modules that the user's files put others in the place of. Python would not look at those.
  let replaced: Set<ImagePath>

  /// The packages of Debian that the interpreter needs to start.
  var packages: [LockedDebianPackage] {
    guard case .debian(let debian) = base.system else { return [] }
    return switch base.interpreter.origin {
    case .debian(let package): debian.closure(of: [package])
    case .build: debian.closure(of: ["libc6"])
    }
  }
}

extension LayerMaker {
  /// A module with more bytes is none that anybody wrote.
  private static let moduleLimit = 32 << 20
  /// How many modules one start of Python compiles.
  private static let modulesAtOnce = 250

  /// The compiled modules of a layer.
  func draft(_ recipe: BytecodeRecipe, title: String) async throws -> Draft {
    let unpacked = try await python.content { try await unpackPython(of: recipe) }
    var modules = unpacked.library
    var present: Set<ImagePath> = []
    if case .wheels(let wheels) = recipe.subject {
      modules = try await draft(wheels)
      present = Set(modules.entries.lazy.map(\.path))
      modules.entries.removeAll { !$0.isFile || !layout.isModule($0.path) }
    }
    modules.entries.removeAll { recipe.replaced.contains($0.path) }
    let count = modules.entries.count
    var failed = modules.entries.filter { $0.size > Self.moduleLimit }.map(\.path)
    modules.entries.removeAll { $0.size > Self.moduleLimit }
    var files: [(path: ImagePath, content: [UInt8])] = []
    for (module, compiled) in zip(modules.entries, try await compile(modules, in: unpacked.folder)) {
      guard let compiled else {
        failed.append(module.path)
        continue
      }
      // What a wheel brings itself stays; its RECORD lists it.
      guard let path = CompiledModule.path(of: module.path, tag: compiled.tag), !present.contains(path) else {
        continue
      }
      files.append((path, compiled.content))
    }
    let pack = try await site.packer.pack(files: files, name: title)
    var draft = Draft(entries: [], sources: [pack.file], packs: [pack])
    for (file, entry) in zip(files, pack.entries) {
      guard case .file(let content) = entry.kind else { continue }
      draft.entries.append(LayerEntry(file.path, .splice(content.splice(source: 0)), mode: 0o644))
    }
    if let first = failed.first {
      draft.notes.append(
        "\(title): Python \(layout.python) cannot compile \(failed.count) of \(count) modules, "
          + (failed.count == 1 ? "/\(first)" : "the first is /\(first)"))
    }
    return draft
  }

  /// Compiles modules, some at a time.
  ///
  /// - Returns: what each has become, in the order of the entries; nil for those that cannot be compiled.
  private func compile(
    _ modules: Draft, in folder: ScratchFolder
  ) async throws -> [(tag: String, content: [UInt8])?] {
    let starts = Array(stride(from: 0, to: modules.entries.count, by: Self.modulesAtOnce))
    return try await withThrowingTaskGroup(of: (Int, ModuleCompiler.Answer).self) { group in
      for start in starts {
        group.addTask {
          let entries = modules.entries[start...].prefix(Self.modulesAtOnce)
          let answer = try await python.compile(in: folder) {
            let contents = try await site.layers.contents(of: Array(entries), sources: modules.sources)
            return zip(entries, contents).map { ModuleCompiler.Source(path: $0.path, content: $1) }
          }
          return (start, answer)
        }
      }
      var answers: [Int: ModuleCompiler.Answer] = [:]
      for try await (start, answer) in group { answers[start] = answer }
      return starts.flatMap { start in
        let answer = answers[start]
        return (answer?.modules ?? []).map { content in content.map { (answer?.tag ?? "", $0) } }
      }
    }
  }
}
