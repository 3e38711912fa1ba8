import EnvlockNative
import Glibc

/// The process that loads NVML, so that one that crashes or hangs harms nobody else.
public enum NVMLWorker {
  /// Asks NVML and gives the answer to print: one line of JSON.
  ///
  /// To be called in a process of its own. It limits that process: its life, since an interrupted parent does not end
  /// it, and what a crash leaves behind, since the parent tells of it.
  ///
  /// - Parameter library: the file to load; nil for the system's.
  /// - Returns: the line, without its end.
  public static func run(library: String?) -> String {
    _ = alarm(120)
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    // Swift's runtime may have put its own handlers there, which write a long report, and take their time.
    for fault in [SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGQUIT] { signal(fault, SIG_DFL) }
    return NVMLLibrary.report(path: library).line
  }
}

/// What came back from asking NVML.
enum NVMLAnswer: Hashable {
  /// It answered; that it is missing or did not start is an answer, too.
  case report(NVMLReport)
  /// It hung; whatever else uses it will hang, too.
  case hung(String)
  /// It crashed, or gave no answer.
  case failed(String)
  /// It was not asked.
  case skipped(String)

  /// Reads how a worker ended.
  init(_ outcome: ChildOutcome, limit: Duration) {
    switch outcome.end {
    case .exited(0):
      // A library may write to standard output as it likes; the answer is the last line of that form.
      let lines = outcome.output.split(separator: UInt8(ascii: "\n"))
      if let report = lines.reversed().lazy.compactMap({ NVMLReport(line: Array($0)) }).first {
        self = .report(report)
      } else {
        self = .failed("the process that asks NVML gave no answer that can be read")
      }
    case .exited(let status): self = .failed("the process that asks NVML ended with status \(status)")
    case .signalled(let signal): self = .failed("NVML crashed (\(Self.name(of: signal)))")
    case .timedOut: self = .hung("NVML did not answer within \(limit.inWords)")
    case .wroteTooMuch: self = .failed("the process that asks NVML writes without end")
    case .notStarted(let code):
      self = .failed("the process that asks NVML could not be started: \(String(cString: strerror(code)))")
    case .unknown, .cancelled, .notConfined: self = .failed("the process that asks NVML was lost")
    }
  }

  private static func name(of signal: Int32) -> String {
    switch signal {
    case SIGSEGV: "SIGSEGV"
    case SIGBUS: "SIGBUS"
    case SIGABRT: "SIGABRT"
    case SIGILL: "SIGILL"
    case SIGFPE: "SIGFPE"
    case SIGTRAP: "SIGTRAP"
    case SIGKILL: "SIGKILL"
    case SIGTERM: "SIGTERM"
    case SIGALRM: "SIGALRM"
    default: "signal \(signal)"
    }
  }
}

extension Duration {
  /// "10 s", "300 ms".
  var inWords: String {
    let milliseconds = Int((self / .milliseconds(1)).rounded())
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
  }
}
