// The learner's files, where JupyterLite keeps them in this browser, and the lessons as they were served,
// which are needed to tell what a learner has changed.

export const ROOT = new URL("..", import.meta.url);
// As JupyterLite names it: every path of a host has its own. "files" holds models by path, "checkpoints" lists.
const FILES = `JupyterLite Storage - ${ROOT.pathname}`;
const SERVED = `CNN Lab - ${ROOT.pathname}`;

export const files = {
  /** Returns the model of one file as JupyterLite keeps it: undefined if the learner has none. */
  read: (path) => within(FILES, "files", "readonly", (store) => store.get(path)),

  /** Returns the models of all the learner's files. */
  all: async () => await within(FILES, "files", "readonly", (store) => store.getAll()) ?? [],

  /** Puts models in place, all or none, and forgets the checkpoints of what was there. */
  async write(models) {
    await within(FILES, "files", "readwrite", (store) => {
      for (const model of models) store.put(model, model.path);
    });
    await within(FILES, "checkpoints", "readwrite", (store) => {
      for (const model of models) store.delete(model.path);
    }, false);
  },
};

export const served = {
  /** Returns the notebook that was served under a version: undefined if this browser never saw it. */
  read: (name, version) => within(SERVED, "lessons", "readonly", (store) => store.get(`${name} ${version}`)),

  /** Remembers a notebook that was served. */
  write: (name, version, notebook) =>
    within(SERVED, "lessons", "readwrite", (store) => void store.put(notebook, `${name} ${version}`)),
};

/**
 * Does one thing with a store of a database, and returns its result once that is on the disk. The database is
 * closed again at once, so that JupyterLite can add its own stores. Where there is no store, it is made if
 * something shall be written (and `make` is true); else the result is undefined.
 */
async function within(name, storeName, mode, work, make = mode === "readwrite") {
  const database = await open(name, storeName, make);
  if (!database) return undefined;
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(storeName, mode);
      const request = work(transaction.objectStore(storeName));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function open(name, storeName, make, version) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    let refused = false;
    request.onupgradeneeded = () => {
      if (make) request.result.createObjectStore(storeName);
      else {
        refused = true; // nothing is there to read, and nothing shall be left behind
        request.transaction.abort();
      }
    };
    request.onerror = () => refused ? resolve(null) : reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      database.onversionchange = () => database.close();
      if (database.objectStoreNames.contains(storeName)) return resolve(database);
      const next = database.version + 1;
      database.close();
      resolve(make ? open(name, storeName, make, next) : null);
    };
  });
}
