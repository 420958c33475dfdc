import { array, decimalsFor, everyFrame, packed, requests, watch, written } from "./common.js";
import { button, element, figure, frame, moved, onKeys, onPointer, row } from "./controls.js";
import { colour, Grid, inkOn, palette, scaleBar } from "./grid.js";

// The convolution without padding, for pages in which no kernel computes.
export function convolved(image, kernel) {
  const [height, width] = kernel.shape, wide = image.shape[1];
  const rows = image.shape[0] - height + 1, columns = wide - width + 1;
  const data = Float32Array.from({ length: rows * columns }, (_, n) => {
    const corner = Math.floor(n / columns) * wide + (n % columns);
    let sum = 0;
    for (let u = 0; u < height; u++) {
      for (let v = 0; v < width; v++) sum += image.data[corner + u * wide + v] * kernel.data[u * width + v];
    }
    return sum;
  });
  return { shape: [rows, columns], data };
}

// A kernel of another size with the same middle; what is new is zero.
export function resized(kernel, [rows, columns]) {
  const [height, width] = kernel.shape;
  const down = Math.floor((rows - height) / 2), right = Math.floor((columns - width) / 2);
  const data = Float32Array.from({ length: rows * columns }, (_, i) => {
    const u = Math.floor(i / columns) - down, v = (i % columns) - right;
    return u < 0 || u >= height || v < 0 || v >= width ? 0 : kernel.data[u * width + v];
  });
  return { shape: [rows, columns], data };
}

// A kernel with one weight replaced.
export const changed = ({ shape, data }, index, weight) => ({
  shape,
  data: data.map((old, i) => (i === index ? weight : old)),
});

// How far the colours reach on both sides of zero: as far as the numbers, but rounding errors stay pale.
export function reach(output, kernel) {
  const most = Math.max(0, ...output.map(Math.abs).filter(Number.isFinite));
  return most > 1e-6 * kernel.reduce((sum, weight) => sum + Math.abs(weight), 0) ? most : 1;
}

// What a person wrote into a field; NaN for what is no number.
export const weightOf = (text) => Number(text.trim().replace(",", ".").replace("−", "-") || NaN);

export const weightText = (weight) => String(Number(weight.toFixed(3))).replace("-", "−");

// The indices at which an answer is not the reference's.
export const disagreements = (output, expected) =>
  [...output.keys()].filter((i) =>
    !(Math.abs(output[i] - expected[i]) <= 1e-4 * Math.max(1, Math.abs(expected[i])))
  );

export function sentence(output, [row, column], [height, width], limit, wrong = 0) {
  const numbers = output.data.filter(Number.isFinite);
  if (!numbers.length) return "There is no feature map: the function gave no numbers.";
  const digits = decimalsFor(numbers), number = (value) => written(value, digits);
  const low = Math.min(...numbers), high = Math.max(...numbers);
  const beyond = numbers.filter((value) => Math.abs(value) > limit * 1.0001).length;
  const value = number(output.data[row * output.shape[1] + column]);
  return `Feature map[${row}, ${column}] = ${value}, from rows ${row} to ${row + height - 1}, columns ` +
    `${column} to ${column + width - 1}. The map reaches from ${number(low)} to ${number(high)}.` +
    (beyond ? ` ${beyond} of its numbers lie beyond the colours.` : "") +
    (wrong ? ` ${wrong} of its numbers are not the reference's.` : "");
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const ui = frame(el, model, "A filter to design, and its feature map");
  const names = ["image", "kernel", "output", "expected"], mine = model.get("own"), table = palette("signed");
  const asker = requests(model, ui.wait);
  const grids = {}, weights = element("div", { className: "weights", role: "group" });
  let image = array(get("image")), kernel = array(get("kernel")), output, expected, fields = [];
  let place, top, chosen = 0, drag = null, built = {};

  const pictures = { image: element("div", {}), output: element("div", {}) };
  const caption = element("span", {}), scale = element("div", {});
  const fix = () => (model.set("limit", get("limit") ? 0 : limit()), model.save_changes());
  const range = button("Fixed scale", fix);
  const size = element("select", {
    ariaLabel: "size of the filter",
    onchange: () => edit(resized(kernel, size.value.split(",").map(Number))),
  });
  const presets = Object.entries(get("presets")).map(([name, rows]) => {
    const preset = { shape: [rows.length, rows[0].length], data: Float32Array.from(rows.flat()) };
    const disabled = preset.shape.some((side, axis) => side > image.shape[axis]);
    return { preset, node: button(name, () => edit(preset), { disabled }) };
  });
  const less = button("− 0.5", () => nudge(-0.5), { ariaLabel: "− 0.5 at the chosen weight" });
  const more = button("+ 0.5", () => nudge(0.5), { ariaLabel: "+ 0.5 at the chosen weight" });
  const tools = element("div", { className: "tools" }, less, more, size);
  const named = { className: "tools", role: "group", ariaLabel: "filters with a name" };
  weights.ariaLabel = "weights of the filter";
  ui.body.replaceChildren(
    row(
      figure("picture", pictures.image),
      figure("filter: write, or drag up and down", weights, tools),
      figure(caption, pictures.output, scale, range),
    ),
    element("div", named, ...presets.map(({ node }) => node)),
  );

  const limit = () => get("limit") || reach(output.data, kernel.data);

  function edit(next) {
    kernel = next;
    const value = packed(next.shape, next.data);
    model.set("kernel", value);
    if (!model.alone) return asker.ask({ kernel: value });
    const { shape, data } = convolved(image, next);
    const answers = { own: false, error: "", output: packed(shape, data), expected: packed(shape, data) };
    for (const [name, answer] of Object.entries(answers)) model.set(name, answer);
  }
  const set = (i, weight) => edit(changed(kernel, i, Number(weight.toFixed(3))));
  const nudge = (step) => set(chosen, kernel.data[chosen] + step);

  function buildFields() {
    const [rows, columns] = kernel.shape;
    weights.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 46px))`;
    fields = Array.from(kernel.data, (_, i) => {
      const ariaLabel = `weight in row ${Math.floor(i / columns)}, column ${i % columns}`;
      const field = element("input", { type: "text", autocomplete: "off", ariaLabel });
      const actions = {
        focus: () => ((chosen = i), field.select(), soon()),
        blur: soon,
        input() {
          const weight = weightOf(field.value);
          field.ariaInvalid = String(!Number.isFinite(weight));
          if (Number.isFinite(weight)) edit(changed(kernel, i, weight));
        },
        pointerdown(event) {
          drag = { y: event.clientY, from: kernel.data[i] };
          field.setPointerCapture(event.pointerId);
        },
        pointermove({ clientY }) {
          const steps = drag ? Math.round((drag.y - clientY) / 5) : 0;
          if (steps || drag?.moved) set(i, drag.from + 0.1 * steps);
          if (steps) drag.moved = true;
        },
        lostpointercapture: () => (drag = null),
        dragstart: (event) => event.preventDefault(), // of the selected text
      };
      for (const [kind, action] of Object.entries(actions)) field.addEventListener(kind, action);
      onKeys(field, (key, { shiftKey }) => {
        const step = { ArrowUp: 0.5, ArrowDown: -0.5, Escape: 0, Enter: 0 }[key];
        if (step === undefined) return false;
        return void (step ? nudge(step * (shiftKey ? 0.2 : 1)) : field.blur());
      });
      return field;
    });
    weights.replaceChildren(...fields);
    chosen = Math.min(chosen, fields.length - 1);
    const sizes = [1, 2, 3, 4, 5, 6, 7].filter((n) => n <= Math.min(...image.shape)).map((n) => `${n},${n}`);
    if (rows !== columns) sizes.push(kernel.shape.join());
    size.replaceChildren(...sizes.map((value) => element("option", { value }, value.replace(",", " × "))));
    size.value = kernel.shape.join();
  }

  function showFields() {
    const reached = reach(kernel.data, []);
    fields.forEach((field, i) => {
      const weight = kernel.data[i], typed = weightOf(field.value);
      if (!field.matches(":focus") || Math.abs(typed - weight) > 5e-4) { // nobody is writing here
        Object.assign(field, { value: weightText(weight), ariaInvalid: "false" });
      }
      const rgb = colour(table, weight, -reached, reached);
      const outline = i === chosen ? "2px solid var(--ink)" : "";
      Object.assign(field.style, { background: `rgb(${rgb})`, color: inkOn(rgb), outline });
    });
    for (const { preset, node } of presets) {
      const same = preset.shape.join() === kernel.shape.join();
      node.setAttribute("aria-pressed", String(same && preset.data.every((w, i) => w === kernel.data[i])));
    }
  }

  function buildGrid(name, more) {
    const [rows, columns] = array(get(name)).shape;
    const { canvas } = grids[name] = new Grid({ rows, columns, size: 280, ...more });
    const point = (event) => {
      const around = name === "image" ? kernel.shape : [1, 1]; // the window lies around the pixel
      look(grids[name].at(event).map((at, axis) => at - Math.floor(around[axis] / 2)));
    };
    onPointer(canvas, point);
    pictures[name].replaceChildren(canvas);
    return canvas;
  }

  function look(at) {
    place = at.map((i, axis) => Math.max(0, Math.min(output.shape[axis] - 1, i)));
    soon();
  }

  function update() {
    [image, kernel, output, expected] = names.map((name) => array(get(name)));
    const before = built;
    built = { image: get("image"), kernel: kernel.shape.join(), output: output.shape.join() };
    if (before.image !== built.image) {
      top = Math.max(...image.data) > 1 ? 255 : 1;
      buildGrid("image", { label: "picture" }).after(scaleBar("grey", 0, top));
    }
    if (before.kernel !== built.kernel) buildFields();
    if (before.output !== built.output) {
      const label = "feature map: arrow keys, Home and End move the window";
      const canvas = buildGrid("output", { ramp: "signed", role: "application", label });
      canvas.tabIndex = 0;
      onKeys(canvas, (key) => {
        if (key === "Escape") canvas.blur();
        const next = moved(key, place, ...output.shape);
        return next !== null && look(next);
      });
      look(place ?? output.shape.map((side) => Math.floor(side / 2)));
    }
    draw();
  }

  function draw() {
    const most = limit(), columns = output.shape[1], some = output.data.some(Number.isFinite);
    const wrong = some ? disagreements(output.data, expected.data) : [];
    grids.image.draw(image.data, [0, top], { frames: [[...place, ...kernel.shape]] });
    grids.output.draw(output.data.map((value) => (Number.isFinite(value) ? value : 0)), [-most, most], {
      frames: [[...place, 1, 1]],
      marks: wrong.map((i) => [Math.floor(i / columns), i % columns]),
    });
    showFields();
    caption.textContent = `feature map ${output.shape.join(" × ")}${get("own") ? ", yours" : ""}`;
    scale.replaceChildren(scaleBar("signed", -most, most));
    range.setAttribute("aria-pressed", String(get("limit") > 0));
    const away = model.alone && mine ? " Your function runs in the notebook; here the package's does." : "";
    const text = sentence(output, place, kernel.shape, most, wrong.length) + away;
    ui.say(text, [grids.output.canvas]);
    const value = output.data[place[0] * columns + place[1]].toFixed(3);
    Object.assign(el.dataset, {
      position: place.join(),
      value,
      wrong: wrong.length,
      limit: most.toFixed(3),
      kernel: Array.from(kernel.data, (weight) => +weight.toFixed(3)).join(),
      scale: get("limit") ? "fixed" : "automatic",
    });
  }

  const soon = everyFrame(update);
  update();
  return ui.ending(
    watch(model, [...names, "limit"], soon),
    asker.stop,
  );
}
export default { render };
