import PerfModel
import PerfProfiles

/// For browsers: an interactive flame graph in one file that needs nothing else.
package struct HTMLFormat: ReportFormat {
    package static let id = "html"
    package static let explanation = "for browsers: an interactive flame graph and a table, in one file"

    package static func bytes(of report: Report) -> [UInt8] {
        let target = report.profile.extras?.target ?? ""
        return page(title: target.isEmpty ? report.source : target, data: HTMLPayload.bytes(of: report))
    }

    /// The page around its data, which must be safe inside a `<script>` element.
    static func page(title: String, data: [UInt8]) -> [UInt8] {
        var page = Array(HTMLAssets.untilTitle.utf8)
        page.append(contentsOf: escaped(title.printable + " – perfdoctor").utf8)
        page.append(contentsOf: HTMLAssets.titleUntilHeadEnd.utf8)
        page.append(contentsOf: HTMLAssets.headEndUntilBody.utf8)
        page.append(contentsOf: HTMLAssets.bodyUntilData.utf8)
        page.append(contentsOf: data)
        page.append(contentsOf: HTMLAssets.afterData.utf8)
        return page
    }

    /// Text as the content of an element.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
