/// Who is at the other end of the connection that a thread waits for.
package struct WaitPeer: Codable, Hashable, Sendable {
    /// `10.0.0.5:8080`, or the path of a local socket.
    package var address: String
    /// Whether the thread's process opened the connection: it is a client there, and not a server that waits for one.
    package var isDialled: Bool
    /// Whether the last data went to the peer, so that it is to answer; nil where the kernel does not tell.
    ///
    /// A peer that brings work (a message broker) owes nothing.
    package var owesAnswer: Bool?

    package init(address: String, isDialled: Bool, owesAnswer: Bool?) {
        self.address = address
        self.isDialled = isDialled
        self.owesAnswer = owesAnswer
    }

    private enum CodingKeys: String, CodingKey {
        case address
        case isDialled = "is_dialled"
        case owesAnswer = "owes_answer"
    }
}
