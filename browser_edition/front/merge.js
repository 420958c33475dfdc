// The course's own way to put a learner's work into a newer version, run by the course's own Python.

import { fetched } from "./lessons.js";
import { ROOT } from "./store.js";

const PROGRAM = `
import json
from cnn_lab.classroom.ipynb import parse, to_text
from cnn_lab.classroom.merging import merge

def merged(*texts):
    notebook, changed = merge(*(parse(text.encode()) for text in texts))
    return json.dumps([json.loads(to_text(notebook)), changed])

merged`;

let loading;

/** Loads Python and the course's package, without NumPy and the rest: 6 MB, once. */
async function load(wheel) {
  const { loadPyodide } = await import(new URL("static/pyodide/pyodide.mjs", ROOT));
  const python = await loadPyodide();
  const content = await (await fetched(`static/pyodide/${wheel}`)).arrayBuffer();
  python.unpackArchive(content, "wheel");
  return python.runPython(PROGRAM);
}

/**
 * Guesses what a learner began with: the cells that the lesson still has were like theirs, but for the answers.
 */
export function guessed(mine, today) {
  const known = new Set(today.cells.map((cell) => cell.id));
  const cells = mine.cells.filter((cell) => known.has(cell.id) && !cell.metadata?.nbgrader?.solution);
  return { ...mine, cells };
}

/** Returns the new version with the learner's work, and the names of exercises that are not the same any more. */
export async function merge(wheel, base, mine, today) {
  loading ??= load(wheel).catch((error) => {
    loading = undefined;
    throw error;
  });
  const merged = await loading;
  return JSON.parse(merged(...[base, mine, today].map((notebook) => JSON.stringify(notebook))));
}
