import PerfDiagnosis
import PerfModel
import PerfProfiles

/// For browsers: the whole diagnosis in one file that needs nothing else, and the culprit's flame graph.
package struct HTMLDiagnosisFormat: DiagnosisFormat {
    package static let id = "html"
    package static let explanation = "for browsers: verdict, evidence, charts and a flame graph, in one file"

    /// The diagnosis is markup that needs no script; the flame graph is that of a report, with its script.
    package static func bytes(of report: DiagnosisReport) throws -> [UInt8] {
        var page = Array(HTMLAssets.diagnosisUntilTitle.utf8)
        let title = "\(report.diagnosis.verdict.summary) – perfdoctor"
        page.append(contentsOf: HTMLMarkup.escaped(title.printable).utf8)
        page.append(contentsOf: HTMLAssets.titleUntilHeadEnd.utf8)
        page.append(contentsOf: HTMLAssets.diagnosisHeadEnd.utf8)
        page.append(contentsOf: DiagnosisMarkup(report).bytes)
        guard let profile = report.profile else {
            page.append(contentsOf: "</body>\n</html>\n".utf8)
            return page
        }
        let culprit = report.diagnosis.verdict.culprit.map { "\($0.process) (pid \($0.pid))" } ?? report.subject
        let payload = HTMLPayload.bytes(of: try Report(profile, source: "profile of \(culprit)"))
        page.append(contentsOf: flameGraph(of: culprit).utf8)
        page.append(contentsOf: payload)
        page.append(contentsOf: HTMLAssets.afterData.utf8)
        return page
    }

    /// The body of a report's page: as a section, since the page has its main part and its heading already.
    private static func flameGraph(of culprit: String) -> String {
        let body = HTMLAssets.bodyUntilData
            .replacing("<main>", with: "<div class=\"views\">").replacing("</main>", with: "</div>")
            .replacing("<h1 id=\"target\"></h1>", with: "<h3 id=\"target\"></h3>")
            .replacing("<script type=", with: "</section>\n<script type=")
        let heading = HTMLMarkup.escaped("Profile of \(culprit.printable)")
        return "<section class=\"profile\" id=\"flame-graph\" aria-label=\"Flame graph\">\n<h2>\(heading)</h2>\n\(body)"
    }
}
