import PerfModel
import Testing

@testable import PerfHost

@Suite("What the observer may see")
struct ObserverRightsTests {
    private static func rights(status: String?, links: String = "") throws -> ObserverRights {
        var files = [
            "snapshot.json": #"{"monotonic_ns": 1, "answers": {"links": {\#(links)}}}"#
        ]
        if let status { files["proc/self/status"] = status }
        return try #require(try SceneDirectory.snapshots([files]).first).observerRights
    }

    private static func status(user: Int, capabilities: String) -> String {
        "Name:\tperfdoctor\nUid:\t1000\t\(user)\t0\t0\nCapEff:\t\(capabilities)\n"
    }

    @Test("others than root are told to become root, and so is whoever is not known")
    func others() throws {
        for status in [nil, Self.status(user: 1000, capabilities: "0000000000000000"), "Uid:\nCapEff:\tx\n"] {
            let rights = try Self.rights(status: status)
            #expect(rights.traceRemedy(others: "run as root") == "run as root")
        }
    }

    @Test("root is told which right is missing", arguments: [ObserverRights.Capability.sysPtrace, .netAdmin])
    func rootWithout(_ capability: ObserverRights.Capability) throws {
        let all: UInt64 = 0x1ff_ffff_ffff
        let without = String(all & ~(1 << UInt64(capability.rawValue)), radix: 16)
        let rights = try Self.rights(status: Self.status(user: 0, capabilities: without))
        let remedy = rights.remedy(needing: capability, others: "run as root")
        #expect(remedy.hasPrefix("needs \(capability.name), which root lacks here"))
    }

    @Test("root of another user namespace is told that its rights end there")
    func rootOfNamespace() throws {
        let status = Self.status(user: 0, capabilities: "000001ffffffffff")
        let within = try Self.rights(status: status, links: #""/proc/self/ns/user": "user:[4026532200]""#)
        #expect(within.traceRemedy(others: "run as root").contains("in the first user namespace"))
        let first = try Self.rights(status: status, links: #""/proc/self/ns/user": "user:[4026531837]""#)
        #expect(first.traceRemedy(others: "run as root").contains("a security module or a sandbox"))
    }

    @Test("process ids or cgroups of a namespace tell a container, unknown ones do not")
    func container() throws {
        #expect(try !Self.rights(status: nil).isInContainer)
        let first = #""/proc/self/ns/pid": "pid:[4026531836]", "/proc/self/ns/cgroup": "cgroup:[4026531835]""#
        #expect(try !Self.rights(status: nil, links: first).isInContainer)
        #expect(try Self.rights(status: nil, links: first.replacing("31836", with: "32836")).isInContainer)
        #expect(try Self.rights(status: nil, links: first.replacing("31835", with: "32835")).isInContainer)
    }

    @Test("a check that was refused passes on what root lacks")
    func checksPassItOn() throws {
        let json = #"{"monotonic_ns": %, "answers": {}}"#
        let status = Self.status(user: 0, capabilities: "000001fffff7ffff")
        let scenes = [1, 2].map { index in
            [
                "snapshot.json": json.replacing("%", with: "\(index * 2_000_000_000)"), "proc/self/status": status,
                "proc/7/stat": "7 (x) S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 5\n",
            ]
        }
        let observation = try #require(HostObservation(try SceneDirectory.snapshots(scenes)))
        for check in [DiskUserCheck.self, DescriptorLimitCheck.self] as [any Check.Type] {
            guard case .unmeasured(_, let remedy) = check.outcome(of: observation, threshold: check.threshold) else {
                Issue.record("\(check.id) judges what it has not seen")
                continue
            }
            #expect(remedy?.contains("CAP_SYS_PTRACE, which root lacks") == true, "\(remedy ?? "none")")
        }
    }
}
