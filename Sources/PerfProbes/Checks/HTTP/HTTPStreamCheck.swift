import PerfClients
import PerfModel

/// Whether events come when they happen.
package enum HTTPStreamCheck: ServerCheck {
    package static let id = "http.stream"
    package static let resource = Resource.network
    package static let explanation = "Do events of a stream come one by one, as they happen?"
    package static let source = "text/event-stream, listened to for 5 s: when each event came"
    package static let trap =
        "a stream in one piece is buffered by something between, or was made at once: the same URL asked at the "
        + "application itself tells which"
    package static let threshold = CheckThreshold(
        1000, unit: "milliseconds", origin: "proposed", conditions: ["events_at_once": 4])

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let stream = observation.stream else {
            return .unmeasured(reason: "it is no stream of events", remedy: nil)
        }
        guard let firstEvent = stream.firstEvent, stream.events > 0, stream.moments > 0 else {
            return .unmeasured(
                reason: "no event came in \(HTTPWords.duration(stream.duration))", remedy: "ask when something happens")
        }
        let first = HTTPWords.milliseconds(firstEvent)
        let average = Double(stream.events) / Double(stream.moments)
        var evidence = [
            Evidence("events", Double(stream.events), "count"),
            Evidence("moments", Double(stream.moments), "count"),
        ]
        if stream.moments > 1, stream.duration > 0 {
            evidence.append(
                Evidence("events_per_second", Double(stream.events) * 1e9 / Double(stream.duration), "per_second"))
        }
        if let gap = stream.largestGap {
            evidence.append(Evidence("largest_gap", HTTPWords.milliseconds(gap), "milliseconds"))
        }
        // All at one moment, or in heaps.
        let isOnePiece = stream.moments == 1 && stream.events > 1
        let isBuffered = isOnePiece || average >= threshold.condition("events_at_once")
        guard isBuffered || threshold.severity(of: first) != nil else {
            return .healthy([Evidence("first_event", first, threshold.unit)] + evidence)
        }
        let summary: String
        if isOnePiece {
            summary =
                "all \(stream.events) events came in one piece, after \(HTTPWords.duration(firstEvent)): something between "
                + "buffers the stream"
        } else if isBuffered {
            summary =
                "events come in heaps of \(Quantity.fixed(average, digits: 1)): something between buffers the stream"
        } else {
            summary = "the first event came after \(HTTPWords.duration(firstEvent))"
        }
        return .findings([
            finding(
                first, "first_event", threshold: threshold, severity: .warning, subject: observation.address,
                evidence: evidence, summary: summary,
                remedies: [isBuffered ? HTTPRemedies.unbuffered : HTTPRemedies.stream])
        ])
    }
}
