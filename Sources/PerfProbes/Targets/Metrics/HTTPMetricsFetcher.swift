import PerfClients
import PerfModel

/// Gets metrics over HTTP.
final class HTTPMetricsFetcher: MetricsFetcher {
    /// More is not what a service should tell every few seconds.
    private static let most = 32 << 20
    /// What Prometheus asks for; native histograms, which only protobuf has, are not read.
    private static let accepted =
        "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"

    private let client: HTTPClient
    private let target: String
    private let resolution: UInt64
    private(set) var connecting: [ProbePhase] = []

    /// - Parameters:
    ///   - socket: one of the server's.
    ///   - address: of the server.
    ///   - target: path and query.
    ///   - resolution: nanoseconds that the name took.
    /// - Throws: when there is no libcurl.
    init(
        to socket: SocketAddress, of address: HTTPAddress, target: String, resolution: UInt64
    ) throws(ProbeFailure) {
        self.target = target
        self.resolution = resolution
        do throws(HTTPError) { client = try HTTPClient(to: socket, of: address) } catch { throw ProbeFailure(error) }
    }

    func fetch(before deadline: UInt64) throws(ProbeFailure) -> MetricsAnswer {
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try client.get(
                target, headers: [HTTPHeaders.Field("accept", Self.accepted)],
                limits: HTTPClient.Limits(kept: Self.most, most: Self.most), before: deadline)
        } catch { throw ProbeFailure(error) }
        let place = client.socket.description
        guard response.status == 200 else {
            throw ProbeFailure(
                .errorAnswer, "\(place) answers \(target.printable) with status \(response.status)",
                remedy: Self.remedy(response.status), isConnectionUsable: true)
        }
        guard response.cut == nil else {
            throw ProbeFailure(
                .garbage,
                "\(place): more than \(Quantity.text(Int64(Self.most), unit: "bytes")) of metrics, or a stream",
                remedy: "take labels such as ids and whole paths off the metrics")
        }
        var phases: [ProbePhase] = []
        if let time = response.phases.tcp { phases.append(ProbePhase("tcp", nanoseconds: time)) }
        if let time = response.phases.tls { phases.append(ProbePhase("tls", nanoseconds: time)) }
        if connecting.isEmpty, !phases.isEmpty {
            connecting = (resolution > 0 ? [ProbePhase("dns", nanoseconds: resolution)] : []) + phases
        }
        phases.append(ProbePhase("first_byte", nanoseconds: response.phases.firstByte))
        phases.append(ProbePhase("transfer", nanoseconds: response.phases.transfer))
        return MetricsAnswer(
            sentAt: response.sentAt, receivedAt: response.receivedAt, phases: phases,
            contentType: response.headers["content-type"], body: response.body)
    }

    private static func remedy(_ status: Int) -> String {
        switch status {
        case 401, 403: "give user and password: metrics+http://user:${PASSWORD}@host/path"
        case 404: "correct the path: without one, /metrics is asked for"
        case 301, 302, 307, 308: "ask where it leads to: 'curl -sI URL' shows it"
        default: "see the service's log"
        }
    }
}
