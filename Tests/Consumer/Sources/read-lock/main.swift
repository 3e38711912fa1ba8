// Reads a lock and asks the matrix: no network, nothing installed.
import EnvlockCore

var text: [UInt8] = []
while let line = readLine(strippingNewline: false) { text += line.utf8 }
let lock = try Lockfile(parsing: text)
for answer in lock.platforms {
  let torch = try answer.wheel(ProjectName("torch"))
  print("\(answer.platform): torch \(torch?.version.description ?? "none"), Python \(answer.python)")
}
let need = try Matrix.embedded.driverNeeded(for: CUDAVersion("12.8"))
print("CUDA 12.8: driver \(need.full?.description ?? "?"), or \(need.minorCompatibility?.description ?? "?")")

// Whether the lock runs on two nodes, as an admission webhook would ask.
let nodeList = #"""
  {"kind": "List", "items": [
    {"kind": "Node", "metadata": {"name": "good", "labels": {
      "nvidia.com/cuda.driver-version.full": "570.124.06", "nvidia.com/gpu.count": "1", "nvidia.com/gpu.memory": "15360",
      "nvidia.com/gpu.product": "Tesla-T4", "nvidia.com/gpu.compute.major": "7", "nvidia.com/gpu.compute.minor": "5"}}},
    {"kind": "Node", "metadata": {"name": "bare", "labels": {}}}]}
  """#
var nodes = NodeCollection()
try NodeDocuments.read(Array(nodeList.utf8), name: "nodes.json", into: &nodes)
let report = Checker(matrix: .embedded).report(lock, on: nodes.groups)
for group in report.groups { print("\(group.names.joined()): \(group.verdict.words)") }
