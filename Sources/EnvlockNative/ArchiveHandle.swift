import CArchive

/// A reader of libarchive, with what it reads from.
final class ArchiveHandle {
  /// libarchive's own; passed to the functions of `CArchive` only.
  let archive: OpaquePointer
  /// Whether all input was asked for, and more: whoever still wants something then reads what is cut off.
  private(set) var hasRunDry = false

  private let input: any ArchiveInput
  private var inputFault: ArchiveFault?

  /// Begins to read.
  ///
  /// - Parameters:
  ///   - input: where the bytes come from.
  ///   - accept: says to libarchive what to expect.
  /// - Throws: `ArchiveFault`, also where the first bytes are already wrong.
  init(_ input: any ArchiveInput, accept: (OpaquePointer) throws(ArchiveFault) -> Void) throws(ArchiveFault) {
    if let reason = carchive_load() { throw .notLoaded(reason: String(cString: reason)) }
    guard let archive = carchive_new() else { throw .noMemory }
    self.archive = archive
    self.input = input
    try accept(archive)
    let code = carchive_open(
      archive,
      { _, context, bytes in
        guard let context, let bytes else { return -1 }
        return Unmanaged<ArchiveHandle>.fromOpaque(context).takeUnretainedValue().feed(bytes)
      }, Unmanaged.passUnretained(self).toOpaque())
    guard code == ARCHIVE_OK else { throw fault() }
  }

  deinit { carchive_free(archive) }

  private func feed(_ bytes: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
    do throws(ArchiveFault) {
      let block = try input.next()
      if block.isEmpty { hasRunDry = true }
      bytes.pointee = block.baseAddress
      return block.count
    } catch {
      inputFault = error
      return -1
    }
  }

  /// What went wrong in the last call.
  func fault() -> ArchiveFault {
    if let inputFault { return inputFault }
    return hasRunDry ? .cutOff : .corrupt(reason: reason)
  }

  /// What libarchive says of the last call.
  var reason: String { String(cString: carchive_error(archive)) }
}
