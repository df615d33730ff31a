#!/usr/bin/env bash
# Pages as pictures, for a person to look at: Word and Excel through LibreOffice and pdftoppm, HTML through Chromium.
#   bash benchmarks/look.sh out/demo out/look      (Debian: libreoffice-writer libreoffice-calc poppler-utils fonts-liberation2 chromium)
set -eu
from=$1 to=$2
mkdir -p "$to"
for tool in soffice pdftoppm chromium; do
  command -v "$tool" >/dev/null || { echo "thiếu / missing: $tool" >&2; exit 2; }
done
for file in "$from"/*.docx "$from"/*.xlsx; do
  [ -e "$file" ] || continue
  soffice --headless --convert-to pdf --outdir "$to" "$file" >/dev/null 2>&1
  name=$(basename "${file%.*}")
  pdftoppm -r 60 -png "$to/$name.pdf" "$to/$name"
done
python=$(dirname "$0")/../.venv/bin/python
for file in "$from"/*.docx; do   # the same words and numbers after LibreOffice saved it
  [ -e "$file" ] || continue
  "$python" "$(dirname "$0")/resave.py" "$file"
done
for file in "$from"/*.html; do
  [ -e "$file" ] || continue
  name=$(basename "${file%.*}")
  for width in 1100 360; do
    chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update \
      --disable-sync --user-data-dir="$(mktemp -d)" --window-size=$width,2400 --screenshot="$to/$name-$width.png" "file://$(realpath "$file")" >/dev/null 2>&1
  done
done
ls "$to"
