/// What a search for leaks found, in the recording's processes.
package struct HeapLeaks: Hashable, Sendable, Codable {
    /// One step on the way from object to object.
    package struct Step: Hashable, Sendable, Codable {
        /// Nil for a block that is no object.
        package var type: String?
        /// The property by which it refers to the next; nil where nobody knows.
        package var field: String?

        package init(type: String?, field: String?) {
            self.type = type
            self.field = field
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            // Null where nobody knows.
            try container.encode(type, forKey: .type)
            try container.encode(field, forKey: .field)
        }

        private enum CodingKeys: String, CodingKey {
            case type, field
        }
    }

    /// Blocks that leak alike.
    package struct Group: Hashable, Sendable, Codable {
        /// `cycle`, `overretained` or `unreachable`.
        package var kind: String
        package var type: String?
        package var count: UInt64
        package var bytes: UInt64
        /// Whether others leak only because these do.
        package var isHead: Bool
        /// How many cycles, or single objects, these speak for; a cycle counts once, with one of its types.
        package var headCount: UInt64
        /// What leaks because of these, themselves included; 0 unless they are a head.
        package var keptCount: UInt64
        package var keptBytes: UInt64
        /// Of a cycle once around; of others from the head to these.
        package var path: [Step]
        /// Functions, outermost first; empty where nobody knows.
        package var stack: [String]
        /// An address of one of them.
        package var example: UInt64
        package var pid: Int32

        package init(
            kind: String, type: String?, count: UInt64, bytes: UInt64, isHead: Bool, headCount: UInt64,
            keptCount: UInt64,
            keptBytes: UInt64, path: [Step], stack: [String], example: UInt64, pid: Int32
        ) {
            self.kind = kind
            self.type = type
            self.count = count
            self.bytes = bytes
            self.isHead = isHead
            self.headCount = headCount
            self.keptCount = keptCount
            self.keptBytes = keptBytes
            self.path = path
            self.stack = stack
            self.example = example
            self.pid = pid
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(kind, forKey: .kind)
            // Null for what is no object.
            try container.encode(type, forKey: .type)
            try container.encode(count, forKey: .count)
            try container.encode(bytes, forKey: .bytes)
            try container.encode(stack, forKey: .stack)
            try container.encode(path, forKey: .path)
            try container.encode(isHead, forKey: .isHead)
            try container.encode(headCount, forKey: .headCount)
            try container.encode(keptCount, forKey: .keptCount)
            try container.encode(keptBytes, forKey: .keptBytes)
            try container.encode(example, forKey: .example)
            try container.encode(pid, forKey: .pid)
        }

        private enum CodingKeys: String, CodingKey {
            case kind, type, count, bytes, path, stack, example, pid
            case isHead = "head"
            case headCount = "heads"
            case keptCount = "kept_count"
            case keptBytes = "kept_bytes"
        }
    }

    /// What a look at one process cost it.
    package struct Snapshot: Hashable, Sendable, Codable {
        package var pid: Int32
        /// How long it stood still, in nanoseconds.
        package var pause: UInt64
        /// Of these, when perfdoctor must not have been killed.
        package var injection: UInt64
        /// How long the copy stood, in nanoseconds.
        package var lifetime: UInt64
        /// Pages that the process had to copy or fetch meanwhile.
        package var faults: UInt64
        package var threads: Int

        package init(pid: Int32, pause: UInt64, injection: UInt64, lifetime: UInt64, faults: UInt64, threads: Int) {
            self.pid = pid
            self.pause = pause
            self.injection = injection
            self.lifetime = lifetime
            self.faults = faults
            self.threads = threads
        }

        private enum CodingKeys: String, CodingKey {
            case pid, faults, threads
            case pause = "pause_ns"
            case injection = "injection_ns"
            case lifetime = "lifetime_ns"
        }
    }

    /// What was left out since somebody knows of it.
    package struct Suppressed: Hashable, Sendable, Codable {
        /// `"type:Cache site:parse"`.
        package var pattern: String
        package var reason: String?
        package var count: UInt64
        package var bytes: UInt64
    }

    /// Heads first, and what keeps most.
    package var groups: [Group] = []
    package var suppressed: [Suppressed] = []
    package var snapshots: [Snapshot] = []
    /// Whether something may leak that could not be seen to.
    package var isPartial = false

    package init() {}

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        groups = try container.decode([Group].self, forKey: .groups)
        // Recordings of before there were any do not have it.
        suppressed = try container.decodeIfPresent([Suppressed].self, forKey: .suppressed) ?? []
        snapshots = try container.decode([Snapshot].self, forKey: .snapshots)
        isPartial = try container.decodeIfPresent(Bool.self, forKey: .isPartial) ?? false
    }

    private enum CodingKeys: String, CodingKey {
        case groups, suppressed, snapshots
        case isPartial = "partial"
    }

    package var count: UInt64 { groups.reduce(0) { $0 &+ $1.count } }
    package var bytes: UInt64 { groups.reduce(0) { $0 &+ $1.bytes } }
}
