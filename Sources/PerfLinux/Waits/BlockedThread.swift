import PerfModel

/// What /proc tells of a thread that waits: for waits that began before anybody looked.
///
/// Only its instruction and stack pointer are known, and the stack is read while the thread might go on.
package struct BlockedThread {
    package var systemCall: UInt64?
    /// Of the system call; zeros outside of one.
    package var arguments: (UInt64, UInt64)
    package var ip: UInt64
    package var sp: UInt64
    /// The kernel's functions, leaf first; empty without privileges.
    package var functions: [String]

    package init(
        systemCall: UInt64?, arguments: (UInt64, UInt64), ip: UInt64, sp: UInt64, functions: [String]
    ) {
        self.systemCall = systemCall
        self.arguments = arguments
        self.ip = ip
        self.sp = sp
        self.functions = functions
    }

    package enum Look {
        case running
        case waiting(BlockedThread)
        /// The kernel does not let us look, or the thread has ended.
        case unknown
    }

    package static func look(at tid: Int32, of pid: Int32, proc: ProcFileSystem) -> Look {
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
    package static func parse(systemCall text: String) -> BlockedThread? {
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
    package static func functions(ofStack text: String) -> [String] {
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
}
