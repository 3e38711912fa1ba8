/// Puts a proof into plain sentences, which lead from what the source said to "there is no solution".
///
/// A pure function of its arguments. A sentence stands on one line if it fits into 98 columns; otherwise each of
/// its premises and its conclusion has a line. What is used again further down bears a number.
///
/// Of a proof that is too long to be read, only the last sentences are told, after one that says so.
///
/// - Parameters:
///   - failure: the proof.
///   - vocabulary: the words for what it speaks of.
///   - limit: the highest number of sentences, 1 or more.
/// - Returns: the lines, in order.
public func explain(_ failure: Unsolvable, _ vocabulary: some Vocabulary, limit: Int = 40) -> [String] {
  let proof = Proof(failure)
  let absent = Absence.collect(proof.leaves) { leaf in
    guard case .fact(let package, let versions, let fact) = leaf else { return false }
    return vocabulary.isAbsence(package, versions, fact)
  }
  let wording = Wording(vocabulary: vocabulary, absent: absent.mapValues(\.versions))
  let story = Story(proof.shortened(absent: absent), wording)
  var narrator = Narrator(story: story, wording: wording)
  let sentences = narrator.sentences()
  let omitted = sentences.count - max(limit, 1)
  guard omitted > 0 else { return sentences.flatMap(\.lines) }
  let notice = "The proof has \(sentences.count) sentences. It ends like this:"
  return [notice] + sentences.dropFirst(omitted).flatMap(\.lines)
}
