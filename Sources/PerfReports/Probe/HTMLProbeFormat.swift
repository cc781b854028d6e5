import PerfModel
import PerfProbes

/// For browsers: verdicts, distributions side by side, latencies over time, findings, in one file without scripts.
package struct HTMLProbeFormat: ProbeFormat {
    package static let id = "html"
    package static let explanation = "for browsers: verdicts, distributions, latencies over time, findings; in one file"

    package static func bytes(of report: ProbeReport) -> [UInt8] {
        var page = Array(HTMLAssets.diagnosisUntilTitle.utf8)
        let title = "\(ProbeWords.summary(report)) – perfdoctor"
        page.append(contentsOf: HTMLMarkup.escaped(title.printable).utf8)
        page.append(contentsOf: HTMLAssets.titleUntilHeadEnd.utf8)
        page.append(contentsOf: HTMLAssets.diagnosisHeadEnd.utf8)
        page.append(contentsOf: ProbeMarkup(report).bytes)
        page.append(contentsOf: "</body>\n</html>\n".utf8)
        return page
    }
}
