import EnvlockModel
import EnvlockResolve

/// What earlier answers chose, to be kept where it fits.
struct Preferences {
  /// By project.
  let choices: [ProjectName: Question.Preference]
  /// The Python of the earlier lock.
  let python: PythonVersion?

  /// - Parameters:
  ///   - locked: The earlier lock's answer for the same platform.
  ///   - upgrade: Which of its choices are given up.
  ///   - others: Answers of this run for other platforms, so that platforms agree wherever they can.
  init(_ locked: PlatformLock?, _ upgrade: Upgrade, _ others: [PlatformLock]) {
    var choices: [ProjectName: Question.Preference] = [:]
    for other in others {
      for wheel in other.wheels {
        choices[wheel.name] = Question.Preference(version: wheel.version, fileName: nil)
      }
    }
    var python = others.first?.python
    if let locked, upgrade != .all {
      python = locked.python
      for wheel in locked.wheels {
        if case .packages(let names) = upgrade, names.contains(wheel.name) {
          choices[wheel.name] = nil
          continue
        }
        choices[wheel.name] = Question.Preference(version: wheel.version, fileName: wheel.fileName)
      }
    }
    self.choices = choices
    self.python = python
  }
}
