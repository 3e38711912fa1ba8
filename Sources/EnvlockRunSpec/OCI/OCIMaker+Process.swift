import EnvlockModel

extension OCIMaker {
  static func process(_ plan: RunPlan, _ options: OCISpec.Options) throws(RunSpecError) -> OCIProcess {
    let image = plan.image.process
    let args = image.entrypoint + (plan.command ?? image.cmd)
    guard let program = args.first, !program.isEmpty else {
      throw RunSpecError(
        "neither the image nor the request says what runs",
        hints: ["say `command = [\"python\", \"train.py\"]`"])
    }
    for argument in args where argument.utf8.contains(0) {
      throw RunSpecError("an argument of \(program) has a NUL byte, which no process can be given")
    }
    let cwd = plan.request.workdir ?? image.workdir ?? "/"
    if let fault = OCIPath.fault(cwd) {
      throw RunSpecError("“\(cwd)” cannot be the folder that it starts in: \(fault)")
    }
    var process = OCIProcess(args: args, env: [], cwd: cwd, user: try user(plan, options))
    var names: [String] = []
    for variable in image.env {
      guard let equals = variable.utf8.firstIndex(of: UInt8(ascii: "=")), equals != variable.startIndex,
        !variable.utf8.contains(0)
      else {
        throw RunSpecError("the image's variable “\(variable)” does not look like NAME=value")
      }
      let name = String(variable[..<equals])
      if let index = names.firstIndex(of: name) {
        process.env[index] = variable
      } else {
        names.append(name)
        process.env.append(variable)
      }
    }
    if !names.contains("PATH") {
      // What engines give to images that have none; runtimes look for the program in it.
      process.env.append("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    }
    for (name, value) in plan.environment.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      let variable = "\(name)=\(value)"
      if let index = names.firstIndex(of: name) {
        process.env[index] = variable
      } else {
        process.env.append(variable)
      }
    }
    return process
  }

  /// - Throws: A user by name, or without a group: whom that means stands in the image's files, which are not read here.
  private static func user(_ plan: RunPlan, _ options: OCISpec.Options) throws(RunSpecError) -> OCIUser {
    if let user = options.user { return user }
    guard let text = plan.request.user ?? plan.image.process.user, !text.isEmpty else {
      return OCIUser(uid: 0, gid: 0)
    }
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { part in
      part.utf8.allSatisfy { (48...57).contains($0) } ? Int(part) : nil
    }
    // The highest number means "nobody told" to the kernel.
    guard numbers.count == 2, let uid = numbers[0], let gid = numbers[1], max(uid, gid) < 0xFFFF_FFFF else {
      throw RunSpecError(
        "an OCI runtime takes users by number, and this one is “\(text)”",
        hints: ["give user and group as numbers: `user = \"1000:1000\"`"])
    }
    return OCIUser(uid: uid, gid: gid)
  }
}
