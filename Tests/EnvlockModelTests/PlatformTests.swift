import EnvlockModel
import EnvlockVersions
import Testing

@Suite struct PlatformTests {
  @Test(arguments: [
    ("linux/amd64", Platform.linuxAMD64), ("amd64", .linuxAMD64), ("x86_64", .linuxAMD64),
    ("linux/x86_64", .linuxAMD64), ("Linux/AMD64", .linuxAMD64), ("aarch64", .linuxARM64),
    ("linux/arm64", .linuxARM64), ("arm64", .linuxARM64),
  ])
  func `reads what people call it`(text: String, platform: Platform) throws {
    #expect(try Platform(text) == platform)
    #expect(try Platform(platform.description) == platform)
    #expect(try Platform(platform.machine) == platform)
    #expect(try Platform(platform.architecture) == platform)
  }

  @Test(arguments: ["", "linux", "linux/", "windows/amd64", "linux/riscv64", "linux/linux/amd64"])
  func `refuses others`(text: String) {
    #expect(throws: MalformedText.self) { try Platform(text) }
  }
}
