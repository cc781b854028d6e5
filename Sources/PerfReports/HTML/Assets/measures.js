/* What a frame weighs, in words: units, share of the total and of the zoomed frame, sampling error. */

class Measures {
  /* `counts` are the weights in samples of the same tree, null where the recording does not count them. */
  /* `variances` are those of the weights of a sampled heap, and of its functions' totals; null for any other. */
  constructor(type, layout, counts, variances, ofFunctions) {
    this.unit = type?.unit ?? "";
    this.layout = layout;
    this.counts = counts;
    this.variances = variances;
    this.ofFunctions = ofFunctions;
  }

  get total() {
    return this.layout.weights.total[ROOT];
  }

  value(value) {
    return formatValue(value, this.unit);
  }

  /* "1.23 MiB ±20.0 KiB", with the standard error where values were estimated. */
  estimate(value, variance) {
    return this.value(value) + (this.variances ? errorText(Math.sqrt(variance), value, this.unit) : "");
  }

  /* A function's "self" or "total" in the same way. */
  functionEstimate(key, index, totals) {
    return this.estimate(totals[key][index], this.ofFunctions?.[key][index]);
  }

  /* "±12%" of it; nothing where nothing was estimated. */
  functionError(key, index, totals) {
    if (!this.ofFunctions) return "";
    return relativeErrorText(Math.sqrt(this.ofFunctions[key][index]), totals[key][index]);
  }

  share(value, whole = ROOT) {
    return value / this.layout.weights.total[whole];
  }

  interval(value, whole = ROOT) {
    return this.counts ? formatInterval(this.share(value, whole), this.counts.total[whole]) : "";
  }

  /* "12.3% (11.9–12.7)" */
  shareText(value, whole = ROOT) {
    const interval = this.interval(value, whole);
    return formatShare(this.share(value, whole)) + (interval ? ` (${interval})` : "");
  }

  /* [label, text] for total and self of a frame, and for the zoomed frame where one is. */
  lines(node, zoom, isInverted) {
    const { total, self } = this.layout.weights;
    const { variances } = this;
    const lines = [["Total", this.estimate(total[node], variances?.total[node]), this.shareText(total[node])]];
    if (!isInverted && node !== ROOT) {
      lines.push(["Self", this.estimate(self[node], variances?.self[node]), this.shareText(self[node])]);
    }
    if (zoom !== ROOT && total[node] <= total[zoom]) {
      lines.push(["Total, of zoomed", "", this.shareText(total[node], zoom)]);
      if (!isInverted) lines.push(["Self, of zoomed", "", this.shareText(self[node], zoom)]);
    }
    return lines;
  }
}

/* A row per measure: label, value, share. */
function measureTable(lines) {
  return element("table", { className: "measures" }, element("tbody", {}, ...lines.map(([label, value, share]) =>
    element("tr", {}, element("th", { scope: "row" }, label), element("td", {}, value), element("td", {}, share)))));
}
