import PerfHost
import PerfModel
import Testing

@Suite("Laws of all checks", .timeLimit(.minutes(2)))
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

    @Test("no check trips over numbers of scenes that were changed at random")
    func survivesDamage() throws {
        var random = FixedRandom(state: 0x5eed)
        var judged = 0
        for _ in 0..<40 {
            // Several at once, so that all checks have something to judge.
            let scenes = (0..<8).compactMap { _ in CheckScene.all.randomElement(using: &random) }
            let snapshots = try SceneDirectory.with { root in
                for scene in scenes {
                    for (name, bytes) in try SceneDirectory.files(below: scene.directory).sorted(by: { $0.key < $1.key }
                    )
                    where name != "expected.json" {
                        let isFacts = name.hasSuffix("snapshot.json")
                        let changed = isFacts ? bytes : Self.damaged(bytes, &random)
                        try SceneDirectory.write([name: changed], below: root)
                    }
                }
                return try HostReplay(directory: root).snapshots()
            }
            guard let observation = HostObservation(snapshots) else { continue }
            for check in Checks.all {
                judged += 1
                let outcome = check.outcome(of: observation, threshold: check.threshold)
                guard case .findings(let findings) = outcome else { continue }
                #expect(!findings.isEmpty, "\(check.id)")
                for finding in findings {
                    #expect(finding.evidence.allSatisfy { $0.value.isFinite }, "\(finding)")
                    #expect(finding.benefit.map { (0...1).contains($0) } ?? true, "\(finding)")
                }
            }
        }
        #expect(judged > 1000)
    }

    /// Some numbers become others: 0, huge ones, ones that are too large, and none.
    private static func damaged(_ bytes: [UInt8], _ random: inout FixedRandom) -> [UInt8] {
        let extremes = [
            "0", "1", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615",
            "99999999999999999999", "-1", "",
        ]
        var result: [UInt8] = []
        var index = bytes.startIndex
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        while index < bytes.endIndex {
            guard digits.contains(bytes[index]) else {
                result.append(bytes[index])
                index += 1
                continue
            }
            let end = bytes[index...].firstIndex { !digits.contains($0) } ?? bytes.endIndex
            if Int.random(in: 0..<8, using: &random) == 0 {
                result += Array(extremes[Int.random(in: 0..<extremes.count, using: &random)].utf8)
            } else {
                result += bytes[index..<end]
            }
            index = end
        }
        return result
    }
}

/// Numbers that are the same each time (splitmix64).
struct FixedRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
