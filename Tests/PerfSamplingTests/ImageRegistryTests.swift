import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfSampling

@Suite("image registry")
struct ImageRegistryTests {
    private let directory: TestDirectory
    private let registry: ImageRegistry
    private let root: RootDirectory
    private let elf: [UInt8]

    init() throws {
        directory = try TestDirectory()
        try directory.write("root/.keep", "")
        registry = ImageRegistry(proc: directory.proc)
        root = try RootDirectory(path: directory.path + "/root")
        var image = UnwindTestImage()
        image.add("_start", [0xF4])
        elf = image.bytes
    }

    private func image(
        _ path: String, identity: PerfMapping.Identity = .unknown, pid: Int32 = 7
    ) -> ImageRegistry.Image {
        registry[
            registry.index(
                of: PerfMapping(
                    pid: pid, start: CodeAddress(rawValue: 0x1000), end: CodeAddress(rawValue: 0x2000),
                    fileOffset: FileOffset(rawValue: 0x1000), path: path, identity: identity),
                root: root)]
    }

    private func inode(_ path: String) throws -> PerfMapping.Identity {
        .inode(deviceMajor: 0, deviceMinor: 0, number: try OpenFile(path: path).status.inode)
    }

    @Test("the file that was mapped is opened, once for all processes")
    func plain() throws {
        let path = try directory.write("root/bin/app", elf)
        let identity = try inode(path)
        let found = image("/bin/app", identity: identity)
        #expect(found.elf != nil && found.unwind != nil && found.problem == nil)
        _ = image("/bin/app", identity: identity, pid: 8)
        #expect(registry.images.count == 2, "the kernel and the file")
    }

    @Test("a deleted file is named with the reason")
    func deleted() {
        let found = image("/bin/gone")
        #expect(found.elf == nil)
        #expect(found.problem?.contains("/bin/gone") == true)
        #expect(found.kind == .file)
    }

    @Test("a file that took the place of the mapped one is not taken for it")
    func replaced() throws {
        let old = try directory.write("root/bin/app.old", elf)
        let identity = try inode(old)
        try directory.write("root/bin/app", elf)
        let found = image("/bin/app", identity: identity)
        #expect(found.elf == nil && found.file == nil)
        #expect(found.problem == "/bin/app was replaced or deleted after it was mapped")
    }

    @Test("a file with another build ID is not taken for the mapped one")
    func otherBuildID() throws {
        try directory.write("root/bin/app", elf)
        let found = image("/bin/app", identity: .buildID([1, 2, 3]))
        #expect(found.elf == nil && found.buildID == [1, 2, 3])
        #expect(found.problem?.contains("replaced") == true)
    }

    @Test("a mapping whose place another program took since is not taken for it")
    func mappingOfAnotherProgram() throws {
        // An exec puts programs without PIE at the same addresses, so the range alone proves nothing.
        try directory.write("7/map_files/1000-2000", elf)
        #expect(image("/bin/app", identity: .buildID([1, 2, 3])).elf == nil)
        #expect(image("/bin/other", identity: .unknown).elf != nil)
    }

    @Test("the mapping itself is preferred to the path, so that a replaced file is read as it was")
    func mappingFirst() throws {
        let mapped = try directory.write("7/map_files/1000-2000", elf)
        try directory.write("root/bin/app", "another file")
        let found = image("/bin/app", identity: try inode(mapped))
        #expect(found.elf != nil && found.problem == nil)
    }

    @Test("no link leads out of the root")
    func linkOut() throws {
        let outside = try directory.write("outside", elf)
        try FileManager.default.createDirectory(atPath: directory.path + "/root/bin", withIntermediateDirectories: true)
        for (name, target) in [("absolute", outside), ("relative", "../../outside"), ("proc", "/proc/self/exe")] {
            try FileManager.default.createSymbolicLink(
                atPath: directory.path + "/root/bin/" + name, withDestinationPath: target)
            #expect(image("/bin/" + name).file == nil, "\(name)")
        }
        // One that stays inside works as it does for the process.
        try directory.write("root/lib/real", elf)
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/root/bin/inside", withDestinationPath: "/lib/real")
        #expect(image("/bin/inside").elf != nil)
    }

    @Test("neither a FIFO nor a directory nor a device in the place of the file is waited for")
    func notAFile() throws {
        try directory.write("root/bin/.keep", "")
        let fifo = directory.path + "/root/bin/fifo"
        // SAFETY: a terminated string for the duration of the call.
        unsafe try #require(mkfifo(fifo, 0o600) == 0)
        for path in ["/bin/fifo", "/bin", "/bin/fifo/x", "/"] {
            let found = image(path)
            #expect(found.elf == nil && found.problem != nil, "\(path)")
        }
    }

    @Test("cut and damaged files have no unwind information, and say why")
    func truncated() throws {
        for (number, count) in [0, 1, 4, 16, 63, 64, 100, 0x1000].enumerated() {
            try directory.write("root/bin/cut\(number)", Array(elf.prefix(count)))
            let found = image("/bin/cut\(number)")
            #expect(found.elf != nil || found.problem != nil, "\(count) bytes")
        }
        var random = FixedRandom(state: 11)
        for round in 0..<300 {
            var bytes = elf
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                bytes[Int.random(in: 0..<512, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            try directory.write("root/bin/damaged\(round)", bytes)
            let found = image("/bin/damaged\(round)")
            #expect(found.elf != nil || found.problem != nil)
        }
    }

    @Test("memory without a file belongs to its process, and names that a JIT left are looked for by its user")
    func jit() throws {
        try directory.write("7/status", "Name:\tx\nUid:\t\(geteuid())\t\(geteuid())\t0\t0\nNSpid:\t7\t3\n")
        try directory.write("root/tmp/perf-3.map", "1000 10 jitted\n")
        try directory.write("8/status", "Name:\tx\nUid:\t4242\t4242\t0\t0\nNSpid:\t8\t3\n")
        let found = image("//anon")
        #expect(found.kind == .anonymous(pid: 7))
        #expect(ImageRegistry.perfMap(of: found) != nil)
        #expect(ImageRegistry.perfMap(of: image("//anon", pid: 8)) == nil, "another user's file")
        #expect(ImageRegistry.perfMap(of: image("//anon", pid: 9)) == nil, "a process that has ended")
    }

    @Test("code in a memfd is a JIT's, unless it is an ELF file")
    func memfd() throws {
        try directory.write("7/map_files/1000-2000", "no ELF file, but machine code")
        #expect(image("/memfd:doublemapper (deleted)").kind == .anonymous(pid: 7))
        try directory.write("8/map_files/1000-2000", elf)
        #expect(image("/memfd:program (deleted)", pid: 8).elf != nil)
    }
}
