public import EnvlockModel
import EnvlockNative
import EnvlockNode

/// The machine that this process runs on, as a node.
public enum ThisMachine {
  /// Measures driver, GPUs and system; what cannot be found out is a gap in the facts, never an error.
  ///
  /// NVML belongs to the driver, and hangs or crashes with it. Given a worker, it is loaded by that program, in a process of
  /// its own; without one, it is loaded into this process.
  ///
  /// - Parameters:
  ///   - worker: a program and its arguments, which prints what ``nvmlAnswer(library:)`` gives.
  ///   - environment: the variables of this process.
  /// - Returns: the facts, after at most some 20 seconds.
  public static func measure(
    worker: (program: String, arguments: [String])? = nil,
    environment: [String: String] = Configuration.processEnvironment
  ) -> NodeFacts {
    let command = worker.map { ChildCommand(program: $0.program, arguments: $0.arguments) }
    return NodeProbe(worker: command, environment: environment).measure()
  }

  /// What a worker prints: what NVML says, as one line.
  ///
  /// It also bounds the life of the process, which is therefore for nothing else.
  ///
  /// - Parameter library: the NVML to load; nil for the system's.
  /// - Returns: the line, without its end.
  public static func nvmlAnswer(library: String?) -> String { NVMLWorker.run(library: library) }
}
