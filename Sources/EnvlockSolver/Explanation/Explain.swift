/// Puts a proof into plain sentences, which lead from what the source said to "there is no solution".
///
/// A pure function of its arguments. A sentence stands on one line if it fits into 98 columns; otherwise each of
/// its premises and its conclusion has a line. What is used again further down bears a number.
///
/// - Parameters:
///   - failure: the proof.
///   - vocabulary: the words for what it speaks of.
/// - Returns: the lines, in order.
public func explain(_ failure: Unsolvable, _ vocabulary: some Vocabulary) -> [String] {
  let proof = Proof(failure)
  let absent = Absence.collect(proof.leaves) { leaf in
    guard case .fact(let package, let versions, let fact) = leaf else { return false }
    return vocabulary.isAbsence(package, versions, fact)
  }
  let wording = Wording(vocabulary: vocabulary, absent: absent.mapValues(\.versions))
  let story = Story(proof.shortened(absent: absent), wording)
  var narrator = Narrator(story: story, wording: wording)
  return narrator.sentences().flatMap(\.lines)
}
