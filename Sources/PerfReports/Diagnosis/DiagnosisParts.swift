import PerfDiagnosis
import PerfHost
import PerfModel
import PerfProfiles

/// What all forms for people say of a diagnosis, in the same words.
struct DiagnosisParts {
    let report: DiagnosisReport
    var diagnosis: Diagnosis { report.diagnosis }

    init(_ report: DiagnosisReport) {
        self.report = report
    }

    /// Who was observed, when and for how long.
    var observed: String {
        let seconds = Quantity.text(report.observation.whole.elapsed.wholeNanoseconds, unit: "ns")
        let started = report.startedAt == 0 ? "" : "\(Timestamp.text(nanosecondsSince1970: report.startedAt)), "
        let parts = report.observation.parts.count
        return "\(started)\(report.subject), for \(seconds) in \(parts) window\(parts == 1 ? "" : "s")"
    }

    // MARK: culprit

    /// `"postgres (pid 812), thread writer (tid 815)"`.
    func process(of culprit: Culprit) -> String {
        var text = "\(culprit.process.printable) (pid \(culprit.pid))"
        if let thread = culprit.thread, let tid = culprit.tid, tid != culprit.pid || thread != culprit.process {
            text += ", thread \(thread.printable) (tid \(tid))"
        }
        return text
    }

    /// `"parse (parser.swift:42)"`; nil where no profile names it.
    func function(of culprit: Culprit) -> String? {
        guard let function = culprit.function else { return nil }
        guard let file = culprit.file else { return report.layout.shown(function) }
        let place = "\(file.lastPathComponent.printable)\(culprit.line.map { ":\($0)" } ?? "")"
        return "\(report.layout.shown(function)) (\(place))"
    }

    /// `"98% of what all use of it"`; nil where that is not known.
    func share(of culprit: Culprit) -> String? {
        guard let share = culprit.share, share > 0 else { return nil }
        return "\(Quantity.fixed(share * 100, digits: 0))% of what all use of it"
    }

    // MARK: time

    /// A part of the time in which threads had something to do.
    struct TimePart {
        /// `"on-cpu"`, `"ready"`, `"throttled"` or a reason of waiting.
        var key: String
        var name: String
        /// Of all time, 0...1.
        var ratio: Double
    }

    /// The active parts that are not negligible, in the order of documents.
    static func active(_ budget: TimeBudget) -> [TimePart] {
        let active = budget.active
        guard active > 0 else { return [] }
        var parts = [
            TimePart(key: "on-cpu", name: "on a CPU", ratio: budget.onCPU),
            TimePart(key: "ready", name: "ready, without a CPU", ratio: budget.runnable),
            TimePart(key: "throttled", name: "stopped by a quota", ratio: budget.throttled),
        ]
        for reason in TimeBudget.reasons where ![.sleep, .idle, .unknown].contains(reason) {
            parts.append(
                TimePart(
                    key: reason.rawValue, name: "waiting: \(reason.rawValue)", ratio: budget.blocked[reason] ?? 0))
        }
        return parts.filter { $0.ratio / active >= 0.0005 }
    }

    // MARK: findings

    /// `"1,000/s"`; nil where mere presence is the finding.
    static func limit(of finding: Finding) -> String? {
        finding.threshold.map { EvidenceText.value($0, finding.evidence.first?.unit ?? "") }
    }

    /// What to do about the findings, each once.
    var remedies: [(finding: Finding, remedy: Remedy)] {
        var seen: Set<String> = []
        var remedies: [(Finding, Remedy)] = []
        // What causes something comes before what follows from it; context needs no remedy.
        for finding in diagnosis.findings where finding.severity >= .warning && finding.parent == nil {
            for remedy in finding.remedies where seen.insert(remedy.text).inserted {
                remedies.append((finding, remedy))
            }
        }
        return remedies
    }

    /// Resources that were seen and are not to blame, with the number of each check.
    var cleared: [(resource: Resource, evidence: String)] {
        diagnosis.exoneratedResources.map { resource in
            let numbers = diagnosis.exonerated.filter { $0.resource == resource }
                .compactMap { $0.evidence.first.map(EvidenceText.text) }
            return (resource, numbers.joined(separator: ", "))
        }
    }

    /// What could not be seen: checks that are blind for one reason together.
    struct Unseen {
        var ids: [String]
        var reason: String
        /// Empty where nothing makes it visible.
        var remedy: String
    }

    var unseen: [Unseen] {
        var groups: [Unseen] = []
        var indices: [String: Int] = [:]
        for blind in diagnosis.unmeasured {
            if let index = indices[blind.reason] {
                groups[index].ids.append(blind.id)
            } else {
                indices[blind.reason] = groups.count
                groups.append(Unseen(ids: [blind.id], reason: blind.reason, remedy: blind.remedy))
            }
        }
        return groups
    }
}
