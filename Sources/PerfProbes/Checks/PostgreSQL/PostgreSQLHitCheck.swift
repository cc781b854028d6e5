import PerfModel

/// How much of what is read is in the server's own cache.
package enum PostgreSQLHitCheck: ServerCheck {
    package static let id = "pg.hit"
    package static let resource = Resource.database
    package static let explanation = "How much of what is read is not in the server's own cache?"
    package static let source = "pg_stat_database twice: difference of blks_read / (blks_hit + blks_read)"
    package static let trap =
        "weak: what the kernel has cached counts as read, so that a miss need not be slow; and means since the counters "
        + "began say nothing of now"
    package static let threshold = CheckThreshold(
        0.4, unit: "ratio", origin: "netdata; pgHero tells from 0.01",
        conditions: ["told_from_ratio": 0.01, "blocks": 1000])

    package static func outcome(of observation: PostgreSQLObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let blocks) = observation.blocks else { return unmeasured(observation.blocks) }
        guard blocks.hits >= 0, blocks.reads >= 0 else {
            return .unmeasured(reason: "the counters were reset meanwhile", remedy: "probe again")
        }
        let all = Double(blocks.hits) + Double(blocks.reads)
        guard all >= threshold.condition("blocks") else {
            return .unmeasured(
                reason: "\(Quantity.grouped(Int64(all))) blocks were read meanwhile: too few to tell",
                remedy: "probe for longer, while there is work")
        }
        let ratio = Double(blocks.reads) / all
        let evidence = [Evidence("blocks", all, "count")]
        guard ratio >= min(threshold.warning, threshold.condition("told_from_ratio")) else {
            return .healthy([Evidence("miss_ratio", ratio, threshold.unit)] + evidence)
        }
        return .findings([
            finding(
                ratio, "miss_ratio", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "\(PostgreSQLWords.percent(ratio)) of the blocks read were not in the server's cache; the "
                    + "kernel may have had them",
                remedies: [PostgreSQLRemedies.memory])
        ])
    }
}
