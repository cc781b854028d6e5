import PerfClients
import PerfModel

extension HTTPObservation {
    /// What all checks that apply say, and what the server is.
    package func report(thresholds: [String: CheckThreshold]) -> ServerReport {
        var report = ServerReport(facts: facts)
        report.ask(HTTPLatencyCheck.self, self, thresholds)
        report.ask(HTTPSplitCheck.self, self, thresholds)
        report.ask(HTTPConnectCheck.self, self, thresholds)
        report.ask(HTTPErrorsCheck.self, self, thresholds)
        report.ask(HTTPRateLimitCheck.self, self, thresholds)
        report.ask(HTTPRedirectCheck.self, self, thresholds)
        if isTLS {
            report.ask(HTTPCertificateCheck.self, self, thresholds)
            report.ask(HTTPALPNCheck.self, self, thresholds)
            report.ask(HTTPAltSvcCheck.self, self, thresholds)
        }
        // A stream has no end to compress, to page or to keep, and takes its connection with it.
        if stream != nil {
            report.ask(HTTPStreamCheck.self, self, thresholds)
            return report
        }
        report.ask(HTTPKeepAliveCheck.self, self, thresholds)
        report.ask(HTTPCompressionCheck.self, self, thresholds)
        report.ask(HTTPBodyCheck.self, self, thresholds)
        report.ask(HTTPCacheCheck.self, self, thresholds)
        report.ask(HTTPCDNCheck.self, self, thresholds)
        return report
    }

    private var facts: [ServerReport.Fact] {
        let headers = page.headers
        var facts = [
            ServerReport.Fact("status", HTTPWords.status(page.status)),
            ServerReport.Fact("protocol", "HTTP/\(page.version)"),
        ]
        func add(_ name: String, _ text: String?) {
            guard let text, !text.isEmpty else { return }
            facts.append(ServerReport.Fact(name, String(text.prefix(100)).printable))
        }
        add("server", headers["server"])
        add("type", mediaType)
        add("encoding", headers["content-encoding"])
        if stream == nil {
            add("body", (page.cut == .size ? "more than " : "") + HTTPWords.bytes(page.bodySize))
        }
        add("cache_control", headers["cache-control"])
        let caching = HTTPCaching(headers)
        let signs = caching.signs.map { "\($0.name): \($0.value.prefix(40))" }
        add("cdn", signs.joined(separator: "; "))
        if let text = headers["alt-svc"] { add("advertises", HTTPAlternatives.protocols(text).joined(separator: ", ")) }
        add("server_time", answers.serverTimeSource)
        for hop in redirects.prefix(1) { add("redirects_to", hop.shown) }
        if let expiry = page.certificateExpiry {
            add("certificate", "valid until \(InternetTime.text(nanosecondsSince1970: expiry * 1_000_000_000))")
        }
        if let stream {
            add(
                "stream", "\(Quantity.counted(Int64(stream.events), "event")) in \(HTTPWords.duration(stream.duration))"
            )
        }
        return facts
    }
}
