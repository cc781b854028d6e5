import PerfModel
import Testing

@testable import PerfProfiles

@Suite("Import of text profiles") struct ImportTests {
    private func read(_ text: String) throws -> Profile {
        try ProfileReader.profile(in: Array(text.utf8), file: "stacks.txt")
    }

    private func folded(_ profile: Profile, value: Int = 0) throws -> [String] {
        FoldedStacks(try ProfileView(profile, valueIndex: value)).lines
    }

    @Test("reads folded stacks and adds up equal ones")
    func foldedStacks() throws {
        let profile = try read("main;parse;lex 30\nmain;parse 5\r\nmain;parse;lex 2.6\n\n[unknown];a b(int, char) 7\n")
        #expect(try folded(profile) == ["[unknown];a b(int, char) 7", "main;parse 5", "main;parse;lex 33"])
        #expect(profile.readingWarnings.isEmpty)
        #expect(profile.timeline == nil)
        _ = try profile.encoded()
    }

    @Test("takes off the marks of stackcollapse and knows its kernel frames")
    func marks() throws {
        let profile = try read("swapper;do_idle_[k];mwait_[k] 3\nmain;inner_[i] 4\n")
        #expect(try folded(profile) == ["main;inner 4", "swapper;do_idle;mwait 3"])
        #expect(profile.mappings.map(\.file) == ["[kernel]"])
    }

    @Test("counts malformed lines in a warning")
    func malformed() throws {
        let profile = try read("main;a 1\nmain;b 2\nnonsense\nmain;c x\nmain;d 4\nmain;e 4\n")
        #expect(profile.samples.count == 4)
        #expect(profile.readingWarnings.map(\.code) == ["malformed_lines"])
        #expect(profile.readingWarnings[0].message.contains("2 lines"))
        #expect(profile.readingWarnings[0].message.contains("'nonsense'"))
    }

    static let script = """
        # ========
        # captured on    : Mon Aug 30 11:15:28 2021
        # ========
        #
        my server  4711/4712 [001] 94564.109216:     250000 cpu-clock:u: 
        \t    55d0aa10 inner (inlined)
        \t    55d0aa10 outer+0x10 (/opt/shop/my server)
        \t    55d0bb20 main+0x40 (/opt/shop/my server)
        \tffffffffffff [unknown] ([unknown])

        my server  4711/4712 [001] 94564.109466:     250000 cpu-clock:u: 
        \t    55d0aa10 inner (inlined)
        \t    55d0aa10 outer+0x10 (/opt/shop/my server)
        \t    55d0bb20 main+0x40 (/opt/shop/my server)
        \tffffffffffff [unknown] ([unknown])

                  :99  4711/99    [000] 94564.209216:     250000 cpu-clock:u: 
        \tffffffff81a do_syscall_64+0x3b ([kernel.kallsyms])
        \t    7f001 std::vector<int, std::allocator<int> >::push_back(int&&)+0x1f (/usr/lib/libx.so (deleted))
        \t    7f002 $s4main3fooyyF+0x2 (/opt/shop/my server)

        """

    @Test("reads perf script: names, inlined frames, kernel, threads, times and periods")
    func perfScript() throws {
        let profile = try read(Self.script)
        #expect(
            try folded(profile, value: 1) == [
                "$s4main3fooyyF;std::vector<int, std::allocator<int> >::push_back(int&&);do_syscall_64 250000",
                "0xffffffffffff;main;outer;inner 500000",
            ])
        #expect(profile.sampleTypes.map(\.type) == ["samples", "cpu"])
        #expect(profile.sampleTypes[1].unit == "nanoseconds")
        #expect(
            profile.mappings.map(\.file) == ["/opt/shop/my server", "[kernel.kallsyms]", "/usr/lib/libx.so (deleted)"])
        let location = try #require(profile.locations.first { $0.lines.count == 2 })
        #expect(location.lines.map { profile.functions[$0.function].name } == ["inner", "outer"])
        let threads = profile.samples.compactMap { profile.thread(in: $0.labelSet) }
        #expect(threads.map(\.name) == ["my server", ":99"])
        #expect(threads.map(\.threadID) == [4712, 99])
        #expect(threads.map(\.processID) == [4711, 4711])
        #expect(profile.timeline?.times == [0, 250_000, 100_000_000])
        #expect(profile.timeline?.samples == [0, 0, 1])
        #expect(profile.readingWarnings.isEmpty)
        #expect(try Profile(decoding: profile.encoded()).samples == profile.samples)
    }

    @Test(
        "knows the header line in all its forms",
        arguments: [
            ("java 25607 4794564.109216: cycles:", "java", 25607, nil, nil, "cycles"),
            ("java 12688 [002] 6544038.708352: cpu-clock:", "java", 12688, nil, nil, "cpu-clock"),
            (
                "V8 WorkerThread 24636/25607 [000] 94564.109216: 33 cycles:uppp: ", "V8 WorkerThread", 25607, 24636, 33,
                "cycles:uppp"
            ),
            (
                "FS Broker 5858  5791/5860  30171.917889:    4612247 cycles:ppp: ", "FS Broker 5858", 5860, 5791,
                4_612_247, "cycles:ppp"
            ),
            (
                "Gecko\t25122 [007] 115539.936601:\t\t1000000 task-clock:u:", "Gecko", 25122, nil, 1_000_000,
                "task-clock:u"
            ),
            (
                "swapper     0 [000]   100.000001: sched:sched_switch: prev_comm=a prev_pid=1", "swapper", 0, nil, nil,
                "sched:sched_switch"
            ),
            ("kworker/0:1-ev 17/17 [000] 1.5: 1 page-faults:", "kworker/0:1-ev", 17, 17, 1, "page-faults"),
        ] as [(String, String, Int64, Int64?, Int64?, String)])
    func headers(line: String, comm: String, tid: Int64, pid: Int64?, period: Int64?, event: String) throws {
        let header = try #require(PerfScriptHeader(Array(line.utf8)[...]))
        #expect(String(decoding: header.comm, as: UTF8.self) == comm)
        #expect(header.threadID == tid)
        #expect(header.processID == pid)
        #expect(header.period == period)
        #expect(String(decoding: header.event, as: UTF8.self) == event)
    }

    @Test("the first mapping is the program, as pprof has it")
    func program() throws {
        let profile = try read(
            "app 7 1.5: 1 cycles: \n\tff81 fault ([kernel.kallsyms])\n\t12 start (/lib/ld-linux.so.2)\n\t40 main (/bin/app)\n\n"
        )
        #expect(profile.mappings.map(\.file) == ["/bin/app", "/lib/ld-linux.so.2", "[kernel.kallsyms]"])
        let files = profile.locations.map { $0.mapping.map { profile.mappings[$0].file } }
        #expect(Set(files) == ["/bin/app", "/lib/ld-linux.so.2", "[kernel.kallsyms]"])
        #expect(profile.locations.first { $0.address == 0x40 }?.mapping == 0)
    }

    @Test("reads samples without callchains, and lines of source below frames")
    func variants() throws {
        let flat = try read(
            "app 7 [000] 1.000001:  1 cycles:  401000 main+0x4 (/bin/app)\napp 7 1.000003: 2 cycles: 401000 main+0x4 (/bin/app)\n"
        )
        #expect(try folded(flat, value: 1) == ["main 3"])
        let sources = try read(
            "app 7 1.000001: 1 cycles: \n\t401000 main+0x4 (/bin/app)\n  main.c:12\n\t402000 _start+0x1 (/bin/app)\n  ??:0\n\n"
        )
        #expect(sources.locations.map { $0.lines.map(\.line) } == [[12], [0]])
        #expect(sources.readingWarnings.isEmpty)
        let broken = try read("app 7 1.000001: 1 cycles: \n\t401000 main (/bin/app)\nrubbish\n\tmore rubbish\n\n")
        #expect(broken.samples.count == 1)
        #expect(broken.readingWarnings.map(\.code) == ["malformed_lines"])
    }

    @Test("judges by content, whatever else the text is")
    func detection() throws {
        for text in [
            "hello world\n", "{\"a\": 1}\n", "chapter 1\nsome prose\n", "", "\n\n\n", "<html>\n", "a;b\nc;d\n",
        ] {
            #expect(throws: PprofError.self) { try read(text) }
        }
        #expect(try read("main 12\n").samples.count == 1)
        let compressed = try Gzip.compress(Array("main;a 12\n".utf8))
        #expect(try ProfileReader.profile(in: compressed).samples.count == 1)
        let pprof = try ExampleProfile.withExtras.encoded()
        #expect(try ProfileReader.profile(in: pprof).samples.count == ExampleProfile.withExtras.samples.count)
    }

    @Test("refuses perf.data and names the way out")
    func perfData() throws {
        let bytes = Array("PERFILE2".utf8) + [UInt8](repeating: 0, count: 200)
        let error = #expect(throws: PprofError.self) { try ProfileReader.profile(in: bytes, file: "perf.data") }
        #expect(error?.reason == .notAProfile(.perfData))
        #expect(error?.remedy == "perf script -i perf.data | perfdoctor report -")
    }

    @Test("keeps to its limits")
    func limits() {
        var limits = PprofLimits()
        limits.decodedBytes = 4 << 10
        let text = (0..<1000).map { "main;f\($0) 1\n" }.joined()
        let error = #expect(throws: PprofError.self) {
            try ProfileReader.profile(in: Array(text.utf8), limits: limits)
        }
        #expect(error?.description.contains("too large") == true)
    }

    @Test("survives any text", arguments: [UInt64(1), 2, 3])
    func fuzz(seed: UInt64) throws {
        var generator = PprofFuzzTests.Generator(state: seed)
        var limits = PprofLimits()
        limits.decodedBytes = 1 << 20
        let sources = [Array(Self.script.utf8), Array("main;parse;lex 30\nmain;parse_[k] 5\na;b 1.5\n".utf8)]
        let pieces = [
            "\n", " ", "\t", ";", ":", "(", ")", "[", "]", "/", ".", "+0x", "99999999999999999999", "-1", "é",
            "(inlined)", "\0",
        ]
        for round in 0..<2000 {
            var bytes = sources[round % sources.count]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.removeSubrange(index..<min(index + 20, bytes.count))
                case 2:
                    bytes.insert(
                        contentsOf: pieces.randomElement(using: &generator).map { Array($0.utf8) } ?? [], at: index)
                default: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            do throws(PprofError) {
                let profile = try ProfileReader.profile(in: bytes, limits: limits)
                // Whatever was read can be written: all its indices are in range.
                _ = try profile.encodedWithoutCompression()
                if let timeline = profile.timeline { #expect(timeline.times == timeline.times.sorted()) }
            } catch {
                if case .notEncodable = error.reason { Issue.record("read, but not writable: \(error)") }
            }
        }
    }
}
