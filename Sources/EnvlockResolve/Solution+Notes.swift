import EnvlockModel
import EnvlockVersions

extension Solution {
  /// What the user should know about the answer and would not see in it, a sentence each.
  package var notes: [String] {
    var notes: [String] = []
    for (project, candidate) in candidates {
      notes += frameworkNotes(project, candidate)
      if let reason = candidate.wheel.file.yanked {
        notes.append("\(project) \(candidate.version) was yanked" + (reason.isEmpty ? "" : ": \(reason)"))
      }
      notes += missingExtras(of: project, candidate)
    }
    return notes
  }

  private func frameworkNotes(_ project: ProjectName, _ candidate: Candidate) -> [String] {
    guard let build = universe.hardware.build(of: project, candidate) else { return [] }
    let name = "\(project) \(candidate.version)"
    let question = universe.question
    var notes: [String] = []
    if !universe.hardware.additions(to: project, candidate).isEmpty || build.linkage == .external,
      question.cuda != .cpu, let reason = build.addsReason
    {
      notes.append("\(reason) (\(build.source))")
    }
    if build.cudaExtra != nil, build.cuda != nil, question.cuda != .cpu,
      !has(project, extra: Hardware.cudaExtra)
    {
      notes.append(
        "\(name) runs on the CPU without its CUDA wheels: ask for `\(project)[\(Hardware.cudaExtra)]`")
    }
    if build.cuda == nil, question.cuda != .cpu {
      let wantsGPU = question.targets.contains { !$0.gpus.isEmpty || $0.driver != nil }
      if wantsGPU || has(project, extra: Hardware.cudaExtra) {
        notes.append("\(name) for \(question.platform) is a build for the CPU (\(build.source))")
      }
    }
    return notes
  }

  private func has(_ project: ProjectName, extra: String) -> Bool {
    extras(of: project).contains { $0.text == extra }
  }

  private func missingExtras(of project: ProjectName, _ candidate: Candidate) -> [String] {
    let asked = extras(of: project)
    guard !asked.isEmpty, let offered = universe.metadata(of: candidate)?.providesExtra else { return [] }
    return asked.filter { !offered.contains($0) }.map {
      "\(project) \(candidate.version) has no extra `\($0)`"
    }
  }
}
