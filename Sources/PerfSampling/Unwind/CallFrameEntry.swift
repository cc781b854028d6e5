/// The frame of a CIE or an FDE: length, and what it refers to.
struct CallFrameEntry {
    /// Behind the id or CIE pointer.
    let cursor: CallFrameCursor
    /// Offset of the CIE pointer's field within the entry.
    let idPosition: Int
    let id: UInt64
    let isCommon: Bool

    /// Bytes of an entry with its length field, from the length field alone; nil at a terminator.
    static func byteCount(_ head: [UInt8]) -> UInt64? {
        var cursor = CallFrameCursor(head)
        let short = cursor.fixed(4)
        guard short != 0, !cursor.isBroken else { return nil }
        guard short == 0xFFFF_FFFF else { return short + 4 }
        let long = cursor.fixed(8)
        guard !cursor.isBroken, long < UInt64(1) << 40 else { return nil }
        return long + 12
    }

    init?(_ bytes: [UInt8], isDebugFrame: Bool) {
        guard let count = Self.byteCount(bytes), count <= UInt64(bytes.count) else { return nil }
        var cursor = CallFrameCursor(bytes, to: Int(count))
        let isLong = cursor.fixed(4) == 0xFFFF_FFFF
        if isLong { cursor.skip(8) }
        idPosition = cursor.position
        // In .eh_frame the field has four bytes in the 64-bit form, too.
        id = cursor.fixed(isLong && isDebugFrame ? 8 : 4)
        guard !cursor.isBroken else { return nil }
        isCommon = isDebugFrame ? id == 0xFFFF_FFFF || id == .max : id == 0
        self.cursor = cursor
    }
}

/// A CIE: what the functions of one compilation have in common.
struct CallFrameCommon {
    let architecture: UnwindArchitecture
    let isDebugFrame: Bool
    let isSignalFrame: Bool
    let codeAlignment: UInt64
    let dataAlignment: Int64
    let pointerEncoding: UInt8
    let hasAugmentationSize: Bool
    let instructions: [UInt8]

    init?(_ bytes: [UInt8], isDebugFrame: Bool, architecture: UnwindArchitecture = .x86_64) {
        guard let entry = CallFrameEntry(bytes, isDebugFrame: isDebugFrame), entry.isCommon else { return nil }
        var cursor = entry.cursor
        let version = cursor.byte()
        guard version == 1 || version == 3 || version == 4 else { return nil }
        var augmentation: [UInt8] = []
        while true {
            let next = cursor.byte()
            if next == 0 { break }
            augmentation.append(next)
            guard augmentation.count <= 8 else { return nil }
        }
        if version == 4 {
            // Sizes of addresses and segment selectors.
            guard cursor.byte() == 8, cursor.byte() == 0 else { return nil }
        }
        codeAlignment = cursor.unsignedLEB()
        dataAlignment = cursor.signedLEB()
        let column = version == 1 ? UInt64(cursor.byte()) : cursor.unsignedLEB()
        guard column == UInt64(architecture.returnAddress) else { return nil }

        var encoding: UInt8 = 0
        var isSignal = false
        var instructionsStart: Int?
        hasAugmentationSize = augmentation.first == UInt8(ascii: "z")
        if hasAugmentationSize {
            let count = cursor.unsignedLEB()
            guard count <= UInt64(cursor.end - cursor.position) else { return nil }
            instructionsStart = cursor.position + Int(count)
        }
        letters: for letter in augmentation.dropFirst(hasAugmentationSize ? 1 : 0) {
            switch letter {
            case UInt8(ascii: "R"): encoding = cursor.byte()
            case UInt8(ascii: "S"): isSignal = true
            // Which key signs return addresses, and memory tags: nothing that reading needs.
            case UInt8(ascii: "B"), UInt8(ascii: "G"): guard architecture == .aarch64 else { return nil }
            case UInt8(ascii: "L"): _ = cursor.byte()
            case UInt8(ascii: "P"):
                let format = cursor.byte() & 0x0F
                _ = cursor.pointer(encoding: format, address: 0)
            default:
                guard hasAugmentationSize else { return nil }
                break letters
            }
        }
        guard !cursor.isBroken, (1..<256).contains(codeAlignment), dataAlignment.magnitude < 256 else { return nil }
        self.architecture = architecture
        self.isDebugFrame = isDebugFrame
        isSignalFrame = isSignal
        pointerEncoding = encoding
        instructions = Array(cursor.bytes[(instructionsStart ?? cursor.position)..<cursor.end])
    }
}
