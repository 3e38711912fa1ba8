import EnvlockModel
import EnvlockNative

/// The form in which a worker hands its report to its parent. Both are one program, so it has no versions to keep.
extension NVMLReport {
  private static let mark = "envlock-nvml"

  /// The report as one line of JSON.
  var line: String {
    var object: JSONObject = [Self.mark: 1, "started": .bool(isStarted)]
    object["path"] = path.map { .string($0) }
    object["driver"] = driver.map { .string($0) }
    object["version"] = version.map { .string($0) }
    object["cuda"] = cuda.map { .integer($0) }
    object["gpus"] = .array(gpus.map(\.json))
    object["faults"] = .array(faults.map(\.json))
    // Line ends inside of texts are escaped: those that stand in the canonical form are its layout.
    let lines = JSONValue.object(object).canonical().split(separator: "\n")
    return lines.map { String($0.drop { $0 == " " }) }.joined()
  }

  /// Reads a line; nil where it is none of these.
  init?(line: [UInt8]) {
    guard let json = try? JSONValue(parsing: line), json[Self.mark] == 1 else { return nil }
    self.init()
    isStarted = json["started"]?.boolValue ?? false
    path = json["path"]?.stringValue
    driver = json["driver"]?.stringValue
    version = json["version"]?.stringValue
    cuda = json["cuda"]?.integerValue
    gpus = (json["gpus"]?.arrayValue ?? []).compactMap { NVMLGPU($0) }
    faults = (json["faults"]?.arrayValue ?? []).compactMap { NVMLFault($0) }
  }
}

extension NVMLGPU {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["index": .integer(index)]
    object["name"] = name.map { .string($0) }
    object["uuid"] = uuid.map { .string($0) }
    object["bus"] = busID.map { .string($0) }
    object["pci"] = pciID.map { .integer($0) }
    object["memory"] = memory.map { .integer($0) }
    object["capability"] = capability.map { .array($0.map { .integer($0) }) }
    object["virtualization"] = virtualization.map { .integer($0) }
    object["mig"] = mig.map(\.json)
    return .object(object)
  }

  fileprivate init?(_ json: JSONValue) {
    guard let index = json["index"]?.integerValue else { return nil }
    self.init(index: index)
    name = json["name"]?.stringValue
    uuid = json["uuid"]?.stringValue
    busID = json["bus"]?.stringValue
    pciID = json["pci"]?.integerValue
    memory = json["memory"]?.integerValue
    capability = json["capability"]?.arrayValue?.compactMap(\.integerValue)
    virtualization = json["virtualization"]?.integerValue
    mig = json["mig"].map { NVMLMIG($0) }
  }
}

extension NVMLMIG {
  fileprivate var json: JSONValue {
    ["enabled": .bool(isEnabled), "pending": .bool(isPending), "instances": .array(instances.map(\.json))]
  }

  fileprivate init(_ json: JSONValue) {
    self.init(
      isEnabled: json["enabled"]?.boolValue ?? false, isPending: json["pending"]?.boolValue ?? false)
    instances = (json["instances"]?.arrayValue ?? []).map { NVMLMIGInstance($0) }
  }
}

extension NVMLMIGInstance {
  fileprivate var json: JSONValue {
    var object = JSONObject()
    object["name"] = name.map { .string($0) }
    object["uuid"] = uuid.map { .string($0) }
    object["memory"] = memoryMiB.map { .integer($0) }
    object["gpu-slices"] = gpuSlices.map { .integer($0) }
    object["compute-slices"] = computeSlices.map { .integer($0) }
    object["gpu-instance"] = gpuInstance.map { .integer($0) }
    object["compute-instance"] = computeInstance.map { .integer($0) }
    return .object(object)
  }

  fileprivate init(_ json: JSONValue) {
    self.init()
    name = json["name"]?.stringValue
    uuid = json["uuid"]?.stringValue
    memoryMiB = json["memory"]?.integerValue
    gpuSlices = json["gpu-slices"]?.integerValue
    computeSlices = json["compute-slices"]?.integerValue
    gpuInstance = json["gpu-instance"]?.integerValue
    computeInstance = json["compute-instance"]?.integerValue
  }
}

extension NVMLFault {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "fact": .string(fact.rawValue), "call": .string(call), "reason": .string(reason),
    ]
    object["gpu"] = gpu.map { .integer($0) }
    object["code"] = code.map { .integer($0) }
    return .object(object)
  }

  fileprivate init?(_ json: JSONValue) {
    guard let fact = json["fact"]?.stringValue.flatMap(Fact.init), let call = json["call"]?.stringValue,
      let reason = json["reason"]?.stringValue
    else { return nil }
    self.init(
      fact, call: call, gpu: json["gpu"]?.integerValue, code: json["code"]?.integerValue, reason: reason)
  }
}
