"""Run a widget's JavaScript without a browser: in Deno, which the tests bring with them."""

import json
import os
import shutil
import subprocess
import sysconfig

DENO = shutil.which("deno", path=sysconfig.get_path("scripts")) or shutil.which("deno")
QUIET = {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}


def printed(text, script, folder):
    """Return what a script prints, as JSON, with the module `text` at hand as ``w``."""
    assert DENO, "Deno is missing: install the course with its extra named test"
    (folder / "module.mjs").write_text(text, encoding="utf-8")
    main = folder / "main.mjs"
    main.write_text(f'import * as w from "./module.mjs";\n{script}\n', encoding="utf-8")
    command = [DENO, "run", "--quiet", "--no-config", "--no-lock", "--no-remote", str(main)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=QUIET, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def evaluated(text, expression, folder, before=""):
    """Return what an expression gives, with the module `text` at hand as ``w``."""
    return printed(text, f"{before}\nconsole.log(JSON.stringify(await ({expression})));", folder)
