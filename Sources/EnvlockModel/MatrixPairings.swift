public import EnvlockVersions

/// The releases of PyTorch's companions that were made for one of its releases.
public struct PairingRow: Hashable, Sendable {
  /// The release of torch.
  public let torch: Version
  /// Those of torchvision, ascending; none where none was found.
  public let torchvision: [Version]
  /// Those of torchaudio, ascending.
  public let torchaudio: [Version]
  /// Those of torchtext, ascending.
  public let torchtext: [Version]
  /// Where this is from.
  public let source: MatrixSource
}

extension Matrix {
  /// The pairings of all releases of torch, newest first.
  public var pairings: [PairingRow] { rows(pairingMemo, "pairings.json", "pairings", PairingRow.read) }

  /// The pairing of a release of torch; a local part does not count.
  public func pairing(torch: Version) -> PairingRow? {
    pairings.first { $0.torch == torch.publicVersion }
  }
}

extension PairingRow {
  /// Reads a row of pairings.json.
  ///
  /// - Throws: `MatrixError` for a field that is missing, unknown or broken.
  static func read(_ row: MatrixRow) throws(MatrixError) -> PairingRow {
    try row.allow(["torch", "torchvision", "torchaudio", "torchtext"])
    let torch = try row.required("torch", row.version("torch"))
    return PairingRow(
      torch: torch, torchvision: try row.versions("torchvision") ?? [],
      torchaudio: try row.versions("torchaudio") ?? [], torchtext: try row.versions("torchtext") ?? [],
      source: try row.source(named: "torch \(torch)"))
  }
}
