/// More workers or fewer: what the guide's rule about their CPU says, and what is right.
///
/// Guide A: below 80% CPU for each worker add more, above 95% have fewer. That holds where workers do nothing but
/// compute. A worker that waits for a database is below 80% for ever, and a full host has all of them below it.
package struct WorkerAdvice: Hashable, Sendable {
    package enum Direction: String, Hashable, Sendable, Codable {
        case add, keep, reduce
    }

    /// By the guide's rule.
    package var guide: Direction
    /// With the CPUs and the time that workers are busy taken into account.
    package var corrected: Direction
    /// Why, in one sentence without a full stop.
    package var reason: String

    /// Where the guide's rule turns.
    package static let addBelow = 0.8
    package static let reduceAbove = 0.95
    /// From here on, CPUs have no room for more workers (guide A: CPU-bound).
    private static let fullCPUs = 0.85

    package static func byGuide(cpuRatio: Double) -> Direction {
        cpuRatio < addBelow ? .add : cpuRatio > reduceAbove ? .reduce : .keep
    }

    /// - Parameters:
    ///   - workers: how many there are, at least 1.
    ///   - cpuRatio: CPU time of one over wall time, on average.
    ///   - cpus: CPUs that they may use.
    ///   - hostCPURatio: use of those CPUs by everybody; nil takes that of the workers.
    ///   - busyRatio: share of their time in which they have a job; nil where that is unknown.
    package init(
        workers: Int, cpuRatio: Double, cpus: Double, hostCPURatio: Double? = nil, busyRatio: Double? = nil
    ) {
        guide = Self.byGuide(cpuRatio: cpuRatio)
        let own = cpus > 0 ? Double(workers) * cpuRatio / cpus : 1
        let used = max(own, hostCPURatio ?? 0)
        let each = "\(Figure.percent(cpuRatio)) CPU for each of \(Figure.counted(Double(workers), "worker"))"
        let room = "the \(Figure.counted(cpus, "CPU")) that they may use"
        if used >= Self.fullCPUs {
            // Fewer help only where several workers share each CPU.
            corrected = Double(workers) > cpus ? .reduce : .keep
            reason =
                corrected == .reduce
                ? "\(each), but \(room) are full (\(Figure.percent(used))): more than one a CPU wait for each other"
                : "\(each), and \(room) are full (\(Figure.percent(used))): faster code or more CPUs help, workers do not"
        } else if let busyRatio, busyRatio < Self.addBelow {
            corrected = .keep
            reason =
                "\(each), and they have a job for \(Figure.percent(busyRatio)) of the time: "
                + "there is less work than workers, whatever their CPU"
        } else if cpuRatio > Self.reduceAbove || (busyRatio ?? 0) >= Self.addBelow {
            corrected = .add
            let state = busyRatio.map { ", busy for \(Figure.percent($0)) of the time" } ?? ""
            reason = "\(each)\(state), and \(room) have room (\(Figure.percent(used)) used)"
        } else {
            corrected = guide
            reason =
                "\(each), and \(room) have room (\(Figure.percent(used)) used)"
                + (guide == .add ? "; add while jobs wait in the queue, not for the percentage" : "")
        }
    }
}
