import EnvlockModel

/// As whom a container runs: numbers, because a pod takes no names.
struct KubernetesUser {
  let uid: Int
  let gid: Int

  /// A user whom neither image nor request names; distroless images call this number “nonroot”.
  private static let nobody = 65532

  /// The request's user, else the image's where it has a number and is not root, else one without rights.
  ///
  /// - Throws: A name, and root where the options do not admit it.
  init(
    _ plan: RunPlan, _ options: KubernetesSpec.Options, _ choices: inout [RunChoice]
  ) throws(RunSpecError) {
    if let stated = plan.request.user {
      guard let user = KubernetesUser(stated) else {
        throw RunSpecError(
          "“\(stated)” cannot be a pod's user, who is a number", hints: ["say both: `user = \"1000:1000\"`"])
      }
      guard user.uid != 0 || options.podSecurity > .restricted else {
        throw RunSpecError(
          "root is refused by the Pod Security Standard “restricted”",
          hints: [
            "leave `user` out, or say a number: `user = \"1000:1000\"`",
            "or say that the namespace admits it: `--pod-security baseline`",
          ], kind: .answerIsNo)
      }
      self = user
      choices.append(RunChoice("user", "\(uid):\(gid)", "the request says so"))
      return
    }
    let image = plan.image.process.user.flatMap { $0.isEmpty ? nil : $0 }
    if let image, let user = KubernetesUser(image), user.uid != 0 {
      self = user
      choices.append(RunChoice("user", "\(uid):\(gid)", "the image's own"))
      return
    }
    if let image, KubernetesUser(image) == nil, image.split(separator: ":").first != "root" {
      throw RunSpecError(
        "the image runs as “\(image)”, and a pod needs the number of a user who is not root",
        hints: ["say it: `user = \"1000:1000\"`"])
    }
    (uid, gid) = (Self.nobody, Self.nobody)
    choices.append(
      RunChoice(
        "user", "\(uid):\(gid)",
        "the image would run as root, which the Pod Security Standard “restricted” refuses; `user` names another"
      ))
  }

  /// Reads "1000" or "1000:1000"; nil for anything else. Without a group it is the number of the user.
  private init?(_ text: String) {
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { part -> Int? in
      let isNumber = part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      return isNumber ? Int32(part).map { Int($0) } : nil
    }
    guard (1...2).contains(numbers.count), let uid = numbers[0], let gid = numbers[numbers.count - 1] else {
      return nil
    }
    (self.uid, self.gid) = (uid, gid)
  }

  /// What holds for the whole pod. Volumes that know owners are given to the group.
  var podSecurity: JSONObject {
    var context: JSONObject = [
      "runAsUser": .integer(uid), "runAsGroup": .integer(gid), "fsGroup": .integer(gid),
      "fsGroupChangePolicy": "OnRootMismatch", "seccompProfile": ["type": "RuntimeDefault"],
    ]
    if uid != 0 { context["runAsNonRoot"] = true }
    return context
  }
}
