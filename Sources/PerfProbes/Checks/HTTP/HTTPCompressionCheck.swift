import PerfClients
import PerfModel

/// Text that goes over the network as it is.
package enum HTTPCompressionCheck: ServerCheck {
    package static let id = "http.compression"
    package static let resource = Resource.network
    package static let explanation = "Are texts of more than 1 KB compressed?"
    package static let source =
        "Content-Encoding of the answer to Accept-Encoding: gzip, deflate, br, zstd; bytes of its body"
    package static let trap =
        "images, films and archives are packed already; who does not offer Accept-Encoding never sees it"
    package static let threshold = CheckThreshold(1000, unit: "bytes", origin: "guide B")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        let content = observation.content
        guard let page = content.value else { return unmeasured(content) }
        let size = Double(page.bodySize)
        let encoding = page.headers["content-encoding"]?.lowercased() ?? "identity"
        guard encoding == "identity" else {
            return .healthy([Evidence("compressed_body", size, threshold.unit)])
        }
        guard threshold.severity(of: size) != nil, observation.isText else {
            guard !observation.mediaType.isEmpty || threshold.severity(of: size) == nil else {
                return .unmeasured(
                    reason: "the server does not say what its answer is (no Content-Type)", remedy: "send Content-Type")
            }
            return .healthy([Evidence("body", size, threshold.unit)])
        }
        return .findings([
            finding(
                size, "body", threshold: threshold, subject: observation.address,
                evidence: [
                    Evidence("transfer", HTTPWords.milliseconds(page.phases.transfer), "milliseconds")
                ],
                summary:
                    "\(HTTPWords.bytes(page.bodySize)) of \(observation.mediaType.printable) are sent uncompressed to who "
                    + "takes gzip",
                remedies: [HTTPRemedies.compress, HTTPRemedies.nginxCompress])
        ])
    }
}
