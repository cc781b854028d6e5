import PerfLinux
import PerfModel

extension HeapRoots {
    /// The roots of a process that stands still.
    ///
    /// - Parameters:
    ///   - maps: all of its mappings.
    ///   - threads: with their registers.
    ///   - heap: ranges that blocks lie in, whose words outside of blocks are no references; rising, not overlapping.
    package init(maps: [ProcessMap], threads: [ProcessSnapshot.Thread], heap: [Range<UInt64>]) {
        self.init(words: threads.flatMap(\.words))
        let pointers = threads.map(\.stackPointer)
        var before: ProcessMap?
        // Where the variables of a file end that begin as zeros, which have no name of their own.
        var end: CodeAddress?
        for map in maps {
            let isOfFile = map.path.hasPrefix("/") || map.path.isEmpty && map.start == end
            defer {
                before = map
                end = isOfFile && map.isWritable ? map.end : nil
            }
            guard map.isReadable && map.isWritable && !map.path.hasPrefix("/memfd:perfdoctor-heap")
            else { continue }
            // Devices may answer to being read.
            guard !map.path.hasPrefix("/dev/") || map.path.hasPrefix("/dev/shm/") || map.path == "/dev/zero" else {
                continue
            }
            var range = map.start.rawValue..<map.end.rawValue
            let pointer = pointers.filter { range.contains($0) }.min()
            // What lies below the stack pointer of a thread is left over, but for what leaf functions use. A stack has
            // a guard below it; where there is none, other things may be there.
            let hasGuard = map.path == "[stack]" || before.map { $0.end == map.start && !$0.isReadable } ?? false
            if hasGuard, let pointer {
                range = max(range.lowerBound, (pointer &- Self.redZone) & ~7)..<range.upperBound
            }
            let parts = Self.parts(of: range, without: heap)
            if pointer != nil {
                self.stacks += parts
            } else if map.isShared {
                ranges += parts
            } else if isOfFile {
                copied += parts
            } else {
                anonymous += parts
            }
        }
    }

    /// Bytes below the stack pointer that functions may use without moving it.
    private static let redZone: UInt64 = 128

    /// What is left of a range.
    static func parts(of range: Range<UInt64>, without holes: [Range<UInt64>]) -> [Range<UInt64>] {
        var result: [Range<UInt64>] = []
        var start = range.lowerBound
        for hole in holes where hole.upperBound > start && hole.lowerBound < range.upperBound {
            if hole.lowerBound > start { result.append(start..<hole.lowerBound) }
            start = hole.upperBound
            if start >= range.upperBound { break }
        }
        if start < range.upperBound { result.append(start..<range.upperBound) }
        return result
    }
}
