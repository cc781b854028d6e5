import PerfModel

extension MemoryUse {
    /// Sums the ranges of an smaps file; lines of another form are left out.
    package init(smaps: [UInt8]) {
        self.init()
        var map: ProcessRange?
        var previousWasGuard = false
        for line in smaps.split(separator: UInt8(ascii: "\n")) {
            if let next = ProcessRange(line) {
                previousWasGuard = map?.isGuard == true && map?.end == next.start
                map = next
                map?.isBehindGuard = previousWasGuard
                continue
            }
            guard let map, let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let fields = line[(colon + 1)...].split(separator: UInt8(ascii: " "))
            guard let number = fields.first.flatMap({ UInt64(String(decoding: $0, as: UTF8.self)) }) else { continue }
            let bytes = number.multipliedReportingOverflow(by: 1024)
            guard !bytes.overflow else { continue }
            add(bytes.partialValue, key: String(decoding: line[..<colon], as: UTF8.self), map)
        }
    }

    private mutating func add(_ bytes: UInt64, key: String, _ map: ProcessRange) {
        if map.path.hasPrefix("/memfd:perfdoctor-heap") {
            if key == "Rss" { tracker &+= bytes }
            return
        }
        switch key {
        case "Size": if map.isHeap { heapMapped &+= bytes }
        case "Pss": proportional &+= bytes
        case "Anonymous": anonymous &+= bytes
        case "Swap": swapped &+= bytes
        case "Rss":
            resident &+= bytes
            switch map.kind {
            case .heap: heap &+= bytes
            case .stack: stacks &+= bytes
            case .mapped: mapped &+= bytes
            case .shared: shared &+= bytes
            case .file: file &+= bytes
            }
        default: break
        }
    }
}

/// The head line of a range in smaps.
private struct ProcessRange {
    enum Kind {
        case heap, stack, mapped, shared, file
    }

    var start: UInt64
    var end: UInt64
    var permissions: String
    var path: String
    var isBehindGuard = false

    init?(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
        guard fields.count >= 5 else { return nil }
        let bounds = fields[0].split(separator: UInt8(ascii: "-"))
            .map { UInt64(String(decoding: $0, as: UTF8.self), radix: 16) }
        guard bounds.count == 2, let start = bounds[0], let end = bounds[1], start < end else { return nil }
        self.start = start
        self.end = end
        permissions = String(decoding: fields[1], as: UTF8.self)
        let name = fields.count > 5 ? fields[5].drop { $0 == UInt8(ascii: " ") } : []
        path = String(decoding: name, as: UTF8.self)
    }

    var isGuard: Bool { permissions.hasPrefix("---") && path.isEmpty }

    /// `[heap]`, or an arena of a thread: glibc aligns those to 64 MiB.
    var isHeap: Bool {
        path == "[heap]"
            || (path.isEmpty && permissions.hasPrefix("rw-p") && start & ((64 << 20) - 1) == 0
                && end - start <= 64 << 20)
    }

    var kind: Kind {
        if isHeap { return .heap }
        if path == "[stack]" || (isBehindGuard && path.isEmpty && permissions.hasPrefix("rw-p")) { return .stack }
        if path.isEmpty || path.hasPrefix("[anon") { return .mapped }
        if path.hasPrefix("/memfd:") || path.hasPrefix("/dev/shm/") || path.hasPrefix("/SYSV") || path == "/dev/zero" {
            return .shared
        }
        return .file
    }
}
