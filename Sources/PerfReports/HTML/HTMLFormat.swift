import PerfModel
import PerfProfiles

/// For browsers: an interactive flame graph in one file that needs nothing else.
package struct HTMLFormat: ReportFormat {
    package static let id = "html"
    package static let explanation = "for browsers: an interactive flame graph and a table, in one file"

    package static func bytes(of report: Report) -> [UInt8] {
        var page = Array(HTMLAssets.untilTitle.utf8)
        page.append(contentsOf: escaped(title(of: report)).utf8)
        page.append(contentsOf: HTMLAssets.titleUntilData.utf8)
        page.append(contentsOf: HTMLPayload.bytes(of: report))
        page.append(contentsOf: HTMLAssets.afterData.utf8)
        return page
    }

    private static func title(of report: Report) -> String {
        let target = report.profile.extras?.target ?? ""
        return (target.isEmpty ? report.source : target).printable + " – perfdoctor"
    }

    /// Text as the content of an element.
    private static func escaped(_ text: String) -> String {
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
