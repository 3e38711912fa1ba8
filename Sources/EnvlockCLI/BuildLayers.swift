import Envlock
import EnvlockModel

/// How far a planned layer is from being in an image.
enum LayerState: Hashable, Sendable {
  /// Nothing is left to do.
  case inStore
  /// What it is made of is here.
  case toMake
  /// So many bytes have to be fetched first; nil where that is not known.
  case toFetch(Int?)
}

extension PlannedLayer {
  /// Whether it is a layer of the image below, which is taken as it is.
  var isCarried: Bool { made.map { $0.tarSize == nil } ?? false }

  /// What has to be fetched before it can be in an image.
  var missing: [Part] {
    // A layer that is made needs nothing more; one of the image below is known, and has to come all the same.
    made != nil && !isCarried ? [] : parts.filter { !$0.isInStore }
  }

  /// How far it is.
  var state: LayerState {
    let missing = missing
    guard missing.isEmpty else {
      let sizes = missing.compactMap(\.size)
      return .toFetch(sizes.count == missing.count ? sizes.reduce(0, +) : nil)
    }
    return made == nil ? .toMake : .inStore
  }

  /// Bytes of the layer, or, before it is made, of what it is made from; nil where neither is known.
  var shownSize: Int? {
    if let made { return made.size }
    let sizes = parts.compactMap(\.size)
    return sizes.isEmpty ? nil : sizes.reduce(0, +)
  }

  /// Whether ``shownSize`` is that of the layer itself.
  var isSizeExact: Bool { made != nil }

  /// "858 MB"; "~858 MB" of what it is made from; empty where nothing is known.
  var sizeText: String { shownSize.map { (isSizeExact ? "" : "~") + Quantity.bytes($0) } ?? "" }
}

/// Layers with what they come to together.
struct LayerSum: Hashable, Sendable {
  private(set) var count = 0
  private(set) var bytes = 0
  /// Whether every size is that of a layer.
  private(set) var isExact = true

  init(_ layers: some Sequence<PlannedLayer>) {
    for layer in layers {
      count += 1
      bytes += layer.shownSize ?? 0
      isExact = isExact && layer.isSizeExact
    }
  }

  /// "31 MB", "~31 MB"; "not known" where no size is.
  var bytesText: String {
    if isExact { return Quantity.bytes(bytes) }
    return bytes == 0 ? "not known" : "~" + Quantity.bytes(bytes)
  }
  /// "1 layer", "12 layers".
  var countText: String { Quantity.count(count, "layer") }
}

extension BuildPlan {
  /// What has to be fetched, each thing once.
  var missing: [PlannedLayer.Part] {
    images.flatMap(\.layers).flatMap(\.missing).removingRepetition()
  }
}
