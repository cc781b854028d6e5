import PerfLinux
import PerfModel

/// What /proc tells of a thread that waits: for waits that began before anybody looked.
///
/// Only its instruction and stack pointer are known, and the stack is read while the thread might go on.
struct BlockedThread {
    var systemCall: UInt64?
    /// Of the system call; zeros outside of one.
    var arguments: (UInt64, UInt64)
    var ip: UInt64
    var sp: UInt64
    /// The kernel's functions, leaf first; empty without privileges.
    var functions: [String]

    enum Look {
        case running
        case waiting(BlockedThread)
        /// The kernel does not let us look, or the thread has ended.
        case unknown
    }

    static func look(at tid: Int32, of pid: Int32, proc: ProcFileSystem) -> Look {
        let task = "\(pid)/task/\(tid)"
        guard let text = text("\(task)/syscall", proc) else { return .unknown }
        guard var thread = parse(systemCall: text) else { return text.hasPrefix("running") ? .running : .unknown }
        if let stack = Self.text("\(task)/stack", proc) {
            thread.functions = functions(ofStack: stack)
        }
        if thread.functions.isEmpty, let channel = Self.text("\(task)/wchan", proc), channel != "0", !channel.isEmpty {
            thread.functions = [channel]
        }
        return .waiting(thread)
    }

    /// `"202 0x7f… 0x89 … 0x7ffe… 0x7f…"`: number, six arguments, stack pointer, instruction; or `"-1 sp ip"`.
    static func parse(systemCall text: String) -> BlockedThread? {
        let fields = text.split { $0 == " " || $0 == "\n" }
        guard fields.count == 9 || fields.count == 3, let number = Int64(fields[0]) else { return nil }
        let values = fields.dropFirst().map { UInt64($0.dropFirst($0.hasPrefix("0x") ? 2 : 0), radix: 16) }
        guard let sp = values[values.count - 2], let ip = values[values.count - 1], ip != 0 else { return nil }
        let isCall = fields.count == 9 && number >= 0
        return BlockedThread(
            systemCall: isCall ? UInt64(number) : nil,
            arguments: isCall ? (values[0] ?? 0, values[1] ?? 0) : (0, 0), ip: ip, sp: sp, functions: []
        )
    }

    /// The names in lines such as `[<0>] futex_wait_queue+0x5d/0x90`.
    static func functions(ofStack text: String) -> [String] {
        text.split(separator: "\n").compactMap { line -> String? in
            line.split(separator: " ", maxSplits: 1).dropFirst().first.map { String($0.prefix { $0 != "+" }) }
        }
    }

    private static func text(_ path: String, _ proc: ProcFileSystem) -> String? {
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: path, atMost: 1 << 16)
            })
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

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
