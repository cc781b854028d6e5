import PerfModel

/// Words and numbers in the sentences about HTTP.
enum HTTPWords {
    /// `"404 Not Found"`; of those that are known (RFC 9110), and not what the server calls them.
    static func status(_ code: Int) -> String {
        let name =
            switch code {
            case 301: "Moved Permanently"
            case 302: "Found"
            case 303: "See Other"
            case 307: "Temporary Redirect"
            case 308: "Permanent Redirect"
            case 400: "Bad Request"
            case 401: "Unauthorized"
            case 403: "Forbidden"
            case 404: "Not Found"
            case 405: "Method Not Allowed"
            case 407: "Proxy Authentication Required"
            case 408: "Request Timeout"
            case 410: "Gone"
            case 429: "Too Many Requests"
            case 500: "Internal Server Error"
            case 501: "Not Implemented"
            case 502: "Bad Gateway"
            case 503: "Service Unavailable"
            case 504: "Gateway Timeout"
            default: ""
            }
        return name.isEmpty ? "\(code)" : "\(code) \(name)"
    }

    /// `"1.23 ms"`.
    static func duration(_ nanoseconds: UInt64) -> String {
        Quantity.text(Int64(clamping: nanoseconds), unit: "nanoseconds")
    }

    /// `"1.23 ms"`, of milliseconds.
    static func duration(milliseconds: Double) -> String {
        Quantity.text(Int64(max(0, min(milliseconds * 1e6, 1e18))), unit: "nanoseconds")
    }

    static func bytes(_ count: UInt64) -> String { Quantity.text(Int64(clamping: count), unit: "bytes") }

    /// `"12%"`; below 10 with a digit behind the point.
    static func percent(_ ratio: Double) -> String { RedisWords.percent(ratio) }

    /// The number that a threshold compares, from nanoseconds.
    static func milliseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e6 }
}
