import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct ProjectPagePlatformTests {
  private func kept(_ fileNames: [String]) throws -> [String] {
    let files = fileNames.map { IndexFile(fileName: $0, url: $0) }
    let name = try ProjectName("a")
    let page = try ProjectPage(
      compact: ProjectPage.compact(name: name, baseURL: "http://index.test/a/", files: files))
    return page.allWheels.map(\.name.fileName)
  }

  @Test func `a page leaves out wheels for systems that nothing is resolved for`() throws {
    let names = [
      "a-1.0-cp311-cp311-macosx_11_0_arm64.whl", "a-1.0-cp311-cp311-manylinux_2_28_aarch64.whl",
      "a-1.0-cp311-cp311-manylinux_2_28_ppc64le.whl", "a-1.0-cp311-cp311-musllinux_1_2_x86_64.whl",
      "a-1.0-cp311-cp311-win_amd64.whl", "a-1.0-py3-none-any.whl",
      "a-1.0-py3-none-macosx_10_9_x86_64.manylinux1_x86_64.whl",
    ]
    #expect(
      try kept(names) == [
        "a-1.0-cp311-cp311-manylinux_2_28_aarch64.whl", "a-1.0-py3-none-any.whl",
        "a-1.0-py3-none-macosx_10_9_x86_64.manylinux1_x86_64.whl",
      ])
  }

  @Test func `a page keeps them where a release has no others, so that an explanation can speak of them`()
    throws
  {
    let names = ["a-1.0-py3-none-win_amd64.whl", "a-2.0-py3-none-any.whl", "a-2.0-py3-none-win_amd64.whl"]
    #expect(try kept(names) == ["a-2.0-py3-none-any.whl", "a-1.0-py3-none-win_amd64.whl"])
  }
}
