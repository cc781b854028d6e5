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
    private var addresses: [UInt64: TCPEnds] = [:]
    /// Ports on which somebody waits for clients.
    private var listeningPorts: Set<UInt16> = []

    package init() {}

    package subscript(_ inode: UInt64) -> Peer? {
        guard var peer = peers[inode] else { return nil }
        peer.inode = otherEnds[inode].flatMap { sockets[$0] }
        return peer
    }

    /// Both addresses of a connection; nil for a socket that waits for clients.
    package func ends(_ inode: UInt64) -> TCPEnds? { addresses[inode] }

    /// Whether this end opened the connection: nobody waits for clients at its port, as would be where it was accepted.
    ///
    /// - Parameter inode: of a socket.
    /// - Returns: false for one that is not in the tables.
    package func isDialled(_ inode: UInt64) -> Bool {
        guard let ends = addresses[inode] else { return false }
        return !listeningPorts.contains(ends.local.port)
    }

    /// Takes in a table; lines that are none are passed over.
    package mutating func add(_ table: [UInt8]) {
        for line in table.split(separator: UInt8(ascii: "\n")).dropFirst() {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 10)
            guard fields.count > 9, let colon = fields[2].lastIndex(of: UInt8(ascii: ":")),
                let port = UInt16(String(decoding: fields[2][(colon + 1)...], as: UTF8.self), radix: 16),
                let inode = UInt64(String(decoding: fields[9], as: UTF8.self)), inode != 0
            else { continue }
            let isListening = fields[3].elementsEqual(Self.listening)
            peers[inode] = Peer(port: port, inode: nil, isListening: isListening)
            let ends = TCPEnds(parsing: fields[1], fields[2], isConnecting: fields[3].elementsEqual(Self.connecting))
            if isListening {
                if let port = ends?.local.port { listeningPorts.insert(port) }
            } else {
                addresses[inode] = ends
            }
            sockets[Self.hash(fields[1], fields[2])] = inode
            otherEnds[inode] = Self.hash(fields[2], fields[1])
        }
    }

    /// `TCP_LISTEN`.
    private static let listening = Array("0A".utf8)
    /// `TCP_SYN_SENT`.
    private static let connecting = Array("02".utf8)
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
