import EnvlockImage
import EnvlockModel
import Testing

@Suite struct InterpreterPartsTests {
  private func parts(
    _ python: String, _ path: String, _ platform: Platform = .linuxAMD64
  ) throws -> InterpreterParts {
    try InterpreterParts(
      try EnvironmentLayout(python: try PythonVersion(python), interpreterPath: path), platform: platform)
  }

  @Test func `finds Debian's Python`() throws {
    let parts = try parts("3.11", "/usr/bin/python3.11")
    #expect(parts.program.text == "usr/bin/python3.11")
    #expect(parts.home.text == "usr")
    #expect(parts.standardLibrary.text == "usr/lib/python3.11")
    #expect(parts.loader == "ld-linux-x86-64.so.2")
  }

  @Test func `finds a build of CPython`() throws {
    let parts = try parts("3.13t", "/opt/python/bin/python3.13t", .linuxARM64)
    #expect(parts.home.text == "opt/python")
    #expect(parts.standardLibrary.text == "opt/python/lib/python3.13t")
    #expect(parts.loader == "ld-linux-aarch64.so.1")
    #expect(
      parts.part(try ImagePath("opt/python/lib/libpython3.13t.so.1.0")) == .library("libpython3.13t.so.1.0"))
    #expect(parts.part(try ImagePath("usr/lib/aarch64-linux-gnu/libc.so.6")) == .library("libc.so.6"))
    #expect(parts.part(try ImagePath("usr/lib/x86_64-linux-gnu/libc.so.6")) == nil)
  }

  @Test(arguments: [
    ("usr/bin/python3.11", InterpreterParts.Part.python), ("usr/lib/python3.11/os.py", .python),
    ("usr/lib/python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", .python),
    ("usr/lib/x86_64-linux-gnu/libexpat.so.1.8.10", .library("libexpat.so.1.8.10")),
    ("usr/lib64/ld-linux-x86-64.so.2", .library("ld-linux-x86-64.so.2")),
    ("lib/x86_64-linux-gnu/libm-2.31.so", .library("libm-2.31.so")), ("usr/bin/perl", nil),
    ("usr/lib/python3.11", nil), ("usr/lib/python3/dist-packages/a.py", nil),
    ("usr/lib/x86_64-linux-gnu/perl/libperl.so.5", nil), ("usr/share/doc/libc6/copyright", nil),
  ])
  func `says what a file is for`(path: String, part: InterpreterParts.Part?) throws {
    #expect(try parts("3.11", "/usr/bin/python3.11").part(try ImagePath(path)) == part)
  }

  @Test(arguments: [
    ("lib64/ld-linux-x86-64.so.2", true), ("lib/x86_64-linux-gnu/ld-2.31.so", true),
    ("usr/lib/x86_64-linux-gnu/libc.so.6", true), ("usr/lib64/libc-2.28.so", true),
    ("usr/lib/libm.so.6", true),
    ("usr/lib/x86_64-linux-gnu/libcap.so.2", false), ("usr/lib/x86_64-linux-gnu/libcublas.so.12", false),
    ("usr/lib/x86_64-linux-gnu/libcrypto.so.3", false), ("usr/lib/x86_64-linux-gnu/libcrypt.so.1", true),
    ("usr/local/lib/libc.so.6", false),
  ])
  func `knows the libraries of glibc`(path: String, isGlibc: Bool) throws {
    #expect(try parts("3.12", "/opt/python/bin/python3.12").isGlibc(try ImagePath(path)) == isGlibc)
  }

  @Test(arguments: [
    ("opt/python/lib/python3.12/os.py", true), ("opt/python/lib/python3.12/json/decoder.py", true),
    ("opt/python/lib/python3.12/site-packages/pip/__init__.py", false),
    ("opt/python/lib/python3.12/LICENSE.txt", false),
    ("opt/env/lib/python3.12/site-packages/a.py", false),
  ])
  func `knows the modules of the standard library`(path: String, isModule: Bool) throws {
    let parts = try parts("3.12", "/opt/python/bin/python3.12")
    #expect(parts.isStandardModule(try ImagePath(path)) == isModule)
  }
}
