import EnvlockImage
import EnvlockModel
import EnvlockNative
import Glibc
import Synchronization

/// A layer that is being written, as its threads see it.
final class LayerJob: Sendable {
  /// What went wrong, and in which segment.
  struct Fault: Error {
    var segment: Int
    var error: LayerError
  }

  let plan: LayerPlan
  let sources: [LayerSource]
  /// An open file for each source.
  let descriptors: [Int32]
  /// Set when the layer will not be, so that every thread ends soon.
  let isStopped = Atomic<Bool>(false)
  /// Set by whoever waits for the layer.
  let isCancelled = Atomic<Bool>(false)

  init(_ plan: LayerPlan, _ sources: [LayerSource]) throws(LayerError) {
    self.plan = plan
    self.sources = sources
    var opened: [Int32] = []
    for source in sources {
      let descriptor = Glibc.open(source.path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        let code = errno
        for descriptor in opened { Glibc.close(descriptor) }
        throw LayerError(source.name, .file(FileFailure(.read, source.path, code: code)))
      }
      opened.append(descriptor)
    }
    descriptors = opened
  }

  deinit {
    for descriptor in descriptors { close(descriptor) }
  }

  var mustEnd: Bool { isStopped.load(ordering: .relaxed) || isCancelled.load(ordering: .relaxed) }

  /// The path of the entry whose content a segment is.
  func member(_ segment: Int) -> String {
    let number = plan.segments[...segment].count { if case .splice = $0 { true } else { false } }
    let spliced = plan.entries.lazy.filter {
      if case .splice(let splice) = $0.content { splice.size > 0 } else { false }
    }
    return spliced.dropFirst(number - 1).first?.path.text ?? ""
  }

  func fault(_ segment: Int, _ splice: Splice, _ cause: (String) -> LayerError.Cause) -> Fault {
    let name = sources.indices.contains(splice.source) ? sources[splice.source].name : ""
    return Fault(segment: segment, error: LayerError(name, cause(member(segment))))
  }

  /// Reads bytes of a source; all that are asked for, or it is a fault.
  func read(
    _ segment: Int, _ splice: Splice, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Fault) {
    guard descriptors.indices.contains(splice.source) else {
      throw fault(segment, splice) { .noSource(member: $0) }
    }
    let (count, code) = StoreFiles.read(
      descriptors[splice.source], at: splice.offset + offset, into: buffer)
    if code != 0 {
      let path = sources[splice.source].path
      throw fault(segment, splice) { _ in .file(FileFailure(.read, path, code: code)) }
    }
    guard count == buffer.count else { throw fault(segment, splice) { .cutOff(member: $0) } }
  }
}
