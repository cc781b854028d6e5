import PerfClients

/// What a server says that it took for an answer.
package struct HTTPServerTime: Hashable, Sendable {
    package var nanoseconds: UInt64
    /// Which field says so: `"Server-Timing"`.
    package var source: String

    package init(nanoseconds: UInt64, source: String) {
        self.nanoseconds = nanoseconds
        self.source = source
    }

    /// One metric of Server-Timing.
    package struct Metric: Hashable, Sendable {
        package var name: String
        /// Nil for one that says only a name, or a description.
        package var milliseconds: Double?

        package init(_ name: String, milliseconds: Double? = nil) {
            self.name = name
            self.milliseconds = milliseconds
        }
    }

    /// Of an answer; nil where it says nothing.
    ///
    /// Metrics of Server-Timing may be nested or side by side: the one named `total` counts, else their sum where that
    /// fits into the time to the first byte, else the longest.
    package init?(_ response: HTTPResponse) {
        let headers = response.headers
        if let text = headers["server-timing"] {
            let known = Self.metrics(text).compactMap { metric in
                metric.milliseconds.map { (name: metric.name.lowercased(), milliseconds: $0) }
            }
            let sum = known.reduce(0) { $0 + $1.milliseconds }
            let longest = known.map(\.milliseconds).max() ?? 0
            let isFitting = sum * 1e6 <= Double(response.phases.firstByte)
            if let found = known.first(where: { $0.name == "total" })?.milliseconds
                ?? (known.isEmpty ? nil : isFitting ? sum : longest)
            {
                self.init(nanoseconds: Self.nanoseconds(found), source: "Server-Timing")
                return
            }
        }
        if let found = headers["x-response-time"].flatMap(Self.milliseconds) {
            self.init(nanoseconds: Self.nanoseconds(found), source: "X-Response-Time")
        } else if let found = headers["x-runtime"].flatMap(Double.init), Self.isTime(found * 1000) {
            self.init(nanoseconds: Self.nanoseconds(found * 1000), source: "X-Runtime")
        } else if let found = headers["x-envoy-upstream-service-time"].flatMap(Self.milliseconds) {
            self.init(nanoseconds: Self.nanoseconds(found), source: "X-Envoy-Upstream-Service-Time")
        } else {
            return nil
        }
    }

    /// Metrics of a Server-Timing field, as `db;dur=53, app;dur=47.2;desc="a, b"`.
    ///
    /// Source: W3C Server Timing, section 3.
    package static func metrics(_ text: String) -> [Metric] {
        HTTPFieldText.elements(text).compactMap { element in
            let parts = HTTPFieldText.split(element, at: ";")
            guard let name = parts.first, !name.isEmpty else { return nil }
            for part in parts.dropFirst() {
                guard let (key, value) = HTTPFieldText.pair(part), key == "dur" else { continue }
                // The first one counts.
                guard let number = Double(value), isTime(number) else { return Metric(name) }
                return Metric(name, milliseconds: number)
            }
            return Metric(name)
        }
    }

    /// `"12.34ms"`, `"0.5s"`, `"800us"`; a number alone is in milliseconds.
    package static func milliseconds(_ text: String) -> Double? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text[number.endIndex...].filter { $0 != " " }.lowercased()
        guard let value = Double(number) else { return nil }
        let scaled: Double
        switch unit {
        case "", "ms", "msec", "milliseconds": scaled = value
        case "s", "sec", "seconds": scaled = value * 1000
        case "us", "µs", "μs", "usec": scaled = value / 1000
        case "ns": scaled = value / 1_000_000
        default: return nil
        }
        return isTime(scaled) ? scaled : nil
    }

    private static func isTime(_ milliseconds: Double) -> Bool { milliseconds >= 0 && milliseconds < 1e9 }
    private static func nanoseconds(_ milliseconds: Double) -> UInt64 { UInt64(milliseconds * 1e6) }
}
