import PerfLinux
import PerfModel
import Synchronization

/// Finds functions, files and lines for addresses.
///
/// Give it all addresses of an image at once: tables are read for the call and not kept. Names are demangled once.
package final class Symbolizer: Sendable {
    private struct State {
        var worker: WorkerClient
        var names: [String: String] = [:]
        var kernel: Availability<KernelSymbols>?
        /// What `kernel` has names for.
        var kernelAddresses: Set<UInt64> = []
        var hasReportedLibrary = false
        var hasReportedWorker = false
    }

    private let state: Mutex<State>
    private let hostRoot: RootDirectory?

    /// Symbolizes with workers made from `workerExecutable`, whose main must call ``SymbolWorker/runIfRequested()``.
    ///
    /// - Parameters:
    ///   - workerExecutable: the program to start; by default this one.
    ///   - hostRoot: where debug files are looked up after the target's own root; nil for nowhere.
    ///   - timeout: how long a worker may take for one image.
    package init(
        workerExecutable: String = "/proc/self/exe", hostRoot: RootDirectory? = nil,
        timeout: Duration = .seconds(30)
    ) {
        state = Mutex(State(worker: WorkerClient(executable: workerExecutable, timeout: timeout)))
        self.hostRoot = hostRoot
    }

    /// Frames at addresses of one image, in any order.
    package func frames(of image: SymbolImage, at addresses: [ImageAddress]) -> SymbolizedImage {
        state.withLock { state in
            switch image.kind {
            case .kernel: Self.kernelFrames(at: addresses, state: &state)
            case .perfMap(let file): Self.perfMapFrames(file, at: addresses, state: &state)
            case .elf(let file, let root):
                elfFrames(image, source: file, file: file, root: root, at: addresses, state: &state)
            case .bytes(let bytes):
                elfFrames(image, source: bytes, file: nil, root: nil, at: addresses, state: &state)
            }
        }
    }

    /// Demangled names of those that are mangled; names that are not, or that nobody can demangle, are left out.
    package func demangled(_ names: some Sequence<String>) -> [String: String] {
        let mangled = Set(names.lazy.filter(Demangler.isMangled)).sorted()
        guard !mangled.isEmpty else { return [:] }
        return state.withLock { state in
            var result: [String: String] = [:]
            for (name, demangled) in zip(mangled, state.worker.names(for: mangled)) {
                if let demangled { result[name] = demangled }
            }
            return result
        }
    }

    // MARK: kernel and run-time code

    private static func kernelFrames(at addresses: [ImageAddress], state: inout State) -> SymbolizedImage {
        let raw = addresses.map(\.rawValue)
        if state.kernel == nil || !state.kernelAddresses.isSuperset(of: raw) {
            state.kernelAddresses.formUnion(raw)
            state.kernel = KernelSymbols.load(naming: Array(state.kernelAddresses))
        }
        guard let kernel = state.kernel else { return SymbolizedImage(frames: addresses.map { _ in [] }) }
        switch kernel {
        case .unavailable(let reason, let remedy):
            let warning = Warning(
                code: "kernel_symbols_hidden", message: "kernel functions have no names: \(reason)",
                remedy: remedy ?? "use a kernel that was built with CONFIG_KALLSYMS"
            )
            return SymbolizedImage(frames: addresses.map { _ in [] }, isStripped: true, warnings: [warning])
        case .available(let symbols):
            let frames = addresses.map { address -> [SourceFrame] in
                symbols.symbol(at: address.rawValue).map { symbol in
                    let name = CompilerSuffix.removed(from: symbol.name)
                    let shown = symbol.module.isEmpty ? name : "\(name) [\(symbol.module)]"
                    return [SourceFrame(name: shown, systemName: symbol.name)]
                } ?? []
            }
            return SymbolizedImage(frames: frames, hasSymbolTable: true)
        }
    }

    private static func perfMapFrames(
        _ file: OpenFile, at addresses: [ImageAddress], state: inout State
    ) -> SymbolizedImage {
        let map = PerfMap(file)
        var frames = addresses.map { address in
            map.name(at: address.rawValue).map { [SourceFrame(name: $0, systemName: $0)] } ?? []
        }
        demangle(&frames, state: &state)
        return SymbolizedImage(frames: frames, hasSymbolTable: !map.isEmpty)
    }

    // MARK: images

    private func elfFrames(
        _ image: SymbolImage, source: any ByteSource, file: OpenFile?, root: RootDirectory?,
        at addresses: [ImageAddress], state: inout State
    ) -> SymbolizedImage {
        var result = SymbolizedImage(frames: [])
        let elf: ElfImage
        do throws(ElfError) {
            if let known = image.elf { elf = known } else { elf = try ElfImage(source) }
        } catch {
            result.frames = addresses.map { _ in [] }
            result.warnings.append(
                Warning(
                    code: "unreadable_image", message: "\(image.path.printable): \(error.summary)",
                    remedy: error.remedy ?? "check the file"
                )
            )
            return result
        }
        let files = ImageFiles(
            elf: elf, file: file, path: image.path,
            search: DebugFileSearch(roots: [root, hostRoot].compactMap { $0 })
        )
        let table = files.symbolTable(known: image.symbols)
        let wanted = Set(addresses).sorted()
        let found = Self.debugFrames(files, at: wanted, path: image.path, result: &result, state: &state)
        result.hasSymbolTable = !table.isEmpty
        result.isStripped = !table.isComplete
        result.debugFile = files.debug?.path

        var frames = wanted.indices.map { index in
            Self.merged(found?[index] ?? [], table.symbol(containing: wanted[index]), table: table)
        }
        Self.demangle(&frames, state: &state)
        let unknown = frames.count { $0.isEmpty }
        result.warnings += files.warnings(
            path: image.path, unknown: unknown, total: frames.count, isStripped: result.isStripped,
            hasDebugInfo: result.hasDebugInfo
        )
        var positions: [ImageAddress: Int] = [:]
        for (index, address) in wanted.enumerated() { positions[address] = index }
        result.frames = addresses.map { address in positions[address].map { frames[$0] } ?? [] }
        return result
    }

    private static func debugFrames(
        _ files: ImageFiles, at addresses: [ImageAddress], path: String, result: inout SymbolizedImage,
        state: inout State
    ) -> [[FramesReply.Frame]]? {
        guard let file = files.fileWithDebugInformation, !addresses.isEmpty else { return nil }
        switch state.worker.frames(at: addresses, file: file, alternative: files.alternative) {
        case .found(let frames):
            result.hasDebugInfo = true
            return frames
        case .noDebugInformation:
            return nil
        case .libraryMissing:
            result.hasDebugInfo = true
            if !state.hasReportedLibrary {
                result.warnings.append(
                    Warning(
                        code: "libdw_missing",
                        message: "files, lines and inlined functions are missing: libdw.so.1 is not installed",
                        remedy: "apt-get install libdw1"
                    )
                )
                state.hasReportedLibrary = true
            }
            return nil
        case .failed:
            result.hasDebugInfo = true
            result.warnings += failure(path: path, state: &state)
            return nil
        }
    }

    private static func failure(path: String, state: inout State) -> [Warning] {
        guard state.worker.isUnusable else {
            return [
                Warning(
                    code: "debug_info_unreadable",
                    message: "\(path.printable): no lines and inlined functions, because the helper that reads its "
                        + "debug information crashed, ran out of memory or took too long",
                    remedy: "check the file: eu-elflint --gnu-ld \(path.printable)"
                )
            ]
        }
        if state.hasReportedWorker { return [] }
        state.hasReportedWorker = true
        return [
            Warning(
                code: "symbol_helper_missing",
                message: "files, lines, inlined functions and demangled names are missing: the helper that reads them "
                    + "could not be started",
                remedy: "mount /proc, and check that the limits on processes allow another one: ulimit -u"
            )
        ]
    }

    // MARK: names

    /// Joins what the debug information and the symbol table say about one address.
    private static func merged(
        _ frames: [FramesReply.Frame], _ symbol: Symbol?, table: SymbolTable
    ) -> [SourceFrame] {
        guard !frames.isEmpty else {
            return symbol.map { [SourceFrame(name: $0.name, systemName: $0.name)] } ?? []
        }
        return frames.compactMap { frame in
            let name = frame.isInlined ? frame.name : Self.name(of: frame, symbol: symbol, table: table)
            guard !name.isEmpty else { return nil }
            return SourceFrame(
                name: name, systemName: name, file: frame.file, line: frame.line, startLine: frame.startLine,
                isInlined: frame.isInlined
            )
        }
    }

    /// The name of the function that was not inlined.
    ///
    /// A mangled name in the debug information knows best, except for a funclet or clone, which only the symbol tells
    /// apart. For C, the symbol is the name that people call: `malloc`, not `__libc_malloc`.
    private static func name(of frame: FramesReply.Frame, symbol: Symbol?, table: SymbolTable) -> String {
        guard let symbol else { return frame.name }
        if frame.isMangled {
            return symbol.name.utf8.starts(with: frame.name.utf8) ? symbol.name : frame.name
        }
        return frame.name.isEmpty || table.isComplete ? symbol.name : frame.name
    }

    /// Replaces mangled names by demangled ones, and drops a thunk around the inlined body that has its name now.
    private static func demangle(_ frames: inout [[SourceFrame]], state: inout State) {
        var wanted: Set<String> = []
        for list in frames {
            for frame in list where state.names[frame.systemName] == nil {
                if Demangler.isMangled(frame.systemName) {
                    wanted.insert(frame.systemName)
                } else {
                    state.names[frame.systemName] = CompilerSuffix.removed(from: frame.systemName)
                }
            }
        }
        let mangled = wanted.sorted()
        for (name, demangled) in zip(mangled, state.worker.names(for: mangled)) {
            state.names[name] = demangled ?? name
        }
        for index in frames.indices {
            for position in frames[index].indices {
                let name = frames[index][position].systemName
                frames[index][position].name = state.names[name] ?? name
            }
            dropThunks(&frames[index])
        }
        completeDeclarations(&frames)
    }

    /// Gives every piece of a function the declaration that one of its pieces knows.
    ///
    /// The Swift compiler records it for some funclets and specializations only.
    private static func completeDeclarations(_ frames: inout [[SourceFrame]]) {
        var known: [String: (file: String, line: Int)] = [:]
        for list in frames {
            for frame in list where frame.startLine > 0 && !frame.file.isEmpty {
                known[frame.name] = (frame.file, frame.startLine)
            }
        }
        for index in frames.indices {
            for position in frames[index].indices where frames[index][position].startLine == 0 {
                guard let declaration = known[frames[index][position].name] else { continue }
                frames[index][position].startLine = declaration.line
                if frames[index][position].file.isEmpty {
                    frames[index][position].file = declaration.file
                    frames[index][position].line = declaration.line
                }
            }
        }
    }

    private static func dropThunks(_ frames: inout [SourceFrame]) {
        var index = 1
        while index < frames.count {
            let inner = frames[index - 1]
            let outer = frames[index]
            if inner.isInlined, inner.name == outer.name, inner.systemName != outer.systemName {
                frames[index - 1].isInlined = outer.isInlined
                frames.remove(at: index)
            } else {
                index += 1
            }
        }
    }
}
