import EnvlockModel
import EnvlockNative

/// Makes JSON values of the events of a text.
struct YAMLComposer {
  /// A value, and what it counts for wherever an alias puts it.
  private struct Composed {
    var value: JSONValue
    /// How many values it is.
    var count = 1
    /// How many levels of collections lie in it.
    var depth = 0
  }

  private let events: YAMLEvents
  private var anchors: [String: Composed] = [:]
  private var count = 0

  init(_ text: String) throws(YAMLFault) {
    do { events = try YAMLEvents(text) } catch { throw YAMLFault(error) }
  }

  /// The next document; nil behind the last.
  mutating func next() throws(YAMLFault) -> JSONValue? {
    while true {
      switch try event().kind {
      case .streamEnd: return nil
      case .documentStart:
        anchors = [:]
        return try composed(try event(), depth: 0).value
      default: continue
      }
    }
  }

  private func event() throws(YAMLFault) -> YAMLEvent {
    do { return try events.next() } catch { throw YAMLFault(error) }
  }

  private mutating func composed(_ event: YAMLEvent, depth: Int) throws(YAMLFault) -> Composed {
    var result: Composed
    switch event.kind {
    case .alias(let name):
      guard let anchored = anchors[name] else {
        throw YAMLFault("the alias “\(name)” stands for nothing", event)
      }
      try take(anchored.count, depth: depth + anchored.depth, event)
      return anchored
    case .scalar(let text, let isPlain):
      try take(1, depth: depth, event)
      result = Composed(value: try YAMLScalar(text, isPlain: isPlain, event).value)
    case .sequenceStart:
      try take(1, depth: depth, event)
      try Self.check(event, is: YAMLTag.sequence)
      result = try sequence(depth)
    case .mappingStart:
      try take(1, depth: depth, event)
      try Self.check(event, is: YAMLTag.mapping)
      result = try mapping(depth)
    default: throw YAMLFault("there is no value", event)
    }
    if let anchor = event.anchor { anchors[anchor] = result }
    return result
  }

  private mutating func sequence(_ depth: Int) throws(YAMLFault) -> Composed {
    var (whole, elements) = (Composed(value: .null), [JSONValue]())
    while true {
      let event = try event()
      if event.kind == .sequenceEnd { break }
      let element = try composed(event, depth: depth + 1)
      elements.append(element.value)
      whole.count += element.count
      whole.depth = max(whole.depth, element.depth + 1)
    }
    whole.value = .array(elements)
    return whole
  }

  private mutating func mapping(_ depth: Int) throws(YAMLFault) -> Composed {
    var (whole, object) = (Composed(value: .null), JSONObject())
    while true {
      let event = try event()
      if event.kind == .mappingEnd { break }
      let name = try key(event)
      guard object[name] == nil else { throw YAMLFault("the key “\(name)” comes twice", event) }
      let member = try composed(try self.event(), depth: depth + 1)
      object[name] = member.value
      whole.count += member.count
      whole.depth = max(whole.depth, member.depth + 1)
    }
    whole.value = .object(object)
    return whole
  }

  /// The text of a key. Numbers and truth values are keys by what was written, as in JSON.
  private mutating func key(_ event: YAMLEvent) throws(YAMLFault) -> String {
    if case .alias = event.kind { throw YAMLFault("a key can be no alias: write it out", event) }
    guard case .scalar(let text, let isPlain) = event.kind else {
      throw YAMLFault("a key has to be a text", event)
    }
    try Self.check(event, is: YAMLTag.text)
    if isPlain {
      guard !text.isEmpty, !YAMLScalar.nulls.contains(text) else {
        throw YAMLFault("a key has to be a text", event)
      }
      guard text != "<<" else {
        throw YAMLFault("merge keys are not read, as YAML 1.2 has none: write out what is merged", event)
      }
    }
    if let anchor = event.anchor { anchors[anchor] = Composed(value: .string(text)) }
    return text
  }

  /// Counts what comes, so that aliases of aliases cannot grow without bounds.
  private mutating func take(_ values: Int, depth: Int, _ event: YAMLEvent) throws(YAMLFault) {
    count += values
    guard count <= YAMLDocuments.valueLimit else {
      throw YAMLFault("there are more than \(YAMLDocuments.valueLimit) values", event)
    }
    guard depth <= YAMLDocuments.depthLimit else {
      throw YAMLFault("it is more than \(YAMLDocuments.depthLimit) levels deep", event)
    }
  }

  private static func check(_ event: YAMLEvent, is tag: String) throws(YAMLFault) {
    guard event.tag == nil || event.tag == YAMLTag.nonSpecific || event.tag == tag else {
      throw YAMLFault("the tag \(event.tag ?? "") is not read", event)
    }
  }
}

/// The tags that are read.
///
/// Source: YAML 1.2.2, section 10.
enum YAMLTag {
  static let nonSpecific = "!"
  static let text = "tag:yaml.org,2002:str"
  static let null = "tag:yaml.org,2002:null"
  static let truth = "tag:yaml.org,2002:bool"
  static let integer = "tag:yaml.org,2002:int"
  static let number = "tag:yaml.org,2002:float"
  static let sequence = "tag:yaml.org,2002:seq"
  static let mapping = "tag:yaml.org,2002:map"
}

extension YAMLFault {
  init(_ reason: String, _ event: YAMLEvent) {
    self.init(reason: reason, line: event.line, column: event.column)
  }

  init(_ error: YAMLSyntaxError) {
    self.init(reason: error.reason, line: error.line, column: error.column)
  }
}
