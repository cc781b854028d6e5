/// Who is at the other end of each TCP socket of a network namespace, from tables like /proc/net/tcp.
package struct TCPPeers {
    package struct Peer: Hashable, Sendable {
        package var port: UInt16
        /// The socket at the other end, where that is in the same namespace.
        package var inode: UInt64?
        /// It has no peer yet and waits for clients.
        package var isListening = false

        package init(port: UInt16, inode: UInt64?, isListening: Bool = false) {
            self.port = port
            self.inode = inode
            self.isListening = isListening
        }
    }

    package private(set) var peers: [UInt64: Peer] = [:]
    /// Sockets by the hash of both addresses, their own first.
    private var sockets: [Int: UInt64] = [:]
    private var otherEnds: [UInt64: Int] = [:]

    package init() {}

    package subscript(_ inode: UInt64) -> Peer? {
        guard var peer = peers[inode] else { return nil }
        peer.inode = otherEnds[inode].flatMap { sockets[$0] }
        return peer
    }

    /// Takes in a table; lines that are none are passed over.
    package mutating func add(_ table: [UInt8]) {
        for line in table.split(separator: UInt8(ascii: "\n")).dropFirst() {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 10)
            guard fields.count > 9, let colon = fields[2].lastIndex(of: UInt8(ascii: ":")),
                let port = UInt16(String(decoding: fields[2][(colon + 1)...], as: UTF8.self), radix: 16),
                let inode = UInt64(String(decoding: fields[9], as: UTF8.self)), inode != 0
            else { continue }
            peers[inode] = Peer(port: port, inode: nil, isListening: fields[3].elementsEqual(Self.listening))
            sockets[Self.hash(fields[1], fields[2])] = inode
            otherEnds[inode] = Self.hash(fields[2], fields[1])
        }
    }

    /// `TCP_LISTEN`.
    private static let listening = Array("0A".utf8)
    /// `::ffff:127.0.0.1`, as a socket of IPv6 has the address of a peer that uses IPv4.
    private static let mappedPrefix = Array("0000000000000000FFFF0000".utf8)

    private static func hash(_ first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        for address in [first, second] {
            for byte in address.starts(with: mappedPrefix) ? address.dropFirst(mappedPrefix.count) : address {
                hasher.combine(byte)
            }
            hasher.combine(UInt8(ascii: "|"))
        }
        return hasher.finalize()
    }
}
