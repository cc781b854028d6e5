import PerfModel
import Testing

@testable import PerfHost

@Suite("Cgroups of v1, v2 and both")
struct CgroupTests {
    private static let json = """
        {"monotonic_ns": 1, "options": {"target": 7, "deep_processes": 0, "cgroup_processes": 4, "threads_per_process": 1,
        "threads_per_look": 1}}
        """
    private static let process = "7 (x) S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 5\n"

    private static func unified(periods: Int) -> [String: String] {
        let root = "sys/fs/cgroup"
        return [
            "snapshot.json": json, "proc/7/stat": process, "proc/8/stat": process.replacing("7 (", with: "8 ("),
            "proc/7/task/7/stat": process, "proc/8/task/8/stat": process,
            "proc/7/cgroup": "0::/a.slice/b.service\n",
            "proc/self/mountinfo": "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n",
            "sys/devices/system/cpu/online": "0-7\n",
            "\(root)/a.slice/cpu.max": "150000 100000\n", "\(root)/a.slice/b.service/cpu.max": "max 100000\n",
            "\(root)/a.slice/cpu.stat":
                "usage_usec 9\nnr_periods \(periods)\nnr_throttled \(periods / 4)\nthrottled_usec \(periods * 1000)\n",
            "\(root)/a.slice/b.service/cpu.stat": "usage_usec 5000\nnr_periods 0\n",
            "\(root)/a.slice/b.service/cpuset.cpus.effective": "0-2\n",
            "\(root)/a.slice/memory.max": "max\n", "\(root)/a.slice/b.service/memory.max": "1000000\n",
            "\(root)/a.slice/b.service/memory.high": "900000\n",
            "\(root)/a.slice/b.service/memory.current": "800000\n",
            "\(root)/a.slice/b.service/memory.stat": "anon 1\ninactive_file 300000\npgmajfault \(periods)\n",
            "\(root)/a.slice/b.service/memory.events": "low 0\nhigh 3\nmax 4\noom 1\noom_kill 2\n",
            "\(root)/a.slice/b.service/cgroup.procs": "7\n8\n",
            "\(root)/a.slice/b.service/cpu.pressure":
                "some avg10=1.00 avg60=0.00 avg300=0.00 total=10\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n",
        ]
    }

    @Test("v2: the least quota of all ancestors limits, and its counters tell")
    func version2() throws {
        var last = Self.unified(periods: 400)
        last["snapshot.json"] = Self.json.replacing("\"monotonic_ns\": 1", with: "\"monotonic_ns\": 1000000001")
        let window = try SceneDirectory.window(Self.unified(periods: 200), last)
        let state = try #require(window.last.cgroup.value)
        #expect(state.version == .v2 && state.path == "/a.slice/b.service" && !state.isRoot)
        #expect(state.cpu.quota == 1.5 && state.cpu.limitingPath == "/a.slice" && state.cpu.usage == 5_000_000)
        #expect(state.processes == [7, 8])
        #expect(state.memory.limit == 1_000_000 && state.memory.high == 900_000 && state.memory.usedRatio == 0.5)
        #expect(state.memory.oomKills == 2 && state.memory.limitHits == 4 && state.memory.highHits == 3)
        let limits = try #require(window.last.cpuLimits.value)
        #expect(limits.online == 8 && limits.cpuset == 3 && limits.quota == 1.5 && limits.effective == 1.5)
        let usage = try #require(window.cgroup.value)
        #expect(usage.throttledRatio == 0.25)
        // 200 ms of a second.
        #expect(abs((usage.throttled ?? 0) - 0.2) < 1e-9)
        #expect(usage.memory["pgmajfault"] == 200 && usage.oomKills == 0)
        #expect(usage.memory.gauges["anon"] == 1)
        #expect(window.last.cgroupPressure.value?.cpu?.full?.total == 5)
        #expect(window.last.processes.value?.details.mapValues(\.selection) == [7: .target, 8: .cgroup])
    }

    @Test("v1 beside v2: quotas in microseconds, throttled time in nanoseconds, pressure from v2")
    func hybrid() throws {
        let scene = [
            "snapshot.json": Self.json, "proc/7/stat": Self.process,
            "proc/7/cgroup": "4:memory:/m\n2:cpuacct:/c\n1:cpu:/c\n0::/u\n",
            "proc/self/mountinfo": """
            32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
            33 31 0:30 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct
            35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw

            """,
            "sys/devices/system/cpu/online": "0-1\n",
            "sys/fs/cgroup/cpu/c/cpu.cfs_quota_us": "20000\n", "sys/fs/cgroup/cpu/c/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpu/c/cpu.stat": "nr_periods 51\nnr_throttled 49\nthrottled_time 4000000000\n",
            "sys/fs/cgroup/cpuacct/c/cpuacct.usage": "123456789\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/memory/m/memory.limit_in_bytes": "67108864\n",
            "sys/fs/cgroup/memory/m/memory.usage_in_bytes": "67000000\n",
            "sys/fs/cgroup/memory/m/memory.memsw.usage_in_bytes": "68000000\n",
            "sys/fs/cgroup/memory/m/memory.failcnt": "17\n",
            "sys/fs/cgroup/memory/m/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
            "sys/fs/cgroup/memory/m/memory.stat": "inactive_file 1\ntotal_inactive_file 1000000\n",
            "sys/fs/cgroup/unified/u/io.pressure":
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=3\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=2\n",
        ]
        let snapshot = try SceneDirectory.snapshots([scene])[0]
        let state = try #require(snapshot.cgroup.value)
        #expect(state.version == .hybrid && state.path == "/u")
        #expect(state.cpu.quota == 0.2 && state.cpu.periods == 51 && state.cpu.throttled == 4_000_000_000)
        #expect(state.cpu.usage == 123_456_789)
        #expect(state.memory.limit == 67_108_864 && state.memory.swapUsage == 1_000_000)
        #expect(state.memory.limitHits == 17 && state.memory.oomKills == 1 && state.memory.inactiveFile == 1_000_000)
        #expect(snapshot.cgroupPressure.value?.io?.some.total == 3)
        #expect(snapshot.cpuLimits.value?.effective == 0.2)
    }

    @Test("a cgroup outside of what is mounted is unavailable, and no path leads out of the tree")
    func outside() throws {
        let scene = [
            "snapshot.json": Self.json, "proc/7/cgroup": "0::/../../../etc\n",
            "proc/self/mountinfo": "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        ]
        let snapshot = try SceneDirectory.snapshots([scene])[0]
        guard case .unavailable(let reason, _) = snapshot.cgroup else {
            Issue.record("available")
            return
        }
        #expect(reason == "no cgroup of the process is mounted here")
    }

    @Test("in a container the mount's root is cut off the path")
    func container() throws {
        let scene = [
            "snapshot.json": Self.json, "proc/7/cgroup": "0::/docker/abc/web\n",
            "proc/self/mountinfo": "31 23 0:28 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
            "sys/fs/cgroup/web/memory.max": "5\n", "sys/fs/cgroup/memory.max": "4\n",
        ]
        let snapshot = try SceneDirectory.snapshots([scene])[0]
        #expect(snapshot.cgroup.value?.path == "/web")
        #expect(snapshot.cgroup.value?.memory.limit == 4)
        #expect(snapshot.cgroup.value?.memory.limitingPath == "/")
    }
}
