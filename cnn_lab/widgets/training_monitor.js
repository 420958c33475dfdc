import { array, everyFrame, watch, written } from "./common.js";
import { button, element, figure, frame, onKeys, row } from "./controls.js";
import { around, Grid } from "./grid.js";

// Round numbers that divide a range into about four parts.
export function ticks(low, high) {
  const rough = (high - low) / 4 || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9), count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

// The points [x, y] of two columns of a table; numbers that are not finite are left out.
export function points({ shape: [rows, columns = 1], data }, x, y) {
  const all = Array.from({ length: rows }, (_, r) => [data[r * columns + x], data[r * columns + y]]);
  return all.filter(([, value]) => Number.isFinite(value));
}

// The index of the point that lies nearest to x.
export function nearest(list, x) {
  let best = 0;
  list.forEach(([at], i) => {
    if (Math.abs(at - x) < Math.abs(list[best][0] - x)) best = i;
  });
  return best;
}

const whole = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const percent = (value) => `${written(100 * value, 1)} %`;

// Where training stands, in words.
export function status(state, [step, steps], losses, accuracies, trainings) {
  if (state === "waiting") return "Nothing has been trained yet: give the monitor to fit as its callback.";
  const words = { training: "Training", stopping: "Stopping", stopped: "Stopped", done: "Done" };
  const opening = words[state] ?? "Ended with its kernel";
  const parts = [`${opening}: step ${whole(step)} of ${whole(steps)}`];
  if (losses.length) parts.push(`loss ${written(losses.at(-1)[1], 3)}`);
  if (accuracies.length) parts.push(`validation accuracy ${percent(accuracies.at(-1)[1])}`);
  if (trainings > 1) parts.push(`training number ${trainings}`);
  const end = state === "stopped" ? ". Weights are kept: another fit goes on from here." : ".";
  return parts.join(", ") + end;
}

// A curve on a canvas with its axes; it redraws itself for the width that there is.
class Chart {
  constructor(label, format) {
    Object.assign(this, { format, left: 60, top: 10, height: 170, width: 360, list: [] });
    const names = { role: "application", "aria-label": label, className: "chart" };
    this.canvas = element("canvas", { ...names, tabIndex: 0 });
    Object.assign(this.canvas, { width: 2 * this.width, height: 2 * (this.height + 34) });
    this.canvas.style.aspectRatio = `${this.width} / ${this.height + 34}`;
    this.context = this.canvas.getContext("2d");
    this.context.scale(2, 2);
  }

  draw(list, [low, high], last, starts, marked) {
    const { context, left, top, height, width } = this, ink = "#fff"; // which its style turns round on light
    Object.assign(this, { list, last });
    const x = (step) => left + ((width - left - 18) * step) / last;
    const y = (value) => top + height * (1 - (value - low) / (high - low || 1));
    const line = (...path) => {
      context.beginPath();
      path.forEach((point) => context.lineTo(...point));
      context.stroke();
    };
    context.clearRect(0, 0, width, height + 34);
    Object.assign(context, { fillStyle: ink, strokeStyle: ink, lineWidth: 1 });
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const value of ticks(low, high)) {
      context.fillText(this.format(value), left - 6, y(value));
      context.globalAlpha = 0.25;
      line([left, y(value)], [width - 18, y(value)]);
      context.globalAlpha = 1;
    }
    context.textAlign = "center";
    for (const value of ticks(0, last)) context.fillText(whole(value), x(value), top + height + 12);
    context.setLineDash([4, 4]);
    for (const start of starts.slice(1)) line([x(start - 0.5), top], [x(start - 0.5), top + height]);
    context.setLineDash([]);
    context.lineWidth = 2;
    const edges = [...starts, Infinity];
    for (const [i, start] of starts.entries()) {
      const part = list.filter(([step]) => step >= start && step < edges[i + 1]);
      line(...part.map(([step, value]) => [x(step), y(value)]));
      if (part.length > 20) continue;
      for (const [step, value] of part) context.fillRect(x(step) - 3, y(value) - 3, 6, 6);
    }
    if (!list[marked]) return;
    context.beginPath();
    context.arc(x(list[marked][0]), y(list[marked][1]), 6, 0, 7);
    context.stroke();
  }

  // The index of the point under the pointer.
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const place = (event.clientX - box.left) * (this.width / box.width) - this.left;
    return nearest(this.list, (place / (this.width - this.left - 18)) * this.last);
  }
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const ui = frame(el, model, "A monitor of a training", () => draw());
  const stop = button("Stop training", () => {
    wished = get("starts").length; // for this training, and for no later one
    model.send({ stop: true });
    draw();
  });
  const now = element("div", { style: "margin: 6px 0 8px" });
  const keys = "the arrow keys, Home and End go from point to point";
  const charts = {
    loss: new Chart(`loss against steps; ${keys}`, String),
    accuracy: new Chart(`validation accuracy against steps; ${keys}`, percent),
  };
  const accuracy = figure("validation accuracy against steps", charts.accuracy.canvas);
  const filters = element("div", { className: "tiles" });
  const scale = element("figcaption", {});
  const below = element("figure", { style: "margin-top: 8px" }, scale, filters);
  ui.body.append(
    stop,
    now,
    row(
      figure("loss against steps", charts.loss.canvas),
      accuracy,
    ),
    below,
  );

  let wished = 0, marks = { loss: -1, accuracy: -1 }, grids = [], told = "";
  for (const [name, chart] of Object.entries(charts)) {
    const mark = (i) => {
      const count = chart.list.length;
      marks = { loss: -1, accuracy: -1, [name]: i < 0 ? -1 : Math.min(i, count - 1) };
      const point = chart.list[marks[name]];
      const value = name === "loss" ? written(point?.[1] ?? 0, 3) : percent(point?.[1] ?? 0);
      if (point) {
        const text = `Step ${whole(point[0])}: ${name === "loss" ? "loss" : "validation accuracy"} ${value}.`;
        ui.say(text, [chart.canvas]);
      }
      draw();
    };
    chart.canvas.addEventListener("pointermove", (event) => chart.list.length && mark(chart.at(event)));
    chart.canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && mark(-1));
    onKeys(chart.canvas, (key) => {
      const i = marks[name], end = chart.list.length - 1;
      const back = Math.max(0, i < 0 ? end : i - 1), on = Math.min(end, i + 1);
      const to = { ArrowLeft: back, ArrowRight: on, Home: 0, End: end };
      if (key === "Escape") mark(-1);
      if (!(key in to)) return false;
      mark(to[key]);
    });
  }

  function drawFilters() {
    const { shape, data } = array(get("filters")), [rows, columns, count] = shape;
    below.hidden = !data.length;
    if (!data.length) return;
    if (grids.length !== count || grids[0].rows !== rows || grids[0].columns !== columns) {
      grids = Array.from(
        { length: count },
        (_, c) => new Grid({ rows, columns, size: 60, label: `filter ${c}`, ramp: "signed" }),
      );
      filters.replaceChildren(...grids.map(({ canvas }) => canvas));
    }
    const [low, high] = around(data);
    scale.textContent = `filters of the first convolution, ${written(low)} (blue) to ${written(high)} (red)`;
    grids.forEach((grid, c) =>
      grid.draw(data.filter((_, i) => i % count === c), [low, high], { numbers: false })
    );
  }

  const draw = everyFrame(() => {
    const losses = points(array(get("losses")), 0, 1), accuracies = points(array(get("epochs")), 0, 3);
    const starts = get("starts"), last = Math.max(1, get("step")[2]);
    const running = get("state") === "training", stopping = running && wished === starts.length;
    const state = running && ui.lost() ? "lost" : stopping ? "stopping" : get("state");
    const most = Math.max(0.1, ...losses.map(([, value]) => value));
    const least = Math.min(0.9, ...accuracies.map(([, value]) => value));
    charts.loss.draw(losses, [0, most], last, starts, marks.loss);
    accuracy.hidden = get("epochs").shape[0] > 0 && !accuracies.length; // nothing is held back to validate
    charts.accuracy.draw(accuracies, [least, 1], last, starts, marks.accuracy);
    drawFilters();
    stop.disabled = Boolean(model.alone) || state !== "training";
    const alone = model.alone ? " Training, and stopping it, needs the course, where its kernel runs." : "";
    now.textContent = status(state, get("step"), losses, accuracies, starts.length) + alone;
    const best = accuracies.length ? `, validation accuracy ${percent(accuracies.at(-1)[1])}` : "";
    const news = starts.length ? `Training ${starts.length}: ${state}${best}.` : "No training yet."; // not each step
    if (news !== told) ui.say(news);
    told = news;
    const counts = { trainings: starts.length, points: losses.length };
    Object.assign(el.dataset, { state, step: get("step")[0], ...counts });
  });
  draw();
  const watched = ["state", "step", "losses", "epochs", "starts", "filters"];
  return ui.ending(watch(model, watched, draw));
}
export default { render };
