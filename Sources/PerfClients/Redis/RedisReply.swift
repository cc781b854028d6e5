import CPerfClients
import PerfModel

/// An answer of Redis.
package indirect enum RedisReply: Hashable, Sendable {
    case status(String)
    /// `"NOPERM this user has no permissions to run the 'info' command"`.
    case error(String)
    /// Undecodable bytes are replaced.
    case text(String)
    case integer(Int64)
    case null
    case array([RedisReply])

    /// A text or a status.
    package var text: String? {
        switch self {
        case .text(let text), .status(let text): text
        default: nil
        }
    }

    package var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    package var elements: [RedisReply]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// Keys and values that follow each other, as CONFIG GET answers.
    package var pairs: [(key: String, value: RedisReply)]? {
        guard let elements, elements.count.isMultiple(of: 2) else { return nil }
        var pairs: [(key: String, value: RedisReply)] = []
        for index in stride(from: 0, to: elements.count, by: 2) {
            guard let key = elements[index].text else { return nil }
            pairs.append((key, elements[index + 1]))
        }
        return pairs
    }
}

/// Answers as they come, one at a time, through hiredis.
@safe final class RedisReader {
    /// Deeper than any answer that is asked for: four.
    private static let deepest = 16

    let handle: OpaquePointer

    /// Nil without hiredis, or without memory.
    init?() {
        // SAFETY: a new reader is ours until it is freed.
        guard let made = unsafe pd_redis_reader_new() else { return nil }
        unsafe handle = made
    }

    deinit {
        // SAFETY: nobody else has it, and it is freed once.
        unsafe pd_redis_reader_free(handle)
    }

    /// What is wrong with what came, in hiredis' words.
    var message: String {
        // SAFETY: the text is terminated, and copied at once.
        unsafe String(cString: pd_redis_message(handle))
    }

    /// The answer that was read last; nil for one that nests too deep.
    func reply() -> RedisReply? {
        var index = 0
        return reply(at: &index, depth: 0)
    }

    /// Whether bytes are a whole answer, and nothing else; nil where they can be none.
    func feed(_ bytes: [UInt8], limit: Int) -> Bool? {
        // SAFETY: the bytes live during the call.
        let status = unsafe bytes.withUnsafeBytes { bytes -> Int32 in
            // An empty buffer has no address, and says nothing.
            guard let start = bytes.baseAddress else { return 0 }
            return unsafe pd_redis_feed(handle, start, bytes.count, limit)
        }
        return status < 0 ? nil : status > 0
    }

    private func reply(at index: inout Int, depth: Int) -> RedisReply? {
        // SAFETY: the index is below the count, and texts lie within the reader's, and are copied at once.
        guard unsafe index < pd_redis_count(handle), depth < Self.deepest else { return nil }
        let node = unsafe pd_redis_node(handle, index)
        index += 1
        switch Int(node.type) {
        case PD_REDIS_INTEGER: return .integer(node.integer)
        case PD_REDIS_NIL: return .null
        case PD_REDIS_ARRAY:
            var elements: [RedisReply] = []
            for _ in 0..<max(0, node.integer) {
                guard let element = reply(at: &index, depth: depth + 1) else { return nil }
                elements.append(element)
            }
            return .array(elements)
        default:
            let bytes = unsafe UnsafeRawBufferPointer(start: pd_redis_texts(handle) + node.offset, count: node.size)
            let text = unsafe String(decoding: bytes, as: UTF8.self)
            switch Int(node.type) {
            case PD_REDIS_STATUS: return .status(text)
            case PD_REDIS_ERROR: return .error(text)
            default: return .text(text)
            }
        }
    }
}
