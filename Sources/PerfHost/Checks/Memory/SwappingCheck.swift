import PerfModel

/// Memory that is written to swap.
package struct SwappingCheck: Check {
    package static let id = "mem.swap"
    package static let resource = Resource.memory
    package static let explanation = "Is memory written to swap, again and again?"
    package static let source = "/proc/vmstat: Δpswpout, Δpswpin a second, in the whole and in each window"
    package static let trap =
        "swap that is occupied is harmless, and so are pages of idle programs that leave once: what counts is the "
        + "rate, in several windows, and that something waits"
    package static let threshold = CheckThreshold(
        5, unit: "per_second", origin: "PCP pmieconf: 5 pages out a second in 30% of the samples",
        conditions: ["windows_ratio": 0.30, "stall_ratio": 0.01])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let memory = observation.whole.virtualMemory.value, let out = memory.perSecond("pswpout"),
            let back = memory.perSecond("pswpin")
        else { return unmeasured(observation.whole.virtualMemory, "pswpout in /proc/vmstat") }
        let windows = observation.count { window in
            window.virtualMemory.value?.perSecond("pswpout").map { $0 >= threshold.warning }
        }
        var context = [
            Evidence("pages_in", back, "per_second"), Evidence("windows_with_swapping", Double(windows.true), "count"),
            Evidence("windows", Double(windows.of), "count"),
        ]
        let stall = observation.memoryStall
        if let stall { context.append(Evidence("memory_some_ratio", stall, "ratio")) }
        let isRepeated = Double(windows.true) >= threshold.condition("windows_ratio") * Double(windows.of)
        guard threshold.severity(of: out) != nil, isRepeated else {
            return .healthy([Evidence("pages_out", out, "per_second")] + context)
        }
        let isFelt = stall.map { $0 >= threshold.condition("stall_ratio") } ?? true
        let page = Double(observation.last.pageSize)
        return .findings([
            finding(
                out, "pages_out", threshold: threshold, severity: isFelt ? .warning : .info, family: .saturation,
                evidence: context,
                summary:
                    "\(Words.bytes(out * page)) a second are written to swap, and \(Words.bytes(back * page)) read "
                    + "from it" + (isFelt ? "" : "; nothing waits for that"),
                remedies: GuideRemedies.memory)
        ])
    }
}
