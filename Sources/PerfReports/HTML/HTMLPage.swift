import PerfModel
import PerfProfiles

/// The interactive flame graph: one file that needs nothing else.
enum HTMLPage {
    /// The whole page in UTF-8.
    static func bytes(of profile: Profile) -> [UInt8] {
        var page = Array(HTMLAssets.untilTitle.utf8)
        page.append(contentsOf: escaped(title(of: profile)).utf8)
        page.append(contentsOf: HTMLAssets.titleUntilData.utf8)
        page.append(contentsOf: HTMLPayload.bytes(of: profile))
        page.append(contentsOf: HTMLAssets.afterData.utf8)
        return page
    }

    private static func title(of profile: Profile) -> String {
        let target = profile.extras?.target ?? ""
        return (target.isEmpty ? "Profile" : target).printable + " – perfdoctor"
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
