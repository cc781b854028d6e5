import PerfLinux
import PerfModel

/// An image together with the files that tell more about it.
struct ImageFiles {
    let elf: ElfImage
    let debug: DebugFileSearch.DebugFile?
    /// The image's own file or its debug file, whichever has debug information.
    let fileWithDebugInformation: OpenFile?
    let alternative: OpenFile?

    init(elf: ElfImage, file: OpenFile?, path: String, search: DebugFileSearch) {
        self.elf = elf
        let hasOwn = file != nil && Self.hasDebugInformation(elf)
        debug = hasOwn ? nil : search.debugFile(of: elf, path: path)
        if hasOwn {
            fileWithDebugInformation = file
            alternative = search.alternative(of: elf, path: path)
        } else if let debug, Self.hasDebugInformation(debug.elf) {
            fileWithDebugInformation = debug.file
            alternative = search.alternative(of: debug.elf, path: debug.path)
        } else {
            fileWithDebugInformation = nil
            alternative = nil
        }
    }

    private static func hasDebugInformation(_ elf: ElfImage) -> Bool {
        elf.section(named: ".debug_info") != nil || elf.section(named: ".zdebug_info") != nil
    }

    /// What the image and its debug file name; `known` is what the image names by itself.
    func symbolTable(known: SymbolTable?) -> SymbolTable {
        if debug == nil, let known { return known }
        return SymbolTable([elf] + (debug.map { [$0.elf] } ?? []))
    }

    func warnings(path: String, unknown: Int, total: Int, isStripped: Bool, hasDebugInfo: Bool) -> [Warning] {
        guard total > 0, path.utf8.first == UInt8(ascii: "/") else { return [] }
        if isStripped && unknown > 0 {
            return [
                Warning(
                    code: "stripped",
                    message: "\(path.printable) is stripped: \(unknown) of \(total) addresses have no name",
                    remedy: Self.remedy(path: path)
                )
            ]
        }
        // The toolchain's libraries have no debug information that anybody could install.
        if !hasDebugInfo && !path.contains("/swift/linux/") {
            return [
                Warning(
                    code: "no_debug_info",
                    message: "\(path.printable) has no debug information: no files, lines and inlined functions",
                    remedy: Self.remedy(path: path)
                )
            ]
        }
        return []
    }

    private static let cLibrary: Set<Substring> = [
        "libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2",
        "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
    ]

    private static func remedy(path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        if cLibrary.contains(name) { return "apt-get install libc6-dbg" }
        let isPackaged = ["/usr/lib/", "/usr/bin/", "/usr/sbin/", "/lib/", "/lib64/", "/bin/", "/sbin/"].contains {
            path.utf8.starts(with: $0.utf8)
        }
        return isPackaged
            ? "install the -dbgsym package of: dpkg -S \(path.printable)"
            : "build with -g and do not strip it: swift build -c release -Xswiftc -g"
    }
}
