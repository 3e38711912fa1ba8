package import EnvlockModel

extension GPUFacts {
  /// A GPU by its name, as the driver, GPU Feature Discovery or a person writes it.
  ///
  /// What the name says beyond the model is taken out of it: "-MIG-1g.10gb" becomes an instance, "-SHARED" a way of
  /// sharing, and the type of a vGPU, "GRID A100-10C", stands beside the model that it names. Of "-SHARED" it is not
  /// known whether it is by time slicing or by MPS; time slicing is assumed, which promises less.
  ///
  /// Sources: NVIDIA/k8s-device-plugin v0.20.0 internal/lm/resource.go; the type names of NVIDIA/vgpu-device-manager
  /// pkg/types.
  ///
  /// - Parameter name: the name.
  package init(name: String) {
    var rest = name[...]
    var sharing: SharingFacts?
    if let shorter = rest.without(suffix: "SHARED") {
      rest = shorter
      sharing = SharingFacts(strategy: .timeSlicing)
    }
    var mig: MIGFacts?
    if let (model, profile) = MIGProfileName.split(rest) {
      rest = model
      mig = MIGFacts(isEnabled: true, instances: [MIGInstanceFacts(profile: profile)])
    }
    if let model = VGPUTypeName.model(of: rest) {
      self.init(product: String(model), mig: mig, sharing: sharing, vgpuType: String(rest))
    } else {
      self.init(product: String(rest), mig: mig, sharing: sharing)
    }
  }
}

/// Names of MIG profiles.
///
/// Source: the grammar in NVIDIA/go-nvlib pkg/nvlib/device/mig_profile.go.
enum MIGProfileName {
  private static let attributes = ["+me", "+me.all", "-me", "+gfx"]

  /// The profile in NVIDIA's own spelling.
  ///
  /// - Parameter text: "1g.10gb", "1c.3g.20gb", "1g.5gb+me"; also with '.' for '+', as resource and label names have it.
  /// - Returns: the profile; nil for another text.
  static func canonical(_ text: Substring) -> String? {
    let lowered = text.lowercased()
    let bytes = Array(lowered.utf8)
    var index = 0
    func number() -> Bool {
      let start = index
      while index < bytes.count, isDigit(bytes[index]), index - start < 5 { index += 1 }
      return index > start
    }
    func take(_ word: StaticString) -> Bool {
      let end = index + word.utf8CodeUnitCount
      guard end <= bytes.count,
        bytes[index..<end].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: end - index))
      else { return false }
      index = end
      return true
    }
    guard number() else { return nil }
    if take("c.") { guard number() else { return nil } }
    guard take("g."), number(), take("gb") else { return nil }
    let base = String(decoding: bytes[..<index], as: UTF8.self)
    let rest = String(decoding: bytes[index...], as: UTF8.self)
    if rest.isEmpty { return base }
    for attribute in attributes where rest == attribute || rest == "." + attribute.dropFirst() {
      return base + attribute
    }
    return nil
  }

  /// Takes "-MIG-1g.10gb" or " MIG 1g.10gb" off the end of a name.
  static func split(_ name: Substring) -> (model: Substring, profile: String)? {
    let lowered = name.lowercased()
    // Lower-casing could change the length of letters outside ASCII.
    guard lowered.utf8.count == name.utf8.count else { return nil }
    let bytes = Array(lowered.utf8)
    guard bytes.count > 5 else { return nil }
    for index in stride(from: bytes.count - 5, to: 0, by: -1)
    where bytes[index + 1] == UInt8(ascii: "m") && bytes[index + 2] == UInt8(ascii: "i")
      && bytes[index + 3] == UInt8(ascii: "g") && isSeparator(bytes[index]) && isSeparator(bytes[index + 4])
    {
      let utf8 = name.utf8
      guard let profile = canonical(name[utf8.index(utf8.startIndex, offsetBy: index + 5)...]) else {
        continue
      }
      return (name[..<utf8.index(utf8.startIndex, offsetBy: index)].trimmed, profile)
    }
    return nil
  }
}

/// Names of vGPU types: a model, '-', the memory in GB and a letter for the series; between them the slices of a
/// MIG-backed type: "GRID A100-10C", "NVIDIA A100-1-10CME".
///
/// Source: NVIDIA/vgpu-device-manager pkg/types.
enum VGPUTypeName {
  private static let attributes = ["ME", "NOME", "MEALL", "GFX"]

  /// The model that a type's name names; nil for a text that names no type.
  static func model(of name: Substring) -> Substring? {
    var rest = name
    for attribute in attributes where rest.hasSuffix(attribute) && rest.utf8.count > attribute.utf8.count {
      let shorter = rest.dropLast(attribute.utf8.count)
      if shorter.utf8.last.map(isSeries) == true {
        rest = shorter
        break
      }
    }
    guard rest.utf8.last.map(isSeries) == true else { return nil }
    guard var model = withoutNumber(rest.dropLast()) else { return nil }
    // The slices; a model's own number has letters before it.
    if let shorter = withoutNumber(model), !shorter.isEmpty { model = shorter }
    for brand in ["GRID ", "GRID-"] where model.hasPrefix(brand) { model = model.dropFirst(brand.utf8.count) }
    return model.isEmpty ? nil : model
  }

  private static func isSeries(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "A") || byte == UInt8(ascii: "B") || byte == UInt8(ascii: "C")
      || byte == UInt8(ascii: "Q")
  }

  /// Takes '-' and one or more digits off the end.
  private static func withoutNumber(_ text: Substring) -> Substring? {
    var rest = text
    while rest.utf8.last.map(isDigit) == true { rest = rest.dropLast() }
    guard rest.utf8.count < text.utf8.count, rest.utf8.last == UInt8(ascii: "-") else { return nil }
    return rest.dropLast()
  }
}
