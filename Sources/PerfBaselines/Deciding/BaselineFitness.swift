import PerfModel

/// Whether two results were measured on what may be compared: toolchain, architecture, machine, workload, age.
struct BaselineFitness: Sendable {
    /// Why counters cannot be compared; nil where they can.
    private(set) var counterObstacle: String?
    /// Why timings cannot be compared; nil where they can.
    private(set) var timingObstacle: String?
    private(set) var warnings: [Warning] = []

    private static let save = "measure the baseline again here: perfdoctor baseline save"

    init(head: BenchmarkResult, baseline: BenchmarkResult, policy: BaselinePolicy) {
        let build = Self.buildObstacle(head.subject, baseline.subject) ?? Self.profileObstacle(head, baseline)
        counterObstacle = build ?? Self.architectureObstacle(head.machine, baseline.machine)
        timingObstacle = counterObstacle ?? Self.machineObstacle(head.machine, baseline.machine)
        if let build { warn("baseline_other_build", "\(build); nothing can be compared", Self.save) }
        if build == nil, let obstacle = timingObstacle {
            let extent = counterObstacle == nil ? "only counters can be compared" : "nothing can be compared"
            warn("machine_changed", "\(obstacle); \(extent)", Self.save)
        } else if let old = baseline.machine?.fingerprint, let new = head.machine?.fingerprint, old != new {
            warn("machine_differs", "the machine is of the same class, but another one or changed", Self.save)
        }
        if head.subject.swiftVersion == nil, baseline.subject.swiftVersion == nil {
            warn(
                "toolchain_unknown", "neither result says what compiled it: a new compiler would look like a change",
                "build with the same compiler as the baseline's")
        }
        if baseline.subject.isDirty == true {
            warn("baseline_dirty", "the baseline is of a work tree that differs from its commit", Self.save)
        }
        warnAboutAge(of: baseline, policy: policy)
    }

    private mutating func warn(_ code: String, _ message: String, _ remedy: String) {
        warnings.append(Warning(code: code, message: message, remedy: remedy))
    }

    private mutating func warnAboutAge(of baseline: BenchmarkResult, policy: BaselinePolicy) {
        guard let now = policy.now else { return }
        guard let start = baseline.startedAt else {
            warn("baseline_age_unknown", "the baseline does not say when it was measured", Self.save)
            return
        }
        let (difference, isTooLong) = now.subtractingReportingOverflow(start)
        let day: Int64 = 86_400_000_000_000
        if isTooLong || difference < -day {
            warn("baseline_from_future", "the baseline's time is ahead of this machine's clock", "set the clocks right")
        } else if Duration.nanoseconds(difference) > policy.greatestAge {
            warn("baseline_old", "the baseline is \(difference / day) days old", Self.save)
        }
    }

    private static func buildObstacle(_ head: BenchmarkSubject, _ baseline: BenchmarkSubject) -> String? {
        if head.swiftVersion != baseline.swiftVersion {
            let (old, new) = (baseline.swiftVersion ?? "not known", head.swiftVersion ?? "not known")
            return "the baseline's toolchain is \(old.printable), this one is \(new.printable)"
        }
        if let old = baseline.buildConfiguration, let new = head.buildConfiguration, old != new {
            return "the baseline was built as \(old.printable), this one as \(new.printable)"
        }
        return head.flags == baseline.flags ? nil : "the baseline was built with other flags"
    }

    private static func profileObstacle(_ head: BenchmarkResult, _ baseline: BenchmarkResult) -> String? {
        guard let old = baseline.profile, let new = head.profile else { return nil }
        guard old.name == new.name else {
            return "the baseline measured the profile \(old.name.printable), this one \(new.name.printable)"
        }
        return old.parameters == new.parameters ? nil : "the baseline's profile has other parameters"
    }

    private static func architectureObstacle(_ head: BenchmarkMachine?, _ baseline: BenchmarkMachine?) -> String? {
        guard let new = head?.architecture, let old = baseline?.architecture, !new.isEmpty, !old.isEmpty else {
            return "the architecture is not known on both sides"
        }
        return new == old ? nil : "the baseline is of \(old.printable), this one of \(new.printable)"
    }

    private static func machineObstacle(_ head: BenchmarkMachine?, _ baseline: BenchmarkMachine?) -> String? {
        guard let new = head?.machineClass, let old = baseline?.machineClass, !new.isEmpty, !old.isEmpty else {
            return "the class of the machine is not known on both sides"
        }
        return new == old ? nil : "the baseline's machine is of the class \(old.printable), this one \(new.printable)"
    }
}
