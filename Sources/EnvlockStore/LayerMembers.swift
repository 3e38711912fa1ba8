package import EnvlockNative

/// Takes some files out of a layer.
package enum LayerMembers {
  /// How many bytes are taken out of a layer at most.
  private static let limit = 256 << 20

  /// Reads members with their contents, on a thread of its own.
  ///
  /// - Parameters:
  ///   - path: the layer's file, whatever it is compressed with; whoever wants to know that it is the right one has
  ///     verified its digest.
  ///   - name: what it is called in errors.
  ///   - isWanted: whether the member at a path is to be read.
  /// - Returns: the members in the order of the archive; what is no file has no content.
  /// - Throws: `ArchiveError`.
  package static func read(
    _ path: String, name: String, where isWanted: @escaping @Sendable (String) -> Bool
  ) async throws(ArchiveError) -> [(member: ArchiveMember, content: [UInt8])] {
    try await onThread { () throws(ArchiveError) in
      var members: [(member: ArchiveMember, content: [UInt8])] = []
      var room = limit
      do throws(ArchiveFault) {
        let reader = try ArchiveReader(path, .tar)
        while let member = try reader.next() {
          guard isWanted(member.path) else { continue }
          var content: [UInt8] = []
          if case .file = member.kind { content = try reader.content(limit: room) }
          room -= content.count
          members.append((member, content))
        }
      } catch {
        // Some tools write layers without their end, and every runtime takes them.
        guard error == .cutOff, !members.isEmpty else { throw ArchiveError(name, .archive(error)) }
      }
      return members
    }
  }
}
