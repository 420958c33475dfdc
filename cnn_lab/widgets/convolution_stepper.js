import { array, decimalsFor, everyFrame, lateSetter, watch, written } from "./common.js";
import { element, figure, frame, gridKeys, nextCell, onPointer, row } from "./controls.js";
import { around, colour, colouredCell, Grid, palette } from "./grid.js";

// The products of one window with the filter, and their sum with the bias.
export function products(image, kernel, [row, column], [down, right], bias = 0) {
  const [height, width] = kernel.shape, cells = [];
  let sum = bias;
  for (let u = 0; u < height; u++) {
    for (let v = 0; v < width; v++) {
      const pixel = image.data[(row * down + u) * image.shape[1] + column * right + v];
      const weight = kernel.data[u * width + v];
      cells.push({ pixel, weight, product: pixel * weight });
      sum += pixel * weight;
    }
  }
  return { cells, sum };
}

// A whole number as people write it.
const exact = (value) => written(value, Number.isInteger(value) ? 0 : 2);

// The output whose window lies best around a pixel.
export function outputOver([row, column], [height, width], [down, right], [rows, columns]) {
  const near = (place, extent, step, count) =>
    Math.max(0, Math.min(count - 1, Math.round((place - (extent - 1) / 2) / step)));
  return [near(row, height, down, rows), near(column, width, right, columns)];
}

// Whether the learner's answer is another one than the reference's.
export const differs = (own, expected) =>
  !(Math.abs(own - expected) <= 1e-4 * Math.max(1, Math.abs(expected)));

// The sentence about one output, and one about all that are wrong: `wrong` of `all`.
export const verdict = (wrong, all) => wrong ? `${wrong} of ${all} outputs are not the reference's.` : "";

export function sentence([row, column], value, expected, [height, width], [down, right]) {
  const window = `rows ${row * down} to ${row * down + height - 1}, columns ` +
    `${column * right} to ${column * right + width - 1}`;
  const own = differs(value, expected) ? ` The reference has ${exact(expected)}.` : "";
  return `output[${row}, ${column}] = ${exact(value)}, from ${window} of the input.${own}`;
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const ui = frame(el, model, "A filter stepping over a picture");
  const signed = palette("signed");
  const setter = lateSetter(model), go = (position) => setter.set({ position });
  const table = element("table", {});
  const { node: play, toggle, stop } = ui.player(() => go(nextCell(get("position"), output.shape)), 300);
  let image, kernel, output, expected, grids;

  function build() {
    [image, kernel, output, expected] = ["image", "kernel", "output", "expected"].map((n) => array(get(n)));
    const size = ([rows, columns]) => ({ rows, columns });
    grids = {
      image: new Grid({ ...size(image.shape), label: "input" }),
      output: new Grid({
        ...size(output.shape),
        ramp: "signed",
        role: "application",
        label: "output: arrow keys, Home and End move the window, space plays, Escape stops",
      }),
    };
    grids.output.canvas.tabIndex = 0;
    ui.body.replaceChildren(row(
      figure(`input ${image.shape.join(" × ")}`, grids.image.canvas),
      figure("window × filter", table, play),
      figure(`output ${output.shape.join(" × ")}${get("own") ? ", yours" : ""}`, grids.output.canvas),
    ));
    const shape = () => output.shape, position = () => get("position");
    gridKeys(grids.output.canvas, { position, shape, go, toggle, stop });
    onPointer(grids.output.canvas, (event) => go(grids.output.at(event)));
    const over = (pixel) => outputOver(pixel, kernel.shape, get("stride"), output.shape);
    onPointer(grids.image.canvas, (event) => go(over(grids.image.at(event))));
    draw();
  }

  function draw() {
    const place = get("position"), stride = get("stride"), [height, width] = kernel.shape;
    const i = place[0] * output.shape[1] + place[1];
    const low = Math.min(0, ...image.data), high = Math.max(...image.data, low + 1);
    grids.image.draw(image.data, [low, high], {
      frames: [[place[0] * stride[0], place[1] * stride[1], height, width]],
    });
    const wrong = [];
    for (let n = 0; n < output.data.length; n++) {
      if (differs(output.data[n], expected.data[n])) {
        wrong.push([Math.floor(n / output.shape[1]), n % output.shape[1]]);
      }
    }
    const finite = output.data.filter(Number.isFinite);
    grids.output.draw(output.data, around(finite), { marks: wrong, frames: [[...place, 1, 1]] });
    drawProducts(place, stride, output.data[i]);
    const text = sentence(place, output.data[i], expected.data[i], kernel.shape, stride);
    ui.say([text, verdict(wrong.length, output.data.length)], [grids.output.canvas]);
    Object.assign(el.dataset, { position: place.join(","), wrong: wrong.length });
  }

  function drawProducts(place, stride, value) {
    const bias = get("bias"), { cells, sum } = products(image, kernel, place, stride, bias);
    const [low, high] = around(cells.map((cell) => cell.product)), width = kernel.shape[1];
    const digits = decimalsFor(cells.flatMap(({ pixel, weight }) => [pixel, weight]));
    const number = (x) => written(x, digits);
    const rows = [];
    for (let u = 0; u < kernel.shape[0]; u++) {
      rows.push(element(
        "tr",
        {},
        ...cells.slice(u * width, (u + 1) * width).map((cell) => {
          const text = `${number(cell.pixel)} × ${number(cell.weight)} = ${number(cell.product)}`;
          return colouredCell(text, colour(signed, cell.product, low, high));
        }),
      ));
    }
    const end = bias ? `sum with the bias ${exact(bias)}: ` : "sum: ";
    const own = get("own") ? `; your function: ${exact(value)}` : "";
    rows.push(element("tr", {}, element("th", { colSpan: width, textContent: end + exact(sum) + own })));
    table.replaceChildren(...rows);
  }

  build();
  return ui.ending(
    watch(model, ["position"], everyFrame(draw)),
    watch(model, ["image", "kernel", "output", "expected", "stride", "bias"], build),
    setter.stop,
    stop,
  );
}
export default { render };
