/// Whose code a frame is: what the colours of a flame graph tell apart.
///
/// The raw value is the index that the page's script uses.
enum FrameCategory: Int, CaseIterable, Sendable {
    case own
    case swiftRuntime
    case systemLibrary
    case library
    case kernel
    case unknown
    /// No function: the type of what a stack allocated.
    case type
    /// No function either: blocks that are no objects.
    case rawMemory

    /// The name in the legend.
    var title: String {
        switch self {
        case .own: "Program"
        case .swiftRuntime: "Swift runtime and standard libraries"
        case .systemLibrary: "C and C++ system libraries"
        case .library: "Other libraries"
        case .kernel: "Kernel"
        case .unknown: "Unknown"
        case .type: "Types: what was allocated"
        case .rawMemory: "Raw memory: no Swift object"
        }
    }

    /// False for what stands at the tips of a heap recording's stacks.
    var isOfFunctions: Bool { self != .type && self != .rawMemory }

    init(_ function: FrameTrie.Function) {
        switch function.kind {
        case .function: self.init(name: function.name, module: function.module)
        case .type: self = .type
        case .rawMemory: self = .rawMemory
        }
    }

    /// Classifies by the module's path, and by the name where the runtime is linked into the program.
    init(name: String, module: String) {
        let file = module.split(separator: "/").last ?? ""
        if Self.isKernel(module: module, file: file) {
            self = .kernel
        } else if module.isEmpty {
            self = .unknown
        } else if Self.isSharedObject(file) {
            self = Self.libraryCategory(file)
        } else {
            self = Self.isSwiftRuntime(name) ? .swiftRuntime : .own
        }
    }

    private static func isKernel(module: String, file: Substring) -> Bool {
        module.hasPrefix("[kernel") || module.hasPrefix("[guest.kernel") || module == "[vdso]"
            || module == "[vsyscall]" || file.hasSuffix(".ko") || file.hasPrefix("vmlinux")
    }

    /// Whether a file name is a library's: `libfoo.so`, `libfoo.so.6`, `libc-2.36.so`.
    private static func isSharedObject(_ file: Substring) -> Bool {
        guard !file.hasSuffix(".so") else { return true }
        guard file.hasPrefix("lib") || file.hasPrefix("ld-") else { return false }
        return file.split(separator: ".").dropFirst().contains("so")
    }

    private static func libraryCategory(_ file: Substring) -> FrameCategory {
        let stem = file.prefix { $0 != "." && $0 != "-" }
        if stem.hasPrefix("libswift") || swiftLibraries.contains(stem) || stem.hasPrefix("lib_Foundation") {
            return .swiftRuntime
        }
        return systemLibraries.contains(stem) ? .systemLibrary : .library
    }

    private static let swiftLibraries: Set<Substring> = [
        "libFoundation", "libFoundationEssentials", "libFoundationInternationalization", "libFoundationNetworking",
        "libFoundationXML", "libdispatch", "libBlocksRuntime", "libXCTest", "libTesting",
    ]

    private static let systemLibraries: Set<Substring> = [
        "libc", "ld", "libm", "libpthread", "libdl", "librt", "libresolv", "libutil", "libanl", "libnss_files",
        "libstdc++", "libc++", "libc++abi", "libgcc_s", "libunwind", "libatomic",
    ]

    /// Whether a name inside the program belongs to a statically linked runtime.
    private static func isSwiftRuntime(_ name: String) -> Bool {
        var rest = name[...]
        // "generic specialization <…> of static Swift.Array…": the owner comes after these words.
        while true {
            if let word = qualifiers.first(where: { rest.hasPrefix($0) }) {
                rest = rest.dropFirst(word.count)
            } else if rest.hasPrefix("generic specialization <") || rest.hasPrefix("function signature special"),
                let end = rest.firstRange(of: "> of ")
            {
                rest = rest[end.upperBound...]
            } else {
                break
            }
        }
        return runtimePrefixes.contains { rest.hasPrefix($0) }
    }

    private static let qualifiers = [
        "specialized ", "static ", "merged ", "partial apply for ", "partial apply forwarder for ",
        "dispatch thunk of ", "protocol witness for ", "(extension in Swift):", "(extension in Foundation):",
        "(extension in FoundationEssentials):",
    ]

    private static let runtimePrefixes = [
        "swift_", "_swift_", "swift::", "Swift.", "_StringProcessing.", "_Concurrency.", "Foundation.",
        "FoundationEssentials.", "FoundationInternationalization.", "_FoundationCollections.", "Dispatch.",
        "_dispatch_", "dispatch_", "_Block_",
    ]
}
