import PerfBaselines

/// What to do about a gate's verdict, in sentences that name flags only where they would help.
struct GateAdvice {
    let report: GateReport
    private var result: GateResult { report.result }

    var sentences: [String] {
        switch result.verdict {
        case .fail: failure
        case .inconclusive: doubt
        case .invalid: ["see why above: nothing may be concluded from these runs"]
        case .pass: improvement
        }
    }

    /// What decided against it.
    private func channels(_ verdict: GateResult.Verdict) -> Set<GateResult.Comparison.Channel> {
        Set(result.comparisons.filter { $0.isGated && $0.verdict == verdict }.map(\.channel))
    }

    private var failure: [String] {
        let channels = channels(.fail)
        var ways: [String] = []
        if channels.contains(.sampled) { ways.append("accept it with a larger --tolerance") }
        if channels.contains(.counter), !report.isStored { ways.append("leave the counter out of --counters") }
        if channels.contains(.objective) { ways.append("change the objective") }
        if report.isStored, !channels.isDisjoint(with: [.sampled, .counter, .leak, .diagnosis]) {
            ways.append("store the new numbers as the baseline (perfdoctor baseline save)")
        }
        guard !ways.isEmpty else { return ["mend it: what crashes, or is not there, has no time"] }
        return ["mend it; if it is meant, \(ways.joined(separator: ", or "))"]
    }

    private var doubt: [String] {
        let channels = channels(.inconclusive)
        guard report.isStored else {
            guard report.layoutCount == nil else {
                return [
                    "run it again with more layouts (--layouts), each of which is one value, and more pairs (--max-pairs, "
                        + "--max-time)"
                ]
            }
            return [
                "run it again with more pairs (--max-pairs, --max-time), on a machine with less other load, or with "
                    + "more work in each run; --counters gates what is the same in every run"
            ]
        }
        var sentences: [String] = []
        if !channels.isDisjoint(with: [.sampled, .counter]) {
            sentences.append(
                "measure both again with more runs, on one machine; or let revisions run side by side, which finds "
                    + "smaller changes: perfdoctor gate --base REV")
        }
        if channels.contains(.objective) {
            sentences.append("measure what the objective asks for, as often as it takes, or drop it")
        }
        return sentences.isEmpty ? ["see why above: the results do not have what it takes to tell"] : sentences
    }

    private var improvement: [String] {
        guard result.comparisons.contains(where: { $0.isImproved && $0.isGated }) else { return [] }
        let how = report.isStored ? "--update, or perfdoctor baseline save" : "perfdoctor baseline save"
        return ["it got better: keep the new numbers as the baseline (\(how))"]
    }
}
