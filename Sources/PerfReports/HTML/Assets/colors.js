/* Hues of Okabe and Ito's palette, told apart by people with any colour vision, and lightness to match the theme. */

/* Hue, saturation, lightness of each FrameCategory; types, which are no functions, are inverse. */
const LIGHT = {
  categories: [[37, 92, 66], [203, 74, 72], [160, 44, 62], [322, 46, 78], [17, 80, 62], [220, 6, 78],
    [268, 48, 40], [220, 10, 40]],
  tipText: "#ffffff",
  text: "#16181d",
  fadedText: "#4a4f5a",
  faded: "#e6e8ec",
  merged: "#b6bac3",
  highlight: "#a3006d",
  highlightText: "#ffffff",
  root: "#d3d7de",
  more: [12, 84],
  less: [207, 78],
  changeLightness: [80, 56],
  unchanged: "#e0e2e7",
  edge: "#ffffff",
  selection: "#0b3fb3",
  inlinedEdge: "#3b3f47",
};

const DARK = {
  categories: [[36, 72, 27], [205, 52, 31], [164, 44, 23], [322, 30, 35], [13, 62, 32], [220, 6, 31],
    [262, 84, 82], [220, 12, 76]],
  tipText: "#16131f",
  text: "#f4f5f7",
  fadedText: "#b4bac6",
  faded: "#30353f",
  merged: "#5a606c",
  highlight: "#ff8fd0",
  highlightText: "#1c0714",
  root: "#3a3f4a",
  more: [12, 68],
  less: [207, 66],
  changeLightness: [24, 40],
  unchanged: "#3a3f49",
  edge: "#14161b",
  selection: "#ffd84d",
  inlinedEdge: "#d5d9e1",
};

class Palette {
  constructor(profile, isDark) {
    this.theme = isDark ? DARK : LIGHT;
    this.fills = profile.functions.map((func) => this.fill(func));
  }

  /* Within a category, modules and namespaces differ a little in hue, and their functions in lightness. */
  fill(func) {
    const [hue, saturation, lightness] = this.theme.categories[func.category];
    const group = hash(func.module + namespace(withoutWrappers(func.name)));
    const turn = (group % 5 - 2) * 3.5;
    const shift = ((group >>> 8) % 5 - 2) + (hash(func.name) % 7 - 3) * 0.7;
    return `hsl(${hue + turn} ${saturation}% ${(lightness + shift).toFixed(1)}%)`;
  }

  textColor(func) {
    return func?.isTip ? this.theme.tipText : this.theme.text;
  }

  /* From -1, much less, over 0, within noise, to 1, much more; red and blue differ for every colour vision. */
  change(strength) {
    if (strength === 0) return this.theme.unchanged;
    const [hue, saturation] = strength > 0 ? this.theme.more : this.theme.less;
    const [weak, strong] = this.theme.changeLightness;
    return `hsl(${hue} ${saturation}% ${(weak + (strong - weak) * Math.abs(strength)).toFixed(1)}%)`;
  }

  swatch(category) {
    const [hue, saturation, lightness] = this.theme.categories[category];
    return `hsl(${hue} ${saturation}% ${lightness}%)`;
  }
}

/* A Swift module, a C++ namespace, a Go package: what stands before the first separator. */
function namespace(name) {
  return /^[^.:(<]*(?=\.|::)/.exec(name)?.[0] ?? "";
}

/* FNV-1a. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
