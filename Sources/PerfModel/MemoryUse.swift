/// What the memory of a process is, in bytes: sums over the ranges of `/proc/<pid>/smaps`.
///
/// Source: proc(5), Documentation/filesystems/proc.rst.
package struct MemoryUse: Hashable, Sendable, Codable {
    /// Resident, pages shared with others counted whole.
    package var resident: UInt64 = 0
    /// Resident, pages shared with others counted by their share.
    package var proportional: UInt64 = 0
    package var anonymous: UInt64 = 0
    /// Resident pages of files.
    package var file: UInt64 = 0
    /// Resident shared memory: shmem, memfds.
    package var shared: UInt64 = 0
    package var swapped: UInt64 = 0
    /// Resident stacks of threads, as far as they can be told: `[stack]`, and ranges behind a guard page.
    package var stacks: UInt64 = 0
    /// Resident heap of the C library: `[heap]`, and the arenas of threads.
    package var heap: UInt64 = 0
    /// Address space of that heap.
    package var heapMapped: UInt64 = 0
    /// Resident anonymous memory beside heap and stacks: large blocks, and what the program mapped itself.
    package var mapped: UInt64 = 0
    /// Resident memory of the tracker itself, which the process would not have otherwise.
    package var tracker: UInt64 = 0

    /// What the C library's allocator has from the system; nil when it was not asked, as below.
    package var allocator: UInt64?
    /// Of it, free in its bins and at its top, resident or not.
    package var allocatorFree: UInt64?
    /// Of it, at the top of the main heap: what malloc_trim gives back.
    package var allocatorTop: UInt64?

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case resident = "rss_bytes"
        case proportional = "pss_bytes"
        case anonymous = "anonymous_bytes"
        case file = "file_bytes"
        case shared = "shared_bytes"
        case swapped = "swap_bytes"
        case stacks = "stacks_bytes"
        case heap = "heap_bytes"
        case heapMapped = "heap_mapped_bytes"
        case mapped = "mapped_bytes"
        case tracker = "tracker_bytes"
        case allocator = "allocator_bytes"
        case allocatorFree = "allocator_free_bytes"
        case allocatorTop = "allocator_top_bytes"
    }
}
