import PerfHost
import PerfModel
import Testing

@Suite("Checks on scenes", .timeLimit(.minutes(15)))
struct CheckSceneTests {
    /// What only probes of a peer can tell: no scene of a host shows it.
    private static let probes: Set<String> = ["net.ping", "net.bufferbloat"]

    @Test("a scene says to its check what its name says", arguments: CheckScene.all)
    func judges(_ scene: CheckScene) throws {
        let check = try #require(scene.check, "there is no check \(scene.id)")
        let outcome = check.outcome(of: try scene.observation(), threshold: check.threshold)
        switch scene.name.prefix(4) {
        case "sick":
            guard case .findings(let findings) = outcome, let worst = findings.first else {
                Issue.record("nothing was found: \(outcome)")
                return
            }
            let expected = try scene.expectation()
            #expect(worst.severity == (try #require(expected.severity)))
            let piece = try #require(expected.summary)
            #expect(worst.summary.contains(piece), "\(worst.summary)")
            #expect(findings.count == expected.findings ?? 1)
            #expect(worst.parent == expected.parent)
            if let subject = expected.subject { #expect(worst.subject == subject) }
            #expect(worst.resource == expected.resource ?? check.resource)
            for finding in findings { expectWellFormed(finding, of: check) }
        case "heal":
            guard case .healthy(let evidence) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(evidence.allSatisfy { $0.value.isFinite })
        case "blin":
            guard case .unmeasured(let reason, _) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            let piece = try #require(try scene.expectation().reason)
            #expect(reason.contains(piece), "\(reason)")
        default: Issue.record("a scene is sick, healthy or blind")
        }
    }

    private func expectWellFormed(_ finding: Finding, of check: any Check.Type) {
        #expect(finding.id == check.id)
        #expect(!finding.evidence.isEmpty && finding.evidence.allSatisfy { $0.value.isFinite })
        #expect(finding.threshold != nil)
        #expect(finding.severity == .info || !finding.remedies.isEmpty)
        #expect(finding.parent != finding.id)
        if let parent = finding.parent { #expect(Checks.all.contains { $0.id == parent }) }
        if let benefit = finding.benefit { #expect((0...1).contains(benefit)) }
    }

    @Test("every check has a sick, a healthy and a blind scene", arguments: Checks.all.map { $0.id })
    func hasScenes(_ id: String) {
        let names = CheckScene.all.filter { $0.id == id }.map(\.name)
        for kind in Self.probes.contains(id) ? ["blind"] : ["sick", "healthy", "blind"] {
            #expect(names.contains { $0.hasPrefix(kind) }, "\(id) has no \(kind) scene in Fixtures/checks/\(id)")
        }
    }
}
