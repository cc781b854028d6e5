/* Live and resident bytes over time. Vector graphics: colours come from the style, and paper gets them as well. */

const CHART_MARGIN = { left: 66, right: 12, top: 18, bottom: 20 };
/* Resident memory that is so many times what lives gets a strip of its own: else what lives would be a flat line. */
const STRIP_RATIO = 4;
const CHART_HEIGHT = 152;
const STRIP_HEIGHT = 58;
const STRIP_GAP = 20;

class HeapChart {
  constructor(app) {
    this.app = app;
    this.heap = app.profile.heap;
    this.place = byId("heap-chart");
    this.cursor = -1;
    this.points = chartPoints(this.heap, app.profile.summary.duration_ns);
    this.end = Math.max(app.profile.summary.duration_ns, this.points.at(-1)?.time ?? 0, 1);
    this.most = { live: this.highest("live"), rss: this.highest("rss") };
    byId("heap-chart-part").hidden = !this.isShown;
    if (!this.isShown) return;
    this.place.setAttribute("aria-label", `${this.summary()}. Arrow keys move along the time, P goes to the peak.`);
    byId("heap-points").replaceChildren(...this.spoken());
    this.connect();
    new ResizeObserver(() => this.draw()).observe(this.place);
  }

  get isShown() {
    return this.points.length > 1;
  }

  highest(key) {
    return this.points.reduce((most, point) => Math.max(most, point[key] ?? 0), 0);
  }

  get peakText() {
    const { peak_bytes: bytes, peak_at_ns: at } = this.heap;
    return `Peak ${formatValue(bytes, "bytes")} after ${formatValue(at, "nanoseconds")}`;
  }

  /* What the picture says, in words. */
  summary() {
    const { charted, memory } = this.heap;
    const of = charted ? ` in ${charted}` : "";
    const tracker = memory?.tracker > 0 ? `, ${formatValue(memory.tracker, "bytes")} of it the tracker's` : "";
    const live = ` · ${formatValue(this.heap.charted_live_bytes, "bytes")} live at the end`;
    return `${this.peakText}${of}${live} · resident at most ${formatValue(this.most.rss, "bytes")}${tracker}`;
  }

  pointText({ time, live, rss, isPeak }) {
    const resident = rss === undefined ? "" : ` · ${formatValue(rss, "bytes")} resident`;
    const peak = isPeak ? " · the peak" : "";
    return `${formatValue(time, "nanoseconds")}: ${formatValue(live, "bytes")} live${resident}${peak}`;
  }

  /* Some points as text, for people who do not see the picture. */
  spoken() {
    const step = Math.max(Math.ceil(this.points.length / 20), 1);
    return this.points.filter((point, index) => index % step === 0 || point.isPeak || index === this.points.length - 1)
      .map((point) => element("li", {}, this.pointText(point)));
  }

  connect() {
    const move = (cursor) => {
      this.cursor = cursor;
      this.drawCursor();
      this.showStatus();
    };
    this.place.addEventListener("pointermove", (event) => {
      const time = this.timeAt(event.clientX - this.place.getBoundingClientRect().left);
      move(nearest(this.points, time));
    });
    this.place.addEventListener("pointerleave", () => move(-1));
    this.place.addEventListener("blur", () => move(-1));
    this.place.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const last = this.points.length - 1;
      const step = Math.max(Math.round(this.points.length / 100), 1);
      const peak = this.points.findIndex((point) => point.isPeak);
      const start = this.cursor < 0 ? peak : this.cursor;
      const steps = { ArrowLeft: start - step, ArrowRight: start + step, Home: 0, End: last, p: peak, P: peak };
      if (event.key === "Escape" && this.cursor >= 0) move(-1);
      else if (Object.hasOwn(steps, event.key)) move(clamp(steps[event.key], 0, last));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    byId("heap-panel").addEventListener("toggle", () => this.draw());
  }

  showStatus() {
    byId("heap-status").textContent = this.cursor < 0 ? this.summary() : this.pointText(this.points[this.cursor]);
  }

  timeAt(x) {
    return ((x - CHART_MARGIN.left) / this.plotWidth) * this.end;
  }

  x(time) {
    return CHART_MARGIN.left + (time / this.end) * this.plotWidth;
  }

  /* The strips from top to bottom, each with its own scale from zero. */
  strips() {
    const both = this.most.rss <= STRIP_RATIO * this.most.live;
    const strip = (keys, top, height) => {
      const scale = bytesScale(Math.max(...keys.map((key) => this.most[key])), Math.max(Math.floor(height / 26), 2));
      return { keys, top, height, ...scale, y: (bytes) => top + height * (1 - bytes / scale.end) };
    };
    if (both) return [strip(["live", "rss"], CHART_MARGIN.top, CHART_HEIGHT)];
    const upper = CHART_HEIGHT - STRIP_HEIGHT;
    return [strip(["live"], CHART_MARGIN.top, upper),
      strip(["rss"], CHART_MARGIN.top + upper + STRIP_GAP, STRIP_HEIGHT)];
  }

  draw() {
    const width = this.place.clientWidth;
    if (!this.isShown || width === 0 || !byId("heap-panel").open) return;
    this.plotWidth = Math.max(width - CHART_MARGIN.left - CHART_MARGIN.right, 1);
    this.shown = this.strips();
    const bottom = this.shown.at(-1).top + this.shown.at(-1).height;
    this.marks = vector("g", {});
    const size = { width, height: bottom + CHART_MARGIN.bottom };
    this.place.replaceChildren(vector("svg", { ...size, "aria-hidden": "true" },
      ...this.shown.flatMap((strip) => this.drawStrip(strip)), ...this.drawTimes(bottom), ...this.drawPeak(),
      this.marks));
    this.drawCursor();
    this.showStatus();
  }

  drawStrip(strip) {
    const left = CHART_MARGIN.left;
    const right = left + this.plotWidth;
    const parts = strip.ticks.flatMap((bytes) => [
      vector("line", { class: "grid", x1: left, x2: right, y1: strip.y(bytes), y2: strip.y(bytes) }),
      vector("text", { x: left - 6, y: strip.y(bytes) + 4, "text-anchor": "end" },
        bytes === 0 ? "0" : formatValue(bytes, "bytes")),
    ]);
    for (const key of strip.keys) {
      const points = this.points.filter((point) => point[key] !== undefined);
      const place = (point) => `${this.x(point.time).toFixed(1)} ${strip.y(point[key]).toFixed(1)}`;
      const line = points.map(place).join("L");
      if (key === "live") {
        const [first, last] = [points[0], points.at(-1)].map((point) => this.x(point.time).toFixed(1));
        parts.push(vector("path", { class: "area", d: `M${first} ${strip.y(0)}L${line}L${last} ${strip.y(0)}Z` }));
      }
      parts.push(vector("path", { class: key, d: `M${line}` }));
    }
    return parts;
  }

  drawTimes(bottom) {
    const { unit, size, step } = timeScale(this.end, Math.max(Math.floor(this.plotWidth / 80), 2));
    const parts = [];
    for (let tick = 0; tick * step <= this.end; tick++) {
      const x = this.x(tick * step);
      const isLast = x > CHART_MARGIN.left + this.plotWidth - 24;
      parts.push(vector("line", { class: "tick", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
        vector("text", { x, y: bottom + 15, "text-anchor": tick === 0 ? "start" : isLast ? "end" : "middle" },
          `${Number(((tick * step) / size).toPrecision(6))} ${unit}`));
    }
    return parts;
  }

  drawPeak() {
    const peak = this.points.find((point) => point.isPeak);
    if (!peak) return [];
    const [strip] = this.shown;
    const x = this.x(peak.time);
    const y = strip.y(peak.live);
    const share = peak.time / this.end;
    const anchor = share < 0.2 ? "start" : share > 0.8 ? "end" : "middle";
    return [
      vector("line", { class: "peak", x1: x, x2: x, y1: y, y2: strip.top + strip.height }),
      vector("circle", { class: "peak", cx: x, cy: y, r: 4 }),
      vector("text", { class: "peak", id: "heap-peak", x, y: Math.max(y - 8, 11), "text-anchor": anchor },
        this.peakText),
    ];
  }

  drawCursor() {
    if (!this.marks) return;
    const point = this.points[this.cursor];
    if (!point) {
      this.marks.replaceChildren();
      return;
    }
    const x = this.x(point.time);
    const bottom = this.shown.at(-1).top + this.shown.at(-1).height;
    this.marks.replaceChildren(
      vector("line", { class: "cursor", x1: x, x2: x, y1: CHART_MARGIN.top, y2: bottom }),
      ...this.shown.flatMap((strip) => strip.keys.filter((key) => point[key] !== undefined).map((key) =>
        vector("circle", { class: `cursor ${key}`, cx: x, cy: strip.y(point[key]), r: 3.5 }))));
  }
}

/* The looks at the process in order of time; the peak and the end, which lie between or behind them. */
function chartPoints(heap, duration) {
  const { growth, peak_bytes: bytes, peak_at_ns: at } = heap;
  const count = Math.min(growth.at_ns.length, growth.live.length, growth.rss.length);
  const points = Array.from({ length: count }, (_, index) =>
    ({ time: growth.at_ns[index], live: growth.live[index], rss: growth.rss[index] }));
  if (count === 0) return points;
  // Of several processes, the largest may have ended before the others.
  const last = points.reduce((latest, { time }) => Math.max(latest, time), 0);
  if (!heap.charted && duration > Math.max(last, at)) points.push({ time: duration, live: heap.charted_live_bytes });
  if (bytes > 0) points.push({ time: at, live: bytes, isPeak: true });
  return points.sort((a, b) => a.time - b.time);
}

function nearest(points, time) {
  let best = 0;
  points.forEach((point, index) => {
    if (Math.abs(point.time - time) < Math.abs(points[best].time - time)) best = index;
  });
  return best;
}

/* Ticks at round numbers of binary units. */
function bytesScale(most, count) {
  let step = 1;
  while (step * count < most) step *= 2;
  const end = Math.max(Math.ceil(most / step), 1) * step;
  return { end, ticks: Array.from({ length: Math.round(end / step) + 1 }, (_, index) => index * step) };
}

/* Ticks at 1, 2 or 5 times a power of ten of the unit in which the whole time is best told. */
function timeScale(end, count) {
  const [size, unit] = UNITS.nanoseconds.find(([size]) => end >= size) ?? [1, "ns"];
  for (let power = 10 ** Math.floor(Math.log10(end / count)); ; power *= 10) {
    for (const step of [1, 2, 5]) {
      if (step * power * count >= end) return { size, unit, step: step * power };
    }
  }
}

/* An element of a vector graphic; text is always text. */
function vector(tag, properties, ...children) {
  const result = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) result.setAttribute(name, value);
  result.append(...children);
  return result;
}
