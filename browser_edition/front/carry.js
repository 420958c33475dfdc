// Carrying a learner's files to another browser: all of them in one zip file, and back.

import { contentOf, freeName, modelOf, sameWork, standing } from "./lessons.js";
import { files } from "./store.js";
import { unzipped, zipped } from "./zip.js";

const NOTES = ".course/"; // what the checks have noted: written by Python, never by hand

/** Returns how many files the learner has, and a zip file of them. */
export async function packedWork() {
  const models = (await files.all()).filter((model) => model.type !== "directory" && model.content !== null);
  return [models.length, zipped(models.map((model) => [model.path, bytesOf(model)]))];
}

function bytesOf({ format, content }) {
  if (format === "base64") return Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  return new TextEncoder().encode(
    typeof content === "string" ? content : `${JSON.stringify(content, null, 1)}\n`,
  );
}

/**
 * Puts the files of a zip file, or one notebook, among the learner's; what is there already is kept.
 *
 * @returns {{brought: number, kept: string[]}}
 */
export async function bringBack(file, lessons) {
  const buffer = await file.arrayBuffer();
  const start = new TextDecoder().decode(new Uint8Array(buffer, 0, Math.min(2, buffer.byteLength)));
  const entries = start === "PK" ? await unzipped(buffer) : [[file.name, new Uint8Array(buffer)]];
  const models = entries.filter(([path]) => safe(path)).map(([path, bytes]) => read(path, bytes));
  if (!models.length) throw new Error("the file holds no work");
  const kept = [];
  let brought = 0;
  for (const model of models) {
    const there = await files.read(model.path);
    if (there && same(there, model)) continue;
    const writing = [...await foldersOf(model.path), model];
    if (there && !model.path.startsWith(NOTES) && await written(there, lessons)) {
      const path = await freeName(there.path);
      writing.push({ ...there, path, name: path.split("/").pop() });
      kept.push(path);
    }
    await files.write(writing);
    brought += 1;
  }
  return { brought, kept };
}

const safe = (path) =>
  !path.startsWith("__MACOSX/") && path.split("/").every((part) => !/^(\.\.?)?$/.test(part));

function read(path, bytes) {
  if (path.endsWith(".ipynb")) {
    const notebook = contentOf({ content: new TextDecoder().decode(bytes) });
    if (!notebook) throw new Error(`${path} is not a notebook`);
    return modelOf(path, notebook);
  }
  const model = { ...modelOf(path, ""), type: "file", size: bytes.length };
  try {
    const content = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { ...model, format: "text", mimetype: "text/plain", content };
  } catch {
    const content = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    return { ...model, format: "base64", mimetype: "application/octet-stream", content };
  }
}

function same(one, other) {
  const [a, b] = [one, other].map(contentOf);
  if (a && b) return sameWork(a, b);
  const [x, y] = [one, other].map(bytesOf);
  return x.length === y.length && x.every((byte, place) => byte === y[place]);
}

/** Tells whether something of the learner's own is in a file. */
async function written(model, lessons) {
  const lesson = lessons.find(({ name }) => name === model.path);
  return !lesson || !["new", "untouched"].includes((await standing(lesson)).state);
}

/** Returns models of the folders of a path that are not there. */
async function foldersOf(path) {
  const parts = path.split("/").slice(0, -1), missing = [];
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const folder = parts.slice(0, depth).join("/");
    if (await files.read(folder)) continue;
    missing.push({ ...modelOf(folder, null), content: null, mimetype: "", size: 0, type: "directory" });
  }
  return missing;
}
