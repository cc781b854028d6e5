import PerfModel

/// How long the server stands still to begin a save.
package enum RedisForkCheck: ServerCheck {
    package static let id = "rd.fork"
    package static let resource = Resource.cache
    package static let explanation = "How long does Redis stand still when it forks, to save or to rewrite its log?"
    package static let source = "INFO: latest_fork_usec, total_forks"
    package static let trap = "it is the last fork since the start: an old one says what the next one will take"
    package static let threshold = CheckThreshold(
        200, 1000, unit: "milliseconds", origin: "netdata's guide to Redis")

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        let latest = observation.number("latest_fork_usec")
        guard let microseconds = latest.value else { return unmeasured(latest) }
        let value = Double(microseconds) / 1e3
        var evidence: [Evidence] = []
        if let forks = observation.number("total_forks").value {
            evidence.append(Evidence("forks_since_start", Double(forks), "count"))
        }
        if let change = observation.change(of: "total_forks").value {
            evidence.append(Evidence("forks", Double(change), "count"))
        }
        if let resident = observation.number("used_memory_rss").value {
            evidence.append(Evidence("resident", Double(resident), "bytes"))
        }
        guard threshold.severity(of: value) != nil else {
            return .healthy([Evidence("latest_fork", value, threshold.unit)] + evidence)
        }
        let resident = observation.number("used_memory_rss").value.map { ", with \(RedisWords.bytes($0)) in memory" }
        let pages = observation.hasHugePages == true ? "; huge pages are on, which makes what follows it dear too" : ""
        return .findings([
            finding(
                value, "latest_fork", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "the last fork kept the server from all commands for "
                    + "\(RedisWords.duration(microseconds: microseconds))\(resident ?? "")\(pages)",
                remedies: [RedisRemedies.hugePagesOff, RedisRemedies.forkElsewhere, RedisRemedies.cacheOnly])
        ])
    }
}
