/* The difference of two profiles: what changed, and whether that is more than chance. RateComparison.swift explains the
   method; intervals and tests here are the same. */

const SHOWN_WIDTH = 1.959964;
const FINDING = 1;
const INLINED_DIFFERENTLY = 2;
const FOLLOWS_FROM_OTHERS = 3;
const RUNS_MAY_DIFFER_AS_MUCH = 5;

class Difference {
  constructor(profile) {
    const data = profile.diff;
    if (data.version !== 1) throw new Error(`This page cannot read differences of version ${data.version}`);
    Object.assign(this, data);
    this.isShare = data.is_share === 1;
    this.after = profile.types.findIndex(({ name }) => name === "after");
    this.before = profile.types.findIndex(({ name }) => name === "before");
    this.unit = profile.types[this.after].unit;
    this.hasSamples = data.samples_before > 0 && data.samples_after > 0;
  }

  /* Two values of the payload, before and after, compared. */
  change(before, after) {
    const [b, a] = [before * this.factor, after * this.factor];
    const change = { before: b, after: a, delta: a - b, ratio: b > 0 ? a / b : Infinity, low: NaN, high: NaN };
    const isLarge = Math.abs(change.delta) >= this.minimum * Math.max(this.total_before, this.total_after);
    change.isFinding = isLarge && change.delta !== 0;
    if (!this.hasSamples) return change;
    const exposures = [this.samples_before / this.total_before, this.samples_after / this.total_after];
    const [left, right] = [this.interval(b, exposures[0]), this.interval(a, exposures[1])];
    change.low = change.delta - Math.hypot(a - right[0], left[1] - b);
    change.high = change.delta + Math.hypot(right[1] - a, b - left[0]);
    change.isFinding &&= Math.abs(change.delta) > this.critical * this.standardError(b, a, exposures);
    return change;
  }

  standardError(before, after, [left, right]) {
    const pooled = (before * left + after * right) / (left + right);
    const spread = this.isShare ? Math.max(pooled * (1 - pooled), 0) : pooled;
    const wander = this.run_to_run * spread;
    return Math.sqrt(spread * this.dispersion * (1 / left + 1 / right) + 2 * wander * wander);
  }

  interval(value, exposure) {
    const square = SHOWN_WIDTH * SHOWN_WIDTH;
    if (this.isShare) return confidenceInterval(value, exposure / this.dispersion) ?? [0, 1];
    if (value <= 0) return [0, (square * this.dispersion) / exposure];
    const count = 1 / (this.dispersion / (value * exposure) + this.run_to_run * this.run_to_run);
    const margin = SHOWN_WIDTH * Math.sqrt(count + square / 4);
    return [Math.max(count + square / 2 - margin, 0), count + square / 2 + margin].map((end) => (end * value) / count);
  }

  /* "12.3%", "4.56 µs" */
  text(value) {
    return this.isShare ? formatShare(value) : formatValue(Math.abs(value), this.unit);
  }

  /* "+11.9 points ±1.2" */
  changeText(change) {
    const size = Math.abs(change.delta);
    const sign = change.delta < 0 ? "−" : "+";
    const margin = Math.max(change.delta - change.low, change.high - change.delta);
    const amount = (value) => (this.isShare ? (value * 100).toFixed(1) : formatValue(value, this.unit));
    return sign + amount(size) + (Number.isFinite(margin) ? ` ±${amount(margin)}` : "") + (this.isShare ? " points" : "");
  }

  /* "+38.0%", "×12.0", "new", "gone" */
  relativeText(change) {
    if (change.before === 0) return change.after > 0 ? "new" : "";
    if (change.after === 0) return "gone";
    if (change.ratio >= 10) return `×${change.ratio.toFixed(1)}`;
    return `${change.ratio < 1 ? "−" : "+"}${(Math.abs(change.ratio - 1) * 100).toFixed(1)}%`;
  }

  /* Why a function's change is no finding, or that it is one. */
  verdict(change, code) {
    if (code === INLINED_DIFFERENTLY) return "inlined in one build only";
    if (code === FOLLOWS_FROM_OTHERS) return "follows from other changes";
    if (code === RUNS_MAY_DIFFER_AS_MUCH) return "runs of one program may differ as much";
    return change.isFinding ? "beyond noise" : "within noise";
  }

  /* From -1, much less, to 1, much more; 0 within noise. */
  strength(change) {
    if (!change.isFinding) return 0;
    const size = change.before === 0 || change.after === 0 ? 1 : Math.min(Math.abs(Math.log2(change.ratio)), 1);
    return Math.sign(change.delta) * Math.max(size, 0.15);
  }
}

/* What the app knows about one frame or function while it shows a difference. */
class DifferenceView {
  constructor(app) {
    this.app = app;
    this.difference = new Difference(app.profile);
  }

  weigh() {
    const { app, difference } = this;
    const trees = { down: app.downTree, shown: app.tree };
    const weights = (type) => app.weights(trees.shown, type);
    this.nodes = { before: weights(difference.before), after: weights(difference.after) };
    const totals = (type) => new FunctionTotals(trees.down, app.weights(trees.down, type), app.profile.functions.length);
    this.functions = { before: totals(difference.before), after: totals(difference.after) };
    this.colors = new Map();
  }

  node(node, key = "total") {
    return this.difference.change(this.nodes.before[key][node], this.nodes.after[key][node]);
  }

  func(index, key) {
    const change = this.difference.change(this.functions.before[key][index], this.functions.after[key][index]);
    // All comparisons together have been judged already.
    change.isFinding = this.difference[key === "self" ? "own" : "total"][index] === FINDING;
    return change;
  }

  functionStrength(index) {
    const own = this.func(index, "self");
    return this.difference.strength(own.isFinding ? own : this.func(index, "total"));
  }

  code(index, key) {
    return this.difference[key === "self" ? "own" : "total"][index];
  }

  color(node) {
    let color = this.colors.get(node);
    if (color === undefined) {
      color = this.app.palette.change(node === ROOT ? 0 : this.nodeStrength(node));
      this.colors.set(node, color);
    }
    return color;
  }

  nodeStrength(node) {
    const index = this.app.tree.functionIndex[node];
    const codes = [this.code(index, "self"), this.code(index, "total")];
    if (codes.includes(INLINED_DIFFERENTLY)) return 0;
    if (codes.includes(FOLLOWS_FROM_OTHERS) && !codes.includes(FINDING)) return 0;
    return this.difference.strength(this.node(node));
  }

  /* Rows for the tooltip and the panel: label, before and after, change. */
  lines(node, isInverted) {
    const lines = [["", "before → after", "change"]];
    const add = (label, change, code) => {
      const { difference } = this;
      lines.push([label, `${difference.text(change.before)} → ${difference.text(change.after)}`,
        difference.changeText(change)]);
      lines.push(["", difference.verdict(change, code), difference.relativeText(change)]);
    };
    add("Here, total", this.node(node));
    if (!isInverted && node !== ROOT) add("Here, self", this.node(node, "self"));
    return lines;
  }

  functionLines(index) {
    const { difference } = this;
    return ["total", "self"].flatMap((key) => {
      const change = this.func(index, key);
      return [
        [`Function, ${key}`, `${difference.text(change.before)} → ${difference.text(change.after)}`,
          difference.changeText(change)],
        ["", difference.verdict(change, this.code(index, key)), difference.relativeText(change)],
      ];
    });
  }

  /* Functions with the largest changes of self, findings first. */
  largest(count) {
    return this.app.profile.functions
      .map((func) => ({ func, change: this.func(func.index, "self") }))
      .filter(({ change }) => change.delta !== 0)
      .sort((a, b) => b.change.isFinding - a.change.isFinding || Math.abs(b.change.delta) - Math.abs(a.change.delta))
      .slice(0, count);
  }

  legend() {
    const item = (strength, text) => {
      const swatch = element("span", { className: "swatch" });
      swatch.style.backgroundColor = this.app.palette.change(strength);
      return element("li", {}, swatch, text);
    };
    return [element("li", {}, "Change:"), item(-1, "half or less, gone"), item(-0.3, "less"), item(0, "within noise"),
      item(0.3, "more"), item(1, "double or more, new"),
      element("li", {}, "Widths are the chosen side's: choose under Show")];
  }
}
