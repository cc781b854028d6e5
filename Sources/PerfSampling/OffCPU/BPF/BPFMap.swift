import CPerfLinux
import Glibc
import PerfLinux

/// A table that programs in the kernel share with us; it goes with its descriptor.
final class BPFMap {
    /// `BPF_MAP_TYPE_*`.
    enum Kind: UInt32 {
        case hash = 1
        case array = 2
        case arrayPerCPU = 6
        /// Forgets what was not used for long.
        case recent = 9
        case ring = 27
    }

    let descriptor: Int32
    let keyByteCount: Int
    let valueByteCount: Int
    let capacity: Int

    init(_ kind: Kind, keyByteCount: Int, valueByteCount: Int, capacity: Int) throws(SystemCallError) {
        let made = pd_bpf_map_create(
            kind.rawValue, UInt32(keyByteCount), UInt32(valueByteCount), UInt32(capacity))
        guard made >= 0 else {
            throw SystemCallError(operation: "BPF_MAP_CREATE", subject: "\(kind)", errno: -made)
        }
        descriptor = made
        self.keyByteCount = keyByteCount
        self.valueByteCount = valueByteCount
        self.capacity = capacity
    }

    deinit {
        close(descriptor)
    }

    /// Sets an entry; false when there is no room, or when it exists and `onlyNew` was asked for.
    @discardableResult
    func set(_ key: [UInt8], to value: [UInt8], onlyNew: Bool = false) -> Bool {
        precondition(key.count == keyByteCount && value.count == valueByteCount)
        // SAFETY: both arrays have the sizes that the map was made with and outlive the call, which only reads them.
        return unsafe pd_bpf_map_update(descriptor, key, value, onlyNew ? 1 : 0) == 0
    }

    func value(of key: [UInt8]) -> [UInt8]? {
        precondition(key.count == keyByteCount)
        var value = [UInt8](repeating: 0, count: valueByteCount)
        // SAFETY: both arrays have the sizes that the map was made with and outlive the call.
        return unsafe pd_bpf_map_lookup(descriptor, key, &value) == 0 ? value : nil
    }

    func remove(_ key: [UInt8]) {
        precondition(key.count == keyByteCount)
        // An entry that is gone already needs no removal.
        // SAFETY: the array has the size that the map was made with and outlives the call.
        _ = unsafe pd_bpf_map_delete(descriptor, key)
    }

    /// Looks at all entries that are there throughout; others may be left out.
    ///
    /// - Parameter body: takes the bytes of a key and of its value.
    /// - Throws: when the kernel does not read entries in batches.
    func visit(_ body: (_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Void) throws(SystemCallError) {
        let batch = min(capacity, 4096)
        var keys = [UInt8](repeating: 0, count: batch * keyByteCount)
        var values = [UInt8](repeating: 0, count: batch * valueByteCount)
        var position: UInt32 = 0
        var isFirst = true
        var isLast: Int32 = 0
        while isLast == 0 {
            // SAFETY: the arrays have room for `batch` entries and outlive the call, which writes no more of them.
            let got = unsafe pd_bpf_map_read(
                descriptor, isFirst ? 1 : 0, &position, &keys, &values, UInt32(batch), &isLast)
            guard got >= 0 else {
                throw SystemCallError(operation: "BPF_MAP_LOOKUP_BATCH", subject: "", errno: Int32(-got))
            }
            isFirst = false
            for index in 0..<Int(got) {
                body(
                    keys[index * keyByteCount..<(index + 1) * keyByteCount],
                    values[index * valueByteCount..<(index + 1) * valueByteCount])
            }
        }
    }
}

/// Bytes of keys and values, in this machine's order: little-endian, as BPF is only used on x86-64.
extension [UInt8] {
    init(words: [UInt64], halves: [UInt32] = []) {
        self = []
        for word in words {
            for shift in 0..<8 as Range<UInt64> { append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
        }
        for half in halves {
            for shift in 0..<4 as Range<UInt32> { append(UInt8(truncatingIfNeeded: half >> (8 * shift))) }
        }
    }
}

extension ArraySlice<UInt8> {
    func word(at offset: Int) -> UInt64 {
        let start = startIndex + offset
        return self[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func half(at offset: Int) -> UInt32 {
        let start = startIndex + offset
        return self[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
