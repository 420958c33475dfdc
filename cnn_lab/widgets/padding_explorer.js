import { everyFrame, lateSetter, watch } from "./common.js";
import { element, frame, gridKeys, nextCell, onPointer } from "./controls.js";
import { colour, Grid, inkOn } from "./grid.js";

// The trait behind each field, its entry there, and the largest number.
const FIELDS = {
  Height: ["size", 0, 12],
  Width: ["size", 1, 12],
  "Kernel f": ["kernel_size", null, 7],
  "Stride s": ["stride", null, 5],
  "Dilation d": ["dilation", null, 4],
};
const RULE = "⌊(n + p − d · (f − 1) − 1) / s⌋ + 1";
const WORDS = "n pixels, p of padding on both sides together, kernel f, dilation d, stride s";
const PADDINGS = [0, 1, 2, 3, "valid", "same"];

// All that follows from the settings along one axis; seen: windows for each pixel, padding included.
export function axis(size, kernel, stride, padding, dilation) {
  const span = dilation * (kernel - 1) + 1;
  let before = padding === "valid" ? 0 : padding, after = before;
  if (padding === "same") {
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + span - size, 0);
    before = Math.floor(total / 2);
    after = total - before;
  }
  const total = size + before + after, room = total - span;
  const count = room < 0 ? 0 : Math.floor(room / stride) + 1;
  const leftover = count ? room % stride : 0;
  const seen = new Array(total).fill(0);
  for (let i = 0; i < count; i++) for (let u = 0; u < kernel; u++) seen[i * stride + u * dilation]++;
  return { size, kernel, stride, dilation, before, after, span, total, count, leftover, seen };
}

// How many windows see each pixel of the padded picture, row by row.
export const counts = (rows, columns) => rows.seen.flatMap((a) => columns.seen.map((b) => a * b));

// For each place of the output: how many pixels of its window belong to the picture.
export function realPixels(rows, columns) {
  const inside = (line) =>
    Array.from({ length: line.count }, (_, i) => {
      const places = Array.from({ length: line.kernel }, (_, u) => i * line.stride + u * line.dilation);
      return places.filter((place) => place >= line.before && place < line.before + line.size).length;
    });
  const across = inside(columns);
  return inside(rows).flatMap((a) => across.map((b) => a * b));
}

// The formula with the numbers of one axis.
export function formula({ size, before, after, dilation, kernel, stride, span, count }) {
  const p = before === after ? `${before + after}` : `(${before} + ${after})`;
  const room = size + before + after - span;
  if (!count) return `${size} + ${p} − ${dilation} · (${kernel} − 1) − 1 is below 0: no place`;
  const top = `${size} + ${p} − ${dilation} · (${kernel} − 1) − 1`;
  return `⌊(${top}) / ${stride}⌋ + 1 = ⌊${room} / ${stride}⌋ + 1 = ${count}`;
}

// What no window reaches behind the last one, in words; empty where nothing is left over.
export function leftOver({ leftover, after, size }, what) {
  if (!leftover) return "";
  const many = (n) => `${n} ${what}${n === 1 ? "" : "s"}`;
  const real = Math.min(size, Math.max(0, leftover - after));
  if (!real) return `${many(leftover)} of padding`;
  return real === leftover ? `${many(real)} of the picture` : `${many(leftover)}, ${real} of the picture`;
}

// Where the padding lies, in words; empty without padding.
export function zeros({ before: top, after: bottom }, { before: left, after: right }) {
  const same = [bottom, left, right].every((n) => n === top);
  if (same) return top ? `Padding ${top} on every side.` : "";
  return `Padding of ${top} above, ${bottom} below, ${left} left and ${right} right.`;
}

// The place of the output whose window lies best around a pixel of the padded axis.
export const placeOver = (pixel, { span, stride, count }) =>
  Math.max(0, Math.min(count - 1, Math.round((pixel - (span - 1) / 2) / stride)));

export function sentence([row, column], rows, columns, real) {
  if (!rows.count || !columns.count) {
    const line = rows.count ? columns : rows, what = rows.count ? "columns" : "rows";
    return `No output: the filter spans ${line.span} ${what}, the padded picture has only ${line.total}.`;
  }
  const lost = [leftOver(rows, "row"), leftOver(columns, "column")].filter(Boolean).join(" and ");
  const all = rows.kernel * columns.kernel;
  return `Output ${rows.count} × ${columns.count}. output[${row}, ${column}] sees ${real} ` +
    `${real === 1 ? "pixel" : "pixels"} of the picture and ${all - real} of padding. ` +
    (lost ? `Left over, seen by no window: ${lost}.` : "Nothing is left over.");
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const ui = frame(el, model, "Where a filter fits, and what it sees");
  let rows, columns, seen, real, padded, output;
  const [settings, pictures] = [0, 1].map(() => element("div", { className: "row" }));
  const equations = element("div", { style: "margin: 10px 0" });
  ui.body.append(settings, equations, pictures);
  const setter = lateSetter(model), go = (position) => setter.set({ position });
  const here = () => [rows, columns].map(({ count }, i) => Math.min(get("position")[i], count - 1));
  const shape = () => [rows.count, columns.count];
  const { node: play, toggle, stop } = ui.player(() => go(nextCell(here(), shape())), 400);

  const fields = Object.entries(FIELDS).map(([name, [key, entry, max]]) => {
    const field = element("input", { type: "number", min: 1, max, step: 1, style: "width: 64px" });
    const read = () => (entry === null ? get(key) : get(key)[entry]);
    const write = (n) => set(key, entry === null ? n : get(key).map((old, i) => (i === entry ? n : old)));
    field.addEventListener("input", () => {
      const n = field.valueAsNumber;
      if (Number.isInteger(n) && n >= 1 && n <= max) write(n);
    });
    field.addEventListener("change", () => {
      const n = Math.round(field.valueAsNumber);
      if (!Number.isNaN(n)) write(Math.max(1, Math.min(max, n)));
      field.value = read();
    });
    settings.append(element("label", {}, name, field));
    return { field, read };
  });
  const choice = element("select", {}, ...PADDINGS.map((p) => element("option", { textContent: p })));
  choice.addEventListener("change", () => set("padding", PADDINGS[choice.selectedIndex]));
  settings.append(element("label", {}, "Padding", choice));

  function set(name, to) {
    model.set(name, to);
    model.save_changes();
  }

  function build() {
    for (const { field, read } of fields) if (!field.matches(":focus")) field.value = read();
    choice.selectedIndex = PADDINGS.indexOf(get("padding"));
    const rest = [get("kernel_size"), get("stride"), get("padding"), get("dilation")];
    [rows, columns] = get("size").map((n) => axis(n, ...rest));
    [seen, real, output] = [counts(rows, columns), realPixels(rows, columns), null];
    const lines = [`output = ${RULE}`, `height: ${formula(rows)}`, `width: ${formula(columns)}`, WORDS];
    const style = "display: inline-block; white-space: pre-wrap"; // lines break before the signs of equality
    equations.replaceChildren(...lines.map((line) =>
      element(
        "div",
        {},
        ...line.split(/ (?==)/).map(
          (part) => element("span", { textContent: `${part} `, style }),
        ),
      )
    ));
    padded = new Grid({
      rows: rows.total,
      columns: columns.total,
      size: 400,
      largest: 38,
      ramp: "levels",
      label: "padded picture with the number of windows that see each pixel",
    });
    const text = `picture ${rows.size} × ${columns.size}, padded ${rows.total} × ${columns.total}: ` +
      `how many windows see each pixel, 0 to ${Math.max(...seen)}`;
    const legend = [];
    if (seen.length > rows.size * columns.size) legend.push("small squares: padding zeros");
    if (rows.leftover || columns.leftover) legend.push("struck out: left over");
    const first = caption(text, padded.canvas, element("div", { textContent: legend.join("; ") }));
    listen(padded, ([row, column]) => [placeOver(row, rows), placeOver(column, columns)]);
    if (!rows.count || !columns.count) {
      stop();
      pictures.replaceChildren(first);
      draw();
      return;
    }
    output = new Grid({
      rows: rows.count,
      columns: columns.count,
      size: 340,
      largest: 38,
      ramp: "levels",
      role: "application",
      label: "output: arrow keys, Home and End move the window, space plays, Escape stops",
    });
    output.canvas.tabIndex = 0;
    gridKeys(output.canvas, { position: here, shape, go, toggle, stop });
    listen(output, (place) => place);
    const all = rows.kernel * columns.kernel;
    pictures.replaceChildren(
      first,
      caption(
        `output ${rows.count} × ${columns.count}: pixels of the picture in each window, 0 to ${all}`,
        output.canvas,
        play,
      ),
    );
    draw();
  }

  function caption(text, ...parts) {
    const style = `width: ${Math.max(250, parseInt(parts[0].style.width))}px`;
    return element("figure", { style }, element("figcaption", { textContent: text }), ...parts);
  }

  function listen(grid, place) {
    onPointer(grid.canvas, (event) => output && go(place(grid.at(event))));
  }

  function draw() {
    const place = here(), [row, column] = place;
    drawPadded(output && place);
    const n = output ? real[row * columns.count + column] : 0;
    if (output) output.draw(real, [0, rows.kernel * columns.kernel], { frames: [[row, column, 1, 1]] });
    ui.say([sentence(place, rows, columns, n), zeros(rows, columns)], output ? [output.canvas] : []);
    const pairs = { output: "count", padded: "total", leftover: "leftover" };
    for (const [name, key] of Object.entries(pairs)) el.dataset[name] = `${rows[key]},${columns[key]}`;
    Object.assign(el.dataset, { position: output ? String(place) : "", value: n });
  }

  function drawPadded(place) {
    const { context: c, cell, table, width, height } = padded, most = Math.max(1, ...seen);
    padded.tell(seen);
    c.clearRect(0, 0, width, height);
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.font = `${Math.floor(cell * 0.42)}px system-ui, sans-serif`;
    seen.forEach((count, i) => {
      const row = Math.floor(i / columns.total), column = i % columns.total;
      const rgb = colour(table, count, 0, most);
      const inside = (line, at) => at >= line.before && at < line.before + line.size;
      const gap = inside(rows, row) && inside(columns, column) ? 0 : 0.14 * cell;
      const [x, y, side] = [column * cell + gap, row * cell + gap, cell - 2 * gap];
      c.fillStyle = `rgb(${rgb})`;
      c.fillRect(x, y, side, side);
      c.strokeStyle = c.fillStyle = inkOn(rgb);
      if (place && (row >= rows.total - rows.leftover || column >= columns.total - columns.leftover)) {
        c.lineWidth = 1;
        c.stroke(new Path2D(`M${x} ${y}l${side} ${side}M${x} ${y + side}l${side} ${-side}`));
      } else if (cell >= 18) c.fillText(count, (column + 0.5) * cell, (row + 0.54) * cell);
    });
    padded.frame(rows.before, columns.before, rows.size, columns.size, "#fff");
    if (!place) return;
    const [top, left] = [place[0] * rows.stride, place[1] * columns.stride];
    if (get("dilation") > 1 && rows.kernel > 1) {
      for (let u = 0; u < rows.kernel; u++) {
        for (let v = 0; v < columns.kernel; v++) {
          padded.frame(top + u * rows.dilation, left + v * columns.dilation, 1, 1);
        }
      }
    } else padded.frame(top, left, rows.span, columns.span);
  }

  const inputs = ["size", "kernel_size", "stride", "padding", "dilation"];
  build();
  return ui.ending(
    watch(model, ["position"], everyFrame(draw)),
    watch(model, inputs, everyFrame(build)),
    setter.stop,
    stop,
  );
}
export default { render };
