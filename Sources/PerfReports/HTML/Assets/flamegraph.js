/* Draws what is visible of a layout, and answers which frame lies where. */

const ROW_HEIGHT = 20;
const LABEL_PADDING = 4;
/* Frames narrower than this many pixels are merged into one block with their neighbours. */
const MERGE_BELOW = 0.5;
/* Browsers give up on much higher canvases; paper would need dozens of pages. */
const MAX_PRINTED_HEIGHT = 16_000;
/* Rows of callers that stay in sight above a zoomed frame. */
const CONTEXT_ROWS = 6;

class FlameGraph {
  constructor(profile, canvas, scroll, space) {
    this.profile = profile;
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.scroll = scroll;
    this.space = space;
    this.layout = null;
    this.palette = null;
    this.search = null;
    this.label = (node) => String(node);
    /* A colour for a node where frames are not coloured by their code. */
    this.colorOf = null;
    this.zoom = ROOT;
    this.selected = -1;
    this.hovered = -1;
    this.isFlipped = false;
    this.isPrinting = false;
    this.scheduled = 0;
    scroll.addEventListener("scroll", () => this.schedule(), { passive: true });
    new ResizeObserver(() => this.resize()).observe(scroll);
  }

  get rowCount() {
    if (!this.layout || this.layout.rows.length === 0) return 0;
    return this.layout.tree.depth[this.zoom] + this.layout.heightBelow(this.zoom);
  }

  get contentHeight() {
    return Math.max(this.rowCount * ROW_HEIGHT, this.isPrinting ? 0 : this.scroll.clientHeight);
  }

  get viewStart() {
    return this.layout.start[this.zoom];
  }

  get viewEnd() {
    return this.layout.end(this.zoom);
  }

  /* Pixels per unit of the sample type. */
  get scale() {
    return this.width / (this.viewEnd - this.viewStart);
  }

  /* Adapts canvas and scroll range to the size of the page and the zoom. */
  resize() {
    this.width = Math.max(this.scroll.clientWidth, 1);
    this.height = this.isPrinting
      ? Math.min(this.contentHeight, MAX_PRINTED_HEIGHT) : Math.max(this.scroll.clientHeight, 1);
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.space.style.height = `${this.contentHeight}px`;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.draw();
  }

  schedule() {
    if (this.scheduled) return;
    this.scheduled = requestAnimationFrame(() => this.draw());
  }

  /* Distance of a row from the top of the scrolled content. */
  top(depth) {
    return this.isFlipped ? this.contentHeight - (depth + 1) * ROW_HEIGHT : depth * ROW_HEIGHT;
  }

  /* Scrolls so that the zoomed frame and a few of its callers are in sight. */
  revealZoom() {
    const depth = Math.max(this.layout.tree.depth[this.zoom] - CONTEXT_ROWS, 0);
    const top = this.top(depth);
    this.scroll.scrollTop = this.isFlipped ? top + ROW_HEIGHT - this.scroll.clientHeight : top;
    this.schedule();
  }

  reveal(node) {
    const top = this.top(this.layout.tree.depth[node]);
    const bottom = top + ROW_HEIGHT;
    const { scrollTop, clientHeight } = this.scroll;
    if (top < scrollTop) this.scroll.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) this.scroll.scrollTop = bottom - clientHeight;
    this.schedule();
  }

  /* The frame under a point of the canvas, or -1. */
  nodeAt(x, y) {
    if (this.rowCount === 0 || x < 0 || x >= this.width) return -1;
    const content = y + (this.isPrinting ? 0 : this.scroll.scrollTop);
    const row = Math.floor((this.isFlipped ? this.contentHeight - 1 - content : content) / ROW_HEIGHT);
    return row < 0 ? -1 : this.layout.nodeAt(row, this.viewStart + x / this.scale);
  }

  /* Where a frame is drawn on the canvas. */
  rectangle(node) {
    const left = Math.max((this.layout.start[node] - this.viewStart) * this.scale, 0);
    const right = Math.min((this.layout.end(node) - this.viewStart) * this.scale, this.width);
    const top = this.top(this.layout.tree.depth[node]) - (this.isPrinting ? 0 : this.scroll.scrollTop);
    return { left, top, width: right - left, height: ROW_HEIGHT };
  }

  draw() {
    cancelAnimationFrame(this.scheduled);
    this.scheduled = 0;
    const { context, canvas } = this;
    context.clearRect(0, 0, this.width, this.height);
    this.drawn = { frames: 0, blocks: 0, labels: 0 };
    if (this.rowCount > 0) {
      context.font = getComputedStyle(canvas).font;
      context.textBaseline = "middle";
      this.characterWidth = context.measureText("abcdefghijklmnopqrstuvwxyz").width / 26;
      const [first, last] = this.visibleRows();
      for (let depth = first; depth <= last; depth++) this.drawRow(depth);
      this.drawOutlines();
    }
    for (const [name, count] of Object.entries(this.drawn)) canvas.dataset[name] = count;
  }

  visibleRows() {
    const top = this.isPrinting ? 0 : this.scroll.scrollTop;
    const edges = [top, top + this.height - 1].map((y) =>
      Math.floor((this.isFlipped ? this.contentHeight - 1 - y : y) / ROW_HEIGHT));
    return [Math.max(Math.min(...edges), 0), Math.min(Math.max(...edges), this.rowCount - 1)];
  }

  drawRow(depth) {
    const { layout, viewStart, viewEnd, scale } = this;
    const nodes = layout.rows[depth];
    const y = this.top(depth) - (this.isPrinting ? 0 : this.scroll.scrollTop);
    const block = { left: 0, right: -1, isMatch: false };
    let position = layout.firstEndingAfter(depth, viewStart);
    while (position < nodes.length && layout.start[nodes[position]] < viewEnd) {
      const node = nodes[position];
      const left = Math.max((layout.start[node] - viewStart) * scale, 0);
      const right = Math.min((layout.end(node) - viewStart) * scale, this.width);
      if (right - left >= MERGE_BELOW) {
        this.flush(block, y);
        this.drawFrame(node, left, right, y);
        position++;
      } else {
        const next = layout.firstEndingAfter(depth, viewStart + (left + MERGE_BELOW) / scale);
        const until = Math.max(next, position + 1);
        if (left > block.right + MERGE_BELOW) this.flush(block, y);
        if (block.right < 0) block.left = left;
        block.right = Math.max(right, left + MERGE_BELOW);
        block.isMatch ||= this.hasMatch(nodes, position, until);
        position = until;
      }
    }
    this.flush(block, y);
  }

  hasMatch(nodes, from, until) {
    if (!this.search.isActive) return false;
    for (let position = from; position < until; position++) {
      if (this.isMatch(nodes[position])) return true;
    }
    return false;
  }

  isMatch(node) {
    return node !== ROOT && this.search.isMatch[this.layout.tree.functionIndex[node]] === 1;
  }

  /* Draws the block of merged frames, if there is one, and empties it. */
  flush(block, y) {
    if (block.right < 0) return;
    const { theme } = this.palette;
    this.context.fillStyle = block.isMatch ? theme.highlight : this.search.isActive ? theme.faded : theme.merged;
    this.context.fillRect(block.left, y, block.right - block.left, ROW_HEIGHT - 1);
    this.drawn.blocks++;
    block.right = -1;
    block.isMatch = false;
  }

  drawFrame(node, left, right, y) {
    const { context, layout } = this;
    const { theme } = this.palette;
    const isMatch = this.search.isActive && this.isMatch(node);
    const isFaded = this.search.isActive && !isMatch;
    const isCaller = layout.tree.depth[node] < layout.tree.depth[this.zoom];
    const width = right - left;
    // A gap between neighbours, unless they are too narrow for one.
    const gap = width > 3 ? 1 : 0;
    context.globalAlpha = isCaller ? 0.6 : 1;
    context.fillStyle = isMatch ? theme.highlight : isFaded ? theme.faded : this.fill(node);
    context.fillRect(left, y, width - gap, ROW_HEIGHT - 1);
    context.globalAlpha = 1;
    this.drawn.frames++;
    if (layout.tree.inlined[node] && width > 6) this.drawInlinedEdge(left, width - gap, y);
    context.fillStyle = isMatch ? theme.highlightText : isFaded ? theme.fadedText : this.textColor(node);
    this.drawLabel(this.label(node), left + LABEL_PADDING, y, width - gap - 2 * LABEL_PADDING);
  }

  fill(node) {
    if (this.colorOf) return this.colorOf(node);
    return node === ROOT ? this.palette.theme.root : this.palette.fills[this.layout.tree.functionIndex[node]];
  }

  textColor(node) {
    if (this.colorOf || node === ROOT) return this.palette.theme.text;
    return this.palette.textColor(this.profile.functions[this.layout.tree.functionIndex[node]]);
  }

  drawInlinedEdge(left, width, y) {
    const { context } = this;
    const edge = this.isFlipped ? y + ROW_HEIGHT - 2 : y + 1;
    context.strokeStyle = this.palette.theme.inlinedEdge;
    context.setLineDash([1.5, 2.5]);
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(left, edge - 0.5);
    context.lineTo(left + width, edge - 0.5);
    context.stroke();
    context.setLineDash([]);
  }

  drawLabel(text, x, y, width) {
    if (width < 3 * this.characterWidth) return;
    const label = this.fitted(text, width);
    if (label === "") return;
    this.context.fillText(label, x, y + ROW_HEIGHT / 2);
    this.drawn.labels++;
  }

  /* The text, or as much of its start as fits with an ellipsis. */
  fitted(text, width) {
    const { context } = this;
    if (text.length * this.characterWidth < 2 * width && context.measureText(text).width <= width) return text;
    let length = Math.min(Math.floor((1.3 * width) / this.characterWidth), text.length - 1);
    while (length > 1) {
      const label = text.slice(0, length) + "…";
      const excess = context.measureText(label).width - width;
      if (excess <= 0) return label;
      length -= Math.max(Math.floor(excess / (2 * this.characterWidth)), 1);
    }
    return "";
  }

  drawOutlines() {
    const { theme } = this.palette;
    if (this.hovered !== this.selected) this.drawOutline(this.hovered, theme.text, 1);
    this.drawOutline(this.selected, theme.selection, 2);
  }

  drawOutline(node, color, width) {
    if (!this.layout.isShown(node)) return;
    const rectangle = this.rectangle(node);
    if (rectangle.width <= 0) return;
    const inset = width / 2;
    this.context.strokeStyle = color;
    this.context.lineWidth = width;
    this.context.strokeRect(
      rectangle.left + inset, rectangle.top + inset,
      Math.max(rectangle.width - 1 - width, 1), ROW_HEIGHT - 1 - width);
  }
}
