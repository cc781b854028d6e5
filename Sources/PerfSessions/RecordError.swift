import PerfModel

/// Why a recording has nothing to show.
package enum RecordError: UserFacingError, Hashable {
    case noSamples(target: String, elapsed: Duration, cpuTime: Duration?, event: String, lost: UInt64)

    package var summary: String {
        switch self {
        case .noSamples(let target, let elapsed, let cpuTime, let event, let lost):
            let took = cpuTime.map { ": it used \($0.milliseconds) ms of CPU in \(elapsed.milliseconds) ms" } ?? ""
            let losses = lost > 0 ? "; the kernel lost \(lost) samples" : ""
            return "no samples of \(target.printable) (event \(event))\(took)\(losses)"
        }
    }

    package var remedy: String? {
        switch self {
        case .noSamples(_, _, let cpuTime, _, _):
            if let cpuTime, cpuTime > .milliseconds(20) {
                "the event may not work here: perfdoctor self-check; or another one: -e cpu-clock"
            } else {
                "it waited or was too short to be seen: record it for longer or under load, or more often (-F 9999)"
            }
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
