/// What CLIENT LIST says of all clients together.
package struct RedisClients: Hashable, Sendable {
    package private(set) var count = 0
    /// Bytes of answers that clients have not taken.
    package private(set) var outputBytes: UInt64 = 0
    package private(set) var largestOutputBytes: UInt64 = 0
    /// Whose the largest is: address and port.
    package private(set) var largestClient: String?
    /// That have said nothing for five minutes, and do not wait for messages.
    package private(set) var idle = 0

    /// - Parameter text: the answer, a line for each client; nil where no line is one.
    package init?(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            var fields: [Substring: Substring] = [:]
            for field in line.split(separator: " ") {
                let key = field.prefix { $0 != "=" }
                fields[key] = field[key.endIndex...].dropFirst()
            }
            guard fields["id"] != nil || fields["addr"] != nil else { continue }
            count += 1
            // Of the list; what fits into the fixed buffer is obl.
            let bytes = (fields["omem"].flatMap { UInt64($0) } ?? 0) &+ (fields["obl"].flatMap { UInt64($0) } ?? 0)
            outputBytes &+= bytes
            if bytes > largestOutputBytes {
                largestOutputBytes = bytes
                largestClient = fields["addr"].map { String($0.prefix(64)) }
            }
            let isWaiting = fields["flags"]?.contains { "PbSMx".contains($0) } ?? false
            if !isWaiting, let idle = fields["idle"].flatMap({ UInt64($0) }), idle >= 300 { self.idle += 1 }
        }
        guard count > 0 else { return nil }
    }
}
