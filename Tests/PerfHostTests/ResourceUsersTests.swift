import PerfModel
import Testing

@testable import PerfHost

@Suite("who uses a resource")
struct ResourceUsersTests {
    private static func stat(_ pid: Int, _ name: String, ticks: Int) -> String {
        "\(pid) (\(name)) R 1 \(pid) \(pid) 0 -1 4194304 500 0 0 0 \(ticks) 0 0 0 20 0 1 0 1000 100000000 2000 "
            + "18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
    }

    // A target that runs for so many seconds of ten and is ready for the rest, and a neighbour of its cgroup that uses
    // so many CPU seconds.
    private static func observation(running: Double, others: Double) throws -> HostObservation {
        func snapshot(_ index: Int) -> [String: String] {
            let (own, neighbour) = (running * Double(index), others * Double(index))
            let ready = (10 - running) * Double(index)
            let all = Int(100 * (own + neighbour))
            return [
                "snapshot.json": #"{"monotonic_ns": \#(10_000_000_000 * (index + 1)), "options": {"target": 812}}"#,
                "proc/stat": "cpu  \(all) 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0\ncpu1 0 0 0 0\nbtime 1764100000\n",
                "proc/812/stat": stat(812, "app", ticks: Int(100 * own)),
                "proc/812/task/812/stat": stat(812, "app", ticks: Int(100 * own)),
                "proc/812/task/812/schedstat": "\(Int(own * 1e9)) \(Int(ready * 1e9)) 100\n",
                "proc/900/stat": stat(900, "neighbour", ticks: Int(100 * neighbour)),
                "proc/812/cgroup": "0::/app\n",
                "proc/self/mountinfo": "34 31 0:30 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n",
                "sys/fs/cgroup/app/cgroup.procs": "812\n900\n",
            ]
        }
        return try #require(HostObservation(try SceneDirectory.snapshots([snapshot(0), snapshot(1)])))
    }

    @Test("a target that runs more than it is kept from running is the first user of the CPU, whoever uses more")
    func ownWorkFirst() throws {
        let observation = try Self.observation(running: 6, others: 14)
        let users = ResourceUsers.of(.cpu, in: observation, account: TimeAccount(observation))
        #expect(users.map(\.pid) == [812, 900])
        #expect(users.map { ($0.share * 10).rounded() } == [3, 7])
    }

    @Test("a target that mostly waits for a CPU suffers from who uses more")
    func neighbourFirst() throws {
        let observation = try Self.observation(running: 4, others: 16)
        let users = ResourceUsers.of(.cpu, in: observation, account: TimeAccount(observation))
        #expect(users.map(\.pid) == [900, 812])
    }
}
