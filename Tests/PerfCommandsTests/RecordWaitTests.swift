import Glibc
import PerfModel
import PerfProfiles
import PerfSampling
import Testing

extension RecordLiveTests {
    @Suite("waits")
    struct Waits {
        private let directory: LiveDirectory

        init() throws {
            directory = try LiveDirectory()
        }

        private func record(_ workload: [String], clock: String = "off-cpu", from source: WaitSource) throws
            -> LiveRecording
        {
            let recording = try Live.record(
                ["--clock", clock, "--", Live.workload] + workload, waitsFrom: source, in: directory)
            #expect(recording.profile.extras?.waitSource == source.rawValue)
            return recording
        }

        /// What a wait may be off by: 1%, and what the program's own clocks cannot tell.
        ///
        /// Between the two readings of its clocks and the wait, the program is preempted at times: 4 ms slices of other
        /// programs fall there once or twice in a run on a busy machine. The scheduler charges the switch itself to the
        /// thread that comes, the record of it is written at its end: some microseconds for each wait, 14 where a host was
        /// shared by many.
        ///
        /// What was `taken`, in nanoseconds, nobody's clock of CPU time counts, but the clock on the wall does.
        private func isNear(_ measured: Double, _ truth: Double, waits: Double = 0, taken: Double = 0) -> Bool {
            let tolerance = 0.01 * truth + 10_000_000 + 25_000 * waits
            return measured < truth + tolerance && measured > truth - tolerance - taken
        }

        /// Nanoseconds that interrupts and the host below took from the CPUs of this machine so far.
        private func takenSoFar() throws -> Double {
            let fields = LiveProcess.bytes(of: "/proc/stat").prefix { $0 != UInt8(ascii: "\n") }
                .split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            // The name, then user, nice, system, idle, iowait, irq, softirq, steal.
            try #require(fields.count > 8 && fields[0] == "cpu")
            let ticks = fields[6...8].reduce(0) { $0 + (Double($1) ?? 0) }
            return ticks / Double(sysconf(Int32(_SC_CLK_TCK))) * 1e9
        }

        @Test(
            "waits for a lock, the clock and a pipe are found where they are and as long as they are",
            arguments: Live.waitSources)
        func blocker(source: WaitSource) throws {
            let before = try takenSoFar()
            let recording = try record(["blocker", "--ms", "1500"], from: source)
            let taken = try takenSoFar() - before
            for (name, reason) in [("blockOnLock", "lock"), ("blockOnSleep", "sleep"), ("blockOnRead", "network")] {
                let truth = try #require(recording.truth("off_cpu_ns", name))
                let waited = recording.offCPU(under: name)
                #expect(isNear(waited, truth, taken: taken), "\(name): \(waited) of \(truth), \(taken) taken")
                #expect(recording.offCPU(under: name, reasons: [reason, "runnable"]) > 0.98 * waited, "\(name)")
            }
        }

        @Test("who let go of a lock is named", .enabled(if: Live.isRoot, "needs root"), arguments: Live.waitSources)
        func waker(source: WaitSource) throws {
            let recording = try record(["blocker", "--ms", "800"], from: source)
            let ended = recording.profile.samples.reduce(0.0) { sum, sample in
                let waker = recording.profile.text(LabelKey.waker, in: sample.labelSet) ?? ""
                let isLock = recording.names(sample).contains { $0.contains("blockOnLock") }
                return isLock && waker.hasPrefix("holder") ? sum + Double(sample.values[1]) : sum
            }
            #expect(ended > 0.8 * recording.offCPU(under: "blockOnLock"))
        }

        @Test("writes wait for the disk and faults for memory", arguments: Live.waitSources)
        func disk(source: WaitSource) throws {
            let before = try takenSoFar()
            let recording = try record(
                ["disk", "--ms", "700", "--mib", "16", "--file", directory.newName("disk")], from: source)
            let taken = try takenSoFar() - before
            for (name, reason) in [("writeThrough", "disk"), ("faultPages", "memory")] {
                let truth = try #require(recording.truth("off_cpu_ns", name))
                let waited = recording.offCPU(under: name)
                // Where the file system is in memory nothing waits.
                guard truth > 50_000_000 else { continue }
                let count = recording.count(under: name)
                #expect(
                    isNear(waited, truth, waits: count, taken: taken),
                    "\(name): \(waited) of \(truth) in \(count) waits, \(taken) taken")
                #expect(recording.offCPU(under: name, reasons: [reason, "runnable", "lock"]) > 0.9 * waited, "\(name)")
            }
        }

        @Test("an event loop without work is idle", arguments: Live.waitSources)
        func idle(source: WaitSource) throws {
            let before = try takenSoFar()
            let recording = try record(["event-loop", "--ms", "500"], from: source)
            let taken = try takenSoFar() - before
            let truth = try #require(recording.truth("off_cpu_ns", "runLoopOnce"))
            #expect(isNear(recording.offCPU(under: "runLoopOnce", reasons: ["idle", "runnable"]), truth, taken: taken))
        }

        @Test(
            "threads that wait from before the beginning to after the end are seen, with their stacks",
            arguments: Live.waitSources)
        func sleepers(source: WaitSource) throws {
            let target = try LiveProcess([Live.workload, "sleeper", "--ms", "60000"], in: directory)
            defer { kill(target.pid, SIGKILL) }
            try #require(target.waitForOutput("ready"))
            let recording = try Live.record(
                ["--clock", "off-cpu", "-p", "\(target.pid)", "-d", "500ms"], waitsFrom: source, in: directory)
            let duration = Double(recording.profile.duration)
            let waited = recording.offCPU(under: "sleepThrough", reasons: ["sleep"])
            // The threads are observed for the asked half second; the duration includes opening and closing.
            #expect(waited > 4 * 450_000_000 && waited <= 4 * duration, "\(waited)")
        }

        @Test("a storm of switches is accounted for, whatever was copied of it", arguments: Live.waitSources)
        func pingPong(source: WaitSource) throws {
            let recording = try record(["ping-pong", "--rounds", "20000"], from: source)
            let wall = try #require(recording.truth("wall_ns", "ping-pong"))
            let ping = recording.offCPU(under: "pingWait")
            #expect(ping < 1.01 * wall + 10_000_000)
            #expect(recording.offCPU(under: "pongWait") > 0)
            try expectLaw(recording)
        }

        @Test("waits have their place on the time axis", arguments: ["off-cpu", "wall"])
        func timeline(clock: String) throws {
            let path = directory.newName("times")
            let ending = try Live.run(
                [
                    "record", "-q", "-o", path, "--clock", clock, "--timeline", "--", Live.workload, "sleeper", "--ms",
                    "1000",
                ],
                in: directory)
            let recording = try LiveRecording(path: path, ending: ending)
            let timeline = try #require(recording.profile.timeline)
            #expect(timeline.hasDurations && timeline.droppedCount == 0)
            // All that is booked is on the axis: each interval is off by a microsecond at its ends.
            let value = try #require(recording.profile.sampleTypes.firstIndex { $0.type == "off_cpu" })
            let axis = timeline.durations.reduce(0, +)
            #expect(abs(axis - recording.profile.total(ofValue: value)) <= 2000 * Int64(timeline.count))
            // Four threads sleep for a second: any window in the middle has four times its length of it.
            let window = try TimeWindow(parsing: "0.4,0.6")
            let cut = LiveRecording(profile: recording.profile.cut(to: window), ending: ending)
            let waited = cut.offCPU(under: "sleepThrough", reasons: ["sleep"])
            #expect(abs(waited - 4 * 200_000_000) < 8_000_000, "\(waited)")
            // Other formats take it as it is.
            for format in ["html", "speedscope", "firefox", "text"] {
                let report = try Live.run(["report", path, "--format", format, "--time", "0.4,0.6"], in: directory)
                #expect(report.status == 0, "\(format): \(report.errors)")
            }
        }

        @Test("what every thread did adds up to its time", arguments: ["off-cpu", "wall"], Live.waitSources)
        func law(clock: String, source: WaitSource) throws {
            let recording = try record(["blocker", "--ms", "800"], clock: clock, from: source)
            try expectLaw(recording)
            #expect(recording.profile.sampleTypes.map(\.type).last == "off_cpu")
            if clock == "wall" { #expect(recording.profile.sampleTypes.map(\.type).contains("cpu")) }
        }

        @Test("10,000 short threads are all accounted for", arguments: Live.waitSources)
        func threadStorm(source: WaitSource) throws {
            let recording = try record(["short-threads", "--count", "10000", "--us", "10"], from: source)
            let times = recording.profile.extras?.threadTimes ?? []
            let count = try #require(recording.truth("threads", "short"))
            // What the kernel could not store is counted as lost, a thread's beginning and end among it.
            if recording.counts.lost == 0 { #expect(Double(times.count) >= count) }
            try expectLaw(recording)
        }

        /// Off-CPU samples of a thread add up to its runnable and blocked time, and nothing is longer than it all.
        private func expectLaw(_ recording: LiveRecording) throws {
            let times = try #require(recording.profile.extras?.threadTimes)
            #expect(!times.isEmpty)
            var sums: [Int64: UInt64] = [:]
            let index = try #require(recording.profile.sampleTypes.firstIndex { $0.type == "off_cpu" })
            for sample in recording.profile.samples {
                let tid = try #require(recording.profile.number(LabelKey.threadID, in: sample.labelSet))
                sums[tid, default: 0] += UInt64(sample.values[index])
            }
            var states: [Int64: UInt64] = [:]
            for thread in times {
                states[thread.threadID, default: 0] += thread.runnable + thread.blocked
                let total = thread.onCPU + thread.runnable + thread.blocked + thread.unknown
                #expect(total <= UInt64(recording.profile.duration))
            }
            for (tid, sum) in sums { #expect(states[tid] == sum) }
        }
    }
}

extension LiveRecording {
    /// Nanoseconds off the CPU in whose stack a function of that name stands, for some reasons or all.
    func offCPU(under name: String, reasons: Set<String>? = nil) -> Double {
        guard let index = profile.sampleTypes.firstIndex(where: { $0.type == "off_cpu" }) else { return 0 }
        return profile.samples.reduce(0) { sum, sample in
            if let reasons {
                guard let reason = profile.text(LabelKey.wait, in: sample.labelSet), reasons.contains(reason) else {
                    return sum
                }
            }
            return names(sample).contains { $0.contains(name) } ? sum + Double(sample.values[index]) : sum
        }
    }
}
