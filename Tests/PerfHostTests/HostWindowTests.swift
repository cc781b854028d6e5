import PerfLinux
import PerfModel
import Testing

@testable import PerfHost

@Suite("Windows between two snapshots")
struct HostWindowTests {
    private static func stat(_ ticks: [Int], extra: String = "") -> [String: String] {
        ["proc/stat": "cpu  \(ticks.map(String.init).joined(separator: " "))\n" + extra]
    }

    @Test("shares of CPU time are of all ticks, steal and iowait are not busy")
    func cpuShares() throws {
        let window = try SceneDirectory.window(
            Self.stat([100, 0, 100, 1000, 50, 0, 0, 10, 0, 0], extra: "cpu0 1 2 3 4\nctxt 1000\nbtime 5\n"),
            Self.stat([140, 10, 120, 1060, 60, 5, 5, 60, 0, 0], extra: "cpu0 1 2 3 14\nctxt 3000\nbtime 5\n"))
        let cpu = try #require(window.cpu.value)
        #expect(cpu.ticks == 200)
        #expect(abs(cpu.total.busy - 0.4) < 1e-12)
        #expect(abs(cpu.total.steal - 0.25) < 1e-12)
        #expect(abs(cpu.total.iowait - 0.05) < 1e-12)
        #expect(cpu.contextSwitches == 2000)
        #expect(cpu.cpus.map(\.number) == [0])
        #expect(window.elapsedSeconds == 2 && window.isValid && window.marks.isEmpty)
    }

    @Test("iowait, idle and steal that go backwards are no change, and are marked")
    func backwards() throws {
        let window = try SceneDirectory.window(
            Self.stat([100, 0, 100, 1000, 50, 0, 0, 70, 0, 0]), Self.stat([150, 0, 150, 1100, 49, 0, 0, 68, 0, 0]))
        let cpu = try #require(window.cpu.value)
        #expect(cpu.total.iowait == 0 && cpu.total.steal == 0)
        #expect(cpu.ticks == 200)
        #expect(
            Set(window.marks) == [
                CounterMark(counter: "cpu.iowait", problem: .clamped),
                CounterMark(counter: "cpu.steal", problem: .clamped),
            ])
    }

    @Test("a machine that stood still makes the window invalid")
    func suspended() throws {
        var first = Self.stat([1, 2, 3, 4])
        first["snapshot.json"] = #"{"monotonic_ns": 1000000000, "boot_ns": 1000000000}"#
        var last = Self.stat([1, 2, 3, 204])
        last["snapshot.json"] = #"{"monotonic_ns": 3000000000, "boot_ns": 63000000000}"#
        let window = try SceneDirectory.window(first, last)
        #expect(window.invalidity == .suspended(nanoseconds: 60_000_000_000))
        #expect(!window.isValid)
        #expect(try SceneDirectory.window(last, first).invalidity == .notForward)
    }

    private static let disk = "   8       0 sda "

    @Test("disk rates are those of iostat")
    func diskFormulas() throws {
        // reads merged sectors ms, writes merged sectors ms, in flight, busy, weighted, discards…, flushes ms
        let window = try SceneDirectory.window(
            ["proc/diskstats": Self.disk + "100 10 800 500 200 20 1600 900 0 1000 1400 5 0 40 10 7 70\n"],
            ["proc/diskstats": Self.disk + "300 60 4800 1300 250 45 2400 1400 3 2200 3000 15 0 120 60 17 170\n"])
        let disk = try #require(window.disks.value?.first)
        #expect(disk.read.requestsPerSecond == 100)
        #expect(disk.read.bytesPerSecond == 4000 * 512 / 2)
        #expect(disk.read.mergedPerSecond == 25)
        #expect(disk.read.mergedRatio == 0.2)
        #expect(disk.read.await == 4)
        #expect(disk.read.requestSize == 20 * 512)
        #expect(disk.write.await == 10)
        #expect(disk.discard?.await == 5)
        #expect(disk.flushAwait == 10 && disk.flushesPerSecond == 5)
        #expect(abs(disk.await - (800 + 500 + 50) / 260.0) < 1e-12)
        #expect(disk.queueSize == 0.8)
        #expect(disk.utilization == 0.6)
        #expect(disk.inFlight == 3 && disk.requests == 260)
    }

    @Test("milliseconds that wrap at 32 bits give the right change, and are marked")
    func diskWrap() throws {
        let window = try SceneDirectory.window(
            ["proc/diskstats": Self.disk + "100 0 800 4294967000 0 0 0 0 0 0 4294967290\n"],
            ["proc/diskstats": Self.disk + "110 0 880 704 0 0 0 0 0 100 994\n"])
        let disk = try #require(window.disks.value?.first)
        #expect(disk.read.await == 100)
        #expect(disk.queueSize == 0.5)
        #expect(window.marks.map(\.problem) == [.wrapped, .wrapped])
        #expect(window.marks.map(\.counter) == ["disk.sda.read_ms", "disk.sda.weighted_ms"])
    }

    @Test("a disk that was removed and added is missing and marked, a new one is missing")
    func diskReset() throws {
        let window = try SceneDirectory.window(
            ["proc/diskstats": Self.disk + "100 0 800 400 0 0 0 0 0 0 0\n"],
            ["proc/diskstats": Self.disk + "3 0 24 1 0 0 0 0 0 0 0\n   8      16 sdb 3 0 24 1 0 0 0 0 0 0 0\n"])
        #expect(window.disks.value?.isEmpty == true)
        #expect(window.marks == [CounterMark(counter: "disk.sda.reads", problem: .reset)])
    }

    @Test("counters at the end of 64 bits make nothing overflow")
    func largest() throws {
        let most = "18446744073709551615"
        let columns = Array(repeating: most, count: 17).joined(separator: " ")
        let window = try SceneDirectory.window(
            [
                "proc/diskstats": Self.disk + Array(repeating: "0", count: 17).joined(separator: " ") + "\n",
                "proc/stat": "cpu 0 0 0 0 0 0 0 0 0 0\n", "proc/vmstat": "pswpin 0\npswpout 0\n",
            ],
            [
                "proc/diskstats": Self.disk + columns + "\n",
                "proc/stat": "cpu " + Array(repeating: most, count: 10).joined(separator: " ") + "\n",
                "proc/vmstat": "pswpin \(most)\npswpout \(most)\n",
            ])
        let disk = try #require(window.disks.value?.first)
        #expect(disk.utilization == 1)
        #expect(window.cpu.value?.ticks == 1_000_000_000_000_000_000)
        #expect(window.virtualMemory.value?.sum("pswpin", "pswpout") == UInt64.max &+ UInt64.max)
    }

    @Test("what one snapshot lacks is unavailable, with that snapshot's reason")
    func blind() throws {
        let window = try SceneDirectory.window(["proc/vmstat": "pswpin 1\n"], [:])
        guard case .unavailable(let reason, _) = window.virtualMemory else {
            Issue.record("available")
            return
        }
        #expect(reason == "open /proc/vmstat: No such file or directory")
        guard case .unavailable(_, let remedy) = window.pressure else {
            Issue.record("available")
            return
        }
        #expect(remedy == "boot with psi=1, on a kernel with CONFIG_PSI (Linux 4.20)")
    }

    @Test("vmstat's numbers of pages are gauges, its events are changes")
    func virtualMemory() throws {
        let window = try SceneDirectory.window(
            ["proc/vmstat": "nr_dirty 900\npswpin 10\npgmajfault 5\n"],
            ["proc/vmstat": "nr_dirty 7\npswpin 50\npgmajfault 5\n"])
        let memory = try #require(window.virtualMemory.value)
        #expect(memory["pswpin"] == 40 && memory.perSecond("pswpin") == 20)
        #expect(memory["nr_dirty"] == nil && memory.gauges["nr_dirty"] == 7)
        #expect(memory["oom_kill"] == nil)
        #expect(window.marks.isEmpty)
    }

    @Test("counters of NUMA nodes are added up")
    func numa() throws {
        let node = "sys/devices/system/node/node"
        let window = try SceneDirectory.window(
            ["\(node)0/numastat": "numa_miss 1\nnuma_hit 10\n", "\(node)1/numastat": "numa_miss 2\n"],
            [
                "\(node)0/numastat": "numa_miss 5\nnuma_hit 10\n", "\(node)1/numastat": "numa_miss 9\n",
                "\(node)0/meminfo": "Node 0 MemTotal:       1000 kB\nNode 0 MemFree:         400 kB\n",
            ])
        #expect(window.numa.value?["numa_miss"] == 11 && window.numa.value?["numa_hit"] == 0)
        #expect(window.last.numa.value?.first?.free == 409_600)
    }

    @Test("pressure is of the totals, and at most the whole window")
    func pressure() throws {
        func scene(_ some: Int, _ full: Int) -> [String: String] {
            [
                "proc/pressure/cpu": "some avg10=1.50 avg60=0.00 avg300=0.00 total=\(some)\n",
                "proc/pressure/memory": """
                some avg10=0.00 avg60=0.00 avg300=0.00 total=\(some)
                full avg10=0.00 avg60=0.00 avg300=0.00 total=\(full)

                """,
            ]
        }
        let window = try SceneDirectory.window(scene(1000, 0), scene(501_000, 2_100_000))
        #expect(window.pressure.value?.cpu == PressureUsage.Resource(some: 0.25, full: nil))
        #expect(window.pressure.value?.memory == PressureUsage.Resource(some: 0.25, full: 1))
        #expect(window.pressure.value?.io == nil)
        #expect(window.last.pressure.value?.cpu?.some.average10 == 1.5)
    }

    @Test("network counters and speeds; an unknown speed is no utilization")
    func network() throws {
        func scene(_ bytes: Int, _ overflows: Int) -> [String: String] {
            let numbers = "\(bytes) 1000 0 10 0 0 0 0 0 0 0 0 0 0 0 0"
            return [
                "proc/net/dev": """
                Inter-|   Receive                                                |  Transmit
                 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
                  eth0: \(numbers)
                  eth1: \(numbers)

                """,
                "sys/class/net/eth0/speed": "100\n", "sys/class/net/eth1/speed": "-1\n",
                "proc/net/snmp": "Tcp: OutSegs MaxConn RetransSegs CurrEstab\nTcp: \(bytes) -1 7 5\n",
                "proc/net/netstat": "TcpExt: ListenOverflows ListenDrops\nTcpExt: \(overflows) 2\n",
                "proc/net/softnet_stat": "0000\(overflows)00 00000001 00000002\n",
            ]
        }
        let window = try SceneDirectory.window(scene(0, 10), scene(12_500_000, 18))
        let interfaces = try #require(window.interfaces.value)
        #expect(interfaces.map(\.name) == ["eth0", "eth1"])
        #expect(interfaces[0].utilization == 0.5)
        #expect(interfaces[1].utilization == nil && interfaces[1].received.bytesPerSecond == 6_250_000)
        #expect(window.protocols.value?["TcpExt.ListenOverflows"] == 8)
        #expect(window.protocols.value?["Tcp.RetransSegs"] == 0)
        #expect(window.protocols.value?.gauges["Tcp.CurrEstab"] == 5)
        #expect(window.softnet.value?.processed == 0x1800 - 0x1000)
    }

    private static func process(_ pid: Int, start: Int, utime: Int, state: String = "S", name: String = "x") -> String {
        "\(pid) (\(name)) \(state) 1 1 1 0 -1 4194560 10 0 2 0 \(utime) 5 0 0 20 0 1 0 \(start) 1000 200 "
            + "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 3 0 0\n"
    }

    @Test("processes are known by pid and start; names may hold anything")
    func processes() throws {
        let odd = ") R 1 (\u{1B}[2J"
        let window = try SceneDirectory.window(
            [
                "proc/7/stat": Self.process(7, start: 50, utime: 100, name: odd),
                "proc/8/stat": Self.process(8, start: 60, utime: 1), "proc/9/stat": "garbage",
            ],
            [
                "proc/7/stat": Self.process(7, start: 50, utime: 200, name: odd),
                "proc/8/stat": Self.process(8, start: 99, utime: 1), "proc/9/stat": "",
            ])
        let table = try #require(window.processes.value)
        // What began in the window did in it all that it did.
        #expect(table.processes.map(\.pid) == [7, 8])
        #expect(table[8]?.userCPUs == 0.005 && table[8]?.systemCPUs == 0.025)
        #expect(table[7]?.name == odd && table[7]?.userCPUs == 0.5 && table[7]?.systemCPUs == 0)
        #expect(table.started == 1 && table.ended == 1)
        #expect(window.first.processes.value?.blindness.malformed == 1)
        #expect(window.last.processes.value?.blindness.vanished == 1)
        #expect(window.last.processes.value?[7]?.processor == 1)
        #expect(window.last.processes.value?[7]?.blockDelayTicks == 3)
    }

    @Test("threads of the target: running and waiting by schedstat, exact delays by taskstats")
    func threads() throws {
        func scene(_ time: Int, _ run: Int, _ wait: Int, _ delay: Int) -> [String: String] {
            let delays = [
                "cpu", "block_io", "swap_in", "reclaim", "thrashing", "compaction", "write_protect_copy", "interrupts",
            ]
            .map { #""\#($0)": {"count": 1, "total_ns": \#($0 == "block_io" ? delay : 0)}"# }.joined(separator: ", ")
            return [
                "snapshot.json": """
                {"monotonic_ns": \(time), "options": {"target": 7, "deep_processes": 20, "cgroup_processes": 4,
                "threads_per_process": 10, "threads_per_look": 10}, "affinities": {"7": 2},
                "delays": {"7": {"version": 16, \(delays)}}}
                """,
                "proc/7/stat": Self.process(7, start: 50, utime: 100),
                "proc/7/task/7/stat": Self.process(7, start: 50, utime: 100),
                "proc/7/task/7/schedstat": "\(run) \(wait) 5\n", "proc/sys/kernel/task_delayacct": "1\n",
                "sys/devices/system/cpu/online": "0-3\n",
                "proc/7/io": "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: \(run)\nwrite_bytes: 0\n",
                "proc/7/status": "Uid:\t0\t33\t0\t0\nVmRSS:\t  100 kB\nvoluntary_ctxt_switches:\t\(wait)\n",
                "proc/7/cmdline": "app\u{0}--token\u{0}x\u{0}",
            ]
        }
        let window = try SceneDirectory.window(
            scene(1_000_000_000, 100, 200, 0), scene(2_000_000_000, 600_000_100, 300_000_200, 100_000_000))
        let thread = try #require(window.processes.value?[7]?.threads.first)
        #expect(abs(thread.run - 0.6) < 1e-9 && abs((thread.wait ?? 0) - 0.3) < 1e-9)
        #expect(thread.delays?.blockIO == 0.1)
        #expect(window.processes.value?[7]?.readBytesPerSecond == 600_000_000)
        #expect(window.processes.value?[7]?.voluntarySwitchesPerSecond == 300_000_000)
        let detail = try #require(window.last.processes.value?.details[7])
        #expect(detail.commandLine == ["app", "--token", "***"])
        #expect(detail.user == 33 && detail.memory["VmRSS"] == 102_400)
        #expect(window.last.cpuLimits.value?.effective == 2)
    }
}
