import PerfModel
import PerfProfiles
import Testing

@testable import PerfReports

/// What a report says about waits.
@Suite("Reports on waits") struct WaitReportTests {
    /// Stacks with a reason, `cpu` for samples of CPU time.
    private static func profile(_ entries: [(stack: String, reason: String, milliseconds: Int64)]) -> Profile {
        var builder = ReportProfiles.Builder(
            types: [("samples", "count"), ("cpu", "nanoseconds"), ("off_cpu", "nanoseconds")])
        for (stack, reason, milliseconds) in entries {
            let value = milliseconds * 1_000_000
            let isCPU = reason == "cpu"
            builder.add(
                stack.split(separator: ";").map { builder.location(String($0)) },
                [1, isCPU ? value : 0, isCPU ? 0 : value], thread: (reason, Int64(reason.count)))
        }
        var profile = builder.profile
        for index in profile.labelSets.indices {
            guard let reason = profile.text(LabelKey.thread, in: index), reason != "cpu" else { continue }
            profile.labelSets[index].append(Profile.Label(key: LabelKey.wait, value: .text(reason)))
        }
        return profile
    }

    private static func text(_ profile: Profile, type: String, time: String? = nil) throws -> String {
        var filter = ProfileFilter(time: try time.map { try TimeWindow(parsing: $0) })
        filter.hidesIdle = true
        let report = try Report(profile, source: "a.pb.gz", filter: filter, sampleType: type)
        return String(decoding: TextFormat.bytes(of: report), as: UTF8.self)
    }

    @Test("where next to nothing but waiting for work is left, the verdict says so")
    func idle() throws {
        let all = Self.profile([("main;serve;epoll", "idle", 5000)])
        #expect(
            try Self.text(all, type: "off_cpu").hasPrefix(
                "All of the off-CPU time, 5.00 s, is waiting for work: these threads have next to nothing to do"))
        let nearly = Self.profile([("main;serve;epoll", "idle", 5000), ("main;write", "disk", 5)])
        #expect(try Self.text(nearly, type: "off_cpu").hasPrefix("99.9% of the off-CPU time, 5.00 s, is waiting"))
        let busy = Self.profile([("main;serve;epoll", "idle", 5000), ("main;store", "disk", 500)])
        let text = try Self.text(busy, type: "off_cpu")
        #expect(text.hasPrefix("store waits for 100.0% of the off-CPU time, mostly for files and disks"))
        #expect(text.contains("5.00 s of waiting for work is hidden (--idle)"))
    }

    @Test("a report about CPU time lists the waits beside it")
    func beside() throws {
        let both = Self.profile([
            ("main;compute", "cpu", 300), ("main;lock", "lock", 900), ("main;epoll", "idle", 2000),
        ])
        let text = try Self.text(both, type: "cpu")
        #expect(text.contains("\nWaits (900 ms off the CPU; where: --sample-type off_cpu)\n"))
        #expect(text.contains("100.0%  900 ms  lock      other threads and processes"))
        #expect(text.contains("2.00 s of waiting for work is hidden (--idle)"))
        #expect(!(try Self.text(Self.profile([("main;compute", "cpu", 300)]), type: "cpu")).contains("Waits"))
    }

    @Test("the function that waits is not the one that waits for whatever its caller wants")
    func callers() throws {
        let stacks = ["main;exec;ProcSleep;WaitLatch;WaitEventSetWait", "_start;main"]
        let waits = Self.profile([(stacks[0], "lock", 900), (stacks[1], "sleep", 100)])
        #expect(try Self.text(waits, type: "off_cpu").hasPrefix("ProcSleep waits for 90.0% of the off-CPU time"))
        let bare = Self.profile([(stacks[1], "sleep", 100)])
        #expect(try Self.text(bare, type: "off_cpu").hasPrefix("main waits for 100.0% of the off-CPU time"))
    }

    @Test("waits without any stack are told by what they are for")
    func withoutStacks() throws {
        let waits = Self.profile([("", "runnable", 80), ("", "disk", 20)])
        #expect(
            try Self.text(waits, type: "off_cpu").hasPrefix(
                "The waits have no stacks, so no function can be named: 80.0% of the off-CPU time is for a CPU."))
    }

    @Test("of a window, only what is hidden in it is told")
    func window() throws {
        var waits = Self.profile([("main;epoll", "idle", 2000), ("main;lock", "lock", 1000)])
        var timeline = SampleTimeline(range: 0..<3_000_000_000)
        timeline.append(time: 0, sample: 0, duration: 2_000_000_000)
        timeline.append(time: 2_000_000_000, sample: 1, duration: 1_000_000_000)
        waits.timeline = timeline
        let text = try Self.text(waits, type: "off_cpu", time: "1.5,2.25")
        #expect(text.contains("500 ms of waiting for work is hidden (--idle)"))
        #expect(text.contains("100.0%  250 ms  lock"))
    }
}
