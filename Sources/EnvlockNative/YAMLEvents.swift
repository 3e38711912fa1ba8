import CYAML

/// One step through a YAML text.
///
/// Source: YAML 1.2.2, section 3.1.1, "serialization tree" written as events.
package struct YAMLEvent: Hashable, Sendable {
  /// What begins, ends or stands there.
  package enum Kind: Hashable, Sendable {
    case streamStart, streamEnd, documentStart, documentEnd, sequenceEnd, mappingEnd
    case sequenceStart, mappingStart
    /// A name that an anchor gave before.
    case alias(String)
    /// A text, and whether it was written without quotes and is no block.
    case scalar(String, isPlain: Bool)
  }

  /// What it is.
  package var kind: Kind
  /// The name that aliases call it by.
  package var anchor: String?
  /// The tag in full, "tag:yaml.org,2002:str"; "!" where the text says that there is none, nil where it says nothing.
  package var tag: String?
  /// The line where it begins, counted from 1.
  package var line: Int
  /// The column in Unicode scalars, counted from 1.
  package var column: Int
}

/// What is wrong with a YAML text.
package struct YAMLSyntaxError: Error, Hashable, Sendable {
  /// In libyaml's words.
  package var reason: String
  /// The line, counted from 1; nil where libyaml knows none.
  package var line: Int?
  /// The column in Unicode scalars, counted from 1.
  package var column: Int?
}

/// Reads a YAML text event by event, with libyaml. It takes YAML 1.1 and nearly all of 1.2; collections may lie 1000
/// levels deep.
package final class YAMLEvents {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  /// libyaml reads on in it.
  private let input: UnsafeMutableBufferPointer<UInt8>

  /// - Parameter text: what is read.
  /// - Throws: `YAMLSyntaxError` where there is no memory.
  package init(_ text: String) throws(YAMLSyntaxError) {
    parser = .allocate(capacity: 1)
    let bytes = Array(text.utf8)
    input = .allocate(capacity: bytes.count)
    _ = input.initialize(from: bytes)
    guard yaml_parser_initialize(parser) == 1 else {
      // What `deinit` gives back may be given back of a parser of zeros.
      parser.initialize(to: yaml_parser_t())
      throw YAMLSyntaxError(reason: "there is no memory")
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  /// The next event; after the end of the stream, the end again.
  ///
  /// - Throws: `YAMLSyntaxError`.
  package func next() throws(YAMLSyntaxError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw error }
    defer { yaml_event_delete(&event) }
    let (line, column) = (event.start_mark.line + 1, event.start_mark.column + 1)
    func made(_ kind: YAMLEvent.Kind, _ anchor: Text? = nil, _ tag: Text? = nil) -> YAMLEvent {
      YAMLEvent(kind: kind, anchor: Self.string(anchor), tag: Self.string(tag), line: line, column: column)
    }
    switch event.type {
    case YAML_STREAM_START_EVENT: return made(.streamStart)
    case YAML_DOCUMENT_START_EVENT: return made(.documentStart)
    case YAML_DOCUMENT_END_EVENT: return made(.documentEnd)
    case YAML_ALIAS_EVENT: return made(.alias(Self.string(event.data.alias.anchor) ?? ""))
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      // It may hold zeros.
      let text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return made(
        .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), scalar.anchor, scalar.tag)
    case YAML_SEQUENCE_START_EVENT:
      return made(.sequenceStart, event.data.sequence_start.anchor, event.data.sequence_start.tag)
    case YAML_SEQUENCE_END_EVENT: return made(.sequenceEnd)
    case YAML_MAPPING_START_EVENT:
      return made(.mappingStart, event.data.mapping_start.anchor, event.data.mapping_start.tag)
    case YAML_MAPPING_END_EVENT: return made(.mappingEnd)
    default: return made(.streamEnd)
    }
  }

  private typealias Text = UnsafeMutablePointer<UInt8>

  private static func string(_ text: Text?) -> String? { text.map { String(cString: $0) } }

  private var error: YAMLSyntaxError {
    let state = parser.pointee
    let words = [state.context, state.problem].compactMap { $0.map { String(cString: $0) } }
    let reason = words.isEmpty ? "it cannot be read" : words.joined(separator: ": ")
    // Of what cannot be decoded only the offset is known.
    guard state.error != YAML_READER_ERROR, state.error != YAML_MEMORY_ERROR else {
      return YAMLSyntaxError(reason: reason)
    }
    return YAMLSyntaxError(
      reason: reason, line: state.problem_mark.line + 1, column: state.problem_mark.column + 1)
  }
}
