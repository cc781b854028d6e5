import FoundationEssentials
import PerfLinux
import PerfModel
import Testing

@testable import PerfHost

@Suite("Collectors")
struct CollectorTests {
    @Test("ids are distinct, and each collector says what it reads")
    func registry() {
        #expect(Set(Collectors.all.map { $0.id }).count == Collectors.all.count)
        #expect(Collectors.all.allSatisfy { !$0.explanation.isEmpty })
    }

    @Test("the registry names every collector of the folder: run ci/generate")
    func registryIsCurrent() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let folder = "/\(root)/Sources/PerfHost/Collectors"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        let names = files.map { String($0.dropLast(".swift".count)) }.sorted()
        #expect(Collectors.all.map { "\($0)" } == names, "ci/generate")
    }

    @Test("an empty scene has no part, and each says why")
    func empty() throws {
        let snapshot = try SceneDirectory.snapshots([[:]])[0]
        #expect(snapshot.cpu.value == nil && snapshot.memory.value == nil && snapshot.disks.value == nil)
        #expect(snapshot.cgroup.value == nil && snapshot.sockets.value == nil && snapshot.settings.value == nil)
        for child in Mirror(reflecting: snapshot).children {
            let text = "\(child.value)"
            #expect(!text.contains("not collected"), "\(child.label ?? "")")
        }
    }

    @Test("loop and ram devices that nobody uses are left out, partitions have their disk")
    func disks() throws {
        let zeros = Array(repeating: "0", count: 17).joined(separator: " ")
        let used = "5 0 40 1 " + Array(repeating: "0", count: 13).joined(separator: " ")
        let scene = [
            "proc/diskstats": """
               7       0 loop0 \(zeros)
               7       1 loop1 \(used)
             259       0 nvme0n1 \(used)
             259       1 nvme0n1p1 \(used)

            """,
            "sys/block/loop0/size": "0\n", "sys/block/loop1/size": "8\n", "sys/block/nvme0n1/size": "2000\n",
            "sys/block/nvme0n1/queue/rotational": "1\n", "sys/block/nvme0n1/queue/nr_requests": "256\n",
            "sys/block/nvme0n1/queue/scheduler": "[none] mq-deadline\n",
        ]
        let disks = try #require(try SceneDirectory.snapshots([scene])[0].disks.value)
        #expect(disks.map(\.name) == ["loop1", "nvme0n1", "nvme0n1p1"])
        #expect(disks.map(\.parent) == [nil, nil, "nvme0n1"])
        #expect(disks[1].isRotational == true && disks[1].size == 1_024_000 && disks[1].queueLimit == 256)
        #expect(disks[1].scheduler == "none" && disks[0].flushes == 0)
    }

    @Test("space is asked for where data lies, once a device; octal in paths is read")
    func fileSystems() throws {
        let scene = [
            "snapshot.json": """
            {"monotonic_ns": 1, "spaces": {"/": {"size_bytes": 100, "free_bytes": 20, "available_bytes": 20,
            "inodes": 10, "inodes_free": 1}, "/my data": {"size_bytes": 5, "free_bytes": 5, "available_bytes": 5,
            "inodes": 0, "inodes_free": 0}}}
            """,
            "proc/self/mounts": """
            /dev/vda / ext4 rw,relatime 0 0
            proc /proc proc rw 0 0
            /dev/vda /again ext4 rw 0 0
            server:/x /nfs nfs4 rw 0 0
            tmpfs /my\\040data tmpfs ro 0 0
            /dev/gone /gone xfs rw 0 0

            """,
        ]
        let systems = try #require(try SceneDirectory.snapshots([scene])[0].fileSystems.value)
        #expect(systems.map(\.mountPoint) == ["/", "/my data"])
        #expect(systems[0].space.usedRatio == 0.8 && systems[0].space.inodesUsedRatio == 0.9)
        #expect(systems[1].isReadOnly && systems[1].space.inodesUsedRatio == nil)
    }

    @Test("memory is in bytes, huge pages are counts")
    func memory() throws {
        let scene = [
            "proc/meminfo": "MemTotal: 1000 kB\nMemAvailable:  400 kB\nHugePages_Free:  3\nHugepagesize: 2048 kB\n",
            "proc/swaps": "Filename\tType\tSize\tUsed\tPriority\n/swap file  partition\t2000\t500\t-2\n",
            "sys/block/zram0/disksize": "4096\n", "sys/block/zram0/mm_stat": "100 50 60 0 70 0 0 0 0\n",
        ]
        let snapshot = try SceneDirectory.snapshots([scene])[0]
        #expect(snapshot.memory.value?.available == 409_600)
        #expect(snapshot.memory.value?.freeHugePages == 3 * 2048 * 1024)
        let swap = try #require(snapshot.swap.value)
        #expect(swap.areas.map(\.name) == ["/swap file"] && swap.areas[0].used == 512_000)
        #expect(swap.zram.map(\.memoryUsed) == [60])
    }

    @Test("ports, TIME_WAIT and connection tracking")
    func sockets() throws {
        let scene = [
            "proc/net/sockstat": "sockets: used 54\nTCP: inuse 1 orphan 0 tw 9 alloc 1 mem 147\nUDP: inuse 6 mem 0\n",
            "proc/net/sockstat6": "TCP6: inuse 4\n", "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
            "proc/sys/net/netfilter/nf_conntrack_count": "80\n", "proc/sys/net/netfilter/nf_conntrack_max": "100\n",
        ]
        let snapshot = try SceneDirectory.snapshots([scene])[0]
        let sockets = try #require(snapshot.sockets.value)
        #expect(sockets.tcpInUse == 5 && sockets.tcpTimeWait == 9 && sockets.lastEphemeralPort == 60999)
        #expect(snapshot.connectionTracking.value == ConnectionTracking(count: 80, limit: 100))
    }

    @Test("the kernel's delays are not asked for where it does not count them")
    func delays() throws {
        let snapshot = try SceneDirectory.snapshots([["proc/sys/kernel/task_delayacct": "0\n"]])[0]
        guard case .unavailable(_, let remedy) = snapshot.taskDelays else {
            Issue.record("available")
            return
        }
        #expect(
            remedy == "sysctl kernel.task_delayacct=1, then restart the target: only what starts later is counted")
    }

    @Test("a target in a container has its own network, and settings of ours are not taken for its")
    func networkNamespace() throws {
        let scene = [
            "snapshot.json": """
            {"monotonic_ns": 1, "options": {"target": 7}, "answers":
            {"links": {"/proc/7/ns/net": "net:[2]", "/proc/self/ns/net": "net:[1]"}}}
            """,
            "proc/7/net/snmp": "Tcp: OutSegs\nTcp: 7\n", "proc/net/snmp": "Tcp: OutSegs\nTcp: 1\n",
            "proc/7/net/sockstat": "TCP: inuse 7\n", "proc/net/sockstat": "TCP: inuse 1\n",
            "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
        ]
        let snapshot = try SceneDirectory.snapshots([scene])[0]
        #expect(snapshot.protocols.value?["Tcp.OutSegs"] == 7)
        #expect(snapshot.sockets.value?.tcpInUse == 7 && snapshot.sockets.value?.lastEphemeralPort == nil)
        guard case .unavailable(let reason, _) = snapshot.connectionTracking else {
            Issue.record("available")
            return
        }
        #expect(reason == "the target is in a network namespace of its own")
    }

    @Test("what may not be read is counted, and no process is made of it")
    func blindness() throws {
        let line = "7 (x) S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 5\n"
        let denied = #"{"operation": "open", "errno": 13}"#
        let scene = [
            "snapshot.json": """
            {"monotonic_ns": 1, "options": {"target": 7}, "answers": {"listings": {"/proc": ["7", "8", "9"]},
            "errors": {"/proc/8/stat": \(denied), "/proc/7/io": \(denied), "/proc/7/fd": \(denied)}}}
            """,
            "proc/7/stat": line, "proc/7/task/7/stat": line,
            "proc/self/mounts": "proc /proc proc rw,hidepid=invisible 0 0\n",
        ]
        let table = try #require(try SceneDirectory.snapshots([scene])[0].processes.value)
        #expect(table.processes.map(\.pid) == [7])
        #expect(table.blindness.unreadable == 1 && table.blindness.vanished == 1 && table.blindness.hidesOthers)
        #expect(table.blindness.deniedFiles == ["io": 1, "fd": 1] && !table.blindness.isEmpty)
        guard case .unavailable(let reason, let remedy)? = table.details[7]?.io else {
            Issue.record("available")
            return
        }
        #expect(reason == "open /proc/7/io: Permission denied" && remedy == "run as root or as its user")
    }

    @Test("a table of descriptors that is too long is not listed, and that is said")
    func manyDescriptors() throws {
        let line = "7 (x) R 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 5\n"
        let scene = [
            "proc/7/stat": line, "proc/7/task/7/stat": line, "proc/7/status": "FDSize:\t65536\n",
            "proc/7/fd/3": "",
        ]
        let detail = try SceneDirectory.snapshots([scene])[0].processes.value?.details[7]
        guard case .unavailable(let reason, let remedy)? = detail?.descriptors else {
            Issue.record("available")
            return
        }
        #expect(reason == "its table of descriptors has 65536 slots: too many to look at")
        #expect(remedy == "name it as the target: -p PID")
    }

    @Test("threads by their system call and place in the kernel")
    func looks() throws {
        func stat(_ tid: Int, _ state: String) -> String {
            "\(tid) (x) \(state) 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 5\n"
        }
        let tail = "0x0 0x0 0x0 0x7ffe00000000 0x7f0000000000\n"
        let look = "looks/0000/proc/7/task"
        let scene = [
            "snapshot.json": """
            {"monotonic_ns": 9, "looks": [{"monotonic_ns": 5, "cost_ns": 2, "answers":
            {"reasons": {"7/9": "database"}, "links": {"/proc/7/fd/3": "/data/file"}}}],
            "options": {"target": 7, "deep_processes": 0, "cgroup_processes": 4, "threads_per_process": 100,
            "threads_per_look": 6}}
            """,
            "proc/7/stat": stat(7, "S"),
            "\(look)/7/stat": stat(7, "S"), "\(look)/7/syscall": "202 0x1 0x0 0x0 \(tail)",
            "\(look)/8/stat": stat(8, "D"), "\(look)/8/syscall": "0 0x3 0x1 0x1 \(tail)",
            "\(look)/9/stat": stat(9, "S"), "\(look)/9/syscall": "45 0x4 0x1 0x1 \(tail)",
            "\(look)/10/stat": stat(10, "R"),
            "\(look)/11/stat": stat(11, "D"), "\(look)/11/syscall": "-1 0x7ffe00000000 0x7f0000000000\n",
            "\(look)/12/stat": stat(12, "S"), "\(look)/13/stat": stat(13, "S"),
        ]
        let snapshot = try SceneDirectory.snapshots([scene])[0]
        let looks = try #require(snapshot.looks.first)
        #expect(looks.takenAt == 5 && looks.cost == 2 && looks.skipped == 1 && looks.hidden == 1)
        #expect(looks.threads.map(\.tid) == [7, 8, 9, 10, 11, 12])
        #expect(looks.threads.map(\.reason) == [.lock, .disk, .database, nil, .memory, nil])
        #expect(looks.threads[3].activity == .running && looks.threads[5].activity == .hidden)
    }

    @Test(
        "a process whose threads stand still behind a main thread that rests is looked at, while something stalls",
        arguments: [
            ("proc/pressure/io", "30.00", true), ("proc/pressure/memory", "30.00", true),
            ("proc/pressure/io", "1.00", false), ("proc/pressure/cpu", "90.00", false),
        ])
    func stalledThreads(file: String, average: String, isLookedAt: Bool) throws {
        func stat(_ tid: Int, _ state: String, threads: Int = 1) -> String {
            "\(tid) (x) \(state) 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 \(threads) 0 5\n"
        }
        var scene = [
            file: "some avg10=\(average) avg60=0.00 avg300=0.00 total=5\n",
            "proc/7/stat": stat(7, "S", threads: 3), "proc/7/task/7/stat": stat(7, "S"),
            "proc/7/task/8/stat": stat(8, "D"), "proc/7/task/9/stat": stat(9, "D"),
            // Its threads rest as well.
            "proc/20/stat": stat(20, "S", threads: 2), "proc/20/task/20/stat": stat(20, "S"),
            "proc/20/task/21/stat": stat(21, "S"),
        ]
        let snapshot = try SceneDirectory.snapshots([scene])[0]
        let chosen = try #require(snapshot.processes.value).details.mapValues(\.selection)
        #expect(chosen == (isLookedAt ? [7: .blocked] : [:]))
        // What has not stalled for ten seconds yet shows in the total.
        scene[file] = "some avg10=1.00 avg60=0.00 avg300=0.00 total=1000005\n"
        scene["proc/20/task/21/stat"] = stat(21, "D")
        var before = scene
        before[file] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"
        let second = try SceneDirectory.snapshots([before, scene])[1]
        let later = try #require(second.processes.value).details.mapValues(\.selection)
        #expect(later == (file.hasSuffix("cpu") ? [:] : [7: .blocked, 20: .blocked]))
    }
}
