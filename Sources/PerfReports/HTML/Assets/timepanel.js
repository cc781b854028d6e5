/* Threads over time above a heat map of seconds by parts of a second; a window chosen in either is a flame graph. */

const LANE_HEIGHT = 16;
const LANE_GAP = 2;
const AXIS_HEIGHT = 17;
const HEAT_ROW_HEIGHT = 2;
/* Columns much wider than this look like stripes, not like cells. */
const MAX_COLUMN_WIDTH = 28;
const MIN_TICK_DISTANCE = 64;
const HEAT_STEPS = 64;
/* Lanes of more threads than this nobody looks through; the heat map and the flame graph have them all. */
const MAX_LANES = 200;

class TimePanel {
  constructor(app) {
    this.app = app;
    this.timeline = app.profile.timeline;
    this.lanes = byId("lanes");
    this.heat = byId("heat");
    this.cursor = 0;
    this.anchor = -1;
    this.drag = null;
    this.hovered = -1;
    byId("time-panel").hidden = !this.timeline;
    if (!this.timeline) return;
    this.order = this.threadOrder();
    this.connect();
    byId("time-dropped").textContent = this.timeline.dropped > 0
      ? `The times of the last ${formatCount(this.timeline.dropped)} ${this.timeline.countSize > 0 ? "waits"
        : "samples"} are missing.` : "";
    new ResizeObserver(() => this.draw()).observe(byId("time-body"));
  }

  /* Threads by samples; the lanes of those with the most are in sight first. */
  threadOrder() {
    const { threads, rows } = this.app.profile;
    const totals = new Float64Array(threads.length);
    rows.thread.forEach((thread, row) => { totals[thread] += this.timeline.rowCount[row]; });
    const order = [...totals.keys()].filter((thread) => totals[thread] > 0)
      .sort((a, b) => totals[b] - totals[a] || a - b);
    this.hiddenLaneCount = Math.max(order.length - MAX_LANES, 0);
    return order.slice(0, MAX_LANES);
  }

  get window() {
    return this.app.state.window;
  }

  /* Pixels of a column; the same for lanes and heat map, so that they share the axis. */
  get columnWidth() {
    return this.width / this.timeline.columnCount;
  }

  get heatHeight() {
    return this.timeline.bucketsPerColumn * HEAT_ROW_HEIGHT;
  }

  connect() {
    byId("time-reset").onclick = () => this.choose(null);
    byId("time-copy").onclick = () => copyText(`--time ${this.timeline.windowText(this.window)}`);
    this.connectPointer(this.heat, (x, y) => this.heatBucket(x, y), false);
    this.connectPointer(this.lanes, (x) => this.laneBucket(x), true);
    this.heat.addEventListener("keydown", (event) => this.onKey(event));
    this.heat.addEventListener("focus", () => this.draw());
    this.heat.addEventListener("blur", () => this.draw());
    byId("time-panel").addEventListener("toggle", () => this.draw());
  }

  connectPointer(canvas, bucketAt, isLane) {
    const at = (event) => {
      const { left, top } = canvas.getBoundingClientRect();
      return bucketAt(event.clientX - left, event.clientY - top);
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const bucket = at(event);
      this.drag = { from: bucket, to: bucket, isLane, isMoved: false };
      this.cursor = bucket;
      canvas.setPointerCapture(event.pointerId);
      this.draw();
    });
    canvas.addEventListener("pointermove", (event) => {
      const bucket = at(event);
      if (this.drag) {
        this.drag.isMoved ||= bucket !== this.drag.from;
        this.drag.to = bucket;
      }
      this.hovered = bucket;
      this.showStatus(isLane ? this.threadAt(event) : -1);
      this.draw();
    });
    canvas.addEventListener("pointerup", () => {
      if (!this.drag) return;
      const chosen = this.dragged;
      this.drag = null;
      this.choose(chosen);
    });
    canvas.addEventListener("pointercancel", () => {
      this.drag = null;
      this.draw();
    });
    canvas.addEventListener("pointerleave", () => {
      this.hovered = -1;
      this.showStatus();
      this.draw();
    });
  }

  /* The buckets of a drag, the ends included. */
  get dragged() {
    const { from, to } = this.drag;
    return [Math.min(from, to), Math.max(from, to) + 1];
  }

  /* Columns run from the bottom up, as in every subsecond-offset heat map. */
  heatBucket(x, y) {
    const { columnCount, bucketsPerColumn } = this.timeline;
    const column = clamp(Math.floor(x / this.columnWidth), 0, columnCount - 1);
    const row = clamp(bucketsPerColumn - 1 - Math.floor(y / HEAT_ROW_HEIGHT), 0, bucketsPerColumn - 1);
    return column * bucketsPerColumn + row;
  }

  laneBucket(x) {
    const { bucketCount } = this.timeline;
    return clamp(Math.floor((x / this.width) * bucketCount), 0, bucketCount - 1);
  }

  threadAt(event) {
    const lane = Math.floor((event.clientY - this.lanes.getBoundingClientRect().top) / LANE_HEIGHT);
    return this.order[lane] ?? -1;
  }

  /* Where a bucket lies in the heat map, in pixels of its canvas. */
  heatRectangle(bucket) {
    const { bucketsPerColumn } = this.timeline;
    const column = Math.floor(bucket / bucketsPerColumn);
    const row = bucketsPerColumn - 1 - (bucket % bucketsPerColumn);
    return { left: column * this.columnWidth, top: row * HEAT_ROW_HEIGHT, width: this.columnWidth,
      height: HEAT_ROW_HEIGHT };
  }

  choose(window) {
    this.anchor = -1;
    this.hovered = -1;
    this.app.setWindow(window);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { bucketCount, bucketsPerColumn } = this.timeline;
    const steps = { ArrowUp: 1, ArrowDown: -1, ArrowRight: bucketsPerColumn, ArrowLeft: -bucketsPerColumn,
      PageUp: 10, PageDown: -10 };
    if (Object.hasOwn(steps, event.key)) {
      if (event.shiftKey && this.anchor < 0) this.anchor = this.cursor;
      if (!event.shiftKey) this.anchor = -1;
      this.cursor = clamp(this.cursor + steps[event.key], 0, bucketCount - 1);
    } else if (event.key === "Home" || event.key === "End") {
      if (event.shiftKey && this.anchor < 0) this.anchor = this.cursor;
      if (!event.shiftKey) this.anchor = -1;
      this.cursor = event.key === "Home" ? 0 : bucketCount - 1;
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(this.marked);
    } else if (event.key === "Escape" && this.anchor >= 0) {
      this.anchor = -1;
    } else if (event.key === "Escape" && this.window) {
      this.choose(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.hovered = -1;
    this.showStatus();
    this.draw();
  }

  /* What the keyboard has marked: the cursor, or all between it and where Shift was pressed first. */
  get marked() {
    const other = this.anchor < 0 ? this.cursor : this.anchor;
    return [Math.min(this.cursor, other), Math.max(this.cursor, other) + 1];
  }

  /* After a change of threads, window, type or theme. */
  update() {
    if (!this.timeline) return;
    this.isRowShown = this.timeline.shownRows(this.app.isThreadShown, this.app.state.type);
    this.cells = this.timeline.cells(this.isRowShown);
    this.scaleTop = this.scale();
    this.activity = null;
    if (this.window) this.cursor = clamp(this.cursor, this.window[0], this.window[1] - 1);
    byId("time-reset").hidden = byId("time-copy").hidden = !this.window;
    this.showStatus();
    this.draw();
  }

  /* One crowded cell must not fade all others: the colour is full at the 99th percentile. */
  scale() {
    const sorted = this.cells.filter((cell) => cell > 0).sort();
    return sorted.length === 0 ? 1 : sorted[Math.min(Math.floor(sorted.length * 0.99), sorted.length - 1)];
  }

  showStatus(thread = -1) {
    const { timeline, app } = this;
    const describeWindow = ([from, to]) => {
      const count = timeline.count([from, to], this.isRowShown);
      const amount = timeline.countSize > 0
        ? `${formatValue(count * timeline.countSize, "nanoseconds")} of threads' time`
        : `${formatCount(count)} samples`;
      return `${timeSpan(timeline.timeOf(from), timeline.timeOf(to))} · ${amount}`;
    };
    let text;
    if (this.drag?.isMoved) text = `Selecting ${describeWindow(this.dragged)}`;
    else if (this.hovered >= 0) {
      const name = thread >= 0 ? `${threadName(app.profile.threads[thread], false)} · ` : "";
      text = name + describeWindow([this.hovered, this.hovered + 1]);
    } else if (document.activeElement === this.heat && !this.window) text = `Cursor ${describeWindow(this.marked)}`;
    else if (this.window) text = `Window ${describeWindow(this.window)}`;
    else text = "Whole recording. Drag in either picture to see the flame graph of a part of the time.";
    byId("time-status").textContent = text;
  }

  draw() {
    if (!this.timeline || !byId("time-panel").open || !this.cells) return;
    const space = byId("time-body").clientWidth;
    if (space === 0) return;
    this.width = Math.max(Math.min(space, this.timeline.columnCount * this.maximumColumn(space)), 1);
    this.drawLanes();
    this.drawHeat();
    this.drawAxis();
  }

  /* A recording of a few seconds fills the page; one that would only leave a rest does, too. */
  maximumColumn(space) {
    return Math.max(MAX_COLUMN_WIDTH, space / this.timeline.columnCount);
  }

  prepare(canvas, height) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(this.width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${this.width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, height);
    return context;
  }

  drawLanes() {
    const { app, timeline, order } = this;
    const categoryCount = app.profile.categories.length;
    const sliceCount = Math.max(Math.min(Math.floor(this.width / 2), timeline.bucketCount), 1);
    if (!this.activity || this.activity.sliceCount !== sliceCount) {
      this.activity = { sliceCount, lanes: timeline.activity(sliceCount, categoryCount, app.state.type) };
      this.activity.top = this.busiest(this.activity.lanes, categoryCount);
    }
    const context = this.prepare(this.lanes, order.length * LANE_HEIGHT);
    const sliceWidth = this.width / sliceCount;
    const usable = LANE_HEIGHT - LANE_GAP;
    const swatches = app.profile.categories.map((_, category) => app.palette.swatch(category));
    order.forEach((thread, lane) => {
      const bottom = lane * LANE_HEIGHT + usable;
      context.globalAlpha = app.isThreadShown[thread] ? 1 : 0.25;
      context.fillStyle = app.palette.theme.faded;
      context.fillRect(0, bottom - usable, this.width, usable);
      const values = this.activity.lanes[thread];
      for (let slice = 0; slice < sliceCount; slice++) {
        let y = bottom;
        for (let category = 0; category < categoryCount; category++) {
          const value = values[slice * categoryCount + category];
          if (value === 0) continue;
          const height = Math.min((value / this.activity.top) * usable, y - (bottom - usable));
          context.fillStyle = swatches[category];
          context.fillRect(slice * sliceWidth, y - height, sliceWidth + 0.3, height);
          y -= height;
        }
      }
    });
    context.globalAlpha = 1;
    this.drawLaneWindow(context, order.length * LANE_HEIGHT);
    const severalProcesses = new Set(order.map((thread) => app.profile.threads[thread].pid)).size > 1;
    byId("lane-names").replaceChildren(...order.map((thread) => {
      const name = threadName(app.profile.threads[thread], severalProcesses);
      return element("li", { title: name }, name);
    }), this.hiddenLaneCount > 0 ? element("li", {}, `${formatCount(this.hiddenLaneCount)} more threads`) : "");
  }

  /* A thread that runs all the time fills its lane; a few crowded slices do not set the scale. */
  busiest(lanes, categoryCount) {
    const sums = [];
    for (const lane of lanes) {
      for (let at = 0; at < lane.length; at += categoryCount) {
        let total = 0;
        for (let category = 0; category < categoryCount; category++) total += lane[at + category];
        if (total > 0) sums.push(total);
      }
    }
    sums.sort((a, b) => a - b);
    return sums.length === 0 ? 1 : sums[Math.min(Math.floor(sums.length * 0.98), sums.length - 1)];
  }

  drawLaneWindow(context, height) {
    const scale = this.width / this.timeline.bucketCount;
    const chosen = this.drag?.isMoved ? this.dragged : this.window;
    if (!chosen) return;
    const { theme } = this.app.palette;
    const [left, right] = chosen.map((bucket) => bucket * scale);
    context.fillStyle = theme.edge;
    context.globalAlpha = 0.62;
    context.fillRect(0, 0, left, height);
    context.fillRect(right, 0, this.width - right, height);
    context.globalAlpha = 1;
    context.strokeStyle = theme.selection;
    context.lineWidth = 2;
    context.strokeRect(left, 1, Math.max(right - left, 2), height - 2);
  }

  drawHeat() {
    const { timeline, app } = this;
    const context = this.prepare(this.heat, this.heatHeight);
    const { theme } = app.palette;
    const colors = heatColors(app.paletteIsDark);
    const gap = this.columnWidth > 6 ? 1 : 0;
    const chosen = this.drag?.isMoved ? this.dragged : this.window;
    for (let bucket = 0; bucket < timeline.bucketCount; bucket++) {
      const { left, top, width, height } = this.heatRectangle(bucket);
      const cell = this.cells[bucket];
      const isOutside = chosen && (bucket < chosen[0] || bucket >= chosen[1]);
      context.globalAlpha = isOutside ? 0.35 : 1;
      if (cell > 0) {
        context.fillStyle = colors[Math.min(Math.ceil((cell / this.scaleTop) * HEAT_STEPS), HEAT_STEPS) - 1];
      } else if (timeline.isRecorded(bucket)) {
        context.fillStyle = theme.faded;
      } else {
        continue;
      }
      context.fillRect(left, top, width - gap, height);
    }
    context.globalAlpha = 1;
    if (chosen) this.outlineCells(context, chosen, theme.selection, 2);
    if (document.activeElement === this.heat) this.outlineCells(context, this.marked, theme.text, 1.5);
    else if (this.hovered >= 0 && !this.drag) {
      this.outlineCells(context, [this.hovered, this.hovered + 1], theme.text, 1);
    }
  }

  /* The edge around consecutive buckets: a part of the first column, whole columns, a part of the last. */
  outlineCells(context, [from, to], color, width) {
    const { bucketsPerColumn } = this.timeline;
    context.strokeStyle = color;
    context.lineWidth = width;
    const first = Math.floor(from / bucketsPerColumn);
    const last = Math.floor((to - 1) / bucketsPerColumn);
    const edge = (column) => column * this.columnWidth;
    const y = (bucket) => this.heatHeight - bucket * HEAT_ROW_HEIGHT;
    const low = from - first * bucketsPerColumn;
    const high = to - last * bucketsPerColumn;
    context.beginPath();
    if (first === last) {
      context.rect(edge(first), y(high), this.columnWidth, (high - low) * HEAT_ROW_HEIGHT);
    } else if (last === first + 1 && high <= low) {
      context.rect(edge(first), 0, this.columnWidth, y(low));
      context.rect(edge(last), y(high), this.columnWidth, high * HEAT_ROW_HEIGHT);
    } else {
      const points = [[edge(first), y(low)], [edge(first), 0], [edge(last), 0], [edge(last), y(high)],
        [edge(last + 1), y(high)], [edge(last + 1), this.heatHeight], [edge(first + 1), this.heatHeight],
        [edge(first + 1), y(low)]];
      points.forEach(([x, at], index) => (index === 0 ? context.moveTo(x, at) : context.lineTo(x, at)));
      context.closePath();
    }
    context.stroke();
  }

  drawAxis() {
    const { timeline } = this;
    const context = this.prepare(byId("time-axis"), AXIS_HEIGHT);
    const { theme } = this.app.palette;
    const columns = tickColumns(timeline.columnCount, this.columnWidth);
    context.font = getComputedStyle(byId("time-axis")).font;
    context.textBaseline = "middle";
    context.fillStyle = theme.fadedText;
    const seconds = timeline.columnSize / 1e9;
    for (let column = 0; column <= timeline.columnCount; column += columns) {
      const x = column * this.columnWidth;
      context.fillRect(Math.min(x, this.width - 1), 0, 1, 4);
      const label = `${timeline.base / 1e9 + column * seconds} s`;
      const { width } = context.measureText(label);
      const isLast = x + width > this.width;
      context.fillText(label, isLast ? this.width - width : Math.max(x - (column > 0 ? width / 2 : 0), 0), 11);
      if (isLast) break;
    }
    byId("heat-top").textContent = `+${formatValue(timeline.columnSize, "nanoseconds")}`;
  }
}

/* How many columns lie between two labels of the axis: 1, 2, 5, 10 and so on. */
function tickColumns(count, width) {
  for (let power = 1; power < 1e6; power *= 10) {
    for (const step of [1, 2, 5]) {
      if (step * power * width >= MIN_TICK_DISTANCE) return step * power;
    }
  }
  return count;
}

function timeSpan(from, to) {
  return `${secondsText(from)}–${secondsText(to)} s`;
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(value, high));
}

/* From little to much, of one hue that no kind of code has; lightness alone tells the order. */
function heatColors(isDark) {
  return Array.from({ length: HEAT_STEPS }, (_, step) => {
    const share = step / (HEAT_STEPS - 1);
    return isDark
      ? `hsl(${310 + 105 * share} ${48 + 44 * share}% ${25 + 42 * share}%)`
      : `hsl(${44 - 64 * share + (share > 0.6875 ? 360 : 0)} ${92 - 12 * share}% ${80 - 52 * share}%)`;
  });
}
