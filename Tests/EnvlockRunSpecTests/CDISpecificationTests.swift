import EnvlockModel
import EnvlockRunSpec
import EnvlockTestSupport
import Testing

@Suite struct CDISpecificationTests {
  private func read(_ text: String) throws -> CDISpecification { try SampleNodes.specification(text) }

  @Test func `a document is read as it stands, and written in the oldest version that can say it`() throws {
    let specification = try read(SampleNodes.text)
    #expect(specification.devices.map(\.name) == ["0", "1", "all"])
    #expect(specification.version == .v0_5_0)
    #expect(try CDISpecification(specification.json) == specification)
    try expectGolden(specification.json.canonical(), "oci/written-cdi.json")
  }

  @Test(arguments: [
    (#"{"env": ["A=1"]}"#, "0.3.0"),
    (#"{"mounts": [{"hostPath": "/a", "containerPath": "/b", "type": "bind"}]}"#, "0.4.0"),
    (#"{"deviceNodes": [{"path": "/dev/a", "hostPath": "/dev/b"}]}"#, "0.5.0"),
    (#"{"additionalGids": [44]}"#, "0.7.0"),
    (#"{"intelRdt": {"closID": "a", "l3CacheSchema": "L3:0=f"}}"#, "0.7.0"),
    (#"{"intelRdt": {"closID": "a", "schemata": ["L3:0=f"]}}"#, "1.1.0"),
    (#"{"netDevices": [{"hostInterfaceName": "eth1", "name": "eth0"}]}"#, "1.1.0"),
  ])
  func `each version has what came with it, and nothing newer`(edits: String, version: String) throws {
    func text(_ version: String) -> String {
      """
      {"cdiVersion": "\(version)", "kind": "vendor.com/net",
       "devices": [{"name": "a", "containerEdits": \(edits)}]}
      """
    }
    let specification = try read(text(version))
    #expect(specification.version.rawValue == version)
    #expect(try CDISpecification(specification.json) == specification)
    for other in CDISpecification.Version.allCases {
      if other < specification.version {
        #expect(throws: JSONDecodingError.self) { try read(text(other.rawValue)) }
      } else {
        #expect(try read(text(other.rawValue)) == specification)
      }
    }
  }

  @Test func `what every refusal says`() throws {
    func file(
      _ edits: String, version: String = "1.0.0", kind: String = "a.com/b", name: String = "x",
      more: String = ""
    ) -> String {
      """
      {"cdiVersion": "\(version)", "kind": "\(kind)", \(more)
       "devices": [{"name": "\(name)", "containerEdits": \(edits)}]}
      """
    }
    let plain = #"{"env": ["A=1"]}"#
    func node(_ rest: String) -> String { file(#"{"deviceNodes": [{"path": "/dev/a", \#(rest)}]}"#) }
    func mount(_ host: String, _ place: String) -> String {
      file(#"{"mounts": [{"hostPath": "\#(host)", "containerPath": "\#(place)"}]}"#)
    }
    let cases: [(String, String)] = [
      ("no version", #"{"kind": "a/b", "devices": []}"#),
      ("a future version", file(plain, version: "1.9.0")),
      ("an older version than it needs", file(plain, version: "0.4.0", name: "0")),
      ("a class with a dot before 0.6.0", file(plain, version: "0.5.0", kind: "a.com/b.c")),
      ("an unknown key", file(plain, more: #""device": 1,"#)),
      ("a kind without a class", file(plain, kind: "gpu")),
      ("a kind with a path", file(plain, kind: "a/../b")),
      ("a name with a space", file(plain, name: "a b")),
      ("a name with a slash", file(plain, name: "../x")),
      ("no devices", #"{"cdiVersion": "1.0.0", "kind": "a/b", "devices": []}"#),
      ("a device that changes nothing", file("{}")),
      (
        "a device twice",
        #"{"cdiVersion": "1.0.0", "kind": "a/b", "devices": [{"name": "x", "containerEdits": \#(plain)}, {"name": "x", "containerEdits": \#(plain)}]}"#
      ),
      ("a variable without a value", file(#"{"env": ["A"]}"#)),
      ("a variable without a name", file(#"{"env": ["=1"]}"#)),
      ("a variable with a NUL", file(#"{"env": ["A=\u0000"]}"#)),
      ("a node at a relative path", file(#"{"deviceNodes": [{"path": "dev/a"}]}"#)),
      ("a node that climbs", file(#"{"deviceNodes": [{"path": "/dev/../etc/passwd"}]}"#)),
      ("a node over /dev", file(#"{"deviceNodes": [{"path": "/dev"}]}"#)),
      ("a node of a wrong type", node(#""type": "d""#)),
      ("a node of a negative number", node(#""type": "c", "major": -1"#)),
      ("a node with a mode beyond all", node(#""fileMode": 65536"#)),
      ("a node with strange permissions", node(#""permissions": "rx""#)),
      ("a node of an owner beyond all", node(#""uid": 4294967296"#)),
      ("a mount over /", mount("/a", "/")),
      ("a mount over /proc", mount("/a", "/proc")),
      ("a mount in /proc", mount("/a", "/proc/self")),
      ("a mount over /sys", mount("/a", "/sys")),
      ("a mount over /dev", mount("/a", "/dev")),
      ("a mount that climbs", mount("/a", "/b/../../c")),
      ("a mount of the whole node", mount("/", "/host")),
      ("a mount of a relative path", mount("a", "/b")),
      ("a mount with a slash too many", mount("/a", "/b//c")),
      ("a hook of an unknown moment", file(#"{"hooks": [{"hookName": "prerun", "path": "/bin/a"}]}"#)),
      ("a hook at a relative path", file(#"{"hooks": [{"hookName": "poststop", "path": "a"}]}"#)),
      (
        "a hook that climbs", file(#"{"hooks": [{"hookName": "poststop", "path": "/usr/bin/../../tmp/a"}]}"#)
      ),
      (
        "a hook that never ends",
        file(#"{"hooks": [{"hookName": "poststop", "path": "/bin/a", "timeout": 0}]}"#)
      ),
      (
        "an interface with a slash",
        file(#"{"netDevices": [{"hostInterfaceName": "a/b", "name": "c"}]}"#, version: "1.1.0")
      ),
      (
        "an interface twice",
        file(
          #"{"netDevices": [{"hostInterfaceName": "a", "name": "c"}, {"hostInterfaceName": "b", "name": "c"}]}"#,
          version: "1.1.0")
      ),
      ("a class that climbs", file(#"{"intelRdt": {"closID": ".."}}"#)),
    ]
    var text = ""
    for (title, document) in cases {
      do {
        _ = try read(document)
        Issue.record("\(title) is not refused")
      } catch let error as JSONDecodingError {
        text += "# \(title)\n\(error)\n"
      }
    }
    try expectGolden(text, "oci/refusals-cdi.txt")
  }

  @Test func `a file in /run wins over one in /etc, and one that is named over both`() throws {
    func file(_ path: String, _ value: String) throws -> CDIRegistry.File {
      CDIRegistry.File(
        path,
        try read(
          """
          {"cdiVersion": "0.5.0", "kind": "nvidia.com/gpu", "containerEdits": {"env": ["OF=\(value)"]},
           "devices": [{"name": "0", "containerEdits": {"env": ["DEVICE=\(value)"]}}]}
          """))
    }
    func variables(_ files: [CDIRegistry.File]) throws -> [String] {
      var options = OCISpec.Options()
      options.cdi = CDIRegistry(files)
      let plan = try SampleRuns.plan()
      return try OCISpec(plan, options: options).config.process.env.filter { $0.contains("=of-") }
    }
    let etc = try file("/etc/cdi/a.json", "of-etc")
    let run = try file("/var/run/cdi/a.json", "of-run")
    let own = try file("/srv/a.json", "of-srv")
    #expect(try variables([etc]) == ["OF=of-etc", "DEVICE=of-etc"])
    #expect(try variables([run, etc]) == ["OF=of-run", "DEVICE=of-run"])
    #expect(try variables([etc, own, run]) == ["OF=of-srv", "DEVICE=of-srv"])
  }

  @Test func `devices that want different things in one place are refused, the same thing counts once`()
    throws
  {
    func spec(_ first: String, _ second: String, _ mounts: [RunMount] = []) throws -> OCISpec {
      var options = OCISpec.Options()
      options.gpus = ["a", "b"]
      options.cdiKind = "v.com/c"
      options.cdi = CDIRegistry([
        CDIRegistry.File(
          "/etc/cdi/v.json",
          try read(
            """
            {"cdiVersion": "0.5.0", "kind": "v.com/c", "devices": [
             {"name": "a", "containerEdits": \(first)}, {"name": "b", "containerEdits": \(second)}]}
            """))
      ])
      let plan = try SampleRuns.plan {
        $0.gpus = 2
        $0.mounts = mounts
      }
      return try OCISpec(plan, options: options)
    }
    func mount(_ source: String) -> String {
      #"{"mounts": [{"hostPath": "\#(source)", "containerPath": "/m/x"}]}"#
    }
    func node(_ minor: Int) -> String {
      #"{"deviceNodes": [{"path": "/dev/a", "type": "c", "major": 5, "minor": \#(minor), "permissions": "r"}]}"#
    }
    #expect(try spec(mount("/a"), mount("/a")).config.mounts.filter { $0.destination == "/m/x" }.count == 1)
    #expect(throws: RunSpecError.self) { try spec(mount("/a"), mount("/b")) }
    #expect(throws: RunSpecError.self) {
      try spec(mount("/a"), mount("/a"), [RunMount(source: "/c", target: "/m/x")])
    }
    let twice = try spec(node(1), node(1)).config.linux
    #expect(twice.devices.filter { $0.path == "/dev/a" }.count == 1)
    #expect(twice.resources?.devices.filter(\.isAllowed).map(\.access) == ["r"])
    #expect(throws: RunSpecError.self) { try spec(node(1), node(2)) }
    // A mount in another's place is mounted behind it, in whatever order they come.
    let inner = #"{"mounts": [{"hostPath": "/b", "containerPath": "/m/x/y"}]}"#
    let places = try spec(inner, mount("/a")).config.mounts.map(\.destination)
    #expect(places.filter { $0.hasPrefix("/m/") } == ["/m/x", "/m/x/y"])
  }
}
