import CFiles
import Glibc

/// Calls of the C library that Swift's `Glibc` lacks.
package enum FileCalls {
  /// Sets an extended attribute of an open file or folder.
  ///
  /// - Parameters:
  ///   - name: the attribute's name, such as "security.capability".
  ///   - value: its value, any bytes.
  ///   - descriptor: the file.
  /// - Returns: 0, or the error's number.
  package static func setAttribute(_ name: String, _ value: [UInt8], of descriptor: Int32) -> Int32 {
    fsetxattr(descriptor, name, value, value.count, 0) == 0 ? 0 : errno
  }

  /// Sets an extended attribute of whatever lies at a path; a link is not followed.
  ///
  /// - Parameters:
  ///   - name: the attribute's name.
  ///   - value: its value, any bytes.
  ///   - path: the path.
  /// - Returns: 0, or the error's number.
  package static func setAttribute(_ name: String, _ value: [UInt8], at path: String) -> Int32 {
    lsetxattr(path, name, value, value.count, 0) == 0 ? 0 : errno
  }

  /// The value of an extended attribute of whatever lies at a path; a link is not followed.
  ///
  /// - Parameters:
  ///   - name: the attribute's name.
  ///   - path: the path.
  /// - Returns: its bytes; nil where there is none that can be read.
  package static func attribute(_ name: String, at path: String) -> [UInt8]? {
    let size = lgetxattr(path, name, nil, 0)
    guard size >= 0 else { return nil }
    var value = [UInt8](repeating: 0, count: size)
    return lgetxattr(path, name, &value, size) == size ? value : nil
  }

  /// A device by its two numbers, as `mknodat` takes it.
  package static func device(major: UInt32, minor: UInt32) -> UInt { UInt(gnu_dev_makedev(major, minor)) }
}
