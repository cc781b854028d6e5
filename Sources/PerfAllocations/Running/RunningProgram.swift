import Glibc
import PerfLinux
import PerfModel
import PerfSymbols

/// A running process that the tracker may be loaded into: where what it takes is.
///
/// Whatever could harm the process is refused here, before it is touched.
struct RunningProgram {
    let pid: Int32
    let plan: InjectionPlan
    /// `dlopen` and `dlerror` of its C library.
    let open: UInt64
    let error: UInt64
    /// Where trackers are that earlier recordings left there, by build ID: runtime minus image addresses, and their code.
    let trackers: [[UInt8]: (bias: UInt64, code: Range<UInt64>)]
    /// The memory that one of them counts in, or did: where its control page is.
    let arena: UInt64?

    /// Looks at a process.
    ///
    /// - Throws: what stands against it, and what to do instead.
    init(pid: Int32, proc: ProcFileSystem) throws {
        self.pid = pid
        try Self.checkState(of: pid, proc)
        let maps = ProcessMap.parse(try proc.contents(of: "\(pid)/maps")).maps
        let executable = try proc.linkTarget(of: "\(pid)/exe")
        let images = Self.images(of: maps, pid: pid, proc: proc)
        guard let libc = images.first(where: { Self.isLibrary($0.path, "libc") }), let loader = Self.loader(in: images)
        else {
            if let other = images.first(where: { $0.path.contains("ld-musl") }) {
                throw HeapError.hasOtherCLibrary(path: executable, loader: other.path)
            }
            throw HeapError.isStatic(path: executable)
        }
        if let sanitizer = images.lazy.compactMap({ TargetProgram.sanitizer(in: $0.elf) }).first {
            throw HeapError.isSanitized(path: executable, sanitizer: sanitizer)
        }
        guard !images.contains(where: { $0.path.contains("libperfdoctor-preload") }) else {
            throw HeapError.isTracked(pid: pid)
        }
        let wanted = Set(["dlopen", "dlerror"])
        var found: [String: UInt64] = [:]
        for image in [libc] + images.filter({ Self.isLibrary($0.path, "libdl") }) {
            for (name, address) in image.elf.exportedFunctions(wanted) where found[name] == nil {
                found[name] = address.rawValue &+ image.bias
            }
        }
        guard let open = found["dlopen"], let error = found["dlerror"] else {
            throw HeapError.hasOtherCLibrary(path: executable, loader: libc.path)
        }
        (self.open, self.error) = (open, error)
        // Whatever brings a malloc may hold its locks in its own code.
        let allocators = images.filter { !$0.elf.exportedFunctions(["malloc"]).isEmpty }
        if allocators.contains(where: { $0.path == executable }) { throw HeapError.ownMalloc(path: executable) }
        let old = images.filter { $0.path.hasPrefix(Self.trackerPath) }
        let busy = Set(([libc, loader] + allocators + old).map(\.path))
        let memory = RemoteMemory(pid: pid)
        let code = maps.filter { $0.isExecutable && $0.path == libc.path }
        guard let trap = Self.address(of: Self.trap, in: code, memory) else {
            throw InjectionError.snapshot(.noEntry(pid: pid))
        }
        let returns = code + maps.filter { $0.path == "[vdso]" }
        plan = InjectionPlan(
            trap: trap, signalReturn: Self.address(of: Self.signalReturn, in: returns, memory),
            busy: maps.filter { $0.isExecutable && busy.contains($0.path) }.map(\.range),
            locks: Self.writable(of: [libc.path, loader.path], in: maps))
        trackers = Dictionary(old.map { ($0.elf.buildID, ($0.bias, $0.code)) }) { first, _ in first }
        arena = maps.first { $0.path == Self.arenaPath && $0.fileOffset.rawValue == 0 }?.start.rawValue
    }

    /// Where a tracker is that was just loaded.
    ///
    /// - Parameters:
    ///   - library: its image.
    ///   - pid: of the process.
    ///   - proc: where its files are.
    /// - Returns: runtime minus image addresses, and its code; nil where it is not mapped.
    /// - Throws: when its maps cannot be read.
    static func tracker(_ library: ElfImage, in pid: Int32, _ proc: ProcFileSystem) throws(SystemCallError)
        -> (bias: UInt64, code: Range<UInt64>)?
    {
        let maps = ProcessMap.parse(try proc.contents(of: "\(pid)/maps")).maps
        // The youngest: an inode of a file in memory is never given twice.
        let map = maps.filter { $0.isExecutable && $0.path.hasPrefix(trackerPath) }.max { $0.inode < $1.inode }
        return map.map { map in
            let start = library.imageAddress(ofMapping: map.fileOffset, isExecutable: true).rawValue
            return (map.start.rawValue &- start, map.range)
        }
    }

    /// How the file in memory that the tracker is loaded from shows among the maps.
    static let trackerPath = "/memfd:\(trackerName)"
    static let trackerName = "perfdoctor-tracker"
    private static let arenaPath = "/memfd:perfdoctor-heap"

    #if arch(arm64)
        /// `brk #0x3e8`, which the C library's abort has.
        private static let trap: [UInt8] = [0x00, 0x7d, 0x20, 0xd4]
        /// `mov x8, #139; svc #0`.
        private static let signalReturn: [UInt8] = [0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4]
    #else
        /// `int3`.
        private static let trap: [UInt8] = [0xcc]
        /// `mov $15, %rax; syscall`.
        private static let signalReturn: [UInt8] = [0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05]
    #endif

    private struct Image {
        var path: String
        var elf: ElfImage
        /// Runtime address minus image address.
        var bias: UInt64
        var code: Range<UInt64>
    }

    private static func images(of maps: [ProcessMap], pid: Int32, proc: ProcFileSystem) -> [Image] {
        let root: RootDirectory? =
            if case .success(let root) = Result(catching: { () throws(SystemCallError) in
                try RootDirectory(ofProcess: pid)
            }) { root } else { nil }
        var seen: Set<String> = []
        return maps.compactMap { map in
            guard map.isExecutable, map.path.hasPrefix("/"), seen.insert(map.path).inserted else { return nil }
            let opened = MappedFile.open(
                map.path, mappedAt: map.start..<map.end, pid: pid, root: root, identity: .inode(map.inode), proc: proc)
            guard case .available(let file) = opened else { return nil }
            let start = file.elf.imageAddress(ofMapping: map.fileOffset, isExecutable: true).rawValue
            return Image(path: map.path, elf: file.elf, bias: map.start.rawValue &- start, code: map.range)
        }
    }

    /// `libc.so.6`, and `libc-2.31.so` of older ones.
    private static func isLibrary(_ path: String, _ name: String) -> Bool {
        let file = path.split(separator: "/").last ?? ""
        return file.hasPrefix("\(name).so") || file.hasPrefix("\(name)-2.")
    }

    private static func loader(in images: [Image]) -> Image? {
        images.first { image in
            let file = image.path.split(separator: "/").last ?? ""
            return file.hasPrefix("ld-linux") || file.hasPrefix("ld-2.")
        }
    }

    private static func address(of pattern: [UInt8], in maps: [ProcessMap], _ memory: RemoteMemory) -> UInt64? {
        for map in maps {
            let count = Int(min(map.end.rawValue - map.start.rawValue, 8 << 20))
            if let found = memory.memory(at: map.start, count: count).firstRange(of: pattern) {
                return map.start.rawValue + UInt64(found.lowerBound)
            }
        }
        return nil
    }

    /// Variables of these files: what is mapped of them, and the memory behind it that begins as zeros.
    private static func writable(of paths: [String], in maps: [ProcessMap]) -> [Range<UInt64>] {
        var result: [Range<UInt64>] = []
        for (index, map) in maps.enumerated() where map.isWritable && paths.contains(map.path) {
            result.append(map.range)
            if index + 1 < maps.count, maps[index + 1].start == map.end, maps[index + 1].path.isEmpty {
                result.append(maps[index + 1].range)
            }
        }
        return result
    }

    private static func checkState(of pid: Int32, _ proc: ProcFileSystem) throws {
        let files = HostFiles()
        let path = "/proc/\(pid)/status"
        if files.field("State", at: path)?.hasPrefix("T") == true { throw HeapError.isStopped(pid: pid) }
        if files.field("x86_Thread_features", at: path)?.contains("shstk") == true {
            throw HeapError.hasShadowStack(pid: pid)
        }
        for (name, kind) in [("mnt", "mount"), ("net", "network"), ("pid", "process id")] {
            let own = try proc.linkTarget(of: "self/ns/\(name)")
            let theirs: String
            do throws(SystemCallError) {
                theirs = try proc.linkTarget(of: "\(pid)/ns/\(name)")
            } catch {
                throw error.errno == ENOENT
                    ? InjectionError.snapshot(.notFound(pid: pid)) : InjectionError.snapshot(.notPermitted(pid: pid))
            }
            guard own == theirs else { throw HeapError.hasOtherNamespace(pid: pid, kind: kind) }
        }
    }
}

extension ProcessMap {
    fileprivate var range: Range<UInt64> { start.rawValue..<end.rawValue }
}
