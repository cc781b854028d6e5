import PerfModel

/// Switches between threads.
package struct ContextSwitchCheck: Check {
    package static let id = "cpu.ctx"
    package static let resource = Resource.cpu
    package static let explanation = "How often do the CPUs change threads?"
    package static let source = "/proc/stat: Δctxt / CPUs"
    package static let trap = "busy servers switch often and are fine: context, no verdict"
    package static let threshold = CheckThreshold(
        4000, unit: "per_second", origin: "PCP pmieconf 4000 a second and CPU")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let cpu = observation.whole.cpu.value, let switches = cpu.contextSwitches, !cpu.cpus.isEmpty else {
            return unmeasured(observation.whole.cpu, "ctxt in /proc/stat")
        }
        let rate = Double(switches) / observation.whole.elapsedSeconds / Double(cpu.cpus.count)
        let evidence = [Evidence("switches_per_cpu", rate, "per_second")]
        guard threshold.severity(of: rate) != nil else { return .healthy(evidence) }
        return .findings([
            finding(
                rate, "switches_per_cpu", threshold: threshold, severity: .info, family: .saturation,
                summary: "each CPU changes threads \(Words.grouped(rate)) times a second",
                remedies: [Remedy("see who waits for whom: perfdoctor record --clock off-cpu -p PID")])
        ])
    }
}
