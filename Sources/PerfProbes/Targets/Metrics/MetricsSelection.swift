import PerfClients
import PerfModel

/// Which metrics are read of all that a service tells.
package struct MetricsSelection: Hashable, Sendable {
    /// What a histogram is about.
    package enum Role: Hashable, Sendable {
        case http, database, llm, other
    }

    package struct Wanted: Hashable, Sendable {
        /// Of the family, without a suffix.
        package var name: String
        package var role: Role
        /// Whether the user asked for it: then it is missed where it is not there.
        package var isAsked: Bool
        /// Of the user: seconds, or whatever the metric counts.
        package var limit: Limit?
    }

    package struct Limit: Hashable, Sendable {
        /// 0..<1.
        package var quantile: Double
        package var value: Double
    }

    package private(set) var wanted: [Wanted]

    /// The histograms of guide B.
    package static let guides = MetricsSelection(wanted: [
        Wanted(name: "http_request_duration_seconds", role: .http, isAsked: false),
        Wanted(name: "db_query_duration_seconds", role: .database, isAsked: false),
        Wanted(name: "llm_call_duration_seconds", role: .llm, isAsked: false),
    ])

    init(wanted: [Wanted]) { self.wanted = wanted }

    /// Those of the guides, and those that the fragment of a URL names: `#NAME,NAME=p95:300ms`.
    ///
    /// - Parameter fragment: nil for none.
    /// - Throws: what is wrong with it.
    package init(fragment: String?) throws(ProbeFailure) {
        self = .guides
        for part in (fragment ?? "").split(separator: ",") {
            let text = ServerURL.decoded(part)
            let name = String(text.prefix { $0 != "=" })
            let isName = name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
            guard isName, !name.isEmpty else {
                throw ProbeFailure(
                    .badURL, "'\(text.printable)' after the # is no name of a metric",
                    remedy: "write #NAME, or #NAME=p95:300ms for one with a limit, with commas between several")
            }
            let limit = text.utf8.count > name.utf8.count ? try Self.limit(String(text.dropFirst(name.count + 1))) : nil
            if let index = wanted.firstIndex(where: { $0.name == name }) {
                wanted[index].isAsked = true
                wanted[index].limit = limit
            } else {
                wanted.append(Wanted(name: name, role: .other, isAsked: true, limit: limit))
            }
        }
    }

    /// `"p95:300ms"`, `"300ms"` of the p95, `"p99:12"` of a metric that counts no seconds.
    private static func limit(_ text: String) throws(ProbeFailure) -> Limit {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let number = parts.last ?? ""
        let digits = number.prefix { $0.isNumber || $0 == "." }
        let unit = String(number[digits.endIndex...])
        let scale: Double? = unit.isEmpty ? 1 : SLOUnit(unit).flatMap { $0.base == "ns" ? $0.scale / 1e9 : nil }
        let percent: Double? =
            parts.count == 1 ? 95 : parts.count == 2 && parts[0].hasPrefix("p") ? Double(parts[0].dropFirst()) : nil
        guard let scale, let value = Double(digits), value > 0, let percent, percent > 0, percent < 100 else {
            throw ProbeFailure(
                .badURL, "'\(text.printable)' after the = is no limit of a metric",
                remedy: "write a quantile and a time, such as p95:300ms")
        }
        return Limit(quantile: percent / 100, value: value * scale)
    }
}
