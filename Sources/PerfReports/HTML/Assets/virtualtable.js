/* A table of many rows; only those in sight exist as elements. */

const TABLE_ROW_HEIGHT = 28;
const SPARE_ROWS = 6;

/*
 * Subclasses have `columns` ({ key, title, isNumber, hint }), `sort`, `setSort(key)`, `found()`, `row(item, position)`,
 * `open(item)` and `describe(item)`.
 */
class VirtualTable {
  constructor(app, name, columns, nothing) {
    this.app = app;
    this.columns = columns;
    this.nothing = nothing;
    this.rows = [];
    this.focused = 0;
    this.scroll = byId(`${name}-scroll`);
    this.head = byId(`${name}-head`);
    this.space = byId(`${name}-space`);
    this.place = byId(`${name}-rows`);
    this.scroll.addEventListener("scroll", () => this.render(), { passive: true });
    this.scroll.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => this.render()).observe(this.scroll);
    this.head.replaceChildren(...columns.map((column) =>
      element("div", { role: "columnheader", className: `cell ${column.key} ${column.kind ?? ""}`,
        title: column.hint ?? "" },
        element("button", { type: "button", onclick: () => this.setSort(column.key) }, column.title))));
  }

  /* Recomputes which rows are shown, and in which order. */
  update() {
    this.rows = this.found();
    this.focused = 0;
    this.head.childNodes.forEach((cell, index) => {
      const { key, isNumber } = this.columns[index];
      cell.setAttribute("aria-sort", key !== this.sort ? "none" : isNumber ? "descending" : "ascending");
    });
    this.scroll.setAttribute("aria-rowcount", this.rows.length + 1);
    this.space.style.height = `${Math.max(this.rows.length, 1) * TABLE_ROW_HEIGHT}px`;
    this.scroll.scrollTop = 0;
    this.render();
  }

  render() {
    if (this.scroll.clientHeight === 0) return;
    const first = Math.max(Math.floor(this.scroll.scrollTop / TABLE_ROW_HEIGHT) - SPARE_ROWS, 0);
    const count = Math.ceil(this.scroll.clientHeight / TABLE_ROW_HEIGHT) + 2 * SPARE_ROWS;
    this.place.style.transform = `translateY(${first * TABLE_ROW_HEIGHT}px)`;
    this.place.replaceChildren(...this.rows.slice(first, first + count)
      .map((item, index) => this.framed(item, first + index)));
    if (this.rows.length === 0) this.place.append(element("p", { className: "hint" }, this.nothing));
  }

  framed(item, position) {
    const result = this.row(item, position);
    result.setAttribute("aria-rowindex", position + 2);
    result.classList.toggle("focused", position === this.focused);
    return result;
  }

  onKey(event) {
    const page = Math.max(Math.floor(this.scroll.clientHeight / TABLE_ROW_HEIGHT) - 2, 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key === "Enter" && event.target === this.scroll && this.rows[this.focused]) {
      this.open(this.rows[this.focused]);
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
    const item = this.rows[this.focused];
    if (item) byId("focused-frame").textContent = this.describe(item);
  }
}
