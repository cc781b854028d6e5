/* The functions as a table; only the rows in sight exist as elements. */

const TABLE_ROW_HEIGHT = 28;
const SPARE_ROWS = 6;
const PRINTED_ROWS = 40;
const COLUMNS = [
  { key: "self", title: "Self", isNumber: true },
  { key: "total", title: "Total", isNumber: true },
  { key: "name", title: "Function" },
  { key: "module", title: "Module" },
];

const DIFFERENCE_COLUMNS = [
  { key: "before", title: "Self before", isNumber: true },
  { key: "after", title: "Self after", isNumber: true },
  { key: "self", title: "Change of self", isNumber: true },
  { key: "total", title: "Change of total", isNumber: true },
  { key: "name", title: "Function" },
  { key: "module", title: "Module" },
];

class FunctionTable {
  constructor(app) {
    this.app = app;
    this.columns = app.difference ? DIFFERENCE_COLUMNS : COLUMNS;
    this.rows = [];
    this.focused = 0;
    this.scroll = byId("table-scroll");
    this.scroll.addEventListener("scroll", () => this.render(), { passive: true });
    this.scroll.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => this.render()).observe(this.scroll);
    this.buildHead();
  }

  buildHead() {
    byId("table-head").replaceChildren(...this.columns.map((column) =>
      element("div", { role: "columnheader", className: `cell ${column.key}` },
        element("button", { type: "button", onclick: () => this.app.setSort(column.key) }, column.title))));
  }

  /* Recomputes which functions are shown, and in which order. */
  update() {
    const { totals, search, profile, state } = this.app;
    const isIn = (func) => (this.app.difference ? this.isEither(func) : totals.total[func.index] > 0);
    const isShown = (func) => isIn(func) && (!search.isActive || search.isMatch[func.index]);
    this.rows = profile.functions.filter(isShown).sort(
      this.app.difference ? differenceOrder(state.sort, this.app.difference) : rowOrder(state.sort, totals));
    this.focused = 0;
    byId("table-head").childNodes.forEach((cell, index) => {
      const { key, isNumber } = this.columns[index];
      cell.setAttribute("aria-sort", key !== state.sort ? "none" : isNumber ? "descending" : "ascending");
    });
    this.scroll.setAttribute("aria-rowcount", this.rows.length + 1);
    byId("table-space").style.height = `${Math.max(this.rows.length, 1) * TABLE_ROW_HEIGHT}px`;
    this.scroll.scrollTop = 0;
    this.render();
  }

  render() {
    if (this.scroll.clientHeight === 0) return;
    const first = Math.max(Math.floor(this.scroll.scrollTop / TABLE_ROW_HEIGHT) - SPARE_ROWS, 0);
    const count = Math.ceil(this.scroll.clientHeight / TABLE_ROW_HEIGHT) + 2 * SPARE_ROWS;
    const place = byId("table-rows");
    place.style.transform = `translateY(${first * TABLE_ROW_HEIGHT}px)`;
    place.replaceChildren(...this.rows.slice(first, first + count).map((func, index) => this.row(func, first + index)));
    if (this.rows.length === 0) place.append(element("p", { className: "hint" }, "No function matches."));
  }

  isEither(func) {
    const { before, after } = this.app.difference.functions;
    return before.total[func.index] > 0 || after.total[func.index] > 0;
  }

  /* Cells of a difference: self on both sides, then both changes. */
  changeCells(func) {
    const view = this.app.difference;
    const own = view.func(func.index, "self");
    const total = view.func(func.index, "total");
    const cell = (key, ...content) => element("div", { className: `cell number ${key}`, role: "cell" }, ...content);
    const change = (key, value) => cell(`${key} change`,
      element("span", { className: value.isFinding ? "finding" : "noise" },
        value.delta === 0 ? "–" : view.difference.changeText(value)),
      element("span", { className: "value" }, value.delta === 0 ? "" : view.difference.relativeText(value)));
    return [cell("before", element("span", { className: "value" }, view.difference.text(own.before))),
      cell("after", element("span", { className: "value" }, view.difference.text(own.after))),
      change("self", own), change("total", total)];
  }

  row(func, position) {
    const { totals } = this.app;
    const result = element("div", { className: "row", role: "row", onclick: () => this.app.showFunction(func) },
      ...(this.app.difference ? this.changeCells(func) : [
        this.numberCell("self", totals.self[func.index]), this.numberCell("total", totals.total[func.index])]),
      element("div", { className: "cell name", role: "cell", title: func.name }, swatch(this.app, func),
        this.app.displayName(func)),
      element("div", { className: "cell module", role: "cell", title: func.module }, baseName(func.module)));
    result.setAttribute("aria-rowindex", position + 2);
    result.classList.toggle("focused", position === this.focused);
    return result;
  }

  numberCell(key, value) {
    const { measures } = this.app;
    const bar = element("span", { className: "bar" });
    bar.style.width = `${Math.min(measures.share(value) * 100, 100)}%`;
    const interval = measures.interval(value);
    return element("div", { className: `cell number ${key}`, role: "cell" }, bar,
      element("span", { className: "share" }, formatShare(measures.share(value))),
      interval ? element("span", { className: "interval", title: "95% confidence interval" }, interval) : null,
      element("span", { className: "value" }, measures.value(value)));
  }

  onKey(event) {
    const page = Math.max(Math.floor(this.scroll.clientHeight / TABLE_ROW_HEIGHT) - 2, 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key === "Enter" && event.target === this.scroll && this.rows[this.focused]) {
      this.app.showFunction(this.rows[this.focused]);
    } else if (event.key in steps) {
      this.focused = Math.min(Math.max(this.focused + steps[event.key], 0), Math.max(this.rows.length - 1, 0));
      this.revealFocused();
      this.render();
    } else {
      return;
    }
    event.preventDefault();
  }

  revealFocused() {
    // The head stays in sight above the rows.
    const top = this.focused * TABLE_ROW_HEIGHT;
    const visible = this.scroll.clientHeight - 2 * TABLE_ROW_HEIGHT;
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    else if (top > this.scroll.scrollTop + visible) this.scroll.scrollTop = top - visible;
    const func = this.rows[this.focused];
    if (func) byId("focused-frame").textContent = this.describe(func);
  }

  describe(func) {
    const { totals, measures, difference } = this.app;
    if (difference) return `${func.name}, ${difference.difference.changeText(difference.func(func.index, "self"))} self`;
    return `${func.name}, ${formatShare(measures.share(totals.self[func.index]))} self, `
      + `${formatShare(measures.share(totals.total[func.index]))} total`;
  }

  /* Rows that exist on paper, where nothing scrolls. */
  print() {
    byId("print-table").replaceChildren(
      element("h2", {}, `Functions by ${this.app.state.sort}`),
      ...this.rows.slice(0, PRINTED_ROWS).map((func, index) => this.row(func, index)));
  }
}

/* Largest change first; before and after by their value. */
function differenceOrder(key, view) {
  if (key === "before" || key === "after") {
    return (a, b) => view.functions[key].self[b.index] - view.functions[key].self[a.index] || a.index - b.index;
  }
  if (key !== "self" && key !== "total") return rowOrder(key, null);
  const size = (func) => Math.abs(view.func(func.index, key).delta);
  return (a, b) => size(b) - size(a) || a.index - b.index;
}

function rowOrder(key, totals) {
  if (key === "self" || key === "total") {
    const other = key === "self" ? "total" : "self";
    return (a, b) => totals[key][b.index] - totals[key][a.index] || totals[other][b.index] - totals[other][a.index];
  }
  return (a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : a.index - b.index);
}
