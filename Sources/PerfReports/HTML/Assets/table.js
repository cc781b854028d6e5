/* The functions as a table. */

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

class FunctionTable extends VirtualTable {
  constructor(app) {
    super(app, "table", app.difference ? DIFFERENCE_COLUMNS : COLUMNS, "No function matches.");
  }

  get sort() {
    return this.app.state.sort;
  }

  setSort(key) {
    this.app.setSort(key);
  }

  open(func) {
    this.app.showFunction(func);
  }

  found() {
    const { totals, search, profile, state } = this.app;
    const isIn = (func) => (this.app.difference ? this.isEither(func) : totals.total[func.index] > 0);
    // Types have a table of their own.
    const isShown = (func) => isIn(func) && !func.isTip && (!search.isActive || search.isMatch[func.index]);
    return profile.functions.filter(isShown).sort(
      this.app.difference ? differenceOrder(state.sort, this.app.difference) : rowOrder(state.sort, totals));
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

  row(func) {
    return element("div", { className: "row", role: "row", onclick: () => this.open(func) },
      ...(this.app.difference ? this.changeCells(func) : [
        this.numberCell("self", func.index), this.numberCell("total", func.index)]),
      element("div", { className: "cell name", role: "cell", title: func.name }, swatch(this.app, func),
        this.app.displayName(func)),
      element("div", { className: "cell module", role: "cell", title: func.module }, baseName(func.module)));
  }

  numberCell(key, index) {
    const { measures, totals } = this.app;
    const value = totals[key][index];
    const error = measures.functionError(key, index, totals);
    const bar = element("span", { className: "bar" });
    bar.style.width = `${Math.min(measures.share(value) * 100, 100)}%`;
    const interval = measures.interval(value);
    return element("div", { className: `cell number ${key}`, role: "cell" }, bar,
      element("span", { className: "share" }, formatShare(measures.share(value))),
      interval ? element("span", { className: "interval", title: "95% confidence interval" }, interval) : null,
      element("span", { className: "value" }, measures.value(value),
        error ? element("span", { className: "error" }, ` ${error}`) : null));
  }

  describe(func) {
    const { totals, measures, difference } = this.app;
    if (difference) return `${func.name}, ${difference.difference.changeText(difference.func(func.index, "self"))} self`;
    return `${func.name}, ${formatShare(measures.share(totals.self[func.index]))} self, `
      + `${formatShare(measures.share(totals.total[func.index]))} total`;
  }

  printed(count) {
    return this.rows.slice(0, count).map((func, index) => this.framed(func, index));
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
