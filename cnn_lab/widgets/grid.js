// What the widgets share: colours, and grids of coloured cells.

import { decimalsFor, written } from "./common.js";
import { element } from "./controls.js";

const RAMPS = {
  grey: ["#000000", "#ffffff"],
  // negative blue, 0 white, positive a lighter red, as SIGNED_STOPS in plots/style.py: seen in grey too
  // deno-fmt-ignore
  signed: [
    "#08204f", "#14539a", "#4d95c8", "#aed3e8", "#ffffff", "#fbd3bd", "#f2a184", "#e56a53", "#d43d37",
  ],
  // deno-fmt-ignore
  levels: [
    "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678",
    "#a59c74", "#c3b369", "#e1cc55", "#fee838",
  ],
};

const STEPS = 256; // of a ramp: as many below its middle as above
const parsed = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

// 257 colours of a ramp, three bytes each.
export function palette(name) {
  const stops = RAMPS[name].map(parsed);
  const table = new Uint8ClampedArray(3 * (STEPS + 1));
  for (let i = 0; i <= STEPS; i++) {
    const place = (i / STEPS) * (stops.length - 1);
    const k = Math.min(Math.floor(place), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      table[3 * i + c] = stops[k][c] + (stops[k + 1][c] - stops[k][c]) * (place - k);
    }
  }
  return table;
}

export function colour(table, value, low, high) {
  if (Number.isNaN(value)) return NOTHING;
  const share = high > low ? (value - low) / (high - low) : 0.5;
  const i = 3 * Math.max(0, Math.min(STEPS, Math.round(STEPS * share)));
  return [table[i], table[i + 1], table[i + 2]];
}

const NOTHING = [158, 158, 158]; // the colour of what is no number

// Black or white, whichever can be read better on a colour.
export function inkOn(rgb) {
  const [r, g, b] = Array.from(rgb, (v) => (v / 255 <= 0.04 ? v / 3300 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
}

// Limits that are the same on both sides of zero.
export function around(values) {
  let most = 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return [-most || -1, most || 1];
}

// Numbers as they are read aloud, row by row: commas in a row, a semicolon after it.
export function rowsInWords(values, columns) {
  const words = Array.from(values, (value) => {
    return Number.isFinite(value) ? String(Number(value.toFixed(2))).replace("-", "−") : written(value);
  });
  const starts = Array.from({ length: Math.ceil(words.length / columns) }, (_, row) => row * columns);
  return starts.map((start) => words.slice(start, start + columns).join(", ")).join("; ");
}

const MOST_SPOKEN = 64; // numbers of a grid that are read aloud

// The name of a grid, with its numbers where they are few.
export function nameOf(label, values, columns) {
  if (values.length > MOST_SPOKEN) return label;
  return `${label}${values.length > columns ? ", row by row" : ""}: ${rowsInWords(values, columns)}`;
}

// A grid of coloured cells on a canvas, sharp on every screen; it shrinks with the page.
export class Grid {
  // spoken: whether its numbers belong to its name, where they are few; more: of the canvas
  constructor({ rows, columns, size = 260, largest = 46, label, ramp = "grey", spoken = true, ...more }) {
    Object.assign(this, { rows, columns, label, spoken, table: palette(ramp) });
    this.cell = Math.max(2, Math.min(largest, Math.floor(size / Math.max(rows, columns))));
    this.width = this.cell * columns;
    this.height = this.cell * rows;
    this.canvas = element("canvas", { role: "img", "aria-label": label, ...more });
    const sharp = 2;
    this.canvas.width = this.width * sharp;
    this.canvas.height = this.height * sharp;
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.aspectRatio = `${this.width} / ${this.height}`;
    this.context = this.canvas.getContext("2d");
    this.context.scale(sharp, sharp);
  }

  // frames: [row, column, height, width, colour?]; marks: cells that are crossed out
  draw(values, [low, high], { frames = [], marks = [], numbers = this.cell >= 22, decimals } = {}) {
    const { context, rows, columns, cell } = this;
    const digits = decimals ?? decimalsFor(values), colours = this.paint(values, low, high);
    this.tell(values);
    for (const [row, column] of marks) this.cross(row, column);
    for (const each of frames) this.frame(...each);
    if (!numbers) return;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `${Math.floor(cell * (digits ? 0.32 : 0.42))}px system-ui, sans-serif`;
    for (let i = 0; i < rows * columns; i++) {
      context.fillStyle = inkOn(colours.data.subarray(4 * i, 4 * i + 3));
      const x = (i % columns + 0.5) * cell, y = (Math.floor(i / columns) + 0.5) * cell;
      context.fillText(Number.isNaN(values[i]) ? "NaN" : written(values[i], digits), x, y, cell - 8);
    }
  }

  tell(values) {
    const name = this.spoken ? nameOf(this.label, values, this.columns) : this.label;
    if (this.canvas.getAttribute("aria-label") !== name) this.canvas.setAttribute("aria-label", name);
  }

  // The colours of the cells: one dot each, then enlarged, which is much faster than a rectangle each.
  paint(values, low, high) {
    const { context, rows, columns, table } = this;
    this.dots ??= element("canvas", { width: columns, height: rows }).getContext("2d");
    const pixels = this.dots.createImageData(columns, rows), { data } = pixels;
    for (let i = 0; i < rows * columns; i++) {
      [data[4 * i], data[4 * i + 1], data[4 * i + 2]] = colour(table, values[i], low, high);
      data[4 * i + 3] = 255;
    }
    this.dots.putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.dots.canvas, 0, 0, this.width, this.height);
    return pixels;
  }

  frame(row, column, height, width, stroke = "#ffd400") {
    const { context, cell } = this;
    for (const [weight, style] of [[4, "#000"], [2, stroke]]) {
      context.lineWidth = weight;
      context.strokeStyle = style;
      context.strokeRect(column * cell + 2, row * cell + 2, width * cell - 4, height * cell - 4);
    }
  }

  // A stroke through a corner: this number is not what it should be.
  cross(row, column) {
    const { context, cell } = this, x = (column + 1) * cell, y = row * cell;
    context.fillStyle = "#000";
    context.beginPath();
    context.moveTo(x - 0.42 * cell, y);
    context.lineTo(x, y);
    context.lineTo(x, y + 0.42 * cell);
    context.fill();
    context.fillStyle = "#fff";
    context.font = `bold ${Math.floor(0.26 * cell)}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText("!", x - 0.13 * cell, y + 0.15 * cell);
  }

  // The cell under the pointer.
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const place = (offset, side, count) =>
      Math.max(0, Math.min(count - 1, Math.floor((offset / side) * count)));
    return [
      place(event.clientY - box.top, box.height, this.rows),
      place(event.clientX - box.left, box.width, this.columns),
    ];
  }
}

// Fill a canvas with bytes of grey, one for each of its dots; return its context.
export function putGrey(canvas, bytes) {
  const context = canvas.getContext("2d"), pixels = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < bytes.length; i++) {
    pixels.data[4 * i] = pixels.data[4 * i + 1] = pixels.data[4 * i + 2] = bytes[i];
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  return context;
}

// A table cell on its colour, with what is written on it.
export function colouredCell(textContent, rgb, style = "") {
  return element("td", { textContent, style: `background: rgb(${rgb}); color: ${inkOn(rgb)}; ${style}` });
}

// The colours of a scale, between the numbers that its ends stand for.
export function scaleBar(ramp, low, high) {
  const digits = decimalsFor([low, high]), colours = `linear-gradient(to right, ${RAMPS[ramp].join(", ")})`;
  const end = (value) => element("span", { textContent: written(value, digits) });
  const strip = element("span", {
    style: `flex: 1; max-width: 160px; height: 12px; outline: 1px solid var(--line); background: ${colours}`,
  });
  const style = "display: flex; gap: 8px; align-items: center; margin-top: 6px";
  return element("div", { style }, end(low), strip, end(high));
}
