import PerfModel

/// A peer that threads wait for, and what it said when it was asked.
package struct PeerEvidence: Hashable, Sendable, Encodable {
    /// Database, cache or network.
    package var resource: Resource
    /// `10.0.0.5:5432`, or the path of a local socket.
    package var address: String
    /// Of the time in which threads had something to do, 0...1.
    package var share: Double
    /// Nil where nobody asked it.
    package var answers: Answers?

    /// Answers that were measured while the threads were watched.
    package struct Answers: Hashable, Sendable, Encodable {
        /// Without secrets.
        package var url: String
        /// `"SELECT 1"`, `"PING"`.
        package var method: String
        /// Nanoseconds; nil where nothing was answered.
        package var median: UInt64?
        /// 0...1.
        package var lost: Double

        package init(url: String, method: String, median: UInt64?, lost: Double) {
            self.url = url
            self.method = method
            self.median = median
            self.lost = lost
        }

        private enum CodingKeys: String, CodingKey {
            case url, method
            case median = "median_ns"
            case lost = "lost_ratio"
        }
    }

    package init(resource: Resource, address: String, share: Double, answers: Answers? = nil) {
        self.resource = resource
        self.address = address
        self.share = share
        self.answers = answers
    }

    private enum CodingKeys: String, CodingKey {
        case resource, address, answers
        case share = "share_ratio"
    }
}
