import PerfModel

/// Parts that all pages have.
extension HTMLMarkup {
    /// A heading and what belongs to it, with a name for links.
    mutating func section(_ id: String, _ title: String, _ body: (inout HTMLMarkup) -> Void) {
        raw("\n")
        element("section", ["id": id]) { page in
            page.element("h2", title)
            body(&page)
        }
    }

    /// The titles of a table's columns.
    mutating func tableHead(_ titles: [String], numbers: Range<Int> = 0..<0) {
        element("thead") { page in
            page.element("tr") { page in
                for (index, title) in titles.enumerated() {
                    page.element("th", ["scope": "col", "class": numbers.contains(index) ? "number" : ""], title)
                }
            }
        }
    }

    /// What may be wider than the page, within the reach of the keyboard.
    mutating func scrolled(_ label: String, _ body: (inout HTMLMarkup) -> Void) {
        element("div", ["class": "wide", "role": "region", "tabindex": "0", "aria-label": label], body)
    }

    /// What may be wrong with the result.
    mutating func doubts(_ warnings: [Warning]) {
        guard !warnings.isEmpty else { return }
        element("section", ["class": "notices doubts", "aria-label": "Doubts"]) { page in
            page.element("ul") { page in
                for warning in warnings {
                    page.element("li") { page in
                        page.element("span", ["class": "message"], warning.message)
                        if !warning.remedy.isEmpty { page.element("span", ["class": "remedy"], warning.remedy) }
                    }
                }
            }
        }
    }

    /// Links to sections.
    mutating func contents(_ links: [(id: String, title: String)]) {
        element("nav", ["class": "contents", "aria-label": "Contents"]) { page in
            for link in links { page.element("a", ["href": "#\(link.id)"], link.title) }
        }
    }
}
