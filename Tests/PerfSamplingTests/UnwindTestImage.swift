import PerfModel
import PerfSymbols
import Testing

@testable import PerfSampling

/// A small ELF image made by hand: code, call frame information and symbols at addresses equal to file offsets.
struct UnwindTestImage {
    struct Function {
        var name: String
        /// Address of the first byte.
        var start: UInt64
        var count: UInt64
    }

    static let codeStart: UInt64 = 0x1000
    static let ehFrameStart: UInt64 = 0x4000
    static let headerStart: UInt64 = 0x5000
    static let debugFrameStart: UInt64 = 0x6000
    static let symbolsStart: UInt64 = 0x7000
    static let byteCount = 0x9000

    var code: [UInt8] = []
    var functions: [Function] = []
    /// FDE instructions by function name; functions without an entry have no FDE.
    var callFrames: [String: [UInt8]] = [:]
    var signalFrames: Set<String> = []
    var hasSearchTable = true
    var isDebugFrame = false
    var isStripped = false
    var entry = "_start"
    /// Instructions of the CIE: CFA = rsp + 8, return address at CFA - 8.
    var initial: [UInt8] = [0x0C, 7, 8, 0x90, 1]

    /// Adds a function and returns the address of its first byte.
    @discardableResult
    mutating func add(_ name: String, _ bytes: [UInt8], callFrame: [UInt8]? = nil, isSignal: Bool = false) -> UInt64 {
        let start = Self.codeStart + UInt64(code.count)
        functions.append(Function(name: name, start: start, count: UInt64(bytes.count)))
        code += bytes
        while code.count % 16 != 0 { code.append(0xCC) }
        if let callFrame { callFrames[name] = callFrame }
        if isSignal { signalFrames.insert(name) }
        return start
    }

    func address(_ name: String, _ offset: Int = 0) -> UInt64 {
        guard let function = functions.first(where: { $0.name == name }) else {
            Issue.record("no function \(name)")
            return 0
        }
        return function.start + UInt64(offset)
    }

    var bytes: [UInt8] {
        var file = [UInt8](repeating: 0, count: Self.byteCount)
        func put(_ value: UInt64, _ count: Int, _ position: UInt64) {
            for index in 0..<count {
                file[Int(position) + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
            }
        }
        func put(_ bytes: [UInt8], _ position: UInt64) {
            file.replaceSubrange(Int(position)..<Int(position) + bytes.count, with: bytes)
        }
        put([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1], 0)
        put(3, 2, 16)
        put(62, 2, 18)
        put(1, 4, 20)
        put(functions.first { $0.name == entry }?.start ?? 0, 8, 24)
        put(64, 8, 32)
        put(64, 2, 52)
        put(56, 2, 54)
        let frame = callFrameSection
        let segments: [(type: UInt64, flags: UInt64, start: UInt64, count: UInt64)] =
            [(1, 5, 0, UInt64(Self.byteCount))]
            + (hasSearchTable && !isDebugFrame ? [(0x6474_E550, 4, Self.headerStart, 0x1000)] : [])
        put(UInt64(segments.count), 2, 56)
        for (index, segment) in segments.enumerated() {
            let start = 64 + UInt64(index) * 56
            put(segment.type, 4, start)
            put(segment.flags, 4, start + 4)
            for field: UInt64 in [8, 16, 24] { put(segment.start, 8, start + field) }
            put(segment.count, 8, start + 32)
            put(segment.count, 8, start + 40)
        }
        put(code, Self.codeStart)
        put(frame.bytes, isDebugFrame ? Self.debugFrameStart : Self.ehFrameStart)
        if hasSearchTable, !isDebugFrame {
            put([1, 0x1B, 0x03, 0x3B], Self.headerStart)
            put(Self.ehFrameStart &- (Self.headerStart + 4), 4, Self.headerStart + 4)
            put(UInt64(frame.entries.count), 4, Self.headerStart + 8)
            for (index, entry) in frame.entries.enumerated() {
                let place = Self.headerStart + 12 + UInt64(index) * 8
                put(entry.start &- Self.headerStart, 4, place)
                put(Self.ehFrameStart + entry.position &- Self.headerStart, 4, place + 4)
            }
        }
        putSections(frameCount: frame.bytes.count, put: put, putBytes: put)
        return file
    }

    private func putSections(
        frameCount: Int, put: (UInt64, Int, UInt64) -> Void, putBytes: ([UInt8], UInt64) -> Void
    ) {
        guard !isStripped || isDebugFrame else { return }
        var strings: [UInt8] = [0]
        func name(_ text: String) -> UInt64 {
            defer { strings += Array(text.utf8) + [0] }
            return UInt64(strings.count)
        }
        let tableStart = Self.symbolsStart
        let stringsStart = Self.symbolsStart + 0x800
        let headersStart = Self.symbolsStart + 0x1800
        let visible = isStripped ? [] : functions
        for (index, function) in visible.enumerated() {
            let start = tableStart + UInt64(index + 1) * 24
            put(name(function.name), 4, start)
            put(0x12, 1, start + 4)
            put(1, 2, start + 6)
            put(function.start, 8, start + 8)
            put(function.count, 8, start + 16)
        }
        var sections: [(name: UInt64, type: UInt64, flags: UInt64, start: UInt64, count: UInt64, link: UInt64)] = [
            (0, 0, 0, 0, 0, 0),
            (name(".text"), 1, 6, Self.codeStart, UInt64(code.count), 0),
            (name(".symtab"), 2, 0, tableStart, UInt64(visible.count + 1) * 24, 3),
            (name(".strtab"), 3, 0, stringsStart, 0x800, 0),
        ]
        if isDebugFrame {
            sections.append((name(".debug_frame"), 1, 0, Self.debugFrameStart, UInt64(frameCount), 0))
        } else {
            sections.append((name(".eh_frame"), 1, 2, Self.ehFrameStart, UInt64(frameCount), 0))
        }
        putBytes(strings, stringsStart)
        for (index, section) in sections.enumerated() {
            let start = headersStart + UInt64(index) * 64
            put(section.name, 4, start)
            put(section.type, 4, start + 4)
            put(section.flags, 8, start + 8)
            put(section.start, 8, start + 16)
            put(section.start, 8, start + 24)
            put(section.count, 8, start + 32)
            put(section.link, 4, start + 40)
            put(section.type == 2 ? 24 : 0, 8, start + 56)
        }
        put(headersStart, 8, 40)
        put(64, 2, 58)
        put(UInt64(sections.count), 2, 60)
        put(3, 2, 62)
    }

    /// CIEs and FDEs, and where the FDE of each function is.
    private var callFrameSection: (bytes: [UInt8], entries: [(start: UInt64, position: UInt64)]) {
        var bytes: [UInt8] = []
        var entries: [(start: UInt64, position: UInt64)] = []
        func number(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        }
        func append(_ body: [UInt8]) -> Int {
            var body = body
            while (body.count + 4) % 8 != 0 { body.append(0) }
            let start = bytes.count
            bytes += number(UInt64(body.count), 4) + body
            return start
        }
        for function in functions {
            guard let instructions = callFrames[function.name] else { continue }
            let isSignal = signalFrames.contains(function.name)
            if isDebugFrame {
                let cie = append([0xFF, 0xFF, 0xFF, 0xFF, 3, 0, 1, 0x78, 16] + initial)
                let fde = append(
                    number(UInt64(cie), 4) + number(function.start, 8) + number(function.count, 8) + instructions)
                entries.append((function.start, UInt64(fde)))
                continue
            }
            let augmentation = Array((isSignal ? "zRS" : "zR").utf8)
            let cie = append([0, 0, 0, 0, 1] + augmentation + [0, 1, 0x78, 16, 1, 0x1B] + initial)
            let fde = UInt64(bytes.count)
            let field = Self.ehFrameStart + fde + 8
            _ = append(
                number(fde + 4 - UInt64(cie), 4) + number(function.start &- field, 4) + number(function.count, 4)
                    + [0] + instructions)
            entries.append((function.start, fde))
        }
        bytes += [0, 0, 0, 0]
        return (bytes, entries.sorted { $0.start < $1.start })
    }
}

/// A thread's stack made by hand, over one image that is mapped at `base`.
struct UnwindTestScene {
    static let base: UInt64 = 0x5555_5000_0000
    static let stackStart: UInt64 = 0x7FFF_0000_1000

    var image: UnwindTestImage
    var registers = UserRegisters()
    /// Words from the stack pointer on.
    var stack: [UInt64] = []
    var callchain: [UInt64] = []
    var isStackCut = false

    init(_ image: UnwindTestImage) {
        self.image = image
        registers.sp = Self.stackStart
    }

    func at(_ name: String, _ offset: Int = 0) -> UInt64 { Self.base + image.address(name, offset) }

    func space(_ bytes: [UInt8]? = nil) throws -> AddressSpace {
        let mapped = try UnwindImage(source: bytes ?? image.bytes)
        return AddressSpace([
            AddressSpace.Region(
                start: CodeAddress(rawValue: Self.base),
                end: CodeAddress(rawValue: Self.base + UInt64(UnwindTestImage.byteCount)),
                fileOffset: FileOffset(rawValue: 0), image: mapped)
        ])
    }

    /// Frames as `name`, those that are guesses with a `?`.
    ///
    /// Without an unwinder all that should agree are asked.
    func unwound(_ unwinder: (any Unwinder)? = nil) throws -> (frames: [String], end: StackEnd) {
        let space = try space()
        var frames: [UnwoundFrame] = []
        let end = unwind(unwinder ?? LibunwindUnwinder(), space, &frames)
        if unwinder == nil {
            // Twice: with a cold and with a warm cache.
            let byRows = RowCacheUnwinder()
            for _ in 0..<2 {
                var other: [UnwoundFrame] = []
                #expect(unwind(byRows, space, &other) == end)
                #expect(other == frames)
            }
        }
        let names = frames.map { frame in
            let place = frame.address.rawValue &- Self.base
            let function = image.functions.first { place >= $0.start && place < $0.start + $0.count }
            return (function?.name ?? "-") + (frame.isGuess ? "?" : "")
        }
        return (names, end)
    }

    func unwind(_ unwinder: any Unwinder, _ space: AddressSpace, _ frames: inout [UnwoundFrame]) -> StackEnd {
        // SAFETY: the arrays outlive the call.
        unsafe stack.withUnsafeBytes { stack in
            unsafe callchain.withUnsafeBufferPointer { callchain in
                unsafe unwinder.unwind(
                    CapturedStack(
                        registers: registers, stack: stack, callchain: callchain, isStackCut: isStackCut),
                    in: space, into: &frames)
            }
        }
    }
}
