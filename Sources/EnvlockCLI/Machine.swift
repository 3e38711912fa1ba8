import Envlock
import EnvlockModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a command asks of the machine that it runs on. A value, so that tests bring their own.
struct Machine: Sendable {
  /// The day in UTC, "2026-11-24".
  let today: @Sendable () -> String
  /// What the machine is called.
  let hostName: @Sendable () -> String
  /// Measures driver, GPUs and system.
  let probe: @Sendable () -> NodeFacts
  /// What NVML says, printed by the child process that may crash over it; nil: the system's library.
  let askNVML: @Sendable (_ library: String?) -> String
}

extension Machine {
  /// The machine as it is.
  static func live(_ environment: [String: String]) -> Machine {
    Machine(
      today: {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return day(year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
      },
      hostName: {
        // One byte stays zero: a name that is cut off has no end.
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "this machine" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      },
      probe: {
        // This very program, whatever it is called and wherever it lies.
        ThisMachine.measure(
          worker: (program: "/proc/self/exe", arguments: ["probe", "--nvml-worker"]), environment: environment
        )
      },
      askNVML: { ThisMachine.nvmlAnswer(library: $0) + "\n" })
  }

  /// "2026-01-02".
  static func day(year: Int, month: Int, day: Int) -> String {
    func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(year)-\(digits(month))-\(digits(day))"
  }
}
