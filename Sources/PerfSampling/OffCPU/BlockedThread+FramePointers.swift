import PerfLinux

extension BlockedThread {
    /// Where a frame pointer may point to: places near the top of the stack that hold the address of a place further
    /// up, above a return address; innermost first.
    func framePointers(in stack: [UInt8], isCode: (UInt64) -> Bool) -> [UInt64] {
        func word(_ offset: Int) -> UInt64? {
            guard offset >= 0, offset <= stack.count - 8 else { return nil }
            return stack[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        var found: [UInt64] = []
        for offset in stride(from: 0, to: min(stack.count, 4096), by: 8) {
            guard let saved = word(offset), let caller = word(offset + 8), isCode(caller) else { continue }
            let place = sp &+ UInt64(offset)
            guard saved == 0 || (saved > place && saved &- place < 1 << 20) else { continue }
            found.append(place)
            if found.count == 8 { break }
        }
        return found
    }
}
