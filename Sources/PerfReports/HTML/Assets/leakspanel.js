/* What nothing refers to any more, as HTMLLeaks.swift writes it: each cause with what it keeps, cycles as pictures. */

const LEAK_KINDS = { cycle: "cycle", overretained: "over-retained", unreachable: "unreachable" };
/* Longer cycles are shown in part. */
const SHOWN_STEPS = 6;

class LeaksPanel {
  constructor(app) {
    this.app = app;
    const leaks = app.profile.heap?.leaks;
    byId("leaks-panel").hidden = !leaks;
    if (!leaks) return;
    const rows = leaks.causes.map((cause) => this.row(cause));
    byId("leaks").replaceChildren(...(rows.length > 0 ? rows
      : [element("li", { className: "hint" }, leaks.nothing)]));
    const more = leaks.causes_in_all - leaks.causes.length;
    byId("leaks-notes").replaceChildren(
      ...(more > 0 ? [element("p", { className: "hint" }, `${formatCount(more)} more causes are in the JSON report.`)] : []),
      ...leaks.remedies.map((text) => element("p", { className: "judgement" }, element("span", { className: "remedy" }, text))),
      ...leaks.suppressed.map((text) => element("p", { className: "hint" }, `Suppressed: ${text}`)),
      ...leaks.seen.map((text) => element("p", { className: "hint" }, `Seen: ${text}`)));
  }

  row(cause) {
    const times = cause.times > 1 ? `${formatCount(cause.times)} × ` : "";
    return element("li", { className: `leak ${cause.kind}` },
      element("span", { className: "value" }, formatValue(cause.bytes, "bytes")),
      element("span", { className: "blocks" }, `${formatCount(cause.count)} block${cause.count === 1 ? "" : "s"}`),
      element("span", { className: "kind" }, times + LEAK_KINDS[cause.kind]),
      element("div", { className: "what" }, this.picture(cause),
        cause.site ? element("p", { className: "place", title: cause.site }, `allocated by ${this.functionName(cause.site)}`) : null));
  }

  /* Boxes of types with the fields that lead from one to the next, and from the last one back. */
  picture(cause) {
    const { steps } = cause;
    const shown = steps.length > SHOWN_STEPS ? steps.slice(0, SHOWN_STEPS - 1) : steps;
    const parts = shown.flatMap(([type, field]) => [this.box(type), this.arrow(cause, field)]);
    if (shown.length < steps.length) {
      parts.push(element("span", { className: "hint" }, `${formatCount(steps.length - shown.length)} more`), this.arrow(cause, ""));
    }
    if (cause.kind === "cycle") parts.push(element("span", { className: "back" }, `back to ${this.typeText(steps[0][0])}`));
    const more = cause.objects > steps.length
      ? element("span", { className: "hint" }, ` ${formatCount(cause.objects)} objects${cause.times > 1 ? " each" : ""}`) : null;
    return element("div", { className: "circle" }, ...parts.filter((part) => part !== null), more);
  }

  box(type) {
    return element("span", { className: "box", title: type || "memory that is no object" }, this.typeText(type));
  }

  arrow(cause, field) {
    if (cause.kind !== "cycle") return null;
    return element("span", { className: "arrow" },
      field ? element("span", { className: "field" }, `.${field}`) : null, " → ");
  }

  typeText(type) {
    if (!type) return "raw memory";
    return this.app.state.names === "full" ? type : typeName(type);
  }

  functionName(name) {
    return this.app.state.names === "full" ? name : shortName(name);
  }
}
