/// What nothing refers to any more, and why.
package struct LeakReport: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Objects that keep each other alive.
        case cycle
        /// A Swift object that is retained more often than anything refers to it: an unbalanced `Unmanaged`, or C.
        case overretained
        /// Memory that was not freed before the last reference was lost.
        case unreachable
    }

    /// One step on the way from object to object.
    package struct Step: Hashable, Sendable {
        /// Nil for a block that is no object.
        package var type: String?
        /// The property by which it refers to the next; nil where nobody knows.
        package var field: String?

        package init(type: String?, field: String?) {
            self.type = type
            self.field = field
        }
    }

    /// Blocks that leak alike: of one kind, type, site and way.
    package struct Group: Hashable, Sendable {
        package var kind: Kind
        /// Nil for blocks that are no objects.
        package var type: String?
        /// Number of the stack that allocated them; 0 where nobody knows.
        package var site: UInt32
        /// Of a cycle once around from this type on; of others from the object at the head to this.
        package var path: [Step]
        /// Whether others leak only because these do.
        package var isHead: Bool
        /// How many cycles, or single objects, these speak for; a cycle counts once, with one of its types.
        package var headCount: UInt64
        package var count: UInt64
        package var byteCount: UInt64
        /// Of what leaks with them because they refer to it, themselves included; 0 unless they are a head.
        package var keptByteCount: UInt64
        package var keptCount: UInt64
        /// Which head leaks them, a number of its own for heads that are alike; the members of a cycle have the same.
        package var cause: Int
        /// An address of one of them, for debuggers.
        package var example: UInt64
    }

    /// Heads first, and what keeps most.
    package var groups: [Group]
    package var liveCount: Int
    package var liveByteCount: UInt64
    package var leakedCount: UInt64 { groups.reduce(0) { $0 + $1.count } }
    package var leakedByteCount: UInt64 { groups.reduce(0) { $0 + $1.byteCount } }
}
