import EnvlockModel
import EnvlockVersions

/// A virtual machine's vGPU driver and its hypervisor's.
extension Examination {
  var vgpuDrafts: [Draft] {
    let types = node.facts.gpus.compactMap(\.vgpuType)
    guard let guest = node.facts.driver, !types.isEmpty || node.facts.vgpuHost != nil else { return [] }
    guard let (host, isImplied) = host else {
      return [
        Draft(
          .vgpuDriver, .warning,
          "the host's driver is not known\(node.reason(.vgpu)), so whether the guest's goes with it could not be checked",
          evidence: [Evidence("node", "\(types.first ?? "a vGPU"), guest driver \(guest)")])
      ]
    }
    let (pairing, source) = matrix.vgpuPairing(guest: guest, host: host)
    let facts = Evidence("node", "guest driver \(guest), host driver \(isImplied ? "branch " : "")\(host)")
    switch pairing {
    case .supported: return []
    case .unknown:
      return [
        Draft(
          .vgpuDriver, .warning,
          "whether guest driver \(guest) goes with host driver \(host) is not in the matrix",
          evidence: [facts])
      ]
    case .unsupported(let reason):
      let weak = source?.confidence(of: "hosts") ?? (isImplied ? .derived : nil)
      return [
        .unless(
          weak: weak, .vgpuDriver, "guest driver \(guest) does not go with host driver \(host)",
          evidence: [facts, Evidence("vGPU", reason, source: source)], remedies: []
        ).adding(guestMends(host))
      ]
    }
  }

  /// The hypervisor's driver, and whether only its branch is known.
  private var host: (driver: DriverVersion, isImplied: Bool)? {
    guard let facts = node.facts.vgpuHost else { return nil }
    if let driver = facts.driver { return (driver, false) }
    // "r550_00"
    let digits = facts.branch?.drop { !("0"..."9").contains($0) }.prefix { ("0"..."9").contains($0) }
    return digits.flatMap { try? DriverVersion($0) }.map { ($0, true) }
  }

  private func guestMends(_ host: DriverVersion) -> [Mend] {
    guard let release = matrix.vgpuRelease(hostBranch: host.branch) else { return [] }
    guard let guest = release.points.compactMap(\.guest).max() else {
      return [.other("install the guest driver of vGPU \(release.release)")]
    }
    return [.other("install guest driver \(guest) of vGPU \(release.release), the host's release")]
  }
}
