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

    private let source: any MemoryReader
    private var pages: [UInt64: [UInt8]] = [:]
    private var lastNumber = UInt64.max
    private var lastPage: [UInt8] = []
    /// How often the process's memory was read.
    private(set) var readCount = 0

    init(source: any MemoryReader) {
        self.source = source
    }

    /// Forgets pages, which may have changed since they were read.
    mutating func forget() {
        pages = [:]
        lastNumber = .max
        lastPage = []
    }

    /// Exactly `count` bytes, which are kept only when their page is known already: for addresses that are guesses.
    mutating func probe(_ address: UInt64, count: Int) -> [UInt8]? {
        guard count >= 0, address >= Self.pageSize, address < Self.highestAddress else { return nil }
        let offset = Int(address % Self.pageSize)
        if offset + count <= Int(Self.pageSize), let page = pages[address / Self.pageSize] {
            return offset + count <= page.count ? Array(page[offset..<offset + count]) : nil
        }
        readCount += 1
        let bytes = source.memory(at: CodeAddress(rawValue: address), count: count)
        return bytes.count >= count ? bytes : nil
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
        readCount += 1
        let bytes = source.memory(at: CodeAddress(rawValue: number * Self.pageSize), count: Int(Self.pageSize))
        pages[number] = bytes
        return bytes
    }
}
