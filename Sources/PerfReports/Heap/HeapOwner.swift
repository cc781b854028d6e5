import PerfModel
import PerfProfiles

/// The function of a program that a block is to be put down to: the first one outside of allocators and the runtime.
struct HeapOwner: Hashable {
    var name: String
    /// Empty when unknown.
    var file: String
    /// 0 when unknown.
    var line: Int

    /// `"Store.swift:42"`; empty when unknown.
    var place: String {
        guard !file.isEmpty else { return "" }
        let short = file.lastPathComponent.printable
        return line > 0 ? "\(short):\(line)" : short
    }

    /// Nil for a site without a stack.
    init?(_ site: HeapSites.Site, in profile: Profile) {
        var first: HeapOwner?
        for index in site.locations {
            let location = profile.locations[index]
            let module = location.mapping.map { profile.mappings[$0].file.lastPathComponent } ?? ""
            guard !location.lines.isEmpty else {
                let address = "0x" + String(location.address, radix: 16)
                first = first ?? HeapOwner(name: module.isEmpty ? address : "\(module)+\(address)", file: "", line: 0)
                continue
            }
            for line in location.lines {
                let function = profile.functions[line.function]
                let owner = HeapOwner(name: function.name, file: function.file, line: line.line)
                first = first ?? owner
                if !Self.isRuntime(function.name, module: module) {
                    self = owner
                    return
                }
            }
        }
        guard let first else { return nil }
        self = first
    }

    private init(name: String, file: String, line: Int) {
        self.name = name
        self.file = file
        self.line = line
    }

    /// Libraries that allocate for those who call them.
    private static let libraries = [
        "libc.so", "libc-", "ld-linux", "libstdc++", "libc++", "libswiftCore", "libswift_Concurrency", "libdispatch",
        "libBlocksRuntime", "libjemalloc", "libtcmalloc", "libmimalloc", "libpthread", "libm.so", "libgcc_s",
    ]
    /// Functions that allocate for those who call them, wherever they are linked into.
    private static let prefixes = [
        "swift_", "swift::", "Swift.", "static Swift.", "operator new", "std::", "__gnu_cxx::", "_swift_",
        "_dispatch_", "_PyObject_", "_PyMem_", "PyMem_", "PyObject_Malloc", "PyObject_Calloc", "PyObject_Realloc",
        "(extension in Swift)",
    ]

    private static let wholeNames: Set<String> = [
        "malloc", "calloc", "realloc", "reallocarray", "strdup", "strndup", "xmalloc", "xcalloc", "xrealloc", "xstrdup",
        "posix_memalign", "aligned_alloc", "memalign", "valloc", "new_arena", "pymalloc_alloc", "arena_map_get",
    ]

    static func isRuntime(_ name: String, module: String) -> Bool {
        if libraries.contains(where: module.hasPrefix) { return true }
        if wholeNames.contains(name) { return true }
        // Specializations, witnesses and closures in the program's own code of what the standard library defines.
        let plain = undecorated(name[...])
        if prefixes.contains(where: plain.hasPrefix) { return true }
        // Allocates for whoever makes the object.
        return name.contains(".__allocating_init(")
    }

    /// What a compiler makes of a function: the text that follows is the function's own name.
    private static let decorations = [
        "merged ", "protocol witness for ", "partial apply forwarder for ", "partial apply for ", "dispatch thunk of ",
        "generic specialization <", "generic not re-abstracted specialization <", "function signature specialization <",
    ]

    private static func undecorated(_ name: Substring) -> Substring {
        var name = name
        while let decoration = decorations.first(where: name.hasPrefix) {
            if decoration.hasSuffix("<") {
                guard let of = name.firstRange(of: "> of ") else { return name }
                name = name[of.upperBound...]
            } else {
                name = name.dropFirst(decoration.count)
            }
        }
        // `closure #1 (Int) -> Bool in Swift.f`: whose closure it is.
        if name.hasPrefix("closure #") || name.hasPrefix("implicit closure #"), let owner = name.firstRange(of: " in ")
        {
            return undecorated(name[owner.upperBound...])
        }
        return name
    }
}
