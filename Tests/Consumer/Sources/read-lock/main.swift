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
