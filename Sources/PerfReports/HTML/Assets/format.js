/* Numbers and names as people read them. */

const UNITS = {
  nanoseconds: [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]],
  microseconds: [[1e6, "s"], [1e3, "ms"], [1, "µs"]],
  milliseconds: [[1e3, "s"], [1, "ms"]],
  bytes: [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]],
};

function formatValue(value, unit) {
  const steps = UNITS[unit];
  if (!steps) return formatCount(value) + (unit && unit !== "count" ? " " + unit : "");
  const [size, name] = steps.find(([size]) => value >= size) ?? steps[steps.length - 1];
  const scaled = value / size;
  const digits = Number.isInteger(scaled) || scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${name}`;
}

/* Groups of thousands, the same in every locale and in the other formats of this report. */
function formatCount(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

function formatShare(ratio) {
  return formatPercent(ratio) + "%";
}

function formatPercent(ratio) {
  const percent = ratio * 100;
  if (!Number.isFinite(percent)) return "–";
  return percent !== 0 && percent < 0.1 ? percent.toFixed(2) : percent.toFixed(1);
}

/* Wilson's 95 % interval of a share of `count` samples; null where the number of samples is not known. */
function confidenceInterval(ratio, count) {
  if (!(count > 0) || !Number.isFinite(ratio)) return null;
  const z = 1.959964;
  const share = Math.min(Math.max(ratio, 0), 1);
  const scale = 1 + (z * z) / count;
  const centre = (share + (z * z) / (2 * count)) / scale;
  const spread = (z / scale) * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  return [Math.max(centre - spread, 0), Math.min(centre + spread, 1)];
}

function formatInterval(ratio, count) {
  const interval = confidenceInterval(ratio, count);
  return interval ? `${formatPercent(interval[0])}–${formatPercent(interval[1])}` : "";
}

function formatDate(milliseconds) {
  return new Date(milliseconds).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

function baseName(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}

function formatSource(file, line) {
  if (!file) return "";
  return line > 0 ? `${file}:${line}` : file;
}

