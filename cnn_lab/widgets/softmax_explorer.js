import { array, everyFrame, lateSetter, requests, watch, written } from "./common.js";
import { button, element, frame } from "./controls.js";
import { colour, palette } from "./grid.js";

// Probabilities, loss in nats, and the derivative of the loss with respect to the scores. The
// largest score is subtracted first; the loss is taken without going through a tiny probability.
export function softmaxLoss(scores, label, temperature = 1) {
  const scaled = scores.map((score) => score / temperature), largest = Math.max(...scaled);
  const powers = scaled.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  const p = powers.map((power) => power / sum);
  const loss = Math.log(sum) + largest - scaled[label];
  const gradient = p.map((share, j) => (share - (j === label ? 1 : 0)) / temperature);
  return { scaled, powers, sum, p, loss, gradient };
}

// A number with three decimals, or with its power of ten where these would all be 0.
export function precise(value, decimals = 3) {
  if (value === 0 || !Number.isFinite(value) || Math.abs(value) >= 10 ** -decimals) {
    return value === 0 ? "0" : written(value, decimals);
  }
  return value.toExponential(1).replaceAll("-", "−");
}

// A score as short as it can be said.
export const short = (value) => String(Number(value.toFixed(2)) || 0).replace("-", "−");

// How far the sliders reach, and their step.
export function reach(scores) {
  const most = Math.max(10, ...scores.map((score) => Math.ceil(Math.abs(score))));
  return { most, step: most > 10 && scores.every(Number.isInteger) ? 1 : 0.1 };
}

// The classes for which the learner's probability is another one.
export const unlike = (own, p) => p.map((_, j) => j).filter((j) => !(Math.abs(own[j] - p[j]) <= 1e-5));

// The quotient of class j with its numbers: pieces of text, exponents apart.
export function quotient({ scaled, p, sum, powers }, j, decimals = 3) {
  const largest = Math.max(...scaled), shift = largest > 10 || largest < -10 ? largest : 0;
  const number = (power) => precise(power * Math.exp(largest - shift), decimals);
  const exponents = scaled.map((score) => short(score - shift));
  const top = number(powers[j]), bottom = number(sum);
  return { shift, top: exponents[j], terms: exponents, result: `${top} / ${bottom} = ${precise(p[j])}` };
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const ui = frame(el, model, "Scores, probabilities and loss");
  const rgb = (name, share) => `rgb(${colour(palette(name), share, 0, 1)})`;
  const [blue, red, ink] = [rgb("signed", 0.12), rgb("signed", 0.86), "1px solid var(--ink)"];
  const first = { scores: get("scores"), label: get("label"), temperature: get("temperature") };
  const line = (style, ...parts) => element("div", { style: `align-items: center; ${style}` }, ...parts);
  const grid = line(
    "display: grid; gap: 6px clamp(6px, 2vw, 16px); max-width: 860px; " +
      "grid-template-columns: fit-content(86px) repeat(3, minmax(0, 1fr))",
  );
  const formula = element("div", { style: "margin-top: 10px; overflow-wrap: anywhere" });
  const own = element("div", { "aria-live": "polite", style: "margin-top: 6px" });
  const degrees = element("output", { style: "min-width: 2.4em" });
  const temperature = element("input", { type: "range", min: 0.1, max: 10, step: 0.1 });
  temperature.style.minHeight = "28px";
  temperature.oninput = () => change({ temperature: Number(temperature.value) });
  const again = button("Back to the start", () => change(first));
  const heads = ["true class", "score s", "probability p", ""].map((textContent) =>
    element("div", { textContent, style: "font-size: 12px; font-weight: 600" })
  );
  const controls = line(
    "display: flex; flex-wrap: wrap; gap: 4px 20px",
    element("label", {}, "temperature", temperature, degrees),
    again,
  );
  const kernel = requests(model, ui.wait);
  const setter = lateSetter(model), change = setter.set;
  let rows = [];

  // A bar from `start` to `end`, shares of its field.
  function bar() {
    const fill = element("div", { style: `position: absolute; top: 0; bottom: 0; outline: ${ink}` });
    const zero = element("div", { style: `position: absolute; top: 0; bottom: 0; border-left: ${ink}` });
    const field = element(
      "div",
      {
        "aria-hidden": "true",
        style: "position: relative; flex: 1 1 76px; " +
          "height: 20px; background: var(--field); border: 1px solid var(--line)",
      },
      fill,
      zero,
    );
    const set = (from, to, background, origin) => {
      const start = Math.min(from, to), width = Math.abs(to - from);
      Object.assign(fill.style, { left: `${100 * start}%`, width: `${100 * width}%`, background });
      fill.style.visibility = width ? "visible" : "hidden";
      zero.style.left = `${100 * origin}%`;
    };
    return { field, set };
  }

  const cell = (...parts) => line("display: flex; flex-wrap: wrap; gap: 2px 8px", ...parts);
  const value = () => element("span", { style: "flex: 0 0 4.9em; font-variant-numeric: tabular-nums" });

  function build() {
    const names = get("names");
    rows = get("scores").map((_, j) => {
      const style = "margin: 0; min-width: 44px; padding: 2px 6px; overflow-wrap: anywhere";
      const choose = element("button", { type: "button", style, onclick: () => change({ label: j }) });
      const slider = element("input", { type: "range", "aria-label": `score of class ${names[j]}` });
      slider.style = "flex: 1 1 76px; min-width: 0; width: 76px; min-height: 28px; margin: 0";
      slider.oninput = () =>
        change({ scores: get("scores").map((old, k) => (k === j ? Number(slider.value) : old)) });
      const row = { choose, slider, score: value(), p: value(), gradient: value(), bar: bar(), slope: bar() };
      row.yours = element("span", { style: "flex-basis: 100%" });
      row.cells = [
        choose,
        cell(slider, row.score),
        cell(row.bar.field, row.p, row.yours),
        cell(row.slope.field, row.gradient),
      ];
      return row;
    });
    grid.replaceChildren(...heads, ...rows.flatMap((row) => row.cells));
    ui.body.replaceChildren(grid, controls, formula, own);
    draw();
  }

  function draw() {
    const [scores, label, degree, names] = ["scores", "label", "temperature", "names"].map(get);
    const now = softmaxLoss(scores, label, degree), { most, step } = reach(scores), furthest = 1 / degree;
    rows.forEach((row, j) => {
      const truth = j === label, g = now.gradient[j];
      row.choose.textContent = truth ? `✓ ${names[j]}` : names[j];
      row.choose.setAttribute("aria-pressed", truth);
      Object.assign(row.slider, { min: -most, max: most, step, value: scores[j] });
      row.slider.setAttribute(
        "aria-valuetext",
        `${short(scores[j])}, probability ${precise(now.p[j])}, gradient ${precise(g)}`,
      );
      row.score.textContent = short(scores[j]);
      row.p.textContent = precise(now.p[j]);
      row.gradient.textContent = precise(g);
      row.p.style.fontWeight = truth ? "600" : "";
      row.bar.set(0, now.p[j], truth ? "var(--ink)" : "var(--line)", 0);
      row.slope.set(0.5, 0.5 + g / furthest / 2, g < 0 ? blue : red, 0.5);
    });
    const slope = degree === 1 ? "p − y" : "(p − y) / T";
    heads[3].textContent = `gradient ${slope}`;
    const ends = `probabilities 0 to 1, gradient −${short(furthest)} to ${short(furthest)}`;
    temperature.value = degree;
    temperature.setAttribute("aria-valuetext", degrees.textContent = short(degree));
    write(now, label, names[label], { slope, ends, degree });
    const text = `Class ${names[label]} is the true one: score ${short(scores[label])}, probability ` +
      `${precise(now.p[label])}, loss ${precise(now.loss)} nats, gradient ${precise(now.gradient[label])}.`;
    ui.say(text);
    Object.assign(el.dataset, { scores: scores.join(), label, temperature: degree, loss: now.loss });
    el.dataset.p = now.p.join();
    compare(now);
  }

  function write(now, label, name, { slope, ends, degree }) {
    const { shift, top, terms, result } = quotient(now, label);
    const power = (exponent) => ["e", element("sup", { textContent: exponent })];
    const sum = terms.flatMap((term, j) => [...(j ? [" + "] : []), ...power(term)]);
    const p = now.p[label];
    const cooled = degree === 1 ? "" : ` (scores divided by T = ${short(degree)})`;
    const less = ` (${short(shift)}, the largest, is subtracted first; the quotient stays the same)`;
    const logarithm = `−ln ${precise(p)} = ${precise(now.loss)} nats`;
    const underflow = `ln(sum of e^s) − s = ${precise(now.loss)} nats (p itself is too small for a float)`;
    formula.replaceChildren(
      line("", `p(${name}) = `, ...power(top), " / (", ...sum, `) = ${result}`, cooled, shift ? less : ""),
      line("font-weight: 600", `loss = −ln p(${name}) = `, p ? logarithm : underflow),
      line("", `gradient = ${slope}, with y = 1 for the true class and 0 for the others; its sum is 0`),
      line("", `bars: ${ends}; gradient blue and to the left: negative, the score should grow`),
    );
  }

  // The learner's probabilities beside the right ones.
  function compare(now) {
    if (!get("own")) return;
    const theirs = array(get("own_probabilities")).data, asked = get("answered");
    const fresh = asked.length === now.scaled.length && asked.every((score, j) => score === now.scaled[j]);
    const known = fresh && theirs.length === now.p.length, wrong = known ? unlike(theirs, now.p) : [];
    rows.forEach((row, j) => {
      const sign = wrong.includes(j) ? "✗ " : "";
      row.yours.textContent = known ? `${sign}yours ${precise(theirs[j])}` : "yours …";
      row.yours.style.color = sign ? "var(--wrong)" : "";
      row.yours.style.fontWeight = sign ? "600" : "";
    });
    const count = `Your softmax differs in ${wrong.length} of ${now.p.length} probabilities (marked ✗).`;
    if (known) own.textContent = wrong.length ? count : "Your softmax agrees.";
    else if (model.alone) own.textContent = "Your softmax answers where Python runs, not on this page.";
    else own.textContent = fresh ? "Your softmax gave no answer." : "Your softmax is being asked …";
    el.dataset.wrong = known ? wrong.length : "";
    if (!fresh && !model.alone) kernel.ask({}); // with what is set now
  }

  const inputs = ["scores", "label", "temperature", "own_probabilities", "answered"];
  build();
  return ui.ending(
    watch(model, inputs, everyFrame(draw)),
    watch(model, ["names"], everyFrame(build)),
    setter.stop,
    kernel.stop,
  );
}
export default { render };
