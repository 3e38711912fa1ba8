public import EnvlockModel
import EnvlockVersions

extension NodeFacts {
  /// The version of the format that ``json(name:)`` writes.
  public static let jsonVersion = 1

  /// The facts as `envlock probe --json` prints them and `--nodes` reads them.
  ///
  /// What is unknown is left out. ``EnvlockModel/JSONValue/canonical()`` gives the one text of it.
  ///
  /// - Parameter name: the node's name; left out where it is empty.
  /// - Returns: the document.
  public func json(name: String = "") -> JSONValue {
    var object = JSONObject()
    object["envlock-node"] = .integer(Self.jsonVersion)
    object["name"] = name.isEmpty ? JSONValue?.none : .string(name)
    object["origin"] = .string(origin.rawValue)
    object["platform"] = text(platform)
    object["driver"] = text(driver)
    object["driver-library"] = text(driverLibrary)
    object["open-modules"] = hasOpenModules.map { .bool($0) }
    object["cuda"] = text(cudaDriver)
    object["gpus"] = list(gpus.map(\.json))
    object["vgpu-host"] = vgpuHost?.json
    object["system"] = system?.json
    object["gaps"] = list(gaps.map(\.json))
    return .object(object)
  }
}

private func text(_ value: (some CustomStringConvertible)?) -> JSONValue? {
  value.map { .string($0.description) }
}

private func list(_ values: [JSONValue]) -> JSONValue? { values.isEmpty ? nil : .array(values) }

extension GPUFacts {
  /// The GPU as it stands in the document; a count of 1 is left out.
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["count"] = count == 1 ? JSONValue?.none : .integer(count)
    object["product"] = text(product)
    object["compute-capability"] = text(capability)
    object["memory-mib"] = memoryMiB.map { .integer($0) }
    object["uuid"] = text(uuid)
    object["pci-bus-id"] = text(pciBusID)
    object["pci-device-id"] = text(pciDeviceID)
    object["mig"] = mig?.json
    if let sharing {
      var members: JSONObject = ["strategy": .string(sharing.strategy.rawValue)]
      members["replicas"] = sharing.replicas.map { .integer($0) }
      object["sharing"] = .object(members)
    }
    object["vgpu-type"] = text(vgpuType)
    return .object(object)
  }
}

extension MIGFacts {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["enabled": .bool(isEnabled)]
    object["pending"] = isPending.map { .bool($0) }
    object["instances"] = list(
      instances.map { instance in
        var members: JSONObject = ["profile": .string(instance.profile)]
        members["count"] = instance.count == 1 ? JSONValue?.none : .integer(instance.count)
        members["memory-mib"] = instance.memoryMiB.map { .integer($0) }
        members["uuid"] = text(instance.uuid)
        members["gpu-instance"] = instance.gpuInstance.map { .integer($0) }
        members["compute-instance"] = instance.computeInstance.map { .integer($0) }
        return .object(members)
      })
    return .object(object)
  }
}

extension VGPUHostFacts {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["driver"] = text(driver)
    object["branch"] = text(branch)
    return .object(object)
  }
}

extension FactGap {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["subject": .string(subject.rawValue), "reason": .string(reason)]
    object["contradiction"] = isContradiction ? true : JSONValue?.none
    return .object(object)
  }
}

extension SystemFacts {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["kernel"] = text(kernel)
    object["glibc"] = text(glibc)
    object["distribution"] = text(distribution)
    object["cgroups"] = cgroups.map { .string($0.rawValue) }
    object["user-namespaces"] = hasUserNamespaces.map { .bool($0) }
    object["runtimes"] = list(
      runtimes.map { runtime in
        var members: JSONObject = ["name": .string(runtime.name), "path": .string(runtime.path)]
        members["version"] = text(runtime.version)
        return .object(members)
      })
    object["cdi"] = list(
      cdiFiles.map { file in
        var members: JSONObject = ["path": .string(file.path)]
        members["kind"] = text(file.kind)
        members["devices"] = list(file.devices.map { .string($0) })
        members["fault"] = text(file.fault)
        return .object(members)
      })
    object["mps-daemon"] = hasMPSDaemon.map { .bool($0) }
    return .object(object)
  }
}
