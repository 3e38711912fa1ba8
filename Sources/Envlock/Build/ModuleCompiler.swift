import EnvlockImage
import EnvlockModel

/// The conversation with a Python that compiles modules.
///
/// It is started with the text of a program and the path of a file that holds sources, and answers on its standard output.
/// It needs no more of Python than every start does, and looks at nothing of the machine.
enum ModuleCompiler {
  /// A module that is to be compiled.
  struct Source: Sendable {
    /// Its path in the image, which its code names.
    let path: ImagePath
    /// The source.
    let content: [UInt8]
  }

  /// What became of the modules.
  struct Answer: Hashable, Sendable {
    /// What this Python calls its compiled files: "cpython-311".
    let tag: String
    /// The compiled files in the order of the sources; nil for one that this Python cannot compile.
    let modules: [[UInt8]?]
  }

  /// The program.
  ///
  /// The work is done on a thread with a stack of its own: how deep code may be nested must not depend on the limits of a
  /// shell. What Python cannot compile is left to whoever imports it, and gets an error then.
  static let program = #"""
    import sys
    del sys.path[0]
    import importlib.util, marshal, threading

    def work():
        answer = [sys.implementation.cache_tag.encode() + b"\n", importlib.util.MAGIC_NUMBER]
        with open(sys.argv[1], "rb") as sources:
            for head in iter(sources.readline, b""):
                size, path = head[:-1].split(b" ", 1)
                source = sources.read(int(size))
                try:
                    code = compile(source, "/" + path.decode(), "exec", dont_inherit=True, optimize=0)
                    dumped = marshal.dumps(code)
                except Exception:
                    dumped = b""
                answer += importlib.util.source_hash(source), len(dumped).to_bytes(8, "little"), dumped
        sys.stdout.buffer.write(b"".join(answer))

    threading.stack_size(64 << 20)
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    """#

  /// What the file holds: of each source its size and path on a line, then its content.
  static func question(_ sources: [Source]) -> [UInt8] {
    sources.reduce(into: []) { bytes, source in
      bytes += "\(source.content.count) \(source.path)\n".utf8
      bytes += source.content
    }
  }

  /// The arguments that come behind the name of a Python's program.
  ///
  /// - Parameter file: the path of the file with the sources.
  /// - Returns: the arguments. No site is looked for, nothing is written, no warning is shown.
  static func arguments(_ file: String) -> [String] {
    ["-S", "-s", "-B", "-W", "ignore", "-c", program, file]
  }

  /// The variables that it is started with, and no others.
  ///
  /// - Parameter home: the folder that holds Python's `bin` and `lib`; nil where Python finds it by itself.
  /// - Returns: the variables. The hashes of texts do not differ from run to run.
  static func environment(home: String?) -> [String: String] {
    var environment = ["LC_ALL": "C", "PYTHONHASHSEED": "0"]
    environment["PYTHONHOME"] = home
    return environment
  }

  /// Reads what the program answers.
  ///
  /// - Parameters:
  ///   - output: its standard output.
  ///   - count: how many sources there were.
  ///   - python: the Python that ran it.
  /// - Returns: the modules; nil where it is no whole answer.
  /// - Throws: `MarshalFault` where the code in it cannot be read.
  static func answer(_ output: [UInt8], count: Int, python: PythonVersion) throws(MarshalFault) -> Answer? {
    guard let end = output.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    var rest = output[(end + 1)...]
    func take(_ count: Int) -> [UInt8]? {
      guard count >= 0, rest.count >= count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    guard let magic = take(4) else { return nil }
    var modules: [[UInt8]?] = []
    for _ in 0..<count {
      guard let hash = take(8), let size = take(8),
        let dumped = take(size.reversed().reduce(0) { $0 << 8 | Int($1) })
      else { return nil }
      guard !dumped.isEmpty else {
        modules.append(nil)
        continue
      }
      let code = try MarshalledCode(dumped, python: python)
      modules.append(CompiledModule(magic: magic, sourceHash: hash, code: code).bytes)
    }
    guard rest.isEmpty else { return nil }
    return Answer(tag: String(decoding: output[..<end], as: UTF8.self), modules: modules)
  }
}
