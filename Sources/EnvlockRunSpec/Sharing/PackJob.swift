public import EnvlockModel

/// Jobs that want the same of a GPU, to be packed with others.
public struct PackJob: Hashable, Sendable {
  /// What they are called.
  public var name: String
  /// How many there are.
  public var count: Int
  /// In which form they want it: whole, a MIG profile, shared or mps; nil for any with the memory and isolation, or, where
  /// neither is said, the whole GPU.
  public var form: GPUForm?
  /// The memory that each must have at least.
  public var memory: ByteCount?
  /// How well others on the same GPU must be kept apart; nil for not at all.
  public var isolation: GPUIsolation?

  /// Jobs.
  public init(
    name: String, count: Int = 1, form: GPUForm? = nil, memory: ByteCount? = nil,
    isolation: GPUIsolation? = nil
  ) {
    self.name = name
    self.count = count
    self.form = form
    self.memory = memory
    self.isolation = isolation
  }

  /// What a run asks of GPUs, as jobs: one for each GPU, instance or share of all its nodes; nil where it wants none.
  public init?(name: String, request: RunDeclaration) {
    let perNode = request.gpusPerNode.map { $0.multipliedReportingOverflow(by: request.nodes ?? 1) }
    let count = request.gpus ?? perNode.map { $0.overflow ? .max : $0.partialValue } ?? request.nodes ?? 1
    guard count > 0, request.gpu != GPUForm.none else { return nil }
    self.init(
      name: name, count: count, form: request.gpu, memory: request.gpuMemory, isolation: request.isolation)
  }

  /// Reads a list of jobs: `[{"name": "a", "gpu-memory": "8GiB", "isolation": "hardware", "count": 3}]`; "gpu" is the form.
  ///
  /// - Parameter text: The document in JSON.
  /// - Returns: The jobs in their order.
  /// - Throws: `RunSpecError` that names the element and the key.
  public static func read(json text: String) throws(RunSpecError) -> [PackJob] {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: text)
    } catch {
      throw RunSpecError("the list of jobs is no JSON: \(error)")
    }
    do throws(JSONDecodingError) {
      var jobs: [PackJob] = []
      for element in try JSONCursor(value).elements() { jobs.append(try PackJob(element)) }
      return jobs
    } catch {
      throw RunSpecError(
        "the list of jobs is broken\(error.path.isEmpty ? "" : " at \(error.path)"): \(error.reason)",
        hints: [#"a job looks like {"name": "a", "gpu-memory": "8GiB", "isolation": "hardware", "count": 3}"#]
      )
    }
  }

  private init(_ cursor: JSONCursor) throws(JSONDecodingError) {
    try cursor.allow(["name", "count", "gpu", "gpu-memory", "isolation"])
    let isolation = try cursor.optional("isolation")
    self.init(
      name: try cursor.member("name").string(), count: try cursor.optional("count")?.integer() ?? 1,
      form: try cursor.optional("gpu")?.parse { try GPUForm($0) },
      memory: try cursor.optional("gpu-memory")?.parse { try ByteCount($0) })
    guard let isolation else { return }
    guard let known = GPUIsolation(rawValue: try isolation.string()) else {
      throw isolation.error("it has to be none, process or hardware")
    }
    self.isolation = known
  }

  /// - Throws: What cannot be packed, whatever the GPUs are.
  func check() throws(RunSpecError) {
    guard (1...10_000).contains(count) else {
      throw RunSpecError("the number of jobs \(name) has to be from 1 to 10000, and is \(count)")
    }
    switch form {
    case .vgpu?, GPUForm.none?:
      throw RunSpecError(
        "job \(name) wants `\(form?.description ?? "")`, which cannot be packed",
        hints: ["whole, mig-PROFILE, shared and mps can; vGPUs of one size lie on a GPU by their number"])
    case .shared? where memory == nil, .mps? where memory == nil:
      throw RunSpecError(
        "job \(name) shares a GPU and does not say how much of its memory it needs",
        hints: ["add `gpu-memory`"])
    case .shared? where (isolation ?? .none) > .none, .mps? where (isolation ?? .none) > .process:
      throw RunSpecError(
        "job \(name) wants `\(form?.description ?? "")`, which does not give \(isolation?.rawValue ?? "") isolation",
        hints: ["leave out `gpu`: what gives that isolation is found"], kind: .answerIsNo)
    default: break
    }
  }
}

/// GPUs that jobs are packed on.
public struct PackGPU: Hashable, Sendable {
  /// The model, as people write it.
  public var model: String
  /// How many there are; nil for as many as are needed.
  public var count: Int?

  /// GPUs.
  public init(model: String, count: Int? = nil) {
    self.model = model
    self.count = count
  }

  /// Reads "A100-SXM4-80GB", or "8xA100-SXM4-80GB" for eight of them.
  public init(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let rest = text.dropFirst(digits.count)
    if let count = Int(digits), rest.first == "x", rest.count > 1 {
      self.init(model: rest.dropFirst().drop { $0 == " " }.description, count: count)
    } else {
      self.init(model: text)
    }
  }
}
