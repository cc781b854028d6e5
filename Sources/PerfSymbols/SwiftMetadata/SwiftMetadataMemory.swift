import PerfModel

/// Small reads of another process's memory, served from pages that are kept.
///
/// Nothing here trusts an address: every read is bounded, and what is not readable is nil.
struct SwiftMetadataMemory: Sendable {
    private static let pageSize: UInt64 = 4096
    /// In pages; then the pages are dropped and read anew.
    private static let mostPages = 8192
    /// User space of x86-64 and aarch64 with 48 bits of address, less one page so that sums do not overflow.
    private static let highestAddress: UInt64 = (1 << 48) - 4096

    private static let guessCount = 1024

    private struct Guess: Sendable {
        var number = UInt64.max
        var bytes: [UInt8] = []
    }

    private let source: any MemoryReader
    private var pages: [UInt64: [UInt8]] = [:]
    private var lastNumber = UInt64.max
    private var lastPage: [UInt8] = []
    /// Pages of guesses, each where its number modulo the count says; made on first use.
    private var guesses: [Guess] = []
    /// How often the process's memory was read.
    private(set) var readCount = 0

    init(source: any MemoryReader) {
        self.source = source
    }

    /// Forgets pages, which may have changed since they were read.
    mutating func forget() {
        pages = [:]
        guesses = []
        lastNumber = .max
        lastPage = []
    }

    /// Exactly `count` bytes, for addresses that are guesses: their pages never drive out those of metadata.
    mutating func probe(_ address: UInt64, count: Int) -> [UInt8]? {
        guard count >= 0, address >= Self.pageSize, address < Self.highestAddress else { return nil }
        let offset = Int(address % Self.pageSize)
        let number = address / Self.pageSize
        guard offset + count <= Int(Self.pageSize) else {
            let bytes = read(address, count)
            return bytes.count >= count ? bytes : nil
        }
        if let page = pages[number] { return Self.slice(page, offset, count) }
        let slot = Int(number % UInt64(Self.guessCount))
        if guesses.isEmpty { guesses = Array(repeating: Guess(), count: Self.guessCount) }
        if guesses[slot].number != number { guesses[slot] = Guess(number: number, bytes: readPage(number)) }
        return Self.slice(guesses[slot].bytes, offset, count)
    }

    mutating func byte(_ address: UInt64) -> UInt8? {
        guard address >= Self.pageSize, address < Self.highestAddress else { return nil }
        let number = address / Self.pageSize
        if number != lastNumber {
            lastPage = page(number)
            lastNumber = number
        }
        let offset = Int(address % Self.pageSize)
        return offset < lastPage.count ? lastPage[offset] : nil
    }

    mutating func word(_ address: UInt64) -> UInt64? { integer(address, size: 8) }
    mutating func uint32(_ address: UInt64) -> UInt32? {
        integer(address, size: 4).map { UInt32(truncatingIfNeeded: $0) }
    }
    mutating func uint16(_ address: UInt64) -> UInt16? {
        integer(address, size: 2).map { UInt16(truncatingIfNeeded: $0) }
    }

    /// Where a 32-bit offset from its own place leads; nil for none.
    mutating func relative(_ address: UInt64) -> UInt64? {
        guard let raw = uint32(address), raw != 0 else { return nil }
        return address &+ UInt64(bitPattern: Int64(Int32(bitPattern: raw)))
    }

    /// The same where the lowest bit says that the target holds the address.
    mutating func relativeIndirectable(_ address: UInt64) -> UInt64? {
        guard let target = relative(address) else { return nil }
        return target & 1 == 0 ? target : word(target & ~1)
    }

    /// A terminated string of UTF-8; nil when it does not end within `limit` bytes.
    mutating func string(_ address: UInt64, limit: Int = 1024) -> String? {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            guard let byte = byte(address &+ UInt64(bytes.count)) else { return nil }
            if byte == 0 { return String(validating: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }

    private static func slice(_ page: [UInt8], _ offset: Int, _ count: Int) -> [UInt8]? {
        offset + count <= page.count ? Array(page[offset..<offset + count]) : nil
    }

    private mutating func integer(_ address: UInt64, size: UInt64) -> UInt64? {
        var value: UInt64 = 0
        for index in 0..<size {
            guard let byte = byte(address &+ index) else { return nil }
            value |= UInt64(byte) << (8 * index)
        }
        return value
    }

    private mutating func page(_ number: UInt64) -> [UInt8] {
        if let known = pages[number] { return known }
        if pages.count >= Self.mostPages { pages = [:] }
        let bytes = readPage(number)
        pages[number] = bytes
        return bytes
    }

    private mutating func readPage(_ number: UInt64) -> [UInt8] {
        read(number * Self.pageSize, Int(Self.pageSize))
    }

    private mutating func read(_ address: UInt64, _ count: Int) -> [UInt8] {
        readCount += 1
        return source.memory(at: CodeAddress(rawValue: address), count: count)
    }
}
