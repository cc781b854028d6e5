import PerfModel
import PerfSymbols

/// Tells whether a function is one that nobody in the program calls: where a whole stack ends.
enum RootFunctions {
    /// Symbols of process and thread entry in glibc, musl, the dynamic linker and runtimes that switch stacks.
    private static let names: Set<String> = [
        "_start", "main", "__libc_start_main", "__libc_start_main_impl", "__libc_start_call_main",
        "libc_start_main_stage2", "generic_start_main", "_start_c", "start_thread", "clone", "__clone", "clone3",
        "__clone3", "__clone_internal", "_dl_start_user", "_dl_start", "_dlstart", "_dlstart_c", "runtime.goexit",
        "runtime.goexit.abi0", "runtime.mstart", "runtime.mstart.abi0", "runtime.rt0_go", "runtime.rt0_go.abi0",
    ]

    /// Bytes of `_start` behind the entry point up to where it can call, in images without symbols.
    private static let entryLength: UInt64 = 64

    static func contains(_ address: CodeAddress, in space: AddressSpace) -> Bool {
        guard let index = space.regionIndex(containing: address), let image = space.regions[index].image else {
            return false
        }
        let place = space.regions[index].imageAddress(of: address)
        if let symbol = image.symbols.symbol(containing: place) {
            if symbol.range.contains(image.elf.entry) { return true }
            let name = symbol.name.prefix { $0 != "@" }
            // SwiftPM gives an executable's main a second name, <module>_main, and the symbol table keeps one of them.
            return names.contains(String(name)) || (image.elf.entry.rawValue != 0 && name.hasSuffix("_main"))
        }
        let entry = image.elf.entry.rawValue
        return entry != 0 && place.rawValue >= entry && place.rawValue - entry < entryLength
    }
}
