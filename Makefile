# CNN Lab. `make lab` opens your copy of the course; `make` alone lists everything there is.
#
# Needs make, a POSIX shell and a Python from 3.11 on with its venv module; brings the rest.

VENV = .venv
PYTHON =
CONSTRAINTS = constraints.txt
LESSON =
FOLDER = workbook
WORKBOOK_ARGS =
CLASS_ARGS =
JUPYTER_ARGS =
NOTEBOOKS_ARGS =
BENCH_ARGS =
SITE_ARGS =
WASM_ARGS =
PYTEST_ARGS =

SHELL = /bin/sh
.DEFAULT_GOAL = help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help lab workbook demo-class test lint test-together test-unit test-classroom test-lessons test-notebooks test-workbook test-browser \
	test-wasm test-site test-site-quick site site-serve notebooks bench bench-site bench-widgets bench-class wheel clean ready classroom-ready elsewhere

python = "$(VENV)/bin/python"
deno = DENO_NO_UPDATE_CHECK=1 "$(VENV)/bin/deno"
# Written last of all, so that an interrupted installation is begun again.
stamp = $(VENV)/.installed
classroom_stamp = $(VENV)/.installed-for-classes
# The kernels of this environment come before those that the machine has registered.
export JUPYTER_PREFER_ENV_PATH = 1

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Settings, each with an example:'
	@echo '  PYTHON=python3.12         the Python from which to make the environment'
	@echo '  VENV=.venv312             another environment beside the first'
	@echo '  FOLDER=notebooks          for lab: the complete lessons, or a workbook of another name'
	@echo '  WORKBOOK_ARGS="--update 03"  for workbook; --help lists them'
	@echo '  CLASS_ARGS=--no-open      for demo-class: only say where the feedback lies'
	@echo '  LESSON=03                 one lesson, for notebooks, test-notebooks, test-workbook'
	@echo '  JUPYTER_ARGS=--no-browser  NOTEBOOKS_ARGS=--no-execute  PYTEST_ARGS="-k padding"'
	@echo '  BENCH_ARGS=--quick        a short comparison, printed but not stored'
	@echo '  SITE_ARGS="--output DIR"  for site; for site-serve "--site DIR --port 8001"; --help lists them'

# What you have begun in the workbook stays as it is; only what is new or missing is written.
lab: ready  ## install if need be, and open JupyterLab at the first lesson of your workbook
	@case '$(FOLDER)' in notebooks|notebooks/) ;; \
		*) $(python) -m cnn_lab workbook --no-open --quiet --lessons notebooks '$(FOLDER)';; esac
	@bin=$$(cd "$(VENV)/bin" && pwd); PATH=$$bin:$$PATH; export PATH; \
	cd '$(FOLDER)' 2>/dev/null && set -- *.ipynb && [ -e "$$1" ] || { \
		echo 'There is no lesson in $(FOLDER)/: is this a complete copy of the course?' >&2; exit 1; }; \
	lesson=$$1; root=; \
	if [ "$$(id -u)" = 0 ]; then \
		echo 'You are root, which JupyterLab must be told: adding --allow-root.'; root=--allow-root; \
	fi; \
	exec "$$bin/python" -m jupyterlab $$root $(JUPYTER_ARGS) "$$lesson"

workbook: ready  ## write your copies of the lessons, or what is new in them, and open them
	@$(python) -m cnn_lab workbook --lessons notebooks $(WORKBOOK_ARGS)

demo-class: classroom-ready  ## make a class of eight invented students, mark it, and open the feedback
	@$(python) -m cnn_lab demo-class $(CLASS_ARGS)

test: lint test-together test-browser test-site-quick  ## install if need be, and run every test

lint: ready  ## look for mistakes in code and lessons without running them
	$(python) -m ruff check .
	$(deno) fmt --check --quiet
	$(deno) lint --quiet

test-unit: ready  ## test the package, its examples and the form of the lessons
	$(python) -m pytest -p no:nbval $(PYTEST_ARGS)

test-classroom: classroom-ready  ## mark invented classes: every kind of submission, killed and gone on with
	$(python) -m pytest -p no:nbval $(PYTEST_ARGS) tests/classroom

# Two that take minutes and most of the time one core run side by side; the log of the first is
# shown when both have ended.
both = log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	$(MAKE) --no-print-directory $(1) >"$$log" 2>&1 & first=$$!; \
	$(MAKE) --no-print-directory $(2); second=$$?; \
	wait "$$first"; first=$$?; cat "$$log"; \
	[ "$$first" = 0 ] && [ "$$second" = 0 ]

test-together: classroom-ready  ## everything but lint and browser: the classes beside the rest
	@$(call both,test-classroom,test-unit test-notebooks test-workbook)

# Where something else keeps a core busy, two threads of BLAS that wait for each other are many
# times slower than one.
notebooks test-notebooks test-workbook: export OPENBLAS_NUM_THREADS = 1

test-notebooks: ready  ## execute every lesson and compare its outputs with the stored ones
	@set -- notebooks/$(LESSON)*.ipynb; \
	[ -e "$$1" ] || { echo "There is no lesson $$1" >&2; exit 1; }; \
	$(python) -m pytest --nbval --nbval-current-env --nbval-cell-timeout=300 \
		--nbval-sanitize-with tests/nbval_sanitize.cfg -o filterwarnings=default $(PYTEST_ARGS) "$$@"

test-workbook: ready  ## work through the workbook: unsolved, then with the official solutions
	$(python) tests/workbook_run.py $(LESSON)

test-lessons: ready  ## test-notebooks and test-workbook at the same time
	@$(call both,test-notebooks,test-workbook)

# CHROMIUM=/path/to/it names another browser than the one on the PATH.
test-browser: ready  ## try widgets and lessons in JupyterLab in Chromium, if it is there
	$(python) -m pytest -p no:nbval $(PYTEST_ARGS) tests/browser

# The Node is Playwright's. WASM_ARGS is for pytest inside: "tests/test_pooling.py -k ties", or
# --everything, with what is slow.
test-wasm: ready  ## test the package inside wasm, as the browser runs it, under Node
	@$(python) -m browser_edition.wasm_tests $(WASM_ARGS)

# SITE_LESSONS="03 04" takes some lessons, CNN_LAB_SITE=site a site that is built already.
test-site: classroom-ready  ## build the browser edition and try all of it in Chromium, every lesson: half an hour or more
	$(python) -m pytest -p no:nbval $(PYTEST_ARGS) tests/browser_edition

test-site-quick: export SITE_LESSONS = 01 05
test-site-quick: classroom-ready  ## the same with two of the lessons
	$(python) -m pytest -p no:nbval $(PYTEST_ARGS) tests/browser_edition

site: ready  ## build the browser edition in site/: the course with nothing to install
	@$(python) -m browser_edition build $(SITE_ARGS)

site-serve: ready  ## serve site/ on this machine, to try it
	@$(python) -m browser_edition serve $(SITE_ARGS)

notebooks: ready  ## execute the lessons and store them in their normal form
	$(python) -m cnn_lab notebooks $(NOTEBOOKS_ARGS) $(LESSON)

# Without settings the page of results is stored; with them it is only printed.
bench: ready  ## compare the speed of training with that of PyTorch, which it installs: 8 minutes
	@case ' $(BENCH_ARGS) ' in *' --no-torch '*) exit 0;; esac; \
	$(python) -c 'import torch' 2>/dev/null && exit 0; \
	echo 'Installing PyTorch, which only this comparison needs.'; \
	$(python) -m pip install --quiet --disable-pip-version-check \
		$(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) --editable '.[bench]' || { \
		echo; echo "pip could not install PyTorch; its own words stand above. To compare without it:"; \
		echo '  make bench BENCH_ARGS=--no-torch'; exit 1; } >&2
	$(python) benchmarks/speed.py $(or $(BENCH_ARGS),--output benchmarks/results.md)

bench-widgets: ready  ## measure how fast the widgets answer, in JupyterLab in Chromium: 8 minutes
	$(python) benchmarks/widgets.py $(or $(BENCH_ARGS),--output benchmarks/widgets.md)

bench-site: ready  ## measure how long the browser edition takes to load and to run: 15 minutes
	$(python) benchmarks/browser.py $(or $(BENCH_ARGS),--output benchmarks/browser.md)

bench-class: classroom-ready  ## mark a generated class of 200: 15 to 20 minutes
	$(python) benchmarks/classroom.py $(or $(BENCH_ARGS),--output benchmarks/classroom.md)

wheel: ready  ## build an installable file in dist/, the data set included
	@rm -rf build
	$(python) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build
	@ls dist/*.whl

clean:  ## remove the environment and everything that was built
	@if [ -e "$(VENV)" ] && [ ! -f "$(VENV)/pyvenv.cfg" ]; then \
		echo '$(VENV) does not look like a virtual environment: remove it yourself.' >&2; exit 1; \
	fi
	rm -rf "$(VENV)" build dist cnn_lab.egg-info .pytest_cache .ruff_cache .hypothesis
	@find cnn_lab tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- the environment ----

# Prints "ok", or why a Python will not do.
probe = import sys; from importlib.util import find_spec; \
	v = "%d.%d" % sys.version_info[:2]; \
	venv = find_spec("venv") and find_spec("ensurepip"); \
	print("is Python %s, older than 3.11" % v if sys.version_info < (3, 11) \
	else "ok" if venv \
	else "has no venv module (Debian and Ubuntu: apt install python%s-venv)" % v)

version = import sys; print("%d.%d" % sys.version_info[:2])

ready: $(stamp)
	@$(python) -c '' 2>/dev/null || { \
		echo 'The environment $(VENV) is broken: its Python does not run. Say "make clean", then try again.' >&2; \
		exit 1; }
	@[ -z '$(PYTHON)' ] || { have=$$($(python) -c '$(version)'); want=$$('$(PYTHON)' -c '$(version)') \
		&& [ "$$have" = "$$want" ]; } || { \
		echo "The environment $(VENV) has Python $$have, so PYTHON=$(PYTHON) ($${want:-does not run}) has no effect." >&2; \
		echo 'Say "make clean" first, or name another environment, such as VENV=.venv-other.' >&2; exit 1; }

$(stamp): pyproject.toml constraints.txt
	@rm -f $@
	@if [ -L $(python) ] || [ -e $(python) ]; then \
		$(python) -m pip --version >/dev/null 2>&1 && exit 0; \
		echo 'The environment $(VENV) is broken or incomplete. Say "make clean", then try again.' >&2; exit 1; \
	fi; \
	if [ -n '$(PYTHON)' ]; then set -- '$(PYTHON)'; \
	else set -- python3 python3.13 python3.12 python3.11 python3.14 python; fi; \
	tried=; \
	for candidate in "$$@"; do \
		if command -v "$$candidate" >/dev/null 2>&1; then \
			why=$$("$$candidate" -c '$(probe)' 2>/dev/null) || why='does not run as Python 3'; \
		else why='is not there'; fi; \
		if [ "$$why" = ok ]; then \
			echo "Making the environment $(VENV) with $$candidate ($$("$$candidate" --version))."; \
			"$$candidate" -m venv "$(VENV)" && exit 0; \
			echo 'The environment could not be made; the lines above say why. Then say "make clean" and try again.' >&2; \
			exit 1; \
		fi; \
		tried=$$(printf '%s\n  %s %s' "$$tried" "$$candidate" "$$why"); \
	done; \
	{ echo "No suitable Python: the course needs 3.11 or newer with the venv module. Tried:$$tried"; \
	echo 'Install one, or name the one to use: make lab PYTHON=/path/to/python3.12'; } >&2; \
	exit 1
	@echo 'Installing the packages: some minutes the first time.'
	@$(python) -m pip install --quiet --disable-pip-version-check \
		$(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) --editable '.[lab,test]' || { \
		echo; echo 'pip could not install the packages; its own words stand above. The usual causes:'; \
		echo '- no way to the package index: check the network, or set HTTPS_PROXY;'; \
		echo '- a Python for which the tested versions do not exist: name another one after "make clean" (PYTHON=python3.12),'; \
		echo '  or let pip choose the versions: add CONSTRAINTS= to the command.'; exit 1; } >&2
	@pwd -P > $@

# What only marking needs comes when it is asked for, so that `make lab` stays small.
classroom-ready: ready
	@[ '$(classroom_stamp)' -nt '$(stamp)' ] && exit 0; \
	echo 'Installing what marking needs: a minute the first time.'; \
	$(python) -m pip install --quiet --disable-pip-version-check \
		$(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) --editable '.[classroom,cluster,postgresql,hub]' || { \
		echo; echo 'pip could not install the packages; its own words stand above.'; exit 1; } >&2; \
	touch '$(classroom_stamp)'

# An environment that was moved with its folder points to where the course was before: install again.
ifneq ($(shell cat '$(stamp)' 2>/dev/null),$(shell pwd -P))
$(stamp): elsewhere
endif
