package import EnvlockImage
import EnvlockModel
package import EnvlockNative
import Glibc
import Synchronization

/// Unpacks archives that are not zip files, and compresses each file in them anew, always to the same bytes.
///
/// Packs lie in `packs` in the cache's folder, in a folder that is locked while it is in use; what a program that was
/// killed leaves there is removed by the next that packs.
package struct ArchivePacker: Sendable {
  /// What kind of archive it is.
  package typealias Kind = ArchiveReader.Kind

  let folder: ArchivePackFolder
  private let limits: ArchiveLimits
  private let gate: Gate

  /// - Parameters:
  ///   - root: the cache's folder; what is missing of it is made when it is needed.
  ///   - parallel: how many archives are packed at a time, each on two threads.
  ///   - limits: how much of an archive is believed.
  package init(folder root: String, parallel: Int = 2, limits: ArchiveLimits = ArchiveLimits()) {
    folder = ArchivePackFolder(root)
    self.limits = limits
    gate = Gate(parallel)
  }

  /// Packs an archive of the store, as the other `pack` does, once it is known to be what its digest says.
  ///
  /// - Parameters:
  ///   - artifact: the archive.
  ///   - name: what it is called in errors: its file name.
  ///   - kind: what it must be.
  /// - Returns: its members, and where their contents lie.
  /// - Throws: `ArchiveError`.
  package func pack(
    _ artifact: StoredArtifact, name: String, kind: Kind
  ) async throws(ArchiveError) -> ArchivePack {
    try await pack(artifact.path, digest: artifact.digest, name, kind)
  }

  /// Packs an archive, on threads of its own. Cancelling the task ends it soon; nothing stays.
  ///
  /// - Parameters:
  ///   - archive: the file; whoever wants to know that it is the right one has verified its digest.
  ///   - name: what it is called in errors: its file name.
  ///   - kind: what it must be.
  /// - Returns: its members, and where their contents lie.
  /// - Throws: `ArchiveError`.
  package func pack(
    file archive: String, name: String, kind: Kind
  ) async throws(ArchiveError) -> ArchivePack {
    try await pack(archive, digest: nil, name, kind)
  }

  /// Packs files that were made here, in their order, as files of root that everybody may read.
  ///
  /// - Parameters:
  ///   - files: their paths and contents.
  ///   - name: what they are called in errors.
  /// - Returns: the files, and where their contents lie.
  /// - Throws: `ArchiveError`.
  package func pack(
    files: [(path: ImagePath, content: [UInt8])], name: String
  ) async throws(ArchiveError) -> ArchivePack {
    try await pack(name) { job throws(ArchiveError) in
      try run(job, name) { job.take(files) }
    }
  }

  private func pack(
    _ archive: String, digest: Digest?, _ name: String, _ kind: Kind
  ) async throws(ArchiveError) -> ArchivePack {
    try await pack(name) { job throws(ArchiveError) in
      if let digest { try verify(archive, digest, name) }
      return try run(job, name) { job.read(archive, kind, limits) }
    }
  }

  private func pack(
    _ name: String, _ work: @escaping @Sendable (ArchivePackJob) throws(ArchiveError) -> ArchivePack
  ) async throws(ArchiveError) -> ArchivePack {
    guard await gate.enter() else { throw ArchiveError(name, .cancelled) }
    defer { gate.leave() }
    let job = ArchivePackJob()
    do {
      return try await withTaskCancellationHandler {
        try await onThread { () throws(ArchiveError) in try work(job) }
      } onCancel: {
        job.isCancelled.store(true, ordering: .relaxed)
      }
    } catch let error as ArchiveError {
      throw error
    } catch {
      throw ArchiveError(name, .cancelled)
    }
  }

  private func verify(
    _ archive: String, _ digest: Digest, _ name: String
  ) throws(ArchiveError) {
    let found: Digest
    do throws(FileFailure) { found = try sha256(file: archive).digest } catch {
      throw ArchiveError(name, .file(error))
    }
    guard found == digest else { throw ArchiveError(name, .digest(expected: digest, found: found)) }
  }

  /// Compresses and writes what another thread reads.
  private func run(
    _ job: ArchivePackJob, _ name: String, _ read: @escaping @Sendable () -> Void
  ) throws(ArchiveError) -> ArchivePack {
    let path: String
    let descriptor: Int32
    do throws(FileFailure) { (path, descriptor) = try folder.makeFile() } catch {
      throw ArchiveError(name, .file(error))
    }
    defer { close(descriptor) }
    do throws(ArchiveError) {
      guard let reading = WorkThread(read) else {
        throw ArchiveError(name, .noThread)
      }
      let writer = ArchivePackWriter(descriptor, path, job)
      var failure: FileFailure?
      do throws(FileFailure) {
        try job.ring.drain { piece throws(FileFailure) in try writer.take(piece) }
        try writer.finish()
      } catch {
        failure = error
        job.ring.giveUp()
      }
      reading.join()
      if let failure { throw ArchiveError(name, .file(failure)) }
      let members = try job.result(name)
      let source = LayerSource(name: name, path: path, digest: nil)
      return ArchivePack(members, writer.entries, source, in: folder)
    } catch {
      unlink(path)
      throw error
    }
  }
}
