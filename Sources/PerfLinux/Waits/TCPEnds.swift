/// Both ends of a TCP connection.
package struct TCPEnds: Hashable, Sendable {
    /// An address and a port.
    package struct End: Hashable, Sendable, CustomStringConvertible {
        /// In the order of the network, as the kernel prints them; of IPv4 the first one only.
        package var words: (UInt32, UInt32, UInt32, UInt32) { (stored[0], stored[1], stored[2], stored[3]) }
        package var port: UInt16
        private var stored: SIMD4<UInt32>
        private var isIPv6: Bool

        /// `0100007F:1F90`, or 32 digits for IPv6; nil for anything else.
        init?(parsing text: ArraySlice<UInt8>) {
            guard let colon = text.lastIndex(of: UInt8(ascii: ":")),
                let port = UInt16(String(decoding: text[(colon + 1)...], as: UTF8.self), radix: 16)
            else { return nil }
            let digits = text[..<colon]
            guard digits.count == 8 || digits.count == 32 else { return nil }
            self.port = port
            isIPv6 = digits.count == 32
            stored = .zero
            for index in 0..<digits.count / 8 {
                let word = digits.dropFirst(8 * index).prefix(8)
                guard let value = UInt32(String(decoding: word, as: UTF8.self), radix: 16) else { return nil }
                stored[index] = value
            }
        }

        private func bytes(_ index: Int) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: stored[index].littleEndian >> (8 * $0)) }
        }

        /// `10.0.0.5:8080`, `[2001:db8::1]:8080`; an address of IPv4 in one of IPv6 as that of IPv4.
        package var description: String {
            let isMapped = isIPv6 && stored[0] == 0 && stored[1] == 0 && bytes(2) == [0, 0, 0xff, 0xff]
            if !isIPv6 || isMapped {
                return bytes(isMapped ? 3 : 0).map { "\($0)" }.joined(separator: ".") + ":\(port)"
            }
            let groups = (0..<4).flatMap { index -> [UInt16] in
                let bytes = bytes(index).map { UInt16($0) }
                return [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
            }
            return "[\(Self.shortened(groups))]:\(port)"
        }

        /// The longest run of zeros as `::`, after RFC 5952.
        private static func shortened(_ groups: [UInt16]) -> String {
            var longest = 0..<0
            var start = 0
            for index in 0...groups.count where index == groups.count || groups[index] != 0 {
                if index - start > longest.count { longest = start..<index }
                start = index + 1
            }
            func text(_ range: Range<Int>) -> String {
                groups[range].map { String($0, radix: 16) }.joined(separator: ":")
            }
            guard longest.count > 1 else { return text(0..<groups.count) }
            return text(0..<longest.lowerBound) + "::" + text(longest.upperBound..<groups.count)
        }
    }

    package var local: End
    package var remote: End
    package var isIPv6: Bool
    /// The other end has not taken it yet.
    package var isConnecting: Bool

    /// The addresses of a line of /proc/net/tcp or tcp6; nil for anything else.
    init?(parsing local: ArraySlice<UInt8>, _ remote: ArraySlice<UInt8>, isConnecting: Bool) {
        guard let here = End(parsing: local), let there = End(parsing: remote), local.count == remote.count else {
            return nil
        }
        (self.local, self.remote) = (here, there)
        isIPv6 = local.count > 16
        self.isConnecting = isConnecting
    }
}
