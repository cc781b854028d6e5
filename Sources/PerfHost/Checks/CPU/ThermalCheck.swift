import PerfModel

/// CPUs that are slowed down because they are hot.
package struct ThermalCheck: Check {
    package static let id = "cpu.thermal"
    package static let resource = Resource.cpu
    package static let explanation = "Are the CPUs slowed down because they are hot?"
    package static let source = "/sys/devices/system/cpu/cpu*/thermal_throttle: Δ of the counts"
    package static let trap = "virtual machines do not show it"
    package static let threshold = CheckThreshold(1, unit: "count", origin: "proposed")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let thermal = observation.whole.thermal.value else {
            return unmeasured(observation.whole.thermal, "thermal_throttle")
        }
        let count = Double(max(thermal.core, thermal.package))
        guard threshold.severity(of: count) != nil else {
            return .healthy([Evidence("throttle_events", count, "count")])
        }
        return .findings([
            finding(
                count, "throttle_events", threshold: threshold, family: .saturation,
                summary: "the CPUs were slowed down \(Words.grouped(count)) times because they were too hot",
                remedies: [Remedy("check the fans, the air, and the power limit of the machine")])
        ])
    }
}
