import Glibc

/// NVIDIA's management library, loaded at run time: nothing of NVIDIA's is needed to build envlock.
///
/// Names, signatures, return codes and the layout of structures are those of NVIDIA's public header `nvml.h`, as its
/// own bindings use them (package `nvidia-ml-py` 13.615.71, NVIDIA/go-nvml). Every function is looked up by name and
/// may be missing, since each driver brings the library of its own age.
public struct NVMLLibrary {
  private let handle: UnsafeMutableRawPointer
  /// The file, behind symbolic links; nil where the loader does not say.
  let path: String?

  /// The name that the driver's packages install.
  public static let fileName = "libnvidia-ml.so.1"

  /// Where it lies when the loader does not find it by name: WSL, NixOS, GKE's Container-Optimized OS, drivers that
  /// are mounted into containers, and the driver container of NVIDIA's GPU operator.
  private static let folders = [
    "/usr/lib/wsl/lib", "/run/opengl-driver/lib", "/usr/local/nvidia/lib64", "/usr/local/nvidia/lib",
    "/home/kubernetes/bin/nvidia/lib64", "/run/nvidia/driver/usr/lib/x86_64-linux-gnu",
    "/run/nvidia/driver/usr/lib/aarch64-linux-gnu", "/run/nvidia/driver/usr/lib64",
  ]

  /// Loads a library and asks it everything that envlock wants to know.
  ///
  /// A library that crashes or hangs takes this process with it: see `NVMLWorker`.
  ///
  /// - Parameter path: the file to load; nil for the one that the system's loader finds, or else one in a usual place.
  /// - Returns: what it says; a library that is missing is a fault in it.
  public static func report(path: String?) -> NVMLReport {
    do throws(NVMLFault) {
      return NVMLReader.report(of: try NVMLLibrary(path: path))
    } catch {
      var report = NVMLReport()
      report.faults = [error]
      return report
    }
  }

  private init(path: String?) throws(NVMLFault) {
    var reason: String?
    for place in path.map({ [$0] }) ?? [Self.fileName] + Self.folders.map({ "\($0)/\(Self.fileName)" }) {
      if let handle = dlopen(place, RTLD_NOW | RTLD_LOCAL) {
        // Never closed: NVML leaves threads and handlers behind.
        self.handle = handle
        self.path = Self.loadedFile(place)
        return
      }
      let said = dlerror().map { String(cString: $0) }
      // The first reason that is not just its absence is the one to tell.
      if reason == nil, access(place, F_OK) == 0 { reason = said }
    }
    if let reason { throw NVMLFault(.load, call: "", reason: "cannot load \(reason)") }
    throw NVMLFault(
      .load, call: "", code: NVMLCode.libraryNotFound.rawValue, reason: "there is no \(path ?? Self.fileName)"
    )
  }

  /// A function of this name; its C type is the caller's to have from the header.
  func function<Function>(_ name: String, as type: Function.Type) -> Function? {
    dlsym(handle, name).map { unsafeBitCast($0, to: type) }
  }

  /// The file that was loaded for a path or a name; the loader knows which, and the kernel tells.
  private static func loadedFile(_ place: String) -> String? {
    if place.utf8.contains(UInt8(ascii: "/")) {
      guard let file = realpath(place, nil) else { return nil }
      defer { free(file) }
      return String(cString: file)
    }
    guard let maps = fopen("/proc/self/maps", "re") else { return nil }
    defer { fclose(maps) }
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, maps) > 0 {
      guard let text = line.map({ String(cString: $0) }), let start = text.firstIndex(of: "/") else {
        continue
      }
      let file = text[start...].prefix { $0 != "\n" }
      if file.split(separator: "/").last?.hasPrefix("libnvidia-ml.so") == true { return String(file) }
    }
    return nil
  }
}

/// Memory that a function of NVML fills in.
///
/// It is larger than any structure of NVML's that is used here, so that a library with a longer one writes into the
/// reserve and not beyond.
final class NVMLMemory {
  private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 16)

  init() { clear() }
  deinit { bytes.deallocate() }

  func clear() { bytes.initializeMemory(as: UInt8.self, repeating: 0) }

  /// The place to hand to a C function.
  var place: UnsafeMutableRawPointer? { bytes.baseAddress }

  func store(_ value: UInt32, at offset: Int = 0) {
    bytes.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
  }
  func number(at offset: Int = 0) -> Int { Int(bytes.load(fromByteOffset: offset, as: UInt32.self)) }
  func signed(at offset: Int = 0) -> Int { Int(bytes.load(fromByteOffset: offset, as: Int32.self)) }
  func long(at offset: Int) -> Int { Int(clamping: bytes.load(fromByteOffset: offset, as: UInt64.self)) }
  var pointer: UnsafeMutableRawPointer? { bytes.load(as: UnsafeMutableRawPointer?.self) }

  /// A text that ends within `length` bytes; nil where it does not end there, or is empty.
  func text(at offset: Int = 0, length: Int) -> String? {
    let field = bytes[offset..<offset + length]
    guard let end = field.firstIndex(of: 0), end > offset else { return nil }
    // A damaged string must not steer a terminal.
    let printable = bytes[offset..<end].map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: "?") : $0 }
    return String(decoding: printable, as: UTF8.self)
  }
}
