import PerfModel

/// What the program and its worker say to each other; both sides read it as untrusted.
///
/// A message is a header (magic, kind, payload size; little-endian u32) and a payload.
package enum WorkerMessage: Hashable, Sendable {
    /// Frames at these addresses, sorted and distinct; the file comes along as a descriptor, its
    /// `.gnu_debugaltlink` as a second one.
    case framesRequest([ImageAddress])
    case namesRequest([String])
    case frames(FramesReply)
    /// As many as were asked for, in the same order.
    case names([String])

    package static let headerSize = 12
    package static let largestPayload = 64 << 20
    private static let magic: UInt32 = 0x3153_4450

    package struct Header: Hashable, Sendable {
        package var kind: UInt32
        package var payloadSize: Int

        /// Nil when it is not a header of this protocol, or its payload is too large.
        package init?(_ bytes: [UInt8]) {
            guard bytes.count == WorkerMessage.headerSize, bytes.uint32(at: 0) == WorkerMessage.magic,
                let kind = bytes.uint32(at: 4), let size = bytes.uint32(at: 8),
                size <= UInt32(WorkerMessage.largestPayload)
            else { return nil }
            self.kind = kind
            self.payloadSize = Int(size)
        }
    }

    /// Nil when the payload does not hold together.
    package init?(kind: UInt32, payload: [UInt8]) {
        switch kind {
        case 1:
            guard payload.count % 8 == 0 else { return nil }
            self = .framesRequest(
                stride(from: 0, to: payload.count, by: 8).compactMap { offset in
                    payload.uint64(at: offset).map(ImageAddress.init(rawValue:))
                }
            )
        case 2, 4:
            guard let names = Self.names(payload) else { return nil }
            self = kind == 2 ? .namesRequest(names) : .names(names)
        case 3:
            guard let reply = FramesReply(payload) else { return nil }
            self = .frames(reply)
        default: return nil
        }
    }

    /// The whole message; nil when it is too large to send.
    package var bytes: [UInt8]? {
        let kind: UInt32
        var payload: [UInt8] = []
        switch self {
        case .framesRequest(let addresses):
            kind = 1
            payload.reserveCapacity(addresses.count * 8)
            for address in addresses { payload.appendLittleEndian(address.rawValue) }
        case .namesRequest(let names):
            kind = 2
            for name in names { Self.append(name, to: &payload) }
        case .frames(let reply):
            kind = 3
            payload = reply.bytes
        case .names(let names):
            kind = 4
            for name in names { Self.append(name, to: &payload) }
        }
        guard payload.count <= Self.largestPayload else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(Self.headerSize + payload.count)
        result.appendLittleEndian(Self.magic)
        result.appendLittleEndian(kind)
        result.appendLittleEndian(UInt32(payload.count))
        return result + payload
    }

    private static func append(_ name: String, to payload: inout [UInt8]) {
        payload.appendLittleEndian(UInt32(name.utf8.count))
        payload.append(contentsOf: name.utf8)
    }

    private static func names(_ payload: [UInt8]) -> [String]? {
        var names: [String] = []
        var position = 0
        while position < payload.count {
            guard let length = payload.uint32(at: position), Int(length) <= payload.count - position - 4 else {
                return nil
            }
            let start = position + 4
            position = start + Int(length)
            names.append(String(decoding: payload[start..<position], as: UTF8.self))
        }
        return names
    }
}

extension [UInt8] {
    mutating func appendLittleEndian<Value: FixedWidthInteger>(_ value: Value) {
        for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> Value(shift)))
        }
    }
}
