/// Numbered things to look at, each waiting once, the first one first.
struct Queue<Element: Numbered>: Sendable {
  private var elements: [Element] = []
  private var head = 0
  private var isWaiting: [Bool] = []

  mutating func append(_ element: Element) {
    while isWaiting.count <= element.number { isWaiting.append(false) }
    guard !isWaiting[element.number] else { return }
    isWaiting[element.number] = true
    elements.append(element)
  }

  mutating func popFirst() -> Element? {
    guard head < elements.count else {
      elements.removeAll(keepingCapacity: true)
      head = 0
      return nil
    }
    let element = elements[head]
    head += 1
    isWaiting[element.number] = false
    return element
  }

  mutating func removeAll() { while popFirst() != nil {} }
}

/// What has a small number of its own.
protocol Numbered: Sendable {
  var number: Int { get }
}

extension PackageID: Numbered {
  var number: Int { rawValue }
}

extension IncompatibilityID: Numbered {
  var number: Int { index }
}
