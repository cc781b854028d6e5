import PerfModel
import Testing

@testable import PerfLinux

@Suite("files of /proc/PID")
struct ProcessFilesTests {
    private static let numbers =
        "R 7 8 9 0 -1 4194304 1 2 3 4 120 30 0 0 20 0 5 0 987654 1000 200 18446744073709551615 1 1 0"

    private func stat(_ text: String) throws -> ProcessStat {
        try ProcessStat(parsing: Array(text.utf8), path: "/proc/42/stat")
    }

    @Test("names may hold anything", arguments: ["sh", "", "a b", ")", "(", ") R 1 (", "line\nbreak", "ü\u{1B}[31m"])
    func names(name: String) throws {
        let stat = try stat("42 (\(name)) \(Self.numbers)\n")
        #expect(stat.pid == 42 && stat.name == name)
        #expect(stat.state == "R" && stat.parent == 7)
        #expect(stat.cpuTicks == 150 && stat.threadCount == 5 && stat.startTicks == 987_654)
        #expect(!stat.isKernelThread)
    }

    @Test("kernel threads are told by their flag")
    func kernelThread() throws {
        #expect(try stat("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 1 0 0 20 0 1 0 5 0 0").isKernelThread)
    }

    @Test("a zombie has ended, unless other threads go on")
    func zombies() throws {
        func stat(_ state: String, threads: Int) throws -> ProcessStat {
            try self.stat("42 (x) \(state) 7 8 9 0 -1 4194304 1 2 3 4 120 30 0 0 20 0 \(threads) 0 987654 0 0")
        }
        #expect(try stat("Z", threads: 1).hasEnded)
        #expect(try stat("X", threads: 1).hasEnded)
        #expect(try !stat("Z", threads: 2).hasEnded)
        #expect(try !stat("S", threads: 1).hasEnded)
    }

    @Test(
        "lines of another form are refused, and shown without escapes",
        arguments: [
            "", "42", "42 (sh", "42 sh) R", ")(", "x (sh) \(numbers)", "42 (sh) R 1 2 3",
            "42 (sh) R 7 8 9 0 -1 flags 1 2 3 4 120 30 0 0 20 0 5 0 987654", "42 (\u{1B}[31m) R",
        ])
    func refused(text: String) {
        do {
            _ = try stat(text)
            Issue.record("\(text) was read")
        } catch {
            #expect("\(error)".contains("ProcParseError") || !"\(error)".isEmpty)
            if let error = error as? ProcParseError { #expect(!error.summary.contains("\u{1B}")) }
        }
    }

    @Test("mappings of files, deleted files, anonymous memory and odd paths")
    func maps() {
        let text = """
            55d0c0000000-55d0c0001000 r-xp 00001000 08:01 42                         /bin/my app
            7f0000000000-7f0000001000 rw-p 00000000 00:00 0
            7f0000002000-7f0000003000 r--p 00000000 fd:1f 99                         /lib/gone.so (deleted)
            7f0000004000-7f0000005000 r-xs 00000000 00:05 7                          /a\\012b\\\\012 (deleted) x
            7ffc00000000-7ffc00001000 r-xp 00000000 00:00 0                          [vdso]
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]

            """
        let (maps, malformed) = ProcessMap.parse(Array(text.utf8))
        #expect(malformed == 0)
        #expect(
            maps.map(\.path) == ["/bin/my app", "", "/lib/gone.so", "/a\nb\\\n (deleted) x", "[vdso]", "[vsyscall]"])
        #expect(maps.map(\.isDeleted) == [false, false, true, false, false, false])
        #expect(maps.map(\.isExecutable) == [true, false, false, true, true, true])
        #expect(maps[0].fileOffset.rawValue == 0x1000 && maps[0].inode == 42 && maps[0].deviceMajor == 8)
        #expect(maps[5].start.rawValue == 0xFFFF_FFFF_FF60_0000)
    }

    @Test("lines that are no mappings are counted")
    func malformedMaps() {
        let lines = [
            "x", "-", "1000-2000", "2000-1000 r-xp 0 0:0 0 /x", "1000-1000 r-xp 0 0:0 0 /x", "1000-2000 rx 0 0:0 0 /x",
            "1000-2000 r-xp 0 0 0 /x", "1000-2000 r-xp g 0:0 0 /x", "11111111111111111-2 r-xp 0 0:0 0",
            "1000-2000 r-xp 0 0:0 x /x", "1000-2000 r-xp 0 0:0 99999999999999999999 /x",
        ]
        let (maps, malformed) = ProcessMap.parse(Array((lines.joined(separator: "\n") + "\n").utf8))
        #expect(maps.isEmpty && malformed == lines.count)
        #expect(ProcessMap.parse([]).maps.isEmpty)
        #expect(ProcessMap.parse([0xFF, 0xFE, 0x0A, 0x00]).malformed == 2)
    }

    @Test("lists of CPUs are read as the kernel writes them, and odd ones make no long lists")
    func cpus() {
        #expect(OnlineCPUs.parse("0-3,8,10-11\n") == [0, 1, 2, 3, 8, 10, 11])
        #expect(OnlineCPUs.parse("0\n") == [0])
        for text in ["", "\n", "x", "3-1", "-1", "0-4294967295", "0-99999", "1-2-3", "--", "999999999999"] {
            #expect(OnlineCPUs.parse(text).count <= 1, "\(text)")
        }
    }
}
