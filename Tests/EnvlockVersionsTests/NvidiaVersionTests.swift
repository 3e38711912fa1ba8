import EnvlockVersions
import Testing

@Suite struct DriverVersionTests {
  @Test(
    arguments: zip(["570.86", "535.54.03", "535.54.3", "580"], ["570.124", "570.0", "535.104", "580.65.06"]))
  func `orders by number, not by text`(older: String, newer: String) throws {
    #expect(try DriverVersion(older) < DriverVersion(newer))
    #expect(try DriverVersion(older).version < DriverVersion(newer).version)
  }

  @Test func `keeps its leading zeros for the reader only`() throws {
    let driver = try DriverVersion("570.124.06")
    #expect(driver.description == "570.124.06")
    #expect(driver.components == [570, 124, 6])
    #expect(driver.branch == 570)
    #expect(try driver.version == Version("570.124.6"))
    #expect(try driver == DriverVersion("570.124.6"))
    #expect(try driver.hashValue == DriverVersion("570.124.6.0").hashValue)
  }

  @Test(arguments: [
    "", ".", "570.", ".570", "570..1", "r570.1", "570.1 ", "-1.2", "99999999999.1", "570.1-server",
  ])
  func `refuses what is no driver version`(text: String) throws {
    let error = try #require(throws: MalformedText.self) { try DriverVersion(text) }
    #expect(error.what == "driver version" && error.text == text)
  }
}

@Suite struct CUDAVersionTests {
  @Test func `reads two or three numbers`() throws {
    let cuda = try CUDAVersion("12.8.1")
    #expect((cuda.major, cuda.minor, cuda.patch) == (12, 8, 1))
    #expect(cuda.description == "12.8.1")
    #expect(try cuda.version == Version("12.8.1"))
    #expect(try CUDAVersion("12.8").patch == nil)
    #expect(try CUDAVersion("12.8").description == "12.8")
  }

  @Test func `orders by number, and a missing patch is zero`() throws {
    #expect(try CUDAVersion("9.2") < CUDAVersion("12.8"))
    #expect(try CUDAVersion("12.8") < CUDAVersion("12.8.1"))
    #expect(try CUDAVersion("12.8") == CUDAVersion("12.8.0"))
    #expect(try CUDAVersion("12.8").hashValue == CUDAVersion("12.8.0").hashValue)
    #expect(try CUDAVersion("12.8").version == CUDAVersion("12.8.0").version)
  }

  @Test(arguments: ["", "12", "12.", "12.8.1.2", "cu128", "12.x", "12.99999999999"])
  func `refuses what is no CUDA version`(text: String) throws {
    let error = try #require(throws: MalformedText.self) { try CUDAVersion(text) }
    #expect(error.what == "CUDA version" && error.text == text)
  }
}

@Suite struct ComputeCapabilityTests {
  @Test(arguments: [
    ("8.9", "8.9"), ("sm_89", "8.9"), ("compute_90", "9.0"), ("89", "8.9"), ("120", "12.0"),
    ("sm_103", "10.3"),
  ])
  func `reads every way of writing it`(text: String, description: String) throws {
    let capability = try ComputeCapability(text)
    #expect(capability.description == description)
    #expect(try capability.version == Version(description))
    #expect(try capability == ComputeCapability(description))
  }

  @Test func `orders by number`() throws {
    #expect(try ComputeCapability("9.0") < ComputeCapability("10.0"))
    #expect(try ComputeCapability("8.6") < ComputeCapability("8.9"))
  }

  @Test(arguments: [
    "", "8", "8.", "8.10", "sm_", "sm_8.9", "sm_90a", "compute_sm_80", "A100", "8.9.0", "-8.9",
  ])
  func `refuses what is no compute capability`(text: String) throws {
    let error = try #require(throws: MalformedText.self) { try ComputeCapability(text) }
    #expect(error.what == "compute capability" && error.text == text)
  }
}
