# Two commands for a stranger: `make demo` and `make test`.  Each makes .venv from the lock first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
KOBO   := .venv-kobo
PEERS  := .venv-peers
SPARK  := .venv-spark
STAMP  := $(VENV)/.installed-$(shell cat requirements.lock pyproject.toml | cksum | cut -d' ' -f1)

.PHONY: demo test check look proof kobo peers spark offline web lock clean install
.DEFAULT_GOAL := demo

install: $(STAMP)
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.installed-*; touch $@

demo: install            ## the whole chain on a synthetic province -> out/demo
	$(BIN)/bdg demo --out out/demo

check: install           ## style, types, arrows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check kobo         ## everything that decides whether a change lands
	$(BIN)/python -m pytest -n 2 --dist loadfile

proof: install           ## coverage: 200 synthetic provinces, 1,000 with nonresponse and weights, 2,000 surveys a design; power; 200 kills; watched fieldwork (an hour; gates nothing)
	$(BIN)/python benchmarks/coverage.py --seeds 200
	$(BIN)/python benchmarks/coverage.py --weighted 1000
	$(BIN)/python benchmarks/power.py
	$(BIN)/python benchmarks/coverage.py --surveys 2000
	$(BIN)/python benchmarks/pull.py --kills 200
	$(BIN)/python benchmarks/fieldwork.py --rounds 100
	$(BIN)/python benchmarks/finish.py
	$(BIN)/python benchmarks/records.py 20 12
	$(BIN)/python benchmarks/annual.py --rows 100000000 --source parquet --repeat 1

look: install            ## pages as pictures (needs LibreOffice, pdftoppm, Chromium; gates nothing)
	bash benchmarks/look.sh out/demo out/look

kobo: $(KOBO)/.installed-$(shell cksum < tests/kobo/requirements.lock | cut -d' ' -f1)   ## KoboToolbox's converter, in an environment of its own; tests/kobo asks it
$(KOBO)/.installed-%:
	$(PYTHON) -m venv --clear $(KOBO)
	$(KOBO)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/kobo/requirements.lock
	touch $@

peers: $(PEERS)/.installed-$(shell cksum < tests/peers/requirements.lock | cut -d' ' -f1)   ## our numbers beside svy's, in an environment of its own
	$(PEERS)/bin/python -m pytest tests/peers
$(PEERS)/.installed-%:
	$(PYTHON) -m venv --clear $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/peers/requirements.lock
	touch $@

spark: $(SPARK)/.installed-$(shell cksum < tests/spark/requirements.lock | cut -d' ' -f1)   ## the Spark backend, on a local Spark in an environment of its own
	$(SPARK)/bin/python -m pytest tests/spark
$(SPARK)/.installed-%:
	$(PYTHON) -m venv --clear $(SPARK)
	$(SPARK)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/spark/requirements.lock
	touch $@

offline: install         ## the folder for a Windows PC without internet: wheels of the lock, BatDau.bat, a practice round -> build/offline
	$(BIN)/python -m reports.desk.offline build/offline

web: install tests/web/node_modules/.installed-$(shell cksum < tests/web/package-lock.json | cut -d' ' -f1)   ## forms in ODK Web Forms: its engine beside JavaRosa, pages at 360 px (needs Node 20, Chromium)
	$(BIN)/python -m pytest tests/web
tests/web/node_modules/.installed-%:
	cd tests/web && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

lock:                    ## rewrite requirements.lock (needs uv), and after it the locks of the peers, of Spark and of KoboToolbox
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra dev pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements.lock tests/peers/requirements.in -o tests/peers/requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate tests/spark/requirements.in -o tests/spark/requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate tests/kobo/requirements.in -o tests/kobo/requirements.lock

clean:
	rm -rf $(VENV) $(KOBO) $(PEERS) $(SPARK) out build .pytest_cache .mypy_cache .ruff_cache *.egg-info
