import PerfLinux
import PerfModel

/// Which processes and threads belong to given ones, read from /proc.
enum ProcessTree {
    /// The processes and all that descend from them, each once, parents first.
    static func withDescendants(_ pids: [Int32], proc: ProcFileSystem) -> [Int32] {
        var result: [Int32] = []
        var seen: Set<Int32> = []
        var queue = pids
        while !queue.isEmpty {
            let pid = queue.removeFirst()
            guard seen.insert(pid).inserted else { continue }
            result.append(pid)
            for tid in threads(of: [pid], proc: proc) {
                guard
                    case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                        try proc.contents(of: "\(pid)/task/\(tid)/children")
                    })
                else { continue }
                queue += String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
            }
        }
        return result
    }

    /// The processes that threads belong to, sorted; threads that have ended are left out.
    static func owners(of threads: Set<Int32>, proc: ProcFileSystem) -> [Int32] {
        var result: Set<Int32> = []
        var known: Set<Int32> = []
        for tid in threads.sorted() where !known.contains(tid) {
            guard
                case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                    try proc.contents(of: "\(tid)/status", atMost: 1 << 16)
                }),
                let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first(where: {
                    $0.hasPrefix("Tgid:")
                }),
                let pid = line.split(whereSeparator: { $0 == "\t" || $0 == " " }).last.flatMap({ Int32($0) })
            else { continue }
            result.insert(pid)
            known.formUnion(self.threads(of: [pid], proc: proc))
        }
        return result.sorted()
    }

    /// The threads of processes; those of a process that has ended are left out.
    static func threads(of pids: [Int32], proc: ProcFileSystem) -> [Int32] {
        pids.flatMap { pid -> [Int32] in
            switch Result(catching: { () throws(SystemCallError) in try proc.numbers(in: "\(pid)/task") }) {
            case .success(let tids): tids
            case .failure: []
            }
        }
    }
}
