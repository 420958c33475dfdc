import { array, everyFrame, requests, watch, written } from "./common.js";
import { button, element, figure, frame, moved, nextCell, onKeys, onPointer, row } from "./controls.js";
import { around, Grid } from "./grid.js";

// The places of the layer below that these places of one axis (0 rows, 1 columns) depend on.
export function reach(places, size, { kernel, stride, dilation, before }, axis) {
  const found = new Set();
  for (const place of places) {
    for (let u = 0; u < kernel[axis]; u++) {
      const below = place * stride[axis] - before[axis] + u * dilation[axis];
      if (below >= 0 && below < size) found.add(below);
    }
  }
  return [...found].sort((a, b) => a - b);
}

// Extent, step and start of the fields of a stack of windows along one axis.
export function extent(windows, axis) {
  let size = 1, jump = 1, start = 0;
  for (const { kernel, stride, dilation, before } of windows) {
    start -= before[axis] * jump;
    size += dilation[axis] * (kernel[axis] - 1) * jump;
    jump *= stride[axis];
  }
  return { size, jump, start };
}

// What a unit sees: rows and columns in the picture (first), then in every layer up to its own.
// Null stands for layers without rows and columns.
export function fields(picture, layers, number, unit) {
  const all = ([rows, columns]) => [rows, columns].map((n) => Array.from({ length: n }, (_, i) => i));
  const sizes = [picture, ...layers.map((layer) => (layer.window ? layer.shape : null))];
  const seen = Array(number + 2).fill(null);
  let k = number + 1;
  if (sizes[k]) seen[k] = unit.map((place) => [place]);
  else {
    while (!sizes[k]) k--;
    seen[k] = all(sizes[k]);
  }
  for (; k > 0; k--) {
    seen[k - 1] = [0, 1].map((axis) => reach(seen[k][axis], sizes[k - 1][axis], layers[k - 1].window, axis));
  }
  return seen;
}

const gaps = (places) => places.length > 0 && places.at(-1) - places[0] + 1 !== places.length;
const span = (word, places) => (places.length ? `${word} ${places[0]} to ${places.at(-1)}` : `no ${word}`);

export function sentence(picture, layers, number, unit) {
  const { name, window } = layers[number], [rows, columns] = fields(picture, layers, number, unit)[0];
  const who = `ayer ${number}, ${name},`, where = `${span("rows", rows)} and ${span("columns", columns)}`;
  if (!window) return `L${who} has no rows and columns: it sees everything, ${where}.`;
  const windows = layers.slice(0, number + 1).map((layer) => layer.window);
  const both = [0, 1].map((axis) => extent(windows, axis)), [down, right] = both.map(({ jump }) => jump);
  const steps = down === right ? down : `${down} down and ${right} to the right`;
  const first = both.map(({ start, jump }, axis) => start + unit[axis] * jump);
  const cut = both.some(({ size }, axis) => first[axis] < 0 || first[axis] + size > picture[axis]);
  let notes = "";
  if (gaps(rows) || gaps(columns)) notes += `, with gaps: ${rows.length} × ${columns.length} pixels count`;
  if (cut) notes += "; the rest lies outside of the picture";
  return `A unit of l${who} sees ${both[0].size} × ${both[1].size} pixels and steps by ${steps}. ` +
    `Unit (${unit.join(", ")}) sees ${where}${notes}.`;
}

// At how many pixels a gradient is not zero, inside and outside of the field, and where it is largest.
export function touched(gradient, [, width], [rows, columns]) {
  const inRows = new Set(rows), inColumns = new Set(columns);
  const changing = Array.from(gradient.keys()).filter((i) => gradient[i]);
  const inside = changing.filter((i) => inRows.has(Math.floor(i / width)) && inColumns.has(i % width)).length;
  const size = gradient.map(Math.abs), most = size.indexOf(Math.max(...size));
  const at = [Math.floor(most / width), most % width];
  return { inside, outside: changing.length - inside, of: rows.length * columns.length, at };
}

export function measuredText({ inside, outside, of, at: [row, column] }) {
  const end = inside
    ? `; the strongest is at row ${row}, column ${column}.`
    : ". For this picture the unit is asleep.";
  return `Measured: ${inside} of ${of} pixels in the field change it, ${outside} outside${end}`;
}

// The seen units of a layer in one tone, the others 0.
export function mask([height, width], seen, tone) {
  const values = new Float32Array(height * width);
  if (seen) { for (const row of seen[0]) for (const column of seen[1]) values[row * width + column] = tone; }
  return values;
}

// A frame around rows and columns, which stays on the canvas; dots where there are gaps in it.
function outline({ context, cell, width, height }, [rows, columns], dots = false) {
  if (!rows.length || !columns.length) return;
  const [left, top] = [columns, rows].map((places) => Math.max(places[0] * cell, 2));
  const right = Math.min((columns.at(-1) + 1) * cell, width - 2);
  const bottom = Math.min((rows.at(-1) + 1) * cell, height - 2), side = Math.max(2, Math.round(cell / 3));
  for (const [weight, style] of [[4, "#000"], [2, "#ffd400"]]) {
    context.lineWidth = weight;
    context.strokeStyle = context.fillStyle = style;
    context.strokeRect(left, top, right - left, bottom - top);
    if (!dots || !(gaps(rows) || gaps(columns))) continue;
    const wide = side + weight - 2, offset = (cell - wide) / 2;
    for (const row of rows) {
      for (const column of columns) context.fillRect(column * cell + offset, row * cell + offset, wide, wide);
    }
  }
}

function render({ model, el }) {
  const get = (name) => model.get(name), place = () => [get("layer"), ...get("unit"), get("channel")];
  const ui = frame(el, model, "What the units of a network see");
  const kernel = requests(model, ui.wait);
  const { node: play, toggle, stop } = ui.player(() => {
    const { shape, window } = layers[get("layer")];
    if (window) go(get("layer"), nextCell(get("unit"), shape));
  }, 300);
  const measuredUnit = ([layer, row, column, channel]) => go(layer, [row, column], channel);
  const back = button("Show the measured unit", () => measuredUnit(get("measured")));
  const channels = element("select", {
    onchange: () => go(get("layer"), get("unit"), Number(channels.value)),
  });
  const scale = element("div", {}), count = element("div", {});
  let grids, slope, seen, pinned = false, asked = "", resting, image, layers, picture;
  const caption = (title, note, ...parts) => figure([title, element("br"), note], ...parts);

  function build() {
    stop();
    [image, layers] = [array(get("image")), get("layers")];
    picture = image.shape;
    const spatial = layers.filter(({ window }) => window);
    const largest = Math.max(...picture, ...spatial.flatMap(({ shape }) => shape.slice(0, 2)));
    const cell = Math.max(3, Math.min(28, Math.floor(196 / largest)));
    const made = ([rows, columns], options, size = cell) =>
      new Grid({ rows, columns, largest: size, size: size * Math.max(rows, columns), ...options });
    grids = [made(picture, { label: "the picture, with the pixels that the unit sees" })];
    slope = made(picture, { ramp: "signed", label: "measured gradient" }, Math.ceil(1.2 * cell));
    const figures = [caption("picture", picture.join(" × "), grids[0].canvas)], dense = [];
    layers.forEach(({ name, shape, window }, number) => {
      if (!window) {
        dense.push(button(`${number}: ${name}`, () => go(number, [0, 0])));
        return grids.push(dense.at(-1));
      }
      const label = `layer ${number}, ${name}: arrow keys, Home and End choose a unit, space plays`;
      const grid = made(shape, { ramp: "levels", role: "application", label, spoken: false });
      grid.canvas.tabIndex = 0;
      const follow = (event) => {
        if (event.type === "pointerdown") keep(true);
        if (!pinned || event.buttons) go(number, grid.at(event));
      };
      onPointer(grid.canvas, follow);
      onKeys(grid.canvas, (key) => onKey(key, number));
      grids.push(grid);
      figures.push(caption(`${number}: ${name}`, shape.join(" × "), grid.canvas));
    });
    const hint = "Point at a unit, or use the arrow keys. A click keeps the unit, Escape lets it go.";
    const side = [element("label", {}, "channel ", channels), " ", play, count, back];
    const map = caption("measured gradient of the unit", "in the frame of the theory", slope.canvas, scale);
    ui.body.replaceChildren(
      element("p", { textContent: hint, style: "margin: 0 0 8px" }),
      row(...figures),
      row(...dense),
      row(map, element("div", { style: "flex: 1 1 220px" }, ...side)),
    );
    draw();
  }

  function keep(on) {
    el.dataset.pinned = pinned = on; // a kept unit does not follow the pointer
  }

  function onKey(key, number) {
    const shape = layers[number].shape.slice(0, 2);
    const from = get("layer") === number ? get("unit") : shape.map((n) => n >> 1);
    const next = moved(key, from, ...shape);
    if (key === "Escape") stop(keep(false));
    if (next) go(number, next);
    else if (key === "Enter") keep(true);
    else if (key === " ") toggle();
    else return false;
  }

  function go(number, unit, channel = get("layer") === number ? get("channel") : -1) {
    if (place().join() === [number, ...unit, channel].join()) return;
    for (const [key, value] of Object.entries({ layer: number, unit, channel })) model.set(key, value);
  }

  function draw() {
    const [number, ...unit] = place().slice(0, 3);
    seen = fields(picture, layers, number, unit);
    grids[0].draw(image.data, [Math.min(0, ...image.data), Math.max(1, ...image.data)], { numbers: false });
    outline(grids[0], seen[0], true);
    layers.forEach(({ shape, window }, k) => {
      const grid = grids[k + 1];
      if (!window) return grid.setAttribute("aria-pressed", String(k === number));
      grid.draw(mask(shape, seen[k + 1], k === number ? 1 : 0.75), [0, 1], { numbers: false });
      grid.context.fillStyle = "#ffffff50";
      for (let i = 1; i < shape[1]; i++) grid.context.fillRect(i * grid.cell - 0.5, 0, 0.5, grid.height);
      for (let i = 1; i < shape[0]; i++) grid.context.fillRect(0, i * grid.cell - 0.5, grid.width, 0.5);
      if (seen[k + 1]) outline(grid, seen[k + 1]);
    });
    drawGradient();
    Object.assign(el.dataset, { layer: number, unit: unit.join(","), channel: get("channel") });
  }

  function drawGradient() { // alone when the kernel has answered
    const key = place().join(), known = key === get("measured").join();
    const outputs = layers[get("layer")].shape.at(-1);
    if (channels.length !== outputs + 1) {
      const each = Array.from({ length: outputs }, (_, i) => element("option", { value: i, textContent: i }));
      channels.replaceChildren(element("option", { value: -1, textContent: "all together" }), ...each);
    }
    channels.value = get("channel");
    channels.disabled = Boolean(model.alone);
    back.hidden = known || !model.alone;
    slope.canvas.style.opacity = known ? 1 : 0.35; // what was measured before fades
    el.dataset.measured = "";
    const text = sentence(picture, layers, get("layer"), get("unit"));
    const say = (more) =>
      ui.say([text, more], grids.map(({ canvas }) => canvas).filter((c) => c?.tabIndex === 0));
    if (known) {
      const { data } = array(get("gradient")), [low, high] = around(data);
      const found = touched(data, picture, seen[0]);
      slope.draw(data, [low, high], { numbers: false });
      outline(slope, seen[0]);
      scale.textContent = `dark blue ${written(low, 3)}, white 0, red ${written(high, 3)}`;
      say(measuredText(found), count.textContent = "");
      el.dataset.measured = found.inside;
      asked = key;
      return;
    }
    say("");
    count.textContent = model.alone
      ? "Other units are measured where a kernel runs: in the notebook."
      : "Measuring …";
    if (model.alone || asked === key) return;
    asked = key;
    clearTimeout(resting);
    resting = setTimeout(() => kernel.ask({}), 40); // for the unit on which the pointer rests
  }

  build();
  return ui.ending(
    watch(model, ["image", "layers"], build),
    watch(model, ["layer", "unit", "channel"], everyFrame(draw)),
    watch(model, ["gradient", "measured"], everyFrame(drawGradient)),
    stop,
    kernel.stop,
    () => clearTimeout(resting),
  );
}
export default { render };
