// Runs pytest in Pyodide under Node: node wasm_tests.mjs DISTRIBUTION COURSE [ARGUMENT ...]
// Exits with pytest's status; 70 says that Pyodide itself came to an end.
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const [distribution, course, ...options] = process.argv.slice(2);
const folder = resolve(distribution) + "/";

async function status() {
  const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
  const python = await loadPyodide({
    indexURL: folder,
    packageBaseUrl: folder,
    env: { HOME: "/home/pyodide", OPENBLAS_NUM_THREADS: "1", PYTHONDONTWRITEBYTECODE: "1" },
  });
  await python.loadPackage(["cnn-lab", "hypothesis", "pytest"], { messageCallback() {} });
  python.FS.mkdirTree("/course");
  python.FS.mount(python.FS.filesystems.NODEFS, { root: resolve(course) }, "/course");
  python.FS.chdir("/course");
  python.globals.set("options", python.toPy(options));
  return await python.runPythonAsync(`
import sys
sys.path.insert(0, "/course")
import pytest
int(pytest.main(["-p", "inside_wasm", *options]))
`);
}

try {
  process.exitCode = await status();
} catch (error) {
  console.error(error);
  process.exitCode = 70;
}
process.exit();
