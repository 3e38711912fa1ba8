/// A kind of vGPU, as its name tells: "GRID A100-10C", "NVIDIA A40-48Q", "A100-1-5CME".
public struct VGPUType: Hashable, Sendable {
  /// The name without the maker's words: "A100-10C".
  public let name: String
  /// The models that it is a part of, in the order of gpus.json.
  public let gpus: [GPURow]
  /// Its memory in GB, of which the guest sees a little less.
  public let memoryGB: Int
  /// "A" (applications), "B" (desktops), "C" (compute) or "Q" (workstations).
  public let series: String
  /// How many MIG compute slices it has; nil where it is not backed by MIG.
  public let slices: Int?
  /// Its id on the host, "nvidia-471"; nil where that is unknown.
  public let typeID: String?
  /// Where the models are from.
  public let source: MatrixSource
}

extension Matrix {
  /// The kind of vGPU that a name stands for, as nvidia-smi and GPU Feature Discovery write it; nil where it is no
  /// name of a vGPU, or the matrix does not know the GPU.
  public func vgpuType(named text: String) -> VGPUType? {
    guard let name = VGPUName(text) else { return nil }
    let row = vgpuTypes.first { VGPUName($0.name)?.text == name.text }
    guard let found = row.map({ ($0.gpus, $0.source) }) ?? models(of: name.prefix) else { return nil }
    let models = gpus.filter { found.0.contains($0.name) }
    guard !models.isEmpty else { return nil }
    return VGPUType(
      name: name.text, gpus: models, memoryGB: name.memoryGB, series: name.series, slices: name.slices,
      typeID: row?.typeID, source: found.1)
  }

  /// The models that the first part of a vGPU's name means.
  private func models(of prefix: String) -> ([String], MatrixSource)? {
    if let row = vgpuPrefixes.first(where: { $0.text.uppercased() == prefix.uppercased() }) {
      return (row.gpus, row.source)
    }
    let named = gpus(named: prefix).filter {
      $0.hasVGPU != false && ["data-center", "workstation"].contains($0.kind)
    }
    return named.first.map { (named.map(\.name), $0.source) }
  }
}

/// The name of a vGPU, taken apart: `<GPU>-<GB><series>`, backed by MIG `<GPU>-<slices>-<GB><series>[ME…]`
/// (NVIDIA/vgpu-device-manager, pkg/types).
struct VGPUName: Hashable, Sendable {
  /// Without the maker's words: "A100-1-5CME".
  let text: String
  /// The GPU: "A100".
  let prefix: String
  let slices: Int?
  let memoryGB: Int
  /// "C".
  let series: String

  /// Takes a name apart; nil where it is none of a vGPU.
  init?(_ text: String) {
    var rest = text.prefix(64)
    for maker in ["nvidia", "grid", "tesla", "quadro"] {
      guard rest.count > maker.count, rest.lowercased().hasPrefix(maker) else { continue }
      let next = rest.dropFirst(maker.count)
      guard let separator = next.first, " -_".contains(separator) else { continue }
      rest = next.dropFirst()
    }
    var parts = rest.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 2, let size = parts.popLast() else { return nil }
    let digits = size.prefix { $0.isASCII && $0.isNumber }
    guard let memory = Int(digits), memory < 10_000 else { return nil }
    let kind = size.dropFirst(digits.count).uppercased()
    guard let series = kind.first, "ABCQ".contains(series) else { return nil }
    let suffix = kind.dropFirst()
    // "2B4" has four displays; the others say which media engines an instance has.
    guard ["", "4", "ME", "NOME", "MEALL", "GFX"].contains(suffix) else { return nil }
    var slices: Int?
    if parts.count >= 2, let last = parts.last, last.count == 1, let count = Int(last), count > 0 {
      slices = count
      parts.removeLast()
    }
    let prefix = parts.joined(separator: "-")
    guard !prefix.isEmpty else { return nil }
    self.prefix = prefix
    self.slices = slices
    memoryGB = memory
    self.series = String(series)
    self.text = "\(prefix.uppercased())-\(slices.map { "\($0)-" } ?? "")\(memory)\(kind)"
  }
}
