import EnvlockModel

extension OCIConfig {
  /// Applies the edits of CDI devices, as the reference library does (pkg/cdi/container-edits.go): a variable, node or
  /// mount takes the place of one that is there, nodes get a rule of the control group and the process's owner, and mounts
  /// are ordered by depth. It differs in this: two devices that want something else in the same place are refused.
  ///
  /// - Parameters:
  ///   - edits: What to apply.
  ///   - node: Looked up for what a document does not say of a device node.
  ///   - taken: Places that somebody asked for, and that no device may cover.
  /// - Throws: A device node of which the number is not known or another than the document says, and places that
  ///   two want.
  mutating func apply(_ edits: CDIEdits, node: NodeDevices?, taken: Set<String>) throws(RunSpecError) {
    for variable in edits.env { setVariable(variable) }
    var nodes: [String: CDIEdits.DeviceNode] = [:]
    for device in edits.deviceNodes {
      if let other = nodes[device.path] {
        guard other == device else { throw Self.doubled("device nodes", device.path) }
        continue
      }
      nodes[device.path] = device
      try add(device, node: node)
    }
    var places: [String: CDIEdits.Mount] = [:]
    for mount in edits.mounts {
      if let other = places[mount.containerPath] {
        guard other == mount else { throw Self.doubled("mounts", mount.containerPath) }
        continue
      }
      guard !taken.contains(mount.containerPath), nodes[mount.containerPath] == nil else {
        throw Self.doubled("mounts", mount.containerPath)
      }
      places[mount.containerPath] = mount
      mounts.removeAll { $0.destination == mount.containerPath }
      mounts.append(
        OCIMount(mount.containerPath, type: mount.type, source: mount.hostPath, options: mount.options))
    }
    orderMounts()
    for hook in edits.hooks where !hooks.contains(hook) { hooks.append(hook) }
    linux.netDevices.merge(edits.netDevices) { _, later in later }
    linux.intelRdt = edits.intelRdt ?? linux.intelRdt
    for group in edits.additionalGIDs where group != 0 && !process.user.additionalGIDs.contains(group) {
      process.user.additionalGIDs.append(group)
    }
  }

  private static func doubled(_ what: String, _ path: String) -> RunSpecError {
    RunSpecError(
      "two \(what) of the devices or of the request have the place \(path)",
      hints: ["ask for other devices, or put the mount elsewhere"])
  }

  /// Sets a variable, in the place of one of the same name.
  mutating func setVariable(_ variable: String) {
    let name = variable.prefix { $0 != "=" }
    if let index = process.env.firstIndex(where: { $0.prefix { $0 != "=" } == name }) {
      process.env[index] = variable
    } else {
      process.env.append(variable)
    }
  }

  /// Puts what lies deeper behind what it lies in; what is equally deep stays in order.
  mutating func orderMounts() {
    mounts = mounts.enumerated().sorted { ($0.element.depth, $0.offset) < ($1.element.depth, $1.offset) }
      .map(\.element)
  }

  private mutating func add(_ device: CDIEdits.DeviceNode, node: NodeDevices?) throws(RunSpecError) {
    let host = device.hostPath ?? device.path
    let known = node?.node(host)
    guard let kind = device.kind ?? known?.kind,
      let number = device.number ?? known?.number
        ?? (kind == .pipe ? OCIDeviceNumber(major: 0, minor: 0) : nil)
    else {
      throw RunSpecError(
        "the CDI file does not say which device \(host) is, and it was not found on the node",
        hints: ["measure the node with `--node`, or see that its driver is loaded"])
    }
    if let measured = known?.kind, let stated = device.kind, measured != stated {
      throw RunSpecError(
        "the CDI file says that \(host) is of type \(stated.rawValue), and on the node it is of type \(measured.rawValue)",
        hints: ["have the CDI file written anew: `nvidia-ctk cdi generate`"])
    }
    if let measured = known?.number, let stated = device.number, measured != stated {
      // Numbers such as that of unified memory change with each start of the node; the old one may be another device's.
      throw RunSpecError(
        "the CDI file says that \(host) is device \(stated), and on the node it is \(measured)",
        hints: ["have the CDI file written anew: `nvidia-ctk cdi generate`"])
    }
    let user = process.user
    linux.devices.removeAll { $0.path == device.path }
    linux.devices.append(
      OCIDevice(
        device.path, kind: kind, number: kind == .pipe ? nil : number, mode: device.fileMode,
        uid: device.uid ?? (user.uid > 0 ? user.uid : nil), gid: device.gid ?? (user.gid > 0 ? user.gid : nil)
      ))
    let access = device.permissions ?? "rwm"
    guard kind == .character || kind == .block, access != "none" else { return }
    allow(kind, number, access: access)
  }

  /// Lets the container use a device.
  mutating func allow(_ kind: OCIDevice.Kind, _ number: OCIDeviceNumber, access: String) {
    let rule = OCIResources.DeviceRule(allow: true, kind: kind, number: number, access: access)
    if linux.resources?.devices.contains(rule) == false { linux.resources?.devices.append(rule) }
  }
}
