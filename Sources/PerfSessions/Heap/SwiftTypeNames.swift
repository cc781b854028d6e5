import PerfAllocations
import PerfLinux
import PerfModel
import PerfSymbols

/// Names of Swift types by the metadata of a running process.
struct SwiftTypeNames: HeapTypeNames {
    private let memory: RemoteMemory

    init(pid: Int32) {
        memory = RemoteMemory(pid: pid)
    }

    mutating func name(ofFirstWord word: UInt64) -> String? { nil }
}
