import EnvlockNode
import Glibc

// The worker as a program of its own, for the tests; `envlock probe --nvml-worker` does the same.
print(NVMLWorker.run(library: getenv(NodeProbe.libraryVariable).map { String(cString: $0) }))
