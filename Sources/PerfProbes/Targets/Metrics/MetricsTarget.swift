import PerfClients
import PerfModel

/// A service's metrics, as Prometheus scrapes them.
package struct MetricsTarget: ProbeTarget {
    package static let schemes = ["metrics+http", "metrics+https"]
    /// Where a URL has no path.
    static let usualPath = "/metrics"

    /// A way to get an answer, on a new connection.
    typealias Connect = @Sendable (UInt64) throws(ProbeFailure) -> any MetricsFetcher

    package let url: String
    package let address: String
    private let selection: MetricsSelection
    private let connect: Connect
    private let mailbox = MetricsMailbox()

    package static func targets(
        of url: ServerURL, before deadline: UInt64
    ) throws(ProbeFailure) -> [any ProbeTarget] {
        let selection = try MetricsSelection(fragment: fragment(of: url))
        do throws(HTTPError) {
            let address = try HTTPAddress(url)
            let hasPath = !address.target.isEmpty && address.target != "/"
            let target = hasPath ? address.target : usualPath
            let (sockets, resolution) = try HTTPClient.sockets(of: address, before: deadline)
            return sockets.map { socket in
                MetricsTarget(url: url.description, address: socket.description, selection: selection) {
                    deadline throws(ProbeFailure) in
                    try HTTPMetricsFetcher(to: socket, of: address, target: target, resolution: resolution)
                }
            }
        } catch { throw ProbeFailure(error) }
    }

    /// What follows the #, which is never sent; nil for none.
    static func fragment(of url: ServerURL) -> String? {
        let text = url.path + (url.query.map { "?\($0)" } ?? "")
        return text.firstIndex(of: "#").map { String(text[text.index(after: $0)...]) }
    }

    /// - Parameters:
    ///   - url: as the user gave it, without secrets.
    ///   - address: what is really asked.
    ///   - selection: which metrics are read.
    ///   - connect: where answers come from.
    init(url: String, address: String, selection: MetricsSelection, connect: @escaping Connect) {
        self.url = url
        self.address = address
        self.selection = selection
        self.connect = connect
    }

    package var method: String { "GET of metrics" }

    /// A scrape costs the service more than an answer to a client.
    package var mostRate: Double? { 1 }

    package func connect(before deadline: UInt64) throws(ProbeFailure) -> any Prober {
        MetricsProber(try connect(deadline), address: address, selection: selection, mailbox: mailbox)
    }

    package func observer() -> (any ServerObserver)? {
        MetricsObserver(address: address, selection: selection, mailbox: mailbox, connect: connect)
    }

    package func keyMetricReader() -> (any KeyMetricReader)? {
        MetricsKeyReader(address: address, selection: selection, connect: connect)
    }
}
