import EnvlockModel
import EnvlockTestSupport
import Testing

@testable import EnvlockSurvey

@Suite struct MatrixEditTests {
  /// A file as those of the matrix are, with odd blanks that have to survive.
  private let file = """
    {
      "about": "test",
      "sources": {
        "wheel": "the wheels",
        "docs": "a page"
      },
      "builds": [
        {"version": "2.2.0", "arch": "x86_64", "cuda": "12.1", "kernels": ["8.0"], "source": "docs"},
        {"version": "2.2.0", "arch": "aarch64",  "kernels": [], "source": "wheel"},
        {"version": "2.0.0", "arch": "x86_64", "kernels": ["7.0"], "source": ["docs", "wheel"]}
      ],
      "conflicts": [
        {"versions": ["1.0.0"], "field": "cuda", "found": "9.0", "source": "docs"}
      ]
    }

    """

  private func row(
    _ version: String, _ arch: String = "x86_64", variant: String? = nil, kernels: [String] = ["8.0"],
    cuda: String? = nil, source: String = "wheel", isHearsay: Bool = false
  ) -> SurveyedRow {
    SurveyedRow(
      table: "builds", identity: ["version", "arch", "variant"],
      fields: [
        .init("version", .string(version), "file name"), .init("arch", .string(arch), "file name"),
        variant.map { .init("variant", .string($0), "a table") },
        cuda.map { .init("cuda", .string($0), "version.py") },
        .init("kernels", .array(kernels.map { .string($0) }), "a library"),
      ],
      sources: [.init(source, "what \(source) is")], isHearsay: isHearsay)
  }

  private func outcome(_ row: SurveyedRow) throws -> RowOutcome {
    RowOutcome(row, in: try JSONValue(parsing: Array(file.utf8)))
  }

  private func edited(_ rows: SurveyedRow...) throws -> String {
    var edit = try MatrixEdit(Array(file.utf8), of: .torch)
    try edit.apply(rows.map { try outcome($0) })
    return String(decoding: edit.bytes, as: UTF8.self)
  }

  /// The lines that a text has more than another one, and fewer.
  private func changes(_ text: String) -> (added: [String], removed: [String]) {
    let (old, new) = (file.split(separator: "\n"), text.split(separator: "\n"))
    let difference = new.difference(from: old)
    return (
      difference.insertions.map { if case .insert(_, let line, _) = $0 { String(line) } else { "" } },
      difference.removals.map { if case .remove(_, let line, _) = $0 { String(line) } else { "" } }
    )
  }

  @Test func `what agrees changes nothing`() throws {
    #expect(try outcome(row("2.2.0", kernels: ["8.0"])).state == .agrees)
    #expect(try edited(row("2.2.0", kernels: ["8.0"])) == file)
  }

  @Test func `a new row stands where it belongs, and all else as it was`() throws {
    let (added, removed) = changes(
      try edited(row("2.1.0"), row("2.10.0"), row("2.2.0", variant: "cu118"), row("1.0.0")))
    #expect(
      added == [
        #"    {"version": "2.10.0", "arch": "x86_64", "kernels": ["8.0"], "source": "wheel"},"#,
        #"    {"version": "2.2.0", "arch": "x86_64", "variant": "cu118", "kernels": ["8.0"], "source": "wheel"},"#,
        #"    {"version": "2.1.0", "arch": "x86_64", "kernels": ["8.0"], "source": "wheel"},"#,
        #"    {"version": "2.0.0", "arch": "x86_64", "kernels": ["7.0"], "source": ["docs", "wheel"]},"#,
        #"    {"version": "1.0.0", "arch": "x86_64", "kernels": ["8.0"], "source": "wheel"}"#,
      ])
    // It got a comma.
    #expect(
      removed == [
        #"    {"version": "2.0.0", "arch": "x86_64", "kernels": ["7.0"], "source": ["docs", "wheel"]}"#
      ])
  }

  @Test func `a source that the file does not have is added to its table`() throws {
    let (added, _) = changes(try edited(row("2.3.0", source: "fatbin")))
    #expect(added.contains(#"    "fatbin": "what fatbin is""#))
    #expect(added.contains(#"    "docs": "a page","#))
  }

  @Test func `a field that differs is changed, and what stood there is kept as a conflict`() throws {
    let (added, removed) = changes(try edited(row("2.2.0", kernels: ["8.0", "9.0"], cuda: "12.1")))
    #expect(
      added == [
        #"    {"version": "2.2.0", "arch": "x86_64", "cuda": "12.1", "kernels": ["8.0", "9.0"], "source": "docs"},"#,
        #"    {"versions": ["2.2.0"], "arch": "x86_64", "field": "kernels", "documented": ["8.0"], "#
          + #""found": ["8.0", "9.0"], "source": ["docs", "wheel"], "#
          + #""note": "stood in the matrix until the wheel was read: a library"},"#,
      ])
    #expect(removed.count == 1)
  }

  @Test func `a field that the matrix lacks is put in its place, without a conflict`() throws {
    let (added, removed) = changes(try edited(row("2.2.0", "aarch64", kernels: [], cuda: "12.1")))
    #expect(
      added == [
        #"    {"version": "2.2.0", "arch": "aarch64",  "cuda": "12.1", "kernels": [], "source": "wheel"},"#
      ])
    #expect(removed.count == 1)
  }

  @Test func `hearsay is told and not written over a row`() throws {
    let hearsay = row("2.0.0", kernels: ["9.0"], isHearsay: true)
    guard case .differs(let differences) = try outcome(hearsay).state else {
      Issue.record("it should differ")
      return
    }
    #expect(differences.map(\.field.name) == ["kernels"])
    #expect(try edited(hearsay) == file)
  }

  @Test func `a file of another form is refused, not garbled`() throws {
    let compact = JSONValue.object(["builds": [], "sources": [:]]).canonical()
    var edit = try MatrixEdit(Array(compact.utf8), of: .torch)
    let missing = try outcome(row("3.0.0"))
    #expect(throws: MatrixEdit.Unfit.self) { try edit.apply([missing]) }
    #expect(throws: MatrixEdit.Unfit.self) { try MatrixEdit([0xFF, 0xFE], of: .torch) }
  }

  @Test func `requirements agree whatever their order and spelling`() {
    func agree(_ ours: JSONValue, _ theirs: JSONValue) -> Bool {
      Agreement.holds(.init("requires", ours, "METADATA", .requirements), theirs)
    }
    #expect(agree(["ml-dtypes>=0.5.0", "numpy<3,>=2.0"], ["numpy >=2.0,<3", "ml_dtypes>=0.5.0"]))
    #expect(
      agree(["scipy>=1.11.1; python_version >= \"3.12\""], ["scipy >=1.11.1 ; python_version >= '3.12'"]))
    #expect(agree("<=0.7.2,>=0.7.2", ">=0.7.2,<=0.7.2"))
    #expect(!agree(["numpy>=2.0"], ["numpy>=2.1"]))
    #expect(!agree(["numpy>=2.0"], ["numpy>=2.0", "scipy"]))
  }

  @Test func `a wheel that says less agrees with a matrix that says more`() {
    func agree(_ ours: String, _ theirs: String, _ comparison: SurveyedRow.Comparison) -> Bool {
      Agreement.holds(.init("field", .string(ours), "", comparison), .string(theirs))
    }
    #expect(agree("8", "8.9", .prefix))
    #expect(!agree("9", "8.9", .prefix))
    #expect(!agree("8.1", "8.10", .prefix))
    #expect(agree("2.14", "2.16", .floor))
    #expect(!agree("2.17", "2.16", .floor))
  }
}
