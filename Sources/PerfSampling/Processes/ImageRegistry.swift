import CPerfLinux
import Glibc
import PerfLinux
import PerfModel
import PerfSymbols
import Synchronization

/// All images that samples of a recording refer to: one entry for each file, however many processes map it.
///
/// Files are opened while the process lives, and stay open, so that a file which is deleted or replaced later is
/// still read as it was. Safe to use from several threads.
final class ImageRegistry: Sendable {
    /// What an address belongs to.
    struct Image: Sendable {
        enum Kind: Hashable, Sendable {
            case file
            case kernel
            case vdso
            /// Memory without a file; a JIT may have left a perf map. Addresses are those of the process.
            case anonymous(pid: Int32)
        }

        var kind: Kind
        /// Path as the process saw it, or a name in brackets.
        var name: String
        var buildID: [UInt8]
        /// Nil when the file could not be opened, or is not the one that was mapped; then `problem` says why.
        var elf: ElfImage?
        var unwind: UnwindImage?
        var file: OpenFile?
        var root: RootDirectory?
        var problem: String?
        /// The process as itself and its files know it, where a JIT may have left names for this memory.
        var owner: Owner?
    }

    /// Whose memory it is.
    struct Owner: Sendable {
        /// The pid in the innermost pid namespace.
        var namespacePID: Int32
        var user: UInt32
    }

    private struct Key: Hashable {
        var name: String
        var identity: PerfMapping.Identity
        var pid: Int32?
    }

    private struct State {
        var images: [Image]
        var indices: [Key: Int] = [:]
    }

    private let state: Mutex<State>
    private let proc: ProcFileSystem

    /// The entry of the kernel and its modules.
    static let kernelIndex = 0

    init(proc: ProcFileSystem) {
        self.proc = proc
        state = Mutex(
            State(images: [Image(kind: .kernel, name: "[kernel]", buildID: [])])
        )
    }

    var images: [Image] {
        state.withLock { $0.images }
    }

    subscript(index: Int) -> Image {
        state.withLock { $0.images[index] }
    }

    /// The entry of memory that no mapping is known for.
    func unmappedIndex(pid: Int32) -> Int {
        index(Key(name: "[unknown]", identity: .unknown, pid: pid)) {
            Image(kind: .anonymous(pid: pid), name: "[unknown]", buildID: [])
        }
    }

    /// The entry of a mapping; the file is opened when it is the first of its kind.
    func index(of mapping: PerfMapping, root: RootDirectory?) -> Int {
        if mapping.path == "[vdso]" {
            return index(Key(name: mapping.path, identity: .unknown, pid: nil)) { Self.vdso() }
        }
        guard mapping.path.hasPrefix("/"), !mapping.path.hasPrefix("//") else {
            return index(Key(name: mapping.path, identity: .unknown, pid: mapping.pid)) {
                anonymous(mapping, root: root)
            }
        }
        if Self.namelessFiles.contains(where: mapping.path.hasPrefix) {
            return index(Key(name: mapping.path, identity: mapping.identity, pid: mapping.pid)) {
                let image = open(mapping, root: root)
                return image.elf == nil ? anonymous(mapping, root: root) : image
            }
        }
        return index(Key(name: mapping.path, identity: mapping.identity, pid: nil)) { open(mapping, root: root) }
    }

    /// Memory that the kernel gives a path though no directory has it: a JIT that maps its code twice, writable and
    /// executable, keeps it in such a file.
    private static let namelessFiles = ["/memfd:", "/dev/zero", "/SYSV", "/anon_hugepage"]

    private func anonymous(_ mapping: PerfMapping, root: RootDirectory?) -> Image {
        Image(
            kind: .anonymous(pid: mapping.pid), name: mapping.path.isEmpty ? "//anon" : mapping.path, buildID: [],
            root: root, owner: owner(of: mapping.pid)
        )
    }

    /// Resolves the mappings of a process for the unwinder.
    func resolve(_ mappings: [PerfMapping], root: RootDirectory?) -> MapSet.Resolved {
        var regions: [AddressSpace.Region] = []
        var images: [CodeAddress: (index: Int, isReadable: Bool)] = [:]
        for mapping in mappings {
            let index = index(of: mapping, root: root)
            let image = self[index]
            regions.append(
                AddressSpace.Region(
                    start: mapping.start, end: mapping.end, fileOffset: mapping.fileOffset, image: image.unwind
                )
            )
            images[mapping.start] = (index, image.kind != .file || image.unwind != nil)
        }
        let space = AddressSpace(regions)
        return MapSet.Resolved(
            space: space,
            images: space.regions.map { images[$0.start]?.index ?? Self.kernelIndex },
            isReadable: space.regions.map { images[$0.start]?.isReadable ?? false }
        )
    }

    /// The names that a JIT left for its code in `/tmp/perf-<pid>.map`.
    ///
    /// Only a file of the process's own user counts.
    static func perfMap(of image: Image) -> OpenFile? {
        guard case .anonymous = image.kind, let root = image.root, let owner = image.owner else { return nil }
        do throws(SystemCallError) {
            let file = try root.file(at: "/tmp/perf-\(owner.namespacePID).map")
            return file.status.owner == owner.user ? file : nil
        } catch {
            return nil  // Most processes have no JIT, or one that leaves no names.
        }
    }

    private func owner(of pid: Int32) -> Owner? {
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: "\(pid)/status")
            })
        else { return nil }
        var owner = Owner(namespacePID: pid, user: .max)
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split { $0 == "\t" || $0 == " " }
            if line.hasPrefix("NSpid:"), let last = fields.last.flatMap({ Int32($0) }) { owner.namespacePID = last }
            if line.hasPrefix("Uid:"), fields.count > 2, let user = UInt32(fields[2]) { owner.user = user }
        }
        return owner
    }

    private func index(_ key: Key, make: () -> Image) -> Int {
        if let known = state.withLock({ $0.indices[key] }) { return known }
        let image = make()
        return state.withLock { state in
            if let known = state.indices[key] { return known }
            state.images.append(image)
            state.indices[key] = state.images.count - 1
            return state.images.count - 1
        }
    }

    /// Opens the file of a mapping.
    private func open(_ mapping: PerfMapping, root: RootDirectory?) -> Image {
        var image = Image(kind: .file, name: mapping.path, buildID: [], root: root)
        let identity: MappedFile.Identity
        switch mapping.identity {
        case .unknown: identity = .unknown
        case .buildID(let buildID):
            identity = .buildID(buildID)
            image.buildID = buildID
        case .inode(_, _, let number): identity = .inode(number)
        }
        let opened = MappedFile.open(
            mapping.path, mappedAt: mapping.start..<mapping.end, pid: mapping.pid, root: root, identity: identity,
            proc: proc
        )
        switch opened {
        case .available(let mapped):
            image.file = mapped.file
            image.elf = mapped.elf
            image.buildID = mapped.elf.buildID
            image.unwind = UnwindImage(mapped.elf)
        case .unavailable(let reason, _):
            image.problem = reason
        }
        return image
    }

    /// Our own vDSO stands for everybody's: the kernel maps the same pages into every process.
    private static func vdso() -> Image {
        var image = Image(kind: .vdso, name: "[vdso]", buildID: [])
        // SAFETY: the kernel maps the vDSO's pages, at least one page, readable for the life of the process.
        guard let start = unsafe pd_vdso() else { return image }
        let bytes = RemoteMemory(pid: getpid()).memory(
            at: CodeAddress(rawValue: UInt64(UInt(bitPattern: start))), count: 4 * 4096
        )
        do throws(ElfError) {
            let elf = try ElfImage(bytes)
            image.elf = elf
            image.buildID = elf.buildID
            image.unwind = UnwindImage(elf)
        } catch {
            image.problem = error.summary
        }
        return image
    }
}
