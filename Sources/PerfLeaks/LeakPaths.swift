/// Ways from object to object, each kept once.
struct LeakPaths {
    private struct Link: Hashable {
        var before: Int
        var step: LeakReport.Step
    }

    private var links: [Link] = []
    private var numbers: [Link: Int] = [:]
    private var depths: [Int] = []

    /// The way that has no step.
    static let none = -1
    private static let deepest = 24

    /// A way with one step more; steps that repeat, as along a list, count once.
    mutating func adding(_ step: LeakReport.Step, to before: Int) -> Int {
        if before >= 0, links[before].step == step || depths[before] >= Self.deepest { return before }
        let link = Link(before: before, step: step)
        if let known = numbers[link] { return known }
        links.append(link)
        depths.append(before >= 0 ? depths[before] + 1 : 1)
        numbers[link] = links.count - 1
        return links.count - 1
    }

    func steps(_ path: Int) -> [LeakReport.Step] {
        var result: [LeakReport.Step] = []
        var at = path
        while at >= 0 {
            result.append(links[at].step)
            at = links[at].before
        }
        return result.reversed()
    }
}
