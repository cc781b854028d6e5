import FoundationEssentials
import PerfLinux
import Testing

@testable import PerfAllocations

@Suite("Memory cgroups")
struct MemoryCgroupTests {
    private typealias Writer = (String, String) throws -> Void

    private func withFiles(_ files: [String: String], _ body: (HostFiles, Writer) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.path + "/perfdoctor-cgroup-\(UUID().uuidString)"
        defer { do { try FileManager.default.removeItem(atPath: root) } catch { Issue.record("\(root): \(error)") } }
        func write(_ path: String, _ text: String) throws {
            let url = URL(filePath: root + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        for (path, text) in files { try write(path, text) }
        try body(HostFiles(root: root), write)
    }

    @Test("version 2: the lowest limit on the way up, and kills from now on")
    func second() throws {
        let group = "/sys/fs/cgroup/pod/app"
        try withFiles([
            "/proc/7/cgroup": "0::/pod/app\n",
            "\(group)/memory.max": "max\n", "/sys/fs/cgroup/pod/memory.max": "1000\n",
            "\(group)/memory.events": "low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\n",
        ]) { files, write in
            let found = try #require(MemoryCgroup(pid: 7, files: files))
            #expect(found.limit == 1000)
            #expect(!found.hasKilled)
            try write("\(group)/memory.events", "low 0\nhigh 0\nmax 9\noom 3\noom_kill 3\n")
            #expect(found.hasKilled)
        }
    }

    @Test("version 1 beside a version 2 without memory")
    func first() throws {
        let group = "/sys/fs/cgroup/memory/app"
        try withFiles([
            "/proc/7/cgroup": "8:pids:/\n4:memory:/app\n0::/\n", "\(group)/memory.limit_in_bytes": "67108864\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "\(group)/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
        ]) { files, write in
            let found = try #require(MemoryCgroup(pid: 7, files: files))
            #expect(found.limit == 64 << 20)
            try write("\(group)/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")
            #expect(found.hasKilled)
        }
    }

    @Test("no limit, no files and other text are no cgroup")
    func none() throws {
        for text in ["0::/\n", "4:memory:/app\n", "", "nonsense\n::::\n", "0::/../..\n"] {
            try withFiles(["/proc/7/cgroup": text, "/sys/fs/cgroup/memory.max": "max\n"]) { files, _ in
                #expect(MemoryCgroup(pid: 7, files: files) == nil, "\(text)")
            }
        }
        try withFiles(["/proc/7/cgroup": "0::/\n"]) { files, _ in #expect(MemoryCgroup(pid: 8, files: files) == nil) }
    }
}
