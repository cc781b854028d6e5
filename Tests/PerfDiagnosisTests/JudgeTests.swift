import PerfDiagnosis
import PerfModel
import Testing

@Suite("Judge") struct JudgeTests {
    private static let saturated = [
        Finding.of("cpu.sat", .cpu, .pressure, .critical, benefit: 0.6),
        Finding.of("cpu.util", .cpu, .saturation, .critical),
    ]
    private static let thrashing = [
        Finding.of("mem.psi", .memory, .pressure, .critical, benefit: 0.5),
        Finding.of("mem.fault", .memory, .saturation, .critical),
    ]
    private static let slowDisk = [
        Finding.of("disk.psi", .disk, .pressure, .critical, benefit: 0.5),
        Finding.of("disk.await", .disk, .saturation, .critical, benefit: 0.5),
    ]
    private static let throttle = Finding.of("cpu.throttle", .cpu, .saturation, .critical, benefit: 0.7)
    private static let contended = Finding.of("lock.futex", .lock, .timeBudget, .warning, benefit: 0.8)
    private static let overflow = Finding.of("net.listen", .network, .saturation)

    private static let asked = Finding.of("net.peer", .network, .timeBudget, benefit: 0.95)
    private static let serial = Finding.of("app.serial", .network, .timeBudget, benefit: 0.95)

    static let hosts: [JudgeCase] = [
        JudgeCase("an idle host", .seen(TimeBudget(threads: 20), busy: 0.02), is: .none, .high, says: "Idle: 2%"),
        JudgeCase(
            "a busy host whose threads do not wait", .seen(TimeBudget(threads: 4, onCPU: 0.3), busy: 0.6), is: .none,
            .high, says: "No bottleneck: 60%"),
        JudgeCase(
            "more threads than CPUs",
            .seen(TimeBudget(threads: 8, onCPU: 0.25, runnable: 0.75), saturated, busy: 1), is: .cpu, .high,
            says: "CPU-bound: service (pid 812) uses 1.9 CPUs"),
        JudgeCase(
            "a full CPU and nothing else that says so",
            .seen(TimeBudget(threads: 4, onCPU: 0.2), [.of("cpu.util", .cpu, .saturation)], busy: 0.9), is: .cpu,
            .medium),
        JudgeCase(
            "stolen CPU time is a fact by itself",
            .seen(TimeBudget(threads: 4), [.of("cpu.steal", .cpu, .saturation, benefit: 0.2)]), is: .cpu, .medium,
            says: "by other machines"),
        JudgeCase(
            "thrashing beats the disk that it reads from",
            .seen(TimeBudget(threads: 2, onCPU: 0.1, [.memory: 0.5, .disk: 0.3]), thrashing + slowDisk), is: .memory,
            .high, says: "Memory-bound: thrashing"),
        JudgeCase(
            "a slow disk", .seen(TimeBudget(threads: 2, onCPU: 0.1, [.disk: 0.8]), slowDisk), is: .disk, .high,
            says: "I/O-bound"),
        JudgeCase(
            "full memory alone is a lack of headroom",
            .seen(TimeBudget(threads: 4, onCPU: 0.1), [.of("mem.avail", .memory, .saturation)], busy: 0.2),
            is: .none, .medium, says: "but watch this: mem.avail is bad"),
        JudgeCase(
            "killed for want of memory",
            .seen(TimeBudget(threads: 4), [.of("mem.oom", .memory, .saturation, .critical)]), is: .memory, .medium,
            says: "killed for want of memory"),
        JudgeCase(
            "disk and CPU that take as much as each other",
            .seen(
                TimeBudget(threads: 4, runnable: 0.4, [.disk: 0.4]),
                [
                    .of("cpu.sat", .cpu, .pressure, .critical, benefit: 0.5),
                    .of("cpu.util", .cpu, .saturation, .critical),
                ] + slowDisk),
            is: .mixed, .medium, says: "Mixed: "),
        JudgeCase(
            "connections that are refused", .seen(TimeBudget(threads: 4), [overflow], busy: 0.1), is: .network,
            .medium, says: "connections are refused"),
        JudgeCase(
            "a lock whose threads wait for CPUs that have room",
            .seen(
                TimeBudget(threads: 8, onCPU: 0.1, runnable: 0.15, [.lock: 0.7]),
                [.of("cpu.sat", .cpu, .pressure, .critical, benefit: 0.55), contended], busy: 0.75),
            is: .lock, .medium),
        JudgeCase(
            "a thread that runs in search of memory",
            .seen(
                TimeBudget(threads: 2, onCPU: 0.5),
                thrashing + [.of("cpu.core", .cpu, .saturation, benefit: 1, parent: "mem.psi")]),
            is: .memory, .medium),
        JudgeCase(
            "a thread of a host that asks a database one thing after the other",
            .seen(
                TimeBudget(threads: 20, onCPU: 0.02, [.database: 0.05]),
                [.of("app.serial", .database, .timeBudget, benefit: 0.9)]),
            is: .none, .medium),
        JudgeCase(
            "something that stands still for a disk, and does not show itself",
            .seen(
                TimeBudget(threads: 24, [.unknown: 0.6]),
                [.of("disk.psi", .disk, .pressure, .critical, benefit: 0.7)], hidden: 0.6),
            is: .disk, .low),
        JudgeCase(
            "a thread that always runs, among threads that wait for each other",
            .seen(
                TimeBudget(threads: 17, onCPU: 0.1, [.lock: 0.08]), [.of("cpu.core", .cpu, .saturation, benefit: 1)]),
            is: .cpu, .medium, says: "in one thread"),
        JudgeCase(
            "a full disk", .seen(TimeBudget(threads: 4), [.of("disk.space", .disk, .saturation, .critical)]),
            is: .disk, .medium, says: "Disk: full"),
        JudgeCase(
            "two windows are a moment", .seen(nil, saturated, windows: 2), is: .cpu, .low),
        JudgeCase(
            "time that nobody saw caps the confidence", .seen(nil, saturated + [throttle]), is: .cpu, .medium),
    ]

    static let processes: [JudgeCase] = [
        JudgeCase(
            "a process that its quota stops",
            .ofProcess(TimeBudget(threads: 2, onCPU: 0.1, throttled: 0.9), saturated + [throttle]),
            is: .cpu, .high, says: "by a quota"),
        JudgeCase(
            "a process that waits for nothing on a host that is full",
            .ofProcess(TimeBudget(threads: 1, onCPU: 0.4), saturated, busy: 1), is: .none,
            .medium, says: "runs for 100% of the time in which it has something to do"),
        JudgeCase(
            "an idle process on a host that is full",
            .ofProcess(TimeBudget(threads: 16, onCPU: 0.001, runnable: 0.004), saturated, busy: 1),
            is: .none, .medium, says: "Idle: service (pid 812)"),
        JudgeCase(
            "an idle process whose neighbours wait for disks",
            .ofProcess(TimeBudget(threads: 4), slowDisk), is: .none, .medium),
        JudgeCase(
            "a process that waits for a CPU most of the time",
            .ofProcess(TimeBudget(threads: 1, onCPU: 0.3, runnable: 0.7), saturated, busy: 1),
            is: .cpu, .high),
        JudgeCase(
            "one thread that always runs",
            .ofProcess(
                TimeBudget(threads: 1, onCPU: 1),
                [.of("cpu.core", .cpu, .saturation, benefit: 1)]), is: .cpu, .medium, says: "in one thread"),
        JudgeCase(
            "threads that share a lock on a host that is full",
            .ofProcess(
                TimeBudget(threads: 8, onCPU: 0.06, runnable: 0.05, [.lock: 0.85]),
                saturated + [contended], busy: 1),
            is: .lock, .medium, says: "Lock-bound"),
        JudgeCase(
            "threads that wait for a lock more than for a CPU of a host that is full",
            .ofProcess(
                TimeBudget(threads: 9, onCPU: 0.06, runnable: 0.29, [.lock: 0.54]), saturated + [contended], busy: 1),
            is: .lock, .medium),
        JudgeCase(
            "thrashing to compressed memory runs on the CPU, and is a stall of its own cgroup",
            .ofProcess(TimeBudget(threads: 1, onCPU: 0.95), thrashing, ownPressure: true), is: .memory, .medium,
            says: "thrashing"),
        JudgeCase(
            "thrashing of others",
            .ofProcess(TimeBudget(threads: 1, onCPU: 0.95), thrashing), is: .none, .medium),
        JudgeCase(
            "a neighbour that was killed is not the process's trouble",
            .ofProcess(
                TimeBudget(threads: 1, onCPU: 0.4),
                [.of("mem.oom", .memory, .saturation, .warning)]), is: .none, .medium),
        JudgeCase(
            "a process that waits for its peers, whoever is to blame",
            .ofProcess(TimeBudget(threads: 4, onCPU: 0.01, [.network: 0.95])), is: .none, .medium,
            says: "waits for its peers"),
        JudgeCase(
            "a process that waits for the answers of a peer that it asked",
            .ofProcess(TimeBudget(threads: 1, onCPU: 0.02, [.network: 0.95]), [asked, serial]), is: .network, .medium,
            says: "Network-bound by a peer; net.peer is bad"),
        JudgeCase(
            "one thread that waits for a peer, among others that compute",
            .ofProcess(TimeBudget(threads: 4, onCPU: 0.7, [.network: 0.25]), [asked, serial]), is: .none, .medium),
        JudgeCase(
            "a question that is not answered meanwhile may be one for news",
            .ofProcess(
                TimeBudget(threads: 1, [.network: 1]),
                [.of("net.peer", .network, .timeBudget, .info, benefit: 1)]),
            is: .none, .medium, says: "100% of its active time; net.peer is bad"),
        JudgeCase(
            "a process that asks a cache one thing after the other",
            .ofProcess(
                TimeBudget(threads: 1, onCPU: 0.2, [.cache: 0.8]), [.of("app.serial", .cache, .timeBudget)]),
            is: .cache, .medium, says: "Cache-bound"),
        JudgeCase(
            "a process that waits for its database most of the time",
            .ofProcess(TimeBudget(threads: 4, onCPU: 0.1, [.database: 0.6])), is: .database, .medium,
            says: "Database-bound; 86% of the active time"),
        JudgeCase(
            "a process that waits for its database for more than half of its time",
            .ofProcess(TimeBudget(threads: 4, onCPU: 0.25, [.database: 0.4])), is: .database, .low,
            says: "Database-bound; 62% of the active time"),
        JudgeCase(
            "a process that reads again slowly what its memory could not hold",
            .ofProcess(
                TimeBudget(threads: 1, onCPU: 0.04, [.disk: 0.9]),
                [
                    .of("mem.psi", .memory, .pressure, .critical, benefit: 0.6),
                    .of("disk.psi", .disk, .pressure, .critical, benefit: 0.9),
                ]), is: .memory, .medium, says: "Memory-bound"),
        JudgeCase(
            "a process that waits for a database whose address is known",
            .ofProcess(
                TimeBudget(threads: 4, onCPU: 0.1, [.database: 0.6]),
                peers: [PeerEvidence(resource: .database, address: "10.0.0.5:5432", share: 0.86)]), is: .database,
            .medium, says: "Database-bound: 86% of the active time waits for 10.0.0.5:5432"),
        JudgeCase(
            "a process that waits for a database which answers at once, and in which a lock is waited for",
            .ofProcess(
                TimeBudget(threads: 4, onCPU: 0.1, [.database: 0.6]), [.of("pg.lock", .database, .probe, .critical)],
                peers: [
                    PeerEvidence(
                        resource: .database, address: "10.0.0.5:5432", share: 0.86,
                        answers: .init(url: "postgres://db", method: "SELECT 1", median: 300_000, lost: 0))
                ]), is: .database, .high,
            says: "waits for 10.0.0.5:5432; it answers SELECT 1 in 300 µs, but pg.lock is bad"),
        JudgeCase(
            "a process that waits for a database in which nothing waits",
            .ofProcess(
                TimeBudget(threads: 4, onCPU: 0.1, [.database: 0.6]),
                peers: [
                    PeerEvidence(
                        resource: .database, address: "10.0.0.5:5432", share: 0.86,
                        answers: .init(url: "postgres://db", method: "SELECT 1", median: 300_000, lost: 0))
                ]), is: .database, .medium, says: "nothing waits in it: what is asked takes the time"),
        JudgeCase(
            "a process that computes beside a database in which a lock is waited for",
            .ofProcess(
                TimeBudget(threads: 4, onCPU: 0.9), [.of("pg.lock", .database, .probe, .critical)]), is: .none,
            .medium, says: "watch this: pg.lock is bad"),
        JudgeCase(
            "a host whose database has sessions that wait for a lock",
            .seen(TimeBudget(threads: 20, onCPU: 0.02), [.of("pg.lock", .database, .probe, .critical)]),
            is: .database, .medium, says: "Database-bound"),
        JudgeCase(
            "a process that loses packets",
            .ofProcess(
                TimeBudget(threads: 4, onCPU: 0.01, [.network: 0.95]),
                [.of("net.retrans", .network, .saturation, .critical)]), is: .network, .medium, says: "Network-bound"),
        JudgeCase(
            "a process whose waits are hidden is judged by its host",
            .ofProcess(TimeBudget(threads: 4, [.unknown: 1]), slowDisk, hidden: 0.9), is: .disk,
            .medium),
    ]

    @Test("comes to the verdict that the evidence of a host supports", arguments: hosts)
    func host(_ one: JudgeCase) { judge(one) }

    @Test("comes to the verdict that the time of a process supports", arguments: processes)
    func process(_ one: JudgeCase) { judge(one) }

    private func judge(_ one: JudgeCase) {
        let verdict = Judge.diagnosis(of: one.evidence).verdict
        #expect(verdict.bottleneck == one.bottleneck, "\(verdict.summary)")
        #expect(verdict.confidence == one.confidence, "\(verdict.summary)")
        #expect(one.summary.isEmpty || verdict.summary.contains(one.summary), "\(verdict.summary)")
    }

    @Test(
        "blind is not healthy: nothing that was not seen is ruled out, nor is a verdict of none sure",
        arguments: [
            (["cpu.sat", "cpu.util"], Resource.cpu), (["mem.psi", "mem.fault", "mem.swap"], .memory),
            (["disk.psi", "disk.await"], .disk),
        ])
    func blind(checks: [String], resource: Resource) {
        let diagnosis = Judge.diagnosis(of: .seen(TimeBudget(threads: 4), blind: Set(checks)))
        #expect(diagnosis.verdict.confidence == .low)
        #expect(!diagnosis.exoneratedResources.contains(resource))
        #expect(Set(checks).isSubset(of: diagnosis.unmeasured.map(\.id)))
    }

    @Test("without any sight of threads nothing is sure")
    func blindBudget() {
        #expect(Judge.diagnosis(of: .seen(nil)).verdict.confidence == .medium)
    }

    @Test("rules out what was seen and is fine, and nothing that is under suspicion")
    func exonerates() {
        let diagnosis = Judge.diagnosis(of: .seen(TimeBudget(threads: 2, [.disk: 0.8]), Self.slowDisk))
        #expect(diagnosis.exoneratedResources == [.cpu, .memory, .network, .lock])
    }

    @Test("names the cause of a symptom, and does not count the symptom beside it")
    func relates() {
        let diagnosis = Judge.diagnosis(
            of: .seen(TimeBudget(threads: 2, [.memory: 0.5]), Self.thrashing + Self.slowDisk))
        #expect(diagnosis.findings.first { $0.id == "disk.await" }?.parent == "mem.fault")
        #expect(diagnosis.verdict.bottleneck == .memory)
    }

    @Test("removing it gains what the process's own time says, not what its host stalls")
    func counterfactual() {
        let evidence = DiagnosisEvidence.ofProcess(
            TimeBudget(threads: 1, onCPU: 0.8, runnable: 0.2), Self.saturated, busy: 1)
        #expect(Judge.diagnosis(of: evidence).counterfactual.contains("at most 20%"))
    }

    @Test("a server that waits for its clients is idle, one that waits for somebody may be slow through them")
    func server() {
        for (accepted, text) in [(0.9, "Idle: service (pid 812) waits for what its clients ask"), (0.2, "its peers")] {
            var evidence = DiagnosisEvidence.ofProcess(TimeBudget(threads: 4, onCPU: 0.01, [.network: 0.95]))
            evidence.healthy.append(
                .init(id: "net.peer", resource: .network, evidence: [Evidence("accepted_ratio", accepted, "ratio")]))
            let verdict = Judge.diagnosis(of: evidence).verdict
            #expect(verdict.bottleneck == .none && verdict.summary.contains(text), "\(verdict.summary)")
        }
    }

    @Test("who waits for a peer is told to look there")
    func peer() {
        var asked = Self.asked
        asked.subject = "10.0.0.5:8080"
        let diagnosis = Judge.diagnosis(
            of: .ofProcess(TimeBudget(threads: 1, onCPU: 0.02, [.network: 0.95]), [asked]))
        #expect(diagnosis.refutation.contains("look at 10.0.0.5:8080"))
    }

    @Test("every verdict can be refuted, and names a culprit if there is a suspect")
    func refutes() {
        for one in Self.hosts + Self.processes {
            let diagnosis = Judge.diagnosis(of: one.evidence)
            #expect((diagnosis.verdict.bottleneck == .none) == diagnosis.refutation.isEmpty, "\(one.name)")
            if diagnosis.verdict.bottleneck == .cpu {
                #expect(diagnosis.verdict.culprit?.process == "service", "\(one.name)")
                #expect(diagnosis.drillDown?.pid == 812, "\(one.name)")
            }
        }
    }
}
