import PerfAllocations
import PerfLinux
import PerfModel
import PerfSymbols

/// Names of Swift types by the metadata of a running process.
struct SwiftTypeNames: HeapTypeNames {
    private var types: SwiftHeapTypes

    init(pid: Int32) {
        types = SwiftHeapTypes(memory: RemoteMemory(pid: pid))
    }

    mutating func name(ofFirstWord word: UInt64) -> String? {
        types.type(ofFirstWord: word)?.name
    }

    mutating func refresh() {
        types.refresh()
    }
}
