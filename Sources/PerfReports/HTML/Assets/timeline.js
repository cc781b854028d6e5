/*
 * When samples were taken: buckets of time, each with how often a row was seen in it. Of waits, which last, with how
 * much of its time lies in it.
 */

class Timeline {
  constructor(data, profile) {
    const { sizes, row, many, counts } = data;
    this.bucketSize = data.bucket_ns;
    this.bucketsPerColumn = data.buckets_per_column;
    this.base = data.base_ns;
    this.start = data.start_ns;
    this.end = data.end_ns;
    this.dropped = data.dropped;
    /* Nanoseconds of a thread's time that a count stands for; 0 where it is a sample. */
    this.countSize = data.count_ns ?? 0;
    this.entryBucket = new Int32Array(row.length);
    this.entryRow = new Int32Array(row.length);
    this.entryCount = new Float64Array(row.length).fill(1);
    let entry = 0;
    sizes.forEach((size, bucket) => {
      // The rows of a bucket ascend.
      let at = 0;
      for (const end = entry + size; entry < end; entry++) {
        at += row[entry];
        this.entryRow[entry] = at;
        this.entryBucket[entry] = bucket;
      }
    });
    let counted = 0;
    many.forEach((step, index) => {
      counted += step;
      this.entryCount[counted] = counts[index];
    });
    this.profile = profile;
    const last = Math.max(sizes.length - 1, Math.ceil((this.end - this.base) / this.bucketSize) - 1);
    this.columnCount = Math.floor(last / this.bucketsPerColumn) + 1;
    this.bucketCount = this.columnCount * this.bucketsPerColumn;
    /* How often each row was seen at all: its values are shared out evenly among these times. */
    this.rowCount = new Float64Array(profile.rows.node.length);
    for (let index = 0; index < row.length; index++) this.rowCount[this.entryRow[index]] += this.entryCount[index];
    this.rowCategory = Int8Array.from(profile.rows.node, (node) =>
      (node === ROOT ? -1 : profile.functions[profile.nodes.functionIndex[node]].category));
  }

  get columnSize() {
    return this.bucketSize * this.bucketsPerColumn;
  }

  timeOf(bucket) {
    return this.base + bucket * this.bucketSize;
  }

  /* Whether any of a bucket lies inside the recording. */
  isRecorded(bucket) {
    return this.timeOf(bucket) < this.end && this.timeOf(bucket + 1) > this.start;
  }

  /* The entries of the buckets [from, to). */
  entries(from, to) {
    return [this.firstEntry(from), this.firstEntry(to)];
  }

  firstEntry(bucket) {
    let low = 0;
    let high = this.entryBucket.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entryBucket[middle] < bucket) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /* Which rows the pictures show: those of a shown thread that have a value of the type; CPU time is no wait. */
  shownRows(isThreadShown, type) {
    const { thread, values } = this.profile.rows;
    return Uint8Array.from(thread, (of, row) => (isThreadShown[of] && this.has(values[type], row) ? 1 : 0));
  }

  has(column, row) {
    return !column || column[row] !== 0;
  }

  /* Counts of each bucket, of the rows that are shown. */
  cells(isRowShown) {
    const cells = new Float64Array(this.bucketCount);
    for (let entry = 0; entry < this.entryRow.length; entry++) {
      if (isRowShown[this.entryRow[entry]]) cells[this.entryBucket[entry]] += this.entryCount[entry];
    }
    return cells;
  }

  /* The part of each row's values that lies in a window; null for the whole recording. */
  factors(window) {
    if (!window) return null;
    const factors = new Float64Array(this.rowCount.length);
    const [first, end] = this.entries(window[0], window[1]);
    for (let entry = first; entry < end; entry++) factors[this.entryRow[entry]] += this.entryCount[entry];
    return factors;
  }

  /* Counts in a window, of the rows that are shown. */
  count(window, isRowShown) {
    const [first, end] = this.entries(window[0], window[1]);
    let total = 0;
    for (let entry = first; entry < end; entry++) {
      if (isRowShown[this.entryRow[entry]]) total += this.entryCount[entry];
    }
    return total;
  }

  /* Counts of every thread by slice of the axis and kind of code: [thread][slice * categories + category]. */
  activity(sliceCount, categoryCount, type) {
    const column = this.profile.rows.values[type];
    const lanes = this.profile.threads.map(() => new Float64Array(sliceCount * categoryCount));
    const { thread } = this.profile.rows;
    const slices = sliceCount / this.bucketCount;
    for (let entry = 0; entry < this.entryRow.length; entry++) {
      const row = this.entryRow[entry];
      if (!this.has(column, row)) continue;
      const category = this.rowCategory[row] < 0 ? categoryCount - 1 : this.rowCategory[row];
      const slice = Math.min(Math.floor(this.entryBucket[entry] * slices), sliceCount - 1);
      lanes[thread[row]][slice * categoryCount + category] += this.entryCount[entry];
    }
    return lanes;
  }

  /* "2.5,3" in seconds, as --time takes it, for a window of buckets. */
  windowText(window) {
    return window.map((bucket) => secondsText(this.timeOf(bucket))).join(",");
  }

  /* The buckets that a text of this kind covers; null when it is none or lies outside. */
  parseWindow(text) {
    const match = /^(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/.exec(text ?? "");
    if (!match) return null;
    const [from, to] = match.slice(1).map((part) => Number(part) * 1e9 - this.base);
    // Texts have milliseconds at least; what is nearer to an edge than that lies on it.
    const first = Math.max(Math.floor(from / this.bucketSize + 1e-6), 0);
    const end = Math.min(Math.ceil(to / this.bucketSize - 1e-6), this.bucketCount);
    return first < end ? [first, end] : null;
  }
}

function secondsText(nanoseconds) {
  return String(Number((nanoseconds / 1e9).toFixed(3)));
}
