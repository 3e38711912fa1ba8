import EnvlockImage
import EnvlockModel
import Glibc

/// What of an image was left out while it was unpacked, because this user or this file system cannot have it.
struct UnpackNotes {
  private enum Kind: Hashable {
    case device
    case attribute(name: String, code: Int32)
    case steering(name: String)
  }

  private var kinds: [Kind: (path: String, count: Int)] = [:]
  private var order: [Kind] = []

  /// How many kinds are told one by one; the names of attributes are the image's.
  private static let limit = 20

  /// A device was not made.
  mutating func skipDevice(_ path: String) { note(.device, path) }

  /// An attribute was not set, for the system's reason.
  mutating func skipAttribute(_ name: String, _ path: String, code: Int32) {
    note(.attribute(name: name, code: code), path)
  }

  /// An attribute was not set because it means something to this system.
  mutating func skipSteering(_ name: String, _ path: String) { note(.steering(name: name), path) }

  private mutating func note(_ kind: Kind, _ path: String) {
    if let old = kinds[kind] {
      kinds[kind] = (old.path, old.count + 1)
    } else if order.count < UnpackNotes.limit {
      kinds[kind] = (path, 1)
      order.append(kind)
    }
  }

  /// A sentence for each kind of thing.
  var lines: [String] {
    order.compactMap { kind in
      guard let (path, count) = kinds[kind] else { return nil }
      let others = count == 1 ? "" : " and of \(count - 1) more"
      switch kind {
      case .device:
        return count == 1
          ? "the device \(Quoted.text(path)) was left out: only root may make it"
          : "\(count) devices were left out, \(Quoted.text(path)) first: only root may make them"
      case .attribute(let name, let code):
        let reason = FileFailure(.write, path, code: code).reason
        return "the attribute \(Quoted.text(name)) of \(Quoted.text(path))\(others) was left out: \(reason)"
      case .steering(let name):
        return "the attribute \(Quoted.text(name)) of \(Quoted.text(path))\(others) was left out: "
          + "it belongs to the system, not to the image"
      }
    }
  }
}
