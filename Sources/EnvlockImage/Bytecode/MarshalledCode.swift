public import EnvlockModel

/// The code of a module, as CPython's `marshal` writes it, in a form that follows from the code alone.
///
/// The same code comes out of `marshal` as different bytes from run to run: which objects are written once and referred to
/// afterwards depends on who else holds them, whether a text counts as interned on what the process did before, and the
/// order of a set on hashes, some of which are addresses. Here what is equal is written once, texts that look like names
/// are interned, and sets are sorted. What Python loads from it is equal to the code that was compiled.
///
/// Source: CPython, `Python/marshal.c` of 3.7 to 3.15.
public struct MarshalledCode: Hashable, Sendable {
  /// The bytes, for `marshal.loads`.
  public let bytes: [UInt8]

  /// Brings what `marshal.dumps` gave into its form.
  ///
  /// - Parameters:
  ///   - dumped: the bytes.
  ///   - python: the Python that made them: each lays code out in its way.
  /// - Throws: `MarshalFault` where they are not what this Python writes of code.
  public init(_ dumped: [UInt8], python: PythonVersion) throws(MarshalFault) {
    var reader = MarshalReader(dumped, layout: MarshalLayout(python))
    let root = try reader.readAll()
    bytes = MarshalWriter.bytes(of: root, in: reader.objects)
  }
}

/// What a code object consists of, in the order in which it is written: numbers of four bytes, objects, one more number
/// (the first line), more objects.
struct MarshalLayout {
  /// How many numbers come first.
  let numbers: Int
  /// How many objects come before the first line.
  static let objects = 8
  /// How many objects come last.
  let lastObjects: Int

  init(_ python: PythonVersion) {
    // Counts of arguments (positional, positional only since 3.8, keywords), of locals before 3.11, stack size, flags.
    numbers = (8...10).contains(python.minor) ? 6 : 5
    // Eight: code, constants, names; since 3.11 locals, their kinds, file, name, qualified name, before that variables of
    // three kinds, file, name. Last: lines; since 3.11 exceptions.
    lastObjects = python.minor >= 11 ? 2 : 1
  }
}

/// The objects in marshalled code, equal ones once.
struct MarshalObjects {
  /// The kinds of objects, by the byte that stands for them; of several ways to write one kind, one.
  enum Kind {
    static let none = UInt8(ascii: "N")
    static let `true` = UInt8(ascii: "T")
    static let `false` = UInt8(ascii: "F")
    static let ellipsis = UInt8(ascii: ".")
    static let stopIteration = UInt8(ascii: "S")
    static let text = UInt8(ascii: "u")
    static let tuple = UInt8(ascii: "(")
    static let frozenSet = UInt8(ascii: ">")
    static let slice = UInt8(ascii: ":")
    static let code = UInt8(ascii: "c")
  }

  struct Object: Hashable {
    let kind: UInt8
    /// A text in UTF-8; else what follows the kind's byte, apart from objects. Of code: the numbers.
    var bytes: [UInt8] = []
    /// The numbers of the objects in it.
    var parts: [Int] = []
  }

  private(set) var all: [Object] = []
  private var numbers: [Object: Int] = [:]

  subscript(number: Int) -> Object { all[number] }

  /// The number of an object.
  mutating func add(_ object: Object) -> Int {
    // Two functions stay two, however equal they are: Python counts and specializes each by itself.
    let isShared = object.kind != Kind.code
    if isShared, let known = numbers[object] { return known }
    all.append(object)
    if isShared { numbers[object] = all.count - 1 }
    return all.count - 1
  }

  /// Whether an object comes before another in a set: by what they are and hold.
  func precedes(_ a: Int, _ b: Int) -> Bool {
    if a == b { return false }
    let (x, y) = (all[a], all[b])
    if x.kind != y.kind { return x.kind < y.kind }
    if x.bytes != y.bytes { return x.bytes.lexicographicallyPrecedes(y.bytes) }
    return x.parts.lexicographicallyPrecedes(y.parts) { precedes($0, $1) }
  }
}
