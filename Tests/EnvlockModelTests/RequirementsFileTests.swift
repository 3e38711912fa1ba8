import EnvlockTestSupport
import EnvlockVersions
import Testing

@testable import EnvlockModel

@Suite struct RequirementsFileTests {
  private func read(_ text: String, _ variables: [String: String] = [:]) throws(RequirementsFileError)
    -> RequirementsFile
  {
    try RequirementsFile(parsing: text, name: "requirements.txt", variable: { variables[$0] })
  }

  private func summary(_ file: RequirementsFile) -> [String] {
    file.requirements.map { "\($0.line) \($0.requirement)" }
  }

  @Test func `reads requirements, past comments, blank lines and continuations`() throws {
    let file = try read(
      """
      # what we need
      torch==2.9.1   # pinned
        numpy >= 1.20 ;python_version<"3.12"

      transformers[\\
      torch]\\
        >=4.50
      # a comment with a backslash \\
      pillow
      not-a#comment @ https://example.com/not_a-1-py3-none-any.whl#sha256=\(hex)
      """.replacing("not-a#comment", with: "not-a"))
    #expect(
      summary(file) == [
        "2 torch==2.9.1", #"3 numpy>=1.20; python_version < "3.12""#, "5 transformers[torch]>=4.50",
        "9 pillow",
        "10 not-a @ https://example.com/not_a-1-py3-none-any.whl#sha256=\(hex)",
      ])
  }

  private let hex = String(repeating: "0a", count: 32)

  @Test(arguments: ["\n", "\r\n", "\r"])
  func `any line end and a byte order mark will do`(lineEnd: String) throws {
    let text = "\u{FEFF}torch\n\nnumpy>=1,\\\n<2\n--pre\n".replacing("\n", with: lineEnd)
    let file = try read(text)
    #expect(summary(file) == ["1 torch", "3 numpy>=1,<2"])
    #expect(file.allowsPrereleases)
    #expect(try read("").requirements.isEmpty)
    #expect(try read("\\").requirements.isEmpty)
  }

  @Test func `collects the options`() throws {
    let file = try read(
      """
      -r base.txt
      --requirement=more/extra.txt
      -cconstraints.txt
      --constraint "with blank.txt"
      -i https://one.example/simple
      --index-url https://two.example/simple --extra-index-url https://three.example/simple
      --extra-index-url=https://four.example/simple
      -f ./wheels
      --find-links https://five.example/page.html
      --no-index
      --pre --prefer-binary
      --only-binary :all:
      --no-binary :none:
      --trusted-host two.example
      --require-hashes
      """)
    let text = { (settings: [RequirementsFile.Setting]) in settings.map { "\($0.line) \($0.value)" } }
    #expect(text(file.includes) == ["1 base.txt", "2 more/extra.txt"])
    #expect(text(file.constraints) == ["3 constraints.txt", "4 with blank.txt"])
    #expect(file.indexURL?.value == "https://two.example/simple")
    #expect(text(file.extraIndexURLs) == ["6 https://three.example/simple", "7 https://four.example/simple"])
    #expect(text(file.findLinks) == ["8 ./wheels", "9 https://five.example/page.html"])
    #expect(file.noIndex && file.allowsPrereleases && file.requiresHashes)
    #expect(try !read("torch").noIndex)
  }

  @Test func `keeps the hashes of each requirement`() throws {
    let other = String(repeating: "ff", count: 32)
    let file = try read(
      """
      torch==2.9.1 \\
          --hash=sha256:\(hex) \\
          --hash sha256:\(other) --hash=sha512:00
      numpy==1.26 ; os_name == "-x"
      """)
    #expect(file.requirements.map { $0.hashes.map(\.hex) } == [[hex, other], []])
    #expect(summary(file)[1] == #"4 numpy==1.26; os_name == "-x""#)
  }

  @Test(arguments: [
    ("./x-1.0-py3-none-any.whl", "x @ ./x-1.0-py3-none-any.whl"),
    ("x-1.0-py3-none-any.whl", "x @ x-1.0-py3-none-any.whl"),
    (
      "wheels/x_y-1.0-py3-none-any.whl ; os_name=='posix'",
      #"x-y @ wheels/x_y-1.0-py3-none-any.whl ; os_name == "posix""#
    ),
    ("/a/x-1.0-py3-none-any.whl[b,a]", "x[a,b] @ /a/x-1.0-py3-none-any.whl"),
    ("./x-1.0-py3-none-any.whl;os_name=='nt'", #"x @ ./x-1.0-py3-none-any.whl ; os_name == "nt""#),
    ("file:///a/x-1.0-py3-none-any.whl", "x @ file:///a/x-1.0-py3-none-any.whl"),
    (
      "https://example.com/X-1.0%2Bcu1-py3-none-any.whl?a=b#c",
      "x @ https://example.com/X-1.0%2Bcu1-py3-none-any.whl?a=b#c"
    ),
    ("x @ ./x-1.0-py3-none-any.whl", "x @ ./x-1.0-py3-none-any.whl"),
  ])
  func `a wheel by its path or URL has the name of its file`(line: String, requirement: String) throws {
    #expect(try read(line).requirements.map(\.requirement.description) == [requirement])
  }

  @Test func `expands variables as pip does`() throws {
    let file = try read(
      "--index-url https://${USER_1}:${PASS}@example.com/\ntorch==${VERSION}\nx @ https://e/${lower}/x-1-py3-none-any.whl#$A${",
      ["USER_1": "me", "VERSION": "2.9.1", "lower": "no"])
    #expect(file.indexURL?.value == "https://me:${PASS}@example.com/")
    #expect(
      file.requirements.map(\.requirement.description) == [
        "torch==2.9.1", "x @ https://e/${lower}/x-1-py3-none-any.whl#$A${",
      ])
  }

  @Test(arguments: [
    ("-e .", 1), ("--editable=./src", 1), ("./project", 1), (".", 1), ("..", 1), ("/abs/project", 1),
    ("project/", 1), ("./x-1.0.tar.gz", 1), ("x-1.0.zip", 1), ("https://example.com/x-1.0.tar.gz", 1),
    ("git+https://example.com/x.git", 1), ("x @ git+https://example.com/x.git@main", 5),
    ("x @ https://example.com/x.tar.gz", 5), ("--no-binary :all:", 1), ("--pre --no-binary=torch", 7),
  ])
  func `what would have to be built is an error that says what to do`(line: String, column: Int) {
    let error = #expect(throws: RequirementsFileError.self) { try read("torch\n" + line) }
    #expect(error?.line == 2 && error?.column == column)
    #expect(error?.hints.first?.contains("wheels only") == true)
  }

  @Test(arguments: [
    ("torch 2.1", 7, "a version needs an operator before it, such as == or >="),
    ("  torch>=2 ; os_nam == 'a'  # why", 14, "os_nam is no marker variable; a text needs quotes"),
    ("--frobnicate", 1, "--frobnicate is no option of requirements files"),
    ("-z x", 1, "-z is no option of requirements files"), ("--pre -r", 7, "-r needs a value"),
    ("--pre=1", 1, "--pre takes no value"), ("--pre torch", 7, "an option is expected here"),
    ("torch --pre", 7, "--pre has to stand on a line of its own"),
    ("--hash=sha256:00", 1, "--hash belongs behind a requirement, on its line"),
    ("torch --hash=sha256:00", 7, "the hash is broken: it has 2 of 64 hexadecimal digits"),
    ("torch --hash=md5:00", 7, "none of the hashes is a sha256"),
    (
      "./x-1.whl", 1,
      "the name of the wheel cannot be read: it has 2 parts between dashes; a wheel has five or six (name-version[-build]-python-abi-platform.whl)"
    ),
    (
      "./x-1-py3-none-any.whl#sha256=0", 1,
      "the sha256 of the URL is broken: it has 1 of 64 hexadecimal digits"
    ),
    ("./x-1-py3-none-any.whl extra", 24, "a semicolon and a marker, or the end, is expected here"),
    ("é==1", 1, "a project name is expected here, beginning with a letter or digit"),
    ("torch ; os_name == 'é' é", 24, "\"and\", \"or\" or the end of the marker is expected here"),
  ])
  func `an error has its place`(line: String, column: Int, reason: String) {
    let error = #expect(throws: RequirementsFileError.self) { try read("numpy\n\n" + line + "\nlast") }
    #expect(error?.message == "requirements.txt:3:\(column): \(reason)")
    #expect(error?.sourceLine == line)
    #expect(error?.details == [line, String(repeating: " ", count: column - 1) + "^"])
    #expect(error?.kind == .badInput)
  }

  @Test func `the place is in the line of the file, whatever was joined or expanded`() {
    let joined = #expect(throws: RequirementsFileError.self) { try read("torch>=2,\\\n\t<<3") }
    #expect(joined?.line == 2 && joined?.details == ["\t<<3", "\t ^"])
    let expanded = #expect(throws: RequirementsFileError.self) {
      try read("torch==${V} ; os == 'a'", ["V": "2.9.1.post1234567890"])
    }
    #expect(expanded?.details == ["torch==${V} ; os == 'a'", "              ^"])
    let end = #expect(throws: RequirementsFileError.self) { try read("torch>=2,\\\n<3;\\\n") }
    #expect(end?.line == 2 && end?.column == 4)
  }

  @Test func `credentials stay out of errors`() {
    let error = #expect(throws: RequirementsFileError.self) {
      try read("x @ https://me:secret@example.com/x-1-py3-none-any.whl ; os_nam == 'a'")
    }
    #expect(
      error?.details == [
        "x @ https://****@example.com/x-1-py3-none-any.whl ; os_nam == 'a'",
        "                                                    ^",
      ])
    let expanded = #expect(throws: RequirementsFileError.self) {
      try read("https://${TOKEN}@example.com/x.tar.gz", ["TOKEN": "secret"])
    }
    #expect(expanded.map { "\($0.message) \($0.details)" }?.contains("secret") == false)
  }

  @Test func `no mutation traps, and each error has a place in the file`() {
    var random = SplitMix64(seed: 10)
    let text = """
      --index-url https://u:p@example.com/${A} -r x.txt
      torch[a]==2.9.1 ; os_name == 'posix' \\
        --hash=sha256:\(hex)
      ./x-1.0-py3-none-any.whl[b]#c ; extra == "d" # comment
      name @ file:///x-1.0-py3-none-any.whl#sha256=\(hex)
      -c "quoted path.txt"
      """
    for _ in 0..<4000 {
      for mutated in [
        Mutation.text(of: text, &random), String(decoding: Mutation.noise(&random), as: UTF8.self),
      ] {
        do throws(RequirementsFileError) {
          let file = try read(mutated, ["A": "v é"])
          let count = mutated.split(omittingEmptySubsequences: false) { $0.isNewline }.count
          #expect(file.requirements.allSatisfy { (1...count).contains($0.line) })
        } catch {
          #expect(error.line >= 1 && error.column >= 1 && error.details.count == 2)
          #expect(error.column <= error.sourceLine.count + 40)
        }
      }
    }
  }
}
