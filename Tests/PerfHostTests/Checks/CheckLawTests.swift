import PerfModel
import Testing

@testable import PerfHost

@Suite("Laws of all checks", .timeLimit(.minutes(15)))
struct CheckLawTests {
    @Test("where nothing was seen every check is unmeasured, with a reason", arguments: [nil, 1] as [Int32?])
    func blindIsNeverHealthy(_ target: Int32?) throws {
        let snapshots = (1...4).map { index in
            HostSnapshot(
                takenAt: HostInstant(monotonic: UInt64(index) * 2_000_000_000, boot: UInt64(index) * 2_000_000_000),
                target: target)
        }
        let observation = try #require(HostObservation(snapshots))
        for check in Checks.all {
            guard case .unmeasured(let reason, _) = check.outcome(of: observation, threshold: check.threshold) else {
                Issue.record("\(check.id) judges what it has not seen")
                continue
            }
            #expect(!reason.isEmpty, "\(check.id)")
        }
    }

    @Test("every check says what it asks, from where, with which limit of whom, and what deceives others")
    func isExplained() {
        for check in Checks.all {
            let id = check.id
            let threshold = check.threshold
            #expect(id.contains("."))
            #expect(id == id.lowercased())
            #expect(check.explanation.hasSuffix("?"), "an explanation is a question")
            let texts = [check.source, check.trap, threshold.unit, threshold.origin]
            #expect(!texts.contains(""), "a text of a check is empty")
            #expect(threshold.warning > 0)
            #expect(threshold.critical ?? .infinity >= threshold.warning)
        }
        #expect(Set(Checks.all.map { $0.id }).count == Checks.all.count)
    }

    @Test("the same observation gives the same outcome", arguments: CheckScene.all)
    func isPure(_ scene: CheckScene) throws {
        let check = try #require(scene.check)
        let first = check.outcome(of: try scene.observation(), threshold: check.threshold)
        #expect(check.outcome(of: try scene.observation(), threshold: check.threshold) == first)
    }

    @Test(
        "scenes show of each further condition that it guards, and that it lets pass",
        arguments: Checks.all.map { $0.id })
    func conditionsMatter(_ id: String) throws {
        let check = try #require(Checks.all.first { $0.id == id })
        // Those of probes, which a host's scenes do not have.
        let idle: Set<String> = ["loss_warning_ratio", "loss_critical_ratio"]
        let observations = try CheckScene.all.filter { $0.id == id }.map { try $0.observation() }
        let usual = observations.map { check.outcome(of: $0, threshold: check.threshold) }
        for name in check.threshold.conditions.keys.sorted() where !idle.contains(name) {
            let matters = [0, 1e300].map { extreme in
                var threshold = check.threshold
                threshold.conditions[name] = extreme
                return observations.map { check.outcome(of: $0, threshold: threshold) } != usual
            }
            #expect(matters == [true, true], "\(id): \(name) at 0, at infinity")
        }
    }

    @Test("a check that names another one's finding as the cause asks by the limit that the user set for that one")
    func causesFollowTheUser() throws {
        var seen: Set<String> = []
        for scene in CheckScene.all where scene.name.hasPrefix("sick") {
            let check = try #require(scene.check)
            func causes(_ thresholds: [String: CheckThreshold]) throws -> Set<String> {
                let observation = try scene.observation(thresholds: thresholds)
                guard case .findings(let findings) = check.outcome(of: observation, threshold: check.threshold) else {
                    return []
                }
                return Set(findings.compactMap(\.parent))
            }
            for cause in try causes([:]) {
                var threshold = try #require(Checks.all.first { $0.id == cause }).threshold
                (threshold.warning, threshold.critical) = (1e300, nil)
                seen.insert(cause)
                #expect(try !causes([cause: threshold]).contains(cause), "\(scene): \(cause)")
            }
        }
        #expect(seen.isSuperset(of: ["disk.await", "disk.psi", "mem.psi", "net.retrans"]), "\(seen.sorted())")
    }

    @Test("a long queue is a finding beside what the user calls a slow disk")
    func queuesFollowTheUser() throws {
        let scene = CheckScene(id: DiskQueueCheck.id, name: "sick")
        let patient = CheckThreshold(1e300, unit: "milliseconds", origin: "the user")
        for (thresholds, isFound) in [([:], true), ([DiskLatencyCheck.id: patient], false)] {
            let outcome = DiskQueueCheck.outcome(
                of: try scene.observation(thresholds: thresholds), threshold: DiskQueueCheck.threshold)
            if case .findings = outcome { #expect(isFound) } else { #expect(!isFound) }
        }
    }

    @Test("no check trips over scenes whose numbers were changed at random")
    func survivesDamage() throws {
        let random = FixedRandom(state: 0x5eed)
        var found: Set<String> = []
        for round in 0..<150 {
            // Several at once, so that all checks have something to judge.
            let scenes = (0..<8).map { _ in CheckScene.all[Int(random.next() % UInt64(CheckScene.all.count))] }
            let target: Int32? = round % 3 == 0 ? nil : 812
            let collector = HostCollector(
                source: try DamagedHost(scenes, snapshot: 0, random), options: HostCollectorOptions(target: target))
            var snapshots = [collector.snapshot()]
            let second = try DamagedHost(scenes, snapshot: 1, random)
            collector.move(to: second)
            for _ in 0..<second.lookCount { collector.look() }
            snapshots.append(collector.snapshot())
            guard let observation = HostObservation(snapshots) else { continue }
            for check in Checks.all {
                let outcome = check.outcome(of: observation, threshold: check.threshold)
                guard case .findings(let findings) = outcome else { continue }
                found.insert(check.id)
                #expect(!findings.isEmpty, "\(check.id)")
                for finding in findings {
                    #expect(finding.evidence.allSatisfy { $0.value.isFinite }, "\(finding)")
                    #expect(finding.benefit.map { (0...1).contains($0) } ?? true, "\(finding)")
                }
            }
        }
        // It was not for want of anything to judge.
        #expect(found.count > Checks.all.count / 2, "\(found.sorted())")
    }
}
