import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct TagMismatchTests {
  private func why(_ python: String, _ tags: String...) throws -> String? {
    let set = TagSet(python: try PythonVersion(python), platform: .linuxAMD64, glibc: try Version("2.28"))
    return set.whyNone(of: try tags.map { try WheelName("x-1.0-\($0).whl") })?.description
  }

  @Test func `nothing to say where one fits, or there is none`() throws {
    #expect(try why("3.11", "cp312-cp312-win_amd64", "py3-none-any") == nil)
    #expect(try why("3.11") == nil)
  }

  @Test func `names the Pythons, consecutive ones as a range`() throws {
    let linux = ["38", "39", "310", "311"].map { "cp\($0)-cp\($0)-manylinux1_x86_64" }
    #expect(
      try why("3.13", linux[0], linux[1], linux[2], linux[3], "cp313-cp313-win_amd64")
        == "it has wheels for Python 3.8 to 3.11")
    #expect(
      try why("3.13", linux[0], linux[3], "cp27-cp27mu-manylinux1_x86_64")
        == "it has wheels for Python 2.7, 3.8, 3.11")
    #expect(try why("3.13", "py2-none-any") == "it has wheels for Python 2")
    #expect(
      try why("3.13", "cp314-abi3-manylinux_2_17_x86_64") == "it has wheels for Python 3.14 or newer")
    #expect(
      try why("3.8", "cp311-cp311-linux_x86_64", "cp313-cp313t-linux_x86_64", "pp39-pypy39_pp73-linux_x86_64")
        == "it has wheels for Python 3.11, 3.13t, PyPy 3.9")
  }

  @Test func `a newer glibc is the nearest miss`() throws {
    #expect(
      try why(
        "3.11", "cp311-cp311-manylinux_2_34_x86_64", "cp311-cp311-manylinux_2_31_x86_64",
        "cp310-cp310-manylinux_2_17_x86_64", "cp311-cp311-manylinux_2_17_aarch64")
        == "it needs glibc 2.31 or newer")
  }

  @Test func `a wheel of the right version may be for another build of it`() throws {
    #expect(try why("3.13t", "cp313-cp313-manylinux_2_17_x86_64") == "it has wheels for the ABI cp313")
  }

  @Test func `names processors before systems`() throws {
    #expect(
      try why(
        "3.11", "cp311-cp311-win_amd64", "cp311-cp311-manylinux2014_aarch64", "cp311-cp311-linux_armv7l")
        == "it has wheels for aarch64, armv7l")
    #expect(
      try why("3.11", "cp311-cp311-win_amd64", "py3-none-macosx_11_0_arm64", "py3-none-musllinux_1_1_x86_64")
        == "it has wheels for Windows, macOS, musl Linux")
    #expect(try why("3.11", "cp310-cp310-win_amd64") == "it has wheels for Python 3.10")
    #expect(try why("3.11", "py3-none-manylinux_2_4_x86_64") == "it has wheels for manylinux_2_4_x86_64")
  }

  @Test func `strange tags are survived`() throws {
    for tag in [
      "cp-none-any", "py-py-py", "3-3-3", "cp3x-cp3x-manylinux_x_y_z", "x-none-manylinux__",
      "cp999999999999999999999-abi3-any",
    ] {
      #expect(try why("3.11", tag) != nil)
    }
  }
}
