import CPerfSymbols
import Glibc
import PerfModel

/// The symbol table that Fedora and others keep in stripped files, compressed: `.gnu_debugdata`.
enum MiniDebugInfo {
    private static let largestCompressed: UInt64 = 32 << 20
    private static let largest = 128 << 20

    /// The embedded image; nil when there is none, or it is damaged, or liblzma is missing.
    static func image(in elf: ElfImage) -> ElfImage? {
        guard let section = elf.section(named: ".gnu_debugdata"), section.size <= largestCompressed else { return nil }
        let compressed = elf.contents(of: section)
        guard !compressed.isEmpty, let bytes = decoded(compressed) else { return nil }
        do {
            return try ElfImage(bytes)
        } catch {
            // Damage; the image has its exported names all the same.
            return nil
        }
    }

    static func decoded(_ compressed: [UInt8]) -> [UInt8]? {
        // The stream does not say in front how large it gets.
        var capacity = max(compressed.count * 6, 64 << 10)
        while capacity <= largest {
            var result = -Int(EINVAL)
            // SAFETY: the input is valid for its count; the decoder writes at most the buffer's count and returns
            // how much it wrote, which becomes the initialized count.
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                guard let start = buffer.baseAddress else { return }
                result = unsafe pd_xz_decode(compressed, compressed.count, start, buffer.count)
                initialized = max(result, 0)
            }
            if result >= 0 { return bytes }
            guard result == -Int(ENOBUFS) else { return nil }
            capacity *= 4
        }
        return nil
    }
}
