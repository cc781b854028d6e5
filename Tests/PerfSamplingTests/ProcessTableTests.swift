import PerfLinux
import PerfModel
import Testing

@testable import PerfSampling

@Suite("process table")
struct ProcessTableTests {
    private let directory: TestDirectory
    private let table: ProcessTable

    /// Pids beyond the kernel's largest, so that nothing on this machine is one of them.
    private let pid: Int32 = 1 << 23

    init() throws {
        directory = try TestDirectory()
        table = ProcessTable(proc: directory.proc)
    }

    private func mapping(
        _ start: UInt64, _ end: UInt64, _ path: String, pid: Int32? = nil, offset: UInt64 = 0
    ) -> PerfMapping {
        PerfMapping(
            pid: pid ?? self.pid, start: CodeAddress(rawValue: start), end: CodeAddress(rawValue: end),
            fileOffset: FileOffset(rawValue: offset), path: path, identity: .unknown)
    }

    private func paths(_ index: Int, at time: UInt64) -> [String] {
        table.maps(of: index, at: time).mappings.map(\.path).sorted()
    }

    /// A process that is known by records alone.
    private func begin(_ pid: Int32, at time: UInt64, parent: Int32 = 1) {
        table.apply(.forked(pid: pid, parent: parent, tid: pid, parentThread: parent), at: time)
    }

    @Test("an exec begins a new entry; samples keep to the program that ran when they were taken")
    func exec() {
        begin(pid, at: 10)
        table.apply(.named(pid: pid, tid: pid, name: "shell", isExec: false), at: 11)
        table.apply(.mapped(mapping(0x1000, 0x2000, "/bin/sh")), at: 12)
        table.apply(.named(pid: pid, tid: pid, name: "tool", isExec: true), at: 20)
        table.apply(.mapped(mapping(0x1000, 0x2000, "/bin/tool")), at: 21)
        let before = table.index(ofSampled: pid, at: 15)
        let after = table.index(ofSampled: pid, at: 25)
        #expect(before != after)
        #expect(table.processes[before].name == "shell")
        #expect(table.processes[after].name == "tool")
        #expect(paths(before, at: 15) == ["/bin/sh"])
        #expect(paths(after, at: 25) == ["/bin/tool"])
    }

    @Test("a fork shares its parent's memory until one of the two changes it")
    func fork() {
        let child = pid + 1
        begin(pid, at: 10)
        table.apply(.mapped(mapping(0x1000, 0x2000, "/bin/app")), at: 11)
        begin(child, at: 20, parent: pid)
        table.apply(.mapped(mapping(0x5000, 0x6000, "/lib/of-child", pid: child)), at: 30)
        table.apply(.mapped(mapping(0x7000, 0x8000, "/lib/of-parent")), at: 31)
        let parent = table.index(ofSampled: pid, at: 40)
        let forked = table.index(ofSampled: child, at: 40)
        #expect(paths(parent, at: 40) == ["/bin/app", "/lib/of-parent"])
        #expect(paths(forked, at: 40) == ["/bin/app", "/lib/of-child"])
        #expect(paths(forked, at: 25) == ["/bin/app"])
        #expect(table.processes[forked].name == table.processes[parent].name)
    }

    @Test("a pid that is used again is another process")
    func pidReuse() {
        begin(pid, at: 10)
        table.apply(.named(pid: pid, tid: pid, name: "first", isExec: false), at: 11)
        table.apply(.exited(pid: pid, tid: pid), at: 20)
        begin(pid, at: 30)
        table.apply(.named(pid: pid, tid: pid, name: "second", isExec: false), at: 31)
        #expect(table.processes[table.index(ofSampled: pid, at: 15)].name == "first")
        #expect(table.processes[table.index(ofSampled: pid, at: 35)].name == "second")
        table.forget(endedBefore: 25)
        #expect(table.processes[table.index(ofSampled: pid, at: 35)].name == "second")
    }

    @Test("a mapping over an old one replaces it from then on")
    func mappingOverOld() {
        begin(pid, at: 10)
        table.apply(.mapped(mapping(0x1000, 0x2000, "/lib/keep")), at: 11)
        table.apply(.mapped(mapping(0x4000, 0x8000, "/lib/old")), at: 12)
        table.apply(.mapped(mapping(0x5000, 0x6000, "/lib/new")), at: 20)
        let index = table.index(ofSampled: pid, at: 30)
        #expect(paths(index, at: 15) == ["/lib/keep", "/lib/old"])
        #expect(paths(index, at: 30) == ["/lib/keep", "/lib/new"])
    }

    @Test("the same mapping, told by /proc and by a record, is one")
    func mappingToldTwice() {
        begin(pid, at: 10)
        table.apply(.mapped(mapping(0x1000, 0x2000, "/lib/x")), at: 11)
        let index = table.index(ofSampled: pid, at: 30)
        let versions = table.processes[index].maps.count
        for time in [12, 13] as [UInt64] { table.apply(.mapped(mapping(0x1000, 0x2000, "/lib/x")), at: time) }
        #expect(paths(index, at: 30) == ["/lib/x"])
        #expect(table.processes[index].maps.count == versions)
    }

    @Test("a process goes when its last thread has ended, and not before")
    func forget() {
        begin(pid, at: 10)
        table.apply(.mapped(mapping(0x1000, 0x2000, "/bin/app")), at: 11)
        table.apply(.forked(pid: pid, parent: pid, tid: pid + 5, parentThread: pid), at: 12)
        let index = table.index(ofSampled: pid, at: 13)
        table.apply(.exited(pid: pid, tid: pid), at: 20)
        table.forget(endedBefore: 25)
        #expect(paths(index, at: 30) == ["/bin/app"])
        table.apply(.exited(pid: pid, tid: pid + 5), at: 30)
        table.forget(endedBefore: 30)
        #expect(paths(index, at: 30) == ["/bin/app"], "its last samples may still come")
        table.forget(endedBefore: 31)
        #expect(paths(index, at: 30) == [])
        #expect(table.processes[index].threads.count == 2, "the names of what was sampled stay")
    }

    @Test("a thread id that is used again, and ends that are told twice, do not end the process")
    func threadsToldTwice() {
        begin(pid, at: 10)
        table.apply(.mapped(mapping(0x1000, 0x2000, "/bin/app")), at: 11)
        for round in 0..<10 as Range<UInt64> {
            let time = 100 * (round + 1)
            for offset in 0...1 as ClosedRange<UInt64> {
                table.apply(.forked(pid: pid, parent: pid, tid: pid + 9, parentThread: pid), at: time + offset)
            }
            for offset in 5...6 as ClosedRange<UInt64> {
                table.apply(.exited(pid: pid, tid: pid + 9), at: time + offset)
            }
        }
        // A thread that had ended before anybody asked for its process.
        table.apply(.exited(pid: pid, tid: pid + 77), at: 5000)
        table.forget(endedBefore: 6000)
        #expect(paths(table.index(ofSampled: pid, at: 6000), at: 6000) == ["/bin/app"])
    }

    @Test("a running process is taken from /proc with its threads and executable mappings")
    func adopt() throws {
        try directory.write("\(pid)/comm", "my) app\n")
        try directory.write(
            "\(pid)/maps",
            """
            1000-2000 r-xp 00000000 08:01 42                         /bin/app
            2000-3000 rw-p 00001000 08:01 42                         /bin/app
            5000-6000 r-xp 00000000 00:00 0
            garbage

            """)
        try directory.write("\(pid)/task/\(pid)/comm", "my) app\n")
        try directory.write("\(pid)/task/\(pid + 1)/comm", "line\nbreak\n")
        let index = table.index(ofSampled: pid, at: 100)
        #expect(table.processes[index].name == "my) app")
        #expect(table.processes[index].threads == [pid: "my) app", pid + 1: "line\nbreak"])
        #expect(paths(index, at: 100) == ["", "/bin/app"])
        // Its threads end one after the other.
        table.apply(.exited(pid: pid, tid: pid), at: 200)
        table.forget(endedBefore: 300)
        #expect(paths(index, at: 300) == ["", "/bin/app"])
    }

    @Test("a process whose main thread has ended has the memory of its other threads")
    func headless() throws {
        try directory.write("\(pid)/maps", "")
        try directory.write("\(pid)/task/\(pid)/comm", "main\n")
        try directory.write("\(pid)/task/\(pid + 1)/comm", "worker\n")
        try directory.write("\(pid)/task/\(pid + 1)/maps", "1000-2000 r-xp 00000000 08:01 42 /bin/app\n")
        #expect(paths(table.index(ofSampled: pid, at: 100), at: 100) == ["/bin/app"])
    }

    @Test("a process that has ended before anybody looked is kept by its pid")
    func gone() {
        let index = table.index(ofSampled: pid, at: 5)
        #expect(table.processes[index].pid == pid)
        #expect(table.index(ofSampled: pid, at: 6) == index)
    }

    @Test("kernel modules and losses are no processes")
    func other() {
        table.apply(.mapped(mapping(0x1000, 0x2000, "[kernel]", pid: -1)), at: 1)
        table.apply(.lost(3), at: 2)
        table.apply(.lost(4), at: 3)
        table.apply(.throttled, at: 4)
        #expect(table.processes.isEmpty)
        #expect(table.lostCount == 7 && table.throttleCount == 1)
    }

    @Test("a thousand short children leave no mappings behind")
    func shortChildren() {
        begin(pid, at: 1)
        table.apply(.mapped(mapping(0x1000, 0x2000, "/bin/app")), at: 2)
        for child in 1...1000 as ClosedRange<Int32> {
            let time = UInt64(child) * 100
            begin(pid + child, at: time, parent: pid)
            table.apply(.named(pid: pid + child, tid: pid + child, name: "true", isExec: true), at: time + 10)
            table.apply(.mapped(mapping(0x1000, 0x2000, "/bin/true", pid: pid + child)), at: time + 20)
            table.apply(.exited(pid: pid + child, tid: pid + child), at: time + 50)
            table.forget(endedBefore: time + 60)
        }
        let kept = table.processes.indices.filter { !table.maps(of: $0, at: .max).mappings.isEmpty }
        #expect(kept.count == 1)
    }
}
