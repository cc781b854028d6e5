import PerfLinux

/// The types of the running kernel, as it describes them in BTF.
///
/// Source: kernel documentation, "BPF Type Format".
struct KernelTypes {
    enum Kind: UInt32 {
        case structure = 4
        case typedef = 8
        case variable = 14
    }

    struct Member: Hashable {
        /// Bytes from the start of the structure.
        var offset: Int
        var type: UInt32
    }

    private let bytes: [UInt8]
    private let strings: Int
    /// Where the description of each type begins; type 0 is `void`.
    private let types: [Int]

    private static let headerByteCount = 24
    private static let largest = 64 << 20

    /// Those of the running kernel; nil where it does not describe them.
    static func current() -> KernelTypes? {
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try ProcFileSystem(root: "/sys/kernel/btf").contents(of: "vmlinux", atMost: largest)
            })
        else { return nil }
        return KernelTypes(parsing: bytes)
    }

    /// Nil when it is cut or not of this machine's byte order.
    init?(parsing bytes: [UInt8]) {
        self.bytes = bytes
        guard bytes.count >= Self.headerByteCount, bytes[0] == 0x9F, bytes[1] == 0xEB else { return nil }
        let header = Int(Self.word(bytes, 4))
        let start = header + Int(Self.word(bytes, 8))
        let end = start + Int(Self.word(bytes, 12))
        strings = header + Int(Self.word(bytes, 16))
        guard end <= bytes.count, strings <= bytes.count else { return nil }
        var types = [0]
        var place = start
        while place + 12 <= end {
            types.append(place)
            let info = Self.word(bytes, place + 4)
            let count = Int(info & 0xFFFF)
            switch info >> 24 & 0x1F {
            case 1, 14, 17: place += 4  // integer, variable, declaration tag
            case 3: place += 12  // array
            case 4, 5, 15, 19: place += 12 * count  // structure, union, section, enumeration of 64 bits
            case 6, 13: place += 8 * count  // enumeration, function prototype
            default: break
            }
            place += 12
        }
        guard place == end else { return nil }
        self.types = types
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2]) << 16
            | UInt32(bytes[offset + 3]) << 24
    }

    private func isNamed(_ offset: UInt32, _ name: [UInt8]) -> Bool {
        let start = strings + Int(offset)
        guard start + name.count < bytes.count, bytes[start + name.count] == 0 else { return false }
        for index in name.indices where bytes[start + index] != name[index] { return false }
        return true
    }

    /// The number of a type.
    func type(_ kind: Kind, named name: String) -> UInt32? {
        let name = Array(name.utf8)
        for number in types.indices.dropFirst() {
            guard Self.word(bytes, types[number] + 4) >> 24 & 0x1F == kind.rawValue else { continue }
            if isNamed(Self.word(bytes, types[number]), name) { return UInt32(number) }
        }
        return nil
    }

    /// A member of a structure or union, those of anonymous ones inside it included.
    func member(_ name: String, of structure: UInt32) -> Member? {
        member(Array(name.utf8), of: structure, depth: 0)
    }

    private func member(_ name: [UInt8], of structure: UInt32, depth: Int) -> Member? {
        guard Int(structure) < types.count, structure > 0, depth < 8 else { return nil }
        let place = types[Int(structure)]
        let info = Self.word(bytes, place + 4)
        guard [4, 5].contains(info >> 24 & 0x1F) else { return nil }
        for index in 0..<Int(info & 0xFFFF) {
            let entry = place + 12 + 12 * index
            let type = Self.word(bytes, entry + 4)
            let bits = Self.word(bytes, entry + 8)
            let offset = Int(info >> 31 == 0 ? bits : bits & 0xFF_FFFF) / 8
            if isNamed(Self.word(bytes, entry), name) { return Member(offset: offset, type: type) }
            guard isNamed(Self.word(bytes, entry), []) else { continue }
            if var inner = member(name, of: type, depth: depth + 1) {
                inner.offset += offset
                return inner
            }
        }
        return nil
    }
}
