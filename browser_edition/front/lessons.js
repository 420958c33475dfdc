// What a learner has made of each lesson, and the lessons as the site has them today.

import { files, ROOT, served } from "./store.js";

/** Fetches a file of the site, and never an older one than the host has. */
export async function fetched(path) {
  const answer = await fetch(new URL(path, ROOT), { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${path} does not answer: ${answer.status}`);
  return answer;
}

/** Returns what the build has told of the course: `lessons`, `wheel`. */
export const course = async () => (await fetched("front/course.json")).json();

/** Returns today's copy of a lesson, from memory or from the site; it is remembered. */
export async function today(lesson) {
  const known = await served.read(lesson.name, lesson.version);
  if (known) return known;
  // JupyterLite reads the same address: from now on it gets the new version too.
  const notebook = await (await fetched(`files/${lesson.name}`)).json();
  const version = versionOf(notebook);
  if (version) await served.write(lesson.name, version, notebook);
  return notebook;
}

/** Remembers today's copies of all lessons; without a network, of those that are known already. */
export async function remember(lessons) {
  for (const lesson of lessons) await today(lesson).catch(() => null);
}

/**
 * Tells how a lesson stands.
 *
 * @returns {{state: string, model?: object, base?: object}} `state` is
 *   - "new": the learner has no copy, or one in which nothing was written
 *   - "begun": the learner has written in today's version
 *   - "outdated": the learner has written in an older one; `base` is that one as it was, if it is known
 *   - "untouched": nothing was written in an older one
 */
export async function standing(lesson) {
  const model = await files.read(lesson.name);
  const mine = model && contentOf(model);
  if (!mine) return { state: "new" };
  const version = versionOf(mine);
  const current = version === lesson.version;
  const base = current ? await today(lesson).catch(() => null) : await served.read(lesson.name, version);
  if (base && sameWork(base, mine)) return { state: current ? "new" : "untouched", model, base };
  return { state: current ? "begun" : "outdated", model, base };
}

/** Puts today's version in place of an older copy in which nothing was written. */
export async function refresh(lesson) {
  const { state, model } = await standing(lesson);
  if (state === "untouched") await files.write([modelOf(lesson.name, await today(lesson), model)]);
}

/** Puts a notebook in place of a learner's, which is kept; returns the path under which. */
export async function replace(path, notebook) {
  // As it is now: another window may have saved since it was shown.
  const model = await files.read(path);
  if (!model) throw new Error(`${path} is not there any more`);
  const kept = { ...model, ...named(await freeName(path)) };
  await files.write([kept, modelOf(path, notebook, model)]);
  return kept.path;
}

/** Returns a name for a file that shall be kept: with the date and the time. */
export async function freeName(path, now = new Date()) {
  const two = (number) => String(number).padStart(2, "0");
  const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const [, stem, ending] = path.match(/^(.*?)(\.[^./]*)?$/);
  for (let number = 1;; number += 1) {
    const again = number > 1 ? ` ${number}` : "";
    const name = `${stem} (kept ${date} ${two(now.getHours())}.${two(now.getMinutes())}${again})${
      ending ?? ""
    }`;
    if (!await files.read(name)) return name;
  }
}

const named = (path) => ({ path, name: path.split("/").pop() });

/** Returns the model of a notebook for JupyterLite: newer than all that it knows. */
export function modelOf(path, notebook, old) {
  const now = new Date().toISOString();
  return {
    ...named(path),
    created: old?.created ?? now,
    last_modified: now,
    format: "json",
    mimetype: "application/x-ipynb+json",
    content: notebook,
    size: new TextEncoder().encode(JSON.stringify(notebook)).length,
    writable: true,
    type: "notebook",
  };
}

/** Returns the notebook of a model; null if it is none. */
export function contentOf(model) {
  try {
    const content = typeof model.content === "string" ? JSON.parse(model.content) : model.content;
    return Array.isArray(content?.cells) ? content : null;
  } catch {
    return null;
  }
}

const versionOf = (notebook) => notebook.metadata?.cnn_lab?.version;

/** Tells whether two notebooks hold the same texts: as `cnn_lab.classroom.merging.same_work` does. */
export function sameWork(one, other) {
  return JSON.stringify(texts(one)) === JSON.stringify(texts(other));
}

function texts(notebook) {
  const clean = (source) =>
    [source].flat().join("").split(/\r\n|\r|\n/).map((line) => line.trimEnd()).join("\n").replace(
      /^\n+|\n+$/g,
      "",
    );
  return notebook.cells.map((cell) => [cell.cell_type, clean(cell.source)]).filter(([, text]) => text);
}
