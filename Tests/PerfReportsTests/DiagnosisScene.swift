import FoundationEssentials
import PerfHost
import PerfModel
import PerfProfiles
import Testing

@testable import PerfDiagnosis
@testable import PerfReports

/// A diagnosis made by hand of a host of two CPUs, over files that are written for it.
struct DiagnosisScene {
    /// The name of the culprit, of its thread and of a disk; whoever named them may have meant harm.
    var name = "server"
    var disk = "vda"
    var hasProfile = true
    /// What anybody could have written, behind texts; empty for nothing.
    var hostileText = ""
    private var harm: String { hostileText.isEmpty ? "" : " \(hostileText)" }

    static let hostile = DiagnosisScene(
        name: "</script><img src=x onerror=alert(1)>", disk: "v|`d<b>", hasProfile: true,
        hostileText: "a|b `x` ``y`` @admin #12 !3 $4 %5 ~bug &2 :smile: [a](http://x.y) www.x.y _b_ *c* <!-- \n# d <i>")

    /// A rehearsal of 0.2 s, then four windows of two seconds with the CPU busier in each.
    private static let times: [UInt64] = [
        1_800_000_000, 2_000_000_000, 4_000_000_000, 6_000_000_000, 8_000_000_000, 10_000_000_000,
    ]

    func snapshots() throws -> [HostSnapshot] {
        try withHTMLDirectory { directory in
            for (index, time) in Self.times.enumerated() {
                let root = directory.appending(path: "t000\(index)")
                for (path, text) in files(index, at: time) {
                    let file = root.appending(path: path)
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try Data(text.utf8).write(to: file)
                }
            }
            return try HostReplay(directory: directory.path).snapshots()
        }
    }

    private func files(_ index: Int, at time: UInt64) -> [String: String] {
        let window = max(index - 1, 0)
        // Of 200 ticks in each window of each CPU.
        let busy = [0, 100, 260, 460, 850][window]
        let idle = [0, 300, 540, 740, 750][window]
        let pressure = "avg10=0.00 avg60=0.00 avg300=0.00 total="
        func line(_ total: Int) -> String { "some \(pressure)\(total)\nfull \(pressure)\(total / 4)\n" }
        let process =
            "40 (\(name)) R 1 40 40 0 -1 4194304 100 0 \(window * 40) 0 \(busy) 3 0 0 20 0 2 0 90 "
            + "1000000 500 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
        return [
            "snapshot.json": #"{"monotonic_ns": \#(time)}"#,
            "proc/stat": """
            cpu \(busy) 0 0 \(idle) \(window * 4) 0 0 \(window * 2) 0 0
            cpu0 \(busy) 0 0 0 0 0 0 0 0 0
            cpu1 0 0 0 \(idle) 0 0 0 0 0 0
            ctxt \(window * 8000)
            btime 1790000000
            processes 100
            procs_running \(window + 1)
            procs_blocked \(window % 2)

            """,
            "proc/meminfo":
                "MemTotal: 4194304 kB\nMemFree: 1000000 kB\nMemAvailable: \(2_000_000 - window * 100_000) kB\n",
            "proc/vmstat": "pswpin \(window)\npswpout \(window * 4)\npgmajfault \(window * 100)\n",
            "proc/pressure/cpu": line(window * 900_000), "proc/pressure/memory": line(window * 20_000),
            "proc/pressure/io": line(window * 60_000),
            "proc/diskstats":
                "254 0 \(disk) \(window * 100) 0 \(window * 800) \(window * 500) 0 0 0 0 0 \(window * 400) "
                + "\(window * 500) 0 0 0 0 0 0\n",
            "proc/net/dev": """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
              eth0: \(window * 4_000_000) \(window * 300) 0 0 0 0 0 0 \(window * 100_000) \(window * 100) 0 0 0 0 0 0

            """,
            "proc/net/snmp":
                "Tcp: OutSegs RetransSegs\nTcp: \(1000 * window) \(3 * window)\n",
            "proc/40/stat": process,
            "proc/7/stat": process.replacing("40 (\(name)) R", with: "7 (idle) S"),
        ]
    }

    private var profile: Profile {
        var scene = HTMLScene(target: name)
        scene.add(["main", "handle", "parse"], samples: 70)
        scene.add(["main", "handle", "render"], samples: 30)
        return scene.profile
    }

    func report() throws -> DiagnosisReport {
        let snapshots = try snapshots()
        let observation = try #require(HostObservation(snapshots))
        var culprit = Culprit(pid: 40, process: name, tid: 41, thread: "worker \(name)", share: 0.97)
        culprit.function = "parse"
        var budget = TimeBudget()
        (budget.onCPU, budget.runnable, budget.threads) = (0.3, 0.1, 4)
        budget.blocked = [.lock: 0.05, .disk: 0.05, .idle: 0.4, .unknown: 0.1]
        let summary = "CPU-bound: \(name) (pid 40) uses 1.95 CPUs" + harm
        let diagnosis = Diagnosis(
            verdict: Verdict(.cpu, .medium, summary: summary, culprit: culprit), budget: budget,
            findings: findings,
            exonerated: [
                DiagnosisEvidence.Healthy(
                    id: "mem.psi", resource: .memory, evidence: [Evidence("memory_some_ratio", 0.01, "ratio")])
            ],
            unmeasured: [
                Unmeasured(id: "cpu.thermal", reason: "the CPUs do not count\(harm)", remedy: ""),
                Unmeasured(id: "net.ping", reason: "no peer was asked", remedy: "ping the peer\(harm)"),
                Unmeasured(id: "net.bufferbloat", reason: "no peer was asked", remedy: "ping the peer"),
            ], refutation: "stop \(name) for a moment", counterfactual: "removing it gains at most 40%",
            drillDown: nil)
        return DiagnosisReport(
            diagnosis: diagnosis, observation: observation, snapshots: snapshots, profile: hasProfile ? profile : nil,
            host: HostDescription(
                name: "web-1", os: "Debian GNU/Linux 12", kernel: "6.1.0", architecture: "x86_64",
                cpuModel: "Test CPU", cpuCount: 2, memoryBytes: 1 << 32),
            startedAt: 1_790_000_000_000_000_000, duration: .seconds(8),
            warnings: [Warning(code: "few", message: "few windows\(harm)", remedy: "watch for longer: -d 30")])
    }

    private var findings: [Finding] {
        [
            Finding(
                id: "cpu.sat", severity: .critical, resource: .cpu, family: .pressure,
                summary: "something waited for a CPU 45% of the time\(harm)",
                evidence: [Evidence("cpu_some_ratio", 0.45, "ratio"), Evidence("load_1m", 3.5, "count")],
                threshold: 0.4, benefit: 0.4,
                remedies: [
                    Remedy("scale out", claimedGain: "throughput +70%", source: "guide A"),
                    Remedy("make the hot functions cheaper\(harm)"),
                ]),
            Finding(
                id: "disk.util", severity: .warning, resource: .disk, family: .saturation,
                summary: "\(disk) has something to do all the time", subject: disk,
                evidence: [Evidence("busy_ratio", 0.99, "ratio"), Evidence("\(disk)_await", 22, "milliseconds")],
                threshold: 0.98, parent: "cpu.sat", remedies: [Remedy("an SSD")]),
            Finding(
                id: "cpu.ctx", severity: .info, resource: .cpu, family: .saturation, summary: "many switches",
                evidence: [Evidence("switches_per_cpu", 5000, "per_second")], threshold: 4000),
        ]
    }
}
